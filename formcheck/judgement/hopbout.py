"""One bout: jumps that follow each other, and when their flights were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.judgement.steplog import StepLog
from formcheck.kinematics.flights import FlightFit, Shared, Steps, fit_flights
from formcheck.kinematics.touchdown import touchdowns

__all__ = ["ALTERNATE", "BOTH", "REACH_S", "BoutFit", "HopBout", "Landings"]

Array = NDArray[np.float64]

BOTH = "both feet"
ALTERNATE = "alternate feet"

REACH_S = 0.36
"""So long after its top everything of a flight has been seen."""

FEW = 3
"""Fewer jumps in a row are no bout: a start, a stumble, a single hop."""

_SHARED_FROM = 4
_SHARED_EVERY = 8
_SHARED_OVER = 12
"""While a bout goes on, what its flights share is estimated from so many of the last ones."""

ONE_FOOT_RATIO = 0.06
"""A foot that hangs so much higher than the other, per torso, does not stand."""

_ONE_FOOT_SHARE = 0.7
_UNEVEN_S = 0.02
"""Feet that land further apart than this tell of landings of their own."""

_HEEL_AHEAD_S = 0.008
"""A heel that lands so much before the toes is what lands."""

_CONTACT_SHARE = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class BoutFit:
    """The flights of a bout.

    Attributes:
        flights: When they were.
        style: ``BOTH`` or ``ALTERNATE``.
        stands: (n + 1,) which foot stands before the first flight and after each: 0 left, 1
            right, −1 both or unknown.
        offset_s: (n,) landing of the left foot less that of the right; NaN where not told.
        offset_error_s: (n,) its standard error.
        heels_ahead_s: (n,) by how much the heels land before the toes; negative: after them.
        steps: What it was read from.
    """

    flights: FlightFit
    style: str
    stands: NDArray[np.int_]
    offset_s: Array
    offset_error_s: Array
    heels_ahead_s: Array
    steps: Steps


FeetLift = Callable[[float, float], float]
"""How much higher the left foot is than the right in a span: median per torso, or NaN."""


class HopBout:
    """Flights that follow each other without a pause.

    Args:
        log: Where the steps are.
        feet_lift: Tells which foot is up.
    """

    def __init__(self, log: StepLog, feet_lift: FeetLift) -> None:
        self.apex_s: list[float] = []
        self._falls: list[float] = []
        self._lifts: list[float] = []
        self._log = log
        self._feet_lift = feet_lift
        self._shared: Shared | None = None

    def __len__(self) -> int:
        return len(self.apex_s)

    @property
    def counts(self) -> bool:
        """Whether there are enough of them."""
        return len(self) >= FEW

    @property
    def period_s(self) -> float:
        """The usual time from one to the next; NaN with fewer than two."""
        return float(np.median(np.diff(self.apex_s))) if len(self) > 1 else float("nan")

    def add(self, apex_s: float, fall_px_per_m: float) -> None:
        """Takes the top of one more flight."""
        if self.apex_s:
            self._lifts.append(self._lift((self.apex_s[-1] + apex_s) / 2, apex_s - self.apex_s[-1]))
        self.apex_s.append(apex_s)
        self._falls.append(fall_px_per_m)
        n = len(self)
        if n >= _SHARED_FROM and (self._shared is None or n % _SHARED_EVERY == 0):
            recent = self._fit(max(0, n - _SHARED_OVER), n, None)
            self._shared = recent.flights.shared

    def so_far(self, number: int) -> BoutFit | None:
        """One flight and its neighbours, as far as can be told while the bout goes on."""
        if self._shared is None or number >= len(self):
            return None
        return self._fit(number, min(number + 2, len(self)), self._shared)

    def settled(self) -> BoutFit:
        """All of them, with what they share estimated from all."""
        return self._fit(0, len(self), None)

    def _lift(self, middle_s: float, period_s: float) -> float:
        reach_s = max(0.05, 0.15 * period_s)
        return self._feet_lift(middle_s - reach_s, middle_s + reach_s)

    def _lifts_around(self, first: int, last: int) -> Array:
        """(n + 1,) how much higher than usual the left foot is in each contact."""
        ends = [
            self._lift(apex_s + side * self.period_s / 2, self.period_s)
            for apex_s, side in ((self.apex_s[first], -1.0), (self.apex_s[last - 1], 1.0))
        ]
        before = ends[0] if first == 0 else self._lifts[first - 1]
        after = ends[1] if last == len(self) else self._lifts[last - 1]
        lifts = np.array([before, *self._lifts[first : last - 1], after])
        # Seen from above, a foot that is nearer looks lower all the time.
        usual = np.nanmedian(self._lifts) if np.isfinite(self._lifts).any() else 0.0
        return lifts - usual

    def _fit(self, first: int, last: int, shared: Shared | None) -> BoutFit:
        apex_s = np.array(self.apex_s[first:last])
        steps = self._log.between(apex_s[0] - REACH_S, apex_s[-1] + REACH_S)
        px_per_m = float(np.median(self._falls[first:last]))
        n = len(apex_s)
        if _style(np.array(self._lifts)) == ALTERNATE:
            nothing = np.full(n, np.nan)
            stands = _standing_feet(self._lifts_around(first, last), steps, apex_s)
            flights = fit_flights(steps, apex_s, px_per_m, _of_one_foot(stands), shared)
            return BoutFit(flights, ALTERNATE, stands, nothing, nothing, nothing, steps)
        landed = Landings.of(steps, apex_s)
        steps = steps.landing_on_heels(apex_s, landed.heel_first)
        flights = fit_flights(steps, apex_s, px_per_m, landed.use(n), shared)
        return BoutFit(
            flights,
            BOTH,
            np.full(n + 1, -1),
            landed.offset_s,
            landed.offset_error_s,
            landed.heels_ahead_s,
            steps,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Landings:
    """How the two feet of a two-footed jumper come down.

    Attributes:
        offset_s: (n,) landing of the left foot less that of the right; NaN where not told.
        offset_error_s: (n,) its standard error.
        heels_ahead_s: (n,) by how much the heel lands before the toes; negative: after them.
        heel_first: (2,) the feet that usually land on the heel.
    """

    offset_s: Array
    offset_error_s: Array
    heels_ahead_s: Array
    heel_first: NDArray[np.bool_]

    @staticmethod
    def of(steps: Steps, apex_s: Array) -> Landings:
        """Read from the steps of toes and heels."""
        toes, heels, errors = [], [], []
        for foot in range(2):
            toe_s, error_s = touchdowns(steps, steps.toes_px[:, foot], apex_s)
            heel_s, _ = touchdowns(steps, steps.heels_px[:, foot], apex_s)
            toes.append(toe_s)
            heels.append(heel_s)
            errors.append(error_s)
        ahead = np.stack(toes) - np.stack(heels)
        heel_first = np.array([_median(a) > _HEEL_AHEAD_S for a in ahead], np.bool_)
        first = [
            np.where(on_heel, heel_s, toe_s)
            for on_heel, heel_s, toe_s in zip(heel_first, heels, toes, strict=True)
        ]
        told = np.isfinite(ahead)
        mean = np.where(told, ahead, 0.0).sum(axis=0) / np.maximum(told.sum(axis=0), 1)
        return Landings(
            first[0] - first[1],
            np.hypot(*errors),
            np.where(told.any(axis=0), mean, np.nan),
            heel_first,
        )

    def use(self, n: int) -> NDArray[np.bool_] | None:
        """Which feet tell of which half: not the one that lands later, where one does."""
        middle = _median(self.offset_s)
        spread = 1.4826 * _median(np.abs(self.offset_s - middle))
        if not abs(middle) > max(_UNEVEN_S, spread, _median(self.offset_error_s)):
            return None
        use = np.ones((n, 2, 2), np.bool_)
        use[:, 0 if middle > 0.0 else 1, 1] = False
        return use


def _median(values: Array) -> float:
    return float(np.nanmedian(values)) if np.isfinite(values).any() else float("nan")


def _style(lifts: Array) -> str:
    """One foot after the other when the higher foot changes from contact to contact."""
    told = lifts[np.isfinite(lifts)]
    if len(told) < FEW - 1:
        return BOTH
    lifts = told - np.median(told) if len(told) > FEW else told
    high = float(np.mean(np.abs(lifts) > ONE_FOOT_RATIO))
    turns = float(np.mean(np.sign(lifts[1:]) != np.sign(lifts[:-1]))) if len(lifts) > 1 else 0.0
    return ALTERNATE if high >= _ONE_FOOT_SHARE and turns >= _ONE_FOOT_SHARE else BOTH


def _standing_feet(lifts: Array, steps: Steps, apex_s: Array) -> NDArray[np.int_]:
    """(n + 1,) which foot stands in each contact: the lower one, and the one that keeps still.

    Seen from the side the legs are mistaken for each other now and then, so where the two
    disagree the quieter foot is taken: it is the one that shows take-off and landing.
    """
    ends = np.concatenate([[apex_s[0] - 0.5], apex_s, [apex_s[-1] + 0.5]])
    feet = np.where(lifts > 0.0, 1, 0)
    for k in range(len(apex_s) + 1):
        length = ends[k + 1] - ends[k]
        middle = (steps.middle_s > ends[k] + _CONTACT_SHARE * length) & (
            steps.middle_s < ends[k + 1] - _CONTACT_SHARE * length
        )
        seen = steps.toes_px[middle]
        counts = np.isfinite(seen).sum(axis=0)
        if middle.sum() < 2 or counts.min() < 2:
            continue
        restless = np.sqrt(np.nanmean(seen**2, axis=0))
        quiet = int(np.argmin(restless))
        if restless[quiet] < 0.6 * restless[1 - quiet]:
            feet[k] = quiet
    return feet


def _of_one_foot(stands: NDArray[np.int_]) -> NDArray[np.bool_]:
    """(n, 2, 2) for each flight: the foot that left tells of its rise, the other of its fall."""
    n = len(stands) - 1
    use = np.zeros((n, 2, 2), np.bool_)
    use[np.arange(n), stands[:-1], 0] = True
    use[np.arange(n), stands[1:], 1] = True
    return use
