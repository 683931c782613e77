"""The spoken set-up: the user shows both ends of their own range, and what follows is its share.

It listens only while the start position is held, asks for one end after the other, and takes the
median of the last part of each answer. Where the two ends hardly differ, nothing was shown, and the
session goes on without.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import median

from formcheck.judgement.rule import OwnRange
from formcheck.types import Cue, CueKind

__all__ = ["RangeSetUp"]

WAIT_S = 1.5
"""In the start position for so long before the first phrase."""

ANSWER_S = 4.5
"""From a phrase to the next: hear it, do it, stay there."""

TAKEN_S = 1.5
"""The last part of the answer, which is measured."""

LEAST_SEEN = 0.5
"""Share of that part in which the feature must be seen."""


class RangeSetUp:
    """Runs the set-up of one session.

    Args:
        own_range: What is asked for.
    """

    def __init__(self, own_range: OwnRange) -> None:
        self._asks = own_range
        self._steps = (own_range.low_cue, own_range.high_cue, own_range.rest_cue)
        self._step = -1
        self._due_s = math.nan
        self._ends: list[float | None] = []
        self._heard: list[float] = []
        self._epochs: set[float] = set()
        self.over = False

    @property
    def found(self) -> Mapping[str, tuple[float, float]]:
        """The range by feature name; empty where none was shown."""
        if len(self._ends) < 2 or self._ends[0] is None or self._ends[1] is None:
            return {}
        low, high = self._ends[0], self._ends[1]
        if len(self._epochs) > 1:
            return {}
        return {self._asks.feature.name: (low, high)} if high - low >= self._asks.least else {}

    def interrupt(self) -> None:
        """The position was left: the last phrase is said again once it is taken."""
        if not self.over:
            self._step = max(-1, self._step - 1)
            self._due_s = math.nan
            self._heard.clear()

    def update(self, t_s: float, values: Mapping[str, float], *, moving: bool) -> Cue | None:
        """Takes one moment in the start position; gives the phrase that is due.

        Args:
            t_s: Time.
            values: The features.
            moving: Whether the limbs are on their way: that is no answer.
        """
        if self.over:
            return None
        if moving and self._step >= 0:
            self._due_s = max(self._due_s, t_s + TAKEN_S)
            self._heard.clear()
        if math.isnan(self._due_s):
            self._due_s = t_s + WAIT_S
        if self._step in (0, 1) and t_s >= self._due_s - TAKEN_S:
            self._hear(values)
        if t_s < self._due_s:
            return None
        if self._step in (0, 1):
            self._ends[self._step :] = [self._answer()]
        self._step += 1
        self._due_s = t_s + ANSWER_S
        self.over = self._step == len(self._steps) - 1
        return Cue(t_s, CueKind.SETUP, self._steps[self._step])

    def _hear(self, values: Mapping[str, float]) -> None:
        value = values[self._asks.feature.name]
        self._heard.append(value)
        if self._asks.epoch is not None and not math.isnan(value):
            self._epochs.add(values[self._asks.epoch.name])

    def _answer(self) -> float | None:
        seen = [value for value in self._heard if not math.isnan(value)]
        enough = len(seen) >= max(3.0, LEAST_SEEN * len(self._heard))
        self._heard.clear()
        return median(seen) if enough else None
