"""Walking into the picture, turning round and walking out again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator

from studio.arrays import FloatArray
from studio.motion.figure import HANGING, SIDES, Figure, Spine
from studio.motion.life import Life
from studio.motion.performance import Performance, Phase, Player
from studio.motion.posture import Leg, Posture
from studio.motion.rotation import about_x, about_y, about_z

# Shares of a step: how long both feet bear, and when a heel begins to leave the floor.
_BOTH_SHARE, _HEEL_OFF_SHARE, _FLAT_AFTER_SHARE = 0.18, 0.55, 0.20
_STRIKE_DEG, _PUSH_DEG = -17.0, 44.0
_HALF_GAP_M, _TOES_OUT_DEG, _CLEARANCE_M = 0.055, 7.0, 0.03
_LANDING_KNEE_DEG, _RISE_M, _BALL_BEFORE_HIPS_M = 5.0, 0.034, 0.08
_ARM_M, _PELVIS_DEG, _CHEST_DEG = 0.20, 4.0, 9.0
_STRAIGHTEST_KNEE_DEG, _SOFT_M, _SET_OFF = 4.0, 0.006, 0.5
# The pitch of the foot on its way forward: it hangs first, then the toes come up.
_SWING_SHARES = (0.0, 0.22, 0.60, 0.88, 1.0)
_SWING_DEG = (_PUSH_DEG, 50.0, 4.0, _STRIKE_DEG, _STRIKE_DEG)


@dataclass(frozen=True, slots=True)
class WalkScript:
    """How someone walks, along the z axis.

    Attributes:
        from_m: x and z of where they come from, towards +z.
        turn_at_m: z of where they turn round; beyond the clip's reach they never do.
        step_m: length of a step.
        step_s: time of a step.
        turn_steps: in how many steps they turn.
        liveliness: strength of sway and tremor.
    """

    from_m: tuple[float, float] = (0.0, -2.8)
    turn_at_m: float = 0.8
    step_m: float = 0.62
    step_s: float = 0.53
    turn_steps: int = 4
    liveliness: float = 1.0


@dataclass(frozen=True, slots=True)
class _Print:
    """A footprint.

    Attributes:
        t_s: the foot lands.
        sign: 1 for the left foot.
        centre_m: (2,) the middle of the way beside it.
        heading_deg: of the way.
    """

    t_s: float
    sign: float
    centre_m: FloatArray
    heading_deg: float


class WalkPerformance(Performance):
    """Walking from the first frame to the last."""

    Script = WalkScript

    def __init__(self, player: Player, script: WalkScript) -> None:
        self._script, self._duration_s = script, player.duration_s
        self._figure = Figure(player)
        self._life = Life(player.seed, script.liveliness)
        self._prints = _planned(script, player.duration_s)
        times = np.array([one.t_s for one in self._prints])
        centres = np.array([one.centre_m for one in self._prints])
        headings = np.array([one.heading_deg for one in self._prints])
        # When a foot lands the hips are half-way between it and the other.
        self._way = CubicSpline(times[1:], (centres[1:] + centres[:-1]) / 2)
        self._heading = PchipInterpolator(times[1:], (headings[1:] + headings[:-1]) / 2)
        self._swing_pitch = PchipInterpolator(_SWING_SHARES, _SWING_DEG)
        front = self._figure.leg(
            1.0, np.array([_HALF_GAP_M, script.step_m / 2 + _BALL_BEFORE_HIPS_M]), _STRIKE_DEG
        )
        self._low_m = self._figure.hips_height_m(np.zeros(2), 1.0, front, _LANDING_KNEE_DEG)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One phase, the whole clip."""
        return (Phase("walking", 0.0, self._duration_s),)

    def posture_at(self, t_s: float) -> Posture:
        """Returns the posture at a time."""
        stir = self._life.at(t_s)
        step = self._step_at(t_s)
        share = (t_s - self._prints[step].t_s) / self._script.step_s
        # 1 when the left foot lands in front, -1 when the right does.
        swing = self._prints[step].sign * float(np.cos(np.pi * share))
        bearing = self._prints[step].sign * float(np.sin(np.pi * share))
        heading = about_y(float(self._heading(t_s)))
        place = self._way(t_s)
        rise_m = _RISE_M * 0.5 * (1.0 - float(np.cos(2.0 * np.pi * (share - 0.06))))
        aside = heading @ np.array([0.018 * bearing + stir.sway_m[0], 0.0, 0.0])
        at = place + aside[[0, 2]]
        pelvis = heading @ about_y(-_PELVIS_DEG * swing) @ about_z(1.5 * bearing)
        pelvis = pelvis @ about_x(2.0 + 0.5 * stir.bend_deg)
        legs = (self._leg(t_s, 1.0), self._leg(t_s, -1.0))
        height_m = self._carried_m(self._low_m + rise_m, at, pelvis, legs)
        hips_m = np.array([at[0], height_m, at[1]])
        left, right = (
            HANGING.moved(np.array([0.0, 0.035, -sign * _ARM_M * swing + 0.03])) for sign in SIDES
        )
        spine = Spine(neck_deg=3.0 + stir.nod_deg, breath=stir.breath, twist_deg=_CHEST_DEG * swing)
        return self._figure.posture(hips_m, pelvis, legs, (left, right), spine)

    def _carried_m(
        self, wanted_m: float, at: FloatArray, pelvis: FloatArray, legs: tuple[Leg, Leg]
    ) -> float:
        """The height of the hips: as wanted, but no higher than both legs reach."""
        reach_m = [
            self._figure.hips_height_m(at, sign, leg, _STRAIGHTEST_KNEE_DEG, pelvis)
            for sign, leg in zip(SIDES, legs, strict=True)
        ]
        # A soft minimum: the hips do not bump against it.
        levels = np.array([wanted_m, *reach_m])
        lowest = float(levels.min())
        return lowest - _SOFT_M * float(np.log(np.exp((lowest - levels) / _SOFT_M).sum()))

    def _step_at(self, t_s: float) -> int:
        """The footprint made last."""
        first_s = self._prints[0].t_s
        return int(np.clip((t_s - first_s) / self._script.step_s, 0, len(self._prints) - 1))

    def _leg(self, t_s: float, sign: float) -> Leg:
        last = self._step_at(t_s)
        if self._prints[last].sign != sign:
            last -= 1
        now, following = self._prints[last], self._prints[last + 2]
        since = (t_s - now.t_s) / self._script.step_s
        lift = 1.0 + _BOTH_SHARE
        if since <= lift:
            return self._planted(now, since)
        share = (since - lift) / (2.0 - lift)
        # The foot is pulled off the floor on the move, and put down gently.
        progress = _SET_OFF * share * (1.0 - share) ** 2 + share**2 * (3.0 - 2.0 * share)
        start, end = _ball_m(now), _ball_m(following)
        heading = _foot_deg(now) + (_foot_deg(following) - _foot_deg(now)) * progress
        return self._figure.leg(
            sign,
            start + (end - start) * progress,
            float(self._swing_pitch(share)),
            _CLEARANCE_M * float(np.sin(np.pi * share)),
            heading,
        )

    def _planted(self, one: _Print, since: float) -> Leg:
        """A foot on the floor: heel first, then flat, then on the ball."""
        lift = 1.0 + _BOTH_SHARE
        landing = max(0.0, 1.0 - since / _FLAT_AFTER_SHARE)
        leaving = max(0.0, (since - _HEEL_OFF_SHARE) / (lift - _HEEL_OFF_SHARE))
        pitch_deg = _STRIKE_DEG * landing**2 * (3.0 - 2.0 * landing) + _PUSH_DEG * leaving**1.8
        return self._figure.leg(one.sign, _ball_m(one), pitch_deg, 0.0, _foot_deg(one))


def _planned(script: WalkScript, duration_s: float) -> list[_Print]:
    """Every footprint, from before the clip until after it."""
    centre, heading_deg = np.array(script.from_m) - np.array([0.0, 2.0 * script.step_m]), 0.0
    count = int(duration_s / script.step_s) + 7
    prints, turned = [], 0
    for number in range(count):
        t_s = (number - 2) * script.step_s
        prints.append(_Print(t_s, 1.0 if number % 2 else -1.0, centre.copy(), heading_deg))
        length_m = script.step_m
        if centre[1] >= script.turn_at_m and turned < script.turn_steps:
            turned += 1
            heading_deg = 180.0 * turned / script.turn_steps
            length_m = 0.45 * script.step_m
        angle = np.radians(heading_deg)
        centre += length_m * np.array([np.sin(angle), np.cos(angle)])
    return prints


def _foot_deg(one: _Print) -> float:
    return one.heading_deg + one.sign * _TOES_OUT_DEG


def _ball_m(one: _Print) -> FloatArray:
    """Where the ball of the foot is (2,)."""
    angle = np.radians(one.heading_deg)
    aside = one.sign * _HALF_GAP_M * np.array([np.cos(angle), -np.sin(angle)])
    ahead = _BALL_BEFORE_HIPS_M * np.array([np.sin(angle), np.cos(angle)])
    ball: FloatArray = one.centre_m + aside + ahead
    return ball
