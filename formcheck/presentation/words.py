"""How numbers and bands are put into words: with their unit, no finer than they are known."""

from __future__ import annotations

import math

from formcheck.judgement.overrides import base_version
from formcheck.judgement.rule import (
    Check,
    Exercise,
    Feature,
    HoldMovement,
    Limits,
    Reference,
    RepMeasure,
)
from formcheck.types import Finding, Report

_SIGNS = {
    "deg": "°",
    "ratio": "",
    "s": " s",
    "m": " m",
    "px": " px",
    "per_min": " per min",
    "pct": " %",
    "db": " dB",
}
_DIGITS = {"ratio": 2, "m": 2, "s": 1, "cm": 1, "db": 1, "pct": 1}

REFERENCE_WORDS = {
    Reference.ZERO: "as measured",
    Reference.NEUTRAL: "change from your own neutral",
    Reference.DRIFT: "change since the start of the hold",
}


def number(value: float, digits: int = 0) -> str:
    """A number with a true minus sign; "–" when it isn't known."""
    if not math.isfinite(value):
        return "–"
    shown = f"{value:.{digits}f}"
    if float(shown) == 0:
        shown = shown.lstrip("-")
    return shown.replace("-", "−")


def with_unit(value: float, unit: str, digits: int | None = None) -> str:
    """A measure as people read it, e.g. ``−14°`` or ``0.35`` (a ratio).

    Args:
        value: The measure.
        unit: Its unit.
        digits: After the point; None: as usual for the unit.
    """
    shown = number(value, _DIGITS.get(unit, 0) if digits is None else digits)
    return shown if shown == "–" else shown + _SIGNS.get(unit, f" {unit}")


def digits_for(unit: str) -> int:
    """Digits after the point that are usual for a unit."""
    return _DIGITS.get(unit, 0)


def sign_of(unit: str) -> str:
    """A unit as it is written behind a number, e.g. ``°`` or ``cm``; empty for a ratio."""
    return _SIGNS.get(unit, unit).strip()


def digits_of(finding: Finding) -> int:
    """Digits after the point with which its numbers are told."""
    return _digits(finding.unit, finding.error, finding.limit)


def own_limits(report: Report) -> str:
    """A sentence when limits of the person's own were in force; empty when they were the rule's."""
    if base_version(report.rule_version) == report.rule_version:
        return ""
    return "Judged by limits that were changed for this person, not by those of the rule alone."


def limit(finding: Finding) -> str:
    """The limit that a finding passed."""
    return with_unit(finding.limit, finding.unit, digits_of(finding))


def _digits(unit: str, *known: float) -> int:
    """As usual for the unit, and one more where a ratio's limits or error would be lost without."""
    usual = _DIGITS.get(unit, 0)
    lost = unit == "ratio" and any(abs(round(v, usual) - v) > 1e-9 for v in known)
    return usual + lost


def furthest(finding: Finding, check: Check, stature_m: float | None = None) -> str:
    """The worst value of a finding with its range, e.g. ``−14° ± 3° from your neutral``.

    With the person's height also as a length where the check has one: ``(about 6 to 9 cm)``.
    """
    digits = digits_of(finding)
    told = (
        f"{with_unit(finding.worst, finding.unit, digits)} ± "
        f"{with_unit(finding.error, finding.unit, digits)}"
    )
    if check.reference is Reference.DRIFT:
        told += " since the start of the hold"
    elif finding.relative:
        told += " from your neutral"
    if stature_m is None or check.in_metres is None:
        return told
    ends = (finding.worst - finding.error, finding.worst + finding.error)
    low_cm, high_cm = sorted(100.0 * abs(check.in_metres(end, stature_m)) for end in ends)
    # Small lengths need the millimetres: "about 2 to 2 cm" says nothing.
    places = 1 if high_cm < FINE_BELOW_CM else 0
    return f"{told} (about {number(low_cm, places)} to {number(high_cm, places)} cm)"


FINE_BELOW_CM = 5.0


def signed(value: float, unit: str) -> str:
    """A measure whose sign means something, e.g. ``+3°`` or ``−14°``; zero has none."""
    shown = with_unit(value, unit)
    return f"+{shown}" if round(value, _DIGITS.get(unit, 0)) > 0 else shown


def main_value(exercise: Exercise, value: float) -> str:
    """The main measure: with its sign, but for a repetition's angle that has none in its title."""
    main = exercise.main
    if isinstance(exercise.movement, HoldMovement) or "+" in main.title:
        return signed(value, main.unit)
    return with_unit(value, main.unit)


def sentence(text: str) -> str:
    """With a capital first letter; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def seconds(value_s: float) -> str:
    """A length of time, e.g. ``17.8 s`` or ``2 min 05 s``."""
    if value_s < 99.95:
        return f"{number(value_s, 1)} s"
    minutes, rest = divmod(round(value_s), 60)
    return f"{minutes} min {rest:02d} s"


def moment(t_s: float) -> str:
    """A point in time of a clip, e.g. ``0:12.5``."""
    tenths = round(t_s * 10)
    return f"{tenths // 600}:{tenths % 600 // 10:02d}.{tenths % 10}"


def span(start_s: float, end_s: float) -> str:
    """A stretch of time of a clip, e.g. ``0:10.4 – 0:14.6``."""
    return f"{moment(start_s)} – {moment(end_s)}"


def percent(share: float) -> str:
    """A share of 1, e.g. ``73 %``."""
    return f"{number(100 * share)} %"


def band(limits: Limits, unit: str) -> tuple[str, str, str]:
    """The good, warning and fault bands in words, e.g. ("−7° and more", ...)."""
    digits = _digits(unit, limits.good, limits.fault)
    good, fault = with_unit(limits.good, unit, digits), with_unit(limits.fault, unit, digits)
    if limits.sign > 0:
        return f"up to {good}", f"{good} to {fault}", f"above {fault}"
    return f"{good} or more", f"{good} to {fault}", f"below {fault}"


def reference(check: Check) -> str:
    """What a check compares its measure with, in words."""
    if isinstance(check.measure, RepMeasure):
        return "once a repetition"
    if not isinstance(check.measure, Feature):
        return "once a jump"
    return REFERENCE_WORDS[check.reference]


def short(title: str) -> str:
    """The name of a measure without the explanation of its signs, e.g. "hip line"."""
    return title.split(",", 1)[0]
