"""One bout: jumps that follow each other, and when their flights were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.judgement.steplog import StepLog
from formcheck.kinematics.flights import FlightFit, Shared, Steps, fit_flights

__all__ = ["ALTERNATE", "BOTH", "REACH_S", "BoutFit", "HopBout"]

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
        steps: What it was read from.
    """

    flights: FlightFit
    style: str
    stands: NDArray[np.int_]
    offset_s: Array
    offset_error_s: Array
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

    def _fit(self, first: int, last: int, shared: Shared | None) -> BoutFit:
        apex_s = np.array(self.apex_s[first:last])
        steps = self._log.between(apex_s[0] - REACH_S, apex_s[-1] + REACH_S)
        px_per_m = float(np.median(self._falls[first:last]))
        lifts = self._lifts(apex_s)
        style = _style(lifts)
        n = len(apex_s)
        nothing = np.full(n, np.nan)
        if style == ALTERNATE:
            stands = _standing_feet(lifts, steps, apex_s)
            flights = fit_flights(steps, apex_s, px_per_m, _of_one_foot(stands), shared)
            return BoutFit(flights, style, stands, nothing, nothing, steps)
        stands = np.full(n + 1, -1)
        flights = fit_flights(steps, apex_s, px_per_m, None, shared)
        offset, error = _offsets(steps, apex_s, flights.shared)
        if _is_uneven(offset, error):
            use = np.ones((n, 2, 2), np.bool_)
            late = 0 if np.nanmedian(offset) > 0.0 else 1
            use[:, late, 1] = False
            flights = fit_flights(steps, apex_s, px_per_m, use, shared)
        return BoutFit(flights, style, stands, offset, error, steps)

    def _lifts(self, apex_s: Array) -> Array:
        """(n + 1,) how much higher the left foot is in each contact."""
        period_s = float(np.median(np.diff(apex_s))) if len(apex_s) > 1 else 0.5
        middles = np.concatenate(
            [
                [apex_s[0] - period_s / 2],
                (apex_s[1:] + apex_s[:-1]) / 2,
                [apex_s[-1] + period_s / 2],
            ]
        )
        reach_s = max(0.05, 0.15 * period_s)
        return np.array([self._feet_lift(m - reach_s, m + reach_s) for m in middles])


def _style(lifts: Array) -> str:
    told = lifts[np.isfinite(lifts)]
    if len(told) == 0:
        return BOTH
    share = float(np.mean(np.abs(told) > ONE_FOOT_RATIO))
    return ALTERNATE if share >= _ONE_FOOT_SHARE else BOTH


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


def _offsets(steps: Steps, apex_s: Array, shared: Shared) -> tuple[Array, Array]:
    """Left landing less right landing (n,), each foot fitted by itself, and its error."""
    landings, errors = [], []
    for foot in range(2):
        use = np.zeros((len(apex_s), 2, 2), np.bool_)
        use[:, foot] = True
        own = fit_flights(steps, apex_s, shared.px_per_m, use, shared, mirrored=False)
        landings.append(own.landing_s)
        errors.append(own.flight_error_s * np.maximum(own.misfit, 1.0))
    return landings[0] - landings[1], np.hypot(errors[0], errors[1])


def _is_uneven(offset_s: Array, error_s: Array) -> bool:
    if len(offset_s) == 0 or not np.isfinite(offset_s).any():
        return False
    middle = float(np.nanmedian(offset_s))
    spread = 1.4826 * float(np.nanmedian(np.abs(offset_s - middle)))
    return abs(middle) > max(_UNEVEN_S, spread, float(np.nanmedian(error_s)))


def in_order(bouts: Sequence[HopBout]) -> list[HopBout]:
    """Bouts that count, in order of time."""
    return sorted((bout for bout in bouts if bout.counts), key=lambda bout: bout.apex_s[0])
