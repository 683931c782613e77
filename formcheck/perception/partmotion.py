"""From the steps of many points to the step of a part, however many of the points are wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_FEWEST = 3
_FEWEST_OF_A_FOOT = 5
_LEAST_NOISE_PX = 0.07
_GUESS_SD_PX = 1.0
"""How far a landmark's step is off, at a torso of 150 pixels or less (measured: 0.5 to 0.8)."""

_BANDWIDTH_PX = 0.2
_STILL_PX = 0.12
_TURNS = 6


@dataclass(frozen=True, slots=True)
class Step:
    """How far a part moved down from one frame to the next, and its standard error."""

    px: float
    error_px: float

    @staticmethod
    def unknown() -> Step:
        """A part that could not be followed."""
        return Step(math.nan, math.nan)


def common_step(steps: Array, guess: float) -> Step:
    """The step that most points share, near a guess.

    Points of the room that lie in the region share another step (none), so this looks for the
    densest place, not for the middle.

    Args:
        steps: (N,) downwards, pixels.
        guess: What the landmarks say, pixels.
    """
    if len(steps) < _FEWEST:
        return Step.unknown()
    apart = steps[:, None] - steps[None, :]
    density = np.exp(-0.5 * (apart / _BANDWIDTH_PX) ** 2).sum(axis=1)
    likely = np.exp(-0.5 * ((steps - guess) / _GUESS_SD_PX) ** 2) + 1e-3
    centre = float(steps[int(np.argmax(density * likely))])
    weights = np.zeros(0)
    noise = _LEAST_NOISE_PX
    for _ in range(6):
        apart_px = steps - centre
        near = np.abs(apart_px) < 4.0 * _BANDWIDTH_PX
        noise = max(1.4826 * _middle(np.abs(apart_px[near])), _LEAST_NOISE_PX)
        weights = np.clip(1.0 - (apart_px / (3.5 * noise)) ** 2, 0.0, None) ** 2 * near
        centre = float((weights * steps).sum() / weights.sum())
    if np.count_nonzero(weights > 0.2) < _FEWEST:
        return Step.unknown()
    return Step(centre, noise / math.sqrt(float(weights.sum())))


def affine_steps(
    places: Array, steps: Array, ends: Array, length: float, slope_prior: float = 0.03
) -> tuple[Step, Step]:
    """The steps of the two ends of a foot that may turn while it moves.

    A foot on the floor turns about its ball, so its points move more the farther they are from
    it; in the air they all move alike. Both are linear in the place. Points that stand still are
    left out at first: they may be the floor, and come back in when they fit.

    Args:
        places: (N, 2) pixels.
        steps: (N,) downwards, pixels.
        ends: (2, 2) where the ball and the heel are.
        length: Yardstick of the slope's prior, pixels.
        slope_prior: Its strength, per point.
    """
    n = len(steps)
    if n < _FEWEST_OF_A_FOOT:
        return Step.unknown(), Step.unknown()
    centre = places.mean(axis=0)
    rows = np.column_stack([np.ones(n), (places - centre) / length])
    prior = np.diag([1e-6, slope_prior * n * 0.1, slope_prior * n * 0.1])
    moving = np.abs(steps) > _STILL_PX
    enough = np.count_nonzero(moving) >= _FEWEST_OF_A_FOOT
    weights = moving.astype(np.float64) if enough else np.ones(n)
    noise, inverse, plane = _LEAST_NOISE_PX, np.eye(3), np.zeros(3)
    for turn in range(_TURNS):
        only_moving = enough and turn < _TURNS // 2
        weighted = weights[:, None] * rows
        inverse = _inverse(weighted.T @ rows + prior)
        plane = inverse @ (weighted.T @ steps)
        off = steps - rows @ plane
        judged = off[moving] if only_moving else off[weights > 0.05]
        if len(judged) < _FEWEST_OF_A_FOOT:
            judged = off
        noise = max(1.4826 * _middle(np.abs(judged)), _LEAST_NOISE_PX)
        weights = np.clip(1.0 - (off / (3.5 * noise)) ** 2, 0.0, None) ** 2
        if only_moving:
            weights = weights * moving
        if weights.sum() < 2.0:
            return Step.unknown(), Step.unknown()
    answers = []
    for end in ends:
        row = np.concatenate([[1.0], (end - centre) / length])
        answers.append(Step(float(row @ plane), noise * math.sqrt(float(row @ inverse @ row))))
    return answers[0], answers[1]


def _inverse(m: Array) -> Array:
    """Of a symmetric 3 x 3 matrix, by cofactors: LAPACK's threads cost more than the sum itself."""
    (a, b, c), (_, d, e), (_, _, f) = m.tolist()
    aa, ab, ac = d * f - e * e, c * e - b * f, b * e - c * d
    bb, bc, cc = a * f - c * c, b * c - a * e, a * d - b * b
    inverse: Array = np.array([[aa, ab, ac], [ab, bb, bc], [ac, bc, cc]]) / (
        a * aa + b * ab + c * ac
    )
    return inverse


def _middle(values: Array) -> float:
    """The upper median: much quicker than NumPy's for a handful of values."""
    return float(np.partition(values, len(values) // 2)[len(values) // 2])
