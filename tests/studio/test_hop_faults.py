"""Faults of jumps, from hops written by hand: every number here is the test's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("scipy")

from studio.truth.hop_faults import hop_fault_events
from studio.truth.hops import TrueHop

PERIOD_S = 0.5
GOOD = TrueHop(
    take_off_s=0.0,
    landing_s=0.17,
    height_m=0.035,
    left_landing_s=0.17,
    right_landing_s=0.17,
    strike="ball",
    turns=1,
    bout=0,
    contact_s=0.33,
    offset_ms=0.0,
    clearance_mm=34.0,
    left_knee_touch_deg=14.0,
    right_knee_touch_deg=14.0,
    left_knee_deg=40.0,
    right_knee_deg=40.0,
    left_strike_deg=30.0,
    right_strike_deg=30.0,
    lean_deg=3.0,
    elbow_gap_ratio=0.35,
    hand_height_ratio=0.15,
)


def jumps(count: int, start_s: float = 1.0, **wrong: Any) -> list[TrueHop]:
    return [
        replace(
            GOOD,
            take_off_s=start_s + number * PERIOD_S,
            landing_s=start_s + number * PERIOD_S + 0.17,
            **wrong,
        )
        for number in range(count)
    ]


def events(hops: list[TrueHop], view: str = "side") -> list[dict[str, Any]]:
    return hop_fault_events("jump_rope", hops, view)


@pytest.mark.parametrize("view", ["side", "front"])
def test_good_jumps_have_no_fault(view: str) -> None:
    assert events(jumps(14), view) == []


def test_another_exercise_has_no_faults_of_jumps() -> None:
    assert hop_fault_events("jumping_jack", jumps(12, height_m=0.1), "side") == []


# A value between warning and fault, one past the fault limit, one that nobody could miss, and from
# where it is seen.
CHECKS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any], tuple[str, ...]]] = [
    ("too-high", {"height_m": 0.06}, {"height_m": 0.075}, {"height_m": 0.09}, ("side", "front")),
    (
        "stiff-knees",
        {"left_knee_deg": 14.0, "right_knee_deg": 16.0},
        {"left_knee_deg": 8.0, "right_knee_deg": 9.0},
        {"left_knee_deg": 4.0, "right_knee_deg": 5.0},
        ("side",),
    ),
    (
        "heels-first",
        {"left_strike_deg": 0.0, "right_strike_deg": 2.0},
        {"left_strike_deg": -8.0, "right_strike_deg": -6.0},
        {"left_strike_deg": -15.0, "right_strike_deg": -15.0},
        ("side",),
    ),
    (
        "uneven-landing",
        {"offset_ms": 55.0},
        {"offset_ms": -75.0},
        {"offset_ms": -100.0},
        ("front",),
    ),
    (
        "elbows-wide",
        {"elbow_gap_ratio": 0.6},
        {"elbow_gap_ratio": 0.82},
        {"elbow_gap_ratio": 0.9},
        ("front",),
    ),
    (
        "hands-off-hip",
        {"hand_height_ratio": 0.35},
        {"hand_height_ratio": 0.45},
        {"hand_height_ratio": 0.6},
        ("side", "front"),
    ),
    (
        "hands-off-hip",
        {"hand_height_ratio": -0.2},
        {"hand_height_ratio": -0.45},
        {"hand_height_ratio": -0.6},
        ("side", "front"),
    ),
    ("trunk-lean", {"lean_deg": 15.0}, {"lean_deg": 21.0}, {"lean_deg": 26.0}, ("side",)),
]


@pytest.mark.parametrize(("check", "mild", "clear", "plain", "views"), CHECKS)
def test_limits(
    check: str,
    mild: dict[str, Any],
    clear: dict[str, Any],
    plain: dict[str, Any],
    views: tuple[str, ...],
) -> None:
    whole_s = [pytest.approx(1.17), pytest.approx(1.17 + 11 * PERIOD_S)]
    for view in ("side", "front"):
        (warned,) = events(jumps(12, **mild), view)
        (wrong,) = events(jumps(12, **clear), view)
        (owed,) = events(jumps(12, **plain), view)
        assert {event["check"] for event in (warned, wrong, owed)} == {check}
        assert warned["span"] is None
        assert warned["warn_span"] == wrong["span"] == owed["span"] == whole_s
        assert [event["cue_owed"] for event in (warned, wrong, owed)] == [
            False,
            False,
            view in views,
        ]
        assert owed["in_view"] == (view in views)
        assert owed["hops"] == [0, 11]


def test_a_fault_lasts_from_the_first_landing_that_shows_it_to_the_last() -> None:
    hops = jumps(6) + jumps(9, 1.0 + 6 * PERIOD_S, height_m=0.09)
    (event,) = events(hops)
    assert event["hops"] == [6, 14]
    assert event["span"] == [pytest.approx(hops[6].landing_s), pytest.approx(hops[14].landing_s)]
    assert event["peak_cm"] == pytest.approx(9.0)


def test_a_few_bad_jumps_are_no_fault() -> None:
    hops = jumps(14)
    for number in (2, 5, 7, 9):
        hops[number] = replace(hops[number], height_m=0.1)
    assert events(hops) == []
    hops[4] = replace(hops[4], height_m=0.1)
    (event,) = events(hops)
    assert event["hops"] == [2, 9]


def test_two_stretches_far_apart_are_two_faults() -> None:
    lean = jumps(8, lean_deg=25.0)
    good = jumps(9, 1.0 + 8 * PERIOD_S)
    again = jumps(8, 1.0 + 17 * PERIOD_S, lean_deg=25.0)
    assert [event["hops"] for event in events(lean + good + again)] == [[0, 7], [17, 24]]


def test_bouts_are_judged_one_by_one_and_short_ones_owe_no_cue() -> None:
    first, second = jumps(6, height_m=0.1), jumps(6, 9.0, height_m=0.1, bout=1)
    found = events(first + second)
    assert [event["hops"] for event in found] == [[0, 5], [6, 11]]
    assert not any(event["cue_owed"] for event in found)
    assert events(jumps(4, height_m=0.1)) == []


def test_one_foot_at_a_time_is_judged_by_the_one_that_lands() -> None:
    hops = [
        replace(
            hop,
            offset_ms=None,
            **{f"{free}_{name}": None for name in ("knee_deg", "strike_deg", "landing_s")},
            **{f"{foot}_strike_deg": -10.0},
        )
        for number, hop in enumerate(jumps(10))
        for foot, free in [("left", "right") if number % 2 else ("right", "left")]
    ]
    (event,) = events(hops)
    assert event["check"] == "heels-first"
    assert event["peak_deg"] == pytest.approx(-10.0)


def test_a_rhythm_is_unsteady_but_not_for_its_double_unders() -> None:
    stumbling = [
        replace(hop, landing_s=hop.landing_s + 0.08 * (number % 2))
        for number, hop in enumerate(jumps(12))
    ]
    (event,) = events(stumbling)
    assert event["check"] == "unsteady-rhythm"
    assert event["span"]
    assert not event["cue_owed"]
    late_s = 0.0
    doubles = []
    for number, hop in enumerate(jumps(12)):
        late_s += 0.17 * (number % 4 == 3)
        turns = 2 if number % 4 == 3 else 1
        doubles.append(replace(hop, landing_s=hop.landing_s + late_s, turns=turns))
    assert events(doubles) == []
    assert events([replace(hop, turns=1) for hop in doubles])[0]["check"] == "unsteady-rhythm"
