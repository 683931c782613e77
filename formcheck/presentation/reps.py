"""Repetitions in words and rows: what the page, the terminal and ``reps.csv`` have in common."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass

from formcheck.judgement.report import rep_numbers
from formcheck.judgement.rule import Check, Exercise, RepMeasure, RepMovement
from formcheck.landmarks import Side
from formcheck.presentation import words
from formcheck.types import Finding, Level, Phase, Rep, Report

__all__ = ["MOVING", "RepRow", "headline", "is_repeated", "range_share", "rep_of", "rows", "to_csv"]

MOVING = (Phase.OUT, Phase.TOP, Phase.BACK)
"""Phases in which a repetition is under way."""

_NEAR_S = 2.0
"""A finding in the rest before a repetition belongs to it; further off it belongs to none."""

_DIGITS = 6
_TIMES = ("start_s", "reach_s", "leave_s", "end_s", "top_s")


@dataclass(frozen=True, slots=True)
class RepRow:
    """One repetition in words.

    Attributes:
        number: Its number among those that count, or "–".
        side: "left", "right", or "" where both sides move together.
        span: From setting off to being back.
        top: Seconds at the top.
        tempo: Seconds out and back.
        levels: The verdict of each check, in the order of the card.
        why_not: Why it does not count, or "".
        good: Whether it counts and nothing was a fault.
    """

    number: str
    side: str
    span: str
    top: str
    tempo: str
    levels: tuple[Level, ...]
    why_not: str
    good: bool


def is_repeated(exercise: Exercise) -> bool:
    """Whether an exercise is made of repetitions, and not held."""
    return isinstance(exercise.movement, RepMovement)


def headline(report: Report) -> str:
    """How many, e.g. "8 repetitions (4 left, 4 right), 6 in good form; 1 not counted"."""
    if not report.reps:
        return "No repetition was seen"
    counted = [rep for rep in report.reps if rep.counted]
    not_counted = len(report.reps) - len(counted)
    if not counted:
        return f"No repetition counted, {not_counted} not counted"
    told = f"{len(counted)} repetition{'s' if len(counted) > 1 else ''}{_sides(counted)}"
    told += f", {sum(rep.good for rep in counted)} in good form"
    return f"{told}; {not_counted} not counted" if not_counted else told


def _sides(reps: Iterable[Rep]) -> str:
    sides = [rep.side for rep in reps]
    if None in sides:
        return ""
    return f" ({sides.count(Side.LEFT)} left, {sides.count(Side.RIGHT)} right)"


def rows(report: Report, exercise: Exercise) -> list[RepRow]:
    """One row for each repetition, in order of time."""
    numbers = rep_numbers(report.reps)
    return [
        RepRow(
            number="–" if number is None else str(number),
            side="" if rep.side is None else rep.side.value,
            span=words.span(rep.start_s, rep.end_s),
            top=words.seconds(rep.top_s),
            tempo=_tempo(rep),
            levels=tuple(rep.levels.get(c.code, Level.NOT_JUDGED) for c in exercise.checks),
            why_not="" if rep.why_not is None else rep.why_not.text,
            good=rep.good,
        )
        for rep, number in zip(report.reps, numbers, strict=True)
    ]


def _tempo(rep: Rep) -> str:
    out_s, back_s = (rep.values.get(name, math.nan) for name in ("out_s", "back_s"))
    return f"{words.number(out_s, 1)} / {words.number(back_s, 1)} s"


def rep_of(finding: Finding, check: Check, reps: Iterable[Rep]) -> Rep | None:
    """The repetition that a finding was made in, or None.

    A measure of a repetition carries the same value in both; a check that is judged from frame to
    frame belongs to the repetition of its worst moment.
    """
    name = check.measure.name
    if isinstance(check.measure, RepMeasure):
        reps = [rep for rep in reps if rep.values.get(name) == finding.worst]
    near = [rep for rep in reps if _gap_s(finding, rep) <= _NEAR_S]
    return min(near, key=lambda rep: _gap_s(finding, rep), default=None)


def _gap_s(finding: Finding, rep: Rep) -> float:
    t_s = finding.worst_t_s
    return max(rep.start_s - t_s, t_s - rep.end_s, 0.0)


def range_share(finding: Finding, check: Check, exercise: Exercise, report: Report) -> float | None:
    """The worst value of a finding as a share of the user's own range, or None.

    Only for measures of the very feature whose two ends the user has shown; such a measure is a
    change, so the share is of the way from one end to the other.
    """
    own = exercise.own_range
    if own is None or not isinstance(check.measure, RepMeasure):
        return None
    known = report.own_range.get(own.feature.name)
    if known is None or own.feature not in check.measure.features or not known[1] > known[0]:
        return None
    return finding.worst / (known[1] - known[0])


def to_csv(report: Report, exercise: Exercise) -> str:
    """The text of ``reps.csv``: a header, then one row for each repetition.

    An empty cell means not measured, not judged, or for ``number`` not counted.
    """
    measures = _measures(exercise)
    codes = [check.code for check in exercise.checks]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    levels = (f"{code}.level" for code in codes)
    writer.writerow(["number", "side", *_TIMES, "counted", "why_not", "good", *measures, *levels])
    for rep, number in zip(report.reps, rep_numbers(report.reps), strict=True):
        writer.writerow(
            [
                "" if number is None else number,
                "" if rep.side is None else rep.side.value,
                *(f"{getattr(rep, name):.6f}" for name in _TIMES),
                int(rep.counted),
                "" if rep.why_not is None else rep.why_not.code,
                int(rep.good),
                *(_cell(rep.values.get(name, math.nan)) for name in measures),
                *(_level(rep.levels.get(code, Level.NOT_JUDGED)) for code in codes),
            ]
        )
    return out.getvalue()


def _cell(value: float) -> str:
    return f"{value:.{_DIGITS}g}" if math.isfinite(value) else ""


def _level(level: Level) -> str:
    return "" if level is Level.NOT_JUDGED else level.name.lower()


def _measures(exercise: Exercise) -> list[str]:
    """Names of everything that is measured once a repetition."""
    found = [check.measure for check in exercise.checks if isinstance(check.measure, RepMeasure)]
    if isinstance(exercise.movement, RepMovement):
        found += exercise.movement.notes
    names = dict.fromkeys(("out_s", "back_s", *(measure.name for measure in found)))
    return [name for name in names if name not in _TIMES]
