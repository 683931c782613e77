"""One signal that goes out and comes back: what is a repetition, and when it happened."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable

import pytest

from formcheck.judgement.repetition import RepTimes, RepTracker
from formcheck.judgement.rule import RepMovement, Track
from formcheck.kinematics.features import KNEE_DEG

MOVEMENT = RepMovement(
    position=lambda body: None, stance=lambda body: "", tracks=(Track(KNEE_DEG),), least=20.0
)


def least_jerk(share: float) -> float:
    x = min(1.0, max(0.0, share))
    return x**3 * (10.0 - 15.0 * x + 6.0 * x * x)


def one_rep(
    t_s: float, start_s: float, size: float, way_s: float = 2.0, top_s: float = 1.0
) -> float:
    out = least_jerk((t_s - start_s) / way_s)
    back = least_jerk((t_s - start_s - way_s - top_s) / way_s)
    return size * (out - back)


def followed(signal: Callable[[float], float], seconds: float, fps: float = 30.0) -> list[RepTimes]:
    tracker = RepTracker(MOVEMENT)
    over = [tracker.update(i / fps, signal(i / fps)) for i in range(round(seconds * fps))]
    return [times for times in over if times is not None]


@pytest.mark.parametrize("fps", [30.0, 15.0, 24.0, 60.0])
@pytest.mark.parametrize("way_s", [0.8, 2.0, 4.0])
def test_times_are_those_of_the_movement_at_every_frame_rate(fps: float, way_s: float) -> None:
    rng = random.Random(3)

    def signal(t_s: float) -> float:
        return 90.0 + one_rep(t_s, 2.0, 65.0, way_s, 1.2) + rng.gauss(0.0, 1.0)

    (rep,) = followed(signal, 5.0 + 2 * way_s, fps)
    assert rep.start_s == pytest.approx(2.0, abs=0.12 + 0.06 * way_s)
    # Back within a tenth of the way; the last quarter of a movement of least jerk is that slow.
    assert rep.end_s == pytest.approx(3.2 + 1.753 * way_s, abs=0.12 + 0.06 * way_s)
    # The top is the time within a tenth of the way: the last quarter of a movement of least jerk.
    assert rep.leave_s - rep.reach_s == pytest.approx(
        1.2 + 2 * 0.247 * way_s, abs=0.12 + 0.06 * way_s
    )
    assert rep.high - rep.low == pytest.approx(65.0, abs=4.0)


def test_every_repetition_of_a_set_counts_also_without_a_rest_between() -> None:
    reps = followed(
        lambda t_s: sum(one_rep(t_s, 1.0 + 1.6 * k, 40.0, 0.8, 0.0) for k in range(6)), 14.0
    )
    assert len(reps) == 6
    assert all(a.end_s <= b.start_s + 0.3 for a, b in itertools.pairwise(reps))


def test_a_pause_half_way_is_one_repetition() -> None:
    def signal(t_s: float) -> float:
        half = 25.0 * least_jerk(t_s - 1.0) + 25.0 * least_jerk(t_s - 4.0)
        return half - 50.0 * least_jerk((t_s - 6.0) / 2.0)

    assert len(followed(signal, 10.0)) == 1


def test_a_half_repetition_is_told_apart_from_the_usual_ones() -> None:
    sizes = [60.0, 62.0, 30.0, 61.0]
    reps = followed(
        lambda t_s: sum(one_rep(t_s, 1.0 + 5.0 * k, size) for k, size in enumerate(sizes)), 22.0
    )
    assert [rep.share < 0.6 for rep in reps] == [False, False, True, False]


@pytest.mark.parametrize("size", [4.0, 9.0])
def test_fidgeting_is_no_repetition(size: float) -> None:
    assert followed(lambda t_s: one_rep(t_s, 1.0, size, 0.5, 0.5), 6.0) == []


def test_a_twitch_is_too_short() -> None:
    assert followed(lambda t_s: one_rep(t_s, 1.0, 50.0, 0.15, 0.0), 6.0) == []


def test_who_stays_out_there_has_made_no_repetition() -> None:
    assert followed(lambda t_s: 60.0 * least_jerk(t_s - 1.0), 50.0) == []


def test_a_long_hold_at_the_top_is_one_repetition() -> None:
    (rep,) = followed(lambda t_s: one_rep(t_s, 1.0, 60.0, 1.5, 40.0), 48.0)
    assert rep.leave_s - rep.reach_s == pytest.approx(40.0 + 2 * 0.247 * 1.5, abs=0.3)


def test_an_overshoot_is_not_the_top() -> None:
    def signal(t_s: float) -> float:
        bump = 8.0 * math.exp(-(((t_s - 2.7) / 0.12) ** 2))
        return one_rep(t_s, 1.0, 60.0, 1.5, 2.2) + bump

    (rep,) = followed(signal, 8.0)
    assert rep.leave_s - rep.reach_s > 2.2


def test_a_new_start_position_does_not_swallow_the_repetitions_after_it() -> None:
    def signal(t_s: float) -> float:
        return 30.0 * least_jerk(t_s - 1.0) + sum(one_rep(t_s, 8.0 + 5.0 * k, 60.0) for k in (0, 1))

    assert len(followed(signal, 20.0)) == 2


def test_unseen_moments_are_counted() -> None:
    def signal(t_s: float) -> float:
        return math.nan if 2.2 < t_s < 4.8 else one_rep(t_s, 1.0, 60.0)

    reps = followed(signal, 9.0)
    assert all(rep.unseen > 0.34 for rep in reps)
