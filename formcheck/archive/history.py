"""Past sessions as values: what is kept of each.

Pure: no database and no clock. :class:`formcheck.archive.store.Library` reads and writes them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal, get_args

from formcheck.judgement.rule import Exercise
from formcheck.presentation import hops
from formcheck.types import Finding, Level, Report

__all__ = ["PastFinding", "PastSession", "Source", "from_report"]

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
        folder: Where its bundle was kept, or None.
        findings: In order of time.
        person: Whose session it is, by name; empty: nobody's in particular.
        person_number: The number of that person, or None.
        tags: Words to find it by, in order.
        reviewed: When a coach was through with it, in UTC, or None.
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
    person: str = ""
    person_number: int | None = None
    tags: tuple[str, ...] = ()
    reviewed: datetime | None = None

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
        rule_version=report.rule_version,
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
        title=_title(finding.check, exercise),
        level=finding.level,
        start_s=finding.start_s,
        end_s=finding.end_s,
        worst=_known(finding.worst),
        unit=finding.unit,
    )


def _title(check: str, exercise: Exercise) -> str:
    """A fault in words; its code when the rule has no such check any more."""
    try:
        return exercise.check(check).title
    except KeyError:
        return check


def _known(value: float | None) -> float | None:
    """Databases and JSON have no NaN that all of them agree on."""
    return float(value) if value is not None and math.isfinite(value) else None
