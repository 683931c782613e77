"""Lifting the hips between planted feet and a supported upper back: bridge and hip thrust.

A repetition runs along a way that is solved once: at every step of it the line shoulder-hip-knee
has the wanted angle, the upper back stays on its support without sliding, and the feet stay put.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from studio.arrays import FloatArray, IntArray
from studio.body.actor import Actor
from studio.body.rig import SolvedPose
from studio.motion.equations import Residual, jacobian, solve
from studio.motion.figure import Figure
from studio.motion.floor.supine import FACE_UP
from studio.motion.life import Life, Stir
from studio.motion.performance import Performance, Phase, Player
from studio.motion.posture import Arm, Leg, Posture
from studio.motion.rotation import about_x, about_y
from studio.motion.tempo import Beats, Tempo, departures_of, per_rep
from studio.truth.measures import SIDES, hip_deg, knee_deg

# A little further than the top, for whoever trembles there.
_STEPS = np.linspace(0.0, 1.05, 13)
_TOES_OUT_DEG = 6.0
_FEET_PASSES = 2
_ROUGH_STEPS = np.linspace(0.0, 1.0, 5)
_TREMBLE = 0.012
_TOLERANCE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftScript:
    """What happens in a set of lifts; the bridge's values are the defaults.

    Attributes:
        reps: how many repetitions.
        start_s: stillness at the bottom.
        up_s: to the top.
        hold_s: at the top.
        down_s: down again.
        rest_s: at the bottom between two repetitions.
        top_deg: shoulder-hip-knee at the top: 180 is straight, less too low, more over-extended; a
            value for each repetition, the last one for all that follow.
        arch_deg: how much of the way up is extension of the lumbar spine; for each repetition
            likewise.
        knee_deg: angle of the knees where the line is straight; decides where the feet stand.
        foot_half_gap_m: half the distance between the feet.
        heel_up_deg: how far the heels leave the floor at the top.
        knee_gap_ratio: distance of the knees over that of the ankles at the top.
        pelvis_tilt_deg: how much lower the left side of the pelvis is at the top.
        liveliness: strength of the small movements.
        reach: how far up each repetition goes, 1 is the top; for each likewise. One that turns back
            before three quarters does not count.
        pause_s: how long each stops half way up; likewise.
    """

    reps: int = 3
    start_s: float = 2.0
    up_s: float = 1.5
    hold_s: float = 2.0
    down_s: float = 2.0
    rest_s: float = 0.8
    top_deg: tuple[float, ...] = (177.0,)
    arch_deg: tuple[float, ...] = (4.0,)
    knee_deg: float = 90.0
    foot_half_gap_m: float = 0.11
    heel_up_deg: float = 0.0
    knee_gap_ratio: float = 1.1
    pelvis_tilt_deg: float = 0.0
    liveliness: float = 1.0
    reach: tuple[float, ...] = (1.0,)
    pause_s: tuple[float, ...] = (0.0,)


@dataclass(frozen=True, slots=True)
class Kind:
    """What can differ from repetition to repetition.

    Attributes:
        top_deg: shoulder-hip-knee at the top.
        arch_deg: extension of the lumbar spine on the way up.
    """

    top_deg: float
    arch_deg: float


_STRAIGHT = Kind(178.0, 4.0)


@dataclass(frozen=True, slots=True)
class Rest:
    """The trunk at the bottom.

    Attributes:
        x: pitch of the pelvis (degrees), height of the hips (mm), and whatever else is solved for.
        z_m: of the hips.
        lumbar_deg: flexion of the lumbar spine.
        thoracic_deg: flexion of the thoracic spine.
        hip_deg: shoulder-hip-knee.
    """

    x: FloatArray
    z_m: float
    lumbar_deg: float
    thoracic_deg: float
    hip_deg: float


class HipLiftPerformance(Performance):
    """A set of repetitions, from the first frame to the last in position."""

    _chest_rounding_deg = 0.0
    _first_feet_z_m = -0.45
    _fidgets: tuple[int, ...] = ()

    def __init__(self, player: Player, script: LiftScript) -> None:
        tempo = Tempo(script.start_s, script.up_s, script.hold_s, script.down_s, script.rest_s)
        kinds = tuple(
            Kind(per_rep(script.top_deg, rep), per_rep(script.arch_deg, rep))
            for rep in range(script.reps)
        )
        self._actor, self._solver = player.actor, player.solver
        self._figure, self._lift, self._kinds = Figure(player), script, kinds
        self._life = Life(player.seed, script.liveliness)
        departures = departures_of(script.reps, script.reach, script.pause_s, self._fidgets)
        sides = ("",) * script.reps
        self._beats = Beats(tempo, sides, player.duration_s, player.seed, departures)
        self.reps = self._beats.reps
        self._knee_out = (0.06, 0.06)
        self._feet_z_m = self._first_feet_z_m
        self._rest = self._at_rest()
        self._place_feet(_STRAIGHT)
        ways = {kind: self._way(kind) for kind in dict.fromkeys(kinds or (_STRAIGHT,))}
        self._ways = [(kind, ways[kind]) for kind in kinds or (_STRAIGHT,)]

    @property
    def phases(self) -> tuple[Phase, ...]:
        """``rest`` at the bottom, ``out`` (up), ``top``, ``back`` (down)."""
        return self._beats.phases

    def neutral_posture(self) -> Posture:
        """Returns the position at the bottom, perfectly still."""
        return self._on_way(0, 0.0)

    def posture_at(self, t_s: float) -> Posture:
        """Returns the posture at a time."""
        beat, stir = self._beats.at(t_s), self._life.at(t_s)
        share = beat.share * (1.0 + _TREMBLE * stir.bend_deg)
        return self._stirred(self._on_way(beat.rep, share), stir)

    @abstractmethod
    def _at_rest(self) -> Rest:
        """Returns the trunk at the bottom, the feet being where they are."""

    @abstractmethod
    def _supports(self, pose: SolvedPose, skin_m: FloatArray) -> IntArray:
        """Returns the rows of the skin that carries the upper back."""

    @abstractmethod
    def _pressure_mm(self, pose: SolvedPose, skin_m: FloatArray, share: float) -> list[float]:
        """Returns how far (N - 1,) in mm skin and support are from where they should meet."""

    @abstractmethod
    def _arm(self, sign: float, hips_m: FloatArray, pelvis: FloatArray) -> Arm:
        """Returns the left (1) or right (-1) arm."""

    @abstractmethod
    def _neck_deg(self, x: FloatArray, share: float) -> float:
        """Returns the flexion of the neck."""

    def _stirred(self, posture: Posture, stir: Stir) -> Posture:
        """The posture of someone who breathes."""
        return replace(posture, breath=stir.breath)

    def _on_way(self, rep: int, share: float) -> Posture:
        number = min(rep, len(self._ways) - 1)
        kind, way = self._ways[number]
        values = way(float(np.clip(share, 0.0, _STEPS[-1])))
        return self._posture(values[1:], float(values[0]), share, kind)

    def _posture(self, x: FloatArray, z_m: float, share: float, kind: Kind) -> Posture:
        rest, lift = self._rest, self._lift
        pelvis = about_x(float(x[0])) @ FACE_UP
        tilt_deg = share * lift.pelvis_tilt_deg
        if tilt_deg:
            pelvis = pelvis @ about_y(tilt_deg)
        hips_m = np.array([0.0, x[1] / 1000.0, z_m])
        return Posture(
            hips_m=hips_m,
            pelvis=pelvis,
            left_leg=self._leg(1.0, share),
            right_leg=self._leg(-1.0, share),
            left_arm=self._arm(1.0, hips_m, pelvis),
            right_arm=self._arm(-1.0, hips_m, pelvis),
            lumbar_deg=rest.lumbar_deg - share * kind.arch_deg,
            thoracic_deg=rest.thoracic_deg + share * self._chest_rounding_deg,
            neck_deg=self._neck_deg(x, share),
            lumbar_twist_deg=-tilt_deg,
        )

    def _leg(self, sign: float, share: float) -> Leg:
        low, high = self._knee_out
        leg = self._figure.leg(
            sign,
            np.array([-sign * self._lift.foot_half_gap_m, self._feet_z_m]),
            pitch_deg=share * self._lift.heel_up_deg,
            heading_deg=180.0 + sign * _TOES_OUT_DEG,
        )
        # A tilted pelvis does not take the knees along.
        tilt = np.tan(np.radians(share * self._lift.pelvis_tilt_deg))
        out_ratio = low + (high - low) * share - sign * float(tilt)
        return replace(leg, knee_out_ratio=out_ratio)

    def _place_feet(self, kind: Kind) -> None:
        """Stands the feet where the knees have the wanted angle at the top, and turns the knees."""
        for _ in range(_FEET_PASSES):
            self._rest = self._at_rest()
            way = self._way(kind, _ROUGH_STEPS)
            top = way(1.0)

            def seen(move: FloatArray, top: FloatArray = top) -> FloatArray:
                feet_z_m, knee_out = self._feet_z_m, self._knee_out
                self._feet_z_m = feet_z_m + 0.01 * float(move[0])
                self._knee_out = (knee_out[0], knee_out[1] + 0.02 * float(move[1]))
                points = self._landmarks(self._posture(top[1:], float(top[0]), 1.0, kind))
                self._feet_z_m, self._knee_out = feet_z_m, knee_out
                knees = np.mean([knee_deg(points, side)[0] for side in SIDES])
                ratio = _gap_m(points, self._actor, "knee") / _gap_m(points, self._actor, "ankle")
                wanted = (self._lift.knee_deg, 100.0 * self._lift.knee_gap_ratio)
                return np.array([knees - wanted[0], 100.0 * ratio - wanted[1]])

            move, _ = solve(seen, np.zeros(2), 0.1)
            self._feet_z_m += 0.01 * float(move[0])
            self._knee_out = (self._knee_out[0], self._knee_out[1] + 0.02 * float(move[1]))
        self._rest = self._at_rest()

    def _way(self, kind: Kind, steps: FloatArray = _STEPS) -> Any:
        """Solves the way up: z of the hips (m), then the unknowns, over the share of the way."""
        x, z_m = self._rest.x, self._rest.z_m
        rows = [np.concatenate([[z_m], x])]
        slopes = jacobian(self._off(z_m, _STEPS[1], kind), x)
        _, before = self._misfit(x, z_m, 0.0, kind)
        for share in steps[1:].tolist():
            # Where the trunk lies along the floor follows from not sliding, and moves the angles.
            for _ in range(2):
                x, slopes = solve(self._off(z_m, share, kind), x, _TOLERANCE, slopes)
                skin_m = self._misfit(x, z_m, share, kind)[1][1]
                carrying = self._supports(*before)
                z_m -= float((skin_m[carrying, 2] - before[1][carrying, 2]).mean())
            before = self._misfit(x, z_m, share, kind)[1]
            rows.append(np.concatenate([[z_m], x]))
        return PchipInterpolator(steps, np.array(rows))

    def _off(self, z_m: float, share: float, kind: Kind) -> Residual:
        return lambda x: self._misfit(x, z_m, share, kind)[0]

    def _misfit(
        self, x: FloatArray, z_m: float, share: float, kind: Kind
    ) -> tuple[FloatArray, tuple[SolvedPose, FloatArray]]:
        """How far (N,) a posture is from the way, in degrees and mm; and its skeleton and skin."""
        posture = self._posture(x, z_m, share, kind)
        pose = self._solver.solve(posture)
        skin_m = self._actor.unclamped_m(pose, 0.0)
        wanted_deg = self._rest.hip_deg + share * (kind.top_deg - self._rest.hip_deg)
        hips_deg = self._hip_deg(self._actor.landmarks.positions_m(pose)[None])
        pressure_mm = self._pressure_mm(pose, skin_m, share)
        return np.array([hips_deg - wanted_deg, *pressure_mm]), (pose, skin_m)

    def _landmarks(self, posture: Posture) -> FloatArray:
        points: FloatArray = self._actor.landmarks.positions_m(self._solver.solve(posture))[None]
        return points

    @staticmethod
    def _hip_deg(landmarks_m: FloatArray) -> float:
        return float(np.mean([hip_deg(landmarks_m, side)[0] for side in SIDES]))


def _gap_m(landmarks_m: FloatArray, actor: Actor, name: str) -> float:
    """How far apart the left and the right of a landmark are, across."""
    left, right = (actor.landmarks.names.index(f"{side}_{name}") for side in SIDES)
    return abs(float(landmarks_m[0, left, 0] - landmarks_m[0, right, 0]))
