"""The glute bridge: on the back, feet planted, the hips go up."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.arrays import FloatArray, IntArray
from studio.body.back import back_of
from studio.body.rig import SolvedPose
from studio.motion.floor.hip_lift import HipLiftPerformance, Kind, LiftScript, Rest
from studio.motion.floor.supine import (
    HEAD_SINK_MM,
    SINK_MM,
    Limbs,
    Supine,
    arm_on_belly,
    resting_shoulder_m,
)
from studio.motion.performance import Player
from studio.motion.posture import Arm, Posture, blend_arm
from studio.motion.rotation import unit

_CARRYING_VERTICES = 24
_HAND_HEIGHT_M, _FINGERS_UP = 0.038, 0.2
_ARM_REACH = 0.97
# With the arms by the sides the shoulders are drawn towards the feet.
_SHOULDERS_DOWN_M = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeScript(LiftScript):
    """What happens in a glute bridge, beyond what all lifts have.

    Attributes:
        gap_mm: opening under the lower back on the floor.
        fidgets: numbers, from 1, of the repetitions after which a hand goes to the shirt.
    """

    gap_mm: float = 8.0
    fidgets: tuple[int, ...] = ()


class BridgePerformance(HipLiftPerformance):
    """A set of glute bridges."""

    Script = BridgeScript
    # The back peels off the floor from below.
    _chest_rounding_deg = 12.0

    def __init__(self, player: Player, script: BridgeScript) -> None:
        self._gap_mm, self._fidgets = script.gap_mm, script.fidgets
        self._back = back_of(player.actor)
        self._shoulder_m = resting_shoulder_m(player.solver)
        self._floor_m = player.actor.floor_m
        self._supine: Supine | None = None
        self._player = player
        self._shoulder_m[2] -= _SHOULDERS_DOWN_M
        super().__init__(player, script)

    def posture_at(self, t_s: float) -> Posture:
        """Returns the posture at a time."""
        posture, fidget = super().posture_at(t_s), self._beats.fidget_at(t_s)
        if not fidget:
            return posture
        belly = arm_on_belly(-1.0, posture.hips_m)
        return replace(posture, right_arm=blend_arm(posture.right_arm, belly, fidget))

    def _at_rest(self) -> Rest:
        if self._supine is None:
            self._supine = Supine(self._player, self._limbs)
        x, z_m, thoracic_deg = self._supine.trunk(self._limbs, self._gap_mm)
        self._rest = Rest(x[[0, 1, 3]], z_m, float(x[2]), thoracic_deg, 0.0)
        still = self._posture(self._rest.x, z_m, 0.0, Kind(180.0, 0.0))
        return Rest(
            self._rest.x, z_m, float(x[2]), thoracic_deg, self._hip_deg(self._landmarks(still))
        )

    def _limbs(self, hips_m: FloatArray, pelvis: FloatArray) -> Limbs:
        arms = [self._arm(sign, hips_m, pelvis) for sign in (1.0, -1.0)]
        return Limbs(self._leg(1.0, 0.0), self._leg(-1.0, 0.0), arms[0], arms[1])

    def _supports(self, pose: SolvedPose, skin_m: FloatArray) -> IntArray:
        return self._back.blades(pose, skin_m, _CARRYING_VERTICES)

    def _pressure_mm(self, pose: SolvedPose, skin_m: FloatArray, share: float) -> list[float]:
        seen = self._back.read(pose, skin_m)
        return [seen.blades_mm + SINK_MM, seen.head_mm + HEAD_SINK_MM]

    def _neck_deg(self, x: FloatArray, share: float) -> float:
        return float(x[2])

    def _arm(self, sign: float, hips_m: FloatArray, pelvis: FloatArray) -> Arm:
        """Beside the body, the palm on the floor."""
        outward = np.array([-sign, 0.0, 0.0])
        along = unit(np.array([-0.16 * sign, 0.0, -1.0]))
        shoulder_m = self._shoulder_m * np.array([-sign, 1.0, 1.0])
        length_m = _ARM_REACH * (self._solver.upper_arm_m + self._solver.forearm_m)
        wrist_m = shoulder_m + length_m * along
        wrist_m[1] = self._floor_m + _HAND_HEIGHT_M
        towards_m = shoulder_m + 0.6 * outward - np.array([0.0, 0.25, 0.1])
        # Fingers at ease curl to the floor: the back of the hand rises towards the knuckles.
        fingers = unit(along + np.array([0.0, _FINGERS_UP, 0.0]))
        return Arm(wrist_m, towards_m, fingers, np.array([0.0, -1.0, 0.0]))
