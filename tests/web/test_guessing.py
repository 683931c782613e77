"""Which exercise a clip shows: right or not told, never wrong."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from clips_web import CLIPS

from formcheck.evaluation.labels import LabelledClip, labelled_clips
from formcheck.guessing import LEAST_S, Evidence, decide, evidence_in, guess
from formcheck.judgement.registry import load_exercises
from formcheck.media.trace import read_trace
from formcheck.testing import Figure, observations, plank, report_of
from formcheck_rules.plank import PLANK

KNOWN = load_exercises()
TOO_LITTLE = {
    # One repetition, a plank from the front, and one in which no repetition counts.
    "glute_bridge/glute_bridge_front_good.mp4",
    "plank/front_view.mp4",
    "dead_bug/dead_bug_same_side.mp4",
}


def seen(
    exercise: str, seconds: float, count: int | None = None, *, enough: bool = True
) -> Evidence:
    return Evidence(exercise, exercise.title(), seconds, count, enough, f"{seconds:g} s")


@cache
def clips() -> tuple[LabelledClip, ...]:
    return tuple(labelled_clips(CLIPS))


@pytest.mark.parametrize("clip", clips(), ids=lambda clip: clip.name)
def test_committed_clips_are_guessed_right_or_not_at_all(clip: LabelledClip) -> None:
    trace = read_trace(Path(clip.path).with_suffix(".trace.npz"))
    found = guess(trace.observations, list(KNOWN.values()))
    told = clip.does in KNOWN and clip.name not in TOO_LITTLE
    assert found.exercise == (clip.does if told else None)
    assert found.sentence.endswith(".")
    if not told:
        assert "Choose the exercise" in found.sentence


def test_nothing_seen_is_no_guess() -> None:
    for found in ([], [seen("plank", 0.0, enough=False), seen("dead_bug", 0.0, 0, enough=False)]):
        told = decide(found)
        assert told.exercise is None
        assert told.sentence.startswith("None of the exercises")


def test_too_little_is_no_guess_but_tells_what_was_seen() -> None:
    told = decide([seen("plank", 1.0, enough=False), seen("dead_bug", 0.0, 0, enough=False)])
    assert told.exercise is None
    assert told.sentence.startswith("There is too little to guess from: 1 s, if it is")
    assert "“Plank”" in told.sentence


def test_two_exercises_in_a_clip_are_no_guess() -> None:
    told = decide([seen("plank", 20.0), seen("glute_bridge", 11.0, 4)])
    assert told.exercise is None
    assert "“Plank”" in told.sentence
    assert "“Glute_Bridge”" in told.sentence
    assert decide([seen("plank", 20.0), seen("glute_bridge", 9.0, 4)]).exercise == "plank"


def test_a_rival_that_was_not_done_enough_still_makes_it_doubtful() -> None:
    found = [seen("plank", 3.0), seen("glute_bridge", 5.0, 1, enough=False)]
    assert decide(found).exercise is None


@pytest.mark.parametrize(("held_s", "enough"), [(LEAST_S + 1.5, True), (LEAST_S - 0.4, False)])
def test_a_hold_counts_from_two_seconds_on(held_s: float, enough: bool) -> None:
    def figure(t_s: float) -> Figure:
        return plank(4.0)

    report = report_of(PLANK, observations(figure, held_s))
    evidence = evidence_in(report, PLANK)
    assert evidence.enough is enough
    assert evidence.count is None
