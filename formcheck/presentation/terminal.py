"""What the command line prints: the summary of a report and the cards of the rules.

Everything is plain text first; colour only where the terminal takes it, and never alone.
"""

from __future__ import annotations

import inspect
import math
import os
import sys
from collections.abc import Iterable
from typing import IO

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from formcheck.judgement.report import ESTIMATE_NOTE, Provenance
from formcheck.judgement.rule import Exercise
from formcheck.presentation import hops, reps, words
from formcheck.presentation.cards import card_of, views
from formcheck.types import Finding, Level, Report

_LEVEL_STYLE = {Level.GOOD: "green", Level.WARN: "yellow", Level.FAULT: "bold red"}
_LEVEL_SIGN = {Level.WARN: "! warning", Level.FAULT: "x fault"}
_PLAIN_WIDTH = 100
_MOST_FINDINGS = 10
"""Of jumps: there may be one for each."""


def open_console(stream: IO[str] | None = None) -> Console:
    """A console for a stream (standard output when None).

    Colour is used on terminals only, and not with ``NO_COLOR``. Elsewhere the width is fixed, so
    that a log reads the same everywhere.
    """
    stream = sys.stdout if stream is None else stream
    if stream.isatty():
        return Console(file=stream, highlight=False, no_color="NO_COLOR" in os.environ)
    return Console(
        file=stream, highlight=False, no_color=True, width=_PLAIN_WIDTH, force_terminal=False
    )


def print_summary(
    report: Report, exercise: Exercise, provenance: Provenance, console: Console
) -> None:
    """Print what a coach wants to know first."""
    console.print(
        f"[bold]{escape(exercise.title)}[/bold]  {escape(provenance.source)}, "
        f"{words.seconds(report.duration_s)}"
    )
    if provenance.broke_off_s is not None:
        console.print(f"The clip breaks off at {words.moment(provenance.broke_off_s)}.")
    if words.own_limits(report):
        console.print(words.own_limits(report))
    console.print()
    shown = report.findings
    if hops.is_jumped(exercise):
        _print_hops(report, exercise, provenance.stature_m, console)
        shown = tuple(hops.worst_first(shown, exercise)[:_MOST_FINDINGS])
    elif reps.is_repeated(exercise):
        _print_reps(report, exercise, console)
    else:
        console.print(_numbers(report))
    if shown:
        console.print()
        console.print(_findings(shown, report, exercise, provenance.stature_m))
        if len(shown) < len(report.findings):
            console.print(f"{len(report.findings) - len(shown)} more are in report.json.")
    elif report.judged_s > 0 and not hops.is_jumped(exercise):
        console.print("\nNo warning and no fault in the time that was judged.")
    if report.cues:
        console.print("\n[bold]Said[/bold]")
        for cue in report.cues:
            console.print(f"  {words.moment(cue.t_s):>7}  {escape(cue.text)}")
    _print_not_judged(report, exercise, console)
    console.print(f"\n{ESTIMATE_NOTE}")


def print_rules(exercises: Iterable[Exercise], console: Console) -> None:
    """Print the list of exercises."""
    table = _table("exercise", "what", "checks", "camera")
    for exercise in exercises:
        checks = ", ".join(check.code for check in exercise.checks)
        table.add_row(
            escape(exercise.name), escape(exercise.title), escape(checks), views(exercise)
        )
    console.print(table)
    console.print("\n`formcheck rules NAME` shows what one of them looks at, and why.")


def print_rule(exercise: Exercise, console: Console) -> None:
    """Print the card of one exercise: what is checked, its bands, the camera, the evidence."""
    card = card_of(exercise)
    console.print(
        f"[bold]{escape(card.title)}[/bold]  ({escape(card.name)}, "
        f"rule version {escape(card.version)})"
    )
    console.print(escape(f"Camera: {card.camera}."))
    console.print(f"\n{escape(inspect.cleandoc(exercise.doc))}\n")
    table = _table("check", "measure", "good", "warning", "fault", "said")
    for check in card.checks:
        name = f"{escape(check.title)}\n[dim]{escape(check.code)}[/dim]"
        measure = f"{escape(check.measure)},\n{check.reference}"
        said = escape(check.said) if check.said else "–"
        table.add_row(name, measure, check.good, check.warn, check.fault, said)
    console.print(table)
    for check in card.checks:
        console.print(f"\n[bold]{escape(check.title)}[/bold]  {escape(check.code)}")
        told = (f"Why: {check.why}", f"Evidence: {check.evidence}", check.without_neutral)
        for line in (*filter(None, told), check.when):
            console.print(Padding(escape(line), (0, 0, 0, 2)))
    for when, phrase in card.easier:
        console.print(f"\n{escape(when)}: “{escape(phrase)}”.")
    if card.readiness:
        console.print("\n[bold]Before you start[/bold]")
        console.print(Padding(escape(card.readiness), (0, 0, 1, 2)))
    console.print(ESTIMATE_NOTE)


def _table(*names: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def _numbers(report: Report) -> Table:
    best_s = max((hold.best_streak_s for hold in report.holds), default=0.0)
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    for name, value in (
        ("In good form", f"[bold]{words.seconds(report.good_form_s)}[/bold]"),
        ("Held in all", words.seconds(report.held_s)),
        ("Best streak", words.seconds(best_s)),
        ("Time judged", words.percent(report.judged_share)),
    ):
        table.add_row(name, value)
    return table


def _print_reps(report: Report, exercise: Exercise, console: Console) -> None:
    console.print(f"[bold]{reps.headline(report)}[/bold].")
    console.print(f"Time judged: {words.percent(report.judged_share)}.")
    if report.reps:
        rows = reps.rows(report, exercise)
        sided = any(row.side for row in rows)
        side = ("side",) if sided else ()
        table = _table("no.", *side, "when", "at the top", "out / back", "form")
        for row in rows:
            side = (row.side,) if sided else ()
            table.add_row(row.number, *side, row.span, row.top, row.tempo, _form(row, exercise))
        console.print()
        console.print(table)
    if report.remarks:
        console.print()
    for remark in report.remarks:
        console.print(escape(remark))


def _print_hops(
    report: Report, exercise: Exercise, stature_m: float | None, console: Console
) -> None:
    """The numbers of all jumps, what to change, and what could not be told."""
    console.print(f"[bold]{escape(hops.headline(report))}[/bold].")
    others = hops.not_counted(report)
    if report.hops and others:
        console.print(escape(f"Not counted: {others}."))
    if report.hops:
        console.print(_hop_numbers(report))
        found = hops.changes(report, exercise)
        console.print("\n[bold]To change[/bold]" if found else f"\n{hops.nothing_found(report)}")
        for place, change in enumerate(found, start=1):
            worst = words.furthest(change.finding, change.check, stature_m)
            often = f" {change.often}" if change.often else ""
            console.print(
                escape(f"  {place}. {change.say}: {change.title.lower()}{often}, worst {worst}")
            )
        missing = hops.not_told(report, stature_m)
        if missing:
            console.print("\n[bold]Could not be told[/bold]")
        for what, why in missing:
            console.print(f"  {escape(what)}: {escape(why)}")
    else:
        console.print(f"Time judged: {words.percent(report.judged_share)}.")
    for remark in report.remarks:
        console.print(f"\n{escape(remark)}")


def _hop_numbers(report: Report) -> Table:
    together = hops.overall(report)
    height, error = (of.get("height_cm", math.nan) for of in (together.values, together.errors))
    heard, how = hops.sound(report)
    table = Table.grid(padding=(0, 2))
    for name, value, more in (
        ("Height", together.told("height_cm"), hops.height_band(height, error)),
        ("Cadence", together.told("cadence_per_min"), ""),
        ("In the air", together.told("flight_ms"), ""),
        ("On the ground", together.told("contact_ms"), ""),
        ("Landings heard", heard, how),
        ("Time judged", words.percent(report.judged_share), ""),
    ):
        table.add_row(name, f"[bold]{escape(value)}[/bold]", escape(more))
    return table


def _form(row: reps.RepRow, exercise: Exercise) -> str:
    """Why a repetition does not count, or what was wrong with it, or "good"."""
    told = [f"not counted: {escape(row.why_not)}"] if row.why_not else []
    told += [
        f"[{_LEVEL_STYLE[level]}]{_LEVEL_SIGN[level]}[/]: {escape(check.title.lower())}"
        for check, level in zip(exercise.checks, row.levels, strict=True)
        if level >= Level.WARN
    ]
    if told:
        return "\n".join(told)
    return "good" if Level.GOOD in row.levels else "not judged"


def _findings(
    shown: Iterable[Finding], report: Report, exercise: Exercise, stature_m: float | None
) -> Table:
    table = _table("when", "what", "", "furthest out", "limit")
    for finding in shown:
        check = exercise.check(finding.check)
        of_range = reps.range_share(finding, check, exercise, report)
        share = "" if of_range is None else f" ({words.percent(of_range)} of your own range)"
        style = _LEVEL_STYLE[finding.level]
        table.add_row(
            words.span(finding.start_s, finding.end_s),
            escape(check.title),
            f"[{style}]{_LEVEL_SIGN[finding.level]}[/{style}]",
            words.furthest(finding, check, stature_m) + share,
            words.limit(finding),
        )
    return table


def _print_not_judged(report: Report, exercise: Exercise, console: Console) -> None:
    if report.not_judged_s:
        console.print("\n[bold]Not judged[/bold]")
    for code, gone_s in sorted(report.not_judged_s.items(), key=lambda item: -item[1]):
        reason = report.reasons.get(code)
        text = code if reason is None else reason.text
        advice = f" → {reason.advice}" if reason is not None and reason.advice else ""
        console.print(f"  {words.seconds(gone_s):>7}  {escape(text + advice)}")
    for code, why in report.not_judged_checks.items():
        title = exercise.check(code).title
        console.print(f"  {escape(title)} was never judged: {escape(why)}.")
