"""Heights with a range, and the reasons why one is not told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hop_steps import at_rate, fitted, only

from formcheck.kinematics import hopheight
from formcheck.kinematics.hopheight import Z95, heights, times_error_s
from formcheck.testing import Jumper


@pytest.mark.parametrize("fps", [30, 60])
def test_heights_and_ranges(fps: float) -> None:
    jumper = Jumper(heights_cm=(2.0, 3.0, 5.0, 8.0) * 4, cadence_per_min=110.0)
    steps = at_rate(jumper, fps)
    told = heights(steps, fitted(steps))
    assert told.why_not == ("",) * 16
    off_cm = 100.0 * told.height_m - jumper.heights_cm
    assert np.abs(off_cm).max() < 0.3
    assert np.mean(np.abs(off_cm) < 100.0 * Z95 * told.error_m) > 0.87
    # A higher jump is known less well: dh = g t / 4 · dt.
    assert np.mean(told.error_m[3::4]) > 1.2 * np.mean(told.error_m[0::4])


def test_the_range_grows_with_the_noise() -> None:
    mean_m = []
    for noise_px in (0.1, 0.3, 0.6):
        steps = at_rate(Jumper(noise_px=noise_px), 30)
        mean_m.append(np.nanmean(heights(steps, fitted(steps)).error_m))
    assert mean_m[0] < mean_m[1] < mean_m[2]


def test_an_error_never_falls_below_that_of_the_shoe() -> None:
    steps = at_rate(Jumper(noise_px=0.0), 120)
    assert np.all(times_error_s(fitted(steps)) >= hopheight.FLOOR_S)


@pytest.mark.parametrize(("fps", "told"), [(20, False), (24, True), (30, True)])
def test_too_few_frames(fps: float, told: bool) -> None:
    steps = at_rate(Jumper(heights_cm=(6.0,) * 12), fps)
    found = heights(steps, fitted(steps))
    assert (hopheight.TOO_SLOW in found.why_not) is not told
    assert np.isfinite(found.height_m).any() == told
    assert np.array_equal(np.isfinite(found.height_m), np.array(found.why_not) == "")


def test_feet_that_are_hardly_seen() -> None:
    steps = at_rate(Jumper(), 30)
    rng = np.random.default_rng(2)
    noisy_px = steps.toes_px + 8.0 * rng.standard_normal(steps.toes_px.shape)
    noisy = only(steps, toes_px=noisy_px)
    found = heights(noisy, fitted(noisy))
    assert set(found.why_not) == {hopheight.FEET_UNSEEN}
    assert np.isnan(found.height_m).all()
    assert np.isnan(found.error_m).all()


def test_one_good_foot_is_enough() -> None:
    steps = at_rate(Jumper(), 30)
    toes_px = steps.toes_px.copy()
    toes_px[:, 0] += 4.0 * np.random.default_rng(2).standard_normal(len(toes_px))
    half = only(steps, toes_px=toes_px)
    found = heights(half, fitted(half))
    assert np.count_nonzero(np.array(found.why_not) == "") >= 13
    assert np.nanmedian(found.height_m) == pytest.approx(0.03, abs=0.002)


def test_a_trunk_that_was_lost_in_a_flight() -> None:
    jumper = Jumper()
    steps = at_rate(jumper, 60)
    fit = fitted(steps)
    start_s, end_s = jumper.flights_s()[5]
    trunk_px = steps.trunk_px.copy()
    trunk_px[(steps.since_s > start_s) & (steps.until_s < end_s)] = np.nan
    found = heights(only(steps, trunk_px=trunk_px), fit)
    assert found.why_not[5] == hopheight.TRUNK_UNSEEN
    assert [why for k, why in enumerate(found.why_not) if k != 5] == [""] * 15


def test_a_way_of_the_trunk_that_does_not_go_with_the_time() -> None:
    """Widened first, refused when it is too much."""
    steps = at_rate(Jumper(), 60)
    fit = fitted(steps)
    plain = heights(steps, fit)
    errors_m = []
    for share in (1.0, 1.45, 2.2):
        scale = fit.shared.px_per_m / share
        found = heights(steps, replace(fit, shared=replace(fit.shared, px_per_m=scale)))
        errors_m.append(np.nanmean(found.error_m) if np.isfinite(found.error_m).any() else np.inf)
        if np.isinf(errors_m[-1]):
            assert set(found.why_not) == {hopheight.DISAGREE}
    assert errors_m[0] == pytest.approx(np.mean(plain.error_m))
    assert errors_m[1] > 1.5 * errors_m[0]
    assert np.isinf(errors_m[2])


def test_a_bad_fit_is_not_told() -> None:
    steps = at_rate(Jumper(), 30)
    fit = fitted(steps)
    misfit = fit.misfit.copy()
    misfit[4] = hopheight.MOST_MISFIT + 0.1
    found = heights(steps, replace(fit, misfit=misfit))
    assert [k for k, why in enumerate(found.why_not) if why] == [4]
    assert found.why_not[4] == hopheight.FEET_UNSEEN
