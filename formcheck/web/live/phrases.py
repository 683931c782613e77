"""What can be said in the browser: the shipped recordings, by name and by what they say."""

from __future__ import annotations

from formcheck.judgement.guide import (
    BEGIN,
    COUNTDOWN,
    FINISHED,
    GET_READY,
    NUMBERS,
    SET_FINISHED,
    STARTS,
)
from formcheck.judgement.rule import Exercise
from formcheck.presentation.voice import recording, recordings, slug

__all__ = ["VOICE_PATH", "phrases_for", "say_name"]

VOICE_PATH = "/formcheck/voice/"


def say_name(text: str) -> str | None:
    """The name of a phrase's recording, or None when there is none: it is shown only."""
    return slug(text) if recording(text) is not None else None


def phrases_for(exercise: Exercise) -> list[str]:
    """Names of the recordings that a session may need, those that come first in it first.

    All of them are loaded before a session begins: fetched when due, a cue would come late. The
    cues of an exercise lead, then all others: advice about the view is made in many places.
    """
    first = [GET_READY, *COUNTDOWN, STARTS, FINISHED, BEGIN, SET_FINISHED]
    first += [check.cue for check in exercise.checks]
    first += [*exercise.easier.values(), *NUMBERS]
    names = [name for text in first if (name := say_name(text)) is not None]
    return list(dict.fromkeys([*names, *recordings()]))
