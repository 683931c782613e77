"""The side plank: on the left forearm, the feet stacked, the front of the body towards -x."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.arrays import FloatArray
from studio.motion.floor.plank import ELBOW_HEIGHT_M
from studio.motion.life import Life
from studio.motion.performance import Performance, Phase, Player
from studio.motion.posture import Arm, Leg, Posture
from studio.motion.rotation import about_x, about_z, unit

_ANKLE_HALF_GAP_M = 0.045
_LOWER_ANKLE_HEIGHT_M = 0.05
_PASSES = 4


@dataclass(frozen=True, slots=True)
class SidePlankScript:
    """Nothing of a side plank can be chosen."""


class SidePlankPerformance(Performance):
    """A side plank from the first frame to the last."""

    Script = SidePlankScript

    def __init__(self, player: Player, script: SidePlankScript) -> None:
        solver, landmarks = player.solver, player.actor.landmarks
        self._solver, self._duration_s = solver, player.duration_s
        self._life = Life(player.seed, 1.3)
        body = solver.body
        trunk = body.joint_m("l-shoulder") - body.joint_m("l-upper-leg")
        self._trunk_m = float(np.linalg.norm(trunk[1:]))
        self._shoulder_y_m = 0.47
        row = landmarks.names.index("left_shoulder")
        wanted_m = solver.upper_arm_m + ELBOW_HEIGHT_M
        for _ in range(_PASSES):
            points = landmarks.positions_m(solver.solve(self._still(np.zeros(3))))
            self._shoulder_y_m += wanted_m - float(points[row, 1])

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One phase, the whole clip."""
        return (Phase("side plank", 0.0, self._duration_s),)

    def posture_at(self, t_s: float) -> Posture:
        """Returns the posture at a time."""
        stir = self._life.at(t_s)
        still = self._still(stir.sway_m * np.array([1.0, 0.0, 0.5]))
        return replace(
            still,
            hips_m=still.hips_m + np.array([0.0, 0.002 * stir.bend_deg, 0.0]),
            pelvis=still.pelvis @ about_x(0.3 * stir.nod_deg),
            neck_deg=still.neck_deg + stir.nod_deg,
            breath=stir.breath,
        )

    def _still(self, sway_m: FloatArray) -> Posture:
        leg_m = 0.998 * (self._solver.thigh_m + self._solver.shank_m)
        ankles_y_m = _LOWER_ANKLE_HEIGHT_M + _ANKLE_HALF_GAP_M
        slope = float(np.arcsin((self._shoulder_y_m - ankles_y_m) / (self._trunk_m + leg_m)))
        axis = np.array([0.0, np.sin(slope), np.cos(slope)])
        pelvis = about_x(-float(np.degrees(slope))) @ about_z(-90.0) @ about_x(90.0)
        shoulders = np.array([0.0, self._shoulder_y_m, 0.65])
        hips = shoulders - self._trunk_m * axis

        def leg(sign: float) -> Leg:
            ankle = hips - leg_m * axis + pelvis @ np.array([sign * _ANKLE_HALF_GAP_M, 0.0, 0.0])
            return Leg(ankle, pelvis)

        return Posture(
            hips_m=hips + sway_m,
            pelvis=pelvis,
            left_leg=leg(1.0),
            right_leg=leg(-1.0),
            left_arm=self._supporting_arm(),
            right_arm=self._free_arm(hips, pelvis),
        )

    def _supporting_arm(self) -> Arm:
        elbow = np.array([0.0, ELBOW_HEIGHT_M, 0.65])
        forward = unit(np.array([-1.0, 0.0, 0.25]))
        wrist = elbow + self._solver.forearm_m * forward
        return Arm(wrist, elbow, forward, np.array([0.0, -1.0, 0.0]))

    def _free_arm(self, hips: FloatArray, pelvis: FloatArray) -> Arm:
        """The upper hand rests on the hip."""
        wrist = hips + pelvis @ np.array([-0.19, 0.06, 0.04])
        elbow = hips + pelvis @ np.array([-0.55, 0.25, -0.1])
        return Arm(
            wrist, elbow, pelvis @ unit(np.array([0.2, -1.0, 0.3])), pelvis @ np.array([1.0, 0, 0])
        )
