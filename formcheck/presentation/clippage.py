"""What a page with a player shows of one clip: words, rows and charts, each with its moment.

The same words and charts as in ``report.html``, as plain values that can be told to a browser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from formcheck.judgement.report import ESTIMATE_NOTE, Provenance
from formcheck.judgement.rule import Exercise
from formcheck.presentation import charts, hopcharts, hops, html, reps, words
from formcheck.presentation.hoppage import JumpPage, jump_page
from formcheck.presentation.hopstills import Landing
from formcheck.presentation.signals import SignalLog
from formcheck.readiness import note_for
from formcheck.types import Finding, Level, Report

__all__ = ["ClipPage", "clip_page", "numbers"]

_MOST_FINDINGS = 60
"""More would make a page that nobody reads; the rest are in ``report.json``."""


@dataclass(frozen=True, slots=True)
class ClipPage:
    """One clip's page.

    Attributes:
        values: Dicts, lists, strings, finite numbers, booleans and None.
        stills: File name, as it stands in the values → JPEG.
    """

    values: Mapping[str, Any]
    stills: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place on a chart that leads to a moment of the clip.

    ``start`` and ``end`` are on the chart's x axis.
    """

    start: float
    end: float
    t_s: float
    level: str
    label: str


@dataclass(frozen=True, slots=True)
class _Chart:
    """One chart; ``low`` and ``high`` are the ends of its x axis, ``timed`` when that is time."""

    title: str
    svg: str
    alt: str
    caption: str
    low: float
    high: float
    timed: bool
    marks: tuple[_Mark, ...]
    left: float = charts.LEFT
    right: float = charts.RIGHT


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a table, the moment that it is about, and the class of its verdict."""

    t_s: float
    cells: tuple[str, ...]
    level: str


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of moments."""

    title: str
    note: str
    head: tuple[str, ...]
    rows: tuple[_Row, ...]


def clip_page(
    report: Report,
    exercise: Exercise,
    provenance: Provenance,
    signals: SignalLog,
    still_for: html.StillFor = lambda finding: None,
    landings: Sequence[Landing] = (),
) -> ClipPage:
    """The page of one clip.

    Args:
        report: What the engine said.
        exercise: The rule module that judged.
        provenance: Where the report comes from.
        signals: The measures of every frame, for the curves.
        still_for: The JPEG of a finding, or None.
        landings: Pictures of the most telling landings, where there are jumps.
    """
    jumps = jump_page(report, exercise, provenance, ()) if hops.is_jumped(exercise) else None
    stills: dict[str, bytes] = {}
    findings = _findings(report, exercise, provenance.stature_m, still_for, stills)
    tables = _tables(report, exercise, jumps)
    values = {
        "title": exercise.title,
        "source": provenance.source,
        "length": words.seconds(report.duration_s),
        "broke_off": None
        if provenance.broke_off_s is None
        else words.moment(provenance.broke_off_s),
        "summary": hops.summary(report, exercise) if jumps else html.summary(report, exercise),
        "numbers": numbers(report, exercise, jumps),
        "note": ESTIMATE_NOTE,
        "charts": [asdict(chart) for chart in _charts(report, exercise, signals, jumps)],
        "remarks": list(report.remarks),
        "findings": findings,
        "findings_left": max(0, len(report.findings) - _MOST_FINDINGS),
        "nothing_found": _nothing_found(report, jumps),
        "pictures": _pictures(landings, stills),
        "tables": [asdict(table) for table in tables],
        "not_judged": [asdict(reason) for reason in html.reasons(report)],
        "never_judged": [
            {"title": exercise.check(code).title, "why": why}
            for code, why in report.not_judged_checks.items()
        ],
        "not_told": [list(told) for told in jumps.not_told] if jumps else [],
        "readiness": note_for(exercise),
    }
    return ClipPage(values, stills)


def numbers(report: Report, exercise: Exercise, jumps: JumpPage | None) -> list[dict[str, str]]:
    """The numbers of the heading: each with "title", "value", and "more" of it or empty."""
    if jumps is not None:
        found = [(tile.title, tile.value, ", ".join(tile.more)) for tile in jumps.tiles]
    elif reps.is_repeated(exercise):
        good = sum(rep.good for rep in report.reps)
        found = [
            ("Repetitions in good form", str(good), ""),
            ("Repetitions that count", str(report.reps_counted), ""),
            ("Not counted", str(len(report.reps) - report.reps_counted), ""),
        ]
    else:
        best_s = max((hold.best_streak_s for hold in report.holds), default=0.0)
        found = [
            ("In good form", words.seconds(report.good_form_s), ""),
            ("Held in all", words.seconds(report.held_s), ""),
            ("Best streak in good form", words.seconds(best_s), ""),
        ]
    found.append(("Time judged", words.percent(report.judged_share), ""))
    return [{"title": title, "value": value, "more": more} for title, value, more in found]


def _nothing_found(report: Report, jumps: JumpPage | None) -> str:
    if report.findings:
        return ""
    if jumps is not None and report.hops:
        return jumps.nothing_found
    if report.judged_s > 0:
        return "No warning and no fault in the time that was judged."
    return "Nothing, as form was not judged."


def _shown(report: Report, exercise: Exercise) -> list[Finding]:
    """The findings that the page has room for, in order of time."""
    worst = hops.worst_first(report.findings, exercise)[:_MOST_FINDINGS]
    return [finding for finding in report.findings if finding in worst]


def _findings(
    report: Report,
    exercise: Exercise,
    stature_m: float | None,
    still_for: html.StillFor,
    stills: dict[str, bytes],
) -> list[dict[str, Any]]:
    rows = []
    for finding in _shown(report, exercise):
        row = html.finding_row(finding, report, exercise, lambda finding: None, stature_m)
        jpeg = still_for(finding)
        name = ""
        if jpeg is not None:
            name = f"still-{len(stills) + 1}.jpg"
            stills[name] = jpeg
        rows.append(asdict(replace(row, still=name)) | {"t_s": finding.worst_t_s})
    return rows


def _pictures(landings: Sequence[Landing], stills: dict[str, bytes]) -> list[dict[str, Any]]:
    rows = []
    for landing in landings:
        name = f"still-{len(stills) + 1}.jpg"
        stills[name] = landing.jpeg
        told = f"jump {landing.number}, at {words.moment(landing.t_s)}. {landing.told}."
        rows.append({"title": landing.title, "told": told, "still": name, "t_s": landing.t_s})
    return rows


def _charts(
    report: Report, exercise: Exercise, signals: SignalLog, jumps: JumpPage | None
) -> list[_Chart]:
    if jumps is not None:
        return _jump_charts(report, exercise, jumps)
    main, score = signals.series(exercise.main.name), signals.series("score")
    neutral = html.main_neutral(report, exercise)
    other = html.other_side(exercise)
    end_s = charts.last_s(report, main)
    title = words.sentence(words.short(exercise.main.title))
    aside = f" Solid: {words.short(exercise.main.title)}. " if other is not None else ""
    aside += f"Dashed: {words.short(other.title)}." if other is not None else ""
    marks = tuple(_finding_marks(report, exercise))
    return [
        _Chart(
            title=f"{title} over time",
            svg=charts.measure_chart(
                exercise,
                report,
                main,
                neutral,
                None if other is None else signals.series(other.name),
            ),
            alt=html.main_alt(report, exercise, main, neutral),
            caption="Green: good. Yellow: warning. Red: fault. Hatched: not judged. "
            f"▼ something was said.{aside}",
            low=0.0,
            high=end_s,
            timed=True,
            marks=marks,
        ),
        _Chart(
            title="Form score over time",
            svg=charts.score_chart(report, score),
            alt="Curve of the form score, 0 to 100. A gap means that form was not judged.",
            caption="100: every check in its good band. 50: one check at its fault limit. "
            "A gap: not judged.",
            low=0.0,
            high=end_s,
            timed=True,
            marks=marks,
        ),
    ]


def _finding_marks(report: Report, exercise: Exercise) -> list[_Mark]:
    return [
        _Mark(
            start=finding.start_s,
            end=finding.end_s,
            t_s=finding.worst_t_s,
            level=finding.level.name.lower(),
            label=f"{'Fault' if finding.level is Level.FAULT else 'Warning'}: "
            f"{exercise.check(finding.check).title}, {words.span(finding.start_s, finding.end_s)}",
        )
        for finding in _shown(report, exercise)
    ]


def _jump_charts(report: Report, exercise: Exercise, jumps: JumpPage) -> list[_Chart]:
    if not jumps.height_chart:
        return []
    marks = tuple(
        _Mark(
            start=number - 0.5,
            end=number + 0.5,
            t_s=hop.landing_s,
            level=max(hop.levels.values(), default=Level.NOT_JUDGED).name.lower(),
            label=f"Jump {number}, landed at {words.moment(hop.landing_s)}: {row.verdict}",
        )
        for number, (hop, row) in enumerate(zip(report.hops, jumps.jumps, strict=True), start=1)
    )
    chart = _Chart(
        title="Height of each jump",
        svg=str(jumps.height_chart),
        alt=jumps.height_alt,
        caption="One point a jump (▲ warning, ✕ fault); the line through it shows where its true "
        "height lies in 95 of 100 cases. Height is how far the middle of the body rises from "
        "take-off to the highest point.",
        low=hopcharts.FIRST_JUMP_FROM,
        high=hopcharts.jumps_until(len(report.hops)),
        timed=False,
        marks=marks,
    )
    return [chart]


def _tables(report: Report, exercise: Exercise, jumps: JumpPage | None) -> list[_Table]:
    tables = []
    if jumps is not None and report.hops:
        tables.append(_jump_table(report, jumps))
    if report.reps:
        tables.append(_rep_table(report, exercise))
    if report.holds:
        tables.append(_hold_table(report))
    return tables


def _jump_table(report: Report, jumps: JumpPage) -> _Table:
    rows = tuple(
        _Row(hop.landing_s, (*row.which, row.verdict, *row.cells), row.kind)
        for hop, row in zip(report.hops, jumps.jumps, strict=True)
    )
    note = "± is half the 95 % range, – is not judged."
    return _Table("Every jump", note, jumps.head, rows)


def _rep_table(report: Report, exercise: Exercise) -> _Table:
    told = reps.rows(report, exercise)
    sided = any(row.side for row in told)
    head = (
        "No.",
        *(("Side",) if sided else ()),
        "When",
        "At the top",
        "Out / back",
        "Counts",
        *(check.title for check in exercise.checks),
    )
    rows = []
    for rep, row in zip(report.reps, told, strict=True):
        counts = f"no: {row.why_not}" if row.why_not else "yes"
        verdicts = (" ".join(html.LEVEL_WORDS[level][1:]) for level in row.levels)
        side = (row.side,) if sided else ()
        cells = (row.number, *side, row.span, row.top, row.tempo, counts, *verdicts)
        rows.append(_Row(rep.start_s, cells, html.LEVEL_WORDS[max(row.levels)][0]))
    return _Table("Repetitions", "", head, tuple(rows))


def _hold_table(report: Report) -> _Table:
    head = ("When", "Held", "In good form", "Best streak", "Score")
    rows = tuple(
        _Row(
            hold.start_s,
            (
                words.span(hold.start_s, hold.end_s),
                words.seconds(hold.end_s - hold.start_s),
                words.seconds(hold.good_form_s),
                words.seconds(hold.best_streak_s),
                "–" if hold.score is None else f"{words.number(hold.score)} / 100",
            ),
            "none",
        )
        for hold in report.holds
    )
    return _Table("Holds", "", head, rows)
