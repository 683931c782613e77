"""Past sessions as files to take away: a table, or everything as JSON. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from formcheck.archive.history import PastFinding, PastSession
from formcheck.judgement.report import ESTIMATE_NOTE
from formcheck.types import Level

__all__ = ["EXPORT_VERSION", "to_csv", "to_json"]

EXPORT_VERSION = 1
"""Raised when a key of the JSON changes its meaning or goes away."""

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
    "person",
    "tags",
    "reviewed_utc",
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
        flat["tags"] = "; ".join(session.tags)
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
    return {
        "began_utc": _moment(session.began),
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
        "person": session.person,
        "tags": list(session.tags),
        "reviewed_utc": None if session.reviewed is None else _moment(session.reviewed),
    }


def _moment(moment: datetime) -> str:
    utc = moment.astimezone(timezone.utc)
    # Whole milliseconds: the clock behind it is no better, and spreadsheets read no more.
    utc -= timedelta(microseconds=utc.microsecond % 1000)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


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
