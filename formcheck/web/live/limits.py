"""Whose limits a live session is judged by."""

from __future__ import annotations

from pathlib import Path

from formcheck.judgement.overrides import moved
from formcheck.judgement.rule import Exercise
from formcheck.presentation.rescored import told_limits
from formcheck.profiles import exercise_for, has_profile, load_profile

__all__ = ["as_judged", "told"]


def as_judged(exercise: Exercise, home: Path, profile: str) -> Exercise:
    """The exercise with the limits of a person; the rule's where none are kept.

    Args:
        exercise: As the rule has it.
        home: The app's folder.
        profile: Under which name their limits would be kept; empty: nobody in particular.

    Raises:
        InputError: they can't be read, or do not fit the rule any more.
    """
    if not profile or not has_profile(home, profile):
        return exercise
    return exercise_for(exercise, load_profile(home, profile))


def told(rule: Exercise, exercise: Exercise) -> tuple[str, ...]:
    """What of the rule is another for this person, one line a band."""
    return tuple(told_limits(moved(rule, exercise)))
