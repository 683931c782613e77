"""Filters work in seconds."""

import math

import numpy as np
import pytest

from formcheck.kinematics.filters import OneEuro, SlidingMedian


def ramp(rate_hz: float, f: OneEuro) -> float:
    """The filter's output one second into a ramp of 20 a second that starts after a rest."""
    out = math.nan
    for i in range(int(3 * rate_hz) + 1):
        t_s = i / rate_hz
        out = f.update(t_s, 20.0 * max(0.0, t_s - 2.0))
    return out


def test_one_euro_follows_a_ramp_alike_at_any_frame_rate() -> None:
    outputs = [ramp(rate_hz, OneEuro()) for rate_hz in (15.0, 30.0, 60.0)]
    assert max(outputs) - min(outputs) < 1.0
    assert all(20.0 - out < 2.5 for out in outputs)


def test_one_euro_calms_jitter_at_rest() -> None:
    f = OneEuro()
    noise = np.random.default_rng(1).normal(0.0, 1.0, 300)
    out = [f.update(i / 30.0, float(v)) for i, v in enumerate(noise)]
    assert np.std(out[30:]) < 0.55


def test_one_euro_starts_afresh_after_a_gap() -> None:
    f = OneEuro()
    f.update(0.0, 100.0)
    assert f.update(5.0, 1.0) == 1.0
    assert math.isnan(f.update(5.1, math.nan))
    assert f.update(5.2, 1.0) == pytest.approx(1.0)


def test_sliding_median_forgets_and_skips_the_unseen() -> None:
    median = SlidingMedian(1.0)
    assert math.isnan(median.update(0.0, math.nan))
    for i in range(10):
        median.update(i / 10, 5.0)
    assert median.update(1.0, 500.0) == 5.0
    assert median.update(5.0, 7.0) == 7.0
