"""How high a jump was, and how sure that is.

Two estimates, as far apart as one camera allows: from the time in the air, by the toes
(h = g t² / 8), and from how the trunk flew, by the scale that gravity gives: the trunk's speed at
the middle of its fall is known from its steps, and so is how far it rose between take-off and the
top. They are combined by their variances; where they disagree the range is widened, and where they
disagree badly nothing is told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.kinematics.flights import G_M_S2, FlightFit, Steps, height_m

__all__ = ["Z95", "Heights", "heights", "times_error_s"]

Array = NDArray[np.float64]

Z95 = 1.96

LEAST_MOVING_PX, HALTED_SHARE, OFTEN_SHARE = 0.6, 0.1, 0.03
"""A step under a tenth of both its neighbours, where those are large, is a picture shown twice;
so many of a hundred make a habit of it."""

AROUND_S = 0.25
"""The trunk is fastest within so long of its top."""

ERROR_GAIN = 1.3
"""What a fit says of its own error is this much too small: residuals of neighbouring frames go
together. Read against rendered truth (``docs/accuracy.md``)."""

FLOOR_S = 0.0013
"""Error of a flight's length that no fit knows of: toes that roll off the floor, blur."""

LENGTH_SHARE = 0.005
"""What grows with the flight: a foot that turns or is drawn up in the air."""

MOST_MISFIT = 3.0
MOST_NOISE_SHARE = 0.35
"""Noise of the toes' steps, against the step at take-off, beyond which no instant can be told."""

SLOWEST_HZ = 22.0
"""Frames a second below which a flight of 0.15 s has hardly three frames."""

MOST_APART = 4.0
"""Standard deviations between the two estimates beyond which neither is believed."""


@dataclass(frozen=True, slots=True, eq=False)
class Heights:
    """Heights of the flights of a bout.

    Attributes:
        height_m: (n,) rise of the body's centre; NaN where it can't be told.
        error_m: (n,) standard error.
        why_not: (n) reasons, empty where a height is told.
    """

    height_m: Array
    error_m: Array
    why_not: tuple[str, ...]


FASTEST_SHARE = (0.40, 1.25)
"""Speed at take-off against the greatest of the trunk: on the floor it still gains a little, in
the air it only loses. 0.5 in rendered hops of 1 cm, 0.64 at 2 cm, 0.95 at 9 cm."""

TOO_SLOW = "too few frames a second: film with 30 or more"
FEET_UNSEEN = "the feet could not be followed well enough"
CROSSING = "its take-off and landing could not be told from those of other jumps or feet"
TRUNK_UNSEEN = "the trunk could not be followed well enough"
REPEATED = "the clip repeats pictures, so its times are not the camera's"
DISAGREE = "the time in the air and the way of the trunk do not agree"


def times_error_s(fit: FlightFit) -> Array:
    """Standard error (n,) of each time in the air."""
    own = ERROR_GAIN * fit.flight_error_s * np.maximum(fit.misfit, 1.0)
    error: Array = np.hypot(own, np.hypot(FLOOR_S, LENGTH_SHARE * fit.flight_s))
    return error


def heights(steps: Steps, fit: FlightFit) -> Heights:
    """The height of each flight with its error, or why it can't be told.

    Args:
        steps: Of the bout.
        fit: Its flights.
    """
    flight_s = fit.flight_s
    error_s = times_error_s(fit)
    by_time = height_m(flight_s)
    error_m = G_M_S2 * flight_s / 4.0 * error_s
    rise, rise_error = _trunk_rise(steps, fit)
    apart = np.abs(rise - by_time)
    both = np.hypot(error_m, rise_error)
    # Where they differ by more than both can explain, the range has to hold the difference.
    widened = np.where(apart > 2.0 * both, np.hypot(error_m, apart / 2.0), error_m)
    speed_share = G_M_S2 * flight_s / 2.0 / _greatest_speed(steps, fit)
    low, high = FASTEST_SHARE
    repeats = _repeats(steps, fit)
    reasons = []
    frame_s = float(np.median(steps.dt_s)) if len(steps.dt_s) else np.inf
    # Of the usual flight: one that noise has made long would let itself through.
    usual_s = float(np.median(flight_s)) if len(flight_s) else np.nan
    take_off_step = G_M_S2 * usual_s / 2.0 * fit.shared.px_per_m * frame_s
    noise = float(np.min(fit.shared.toe_noise_px))
    for k in range(len(flight_s)):
        if frame_s > 1.0 / SLOWEST_HZ:
            reasons.append(TOO_SLOW)
        elif repeats[k]:
            reasons.append(REPEATED)
        elif not np.isfinite(error_s[k]):
            reasons.append(CROSSING)
        elif noise > MOST_NOISE_SHARE * take_off_step or fit.misfit[k] > MOST_MISFIT:
            reasons.append(FEET_UNSEEN)
        elif not np.isfinite(rise[k]):
            reasons.append(TRUNK_UNSEEN)
        elif apart[k] > MOST_APART * both[k] or not low < speed_share[k] < high:
            reasons.append(DISAGREE)
        else:
            reasons.append("")
    told = np.array([not reason for reason in reasons], np.bool_)
    return Heights(np.where(told, by_time, np.nan), np.where(told, widened, np.nan), tuple(reasons))


def _trunk_rise(steps: Steps, fit: FlightFit) -> tuple[Array, Array]:
    """Rise (n,) of the trunk from take-off to its top, metres, and its standard error.

    The trunk's steps are added up, with the two at the ends cut at the instants.
    """
    scale = fit.shared.px_per_m
    total = np.concatenate([[0.0], np.nancumsum(steps.trunk_px)])
    times = np.concatenate([steps.since_s[:1], steps.until_s])
    # Where neither foot was followed the trunk's step may be one of landmarks, good for counting.
    feet = np.concatenate([steps.toes_px, steps.heels_px], axis=1)
    followed = np.isfinite(steps.trunk_px) & np.isfinite(feet).any(axis=1)
    missing = np.concatenate([[0.0], np.cumsum(~followed)])
    middle = (fit.take_off_s + fit.landing_s) / 2
    at = [np.interp(t, times, total) for t in (fit.take_off_s, middle, fit.landing_s)]
    lost = np.interp(fit.landing_s, times, missing) - np.interp(fit.take_off_s, times, missing)
    # The top lies between two frames: a parabola through the three points, not a corner.
    frame_s = float(np.median(steps.dt_s)) if len(steps.dt_s) else np.nan
    cut = G_M_S2 * scale * frame_s**2 / 12.0
    rise_px = (at[0] + at[2]) / 2.0 - at[1] + cut
    steps_there = np.maximum(fit.flight_s / frame_s, 1.0)
    noise_px = fit.shared.trunk_noise_px * np.sqrt(steps_there) / 2.0
    speed = G_M_S2 * fit.flight_s / 2.0
    error_m = np.hypot(noise_px / scale, 0.05 * rise_px / scale + 0.003)
    error_m = np.hypot(error_m, speed * fit.flight_error_s / 2.0)
    return np.where(lost < 0.5, rise_px / scale, np.nan), error_m


def _greatest_speed(steps: Steps, fit: FlightFit) -> Array:
    """(n,) the trunk's greatest speed up before each top and down after it, their mean, in m/s."""
    speed = steps.trunk_px / steps.dt_s / fit.shared.px_per_m
    middle = (fit.take_off_s + fit.landing_s) / 2
    greatest = np.full(len(middle), np.nan)
    for k, top_s in enumerate(middle):
        before = speed[(steps.middle_s > top_s - AROUND_S) & (steps.middle_s < top_s)]
        after = speed[(steps.middle_s > top_s) & (steps.middle_s < top_s + AROUND_S)]
        if np.isfinite(before).any() and np.isfinite(after).any():
            greatest[k] = (np.nanmax(after) - np.nanmin(before)) / 2.0
    return greatest


def _repeats(steps: Steps, fit: FlightFit) -> NDArray[np.bool_]:
    """(n,) whether pictures were shown twice around a flight, or now and then in the whole bout.

    Then nothing moves for a frame in the middle of a movement, and the frames around it are not
    when they say.
    """
    trunk = np.abs(steps.trunk_px)
    before, here, after = trunk[:-2], trunk[1:-1], trunk[2:]
    same_way = np.sign(steps.trunk_px[:-2]) == np.sign(steps.trunk_px[2:])
    least = np.minimum(before, after)
    halted = same_way & (least > LEAST_MOVING_PX) & (here < HALTED_SHARE * least)
    middle_s = steps.middle_s[1:-1]
    around = (middle_s[None] > fit.take_off_s[:, None] - AROUND_S) & (
        middle_s[None] < fit.landing_s[:, None] + AROUND_S
    )
    moving = np.count_nonzero(same_way & (least > LEAST_MOVING_PX))
    usual = np.count_nonzero(halted) > max(2, OFTEN_SHARE * moving)
    repeats: NDArray[np.bool_] = (around & halted[None]).any(axis=1) | usual
    return repeats
