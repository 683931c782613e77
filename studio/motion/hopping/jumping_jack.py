"""Jumping jacks: feet apart with the arms overhead, feet together with the arms down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.motion.course import Course
from studio.motion.figure import Hold
from studio.motion.hopping.heave import Manner
from studio.motion.hopping.hop_part import HoppingPerformance, level_between
from studio.motion.hopping.rhythm import Rhythm
from studio.motion.performance import Player, Rep

_LOW_DEG, _SHOULDER_M, _ARM_M = 13.0, (0.185, 0.464), 0.50
_PALM = np.array([-0.5, -0.2, 0.85])


@dataclass(frozen=True, slots=True)
class JumpingJackScript:
    """How someone does jumping jacks.

    Attributes:
        reps: how often the feet go apart and together.
        lead_in_s: the first take-off.
        rep_s: from one landing with the feet together to the next.
        height_m: rise of the body in each hop.
        half_gap_m: half the distance between the feet when they are apart.
        arms_deg: how far the arms go up; 180 is overhead.
        knee_deg: how far the knees give, the feet together.
        liveliness: strength of sway and tremor.
    """

    reps: int = 5
    lead_in_s: float = 0.9
    rep_s: float = 1.08
    height_m: float = 0.04
    half_gap_m: float = 0.30
    arms_deg: float = 160.0
    knee_deg: float = 48.0
    liveliness: float = 0.8


class JumpingJackPerformance(HoppingPerformance):
    """Standing, jumping jacks, standing."""

    Script = JumpingJackScript

    def __init__(self, player: Player, script: JumpingJackScript) -> None:
        self._arms_deg = script.arms_deg
        rhythm = Rhythm(
            lead_in_s=script.lead_in_s,
            # Apart and together again, the last take-off included.
            active_s=(script.reps - 0.25) * script.rep_s,
            cadence_per_min=Course(120.0 / script.rep_s),
            height_m=Course(script.height_m),
        )
        manner = Manner(
            knee_deg=script.knee_deg,
            touch_knee_deg=10.0,
            half_gaps_m=(0.085, script.half_gap_m),
        )
        super().__init__(
            player,
            rhythm,
            manner,
            name="jumping jacks",
            lean_deg=2.0,
            liveliness=script.liveliness,
        )
        self.reps = tuple(
            Rep(out.take_off_s, out.landing_s, back.take_off_s, back.landing_s)
            for out, back in zip(self.hops[::2], self.hops[1::2], strict=False)
        )
        times = [script.lead_in_s - 0.25]
        levels = [0.0]
        for number, hop in enumerate(self.hops, start=1):
            times.append(hop.landing_s)
            levels.append(float(number % 2))
        self._times, self._levels = np.array(times), np.array(levels)

    def hold_at(self, t_s: float, sign: float) -> Hold:
        """Returns how an arm is held: swung out and up with the feet."""
        share = level_between(self._times, self._levels, t_s)
        angle = np.radians(_LOW_DEG + (self._arms_deg - _LOW_DEG) * share)
        way = np.array([np.sin(angle), -np.cos(angle), 0.08])
        wrist = np.array([*_SHOULDER_M, 0.0]) + _ARM_M * way
        return Hold(wrist, np.array([0.1, -0.1, -1.0]), way, _PALM)
