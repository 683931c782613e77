"""The spoken start routine."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import rep_samples

from formcheck.judgement.engine import Engine
from formcheck.judgement.guide import (
    BEGIN,
    FINISHED,
    GET_READY,
    NUMBERS,
    PHRASE_S,
    SET_FINISHED,
    STARTS,
    Guide,
    HoldGuide,
    RepGuide,
    guide_for,
)
from formcheck.landmarks import Joint
from formcheck.testing import Figure, Scene, observations, plank, standing
from formcheck.types import TAKE_POSITION, Cue, CueKind, Phase, Reason, StepOutput
from formcheck_rules.plank import PLANK

HIDDEN = Reason("hips-hidden", "your hips are hidden", "I can't see you well")
STANDING = Reason("not-in-position", "not a plank: you are standing", TAKE_POSITION)


def spoken(figure_at: object, seconds: float, scene: object = None) -> list[tuple[float, str]]:
    engine, guide = Engine(PLANK), HoldGuide()
    said = []
    for seen in observations(figure_at, seconds, scene=scene):  # type: ignore[arg-type]
        cue = guide.update(engine.step(seen))
        if cue is not None:
            said.append((round(cue.t_s, 1), cue.text))
    return said


def step(
    t_s: float, phase: Phase = Phase.AWAY, reason: Reason | None = None, cue: Cue | None = None
) -> StepOutput:
    (seen,) = observations(lambda t_s: None, 1 / 30)
    blank = Engine(PLANK).step(seen)
    return replace(blank, t_s=t_s, phase=phase, judged=reason is None, reason=reason, cue=cue)


class Session:
    """A guide and what it said, driven by phases and reasons alone."""

    def __init__(self, guide: Guide | None = None) -> None:
        self.guide = guide or HoldGuide()
        self.said: list[tuple[float, str]] = []
        self.kinds: dict[str, CueKind] = {}
        self.t_s = 0.0
        self.reps = 0

    def go(
        self, seconds: float, phase: Phase, reason: Reason | None = None, cue: Cue | None = None
    ) -> Session:
        for _ in range(round(seconds * 10)):
            now = replace(step(self.t_s, phase, reason, cue), reps=self.reps)
            cue_now = self.guide.update(now)
            if cue_now is not None:
                self.said.append((round(self.t_s, 1), cue_now.text))
                self.kinds[cue_now.text] = cue_now.kind
            self.t_s += 0.1
        return self

    def rep(self, cue: Cue | None = None, *, counted: bool = True) -> Session:
        """Three seconds of a repetition; the cue comes at the moment at which it is over."""
        self.go(1.0, Phase.OUT).go(1.0, Phase.TOP).go(1.0, Phase.BACK)
        self.reps += counted
        return self.go(0.1, Phase.READY, cue=cue)

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.said]


def test_someone_is_brought_into_view_counted_in_and_told_when_it_is_over() -> None:
    def figure(t_s: float) -> Figure | None:
        if t_s < 3.0:
            return None
        return plank(4.0) if 12.0 <= t_s < 24.0 else standing()

    said = spoken(figure, 28.0, Scene(height_px=480))
    assert [text for _, text in said] == [
        "Come into the picture",
        "Get into position",
        "Three",
        "Two",
        "One",
        "Hold starts now",
        "Good, ten seconds",
        "Hold finished",
    ]
    at = {text: t_s for t_s, text in said}
    assert at["Three"] - at["Get into position"] == pytest.approx(4.0, abs=0.2)
    assert at["One"] - at["Three"] == pytest.approx(2.0, abs=0.2)


def test_the_start_is_said_when_the_hold_is_confirmed_and_not_seconds_later() -> None:
    engine, guide = Engine(PLANK), HoldGuide()
    for seen in observations(lambda t_s: plank(4.0), 4.0):
        now = engine.step(seen)
        cue = guide.update(now)
        if cue is not None:
            assert cue.text == STARTS
            assert now.held_s < 1.5
            return
    pytest.fail("nothing was said")


def test_who_takes_the_position_early_cuts_the_countdown_short() -> None:
    session = Session().go(5.5, Phase.AWAY, STANDING)
    assert session.texts == [GET_READY, "Three"]
    session.go(1.0, Phase.GETTING_READY).go(3.0, Phase.HOLDING)
    assert session.texts == [GET_READY, "Three", STARTS]


def test_a_flicker_of_getting_ready_says_nothing_and_nothing_is_counted_twice() -> None:
    session = Session()
    for _ in range(12):
        session.go(0.2, Phase.GETTING_READY).go(1.3, Phase.AWAY, STANDING)
    assert session.texts.count("Three") == 1
    assert session.texts.count(STARTS) == 0
    times = [t_s for t_s, text in session.said if text == GET_READY]
    assert all(later - sooner >= 8.0 for sooner, later in itertools.pairwise(times))


def test_the_countdown_comes_again_after_eight_seconds_at_the_soonest() -> None:
    session = Session().go(5.5, Phase.AWAY, STANDING).go(1.5, Phase.AWAY, HIDDEN)
    session.go(30.0, Phase.AWAY, STANDING)
    times = [t_s for t_s, text in session.said if text == "Three"]
    assert len(times) == 2
    assert times[1] - times[0] >= 8.0


def test_what_is_wrong_with_the_view_is_said_but_not_all_the_time() -> None:
    said = spoken(lambda t_s: plank(4.0), 20.0, Scene(yaw_deg=60.0))
    assert {text for _, text in said} == {"Turn side-on to me"}
    assert len(said) == 3
    feet = frozenset({Joint.ANKLE})
    said = spoken(lambda t_s: plank(4.0), 3.0, Scene(hidden=feet))
    assert [text for _, text in said] == ["I can't see you well"]
    said = spoken(lambda t_s: plank(4.0), 3.0, Scene(width_px=300))
    assert [text for _, text in said] == ["Step back until I see your feet"]


def test_the_engines_cue_goes_first_and_the_guide_says_its_own_when_there_is_room() -> None:
    correction = Cue(1.0, CueKind.CORRECT, "Lift your hips", "hips-sag")
    session = Session().go(1.0, Phase.GETTING_READY)
    session.go(0.1, Phase.HOLDING, cue=correction).go(3.0, Phase.HOLDING)
    assert session.texts == ["Lift your hips", STARTS]
    assert session.said[1][0] - session.said[0][0] == pytest.approx(PHRASE_S, abs=0.11)


def test_the_end_of_a_hold_that_hardly_began_is_not_announced() -> None:
    session = Session().go(1.0, Phase.GETTING_READY).go(1.8, Phase.HOLDING)
    session.go(3.0, Phase.AWAY, STANDING)
    assert FINISHED not in session.texts
    session = Session().go(1.0, Phase.GETTING_READY).go(2.5, Phase.HOLDING)
    session.go(3.0, Phase.AWAY, STANDING)
    assert session.texts == [STARTS, FINISHED]


def test_sight_lost_in_a_hold_is_told_before_the_hold_is_given_up() -> None:
    def scene(t_s: float) -> Scene:
        return Scene(hidden=frozenset({Joint.HIP}) if t_s >= 7.0 else frozenset())

    said = spoken(lambda t_s: plank(4.0), 12.0, scene)
    (help_s,) = (t_s for t_s, text in said if text == "I can't see you well")
    (end_s,) = (t_s for t_s, text in said if text == FINISHED)
    assert 8.0 < help_s < end_s


def test_a_moment_without_sight_in_a_hold_is_no_reason_to_speak() -> None:
    def scene(t_s: float) -> Scene:
        return Scene(hidden=frozenset({Joint.HIP}) if 5.0 <= t_s < 5.8 else frozenset())

    assert [text for _, text in spoken(lambda t_s: plank(4.0), 8.0, scene)] == [STARTS]


def test_the_rules_say_what_the_guide_understands() -> None:
    (seen,) = observations(lambda t_s: standing(), 1 / 30, scene=Scene(height_px=480))
    reason = Engine(PLANK).step(seen).reason
    assert reason is not None
    assert reason.advice == TAKE_POSITION


# Repetitions


def test_a_set_is_begun_counted_and_ended_aloud() -> None:
    session = Session(RepGuide()).go(3.0, Phase.AWAY, STANDING).go(6.0, Phase.GETTING_READY)
    session.go(2.0, Phase.READY).rep().rep().go(2.0, Phase.READY).go(5.0, Phase.AWAY, STANDING)
    assert session.texts == [GET_READY, BEGIN, "One", "Two", SET_FINISHED]
    assert session.kinds["Two"] is CueKind.CLOCK
    assert session.kinds[BEGIN] is CueKind.SETUP


def test_there_is_no_countdown_into_repetitions() -> None:
    session = Session(RepGuide()).go(20.0, Phase.AWAY, STANDING)
    assert set(session.texts) == {GET_READY}


def test_who_begins_at_once_is_not_told_to_begin() -> None:
    session = Session(RepGuide()).go(1.0, Phase.OUT).go(2.0, Phase.READY)
    assert BEGIN not in session.texts


def test_begin_comes_once_a_set_and_again_in_the_next_one() -> None:
    session = Session(RepGuide()).go(30.0, Phase.READY)
    assert session.texts == [BEGIN]
    session.rep().go(5.0, Phase.AWAY, STANDING).go(10.0, Phase.READY)
    assert session.texts == [BEGIN, "One", SET_FINISHED, BEGIN]


def test_nobody_is_told_to_begin_before_the_set_up_is_over() -> None:
    last = Cue(0.0, CueKind.SETUP, "And rest")
    session = Session(RepGuide("And rest"))
    session.go(1.5, Phase.READY).go(
        0.1, Phase.READY, cue=Cue(0.0, CueKind.SETUP, "Now let it arch")
    )
    session.go(5.0, Phase.READY)
    assert session.texts == ["Now let it arch"]
    session.go(0.1, Phase.READY, cue=last).go(3.0, Phase.READY)
    assert session.texts[1:] == ["And rest", BEGIN]
    assert session.said[2][0] - session.said[1][0] == pytest.approx(PHRASE_S, abs=0.11)


def test_a_repetition_is_not_counted_aloud_over_a_correction() -> None:
    correction = Cue(1.0, CueKind.CORRECT, "Press your lower back down", "back-lift")
    session = Session(RepGuide()).go(2.0, Phase.READY).rep().rep(correction).rep()
    assert session.texts == [BEGIN, "One", "Press your lower back down", "Two", "Three"]


def test_a_number_that_would_come_late_is_dropped() -> None:
    correction = Cue(1.0, CueKind.CORRECT, "Press your lower back down", "back-lift")
    session = Session(RepGuide()).go(2.0, Phase.READY).go(1.0, Phase.BACK)
    session.go(0.1, Phase.BACK, cue=correction)
    session.reps = 1
    session.go(1.1, Phase.READY)
    session.go(0.1, Phase.READY, cue=correction)
    session.go(3.0, Phase.READY)
    assert session.texts == [BEGIN, "Press your lower back down", "Press your lower back down"]


def test_a_number_waits_for_the_end_of_a_phrase_when_that_is_soon() -> None:
    correction = Cue(1.0, CueKind.CORRECT, "Press your lower back down", "back-lift")
    session = Session(RepGuide()).go(2.0, Phase.READY).go(0.1, Phase.BACK, cue=correction)
    session.go(0.8, Phase.BACK)
    session.reps = 1
    session.go(2.0, Phase.READY)
    assert session.texts == [BEGIN, "Press your lower back down", "One"]
    assert session.said[2][0] - session.said[1][0] == pytest.approx(PHRASE_S, abs=0.11)


def test_what_does_not_count_is_not_counted_aloud() -> None:
    session = Session(RepGuide()).go(2.0, Phase.READY).rep(counted=False).rep()
    assert session.texts == [BEGIN, "One"]


def test_it_counts_to_twenty_and_then_in_silence() -> None:
    session = Session(RepGuide()).go(2.0, Phase.READY)
    for _ in range(22):
        session.rep()
    assert session.texts[1:] == list(NUMBERS)
    assert len(set(NUMBERS)) == 20


def test_a_set_without_a_repetition_is_not_announced_as_finished() -> None:
    session = Session(RepGuide()).go(4.0, Phase.READY).rep(counted=False)
    session.go(3.0, Phase.AWAY, STANDING)
    assert SET_FINISHED not in session.texts


def test_sight_lost_in_a_set_is_told() -> None:
    session = Session(RepGuide()).go(4.0, Phase.READY).go(0.8, Phase.READY, HIDDEN)
    assert session.texts == [BEGIN]
    session.go(1.0, Phase.READY, HIDDEN)
    assert session.texts == [BEGIN, "I can't see you well"]


def test_repetitions_are_brought_into_view_like_holds() -> None:
    session = Session(RepGuide()).go(5.0, Phase.AWAY, HIDDEN).go(3.0, Phase.AWAY, STANDING)
    assert session.texts == ["I can't see you well", GET_READY]


def test_every_exercise_gets_its_guide() -> None:
    assert isinstance(guide_for(PLANK), HoldGuide)
    with_set_up = Session(guide_for(rep_samples.EXERCISE)).go(10.0, Phase.READY)
    assert with_set_up.texts == []  # Waits for the last phrase of the set-up.
    without = Session(guide_for(replace(rep_samples.EXERCISE, own_range=None)))
    assert without.go(10.0, Phase.READY).texts == [BEGIN]
