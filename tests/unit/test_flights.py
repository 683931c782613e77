"""Take-off, landing and scale from the steps of someone whose jumps are known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hop_steps import TORSO_PX, at_rate, fitted, only, steps_of

from formcheck.kinematics.flights import FlightFit, Steps, fit_flights, height_m, trunk_apexes
from formcheck.kinematics.hopheight import times_error_s
from formcheck.testing import Jumper, frame_times


def errors_ms(fit: FlightFit, jumper: Jumper) -> np.ndarray:
    """(n, 2) of take-off and landing."""
    truth = jumper.flights_s()
    assert len(fit.take_off_s) == len(truth)
    return 1e3 * (np.stack([fit.take_off_s, fit.landing_s], axis=1) - truth)


def test_height_of_a_flight() -> None:
    assert float(height_m(0.2)) == pytest.approx(0.04905)


@pytest.mark.parametrize(
    ("fps", "noise_px", "most_ms"),
    [(30, 0.1, 4.0), (30, 0.3, 9.0), (60, 0.1, 5.0), (60, 0.2, 8.0), (120, 0.1, 9.0)],
)
@pytest.mark.parametrize("leak", [0.0, 0.15])
def test_take_off_landing_and_scale(
    fps: float, noise_px: float, most_ms: float, leak: float
) -> None:
    jumper = Jumper(cadence_per_min=127.0, noise_px=noise_px, leak=leak)
    fit = fitted(at_rate(jumper, fps, phase=0.3))
    errors = errors_ms(fit, jumper)
    assert np.abs(errors).max() < most_ms
    assert np.abs(np.median(errors, axis=0)).max() < most_ms / 3
    assert fit.shared.px_per_m == pytest.approx(280.0, rel=0.03)
    assert abs(fit.shared.px_per_m - 280.0) < 4.0 * fit.shared.px_per_m_error
    assert np.abs(fit.shared.leak - leak).max() < 0.04


@pytest.mark.parametrize("height_cm", [2.0, 3.0, 5.0, 8.0, 12.0])
@pytest.mark.parametrize("fps", [30, 60])
def test_heights_from_two_to_twelve_centimetres(height_cm: float, fps: float) -> None:
    jumper = Jumper(heights_cm=(height_cm,) * 12, cadence_per_min=110.0)
    found_cm = 100.0 * height_m(fitted(at_rate(jumper, fps)).flight_s)
    assert np.abs(found_cm - height_cm).max() < 0.25
    assert found_cm.mean() == pytest.approx(height_cm, abs=0.1)


def test_each_flight_has_its_own_height() -> None:
    jumper = Jumper(heights_cm=(3.0, 6.0, 2.0, 4.0, 8.0, 3.0, 5.0, 2.5, 7.0, 3.5))
    found_cm = 100.0 * height_m(fitted(at_rate(jumper, 30)).flight_s)
    assert found_cm == pytest.approx(jumper.heights_cm, abs=0.3)


@pytest.mark.parametrize("phase", [0.0, 0.25, 0.5, 0.75])
def test_a_beat_of_exactly_fifteen_frames(phase: float) -> None:
    """All jumps then meet the frames in the same way, so errors don't average out."""
    jumper = Jumper(cadence_per_min=120.0)
    errors = errors_ms(fitted(at_rate(jumper, 30, phase=phase)), jumper)
    assert np.abs(errors.mean(axis=0)).max() < 1.5
    assert np.abs(errors).max() < 4.0


@pytest.mark.parametrize(
    "how",
    [{"jitter": 0.4}, {"dropped": 0.1, "seed": 2}, {"jitter": 0.4, "dropped": 0.1, "seed": 3}],
)
@pytest.mark.parametrize("fps", [30, 60])
def test_uneven_and_missing_frames_with_true_times(how: dict[str, float], fps: float) -> None:
    jumper = Jumper()
    errors = errors_ms(fitted(at_rate(jumper, fps, **how)), jumper)
    assert np.median(np.abs(errors)) < 1.5
    assert np.abs(errors).max() < 8.0


def test_wrong_times_of_frames_would_show() -> None:
    """So the test above does see whether the true times are used."""
    jumper = Jumper()
    times_s = frame_times(jumper.end_s, 30, jitter=0.45)
    steps = steps_of(jumper, times_s)
    even_s = np.arange(len(times_s)) / 30.0
    misread = only(steps, since_s=even_s[:-1], until_s=even_s[1:])
    assert np.abs(errors_ms(fitted(misread), jumper)).max() > 10.0


@pytest.mark.parametrize(("fps", "noise_px"), [(30, 0.1), (30, 0.2), (60, 0.1), (60, 0.2)])
def test_the_errors_cover(fps: float, noise_px: float) -> None:
    z = []
    for seed in range(8):
        jumper = Jumper(seed=seed, beat_sd_s=0.015, noise_px=noise_px, leak=0.1)
        fit = fitted(at_rate(jumper, fps, phase=seed / 8))
        truth = jumper.flights_s()
        assert len(fit.flight_s) == len(truth)
        z.append((fit.flight_s - np.diff(truth, axis=1)[:, 0]) / times_error_s(fit))
    off = np.abs(np.concatenate(z))
    # Of 128 flights some 122; what a bout shares makes them go together, so a few less will do.
    assert np.mean(off < 1.96) > 0.87
    # Nor may the errors be so large that they tell nothing.
    assert np.median(off) > 0.25


def test_noise_is_found() -> None:
    for noise_px in (0.1, 0.3):
        fit = fitted(at_rate(Jumper(noise_px=noise_px), 30))
        # The room's own noise is taken off as well.
        assert fit.shared.toe_noise_px == pytest.approx(1.41 * noise_px, rel=0.35)
        assert 0.5 < np.median(fit.misfit) < 1.6


def test_what_the_camera_moves_is_nobodys() -> None:
    jumper = Jumper(shake_px=2.0)
    assert np.abs(errors_ms(fitted(at_rate(jumper, 30)), jumper)).max() < 4.0


def test_steps_that_are_missing_are_left_out() -> None:
    jumper = Jumper()
    steps = at_rate(jumper, 60)
    toes_px = steps.toes_px.copy()
    toes_px[np.random.default_rng(5).random(toes_px.shape) < 0.15] = np.nan
    errors = errors_ms(fitted(only(steps, toes_px=toes_px)), jumper)
    assert np.abs(errors).max() < 8.0


def test_one_toe_is_enough_and_none_tells_nothing() -> None:
    jumper = Jumper()
    steps = at_rate(jumper, 30)
    toes_px = steps.toes_px.copy()
    toes_px[:, 1] = np.nan
    one = fitted(only(steps, toes_px=toes_px))
    assert np.abs(errors_ms(one, jumper)).max() < 5.0
    both = fitted(steps)
    assert np.median(one.flight_error_s) > 1.1 * np.median(both.flight_error_s)
    none = fitted(only(steps, toes_px=np.full_like(toes_px, np.nan)))
    assert np.all(none.flight_error_s > 0.05)


def test_a_wrong_toe_is_not_believed() -> None:
    """The other leg was taken for it: its steps are those of something else."""
    jumper = Jumper()
    steps = at_rate(jumper, 30)
    toes_px = steps.toes_px.copy()
    toes_px[:, 1] = 3.0 * np.random.default_rng(3).standard_normal(len(toes_px))
    fit = fitted(only(steps, toes_px=toes_px))
    assert fit.shared.toe_noise_px[1] > 5.0 * fit.shared.toe_noise_px[0]
    assert np.median(np.abs(errors_ms(fit, jumper))) < 2.0


def test_alternate_feet_tell_of_one_half_each() -> None:
    jumper = Jumper(alternate=True, cadence_per_min=150.0, heights_cm=(4.0,) * 16)
    steps = at_rate(jumper, 60)
    n = len(jumper.heights_cm)
    use = np.zeros((n, 2, 2), np.bool_)
    use[np.arange(n), (np.arange(n) + 1) % 2, 0] = True  # The right foot leaves first.
    use[np.arange(n), np.arange(n) % 2, 1] = True
    right = errors_ms(fitted(steps, use=use), jumper)[1:-1]
    assert np.median(np.abs(right)) < 3.0
    all_feet = errors_ms(fitted(steps), jumper)[1:-1]
    assert np.median(np.abs(all_feet)) > 3.0 * np.median(np.abs(right))


def test_the_share_of_all_holds_for_few() -> None:
    """A flight fitted alone, with what was found of all, comes out as it did among them."""
    jumper = Jumper()
    steps = at_rate(jumper, 30)
    apex_s, falls = trunk_apexes(steps, TORSO_PX)
    whole = fit_flights(steps, apex_s, float(np.median(falls)))
    alone = fit_flights(steps, apex_s[5:7], 1.0, shared=whole.shared)
    assert alone.shared is whole.shared
    assert alone.flight_s == pytest.approx(whole.flight_s[5:7], abs=0.002)


def test_a_wrong_guess_of_the_scale_does_no_harm() -> None:
    jumper = Jumper()
    steps = at_rate(jumper, 30)
    apex_s, _ = trunk_apexes(steps, TORSO_PX)
    for guess in (200.0, 280.0, 380.0):
        fit = fit_flights(steps, apex_s, guess)
        assert fit.shared.px_per_m == pytest.approx(280.0, rel=0.03)
        assert np.abs(errors_ms(fit, jumper)).max() < 5.0


def test_heels_take_the_place_of_toes_in_the_fall() -> None:
    steps = Steps(
        np.arange(8) * 0.1,
        np.arange(1, 9) * 0.1,
        np.zeros(8),
        np.zeros((8, 2)),
        np.ones((8, 2)),
    )
    mixed = steps.landing_on_heels(np.array([0.21, 0.61]))
    for foot in (0, 1):
        assert mixed.toes_px[:, foot].tolist() == [0, 0, 1, 1, 0, 0, 1, 1]
    assert mixed.heels_px is steps.heels_px


def sine(amplitude_m: float, period_s: float, fps: float = 30.0) -> Steps:
    t_s = np.arange(0.0, 6.0, 1.0 / fps)
    trunk_px = np.diff(-280.0 * amplitude_m * np.sin(2.0 * np.pi * t_s / period_s))
    nothing = np.zeros((len(trunk_px), 2))
    return Steps(t_s[:-1], t_s[1:], trunk_px, nothing, nothing)


def test_a_squat_has_no_flight_and_a_bounce_has() -> None:
    """A squat turns with a tenth of g; so much as half of it is needed."""
    for amplitude_m, period_s in ((0.2, 3.0), (0.05, 1.0), (0.10, 1.2)):
        turn = amplitude_m * (2.0 * np.pi / period_s) ** 2
        assert turn < 0.35 * 9.81
        assert len(trunk_apexes(sine(amplitude_m, period_s), TORSO_PX)[0]) == 0
    apex_s, falls = trunk_apexes(sine(0.06, 0.5), TORSO_PX)
    assert len(apex_s) == 12
    assert apex_s == pytest.approx(0.125 + 0.5 * np.arange(12), abs=0.005)
    # A sine is flatter than its top over the span that is looked at.
    assert 0.75 * 280.0 < np.median(falls) < 280.0 * 0.06 * (4.0 * np.pi) ** 2 / 9.81


def test_apexes_are_where_the_trunk_turns() -> None:
    jumper = Jumper()
    for fps in (30, 60):
        apex_s, falls = trunk_apexes(at_rate(jumper, fps), TORSO_PX)
        assert apex_s == pytest.approx(jumper.flights_s().mean(axis=1), abs=0.006)
        assert np.median(falls) == pytest.approx(280.0, rel=0.08)


def test_a_shaking_top_is_one_top() -> None:
    """Noise turns the trunk's speed to and fro at the top of a high jump."""
    jumper = Jumper(heights_cm=(8.0,) * 10, noise_px=0.6, cadence_per_min=100.0, start_s=0.5)
    steps = at_rate(jumper, 120)
    down = steps.trunk_px > 0.0
    turns = np.count_nonzero(~down[:-1] & down[1:])
    apex_s, _ = trunk_apexes(steps, TORSO_PX)
    assert turns > 15
    for top_s in jumper.flights_s().mean(axis=1):
        assert np.count_nonzero(np.abs(apex_s - top_s) < 0.1) == 1


def test_nothing_gives_nothing() -> None:
    steps = sine(0.06, 0.5)
    unseen = only(steps, trunk_px=np.full_like(steps.trunk_px, np.nan))
    apex_s, falls = trunk_apexes(unseen, TORSO_PX)
    assert (len(apex_s), len(falls)) == (0, 0)
