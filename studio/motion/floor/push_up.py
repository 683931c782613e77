"""Push-ups on hands and toes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.motion.floor.plank import GOOD_KNEE_FLEXION_DEG, PlankBuilder, PlankSetup, PlankState
from studio.motion.floor.planking import GOOD_NECK_FLEXION_DEG
from studio.motion.life import Life
from studio.motion.performance import Performance, Phase, Player
from studio.motion.posture import Posture
from studio.motion.tempo import eased_share, even_reps


@dataclass(frozen=True, slots=True)
class PushUpScript:
    """How someone does push-ups.

    Attributes:
        reps: how many.
        lead_in_s: on straight arms before the first.
        down_s: on the way down.
        hold_s: at the bottom.
        up_s: on the way up.
        rest_s: on straight arms between two.
        depth: how far the arms bend, 0..1.
        hip_line_deg: the hip line, + pike, - sag.
        liveliness: strength of sway and tremor.
    """

    reps: int = 3
    lead_in_s: float = 0.8
    down_s: float = 1.1
    hold_s: float = 0.2
    up_s: float = 0.9
    rest_s: float = 0.5
    depth: float = 1.0
    hip_line_deg: float = 0.0
    liveliness: float = 1.0


class PushUpPerformance(Performance):
    """Push-ups from the first frame to the last."""

    Script = PushUpScript
    near_support = "wrist"

    def __init__(self, player: Player, script: PushUpScript) -> None:
        self._script, self._duration_s = script, player.duration_s
        self._life = Life(player.seed, script.liveliness)
        setup = PlankSetup(support="hands", neutral_deg=script.hip_line_deg)
        self._builder = PlankBuilder(player.solver, player.actor.landmarks, setup)
        parts_s = (script.down_s, script.hold_s, script.up_s)
        self.reps = even_reps(script.reps, script.lead_in_s, parts_s, script.rest_s)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One phase, the whole clip."""
        return (Phase("push-ups", 0.0, self._duration_s),)

    def posture_at(self, t_s: float) -> Posture:
        """Returns the posture at a time."""
        stir = self._life.at(t_s)
        return self._builder.posture(
            PlankState(
                hip_line_deg=self._script.hip_line_deg + stir.bend_deg,
                knee_flexion_deg=max(1.0, GOOD_KNEE_FLEXION_DEG + stir.knee_deg),
                neck_deg=GOOD_NECK_FLEXION_DEG + stir.nod_deg,
                sway_m=stir.sway_m * np.array([1.0, 1.0, 0.6]),
                roll_deg=stir.roll_deg,
                arm_bend_ratio=self._script.depth * eased_share(self.reps, t_s),
                breath=stir.breath,
            )
        )
