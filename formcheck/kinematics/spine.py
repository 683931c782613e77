"""What the outline of the trunk says of the spine.

No landmark lies on the lumbar spine. Everything here is an estimate from the body's outline, and
means something only as change from the same person's start or neutral: see :class:`Outline`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from formcheck.types import OUTLINE_STATIONS, Outline

_STATIONS = np.linspace(0.0, 1.0, OUTLINE_STATIONS)
# From the shoulders (0) to the hips (1).
_LUMBAR_REST = (0.5, 0.8)
_LUMBAR = (14 / 32, 30 / 32)
_THORACIC = (0.0, 0.5)
_MIN_SEEN = 0.6


def lumbar_gap_ratio(outline: Outline) -> float:
    """Opening under the lower back of someone who lies on it, over the trunk's length.

    The mean height of the lower edge at the lumbar spine over the line that the trunk rested on.

    Returns:
        The opening, + up; NaN when too little of the edge is seen. About 0.002 a millimetre. Only
        its change is exact.
    """
    start, end = outline.floor_px.astype(np.float64)
    run = end - start
    torso_px = math.hypot(*run)
    part = outline.lower_px[_within(*_LUMBAR_REST)].astype(np.float64) - start
    seen = np.isfinite(part).all(axis=1)
    if not torso_px > 0 or seen.mean() < _MIN_SEEN:
        return math.nan
    below_px = (run[0] * part[seen, 1] - run[1] * part[seen, 0]) / torso_px
    # The edge's pixels count down the picture, whichever way the head points.
    upward = -1.0 if run[0] > 0 else 1.0
    return float(upward * np.median(below_px) / torso_px)


def lumbar_curve_deg(outline: Outline) -> float:
    """Bend of the upper edge over the lumbar spine of someone face down, + hollow.

    Returns:
        Degrees between the edge's directions at both ends of the part; NaN when it is not seen.
    """
    return -_bend_deg(outline.upper_px, *_LUMBAR)


def thoracic_curve_deg(outline: Outline) -> float:
    """Bend of the upper edge over the upper back of someone face down, + rounded.

    Returns:
        Degrees between the edge's directions at both ends of the part; NaN when it is not seen.
    """
    return _bend_deg(outline.upper_px, *_THORACIC)


def _bend_deg(edge_px: NDArray[np.float32], first: float, last: float) -> float:
    """Change of direction along a part of an upper edge, + where it bulges upwards.

    A parabola y = a x² + b x + c is fitted in the frame of the part's own chord; its direction
    changes by 8 s / c (the sagitta s over the chord c), as for a shallow circular arc.
    """
    rows = _within(first, last)
    part = edge_px[rows].astype(np.float64)
    seen = np.isfinite(part).all(axis=1)
    if seen.mean() < _MIN_SEEN or not (seen[:3].any() and seen[-3:].any()):
        return math.nan
    part = part[seen]
    chord = part[-1] - part[0]
    length = math.hypot(*chord)
    if not length > 0:
        return math.nan
    along = (part - part[0]) @ chord / length**2
    upward = np.array([chord[1], -chord[0]]) / length
    if upward[1] > 0:
        upward = -upward
    height = (part - part[0]) @ upward / length
    squared = float(np.polyfit(along, height, 2)[0])
    return math.degrees(4.0 * math.atan(-squared / 2.0))


def _within(first: float, last: float) -> NDArray[np.intp]:
    return np.flatnonzero((first - 1e-9 <= _STATIONS) & (last + 1e-9 >= _STATIONS))
