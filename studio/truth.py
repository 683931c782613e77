"""The truth of a clip: measured on the final skeleton, never copied from what was asked for.

Signs: the hip line is + for pike (hips towards the back of the shoulder-ankle line) and - for sag.
World frame: metres, y up, floor at y = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.arrays import BoolArray, FloatArray
from studio.body.landmarks import LANDMARK_NAMES

Span = tuple[float, float]
_ROW = {name: row for row, name in enumerate(LANDMARK_NAMES)}
# Tremor around a limit is not a new event.
_BRIDGE_S = 0.3


@dataclass(frozen=True, slots=True)
class Limit:
    """When a measured change is a fault.

    Attributes:
        check: code of the check.
        curve: the measure, a key of ``Measures``.
        from_neutral: whether the change from neutral counts, not the value.
        sign: +1 if high values are wrong, -1 if low ones are.
        warn: limit of a warning.
        fault: limit of a fault.
    """

    check: str
    curve: str
    from_neutral: bool
    sign: float
    warn: float
    fault: float


PLANK_LIMITS = (
    Limit("hips-sag", "hip_line_deg", True, -1.0, -7.0, -12.0),
    Limit("hips-pike", "hip_line_deg", True, 1.0, 10.0, 16.0),
    Limit("knees-bent", "knee_deg", False, -1.0, 165.0, 155.0),
    Limit("elbows-offset", "elbow_offset_ratio", False, -1.0, -0.20, -0.35),
    Limit("hands-offset", "hand_offset_ratio", False, -1.0, -0.20, -0.35),
    Limit("head-dropped", "head_pitch_deg", True, -1.0, -15.0, -25.0),
    Limit("head-lifted", "head_pitch_deg", True, 1.0, 15.0, 25.0),
)


@dataclass(frozen=True, slots=True)
class Measures:
    """Curves over the frames of a clip, NaN while nobody is in the scene.

    Attributes:
        far_support: landmark that ends the hip line, ``ankle`` or ``knee``.
        t_s: (T,) time of each frame.
        hip_line_deg: (T,) + pike, - sag.
        knee_deg: (T,) mean angle of the knees, 180 is straight.
        elbow_offset_ratio: (T,) shoulder ahead of elbow, over the upper arm; NaN on hands.
        hand_offset_ratio: (T,) shoulder ahead of wrist, over the arm; NaN on forearms.
        head_pitch_deg: (T,) ear-nose against the trunk, 0 looking along it, - towards the chest.
    """

    far_support: str
    t_s: FloatArray
    hip_line_deg: FloatArray
    knee_deg: FloatArray
    elbow_offset_ratio: FloatArray
    hand_offset_ratio: FloatArray
    head_pitch_deg: FloatArray


def measure(
    t_s: FloatArray, landmarks_m: FloatArray, far_support: str, near_support: str = "elbow"
) -> Measures:
    """Measures a clip.

    Args:
        t_s: (T,) times.
        landmarks_m: (T, K, 3) landmarks in the world, NaN while nobody is there.
        far_support: landmark that ends the hip line, ``ankle`` or ``knee``.
        near_support: landmark that carries the shoulders, ``elbow`` or ``wrist``.
    """
    offset = support_offset_ratio(landmarks_m, near_support)
    no_offset = np.full_like(offset, np.nan)
    return Measures(
        far_support,
        t_s,
        hip_line_deg(landmarks_m, far_support),
        np.mean([_knee_deg(landmarks_m, side) for side in ("left", "right")], axis=0),
        offset if near_support == "elbow" else no_offset,
        offset if near_support == "wrist" else no_offset,
        _head_pitch_deg(landmarks_m),
    )


def limits_for(far_support: str) -> tuple[Limit, ...]:
    """Returns the limits that apply: whoever kneels has bent knees."""
    if far_support == "knee":
        return tuple(limit for limit in PLANK_LIMITS if limit.curve != "knee_deg")
    return PLANK_LIMITS


def hip_line_deg(landmarks_m: FloatArray, far_support: str = "ankle") -> FloatArray:
    """Returns the signed hip line (T,): shoulder-hip-ankle (or knee), + pike, - sag."""
    return _bend_deg(landmarks_m, "shoulder", "hip", far_support)


def support_offset_ratio(landmarks_m: FloatArray, support: str = "elbow") -> FloatArray:
    """Returns (shoulder - support) over their distance (T,), forward being level and headward."""
    shoulder, below = _middle(landmarks_m, "shoulder"), _middle(landmarks_m, support)
    headward = (shoulder - _middle(landmarks_m, "hip")) * np.array([1.0, 0.0, 1.0])
    length = np.linalg.norm(headward, axis=-1)
    arms = [
        _of(landmarks_m, f"{side}_shoulder") - _of(landmarks_m, f"{side}_{support}")
        for side in ("left", "right")
    ]
    reach = np.linalg.norm(arms, axis=-1).mean(axis=0)
    offset = np.einsum("ti,ti->t", shoulder - below, headward) / np.maximum(length, 1e-9)
    ratio: FloatArray = offset / reach
    return ratio


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


def beyond(measures: Measures, limit: Limit, neutral: float, threshold: float) -> BoolArray:
    """Returns whether each frame (T,) passes a threshold of a limit."""
    value = change(measures, limit, neutral)
    wrong: BoolArray = np.nan_to_num(limit.sign * (value - threshold), nan=-1.0) > 0.0
    return wrong


def change(measures: Measures, limit: Limit, neutral: float) -> FloatArray:
    """Returns what a limit looks at (T,): the curve, or its change from neutral."""
    curve: FloatArray = getattr(measures, limit.curve)
    return curve - neutral if limit.from_neutral else curve


def _of(landmarks_m: FloatArray, name: str) -> FloatArray:
    return landmarks_m[:, _ROW[name]]


def _middle(landmarks_m: FloatArray, name: str) -> FloatArray:
    middle: FloatArray = (_of(landmarks_m, f"left_{name}") + _of(landmarks_m, f"right_{name}")) / 2
    return middle


def _lateral(landmarks_m: FloatArray) -> FloatArray:
    """Unit vectors (T, 3) to the person's left."""
    across = _of(landmarks_m, "left_hip") - _of(landmarks_m, "right_hip")
    unit: FloatArray = across / np.linalg.norm(across, axis=-1, keepdims=True)
    return unit


def _flat(vectors: FloatArray, normal: FloatArray) -> FloatArray:
    flat: FloatArray = vectors - np.einsum("ti,ti->t", vectors, normal)[:, None] * normal
    return flat


def _angle_deg(first: FloatArray, second: FloatArray) -> FloatArray:
    cosine = np.einsum("ti,ti->t", first, second)
    cosine = cosine / np.linalg.norm(first, axis=-1) / np.linalg.norm(second, axis=-1)
    angle: FloatArray = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return angle


def _knee_deg(landmarks_m: FloatArray, side: str) -> FloatArray:
    knee = _of(landmarks_m, f"{side}_knee")
    return _angle_deg(
        _of(landmarks_m, f"{side}_hip") - knee, _of(landmarks_m, f"{side}_ankle") - knee
    )


def _head_pitch_deg(landmarks_m: FloatArray) -> FloatArray:
    lateral = _lateral(landmarks_m)
    face = _flat(_of(landmarks_m, "nose") - _middle(landmarks_m, "ear"), lateral)
    trunk = _flat(_middle(landmarks_m, "shoulder") - _middle(landmarks_m, "hip"), lateral)
    return -_turn_deg(trunk, face, lateral)


def _bend_deg(landmarks_m: FloatArray, upper: str, middle: str, lower: str) -> FloatArray:
    """Bend (T,) of a line in the sagittal plane, + with its ends bent towards the belly's side.

    The sagittal plane is square to the line through both hips, so that rocking does not count.
    """
    corner, lateral = _middle(landmarks_m, middle), _lateral(landmarks_m)
    up_part = _flat(_middle(landmarks_m, upper) - corner, lateral)
    down_part = _flat(_middle(landmarks_m, lower) - corner, lateral)
    return _turn_deg(-down_part, up_part, lateral)


def _turn_deg(start: FloatArray, end: FloatArray, axis: FloatArray) -> FloatArray:
    """Signed angle (T,) from one vector to another about an axis."""
    turn = np.einsum("ti,ti->t", np.cross(start, end), axis)
    along = np.einsum("ti,ti->t", start, end)
    angle: FloatArray = np.degrees(np.arctan2(turn, along))
    return angle
