"""Jumps in words and rows: what the page, the terminal and ``jumps.csv`` have in common."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from formcheck.judgement.rule import Check, Exercise, HoldMovement, RepMovement
from formcheck.kinematics.calibration import scale_fits
from formcheck.presentation import words
from formcheck.types import Bout, Finding, Hop, Level, Report

__all__ = [
    "IDEAL_CM",
    "MEASURES",
    "QUIET_DB",
    "Change",
    "Measure",
    "Overall",
    "bout_of",
    "bouts_of_jumps",
    "changes",
    "headline",
    "height_band",
    "is_jumped",
    "landed_in",
    "measure_of",
    "measured",
    "name_of",
    "not_counted",
    "not_told",
    "nothing_found",
    "numbers",
    "overall",
    "ranged",
    "sound",
    "summary",
    "to_csv",
    "worst_first",
]

IDEAL_CM = (2.0, 5.0)
"""The rise that clears a rope and costs no more than it must."""

_MOST_CHANGES = 3
_DIGITS = 6
QUIET_DB = 1.0
"""A change of loudness that few would hear."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How something that is measured of a jump is called.

    Attributes:
        name: Its key in the values of jumps and bouts.
        title: For headings of a table.
        unit: As in its name.
        signed: Whether its sign means something, and is always written.
    """

    name: str
    title: str
    unit: str
    signed: bool = False


MEASURES = (
    Measure("height_cm", "height", "cm"),
    Measure("flight_ms", "in the air", "ms"),
    Measure("contact_ms", "on the ground", "ms"),
    Measure("clearance_cm", "soles off the floor", "cm"),
    Measure("knee_touch_deg", "knee bend at touch-down", "deg"),
    Measure("knee_deg", "knee bend after landing", "deg"),
    Measure("strike_deg", "heel above toes at touch-down", "deg", signed=True),
    Measure("heels_ahead_ms", "heel before toes", "ms", signed=True),
    Measure("offset_ms", "left foot after right", "ms", signed=True),
    Measure("loudness_db", "loudness", "db", signed=True),
    Measure("lean_deg", "trunk lean", "deg"),
    Measure("elbow_gap_ratio", "elbow from hip, per shoulder width", "ratio"),
    Measure("hand_height_ratio", "hand above hip, per trunk length", "ratio"),
    Measure("turns", "turns of the rope", ""),
)
"""In the order of the tables."""

_OTHERS = (
    Measure("cadence_per_min", "cadence", "per_min"),
    Measure("cadence_cv_pct", "unevenness of the rhythm", "pct"),
    Measure("loudness_change_db", "change of loudness", "db", signed=True),
    Measure("offset_size_ms", "time between the two feet", "ms"),
    Measure("hand_off_ratio", "hands out of hip height", "ratio"),
    Measure("px_per_m", "scale of the picture", "px"),
    Measure("sound_landing_s", "landings as heard", "s"),
)
_BY_NAME = {measure.name: measure for measure in (*MEASURES, *_OTHERS)}
_UNITS = ("per_min", "ratio", "deg", "pct", "cm", "ms", "db", "px", "m", "s")
_OF_MANY = frozenset({"cadence_per_min", "cadence_cv_pct", "contact_ms"})
"""What not every jump has: that the first or the last ones lack it is no news."""

_WITHOUT_RANGE = frozenset({"turns", "sound_landing_s"})


@dataclass(frozen=True, slots=True)
class Overall:
    """All jumps of a clip together.

    Attributes:
        values: As in a bout.
        errors: Half the width of their 95 % ranges.
        not_judged: Why a measure is missing, by its name.
    """

    values: Mapping[str, float]
    errors: Mapping[str, float]
    not_judged: Mapping[str, str]

    def told(self, name: str) -> str:
        """A measure with its unit and its range, or "not judged"."""
        if name not in self.values:
            return "not judged"
        return ranged(measure_of(name), self.values[name], self.errors.get(name))


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to change.

    Attributes:
        say: What to do.
        title: The fault.
        level: How bad it was.
        often: In how many jumps, e.g. "in 12 of 38 jumps"; empty where jumps are not judged alone.
        finding: Where it was worst.
        check: What judged it.
    """

    say: str
    title: str
    level: Level
    often: str
    finding: Finding
    check: Check


def is_jumped(exercise: Exercise) -> bool:
    """Whether an exercise is made of jumps: neither held nor repeated from one position."""
    return not isinstance(exercise.movement, HoldMovement | RepMovement)


def measure_of(name: str) -> Measure:
    """How a measure is called; one that is not known here, as its own name says."""
    known = _BY_NAME.get(name)
    if known is not None:
        return known
    for unit in _UNITS:
        if name.endswith(f"_{unit}"):
            return Measure(name, name.removesuffix(f"_{unit}").replace("_", " "), unit)
    return Measure(name, name.replace("_", " "), "")


def name_of(name: str) -> str:
    """What a measure is called."""
    return measure_of(name).title


def ranged(measure: Measure, value: float, error: float | None) -> str:
    """A value with its unit and its range, e.g. ``3.4 cm (2.9 to 3.9)``."""
    told = words.signed if measure.signed else words.with_unit
    shown = told(value, measure.unit) if measure.unit else words.number(value)
    if error is None or not math.isfinite(error) or not math.isfinite(value):
        return shown
    low, high = (words.number(end, words.digits_for(measure.unit)) for end in _ends(
        measure, value, error
    ))  # fmt: skip
    return f"{shown} ({low} to {high})"


def _ends(measure: Measure, value: float, error: float) -> tuple[float, float]:
    # A length or a time that can't be negative, whatever its range.
    least = 0.0 if measure.unit in ("cm", "ms") and not measure.signed else -math.inf
    return max(least, value - error), value + error


def bouts_of_jumps(report: Report) -> tuple[Bout, ...]:
    """The bouts that were jumped; one of another movement, which is named instead, has no jumps."""
    return tuple(bout for bout in report.bouts if bout.jumps > 0)


def not_counted(report: Report) -> str:
    """What was recognised as another movement, and when; empty where nothing was.

    E.g. "running on the spot from 0:00.8 to 0:06.8".
    """
    spans: dict[str, list[str]] = {}
    for bout in report.bouts:
        if bout.jumps == 0:
            span = f"from {words.moment(bout.start_s)} to {words.moment(bout.end_s)}"
            spans.setdefault(bout.style, []).append(span)
    return "; ".join(f"{style} {', '.join(found)}" for style, found in spans.items())


def measured(report: Report) -> list[Measure]:
    """What was measured in any jump, in the order of the tables."""
    names = {name for hop in report.hops for name in hop.values}
    known = [measure for measure in MEASURES if measure.name in names]
    others = sorted(names - _BY_NAME.keys())
    return known + [measure_of(name) for name in others]


def overall(report: Report) -> Overall:
    """Bouts together, each with the weight of its jumps.

    The ranges are averaged and not narrowed: most of what makes them wide (blur, the scale of the
    picture) is the same in every bout.
    """
    bouts = bouts_of_jumps(report)
    parts: Sequence[Bout | Hop] = bouts or report.hops
    values: dict[str, float] = {}
    errors: dict[str, float] = {}
    for name in dict.fromkeys(name for part in parts for name in part.values):
        known = [part for part in parts if math.isfinite(part.values.get(name, math.nan))]
        if known:
            values[name] = _mean([part.values[name] for part in known], known)
        if known and all(name in part.errors for part in known):
            errors[name] = _mean([part.errors[name] for part in known], known)
    why: dict[str, str] = {}
    reasons = [part.not_judged for part in bouts] + [hop.not_judged for hop in report.hops]
    for told in reasons:
        for name, text in told.items():
            why.setdefault(name, text)
    missing = {name: text for name, text in why.items() if name not in values}
    return Overall(values, errors, missing)


def _mean(values: Sequence[float], parts: Sequence[Bout | Hop]) -> float:
    weights = [part.jumps if isinstance(part, Bout) else 1 for part in parts]
    return sum(v * w for v, w in zip(values, weights, strict=True)) / max(1, sum(weights))


def headline(report: Report) -> str:
    """How many and how, e.g. "38 jumps on both feet", "12 jumps in 2 bouts"."""
    n, others = len(report.hops), not_counted(report)
    if n == 0:
        return f"No jump with a rope was counted: {others}" if others else "No jump was seen"
    told = f"{n} jump{'s' if n > 1 else ''}"
    bouts = bouts_of_jumps(report)
    if len(bouts) > 1:
        told += f" in {len(bouts)} bouts"
    styles = list(dict.fromkeys(bout.style for bout in bouts if bout.style))
    return f"{told} on {' and '.join(styles)}" if styles else told


def summary(report: Report, exercise: Exercise) -> str:
    """What happened and what to change, in a sentence or two."""
    others = not_counted(report)
    if not report.hops:
        if report.judged_s <= 0 and not others:
            return "Form was not judged at any time; below is why, and what to change."
        return f"{headline(report)}."
    told = f"{headline(report)}."
    if others:
        told += f" Not counted: {others}."
    found = changes(report, exercise)
    if not found:
        return f"{told} {nothing_found(report)}"
    return f"{told} To work on: {', '.join(change.title.lower() for change in found)}."


def nothing_found(report: Report) -> str:
    """Why there is nothing to change."""
    if any(hop.levels for hop in report.hops):
        return "No warning and no fault in what was judged."
    return "Form could not be judged; below is why."


def changes(report: Report, exercise: Exercise, most: int = _MOST_CHANGES) -> list[Change]:
    """The two or three things to change, the worst first; one for each check."""
    found: dict[str, Change] = {}
    for finding in worst_first(report.findings, exercise):
        if finding.check in found:
            continue
        check = exercise.check(finding.check)
        say = check.cue if check.spoken and check.cue else check.title
        often = _often(finding.check, report.hops)
        found[finding.check] = Change(say, check.title, finding.level, often, finding, check)
    return list(found.values())[:most]


def worst_first(findings: Iterable[Finding], exercise: Exercise) -> list[Finding]:
    """Faults before warnings, and of each the furthest out first."""

    def badness(finding: Finding) -> tuple[int, float]:
        excess = exercise.check(finding.check).limits.excess(finding.worst)
        return -finding.level, -excess if math.isfinite(excess) else 0.0

    return sorted(findings, key=badness)


def _often(code: str, hops: Sequence[Hop]) -> str:
    judged = [hop.levels[code] for hop in hops if code in hop.levels]
    if not judged:
        return ""
    bad = sum(level >= Level.WARN for level in judged)
    if not bad:  # Found over several jumps together.
        return ""
    return f"in {bad} of {len(judged)} jump{'s' if len(judged) > 1 else ''}"


def height_band(value_cm: float, error_cm: float | None) -> str:
    """Where a height lies against the ideal band, as far as its range allows to say."""
    low, high = IDEAL_CM
    band = f"{words.number(low)} to {words.number(high)} cm"
    if not math.isfinite(value_cm):
        return ""
    error = error_cm if error_cm is not None and math.isfinite(error_cm) else 0.0
    ends = max(0.0, value_cm - error), value_cm + error
    if ends[0] > high:
        return f"high; ideal is {band}"
    if ends[1] < low:
        return f"low; ideal is {band}"
    if low <= ends[0] and ends[1] <= high:
        return f"ideal ({band})"
    side = "ideal" if low <= value_cm <= high else "high" if value_cm > high else "low"
    return f"probably {side}; ideal is {band}"


def sound(report: Report) -> tuple[str, str]:
    """How many landings were heard, and how their loudness went: ("36 of 38", "as loud ...").

    The second is the reason where none was heard.
    """
    heard = sum("sound_landing_s" in hop.values for hop in report.hops)
    together = overall(report)
    if not heard:
        names = ("sound_landing_s", "loudness_db", "loudness_change_db")
        why = (together.not_judged[name] for name in names if name in together.not_judged)
        return "not heard", next(why, "")
    told = f"{heard} of {len(report.hops)}"
    change_db = together.values.get("loudness_change_db", math.nan)
    if not math.isfinite(change_db):
        return told, ""
    if abs(change_db) <= max(QUIET_DB, together.errors.get("loudness_change_db", 0.0)):
        return told, "as loud at the end as at the start"
    louder = "louder" if change_db > 0 else "softer"
    return told, f"{words.with_unit(abs(change_db), 'db')} {louder} at the end than at the start"


def not_told(report: Report, stature_m: float | None = None) -> list[tuple[str, str]]:
    """What could not be told, and in which jumps and why: ("knee bend", "jumps 3–5: ...").

    Measures that are missing in the same jumps for the same reason share a row; what was never
    measured comes first.

    Args:
        report: The report.
        stature_m: The person's height, for a check of the scale.
    """
    together = overall(report)
    jumps: dict[tuple[str, str], list[int]] = {}
    for number, hop in enumerate(report.hops, start=1):
        for name, why in hop.not_judged.items():
            if name in _OF_MANY and name in together.values:
                continue
            jumps.setdefault((name, why), []).append(number)
    for name, why in together.not_judged.items():
        jumps.setdefault((name, why), list(range(1, len(report.hops) + 1)))
    order = {name: place for place, name in enumerate(_BY_NAME)}
    rows: dict[tuple[bool, str, tuple[int, ...]], list[str]] = {}
    for (name, why), found in sorted(
        jumps.items(), key=lambda row: (row[0][0] in together.values, order.get(row[0][0], 99))
    ):
        row = rows.setdefault((name in together.values, why, tuple(found)), [])
        row.append(name_of(name))
    told = [
        (words.sentence(", ".join(names)), f"{_which(found, len(report.hops))}{why}")
        for (_, why, found), names in rows.items()
    ]
    return [*told, *_doubted_scale(report, stature_m)]


def _doubted_scale(report: Report, stature_m: float | None) -> list[tuple[str, str]]:
    """Gravity's scale against the height that was entered."""
    torsos = [bout.values["torso_m"] for bout in report.bouts if "torso_m" in bout.values]
    if stature_m is None or not torsos or scale_fits(fmean(torsos), stature_m):
        return []
    why = (
        f"the scale from gravity does not fit a height of {100.0 * stature_m:.0f} cm; heights of "
        "jumps come from the time in the air and do not need it"
    )
    return [("How far the soles come off the floor", why)]


def _which(found: Sequence[int], n: int) -> str:
    if not found or len(found) == n:
        return ""
    return f"jump{'s' if len(found) > 1 else ''} {numbers(found)}: "


def numbers(found: Sequence[int], most: int = 8) -> str:
    """Rising numbers in short, e.g. ``3, 7–9``; a long list is cut off."""
    runs: list[list[int]] = []
    for n in found:
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    told = [f"{a}" if a == b else f"{a}–{b}" for a, b in runs[:most]]
    left = sum(b - a + 1 for a, b in runs[most:])
    return ", ".join(told) + (f" and {left} more" if left else "")


def landed_in(start_s: float, end_s: float, found: Sequence[Hop]) -> str:
    """The numbers of the jumps that landed in a stretch of time, e.g. ``3, 7–9``; or empty."""
    return numbers([n for n, hop in enumerate(found, start=1) if start_s <= hop.landing_s <= end_s])


def bout_of(hop: Hop, bouts: Sequence[Bout]) -> int | None:
    """The number of the bout that a jump belongs to, from 1 on, or None."""
    for number, bout in enumerate(bouts, start=1):
        if bout.start_s <= hop.landing_s <= bout.end_s:
            return number
    return None


def to_csv(report: Report, exercise: Exercise) -> str:
    """The text of ``jumps.csv``: a header, then one row for each jump.

    An empty cell means not judged. ``<measure>.error`` is half the width of the 95 % range.
    """
    names = [*(measure.name for measure in MEASURES), "sound_landing_s"]
    names += sorted({name for hop in report.hops for name in hop.values}.difference(names))
    errors = [name for name in names if name not in _WITHOUT_RANGE]
    codes = [check.code for check in exercise.checks]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    times = ("take_off_s", "landing_s", "end_s")
    head = ["number", "bout", *times, "foot", "good", *names]
    bouts = bouts_of_jumps(report)
    writer.writerow([*head, *(f"{n}.error" for n in errors), *(f"{c}.level" for c in codes)])
    for number, hop in enumerate(report.hops, start=1):
        bout = bout_of(hop, bouts)
        writer.writerow(
            [
                number,
                "" if bout is None else bout,
                *(f"{getattr(hop, name):.6f}" for name in times),
                "both" if hop.foot is None else hop.foot.value,
                int(hop.good),
                *(_cell(hop.values.get(name, math.nan)) for name in names),
                *(_cell(hop.errors.get(name, math.nan)) for name in errors),
                *(_level(hop.levels.get(code, Level.NOT_JUDGED)) for code in codes),
            ]
        )
    return out.getvalue()


def _cell(value: float) -> str:
    return f"{value:.{_DIGITS}g}" if math.isfinite(value) else ""


def _level(level: Level) -> str:
    return "" if level is Level.NOT_JUDGED else level.name.lower()
