"""The form score: 0 to 100 for every judged frame, by check and overall.

One check scores 100 inside its good band, falls in a straight line through the warning band to 50
at the fault limit, and reaches 0 one grey zone beyond it (:meth:`Limits.score`). The overall score
follows the worst check, weighted by its priority: ``100 − max(weight × (100 − score))``, so an
elbow out of place can't pull the score down as far as a sagging back. A frame that can't be judged
has no score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from formcheck.judgement.rule import Check
from formcheck.types import CheckState, Priority

WEIGHTS = {
    Priority.SAFETY: 1.0,
    Priority.SPINE: 1.0,
    Priority.KNEE_FOOT: 0.8,
    Priority.ARMS_HEAD: 0.6,
    Priority.TEMPO: 0.5,
}


def overall_score(checks: Sequence[Check], states: Mapping[str, CheckState]) -> float | None:
    """The overall score of one frame, or None when no check could be scored."""
    losses = []
    for check in checks:
        score = states[check.code].score
        if score is not None:
            losses.append(WEIGHTS[check.priority] * (100.0 - score))
    return 100.0 - max(losses) if losses else None


class WeightedMedian:
    """Time-weighted median of a score, to half a point, in constant memory."""

    __slots__ = ("_seconds",)

    _STEP = 0.5

    def __init__(self) -> None:
        self._seconds: list[float] = [0.0] * (round(100.0 / self._STEP) + 1)

    def add(self, score: float, dt_s: float) -> None:
        """Takes one score that lasted for ``dt_s``."""
        self._seconds[round(score / self._STEP)] += dt_s

    def value(self) -> float | None:
        """The median, or None when no time was added."""
        half = sum(self._seconds) / 2.0
        if half <= 0.0:
            return None
        passed = 0.0
        for index, seconds in enumerate(self._seconds):
            passed += seconds
            if passed >= half:
                return index * self._STEP
        return 100.0
