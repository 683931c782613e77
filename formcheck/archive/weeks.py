"""What a week of past sessions adds up to. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from types import MappingProxyType

from formcheck.archive.history import PastSession
from formcheck.types import Level

__all__ = ["Week", "weeks"]


@dataclass(frozen=True, slots=True)
class Week:
    """What one exercise came to in one week.

    Attributes:
        year: The ISO year, which is not the calendar's in the days around New Year.
        week: The ISO week, 1 to 53.
        monday: Its first day.
        exercise: Name of the exercise.
        title: The exercise in words, as in the newest session of the week.
        sessions: How many.
        held_s: Seconds held.
        good_form_s: Seconds held in good form.
        reps_counted: Repetitions that count.
        reps_good: Of them those without a fault.
        hops: Jumps.
        faults: How often each fault was found, by its title; warnings are not counted.
    """

    year: int
    week: int
    monday: date
    exercise: str
    title: str
    sessions: int
    held_s: float
    good_form_s: float
    reps_counted: int
    reps_good: int
    hops: int
    faults: Mapping[str, int]


def weeks(sessions: Iterable[PastSession], zone: tzinfo | None = None) -> tuple[Week, ...]:
    """Adds sessions up by ISO week and exercise; weeks without any are left out.

    Args:
        sessions: In any order.
        zone: Where midnight between Sunday and Monday is; None: the zone of this machine.

    Returns:
        In order of time, and of the exercises' names within a week.
    """
    found: dict[tuple[int, int, str], list[PastSession]] = {}
    for session in sorted(sessions, key=lambda one: one.began):
        year, week, _ = session.began.astimezone(zone).isocalendar()
        found.setdefault((year, week, session.exercise), []).append(session)
    return tuple(_week(*key, found[key]) for key in sorted(found))


def _week(year: int, week: int, exercise: str, of_week: Sequence[PastSession]) -> Week:
    faults = Counter(
        finding.title
        for session in of_week
        for finding in session.findings
        if finding.level is Level.FAULT
    )
    return Week(
        year=year,
        week=week,
        monday=date.fromisocalendar(year, week, 1),
        exercise=exercise,
        title=of_week[-1].title,
        sessions=len(of_week),
        held_s=sum(session.held_s for session in of_week),
        good_form_s=sum(session.good_form_s for session in of_week),
        reps_counted=sum(session.reps_counted for session in of_week),
        reps_good=sum(session.reps_good for session in of_week),
        hops=sum(session.hops for session in of_week),
        faults=MappingProxyType(dict(sorted(faults.items()))),
    )
