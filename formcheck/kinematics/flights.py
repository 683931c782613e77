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

from dataclasses import dataclass, replace

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
LONGEST_HOLE_S = 0.11
APEX_SPAN_S = 0.05

LONGEST_FLIGHT_S = 0.5
SHORTEST_FLIGHT_S = 0.05
REACH_S = 0.32
"""How far from the top of a flight its steps are looked at."""

_GUESSES_S = np.arange(0.06, LONGEST_FLIGHT_S, 0.015)
_SOFT = 1.5
"""Residuals beyond so many standard deviations count less (soft L1)."""

_LEAST_NOISE_PX = 0.05
_UNKNOWN_NOISE_PX = 1e3
_FEWEST_STEPS = 6
_DIFFERENCE_S = 1e-3


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
        heels_px: (m, 2) likewise.
    """

    since_s: Array
    until_s: Array
    trunk_px: Array
    toes_px: Array
    heels_px: Array

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
            self.since_s[rows],
            self.until_s[rows],
            self.trunk_px[rows],
            self.toes_px[rows],
            self.heels_px[rows],
        )

    def landing_on_heels(self, apex_s: Array) -> Steps:
        """The same, where the feet fall with the heels instead of the toes.

        Args:
            apex_s: (n,) tops of the flights.
        """
        ends = np.append((apex_s[1:] + apex_s[:-1]) / 2, np.inf)
        flight = np.clip(np.searchsorted(apex_s, self.middle_s) - 1, 0, len(apex_s) - 1)
        falling = (self.middle_s > apex_s[flight]) & (self.middle_s < ends[flight])
        return replace(self, toes_px=np.where(falling[:, None], self.heels_px, self.toes_px))


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What all flights of a bout have in common.

    Attributes:
        px_per_m: The scale, from gravity.
        px_per_m_error: Its standard error.
        gain: (2, 2) how much of the trunk's arc each toe shows in the air, rising and falling.
        leak: (2, 2) share of the trunk's step that a standing toe seems to make, before take-off
            and after landing.
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
    middle = steps.middle_s
    speed = _bridged(steps.trunk_px / steps.dt_s, middle)
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


def _bridged(values: Array, t_s: Array) -> Array:
    """The same with short holes filled in: a rope before the trunk hides it for a frame or two."""
    known = np.isfinite(values)
    if known.all() or known.sum() < 2:
        return values
    before = np.maximum.accumulate(np.where(known, t_s, -np.inf))
    after = np.minimum.accumulate(np.where(known, t_s, np.inf)[::-1])[::-1]
    filled = np.interp(t_s, t_s[known], values[known])
    bridged: Array = np.where(known | (after - before <= LONGEST_HOLE_S), filled, np.nan)
    return bridged


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
    use: NDArray[np.bool_] | None = None,
    shared: Shared | None = None,
    turns: int = 4,
    mirrored: bool = True,
) -> FlightFit:
    """Take-off and landing of each flight, from the toes' steps and the trunk's turn.

    Args:
        steps: Of the whole bout.
        apex_s: (n,) from :func:`trunk_apexes`.
        px_per_m: A guess of the scale.
        use: (n, 2, 2) which toe (left, right) tells of which half (rising, falling) of a flight;
            None: all do. Who lands on one foot after the other leaves from one and lands on the
            other.
        shared: What is known already; then only the flights are fitted.
        turns: How often flights and what they share are fitted in turn.
        mirrored: Whether the trunk's turn is in the middle of the flight; not for a foot that
            lands later than the other.
    """
    used = np.ones((len(apex_s), 2, 2), np.bool_) if use is None else use
    setting = _Setting(_Windows.around(steps, apex_s), apex_s, used, mirrored)
    known = shared or Shared(
        px_per_m, np.nan, np.ones((2, 2)), np.full((2, 2), 0.1), np.full(2, 0.3), 0.2
    )
    times = setting.best_guess(known)
    for _ in range(turns if shared is None else 1):
        times = _refined(setting, times, known)
        if shared is None:
            known = _shared(setting, times, known)
    cost, jacobian = setting.linear(times, known)
    normal = np.einsum("nkp,nkq->npq", jacobian, jacobian)
    normal[:, [0, 1], [0, 1]] += 1e-9
    # Variance of the difference of the two times, from the inverse of a 2 x 2 matrix.
    determinant = normal[:, 0, 0] * normal[:, 1, 1] - normal[:, 0, 1] ** 2
    spread = (normal[:, 0, 0] + normal[:, 1, 1] + 2.0 * normal[:, 0, 1]) / determinant
    told = np.isfinite(setting.residuals(times, known)).sum(axis=1)
    misfit = np.sqrt(cost / np.maximum(told - 2, 1))
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


@dataclass(frozen=True, slots=True, eq=False)
class _Setting:
    """What a fit is about: the windows, where the trunk turns, and which toes tell of what."""

    windows: _Windows
    apex_s: Array
    use: NDArray[np.bool_]
    mirrored: bool

    def falling(self) -> NDArray[np.bool_]:
        """(n, k) whether a step belongs to the second half of its flight."""
        late: NDArray[np.bool_] = self.windows.steps.middle_s > self.apex_s[:, None]
        return late

    def toe_steps(self, times: Array, shared: Shared, foot: int) -> Array:
        """What a toe's steps (n, k) should be: an arc in the air, next to nothing on the floor."""
        steps = self.windows.steps
        arc = _arc(steps.until_s, times, shared.px_per_m)
        arc -= _arc(steps.since_s, times, shared.px_per_m)
        late = self.falling()
        gain = np.where(late, shared.gain[foot, 1], shared.gain[foot, 0])
        leak = np.where(late, shared.leak[foot, 1], shared.leak[foot, 0])
        on_floor = 1.0 - _in_air(steps, times)
        expected: Array = gain * arc
        expected += on_floor * leak * np.nan_to_num(steps.trunk_px)
        return expected

    def told_by(self, foot: int) -> NDArray[np.bool_]:
        """(n, k) which steps this toe tells of."""
        late = self.falling()
        use = self.use[:, foot, :]
        told: NDArray[np.bool_] = np.where(late, use[:, 1:], use[:, :1]) & self.windows.there
        return told

    def residuals(self, times: Array, shared: Shared) -> Array:
        """Residuals (n, r) per noise; NaN where there is no measurement."""
        steps = self.windows.steps
        parts = []
        for foot in range(2):
            off = steps.toes_px[..., foot] - self.toe_steps(times, shared, foot)
            off /= shared.toe_noise_px[foot]
            parts.append(np.where(self.told_by(foot), off, np.nan))
        if self.mirrored:
            # Near its top the trunk tells where the middle of the flight is.
            since_top = steps.middle_s - times.mean(axis=1, keepdims=True)
            falling = G_M_S2 * shared.px_per_m * steps.dt_s * since_top
            off = (steps.trunk_px - falling) / shared.trunk_noise_px
            near = (np.abs(since_top) < APEX_SPAN_S) & self.windows.there
            parts.append(np.where(near, off, np.nan))
        return np.concatenate(parts, axis=1)

    def cost(self, times: Array, shared: Shared) -> Array:
        """(n,) cost of each flight."""
        total: Array = np.nansum(_soft(self.residuals(times, shared)), axis=1)
        return total

    def best_guess(self, shared: Shared) -> Array:
        """Times (n, 2) of the flight length around each apex that costs least."""
        ends = [
            np.stack([self.apex_s - flight_s / 2, self.apex_s + flight_s / 2], axis=1)
            for flight_s in _GUESSES_S
        ]
        costs = np.stack([self.cost(times, shared) for times in ends])
        best = _GUESSES_S[np.argmin(costs, axis=0)]
        return np.stack([self.apex_s - best / 2, self.apex_s + best / 2], axis=1)

    def linear(self, times: Array, shared: Shared) -> tuple[Array, Array]:
        """Cost (n,) and the weighted Jacobian (n, r, 2) of the residuals."""
        residuals = self.residuals(times, shared)
        weights = _weights(residuals)
        columns = []
        for place in range(2):
            step = np.zeros(2)
            step[place] = _DIFFERENCE_S
            off = self.residuals(times + step, shared) - self.residuals(times - step, shared)
            columns.append(np.nan_to_num(off / (2.0 * _DIFFERENCE_S)) * weights)
        return np.nansum(_soft(residuals), axis=1), np.stack(columns, axis=2)


def _soft(residuals: Array) -> Array:
    """Cost of residuals, soft L1: squared when small, linear when large."""
    cost: Array = 2.0 * _SOFT**2 * (np.sqrt(1.0 + (residuals / _SOFT) ** 2) - 1.0)
    return cost


def _weights(residuals: Array) -> Array:
    """Root weights that make least squares of that cost; 0 where there is no measurement."""
    weights: Array = 1.0 / np.sqrt(np.sqrt(1.0 + (np.nan_to_num(residuals) / _SOFT) ** 2))
    return weights


def _refined(setting: _Setting, times: Array, shared: Shared, most: int = 15) -> Array:
    """Times (n, 2) by Levenberg and Marquardt's method, all flights at once."""
    damping = np.full(len(times), 1e-2)
    cost = setting.cost(times, shared)
    for _ in range(most):
        residuals = setting.residuals(times, shared)
        _, jacobian = setting.linear(times, shared)
        normal = np.einsum("nkp,nkq->npq", jacobian, jacobian)
        weighted = np.nan_to_num(residuals) * _weights(residuals)
        pull = np.einsum("nkp,nk->np", jacobian, weighted)
        # A floor under the diagonal: a flight without any step must not blow up.
        normal[:, [0, 1], [0, 1]] += np.einsum("npp->np", normal) * damping[:, None] + 1e-3
        tried = times - np.clip(_solved(normal, pull), -0.03, 0.03)
        length = tried[:, 1] - tried[:, 0]
        fits = (length > SHORTEST_FLIGHT_S) & (length < LONGEST_FLIGHT_S)
        new_cost = np.where(fits, setting.cost(tried, shared), np.inf)
        better = new_cost < cost
        gained = float(np.where(better, cost - new_cost, 0.0).max(initial=0.0))
        times = np.where(better[:, None], tried, times)
        cost = np.where(better, new_cost, cost)
        damping = np.clip(np.where(better, damping / 5.0, damping * 6.0), 1e-6, 1e6)
        if gained < 1e-4 and bool(np.all(better | (damping > 1e3))):
            break
    return times


def _solved(normal: Array, pull: Array) -> Array:
    """(n, 2) solutions of n systems of two equations."""
    a, b, d = normal[:, 0, 0], normal[:, 0, 1], normal[:, 1, 1]
    first = d * pull[:, 0] - b * pull[:, 1]
    second = a * pull[:, 1] - b * pull[:, 0]
    solved: Array = np.stack([first, second], axis=1) / (a * d - b * b)[:, None]
    return solved


def _shared(setting: _Setting, times: Array, before: Shared) -> Shared:
    """What all flights have in common, given when they were."""
    steps, there = setting.windows.steps, setting.windows.there
    air = np.where(there, _in_air(steps, times), np.nan)
    scale, error, trunk_noise = _gravity(steps, times, air, before)
    gain, leak, noise = before.gain.copy(), before.leak.copy(), before.toe_noise_px.copy()
    shared = Shared(scale, error, gain, leak, noise, trunk_noise)
    arc = _arc(steps.until_s, times, scale) - _arc(steps.since_s, times, scale)
    late = setting.falling()
    for foot in range(2):
        toe, told = steps.toes_px[..., foot], setting.told_by(foot)
        for half, when in enumerate((~late, late)):
            which = (air > 0.99) & told & when
            gain[foot, half] = _slope(arc, toe, which, gain[foot, half], (0.5, 2.5))
            which = (air < 0.01) & told & when
            leak[foot, half] = _slope(steps.trunk_px, toe, which, leak[foot, half], (-0.1, 0.6))
        left = (toe - setting.toe_steps(times, shared, foot))[told]
        left = left[np.isfinite(left)]
        enough = len(left) >= _FEWEST_STEPS
        spread = 1.4826 * float(np.median(np.abs(left))) if enough else _UNKNOWN_NOISE_PX
        noise[foot] = max(spread, _LEAST_NOISE_PX)
    return shared


def _slope(
    x: Array, y: Array, which: NDArray[np.bool_], before: float, limits: tuple[float, float]
) -> float:
    """Robust slope through the origin; what it was before where there is too little to tell."""
    use = which & np.isfinite(x) & np.isfinite(y)
    x, y = x[use], y[use]
    if len(x) < _FEWEST_STEPS or not float(x @ x) > 0.0:
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
