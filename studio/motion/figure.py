"""One person's measures, and limbs for whatever is done on the feet.

The forefoot is what stands: a leg is given by where the ball of the foot is, how the foot is
pitched over it, and how far its lowest point is off the floor. The ankle follows from the sole of
the shoe as it is really drawn, so that a foot on the floor neither sinks nor hovers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.arrays import FloatArray
from studio.body.actor import Actor
from studio.motion.performance import Player
from studio.motion.posture import Arm, Leg, Posture
from studio.motion.rotation import about_x, about_y, unit

SIDES = (1.0, -1.0)
"""The left side (+x of someone who faces +z) and the right."""

_USUAL_TRUNK_M = 0.464
_LEVEL: FloatArray = np.eye(3)
# In the air the toes hang, but not as far as they were bent on the floor.
_HANGING_TOES_SHARE, _HANGING_FROM_M = 0.85, 0.03


@dataclass(frozen=True, slots=True)
class Hold:
    """How an arm is held against the trunk; x is outwards, y up along it, z forward.

    Attributes:
        wrist: (3,) from the middle of the hips, in metres for someone of middle height.
        elbow: (3,) direction from the shoulder the elbow bends to.
        fingers: (3,) direction of the fingers.
        palm: (3,) direction the palm faces.
    """

    wrist: FloatArray
    elbow: FloatArray
    fingers: FloatArray
    palm: FloatArray

    def towards(self, other: Hold, share: float) -> Hold:
        """Returns the hold a share (0..1) of the way to another."""

        def mix(a: FloatArray, b: FloatArray) -> FloatArray:
            mixed: FloatArray = a + (b - a) * share
            return mixed

        return Hold(
            mix(self.wrist, other.wrist),
            mix(self.elbow, other.elbow),
            mix(unit(self.fingers), unit(other.fingers)),
            mix(unit(self.palm), unit(other.palm)),
        )

    def moved(self, by: FloatArray) -> Hold:
        """Returns the hold with the hand (3,) somewhere else."""
        return replace(self, wrist=self.wrist + by)


def hold(
    wrist: tuple[float, float, float],
    elbow: tuple[float, float, float],
    fingers: tuple[float, float, float],
    palm: tuple[float, float, float],
) -> Hold:
    """Returns a hold from plain numbers."""
    return Hold(np.array(wrist), np.array(elbow), np.array(fingers), np.array(palm))


HANGING = hold((0.24, -0.03, 0.05), (0.3, -0.5, -0.5), (0.05, -1.0, 0.12), (-1.0, 0.0, 0.1))
"""The arms hang beside the body."""


@dataclass(frozen=True, slots=True)
class Spine:
    """How the spine is bent.

    Attributes:
        neck_deg: flexion of the neck.
        breath: how full the chest is, -1..1.
        lumbar_deg: flexion of the lumbar spine.
        twist_deg: turn of the chest to the left against the pelvis.
    """

    neck_deg: float = 3.0
    breath: float = 0.0
    lumbar_deg: float = 0.0
    twist_deg: float = 0.0


class Figure:
    """A person on the floor.

    Attributes:
        solver: of their skeleton.
        floor_m: height of the floor or mat.
        shoulder_over_hips: (3,) from the middle of the hips to the left shoulder, upright.
        arm_m: length of the whole arm to the wrist.
    """

    def __init__(self, player: Player) -> None:
        self.solver, self.floor_m = player.solver, player.actor.floor_m
        body = player.actor.body
        hips = (body.joint_m("l-upper-leg") + body.joint_m("r-upper-leg")) / 2
        self.shoulder_over_hips: FloatArray = body.joint_m("l-shoulder") - hips
        self.arm_m = self.solver.upper_arm_m + self.solver.forearm_m
        self._soles = {sign: _Sole(player.actor, sign) for sign in SIDES}

    def leg(
        self,
        sign: float,
        ball_m: FloatArray,
        pitch_deg: float = 0.0,
        clearance_m: float = 0.0,
        heading_deg: float = 0.0,
    ) -> Leg:
        """Returns a leg.

        Args:
            sign: 1 for the left, -1 for the right.
            ball_m: (2,) x and z of the knuckle of the big toe.
            pitch_deg: of the foot; + is the heel up, - the toes up.
            clearance_m: how far the lowest point of the foot is off the floor.
            heading_deg: where the foot points; 0 is +z, 90 is +x.
        """
        foot = about_y(heading_deg) @ about_x(pitch_deg)
        lifted = min(1.0, clearance_m / _HANGING_FROM_M)
        share = 1.0 + (_HANGING_TOES_SHARE - 1.0) * lifted * lifted * (3.0 - 2.0 * lifted)
        bend_deg = max(0.0, pitch_deg) * share
        sole = self._soles[sign]
        ball = foot @ sole.ankle_to_ball
        height_m = self.floor_m + clearance_m - sole.lowest_m(foot, bend_deg)
        return Leg(np.array([ball_m[0] - ball[0], height_m, ball_m[1] - ball[2]]), foot, bend_deg)

    def posture(
        self,
        hips_m: FloatArray,
        pelvis: FloatArray,
        legs: tuple[Leg, Leg],
        holds: tuple[Hold, Hold],
        spine: Spine,
    ) -> Posture:
        """Returns a whole posture.

        Args:
            hips_m: (3,) middle of the hips.
            pelvis: (3, 3) rotation of the pelvis.
            legs: the left and the right.
            holds: how the left and the right arm are held.
            spine: how the spine is bent.
        """
        chest = pelvis @ about_x(spine.lumbar_deg) @ about_y(spine.twist_deg)
        left_arm, right_arm = (
            self.hand(hips_m, chest, sign, hold) for sign, hold in zip(SIDES, holds, strict=True)
        )
        return Posture(
            hips_m=hips_m,
            pelvis=pelvis,
            left_leg=legs[0],
            right_leg=legs[1],
            left_arm=left_arm,
            right_arm=right_arm,
            lumbar_deg=spine.lumbar_deg,
            neck_deg=spine.neck_deg,
            breath=spine.breath,
            lumbar_twist_deg=spine.twist_deg,
        )

    def hips_height_m(
        self,
        hips_at: FloatArray,
        sign: float,
        leg: Leg,
        knee_deg: float,
        pelvis: FloatArray = _LEVEL,
    ) -> float:
        """Returns how high the hips are over a leg whose knee bends by so much.

        Args:
            hips_at: (2,) x and z of the middle of the hips.
            sign: which leg.
            leg: the leg.
            knee_deg: 0 is straight.
            pelvis: (3, 3) rotation of the pelvis.
        """
        thigh, shank = self.solver.thigh_m, self.solver.shank_m
        square = thigh**2 + shank**2 + 2.0 * thigh * shank * float(np.cos(np.radians(knee_deg)))
        hip = self._hip(np.array([hips_at[0], 0.0, hips_at[1]]), sign, pelvis)
        aside = hip - leg.ankle_m
        drop_m = float(np.sqrt(square - aside[0] ** 2 - aside[2] ** 2))
        return float(leg.ankle_m[1] + drop_m - hip[1])

    def shoulder_m(self, hips_m: FloatArray, trunk: FloatArray, sign: float) -> FloatArray:
        """Returns where the left (1) or right (-1) shoulder is while the spine is straight."""
        mirror = np.array([sign, 1.0, 1.0])
        shoulder: FloatArray = hips_m + trunk @ (self.shoulder_over_hips * mirror)
        return shoulder

    def hand(
        self,
        hips_m: FloatArray,
        trunk: FloatArray,
        sign: float,
        hold: Hold,
    ) -> Arm:
        """Returns an arm whose hand is held somewhere beside the trunk.

        Args:
            hips_m: (3,) middle of the hips.
            trunk: (3, 3) rotation of the trunk.
            sign: which arm.
            hold: where the hand is.
        """
        mirror = np.array([sign, 1.0, 1.0])
        scale = self.shoulder_over_hips[1] / _USUAL_TRUNK_M

        def turned(direction: FloatArray) -> FloatArray:
            way: FloatArray = trunk @ (direction * mirror)
            return way

        shoulder = self.shoulder_m(hips_m, trunk, sign)
        wrist: FloatArray = hips_m + scale * turned(hold.wrist)
        return Arm(
            wrist,
            shoulder + turned(hold.elbow),
            turned(unit(hold.fingers)),
            turned(unit(hold.palm)),
        )

    def _hip(self, hips_m: FloatArray, sign: float, pelvis: FloatArray = _LEVEL) -> FloatArray:
        aside = np.array([sign * self.solver.hip_half_width_m, 0.0, 0.0])
        hip: FloatArray = hips_m + pelvis @ aside
        return hip


class _Sole:
    """The underside of one shoe or bare foot, as it is drawn.

    Attributes:
        ankle_to_ball: (3,) from the ankle to the knuckle of the big toe, the foot flat.
    """

    def __init__(self, actor: Actor, sign: float) -> None:
        body = actor.body
        side, initial = ("left", "l") if sign > 0 else ("right", "r")
        ankle = body.joint_m(f"{initial}-ankle")
        self.ankle_to_ball: FloatArray = body.joint_m(f"{initial}-toe-1-1") - ankle
        foot = actor.parts[f"{side}_foot"]

        def skin_m(bend_deg: float) -> FloatArray:
            bend = about_x(-bend_deg)
            toes = {f"toe{toe}-1.{initial.upper()}": bend for toe in range(1, 6)}
            skin: FloatArray = actor.unclamped_m(body.forward(toes, body.heads_m[0]), 0.0)[foot]
            return skin

        flat, up, down = skin_m(0.0), skin_m(90.0), skin_m(-90.0)
        # Above the ankle the shin moves the skin as well; the sole is the foot's own.
        low = flat[:, 1] < 0.6 * ankle[1]
        # Blended skinning is linear in the cosine and the sine of the bend.
        self._even = ((up + down) / 2 - ankle)[low]
        self._cosine = (flat - (up + down) / 2)[low]
        self._sine = ((up - down) / 2)[low]

    def lowest_m(self, foot: FloatArray, bend_deg: float) -> float:
        """Returns the height of the sole's lowest point over the ankle; negative.

        Args:
            foot: (3, 3) world rotation of the foot.
            bend_deg: how far the toes bend up against it.
        """
        bend = np.radians(bend_deg)
        points = self._even + self._cosine * np.cos(bend) + self._sine * np.sin(bend)
        return float((points @ foot[1]).min())
