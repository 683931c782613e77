"""The camera check: is somebody there, wholly, lit, from the right side, often enough."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum

from formcheck.judgement.rule import Exercise, View
from formcheck.kinematics.view import (
    MIN_LUMA,
    NOBODY,
    NOT_FRONT,
    NOT_SIDE,
    TOO_DARK,
    TOO_FAR,
    TOO_FEW_FRAMES,
)
from formcheck.types import Observation, StepOutput

__all__ = ["Checkup", "Point", "State"]

RATE_S = 2.0
"""The rate is that of so many seconds."""

LEAST_PER_S = 12.0
"""Frames a second: with fewer, quick repetitions and short faults can't be followed. Verdicts were
the same down to 15 frames a second with some of them lost (``docs/accuracy.md``)."""


class State(str, Enum):
    """How one point of the check stands."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the check.

    Attributes:
        name: For programs.
        title: What should be so, in words.
        state: Whether it is.
        advice: What to do about it; empty unless it is bad.
    """

    name: str
    title: str
    state: State
    advice: str = ""


class Checkup:
    """Follows the steps of a live session and says how the camera's picture stands.

    A point that can't be told from this picture, e.g. the view of somebody who is not there, is
    unknown, not good.

    Args:
        exercise: Tells where the camera should stand.
    """

    def __init__(self, exercise: Exercise) -> None:
        self._view_title = _view_title(exercise)
        self._times_s: deque[float] = deque()

    def update(self, observation: Observation, step: StepOutput) -> tuple[Point, ...]:
        """Takes one moment, in order of time."""
        reason = step.reason
        code = "" if reason is None else reason.code
        seen = observation.pose is not None
        dark = observation.luma < MIN_LUMA
        cut = code == TOO_FAR.code or code.endswith("-out-of-frame")
        turned = code in (NOT_SIDE.code, NOT_FRONT.code)
        advice = "" if reason is None else reason.advice
        return (
            _point("light", "Enough light", good=not dark, advice=TOO_DARK.advice),
            _point(
                "person", "You are in the picture", good=seen, known=not dark, advice=NOBODY.advice
            ),
            _point(
                "framing", "Your whole body is in view", good=not cut, known=seen, advice=advice
            ),
            _point(
                "view", self._view_title, good=not turned, known=seen and not cut, advice=advice
            ),
            self._rate(step.t_s),
        )

    def _rate(self, t_s: float) -> Point:
        times_s = self._times_s
        times_s.append(t_s)
        while times_s[0] < t_s - RATE_S:
            times_s.popleft()
        spanned_s = t_s - times_s[0]
        known = spanned_s >= RATE_S / 2
        per_s = (len(times_s) - 1) / spanned_s if known else 0.0
        return _point(
            "rate",
            "Enough pictures a second",
            good=per_s >= LEAST_PER_S,
            known=known,
            advice=TOO_FEW_FRAMES.advice,
        )


def _point(name: str, title: str, *, good: bool, advice: str, known: bool = True) -> Point:
    if not known:
        return Point(name, title, State.UNKNOWN)
    return Point(name, title, State.GOOD) if good else Point(name, title, State.BAD, advice)


def _view_title(exercise: Exercise) -> str:
    views = [view for view in (exercise.view, exercise.other_view) if view is not None]
    if exercise.any_view:
        return "The camera stands well"
    words = {View.SIDE: "side", View.FRONT: "front"}
    return f"Seen from the {' or the '.join(words[view] for view in views)}"
