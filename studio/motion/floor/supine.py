"""Lying on the back: pelvis, shoulder blades and head rest, and the lower back arches as asked.

World: head to +z, face up, so that the person's left is -x.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from studio.arrays import FloatArray
from studio.body.back import back_of
from studio.body.rig import SolvedPose
from studio.motion.equations import Residual, jacobian, sharpened, solve
from studio.motion.performance import Player
from studio.motion.posture import Arm, Leg, Posture
from studio.motion.rotation import about_x, about_y, unit
from studio.motion.solver import PostureSolver

FACE_UP = about_y(180.0) @ about_x(-90.0)
"""The pelvis (3, 3) of someone who lies flat on their back."""

SINK_MM = 9.0
"""How far what carries weight gives way on the floor."""

HEAD_SINK_MM = 3.0
"""How far the back of the head gives way."""

_GAPS_MM = np.array([-3.0, 0.0, 3.0, 9.0, 16.0, 23.0, 30.0, 37.0, 44.0, 51.0])
_MOST_LUMBAR_DEG = 50.0
# A back pressed to the floor has a straight chest above it; arching lifts the ribs as well.
_PRESSED_LUMBAR_DEG, _RIB_FLARE_SHARE = 30.0, 0.3
_LEFT_BY_FLAT_BUILD_MM, _YIELD_SHARE, _MOST_SEAT_SINK_MM = 5.0, 1.0, 25.0
_ROUND_DEG_PER_MM, _MOST_ROUND_DEG = 0.9, 14.0
_SUPPORT_VERTICES = 24
_SHOULDER_HEIGHT_M = 0.12
# From the hips: outwards, up, headward.
_HAND_ON_BELLY_M, _ELBOW_BESIDE_M = (0.06, 0.12, 0.19), (0.62, -0.02, 0.28)
_CORRECTIONS = 3
# Limbs and breath pull the trunk a few degrees off its place; much more has no solution.
_MOST_AWAY = 90.0


@dataclass(frozen=True, slots=True)
class Limbs:
    """Arms and legs.

    Attributes:
        left_leg: the left leg.
        right_leg: the right leg.
        left_arm: the left arm.
        right_arm: the right arm.
    """

    left_leg: Leg
    right_leg: Leg
    left_arm: Arm
    right_arm: Arm


LimbsAt = Callable[[FloatArray, FloatArray], Limbs]
"""Limbs for hips (3,) and pelvis (3, 3)."""


class Supine:
    """Lays one person on their back.

    The unknowns are pitch of the pelvis (degrees), height of the hips (mm), lumbar and neck flexion
    (degrees); they are such that pelvis, shoulder blades and head sink in by as much as they should
    and the opening under the lower back is as wide as asked.
    """

    def __init__(self, player: Player, limbs_at: LimbsAt) -> None:
        """Learns how this person lies.

        Args:
            player: who lies.
            limbs_at: arms and legs in the start position.
        """
        self._actor, self._solver = player.actor, player.solver
        self._back = back_of(player.actor)
        self._limbs_at = limbs_at
        self._pelvis_sink_mm, self._round_deg = SINK_MM, 0.0
        self._tabulate()
        self._anchor()
        slopes = jacobian(self._misfit_of(0.0), self._table[len(self._table) // 2])
        self._steps: FloatArray = np.linalg.inv(slopes)
        self._pull = np.zeros(4)

    def learn_pull(self, limbs_at: LimbsAt, gap_mm: float) -> None:
        """Learns what limbs that reach out do to the trunk, so that ``posture`` starts closer.

        Args:
            limbs_at: arms and legs at the far end.
            gap_mm: opening under the lower back.
        """
        self._pull = np.zeros(4)
        x, _ = self._settled(limbs_at, gap_mm, np.zeros(4), 0.0, 0.0, 4 * _CORRECTIONS)
        self._pull = x - self._looked_up(gap_mm)

    def trunk(self, limbs_at: LimbsAt, gap_mm: float) -> tuple[FloatArray, float, float]:
        """Returns the unknowns (4,), where the hips are along the floor, the thoracic flexion."""
        x, z_m = self._settled(limbs_at, gap_mm, np.zeros(4), 0.0, 0.0, 4 * _CORRECTIONS)
        return x, z_m, self._round_deg + _rib_flare_deg(x)

    def posture(
        self,
        limbs_at: LimbsAt,
        gap_mm: float,
        *,
        pulled: float = 0.0,
        head_up_mm: float = 0.0,
        breath: float = 0.0,
    ) -> Posture:
        """Returns the posture.

        Args:
            limbs_at: arms and legs.
            gap_mm: opening under the lower back, as seen from the side; at most what this back can
                do.
            pulled: how far the limbs are on their way to where ``learn_pull`` saw them, 0..1.
            head_up_mm: how far the head is off the floor.
            breath: how full the chest is, -1..1.
        """
        ahead = pulled * self._pull + np.array([0.0, 0.0, 0.0, 0.3 * head_up_mm])
        x, z_m = self._settled(limbs_at, gap_mm, ahead, head_up_mm, breath, _CORRECTIONS)
        return self._posture(x, z_m, self._limbs(limbs_at, x, z_m), breath)

    def _settled(
        self,
        limbs_at: LimbsAt,
        gap_mm: float,
        ahead: FloatArray,
        head_up_mm: float,
        breath: float,
        corrections: int,
    ) -> tuple[FloatArray, float]:
        """Legs and breath pull at the skin that rests: a few steps along known slopes."""
        gap_mm = float(np.clip(gap_mm, self._gaps_mm[0], self._gaps_mm[-1]))
        x, z_m = self._looked_up(gap_mm) + ahead, self._looked_up_z(gap_mm)
        blades_z_m = float(np.interp(gap_mm, self._gaps_mm, self._blades_z_m))
        steps, before, step = self._steps, None, np.zeros(4)
        for _ in range(corrections):
            limbs = self._limbs(limbs_at, x, z_m)
            pose = self._solver.solve(self._posture(x, z_m, limbs, breath))
            skin_m = self._actor.unclamped_m(pose, breath)
            error = self._misfit(pose, skin_m, gap_mm, head_up_mm)
            if before is not None:
                steps = sharpened(steps, step, error - before)
            before, step = error, -steps @ error
            x = x + step
            z_m -= float(skin_m[self._blades, 2].mean()) - blades_z_m
        if not np.abs(x - self._looked_up(gap_mm)).max() < _MOST_AWAY:
            raise ValueError(f"there is no such posture: an opening of {gap_mm:.0f} mm ran away")
        return x, z_m

    def _limbs(self, limbs_at: LimbsAt, x: FloatArray, z_m: float) -> Limbs:
        return limbs_at(self._hips_m(x, z_m), about_x(float(x[0])) @ FACE_UP)

    def _tabulate(self) -> None:
        """Solves the start position for openings from none to the widest that can be reached."""

        def pressed(x: FloatArray) -> FloatArray:
            misfit = self._misfit_at_start(np.insert(x, 2, _PRESSED_LUMBAR_DEG), 0.0)
            return np.delete(misfit, 2)

        def settled(start: FloatArray) -> tuple[FloatArray, float]:
            found, _ = solve(pressed, start, 0.1)
            x = np.insert(found, 2, _PRESSED_LUMBAR_DEG)
            return x, float(self._misfit_at_start(x, 0.0)[2])

        pressed_x, left_mm = settled(np.array([25.0, 115.0, -20.0]))
        if left_mm > _LEFT_BY_FLAT_BUILD_MM:
            # Under a hollow back the seat is full, and gives way more.
            more_mm = _YIELD_SHARE * (left_mm - _LEFT_BY_FLAT_BUILD_MM)
            self._pelvis_sink_mm = min(self._pelvis_sink_mm + more_mm, _MOST_SEAT_SINK_MM)
            pressed_x, left_mm = settled(np.delete(pressed_x, 2))
        if left_mm > _LEFT_BY_FLAT_BUILD_MM:
            # What is left goes with a rounder chest.
            self._round_deg = min(_ROUND_DEG_PER_MM * left_mm, _MOST_ROUND_DEG)
            pressed_x, left_mm = settled(np.delete(pressed_x, 2))
        above = self._followed(pressed_x, left_mm, _GAPS_MM[left_mm <= _GAPS_MM])
        below = self._followed(pressed_x, left_mm, _GAPS_MM[left_mm > _GAPS_MM][::-1])
        rows = [*below[::-1], (left_mm, pressed_x), *above]
        self._gaps_mm = np.array([gap_mm for gap_mm, _ in rows])
        self._table = np.array([x for _, x in rows])

    def _followed(
        self, start: FloatArray, start_mm: float, gaps_mm: FloatArray
    ) -> list[tuple[float, FloatArray]]:
        """Goes from opening to opening as far as this back can."""
        rows: list[tuple[float, FloatArray]] = []
        at, at_mm, slopes = start, start_mm, jacobian(self._misfit_of(start_mm), start)
        for gap_mm in gaps_mm.tolist():
            ahead = np.linalg.solve(slopes, np.array([0.0, 0.0, gap_mm - at_mm, 0.0]))
            try:
                at, slopes = solve(self._misfit_of(gap_mm), at + ahead, 0.1, slopes)
            except ValueError:
                break
            if abs(at[2]) > _MOST_LUMBAR_DEG:
                break
            at_mm = gap_mm
            rows.append((gap_mm, at))
        return rows

    def _misfit_of(self, gap_mm: float) -> Residual:
        return lambda x: self._misfit_at_start(x, gap_mm)

    def _anchor(self) -> None:
        """Moves the tabulated postures so that the upper back rolls on the floor, and never slides.

        What an arched back loses or gains in length is taken up by the seat.
        """
        skins = [self._skin_at_start(x) for x in self._table]
        self._blades = self._back.blades(*skins[0], _SUPPORT_VERTICES)
        moves = [0.0]
        for (pose, before_m), (_, after_m) in pairwise(skins):
            rows = self._back.blades(pose, before_m, _SUPPORT_VERTICES)
            moves.append(moves[-1] - float((after_m[rows, 2] - before_m[rows, 2]).mean()))
        self._moves_m = np.array(moves)
        self._blades_z_m = self._moves_m + [
            float(skin_m[self._blades, 2].mean()) for _, skin_m in skins
        ]

    def _skin_at_start(self, x: FloatArray) -> tuple[SolvedPose, FloatArray]:
        limbs = self._limbs(self._limbs_at, x, 0.0)
        pose = self._solver.solve(self._posture(x, 0.0, limbs, 0.0))
        return pose, self._actor.unclamped_m(pose, 0.0)

    def _looked_up(self, gap_mm: float) -> FloatArray:
        columns = [np.interp(gap_mm, self._gaps_mm, column) for column in self._table.T]
        return np.array(columns, dtype=np.float64)

    def _looked_up_z(self, gap_mm: float) -> float:
        return float(np.interp(gap_mm, self._gaps_mm, self._moves_m))

    def _misfit_at_start(self, x: FloatArray, gap_mm: float) -> FloatArray:
        return self._misfit(*self._skin_at_start(x), gap_mm, 0.0)

    def _misfit(
        self, pose: SolvedPose, skin_m: FloatArray, gap_mm: float, head_up_mm: float
    ) -> FloatArray:
        """How far (4,) in mm the skin is from where it should be."""
        seen = self._back.read(pose, skin_m)
        return np.array(
            [
                seen.pelvis_mm + self._pelvis_sink_mm,
                seen.blades_mm + SINK_MM,
                seen.arch_mm - gap_mm,
                seen.head_mm + HEAD_SINK_MM - head_up_mm,
            ]
        )

    def _hips_m(self, x: FloatArray, z_m: float) -> FloatArray:
        return np.array([0.0, x[1] / 1000.0, z_m])

    def _posture(self, x: FloatArray, z_m: float, limbs: Limbs, breath: float) -> Posture:
        return Posture(
            hips_m=self._hips_m(x, z_m),
            pelvis=about_x(float(x[0])) @ FACE_UP,
            left_leg=limbs.left_leg,
            right_leg=limbs.right_leg,
            left_arm=limbs.left_arm,
            right_arm=limbs.right_arm,
            lumbar_deg=float(x[2]),
            thoracic_deg=self._round_deg + _rib_flare_deg(x),
            neck_deg=float(x[3]),
            breath=breath,
        )


def _rib_flare_deg(x: FloatArray) -> float:
    return _RIB_FLARE_SHARE * min(0.0, float(x[2]) - _PRESSED_LUMBAR_DEG)


def arm_on_belly(sign: float, hips_m: FloatArray) -> Arm:
    """Returns the left (1) or right (-1) arm of someone who pulls their shirt straight.

    Args:
        sign: which arm.
        hips_m: (3,) middle of the hips.
    """
    mirror = np.array([-sign, 1.0, 1.0])
    return Arm(
        hips_m + np.array(_HAND_ON_BELLY_M) * mirror,
        hips_m + np.array(_ELBOW_BESIDE_M) * mirror,
        unit(np.array([-0.8, 0.0, -0.6]) * mirror),
        np.array([0.0, -1.0, 0.0]),
    )


def resting_shoulder_m(solver: PostureSolver) -> FloatArray:
    """Returns about where a shoulder (3,) of someone lying is, x taken as positive."""
    hip, shoulder = solver.body.joint_m("l-upper-leg"), solver.body.joint_m("l-shoulder")
    return np.array([shoulder[0], _SHOULDER_HEIGHT_M, shoulder[1] - hip[1]])
