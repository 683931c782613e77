"""The spoken start routine of a live session, and help when the camera loses sight.

Someone who does floor exercises can't see or touch the screen, so everything is said: how to come
into view, when to get into position, a countdown, the end of the hold. It listens to the engine's
outputs and never changes them; a clip is judged the same with or without it.
"""

from __future__ import annotations

import math
from enum import Enum

from formcheck.types import Cue, CueKind, Phase, StepOutput

SETTLE_S = 1.0
"""How long the view must be good before anything is said about it."""

REPEAT_S = 8.0
"""Least time before the same advice comes again."""

BLIND_S = 3.0
"""In a hold, help is given only after so long without sight."""

GET_READY = "Get into position"
COUNTDOWN = ("Three", "Two", "One")
STARTS = "Hold starts now"
FINISHED = "Hold finished"


class _Stage(Enum):
    FRAMING = "framing"
    READY = "ready"
    COUNTING = "counting"
    HOLDING = "holding"


class Guide:
    """Decides what is said around a hold; feed it every step of a live session."""

    def __init__(self) -> None:
        self._stage = _Stage.FRAMING
        self._problem = ""
        self._problem_since_s = math.nan
        self._said_s: dict[str, float] = {}
        self._clear_since_s = math.nan
        self._count = 0
        self._count_s = math.nan

    def update(self, step: StepOutput) -> Cue | None:
        """What to say at this moment, or None; the engine's own cue goes first."""
        text = self._next(step)
        if step.cue is not None:
            return step.cue
        return None if text is None else Cue(step.t_s, CueKind.SETUP, text)

    def _next(self, step: StepOutput) -> str | None:
        if self._stage is _Stage.HOLDING:
            return self._in_hold(step)
        if self._stage is _Stage.COUNTING:
            return self._counting(step)
        if step.phase is not Phase.AWAY:
            self._stage, self._count, self._count_s = _Stage.COUNTING, 0, -math.inf
            return self._counting(step)
        advice = _view_advice(step)
        if advice:
            self._stage = _Stage.FRAMING
            return self._advise(step.t_s, advice, SETTLE_S)
        return self._framed(step.t_s)

    def _framed(self, t_s: float) -> str | None:
        """The view is good: say so once it lasts, and again from time to time."""
        self._problem = ""
        if self._stage is _Stage.FRAMING:
            self._stage, self._clear_since_s = _Stage.READY, t_s
        if t_s - self._clear_since_s < SETTLE_S:
            return None
        return self._say_again(t_s, GET_READY)

    def _counting(self, step: StepOutput) -> str | None:
        if step.phase is Phase.AWAY:
            self._stage, self._clear_since_s = _Stage.READY, step.t_s
            return None
        if step.t_s - self._count_s < 1.0:
            return None
        self._count_s = step.t_s
        if self._count < len(COUNTDOWN):
            self._count += 1
            return COUNTDOWN[self._count - 1]
        if step.phase is not Phase.HOLDING:
            return None
        self._stage = _Stage.HOLDING
        return STARTS

    def _in_hold(self, step: StepOutput) -> str | None:
        if step.phase is not Phase.HOLDING:
            self._stage, self._clear_since_s = _Stage.READY, step.t_s
            self._said_s[GET_READY] = step.t_s
            return FINISHED
        advice = _view_advice(step)
        if not advice:
            self._problem = ""
            return None
        return self._advise(step.t_s, advice, BLIND_S)

    def _advise(self, t_s: float, advice: str, after_s: float) -> str | None:
        if advice != self._problem:
            self._problem, self._problem_since_s = advice, t_s
        if t_s - self._problem_since_s < after_s:
            return None
        return self._say_again(t_s, advice)

    def _say_again(self, t_s: float, text: str) -> str | None:
        if t_s - self._said_s.get(text, -math.inf) < REPEAT_S:
            return None
        self._said_s[text] = t_s
        return text


def _view_advice(step: StepOutput) -> str:
    """What to change about the view; empty when the person is seen well enough."""
    reason = step.reason
    if reason is None or reason.advice == GET_READY:
        return ""
    return reason.advice
