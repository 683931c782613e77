"""``summary.html``: many clips on one page, each with a link to its own report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from formcheck import __version__
from formcheck.judgement.report import SavedReport
from formcheck.judgement.rule import Exercise
from formcheck.presentation import hops, words
from formcheck.presentation.html import summary
from formcheck.types import Level

__all__ = ["BatchClip", "batch_page"]

_MOST_OFTEN = 8


@dataclass(frozen=True, slots=True)
class BatchClip:
    """One clip of many.

    Attributes:
        name: What it is called.
        person: Whose it is, or empty.
        exercise: What it was judged as, or None where that is not known.
        link: Where its report is, from the page.
        guessed: What the guess of the exercise rests on, or empty.
        failed: Why there is no report, or empty.
        saved: The report, or None.
    """

    name: str
    person: str
    exercise: Exercise | None
    link: str
    guessed: str
    failed: str
    saved: SavedReport | None


@dataclass(frozen=True, slots=True)
class _Row:
    """One clip in words."""

    name: str
    person: str
    exercise: str
    link: str
    guessed: str
    summary: str
    faults: tuple[str, ...]
    judged: str
    ever_judged: bool


@dataclass(frozen=True, slots=True)
class _Number:
    """One of the numbers at the top."""

    title: str
    value: str


@dataclass(frozen=True, slots=True)
class _Often:
    """A fault, in how many clips it was found, and in how many it could have been."""

    title: str
    exercise: str
    clips: int
    of: int


def batch_page(clips: Sequence[BatchClip]) -> str:
    """The page.

    Args:
        clips: In the order of the batch.

    Returns:
        A complete HTML document that loads nothing; its links lead to the reports beside it.
    """
    environment = Environment(
        loader=PackageLoader("formcheck.presentation", "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rows = [
        _row(clip, clip.exercise, clip.saved)
        for clip in clips
        if clip.exercise is not None and clip.saved is not None
    ]
    failed = [clip for clip in clips if clip.saved is None]
    return environment.get_template("batch.html").render(
        clips=clips,
        rows=rows,
        failed=failed,
        people=any(clip.person for clip in clips),
        often=_most_often(clips),
        numbers=_numbers(clips, rows, failed),
        lead=_lead(rows, failed),
        version=__version__,
    )


def _row(clip: BatchClip, exercise: Exercise, saved: SavedReport) -> _Row:
    report = saved.report
    told = hops.summary if hops.is_jumped(exercise) else summary
    return _Row(
        name=clip.name,
        person=clip.person,
        exercise=exercise.title,
        link=quote(clip.link),
        guessed=clip.guessed,
        summary=told(report, exercise),
        faults=tuple(exercise.check(code).title for code in _faulty(saved)),
        judged=words.percent(report.judged_share),
        ever_judged=report.judged_s > 0.0,
    )


def _faulty(saved: SavedReport) -> list[str]:
    """The codes of the checks that found a fault, in order of time."""
    faults = (found.check for found in saved.report.findings if found.level is Level.FAULT)
    return list(dict.fromkeys(faults))


def _most_often(clips: Sequence[BatchClip]) -> list[_Often]:
    found: Counter[tuple[str, str]] = Counter()
    judged: Counter[str] = Counter()
    exercises: dict[str, Exercise] = {}
    for clip in clips:
        if clip.exercise is None or clip.saved is None:
            continue
        name = clip.exercise.name
        exercises[name] = clip.exercise
        judged[name] += clip.saved.report.judged_s > 0.0
        found.update((name, code) for code in _faulty(clip.saved))
    return [
        _Often(exercises[name].check(code).title, exercises[name].title, count, judged[name])
        for (name, code), count in found.most_common(_MOST_OFTEN)
    ]


def _numbers(
    clips: Sequence[BatchClip], rows: Sequence[_Row], failed: Sequence[BatchClip]
) -> list[_Number]:
    people = {clip.person for clip in clips if clip.person}
    seconds = sum(clip.saved.report.duration_s for clip in clips if clip.saved is not None)
    numbers = [
        _Number("Without a fault", str(sum(row.ever_judged and not row.faults for row in rows))),
        _Number("With a fault", str(sum(bool(row.faults) for row in rows))),
        _Number("Never judged", str(sum(not row.ever_judged for row in rows))),
        _Number("Could not be done", str(len(failed))),
        _Number("Length of all clips", words.seconds(seconds)),
    ]
    return [*numbers, _Number("People", str(len(people)))] if people else numbers


def _lead(rows: Sequence[_Row], failed: Sequence[BatchClip]) -> str:
    n = len(rows)
    done = f"{n} clip{' was' if n == 1 else 's were'} analysed"
    return f"{done}; {len(failed)} could not be, see why below." if failed else f"{done}."
