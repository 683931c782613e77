"""Angles and ratios of the landmarks, and what of the spine and the soles the skin shows.

Signs: the hip line is + for pike (hips towards the back of the shoulder-ankle line) and - for sag.
World frame: metres, y up, floor at y = 0. Sagittal angles are taken square to the line through both
hips, so that rocking and turning do not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.arrays import FloatArray
from studio.body.landmarks import LANDMARK_NAMES

_ROW = {name: row for row, name in enumerate(LANDMARK_NAMES)}
SIDES = ("left", "right")
_CLOSE_ANKLES_M = 0.05


@dataclass(frozen=True, slots=True)
class Measures:
    """Curves over the frames of a clip, NaN where they have no meaning or nobody is there.

    Attributes:
        t_s: (T,) time of each frame.
        curves: name (with its unit) -> (T,) values.
    """

    t_s: FloatArray
    curves: dict[str, FloatArray]


def measure(
    t_s: FloatArray, landmarks_m: FloatArray, far_support: str, near_support: str = "elbow"
) -> Measures:
    """Measures a clip's landmarks.

    Args:
        t_s: (T,) times.
        landmarks_m: (T, K, 3) landmarks in the world, NaN while nobody is there.
        far_support: landmark that ends the hip line, ``ankle`` or ``knee``.
        near_support: landmark that carries the shoulders, ``elbow`` or ``wrist``.
    """
    offset = support_offset_ratio(landmarks_m, near_support)
    no_offset = np.full_like(offset, np.nan)
    knees = {side: knee_deg(landmarks_m, side) for side in SIDES}
    curves = {
        "hip_line_deg": hip_line_deg(landmarks_m, far_support),
        "knee_deg": np.mean([knees[side] for side in SIDES], axis=0),
        "elbow_offset_ratio": offset if near_support == "elbow" else no_offset,
        "hand_offset_ratio": offset if near_support == "wrist" else no_offset,
        "head_pitch_deg": head_pitch_deg(landmarks_m),
        "trunk_lean_deg": trunk_lean_deg(landmarks_m),
        "pelvis_tilt_deg": elevation_deg(landmarks_m, "right_hip", "left_hip"),
        "knee_gap_ratio": knee_gap_ratio(landmarks_m),
    }
    for side in SIDES:
        curves[f"{side}_knee_deg"] = knees[side]
        curves[f"{side}_hip_deg"] = hip_deg(landmarks_m, side)
        curves[f"{side}_thigh_deg"] = elevation_deg(landmarks_m, f"{side}_hip", f"{side}_knee")
        curves[f"{side}_arm_deg"] = arm_deg(landmarks_m, side)
        curves[f"{side}_elbow_deg"] = _corner_deg(landmarks_m, side, "shoulder", "elbow", "wrist")
        curves[f"{side}_foot_deg"] = elevation_deg(
            landmarks_m, f"{side}_heel", f"{side}_foot_index"
        )
    return Measures(t_s, curves)


def hip_line_deg(landmarks_m: FloatArray, far_support: str = "ankle") -> FloatArray:
    """Returns the signed hip line (T,): shoulder-hip-ankle (or knee), + pike, - sag."""
    corner, lateral = _middle(landmarks_m, "hip"), _lateral(landmarks_m)
    up_part = _flat(_middle(landmarks_m, "shoulder") - corner, lateral)
    down_part = _flat(_middle(landmarks_m, far_support) - corner, lateral)
    return _turn_deg(-down_part, up_part, lateral)


def hip_deg(landmarks_m: FloatArray, side: str) -> FloatArray:
    """Returns the angle (T,) shoulder-hip-knee: 180 is straight, above it over-extended."""
    corner, lateral = _of(landmarks_m, f"{side}_hip"), _lateral(landmarks_m)
    trunk = _flat(_middle(landmarks_m, "shoulder") - _middle(landmarks_m, "hip"), lateral)
    thigh = _flat(_of(landmarks_m, f"{side}_knee") - corner, lateral)
    return 180.0 - _turn_deg(-thigh, trunk, lateral)


def knee_deg(landmarks_m: FloatArray, side: str) -> FloatArray:
    """Returns the angle (T,) hip-knee-ankle, 180 is straight."""
    return _corner_deg(landmarks_m, side, "hip", "knee", "ankle")


def arm_deg(landmarks_m: FloatArray, side: str) -> FloatArray:
    """Returns the upper arm against the trunk (T,): 0 along it, 90 to the front, 180 overhead.

    NaN while the arm points more to the side than along the sagittal plane.
    """
    lateral = _lateral(landmarks_m)
    trunk = _flat(_middle(landmarks_m, "hip") - _middle(landmarks_m, "shoulder"), lateral)
    whole = _of(landmarks_m, f"{side}_elbow") - _of(landmarks_m, f"{side}_shoulder")
    arm = _flat(whole, lateral)
    # A little behind the back is less than 0, a little behind the ear more than 180.
    turn_deg = (-_turn_deg(trunk, arm, lateral) + 90.0) % 360.0 - 90.0
    aside = np.linalg.norm(arm, axis=-1) < np.sqrt(0.5) * np.linalg.norm(whole, axis=-1)
    return np.where(aside, np.nan, turn_deg)


def head_pitch_deg(landmarks_m: FloatArray) -> FloatArray:
    """Returns ear-nose against the trunk (T,): 0 looks along it, - towards the chest."""
    lateral = _lateral(landmarks_m)
    face = _flat(_of(landmarks_m, "nose") - _middle(landmarks_m, "ear"), lateral)
    trunk = _flat(_middle(landmarks_m, "shoulder") - _middle(landmarks_m, "hip"), lateral)
    return -_turn_deg(trunk, face, lateral)


def trunk_lean_deg(landmarks_m: FloatArray) -> FloatArray:
    """Returns the angle (T,) of the trunk out of the vertical, 0 upright, 90 lying."""
    trunk = _middle(landmarks_m, "shoulder") - _middle(landmarks_m, "hip")
    lean: FloatArray = np.degrees(np.arctan2(np.hypot(trunk[:, 0], trunk[:, 2]), trunk[:, 1]))
    return lean


def elevation_deg(landmarks_m: FloatArray, start: str, end: str) -> FloatArray:
    """Returns how steeply a segment rises (T,) from one landmark to another, 0 is level."""
    segment = _of(landmarks_m, end) - _of(landmarks_m, start)
    rise: FloatArray = np.degrees(np.arctan2(segment[:, 1], np.hypot(segment[:, 0], segment[:, 2])))
    return rise


def knee_gap_ratio(landmarks_m: FloatArray) -> FloatArray:
    """Returns how far apart the knees are over the ankles (T,), across the body.

    NaN while the ankles are so close that the ratio says nothing.
    """
    lateral = _lateral(landmarks_m)

    def gap_m(name: str) -> FloatArray:
        across = _of(landmarks_m, f"left_{name}") - _of(landmarks_m, f"right_{name}")
        gap: FloatArray = np.abs(np.einsum("ti,ti->t", across, lateral))
        return gap

    ankles_m = gap_m("ankle")
    ratio: FloatArray = gap_m("knee") / np.where(ankles_m < _CLOSE_ANKLES_M, np.nan, ankles_m)
    return ratio


def elbow_gap_ratio(landmarks_m: FloatArray) -> FloatArray:
    """Returns how far out from the hips the elbows are (T,), per shoulder width; mean of both."""
    lateral = _lateral(landmarks_m)

    def across_m(start: str, end: str) -> FloatArray:
        way = _of(landmarks_m, end) - _of(landmarks_m, start)
        across: FloatArray = np.einsum("ti,ti->t", way, lateral)
        return across

    out = across_m("left_hip", "left_elbow") - across_m("right_hip", "right_elbow")
    gap: FloatArray = out / 2 / across_m("right_shoulder", "left_shoulder")
    return gap


def hand_height_ratio(landmarks_m: FloatArray) -> FloatArray:
    """Returns how high over the hips the wrists are (T,), per length of the trunk; mean of both."""
    hip = _middle(landmarks_m, "hip")
    trunk_m = np.linalg.norm(_middle(landmarks_m, "shoulder") - hip, axis=-1)
    height: FloatArray = (_middle(landmarks_m, "wrist") - hip)[:, 1] / trunk_m
    return height


def support_offset_ratio(landmarks_m: FloatArray, support: str = "elbow") -> FloatArray:
    """Returns (shoulder - support) over their distance (T,), forward being level and headward."""
    shoulder, below = _middle(landmarks_m, "shoulder"), _middle(landmarks_m, support)
    headward = (shoulder - _middle(landmarks_m, "hip")) * np.array([1.0, 0.0, 1.0])
    length = np.linalg.norm(headward, axis=-1)
    arms = [
        _of(landmarks_m, f"{side}_shoulder") - _of(landmarks_m, f"{side}_{support}")
        for side in SIDES
    ]
    reach = np.linalg.norm(arms, axis=-1).mean(axis=0)
    offset = np.einsum("ti,ti->t", shoulder - below, headward) / np.maximum(length, 1e-9)
    ratio: FloatArray = offset / reach
    return ratio


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


def _corner_deg(
    landmarks_m: FloatArray, side: str, upper: str, corner: str, lower: str
) -> FloatArray:
    middle = _of(landmarks_m, f"{side}_{corner}")
    first = _of(landmarks_m, f"{side}_{upper}") - middle
    second = _of(landmarks_m, f"{side}_{lower}") - middle
    cosine = np.einsum("ti,ti->t", first, second)
    cosine = cosine / np.linalg.norm(first, axis=-1) / np.linalg.norm(second, axis=-1)
    angle: FloatArray = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return angle


def _turn_deg(start: FloatArray, end: FloatArray, axis: FloatArray) -> FloatArray:
    """Signed angle (T,) from one vector to another about an axis."""
    turn = np.einsum("ti,ti->t", np.cross(start, end), axis)
    along = np.einsum("ti,ti->t", start, end)
    angle: FloatArray = np.degrees(np.arctan2(turn, along))
    return angle
