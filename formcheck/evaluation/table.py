"""Outcomes of many clips as one table, for people and as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from formcheck.evaluation.hops import reported_hops
from formcheck.evaluation.hoptable import hop_group, hop_row, hop_summary
from formcheck.evaluation.outcome import ClipOutcome
from formcheck.evaluation.reptable import rep_group, rep_row, rep_summary
from formcheck.types import Level

__all__ = ["clip_row", "grouped", "summary"]


def clip_row(outcome: ClipOutcome) -> dict[str, Any]:
    """One clip as plain values."""
    errors = outcome.angle_errors
    reps = {} if outcome.reps is None else {"reps": rep_row(outcome.reps)}
    jumps = {} if outcome.hops is None else {"jumps": hop_row(outcome.hops)}
    return {
        "clip": outcome.clip.name,
        "exercise": outcome.exercise,
        "does": outcome.clip.does,
        "judge": outcome.clip.judge,
        "agrees": outcome.agrees,
        "why_not": list(outcome.why_not),
        "verdict": verdict_words(outcome),
        "held_s": round(outcome.report.held_s, 2),
        "good_form_s": round(outcome.report.good_form_s, 2),
        "held_errors_s": [round(e, 2) for e in outcome.held_errors_s],
        "good_error_s": _rounded(outcome.good_error_s),
        "judged_share": _rounded(_share(outcome.judged_s, outcome.hold_s)),
        "credited_s": round(outcome.credited_s, 2),
        "false_cues": len(outcome.false_cues),
        "wrong_way_cues": len(outcome.wrong_way),
        "faults": [
            {
                "check": fault.check,
                "strength": fault.strength,
                "must_speak": fault.must_speak,
                "level": fault.level.name.lower(),
                "cue_delay_s": _rounded(fault.cue_delay_s),
            }
            for fault in outcome.faults
        ],
        "angle_error_median_deg": _rounded(float(np.median(errors)) if errors.size else None),
        "angle_error_95_deg": _rounded(float(np.percentile(errors, 95)) if errors.size else None),
        **reps,
        **jumps,
    }


def verdict_words(outcome: ClipOutcome) -> str:
    """What the program said of a clip, in a few words."""
    report = outcome.report
    jumps = len(reported_hops(report))
    if not report.holds and not report.reps and not jumps:
        reason = next(iter(report.not_judged_s), None)
        return "not judged" if reason is None else f"not judged: {report.reasons[reason].text}"
    worst: dict[str, Level] = {}
    for finding in report.findings:
        worst[finding.check] = max(finding.level, worst.get(finding.check, Level.GOOD))
    spoken = {cue.check for cue in report.cues if cue.kind.value == "correct"}
    counted = [f"{report.reps_counted} counted"] if report.reps else []
    counted += [f"{jumps} jumps"] if jumps else []
    if not worst:
        return ", ".join([*counted, "clean"])
    return ", ".join(
        [
            *counted,
            *(
                f"{check} {level.name.lower()}{' (spoken)' if check in spoken else ''}"
                for check, level in worst.items()
            ),
        ]
    )


def summary(outcomes: Sequence[ClipOutcome], check: str | None = None) -> dict[str, Any]:
    """All clips together.

    Rates are None where there is nothing to divide by. Held errors and angle errors are absolute
    values over all labelled holds and all judged frames with truth. ``reps`` and ``jumps`` are
    there only when repetitions or jumps were asked for.

    Args:
        outcomes: The outcomes.
        check: The only check in the tables of repetitions and jumps; None for all.
    """
    expected = [o for o in outcomes if o.expected]
    firm = [o for o in expected if o.clip.judge is True]
    others = [o for o in outcomes if not o.expected]
    held = [abs(e) for o in firm for e in o.held_errors_s]
    good = [abs(o.good_error_s) for o in firm if o.good_error_s is not None]
    angles = np.concatenate([o.angle_errors for o in outcomes]) if outcomes else np.empty(0)
    return {
        "clips": len(outcomes),
        "clips_of_exercise": len(expected),
        "agree": sum(o.agrees for o in expected),
        "agree_share": _rounded(_share(sum(o.agrees for o in expected), len(expected))),
        "false_cues": sum(len(o.false_cues) for o in expected),
        "wrong_way_cues": sum(len(o.wrong_way) for o in expected),
        "judged_share": _rounded(
            _share(sum(o.judged_s for o in firm), sum(o.hold_s for o in firm))
        ),
        "held_error_max_s": _rounded(max(held, default=None)),
        "good_error_max_s": _rounded(max(good, default=None)),
        "angle_error_median_deg": _rounded(float(np.median(angles)) if angles.size else None),
        "angle_error_95_deg": _rounded(float(np.percentile(angles, 95)) if angles.size else None),
        "other_clips": len(others),
        "other_cues": sum(len(o.false_cues) for o in others),
        "other_credited_s": round(sum(o.credited_s for o in others), 2),
        "checks": _by_check(expected),
        **rep_summary(outcomes, check),
        **hop_summary(outcomes, check),
    }


def grouped(
    outcomes: Sequence[ClipOutcome], fact: str, check: str | None = None
) -> list[dict[str, Any]]:
    """One row for every value of a fact of the truth, in the order of the values.

    Clips without truth, or whose truth does not have the fact, come last as one group. Clips that
    only may be judged count like all others, also in ``judged_share``, unlike in :func:`summary`.

    Args:
        outcomes: The outcomes.
        fact: Its dotted name, such as ``camera.yaw_deg``.
        check: The only check whose faults and cues are told; None for all.
    """
    groups: dict[str | float, list[ClipOutcome]] = {}
    for outcome in outcomes:
        truth = outcome.clip.truth
        value: str | float = truth.facts.get(fact, "unknown") if truth else "unknown"
        groups.setdefault(value, []).append(outcome)
    order = sorted(groups, key=lambda v: (isinstance(v, str), v == "unknown", v))
    reps = any(outcome.reps is not None for outcome in outcomes)
    jumps = any(outcome.hops is not None for outcome in outcomes)
    return [
        {
            fact: value,
            **_group(groups[value], check),
            # In every group or in none: the groups are rows of one table.
            **(rep_group(groups[value], check) if reps else {}),
            **(hop_group(groups[value], check) if jumps else {}),
        }
        for value in order
    ]


def _group(outcomes: Sequence[ClipOutcome], check: str | None) -> dict[str, Any]:
    faults = [
        fault
        for outcome in outcomes
        if outcome.expected
        for fault in outcome.faults
        if check in (None, fault.check)
    ]
    owed = [fault for fault in faults if fault.must_speak]
    delays = [fault.cue_delay_s for fault in owed if fault.cue_delay_s is not None]
    whole = summary(outcomes)
    return {
        "clips": whole["clips"],
        "right": sum(o.agrees for o in outcomes),
        "judged_share": _rounded(
            _share(sum(o.judged_s for o in outcomes), sum(o.hold_s for o in outcomes))
        ),
        "angle_error_median_deg": whole["angle_error_median_deg"],
        "angle_error_95_deg": whole["angle_error_95_deg"],
        "faults_labelled": len(faults),
        "faults_found": sum(fault.found for fault in faults),
        "cues_owed": len(owed),
        "cues_spoken": len(delays),
        "cue_delay_max_s": _rounded(max(delays, default=None)),
        "false_cues": sum(check in (None, c.check) for o in outcomes for c in o.false_cues),
        "wrong_way_cues": sum(check in (None, c.check) for o in outcomes for c in o.wrong_way),
    }


def _by_check(outcomes: Sequence[ClipOutcome]) -> Mapping[str, Any]:
    """Per check: labelled faults found, missed, spoken with delay, and false cues."""
    codes = sorted(
        {f.check for o in outcomes for f in o.faults}
        | {str(c.check) for o in outcomes for c in o.false_cues}
    )
    table = {}
    for code in codes:
        faults = [f for o in outcomes for f in o.faults if f.check == code]
        delays = [f.cue_delay_s for f in faults if f.cue_delay_s is not None]
        table[code] = {
            "labelled": len(faults),
            "found": sum(f.found for f in faults),
            "missed": sum(not f.found for f in faults),
            "spoken": len(delays),
            "must_speak": sum(f.must_speak for f in faults),
            "cue_delay_max_s": _rounded(max(delays, default=None)),
            "false_cues": sum(c.check == code for o in outcomes for c in o.false_cues),
        }
    return table


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 3)
