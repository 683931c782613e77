"""Angles are signed, come from pixels, and let the unknown through."""

import math

import pytest

from formcheck.kinematics.geometry import (
    UNSEEN,
    angle_deg,
    bend_deg,
    height_over,
    incline_deg,
    point,
    seen,
    to_pixels,
    turn_deg,
)


def test_pixels_turn_over_and_back() -> None:
    assert point(3.0, 4.0) == complex(3.0, -4.0)
    assert to_pixels(point(3.0, 4.0)) == (3.0, 4.0)


@pytest.mark.parametrize("flip", [1, -1])
@pytest.mark.parametrize("bend", [-40.0, -12.0, 0.0, 9.5, 35.0])
def test_bend_keeps_its_sign_whichever_way_the_line_runs(bend: float, flip: int) -> None:
    half = math.radians(bend) / 2
    left = complex(-math.cos(half) * flip, -math.sin(half))
    right = complex(1.5 * math.cos(half) * flip, -1.5 * math.sin(half))
    assert bend_deg(left, 0j, right) == pytest.approx(bend)
    assert bend_deg(right, 0j, left) == pytest.approx(bend)


def test_turn_is_counter_clockwise() -> None:
    assert turn_deg(1 + 0j, 0j, 1j) == pytest.approx(90.0)
    assert turn_deg(1j, 0j, 1 + 0j) == pytest.approx(-90.0)
    assert angle_deg(1j, 0j, 1 + 0j) == pytest.approx(90.0)


def test_incline_and_height() -> None:
    assert incline_deg(0j, -1 + 1j) == pytest.approx(45.0)
    assert incline_deg(0j, 1 - 1j) == pytest.approx(-45.0)
    assert height_over(0.5 + 2j, 0j, 1 + 0j) == pytest.approx(2.0)
    assert height_over(0.5 + 2j, 1 + 0j, 0j) == pytest.approx(2.0)


def test_the_unknown_stays_unknown() -> None:
    assert not seen(1j, UNSEEN)
    assert math.isnan(bend_deg(UNSEEN, 0j, 1j))
    assert math.isnan(angle_deg(1j, 1j, 0j))
    assert math.isnan(incline_deg(1j, 1j))
    assert math.isnan(height_over(1j, 0j, 0j))
