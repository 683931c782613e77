"""What the outline of the trunk says of the spine.

No landmark lies on the lumbar spine. Everything here is an estimate from the body's outline, and
means something only as change from the same person's start or neutral: see :class:`Outline`.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import median

import numpy as np
from numpy.typing import NDArray

from formcheck.types import OUTLINE_STATIONS, Outline

_STATIONS = np.linspace(0.0, 1.0, OUTLINE_STATIONS)
# From the shoulders (0) to the hips (1).
_LUMBAR_REST = (0.5, 0.8)
_LUMBAR = (0.35, 0.65, 0.95)
_THORACIC = (0.05, 0.45, 0.85)
_HALF_WIDTH = 0.05
_MIN_SEEN = 0.6

# An outline stands for some frames, and is asked for its numbers in each.
_of_last_outlines = lru_cache(maxsize=8)


@_of_last_outlines
def lumbar_gap_ratio(outline: Outline) -> float:
    """Opening under the lower back of someone who lies on it, over the trunk's length.

    The mean height of the lower edge at the lumbar spine over the line that the trunk rested on.

    Returns:
        The opening, + up; NaN when too little of the edge is seen. About 0.002 a millimetre. Only
        its change is exact.
    """
    (start_x, start_y), (end_x, end_y) = outline.floor_px.tolist()
    run_x, run_y = end_x - start_x, end_y - start_y
    torso_px = math.hypot(run_x, run_y)
    part = outline.lower_px[_within(*_LUMBAR_REST)].tolist()
    seen = [(x - start_x, y - start_y) for x, y in part if math.isfinite(x) and math.isfinite(y)]
    if not torso_px > 0 or len(seen) / len(part) < _MIN_SEEN:
        return math.nan
    below_px = [(run_x * y - run_y * x) / torso_px for x, y in seen]
    # The edge's pixels count down the picture, whichever way the head points.
    upward = -1.0 if run_x > 0 else 1.0
    return float(upward * median(below_px) / torso_px)


@_of_last_outlines
def lumbar_curve_deg(outline: Outline) -> float:
    """Bend of the upper edge over the lumbar spine of someone face down, + hollow.

    A rounded upper back makes it smaller, a sagging hip line larger.

    Returns:
        Degrees between the edge's directions at both ends of the part; NaN when it is not seen.
    """
    return -_bend_deg(outline.upper_px, *_LUMBAR)


@_of_last_outlines
def thoracic_curve_deg(outline: Outline) -> float:
    """Bend of the upper edge over the upper back of someone face down, + rounded.

    A hollow lower back makes it smaller.

    Returns:
        Degrees between the edge's directions at both ends of the part; NaN when it is not seen.
    """
    return _bend_deg(outline.upper_px, *_THORACIC)


def _bend_deg(edge_px: NDArray[np.float32], first: float, middle: float, last: float) -> float:
    """Change of direction along a part of an upper edge, + where it bulges upwards.

    The part is taken for a shallow arc through three places of the edge, each the mean of a tenth
    of the trunk: 4 atan(2 s / c) for the sagitta s over the chord c. It stands s 4 t (1 - t) over
    its chord at the share t of it.
    """
    start, top, end = (_mean_point(edge_px, place) for place in (first, middle, last))
    chord = end - start
    length = abs(chord)
    if not length > 0:
        return math.nan
    # In units of the chord: how far along it, and how far to its left, in a picture whose y
    # grows downwards; that is up when the chord points to the left.
    along = (top - start) / chord
    height = along.imag if chord.real < 0 else -along.imag
    share = along.real
    if not 0.1 < share < 0.9:
        return math.nan
    sagitta = height / (4.0 * share * (1.0 - share))
    return math.degrees(4.0 * math.atan(2.0 * sagitta))


def _mean_point(edge_px: NDArray[np.float32], place: float) -> complex:
    """The mean of an edge around a place; NaN when less than half of that is seen."""
    part = edge_px[_within(place - _HALF_WIDTH, place + _HALF_WIDTH)].tolist()
    seen = [complex(x, y) for x, y in part if math.isfinite(x) and math.isfinite(y)]
    if len(seen) / len(part) < 0.5:
        return complex(math.nan, math.nan)
    return sum(seen) / len(seen)


@lru_cache
def _within(first: float, last: float) -> slice:
    """The stations of a part of the edge, both ends included."""
    inside = np.flatnonzero((first - 1e-9 <= _STATIONS) & (last + 1e-9 >= _STATIONS))
    return slice(int(inside[0]), int(inside[-1]) + 1)
