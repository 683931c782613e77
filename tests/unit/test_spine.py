from __future__ import annotations

import math

import numpy as np
import pytest

from formcheck.kinematics.spine import (
    lumbar_curve_deg,
    lumbar_gap_ratio,
    thoracic_curve_deg,
)
from formcheck.types import OUTLINE_STATIONS, Outline

TORSO_PX = 200.0
STATION = np.linspace(0.0, 1.0, OUTLINE_STATIONS)


def outline(upper_rise: np.ndarray, lower_rise: np.ndarray, turn_deg: float, flip: bool) -> Outline:
    """Rises over the trunk's length; the trunk is level, then turned; flip: head to the right."""

    def edge(rise: np.ndarray, below_px: float, at: np.ndarray) -> np.ndarray:
        x = TORSO_PX * at * (-1.0 if flip else 1.0)
        y = below_px - TORSO_PX * rise
        turn = math.radians(turn_deg)
        turned = np.stack(
            [x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)], 1
        )
        return (turned + np.array([500.0, 300.0])).astype(np.float32)

    floor = edge(np.zeros(2), 40.0, np.array([0.0, 1.0]))
    return Outline(edge(upper_rise, -40.0, STATION), edge(lower_rise, 40.0, STATION), floor, 0.0)


def arc(first: float, last: float, deg: float) -> np.ndarray:
    """A circular arc of so many degrees between two stations, bulging up from its chord."""
    radius = (last - first) / (2 * math.sin(math.radians(deg) / 2))
    along = np.clip(STATION - (first + last) / 2, -(last - first) / 2, (last - first) / 2)
    return np.sqrt(radius**2 - along**2) - radius * math.cos(math.radians(deg) / 2)


FLAT = np.zeros(OUTLINE_STATIONS)
CASES = [(0.0, False), (0.0, True), (20.0, False), (-15.0, True)]


@pytest.mark.parametrize(("turn_deg", "flip"), CASES)
@pytest.mark.parametrize("opening", [-0.01, 0.0, 0.014, 0.05])
def test_gap_is_the_height_over_the_floor_line(opening: float, turn_deg: float, flip: bool) -> None:
    rise = np.where((STATION > 0.45) & (STATION < 0.85), opening, 0.0)
    assert lumbar_gap_ratio(outline(FLAT, rise, turn_deg, flip)) == pytest.approx(opening, abs=1e-5)


def test_gap_needs_the_lumbar_part_and_nothing_else() -> None:
    whole = outline(FLAT, FLAT + 0.02, 0.0, False)
    for stations, expected in ((slice(0, 14), 0.02), (slice(28, 33), 0.02), (slice(17, 24), None)):
        lower = whole.lower_px.copy()
        lower[stations] = np.nan
        gap = lumbar_gap_ratio(Outline(whole.upper_px, lower, whole.floor_px, 0.0))
        assert gap == pytest.approx(expected, abs=1e-5) if expected else math.isnan(gap)
    nowhere = np.full((2, 2), np.nan, np.float32)
    assert math.isnan(lumbar_gap_ratio(Outline(whole.upper_px, whole.lower_px, nowhere, 0.0)))


@pytest.mark.parametrize(("turn_deg", "flip"), CASES)
@pytest.mark.parametrize("deg", [5.0, 20.0, 40.0])
def test_an_arc_of_so_many_degrees(deg: float, turn_deg: float, flip: bool) -> None:
    rounded = outline(arc(0.0, 0.9, deg), FLAT, turn_deg, flip)
    assert thoracic_curve_deg(rounded) == pytest.approx(deg * 0.8 / 0.9, rel=0.05)
    hollow = outline(-arc(0.3, 1.0, deg), FLAT, turn_deg, flip)
    assert lumbar_curve_deg(hollow) == pytest.approx(deg * 0.6 / 0.7, rel=0.05)


def test_a_straight_back_has_no_curve_at_any_slope() -> None:
    straight = outline(0.2 * STATION, FLAT, 10.0, False)
    assert lumbar_curve_deg(straight) == pytest.approx(0.0, abs=0.05)
    assert thoracic_curve_deg(straight) == pytest.approx(0.0, abs=0.05)


def test_a_curve_needs_both_ends_and_the_middle_of_its_part() -> None:
    for hidden in (slice(0, 4), slice(12, 17), slice(25, 30)):
        upper = outline(arc(0.0, 0.9, 20.0), FLAT, 0.0, False).upper_px.copy()
        upper[hidden] = np.nan
        seen = Outline(upper, upper.copy(), np.zeros((2, 2), np.float32), 0.0)
        assert math.isnan(thoracic_curve_deg(seen))
    upper = outline(arc(0.0, 0.9, 20.0), FLAT, 0.0, False).upper_px.copy()
    upper[5:8] = np.nan
    upper[19:22] = np.nan
    seen = Outline(upper, upper.copy(), np.zeros((2, 2), np.float32), 0.0)
    assert thoracic_curve_deg(seen) == pytest.approx(20.0 * 0.8 / 0.9, rel=0.05)
    assert math.isnan(lumbar_curve_deg(seen))
