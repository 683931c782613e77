"""What the page shows of jumps, in words, rows and charts."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from formcheck.judgement.report import Provenance
from formcheck.judgement.rule import Exercise
from formcheck.presentation import hopcharts, hops, palette, words
from formcheck.presentation.hops import MEASURES, Measure
from formcheck.presentation.hopstills import Landing
from formcheck.types import Bout, Hop, Level, Report

__all__ = ["JumpPage", "jump_page"]

MOST_FINDINGS = 6
"""So many findings are shown with their pictures; the rest are in ``report.json``."""

_OPEN_ROWS = 40
"""A longer table of jumps is folded up."""

_LEAST_FOR_DRIFT = 6
"""A third of fewer jumps is one jump."""

_SIGNS = {Level.GOOD: "✓", Level.WARN: "▲", Level.FAULT: "✕"}


@dataclass(frozen=True, slots=True)
class _Tile:
    """One number of the heading."""

    title: str
    value: str
    more: tuple[str, ...]
    missing: bool


@dataclass(frozen=True, slots=True)
class _ChangeRow:
    """One thing to change."""

    say: str
    title: str
    level: str
    level_word: str
    often: str
    worst: str
    limit: str
    why: str


@dataclass(frozen=True, slots=True)
class _Still:
    """One picture of a landing."""

    title: str
    jump: str
    told: str
    source: str


@dataclass(frozen=True, slots=True)
class _Table:
    """A head and rows of cells."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _JumpRow:
    """One jump: which and when, its verdict as class, sign and words, and what was measured."""

    which: tuple[str, ...]
    cells: tuple[str, ...]
    kind: str
    verdict: str


@dataclass(frozen=True, slots=True)
class JumpPage:
    """The parts of the page that are about jumps.

    Attributes:
        tiles: The numbers of the heading.
        changes: Two or three things to change, the worst first.
        nothing_found: What is said where there is nothing to change.
        height_chart: Height by jump; empty where none was judged.
        height_alt: The same in words.
        strip_chart: When the feet were in the air.
        strip_alt: The same in words.
        heard: Whether landings were heard.
        stills: The most telling landings.
        drift: The first third against the last one.
        bouts: A column for each bout.
        many_bouts: Whether there is more than one.
        head: Names of the columns of the jumps.
        jumps: A row for each jump.
        folded: Whether those are too many to be shown at once.
        not_told: What could not be told, and why.
    """

    tiles: tuple[_Tile, ...]
    changes: tuple[_ChangeRow, ...]
    nothing_found: str
    height_chart: Markup
    height_alt: str
    strip_chart: Markup
    strip_alt: str
    heard: bool
    stills: tuple[_Still, ...]
    drift: _Table
    bouts: _Table
    many_bouts: bool
    head: tuple[str, ...]
    jumps: tuple[_JumpRow, ...]
    folded: bool
    not_told: tuple[tuple[str, str], ...]


def jump_page(
    report: Report, exercise: Exercise, provenance: Provenance, landings: Sequence[Landing]
) -> JumpPage:
    """Everything that the page says of jumps.

    Args:
        report: What the engine said.
        exercise: The rule module that judged.
        provenance: Gives the person's height.
        landings: Pictures of landings.
    """
    found = report.hops
    columns = [m for m in hops.measured(report) if m.name not in ("knee_touch_deg",)]
    footed = any(hop.foot is not None for hop in found)
    return JumpPage(
        tiles=_tiles(report),
        changes=tuple(_changes(report, exercise, provenance.stature_m)),
        nothing_found=hops.nothing_found(report),
        height_chart=Markup(_height_chart(report, exercise)),
        height_alt=_height_alt(report),
        strip_chart=Markup(hopcharts.strip_chart(report)),
        strip_alt=_strip_alt(report),
        heard=any("sound_landing_s" in hop.values for hop in found),
        stills=tuple(_still(landing) for landing in landings),
        drift=_drift(report),
        bouts=_bouts(report),
        many_bouts=len(hops.bouts_of_jumps(report)) > 1,
        head=("No.", "Landed", *(("Foot",) if footed else ()), "Form", *map(_column, columns)),
        jumps=tuple(
            _jump(hop, number, columns, exercise, footed)
            for number, hop in enumerate(found, start=1)
        ),
        folded=len(found) > _OPEN_ROWS,
        not_told=tuple(hops.not_told(report, provenance.stature_m)),
    )


def _tiles(report: Report) -> tuple[_Tile, ...]:
    together = hops.overall(report)
    height, error = (of.get("height_cm", math.nan) for of in (together.values, together.errors))
    band = hops.height_band(height, error)
    heard, how = hops.sound(report)
    return (
        _Tile("Jumps", str(len(report.hops)), _known(_styles(report)), False),
        _tile("Height", "height_cm", together, band),
        _tile("Jumps a minute", "cadence_per_min", together, _steadiness(together)),
        _tile("On the ground", "contact_ms", together, ""),
        _Tile("Landings heard", heard, _known(how), heard == "not heard"),
    )


def _tile(title: str, name: str, together: hops.Overall, more: str) -> _Tile:
    told = together.told(name)
    value, _, span = told.partition(" (")
    value = value.removesuffix(" per min")
    parts = [f"95 % range {span.rstrip(')')}"] if span else []
    parts += [more] if more else []
    missing = name not in together.values
    if missing:
        parts = [together.not_judged.get(name, "")]
    return _Tile(title, value, _known(*parts), missing)


def _known(*parts: str) -> tuple[str, ...]:
    return tuple(part for part in parts if part)


def _styles(report: Report) -> str:
    bouts = hops.bouts_of_jumps(report)
    styles = ", ".join(dict.fromkeys(bout.style for bout in bouts if bout.style))
    many = len(bouts)
    return f"{styles}, {many} bouts" if many > 1 else styles


def _steadiness(together: hops.Overall) -> str:
    name = "cadence_cv_pct"
    if name not in together.values:
        return ""
    return f"varies by {words.with_unit(together.values[name], 'pct')}"


def _changes(report: Report, exercise: Exercise, stature_m: float | None) -> list[_ChangeRow]:
    return [
        _ChangeRow(
            say=change.say,
            title=change.title,
            level=change.level.name.lower(),
            level_word=palette.LEVEL_WORD[change.level],
            often=change.often,
            worst=words.furthest(change.finding, change.check, stature_m),
            limit=words.limit(change.finding),
            why=change.check.why,
        )
        for change in hops.changes(report, exercise)
    ]


def _still(landing: Landing) -> _Still:
    source = f"data:image/jpeg;base64,{base64.b64encode(landing.jpeg).decode()}"
    jump = f"jump {landing.number}, at {words.moment(landing.t_s)}"
    return _Still(landing.title, jump, landing.told, source)


def _column(measure: Measure) -> str:
    unit = words.sign_of(measure.unit)
    return words.sentence(f"{measure.title}, {unit}" if unit else measure.title)


def _jump(
    hop: Hop, number: int, columns: Sequence[Measure], exercise: Exercise, footed: bool
) -> _JumpRow:
    foot = ("both" if hop.foot is None else hop.foot.value,) if footed else ()
    kind, verdict = _verdict(hop, exercise)
    return _JumpRow(
        which=(str(number), words.moment(hop.landing_s), *foot),
        cells=tuple(_cell(hop, measure) for measure in columns),
        kind=kind,
        verdict=verdict,
    )


def _cell(hop: Hop, measure: Measure) -> str:
    """A number and the half-width of its range; the unit is in the head of the column."""
    value = hop.values.get(measure.name, math.nan)
    if not math.isfinite(value):
        return "–"
    digits = words.digits_for(measure.unit)
    shown = words.number(value, digits)
    if measure.signed and float(f"{value:.{digits}f}") > 0:
        shown = f"+{shown}"
    error = hop.errors.get(measure.name, math.nan)
    return f"{shown} ± {words.number(error, digits)}" if math.isfinite(error) else shown


def _verdict(hop: Hop, exercise: Exercise) -> tuple[str, str]:
    wrong = [
        f"{_SIGNS[level]} {exercise.check(code).title.lower()}"
        for code, level in sorted(hop.levels.items(), key=lambda item: -item[1])
        if level >= Level.WARN
    ]
    if wrong:
        worst = max(hop.levels.values())
        return worst.name.lower(), ", ".join(wrong)
    if Level.GOOD in hop.levels.values():
        return "good", "✓ good"
    return "none", "not judged"


_BOUT_COLUMNS = (
    "cadence_per_min",
    "cadence_cv_pct",
    *(m.name for m in MEASURES if m.name not in ("knee_touch_deg", "loudness_db", "turns")),
)


def _bouts(report: Report) -> _Table:
    """A column for each bout, a row for whatever was measured in any."""
    found = hops.bouts_of_jumps(report)
    names = [name for name in _BOUT_COLUMNS if any(name in bout.values for bout in found)]
    if not found:
        return _Table((), ())
    head = ("", *(f"Bout {n}" if len(found) > 1 else "All" for n in range(1, len(found) + 1)))
    rows = (
        ("When", *(words.span(bout.start_s, bout.end_s) for bout in found)),
        ("Jumps", *(str(bout.jumps) for bout in found)),
        ("Style", *(bout.style or "not judged" for bout in found)),
        *(
            (words.sentence(hops.name_of(name)), *(_bout_cell(bout, name) for bout in found))
            for name in names
        ),
    )
    return _Table(head, rows)


def _bout_cell(bout: Bout, name: str) -> str:
    one = hops.Overall(bout.values, bout.errors, bout.not_judged)
    return one.told(name) if math.isfinite(bout.values.get(name, math.nan)) else "not judged"


def _drift(report: Report) -> _Table:
    """The first third against the last one; of several bouts, each."""
    bouts = hops.bouts_of_jumps(report)
    many = len(bouts) > 1
    rows = []
    for number, bout in enumerate(bouts, start=1):
        if bout.jumps < _LEAST_FOR_DRIFT:
            continue
        for name, (first, last) in bout.drift.items():
            measure = hops.measure_of(name)
            if not (math.isfinite(first) and math.isfinite(last)):
                continue
            told = (hops.ranged(measure, value, None) for value in (first, last))
            row = (words.sentence(measure.title), *told, _change(bout, measure, last - first))
            rows.append((str(number), *row) if many else row)
    head = ("What", "First third", "Last third", "Change")
    return _Table(("Bout", *head) if many else head, tuple(rows))


def _change(bout: Bout, measure: Measure, change: float) -> str:
    """A change in words; what is smaller than the range of the mean is none that can be told."""
    least = hops.QUIET_DB if measure.unit == "db" else 0.0
    if abs(change) <= max(least, bout.errors.get(measure.name, 0.0)):
        return "none that can be told"
    shown = words.with_unit(abs(change), measure.unit)
    if float(words.number(abs(change), words.digits_for(measure.unit))) == 0.0:
        return "none"
    return f"{shown} {'more' if change > 0 else 'less'}"


def _heights(report: Report) -> list[float]:
    found = (hop.values.get("height_cm", math.nan) for hop in report.hops)
    return [value for value in found if math.isfinite(value)]


def _height_chart(report: Report, exercise: Exercise) -> str:
    return hopcharts.height_chart(report, exercise) if _heights(report) else ""


def _height_alt(report: Report) -> str:
    known = _heights(report)
    if not known:
        return "The height of no jump could be judged; why is told below."
    low, high = (words.with_unit(value, "cm") for value in (min(known), max(known)))
    return (
        f"Height of each of {len(report.hops)} jumps, from {low} to {high}; together "
        f"{hops.overall(report).told('height_cm')}."
    )


def _strip_alt(report: Report) -> str:
    bouts = hops.bouts_of_jumps(report)
    spans = ", ".join(words.span(bout.start_s, bout.end_s) for bout in bouts)
    return f"Times in the air and on the ground of {len(report.hops)} jumps: {spans or 'none'}."
