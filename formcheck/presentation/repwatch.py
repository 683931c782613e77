"""What the panel says of repetitions, from the stream of steps: counts, sides, what just ended."""

from __future__ import annotations

from dataclasses import dataclass

from formcheck.judgement.rule import RepMovement
from formcheck.landmarks import Side
from formcheck.types import Cue, CueKind, Level, Phase, Rep, StepOutput

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
    Phase.JUMPING: "jumping",
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
        movement: Tells whether there are sides.
    """

    def __init__(self, movement: RepMovement) -> None:
        self._sided = all(track.side is not None for track in movement.tracks)
        self._of_side = dict.fromkeys(Side, 0)
        self._news: tuple[float, News] | None = None
        self._asked: Cue | None = None

    def update(self, step: StepOutput) -> RepView:
        """Takes one step, in order of time."""
        for rep in step.ended:
            if rep.counted and rep.side is not None:
                self._of_side[rep.side] += 1
            self._news = (step.t_s, _news(rep, step.reps))
        if step.cue is not None:
            self._asked = step.cue if step.cue.kind is CueKind.SETUP else None
        return RepView(
            reps=step.reps,
            sides=self._sides(step.reps),
            phase=PHASE_WORDS[step.phase],
            news=self._fresh_news(step.t_s),
            asked=self._fresh_request(step.t_s),
        )

    def _sides(self, counted: int) -> str:
        if not self._sided:
            return "repetition" if counted == 1 else "repetitions"
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


def _news(rep: Rep, counted: int) -> News:
    if rep.why_not is None:
        return News(f"Counted: {counted}", Level.GOOD)
    return News(f"Not counted: {rep.why_not.text}", Level.WARN)
