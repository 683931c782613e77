"""What was measured and judged over a whole session, moment by moment, as curves and stretches."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from formcheck.judgement.rule import Exercise, Feature
from formcheck.types import TAKE_POSITION, Finding, Level, Reason, StepOutput

__all__ = ["IDLE", "Stretch", "Timeline", "stretches"]

IDLE = "idle"
"""Nobody is exercising, and nothing is wrong with the view."""

_LONGEST_GAP_S = 1.0
"""A moment stands until the next one; where the clip has a longer hole than this, nothing does."""

_SHORTEST_S = 0.001
"""What ends within this of each other ends together."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time with one verdict.

    Attributes:
        start_s: When it begins.
        end_s: When it ends.
        level: ``good``, ``warn``, ``fault``, ``not_judged`` or ``idle``.
        why: Codes of the checks at that level, or why nothing was judged; may be empty.
    """

    start_s: float
    end_s: float
    level: str
    why: tuple[str, ...] = ()


class Timeline:
    """Collects what the engine says of every moment, in flat arrays.

    Args:
        exercise: Gives the columns: its features and its checks.

    Attributes:
        reasons: Why moments were not judged, by their place.
    """

    def __init__(self, exercise: Exercise) -> None:
        self._features = tuple(feature.name for feature in exercise.features)
        self._checks = tuple(
            check.code for check in exercise.checks if isinstance(check.measure, Feature)
        )
        self._columns = ("score", *self._features, *(f"{code}.value" for code in self._checks))
        self._t_s = array("d")
        self._judged = array("b")
        self._reason = array("H")
        self._values = array("f")
        self.reasons: list[Reason | None] = [None]

    def __len__(self) -> int:
        return len(self._t_s)

    def add(self, step: StepOutput) -> None:
        """Adds one moment."""
        self._t_s.append(step.t_s)
        self._judged.append(step.judged)
        self._reason.append(self._place(step.reason))
        self._values.append(_or_nan(step.score))
        self._values.extend([step.measures.get(name, math.nan) for name in self._features])
        for code in self._checks:
            state = step.checks.get(code)
            self._values.append(math.nan if state is None else _or_nan(state.value))

    def _place(self, reason: Reason | None) -> int:
        if self.reasons[-1] is not reason and reason not in self.reasons:
            self.reasons.append(reason)
        return self.reasons.index(reason)

    @property
    def t_s(self) -> NDArray[np.float64]:
        """float64 (n,), the time of every moment."""
        return np.array(self._t_s, np.float64)

    def values(self, name: str) -> NDArray[np.float64]:
        """One column over time: float64 (n,), NaN where it is not known.

        Args:
            name: ``score``, the name of a feature, or the code of a check that is judged from
                frame to frame with ``.value`` behind it: its measure as it was judged, less the
                user's own neutral where there is one.

        Raises:
            ValueError: there is no such column.
        """
        table = np.frombuffer(self._values, np.float32).reshape(-1, len(self._columns))
        return table[:, self._columns.index(name)].astype(np.float64)

    def judged(self) -> list[tuple[float, float, bool, Reason | None]]:
        """Runs of moments: (start, end, whether judged, why not), without overlap."""
        t_s = self._t_s
        runs: list[tuple[float, float, bool, Reason | None]] = []
        for i, start_s in enumerate(t_s):
            end_s = t_s[i + 1] if i + 1 < len(t_s) else start_s
            end_s = min(end_s, start_s + _LONGEST_GAP_S)
            judged, reason = bool(self._judged[i]), self.reasons[self._reason[i]]
            if runs and runs[-1][1] == start_s and runs[-1][2:] == (judged, reason):
                runs[-1] = (runs[-1][0], end_s, judged, reason)
            else:
                runs.append((start_s, end_s, judged, reason))
        return runs


def stretches(timeline: Timeline, findings: Sequence[Finding]) -> list[Stretch]:
    """The verdicts over time: findings where they are, good or a reason everywhere else.

    A finding begins when the measure passed the limit, not when it had lasted long enough to be
    said, so it may begin in what was shown as good during the session.

    Args:
        timeline: The session.
        findings: What was found in it.

    Returns:
        In order of time, without overlap; holes in the clip stay holes.
    """
    runs = timeline.judged()
    edges = sorted({edge for found in findings for edge in (found.start_s, found.end_s)})
    edges = [b for a, b in pairwise([-math.inf, *edges]) if b - a > _SHORTEST_S]
    cut: list[Stretch] = []
    for start_s, end_s, judged, reason in runs:
        inside = _between(edges, start_s, end_s)
        for first_s, last_s in zip([start_s, *inside], [*inside, end_s], strict=True):
            cut.append(_verdict(first_s, last_s, judged, reason, findings))
    return list(_joined(cut))


def _between(edges: Sequence[float], start_s: float, end_s: float) -> Sequence[float]:
    first, last = np.searchsorted(edges, [start_s, end_s], side="left")
    return [
        edge for edge in edges[first:last] if start_s + _SHORTEST_S < edge < end_s - _SHORTEST_S
    ]


def _verdict(
    start_s: float,
    end_s: float,
    judged: bool,
    reason: Reason | None,
    findings: Iterable[Finding],
) -> Stretch:
    middle_s = (start_s + end_s) / 2.0
    on = [found for found in findings if found.start_s <= middle_s <= found.end_s]
    if on:
        worst = max(found.level for found in on)
        codes = dict.fromkeys(found.check for found in on if found.level is worst)
        return Stretch(start_s, end_s, worst.name.lower(), tuple(codes))
    if judged:
        return Stretch(start_s, end_s, Level.GOOD.name.lower())
    if reason is None:
        return Stretch(start_s, end_s, IDLE)
    level = IDLE if reason.advice == TAKE_POSITION else Level.NOT_JUDGED.name.lower()
    return Stretch(start_s, end_s, level, (reason.text,))


def _joined(cut: Iterable[Stretch]) -> Iterable[Stretch]:
    """Neighbours that say the same become one; what lasts no time is dropped."""
    last: Stretch | None = None
    for one in cut:
        if one.end_s <= one.start_s:
            continue
        if last is None:
            last = one
        elif (last.end_s, last.level, last.why) == (one.start_s, one.level, one.why):
            last = Stretch(last.start_s, one.end_s, one.level, one.why)
        else:
            yield last
            last = one
    if last is not None:
        yield last


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
