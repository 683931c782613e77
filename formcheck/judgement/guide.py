"""The spoken start routine of a live session, and help when the camera loses sight.

Someone who does floor exercises can't see or touch the screen, so everything is said: how to come
into view, when to get into position, a countdown to lie down by, the start and the end of the hold;
or when to begin, the count of the repetitions and the end of the set. Jumps are not counted aloud.
It listens to the engine's outputs and never changes them; a clip is judged the same with or without
it.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

from formcheck.judgement.rule import Exercise, HoldMovement, RepMovement
from formcheck.types import TAKE_POSITION, Cue, CueKind, Phase, StepOutput

SETTLE_S = 1.0
"""How long the view must be good, or bad in the same way, before anything is said about it."""

REPEAT_S = 8.0
"""Least time before the same advice, or the countdown, comes again."""

LIE_DOWN_S = 4.0
"""From the invitation to the countdown: time to lie down."""

COUNT_EVERY_S = 1.0

READY_S = 0.5
"""Someone who has been getting ready for so long needs no countdown any more."""

SHORT_HOLD_S = 2.0
"""The end of a hold that was shorter than this, after its start was said, is not worth a word."""

BLIND_S = 1.2
"""In a hold, help is given after so long without sight; the engine gives the hold up at 2 s."""

PHRASE_S = 1.3
COUNT_WORD_S = 0.6
"""Room that a phrase, or a word of the countdown, takes: what is said into it would be dropped."""

GET_READY = TAKE_POSITION
COUNTDOWN = ("Three", "Two", "One")
STARTS = "Hold starts now"
FINISHED = "Hold finished"
BEGIN = "Begin when you are ready"
SET_FINISHED = "Set finished"
NUMBERS = (
    *("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"),
    *("Eleven", "Twelve", "Thirteen", "Fourteen", "Fifteen"),
    *("Sixteen", "Seventeen", "Eighteen", "Nineteen", "Twenty"),
)
"""Repetitions are counted aloud up to the last of these."""

NUMBER_FRESH_S = 2.0
"""A number that can't be said this soon would be taken for the next one."""


class Guide(ABC):
    """Decides what is said around an exercise; feed it every step of a live session."""

    def __init__(self) -> None:
        self._watch = _Watch()
        self._said_s: dict[str, float] = {}
        self._free_s = -math.inf

    def update(self, step: StepOutput) -> Cue | None:
        """What to say at this moment, or None; the engine's own cue goes first."""
        self._watch.update(step)
        if step.cue is not None:
            self._free_s = step.t_s + PHRASE_S
            return step.cue
        if step.t_s < self._free_s:
            return None  # Nothing advances either: what can't be heard now is said later.
        text = self._next(step)
        if text is None:
            return None
        self._said_s[text] = step.t_s
        self._free_s = step.t_s + (COUNT_WORD_S if text in NUMBERS else PHRASE_S)
        return Cue(step.t_s, self._kind(text), text)

    @abstractmethod
    def _next(self, step: StepOutput) -> str | None:
        """What is due at this moment, when nothing else is being said."""

    def _kind(self, text: str) -> CueKind:
        """Why something is said."""
        del text
        return CueKind.SETUP

    def _unless_said(self, t_s: float, text: str) -> str | None:
        return None if t_s - self._said_s.get(text, -math.inf) < REPEAT_S else text

    def _lost_sight(self, t_s: float) -> str | None:
        """Help for someone who exercises and can't be seen."""
        blind = t_s - self._watch.blind_since_s >= BLIND_S
        return self._unless_said(t_s, self._watch.problem) if blind else None


class HoldGuide(Guide):
    """Counts down into a hold and tells its start and its end."""

    def __init__(self) -> None:
        super().__init__()
        self._countdown = _Countdown()
        self._started_s: float | None = None

    def _next(self, step: StepOutput) -> str | None:
        t_s, watch = step.t_s, self._watch
        if self._started_s is not None:
            return self._in_hold(step, self._started_s)
        if step.phase is Phase.HOLDING:
            self._started_s = t_s
            return STARTS
        if t_s - watch.ready_since_s >= READY_S:
            self._countdown.stop()
            return None
        if watch.problem:
            return self._advise(t_s)
        if t_s - watch.clear_since_s < SETTLE_S:
            return None
        return self._countdown.next(t_s) or self._invite(step)

    def _advise(self, t_s: float) -> str | None:
        """The view is bad: say how to mend it once that lasts, and start over after it."""
        if t_s - self._watch.problem_since_s < SETTLE_S:
            return None
        self._countdown = _Countdown()
        return self._unless_said(t_s, self._watch.problem)

    def _invite(self, step: StepOutput) -> str | None:
        """The view is good and nobody is in position: say so, and again from time to time."""
        if step.phase is not Phase.AWAY or self._countdown.running:
            return None
        text = self._unless_said(step.t_s, GET_READY)
        if text is not None:
            again_s = self._said_s.get(COUNTDOWN[0], -math.inf) + REPEAT_S
            self._countdown.start(max(step.t_s + LIE_DOWN_S, again_s))
        return text

    def _in_hold(self, step: StepOutput, started_s: float) -> str | None:
        if step.phase is Phase.HOLDING:
            return self._lost_sight(step.t_s)
        self._started_s = None
        self._countdown = _Countdown()
        if self._watch.held_s - started_s < SHORT_HOLD_S:
            return None
        self._said_s[GET_READY] = step.t_s  # A rest first.
        return FINISHED


class RepGuide(Guide):
    """Brings into position, says when to begin, counts aloud, and tells the end of a set.

    Args:
        last_request: The phrase that ends the engine's own set-up; nobody is told to begin before
            it was said. Empty: there is no set-up.
    """

    def __init__(self, last_request: str = "") -> None:
        super().__init__()
        self._last_request = last_request
        self._begun = False
        self._in_set = False
        self._reps = 0
        self._reps_before = 0
        self._number_s = -math.inf

    def update(self, step: StepOutput) -> Cue | None:
        """What to say at this moment, or None; the engine's own cue goes first."""
        if step.cue is not None and step.cue.text == self._last_request:
            self._last_request = ""
        if step.reps > self._reps:
            self._reps, self._number_s = step.reps, step.t_s
        return super().update(step)

    def _kind(self, text: str) -> CueKind:
        return CueKind.CLOCK if text in NUMBERS else CueKind.SETUP

    def _next(self, step: StepOutput) -> str | None:
        if step.phase.exercising:
            self._in_set = True
            return self._number(step.t_s) or self._begin(step) or self._lost_sight(step.t_s)
        if self._in_set:
            return self._end_set(step.t_s)
        watch, t_s = self._watch, step.t_s
        if watch.problem:
            lasting = t_s - watch.problem_since_s >= SETTLE_S
            return self._unless_said(t_s, watch.problem) if lasting else None
        if step.phase is not Phase.AWAY or t_s - watch.clear_since_s < SETTLE_S:
            return None
        return self._unless_said(t_s, GET_READY)

    def _number(self, t_s: float) -> str | None:
        """The number of a repetition that has just been counted; a late one is dropped."""
        fresh = t_s - self._number_s <= NUMBER_FRESH_S
        self._number_s = -math.inf
        return NUMBERS[self._reps - 1] if fresh and self._reps <= len(NUMBERS) else None

    def _begin(self, step: StepOutput) -> str | None:
        """Once a set, and not to someone who has begun."""
        if self._begun or self._last_request or step.reason is not None:
            return None
        self._begun = True
        return BEGIN if step.phase is Phase.READY else None

    def _end_set(self, t_s: float) -> str | None:
        self._in_set = self._begun = False
        made, self._reps_before = self._reps - self._reps_before, self._reps
        if made == 0:
            return None
        self._said_s[GET_READY] = t_s  # A rest first.
        return SET_FINISHED


class HopGuide(Guide):
    """Brings into view and says when to begin; then leaves the voice to the cues.

    Jumps come twice a second: they are counted on the screen. A miss is no end of anything, so
    nothing is said of it either.
    """

    def __init__(self) -> None:
        super().__init__()
        self._invited = False

    def _next(self, step: StepOutput) -> str | None:
        t_s, watch = step.t_s, self._watch
        if step.phase.exercising:
            self._invited = True  # Nobody who has begun is told to.
            return self._lost_sight(t_s)
        if watch.problem:
            if t_s - watch.problem_since_s < SETTLE_S:
                return None
            self._invited = False
            return self._unless_said(t_s, watch.problem)
        if self._invited or t_s - watch.clear_since_s < SETTLE_S:
            return None
        text = self._unless_said(t_s, BEGIN)
        self._invited = text is not None
        return text


def guide_for(exercise: Exercise) -> Guide:
    """The guide of a live session of an exercise."""
    if isinstance(exercise.movement, HoldMovement):
        return HoldGuide()
    if not isinstance(exercise.movement, RepMovement):
        return HopGuide()
    own = exercise.own_range
    return RepGuide("" if own is None else own.rest_cue)


class _Watch:
    """Since when things are as they are; infinity stands for "they are not"."""

    def __init__(self) -> None:
        self.ready_since_s = math.inf
        self.clear_since_s = math.inf
        self.blind_since_s = math.inf
        self.problem = ""
        self.problem_since_s = math.inf
        self.held_s = -math.inf

    def update(self, step: StepOutput) -> None:
        """Takes one step."""
        t_s, problem = step.t_s, _view_advice(step)
        away = step.phase is Phase.AWAY
        self.ready_since_s = math.inf if away else min(self.ready_since_s, t_s)
        self.clear_since_s = math.inf if problem else min(self.clear_since_s, t_s)
        self.blind_since_s = min(self.blind_since_s, t_s) if problem else math.inf
        if problem != self.problem:
            self.problem, self.problem_since_s = problem, t_s
        if step.judged and step.phase is Phase.HOLDING:
            self.held_s = t_s


class _Countdown:
    """Three, two, one: once, a second apart, unless it is no longer needed."""

    def __init__(self) -> None:
        self._count = 0
        self._due_s = math.inf

    @property
    def running(self) -> bool:
        """Whether some of it has been said and the rest is to come."""
        return self._count > 0 and not math.isinf(self._due_s)

    def start(self, first_s: float) -> None:
        """The first word comes at this time; a countdown that was said to its end stays silent."""
        if self._count < len(COUNTDOWN):
            self._count, self._due_s = 0, first_s

    def stop(self) -> None:
        """Cuts it short."""
        self._due_s = math.inf

    def next(self, t_s: float) -> str | None:
        """The word that is due."""
        if t_s < self._due_s:
            return None
        self._count += 1
        self._due_s = t_s + COUNT_EVERY_S if self._count < len(COUNTDOWN) else math.inf
        return COUNTDOWN[self._count - 1]


def _view_advice(step: StepOutput) -> str:
    """What to change about the view; empty when the person is seen well enough.

    An exercise may have view advice of its own ("I can't see you well" for a hidden arm), so what
    counts is the advice and not who gave it.
    """
    if step.reason is None or step.reason.advice == TAKE_POSITION:
        return ""
    return step.reason.advice
