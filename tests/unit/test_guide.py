"""The spoken start routine."""

from __future__ import annotations

from formcheck_rules.plank import PLANK

from formcheck.judgement.engine import Engine
from formcheck.judgement.guide import Guide
from formcheck.landmarks import Joint
from formcheck.testing import Figure, Scene, observations, plank, standing


def spoken(figure_at: object, seconds: float, scene: object = None) -> list[tuple[float, str]]:
    engine, guide = Engine(PLANK), Guide()
    said = []
    for seen in observations(figure_at, seconds, scene=scene):  # type: ignore[arg-type]
        cue = guide.update(engine.step(seen))
        if cue is not None:
            said.append((round(cue.t_s, 1), cue.text))
    return said


def test_someone_is_brought_into_view_counted_in_and_told_when_it_is_over() -> None:
    def figure(t_s: float) -> Figure | None:
        if t_s < 3.0:
            return None
        return plank(4.0) if 12.0 <= t_s < 24.0 else standing()

    texts = [text for _, text in spoken(figure, 28.0, Scene(height_px=480))]
    assert texts == [
        "Come into the picture",
        "Get into position",
        "Three",
        "Two",
        "One",
        "Hold starts now",
        "Good, ten seconds",
        "Hold finished",
    ]


def test_what_is_wrong_with_the_view_is_said_but_not_all_the_time() -> None:
    said = spoken(lambda t_s: plank(4.0), 20.0, Scene(yaw_deg=60.0))
    assert {text for _, text in said} == {"Turn side-on to me"}
    assert len(said) == 3
    feet = frozenset({Joint.ANKLE})
    said = spoken(lambda t_s: plank(4.0), 3.0, Scene(hidden=feet))
    assert [text for _, text in said] == ["I can't see you well"]
    said = spoken(lambda t_s: plank(4.0), 3.0, Scene(width_px=300))
    assert [text for _, text in said] == ["Step back until I see your feet"]


def test_a_correction_goes_before_the_countdown() -> None:
    texts = [text for _, text in spoken(lambda t_s: plank(-20.0), 4.0)]
    assert texts[0] == "Three"
    assert "Lift your hips" in texts


def test_sight_lost_in_a_hold_is_told_after_a_while() -> None:
    def scene(t_s: float) -> Scene:
        return Scene(hidden=frozenset({Joint.HIP}) if t_s >= 7.0 else frozenset())

    said = spoken(lambda t_s: plank(4.0), 9.0, scene)
    assert "I can't see you well" not in [text for t_s, text in said if t_s < 9.0]
