"""Skipping with a rope."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.interpolate import PchipInterpolator

from studio.arrays import FloatArray
from studio.body.actor import Surface
from studio.motion.figure import Hold, hold
from studio.motion.hopping.heave import Manner
from studio.motion.hopping.hop_part import HoppingPerformance, joined
from studio.motion.hopping.hopping import Hopper
from studio.motion.hopping.rhythm import Flight, Rhythm
from studio.motion.hopping.rope_mesh import RopeMesh
from studio.motion.performance import Hop, Noise, Player
from studio.motion.posture import Arm, Posture

_HOLDS = {
    "close": hold(
        (0.295, 0.09, 0.14), (0.10, -0.7, -0.6), (0.85, -0.25, 0.40), (-0.3, -0.85, -0.1)
    ),
    "wide": hold((0.62, 0.14, 0.08), (1.0, 0.0, -0.35), (0.85, -0.2, 0.35), (-0.2, -0.9, -0.1)),
    "winged": hold((0.44, 0.14, 0.03), (1.0, 1.0, -0.1), (0.80, -0.35, 0.40), (-0.2, -0.9, -0.1)),
}
_CIRCLE_M = 0.022
# Where the rope lies before and after: on the floor behind the heels.
_RESTING_RAD = 0.45
_SWING_OUT_S = 0.5
# A rope that is caught lies against the toes, and is then swung back over the head.
_CAUGHT_RAD, _CAUGHT_FOR_S, _BACK_AFTER_S = -0.10, 0.25, 1.2
_READY_S = 0.25
# When in a flight the rope passes, as shares of it, by how often it does.
_PASSES = {0: (), 1: (0.5,), 2: (0.27, 0.73)}
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
        elbows: ``close`` to the body, ``wide``, or ``winged``: raised to the sides.
        hands_up_m: how much higher than usual the hands are held.
        lean_deg: how far the trunk leans forward.
        rope: whether there is a rope to be seen and heard.
        rope_colour: RGB 0..255.
        liveliness: strength of sway and tremor.
    """

    rhythm: Rhythm = field(default_factory=Rhythm)
    manner: Manner = field(default_factory=Manner)
    elbows: str = "close"
    hands_up_m: float = 0.0
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
        self._hold = _HOLDS[script.elbows].moved(np.array([0.0, script.hands_up_m, 0.0]))
        self._turning = _turning(self.hopper)
        if script.rope:
            self.hops = tuple(
                replace(hop, turns=_turns(flight))
                for hop, flight in zip(self.hops, self.hopper.flights, strict=True)
            )
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
            Noise(pass_s, "rope", round(_SLAP_DB + 1.2 * float(generator.normal()), 2))
            for hop in self.hops
            for pass_s in _passes_s(hop, hop.turns)
        ]


def _turns(flight: Flight) -> int:
    return 0 if flight.caught else flight.turns


def _passes_s(hop: Hop | Flight, turns: int) -> list[float]:
    """When the rope is under the feet in a flight."""
    return [hop.take_off_s + share * (hop.landing_s - hop.take_off_s) for share in _PASSES[turns]]


def _turning(hopper: Hopper) -> PchipInterpolator:
    """The rope's angle over time: whole turns where it passes under the feet."""
    resting, caught = _RESTING_RAD / (2.0 * np.pi), _CAUGHT_RAD / (2.0 * np.pi)
    knots: list[tuple[float, float]] = [(-1.0, resting)]
    starts_s = [start_s for start_s, _ in hopper.bouts]
    count = 0
    for (start_s, end_s), next_s in zip(hopper.bouts, [*starts_s[1:], np.inf], strict=True):
        knots.append((start_s - _READY_S, count + resting))
        last = None
        for last in (one for one in hopper.flights if start_s <= one.take_off_s < end_s):
            for pass_s in _passes_s(last, _turns(last)):
                count += 1
                knots.append((pass_s, float(count)))
        if last and last.caught:
            knots.append((end_s, count + 1 + caught))
            knots.append((end_s + _CAUGHT_FOR_S, count + 1 + caught))
            knots.append((min(end_s + _BACK_AFTER_S, next_s - 1.1 * _READY_S), count + resting))
        else:
            knots.append((end_s + _SWING_OUT_S, count + resting))
    knots.append((knots[-1][0] + 1e3, knots[-1][1]))
    times, turns = np.array(knots).T
    angles: FloatArray = 2.0 * np.pi * turns
    return PchipInterpolator(times, angles)


def _grip_m(arm: Arm) -> FloatArray:
    """The end (3,) of the handle in a fist."""
    grip: FloatArray = arm.wrist_m + _HANDLE_M * arm.fingers
    return grip
