"""When a true curve is a fault, and during which spans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.arrays import BoolArray, FloatArray
from studio.truth.measures import Measures

Span = tuple[float, float]
# Tremor around a limit is not a new event.
_BRIDGE_S = 0.3


@dataclass(frozen=True, slots=True)
class Limit:
    """When a measured change is a fault.

    Attributes:
        check: code of the check.
        curve: the measure, a key of ``Measures.curves``.
        from_neutral: whether the change from neutral counts, not the value.
        sign: +1 if high values are wrong, -1 if low ones are.
        warn: limit of a warning.
        fault: limit of a fault.
        owed: how large a fault must be for a cue to be owed; None where none is.
        owed_from_start: the same for a fault that is there from the first second, when there is no
            neutral to compare with.
    """

    check: str
    curve: str
    from_neutral: bool
    sign: float
    warn: float
    fault: float
    owed: float | None = None
    owed_from_start: float | None = None


_PLANK = (
    Limit("hips-sag", "hip_line_deg", True, -1.0, -7.0, -12.0, owed=-15.0, owed_from_start=-20.0),
    Limit("hips-pike", "hip_line_deg", True, 1.0, 10.0, 16.0, owed=20.0, owed_from_start=30.0),
    Limit("knees-bent", "knee_deg", False, -1.0, 165.0, 155.0),
    Limit("elbows-offset", "elbow_offset_ratio", False, -1.0, -0.20, -0.35),
    Limit("hands-offset", "hand_offset_ratio", False, -1.0, -0.20, -0.35),
    Limit("head-dropped", "head_pitch_deg", True, -1.0, -15.0, -25.0),
    Limit("head-lifted", "head_pitch_deg", True, 1.0, 15.0, 25.0),
    Limit("lumbar-hollow", "lumbar_deg", True, -1.0, -10.0, -20.0, owed=-30.0),
    Limit("upper-back-rounded", "thoracic_deg", True, 1.0, 10.0, 20.0, owed=30.0),
)
_LIMITS: dict[str, tuple[Limit, ...]] = {"plank": _PLANK}


def limits_for(exercise: str, far_support: str) -> tuple[Limit, ...]:
    """Returns the limits of an exercise: none if its rule has none yet."""
    limits = _LIMITS.get(exercise, ())
    if far_support == "knee":
        # Whoever kneels has bent knees.
        return tuple(limit for limit in limits if limit.curve != "knee_deg")
    return limits


def beyond(measures: Measures, limit: Limit, neutral: float, threshold: float) -> BoolArray:
    """Returns whether each frame (T,) passes a threshold of a limit."""
    value = change(measures, limit, neutral)
    wrong: BoolArray = np.nan_to_num(limit.sign * (value - threshold), nan=-1.0) > 0.0
    return wrong


def change(measures: Measures, limit: Limit, neutral: float) -> FloatArray:
    """Returns what a limit looks at (T,): the curve, or its change from neutral."""
    curve = measures.curves[limit.curve]
    return curve - neutral if limit.from_neutral else curve


def spans_where(condition: BoolArray, t_s: FloatArray, frame_s: float) -> list[Span]:
    """Returns the spans in which a condition holds, short gaps bridged.

    Args:
        condition: (T,) per frame.
        t_s: (T,) times.
        frame_s: length of a frame; a span ends when its last frame does.
    """
    spans: list[Span] = []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], condition, [False]]).astype(int)))
    for first, last in edges.reshape(-1, 2):
        start_s, end_s = float(t_s[first]), float(t_s[last - 1]) + frame_s
        if spans and start_s - spans[-1][1] <= _BRIDGE_S:
            spans[-1] = (spans[-1][0], end_s)
        else:
            spans.append((start_s, end_s))
    return spans
