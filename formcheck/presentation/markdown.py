"""Tables in Markdown, so that what is printed can stand in a document as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["TALLY_KEYS", "cell", "line", "named_table", "number", "rows_table", "sums_table"]

TALLY_KEYS = (
    "judged",
    "judged_share",
    "at_fault",
    "found",
    "found_share",
    "mild",
    "named",
    "good",
    "false_alarms",
    "false_alarm_share",
)
"""Columns of a check over repetitions or jumps, after how many there were."""


def line(cells: Iterable[Any]) -> str:
    """One row of a table."""
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def number(value: float | None, form: str = "") -> str:
    """A number in a form; a dash where there is none."""
    return "–" if value is None else format(value, form)


def cell(name: str, value: Any) -> str:
    """A value of a column: shares in per cent, words and numbers as they are."""
    if isinstance(value, str):
        return value
    return number(value, ".0%" if name.endswith("share") else "")


def rows_table(rows: Sequence[Mapping[str, Any]], keys: Sequence[str] | None = None) -> list[str]:
    """A table with a column a key; those of the first row when none are named."""
    names = list(rows[0]) if keys is None else list(keys)
    return _table((), names, [((), row) for row in rows])


def named_table(
    rows: Mapping[str, Mapping[str, Any]], keys: Sequence[str], title: str = "check"
) -> list[str]:
    """A table with a row a check, or whatever else has a name, the name first."""
    return _table((title,), keys, [((name,), row) for name, row in rows.items()])


def _table(
    titles: tuple[str, ...],
    keys: Sequence[str],
    rows: Sequence[tuple[tuple[str, ...], Mapping[str, Any]]],
) -> list[str]:
    lines = [
        line((*titles, *(key.replace("_", " ") for key in keys))),
        line("---" for _ in (*titles, *keys)),
    ]
    return lines + [line((*names, *(cell(key, row[key]) for key in keys))) for names, row in rows]


def sums_table(title: str, sums: Mapping[str, Any]) -> list[str]:
    """A table of names and values."""
    lines = [line((title, "")), line(("---", "---"))]
    return lines + [line((name.replace("_", " "), number(value))) for name, value in sums.items()]
