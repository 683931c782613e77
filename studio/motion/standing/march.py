"""Marching on the spot with high knees; a foot is always on the floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.arrays import FloatArray
from studio.motion.figure import HANGING, SIDES, Figure, Spine, hold
from studio.motion.life import Life
from studio.motion.performance import Performance, Phase, Player, Rep
from studio.motion.posture import Leg, Posture
from studio.motion.rotation import about_x, about_y, about_z

_FORWARD = hold((0.16, 0.32, 0.29), (0.35, -0.7, -0.5), (-0.25, 0.5, 0.8), (-1.0, 0.0, 0.2))
_BACK = hold((0.27, 0.10, -0.04), (0.30, -0.4, -0.9), (0.0, -0.5, 0.9), (-1.0, 0.0, 0.0))
_KNEE_DEG, _HALF_GAP_M, _HIPS_BEHIND_BALL_M = 11.0, 0.085, 0.075
# Share of a step in which the foot is off the floor.
_AIR_SHARE = 0.84
_SHIFT_M, _TILT_DEG, _TURN_DEG, _DROOP_DEG, _SHIN_BACK_DEG = 0.032, 1.5, 4.0, 20.0, 8.0


@dataclass(frozen=True, slots=True)
class MarchScript:
    """How someone marches.

    Attributes:
        steps: how many.
        lead_in_s: standing before the first.
        step_s: from one step to the next.
        thigh_deg: how far the thighs come up; 90 is level.
        lean_deg: how far the trunk leans forward.
        liveliness: strength of sway and tremor.
    """

    steps: int = 10
    lead_in_s: float = 0.7
    step_s: float = 0.58
    thigh_deg: float = 76.0
    lean_deg: float = 1.0
    liveliness: float = 1.0


class MarchPerformance(Performance):
    """Standing, marching, standing. A repetition is one step."""

    Script = MarchScript

    def __init__(self, player: Player, script: MarchScript) -> None:
        self._script, self._duration_s = script, player.duration_s
        self._figure = Figure(player)
        self._life = Life(player.seed, script.liveliness)
        reps = []
        for step in range(script.steps):
            start_s = script.lead_in_s + step * script.step_s
            air_s = _AIR_SHARE * script.step_s
            # Within a tenth of its way of the top a knee is as good as up.
            top_s, back_s = start_s + 0.4 * air_s, start_s + 0.6 * air_s
            side = "right" if step % 2 else "left"
            reps.append(Rep(start_s, top_s, back_s, start_s + air_s, side))
        self.reps = tuple(reps)
        standing = self._leg(1.0, 0.0)
        at = np.array([0.0, -_HIPS_BEHIND_BALL_M])
        self._height_m = self._figure.hips_height_m(at, 1.0, standing, _KNEE_DEG)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Standing, marching, standing."""
        first, last = self.reps[0].start_s, min(self.reps[-1].end_s, self._duration_s)
        phases = [Phase("standing", 0.0, first), Phase("marching", first, last)]
        if last < self._duration_s:
            phases.append(Phase("standing", last, self._duration_s))
        return tuple(phases)

    def posture_at(self, t_s: float) -> Posture:
        """Returns the posture at a time."""
        script, stir = self._script, self._life.at(t_s)
        swing, active = self._swing(t_s), self._activity(t_s)
        shift_m = -_SHIFT_M * self._weight(t_s) + stir.sway_m[0]
        rise_m = 0.004 * swing * swing
        z_m = -_HIPS_BEHIND_BALL_M + 0.5 * float(stir.sway_m[2])
        hips_m = np.array([shift_m, self._height_m + rise_m, z_m])
        # The hip of the lifted leg comes up and forward a little.
        pelvis = about_z(_TILT_DEG * swing + 0.4 * stir.roll_deg) @ about_y(-_TURN_DEG * swing)
        pelvis = pelvis @ about_x(script.lean_deg + 0.5 * stir.bend_deg - 3.0 * swing * swing)
        legs = (self._leg(1.0, self._lift(t_s, "left")), self._leg(-1.0, self._lift(t_s, "right")))
        left, right = (
            HANGING.towards(_BACK.towards(_FORWARD, 0.5 - 0.5 * sign * swing), active)
            for sign in SIDES
        )
        spine = Spine(
            neck_deg=2.0 + stir.nod_deg, breath=stir.breath, twist_deg=2.0 * _TURN_DEG * swing
        )
        return self._figure.posture(hips_m, pelvis, legs, (left, right), spine)

    def _lift(self, t_s: float, side: str) -> float:
        """How far up a knee is, 0..1."""
        for rep in self.reps:
            if rep.side == side and rep.start_s <= t_s <= rep.end_s:
                share = (t_s - rep.start_s) / (rep.end_s - rep.start_s)
                return float(np.sin(np.pi * share) ** 2)
        return 0.0

    def _swing(self, t_s: float) -> float:
        return self._lift(t_s, "left") - self._lift(t_s, "right")

    def _weight(self, t_s: float) -> float:
        """Which foot bears: 1 the right one, fully, because the left is up."""
        script = self._script
        steps = (t_s - script.lead_in_s - _AIR_SHARE * script.step_s / 2) / script.step_s
        return float(np.cos(np.pi * steps)) * self._activity(t_s)

    def _activity(self, t_s: float) -> float:
        """0 standing, 1 marching, eased over half a step before and after."""
        fade_s = 0.6 * self._script.step_s
        first, last = self.reps[0].start_s, self.reps[-1].end_s
        share = min((t_s - first + fade_s) / fade_s, (last + fade_s - t_s) / fade_s)
        share = float(np.clip(share, 0.0, 1.0))
        return share * share * (3.0 - 2.0 * share)

    def _leg(self, sign: float, lift: float) -> Leg:
        """A leg whose knee is up by a share: thigh and shin as they hang from the hip."""
        solver = self._figure.solver
        thigh, shin = np.radians(self._script.thigh_deg * lift), np.radians(_SHIN_BACK_DEG * lift)
        forward_m = solver.thigh_m * np.sin(thigh) - solver.shank_m * np.sin(shin)
        up_m = solver.thigh_m * (1.0 - np.cos(thigh)) + solver.shank_m * (1.0 - np.cos(shin))
        ball: FloatArray = np.array([sign * _HALF_GAP_M, forward_m])
        return self._figure.leg(sign, ball, _DROOP_DEG * lift, float(up_m), 5.0 * sign)
