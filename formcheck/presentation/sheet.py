"""The client's sheet: one page, in words for whoever was filmed, made to be printed.

A self-contained HTML file, as ``report.html`` is. What a coach has overruled is not on it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace

from formcheck.judgement.report import ESTIMATE_NOTE, SavedReport
from formcheck.judgement.rule import Check, Exercise
from formcheck.notes import Notes, Verdict
from formcheck.presentation import hops, html, reps, words
from formcheck.presentation.coached import Point, agreed_jumps, agreed_reps, points
from formcheck.presentation.html import page_template
from formcheck.readiness import STOP_NOTE
from formcheck.types import Level, Report

__all__ = ["MOST_POINTS", "NAMELESS", "Told", "moments_shown", "sheet", "told_points"]

NAMELESS = "coach"
"""How whoever writes notes is called while nobody has to sign in."""

MOST_POINTS = 2
"""Nobody works on more at a time."""
_MOST_COMMENTS = 5
_LETTERS = {
    "person": 60,
    "coach": 40,
    "point": 220,
    "why": 180,
    "comment": 170,
    "comments": 520,
    "reason": 80,
}
"""So much fits on the one page."""
_MOST_GOOD = 4
_MOST_UNJUDGED = 2
_DRAWN_NEAR_S = 2.5

StillFor = Callable[[float], bytes | None]


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to work on, in words.

    Attributes:
        say: What to do.
        title: What was seen.
        when: When, e.g. "twice, at 0:04.6 and 0:12.0".
        why: Why it matters.
        coach: What the coach said of it; may be empty.
        shown_s: The moment that shows it.
        still: A ``data:`` address of the picture, or empty.
        alt: The picture in words.
    """

    say: str
    title: str
    when: str
    why: str
    coach: str
    shown_s: float
    still: str
    alt: str


@dataclass(frozen=True, slots=True)
class _Commented:
    when: str
    text: str


def moments_shown(report: Report, exercise: Exercise, notes: Notes) -> tuple[float, ...]:
    """The moments of which the sheet wants a picture, seconds of the trace."""
    return tuple(_shown_s(point, notes) for point in _most_telling(report, exercise, notes))


def sheet(
    saved: SavedReport,
    exercise: Exercise,
    notes: Notes,
    *,
    person: str,
    day: str,
    still_for: StillFor = lambda t_s: None,
) -> str:
    """The sheet.

    Args:
        saved: What the program said.
        exercise: What judged it.
        notes: What the coach said.
        person: Whose it is; may be empty.
        day: When it was, in words; may be empty.
        still_for: The JPEG of a moment of :func:`moments_shown`, or None.

    Returns:
        A complete HTML document without any reference to another file or host.
    """
    report = saved.report
    return page_template("sheet.html").render(
        exercise=exercise,
        person=_cut(person, _LETTERS["person"]),
        day=day,
        coach=_cut(next(iter(_coaches(notes)), ""), _LETTERS["coach"]),
        numbers=_numbers(report, exercise, notes),
        good=_good(report, exercise, notes),
        work_on=told_points(report, exercise, notes, still_for),
        comments=_comments(notes),
        comments_left=max(0, len(notes.comments) - len(_comments(notes))),
        not_judged=[
            replace(row, text=_cut(row.text, _LETTERS["reason"]))
            for row in html.reasons(report)[:_MOST_UNJUDGED]
        ],
        judged=words.percent(report.judged_share),
        ever_judged=report.judged_s > 0,
        own_limits=words.own_limits(report),
        estimate=ESTIMATE_NOTE,
        stop=STOP_NOTE,
    )


def told_points(
    report: Report, exercise: Exercise, notes: Notes, still_for: StillFor = lambda t_s: None
) -> list[Told]:
    """The one or two things to work on."""
    found = []
    for point in _most_telling(report, exercise, notes):
        check = exercise.check(point.check)
        shown_s = _shown_s(point, notes)
        jpeg = still_for(shown_s)
        still = "" if jpeg is None else f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
        found.append(
            Told(
                say=check.cue if check.spoken and check.cue else check.title,
                title=check.title,
                when=_when(point, report),
                why=_cut(check.why, _LETTERS["why"]),
                coach=_cut(point.text, _LETTERS["point"]),
                shown_s=shown_s,
                still=still,
                alt=f"The picture at {words.moment(shown_s)}: {check.title.lower()}.",
            )
        )
    return found


def _most_telling(report: Report, exercise: Exercise, notes: Notes) -> list[Point]:
    """Faults and what the coach spoke of; near misses only where there is nothing else."""
    codes = {check.code for check in exercise.checks}
    known = [point for point in points(report, exercise, notes) if point.check in codes]
    matter = [point for point in known if point.by_coach or point.level is Level.FAULT]
    return (matter or known[:1])[:MOST_POINTS]


def _shown_s(point: Point, notes: Notes) -> float:
    """Where the coach has drawn while it lasted, or else where it was furthest out."""
    near = [
        drawing.t_s
        for drawing in notes.drawings
        for start_s, end_s in point.spans_s
        if start_s - _DRAWN_NEAR_S <= drawing.t_s <= end_s + _DRAWN_NEAR_S
    ]
    return min(near, key=lambda t_s: abs(t_s - point.shown_s), default=point.shown_s)


def _when(point: Point, report: Report) -> str:
    n = len(point.spans_s)
    times = "once" if n == 1 else "twice" if n == 2 else f"{n} times"
    at = [words.moment(start_s) for start_s, _ in point.spans_s[:3]]
    told = f"{times}, at {', '.join(at)}" + (" …" if n > len(at) else "")
    if report.hops and point.finding is not None:
        landed = hops.landed_in(point.finding.start_s, point.finding.end_s, report.hops)
        return f"{told} (jump {landed})" if landed else told
    return told


def _numbers(report: Report, exercise: Exercise, notes: Notes) -> list[tuple[str, str]]:
    """What was done, as (what, how much); nothing that rests on what the coach saw otherwise."""
    if hops.is_jumped(exercise):
        together = hops.overall(report)
        found = [("Jumps", str(agreed_jumps(report, notes)))]
        if "height_cm" in together.values:
            found.append(("Height", together.told("height_cm")))
        return found
    if reps.is_repeated(exercise):
        agreed = agreed_reps(report, exercise, notes)
        counted, good = (sum(rep.counts for rep in agreed), sum(rep.good for rep in agreed))
        return [("Repetitions", str(counted)), ("In good form", str(good))]
    found = [("Held", words.seconds(report.held_s))]
    if all(opinion.verdict is Verdict.AGREE for opinion in notes.opinions):
        best_s = max((hold.best_streak_s for hold in report.holds), default=0.0)
        found.append(("In good form", words.seconds(report.good_form_s)))
        found.append(("Longest in one go", words.seconds(best_s)))
    return found


def _good(report: Report, exercise: Exercise, notes: Notes) -> list[str]:
    """What went well: checks that were judged and in which nothing stands."""
    bad = {point.check for point in points(report, exercise, notes)}
    fine = [
        check
        for check in sorted(exercise.checks, key=lambda check: check.priority)
        if check.code not in bad and check.code not in report.not_judged_checks
    ]
    return [_fine(check) for check in fine[:_MOST_GOOD]] if report.judged_s > 0 else []


def _fine(check: Check) -> str:
    return f"{check.title}: not once"


def _coaches(notes: Notes) -> list[str]:
    """Who has said something, by name; whoever sits at the computer has none."""
    said = [one.by for one in notes.comments]
    said += [one.by for one in notes.opinions] + [one.by for one in notes.drawings]
    return [by for by in said if by not in ("", NAMELESS)]


def _comments(notes: Notes) -> list[_Commented]:
    found, letters = [], 0
    for comment in sorted(notes.comments, key=lambda comment: comment.t_s)[:_MOST_COMMENTS]:
        told = _cut(comment.text, _LETTERS["comment"])
        letters += len(told)
        if letters > _LETTERS["comments"]:
            break
        found.append(_Commented(words.moment(comment.t_s), told))
    return found


def _cut(told: str, letters: int) -> str:
    """In one line, and no longer than there is room for."""
    told = " ".join(told.split())
    return told if len(told) <= letters else told[: letters - 1].rstrip() + "…"
