"""One bout: jumps that follow each other, and when their flights were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from formcheck.judgement.recall import ANEW, Recall
from formcheck.judgement.steplog import StepLog
from formcheck.kinematics.flights import (
    LONGEST_FLIGHT_S,
    SHORTEST_FLIGHT_S,
    FlightFit,
    Shared,
    Steps,
    fit_flights,
)
from formcheck.kinematics.touchdown import lift_offs, touchdowns

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

HEELS_UP_DEG = 12.0
"""Landmarks of a flat foot read −16 to +10 degrees: above, it can't be landing on the heel."""

_BEFORE_TOUCH_S = 0.1
ON_HEELS_S = 0.007
"""Standard error of a landing on the heel, besides: rendered ones are read 2 to 14 ms late."""

_BY_TURNS_S = 0.03
_TURNS_FROM = 4
_SAME_FOOT = 0.8
OFFSETS_OF = 8
HEEL_AHEAD_S = -0.005
"""A heel that lands before the toes or with them is what lands. Rendered heel strikes read −3 to
33 ms in the median of a bout, landings on the ball −20 to −70."""

_CONTACT_SHARE = 0.3

APEX_OFF_S = 0.008
ONE_FOOT_FRAMES = 0.25
"""Standard error of a flight from one foot to the other, in frames, besides."""

_USUAL_FLIGHT_S = 0.15
_LIKE_OTHERS = 0.5

_REAL_FALL = 0.65
"""A top whose fall is a smaller share of the usual one was no flight: the floor held back."""


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
        usual_offset_s: (n,) offset of the last eight landings, where one foot is always the late
            one; NaN where not.
        apex_s: (n,) tops of the trunk's way.
        steps: What it was read from.
    """

    flights: FlightFit
    style: str
    stands: NDArray[np.int_]
    offset_s: Array
    offset_error_s: Array
    heels_ahead_s: Array
    apex_s: Array
    steps: Steps
    usual_offset_s: Array


Usual = Callable[[float, float], float]
"""The median of a measure of the feet in a span of time; NaN where it was not seen."""


class HopBout:
    """Flights that follow each other without a pause.

    Args:
        log: Where the steps are.
        feet_lift: How much higher the left foot is than the right, per torso.
        heel_up: How far the heel is above the toes, degrees.
        from_front: Tells whether the camera sees both feet side by side.
        recall: What is known already of the same steps.
    """

    def __init__(
        self,
        log: StepLog,
        feet_lift: Usual,
        heel_up: Usual,
        from_front: Callable[[], bool],
        recall: Recall = ANEW,
    ) -> None:
        self.apex_s: list[float] = []
        self._falls: list[float] = []
        self._lifts: list[float] = []
        self._log = log
        self._feet_lift = feet_lift
        self._heel_up = heel_up
        self._heels_deg: list[float] = []
        self._from_front = from_front
        self._recall = recall
        self._shared: Shared | None = None
        self._period_s: float | None = None

    def __len__(self) -> int:
        return len(self.apex_s)

    @property
    def name(self) -> tuple[float, float, int]:
        """Tells it from other bouts of the session, and from itself with fewer or more flights.

        Flights come and go at its ends only.
        """
        return self.apex_s[0], self.apex_s[-1], len(self)

    @property
    def counts(self) -> bool:
        """Whether there are enough of them."""
        return len(self) >= FEW

    @property
    def period_s(self) -> float:
        """The usual time from one to the next; NaN with fewer than two."""
        if self._period_s is None:
            known = len(self) > 1
            self._period_s = float(np.median(np.diff(self.apex_s))) if known else float("nan")
        return self._period_s

    def add(self, apex_s: float, fall_px_per_m: float) -> None:
        """Takes the top of one more flight."""
        if self.apex_s:
            self._lifts.append(self._lift((self.apex_s[-1] + apex_s) / 2, apex_s - self.apex_s[-1]))
        self.apex_s.append(apex_s)
        self._period_s = None
        self._heels_deg.append(self._heel_up(apex_s, apex_s + _BEFORE_TOUCH_S))
        self._falls.append(fall_px_per_m)
        n = len(self)
        if n >= _SHARED_FROM and (self._shared is None or n % _SHARED_EVERY == 0):
            key = ("shared", self.name, self._from_front())
            self._shared = self._recall(key, self._shared_lately)

    def _shared_lately(self) -> Shared:
        n = len(self)
        return self._fit(max(0, n - _SHARED_OVER), n, None).flights.shared

    def so_far(self, number: int, offsets_s: Sequence[float]) -> BoutFit | None:
        """One flight and its neighbour, as far as can be told while the bout goes on.

        Args:
            number: Of the flight, from 0.
            offsets_s: What this told of the offset of each flight before it.
        """
        if self._shared is None or number >= len(self):
            return None
        fit = self._fit(number, min(number + 2, len(self)), self._shared)
        usual = usual_offset_s([*offsets_s, float(fit.offset_s[0])][-OFFSETS_OF:])
        return replace(fit, usual_offset_s=np.full(len(fit.offset_s), usual))

    def part(self, first: int, last: int) -> HopBout:
        """A bout of some of the flights, the last one not among them."""
        part = HopBout(self._log, self._feet_lift, self._heel_up, self._from_front, self._recall)
        part.apex_s = self.apex_s[first:last]
        part._falls = self._falls[first:last]
        part._heels_deg = self._heels_deg[first:last]
        part._lifts = self._lifts[first : last - 1]
        return part

    def drop_unreal(self) -> None:
        """Lets go of tops at the ends in which the trunk did not fall freely."""
        for place in (-1, 0):
            while len(self) > 1 and self._is_held(place):
                self._drop(place)

    def _drop(self, place: int) -> None:
        self._period_s = None
        for values in (self.apex_s, self._falls, self._lifts, self._heels_deg):
            del values[place]

    def _is_held(self, place: int) -> bool:
        return self._falls[place] < _REAL_FALL * float(np.median(self._falls))

    def settled(self) -> BoutFit | None:
        """All of them, with what they share estimated from all; None when too few are left.

        What was no flight is let go first, and a flight whose take-off or landing was not seen.
        """
        self.drop_unreal()
        fit = self._fit(0, len(self), None) if self.counts else None
        if fit is not None:
            unseen = [-1] if fit.flights.landing_s[-1] > self._log.until_s else []
            unseen += [0] if fit.flights.take_off_s[0] < self._log.since_s else []
            for place in unseen:
                self._drop(place)
            if unseen:
                fit = self._fit(0, len(self), None) if self.counts else None
        if fit is None:
            return None
        own = fit.offset_s.tolist()
        usual = [usual_offset_s(own[max(0, k + 1 - OFFSETS_OF) : k + 1]) for k in range(len(own))]
        return replace(fit, usual_offset_s=np.array(usual))

    def _heels_are_up(self) -> bool:
        return _median(np.array(self._heels_deg)) > HEELS_UP_DEG

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
        return lifts - _level(np.array(self._lifts))

    def _fit(self, first: int, last: int, shared: Shared | None) -> BoutFit:
        apex_s = np.array(self.apex_s[first:last])
        steps = self._log.between(apex_s[0] - REACH_S, apex_s[-1] + REACH_S)
        px_per_m = float(np.median(self._falls[first:last]))
        n = len(apex_s)
        if _by_turns(np.array(self._lifts)):
            stands = _standing_feet(self._lifts_around(first, last), steps, apex_s)
            flights = fit_flights(steps, apex_s, px_per_m, _of_one_foot(stands), shared)
            flights = from_one_foot(steps, flights, apex_s, stands)
            nothing = np.full(n, np.nan)
            return BoutFit(
                flights, ALTERNATE, stands, nothing, nothing, nothing, apex_s, steps, nothing
            )
        landed = Landings.of(steps, apex_s)
        # From the side one leg covers the other: which of them is late can't be told there; from
        # the front heel and toes lie over each other, and which of them lands first can't.
        use = landed.use() if self._from_front() else None
        on_heels = landed.heels_ahead and not self._from_front() and not self._heels_are_up()
        if on_heels:
            steps = steps.landing_on_heels(apex_s)
        flights = fit_flights(steps, apex_s, px_per_m, use, shared)
        flights = _one_after_the_other(flights, apex_s)
        if on_heels:
            error_s = np.hypot(flights.flight_error_s, ON_HEELS_S)
            flights = replace(flights, flight_error_s=error_s)
        by_turns = use is not None and landed.by_turns
        if by_turns:
            # Which foot landed first is not known of all: of those, nor is the time in the air.
            error_s = np.where(np.isfinite(landed.offset_s), flights.flight_error_s, np.inf)
            flights = replace(flights, flight_error_s=error_s)
        return BoutFit(
            flights,
            ALTERNATE if by_turns else BOTH,
            landed.first_feet() if by_turns else np.full(n + 1, -1),
            landed.offset_s,
            landed.offset_error_s,
            landed.heels_ahead_s,
            apex_s,
            steps,
            np.full(n, np.nan),
        )


def _one_after_the_other(flights: FlightFit, apex_s: Array) -> FlightFit:
    """The same, with no landing after the next take-off: noise can put it there."""
    between = (apex_s[1:] + apex_s[:-1]) / 2
    overlap = flights.landing_s[:-1] > flights.take_off_s[1:]
    landing, take_off = flights.landing_s.copy(), flights.take_off_s.copy()
    landing[:-1] = np.where(overlap, np.minimum(landing[:-1], between), landing[:-1])
    take_off[1:] = np.where(overlap, np.maximum(take_off[1:], between), take_off[1:])
    error_s = flights.flight_error_s.copy()
    error_s[:-1][overlap] = np.inf
    error_s[1:][overlap] = np.inf
    return replace(flights, take_off_s=take_off, landing_s=landing, flight_error_s=error_s)


def usual_offset_s(recent_s: Sequence[float]) -> float:
    """The median of some offsets when they agree on which foot is late; otherwise NaN.

    Who lands now on the one foot first and now on the other is not uneven.
    """
    told = np.array([offset for offset in recent_s if np.isfinite(offset)])
    if len(told) < _TURNS_FROM:
        return float("nan")
    middle = float(np.median(told))
    small = abs(middle) < _BY_TURNS_S
    same = float(np.mean(np.sign(told) == np.sign(middle))) >= _SAME_FOOT
    return middle if small or same else float("nan")


def from_one_foot(
    steps: Steps, flights: FlightFit, apex_s: Array, stands: NDArray[np.int_]
) -> FlightFit:
    """Flights from one foot to the other, by when the one leaves the floor and the other stops.

    Legs that swing cross each other in the picture, so a flight is believed only where the two
    instants lie as far before the trunk's turn as after it. The others are taken to be like those,
    without any claim of how exact that is.
    """
    frame_s = float(np.median(steps.dt_s))
    leaves = np.stack([lift_offs(steps, steps.toes_px[:, foot], apex_s)[0] for foot in range(2)])
    stops = np.stack([touchdowns(steps, steps.toes_px[:, foot], apex_s)[0] for foot in range(2)])
    each = np.arange(len(apex_s))
    left_s, stop_s = leaves[stands[:-1], each], stops[stands[1:], each]
    flight_s = stop_s - left_s
    off_s = (left_s + stop_s) / 2.0 - apex_s
    believed = (np.abs(off_s) < APEX_OFF_S + frame_s / 3.0) & (flight_s > SHORTEST_FLIGHT_S)
    believed &= flight_s < LONGEST_FLIGHT_S
    usual_s = float(np.median(flight_s[believed])) if believed.any() else _USUAL_FLIGHT_S
    # One that is far from the others is a leg taken for the other one.
    believed &= np.abs(flight_s - usual_s) < _LIKE_OTHERS * usual_s
    length_s = np.where(believed, flight_s, usual_s)
    error_s = np.where(believed, np.hypot(np.abs(off_s), ONE_FOOT_FRAMES * frame_s), np.inf)
    return FlightFit(
        apex_s - length_s / 2.0,
        apex_s + length_s / 2.0,
        error_s,
        np.ones(len(apex_s)),
        flights.shared,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Landings:
    """How the two feet of a two-footed jumper come down.

    Attributes:
        offset_s: (n,) landing of the left foot less that of the right; NaN where not told.
        offset_error_s: (n,) its standard error.
        heels_ahead_s: (n,) by how much the heel lands before the toes; negative: after them.
        heels_ahead: Whether the heels usually stop no later than the toes.
    """

    offset_s: Array
    offset_error_s: Array
    heels_ahead_s: Array
    heels_ahead: bool

    @staticmethod
    def of(steps: Steps, apex_s: Array) -> Landings:
        """Read from the steps of toes and heels."""
        toes, heels, errors = [], [], []
        for foot in range(2):
            toe_s, error_s = touchdowns(steps, steps.toes_px[:, foot], apex_s)
            heel_s, heel_error_s = touchdowns(steps, steps.heels_px[:, foot], apex_s)
            toes.append(toe_s)
            heels.append(heel_s)
            errors.append((error_s, heel_error_s))
        ahead = np.stack(toes) - np.stack(heels)
        heels_ahead = _median(np.array([_median(one) for one in ahead])) > HEEL_AHEAD_S
        first = heels if heels_ahead else toes
        told = np.isfinite(ahead)
        mean = np.where(told, ahead, 0.0).sum(axis=0) / np.maximum(told.sum(axis=0), 1)
        return Landings(
            first[0] - first[1],
            np.hypot(*(error[int(heels_ahead)] for error in errors)),
            np.where(told.any(axis=0), mean, np.nan),
            heels_ahead,
        )

    @property
    def by_turns(self) -> bool:
        """Whether now the one foot lands first and now the other, as in a boxer's step."""
        told = self.offset_s[np.isfinite(self.offset_s)]
        if len(told) < _TURNS_FROM or np.median(np.abs(told)) < _BY_TURNS_S:
            return False
        return float(np.mean(np.sign(told[1:]) != np.sign(told[:-1]))) >= _ONE_FOOT_SHARE

    def first_feet(self) -> NDArray[np.int_]:
        """(n + 1,) which foot lands first after each flight; −1 where it can't be told."""
        first = np.where(self.offset_s > 0.0, 1, 0)
        told: NDArray[np.int_] = np.append(-1, np.where(np.isfinite(self.offset_s), first, -1))
        return told

    def use(self) -> NDArray[np.bool_] | None:
        """Which feet tell of which half: not the one that lands later, where one does."""
        middle = _median(self.offset_s)
        spread = 1.4826 * _median(np.abs(self.offset_s - middle))
        late = np.full(len(self.offset_s), np.nan)
        if self.by_turns:
            late = self.offset_s
        elif abs(middle) > max(_UNEVEN_S, spread, _median(self.offset_error_s)):
            late[:] = middle
        if not np.isfinite(late).any():
            return None
        use = np.ones((len(late), 2, 2), np.bool_)
        use[late > 0.0, 0, 1] = False
        use[late < 0.0, 1, 1] = False
        return use


def _median(values: Array) -> float:
    return float(np.nanmedian(values)) if np.isfinite(values).any() else float("nan")


def _level(lifts: Array) -> float:
    """What counts as level: seen from above, a foot that is nearer looks lower all the time.

    The middle between the higher and the lower ones; of an odd number, the median is one of them.
    """
    told = lifts[np.isfinite(lifts)]
    if len(told) <= FEW:
        return 0.0
    low, high = np.quantile(told, (0.2, 0.8))
    return float(low + high) / 2.0


def _by_turns(lifts: Array) -> bool:
    """Whether the higher foot changes from contact to contact."""
    told = lifts[np.isfinite(lifts)]
    if len(told) < FEW - 1:
        return False
    lifts = told - _level(told)
    high = float(np.mean(np.abs(lifts) > ONE_FOOT_RATIO))
    turns = float(np.mean(np.sign(lifts[1:]) != np.sign(lifts[:-1]))) if len(lifts) > 1 else 0.0
    return high >= _ONE_FOOT_SHARE and turns >= _ONE_FOOT_SHARE


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
