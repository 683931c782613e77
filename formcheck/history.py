"""Past sessions as values: what was kept of each, what a week adds up to, and both as files.

Pure: no database and no clock. :mod:`formcheck.store` reads and writes these values.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from formcheck.judgement.report import ESTIMATE_NOTE
from formcheck.judgement.rule import Exercise
from formcheck.presentation import hops
from formcheck.types import Finding, Level, Report

__all__ = [
    "EXPORT_VERSION",
    "PastFinding",
    "PastSession",
    "Source",
    "Week",
    "from_report",
    "to_csv",
    "to_json",
    "weeks",
]

EXPORT_VERSION = 1
"""Raised when a key of the JSON changes its meaning or goes away."""

Source = Literal["live", "video"]


@dataclass(frozen=True, slots=True)
class PastFinding:
    """One stretch of time of a past session in which something was at warning or fault.

    Attributes:
        check: Code of the check.
        title: The fault in words.
        level: WARN or FAULT.
        start_s: From the start of the session.
        end_s: From the start of the session.
        worst: The measure when it was furthest out, in ``unit``; None when it isn't known.
        unit: As in :class:`formcheck.types.Finding`.
    """

    check: str
    title: str
    level: Level
    start_s: float
    end_s: float
    worst: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class PastSession:
    """One session or clip that is over.

    Attributes:
        number: Its number in the list, never given twice; 0 while it is in none.
        began: In UTC.
        exercise: Name of the exercise.
        title: The exercise in words.
        rule_version: Version of its rule module.
        source: "live" or "video".
        duration_s: Time covered.
        judged_s: Seconds in which form was judged.
        held_s: Seconds held.
        good_form_s: Seconds held in good form.
        best_streak_s: The longest unbroken stretch in good form.
        reps_counted: Repetitions that count.
        reps_good: Of them those without a fault.
        hops: Jumps.
        height_cm: Their mean height, or None where there is none.
        height_error_cm: Half the width of its 95 % range, or None.
        folder: Where the clip was kept, or None.
        findings: In order of time.
    """

    number: int
    began: datetime
    exercise: str
    title: str
    rule_version: str
    source: Source
    duration_s: float
    judged_s: float
    held_s: float
    good_form_s: float
    best_streak_s: float
    reps_counted: int
    reps_good: int
    hops: int
    height_cm: float | None
    height_error_cm: float | None
    folder: Path | None
    findings: tuple[PastFinding, ...]

    @property
    def faults(self) -> int:
        """How many findings are faults; warnings are not counted."""
        return sum(finding.level is Level.FAULT for finding in self.findings)


def from_report(
    report: Report, exercise: Exercise, began: datetime, source: str, folder: Path | None = None
) -> PastSession:
    """What is kept of a session: numbers and faults, no picture, no landmark, no answer.

    Args:
        report: What the engine said.
        exercise: The rule module that judged.
        began: When the session began, or when the clip was judged; any time zone.
        source: "live" or "video".
        folder: Where its clip was kept.

    Raises:
        ValueError: ``began`` has no time zone, or there is no such source.
    """
    if began.tzinfo is None:
        raise ValueError("when a session began needs a time zone")
    if source not in get_args(Source):
        raise ValueError(f"{source!r} is no source: {', '.join(get_args(Source))}")
    together = hops.overall(report)
    height_cm = _known(together.values.get("height_cm"))
    return PastSession(
        number=0,
        began=began.astimezone(timezone.utc),
        exercise=exercise.name,
        title=exercise.title,
        rule_version=exercise.version,
        source="live" if source == "live" else "video",
        duration_s=report.duration_s,
        judged_s=report.judged_s,
        held_s=report.held_s,
        good_form_s=report.good_form_s,
        best_streak_s=max((hold.best_streak_s for hold in report.holds), default=0.0),
        reps_counted=report.reps_counted,
        reps_good=sum(rep.good for rep in report.reps),
        hops=len(report.hops),
        height_cm=height_cm,
        height_error_cm=None if height_cm is None else _known(together.errors.get("height_cm")),
        folder=folder,
        findings=tuple(_kept(finding, exercise) for finding in report.findings),
    )


def _kept(finding: Finding, exercise: Exercise) -> PastFinding:
    return PastFinding(
        check=finding.check,
        title=exercise.check(finding.check).title,
        level=finding.level,
        start_s=finding.start_s,
        end_s=finding.end_s,
        worst=_known(finding.worst),
        unit=finding.unit,
    )


def _known(value: float | None) -> float | None:
    """Databases and JSON have no NaN that all of them agree on."""
    return float(value) if value is not None and math.isfinite(value) else None


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


_COLUMNS = (
    "began_utc",
    "exercise",
    "title",
    "rule_version",
    "source",
    "duration_s",
    "judged_s",
    "held_s",
    "good_form_s",
    "best_streak_s",
    "reps_counted",
    "reps_good",
    "hops",
    "height_cm",
    "height_error_cm",
    "clip_kept",
    "faults",
    "warnings",
)


def to_csv(sessions: Iterable[PastSession]) -> str:
    """One line for each session, the faults and warnings named with how often each was found."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for session in sessions:
        flat = {**_flat(session), "clip_kept": "yes" if session.folder else "no"}
        flat["faults"] = _tallied(session, Level.FAULT)
        flat["warnings"] = _tallied(session, Level.WARN)
        writer.writerow([_cell(flat[name]) for name in _COLUMNS])
    return text.getvalue()


def to_json(sessions: Iterable[PastSession]) -> str:
    """Everything that is kept of each session, as an object with the key ``sessions``."""
    kept = [
        {
            **_flat(session),
            "clip_folder": None if session.folder is None else str(session.folder),
            "findings": [_finding(finding) for finding in session.findings],
        }
        for session in sessions
    ]
    whole = {"export_version": EXPORT_VERSION, "note": ESTIMATE_NOTE, "sessions": kept}
    return json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _flat(session: PastSession) -> dict[str, Any]:
    began = session.began.astimezone(timezone.utc)
    # Whole milliseconds: the clock behind it is no better, and spreadsheets read no more.
    began -= timedelta(microseconds=began.microsecond % 1000)
    return {
        "began_utc": began.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "exercise": session.exercise,
        "title": session.title,
        "rule_version": session.rule_version,
        "source": session.source,
        "duration_s": _rounded(session.duration_s),
        "judged_s": _rounded(session.judged_s),
        "held_s": _rounded(session.held_s),
        "good_form_s": _rounded(session.good_form_s),
        "best_streak_s": _rounded(session.best_streak_s),
        "reps_counted": session.reps_counted,
        "reps_good": session.reps_good,
        "hops": session.hops,
        "height_cm": _rounded(session.height_cm),
        "height_error_cm": _rounded(session.height_error_cm),
    }


def _finding(finding: PastFinding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "title": finding.title,
        "level": finding.level.name.lower(),
        "start_s": _rounded(finding.start_s),
        "end_s": _rounded(finding.end_s),
        "worst": _rounded(finding.worst),
        "unit": finding.unit,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _tallied(session: PastSession, level: Level) -> str:
    """E.g. "Hips dropped (2); Head dropped (1)"."""
    found = Counter(finding.title for finding in session.findings if finding.level is level)
    return "; ".join(f"{title} ({count})" for title, count in sorted(found.items()))


def _cell(value: object) -> object:
    """A value for a spreadsheet, which would run a text that begins like a formula."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
