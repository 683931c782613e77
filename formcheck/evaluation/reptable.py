"""The repetitions of many clips as sums and shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.evaluation.outcome import ClipOutcome
from formcheck.evaluation.reps import RepOutcome
from formcheck.evaluation.stats import percentile
from formcheck.evaluation.tally import added_up, summed, tally_row

__all__ = ["rep_group", "rep_row", "rep_summary"]


def rep_row(reps: RepOutcome) -> dict[str, Any]:
    """The repetitions of one clip as plain values."""
    return {
        "counted": reps.counted,
        "owed": None if reps.owed is None else list(reps.owed),
        "count_error": reps.count_error,
        "tops": reps.tops,
        "tops_missed_s": [round(t_s, 2) for t_s in reps.tops_missed_s],
        "top_time_errors_s": [round(error, 2) for error in reps.top_time_errors_s],
        **_top_errors(reps.top_errors_deg),
        "checks": {code: asdict(tally) for code, tally in reps.checks.items()},
    }


def rep_summary(outcomes: Sequence[ClipOutcome], check: str | None) -> dict[str, Any]:
    """All repetitions together, under ``reps``; nothing when none were asked for."""
    of_reps = _of_reps(outcomes)
    if not of_reps:
        return {}
    labelled = [reps for _, reps in of_reps if reps.owed is not None]
    firm = [reps for o, reps in of_reps if o.clip.judge is True]
    times_s = [abs(error) for _, reps in of_reps for error in reps.top_time_errors_s]
    return {
        "reps": {
            "clips": len(of_reps),
            "clips_with_a_count": len(labelled),
            "counts_right": sum(reps.count_error is None for reps in labelled),
            "counted": sum(reps.counted for _, reps in of_reps),
            "tops": sum(reps.tops for reps in firm),
            "tops_missed": sum(len(reps.tops_missed_s) for reps in firm),
            "top_time_error_median_s": percentile(times_s, 50),
            "top_time_error_95_s": percentile(times_s, 95),
            "top_time_error_max_s": percentile(times_s, 100),
            **_top_errors(_errors(of_reps)),
            "other_clips_counted": sum(o.report.reps_counted for o in outcomes if not o.expected),
            "checks": {
                code: tally_row(tally, "reps")
                for code, tally in added_up(reps.checks for _, reps in of_reps).items()
                if check in (None, code)
            },
        }
    }


def rep_group(outcomes: Sequence[ClipOutcome], check: str | None) -> dict[str, Any]:
    """What a group of clips adds to its row: sums over all checks, or of one."""
    of_reps = _of_reps(outcomes)
    tallies = added_up(reps.checks for _, reps in of_reps)
    row = tally_row(
        summed([tally for code, tally in tallies.items() if check in (None, code)]), "reps"
    )
    return {
        "counted": sum(reps.counted for _, reps in of_reps),
        **{f"reps_{name}": row[name] for name in _GROUP_KEYS},
        **_top_errors(_errors(of_reps)),
    }


_GROUP_KEYS = (
    "at_fault",
    "found",
    "found_share",
    "good",
    "false_alarms",
    "false_alarm_share",
    "judged_share",
)


def _of_reps(outcomes: Sequence[ClipOutcome]) -> list[tuple[ClipOutcome, RepOutcome]]:
    return [(outcome, outcome.reps) for outcome in outcomes if outcome.reps is not None]


def _errors(of_reps: Sequence[tuple[ClipOutcome, RepOutcome]]) -> NDArray[np.float64]:
    parts = [reps.top_errors_deg for _, reps in of_reps]
    return np.concatenate(parts) if parts else np.empty(0)


def _top_errors(errors_deg: NDArray[np.float64]) -> dict[str, float | None]:
    """Size of the errors at the top, and their median with its sign: what is read too large."""
    sizes = np.abs(errors_deg)
    return {
        "top_error_median_deg": percentile(sizes, 50),
        "top_error_95_deg": percentile(sizes, 95),
        "top_bias_deg": percentile(errors_deg, 50),
    }
