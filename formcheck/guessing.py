"""Which exercise a clip shows, or that it can't be told.

Every exercise's own engine judges what was seen; it starts no clock and counts nothing where its
position is not taken, so whoever is given seconds by one engine alone did that exercise. Where
nothing, too little, or more than one exercise is found, there is no guess: a wrong one would judge
a movement by another one's limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from formcheck.judgement.engine import Engine
from formcheck.judgement.rule import Exercise, HoldMovement, HopMovement
from formcheck.presentation import words
from formcheck.types import Observation, Report

__all__ = ["Evidence", "Guess", "decide", "evidence_in", "guess"]

LEAST_S = 2.0
"""As long as a body's own neutral takes: less of an exercise may be the way to another one."""
LEAST_REPS = 2
"""One movement up and down may be anything; two alike are an exercise."""
LEAST_JUMPS = 4
"""Fewer have no rhythm."""
MARGIN = 2.0
"""Whatever was done for half as long as the guess, or longer, makes it doubtful."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen of one exercise.

    Attributes:
        exercise: Its name.
        title: As people call it.
        seconds: For how long it was done: holds, or repetitions that count, or jumps.
        count: Repetitions that count, or jumps; None where it is held.
        enough: Whether that is enough for a guess.
        told: The same in words, e.g. "12.3 s held".
    """

    exercise: str
    title: str
    seconds: float
    count: int | None
    enough: bool
    told: str


@dataclass(frozen=True, slots=True)
class Guess:
    """Which exercise it is.

    Attributes:
        exercise: Its name, or None when it can't be told.
        sentence: The guess and what it rests on, or why there is none and what to do.
        evidence: Everything that was seen, the most first.
    """

    exercise: str | None
    sentence: str
    evidence: tuple[Evidence, ...]


def guess(observations: Iterable[Observation], exercises: Sequence[Exercise]) -> Guess:
    """Which of the exercises a clip shows.

    Args:
        observations: In order of time, with what any of the exercises needs (image motion for
            jumps).
        exercises: Those that can be guessed.
    """
    engines = [Engine(exercise) for exercise in exercises]
    for observation in observations:
        for engine in engines:
            engine.step(observation)
    return decide([evidence_in(engine.close(), engine.exercise) for engine in engines])


def evidence_in(report: Report, exercise: Exercise) -> Evidence:
    """What the engine of one exercise saw of it."""
    if isinstance(exercise.movement, HoldMovement):
        seconds, count = report.held_s, None
        enough, told = seconds >= LEAST_S, f"{words.seconds(seconds)} held"
    elif isinstance(exercise.movement, HopMovement):
        seconds = sum(bout.end_s - bout.start_s for bout in report.bouts)
        count = len(report.hops)
        enough, told = count >= LEAST_JUMPS, _counted(count, "jump")
    else:
        counted = [rep for rep in report.reps if rep.counted]
        seconds, count = sum(rep.end_s - rep.start_s for rep in counted), len(counted)
        enough, told = count >= LEAST_REPS, _counted(count, "repetition")
    enough = enough and seconds >= LEAST_S
    return Evidence(exercise.name, exercise.title, seconds, count, enough, told)


def decide(found: Sequence[Evidence]) -> Guess:
    """The guess that the evidence allows."""
    ranked = tuple(sorted(found, key=lambda e: (-e.enough, -e.seconds)))
    if not ranked or ranked[0].seconds <= 0.0:
        return Guess(
            None,
            "None of the exercises that formcheck knows was seen clearly enough to guess which one "
            "it is. Choose the exercise, and see where the camera should stand.",
            ranked,
        )
    first = ranked[0]
    if not first.enough:
        return Guess(
            None,
            f"There is too little to guess from: {first.told}, if it is the exercise "
            f"“{first.title}”. Choose the exercise.",
            ranked,
        )
    rival = max(ranked[1:], key=lambda e: e.seconds, default=None)
    if rival is not None and rival.seconds * MARGIN > first.seconds:
        return Guess(
            None,
            f"It could be “{first.title}” ({first.told}) or “{rival.title}” ({rival.told}). "
            "Choose the exercise, or cut the clip so that only one is in it.",
            ranked,
        )
    return Guess(first.exercise, f"Taken for “{first.title}”: {first.told}.", ranked)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
