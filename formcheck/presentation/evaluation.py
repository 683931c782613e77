"""The table of ``formcheck eval``, in Markdown, so that it can stand in a document as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from formcheck.evaluation.outcome import ClipOutcome
from formcheck.evaluation.table import clip_row, grouped, summary

__all__ = ["print_evaluation"]


def print_evaluation(
    outcomes: Sequence[ClipOutcome], facts: Sequence[str], console: Console
) -> None:
    """Prints one row a clip, one a check, one a value of each wanted fact, and the sums."""
    rows = [clip_row(outcome) for outcome in outcomes]
    whole = summary(outcomes)
    lines = [_line(name for name, _ in _CLIP_COLUMNS), _line("---" for _ in _CLIP_COLUMNS)]
    lines += [_line(str(show(row)) for _, show in _CLIP_COLUMNS) for row in rows]
    lines += [
        "",
        _line(("check", *(key.replace("_", " ") for key in _CHECK_KEYS))),
        _line("---" for _ in range(len(_CHECK_KEYS) + 1)),
    ]
    for code, check in whole["checks"].items():
        lines.append(_line((code, *(_number(check[key]) for key in _CHECK_KEYS))))
    for fact in facts if outcomes else ():
        lines += ["", *_group_lines(grouped(outcomes, fact))]
    lines += ["", _line(("all clips", "")), _line(("---", "---"))]
    lines += [
        _line((name.replace("_", " "), _number(value)))
        for name, value in whole.items()
        if name != "checks"
    ]
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


def _group_lines(groups: list[dict[str, Any]]) -> list[str]:
    names = list(groups[0])
    lines = [_line(name.replace("_", " ") for name in names), _line("---" for _ in names)]
    return lines + [_line(_cell(name, group[name]) for name in names) for group in groups]


def _cell(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    return _number(value, ".0%" if name.endswith("share") else "")


_CHECK_KEYS = (
    "labelled",
    "found",
    "missed",
    "must_speak",
    "spoken",
    "cue_delay_max_s",
    "false_cues",
)


def _line(cells: Any) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _number(value: float | None, form: str = "") -> str:
    return "–" if value is None else format(value, form)


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
    ("label", lambda row: f"{row['does']}, judge: {str(row['judge']).lower()}"),
    ("said", lambda row: row["verdict"]),
    ("right", lambda row: "yes" if row["agrees"] else "NO: " + "; ".join(row["why_not"])),
    ("held error s", lambda row: ", ".join(f"{e:+.1f}" for e in row["held_errors_s"])),
    ("good error s", lambda row: _number(row["good_error_s"], "+.1f")),
    ("judged", lambda row: _number(row["judged_share"], ".0%")),
    ("cue delay s", _delays),
    ("angle error 50 / 95 %", _angles),
)
