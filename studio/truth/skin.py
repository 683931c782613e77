"""What only the dressed skin shows: the sole over the floor and the gap under the lower back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from studio.arrays import FloatArray
from studio.body.actor import Actor
from studio.body.rig import SolvedPose
from studio.motion.rotation import twist_deg, unit

CONTACT_MM = 2.0
"""A sole nearer to the floor than this touches it."""

NAMES = ("lumbar_deg", "lumbar_gap_mm", "left_sole_mm", "right_sole_mm")
_LAST_LUMBAR_BONE = "spine03"
_SLICE_M = 0.02
_HALF_WIDTH_M = 0.15
_RESTING_M = 0.015


def skin_measures(actor: Actor, pose: SolvedPose, breath: float) -> Mapping[str, float]:
    """Measures one moment.

    Args:
        actor: the dressed person.
        pose: their solved skeleton.
        breath: how full the chest is, -1..1.

    Returns:
        ``lumbar_deg``: how far the lumbar spine is bent from upright standing, + rounded, - hollow.
        ``lumbar_gap_mm``: height of the arch that can be seen under the lower back of someone who
        lies on it, clothes included; NaN unless pelvis and shoulder blades both rest on the floor.
        ``left_sole_mm``, ``right_sole_mm``: lowest point of the shoe or bare foot over the floor.
    """
    skin_m = actor.unclamped_m(pose, breath)
    soles = {
        f"{side}_sole_mm": 1000.0 * float(skin_m[actor.parts[f"{side}_foot"], 1].min())
        - 1000.0 * actor.floor_m
        for side in ("left", "right")
    }
    index = actor.body.index
    root, thorax = (pose.rotations[index[bone]] for bone in ("root", _LAST_LUMBAR_BONE))
    lumbar_deg = twist_deg(root.T @ thorax, np.array([1.0, 0.0, 0.0]))
    return {"lumbar_deg": lumbar_deg, "lumbar_gap_mm": _gap_mm(actor, pose, skin_m), **soles}


def _gap_mm(actor: Actor, pose: SolvedPose, skin_m: FloatArray) -> float:
    """The highest of the trunk's lowest points between pelvis and shoulder blades."""
    pelvis = pose.rotations[actor.body.index["root"]]
    if pelvis[1, 2] < 0.5:
        return float("nan")
    names = actor.landmarks.names
    points = actor.landmarks.positions_m(pose)

    def middle(name: str) -> FloatArray:
        rows = [names.index(f"{side}_{name}") for side in ("left", "right")]
        centre: FloatArray = points[rows].mean(axis=0)
        return centre

    hips, level = middle("hip"), np.array([1.0, 0.0, 1.0])
    headward = (middle("shoulder") - hips) * level
    length_m = float(np.linalg.norm(headward))
    along = unit(headward)
    across = np.cross(along, np.array([0.0, 1.0, 0.0]))
    trunk_m = skin_m[actor.parts["trunk"]]
    trunk_m = trunk_m[np.abs((trunk_m - hips) @ across) < _HALF_WIDTH_M]
    place_m, height_m = (trunk_m - hips) @ along, trunk_m[:, 1] - actor.floor_m
    pelvis_m = height_m[place_m < 0.2 * length_m]
    blades_m = height_m[(place_m > 0.55 * length_m) & (place_m < length_m)]
    if pelvis_m.min() > _RESTING_M or blades_m.min() > _RESTING_M:
        return float("nan")
    between = (place_m > 0.05 * length_m) & (place_m < 0.75 * length_m)
    slices = np.floor(place_m[between] / _SLICE_M).astype(np.int64)
    lowest = [float(height_m[between][slices == number].min()) for number in np.unique(slices)]
    return max(0.0, 1000.0 * max(lowest))
