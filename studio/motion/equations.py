"""Newton's method for a handful of unknowns, with slopes that are kept while they serve."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studio.arrays import FloatArray

Residual = Callable[[FloatArray], FloatArray]

_LARGEST_STEP = 12.0
# A step that does not get this much closer was along slopes that do not hold here.
_PROGRESS = 0.35
# Skin touches vertex by vertex: at the kinks in between the last bit can stay out of reach.
_NEAR_ENOUGH = 5.0


def jacobian(residual: Residual, at: FloatArray, step: float = 0.5) -> FloatArray:
    """Returns the derivatives (N, N) of a residual (N,) by central differences."""
    columns = []
    for number in range(len(at)):
        move = np.zeros(len(at))
        move[number] = step
        columns.append((residual(at + move) - residual(at - move)) / (2.0 * step))
    return np.stack(columns, axis=1)


def solve(
    residual: Residual,
    start: FloatArray,
    tolerance: float,
    slopes: FloatArray | None = None,
    most_steps: int = 25,
) -> tuple[FloatArray, FloatArray]:
    """Finds the unknowns at which a residual vanishes.

    Args:
        residual: (N,) of the unknowns (N,).
        start: (N,) where to begin.
        tolerance: how near to zero every part of the residual has to come.
        slopes: (N, N) derivatives from nearby, if there are any.
        most_steps: after which it gives up.

    Returns:
        The unknowns (N,), and slopes (N, N) from nearby.

    Raises:
        ValueError: if there is no solution to be found.
    """
    at, error = start, residual(start)
    fresh = slopes is None
    slopes = jacobian(residual, at) if slopes is None else slopes
    for _ in range(most_steps):
        if np.abs(error).max() < tolerance:
            return at, slopes
        step = np.linalg.solve(slopes, error)
        moved = at - step * min(1.0, _LARGEST_STEP / float(np.abs(step).max()))
        left = residual(moved)
        if np.abs(left).max() > _PROGRESS * np.abs(error).max() and not fresh:
            slopes, fresh = jacobian(residual, at), True
            continue
        at, error, fresh = moved, left, False
    if np.abs(error).max() < _NEAR_ENOUGH * tolerance:
        return at, slopes
    raise ValueError(f"there is no such posture: off by {np.abs(error).max():.2f}")


def sharpened(inverse: FloatArray, step: FloatArray, change: FloatArray) -> FloatArray:
    """Returns the inverse slopes (N, N) that explain what a step (N,) has changed (N,)."""
    towards = step @ inverse
    along = float(towards @ change)
    if abs(along) < 1e-12:
        return inverse
    update: FloatArray = inverse + np.outer(step - inverse @ change, towards) / along
    return update
