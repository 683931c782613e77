"""A posture: where the body's supports and the pelvis are. The skeleton is solved from it.

World frame: metres, y up, floor at y = 0; the exerciser's head points to +z when lying or in a
plank, and +x is then their left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.arrays import FloatArray
from studio.motion.rotation import between, unit


@dataclass(frozen=True, slots=True)
class Leg:
    """Where a leg is.

    Attributes:
        ankle_m: (3,) the ankle; a target out of reach leaves the leg straight.
        foot: (3, 3) world rotation of the foot; identity stands flat, toes to +z.
        toe_bend_deg: how far the toes bend up against the foot.
        knee_out_ratio: how far the knee points outwards for every part it points forward.
    """

    ankle_m: FloatArray
    foot: FloatArray
    toe_bend_deg: float = 0.0
    knee_out_ratio: float = 0.06


@dataclass(frozen=True, slots=True)
class Arm:
    """Where an arm is.

    Attributes:
        wrist_m: (3,) the wrist; a target out of reach leaves the arm straight.
        elbow_towards_m: (3,) the point the elbow bends towards.
        fingers: (3,) direction of the fingers.
        palm: (3,) direction the palm faces.
    """

    wrist_m: FloatArray
    elbow_towards_m: FloatArray
    fingers: FloatArray
    palm: FloatArray


@dataclass(frozen=True, slots=True)
class Posture:
    """A whole body.

    Attributes:
        hips_m: (3,) middle of the hip joints.
        pelvis: (3, 3) world rotation of the pelvis; identity is upright, facing +z.
        lumbar_deg: flexion of the lumbar spine (+ rounds, - hollows).
        thoracic_deg: flexion of the thoracic spine.
        neck_deg: flexion of the neck (+ chin to chest).
        left_leg: the left leg.
        right_leg: the right leg.
        left_arm: the left arm.
        right_arm: the right arm.
        breath: how full the chest is, -1..1.
        lumbar_twist_deg: turn of the chest against the pelvis (+ to the left).
    """

    hips_m: FloatArray
    pelvis: FloatArray
    left_leg: Leg
    right_leg: Leg
    left_arm: Arm
    right_arm: Arm
    lumbar_deg: float = 0.0
    thoracic_deg: float = 0.0
    neck_deg: float = 0.0
    breath: float = 0.0
    lumbar_twist_deg: float = 0.0


def blend(start: Posture, end: Posture, share: float) -> Posture:
    """Returns the posture a share (0..1) of the way; supports that do not move stay put."""
    if share <= 0.0:
        return start
    if share >= 1.0:
        return end

    def mix(a: float, b: float) -> float:
        return a + (b - a) * share

    return Posture(
        hips_m=start.hips_m + (end.hips_m - start.hips_m) * share,
        pelvis=between(start.pelvis, end.pelvis, share),
        left_leg=_blend_leg(start.left_leg, end.left_leg, share),
        right_leg=_blend_leg(start.right_leg, end.right_leg, share),
        left_arm=blend_arm(start.left_arm, end.left_arm, share),
        right_arm=blend_arm(start.right_arm, end.right_arm, share),
        lumbar_deg=mix(start.lumbar_deg, end.lumbar_deg),
        thoracic_deg=mix(start.thoracic_deg, end.thoracic_deg),
        neck_deg=mix(start.neck_deg, end.neck_deg),
        breath=mix(start.breath, end.breath),
        lumbar_twist_deg=mix(start.lumbar_twist_deg, end.lumbar_twist_deg),
    )


def placed(posture: Posture, turn: FloatArray, move_m: FloatArray) -> Posture:
    """Returns the posture turned about the origin, then moved: the person stands elsewhere."""

    def point(position: FloatArray) -> FloatArray:
        moved: FloatArray = turn @ position + move_m
        return moved

    def leg(old: Leg) -> Leg:
        return replace(old, ankle_m=point(old.ankle_m), foot=turn @ old.foot)

    def arm(old: Arm) -> Arm:
        return Arm(
            point(old.wrist_m),
            point(old.elbow_towards_m),
            turn @ old.fingers,
            turn @ old.palm,
        )

    return replace(
        posture,
        hips_m=point(posture.hips_m),
        pelvis=turn @ posture.pelvis,
        left_leg=leg(posture.left_leg),
        right_leg=leg(posture.right_leg),
        left_arm=arm(posture.left_arm),
        right_arm=arm(posture.right_arm),
    )


def _blend_leg(start: Leg, end: Leg, share: float) -> Leg:
    return Leg(
        start.ankle_m + (end.ankle_m - start.ankle_m) * share,
        between(start.foot, end.foot, share),
        start.toe_bend_deg + (end.toe_bend_deg - start.toe_bend_deg) * share,
        start.knee_out_ratio + (end.knee_out_ratio - start.knee_out_ratio) * share,
    )


def blend_arm(start: Arm, end: Arm, share: float) -> Arm:
    """Returns the arm a share (0..1) of the way; the hand goes straight there."""

    def direction(a: FloatArray, b: FloatArray) -> FloatArray:
        mixed = a + (b - a) * share
        # Opposite directions cancel half-way: hold the first rather than divide by nothing.
        return unit(mixed) if np.linalg.norm(mixed) > 1e-3 else a

    return Arm(
        start.wrist_m + (end.wrist_m - start.wrist_m) * share,
        start.elbow_towards_m + (end.elbow_towards_m - start.elbow_towards_m) * share,
        direction(start.fingers, end.fingers),
        direction(start.palm, end.palm),
    )
