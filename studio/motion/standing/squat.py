"""Squats."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.arrays import FloatArray
from studio.motion.figure import HANGING, SIDES, Figure, Spine, hold
from studio.motion.life import Life
from studio.motion.performance import Performance, Phase, Player
from studio.motion.posture import Leg, Posture
from studio.motion.rotation import about_x, about_y, about_z
from studio.motion.tempo import eased_share, even_reps

_STANDING_KNEE_DEG, _STANDING_LEAN_DEG = 4.0, 2.0
# Shins lean forward by a third of the knee's bend, so that the weight stays over the feet.
_SHIN_SHARE = 0.33
_BALL_M, _HIPS_BEHIND_BALL_M = 0.10, 0.075
_FORWARD = hold((0.15, 0.70, 0.42), (0.5, -0.5, 0.0), (0.0, 0.45, 0.9), (-0.6, -0.8, 0.0))


@dataclass(frozen=True, slots=True)
class SquatScript:
    """How someone squats.

    Attributes:
        reps: how often.
        lead_in_s: standing before the first.
        down_s: on the way down.
        hold_s: at the bottom.
        up_s: on the way up.
        rest_s: standing between two.
        depth_deg: bend of the knees at the bottom.
        lean_deg: lean of the pelvis at the bottom; the lumbar spine adds a little.
        half_gap_m: half the distance between the feet.
        toes_out_deg: how far the feet point outwards.
        liveliness: strength of sway and tremor.
    """

    reps: int = 3
    lead_in_s: float = 0.7
    down_s: float = 1.1
    hold_s: float = 0.3
    up_s: float = 0.9
    rest_s: float = 0.4
    depth_deg: float = 95.0
    lean_deg: float = 36.0
    half_gap_m: float = 0.17
    toes_out_deg: float = 14.0
    liveliness: float = 1.0


class SquatPerformance(Performance):
    """Standing, squatting, standing."""

    Script = SquatScript

    def __init__(self, player: Player, script: SquatScript) -> None:
        self._script, self._duration_s = script, player.duration_s
        self._figure = Figure(player)
        self._life = Life(player.seed, script.liveliness)
        parts_s = (script.down_s, script.hold_s, script.up_s)
        self.reps = even_reps(script.reps, script.lead_in_s, parts_s, script.rest_s)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Standing, squats, standing."""
        first, last = self.reps[0].start_s, min(self.reps[-1].end_s, self._duration_s)
        phases = [Phase("standing", 0.0, first), Phase("squats", first, last)]
        if last < self._duration_s:
            phases.append(Phase("standing", last, self._duration_s))
        return tuple(phases)

    def posture_at(self, t_s: float) -> Posture:
        """Returns the posture at a time."""
        script, stir = self._script, self._life.at(t_s)
        share = eased_share(self.reps, t_s)
        knee_deg = _STANDING_KNEE_DEG + (script.depth_deg - _STANDING_KNEE_DEG) * share
        knee_deg = max(1.0, knee_deg + stir.knee_deg)
        legs = self._legs(share)
        hips_m = self._hips_m(knee_deg, legs[0], stir.sway_m)
        lean_deg = _STANDING_LEAN_DEG + (script.lean_deg - _STANDING_LEAN_DEG) * share
        pelvis = about_z(0.6 * stir.roll_deg) @ about_y(0.8 * stir.roll_deg)
        pelvis = pelvis @ about_x(lean_deg + 0.5 * stir.bend_deg)
        arms = HANGING.towards(_FORWARD, share)
        spine = Spine(
            neck_deg=3.0 - 0.55 * (lean_deg - _STANDING_LEAN_DEG) + stir.nod_deg,
            breath=stir.breath,
            lumbar_deg=6.0 * share,
        )
        return self._figure.posture(hips_m, pelvis, legs, (arms, arms), spine)

    def _legs(self, share: float) -> tuple[Leg, Leg]:
        script = self._script
        left, right = (
            replace(
                self._figure.leg(
                    sign,
                    np.array([sign * script.half_gap_m, _BALL_M]),
                    heading_deg=sign * script.toes_out_deg,
                ),
                # Knees over the toes.
                knee_out_ratio=0.06 + 0.12 * share,
            )
            for sign in SIDES
        )
        return left, right

    def _hips_m(self, knee_deg: float, leg: Leg, sway_m: FloatArray) -> FloatArray:
        """Where the hips are over the feet when the knees bend by so much."""
        solver = self._figure.solver

        def behind_m(bend_deg: float) -> float:
            shin = np.radians(_SHIN_SHARE * bend_deg)
            thigh = np.radians((1.0 - _SHIN_SHARE) * bend_deg)
            return float(solver.thigh_m * np.sin(thigh) - solver.shank_m * np.sin(shin))

        z_m = _BALL_M - _HIPS_BEHIND_BALL_M - behind_m(knee_deg) + behind_m(_STANDING_KNEE_DEG)
        at = np.array([sway_m[0], z_m + sway_m[2]])
        height_m = self._figure.hips_height_m(at, 1.0, leg, knee_deg)
        return np.array([at[0], height_m, at[1]])
