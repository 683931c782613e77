"""What the panel says of repetitions, from the stream of steps: counts, sides, what just ended."""

from __future__ import annotations

import math
from dataclasses import dataclass

from formcheck.judgement.rule import Exercise, RepMovement
from formcheck.landmarks import Side
from formcheck.presentation.reps import MOVING
from formcheck.types import Cue, CueKind, Level, Phase, StepOutput

__all__ = ["News", "RepView", "RepWatch"]

COUNTED_S = 1.2
NOT_COUNTED_S = 2.5
"""How long the news of a repetition is shown; a reason takes longer to read."""

ASKED_S = 4.0
"""How long a request of the set-up is shown."""

PHASE_WORDS = {
    Phase.AWAY: "not in position",
    Phase.GETTING_READY: "getting ready",
    Phase.HOLDING: "holding",
    Phase.READY: "ready",
    Phase.OUT: "going out",
    Phase.TOP: "at the top",
    Phase.BACK: "coming back",
}


@dataclass(frozen=True, slots=True)
class News:
    """A repetition that has just ended.

    Attributes:
        text: What is said of it.
        level: The sign beside it.
    """

    text: str
    level: Level


@dataclass(frozen=True, slots=True)
class RepView:
    """What is shown at one moment.

    Attributes:
        reps: Repetitions counted so far.
        sides: "3 left, 2 right", or "repetitions" where there are no sides.
        phase: The phase in words.
        news: What has just ended, or None.
        asked: What the set-up has just asked for, or None.
    """

    reps: int
    sides: str
    phase: str
    news: News | None
    asked: Cue | None


class RepWatch:
    """Follows the steps of one clip.

    Args:
        exercise: Names the checks.
        movement: Its movement: tells the signals of the sides.
    """

    def __init__(self, exercise: Exercise, movement: RepMovement) -> None:
        self._exercise = exercise
        self._movement = movement
        self._reps = 0
        self._of_side = dict.fromkeys(Side, 0)
        self._travel = [_Travel() for _ in movement.tracks]
        self._moving = False
        self._news: tuple[float, News] | None = None
        self._asked: Cue | None = None

    def update(self, step: StepOutput) -> RepView:
        """Takes one step, in order of time."""
        for travel, track in zip(self._travel, self._movement.tracks, strict=True):
            travel.update(step.measures.get(track.signal.name, math.nan))
        if step.reps > self._reps:
            self._count(step)
        elif self._moving and step.phase is Phase.READY:
            self._came_back(step)
        self._moving = step.phase in MOVING
        if not self._moving:
            for travel in self._travel:
                travel.rest(forget=not step.phase.exercising)
        if step.cue is not None:
            self._asked = step.cue if step.cue.kind is CueKind.SETUP else None
        return RepView(
            reps=step.reps,
            sides=self._sides(),
            phase=PHASE_WORDS[step.phase],
            news=self._fresh_news(step.t_s),
            asked=self._fresh_request(step.t_s),
        )

    def _count(self, step: StepOutput) -> None:
        sizes = [travel.size for travel in self._travel]
        side = self._movement.tracks[sizes.index(max(sizes))].side
        if side is not None:
            self._of_side[side] += step.reps - self._reps
        self._reps = step.reps
        self._news = (step.t_s, News(f"Counted: {step.reps}", Level.GOOD))
        for travel in self._travel:  # The other leg may be under way already.
            travel.restart()

    def _came_back(self, step: StepOutput) -> None:
        """Back at the start and nothing was counted: told only of what went out far enough."""
        if max(travel.size for travel in self._travel) < self._movement.least:
            return
        void = [
            check.title.lower()
            for check in self._exercise.checks
            if check.voids and check.code in step.checks
            if step.checks[check.code].level is Level.FAULT
        ]
        self._news = (step.t_s, News(": ".join(["Not counted", *void[:1]]), Level.WARN))

    def _sides(self) -> str:
        if any(track.side is None for track in self._movement.tracks):
            return "repetitions"
        return f"{self._of_side[Side.LEFT]} left, {self._of_side[Side.RIGHT]} right"

    def _fresh_news(self, t_s: float) -> News | None:
        if self._news is None:
            return None
        told_s, news = self._news
        shown_s = COUNTED_S if news.level is Level.GOOD else NOT_COUNTED_S
        return news if t_s - told_s < shown_s else None

    def _fresh_request(self, t_s: float) -> Cue | None:
        asked = self._asked
        return asked if asked is not None and t_s - asked.t_s < ASKED_S else None


class _Travel:
    """How far one signal has gone since the last movement ended."""

    def __init__(self) -> None:
        self._rest = self._high = self._now = math.nan

    @property
    def size(self) -> float:
        """Between its ends; 0 while nothing was seen."""
        return 0.0 if math.isnan(self._high) else self._high - self._rest

    def update(self, value: float) -> None:
        """Takes one value; NaN where it isn't seen."""
        if math.isnan(value):
            return
        self._now = value
        if math.isnan(self._high):
            self._rest = self._high = value
        self._rest = min(self._rest, value)
        self._high = max(self._high, value)

    def rest(self, *, forget: bool) -> None:
        """Nothing moves: the lowest of the rest is where the next movement starts."""
        self._high = self._now
        if forget:
            self._rest = self._high = self._now = math.nan

    def restart(self) -> None:
        """What comes is another movement."""
        self._rest = self._high = self._now
