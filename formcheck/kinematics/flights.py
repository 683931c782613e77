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
_AROUND_S = _DIFFERENCE_S * np.array([[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1]])[:, None]
"""The times themselves, and one or the other a little later and a little earlier."""


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
        reach_s = max(APEX_SPAN_S, float(steps.dt_s[k - 1] + steps.dt_s[k]))
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
    setting = _Setting.around(steps, apex_s, used, mirrored)
    known = shared or Shared(
        px_per_m, np.nan, np.ones((2, 2)), np.full((2, 2), 0.1), np.full(2, 0.3), 0.2
    )
    problem = _Problem.of(setting, known)
    times = problem.best_guess(apex_s)
    for _ in range(turns if shared is None else 1):
        times = _refined(problem, times)
        if shared is None:
            known = _shared(setting, times, known)
            problem = _Problem.of(setting, known)
    around = problem.linear(times)
    normal = around.normal()
    normal[:, [0, 1], [0, 1]] += 1e-9
    # Variance of the difference of the two times, from the inverse of a 2 x 2 matrix.
    determinant = normal[:, 0, 0] * normal[:, 1, 1] - normal[:, 0, 1] ** 2
    spread = (normal[:, 0, 0] + normal[:, 1, 1] + 2.0 * normal[:, 0, 1]) / determinant
    misfit = np.sqrt(around.cost / np.maximum(problem.told(times) - 2, 1))
    return FlightFit(times[:, 0], times[:, 1], np.sqrt(np.maximum(spread, 0.0)), misfit, known)


@dataclass(frozen=True, slots=True, eq=False)
class _Setting:
    """The steps around each top, n flights of up to k steps each: what does not change in a fit.

    Attributes:
        ends_s: (2, n, k) when each step begins and ends.
        trunk_px: (n, k) of the trunk; NaN where it was not followed and beyond the window.
        toes_px: (2, n, k) of the left and right toes; NaN also where they are not to tell.
        falling: (n, k) whether a step belongs to the second half of its flight.
        mirrored: Whether the trunk's turn is in the middle of the flight.
    """

    ends_s: Array
    trunk_px: Array
    toes_px: Array
    falling: NDArray[np.bool_]
    mirrored: bool

    @staticmethod
    def around(steps: Steps, apex_s: Array, use: NDArray[np.bool_], mirrored: bool) -> _Setting:
        """Windows that reach half way to the neighbours, and no further than ``REACH_S``."""
        halves = np.concatenate([[-np.inf], (apex_s[1:] + apex_s[:-1]) / 2, [np.inf]])
        low = np.maximum(apex_s - REACH_S, halves[:-1])
        high = np.minimum(apex_s + REACH_S, halves[1:])
        first = np.searchsorted(steps.since_s, low - 1e-9)
        last = np.searchsorted(steps.until_s, high + 1e-9, side="right")
        count = np.maximum(last - first, 1)
        rows = first[:, None] + np.arange(int(count.max()))[None]
        there = rows < last[:, None]
        near = steps.at(np.minimum(rows, len(steps.since_s) - 1))
        falling = near.middle_s > apex_s[:, None]
        told = there & np.where(falling, use.T[1, :, :, None], use.T[0, :, :, None])
        return _Setting(
            np.stack([near.since_s, near.until_s]),
            np.where(there, near.trunk_px, np.nan),
            np.where(told, np.moveaxis(near.toes_px, 2, 0), np.nan),
            falling,
            mirrored,
        )

    @property
    def dt_s(self) -> Array:
        """(n, k) length of each step."""
        length: Array = self.ends_s[1] - self.ends_s[0]
        return length

    @property
    def middle_s(self) -> Array:
        """(n, k) middle of each step."""
        middle: Array = (self.ends_s[1] + self.ends_s[0]) / 2
        return middle

    def of_halves(self, values: Array) -> Array:
        """(2, n, k) for each step, of (2, 2) for each toe and half of a flight."""
        rising, falling = values[:, 0, None, None], values[:, 1, None, None]
        each: Array = np.where(self.falling, falling, rising)
        return each

    def free(self, times: Array) -> tuple[Array, Array]:
        """What of each step is flight, for times (..., n, 2).

        Returns:
            How far free fall goes down in it, in (..., n, k) metres; the share of it (..., n, k)
            that is in the air.
        """
        take_off, landing = times[..., None, :, :1], times[..., None, :, 1:]
        ends = np.minimum(np.maximum(self.ends_s, take_off), landing)
        above = (ends - take_off) * (landing - ends)
        arc: Array = -0.5 * G_M_S2 * (above[..., 1, :, :] - above[..., 0, :, :])
        share: Array = (ends[..., 1, :, :] - ends[..., 0, :, :]) / self.dt_s
        return arc, share


@dataclass(frozen=True, slots=True, eq=False)
class _Linear:
    """A problem near some times, weighted: three kinds (left, right toe, trunk) of k steps.

    Attributes:
        cost: (n,) of each flight.
        residuals: (3, n, k) per noise.
        slopes: (2, 3, n, k) by the two times.
    """

    cost: Array
    residuals: Array
    slopes: Array

    def normal(self) -> Array:
        """(n, 2, 2) matrices of the normal equations."""
        normal: Array = np.einsum("pcnk,qcnk->npq", self.slopes, self.slopes)
        return normal

    def pull(self) -> Array:
        """(n, 2) their right sides."""
        pull: Array = np.einsum("pcnk,cnk->np", self.slopes, self.residuals)
        return pull


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """What is to be as small as can be, for known shared values; all of it per noise.

    Where there is no measurement everything is 0, and so is the residual.

    Attributes:
        setting: The steps.
        toes: (2, n, k) measured steps of the toes.
        per_m: (2, n, k) their steps per metre of free fall.
        on_floor: (2, n, k) their steps if they stand all the time.
        trunk: (n, k) measured steps of the trunk.
        per_s: (n, k) its steps per second after the top.
        has_trunk: (n, k) whether it was measured, and tells of the middle of the flight.
    """

    setting: _Setting
    toes: Array
    per_m: Array
    on_floor: Array
    trunk: Array
    per_s: Array
    has_trunk: NDArray[np.bool_]

    @staticmethod
    def of(setting: _Setting, shared: Shared) -> _Problem:
        """The problem that what is shared poses."""
        noise = shared.toe_noise_px[:, None, None]
        told = np.isfinite(setting.toes_px)
        has_trunk = np.isfinite(setting.trunk_px)
        trunk = np.where(has_trunk, setting.trunk_px, 0.0)
        return _Problem(
            setting,
            np.where(told, setting.toes_px, 0.0) / noise,
            np.where(told, setting.of_halves(shared.gain) * shared.px_per_m, 0.0) / noise,
            np.where(told, setting.of_halves(shared.leak) * trunk, 0.0) / noise,
            trunk / shared.trunk_noise_px,
            G_M_S2 * shared.px_per_m * setting.dt_s / shared.trunk_noise_px,
            has_trunk & setting.mirrored,
        )

    def of_toes(self, times: Array) -> Array:
        """Residuals (..., 2, n, k) for times (..., n, 2): an arc in the air, next to none below."""
        arc, in_air = self.setting.free(times)
        expected = self.per_m * arc[..., None, :, :]
        expected += self.on_floor * (1.0 - in_air)[..., None, :, :]
        off: Array = self.toes - expected
        return off

    def of_trunk(self, times: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Residuals (..., n, k), and where there are any: near its top, which is in the middle."""
        since_top = self.setting.middle_s - times.mean(axis=-1)[..., None]
        near = self.has_trunk & (np.abs(since_top) < APEX_SPAN_S)
        return np.where(near, self.trunk - self.per_s * since_top, 0.0), near

    def told(self, times: Array) -> NDArray[np.int_]:
        """(n,) measurements of each flight."""
        toes = np.isfinite(self.setting.toes_px).sum(axis=(0, 2))
        count: NDArray[np.int_] = toes + self.of_trunk(times)[1].sum(axis=1)
        return count

    def cost(self, times: Array) -> Array:
        """Cost (..., n) of each flight for times (..., n, 2)."""
        toes, (trunk, _) = self.of_toes(times), self.of_trunk(times)
        total: Array = _soft(toes).sum(axis=(-3, -1)) + _soft(trunk).sum(axis=-1)
        return total

    def best_guess(self, apex_s: Array) -> Array:
        """Times (n, 2) of the flight length around each apex that costs least."""
        each = apex_s[:, None] + _GUESSES_S[:, None, None] * (-0.5, 0.5)
        # A few at a time: a bout of half an hour must not take all the memory.
        costs = [self.cost(some) for some in np.array_split(each, 6)]
        best = np.argmin(np.concatenate(costs), axis=0)
        guess: Array = each[best, np.arange(len(apex_s))]
        return guess

    def linear(self, times: Array) -> _Linear:
        """The problem near some times (n, 2)."""
        near = times + _AROUND_S
        toes, (trunk, there) = self.of_toes(near), self.of_trunk(near)
        residuals = np.concatenate([toes[0], trunk[:1]])
        slopes = np.empty((2, *residuals.shape))
        slopes[:, :2] = toes[1:3] - toes[3:]
        slopes[:, 2] = np.where(there[1:3] & there[3:], trunk[1:3] - trunk[3:], 0.0)
        slopes /= 2.0 * _DIFFERENCE_S
        weights = _weights(residuals)
        cost = _soft(residuals).sum(axis=(0, 2))
        return _Linear(cost, residuals * weights, slopes * weights)


def _soft(residuals: Array) -> Array:
    """Cost of residuals, soft L1: squared when small, linear when large."""
    cost: Array = 2.0 * _SOFT**2 * (np.sqrt(1.0 + (residuals / _SOFT) ** 2) - 1.0)
    return cost


def _weights(residuals: Array) -> Array:
    """Root weights that make least squares of that cost."""
    weights: Array = 1.0 / np.sqrt(np.sqrt(1.0 + (residuals / _SOFT) ** 2))
    return weights


def _refined(problem: _Problem, times: Array, most: int = 15) -> Array:
    """Times (n, 2) by Levenberg and Marquardt's method, all flights at once."""
    damping = np.full(len(times), 1e-2)
    for _ in range(most):
        around = problem.linear(times)
        normal = around.normal()
        # A floor under the diagonal: a flight without any step must not blow up.
        normal[:, [0, 1], [0, 1]] += np.einsum("npp->np", normal) * damping[:, None] + 1e-3
        tried = times - np.clip(_solved(normal, around.pull()), -0.03, 0.03)
        length = tried[:, 1] - tried[:, 0]
        fits = (length > SHORTEST_FLIGHT_S) & (length < LONGEST_FLIGHT_S)
        new_cost = np.where(fits, problem.cost(tried), np.inf)
        better = new_cost < around.cost
        gained = float(np.where(better, around.cost - new_cost, 0.0).max(initial=0.0))
        times = np.where(better[:, None], tried, times)
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
    fallen_m, air = setting.free(times)
    scale, error, trunk_noise = _gravity(setting, air, before)
    gain, leak, noise = before.gain.copy(), before.leak.copy(), before.toe_noise_px.copy()
    fallen_px = scale * fallen_m
    for foot, toe in enumerate(setting.toes_px):
        for half, when in enumerate((~setting.falling, setting.falling)):
            which = (air > 0.99) & when
            gain[foot, half] = _slope(fallen_px, toe, which, gain[foot, half], (0.5, 2.5))
            which = (air < 0.01) & when
            leak[foot, half] = _slope(setting.trunk_px, toe, which, leak[foot, half], (-0.1, 0.6))
    standing_px = (1.0 - air) * np.nan_to_num(setting.trunk_px)
    expected = setting.of_halves(gain) * fallen_px + setting.of_halves(leak) * standing_px
    for foot, off in enumerate(setting.toes_px - expected):
        left = off[np.isfinite(off)]
        enough = len(left) >= _FEWEST_STEPS
        spread = 1.4826 * float(np.median(np.abs(left))) if enough else _UNKNOWN_NOISE_PX
        noise[foot] = max(spread, _LEAST_NOISE_PX)
    return Shared(scale, error, gain, leak, noise, trunk_noise)


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


def _gravity(setting: _Setting, air: Array, before: Shared) -> tuple[float, float, float]:
    """Pixels per metre from the trunk's free fall, its standard error, and the noise of a step."""
    use = (air > 0.99) & np.isfinite(setting.trunk_px)
    count = use.sum(axis=1, keepdims=True)
    use &= count >= 2
    weight = np.where(use, 1.0, 0.0)
    per_row = np.maximum(weight.sum(axis=1, keepdims=True), 1.0)
    speed = np.nan_to_num(setting.trunk_px / setting.dt_s)
    # Each flight has a middle of its own: only what changes within one tells of gravity.
    x = setting.middle_s - (weight * setting.middle_s).sum(axis=1, keepdims=True) / per_row
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
    noise = spread * float(np.median(setting.dt_s[use]))
    return scale, error, max(noise, _LEAST_NOISE_PX)
