"""The bird dog: on all fours; opposite arm and leg reach out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from studio.arrays import FloatArray
from studio.motion.equations import Residual, solve
from studio.motion.floor.plank import KNEE_HEIGHT_M, PALM_WRIST_HEIGHT_M, RESTING_ANKLE_HEIGHT_M
from studio.motion.life import Life, Stir
from studio.motion.performance import Performance, Phase, Player
from studio.motion.posture import Arm, Leg, Posture
from studio.motion.rotation import about_x, about_y, unit
from studio.motion.tempo import Beat, Beats, Tempo, alternating, per_rep

_OTHER = {"left": "right", "right": "left"}
_SIGN = {"left": 1.0, "right": -1.0}
_STILL = Life(0, 0.0).at(0.0)
_DOWN, _HEADWARD = np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0])
_STEPS = np.linspace(0.0, 1.05, 8)
_ARM_REACH, _THIGH_UPRIGHT = 0.985, 0.995
# The instep lies on the floor; in the air the foot stands off the shank.
_RESTING_FOOT_DEG, _FREE_FOOT_DEG = 162.0, 118.0
_INSTEP_SINK_M = 0.004
_FAR_KNEE_DEG = 171.0
# Who stands on one knee leans over it.
_LEAN_M = 0.016
_ELBOW_DIP = 0.10


@dataclass(frozen=True, slots=True)
class BirdDogScript:
    """What happens in a bird dog.

    Attributes:
        reps: how many repetitions, left and right in all.
        first_side: the leg that goes first, ``left`` or ``right``.
        start_s: stillness at the beginning.
        out_s: from all fours to the far end.
        hold_s: at the far end.
        back_s: back again.
        rest_s: on all fours between two repetitions.
        leg_deg: shoulder-hip-knee of the leg at the far end: 180 is in line with the trunk, more is
            too high; a value for each repetition, the last one for all that follow.
        hollow_deg: extension of the lumbar spine at the far end; for each repetition likewise.
        hip_turn_deg: how far the pelvis turns open on the side of the leg at the far end; for each
            repetition likewise.
        arm_deg: elevation of the arm over the trunk's line at the far end, 0 is in line.
        same_side: whether arm and leg of the same side go together.
        neck_deg: flexion of the neck.
        liveliness: strength of the small movements.
    """

    reps: int = 4
    first_side: str = "left"
    start_s: float = 2.0
    out_s: float = 1.6
    hold_s: float = 2.0
    back_s: float = 1.6
    rest_s: float = 0.6
    leg_deg: tuple[float, ...] = (176.0,)
    hollow_deg: tuple[float, ...] = (3.0,)
    hip_turn_deg: tuple[float, ...] = (2.0,)
    arm_deg: float = 0.0
    same_side: bool = False
    neck_deg: float = -10.0
    liveliness: float = 1.0


@dataclass(frozen=True, slots=True)
class _Kind:
    """What can differ from repetition to repetition."""

    leg_deg: float
    hollow_deg: float
    hip_turn_deg: float


@dataclass(frozen=True, slots=True)
class _Places:
    """Where hands, knees and feet stay; x of the left side.

    Attributes:
        shoulder_m: (3,) middle of the shoulders.
        hips_m: (3,) middle of the hips.
        knee_m: (3,) the left knee.
        ankle_m: (3,) the left ankle.
        wrist_m: (3,) the left wrist.
        pitch_deg: of the pelvis.
    """

    shoulder_m: FloatArray
    hips_m: FloatArray
    knee_m: FloatArray
    ankle_m: FloatArray
    wrist_m: FloatArray
    pitch_deg: float


class BirdDogPerformance(Performance):
    """A set of bird dogs, from the first frame to the last in position."""

    Script = BirdDogScript
    far_support = "knee"
    near_support = "wrist"

    def __init__(self, player: Player, script: BirdDogScript) -> None:
        self._script, self._actor, self._solver = script, player.actor, player.solver
        self._life = Life(player.seed, script.liveliness)
        tempo = Tempo(script.start_s, script.out_s, script.hold_s, script.back_s, script.rest_s)
        self._sides = alternating(script.first_side, script.reps)
        self._beats = Beats(tempo, self._sides, player.duration_s, player.seed)
        self.reps = self._beats.reps
        self._shoulder_move_m = np.zeros(3)
        self._ankle_height_m = RESTING_ANKLE_HEIGHT_M
        self._places = self._placed()
        self._rest_insteps()
        self._places = self._placed()
        kinds = [
            _Kind(
                per_rep(script.leg_deg, rep),
                per_rep(script.hollow_deg, rep),
                per_rep(script.hip_turn_deg, rep),
            )
            for rep in range(max(1, script.reps))
        ]
        self._learn_shoulder_move(kinds[0])
        ways = {kind: self._way(kind) for kind in dict.fromkeys(kinds)}
        self._ways = [(kind, ways[kind]) for kind in kinds]

    @property
    def phases(self) -> tuple[Phase, ...]:
        """``rest`` on all fours, ``out``, ``top`` at the far end, ``back``."""
        return self._beats.phases

    def neutral_posture(self) -> Posture:
        """Returns all fours, perfectly still."""
        return self._on_way(Beat(0, 0.0), _STILL)

    def posture_at(self, t_s: float) -> Posture:
        """Returns the posture at a time."""
        return self._on_way(self._beats.at(t_s), self._life.at(t_s))

    def _on_way(self, beat: Beat, stir: Stir) -> Posture:
        kind, way = self._ways[beat.rep]
        side = self._sides[beat.rep] if self._sides else "left"
        posture = self._posture(way(beat.share), side, beat.share, kind, stir)
        return replace(
            posture,
            hips_m=posture.hips_m + 0.4 * stir.sway_m * np.array([1.0, 0.0, 0.5]),
            neck_deg=posture.neck_deg + stir.nod_deg,
            breath=stir.breath,
        )

    def _placed(self) -> _Places:
        """Stands the person on all fours: shoulders over hands, hips over knees."""
        solver = self._solver
        half_m = float(solver.body.joint_m("l-shoulder")[0])
        arm_m = _ARM_REACH * (solver.upper_arm_m + solver.forearm_m)
        shoulder_y_m = PALM_WRIST_HEIGHT_M + arm_m
        hips_y_m = KNEE_HEIGHT_M + _THIGH_UPRIGHT * solver.thigh_m
        drop_m = self._ankle_height_m - KNEE_HEIGHT_M
        run_m = float(np.sqrt(solver.shank_m**2 - drop_m**2))
        hip_half_m = solver.hip_half_width_m

        def places(pitch_deg: float, reach_m: float) -> _Places:
            return _Places(
                shoulder_m=np.array([0.0, shoulder_y_m, reach_m]),
                hips_m=np.array([0.0, hips_y_m, 0.0]),
                knee_m=np.array([hip_half_m, KNEE_HEIGHT_M, 0.0]),
                ankle_m=np.array([hip_half_m, self._ankle_height_m, -run_m]),
                wrist_m=np.array([half_m, PALM_WRIST_HEIGHT_M, reach_m]),
                pitch_deg=pitch_deg,
            )

        def misfit(x: FloatArray) -> FloatArray:
            self._places = places(float(x[0]), 0.01 * float(x[1]))
            still = np.array([x[0], 1000.0 * hips_y_m, 0.0, 6.0])
            shoulder_m, _ = self._seen(still, 0.0, _Kind(180.0, 0.0, 0.0))
            return 100.0 * (shoulder_m - self._places.shoulder_m)[1:]

        x, _ = solve(misfit, np.array([80.0, 45.0]), 0.02)
        return places(float(x[0]), 0.01 * float(x[1]))

    def _rest_insteps(self) -> None:
        """Lowers the ankles until the feet lie on the floor."""
        places, kind = self._places, _Kind(180.0, 0.0, 0.0)
        still = np.array([places.pitch_deg, 1000.0 * places.hips_m[1], 0.0, 6.0])
        pose = self._solver.solve(self._posture(still, "left", 0.0, kind, _STILL))
        skin_m = self._actor.unclamped_m(pose, 0.0)
        low_m = float(skin_m[self._actor.parts["left_foot"], 1].min()) - self._actor.floor_m
        self._ankle_height_m -= low_m + _INSTEP_SINK_M

    def _way(self, kind: _Kind) -> Any:
        """Solves pitch, hips (y, z in mm) and the turn of the knee that stays, over the share.

        The left leg goes. Shoulders and the knee on the floor stay where they are.
        """
        places = self._places
        x = np.array([places.pitch_deg, 1000.0 * places.hips_m[1], 1000.0 * places.hips_m[2], 6.0])
        rows, slopes = [], None
        for share in _STEPS.tolist():
            x, slopes = solve(self._off(share, kind), x, 0.05, slopes)
            rows.append(x)
        return PchipInterpolator(_STEPS, np.array(rows))

    def _learn_shoulder_move(self, kind: _Kind) -> None:
        """Sees how far (3,) the left shoulder goes along with an arm that reaches out."""
        side = "left" if self._script.same_side else "right"
        row = self._actor.landmarks.names.index("left_shoulder")
        for _ in range(3):
            way, places = self._way(kind), []
            for share in (0.0, 1.0):
                posture = self._posture(way(share), side, share, kind, _STILL)
                points = self._actor.landmarks.positions_m(self._solver.solve(posture))
                places.append(points[row])
            self._shoulder_move_m = places[1] - places[0]

    def _off(self, share: float, kind: _Kind) -> Residual:
        def misfit(x: FloatArray) -> FloatArray:
            shoulder_m, knee_m = self._seen(x, share, kind)
            kept_m = self._places.knee_m * np.array([-1.0, 1.0, 1.0])
            off_m = [*(shoulder_m - self._places.shoulder_m)[1:], *(knee_m - kept_m)[:2]]
            return 1000.0 * np.array(off_m)

        return misfit

    def _seen(self, x: FloatArray, share: float, kind: _Kind) -> tuple[FloatArray, FloatArray]:
        """Where the shoulder that carries (3,) and the right knee (3,) are."""
        pose = self._solver.solve(self._posture(x, "left", share, kind, _STILL))
        names = self._actor.landmarks.names
        points = self._actor.landmarks.positions_m(pose)
        # The arm that goes takes its shoulder along; the other one carries.
        carrying = "right" if self._script.same_side else "left"
        return points[names.index(f"{carrying}_shoulder")], points[names.index("right_knee")]

    def _posture(self, x: FloatArray, side: str, share: float, kind: _Kind, stir: Stir) -> Posture:
        sign = _SIGN[side]
        turn_deg = sign * share * kind.hip_turn_deg
        pelvis = about_x(float(x[0])) @ about_y(turn_deg)
        hips_m = np.array([-sign * share * _LEAN_M, x[1] / 1000.0, x[2] / 1000.0])
        arm_side = side if self._script.same_side else _OTHER[side]
        legs, arms = {}, {}
        for each in _OTHER:
            out = share if each == side else 0.0
            legs[each] = self._leg(each, hips_m, pelvis, out, kind, stir, 0.01 * float(x[3]))
            arms[each] = self._arm(each, share if each == arm_side else 0.0, stir)
        return Posture(
            hips_m=hips_m,
            pelvis=pelvis,
            left_leg=legs["left"],
            right_leg=legs["right"],
            left_arm=arms["left"],
            right_arm=arms["right"],
            lumbar_deg=-share * kind.hollow_deg,
            neck_deg=self._script.neck_deg,
            lumbar_twist_deg=-turn_deg,
        )

    def _leg(
        self,
        side: str,
        hips_m: FloatArray,
        pelvis: FloatArray,
        out: float,
        kind: _Kind,
        stir: Stir,
        knee_out: float,
    ) -> Leg:
        sign, places = _SIGN[side], self._places
        planted_m = places.ankle_m * np.array([sign, 1.0, 1.0])
        if not out:
            return Leg(planted_m, about_x(_RESTING_FOOT_DEG), knee_out_ratio=knee_out)
        hip = pelvis @ np.array([sign * self._solver.hip_half_width_m, 0.0, 0.0])
        trunk = places.shoulder_m - hips_m * np.array([0.0, 1.0, 1.0])
        start_deg, knee_deg = self._planted_angles()
        stirred_deg = out * 0.8 * stir.bend_deg
        hip_deg = start_deg + (kind.leg_deg - start_deg) * out + stirred_deg
        bent_deg = knee_deg + (_FAR_KNEE_DEG - knee_deg) * out
        start_m = self._reached(places.shoulder_m - places.hips_m, start_deg, knee_deg)
        moved_m = hips_m + hip + self._reached(trunk, hip_deg, bent_deg)
        left_m = places.hips_m + np.array([sign * self._solver.hip_half_width_m, 0.0, 0.0])
        # Exactly where it stood as long as it has not left.
        ankle_m = moved_m + (planted_m - left_m - start_m) * (1.0 - out)
        pitch_deg = _RESTING_FOOT_DEG + (_FREE_FOOT_DEG - _RESTING_FOOT_DEG) * out
        return Leg(ankle_m, about_x(pitch_deg), knee_out_ratio=knee_out)

    def _planted_angles(self) -> tuple[float, float]:
        """Shoulder-hip-knee and the knee of a leg on the floor."""
        places = self._places
        trunk = places.shoulder_m - places.hips_m
        elevation_deg = float(np.degrees(np.arctan2(trunk[1], trunk[2])))
        drop_m = places.ankle_m[1] - places.knee_m[1]
        shank_deg = float(np.degrees(np.arcsin(drop_m / self._solver.shank_m)))
        return 90.0 + elevation_deg, 90.0 + shank_deg

    def _reached(self, trunk: FloatArray, hip_deg: float, knee_deg: float) -> FloatArray:
        """From hip to ankle (3,) for a hip and a knee angle, square to the hips."""
        elevation = np.arctan2(trunk[1], trunk[2])
        thigh = elevation - np.radians(hip_deg)
        shank = thigh - np.radians(180.0 - knee_deg)
        lengths = ((self._solver.thigh_m, thigh), (self._solver.shank_m, shank))
        parts = [length_m * np.array([0.0, np.sin(a), np.cos(a)]) for length_m, a in lengths]
        reached: FloatArray = parts[0] + parts[1]
        return reached

    def _arm(self, side: str, out: float, stir: Stir) -> Arm:
        sign, places = _SIGN[side], self._places
        mirror = np.array([sign, 1.0, 1.0])
        wrist_m = places.wrist_m * mirror
        upright_m = wrist_m + np.array([0.0, places.shoulder_m[1] - wrist_m[1], 0.0])
        shoulder_m = upright_m + out * mirror * self._shoulder_move_m
        outward = np.array([sign, 0.0, 0.0])
        resting = 0.25 * outward + 0.3 * _DOWN - 0.45 * _HEADWARD
        trunk = places.shoulder_m - places.hips_m
        level_deg = float(np.degrees(np.arctan2(trunk[1], trunk[2])))
        far_deg = level_deg + self._script.arm_deg + 0.8 * stir.bend_deg
        angle = np.radians(-90.0 + (far_deg + 90.0) * out)
        along = np.array([0.0, np.sin(angle), np.cos(angle)])
        length_m = upright_m[1] - wrist_m[1]
        bent_m = length_m * (1.0 - _ELBOW_DIP * float(np.sin(np.pi * min(1.0, out))))
        reaching = 0.35 * outward + 0.4 * _DOWN
        towards_m = shoulder_m + (1.0 - out) * resting + out * (reaching + 0.2 * along)
        fingers = unit((1.0 - out) * _HEADWARD + out * along)
        palm = unit((1.0 - out) * _DOWN - out * outward)
        return Arm(shoulder_m + bent_m * along, towards_m, fingers, palm)
