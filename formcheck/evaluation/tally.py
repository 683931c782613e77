"""One check over many repetitions or jumps: how often it was judged, found and wrongly raised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from formcheck.evaluation.stats import share

__all__ = ["Tally", "added_up", "summed", "tally_row"]


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one check.

    Attributes:
        total: Repetitions that were judged (those that count, and those that do not because of
            what a check found in them), or jumps that were reported.
        judged: Those of them in which this check gave a verdict.
        at_fault: True ones with a clear fault.
        found: Those of them that it called a fault.
        mild: True ones with a mild fault: either answer is right.
        named: Those of them that it warned of or called a fault.
        good: True ones without any, in which it gave a verdict.
        false_alarms: Those of them that it called a fault.
    """

    total: int = 0
    judged: int = 0
    at_fault: int = 0
    found: int = 0
    mild: int = 0
    named: int = 0
    good: int = 0
    false_alarms: int = 0


def summed(tallies: Sequence[Tally]) -> Tally:
    """All of them together."""
    return Tally(*(sum(column) for column in zip(*map(astuple, tallies), strict=True)))


def added_up(clips: Iterable[Mapping[str, Tally]]) -> dict[str, Tally]:
    """Every check over all clips, in the order of the first exercise that has it."""
    by_check: dict[str, list[Tally]] = {}
    for clip in clips:
        for code, tally in clip.items():
            by_check.setdefault(code, []).append(tally)
    return {code: summed(tallies) for code, tallies in by_check.items()}


def tally_row(tally: Tally, what: str) -> dict[str, Any]:
    """A row of a table; ``what`` was counted."""
    return {
        what: tally.total,
        "judged": tally.judged,
        "judged_share": share(tally.judged, tally.total),
        "at_fault": tally.at_fault,
        "found": tally.found,
        "found_share": share(tally.found, tally.at_fault),
        "mild": tally.mild,
        "named": tally.named,
        "good": tally.good,
        "false_alarms": tally.false_alarms,
        "false_alarm_share": share(tally.false_alarms, tally.good),
    }
