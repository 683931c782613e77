"""Answers each picture of a live session with what was made of it."""

from __future__ import annotations

from collections.abc import Callable

from formcheck.judgement.rule import Exercise
from formcheck.presentation.signals import SignalLog
from formcheck.types import Cue, Frame, Observation, StepOutput
from formcheck.web.live.leaving import WARN_S, Leaving
from formcheck.web.live.moments import Moments
from formcheck.web.live.pictures import Picture

__all__ = ["LONGEST_S", "Answers"]

LONGEST_S = 3600.0
"""Nobody exercises for longer in front of one camera; a forgotten page must not run for ever."""


class Answers:
    """A sink that answers, and a speaker that lets the page speak.

    Args:
        exercise: What is judged.
        tell: Takes each message to the page; must not wait.
        stop: Ends the session, with the reason: "left" or "time".
        clock: Seconds, never running backwards.

    Attributes:
        signals: What was measured of every picture.
        dropped: How many pictures were dropped so far; kept up to date by who takes them.
    """

    def __init__(
        self,
        exercise: Exercise,
        tell: Callable[[str], None],
        stop: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        self.signals = SignalLog(exercise)
        self.dropped = 0
        self._tell = tell
        self._stop = stop
        self._clock = clock
        self._moments = Moments(exercise)
        self._leaving = Leaving()
        self._cue: Cue | None = None
        self._picture: Picture | None = None
        self._came_s = 0.0

    def expect(self, picture: Picture, came_s: float) -> None:
        """Says which picture is judged next, and when it came."""
        self._picture, self._came_s = picture, came_s

    def say(self, cue_text: str, *, urgent: bool = False) -> bool:
        """Nothing is played here: the cue goes to the page with its moment."""
        del cue_text, urgent
        return True

    def close(self) -> None:
        """There is no audio device to let go of."""

    def hear(self, cue: Cue) -> None:
        """Takes what is said at this moment; called before :meth:`write`."""
        self._cue = cue

    def write(self, frame: Frame, observation: Observation, step: StepOutput) -> None:
        """Answers the picture that was just judged."""
        del frame
        assert self._picture is not None
        cue, self._cue = self._cue, None
        self.signals.add(step)
        anybody = observation.pose is not None
        left_s = self._leaving.left_s(step.t_s, anybody=anybody, started=self._moments.started)
        extra = {
            "seq": self._picture.seq,
            "t_ms": self._picture.t_s * 1000.0,
            "leaving_s": round(max(0.0, left_s), 1) if left_s < WARN_S else None,
            "dropped": self.dropped,
            "server_ms": round((self._clock() - self._came_s) * 1000.0, 1),
        }
        self._tell(self._moments.tell(observation, step, cue, extra))
        if left_s <= 0.0:
            self._stop("left")
        elif step.t_s > LONGEST_S:
            self._stop("time")
