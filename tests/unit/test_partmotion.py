"""From the steps of many points, most of them wrong perhaps, to that of a part."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.perception.partmotion import affine_steps, common_step

ENDS = np.array([[90.0, 10.0], [0.0, 10.0]])
"""Ball and heel of a shoe that points to the right."""
LENGTH = 150.0


def shoe(n: int, seed: int = 1) -> tuple[np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(seed)
    return rng.uniform((0.0, 0.0), (90.0, 25.0), (n, 2)), rng


@pytest.mark.parametrize("step", [-7.3, -0.4, 0.0, 0.25, 3.0])
def test_a_step_that_all_share(step: float) -> None:
    steps = step + np.random.default_rng(1).normal(0.0, 0.1, 40)
    told = common_step(steps, step + 0.5)
    assert told.px == pytest.approx(step, abs=0.06)
    assert 0.01 < told.error_px < 0.06


@pytest.mark.parametrize("n_still", [20, 45])
def test_most_points_may_stand_still(n_still: int) -> None:
    """The landmarks say which of the two places is the body's."""
    rng = np.random.default_rng(2)
    steps = np.concatenate([rng.normal(0.0, 0.05, n_still), 4.0 + rng.normal(0.0, 0.1, 20)])
    assert common_step(steps, 3.2).px == pytest.approx(4.0, abs=0.08)
    assert common_step(steps, 0.3).px == pytest.approx(0.0, abs=0.05)


def test_without_a_place_near_the_guess_the_densest_counts() -> None:
    rng = np.random.default_rng(3)
    steps = np.concatenate([rng.normal(2.0, 0.1, 30), rng.uniform(-20.0, -5.0, 10)])
    assert common_step(steps, 11.0).px == pytest.approx(2.0, abs=0.1)


def test_few_or_scattered_points_tell_nothing() -> None:
    assert np.isnan(common_step(np.array([1.0, 1.0]), 1.0).px)
    assert np.isnan(common_step(np.zeros(0), 0.0).error_px)
    assert np.isnan(common_step(np.array([-9.0, -3.0, 0.0, 4.0, 11.0]), 0.0).px)


def test_the_error_shrinks_with_the_number() -> None:
    rng = np.random.default_rng(4)
    few, many = (common_step(rng.normal(1.0, 0.2, n), 1.0).error_px for n in (9, 90))
    assert few > 2.0 * many
    off = [common_step(rng.normal(1.0, 0.2, 20), 1.0) for _ in range(200)]
    z = np.array([(step.px - 1.0) / step.error_px for step in off])
    assert 0.6 < z.std() < 1.5


@pytest.mark.parametrize(("ball", "heel"), [(3.0, 3.0), (-2.0, 1.0), (0.3, -5.0), (-6.0, -6.0)])
def test_a_foot_that_moves_and_turns(ball: float, heel: float) -> None:
    places, rng = shoe(30)
    steps = heel + (ball - heel) * places[:, 0] / 90.0 + rng.normal(0.0, 0.08, 30)
    told = affine_steps(places, steps, ENDS, LENGTH)
    # The prior holds the turn back, by a tenth at most.
    slack = 0.08 + 0.07 * abs(ball - heel)
    assert told[0].px == pytest.approx(ball, abs=slack)
    assert told[1].px == pytest.approx(heel, abs=slack)
    assert abs(told[0].px - told[1].px) > 0.85 * abs(ball - heel) - 0.2
    assert all(0.0 < step.error_px < 0.15 for step in told)


def test_a_foot_that_flies_over_a_floor_that_stands() -> None:
    places, rng = shoe(40)
    flies = rng.random(40) < 0.5
    steps = np.where(flies, 3.0, 0.0) + rng.normal(0.0, 0.05, 40)
    for step in affine_steps(places, steps, ENDS, LENGTH):
        assert step.px == pytest.approx(3.0, abs=0.15)


def test_a_foot_that_turns_on_a_standing_ball_keeps_the_ball_still() -> None:
    """Its points at the ball stand still, as the floor does, and still count."""
    places, rng = shoe(40)
    steps = -4.0 * (1.0 - places[:, 0] / 90.0) + rng.normal(0.0, 0.05, 40)
    ball, heel = affine_steps(places, steps, ENDS, LENGTH)
    assert ball.px == pytest.approx(0.0, abs=0.35)
    assert heel.px == pytest.approx(-4.0, abs=0.35)


def test_a_standing_foot_stands() -> None:
    places, rng = shoe(40)
    for step in affine_steps(places, rng.normal(0.0, 0.05, 40), ENDS, LENGTH):
        assert step.px == pytest.approx(0.0, abs=0.06)


def test_wild_points_are_left_out() -> None:
    places, rng = shoe(40)
    steps = 2.0 + rng.normal(0.0, 0.05, 40)
    steps[:10] = rng.uniform(-15.0, 15.0, 10)
    for step in affine_steps(places, steps, ENDS, LENGTH):
        assert step.px == pytest.approx(2.0, abs=0.2)


def test_too_few_points_of_a_foot_tell_nothing() -> None:
    places, _ = shoe(4)
    for step in affine_steps(places, np.ones(4), ENDS, LENGTH):
        assert np.isnan(step.px)
        assert np.isnan(step.error_px)
    for step in affine_steps(np.zeros((0, 2)), np.zeros(0), ENDS, LENGTH):
        assert np.isnan(step.px)


def test_points_in_one_place_say_little_of_the_ends() -> None:
    """Far from where it was seen a foot is known less well."""
    places, rng = shoe(20)
    places[:, 0] = rng.uniform(0.0, 15.0, 20)
    ball, heel = affine_steps(places, 1.0 + rng.normal(0.0, 0.1, 20), ENDS, LENGTH)
    assert ball.error_px > 2.0 * heel.error_px
