"""What is measured of one jump: its values, and the measures that rules build from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from formcheck.judgement.repmeasures import Sample
from formcheck.kinematics.features import Feature

__all__ = [
    "AT_TOUCH_S",
    "HopMeasure",
    "HopSamples",
    "at_touch",
    "given",
    "most_after_touch",
    "through_hop",
]

AT_TOUCH_S = 0.045
"""A foot is read in the last moments before it touches: the frame after it, it has turned."""

GIVING_S = 0.30
"""Knees give most within this time of a landing."""

_LEAST_STANDING = 5
STANDING_FOR_S = 0.3
STILL = 8.0
"""Degrees between the tenth and the ninetieth of a hundred moments; ratios never reach it."""


@dataclass(frozen=True, slots=True)
class HopSamples:
    """One jump with all that was measured around it.

    Attributes:
        samples: From before its take-off to the end of its contact, in order of time.
        take_off_s: When the last foot left the floor.
        landing_s: When the first touched it again.
        end_s: The next take-off; where none followed, some time after the landing.
        values: What the flight itself told, by name.
        errors: Half the 95 % range of those of them that have one.
        not_told: Why a value is missing, by name.
        standing: The median of each feature while the person stood, NaN where that was not seen.
    """

    samples: Sequence[Sample]
    take_off_s: float
    landing_s: float
    end_s: float
    values: Mapping[str, float]
    errors: Mapping[str, float]
    not_told: Mapping[str, str]
    standing: Mapping[str, float]

    def between(self, feature: Feature, start_s: float, end_s: float) -> list[float]:
        """What was seen of a feature in a span."""
        within = (s.values[feature.name] for s in self.samples if start_s <= s.t_s <= end_s)
        return [value for value in within if not math.isnan(value)]


@dataclass(frozen=True, slots=True)
class HopMeasure:
    """A named measure of one jump.

    Attributes:
        name: Ends in its unit.
        unit: As for a feature.
        title: For people.
        features: What has to be sampled.
        read: The value; NaN where it can't be told.
        unseen: Why not, in words.
        needs: For reports; the joints are those of its features.
    """

    name: str
    unit: str
    title: str
    features: tuple[Feature, ...]
    read: Callable[[HopSamples], float]
    unseen: str = ""

    @property
    def needs(self) -> tuple[()]:
        """None of its own."""
        return ()


def given(name: str, unit: str, title: str, unseen: str = "") -> HopMeasure:
    """What the flight itself tells."""
    return HopMeasure(name, unit, title, (), lambda hop: hop.values.get(name, math.nan), unseen)


def at_touch(
    feature: Feature, name: str, title: str, unseen: str = "", *, over_standing: bool = False
) -> HopMeasure:
    """A feature at touch-down, or how much it is over that of standing."""

    def read(hop: HopSamples) -> float:
        start_s = min(hop.landing_s - AT_TOUCH_S, (hop.take_off_s + hop.landing_s) / 2)
        seen = hop.between(feature, start_s, hop.landing_s + 0.1 * AT_TOUCH_S)
        rest = hop.standing.get(feature.name, math.nan) if over_standing else 0.0
        return median(seen) - rest if seen else math.nan

    return HopMeasure(name, feature.unit, title, (feature,), read, unseen)


def most_after_touch(feature: Feature, name: str, title: str, unseen: str = "") -> HopMeasure:
    """The largest value while the landing is taken up."""

    def read(hop: HopSamples) -> float:
        seen = hop.between(feature, hop.landing_s, min(hop.end_s, hop.landing_s + GIVING_S))
        return max(seen) if len(seen) > 1 else math.nan

    return HopMeasure(name, feature.unit, title, (feature,), read, unseen)


def through_hop(feature: Feature, name: str, title: str, unseen: str = "") -> HopMeasure:
    """The median from take-off to the end of the contact."""

    def read(hop: HopSamples) -> float:
        seen = hop.between(feature, hop.take_off_s, hop.end_s)
        return median(seen) if len(seen) > 1 else math.nan

    return HopMeasure(name, feature.unit, title, (feature,), read, unseen)


def standing_medians(samples: Sequence[Sample]) -> Mapping[str, float]:
    """The median of each feature over moments of standing still.

    NaN with too short a time, or where the feature changed meanwhile: whoever walks in or shifts
    from foot to foot does not stand.
    """
    names = samples[0].values if samples else ()
    medians = {}
    for name in names:
        told = [(s.t_s, s.values[name]) for s in samples if not math.isnan(s.values[name])]
        values = sorted(value for _, value in told)
        tenth = len(values) // 10
        still = (
            len(values) >= _LEAST_STANDING
            and told[-1][0] - told[0][0] >= STANDING_FOR_S
            and values[-1 - tenth] - values[tenth] <= STILL
        )
        medians[name] = median(values) if still else math.nan
    return medians
