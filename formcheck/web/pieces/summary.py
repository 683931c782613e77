"""What came of a session, in the pieces of a page; the words are those of the report page."""

from __future__ import annotations

from html import escape

import streamlit as st

from formcheck.judgement.report import Provenance
from formcheck.judgement.rule import Exercise
from formcheck.presentation import clippage, hops, html, reps, words
from formcheck.presentation.hoppage import JumpPage, jump_page
from formcheck.types import Level, Report
from formcheck.web.pieces import look

__all__ = ["show"]

_MOST_FINDINGS = 20
"""More would make a page that nobody reads; all are in the report."""

_PER_ROW = 3


def show(report: Report, exercise: Exercise, provenance: Provenance) -> None:
    """Draws the summary of a session or clip."""
    jumps = jump_page(report, exercise, provenance, ()) if hops.is_jumped(exercise) else None
    told = hops.summary(report, exercise) if jumps else html.summary(report, exercise)
    look.show(f'<p class="fc-lead">{escape(told)}</p>')
    if words.own_limits(report):
        look.show(f"<p>{escape(words.own_limits(report))}</p>")
    _numbers(report, exercise, jumps)
    _findings(report, exercise, provenance.stature_m)
    _repetitions(report, exercise)
    for remark in report.remarks:
        look.show(f"<p>{escape(remark)}</p>")
    _said(report)
    _not_judged(report, exercise, jumps)


def _numbers(report: Report, exercise: Exercise, jumps: JumpPage | None) -> None:
    found = clippage.numbers(report, exercise, jumps)
    for start in range(0, len(found), _PER_ROW):
        columns = st.columns(_PER_ROW)
        for column, number in zip(columns, found[start : start + _PER_ROW], strict=False):
            with column:
                st.metric(number["title"], number["value"])
                if number["more"]:
                    look.show(f'<p class="fc-soft">{escape(number["more"])}</p>')


def _findings(report: Report, exercise: Exercise, stature_m: float | None) -> None:
    look.show("<h2>To work on</h2>")
    if not report.findings:
        look.show(
            "<p>No warning and no fault in the time that was judged.</p>"
            if report.judged_s > 0
            else "<p>Nothing is told, as form was not judged.</p>"
        )
        return
    worst = hops.worst_first(report.findings, exercise)[:_MOST_FINDINGS]
    shown = [finding for finding in report.findings if finding in worst]
    rows = [
        html.finding_row(finding, report, exercise, lambda finding: None, stature_m)
        for finding in shown
    ]
    look.table(
        "Faults and warnings, in order of time",
        ("When", "What", "How bad", "Furthest out", "Limit"),
        [
            (row.span, row.title, f"{_sign(row.level)} {row.level_word}", row.worst, row.limit)
            for row in rows
        ],
    )
    left = len(report.findings) - len(shown)
    if left:
        look.show(f"<p>{left} more are in the report.</p>")


def _sign(level: str) -> str:
    return html.LEVEL_WORDS[Level[level.upper()]][1]


def _repetitions(report: Report, exercise: Exercise) -> None:
    if not report.reps:
        return
    rows = reps.rows(report, exercise)
    sided = any(row.side for row in rows)
    head = ("No.", *(("Side",) if sided else ()), "When", "At the top", "Out / back", "Counts")
    look.table(
        "Every repetition",
        head,
        [
            (
                row.number,
                *((row.side,) if sided else ()),
                row.span,
                row.top,
                row.tempo,
                f"no: {row.why_not}" if row.why_not else "yes",
            )
            for row in rows
        ],
    )


def _said(report: Report) -> None:
    if not report.cues:
        return
    lines = "".join(f"<li>{words.moment(cue.t_s)} “{escape(cue.text)}”</li>" for cue in report.cues)
    look.show(f"<h2>What was said about your form</h2><ul>{lines}</ul>")


def _not_judged(report: Report, exercise: Exercise, jumps: JumpPage | None) -> None:
    lines = [
        f"{reason.seconds} ({reason.share} of the time): {escape(reason.text)}."
        + (f" {escape(words.sentence(reason.advice))}." if reason.advice else "")
        for reason in html.reasons(report)
    ]
    lines += [
        f"Never judged, as {escape(why)}: {escape(titles)}."
        for why, titles in _never_judged(report, exercise)
    ]
    lines += [
        f"{escape(what)} could not be told: {escape(why)}."
        for what, why in (jumps.not_told if jumps else ())
    ]
    if lines:
        items = "".join(f"<li>{line}</li>" for line in lines)
        look.show(f"<h2>What was not judged, and why</h2><ul>{items}</ul>")


def _never_judged(report: Report, exercise: Exercise) -> list[tuple[str, str]]:
    """Why some checks were never judged, and the titles of those checks."""
    by_reason: dict[str, list[str]] = {}
    for code, why in report.not_judged_checks.items():
        by_reason.setdefault(why, []).append(exercise.check(code).title.lower())
    return [(why, ", ".join(titles)) for why, titles in by_reason.items()]
