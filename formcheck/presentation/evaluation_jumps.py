"""The jumps in the tables of ``formcheck eval``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from formcheck.presentation.markdown import (
    TALLY_KEYS,
    line,
    named_table,
    number,
    rows_table,
    sums_table,
)

__all__ = ["jump_clip_lines", "jump_lines"]

_CHECK_KEYS = ("jumps", *TALLY_KEYS)

_MEASURE_KEYS = (
    "true_jumps",
    "given",
    "given_share",
    "bias",
    "error_median",
    "error_95",
    "range",
    "in_range_share",
)

_VIEW_KEYS = (
    "view",
    "fps",
    "clips",
    "landings",
    "missed",
    "made_up",
    "height_given_share",
    "height_mean_error_mm",
    "height_error_95_mm",
    "height_in_range_share",
    "landing_error_median_ms",
    "sound_error_median_ms",
    "cadence_error_max_per_min",
    "scale_error_max_pct",
)


def jump_clip_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A table of the clips with jumps, in the order of all clips.

    Args:
        rows: Every clip as plain values.
    """
    names = ("clip", "as", *(name for name, _ in _COLUMNS))
    lines = [line(names), line("---" for _ in names)]
    return lines + [
        line((row["clip"], row["exercise"], *(show(row["jumps"]) for _, show in _COLUMNS)))
        for row in rows
        if "jumps" in row
    ]


def jump_lines(jumps: Mapping[str, Any]) -> list[str]:
    """The tables of all jumps: by check, measure, height and view, the bars, and the sums.

    Args:
        jumps: What the summary says of them.
    """
    tables = dict(jumps)
    checks, measures = tables.pop("checks"), tables.pop("measures")
    heights, views, bars = (tables.pop(name) for name in ("by_height", "by_view", "bars"))
    blocks = [
        named_table(checks, _CHECK_KEYS, "check of jumps") if checks else [],
        named_table(measures, _MEASURE_KEYS, "measure") if measures else [],
        rows_table(heights) if heights else [],
        rows_table(views, _VIEW_KEYS) if views else [],
        _bar_lines(bars),
        sums_table("jumps", tables),
    ]
    return [text for block in blocks if block for text in ("", *block)][1:]


def _bar_lines(bars: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [line(("what", "bar", "measured", "of", "met")), line("---" for _ in range(5))]
    return lines + [
        line((bar["name"], _asked(bar), number(bar["measured"]), bar["of"], _met(bar["met"])))
        for bar in bars
    ]


def _asked(bar: Mapping[str, Any]) -> str:
    least, most = bar["least"], bar["most"]
    if least is not None and most is not None:
        return f"{least:g} to {most:g}"
    return f"≤ {most:g}" if least is None else f"≥ {least:g}"


def _met(met: bool | None) -> str:
    return "–" if met is None else "yes" if met else "NO"


def _count(jumps: dict[str, Any]) -> str:
    if jumps["owed"] is None:
        return str(jumps["counted"])
    fewest, most = jumps["owed"]
    return f"{jumps['counted']} of {fewest if fewest == most else f'{fewest}–{most}'}"


def _height(jumps: dict[str, Any]) -> str:
    if jumps["height_mean_error_mm"] is None:
        return "–"
    return f"{jumps['height_mean_error_mm']:+.1f} / {jumps['height_error_95_mm']:.1f}"


def _landing(jumps: dict[str, Any]) -> str:
    # By hand to a frame only, but all that there is where nothing was rendered.
    picture = jumps["landing_error_median_ms"]
    picture = jumps["by_hand_median_ms"] if picture is None else picture
    return f"{number(picture, '.0f')} / {number(jumps['sound_error_median_ms'], '.0f')}"


def _signed(name: str) -> Callable[[dict[str, Any]], str]:
    return lambda jumps: ", ".join(f"{error:+.1f}" for error in jumps[name]) or "–"


def _faults(jumps: dict[str, Any]) -> str:
    """Of each check at fault: how many of its jumps were found, and what was made up."""
    told = []
    for code, tally in jumps["checks"].items():
        if tally["at_fault"] or tally["false_alarms"]:
            false = f" (+{tally['false_alarms']} false)" if tally["false_alarms"] else ""
            told.append(f"{code} {tally['found']} of {tally['at_fault']}{false}")
    return ", ".join(told) or "–"


_COLUMNS = (
    ("jumps", _count),
    ("missed / made up", lambda jumps: f"{len(jumps['missed_s'])} / {len(jumps['made_up_s'])}"),
    ("given a height", lambda jumps: number(jumps["height_given_share"], ".0%")),
    ("height error mm mean / 95 %", _height),
    ("in range", lambda jumps: number(jumps["height_in_range_share"], ".0%")),
    ("landing ms picture / sound", _landing),
    ("cadence error per min", _signed("cadence_errors_per_min")),
    ("scale error %", _signed("scale_errors_pct")),
    ("faults found by jump", _faults),
)
