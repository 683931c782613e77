"""How far program and coach agree, as tables in Markdown and as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from formcheck.evaluation.agreement import Agreement
from formcheck.presentation.markdown import line, number

__all__ = ["print_agreement", "to_dict"]

_HEAD = (
    "check",
    "sessions",
    "rated",
    "both",
    "program only",
    "coach only",
    "neither",
    "same",
    "kappa (95 %)",
)

Found = Mapping[str, Mapping[str, Agreement]]
"""Name of the exercise → code of the check → what the ratings come to."""


def print_agreement(
    found: Found, counts: tuple[int, int], reviewed: int, sessions: int, console: Console
) -> None:
    """Prints a table an exercise.

    Args:
        found: What the ratings come to.
        counts: How many repetitions and jumps the coach said to count or not, and of how many the
            program says the same.
        reviewed: How many sessions a coach was through with.
        sessions: How many there are.
        console: Where to print.
    """
    lines = [f"{reviewed} of {_sessions(sessions)} reviewed by a coach."]
    if not reviewed:
        lines += ["", "A session counts as reviewed when a coach marked it as done on its page."]
    for exercise, checks in found.items():
        lines += ["", f"**{exercise}**", "", line(_HEAD), line("---" for _ in _HEAD)]
        lines += [line((code, *_row(one))) for code, one in checks.items()]
    if counts[0]:
        lines += ["", f"Whether a repetition or jump counts: alike in {counts[1]} of {counts[0]}."]
    for text in lines:
        console.print(text, markup=False, soft_wrap=True)


def _sessions(n: int) -> str:
    return "1 session" if n == 1 else f"{n} sessions"


def _row(one: Agreement) -> tuple[str, ...]:
    counts = (one.sessions, one.rated, one.both, one.program_only, one.coach_only, one.neither)
    same = number(one.same / one.rated if one.rated else None, ".0%")
    return (*map(str, counts), same, _kappa(one))


def _kappa(one: Agreement) -> str:
    told = number(one.kappa, ".2f")
    if one.kappa_range is None:
        return told
    low, high = one.kappa_range
    return f"{told} ({low:.2f} to {high:.2f})"


def to_dict(found: Found, counts: tuple[int, int], reviewed: int, sessions: int) -> dict[str, Any]:
    """The same as plain values; see :func:`print_agreement`."""
    return {
        "sessions": sessions,
        "reviewed": reviewed,
        "counted": {"rated": counts[0], "same": counts[1]},
        "exercises": {
            exercise: {
                code: {
                    "sessions": one.sessions,
                    "rated": one.rated,
                    "both": one.both,
                    "program_only": one.program_only,
                    "coach_only": one.coach_only,
                    "neither": one.neither,
                    "kappa": one.kappa,
                    "kappa_range": one.kappa_range,
                }
                for code, one in checks.items()
            }
            for exercise, checks in found.items()
        },
    }
