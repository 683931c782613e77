"""Report <-> JSON. Every key is explained in ``docs/report-json.md``."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from formcheck.errors import InputError
from formcheck.judgement.rule import Check, Exercise, Limits
from formcheck.landmarks import Side
from formcheck.types import Bout, Cue, CueKind, Finding, Hold, Hop, Level, Reason, Rep, Report

SCHEMA_VERSION = 1
"""Raised when a key changes its meaning or goes away; a new key does not raise it."""

ESTIMATE_NOTE = "All values are an estimate, not a medical measurement."


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a report comes from.

    Attributes:
        formcheck_version: Version of this program.
        source: File name of the clip (never its path), or a word such as "camera".
        duration_s: Length of the clip or session.
        model_sha256: Hash of the pose model, or None when the landmarks came from a trace.
        broke_off_s: Where the clip ended too early (damaged or cut off), or None.
        stature_m: The person's height as entered, or None.
    """

    formcheck_version: str
    source: str
    duration_s: float
    model_sha256: str | None = None
    broke_off_s: float | None = None
    stature_m: float | None = None


@dataclass(frozen=True, slots=True)
class SavedReport:
    """What a ``report.json`` holds.

    Attributes:
        report: What the engine said.
        provenance: Where it comes from.
        thresholds: Check code → the limits that were used, as in the file.
    """

    report: Report
    provenance: Provenance
    thresholds: Mapping[str, Mapping[str, Any]]


def rep_numbers(reps: Iterable[Rep]) -> list[int | None]:
    """The number of each repetition as it was counted aloud; None for those that don't count."""
    counted = itertools.count(1)
    return [next(counted) if rep.counted else None for rep in reps]


def _number(value: float | None) -> float | None:
    """JSON has no NaN and no infinity: both become null."""
    return float(value) if value is not None and math.isfinite(value) else None


def _numbers(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: _number(value) for name, value in values.items()}


def _limits(limits: Limits | None) -> dict[str, float | None] | None:
    return None if limits is None else {"good": limits.good, "fault": limits.fault}


def _threshold(check: Check) -> dict[str, Any]:
    return {
        "title": check.title,
        "measure": check.measure.name,
        "unit": check.unit,
        "reference": check.reference.value,
        "limits": _limits(check.limits),
        "absolute": _limits(check.absolute),
        "neutral_range": None if check.neutral_range is None else list(check.neutral_range),
        "persistence_s": check.persistence_s,
    }


def _hold(hold: Hold) -> dict[str, Any]:
    return {
        "start_s": _number(hold.start_s),
        "end_s": _number(hold.end_s),
        "good_form_s": _number(hold.good_form_s),
        "best_streak_s": _number(hold.best_streak_s),
        "judged_s": _number(hold.judged_s),
        "good_spans_s": [[_number(start), _number(end)] for start, end in hold.good_spans_s],
        "neutral": _numbers(hold.neutral),
        "score": _number(hold.score),
    }


def _reps(reps: Sequence[Rep]) -> list[dict[str, Any]]:
    return [_rep(rep, number) for rep, number in zip(reps, rep_numbers(reps), strict=True)]


def _rep(rep: Rep, number: int | None) -> dict[str, Any]:
    return {
        # Number, seconds at the top, counted and good follow from the rest, as above.
        "number": number,
        "side": None if rep.side is None else rep.side.value,
        "start_s": _number(rep.start_s),
        "reach_s": _number(rep.reach_s),
        "leave_s": _number(rep.leave_s),
        "end_s": _number(rep.end_s),
        "top_s": _number(rep.top_s),
        "counted": rep.counted,
        "why_not": None if rep.why_not is None else _why_not(rep.why_not),
        "good": rep.good,
        "values": _numbers(rep.values),
        "levels": {code: _level(level) for code, level in rep.levels.items()},
    }


def _hop(hop: Hop, number: int) -> dict[str, Any]:
    return {
        # Number, seconds in the air and good follow from the rest, as above.
        "number": number,
        "take_off_s": _number(hop.take_off_s),
        "landing_s": _number(hop.landing_s),
        "end_s": _number(hop.end_s),
        "flight_s": _number(hop.flight_s),
        "foot": None if hop.foot is None else hop.foot.value,
        "good": hop.good,
        "values": _numbers(hop.values),
        "errors": _numbers(hop.errors),
        "not_judged": dict(hop.not_judged),
        "levels": {code: _level(level) for code, level in hop.levels.items()},
    }


def _bout(bout: Bout) -> dict[str, Any]:
    return {
        "start_s": _number(bout.start_s),
        "end_s": _number(bout.end_s),
        "jumps": bout.jumps,
        "style": bout.style,
        "values": _numbers(bout.values),
        "errors": _numbers(bout.errors),
        "drift": {
            name: [_number(first), _number(last)] for name, (first, last) in bout.drift.items()
        },
        "not_judged": dict(bout.not_judged),
    }


def _why_not(reason: Reason) -> dict[str, str]:
    return {"code": reason.code, **_reason(reason)}


def _level(level: Level) -> str:
    return level.name.lower().replace("_", "-")


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "level": _level(finding.level),
        "start_s": _number(finding.start_s),
        "end_s": _number(finding.end_s),
        "worst_t_s": _number(finding.worst_t_s),
        "worst": _number(finding.worst),
        "error": _number(finding.error),
        "limit": _number(finding.limit),
        "margin": _number(finding.margin),
        "unit": finding.unit,
        "relative": finding.relative,
    }


def _cue(cue: Cue) -> dict[str, Any]:
    return {"t_s": _number(cue.t_s), "kind": cue.kind.value, "text": cue.text, "check": cue.check}


def _reason(reason: Reason) -> dict[str, str]:
    return {"text": reason.text, "advice": reason.advice}


def to_dict(report: Report, provenance: Provenance, exercise: Exercise) -> dict[str, Any]:
    """The report as plain values, ready for JSON.

    Args:
        report: What the engine said.
        provenance: Where it comes from.
        exercise: The rule module that judged; gives the thresholds.

    Returns:
        Dicts, lists, strings, finite numbers, booleans and None.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "note": ESTIMATE_NOTE,
        "formcheck_version": provenance.formcheck_version,
        "source": provenance.source,
        "source_duration_s": _number(provenance.duration_s),
        "broke_off_s": _number(provenance.broke_off_s),
        "stature_m": _number(provenance.stature_m),
        "model_sha256": provenance.model_sha256,
        "exercise": report.exercise,
        "rule_version": report.rule_version,
        "duration_s": _number(report.duration_s),
        "judged_s": _number(report.judged_s),
        # For readers of the file; worked out again from the parts when it is read.
        "held_s": _number(report.held_s),
        "good_form_s": _number(report.good_form_s),
        "judged_share": _number(report.judged_share),
        "reps_counted": report.reps_counted,
        "jumps": len(report.hops),
        "not_judged_s": _numbers(report.not_judged_s),
        "reasons": {code: _reason(reason) for code, reason in report.reasons.items()},
        "holds": [_hold(hold) for hold in report.holds],
        "reps": _reps(report.reps),
        "sets_s": [[_number(start), _number(end)] for start, end in report.sets_s],
        "own_range": {
            name: [_number(low), _number(high)] for name, (low, high) in report.own_range.items()
        },
        "remarks": list(report.remarks),
        "hops": [_hop(hop, number) for number, hop in enumerate(report.hops, start=1)],
        "bouts": [_bout(bout) for bout in report.bouts],
        "findings": [_finding(finding) for finding in report.findings],
        "cues": [_cue(cue) for cue in report.cues],
        "not_judged_checks": dict(report.not_judged_checks),
        "thresholds": {check.code: _threshold(check) for check in exercise.checks},
    }


def to_json(report: Report, provenance: Provenance, exercise: Exercise) -> str:
    """The report as the text of ``report.json``, UTF-8, with a line break at the end."""
    plain = to_dict(report, provenance, exercise)
    return json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def from_json(text: str) -> SavedReport:
    """Read what :func:`to_json` wrote.

    Raises:
        InputError: it is no report, or one of a newer formcheck.
    """
    try:
        plain = json.loads(text)
    except ValueError as error:
        raise InputError("This file is not a formcheck report: it is not JSON.") from error
    version = plain.get("schema_version") if isinstance(plain, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise InputError("This file is not a formcheck report: it has no schema_version.")
    if version > SCHEMA_VERSION:
        raise InputError(
            f"This report has schema version {version}, and this formcheck reads up to "
            f"{SCHEMA_VERSION}: update formcheck to open it."
        )
    try:
        return _saved(plain)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"This report is damaged: {error!r} was not expected.") from error


def _saved(plain: Mapping[str, Any]) -> SavedReport:
    report = Report(
        exercise=str(plain["exercise"]),
        rule_version=str(plain["rule_version"]),
        duration_s=_read(plain["duration_s"]),
        judged_s=_read(plain["judged_s"]),
        not_judged_s=_read_all(plain["not_judged_s"]),
        reasons=MappingProxyType(
            {
                code: Reason(code, str(reason["text"]), str(reason["advice"]))
                for code, reason in plain["reasons"].items()
            }
        ),
        holds=tuple(_read_hold(hold) for hold in plain["holds"]),
        findings=tuple(_read_finding(finding) for finding in plain["findings"]),
        cues=tuple(
            Cue(_read(cue["t_s"]), CueKind(cue["kind"]), str(cue["text"]), cue["check"])
            for cue in plain["cues"]
        ),
        not_judged_checks=MappingProxyType(dict(plain["not_judged_checks"])),
        # Missing in files from before there were repetitions.
        reps=tuple(_read_rep(rep) for rep in plain.get("reps", ())),
        sets_s=tuple((_read(start), _read(end)) for start, end in plain.get("sets_s", ())),
        own_range=MappingProxyType(
            {
                name: (_read(low), _read(high))
                for name, (low, high) in plain.get("own_range", {}).items()
            }
        ),
        remarks=tuple(str(remark) for remark in plain.get("remarks", ())),
        # Missing in files from before there were jumps.
        hops=tuple(_read_hop(hop) for hop in plain.get("hops", ())),
        bouts=tuple(_read_bout(bout) for bout in plain.get("bouts", ())),
    )
    provenance = Provenance(
        formcheck_version=str(plain["formcheck_version"]),
        source=str(plain["source"]),
        duration_s=_read(plain["source_duration_s"]),
        model_sha256=plain["model_sha256"],
        broke_off_s=plain["broke_off_s"],
        stature_m=plain.get("stature_m"),
    )
    return SavedReport(report, provenance, MappingProxyType(dict(plain["thresholds"])))


def _read(value: float | None) -> float:
    """A number; null was NaN."""
    return math.nan if value is None else float(value)


def _read_all(values: Mapping[str, float | None]) -> Mapping[str, float]:
    return MappingProxyType({name: _read(value) for name, value in values.items()})


def _read_hold(hold: Mapping[str, Any]) -> Hold:
    return Hold(
        start_s=_read(hold["start_s"]),
        end_s=_read(hold["end_s"]),
        good_form_s=_read(hold["good_form_s"]),
        best_streak_s=_read(hold["best_streak_s"]),
        judged_s=_read(hold["judged_s"]),
        good_spans_s=tuple((_read(start), _read(end)) for start, end in hold["good_spans_s"]),
        neutral=_read_all(hold["neutral"]),
        score=hold["score"],
    )


def _read_rep(rep: Mapping[str, Any]) -> Rep:
    why_not = rep["why_not"]
    return Rep(
        start_s=_read(rep["start_s"]),
        reach_s=_read(rep["reach_s"]),
        leave_s=_read(rep["leave_s"]),
        end_s=_read(rep["end_s"]),
        side=None if rep["side"] is None else Side(rep["side"]),
        why_not=None
        if why_not is None
        else Reason(str(why_not["code"]), str(why_not["text"]), str(why_not["advice"])),
        values=_read_all(rep["values"]),
        levels=_read_levels(rep["levels"]),
    )


def _read_hop(hop: Mapping[str, Any]) -> Hop:
    return Hop(
        take_off_s=_read(hop["take_off_s"]),
        landing_s=_read(hop["landing_s"]),
        end_s=_read(hop["end_s"]),
        foot=None if hop["foot"] is None else Side(hop["foot"]),
        values=_read_all(hop["values"]),
        errors=_read_all(hop["errors"]),
        not_judged=_read_words(hop["not_judged"]),
        levels=_read_levels(hop["levels"]),
    )


def _read_bout(bout: Mapping[str, Any]) -> Bout:
    return Bout(
        start_s=_read(bout["start_s"]),
        end_s=_read(bout["end_s"]),
        jumps=int(bout["jumps"]),
        style=str(bout["style"]),
        values=_read_all(bout["values"]),
        errors=_read_all(bout["errors"]),
        drift=MappingProxyType(
            {name: (_read(first), _read(last)) for name, (first, last) in bout["drift"].items()}
        ),
        not_judged=_read_words(bout["not_judged"]),
    )


def _read_words(words: Mapping[str, Any]) -> Mapping[str, str]:
    return MappingProxyType({name: str(told) for name, told in words.items()})


def _read_levels(levels: Mapping[str, str]) -> Mapping[str, Level]:
    return MappingProxyType({code: _read_level(name) for code, name in levels.items()})


def _read_level(name: str) -> Level:
    return Level[name.upper().replace("-", "_")]


def _read_finding(finding: Mapping[str, Any]) -> Finding:
    return Finding(
        check=str(finding["check"]),
        level=_read_level(finding["level"]),
        start_s=_read(finding["start_s"]),
        end_s=_read(finding["end_s"]),
        worst_t_s=_read(finding["worst_t_s"]),
        worst=_read(finding["worst"]),
        error=_read(finding["error"]),
        limit=_read(finding["limit"]),
        margin=_read(finding["margin"]),
        unit=str(finding["unit"]),
        relative=bool(finding["relative"]),
    )
