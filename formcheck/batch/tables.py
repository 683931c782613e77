"""The tables of a batch: a row a clip, a finding, a repetition, a jump."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from formcheck.batch.plan import Clip, bundle_of
from formcheck.batch.records import Record
from formcheck.judgement.report import SavedReport, rep_numbers
from formcheck.presentation.hops import overall
from formcheck.recording import REPORT_HTML
from formcheck.types import Level

__all__ = [
    "Done",
    "Row",
    "clip_rows",
    "finding_rows",
    "jump_rows",
    "rep_rows",
    "to_csv",
    "to_parquet",
]

Row = dict[str, str | float | int | bool | None]
"""Column → cell; None: not known, or it does not apply."""


@dataclass(frozen=True, slots=True)
class Done:
    """One clip of a batch that is over.

    Attributes:
        clip: The clip.
        record: What is known of it.
        saved: What came of it, or None when it failed.
        bundled: Whether there is a bundle among its results.
    """

    clip: Clip
    record: Record
    saved: SavedReport | None
    bundled: bool = False


def clip_rows(batch: Iterable[Done]) -> list[Row]:
    """A row a clip, in the order of the batch."""
    return [_clip_row(number, done) for number, done in enumerate(batch, start=1)]


def _clip_row(number: int, done: Done) -> Row:
    saved = done.saved
    row: Row = {
        **_named(number, done),
        "status": "failed" if saved is None else "done",
        "reason": done.record.failed or None,
        "guessed": done.record.guessed or None,
        "folder": None if saved is None else done.clip.folder,
        "report": None if saved is None else f"{done.clip.folder}/{REPORT_HTML}",
        "bundle": f"{done.clip.folder}/{bundle_of(done.clip)}" if done.bundled else None,
    }
    numbers = _NO_NUMBERS if saved is None else _numbers(saved)
    return {
        **row,
        **numbers,
        "height_cm": None if done.clip.stature_m is None else 100.0 * done.clip.stature_m,
        "clip_sha256": done.record.sha256 or None,
        "took_s": done.record.took_s,
    }


def _numbers(saved: SavedReport) -> Row:
    report, provenance = saved.report, saved.provenance
    together = overall(report)
    levels = [finding.level for finding in report.findings]
    scores = [hold.score for hold in report.holds if hold.score is not None]
    return {
        "duration_s": _known(report.duration_s),
        "broke_off_s": provenance.broke_off_s,
        "judged_s": _known(report.judged_s),
        "judged_share": _known(report.judged_share),
        "holds": len(report.holds),
        "held_s": report.held_s if report.holds else None,
        "good_form_s": report.good_form_s if report.holds else None,
        "best_streak_s": max((hold.best_streak_s for hold in report.holds), default=None),
        "best_score": max(scores, default=None),
        "reps_counted": report.reps_counted,
        "reps_good": sum(rep.good for rep in report.reps),
        "reps_not_counted": len(report.reps) - report.reps_counted,
        "jumps": len(report.hops),
        "jump_height_cm": _known(together.values.get("height_cm")),
        "jump_height_error_cm": _known(together.errors.get("height_cm")),
        "cadence_per_min": _known(together.values.get("cadence_per_min")),
        "faults": levels.count(Level.FAULT),
        "warnings": levels.count(Level.WARN),
        "faulty_checks": " ".join(
            dict.fromkeys(f.check for f in report.findings if f.level is Level.FAULT)
        )
        or None,
        "rule_version": report.rule_version,
        "formcheck_version": provenance.formcheck_version,
        "model_sha256": provenance.model_sha256,
    }


_NO_NUMBERS: Row = dict.fromkeys(
    [
        "duration_s",
        "broke_off_s",
        "judged_s",
        "judged_share",
        "holds",
        "held_s",
        "good_form_s",
        "best_streak_s",
        "best_score",
        "reps_counted",
        "reps_good",
        "reps_not_counted",
        "jumps",
        "jump_height_cm",
        "jump_height_error_cm",
        "cadence_per_min",
        "faults",
        "warnings",
        "faulty_checks",
        "rule_version",
        "formcheck_version",
        "model_sha256",
    ]
)


def finding_rows(batch: Iterable[Done]) -> list[Row]:
    """A row a finding, in the order of the batch and of time."""
    return [
        {
            **named,
            "check": finding.check,
            "title": _title(saved, finding.check),
            "level": _level(finding.level),
            "start_s": _known(finding.start_s),
            "end_s": _known(finding.end_s),
            "worst_t_s": _known(finding.worst_t_s),
            "worst": _known(finding.worst),
            "error": _known(finding.error),
            "limit": _known(finding.limit),
            "margin": _known(finding.margin),
            "unit": finding.unit,
            "relative": finding.relative,
        }
        for named, saved in _reports(batch)
        for finding in saved.report.findings
    ]


def rep_rows(batch: Iterable[Done]) -> list[Row]:
    """A row a repetition; ``value.*`` and ``level.*`` differ between exercises."""
    return [
        {
            **named,
            "rep": counted,
            "side": None if rep.side is None else rep.side.value,
            "counted": rep.counted,
            "good": rep.good,
            "why_not": None if rep.why_not is None else rep.why_not.code,
            "start_s": _known(rep.start_s),
            "reach_s": _known(rep.reach_s),
            "leave_s": _known(rep.leave_s),
            "end_s": _known(rep.end_s),
            **_measured(rep.values, {}, rep.levels),
        }
        for named, saved in _reports(batch)
        for rep, counted in zip(saved.report.reps, rep_numbers(saved.report.reps), strict=True)
    ]


def jump_rows(batch: Iterable[Done]) -> list[Row]:
    """A row a jump; ``error.*`` is half the width of the 95 % range of ``value.*``."""
    return [
        {
            **named,
            "jump": jump,
            "foot": "both" if hop.foot is None else hop.foot.value,
            "good": hop.good,
            "take_off_s": _known(hop.take_off_s),
            "landing_s": _known(hop.landing_s),
            "end_s": _known(hop.end_s),
            **_measured(hop.values, hop.errors, hop.levels),
        }
        for named, saved in _reports(batch)
        for jump, hop in enumerate(saved.report.hops, start=1)
    ]


def to_csv(rows: Sequence[Row]) -> bytes:
    """The rows as CSV, UTF-8; an empty cell is not known, a truth is 1 or 0."""
    out = io.StringIO()
    writer = csv.DictWriter(out, _columns(rows), restval="", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {name: int(cell) if isinstance(cell, bool) else cell for name, cell in row.items()}
        )
    return out.getvalue().encode()


def to_parquet(rows: Sequence[Row]) -> bytes:
    """The rows as Parquet, with the columns of :func:`to_csv`."""
    # Slow to load, and only now needed.
    pa: Any = import_module("pyarrow")
    parquet: Any = import_module("pyarrow.parquet")

    columns = _columns(rows)
    table = pa.table({name: _array(pa, [row.get(name) for row in rows]) for name in columns})
    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink)
    return bytes(sink.getvalue().to_pybytes())


def _array(pa: Any, cells: list[Any]) -> Any:
    """One column. Whole numbers among others become floats; one without a cell is of strings."""
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {int, float}:
        return pa.array([None if cell is None else float(cell) for cell in cells], pa.float64())
    return pa.array(cells, pa.string() if not kinds else None)


def _columns(rows: Iterable[Row]) -> list[str]:
    """Every column of any row; those that only some rows have come last, by name."""
    seen = [list(row) for row in rows]
    if not seen:
        return []
    shared = [name for name in seen[0] if all(name in names for names in seen)]
    return [*shared, *sorted({name for names in seen for name in names}.difference(shared))]


def _reports(batch: Iterable[Done]) -> Iterator[tuple[Row, SavedReport]]:
    for number, done in enumerate(batch, start=1):
        if done.saved is not None:
            yield _named(number, done), done.saved


def _named(number: int, done: Done) -> Row:
    return {
        "number": number,
        "clip": done.clip.name,
        "person": done.clip.person or None,
        "exercise": done.record.exercise or done.clip.exercise,
    }


def _measured(
    values: Mapping[str, float], errors: Mapping[str, float], levels: Mapping[str, Level]
) -> Row:
    return {
        **{f"value.{name}": _known(value) for name, value in values.items()},
        **{f"error.{name}": _known(value) for name, value in errors.items()},
        **{f"level.{code}": _level(level) for code, level in levels.items()},
    }


def _title(saved: SavedReport, code: str) -> str:
    return str(saved.thresholds.get(code, {}).get("title", code))


def _level(level: Level) -> str:
    return level.name.lower().replace("_", "-")


def _known(value: float | None) -> float | None:
    """Not a number is no cell."""
    return None if value is None or not math.isfinite(value) else float(value)
