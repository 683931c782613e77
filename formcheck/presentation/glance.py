"""What is shown of one moment at a glance, on an annotated picture and in a live page alike."""

from __future__ import annotations

import math
from dataclasses import dataclass

from formcheck.judgement.rule import Check, Exercise, Feature, RepMovement
from formcheck.presentation.hops import is_jumped
from formcheck.presentation.hopwatch import HopView, HopWatch
from formcheck.presentation.repwatch import RepView, RepWatch
from formcheck.presentation.words import main_value, signed
from formcheck.types import CueKind, Level, Phase, StepOutput

__all__ = ["Clock", "Glance", "Message", "View", "main_label", "main_level", "message"]

_SCORE_TIME_S = 0.3

_WAITING = {
    Phase.AWAY: "Waiting for the position",
    Phase.GETTING_READY: "Getting ready",
    Phase.HOLDING: "Holding",
    Phase.READY: "Ready",
    Phase.OUT: "Going out",
    Phase.TOP: "At the top",
    Phase.BACK: "Coming back",
    Phase.JUMPING: "Jumping",
}

_CUE_LEVEL = {CueKind.CORRECT: Level.FAULT, CueKind.EASIER: Level.FAULT, CueKind.PRAISE: Level.GOOD}


@dataclass(frozen=True, slots=True)
class Message:
    """What there is to say.

    Attributes:
        text: The words.
        level: The sign beside them, or None for a neutral one.
        strong: A cue: large and on a raised ground.
    """

    text: str
    level: Level | None
    strong: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """The number that is watched: seconds in good form, repetitions, or jumps.

    Attributes:
        number: It, with its unit where it has one.
        title: What it counts, or the last height.
        note: What else there is of it: seconds held, the phase, the cadence.
        level: The sign that it lights up with, or None.
    """

    number: str
    title: str
    note: str
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class View:
    """One moment.

    Attributes:
        clock: The number that is watched.
        message: What there is to say.
        score: Form score for the eye, 0 to 100, or None when not judged, or before it has begun.
        level: The worst verdict at this moment.
    """

    clock: Clock
    message: Message
    score: int | None
    level: Level


class Glance:
    """Follows the steps of one clip or session.

    Args:
        exercise: Names the faults, and tells what is counted.
    """

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        movement = exercise.movement
        self._reps = RepWatch(movement) if isinstance(movement, RepMovement) else None
        self._hops = HopWatch() if is_jumped(exercise) else None
        self._score: float | None = None
        self._score_t_s = 0.0

    def update(self, step: StepOutput) -> View:
        """Takes one step, in order of time."""
        reps = None if self._reps is None else self._reps.update(step)
        hops = None if self._hops is None else self._hops.update(step)
        return View(
            clock=_clock(step, reps, hops),
            message=message(self._exercise, step, reps),
            score=self._smoothed(step),
            level=_worst_check(step)[1],
        )

    def _smoothed(self, step: StepOutput) -> int | None:
        """The score for the eye: a number that jumps with every frame can't be read."""
        # Somebody who gets into position is looked at already: that is no score yet.
        if step.score is None or not step.phase.exercising:
            self._score = None
            return None
        gone_s = max(0.0, step.t_s - self._score_t_s)
        self._score_t_s = step.t_s
        if self._score is None:
            self._score = step.score
        else:
            self._score += (step.score - self._score) * (1 - math.exp(-gone_s / _SCORE_TIME_S))
        return round(self._score)


def message(exercise: Exercise, step: StepOutput, reps: RepView | None = None) -> Message:
    """What to tell: the cue first, then why nothing is judged, then the verdict.

    Args:
        exercise: Names the faults.
        step: The moment.
        reps: In an exercise that is repeated: what has just ended or was asked for, ahead of all
            but the cue.
    """
    cue = step.shown_cue if step.shown_cue or reps is None else reps.asked
    if cue is not None:
        return Message(cue.text, _CUE_LEVEL.get(cue.kind), strong=True)
    if reps is not None and reps.news is not None:
        return Message(reps.news.text, reps.news.level, strong=False)
    if not step.judged and step.reason is not None:
        advice = f" – {step.reason.advice}" if step.reason.advice else ""
        return Message(f"Not judged: {step.reason.text}{advice}", Level.NOT_JUDGED, strong=False)
    code, level = _worst_check(step)
    if level >= Level.WARN and code is not None:
        return Message(exercise.check(code).title, level, strong=False)
    if level is Level.GOOD and step.phase.exercising:
        return Message("Good form", Level.GOOD, strong=False)
    return Message(_WAITING[step.phase], None, strong=False)


def main_label(exercise: Exercise, step: StepOutput) -> str:
    """The main measure as it is judged: from the user's own neutral once that is known.

    Empty when it was not measured.
    """
    main = exercise.main
    value = step.measures.get(main.name, math.nan)
    if not math.isfinite(value):
        return ""
    neutral = step.neutral.get(main.name)
    if neutral is None:
        return main_value(exercise, value)
    return f"{signed(value - neutral, main.unit)} from neutral"


def main_level(exercise: Exercise, step: StepOutput) -> Level:
    """The worst verdict among the checks on the main measure."""
    if not step.judged:
        return Level.NOT_JUDGED
    levels = [
        step.checks[check.code].level
        for check in exercise.checks
        if check.code in step.checks and _looks_at(check, exercise.main)
    ]
    return max(levels, default=Level.NOT_JUDGED)


def _clock(step: StepOutput, reps: RepView | None, hops: HopView | None) -> Clock:
    if hops is not None:  # No light: it would flicker twice a second.
        return Clock(str(hops.hops), hops.height, hops.cadence)
    if reps is not None:
        level = None if reps.news is None else reps.news.level
        return Clock(str(reps.reps), reps.sides, reps.phase, level)
    good_s, held_s = math.floor(step.good_form_s + 1e-6), math.floor(step.held_s + 1e-6)
    holding = held_s or step.phase is Phase.HOLDING
    return Clock(f"{good_s} s", "good form", f"{held_s} s held" if holding else "no hold yet")


def _worst_check(step: StepOutput) -> tuple[str | None, Level]:
    """The code and level of the check that is furthest out; (None, NOT_JUDGED) when none is."""
    if not step.judged:
        return None, Level.NOT_JUDGED
    found: tuple[str | None, Level] = (None, Level.NOT_JUDGED)
    for code, state in step.checks.items():
        if state.level > found[1]:
            found = (code, state.level)
    return found


def _looks_at(check: Check, feature: Feature) -> bool:
    """Whether a check judges a feature, from frame to frame, or once a repetition or jump."""
    if isinstance(check.measure, Feature):
        return check.measure is feature
    return feature in check.measure.features
