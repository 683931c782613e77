"""What is measured of one repetition: samples of its parts, and the measures that rules build.

A repetition has four parts: out, top, back, and the rest before it. Every value comes from raw
landmarks (smoothing would shorten the extremes) and is reduced by percentiles or medians, so that
single frames in which the pose model errs do not count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from formcheck.kinematics.features import Feature, Sided
from formcheck.landmarks import Joint, Side

__all__ = [
    "Part",
    "Reading",
    "RepMeasure",
    "RepSamples",
    "Sample",
    "change_while_away",
    "median_at",
    "percentile",
    "quicker_way",
    "seconds_of",
]

LEAST_S = 0.25
"""A part that was seen for less than this gives no reading."""


EASE = 0.49
"""How much longer a limb is on its way before 10 and after 90 % of it, as a share of the time in
between, in a movement of least jerk (Flash and Hogan, J Neurosci 1985, 5:1688)."""

WHOLE_WAY = (1.0 + 2.0 * EASE) / (1.0 + EASE)
"""A way out is timed up to 90 % of it, a way back from there; the whole of it took longer."""


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

    def span(self, part: Part) -> tuple[float, float]:
        """Start and end of a part."""
        return {
            Part.REST: (self.rest_s, self.start_s),
            Part.OUT: (self.start_s, self.reach_s),
            Part.TOP: (self.reach_s, self.leave_s),
            Part.BACK: (self.leave_s, self.end_s),
            Part.AWAY: (self.start_s, self.end_s),
        }[part]

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
        return [
            (sample.t_s, value)
            for sample in self.samples
            if start_s <= sample.t_s <= end_s
            and not math.isnan(value := sample.values[feature.name])
        ]


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
    ordered = sorted(values)
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


def change_while_away(
    feature: Feature | Sided,
    name: str,
    title: str,
    *,
    share: float = 0.8,
    part: Part = Part.AWAY,
    epoch: Feature | None = None,
) -> RepMeasure:
    """How far a feature rises above the rest before the repetition, for a share of a part.

    Args:
        feature: What is sampled.
        name: Of the measure.
        title: Of the measure.
        share: The percentile of the change that is read: 0.8 is passed for a fifth of the part.
        part: Where it is looked for.
        epoch: A feature that must be the same in all that is compared, where the measure starts
            anew from time to time.
    """

    def read(rep: RepSamples) -> Reading | None:
        rest = rep.of(rep.feature(feature), Part.REST)
        away = rep.of(rep.feature(feature), part)
        if epoch is not None and not _same(rep.of(epoch, Part.REST) + rep.of(epoch, part)):
            return None
        if not (_lasting(rest) and _lasting(away)):
            return None
        base = percentile([v for _, v in rest], 0.5)
        value = percentile([v for _, v in away], share) - base
        worst = max(away, key=lambda s: s[1])
        shows = [s for s in away if s[1] - base >= 0.8 * value] or [worst]
        return Reading(value, shows[0][0], shows[-1][0], worst[0])

    features = _features(feature)
    sampled = features if epoch is None else (*features, epoch)
    return RepMeasure(name, features[0].unit, title, sampled, read)


def _same(seen: Sequence[tuple[float, float]]) -> bool:
    return len({value for _, value in seen}) == 1


def seconds_of(part: Part, name: str, title: str) -> RepMeasure:
    """How long a part of the repetition lasted; told when it is over."""

    def read(rep: RepSamples) -> Reading | None:
        if not rep.complete:
            return None
        start_s, end_s = rep.span(part)
        way = WHOLE_WAY if part in (Part.OUT, Part.BACK) else 1.0
        return Reading(way * (end_s - start_s), start_s, end_s, (start_s + end_s) / 2)

    return RepMeasure(name, "s", title, (), read)


def quicker_way(name: str, title: str) -> RepMeasure:
    """Seconds of the way out or the way back, whichever was quicker; told when both are over."""

    def read(rep: RepSamples) -> Reading | None:
        if not rep.complete:
            return None
        start_s, end_s = min(
            (rep.span(Part.OUT), rep.span(Part.BACK)), key=lambda span: span[1] - span[0]
        )
        return Reading(WHOLE_WAY * (end_s - start_s), start_s, end_s, (start_s + end_s) / 2)

    return RepMeasure(name, "s", title, (), read)
