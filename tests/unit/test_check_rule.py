"""``check_rule`` passes every shipped rule, and fails the wrong ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from formcheck.errors import RuleError
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.rule import Exercise
from formcheck.testing import Fixture, check_rule, fixtures_from, observations, plank
from formcheck_rules.plank import PLANK, SAG

CLIPS = Path(__file__).parents[2] / "test_videos"
EXERCISES = load_exercises()


@pytest.mark.parametrize("name", sorted(EXERCISES))
def test_every_shipped_rule_keeps_its_promises(name: str) -> None:
    check_rule(EXERCISES[name], fixtures_from(CLIPS / name, name))


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
