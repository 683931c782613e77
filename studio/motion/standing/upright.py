"""Standing and walking."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.arrays import FloatArray
from studio.motion.course import ease
from studio.motion.life import Life
from studio.motion.performance import Performance, Phase, Player
from studio.motion.posture import Arm, Leg, Posture, placed
from studio.motion.rotation import about_x, about_y, unit
from studio.motion.solver import PostureSolver

SOLE_M = 0.018
_FOOT_HALF_GAP_M = 0.10
_TOES_OUT_DEG = 6.0
_STEP_LIFT_M = 0.07
_REACH_SHARE = 0.993


class Upright:
    """Builds standing and walking postures for one person, facing +z."""

    def __init__(self, solver: PostureSolver) -> None:
        self._solver = solver
        body = solver.body
        hips = (body.joint_m("l-upper-leg") + body.joint_m("r-upper-leg")) / 2
        self._shoulder_over_hips = body.joint_m("l-shoulder") - hips
        self.ankle_height_m = float(body.joint_m("l-ankle")[1]) + SOLE_M

    def posture(self, left_z_m: float, right_z_m: float, lifts_m: tuple[float, float]) -> Posture:
        """Returns a posture over two feet.

        Args:
            left_z_m: the left ankle along the way.
            right_z_m: the right ankle along the way.
            lifts_m: how high the left and the right foot are off the floor.
        """
        middle_m = (left_z_m + right_z_m) / 2
        stride_m = abs(left_z_m - right_z_m) / 2
        reach_m = _REACH_SHARE * (self._solver.thigh_m + self._solver.shank_m)
        height_m = self.ankle_height_m + float(np.sqrt(reach_m**2 - stride_m**2))
        hips = np.array([0.0, height_m, middle_m + 0.01])
        return Posture(
            hips_m=hips,
            pelvis=about_x(2.0),
            left_leg=self._leg(1.0, left_z_m, lifts_m[0]),
            right_leg=self._leg(-1.0, right_z_m, lifts_m[1]),
            # Arms swing against the legs.
            left_arm=self._arm(1.0, hips, 0.7 * (right_z_m - middle_m)),
            right_arm=self._arm(-1.0, hips, 0.7 * (left_z_m - middle_m)),
            neck_deg=3.0,
        )

    def _leg(self, sign: float, z_m: float, lift_m: float) -> Leg:
        ankle = np.array([sign * _FOOT_HALF_GAP_M, self.ankle_height_m + lift_m, z_m])
        # A lifted foot hangs a little.
        droop_deg = 250.0 * lift_m
        return Leg(ankle, about_y(sign * _TOES_OUT_DEG) @ about_x(droop_deg))

    def _arm(self, sign: float, hips: FloatArray, swing_m: float) -> Arm:
        mirror = np.array([sign, 1.0, 1.0])
        shoulder = hips + self._shoulder_over_hips * mirror
        length_m = 0.975 * (self._solver.upper_arm_m + self._solver.forearm_m)
        hang = unit(np.array([0.12 * sign, -1.0, 0.10 + swing_m / length_m]))
        wrist = shoulder + length_m * hang
        back = shoulder + np.array([0.25 * sign, -0.25, -0.5])
        return Arm(wrist, back, hang, np.array([-sign, 0.0, 0.1]))


@dataclass(frozen=True, slots=True)
class StandScript:
    """Someone stands about.

    Attributes:
        at_m: x and z of the middle between the feet.
        heading_deg: where they face; 0 is +z, 90 is +x.
    """

    at_m: tuple[float, float] = (0.0, 0.0)
    heading_deg: float = 0.0


class StandPerformance(Performance):
    """Standing, with the weight shifting a little."""

    Script = StandScript

    def __init__(self, player: Player, script: StandScript) -> None:
        self._script, self._duration_s = script, player.duration_s
        self._life = Life(player.seed, 3.0)
        self._still = Upright(player.solver).posture(0.03, -0.03, (0.0, 0.0))

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One phase, the whole clip."""
        return (Phase("standing", 0.0, self._duration_s),)

    def posture_at(self, t_s: float) -> Posture:
        """Returns the posture at a time."""
        stir, still = self._life.at(t_s), self._still
        live = replace(
            still,
            hips_m=still.hips_m + 1.5 * stir.sway_m,
            pelvis=still.pelvis @ about_y(2.0 * stir.roll_deg) @ about_x(0.4 * stir.bend_deg),
            neck_deg=still.neck_deg + 2.0 * stir.nod_deg,
            breath=stir.breath,
        )
        x_m, z_m = self._script.at_m
        return placed(live, about_y(self._script.heading_deg), np.array([x_m, 0.0, z_m]))


class Walk:
    """Walking along +z in equal steps, ending with the feet side by side."""

    def __init__(self, upright: Upright, start_z_m: float, end_z_m: float, steps: int) -> None:
        self._upright = upright
        length_m = (end_z_m - start_z_m) / (steps - 0.5)
        # Where the foot that makes step k lands; the last step only draws level.
        self._landings = [start_z_m + length_m * (k + 1) for k in range(steps - 1)] + [end_z_m]
        self._start_z_m = start_z_m
        self._landings[-2] = end_z_m

    def posture(self, share: float) -> Posture:
        """Returns the posture a share (0..1) of the way through the walk."""
        steps = len(self._landings)
        step = min(int(share * steps), steps - 1)
        within = share * steps - step
        feet = [self._landed(0, step), self._landed(1, step)]
        lifts = [0.0, 0.0]
        foot = step % 2
        # Half-eased: the trunk, carried midway between the feet, then moves on evenly.
        progress = 0.5 * within + 0.5 * ease(within)
        feet[foot] += (self._landings[step] - feet[foot]) * progress
        lifts[foot] = _STEP_LIFT_M * float(np.sin(np.pi * within))
        return self._upright.posture(feet[0], feet[1], (lifts[0], lifts[1]))

    def _landed(self, foot: int, step: int) -> float:
        """Where a foot stands before a step."""
        done = [k for k in range(step) if k % 2 == foot]
        return self._landings[done[-1]] if done else self._start_z_m
