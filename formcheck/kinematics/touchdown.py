"""When a single point of a foot comes down: the fall of its steps from their largest to nothing.

The fit of a flight (:mod:`formcheck.kinematics.flights`) takes the feet for rigid and together.
Whether one lands before the other, or the heel before the toes, is told point by point.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formcheck.kinematics.flights import Steps

__all__ = ["lift_offs", "touchdowns"]

Array = NDArray[np.float64]

SEARCH_S = 0.30
"""After the top of a flight."""

_STOPPED = 0.25
"""A step under this share of the largest is that of a point that stands."""

_LEAST_PX = 0.4
_SLACK = 0.15
"""Error of an instant in frames: a point does not stop as if cut off."""


def touchdowns(steps: Steps, point_px: Array, apex_s: Array) -> tuple[Array, Array]:
    """When a point comes to rest after each top of a flight.

    The frame in which it stops shows that share of a whole step for which it still moved.

    Args:
        steps: Of the bout.
        point_px: (m,) steps of the point.
        apex_s: (n,) tops of the flights.

    Returns:
        Times (n,) and their standard errors (n,); NaN where it can't be told.
    """
    n = len(apex_s)
    times, errors = np.full(n, np.nan), np.full(n, np.nan)
    ends_s = np.append((apex_s[1:] + apex_s[:-1]) / 2 + 0.05, np.inf)
    for k in range(n):
        first = int(np.searchsorted(steps.since_s, apex_s[k]))
        last = int(np.searchsorted(steps.until_s, min(apex_s[k] + SEARCH_S, ends_s[k])))
        told = _one(point_px[first:last], steps.until_s[first:last], steps.dt_s[first:last])
        if told is not None:
            times[k], errors[k] = told
    return times, errors


def lift_offs(steps: Steps, point_px: Array, apex_s: Array) -> tuple[Array, Array]:
    """When a point leaves its rest before each top of a flight: a touch-down, played backwards.

    Args:
        steps: Of the bout.
        point_px: (m,) steps of the point.
        apex_s: (n,) tops of the flights.

    Returns:
        Times (n,) and their standard errors (n,); NaN where it can't be told.
    """
    backwards = Steps(
        -steps.until_s[::-1],
        -steps.since_s[::-1],
        -steps.trunk_px[::-1],
        -steps.toes_px[::-1],
        -steps.heels_px[::-1],
    )
    times, errors = touchdowns(backwards, -point_px[::-1], -apex_s[::-1])
    return -times[::-1], errors[::-1]


def _one(moved_px: Array, until_s: Array, dt_s: Array) -> tuple[float, float] | None:
    if len(moved_px) < 3 or not np.isfinite(moved_px).all():
        return None
    peak = int(np.argmax(moved_px))
    largest = float(moved_px[peak])
    if largest < _LEAST_PX or peak + 1 >= len(moved_px):
        return None
    time_s = float(until_s[peak])
    for k in range(peak + 1, len(moved_px)):
        share = float(moved_px[k]) / largest
        time_s += float(np.clip(share, 0.0, 1.0)) * float(dt_s[k])
        if share < _STOPPED:
            return time_s, _SLACK * float(dt_s[k])
    return None
