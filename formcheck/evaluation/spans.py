"""Spans of time: how much two share, and which repetition one belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from formcheck.evaluation.truth import Span

__all__ = ["BELONGS_S", "belongs", "overlap_s", "regions"]

BEFORE_S = 1.2
"""The rest before a repetition belongs to it, for so long at most."""

BELONGS_S = 0.1
"""A fault that overlaps a repetition by more than this is one of that repetition."""


def regions(spans_s: Sequence[Span]) -> tuple[Span, ...]:
    """Repetitions (start, end) in order of time, each with the rest before it."""
    before_s = [float("-inf"), *(end_s for _, end_s in spans_s)]
    return tuple(
        (min(start_s, max(last_s, start_s - BEFORE_S)), end_s)
        for (start_s, end_s), last_s in zip(spans_s, before_s, strict=False)
    )


def belongs(span_s: Span, region_s: Span) -> bool:
    """Whether a fault is one of the repetition that fills this span, its rest included."""
    length_s = span_s[1] - span_s[0]
    # Labels are good to a tenth of a second, so neighbours touch; and some are that short.
    return overlap_s(span_s, region_s) > min(BELONGS_S, length_s / 2) + 1e-9


def overlap_s(one: Span, other: Span) -> float:
    """Seconds that two spans share."""
    return max(0.0, min(one[1], other[1]) - max(one[0], other[0]))
