"""What was measured of one jump, less what is true of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from formcheck.evaluation.truehops import TrueHop
from formcheck.types import Hop

__all__ = ["JUMP_MEASURES", "JudgedJump", "Read", "judged_jump"]


@dataclass(frozen=True, slots=True)
class Read:
    """One value that was read, against the true one.

    Attributes:
        error: Read less true.
        range: Half the width of the 95 % range that was stated; None where none was.
    """

    error: float
    range: float | None

    @property
    def holds(self) -> bool:
        """Whether the stated range holds the truth; a bare value claims to be exact."""
        return abs(self.error) <= (self.range or 0.0)


@dataclass(frozen=True, slots=True)
class JudgedJump:
    """One true jump, and what was said of it.

    Attributes:
        true: The true jump.
        hop: The reported one, or None where it was missed.
        known: The measures, of ``JUMP_MEASURES``, whose truth is known.
        reads: Measure → what was read of it; only of known ones that were given.
    """

    true: TrueHop
    hop: Hop | None
    known: frozenset[str]
    reads: Mapping[str, Read]


@dataclass(frozen=True, slots=True)
class _Measure:
    """Where a measure of the table comes from.

    Attributes:
        reported: Its name in the values of a reported jump.
        factor: From the reported unit to that of the table.
    """

    reported: str
    factor: float = 1.0


JUMP_MEASURES: Mapping[str, _Measure] = MappingProxyType(
    {
        "height_mm": _Measure("height_cm", 10.0),
        "landing_ms": _Measure("landing_s", 1000.0),
        "sound_landing_ms": _Measure("sound_landing_s", 1000.0),
        "flight_ms": _Measure("flight_ms"),
        "contact_ms": _Measure("contact_ms"),
        "knee_touch_deg": _Measure("knee_touch_deg"),
        "knee_deg": _Measure("knee_deg"),
        "strike_deg": _Measure("strike_deg"),
        "offset_ms": _Measure("offset_ms"),
        "clearance_mm": _Measure("clearance_cm", 10.0),
        "lean_deg": _Measure("lean_deg"),
        "elbow_gap_ratio": _Measure("elbow_gap_ratio"),
        "hand_height_ratio": _Measure("hand_height_ratio"),
        "turns": _Measure("turns"),
    }
)
"""What is compared of each jump, in the unit that ends the name."""


def judged_jump(true: TrueHop, hop: Hop | None) -> JudgedJump:
    """Compares a reported jump with the true one.

    Args:
        true: The true jump.
        hop: The reported jump, or None where there is none.
    """
    truth = _true_values(true)
    reads = {}
    # The instant is no measure that may be missing: a jump without one is none.
    said = {} if hop is None else {**hop.values, "landing_s": hop.landing_s}
    for name, value in truth.items():
        measure = JUMP_MEASURES[name]
        if hop is None or not math.isfinite(said.get(measure.reported, math.nan)):
            continue
        half = hop.errors.get(measure.reported)
        reads[name] = Read(
            said[measure.reported] * measure.factor - value,
            None if half is None else half * measure.factor,
        )
    return JudgedJump(true, hop, frozenset(truth), MappingProxyType(reads))


def _true_values(true: TrueHop) -> dict[str, float]:
    """The true value of each measure of the table, in its unit, as far as it is known."""
    values: dict[str, float | None] = {
        "height_mm": 1000.0 * true.height_m,
        "landing_ms": 1000.0 * true.landing_s,
        "sound_landing_ms": 1000.0 * true.landing_s,
        "flight_ms": 1000.0 * true.flight_s,
        "contact_ms": _milli(true.contact_s),
        "offset_ms": _milli(true.offset_s),
        **{name: true.value(name) for name in _AS_TRUTH_HAS_THEM},
    }
    return {name: value for name, value in values.items() if value is not None}


_AS_TRUTH_HAS_THEM = (
    "clearance_mm",
    "knee_touch_deg",
    "knee_deg",
    "strike_deg",
    "lean_deg",
    "elbow_gap_ratio",
    "hand_height_ratio",
    "turns",
)


def _milli(value: float | None) -> float | None:
    return None if value is None else 1000.0 * value
