"""``check_rule`` passes every shipped rule, and fails the wrong ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from formcheck.errors import RuleError
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.rule import Exercise
from formcheck.testing import (
    Fixture,
    Jumper,
    Person,
    Scene,
    bridge,
    check_rule,
    fixtures_from,
    hopping,
    observations,
    plank,
)
from formcheck_rules.plank import PLANK, SAG

CLIPS = Path(__file__).parents[2] / "test_videos"
EXERCISES = load_exercises()


@pytest.mark.parametrize("name", sorted(EXERCISES))
def test_every_shipped_rule_keeps_its_promises(name: str) -> None:
    drawn = {"hip_thrust": drawn_thrusts, "jump_rope": drawn_jumps}.get(name, list)
    check_rule(EXERCISES[name], [*fixtures_from(CLIPS / name, name), *drawn()])


def drawn_thrusts() -> list[Fixture]:
    """What the hip thrust shares with the bridge, whose clips show it, on skeletons."""
    return [
        thrusts("hips-over", top_line_deg=198.0),
        thrusts("feet-far", foot_distance=2.33),
        thrusts("feet-near", foot_distance=1.45),
        thrusts("heels-up", heel_up_deg=20.0),
        thrusts("hold-short", hold_s=0.1),
        thrusts("lowering-fast", down_s=0.35),
    ]


def drawn_jumps() -> list[Fixture]:
    """What no clip of skipping shows, on skeletons."""
    jumpers = {
        "uneven-landing": Jumper(azimuth_deg=0.0, offset_ms=100.0),
        "hands-off-hip": Jumper(azimuth_deg=0.0, hand_height_ratio=0.75),
        "unsteady-rhythm": Jumper(heights_cm=(3.0,) * 24, beat_sd_s=0.08, seed=5),
    }
    return [
        Fixture(f"drawn {code}", tuple(hopping(jumper)), frozenset({code}))
        for code, jumper in jumpers.items()
    ]


def thrusts(
    fault: str,
    *,
    top_line_deg: float = 176.0,
    hold_s: float = 2.2,
    down_s: float = 1.8,
    foot_distance: float = 1.85,
    heel_up_deg: float = 0.0,
) -> Fixture:
    """Three repetitions with one fault."""
    period_s = 1.5 + hold_s + down_s + 1.0

    def figure_at(t_s: float) -> Person:
        within_s = (t_s - 1.5) % period_s if t_s >= 1.5 else 0.0
        up = min(1.0, within_s / 1.5) - min(1.0, max(0.0, within_s - 1.5 - hold_s) / down_s)
        return bridge(
            125.0 + up * (top_line_deg - 125.0),
            foot_distance=foot_distance,
            heel_up_deg=heel_up_deg,
            bench=0.75,
        )

    scene = Scene(torso_px=100.0, height_px=480)
    seen = tuple(observations(figure_at, 1.5 + 3 * period_s, scene=scene))
    return Fixture(f"drawn {fault}", seen, frozenset({fault}))


def only_sag(**changes: object) -> Exercise:
    return replace(PLANK, checks=(replace(SAG, **changes),))  # type: ignore[arg-type]


def sag_fixtures() -> list[Fixture]:
    firing = tuple(observations(lambda t_s: plank(4.0 if t_s < 3.0 else -16.0), 7.0))
    silent = tuple(observations(lambda t_s: plank(4.0), 7.0))
    return [
        Fixture("firing", firing, frozenset({"hips-sag"})),
        Fixture("silent", silent, frozenset()),
    ]


def test_a_right_rule_passes() -> None:
    check_rule(only_sag(), sag_fixtures())


@pytest.mark.parametrize(
    ("exercise", "message"),
    [
        (replace(PLANK, checks=(SAG, SAG)), "two checks are called 'hips-sag'"),
        (replace(only_sag(), doc="What:\n"), "no section 'Evidence:'"),
        (only_sag(cue="Please lift both of your hips now"), "has not one to 6 words"),
        (only_sag(evidence=" "), "does not say its evidence"),
        (only_sag(code="HipsSag"), "not kebab-case"),
    ],
)
def test_a_wrong_card_is_named(exercise: Exercise, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        check_rule(exercise, sag_fixtures())


def test_missing_and_wrong_fixtures_are_named() -> None:
    with pytest.raises(RuleError, match="no fixture makes hips-sag fire"):
        check_rule(only_sag(), [])
    firing, silent = sag_fixtures()
    with pytest.raises(RuleError, match="silent: hips-sag does not fire"):
        check_rule(only_sag(), [firing, replace(silent, faults=frozenset({"hips-sag"}))])
    with pytest.raises(RuleError, match="firing: hips-sag fires"):
        check_rule(only_sag(), [replace(firing, faults=frozenset()), silent])


def test_a_check_that_was_never_judged_does_not_count_as_silent() -> None:
    firing, silent = sag_fixtures()
    short = replace(silent, observations=silent.observations[:15])
    with pytest.raises(RuleError, match="no fixture judges hips-sag and leaves it silent"):
        check_rule(only_sag(), [firing, short])
