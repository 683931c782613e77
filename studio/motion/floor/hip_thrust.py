"""The hip thrust: the shoulder blades on the edge of a bench, feet planted, the hips go up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.arrays import FloatArray, IntArray
from studio.body.rig import SolvedPose
from studio.motion.equations import solve
from studio.motion.floor.hip_lift import HipLiftPerformance, Kind, LiftScript, Rest
from studio.motion.performance import Player
from studio.motion.posture import Arm
from studio.motion.rotation import unit
from studio.truth.measures import SIDES

EDGE_Z_M = 0.25
"""Where the edge of the bench is along the floor; it goes on from there towards the head."""

_CARRYING_VERTICES, _PRESSING_VERTICES = 24, 12
_PRESSED_MM = 6.0
# Where along the trunk, from the hips (0) to the shoulders (1), the edge meets the back.
_EDGE_SHARE = 0.74
_REST_LUMBAR_DEG = 10.0
# The neck at the bottom and at the top.
_TUCKED_DEG, _HANGING_DEG = (6.0, 34.0), (6.0, -28.0)
_PASSES = 4
_AT_REST = Kind(180.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HipThrustScript(LiftScript):
    """What happens in a hip thrust, beyond what all lifts have; some of those differ by default.

    Attributes:
        bench_height_m: how high the bench is; the scenario's furniture has to agree.
        bottom_deg: shoulder-hip-knee at the bottom.
        chin_tucked: whether the head comes along; if not, it falls back on the way up.
    """

    bench_height_m: float = 0.40
    bottom_deg: float = 112.0
    chin_tucked: bool = True
    up_s: float = 1.2
    hold_s: float = 1.5
    down_s: float = 1.6
    rest_s: float = 0.6
    top_deg: tuple[float, ...] = (178.0,)
    arch_deg: tuple[float, ...] = (3.0,)
    foot_half_gap_m: float = 0.15


class HipThrustPerformance(HipLiftPerformance):
    """A set of hip thrusts without a weight, the hands on the hips."""

    Script = HipThrustScript
    _first_feet_z_m = -0.58

    def __init__(self, player: Player, script: HipThrustScript) -> None:
        self._script = script
        self._trunk = np.flatnonzero(player.actor.parts["trunk"])
        super().__init__(player, script)

    def _at_rest(self) -> Rest:
        x, z_m = np.array([-40.0, 260.0]), EDGE_Z_M - 0.32
        self._rest = Rest(x, z_m, _REST_LUMBAR_DEG, 0.0, self._script.bottom_deg)
        slopes = None
        for _ in range(_PASSES):
            x, slopes = solve(self._off(z_m, 0.0, _AT_REST), x, 0.05, slopes)
            pose = self._solver.solve(self._posture(x, z_m, 0.0, _AT_REST))
            z_m += EDGE_Z_M - self._edge_on_back_z_m(pose)
        return Rest(x, z_m, _REST_LUMBAR_DEG, 0.0, self._script.bottom_deg)

    def _edge_on_back_z_m(self, pose: SolvedPose) -> float:
        """Where along the floor the part of the trunk is that the edge should meet."""
        names = self._actor.landmarks.names
        points = self._actor.landmarks.positions_m(pose)
        hips, shoulders = (
            points[[names.index(f"{side}_{name}") for side in SIDES]].mean(axis=0)
            for name in ("hip", "shoulder")
        )
        return float((hips + _EDGE_SHARE * (shoulders - hips))[2])

    def _supports(self, pose: SolvedPose, skin_m: FloatArray) -> IntArray:
        depth_m = self._depth_m(skin_m)
        rows: IntArray = self._trunk[np.argsort(-depth_m, kind="stable")[:_CARRYING_VERTICES]]
        return rows

    def _pressure_mm(self, pose: SolvedPose, skin_m: FloatArray, share: float) -> list[float]:
        deepest_m = np.sort(self._depth_m(skin_m))[-_PRESSING_VERTICES:]
        return [1000.0 * float(deepest_m.mean()) - _PRESSED_MM]

    def _depth_m(self, skin_m: FloatArray) -> FloatArray:
        """How deep (K,) the trunk's skin is in the bench; negative outside."""
        below_m = self._script.bench_height_m - skin_m[self._trunk, 1]
        behind_m = skin_m[self._trunk, 2] - EDGE_Z_M
        depth_m: FloatArray = np.minimum(below_m, behind_m)
        return depth_m

    def _neck_deg(self, x: FloatArray, share: float) -> float:
        low, high = _TUCKED_DEG if self._script.chin_tucked else _HANGING_DEG
        return low + (high - low) * share

    def _arm(self, sign: float, hips_m: FloatArray, pelvis: FloatArray) -> Arm:
        """The hand on the front of the hip."""

        def on_pelvis(x: float, y: float, z: float) -> FloatArray:
            along: FloatArray = pelvis @ np.array([sign * x, y, z])
            return along

        return Arm(
            hips_m + on_pelvis(0.19, 0.07, 0.10),
            hips_m + on_pelvis(0.7, 0.35, -0.05),
            unit(on_pelvis(-0.55, -0.8, 0.25)),
            on_pelvis(-0.3, 0.0, -1.0),
        )
