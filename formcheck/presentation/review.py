"""What the review page shows of one session, as plain values that can be told to a browser.

Times are seconds of the trace, places image pixels of the upright picture; None: not known. Words
are those of the report.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.judgement.report import SavedReport, rep_numbers
from formcheck.judgement.rule import (
    Check,
    Exercise,
    Feature,
    HoldMovement,
    HopMovement,
    Limits,
    Reference,
    RepMovement,
)
from formcheck.landmarks import EDGES, Landmark
from formcheck.presentation import hops, html, reps, words
from formcheck.presentation.clippage import numbers
from formcheck.presentation.glance import main_label, main_level
from formcheck.presentation.hoppage import jump_page
from formcheck.presentation.series import Series, thinned
from formcheck.presentation.timeline import Stretch, Timeline, stretches
from formcheck.types import Finding, Hop, Level, Pose, Rep, Report, StepOutput

__all__ = [
    "MOST_POINTS",
    "POSE_EDGES",
    "POSE_NAMES",
    "facts",
    "kind_of",
    "marker_json",
    "pose_json",
]

MOST_POINTS = 6000
"""Of a curve. A screen of 3000 pixels shows no more: each of them gets its lowest and highest."""

POSE_NAMES = tuple(landmark.name.lower() for landmark in Landmark)
POSE_EDGES = tuple((int(start), int(end)) for start, end in EDGES)


def kind_of(exercise: Exercise) -> str:
    """How an exercise moves: ``hold``, ``reps`` or ``hops``."""
    if isinstance(exercise.movement, HoldMovement):
        return "hold"
    return "hops" if isinstance(exercise.movement, HopMovement) else "reps"


def facts(saved: SavedReport, exercise: Exercise, timeline: Timeline) -> dict[str, Any]:
    """Everything about a session that no coach changes, but for the poses.

    Args:
        saved: What was said of it.
        exercise: What judged it, with the limits in force then.
        timeline: The session, moment by moment.

    Returns:
        Dicts, lists, strings, finite numbers, booleans and None.
    """
    report = saved.report
    jumps = jump_page(report, exercise, saved.provenance, ()) if hops.is_jumped(exercise) else None
    return {
        "title": exercise.title,
        "exercise": {
            "name": exercise.name,
            "title": exercise.title,
            "version": report.rule_version,
            "rule_now": exercise.version,
            "kind": kind_of(exercise),
            "checks": [_check(check, report) for check in exercise.checks],
        },
        "own_limits": words.own_limits(report),
        "duration_s": _rounded(report.duration_s, 6),
        "signals": _signals(report, exercise, timeline),
        "verdicts": [_stretch(one, exercise) for one in stretches(timeline, report.findings)],
        "findings": [_finding(found, saved, exercise) for found in report.findings],
        "reps": [
            _rep(place, rep, number, exercise)
            for place, (rep, number) in enumerate(
                zip(report.reps, rep_numbers(report.reps), strict=True)
            )
        ],
        "jumps": [_jump(place, hop, report) for place, hop in enumerate(report.hops)],
        "cues": [
            {"t_s": _rounded(cue.t_s), "text": cue.text, "kind": cue.kind.value, "check": cue.check}
            for cue in report.cues
        ],
        "holds": [
            {"start_s": _rounded(hold.start_s), "end_s": _rounded(hold.end_s)}
            for hold in report.holds
        ],
        "report": {
            "summary": hops.summary(report, exercise) if jumps else html.summary(report, exercise),
            "numbers": numbers(report, exercise, jumps),
            "remarks": list(report.remarks),
            "not_judged": [
                {"text": row.text, "advice": row.advice, "seconds": row.seconds, "share": row.share}
                for row in html.reasons(report)
            ],
        },
    }


def pose_json(pose: Pose | None, decimals: int = 1) -> str:
    """One moment's landmarks as JSON: x, y, visibility, x, y, ...; null where nobody is seen.

    Args:
        pose: The landmarks.
        decimals: Of the places; visibility always has one.
    """
    if pose is None:
        return "null"
    table = np.empty((len(POSE_NAMES), 3))
    table[:, :2] = np.round(pose.xy_px.astype(np.float64), decimals)
    table[:, 2] = np.round(pose.visibility.astype(np.float64), 1)
    if np.isfinite(table).all() and np.abs(table).max() < _SIX_DIGITS:
        return _POSE_FORM % tuple(table.ravel().tolist())
    numbers = [_number(value) for value in table.ravel().tolist()]
    return json.dumps(numbers, separators=(",", ":"))


def marker_json(exercise: Exercise, step: StepOutput, decimals: int = 1) -> str:
    """What is drawn where the main measure is, as JSON; null where it was not measured.

    ``[x, y, x, y, x, y, number, level]``: the angle at the second point between the other two, in
    image pixels, its number in words, and the level of the checks on it.

    Args:
        exercise: What judges.
        step: One moment.
        decimals: Of the places.
    """
    if step.marker is None:
        return "null"
    ends = (step.marker.start_px, step.marker.vertex_px, step.marker.end_px)
    places = [round(float(value), decimals) for point in ends for value in point]
    if not all(map(math.isfinite, places)):
        return "null"
    label, level = main_label(exercise, step), main_level(exercise, step).name.lower()
    return json.dumps([*places, label, level], ensure_ascii=False, separators=(",", ":"))


_SIX_DIGITS = 99_999.0
_POSE_FORM = f"[{','.join(['%g'] * 3 * len(POSE_NAMES))}]"
"""Writes up to six digits and no ".0": in one go, as an hour has ten million of them."""


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _check(check: Check, report: Report) -> dict[str, Any]:
    good, warn, fault = words.band(check.limits, check.unit)
    return {
        "code": check.code,
        "title": check.title,
        "unit": words.sign_of(check.unit),
        "measure": words.short(check.measure.title),
        "name": check.measure.name,
        "good": good,
        "warn": warn,
        "fault": fault,
        "reference": words.reference(check),
        "why": check.why,
        "evidence": check.evidence,
        "cue": check.cue if check.spoken else "",
        "not_judged": report.not_judged_checks.get(check.code, ""),
    }


def _stretch(stretch: Stretch, exercise: Exercise) -> dict[str, Any]:
    found = stretch.level in (Level.WARN.name.lower(), Level.FAULT.name.lower())
    why = [_title(code, exercise) for code in stretch.why] if found else stretch.why
    return {
        "start_s": _rounded(stretch.start_s),
        "end_s": _rounded(stretch.end_s),
        "level": stretch.level,
        "why": words.sentence("; ".join(why)),
    }


def _title(code: str, exercise: Exercise) -> str:
    check = _known_check(code, exercise)
    return code if check is None else check.title


def _known_check(code: str, exercise: Exercise) -> Check | None:
    """The check, or None where the rule has changed since and has it no more."""
    return next((check for check in exercise.checks if check.code == code), None)


def _finding(finding: Finding, saved: SavedReport, exercise: Exercise) -> dict[str, Any]:
    check = _known_check(finding.check, exercise)
    plain: dict[str, Any] = {
        "check": finding.check,
        "title": str(saved.thresholds.get(finding.check, {}).get("title", finding.check)),
        "level": finding.level.name.lower(),
        "start_s": _rounded(finding.start_s),
        "end_s": _rounded(finding.end_s),
        "worst_s": _rounded(finding.worst_t_s),
        "worst": _rounded(finding.worst),
        "error": _rounded(finding.error),
        "worst_text": words.with_unit(finding.worst, finding.unit, words.digits_of(finding)),
        "unit": words.sign_of(finding.unit),
        "limit": _rounded(finding.limit),
        "limit_text": words.limit(finding),
        "cue": "",
        "span": words.span(finding.start_s, finding.end_s),
        "rep": None,
        "said": "",
    }
    if check is None:
        return plain
    stature_m = saved.provenance.stature_m
    row = html.finding_row(finding, saved.report, exercise, lambda _: None, stature_m)
    rep = reps.rep_of(finding, check, saved.report.reps)
    return plain | {
        "title": check.title,
        "worst_text": row.worst,
        "cue": check.cue if check.spoken else "",
        "rep": None if rep is None else saved.report.reps.index(rep),
        "said": row.said,
    }


def _rep(place: int, rep: Rep, number: int | None, exercise: Exercise) -> dict[str, Any]:
    return {
        "index": place,
        "number": number,
        "start_s": _rounded(rep.start_s),
        "end_s": _rounded(rep.end_s),
        "reach_s": _rounded(rep.reach_s),
        "leave_s": _rounded(rep.leave_s),
        "top_s": _rounded((rep.reach_s + rep.leave_s) / 2.0),
        "side": None if rep.side is None else rep.side.value,
        "counts": rep.counted,
        "why_not": "" if rep.why_not is None else rep.why_not.text,
        "good": rep.good,
        "levels": _levels(rep.levels),
        "values": {
            check.code: words.with_unit(rep.values[check.measure.name], check.unit)
            for check in exercise.checks
            if check.measure.name in rep.values
        },
    }


def _jump(place: int, hop: Hop, report: Report) -> dict[str, Any]:
    return {
        "index": place,
        "number": place + 1,
        "take_off_s": _rounded(hop.take_off_s),
        "landing_s": _rounded(hop.landing_s),
        "end_s": _rounded(hop.end_s),
        "foot": None if hop.foot is None else hop.foot.value,
        "bout": hops.bout_of(hop, report.bouts),
        "height_cm": _rounded(hop.values.get("height_cm", math.nan), 2),
        "error_cm": _rounded(hop.errors.get("height_cm", math.nan), 2),
        "good": hop.good,
        "levels": _levels(hop.levels),
    }


def _levels(levels: Mapping[str, Level]) -> dict[str, str]:
    return {code: level.name.lower() for code, level in levels.items()}


def _signals(report: Report, exercise: Exercise, timeline: Timeline) -> list[dict[str, Any]]:
    """The main measure, what each check judged, and the score; one of a kind each."""
    found = [_raw(exercise.main, timeline)]
    if isinstance(exercise.movement, RepMovement):
        tracks = [track.signal for track in exercise.movement.tracks]
        found += [_raw(signal, timeline) for signal in tracks if signal != exercise.main]
    for check in exercise.checks:
        signal = _judged(check, timeline) or _pointed(check, report)
        if signal is not None:
            found.append(signal)
    found.append(_curve("score", "form score", "", 0, timeline, timeline.values("score")))
    # The first one stays even when nothing was seen: a page without any curve looks broken.
    rest = [curve for curve in found[1:] if any(v is not None for v in curve["values"])]
    return [found[0], *rest]


def _raw(feature: Feature, timeline: Timeline) -> dict[str, Any]:
    digits = words.digits_for(feature.unit) + 1
    values = timeline.values(feature.name)
    return _curve(
        feature.name,
        words.short(feature.title),
        words.sign_of(feature.unit),
        digits,
        timeline,
        values,
    )


def _judged(check: Check, timeline: Timeline) -> dict[str, Any] | None:
    """What a check made of its measure from moment to moment, or None where it judges otherwise."""
    if not isinstance(check.measure, Feature):
        return None
    curve = _curve(
        f"{check.code}.value",
        words.short(check.measure.title),
        words.sign_of(check.unit),
        words.digits_for(check.unit) + 1,
        timeline,
        timeline.values(f"{check.code}.value"),
        limits=(check.limits,),
    )
    reference = "" if check.reference is Reference.ZERO else words.reference(check)
    return curve | {"check": check.code, "reference": reference}


def _pointed(check: Check, report: Report) -> dict[str, Any] | None:
    """What a check measured of each repetition or jump: points, not a curve; None without any."""
    name = check.measure.name
    made: Iterable[tuple[float, Mapping[str, float]]] = [
        *(((rep.reach_s + rep.leave_s) / 2.0, rep.values) for rep in report.reps),
        *((hop.landing_s, hop.values) for hop in report.hops),
    ]
    points = [
        (t_s, values[name]) for t_s, values in made if math.isfinite(values.get(name, math.nan))
    ]
    if not points:
        return None
    t_s, values = (np.array(column) for column in zip(*sorted(points), strict=True))
    return {
        "name": f"{check.code}.value",
        "title": words.short(check.measure.title),
        "unit": words.sign_of(check.unit),
        "decimals": words.digits_for(check.unit),
        "points": True,
        "check": check.code,
        "reference": words.reference(check),
        "t_s": _column(t_s, 3),
        "values": _column(values, words.digits_for(check.unit) + 2),
        "limits": [_limits(check.limits)],
    }


def _curve(
    name: str,
    title: str,
    unit: str,
    decimals: int,
    timeline: Timeline,
    values: NDArray[np.float64],
    limits: Sequence[Limits] = (),
) -> dict[str, Any]:
    t_s = timeline.t_s
    whole = Series(t_s, values, np.ones(t_s.size, np.bool_))
    series = thinned(whole, MOST_POINTS)
    return {
        "name": name,
        "title": title,
        "unit": unit,
        "decimals": decimals,
        "points": False,
        "check": None,
        "reference": "",
        "thinned": series.t_s.size < t_s.size,
        "t_s": _column(series.t_s, 3),
        "values": _column(series.value, decimals + 1),
        "limits": [_limits(one) for one in limits],
    }


def _limits(limits: Limits) -> dict[str, Any]:
    return {
        "warn": limits.good,
        "fault": limits.fault,
        "side": "high" if limits.sign > 0 else "low",
    }


def _column(values: NDArray[np.float64], decimals: int) -> list[float | None]:
    rounded: list[float] = np.round(values, decimals).tolist()
    return [value if math.isfinite(value) else None for value in rounded]


def _rounded(value: float, decimals: int = 4) -> float | None:
    return round(float(value), decimals) if math.isfinite(value) else None
