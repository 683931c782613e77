"""The spoken start routine."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from formcheck.judgement.engine import Engine
from formcheck.judgement.guide import FINISHED, GET_READY, PHRASE_S, STARTS, Guide
from formcheck.landmarks import Joint
from formcheck.testing import Figure, Scene, observations, plank, standing
from formcheck.types import TAKE_POSITION, Cue, CueKind, Phase, Reason, StepOutput
from formcheck_rules.plank import PLANK

HIDDEN = Reason("hips-hidden", "your hips are hidden", "I can't see you well")
STANDING = Reason("not-in-position", "not a plank: you are standing", TAKE_POSITION)


def spoken(figure_at: object, seconds: float, scene: object = None) -> list[tuple[float, str]]:
    engine, guide = Engine(PLANK), Guide()
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

    def __init__(self) -> None:
        self.guide = Guide()
        self.said: list[tuple[float, str]] = []
        self.t_s = 0.0

    def go(
        self, seconds: float, phase: Phase, reason: Reason | None = None, cue: Cue | None = None
    ) -> Session:
        for _ in range(round(seconds * 10)):
            cue_now = self.guide.update(step(self.t_s, phase, reason, cue))
            if cue_now is not None:
                self.said.append((round(self.t_s, 1), cue_now.text))
            self.t_s += 0.1
        return self

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
    engine, guide = Engine(PLANK), Guide()
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
