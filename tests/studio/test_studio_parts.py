"""The studio's own arithmetic: needs no renderer and no body data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("scipy")

from studio.body.landmarks import LANDMARK_NAMES
from studio.motion.course import Change, Course
from studio.motion.floor.plank import PlankSetup
from studio.motion.hopping.heave import Manner
from studio.motion.life import Life
from studio.motion.rotation import about, about_x, between, carry, swing, twist_deg
from studio.motion.solver import two_links
from studio.scenario import Labels, Scenario, ScenarioError, load_scenario, read, scenario_paths
from studio.scene.camera import Camera
from studio.truth.limits import spans_where
from studio.truth.measures import hip_line_deg, support_offset_ratio


def lying(hip_height_m: float) -> np.ndarray:
    """One frame of someone prone, head to +z, the line level at 0.3 m."""
    points = np.zeros((1, len(LANDMARK_NAMES), 3))
    places = {"shoulder": (0.3, 0.6), "hip": (hip_height_m, 0.1), "ankle": (0.3, -0.7)}
    places["elbow"] = (0.0, 0.6 + 0.15)
    for name, (y, z) in places.items():
        for side, x in (("left", 0.1), ("right", -0.1)):
            points[0, LANDMARK_NAMES.index(f"{side}_{name}")] = (x, y, z)
    return points


@pytest.mark.parametrize(("height_m", "sign"), [(0.4, 1.0), (0.2, -1.0)])
def test_hip_line_is_positive_for_pike_and_negative_for_sag(height_m: float, sign: float) -> None:
    expected = sign * (np.degrees(np.arctan2(0.1, 0.5)) + np.degrees(np.arctan2(0.1, 0.8)))
    assert hip_line_deg(lying(height_m))[0] == pytest.approx(expected)


def test_hip_line_does_not_depend_on_where_the_person_faces() -> None:
    turned = lying(0.2) @ about((0.0, 1.0, 0.0), 130.0).T
    assert hip_line_deg(turned) == pytest.approx(hip_line_deg(lying(0.2)))


def test_elbows_in_front_are_negative() -> None:
    assert support_offset_ratio(lying(0.3))[0] == pytest.approx(-0.15 / np.hypot(0.3, 0.15))


def test_a_course_eases_from_value_to_value() -> None:
    course = Course(2.0, (Change(3.0, 1.0, -20.0), Change(7.0, 1.0, 0.0)))
    assert course.at(2.9) == 2.0
    assert course.at(3.5) == pytest.approx(-9.0)
    assert course.at(5.0) == -20.0
    assert course.at(9.0) == 0.0


def test_life_depends_on_seed_and_time_only() -> None:
    one, same, other = Life(5), Life(5), Life(6)
    later = one.at(7.3)
    assert same.at(7.3).bend_deg == later.bend_deg
    assert np.array_equal(same.at(7.3).sway_m, later.sway_m)
    assert other.at(7.3).bend_deg != later.bend_deg


def test_two_links_reach_their_end_and_bend_the_right_way() -> None:
    root, end = np.array([0.0, 1.0, 0.0]), np.array([0.1, 0.4, 0.3])
    first, second = two_links(root, end, np.array([0.0, 0.0, 1.0]), 0.45, 0.42)
    assert root + 0.45 * first + 0.42 * second == pytest.approx(end)
    straight = (end - root) / np.linalg.norm(end - root)
    assert (first - straight)[2] > 0


def test_two_links_stay_straight_when_the_end_is_out_of_reach() -> None:
    first, second = two_links(np.zeros(3), np.array([0.0, -2.0, 0.0]), np.eye(3)[2], 0.4, 0.4)
    assert first @ second > 0.99


def test_rotations_carry_swing_and_twist() -> None:
    x, y, z = np.eye(3)
    assert carry(x, y, z, x) @ x == pytest.approx(z)
    assert swing(x, y, 1.0) @ x == pytest.approx(y)
    assert twist_deg(about(z, 40.0) @ about(x, 10.0), z) == pytest.approx(40.0, abs=1.0)
    assert between(np.eye(3), about_x(60.0), 0.5) == pytest.approx(about_x(30.0))


def test_spans_bridge_short_gaps_and_end_with_their_last_frame() -> None:
    t_s = np.linspace(0.0, 1.9, 20)
    condition = np.ones(20, dtype=bool)
    condition[[8, 9]] = False
    condition[15:] = False
    (span,) = spans_where(condition, t_s, 0.1)
    assert span == pytest.approx((0.0, 1.5))


def test_head_is_on_the_side_the_camera_says() -> None:
    head, feet = np.array([0.0, 0.3, 0.8]), np.array([0.0, 0.1, -0.6])
    for facing, sign in (("left", -1.0), ("right", 1.0)):
        pixels = Camera(facing=facing).project(np.stack([head, feet]))
        assert sign * (pixels[0, 0] - pixels[1, 0]) > 0


def test_every_scenario_can_be_read() -> None:
    scenarios = [load_scenario(path) for path in scenario_paths()]
    # No two clips of an exercise have the same luck.
    seeds = {(scenario.exercise, scenario.seed) for scenario in scenarios}
    assert len(seeds) == len(scenarios)


def test_a_misspelt_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "clip.toml"
    path.write_text("seed = 1\nduration_s = 1.0\nfsp = 30\nlabels = { does = 'plank' }\n")
    with pytest.raises(ScenarioError, match="fsp"):
        load_scenario(path)
    with pytest.raises(ScenarioError, match="yaw"):
        read(Scenario, {"camera": {"yaw": 3}})


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (Camera, {"facing": "rigth"}),
        (Camera, {"width_px": 641}),
        (PlankSetup, {"support": "hand"}),
        (PlankSetup, {"base": "knee"}),
        (Manner, {"style": "alternating"}),
        (Manner, {"strike": "toe"}),
        (Labels, {"does": "plank", "judge": "maybe"}),
    ],
)
def test_a_wrong_word_is_an_error_that_names_it(kind: type[Any], table: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=str(next(reversed(table.values())))):
        read(kind, table)
