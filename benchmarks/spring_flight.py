"""Time in the air from the trunk alone: free fall in the air, a mass on a spring on the floor.

The trunk of someone who bounces falls freely in the air, and on the floor it moves as on a spring
whose force grows from nothing at touch-down (Blickhan 1989, J Biomech 22:1217). At a given beat and
scale its whole course then depends on one number, the time in the air. Legs are no springs, so this
is the coarser estimate; it needs no feet, and fails in other ways than they do. formcheck does not
use it: what it says hangs on the contact being that of a spring (``hop_methods.py``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formcheck.kinematics.flights import G_M_S2, Steps

__all__ = ["TRIED_S", "course_m", "excursion_m", "spring_flights"]

Array = NDArray[np.float64]

TRIED_S = np.arange(0.03, 0.40, 0.005)
_LEAST_CONTACT_S = 0.10
_HALVINGS = 40
_LEAST_NOISE_PX = 0.05

MODEL_SHARE = 0.08
MODEL_S = 0.008
"""Standard deviation of the time in the air for want of a true spring, as a share and flat."""


def spring_flights(
    steps: Steps, apex_s: Array, px_per_m: float, scale_share: float = 0.02
) -> tuple[Array, Array]:
    """Time in the air of each flight, from the trunk's steps around its top.

    Args:
        steps: Of the bout.
        apex_s: (n,) tops of the flights.
        px_per_m: The scale.
        scale_share: Its standard error as a share.

    Returns:
        Seconds (n,) and their standard errors (n,); NaN with fewer than three tops.
    """
    n = len(apex_s)
    if n < 3:
        return np.full(n, np.nan), np.full(n, np.nan)
    periods = np.diff(apex_s)
    usual = float(np.median(periods))
    before = np.append(usual, np.minimum(periods, 1.3 * usual))
    after = np.append(np.minimum(periods, 1.3 * usual), usual)
    beat_s = (before + after) / 2
    flights, errors = np.full(n, np.nan), np.full(n, np.nan)
    for k in range(n):
        first = int(np.searchsorted(steps.since_s, apex_s[k] - beat_s[k] / 2))
        last = int(np.searchsorted(steps.until_s, apex_s[k] + beat_s[k] / 2, side="right"))
        told = _one(steps, slice(first, last), float(apex_s[k]), float(beat_s[k]), px_per_m)
        if told is not None:
            flights[k], own = told
            # A scale that is 1 % too large makes the flight about as much too short.
            model = np.hypot(MODEL_SHARE * flights[k], MODEL_S)
            errors[k] = float(np.hypot(np.hypot(own, model), scale_share * flights[k]))
    return flights, errors


def _one(
    steps: Steps, rows: slice, apex_s: float, beat_s: float, px_per_m: float
) -> tuple[float, float] | None:
    """The best time in the air and its standard error from the residuals."""
    moved = steps.trunk_px[rows]
    seen = np.isfinite(moved)
    tried = TRIED_S[beat_s - TRIED_S > _LEAST_CONTACT_S]
    if seen.sum() < 5 or len(tried) < 5:
        return None
    since, until = steps.since_s[rows][seen] - apex_s, steps.until_s[rows][seen] - apex_s
    fallen = course_m(since, tried, beat_s) - course_m(until, tried, beat_s)
    off = moved[seen] - px_per_m * fallen
    # The top is known to a few milliseconds: a constant step more or less is not told by it.
    cost = np.square(off - off.mean(axis=1, keepdims=True)).sum(axis=1)
    best = int(np.argmin(cost))
    if not 0 < best < len(tried) - 1:
        return None
    low, middle, high = cost[best - 1 : best + 2]
    bend = low - 2.0 * middle + high
    step_s = float(tried[1] - tried[0])
    flight_s = float(tried[best]) + step_s * 0.5 * float((low - high) / bend)
    noise = max(float(middle) / max(int(seen.sum()) - 2, 1), _LEAST_NOISE_PX**2)
    return flight_s, step_s * float(np.sqrt(2.0 * noise / bend))


def excursion_m(flight_s: Array, beat_s: float) -> Array:
    """How far (p,) the trunk goes from its lowest to its highest, for each time in the air."""
    ends = course_m(np.array([0.0, beat_s / 2]), flight_s, beat_s)
    excursion: Array = ends[:, 0] - ends[:, 1]
    return excursion


def course_m(u_s: Array, flight_s: Array, beat_s: float) -> Array:
    """Height (p, k) of the trunk over take-off, metres, at times from the top, for each flight."""
    tf = flight_s[:, None]
    speed = G_M_S2 * tf / 2.0
    contact = beat_s - tf
    angle = _half_angle(2.0 * speed / (G_M_S2 * contact))
    omega = 2.0 * angle / contact
    u = np.abs(u_s)[None]
    falling = G_M_S2 * (tf**2 / 4.0 - u**2) / 2.0
    on_floor = omega * (u - tf / 2.0) - angle
    sunk = -G_M_S2 / omega**2 * (1.0 - np.cos(on_floor) / np.cos(angle))
    course: Array = np.where(u <= tf / 2.0, falling, sunk)
    return course


def _half_angle(pull: Array) -> Array:
    """Where sin a + pull · a · cos a = 0 between a quarter and half a turn: speeds then match."""
    low, high = np.full_like(pull, np.pi / 2), np.full_like(pull, np.pi)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = np.sin(middle) + pull * middle * np.cos(middle) > 0.0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return (low + high) / 2
