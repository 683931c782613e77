"""The jumps of many clips as sums, errors and shares; by height, by view, and against the bars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.evaluation.hopbars import bars, nominal_cm
from formcheck.evaluation.hoperrors import JUMP_MEASURES, JudgedJump, Read
from formcheck.evaluation.hops import HopOutcome, reported_hops
from formcheck.evaluation.outcome import ClipOutcome
from formcheck.evaluation.stats import percentile, rounded, share
from formcheck.evaluation.tally import added_up, summed, tally_row

__all__ = ["hop_group", "hop_row", "hop_summary"]


def hop_row(hops: HopOutcome) -> dict[str, Any]:
    """The jumps of one clip as plain values."""
    means = [bout.height_mm for bout in hops.bouts if bout.height_mm]
    paces = [bout.cadence_per_min for bout in hops.bouts if bout.cadence_per_min]
    return {
        "counted": hops.counted,
        "owed": None if hops.owed is None else list(hops.owed),
        "count_error": hops.count_error,
        "landings": hops.known,
        "missed_s": [round(t_s, 2) for t_s in hops.missed_s],
        "made_up_s": [round(t_s, 2) for t_s in hops.extra_s],
        "wrong_foot": hops.wrong_foot,
        "by_hand_median_ms": percentile(np.abs(hops.by_hand_ms), 50),
        "view": hops.view,
        "fps": hops.fps,
        **_of_one_jump(hops.jumps),
        "run_errors_mm": [round(error, 1) for error in hops.runs_mm],
        "bout_height_errors_mm": [round(mean.error, 1) for mean in means],
        "bout_cadence_errors_per_min": [round(pace.error, 2) for pace in paces],
        "cadence_errors_per_min": [round(error, 2) for error in hops.cadence_errors_per_min],
        "cadence_unread": hops.cadence_unread,
        "scale_errors_pct": [round(error, 1) for error in hops.scale_errors_pct],
        "measures": _measures(hops.jumps),
        "checks": {code: asdict(tally) for code, tally in hops.checks.items()},
    }


def hop_summary(outcomes: Sequence[ClipOutcome], check: str | None) -> dict[str, Any]:
    """All jumps together, under ``jumps``; nothing when none were asked for.

    Clips that only may be judged count for the number of jumps, those that were made up, and the
    checks; not for what was missed or measured.
    """
    every = _hops(outcomes)
    if not every:
        return {}
    firm = [hops for hops in every if hops.firm]
    labelled = [hops for hops in every if hops.owed is not None]
    by_hand_ms = [error for hops in firm for error in hops.by_hand_ms]
    return {
        "jumps": {
            "clips": len(every),
            "clips_with_a_count": len(labelled),
            "counts_right": sum(hops.count_error is None for hops in labelled),
            "counted": sum(hops.counted for hops in every),
            "landings": sum(hops.known for hops in firm),
            "missed": sum(len(hops.missed_s) for hops in firm),
            "made_up": sum(len(hops.extra_s) for hops in every),
            "wrong_foot": sum(hops.wrong_foot for hops in firm),
            "by_hand_median_ms": percentile(np.abs(by_hand_ms), 50),
            **_of_one_jump(_jumps(firm)),
            **_of_many_jumps(firm),
            "other_clips_jumps": sum(
                len(reported_hops(o.report)) for o in outcomes if not o.expected
            ),
            "measures": _measures(_jumps(firm)),
            "by_height": _by_height(firm),
            "by_view": _by_view(firm),
            "bars": [asdict(bar) for bar in bars(firm)],
            "checks": {
                code: tally_row(tally, "jumps")
                for code, tally in added_up(hops.checks for hops in every).items()
                if check in (None, code)
            },
        }
    }


def hop_group(outcomes: Sequence[ClipOutcome], check: str | None) -> dict[str, Any]:
    """What a group of clips adds to its row: sums over all checks, or of one."""
    every = _hops(outcomes)
    tallies = [
        tally
        for code, tally in added_up(hops.checks for hops in every).items()
        if check in (None, code)
    ]
    row = tally_row(summed(tallies), "jumps")
    return {
        "jumps_counted": sum(hops.counted for hops in every),
        **_found(every),
        **_of_one_jump(_jumps(every)),
        **_of_many_jumps(every),
        **{f"jumps_{name}": row[name] for name in _GROUP_KEYS},
    }


_GROUP_KEYS = ("at_fault", "found", "found_share", "good", "false_alarms", "false_alarm_share")


def _hops(outcomes: Sequence[ClipOutcome]) -> list[HopOutcome]:
    return [outcome.hops for outcome in outcomes if outcome.hops is not None]


def _jumps(every: Sequence[HopOutcome]) -> list[JudgedJump]:
    return [jump for hops in every for jump in hops.jumps]


def _reads(jumps: Iterable[JudgedJump], name: str) -> list[Read]:
    return [jump.reads[name] for jump in jumps if name in jump.reads]


def _errors(reads: Iterable[Read]) -> NDArray[np.float64]:
    return np.array([read.error for read in reads], dtype=np.float64)


def _found(every: Sequence[HopOutcome]) -> dict[str, Any]:
    return {
        "landings": sum(hops.known for hops in every),
        "missed": sum(len(hops.missed_s) for hops in every),
        "made_up": sum(len(hops.extra_s) for hops in every),
    }


def _of_one_jump(jumps: Sequence[JudgedJump]) -> dict[str, Any]:
    """The figures of single jumps that every table shows."""
    heights = _reads(jumps, "height_mm")
    errors = _errors(heights)
    true_cm = [100.0 * jump.true.height_m for jump in jumps]
    return {
        "true_jumps": len(jumps),
        "true_height_cm": rounded(float(np.mean(true_cm))) if jumps else None,
        "height_given_share": share(len(heights), len(jumps)),
        "height_mean_error_mm": rounded(float(errors.mean())) if heights else None,
        "height_error_median_mm": percentile(np.abs(errors), 50),
        "height_error_95_mm": percentile(np.abs(errors), 95),
        "height_range_mm": _range(heights),
        "height_in_range_share": _in_range(heights),
        "landing_error_median_ms": percentile(np.abs(_errors(_reads(jumps, "landing_ms"))), 50),
        "sound_error_median_ms": percentile(np.abs(_errors(_reads(jumps, "sound_landing_ms"))), 50),
    }


def _range(reads: Sequence[Read]) -> float | None:
    """Half of the stated range, median: a wide one holds the truth easily."""
    return percentile([read.range for read in reads if read.range is not None], 50)


def _in_range(reads: Sequence[Read]) -> float | None:
    """Share of the reads whose range holds the truth; None where no range was stated at all."""
    if all(read.range is None for read in reads):
        return None
    return share(sum(read.holds for read in reads), len(reads))


def _of_many_jumps(every: Sequence[HopOutcome]) -> dict[str, Any]:
    """The figures of many jumps together: means, cadence, scale."""
    runs = [error for hops in every for error in hops.runs_mm]
    bouts = [bout.height_mm for hops in every for bout in hops.bouts if bout.height_mm]
    paces = [bout.cadence_per_min for h in every for bout in h.bouts if bout.cadence_per_min]
    cadence = [error for hops in every for error in hops.cadence_errors_per_min]
    unread = sum(hops.cadence_unread for hops in every)
    scale = [error for hops in every for error in hops.scale_errors_pct]
    return {
        "runs_of_30": len(runs),
        "run_error_max_mm": percentile(np.abs(runs), 100),
        "bout_height_error_max_mm": percentile(np.abs(_errors(bouts)), 100),
        "bout_height_in_range_share": _in_range(bouts),
        "bout_cadence_error_max_per_min": percentile(np.abs(_errors(paces)), 100),
        "cadence_windows": len(cadence) + unread,
        "cadence_unread": unread,
        "cadence_error_max_per_min": percentile(np.abs(cadence), 100),
        "scales": len(scale),
        "scale_error_median_pct": percentile(np.abs(scale), 50),
        "scale_error_max_pct": percentile(np.abs(scale), 100),
    }


def _measures(jumps: Sequence[JudgedJump]) -> dict[str, dict[str, Any]]:
    """Every measure of single jumps, as far as truth knows it."""
    rows = {}
    for name in JUMP_MEASURES:
        known = sum(name in jump.known for jump in jumps)
        if not known:
            continue
        reads = _reads(jumps, name)
        errors = _errors(reads)
        rows[name] = {
            "true_jumps": known,
            "given": len(reads),
            "given_share": share(len(reads), known),
            "bias": percentile(errors, 50),
            "error_median": percentile(np.abs(errors), 50),
            "error_95": percentile(np.abs(errors), 95),
            "range": _range(reads),
            "in_range_share": _in_range(reads),
        }
    return rows


def _by_height(every: Sequence[HopOutcome]) -> list[dict[str, Any]]:
    """One row a true height and frame rate."""
    groups: dict[tuple[int, int], list[JudgedJump]] = {}
    for hops in every:
        for jump in hops.jumps:
            key = nominal_cm(jump.true.height_m), hops.fps or 0
            groups.setdefault(key, []).append(jump)
    return [
        {"height_cm": cm, "fps": fps or None, **_of_one_jump(groups[cm, fps])}
        for cm, fps in sorted(groups)
    ]


def _by_view(every: Sequence[HopOutcome]) -> list[dict[str, Any]]:
    """One row a view and frame rate."""
    groups: dict[tuple[str, int], list[HopOutcome]] = {}
    for hops in every:
        groups.setdefault((hops.view, hops.fps or 0), []).append(hops)
    return [
        {
            "view": view,
            "fps": fps or None,
            "clips": len(group),
            **_found(group),
            **_of_one_jump(_jumps(group)),
            **_of_many_jumps(group),
        }
        for (view, fps), group in sorted(groups.items(), key=lambda item: item[0])
    ]
