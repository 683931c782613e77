"""One set: the repetitions that are made without leaving the position."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import median

from formcheck.judgement.repetition import HALF_WAY
from formcheck.judgement.repmeasures import Sample
from formcheck.types import Finding, Reason, Rep

__all__ = ["PART_WAY", "RepSet"]

START_S = 1.0
"""So much of the beginning of a set is its start."""

PART_WAY = Reason("part-way", "it went only part of the way")


class RepSet:
    """What came of one set so far.

    Args:
        start_s: When the position was taken.
    """

    def __init__(self, start_s: float) -> None:
        self.start_s = self.end_s = start_s
        self.judged_s = 0.0
        self.reps: list[Rep] = []
        self.findings: list[Finding] = []
        self._ranges: list[float] = []
        self._starts_s: list[float] = []
        # When the last of the repetitions up to each one was over.
        self._over_s: list[float] = []
        self._start: Mapping[str, float] | None = None

    def add(self, rep: Rep, size: float) -> None:
        """Takes a repetition and the range of its signal; those of two sides may overlap."""
        place = bisect_right(self._starts_s, rep.start_s)
        self.reps.insert(place, rep)
        self._ranges.insert(place, size)
        self._starts_s.insert(place, rep.start_s)
        del self._over_s[place:]
        for later in self.reps[place:]:
            self._over_s.append(max([*self._over_s[-1:], later.end_s]))

    def over_s(self, start_s: float) -> float:
        """When all repetitions were over that set off before a time; the set's start before any."""
        earlier = bisect_left(self._starts_s, start_s)
        return self._over_s[earlier - 1] if earlier else self.start_s

    def start(
        self, between: Callable[[float, float], Sequence[Sample]], first_rep_s: float
    ) -> Mapping[str, float]:
        """The median of each feature before the first repetition; worked out once.

        Args:
            between: Gives what is remembered of a stretch of time.
            first_rep_s: When the first repetition set off; later calls may say anything.
        """
        if self._start is None:
            until_s = min(self.start_s + START_S, first_rep_s)
            first = [sample.values for sample in between(self.start_s, until_s)]
            names = first[0] if first else ()
            self._start = {name: _median([values[name] for values in first]) for name in names}
        return self._start

    def settle(self, ranges: Sequence[float]) -> None:
        """Looks at all repetitions again, now that the usual range is known."""
        least = HALF_WAY * median(ranges) if ranges else 0.0
        self.reps = [
            replace(rep, why_not=PART_WAY) if rep.counted and size < least else rep
            for rep, size in zip(self.reps, self._ranges, strict=True)
        ]


def _median(values: Sequence[float]) -> float:
    seen = [value for value in values if not math.isnan(value)]
    return median(seen) if seen else math.nan
