"""No exercise: someone picks something up, ties a shoe, sits on their heels and stretches."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq

from studio.arrays import FloatArray
from studio.motion.course import ease
from studio.motion.figure import HANGING, SIDES, Figure, Hold, Spine, hold
from studio.motion.life import Life
from studio.motion.performance import Performance, Phase, Player
from studio.motion.posture import Arm, Leg, Posture, blend
from studio.motion.rotation import about_x, about_z, unit
from studio.motion.solver import two_links

_FEET_M, _HALF_GAP_M, _HIPS_BEHIND_BALL_M = 0.25, 0.10, 0.075
# Heights of the knee joint on the floor, and of the hips over the ankles when sitting on them.
_KNEE_M, _SITTING_M = 0.058, 0.15
_TUCKED_DEG = 74.0
_LIFT_M = 0.05
_CARRIED = hold((0.12, 0.20, 0.28), (0.4, -0.8, -0.4), (-0.6, 0.2, 0.8), (-0.5, 0.8, 0.0))
_IN_LAP = hold((0.13, 0.06, 0.26), (0.5, -0.6, -0.4), (-0.3, -0.4, 0.9), (0.0, -1.0, -0.3))
_STRETCHED = hold((0.13, 0.93, 0.02), (0.6, 0.3, -0.6), (-0.05, 1.0, 0.0), (-0.5, 0.0, 0.8))


@dataclass(frozen=True, slots=True)
class PotteringScript:
    """How someone potters about.

    Attributes:
        pace: 1 takes ten seconds for all of it, 2 five.
        liveliness: strength of sway and tremor.
    """

    pace: float = 1.0
    liveliness: float = 1.5


@dataclass(frozen=True, slots=True)
class _Stretch:
    """One stretch of the way: the posture at its end, when that is, and the feet that move."""

    name: str
    end_s: float
    end: Posture
    stepping: tuple[float, ...] = ()


class PotteringPerformance(Performance):
    """Small things people do on the floor of a room."""

    Script = PotteringScript

    def __init__(self, player: Player, script: PotteringScript) -> None:
        self._script, self._duration_s = script, player.duration_s
        self._life = Life(player.seed, script.liveliness)
        keys = _Keys(Figure(player))
        standing = keys.standing(HANGING)
        self._start = standing
        self._way = (
            _Stretch("standing", 0.4, standing),
            _Stretch("picking up", 1.5, keys.reaching_down()),
            _Stretch("picking up", 1.8, keys.reaching_down()),
            _Stretch("standing", 2.8, keys.standing(_CARRIED)),
            _Stretch("standing", 3.1, keys.standing(_CARRIED)),
            _Stretch("tying a shoe", 4.2, keys.half_kneeling(), (-1.0,)),
            _Stretch("tying a shoe", 4.8, keys.tying(0.0)),
            _Stretch("tying a shoe", 5.2, keys.tying(1.0)),
            _Stretch("tying a shoe", 5.6, keys.tying(0.2)),
            _Stretch("tying a shoe", 6.0, keys.tying(0.8)),
            _Stretch("kneeling", 6.6, keys.half_kneeling()),
            _Stretch("kneeling", 7.6, keys.sitting(_IN_LAP), (1.0,)),
            _Stretch("stretching", 8.5, keys.sitting(_STRETCHED)),
            _Stretch("stretching", 9.2, keys.sitting(_STRETCHED)),
            _Stretch("kneeling", 10.0, keys.sitting(_IN_LAP)),
        )

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The stretches, those of the same name joined."""
        phases: list[Phase] = []
        for stretch in self._way:
            end_s = stretch.end_s / self._script.pace
            if phases and phases[-1].name == stretch.name:
                phases[-1] = replace(phases[-1], end_s=end_s)
            else:
                phases.append(Phase(stretch.name, phases[-1].end_s if phases else 0.0, end_s))
        phases[-1] = replace(phases[-1], end_s=max(phases[-1].end_s, self._duration_s))
        return tuple(phases)

    def posture_at(self, t_s: float) -> Posture:
        """Returns the posture at a time."""
        stir = self._life.at(t_s)
        posture = self._scheduled(t_s * self._script.pace)
        return replace(
            posture,
            hips_m=posture.hips_m + stir.sway_m,
            pelvis=about_z(0.4 * stir.roll_deg) @ posture.pelvis,
            neck_deg=posture.neck_deg + stir.nod_deg,
            breath=stir.breath,
        )

    def _scheduled(self, t_s: float) -> Posture:
        start, start_s = self._start, 0.0
        for stretch in self._way:
            if t_s < stretch.end_s:
                share = (t_s - start_s) / (stretch.end_s - start_s)
                return _moved(start, stretch, share)
            start, start_s = stretch.end, stretch.end_s
        return start


class _Keys:
    """The key postures of one person. The left foot stays where it is until they kneel."""

    def __init__(self, figure: Figure) -> None:
        self._figure = figure
        self._front = (self._flat(1.0), self._flat(-1.0))
        solver = figure.solver
        # Kneeling: shin on the floor, the toes tucked under, the hips over the knee.
        tucked = figure.leg(-1.0, np.zeros(2), _TUCKED_DEG)
        run_m = np.sqrt(solver.shank_m**2 - (tucked.ankle_m[1] - figure.floor_m - _KNEE_M) ** 2)
        self._knee_z_m = _FEET_M - 0.42
        self._back_ball_m = self._knee_z_m - float(run_m) - float(tucked.ankle_m[2])
        self._back = (self._tucked(1.0), self._tucked(-1.0))

    def standing(self, arms: Hold) -> Posture:
        """Upright, the feet side by side."""
        return self._over_feet(6.0, 2.0, 0.0, arms)

    def reaching_down(self) -> Posture:
        """Bent at hips and knees, the right hand at the floor, the left on the knee."""
        bent = self._over_feet(100.0, 62.0, 30.0, HANGING)
        low = np.array([-0.10, self._figure.floor_m + 0.10, _FEET_M + 0.22])
        right = replace(bent.right_arm, wrist_m=low, fingers=unit(np.array([0.1, -1.0, 0.3])))
        knee = self._knee_m(bent, 1.0) + np.array([0.02, 0.09, 0.02])
        left = Arm(knee, knee + np.array([0.6, 0.3, -0.2]), unit(np.array([0.0, -0.6, 0.8])), _DOWN)
        return replace(bent, left_arm=left, right_arm=right)

    def half_kneeling(self) -> Posture:
        """On the right knee, the left foot in front."""
        return self._kneeling(6.0, 2.0)

    def tying(self, pull: float) -> Posture:
        """Bent over the left shoe with both hands at its laces, which are pulled by a share."""
        posture = self._kneeling(40.0, 30.0)
        laces = self._front[0].ankle_m + np.array([0.0, 0.045, 0.085])
        apart = np.array([0.05 + 0.05 * pull, 0.03 + 0.03 * pull, -0.02 * pull])

        def arm(sign: float) -> Arm:
            wrist = laces + apart * np.array([sign, 1.0, 1.0]) + np.array([0.0, 0.06, -0.05])
            towards = wrist + np.array([sign * 0.6, 0.2, -0.3])
            return Arm(wrist, towards, unit(np.array([-0.3 * sign, -0.7, 0.7])), _DOWN)

        return replace(posture, left_arm=arm(1.0), right_arm=arm(-1.0), neck_deg=14.0)

    def sitting(self, arms: Hold) -> Posture:
        """Both knees on the floor, sitting on the heels."""
        ankle = (self._back[0].ankle_m + self._back[1].ankle_m) / 2
        solver, height_m = self._figure.solver, float(ankle[1]) + _SITTING_M

        def knee_over_floor_m(ahead_m: float) -> float:
            hips = np.array([0.0, height_m, ankle[2] + ahead_m])
            thigh, _ = two_links(
                hips, ankle, np.array([0.0, 0.0, 1.0]), solver.thigh_m, solver.shank_m
            )
            knee_m = hips[1] + solver.thigh_m * thigh[1] - self._figure.floor_m
            return float(knee_m - _KNEE_M)

        ahead_m = float(brentq(knee_over_floor_m, 0.0, 0.18, xtol=1e-6))
        hips = np.array([0.0, height_m, ankle[2] + ahead_m])
        lean_deg = 8.0 if arms is _IN_LAP else 0.0
        return self._figure.posture(
            hips, about_x(lean_deg), self._back, (arms, arms), Spine(lumbar_deg=4.0)
        )

    def _over_feet(
        self, knee_deg: float, lean_deg: float, lumbar_deg: float, arms: Hold
    ) -> Posture:
        """Both feet flat on the floor, the hips as far back as keeps the balance."""
        back_m = _HIPS_BEHIND_BALL_M + 0.24 * float(np.sin(np.radians(0.62 * knee_deg)))
        at = np.array([0.0, _FEET_M - back_m])
        height_m = self._figure.hips_height_m(at, 1.0, self._front[0], knee_deg)
        spine = Spine(neck_deg=3.0 - 0.35 * lean_deg, lumbar_deg=lumbar_deg)
        hips = np.array([at[0], height_m, at[1]])
        return self._figure.posture(hips, about_x(lean_deg), self._front, (arms, arms), spine)

    def _kneeling(self, lean_deg: float, lumbar_deg: float) -> Posture:
        figure = self._figure
        height_m = figure.floor_m + _KNEE_M + 0.985 * figure.solver.thigh_m
        hips = np.array([0.0, height_m, self._knee_z_m + 0.03])
        legs = (self._front[0], self._back[1])
        spine = Spine(lumbar_deg=lumbar_deg)
        return figure.posture(hips, about_x(lean_deg), legs, (_IN_LAP, _IN_LAP), spine)

    def _flat(self, sign: float) -> Leg:
        ball = np.array([sign * _HALF_GAP_M, _FEET_M])
        return self._figure.leg(sign, ball, heading_deg=7.0 * sign)

    def _tucked(self, sign: float) -> Leg:
        ball = np.array([sign * 0.8 * _HALF_GAP_M, self._back_ball_m])
        return self._figure.leg(sign, ball, _TUCKED_DEG)

    def _knee_m(self, posture: Posture, sign: float) -> FloatArray:
        solver, leg = self._figure.solver, self._front[SIDES.index(sign)]
        hip = posture.hips_m + np.array([sign * solver.hip_half_width_m, 0.0, 0.0])
        thigh, _ = two_links(
            hip, leg.ankle_m, np.array([0.0, 0.0, 1.0]), solver.thigh_m, solver.shank_m
        )
        knee: FloatArray = hip + solver.thigh_m * thigh
        return knee


_DOWN = np.array([0.0, -1.0, 0.0])


def _moved(start: Posture, stretch: _Stretch, share: float) -> Posture:
    """A posture on the way to the end of a stretch, the feet that step off the floor."""
    posture = blend(start, stretch.end, ease(share))
    lift = np.array([0.0, _LIFT_M * float(np.sin(np.pi * share)), 0.0])
    if 1.0 in stretch.stepping:
        posture = replace(posture, left_leg=_raised(posture.left_leg, lift))
    if -1.0 in stretch.stepping:
        posture = replace(posture, right_leg=_raised(posture.right_leg, lift))
    return posture


def _raised(leg: Leg, lift: FloatArray) -> Leg:
    return replace(leg, ankle_m=leg.ankle_m + lift)
