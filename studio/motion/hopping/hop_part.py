"""What all hopping performances share: the trunk over the hopper, breath, and what is heard."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from studio.arrays import FloatArray
from studio.motion.figure import Figure, Hold, Spine
from studio.motion.hopping.bounce import G_M_S2
from studio.motion.hopping.heave import Manner
from studio.motion.hopping.hopping import Hopper, phases_of
from studio.motion.hopping.rhythm import Rhythm
from studio.motion.life import Life
from studio.motion.performance import Noise, Performance, Phase, Player
from studio.motion.posture import Posture
from studio.motion.rotation import about_x, about_y, about_z

# Level of a landing on the balls of the feet from 3.5 cm with giving knees: nought decibels.
_USUAL_SPEED_M_S = 0.83
_STRIKE_DB = {"ball": 0.0, "flat": 3.0, "heel": 5.0}
_USUAL_KNEE_DEG, _DB_PER_KNEE_DEG = 40.0, 0.12
# The trunk bows a little when the knees give.
_BOW_DEG_PER_M = 25.0


class HoppingPerformance(Performance):
    """Someone who hops; how the arms go is up to the subclass.

    Attributes:
        figure: the person.
        hopper: their hips and legs.
    """

    def __init__(
        self,
        player: Player,
        rhythm: Rhythm,
        manner: Manner,
        *,
        name: str,
        lean_deg: float,
        liveliness: float,
    ) -> None:
        """Plans the hops.

        Args:
            player: who performs.
            rhythm: when the hops are and how high.
            manner: how they hop.
            name: of the phases in which they hop.
            lean_deg: how far the trunk leans forward.
            liveliness: strength of sway and tremor.
        """
        self._manner, self._lean_deg, self._name, self._player = manner, lean_deg, name, player
        self.figure = Figure(player)
        self.hopper = Hopper(self.figure, rhythm, self._manner, player.seed, player.duration_s)
        self.hops = self.hopper.hops
        self._life = Life(player.seed, liveliness)
        self.noises = self._landing_noises()

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Hopping and standing in turns."""
        return phases_of(self.hopper.bouts, self._name, self._player.duration_s)

    @abstractmethod
    def hold_at(self, t_s: float, sign: float) -> Hold:
        """Returns how the left (1) or right (-1) arm is held."""

    def turn_deg(self, t_s: float) -> float:
        """Returns how far the chest is turned to the left against the pelvis."""
        return 0.0

    def posture_at(self, t_s: float) -> Posture:
        """Returns the posture at a time."""
        stir, hips_m = self._life.at(t_s), self.hopper.hips_m(t_s)
        sunk_m = max(0.0, -self.hopper.rise_m(t_s))
        # Squared: nothing moves the trunk but gravity when the feet leave the floor.
        bow_deg = _BOW_DEG_PER_M * 10.0 * sunk_m * sunk_m
        pelvis = about_z(0.4 * stir.roll_deg) @ about_y(1.5 * stir.roll_deg)
        pelvis = pelvis @ about_x(self._lean_deg + bow_deg)
        spine = Spine(
            neck_deg=3.0 - 0.6 * self._lean_deg + stir.nod_deg,
            breath=stir.breath,
            twist_deg=self.turn_deg(t_s),
        )
        legs = (self.hopper.leg(t_s, 1.0), self.hopper.leg(t_s, -1.0))
        holds = (self.hold_at(t_s, 1.0), self.hold_at(t_s, -1.0))
        return self.figure.posture(hips_m, pelvis, legs, holds, spine)

    def activity(self, t_s: float, before_s: float, after_s: float) -> float:
        """Returns how far (0..1) someone is in a bout, fading in before and out after it."""
        levels = [
            min((t_s - start_s + before_s) / before_s, (end_s + after_s - t_s) / after_s)
            for start_s, end_s in self.hopper.bouts
        ]
        share = float(np.clip(max(levels, default=0.0), 0.0, 1.0))
        return share * share * (3.0 - 2.0 * share)

    def _landing_noises(self) -> tuple[Noise, ...]:
        generator = np.random.default_rng([self._player.seed, 13])
        noises = []
        for hop in self.hops:
            speed = G_M_S2 * (hop.landing_s - hop.take_off_s) / 2
            level_db = 20.0 * float(np.log10(speed / _USUAL_SPEED_M_S))
            level_db += _STRIKE_DB[self._manner.strike]
            level_db += _DB_PER_KNEE_DEG * (_USUAL_KNEE_DEG - self._manner.knee_deg)
            level_db += 0.8 * float(generator.normal())
            touches = {hop.left_landing_s, hop.right_landing_s} - {None}
            # Two feet one after the other share the work.
            share_db = -3.0 if len(touches) == 2 else 0.0
            noises += [
                Noise(float(touch), "landing", round(level_db + share_db, 2))
                for touch in touches
                if touch is not None
            ]
        return _within(noises, self._player.duration_s)


def _within(noises: list[Noise], duration_s: float) -> tuple[Noise, ...]:
    """Returns the noises that set in before the clip ends, in order."""
    heard = [noise for noise in noises if noise.t_s < duration_s]
    return tuple(sorted(heard, key=lambda noise: noise.t_s))


def joined(noises: tuple[Noise, ...], more: list[Noise], duration_s: float) -> tuple[Noise, ...]:
    """Returns two lists of noises as one, in order, up to the end of the clip."""
    return _within([*noises, *more], duration_s)


def level_between(times: FloatArray, values: FloatArray, t_s: float) -> float:
    """Returns an eased value between values held at times; the first and the last go on."""
    after = int(np.searchsorted(times, t_s, side="right"))
    if after == 0 or after == len(times):
        return float(values[min(after, len(values) - 1)])
    share = (t_s - times[after - 1]) / (times[after] - times[after - 1])
    eased = share * share * (3.0 - 2.0 * share)
    return float(values[after - 1] + (values[after] - values[after - 1]) * eased)
