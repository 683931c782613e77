"""How a parameter runs in time: a start value and smooth changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a parameter.

    Attributes:
        at_s: when it sets in.
        over_s: how long it takes.
        to: the value it ends on.
    """

    at_s: float
    over_s: float
    to: float


@dataclass(frozen=True, slots=True)
class Course:
    """A parameter over time.

    Attributes:
        start: its first value.
        changes: the changes, in order, not overlapping.
    """

    start: float
    changes: tuple[Change, ...] = ()

    def at(self, t_s: float) -> float:
        """Returns the value at a time."""
        value = self.start
        for change in self.changes:
            share = ease((t_s - change.at_s) / change.over_s)
            value += (change.to - value) * share
        return value


def ease(share: float) -> float:
    """Returns 0..1 with a soft start and stop for 0..1."""
    return float(0.5 - 0.5 * np.cos(np.pi * np.clip(share, 0.0, 1.0)))
