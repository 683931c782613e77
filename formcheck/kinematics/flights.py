"""When someone who hops leaves the floor and touches it again, from how trunk and toes moved.

Steps are those of :class:`formcheck.types.ImageMotion`: how far a part moved down between two
frames, in pixels. In the air the trunk falls freely, so its steps grow by ``g · S · dt²`` from one
frame to the next (S: pixels per metre), and the toes go with it. On the floor the toes stand still,
whatever the trunk does. So a toe's steps jump twice, at take-off and at landing, and where within
a frame that was follows from how much of a step is there: no threshold on a height, and no filter
that would blur the instants.

What is shared by all flights of a bout is estimated from all of them: the scale S from gravity
itself, how much of the trunk's arc each toe shows (``gain``), and how much a toe that stands seems
to move with the rest of the foot (``leak``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["G_M_S2", "FlightFit", "Shared", "Steps", "fit_flights", "height_m", "trunk_apexes"]

Array = NDArray[np.float64]

G_M_S2 = 9.81

TORSO_M = 0.50
"""Shoulder to hip of an average adult: a first guess of the scale and nothing more."""

LEAST_FALL = 0.45
"""Share of g with which the trunk must turn at the top; a squat or a step has less than 0.3."""

LEAST_APART_S = 0.2
APEX_SPAN_S = 0.05

LONGEST_FLIGHT_S = 0.5
SHORTEST_FLIGHT_S = 0.05
REACH_S = 0.32
"""How far from the top of a flight its steps are looked at."""

_GUESSES_S = np.arange(0.06, LONGEST_FLIGHT_S, 0.01)
_SOFT = 1.5
"""Residuals beyond so many standard deviations count less (soft L1)."""

_LEAST_NOISE_PX = 0.05


def height_m(flight_s: Array | float) -> Array:
    """How far the body's centre rises in a flight: g t² / 8."""
    height: Array = G_M_S2 * np.square(flight_s) / 8.0
    return height


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Steps of a stretch of time, one row a pair of frames.

    Attributes:
        since_s: (m,) time of the frame before.
        until_s: (m,) time of the frame.
        trunk_px: (m,) downwards; NaN where not followed.
        toes_px: (m, 2) left and right, likewise.
    """

    since_s: Array
    until_s: Array
    trunk_px: Array
    toes_px: Array

    @property
    def dt_s(self) -> Array:
        """(m,) length of each step."""
        return self.until_s - self.since_s

    @property
    def middle_s(self) -> Array:
        """(m,) middle of each step."""
        return (self.until_s + self.since_s) / 2

    def at(self, rows: NDArray[np.int_]) -> Steps:
        """Some of the rows, in any shape."""
        return Steps(
            self.since_s[rows], self.until_s[rows], self.trunk_px[rows], self.toes_px[rows]
        )


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What all flights of a bout have in common.

    Attributes:
        px_per_m: The scale, from gravity.
        px_per_m_error: Its standard error.
        gain: (2,) how much of the trunk's arc each toe shows in the air.
        leak: (2,) share of the trunk's step that a standing toe seems to make.
        toe_noise_px: (2,) robust standard deviation of what is left of the toes' steps.
        trunk_noise_px: The same for the trunk in the air.
    """

    px_per_m: float
    px_per_m_error: float
    gain: Array
    leak: Array
    toe_noise_px: Array
    trunk_noise_px: float


@dataclass(frozen=True, slots=True, eq=False)
class FlightFit:
    """The flights of a bout.

    Attributes:
        take_off_s: (n,).
        landing_s: (n,).
        flight_error_s: (n,) standard error of their difference, from the residuals alone.
        misfit: (n,) root mean square residual, per noise: 1 is usual.
        shared: What they have in common.
    """

    take_off_s: Array
    landing_s: Array
    flight_error_s: Array
    misfit: Array
    shared: Shared

    @property
    def flight_s(self) -> Array:
        """(n,) seconds in the air."""
        return self.landing_s - self.take_off_s


def trunk_apexes(steps: Steps, torso_px: float) -> tuple[Array, Array]:
    """Where the trunk turns from up to down about as fast as in free fall.

    Args:
        steps: In order of time.
        torso_px: Shoulder to hip.

    Returns:
        Times (n,) and the fall there (n,) as pixels per metre if it were free.
    """
    speed = steps.trunk_px / steps.dt_s
    middle = steps.middle_s
    least = LEAST_FALL * G_M_S2 * torso_px / TORSO_M
    times: list[float] = []
    falls: list[float] = []
    known = np.isfinite(speed)
    turns = np.flatnonzero(known[:-1] & known[1:] & (speed[:-1] < 0.0) & (speed[1:] >= 0.0)) + 1
    for k in turns:
        turn_s = middle[k - 1] - speed[k - 1] * (middle[k] - middle[k - 1]) / (
            speed[k] - speed[k - 1]
        )
        reach_s = max(APEX_SPAN_S, 1.6 * float(steps.dt_s[k]))
        near = known & (np.abs(middle - turn_s) < reach_s)
        if near.sum() < 2:
            continue
        fall, offset = np.polyfit(middle[near] - turn_s, speed[near], 1)
        if fall < least:
            continue
        apex_s = turn_s - float(np.clip(offset / fall, -reach_s, reach_s))
        if times and apex_s - times[-1] < LEAST_APART_S:
            if fall > falls[-1] * G_M_S2:
                times[-1], falls[-1] = apex_s, fall / G_M_S2
            continue
        times.append(apex_s)
        falls.append(fall / G_M_S2)
    return np.array(times), np.array(falls)


@dataclass(frozen=True, slots=True, eq=False)
class _Windows:
    """The steps around each apex: rows (n, k) into the steps, and which of them are there."""

    steps: Steps
    there: NDArray[np.bool_]

    @staticmethod
    def around(steps: Steps, apex_s: Array) -> _Windows:
        """Windows that reach half way to the neighbours, and no further than ``REACH_S``."""
        halves = np.concatenate([[-np.inf], (apex_s[1:] + apex_s[:-1]) / 2, [np.inf]])
        low = np.maximum(apex_s - REACH_S, halves[:-1])
        high = np.minimum(apex_s + REACH_S, halves[1:])
        first = np.searchsorted(steps.since_s, low - 1e-9)
        last = np.searchsorted(steps.until_s, high + 1e-9, side="right")
        count = np.maximum(last - first, 1)
        rows = first[:, None] + np.arange(int(count.max()))[None]
        there = rows < last[:, None]
        return _Windows(steps.at(np.minimum(rows, len(steps.since_s) - 1)), there)


def fit_flights(
    steps: Steps,
    apex_s: Array,
    px_per_m: float,
    feet: tuple[int, ...] = (0, 1),
    shared: Shared | None = None,
    turns: int = 4,
) -> FlightFit:
    """Take-off and landing of each flight, from the toes' steps and the trunk's turn.

    Args:
        steps: Of the whole bout.
        apex_s: (n,) from :func:`trunk_apexes`.
        px_per_m: A guess of the scale.
        feet: Which toes: 0 left, 1 right. Both leave and land together when both are given.
        shared: What is known already; then only the flights are fitted.
        turns: How often flights and what they share are fitted in turn.
    """
    windows = _Windows.around(steps, apex_s)
    known = shared or Shared(px_per_m, np.nan, np.ones(2), np.full(2, 0.1), np.full(2, 0.3), 0.2)
    times = _best_guess(windows, apex_s, known, feet)
    for _ in range(turns if shared is None else 1):
        times = _refined(windows, times, known, feet)
        if shared is None:
            known = _shared(windows, times, known)
    cost, jacobian = _linear(windows, times, known, feet)
    normal = np.einsum("nkp,nkq->npq", jacobian, jacobian)
    normal[:, [0, 1], [0, 1]] += 1e-9
    # Variance of the difference of the two times, from the inverse of a 2 x 2 matrix.
    determinant = normal[:, 0, 0] * normal[:, 1, 1] - normal[:, 0, 1] ** 2
    spread = (normal[:, 0, 0] + normal[:, 1, 1] + 2.0 * normal[:, 0, 1]) / determinant
    used = np.isfinite(_residuals(windows, times, known, feet)).sum(axis=1)
    misfit = np.sqrt(cost / np.maximum(used - 2, 1))
    return FlightFit(times[:, 0], times[:, 1], np.sqrt(np.maximum(spread, 0.0)), misfit, known)


def _arc(t_s: Array, times: Array, px_per_m: Array | float) -> Array:
    """Height of free fall between take-off and landing (n, 2), downwards; 0 outside."""
    take_off, landing = times[:, :1], times[:, 1:]
    u = np.clip(t_s, take_off, np.maximum(landing, take_off))
    fallen: Array = -0.5 * G_M_S2 * px_per_m * (u - take_off) * (landing - u)
    return fallen


def _in_air(steps: Steps, times: Array) -> Array:
    """Share of each step (n, k) that is in the air."""
    overlap = np.minimum(steps.until_s, times[:, 1:]) - np.maximum(steps.since_s, times[:, :1])
    share: Array = np.clip(overlap, 0.0, None) / steps.dt_s
    return share


def _toe_steps(windows: _Windows, times: Array, shared: Shared, foot: int) -> Array:
    """What the toe's steps (n, k) should be."""
    steps = windows.steps
    scale = shared.px_per_m * shared.gain[foot]
    flown = _arc(steps.until_s, times, scale) - _arc(steps.since_s, times, scale)
    on_floor = 1.0 - _in_air(steps, times)
    expected: Array = flown + on_floor * shared.leak[foot] * np.nan_to_num(steps.trunk_px)
    return expected


def _residuals(windows: _Windows, times: Array, shared: Shared, feet: tuple[int, ...]) -> Array:
    """Residuals (n, r) per noise; NaN where there is no measurement."""
    steps = windows.steps
    parts = [
        (steps.toes_px[..., foot] - _toe_steps(windows, times, shared, foot))
        / shared.toe_noise_px[foot]
        for foot in feet
    ]
    # Near its top the trunk tells where the middle of the flight is.
    since_top = steps.middle_s - times.mean(axis=1, keepdims=True)
    falling = G_M_S2 * shared.px_per_m * steps.dt_s * since_top
    off = (steps.trunk_px - falling) / shared.trunk_noise_px
    parts.append(np.where(np.abs(since_top) < APEX_SPAN_S, off, np.nan))
    kept = [np.where(windows.there, part, np.nan) for part in parts]
    return np.concatenate(kept, axis=1)


def _soft(residuals: Array) -> Array:
    """Cost of residuals, soft L1: squared when small, linear when large."""
    cost: Array = 2.0 * _SOFT**2 * (np.sqrt(1.0 + (residuals / _SOFT) ** 2) - 1.0)
    return cost


def _cost(windows: _Windows, times: Array, shared: Shared, feet: tuple[int, ...]) -> Array:
    """(n,) cost of each flight."""
    total: Array = np.nansum(_soft(_residuals(windows, times, shared, feet)), axis=1)
    return total


def _best_guess(windows: _Windows, apex_s: Array, shared: Shared, feet: tuple[int, ...]) -> Array:
    """Times (n, 2) of the flight length around each apex that costs least."""
    tried = []
    for flight_s in _GUESSES_S:
        times = np.stack([apex_s - flight_s / 2, apex_s + flight_s / 2], axis=1)
        tried.append(_cost(windows, times, shared, feet))
    best = _GUESSES_S[np.argmin(np.stack(tried), axis=0)]
    return np.stack([apex_s - best / 2, apex_s + best / 2], axis=1)


def _linear(
    windows: _Windows, times: Array, shared: Shared, feet: tuple[int, ...]
) -> tuple[Array, Array]:
    """Cost (n,) and the weighted Jacobian (n, r, 2) of the residuals, by central differences."""
    residuals = _residuals(windows, times, shared, feet)
    weights = 1.0 / np.sqrt(np.sqrt(1.0 + (np.nan_to_num(residuals) / _SOFT) ** 2))
    columns = []
    for place in range(2):
        step = np.zeros(2)
        step[place] = 1e-3
        ahead = _residuals(windows, times + step, shared, feet)
        behind = _residuals(windows, times - step, shared, feet)
        columns.append(np.nan_to_num((ahead - behind) / 2e-3) * weights)
    return np.nansum(_soft(residuals), axis=1), np.stack(columns, axis=2)


def _refined(
    windows: _Windows, times: Array, shared: Shared, feet: tuple[int, ...], most: int = 25
) -> Array:
    """Times (n, 2) by Levenberg and Marquardt's method, all flights at once."""
    damping = np.full(len(times), 1e-2)
    cost = _cost(windows, times, shared, feet)
    for _ in range(most):
        residuals = _residuals(windows, times, shared, feet)
        weights = 1.0 / np.sqrt(np.sqrt(1.0 + (np.nan_to_num(residuals) / _SOFT) ** 2))
        _, jacobian = _linear(windows, times, shared, feet)
        normal = np.einsum("nkp,nkq->npq", jacobian, jacobian)
        pull = np.einsum("nkp,nk->np", jacobian, np.nan_to_num(residuals) * weights)
        # A floor under the diagonal: a flight without any step must not blow up.
        diagonal = np.einsum("npp->np", normal) * damping[:, None] + 1e-3
        normal[:, [0, 1], [0, 1]] += diagonal
        move = -_solved(normal, pull)
        tried = times + np.clip(move, -0.03, 0.03)
        length = tried[:, 1] - tried[:, 0]
        fits = (length > SHORTEST_FLIGHT_S) & (length < LONGEST_FLIGHT_S)
        new_cost = np.where(fits, _cost(windows, tried, shared, feet), np.inf)
        better = new_cost < cost
        times = np.where(better[:, None], tried, times)
        gained = np.where(better, cost - new_cost, 0.0)
        cost = np.where(better, new_cost, cost)
        damping = np.clip(np.where(better, damping / 5.0, damping * 6.0), 1e-6, 1e6)
        if float(gained.max(initial=0.0)) < 1e-4 and bool(np.all(better | (damping > 1e3))):
            break
    return times


def _solved(normal: Array, pull: Array) -> Array:
    """(n, 2) solutions of n systems of two equations."""
    a, b, d = normal[:, 0, 0], normal[:, 0, 1], normal[:, 1, 1]
    first = d * pull[:, 0] - b * pull[:, 1]
    second = a * pull[:, 1] - b * pull[:, 0]
    solved: Array = np.stack([first, second], axis=1) / (a * d - b * b)[:, None]
    return solved


def _shared(windows: _Windows, times: Array, before: Shared) -> Shared:
    """What all flights have in common, given when they were."""
    steps = windows.steps
    air = np.where(windows.there, _in_air(steps, times), np.nan)
    scale, error, trunk_noise = _gravity(steps, times, air, before)
    gain, leak, noise = before.gain.copy(), before.leak.copy(), before.toe_noise_px.copy()
    arc = _arc(steps.until_s, times, scale) - _arc(steps.since_s, times, scale)
    for foot in range(2):
        seen = steps.toes_px[..., foot]
        gain[foot] = _slope(arc, seen, air > 0.99, gain[foot], (0.5, 1.5))
        leak[foot] = _slope(steps.trunk_px, seen, air < 0.01, leak[foot], (-0.1, 0.6))
    shared = Shared(scale, error, gain, leak, noise, trunk_noise)
    for foot in range(2):
        left = steps.toes_px[..., foot] - _toe_steps(windows, times, shared, foot)
        left = left[windows.there & np.isfinite(left)]
        if len(left) > 5:
            noise[foot] = max(1.4826 * float(np.median(np.abs(left))), _LEAST_NOISE_PX)
        else:
            noise[foot] = 1e3
    return shared


def _slope(
    x: Array, y: Array, which: NDArray[np.bool_], before: float, limits: tuple[float, float]
) -> float:
    """Robust slope through the origin; what it was before where there is too little to tell."""
    use = which & np.isfinite(x) & np.isfinite(y)
    x, y = x[use], y[use]
    if len(x) < 6 or not float(x @ x) > 0.0:
        return before
    slope = before
    for _ in range(3):
        off = y - slope * x
        near = np.abs(off) < 3.0 * max(1.4826 * float(np.median(np.abs(off))), _LEAST_NOISE_PX)
        if float(x[near] @ x[near]) > 0.0:
            slope = float((x[near] @ y[near]) / (x[near] @ x[near]))
    return float(np.clip(slope, *limits))


def _gravity(steps: Steps, times: Array, air: Array, before: Shared) -> tuple[float, float, float]:
    """Pixels per metre from the trunk's free fall, its standard error, and the noise of a step."""
    use = (air > 0.99) & np.isfinite(steps.trunk_px)
    count = use.sum(axis=1, keepdims=True)
    use &= count >= 2
    weight = np.where(use, 1.0, 0.0)
    per_row = np.maximum(weight.sum(axis=1, keepdims=True), 1.0)
    speed = np.nan_to_num(steps.trunk_px / steps.dt_s)
    # Each flight has a middle of its own: only what changes within one tells of gravity.
    x = steps.middle_s - (weight * steps.middle_s).sum(axis=1, keepdims=True) / per_row
    y = speed - (weight * speed).sum(axis=1, keepdims=True) / per_row
    x, y = x[use], y[use]
    if len(x) < 3 or not float(x @ x) > 0.0:
        return before.px_per_m, before.px_per_m_error, before.trunk_noise_px
    fall = float((x @ y) / (x @ x))
    spread = 0.0
    for _ in range(3):
        off = y - fall * x
        spread = max(1.4826 * float(np.median(np.abs(off))), 1e-6)
        near = np.abs(off) < 3.0 * spread
        fall = float((x[near] @ y[near]) / (x[near] @ x[near]))
    scale = max(fall / G_M_S2, 1.0)
    error = spread / float(np.sqrt(x @ x)) / G_M_S2
    noise = spread * float(np.median(steps.dt_s[use]))
    return scale, error, max(noise, _LEAST_NOISE_PX)
