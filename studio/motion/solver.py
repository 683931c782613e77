"""Solves a posture on a body's skeleton: trunk chain, two-link limbs, feet and hands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.arrays import FloatArray
from studio.body.rig import Body, SolvedPose
from studio.motion.posture import Arm, Leg, Posture
from studio.motion.rotation import about, about_x, about_y, between, carry, swing, twist_deg, unit

_LUMBAR = (("spine05", 0.38), ("spine04", 0.34), ("spine03", 0.28))
_THORACIC = (("spine02", 0.55), ("spine01", 0.45))
_NECK = (("neck01", 0.2), ("neck02", 0.25), ("neck03", 0.25), ("head", 0.3))
# The shoulder girdle takes part of every arm movement.
_CLAVICLE_SHARE, _SHOULDER_BLADE_SHARE = 0.1, 0.2
# A limb never quite locks: a dead straight one would have no bend plane.
_REACH = 0.9995
_SHOULDER_PASSES = 4


@dataclass(frozen=True, slots=True)
class _RestArm:
    upper: FloatArray
    fore: FloatArray
    bend_axis: FloatArray
    fingers: FloatArray
    palm: FloatArray


class PostureSolver:
    """Solves postures for one body.

    Attributes:
        body: the person.
        thigh_m: length of the thigh.
        shank_m: length of the shank.
        upper_arm_m: length of the upper arm.
        forearm_m: length of the forearm.
    """

    def __init__(self, body: Body) -> None:
        self.body = body
        hip, knee, ankle = (body.joint_m(f"l-{name}") for name in ("upper-leg", "knee", "ankle"))
        self._rest_thigh, self._rest_shank = knee - hip, ankle - knee
        self._rest_arms = {side: _rest_arm(body, side) for side in ("L", "R")}
        self.thigh_m = float(np.linalg.norm(self._rest_thigh))
        self.shank_m = float(np.linalg.norm(self._rest_shank))
        self.upper_arm_m = float(np.linalg.norm(self._rest_arms["L"].upper))
        self.forearm_m = float(np.linalg.norm(self._rest_arms["L"].fore))
        self.hip_half_width_m = float(hip[0])
        self._hips_offset = (
            body.joint_m("l-upper-leg") + body.joint_m("r-upper-leg")
        ) / 2 - body.heads_m[body.index["root"]]

    def solve(self, posture: Posture) -> SolvedPose:
        """Returns the skeleton in a posture."""
        rotations = self._trunk(posture)
        root_m = posture.hips_m - posture.pelvis @ self._hips_offset
        trunk = self.body.forward(rotations, root_m)
        for side, leg in (("L", posture.left_leg), ("R", posture.right_leg)):
            self._bend_leg(rotations, trunk, side, leg)
        for side, arm in (("L", posture.left_arm), ("R", posture.right_arm)):
            self._bend_arm(rotations, trunk, side, arm)
        return self.body.forward(rotations, root_m)

    def _trunk(self, posture: Posture) -> dict[str, FloatArray]:
        rotations = {"root": posture.pelvis}
        current = posture.pelvis
        for chain, flexion_deg, turn_deg in (
            (_LUMBAR, posture.lumbar_deg, posture.lumbar_twist_deg),
            (_THORACIC, posture.thoracic_deg, 0.0),
            (_NECK, posture.neck_deg, 0.0),
        ):
            for bone, share in chain:
                current = current @ about_x(flexion_deg * share)
                if turn_deg:
                    current = current @ about_y(turn_deg * share)
                rotations[bone] = current
        return rotations

    def _bend_leg(
        self, rotations: dict[str, FloatArray], trunk: SolvedPose, side: str, leg: Leg
    ) -> None:
        hip = trunk.heads_m[self.body.index[f"upperleg01.{side}"]]
        pelvis = rotations["root"]
        sign = 1.0 if side == "L" else -1.0
        # Knees point where the pelvis faces, a little outwards.
        forward = pelvis @ np.array([leg.knee_out_ratio * sign, 0.0, 1.0])
        thigh, shank = two_links(hip, leg.ankle_m, forward, self.thigh_m, self.shank_m)
        hinge = np.cross(unit(leg.ankle_m - hip), forward)
        mirror = np.array([sign, 1.0, 1.0])
        rest_forward = np.array([0.0, 0.0, 1.0])
        for name, rest, direction in (
            ("upperleg", self._rest_thigh * mirror, thigh),
            ("lowerleg", self._rest_shank * mirror, shank),
        ):
            rotation = carry(rest, rest_forward, direction, np.cross(hinge, direction))
            rotations[f"{name}01.{side}"] = rotation
            rotations[f"{name}02.{side}"] = rotation
        rotations[f"foot.{side}"] = leg.foot
        for toe in range(1, 6):
            rotations[f"toe{toe}-1.{side}"] = leg.foot @ about_x(-leg.toe_bend_deg)

    def _bend_arm(
        self, rotations: dict[str, FloatArray], trunk: SolvedPose, side: str, arm: Arm
    ) -> None:
        index, rest = self.body.index, self._rest_arms[side]
        thorax = rotations["spine01"]
        clavicle_m = trunk.heads_m[index[f"clavicle.{side}"]]
        links = [
            self.body.heads_m[index[f"{name}.{side}"]]
            for name in ("clavicle", "shoulder01", "upperarm01")
        ]
        shoulder_m = trunk.heads_m[index[f"upperarm01.{side}"]]
        rest_upper = thorax @ unit(rest.upper)
        clavicle = blade = thorax
        # The girdle follows the arm and so moves the shoulder the arm hangs from: go round.
        for _ in range(_SHOULDER_PASSES):
            upper, fore = two_links(
                shoulder_m,
                arm.wrist_m,
                arm.elbow_towards_m - shoulder_m,
                self.upper_arm_m,
                self.forearm_m,
            )
            clavicle = swing(rest_upper, upper, _CLAVICLE_SHARE) @ thorax
            blade = swing(rest_upper, upper, _SHOULDER_BLADE_SHARE) @ thorax
            shoulder_m = (
                clavicle_m + clavicle @ (links[1] - links[0]) + blade @ (links[2] - links[1])
            )
        rotations[f"clavicle.{side}"] = clavicle
        rotations[f"shoulder01.{side}"] = blade
        hinge = np.cross(arm.elbow_towards_m - shoulder_m, arm.wrist_m - shoulder_m)
        full = carry(rest.upper, rest.bend_axis, upper, hinge)
        hanging = swing(rest_upper, upper, 1.0) @ thorax
        rotations[f"upperarm01.{side}"] = between(hanging, full, 0.5)
        rotations[f"upperarm02.{side}"] = full
        straight = carry(rest.fore, rest.bend_axis, fore, hinge)
        hand = carry(rest.fingers, rest.palm, arm.fingers, arm.palm)
        # The palm turns by the two forearm bones rolling over each other, not at the wrist.
        roll_deg = twist_deg(hand @ straight.T, unit(fore))
        rotations[f"lowerarm01.{side}"] = about(fore, 0.4 * roll_deg) @ straight
        rotations[f"lowerarm02.{side}"] = about(fore, 0.85 * roll_deg) @ straight
        rotations[f"wrist.{side}"] = hand


def two_links(
    root_m: FloatArray,
    end_m: FloatArray,
    towards: FloatArray,
    first_m: float,
    second_m: float,
) -> tuple[FloatArray, FloatArray]:
    """Bends a two-link limb so that it ends at a point.

    Args:
        root_m: (3,) where the limb starts.
        end_m: (3,) where it should end.
        towards: (3,) direction the middle joint bends to.
        first_m: length of the first link.
        second_m: length of the second link.

    Returns:
        Directions (3,) of the two links, of length one.
    """
    span = end_m - root_m
    longest = _REACH * (first_m + second_m)
    shortest = 1.02 * abs(first_m - second_m)
    distance = float(np.clip(np.linalg.norm(span), shortest, longest))
    along = unit(span)
    side = unit(towards - along * (towards @ along))
    cosine = (first_m**2 + distance**2 - second_m**2) / (2 * first_m * distance)
    angle = float(np.arccos(np.clip(cosine, -1.0, 1.0)))
    first = along * np.cos(angle) + side * np.sin(angle)
    second = unit(along * distance - first * first_m)
    return first, second


def _rest_arm(body: Body, side: str) -> _RestArm:
    initial = side.lower()
    shoulder, elbow, wrist = (
        body.joint_m(f"{initial}-{name}") for name in ("shoulder", "elbow", "hand")
    )
    index, middle, little = (
        body.joint_m(f"{initial}-finger-{digit}-1") for digit in ("2", "3", "5")
    )
    fingers = middle - wrist
    sign = 1.0 if side == "L" else -1.0
    palm = sign * np.cross(fingers, index - little)
    return _RestArm(
        elbow - shoulder,
        wrist - elbow,
        unit(np.cross(elbow - shoulder, wrist - elbow)),
        fingers,
        palm,
    )
