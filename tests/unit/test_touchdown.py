"""When a single point of a foot comes to rest, and when it leaves its rest."""

from __future__ import annotations

import numpy as np
import pytest
from hop_steps import at_rate, only

from formcheck.kinematics.touchdown import lift_offs, touchdowns
from formcheck.testing import Jumper


def tops_s(jumper: Jumper) -> np.ndarray:
    return jumper.flights_s().mean(axis=1)


@pytest.mark.parametrize(("fps", "off_ms"), [(30, 16.0), (60, 8.0), (120, 4.0)])
def test_toes_come_down_when_the_flight_ends(fps: float, off_ms: float) -> None:
    """Never early and up to half a frame late: the fall is still growing in the last step."""
    jumper = Jumper(cadence_per_min=127.0)
    steps = at_rate(jumper, fps)
    for foot in (0, 1):
        found_s, error_s = touchdowns(steps, steps.toes_px[:, foot], tops_s(jumper))
        late_ms = 1e3 * (found_s - jumper.flights_s()[:, 1])
        assert late_ms.min() > -4.0
        assert late_ms.max() < off_ms
        assert np.all((error_s > 0.0) & (error_s < 1.0 / fps))


@pytest.mark.parametrize("offset_ms", [-90.0, -40.0, 0.0, 40.0, 90.0])
def test_one_foot_later_than_the_other(offset_ms: float) -> None:
    jumper = Jumper(offset_ms=offset_ms)
    steps = at_rate(jumper, 60)
    left_s, right_s = (touchdowns(steps, steps.toes_px[:, k], tops_s(jumper))[0] for k in (0, 1))
    assert 1e3 * np.mean(left_s - right_s) == pytest.approx(offset_ms, abs=3.0)
    assert 1e3 * np.std(left_s - right_s) < 6.0


@pytest.mark.parametrize("strike_deg", [-12.0, 15.0])
def test_heel_or_toes_first(strike_deg: float) -> None:
    jumper = Jumper(strike_deg=strike_deg)
    steps = at_rate(jumper, 60)
    toe_s, heel_s = (
        touchdowns(steps, px[:, 0], tops_s(jumper))[0] for px in (steps.toes_px, steps.heels_px)
    )
    first = toe_s - heel_s if strike_deg < 0.0 else heel_s - toe_s
    assert np.all(first > 0.02)


def test_a_lift_off_is_a_touch_down_backwards() -> None:
    jumper = Jumper(cadence_per_min=127.0)
    steps = at_rate(jumper, 60)
    found_s, error_s = lift_offs(steps, steps.toes_px[:, 0], tops_s(jumper))
    assert np.abs(found_s - jumper.flights_s()[:, 0]).max() < 0.006
    assert np.all(error_s > 0.0)


def test_what_is_not_seen_is_not_told() -> None:
    jumper = Jumper(heights_cm=(3.0,) * 4)
    steps = at_rate(jumper, 60)
    toe = steps.toes_px[:, 0].copy()
    tops = tops_s(jumper)
    hidden = (steps.until_s > tops[1] + 0.02) & (steps.until_s < tops[1] + 0.1)
    toe[hidden] = np.nan
    found_s, error_s = touchdowns(steps, toe, tops)
    assert np.isnan(found_s).tolist() == [False, True, False, False]
    assert np.isnan(error_s).tolist() == [False, True, False, False]


def test_a_point_that_does_not_fall_or_does_not_stop_is_not_told() -> None:
    jumper = Jumper(heights_cm=(3.0,) * 4)
    steps = at_rate(jumper, 60)
    tops = tops_s(jumper)
    still = np.zeros(len(steps.since_s))
    assert np.isnan(touchdowns(steps, still, tops)[0]).all()
    assert np.isnan(touchdowns(steps, still + 3.0, tops)[0]).all()


def test_after_the_last_frame_nothing_is_told() -> None:
    jumper = Jumper(heights_cm=(3.0,) * 4)
    steps = at_rate(jumper, 60)
    tops = tops_s(jumper)
    short = steps.at(np.flatnonzero(steps.until_s < tops[-1] + 0.03))
    found_s, _ = touchdowns(short, short.toes_px[:, 0], tops)
    assert np.isnan(found_s).tolist() == [False, False, False, True]


def test_the_camera_time_of_each_frame_counts() -> None:
    """The share of a step is a share of its own length in time."""
    jumper = Jumper(heights_cm=(3.0,) * 8)
    steps = at_rate(jumper, 60, jitter=0.4, seed=4)
    found_s, _ = touchdowns(steps, steps.toes_px[:, 0], tops_s(jumper))
    assert np.abs(found_s - jumper.flights_s()[:, 1]).max() < 0.008
    even = only(steps, since_s=steps.since_s + 0.1, until_s=steps.until_s + 0.1)
    later_s, _ = touchdowns(even, even.toes_px[:, 0], tops_s(jumper) + 0.1)
    assert later_s == pytest.approx(found_s + 0.1)
