"""Faults of repetitions, from curves drawn by hand: every number here is the test's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("scipy")

from studio.body.landmarks import LANDMARK_NAMES
from studio.motion.performance import Phase, Rep
from studio.motion.tempo import Beats, Tempo, departures_of
from studio.truth.measures import Measures, knee_gap_ratio
from studio.truth.rep_faults import Set, rep_fault_events

Array = NDArray[np.float64]
FPS = 20
T_S = np.arange(0, 12 * FPS) / FPS
# Two repetitions of 2 s out, 1 s there and 2 s back, with 1 s of rest before each.
REPS = (Rep(1.0, 3.0, 4.0, 6.0, "left"), Rep(7.0, 9.0, 10.0, 12.0, "right"))
CALM = {
    "thigh_deg": 90.0,
    "knee_deg": 90.0,
    "hip_deg": 128.0,
    "arm_deg": 90.0,
    "foot_deg": -5.0,
}
WHOLE = {
    "lumbar_deg": 20.0,
    "lumbar_gap_mm": 4.0,
    "head_up_mm": 0.0,
    "head_pitch_deg": -80.0,
    "knee_gap_ratio": 1.1,
    "pelvis_tilt_deg": 0.0,
}


def phases_of(reps: tuple[Rep, ...]) -> tuple[Phase, ...]:
    phases, before_s = [], 0.0
    for rep in reps:
        phases.append(Phase("rest", before_s, rep.start_s))
        phases.append(Phase("out", rep.start_s, rep.top_s))
        phases.append(Phase("top", rep.top_s, rep.back_s))
        phases.append(Phase("back", rep.back_s, rep.end_s))
        before_s = rep.end_s
    return tuple(phases)


def a_set(reps: tuple[Rep, ...] = REPS, **changed: Array) -> Set:
    """Someone who keeps still, but for the curves that are given."""
    names = {f"{side}_{name}": value for name, value in CALM.items() for side in ("left", "right")}
    still = {name: np.full(len(T_S), value) for name, value in {**names, **WHOLE}.items()}
    assert set(changed) <= set(still)
    neutral = Measures(np.zeros(1), {name: values[:1] for name, values in still.items()})
    return Set(Measures(T_S, {**still, **changed}), neutral, reps, phases_of(reps), 1 / FPS)


def both(name: str, values: Array) -> dict[str, Array]:
    return {f"{side}_{name}": values for side in ("left", "right")}


def around_top(rep: Rep) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = np.abs(T_S - (rep.top_s + rep.back_s) / 2) <= 1.0
    return inside


def at_tops(low: float, *highs: float) -> Array:
    """A curve that is somewhere else for as long as each top lasts, and half a second around it."""
    values = np.full(len(T_S), low)
    for rep, high in zip(REPS, highs, strict=True):
        values[around_top(rep)] = high
    return values


def good_bug() -> dict[str, Array]:
    """Left leg and right arm, then right leg and left arm, straight and low."""
    first, second = at_tops(90.0, 22.0, 90.0), at_tops(90.0, 90.0, 22.0)
    return {
        "left_thigh_deg": first,
        "right_thigh_deg": second,
        "left_knee_deg": at_tops(90.0, 168.0, 90.0),
        "right_knee_deg": at_tops(90.0, 90.0, 168.0),
        "right_arm_deg": at_tops(90.0, 166.0, 90.0),
        "left_arm_deg": at_tops(90.0, 90.0, 166.0),
    }


def good_lift() -> dict[str, Array]:
    held = np.full(len(T_S), 128.0)
    for rep in REPS:
        held[around_top(rep)] = 177.0
    return both("hip_deg", held)


def codes(exercise: str, clip: Set) -> list[tuple[str, int | None, bool]]:
    """Check, repetition, and whether it is a fault, of each event."""
    return [(e["check"], e["rep"], bool(e["span"])) for e in rep_fault_events(exercise, clip)]


def only(exercise: str, clip: Set) -> dict[str, Any]:
    (event,) = rep_fault_events(exercise, clip)
    return event


def test_good_repetitions_have_no_faults() -> None:
    assert codes("dead_bug", a_set(**good_bug())) == []
    assert codes("glute_bridge", a_set(**good_lift())) == []
    assert codes("hip_thrust", a_set(**good_lift())) == []
    assert codes("squat", a_set()) == []


@pytest.mark.parametrize(
    ("lift_mm", "expected", "owed"),
    [(2.5, None, False), (5.0, False, False), (8.0, True, False), (12.0, True, True)],
)
def test_a_lift_counts_from_the_start_position_before_it(
    lift_mm: float, expected: bool | None, owed: bool
) -> None:
    # The second start position is 6 mm wider than the first: that alone is no lift.
    gap_mm = np.where(T_S < 6.05, 4.0, 10.0)
    gap_mm = gap_mm + lift_mm * ((T_S >= 8.6) & (T_S < 9.6))
    clip = a_set(**good_bug(), lumbar_gap_mm=gap_mm)
    if expected is None:
        assert codes("dead_bug", clip) == []
        return
    event = only("dead_bug", clip)
    assert (event["check"], event["rep"], bool(event["span"])) == ("back-lift", 1, expected)
    assert event["cue_owed"] == owed
    assert event["peak_mm"] == pytest.approx(lift_mm)
    assert event["warn_span"] == pytest.approx([8.6, 9.6], abs=0.051)


def test_the_spans_of_a_lift_are_where_it_passes_its_limits() -> None:
    # A tent of 10 mm around 3.5 s: over 3 mm for 1.4 s, over 7 mm for 0.6 s.
    gap_mm = 4.0 + np.clip(10.0 - 10.0 * np.abs(T_S - 3.5), 0.0, None)
    event = only("dead_bug", a_set(**good_bug(), lumbar_gap_mm=gap_mm))
    assert event["warn_span"] == pytest.approx([2.8, 4.2], abs=0.11)
    assert event["span"] == pytest.approx([3.2, 3.8], abs=0.11)


def test_the_start_position_is_judged_in_the_start_position_only() -> None:
    bug = good_bug()
    low = {name: np.where(values == 90.0, 60.0, values) for name, values in bug.items()}
    thighs = {name: low[name] for name in ("left_thigh_deg", "right_thigh_deg")}
    events = rep_fault_events("dead_bug", a_set(**{**bug, **thighs}))
    assert [(e["check"], e["rep"], e["span"]) for e in events] == [
        ("start-hips", 0, [0.0, 1.0]),
        ("start-hips", 1, [6.0, 7.0]),
    ]
    knees = {name: low[name] for name in ("left_knee_deg", "right_knee_deg")}
    assert codes("dead_bug", a_set(**{**bug, **knees})) == [
        ("start-knees", 0, False),
        ("start-knees", 1, False),
    ]


def test_arm_and_leg_of_the_same_side() -> None:
    bug = good_bug()
    bug["left_arm_deg"], bug["right_arm_deg"] = bug["right_arm_deg"], bug["left_arm_deg"]
    events = rep_fault_events("dead_bug", a_set(**bug))
    assert [(e["check"], e["rep"], e["cue_owed"]) for e in events] == [
        ("same-side", 0, True),
        ("same-side", 1, True),
    ]


def test_a_leg_that_stays_high_is_one_fault_and_a_bent_one_a_warning() -> None:
    bug = good_bug()
    bug["left_knee_deg"] = at_tops(90.0, 140.0, 90.0)
    assert codes("dead_bug", a_set(**bug)) == [("leg-short", 0, False)]
    bug["left_thigh_deg"] = at_tops(90.0, 60.0, 90.0)
    assert codes("dead_bug", a_set(**bug)) == [("leg-short", 0, True)]


def test_each_way_has_its_own_tempo() -> None:
    reps = (Rep(1.0, 2.2, 3.2, 5.2, "left"), Rep(7.0, 9.0, 10.0, 10.6, "right"))
    events = rep_fault_events("dead_bug", a_set(reps, **good_bug()))
    fast = [e for e in events if e["check"] == "too-fast"]
    assert [(e["rep"], e["span"], e["warn_span"]) for e in fast] == [
        (0, None, [1.0, 2.2]),
        (1, [10.0, 10.6], [10.0, 10.6]),
    ]


def test_a_head_that_comes_up() -> None:
    height_mm = np.where(T_S < 5.0, 0.0, 30.0)
    event = only("dead_bug", a_set(**good_bug(), head_up_mm=height_mm))
    assert (event["check"], event["span"], event["rep"]) == ("head-up", None, None)
    assert event["warn_span"] == pytest.approx([5.0, 12.0])


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (both("hip_deg", at_tops(128.0, 160.0, 150.0)), [("hips-low", False), ("hips-low", True)]),
        (
            both("hip_deg", at_tops(128.0, 186.0, 192.0)),
            [("hips-over", False), ("hips-over", True)],
        ),
        (both("knee_deg", at_tops(70.0, 110.0, 125.0)), [("feet-far", False), ("feet-far", True)]),
        (both("knee_deg", at_tops(50.0, 70.0, 55.0)), [("feet-near", False), ("feet-near", True)]),
        (both("foot_deg", at_tops(-5.0, -20.0, -30.0)), [("heels-up", False), ("heels-up", True)]),
        ({"knee_gap_ratio": at_tops(1.1, 0.85, 0.7)}, [("knees-in", False), ("knees-in", True)]),
    ],
    ids=lambda value: value[0][0] if isinstance(value, list) else "",
)
def test_the_top_of_a_bridge(changed: dict[str, Array], expected: list[tuple[str, bool]]) -> None:
    curves = {**good_lift(), **both("knee_deg", np.full(len(T_S), 90.0)), **changed}
    events = rep_fault_events("glute_bridge", a_set(**curves))
    assert [(e["check"], bool(e["span"])) for e in events] == expected
    assert [e["warn_span"] for e in events] == [[3.0, 4.0], [9.0, 10.0]]


def test_a_chin_that_comes_up_is_one_of_a_hip_thrust_only() -> None:
    curves = {**good_lift(), **both("knee_deg", np.full(len(T_S), 90.0))}
    pitch_deg = at_tops(-80.0, -60.0, -50.0)
    clip = a_set(**curves, head_pitch_deg=pitch_deg)
    assert codes("hip_thrust", clip) == [("chin-up", 0, False), ("chin-up", 1, True)]
    assert codes("glute_bridge", clip) == []


def test_a_hold_is_as_long_as_the_hips_stay_near_their_highest() -> None:
    # Up with 40 degrees a second to a stop of a tenth: 5 degrees are left and reached in 0.125 s.
    hips_deg = np.clip(177.0 - 40.0 * np.clip(np.abs(T_S - 3.5) - 0.05, 0.0, None), 128.0, None)
    rep = (Rep(1.0, 3.45, 3.55, 6.0),)
    event = only("glute_bridge", a_set(rep, **both("hip_deg", hips_deg)))
    assert event["check"] == "hold-short"
    assert event["peak_s"] == pytest.approx(0.35, abs=0.06)
    assert event["span"] == pytest.approx([3.32, 3.68], abs=0.06)
    assert event["cue_owed"]


def test_a_way_down_that_is_a_drop() -> None:
    reps = (Rep(1.0, 3.0, 4.0, 5.2), Rep(7.0, 9.0, 10.0, 10.6))
    events = rep_fault_events("hip_thrust", a_set(reps, **good_lift()))
    assert [(e["check"], e["span"]) for e in events] == [
        ("lowering-fast", None),
        ("lowering-fast", [10.0, 10.6]),
    ]


def test_what_does_not_count_is_not_judged() -> None:
    half = (REPS[0], Rep(7.0, 9.0, 10.0, 12.0, "right", counts=False))
    low = {**good_lift(), **both("hip_deg", at_tops(128.0, 177.0, 150.0))}
    # How far it went may be said, and need not be.
    assert codes("glute_bridge", a_set(half, **low)) == [("hips-low", 1, False)]
    assert codes("glute_bridge", a_set(**low)) == [("hips-low", 1, True)]


def test_knees_that_are_half_as_far_apart_as_the_ankles() -> None:
    points = np.zeros((2, len(LANDMARK_NAMES), 3))
    for name, halves in (("hip", (0.1, 0.1)), ("knee", (0.06, 0.06)), ("ankle", (0.12, 0.01))):
        for frame, half in enumerate(halves):
            points[frame, LANDMARK_NAMES.index(f"left_{name}"), 0] = half
            points[frame, LANDMARK_NAMES.index(f"right_{name}"), 0] = -half
    ratio = knee_gap_ratio(points)
    assert ratio[0] == pytest.approx(0.5)
    assert np.isnan(ratio[1])


def test_a_half_repetition_a_pause_and_a_hand_at_the_shirt() -> None:
    tempo = Tempo(1.0, 1.0, 0.5, 1.0, 0.5, uneven=0.0)
    beats = Beats(tempo, ("", ""), 12.0, 3, departures_of(2, (1.0, 0.5), (0.6, 0.0), (1,)))
    first, second = beats.reps
    assert (first.counts, second.counts) == (True, False)
    # Half way out after half a second, still there 0.6 s later, at the top 1.6 s after the start.
    assert [beats.at(t_s).share for t_s in (1.5, 1.8, 2.1)] == pytest.approx([0.5] * 3)
    assert beats.at(2.6).share == pytest.approx(1.0)
    assert (first.top_s, first.end_s) == pytest.approx((2.6, 4.1))
    assert beats.at((second.top_s + second.back_s) / 2).share == pytest.approx(0.5)
    # The hand is at rest during repetitions and gets to the shirt between them.
    assert beats.fidget_at(first.end_s - 0.1) == beats.fidget_at(second.start_s) == 0.0
    assert beats.fidget_at((first.end_s + second.start_s) / 2) > 0.9
    assert second.start_s - first.end_s > 2.0
