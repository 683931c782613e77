"""Skipping with a rope."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.interpolate import PchipInterpolator

from studio.arrays import FloatArray
from studio.body.actor import Surface
from studio.motion.figure import Hold, hold
from studio.motion.hopping.heave import Manner
from studio.motion.hopping.hop_part import HoppingPerformance, joined
from studio.motion.hopping.hopping import Hopper
from studio.motion.hopping.rhythm import Rhythm
from studio.motion.hopping.rope_mesh import RopeMesh
from studio.motion.performance import Noise, Player
from studio.motion.posture import Arm, Posture

_HOLDS = {
    "close": hold(
        (0.295, 0.09, 0.14), (0.10, -0.7, -0.6), (0.85, -0.25, 0.40), (-0.3, -0.85, -0.1)
    ),
    "wide": hold((0.62, 0.14, 0.08), (1.0, 0.0, -0.35), (0.85, -0.2, 0.35), (-0.2, -0.9, -0.1)),
}
_CIRCLE_M = 0.022
# Where the rope lies before and after: on the floor behind the heels.
_RESTING_RAD = 0.45
_SWING_OUT_S = 0.5
_SLAP_DB = -7.0
_HANDLE_M = 0.14
# The feet are behind the hands.
_FEET_RAD = 0.15


@dataclass(frozen=True, slots=True)
class RopeScript:
    """What happens with the rope.

    Attributes:
        rhythm: when the hops are and how high.
        manner: how they hop.
        elbows: ``close`` to the body or ``wide``.
        lean_deg: how far the trunk leans forward.
        rope: whether there is a rope to be seen and heard.
        rope_colour: RGB 0..255.
        liveliness: strength of sway and tremor.
    """

    rhythm: Rhythm = field(default_factory=Rhythm)
    manner: Manner = field(default_factory=Manner)
    elbows: str = "close"
    lean_deg: float = 2.5
    rope: bool = True
    rope_colour: tuple[int, int, int] = (236, 196, 40)
    liveliness: float = 0.7


class RopePerformance(HoppingPerformance):
    """Standing, skipping, standing."""

    Script = RopeScript

    def __init__(self, player: Player, script: RopeScript) -> None:
        super().__init__(
            player,
            script.rhythm,
            script.manner,
            name="skipping",
            lean_deg=script.lean_deg,
            liveliness=script.liveliness,
        )
        self._hold = _HOLDS[script.elbows]
        self._turning = _turning(self.hopper)
        self._rope = RopeMesh(script.rope_colour, self.figure.floor_m) if script.rope else None
        self.thing = self._rope
        if script.rope:
            self.noises = joined(self.noises, self._slaps(player.seed), player.duration_s)

    def rope_rad(self, t_s: float) -> float:
        """Returns how far the rope has turned: 0 is under the feet, then up behind the back."""
        return float(self._turning(t_s))

    def thing_at(self, t_s: float, posture: Posture) -> Surface | None:
        """Returns the rope at a time."""
        if self._rope is None:
            return None
        hands = _grip_m(posture.left_arm), _grip_m(posture.right_arm)
        return self._rope.surface(hands, self.rope_rad(t_s) + _FEET_RAD)

    def hold_at(self, t_s: float, sign: float) -> Hold:
        """Returns how an arm is held: the hand draws a small circle with the rope."""
        angle = self.rope_rad(t_s)
        circle = np.array([0.0, -np.cos(angle), -np.sin(angle)])
        return self._hold.moved(_CIRCLE_M * circle)

    def _slaps(self, seed: int) -> list[Noise]:
        generator = np.random.default_rng([seed, 14])
        return [
            Noise(
                (hop.take_off_s + hop.landing_s) / 2,
                "rope",
                round(_SLAP_DB + 1.2 * float(generator.normal()), 2),
            )
            for hop in self.hops
        ]


def _turning(hopper: Hopper) -> PchipInterpolator:
    """The rope's angle over time: a whole turn from one flight's middle to the next."""
    times: list[float] = [-1.0]
    resting = _RESTING_RAD / (2.0 * np.pi)
    values: list[float] = [resting]
    count = 0
    for start_s, end_s in hopper.bouts:
        within = [hop for hop in hopper.hops if start_s <= hop.take_off_s < end_s]
        times.append(start_s - 0.25)
        values.append(count + resting)
        for hop in within:
            count += 1
            times.append((hop.take_off_s + hop.landing_s) / 2)
            values.append(float(count))
        times.append(end_s + _SWING_OUT_S)
        values.append(count + resting)
    times.append(times[-1] + 1e3)
    values.append(values[-1])
    angles: FloatArray = 2.0 * np.pi * np.array(values)
    return PchipInterpolator(np.array(times), angles)


def _grip_m(arm: Arm) -> FloatArray:
    """The end (3,) of the handle in a fist."""
    grip: FloatArray = arm.wrist_m + _HANDLE_M * arm.fingers
    return grip
