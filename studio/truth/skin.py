"""What landmarks do not show: how the spine bends, and what the dressed skin does on the floor."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from studio.arrays import FloatArray
from studio.body.actor import Actor
from studio.body.back import back_of
from studio.body.rig import SolvedPose
from studio.motion.rotation import twist_deg

CONTACT_MM = 2.0
"""A sole nearer to the floor than this touches it."""

NAMES = (
    "lumbar_deg",
    "thoracic_deg",
    "lumbar_gap_mm",
    "head_up_mm",
    "left_sole_mm",
    "right_sole_mm",
)
_LAST_LUMBAR_BONE, _LAST_THORACIC_BONE = "spine03", "spine01"
# Cosine between the front of the pelvis and straight up.
_FACE_UP = 0.5
_RESTING_MM = 15.0


def skin_measures(actor: Actor, pose: SolvedPose, breath: float) -> Mapping[str, float]:
    """Measures one moment.

    Args:
        actor: the dressed person.
        pose: their solved skeleton.
        breath: how full the chest is, -1..1.

    Returns:
        ``lumbar_deg``: how far the lumbar spine is bent from upright standing, + rounded, - hollow.
        ``thoracic_deg``: the same of the thoracic spine.
        ``lumbar_gap_mm``: height of the arch that can be seen under the lower back of someone who
        lies on it, clothes included; NaN unless pelvis and shoulder blades both rest on the floor.
        ``head_up_mm``: lowest point of the head over the floor; NaN unless they face up.
        ``left_sole_mm``, ``right_sole_mm``: lowest point of the shoe or bare foot over the floor.
    """
    skin_m = actor.unclamped_m(pose, breath)
    soles = {
        f"{side}_sole_mm": 1000.0 * float(skin_m[actor.parts[f"{side}_foot"], 1].min())
        - 1000.0 * actor.floor_m
        for side in ("left", "right")
    }
    index = actor.body.index
    pelvis, waist, neck = (
        pose.rotations[index[bone]] for bone in ("root", _LAST_LUMBAR_BONE, _LAST_THORACIC_BONE)
    )
    gap_mm, head_up_mm = _on_the_back_mm(actor, pose, skin_m)
    return {
        "lumbar_deg": _bend_deg(pelvis, waist),
        "thoracic_deg": _bend_deg(waist, neck),
        "lumbar_gap_mm": gap_mm,
        "head_up_mm": head_up_mm,
        **soles,
    }


def _bend_deg(below: FloatArray, above: FloatArray) -> float:
    """How far one part of the spine (3, 3) is bent forward against the one below (3, 3)."""
    return twist_deg(below.T @ above, np.array([1.0, 0.0, 0.0]))


def _on_the_back_mm(actor: Actor, pose: SolvedPose, skin_m: FloatArray) -> tuple[float, float]:
    """The opening under the lower back and the height of the head, neither of them negative.

    NaN unless they face up; the opening too unless the trunk rests at both ends.
    """
    pelvis = pose.rotations[actor.body.index["root"]]
    if pelvis[1, 2] < _FACE_UP:
        return float("nan"), float("nan")
    seen = back_of(actor).read(pose, skin_m)
    resting = max(seen.pelvis_mm, seen.blades_mm) <= _RESTING_MM
    return max(0.0, seen.arch_mm) if resting else float("nan"), max(0.0, seen.head_mm)
