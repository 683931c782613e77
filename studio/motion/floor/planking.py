"""Performances on the mat: planks with their faults, and push-ups."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from studio.motion.course import Course
from studio.motion.floor.plank import GOOD_KNEE_FLEXION_DEG, PlankBuilder, PlankSetup, PlankState
from studio.motion.life import Life
from studio.motion.performance import HOLD, Performance, Phase, Player
from studio.motion.posture import Posture

GOOD_NECK_FLEXION_DEG = -6.0
_NEVER = Course(0.0)
_GOOD_KNEES = Course(GOOD_KNEE_FLEXION_DEG)
_GOOD_NECK = Course(GOOD_NECK_FLEXION_DEG)


@dataclass(frozen=True, slots=True)
class PlankScript:
    """What happens in a plank.

    Attributes:
        setup: where the supports are.
        hip_change_deg: hip line's change from neutral (+ pike, - sag).
        knee_flexion_deg: bend of the knees.
        neck_deg: flexion of the neck (+ chin to chest).
        hollow_deg: how much hollower the lower back becomes, the hip line staying as it is.
        round_deg: how much rounder the upper back becomes; likewise.
        arm_bend: how far the arms lower the chest, 0..1 (on hands).
        liveliness: strength of sway and tremor, 1 is moderate effort.
        phase: name of the only phase; ``hold`` unless the clip is not a plank.
    """

    setup: PlankSetup = field(default_factory=PlankSetup)
    hip_change_deg: Course = _NEVER
    knee_flexion_deg: Course = _GOOD_KNEES
    neck_deg: Course = _GOOD_NECK
    arm_bend: Course = _NEVER
    hollow_deg: Course = _NEVER
    round_deg: Course = _NEVER
    liveliness: float = 1.0
    phase: str = HOLD


class PlankPerformance(Performance):
    """A plank from the first frame to the last."""

    Script = PlankScript

    def __init__(self, player: Player, script: PlankScript) -> None:
        self._script = script
        self._life = Life(player.seed, script.liveliness)
        self._builder = PlankBuilder(player.solver, player.actor.landmarks, script.setup)
        self._duration_s = player.duration_s
        self.far_support = "knee" if script.setup.base == "knees" else "ankle"
        self.near_support = "wrist" if script.setup.support == "hands" else "elbow"

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One phase, the whole clip."""
        return (Phase(self._script.phase, 0.0, self._duration_s),)

    def neutral_posture(self) -> Posture:
        """Returns good form, perfectly still."""
        return self._builder.posture(
            PlankState(
                self._script.setup.neutral_deg,
                GOOD_KNEE_FLEXION_DEG,
                GOOD_NECK_FLEXION_DEG,
                np.zeros(3),
            )
        )

    def posture_at(self, t_s: float) -> Posture:
        """Returns the posture at a time."""
        script, stir = self._script, self._life.at(t_s)
        state = PlankState(
            hip_line_deg=script.setup.neutral_deg + script.hip_change_deg.at(t_s) + stir.bend_deg,
            knee_flexion_deg=max(1.0, script.knee_flexion_deg.at(t_s) + stir.knee_deg),
            neck_deg=script.neck_deg.at(t_s) + stir.nod_deg,
            sway_m=stir.sway_m,
            roll_deg=stir.roll_deg,
            arm_bend_ratio=script.arm_bend.at(t_s),
            breath=stir.breath,
            hollow_deg=script.hollow_deg.at(t_s),
            round_deg=script.round_deg.at(t_s),
        )
        return self._builder.posture(state)
