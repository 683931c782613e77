"""What the panel says of jumps, from the stream of steps: count, last height, cadence."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from formcheck.presentation import words
from formcheck.types import Hop, StepOutput

__all__ = ["HopView", "HopWatch"]

_LAST = 8
"""The cadence is that of so many jumps."""

_LEAST = 4
"""With fewer a cadence says nothing."""

_BREAK_S = 1.2
"""A longer time between two landings is a miss or a pause."""


@dataclass(frozen=True, slots=True)
class HopView:
    """What is shown at one moment.

    Attributes:
        hops: Jumps counted so far.
        height: The last height with its range, e.g. "3.4 cm (2.5–4.3)", or "jumps".
        cadence: E.g. "125 per min", or the phase in words.
    """

    hops: int
    height: str
    cadence: str


class HopWatch:
    """Follows the steps of one clip."""

    def __init__(self) -> None:
        self._landings_s: deque[float] = deque(maxlen=_LAST + 1)
        self._height = ""

    def update(self, step: StepOutput) -> HopView:
        """Takes one step, in order of time."""
        for hop in step.landed:
            if self._landings_s and hop.landing_s - self._landings_s[-1] > _BREAK_S:
                self._landings_s.clear()
            self._landings_s.append(hop.landing_s)
            self._height = _height(hop)
        return HopView(
            hops=step.hops,
            height=self._height or ("jump" if step.hops == 1 else "jumps"),
            cadence=self._cadence(step.t_s) or _PHASES.get(step.phase.value, step.phase.value),
        )

    def _cadence(self, t_s: float) -> str:
        """The rate of the last jumps; gone a while after the last of them."""
        landings_s = self._landings_s
        if len(landings_s) < _LEAST or t_s - landings_s[-1] > 2.0 * _BREAK_S:
            return ""
        period_s = median(later - sooner for sooner, later in pairwise(landings_s))
        return words.with_unit(60.0 / period_s, "per_min") if period_s > 0.0 else ""


_PHASES = {"away": "not jumping"}


def _height(hop: Hop) -> str:
    if "height_cm" not in hop.values:
        return "height not judged"
    value, error = hop.values["height_cm"], hop.errors.get("height_cm")
    shown = words.with_unit(value, "cm")
    if error is None:
        return shown
    ends = (words.number(end, 1) for end in (max(0.0, value - error), value + error))
    return f"{shown} ({'–'.join(ends)})"
