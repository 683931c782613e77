"""What is measured of one repetition: samples of its parts, and the measures that rules build.

A repetition has four parts: out, top, back, and the rest before it. Every value comes from raw
landmarks (smoothing would shorten the extremes) and is reduced by percentiles or medians, so that
single frames in which the pose model errs do not count.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from operator import attrgetter

from formcheck.enums import quick
from formcheck.kinematics.features import Feature, Sided
from formcheck.landmarks import Joint, Side

__all__ = [
    "BACK_S",
    "OUT_S",
    "TOP_S",
    "Part",
    "Reading",
    "RepMeasure",
    "RepSamples",
    "Sample",
    "change_at_top",
    "lasting_rise",
    "median_at",
    "percentile",
    "quicker_way",
    "seconds_of",
]

_time = attrgetter("t_s")

LEAST_S = 0.25
"""A part that was seen for less than this gives no reading."""


EASE = 0.49
"""How much longer a limb is on its way before 10 and after 90 % of it, as a share of the time in
between, in a movement of least jerk (Flash and Hogan, J Neurosci 1985, 5:1688)."""

WHOLE_WAY_OUT = (1.0 + 2.0 * EASE) / (1.0 + EASE)
WHOLE_WAY_BACK = 1.0 + 2.0 * EASE
"""A way out is timed from where it set off to 90 % of it, a way back from there to 10 %; all of it
took longer."""


@quick
class Part(str, Enum):
    """A part of a repetition."""

    REST = "rest"
    """The start position, just before it sets off."""
    OUT = "out"
    TOP = "top"
    BACK = "back"
    AWAY = "away"
    """All but the rest."""


@dataclass(frozen=True, slots=True)
class Sample:
    """All features of the exercise at one moment."""

    t_s: float
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Reading:
    """One value read from a repetition.

    Attributes:
        value: The value.
        start_s: From when it shows.
        end_s: Until when.
        worst_t_s: The moment that shows it best.
    """

    value: float
    start_s: float
    end_s: float
    worst_t_s: float


@dataclass(frozen=True, slots=True)
class RepSamples:
    """One repetition, finished or under way, with all that was measured of it.

    Attributes:
        samples: From the rest before it to its end, in order of time.
        rest_s: When the rest before it began.
        start_s: When it set off.
        reach_s: When the top was reached.
        leave_s: When the top was left; now, while it is still on.
        end_s: When it was back; now, while it is under way.
        side: The leg that moves, or None.
        complete: False while it is under way.
        set_start: The median of each feature in the first moments of the set.
        gaps_s: Spans within it in which it was not seen.
    """

    samples: Sequence[Sample]
    rest_s: float
    start_s: float
    reach_s: float
    leave_s: float
    end_s: float
    side: Side | None
    complete: bool = True
    set_start: Mapping[str, float] = field(default_factory=dict)
    gaps_s: tuple[tuple[float, float], ...] = ()

    def span(self, part: Part) -> tuple[float, float]:
        """Start and end of a part."""
        return {
            Part.REST: (self.rest_s, self.start_s),
            Part.OUT: (self.start_s, self.reach_s),
            Part.TOP: (self.reach_s, self.leave_s),
            Part.BACK: (self.leave_s, self.end_s),
            Part.AWAY: (self.start_s, self.end_s),
        }[part]

    def seconds(self, part: Part) -> float | None:
        """How long a part took in whole; None while it is on, or where it was out of sight."""
        start_s, end_s = self.span(part)
        if not self.complete or any(b < end_s and e > start_s for b, e in self.gaps_s):
            return None
        whole = {Part.OUT: WHOLE_WAY_OUT, Part.BACK: WHOLE_WAY_BACK}.get(part, 1.0)
        return whole * (end_s - start_s)

    def feature(self, feature: Feature | Sided, *, other: bool = False) -> Feature | None:
        """The feature of the side that moves, or of the other one; None where that is unknown."""
        if isinstance(feature, Feature):
            return feature
        if self.side is None:
            return None
        side = self.side if not other else _OTHER[self.side]
        return feature.on(side)

    def of(self, feature: Feature | None, part: Part) -> list[tuple[float, float]]:
        """(time, value) of a feature in a part, where it was seen."""
        if feature is None:
            return []
        start_s, end_s = self.span(part)
        first = bisect_left(self.samples, start_s, key=_time)
        last = bisect_right(self.samples, end_s, first, key=_time)
        name = feature.name
        return [
            (sample.t_s, value)
            for sample in self.samples[first:last]
            if not math.isnan(value := sample.values[name])
        ]

    def moved(self, feature: Feature, part: Part) -> list[tuple[float, float]]:
        """(time, change) of a feature in a part, from the rest before or the start of the set."""
        rest = [value for _, value in self.of(feature, Part.REST)]
        base = percentile(rest, 0.5) if rest else self.set_start.get(feature.name, math.nan)
        if math.isnan(base):
            return []
        return [(t_s, value - base) for t_s, value in self.of(feature, part)]


_OTHER = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}


@dataclass(frozen=True, slots=True)
class RepMeasure:
    """A named measure of one repetition.

    Attributes:
        name: Ends in its unit.
        unit: As for a feature.
        title: For people.
        features: What has to be sampled for it.
        read: The reading, or None where it can't be told (also: not yet).
    """

    name: str
    unit: str
    title: str
    features: tuple[Feature, ...]
    read: Callable[[RepSamples], Reading | None]

    @property
    def unseen(self) -> str:
        """Why it could not be measured, as far as its features say."""
        return next((f.unseen for f in self.features if f.unseen), "")

    @property
    def needs(self) -> tuple[Joint, ...]:
        """Joints that must be seen for it."""
        return tuple(dict.fromkeys(joint for f in self.features for joint in f.needs))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of the values lie, interpolated.

    Raises:
        ValueError: there are none.
    """
    if not values:
        raise ValueError("a percentile needs values")
    return _at_share(sorted(values), share)


def _at_share(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def _features(feature: Feature | Sided) -> tuple[Feature, ...]:
    return (feature,) if isinstance(feature, Feature) else (feature.left, feature.right)


def _lasting(samples: Sequence[tuple[float, float]]) -> bool:
    return len(samples) >= 3 and samples[-1][0] - samples[0][0] >= LEAST_S


def median_at(part: Part, feature: Feature | Sided, name: str, title: str) -> RepMeasure:
    """The median of a feature in one part of the repetition."""

    def read(rep: RepSamples) -> Reading | None:
        seen = rep.of(rep.feature(feature), part)
        if not _lasting(seen):
            return None
        value = percentile([v for _, v in seen], 0.5)
        worst_t_s = min(seen, key=lambda s: abs(s[1] - value))[0]
        return Reading(value, seen[0][0], seen[-1][0], worst_t_s)

    features = _features(feature)
    return RepMeasure(name, features[0].unit, title, features, read)


def change_at_top(feature: Feature, name: str, title: str) -> RepMeasure:
    """The median of a feature at the top, less that of the rest before the repetition."""

    def read(rep: RepSamples) -> Reading | None:
        rest, top = rep.of(feature, Part.REST), rep.of(feature, Part.TOP)
        if not (_lasting(rest) and _lasting(top)):
            return None
        value = percentile([v for _, v in top], 0.5) - percentile([v for _, v in rest], 0.5)
        worst_t_s = max(top, key=lambda s: s[1])[0]
        return Reading(value, top[0][0], top[-1][0], worst_t_s)

    return RepMeasure(name, feature.unit, title, (feature,), read)


HELD_S = 0.6
"""A change counts as far as it lasts for so long."""


def lasting_rise(
    feature: Feature, name: str, title: str, *, epoch: Feature, still_up: float
) -> RepMeasure:
    """How far a feature rises for 0.6 s together, anywhere in a repetition.

    It rises from the rest before the repetition or, where there was none, from the start of the
    set. A share of the repetition would not do: a slow way back would thin out what happened.

    Args:
        feature: What is sampled.
        name: Of the measure.
        title: Of the measure.
        epoch: A feature that must be the same in all that is compared, as the measure starts anew
            from time to time.
        still_up: A rest so much above the start of the set, in the feature's unit, is none.
    """

    def read(rep: RepSamples) -> Reading | None:
        away = rep.of(feature, Part.AWAY)
        since = rep.of(epoch, Part.AWAY)
        if not _lasting(away) or not _same(since):
            return None
        base = _base(rep, feature, epoch, since[0][1], still_up)
        highest = _highest_held(away)
        if base is None or highest is None:
            return None
        value, start_s, end_s = highest
        return Reading(value - base, start_s, end_s, (start_s + end_s) / 2)

    return RepMeasure(name, feature.unit, title, (feature, epoch), read)


def _base(
    rep: RepSamples, feature: Feature, epoch: Feature, since_s: float, still_up: float
) -> float | None:
    """Where a feature rises from, as far as it was followed from the same moment on.

    That is the rest before the repetition: people slide a little over a set. Where there was none,
    or what should have come down is still up, it is the start of the set.
    """
    start = rep.set_start.get(feature.name, math.nan)
    if rep.set_start.get(epoch.name) != since_s:
        start = math.nan
    rest = rep.of(feature, Part.REST)
    if not _lasting(rest):
        return None if math.isnan(start) else start
    if not _same([*rep.of(epoch, Part.REST), (0.0, since_s)]):
        return None
    base = percentile([v for _, v in rest], 0.5)
    return start if base - start > still_up else base


def _highest_held(
    seen: Sequence[tuple[float, float]],
) -> tuple[float, float, float] | None:
    """The highest median over ``HELD_S``, and from when to when."""
    best = None
    times_s, values = [t_s for t_s, _ in seen], [value for _, value in seen]
    # Those within the window in order of size: sorting them anew takes several times as long.
    ordered: list[float] = []
    taken = 0
    for first, start_s in enumerate(times_s):
        last = bisect_right(times_s, start_s + HELD_S, first)
        end_s = times_s[last - 1]
        if end_s - start_s < 0.7 * HELD_S:
            break
        for value in values[taken:last]:
            insort(ordered, value)
        taken = last
        value = _at_share(ordered, 0.5)
        if best is None or value > best[0]:
            best = (value, start_s, end_s)
        del ordered[bisect_left(ordered, values[first])]
    return best


def _same(seen: Sequence[tuple[float, float]]) -> bool:
    return len({value for _, value in seen}) == 1


def seconds_of(part: Part, name: str, title: str) -> RepMeasure:
    """How long a part of the repetition lasted; told when it is over."""

    def read(rep: RepSamples) -> Reading | None:
        seconds = rep.seconds(part)
        start_s, end_s = rep.span(part)
        return None if seconds is None else Reading(seconds, start_s, end_s, (start_s + end_s) / 2)

    return RepMeasure(name, "s", title, (), read)


def quicker_way(name: str, title: str) -> RepMeasure:
    """Seconds of the way out or the way back, whichever was quicker; told when both are over."""

    def read(rep: RepSamples) -> Reading | None:
        ways = {part: rep.seconds(part) for part in (Part.OUT, Part.BACK)}
        known = {part: seconds for part, seconds in ways.items() if seconds is not None}
        if len(known) < len(ways):
            return None
        quicker = min(known, key=lambda part: known[part])
        start_s, end_s = rep.span(quicker)
        return Reading(known[quicker], start_s, end_s, (start_s + end_s) / 2)

    return RepMeasure(name, "s", title, (), read)


OUT_S = seconds_of(Part.OUT, "out_s", "seconds on the way out")
TOP_S = seconds_of(Part.TOP, "top_s", "seconds at the top")
BACK_S = seconds_of(Part.BACK, "back_s", "seconds on the way back")
"""What can be told of the repetitions of any exercise."""
