"""The glute bridge: on the back, feet planted, the hips go up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.arrays import FloatArray, IntArray
from studio.body.back import back_of
from studio.body.rig import SolvedPose
from studio.motion.floor.hip_lift import HipLiftPerformance, Kind, Lift, Rest
from studio.motion.floor.supine import HEAD_SINK_MM, SINK_MM, Limbs, Supine, resting_shoulder_m
from studio.motion.performance import Player
from studio.motion.posture import Arm
from studio.motion.rotation import unit
from studio.motion.tempo import Tempo, per_rep

_CARRYING_VERTICES = 24
_HAND_HEIGHT_M, _FINGERS_UP = 0.038, 0.2
_ARM_REACH = 0.97
# With the arms by the sides the shoulders are drawn towards the feet.
_SHOULDERS_DOWN_M = 0.02


@dataclass(frozen=True, slots=True)
class BridgeScript:
    """What happens in a glute bridge.

    Attributes:
        reps: how many repetitions.
        start_s: stillness at the beginning.
        up_s: from the floor to the top.
        hold_s: at the top.
        down_s: down again.
        rest_s: on the floor between two repetitions.
        top_deg: shoulder-hip-knee at the top: 180 is straight, less too low, more over-extended; a
            value for each repetition, the last one for all that follow.
        arch_deg: how much of the way up is extension of the lumbar spine; for each repetition
            likewise.
        knee_deg: angle of the knees where the line is straight; decides where the feet stand.
        gap_mm: opening under the lower back on the floor.
        foot_half_gap_m: half the distance between the feet.
        heel_up_deg: how far the heels leave the floor at the top.
        knee_gap_ratio: distance of the knees over that of the ankles at the top.
        pelvis_tilt_deg: how much lower the left side of the pelvis is at the top.
        liveliness: strength of the small movements.
    """

    reps: int = 3
    start_s: float = 2.0
    up_s: float = 1.5
    hold_s: float = 2.0
    down_s: float = 2.0
    rest_s: float = 0.8
    top_deg: tuple[float, ...] = (177.0,)
    arch_deg: tuple[float, ...] = (4.0,)
    knee_deg: float = 90.0
    gap_mm: float = 8.0
    foot_half_gap_m: float = 0.11
    heel_up_deg: float = 0.0
    knee_gap_ratio: float = 1.1
    pelvis_tilt_deg: float = 0.0
    liveliness: float = 1.0


class BridgePerformance(HipLiftPerformance):
    """A set of glute bridges."""

    Script = BridgeScript
    # The back peels off the floor from below.
    _chest_rounding_deg = 12.0

    def __init__(self, player: Player, script: BridgeScript) -> None:
        self._gap_mm = script.gap_mm
        self._back = back_of(player.actor)
        self._shoulder_m = resting_shoulder_m(player.solver)
        self._floor_m = player.actor.floor_m
        self._supine: Supine | None = None
        self._player = player
        self._shoulder_m[2] -= _SHOULDERS_DOWN_M
        tempo = Tempo(script.start_s, script.up_s, script.hold_s, script.down_s, script.rest_s)
        lift = Lift(
            script.knee_deg,
            script.foot_half_gap_m,
            script.heel_up_deg,
            script.knee_gap_ratio,
            script.pelvis_tilt_deg,
        )
        kinds = tuple(
            Kind(per_rep(script.top_deg, rep), per_rep(script.arch_deg, rep))
            for rep in range(script.reps)
        )
        super().__init__(player, tempo, lift, kinds, script.liveliness)

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
