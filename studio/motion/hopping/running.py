"""Running on the spot."""

from __future__ import annotations

from dataclasses import dataclass

from studio.motion.course import Course
from studio.motion.figure import HANGING, Hold, hold
from studio.motion.hopping.heave import Manner
from studio.motion.hopping.hop_part import HoppingPerformance
from studio.motion.hopping.rhythm import PUSH_S, SETTLE_S, Rhythm
from studio.motion.performance import Player

_FORWARD = hold((0.13, 0.36, 0.30), (0.35, -0.7, -0.5), (-0.35, 0.5, 0.8), (-1.0, 0.0, 0.2))
_BACK = hold((0.27, 0.16, 0.00), (0.30, -0.3, -0.9), (0.0, -0.1, 1.0), (-1.0, 0.0, 0.0))
_CHEST_TURN_DEG = 7.0


@dataclass(frozen=True, slots=True)
class RunScript:
    """How someone runs on the spot.

    Attributes:
        lead_in_s: the first step.
        active_s: how long they run.
        cadence_per_min: steps a minute.
        height_m: rise of the body in each flight.
        lift_m: how far the free foot is drawn up under the body.
        lift_back_m: how far behind it hangs there; negative is a knee drawn up in front.
        knee_deg: how far the standing knee gives.
        lean_deg: how far the trunk leans forward.
        liveliness: strength of sway and tremor.
    """

    lead_in_s: float = 0.8
    active_s: float = 6.0
    cadence_per_min: float = 165.0
    height_m: float = 0.022
    lift_m: float = 0.24
    lift_back_m: float = 0.05
    knee_deg: float = 36.0
    lean_deg: float = 4.0
    liveliness: float = 0.8


class RunPerformance(HoppingPerformance):
    """Standing, running on the spot, standing."""

    Script = RunScript

    def __init__(self, player: Player, script: RunScript) -> None:
        rhythm = Rhythm(
            lead_in_s=script.lead_in_s,
            active_s=script.active_s,
            cadence_per_min=Course(script.cadence_per_min),
            height_m=Course(script.height_m),
            height_jitter=0.10,
        )
        manner = Manner(
            style="alternate",
            knee_deg=script.knee_deg,
            lift_m=script.lift_m,
            lift_back_m=script.lift_back_m,
            half_gaps_m=(0.085,),
        )
        super().__init__(
            player,
            rhythm,
            manner,
            name="running",
            lean_deg=script.lean_deg,
            liveliness=script.liveliness,
        )

    def hold_at(self, t_s: float, sign: float) -> Hold:
        """Returns how an arm is held: it swings against the leg of its side."""
        swung = _BACK.towards(_FORWARD, 0.5 - 0.5 * sign * self._swing(t_s))
        return HANGING.towards(swung, self.activity(t_s, PUSH_S, SETTLE_S))

    def turn_deg(self, t_s: float) -> float:
        """Returns how far the chest is turned: the shoulders go with the arms."""
        return _CHEST_TURN_DEG * self._swing(t_s)

    def _swing(self, t_s: float) -> float:
        """1 with the left knee up, -1 with the right."""
        return self.hopper.lifted(t_s, 1.0) - self.hopper.lifted(t_s, -1.0)
