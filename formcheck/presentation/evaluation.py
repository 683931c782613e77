"""The table of ``formcheck eval``, in Markdown, so that it can stand in a document as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console

from formcheck.evaluation.outcome import ClipOutcome
from formcheck.evaluation.table import clip_row, grouped, summary
from formcheck.presentation.evaluation_jumps import jump_clip_lines, jump_lines
from formcheck.presentation.markdown import (
    TALLY_KEYS,
    line,
    named_table,
    number,
    rows_table,
    sums_table,
)

__all__ = ["print_evaluation"]


def print_evaluation(
    outcomes: Sequence[ClipOutcome],
    facts: Sequence[str],
    console: Console,
    check: str | None = None,
) -> None:
    """Prints one row a clip, one a check, one a value of each wanted fact, and the sums.

    Args:
        outcomes: The outcomes.
        facts: Dotted names of facts to group by.
        console: Where to print.
        check: The only check in the tables of repetitions and jumps and in the groups; None for
            all.
    """
    whole = summary(outcomes, check)
    reps = whole.pop("reps", None)
    jumps = whole.pop("jumps", None)
    rows = [clip_row(outcome) for outcome in outcomes]
    lines = _clip_lines(rows, with_reps=reps is not None)
    if jumps is not None:
        lines += ["", *jump_clip_lines(rows)]
    lines += ["", *named_table(whole.pop("checks"), _CHECK_KEYS)]
    if reps is not None:
        lines += ["", *named_table(reps.pop("checks"), _REP_CHECK_KEYS, "repetitions")]
    for fact in facts if outcomes else ():
        lines += ["", *rows_table(grouped(outcomes, fact, check))]
    lines += ["", *sums_table("all clips", whole)]
    if reps is not None:
        lines += ["", *sums_table("repetitions", reps)]
    if jumps is not None:
        lines += ["", *jump_lines(jumps)]
    for text in lines:
        console.print(text, markup=False, soft_wrap=True)


def _clip_lines(rows: Sequence[dict[str, Any]], *, with_reps: bool) -> list[str]:
    columns = _CLIP_COLUMNS + (_REP_COLUMNS if with_reps else ())
    lines = [line(name for name, _ in columns), line("---" for _ in columns)]
    return lines + [line(str(show(row)) for _, show in columns) for row in rows]


_CHECK_KEYS = (
    "labelled",
    "found",
    "missed",
    "must_speak",
    "spoken",
    "cue_delay_max_s",
    "false_cues",
)

_REP_CHECK_KEYS = ("reps", *TALLY_KEYS)


def _delays(row: dict[str, Any]) -> str:
    return ", ".join(
        f"{fault['check']} {fault['cue_delay_s']:.2f}"
        for fault in row["faults"]
        if fault["cue_delay_s"] is not None
    )


def _angles(row: dict[str, Any]) -> str:
    if row["angle_error_median_deg"] is None:
        return "–"
    return f"{row['angle_error_median_deg']:.1f} / {row['angle_error_95_deg']:.1f}"


_CLIP_COLUMNS = (
    ("clip", lambda row: row["clip"]),
    ("as", lambda row: row["exercise"]),
    ("label", lambda row: f"{row['does']}, judge: {str(row['judge']).lower()}"),
    ("said", lambda row: row["verdict"]),
    ("right", lambda row: "yes" if row["agrees"] else "NO: " + "; ".join(row["why_not"])),
    ("held error s", lambda row: ", ".join(f"{e:+.1f}" for e in row["held_errors_s"])),
    ("good error s", lambda row: number(row["good_error_s"], "+.1f")),
    ("judged", lambda row: number(row["judged_share"], ".0%")),
    ("cue delay s", _delays),
    ("angle error 50 / 95 %", _angles),
)


def _of_reps(show: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any]], str]:
    """A column that only the repetitions of a clip fill."""
    return lambda row: show(row["reps"]) if "reps" in row else "–"


def _count(reps: dict[str, Any]) -> str:
    if reps["owed"] is None:
        return str(reps["counted"])
    fewest, most = reps["owed"]
    return f"{reps['counted']} of {fewest if fewest == most else f'{fewest}–{most}'}"


def _faults(reps: dict[str, Any]) -> str:
    """Of each check at fault: how many of its repetitions were found, and what was made up."""
    told = []
    for code, tally in reps["checks"].items():
        if tally["at_fault"] or tally["false_alarms"]:
            false = f" (+{tally['false_alarms']} false)" if tally["false_alarms"] else ""
            told.append(f"{code} {tally['found']} of {tally['at_fault']}{false}")
    return ", ".join(told) or "–"


def _top_angles(reps: dict[str, Any]) -> str:
    if reps["top_error_median_deg"] is None:
        return "–"
    return f"{reps['top_error_median_deg']:.1f} / {reps['top_error_95_deg']:.1f}"


_REP_COLUMNS = (
    ("counted", _of_reps(_count)),
    ("tops missed s", _of_reps(lambda reps: ", ".join(f"{t:g}" for t in reps["tops_missed_s"]))),
    (
        "top time error s",
        _of_reps(lambda reps: ", ".join(f"{e:+.1f}" for e in reps["top_time_errors_s"])),
    ),
    ("faults found by repetition", _of_reps(_faults)),
    ("top error deg 50 / 95 %", _of_reps(_top_angles)),
)
