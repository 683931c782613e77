"""The dead bug: on the back, hips and knees at 90 degrees; opposite arm and leg reach out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from studio.arrays import FloatArray
from studio.motion.course import Course
from studio.motion.floor.supine import Limbs, LimbsAt, Supine, arm_on_belly, resting_shoulder_m
from studio.motion.life import Life, Stir
from studio.motion.performance import Performance, Phase, Player
from studio.motion.posture import Arm, Leg, Posture, blend_arm
from studio.motion.rotation import about_x, unit
from studio.motion.solver import PostureSolver
from studio.motion.tempo import Beat, Beats, Tempo, alternating, departures_of, per_rep, swift

_OTHER = {"left": "right", "right": "left"}
_SIGN = {"left": 1.0, "right": -1.0}
_STILL = Life(0, 0.0).at(0.0)
# How far the foot hangs, in the start position and at the far end.
_FOOT_DROOP_DEG = (12.0, 24.0)
_ELBOW_FLEXION_DEG = 14.0
_START_REACH_DEG = 88.0
# The back gives way in the lower part of the leg's way.
_LIFT_FROM = 0.35


@dataclass(frozen=True, slots=True)
class DeadBugScript:
    """What happens in a dead bug.

    Attributes:
        reps: how many repetitions, left and right in all.
        first_side: the leg that goes first, ``left`` or ``right``.
        start_s: stillness at the beginning.
        out_s: from the start position to the far end.
        hold_s: at the far end.
        back_s: back again.
        rest_s: in the start position between two repetitions.
        leg_low_deg: how high the thigh is over the floor at the far end; a value for each
            repetition, the last one for all that follow.
        knee_deg: angle of the knee at the far end, 180 is straight.
        arm_reach_deg: upper arm against the trunk at the far end, 180 is overhead.
        gap_mm: opening under the lower back in the start position, as seen from the side.
        lift_mm: how much wider it becomes when the leg is low; for each repetition likewise.
        same_side: whether arm and leg of the same side go together.
        start_hip_deg: elevation of the thighs in the start position, 90 is upright.
        start_knee_deg: angle of the knees in the start position.
        head_up_mm: how far the head is off the floor.
        arm_ahead_s: how much earlier the arm goes than the leg, out and back.
        reach: how far out each repetition goes, 1 is the far end; for each likewise. One that turns
            back before three quarters does not count.
        pause_s: how long each stops half way out; likewise.
        fidgets: numbers, from 1, of the repetitions after which a hand goes to the shirt.
        liveliness: strength of the small movements of the limbs.
    """

    reps: int = 4
    first_side: str = "left"
    start_s: float = 2.0
    out_s: float = 2.0
    hold_s: float = 0.6
    back_s: float = 2.0
    rest_s: float = 0.5
    leg_low_deg: tuple[float, ...] = (22.0,)
    knee_deg: float = 168.0
    arm_reach_deg: float = 166.0
    gap_mm: float = 4.0
    lift_mm: tuple[float, ...] = (0.0,)
    same_side: bool = False
    start_hip_deg: float = 90.0
    start_knee_deg: float = 90.0
    head_up_mm: Course = field(default_factory=lambda: Course(0.0))
    arm_ahead_s: float = 0.05
    reach: tuple[float, ...] = (1.0,)
    pause_s: tuple[float, ...] = (0.0,)
    fidgets: tuple[int, ...] = ()
    liveliness: float = 1.0


class DeadBugPerformance(Performance):
    """A set of dead bugs, from the first frame to the last in position."""

    Script = DeadBugScript

    def __init__(self, player: Player, script: DeadBugScript) -> None:
        self._script, self._solver = script, player.solver
        self._life = Life(player.seed, script.liveliness)
        tempo = Tempo(script.start_s, script.out_s, script.hold_s, script.back_s, script.rest_s)
        self._sides = alternating(script.first_side, script.reps)
        departures = departures_of(script.reps, script.reach, script.pause_s, script.fidgets)
        self._beats = Beats(tempo, self._sides, player.duration_s, player.seed, departures)
        self.reps = self._beats.reps
        rough_m = resting_shoulder_m(player.solver)
        self._shoulders_m = (rough_m, rough_m)
        self._supine = Supine(player, self._start_limbs)
        # The shoulder goes along with the arm; see where it ends up.
        for _ in range(2):
            self._shoulders_m = (
                self._shoulder_m(player, self._start_limbs),
                self._shoulder_m(player, self._far_limbs),
            )
        self._supine.learn_pull(self._far_limbs, script.gap_mm)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """``rest`` in the start position, ``out``, ``top`` at the far end, ``back``."""
        return self._beats.phases

    def neutral_posture(self) -> Posture:
        """Returns the start position, perfectly still."""
        return self._supine.posture(self._start_limbs, self._script.gap_mm)

    def gap_mm_at(self, t_s: float) -> float:
        """Returns the opening under the lower back that is asked for at a time."""
        beat = self._beats.at(t_s)
        yielding = swift((beat.share - _LIFT_FROM) / (1.0 - _LIFT_FROM))
        return self._script.gap_mm + yielding * per_rep(self._script.lift_mm, beat.rep)

    def posture_at(self, t_s: float) -> Posture:
        """Returns the posture at a time."""
        stir = self._life.at(t_s)
        beat, early = self._beats.at(t_s), self._beats.at(t_s, self._script.arm_ahead_s)
        fidget = self._beats.fidget_at(t_s)

        def limbs_at(hips_m: FloatArray, pelvis: FloatArray) -> Limbs:
            limbs = self._limbs(hips_m, pelvis, beat, early, stir)
            if not fidget:
                return limbs
            belly = arm_on_belly(-1.0, hips_m)
            return replace(limbs, right_arm=blend_arm(limbs.right_arm, belly, fidget))

        return self._supine.posture(
            limbs_at,
            self.gap_mm_at(t_s),
            pulled=beat.share,
            head_up_mm=max(0.0, self._script.head_up_mm.at(t_s)),
            breath=stir.breath,
        )

    def _start_limbs(self, hips_m: FloatArray, pelvis: FloatArray) -> Limbs:
        return self._limbs(hips_m, pelvis, Beat(0, 0.0), Beat(0, 0.0), _STILL)

    def _far_limbs(self, hips_m: FloatArray, pelvis: FloatArray) -> Limbs:
        return self._limbs(hips_m, pelvis, Beat(0, 1.0), Beat(0, 1.0), _STILL)

    def _shoulder_m(self, player: Player, limbs_at: LimbsAt) -> FloatArray:
        """Where (3,) the shoulder of the arm that moves really is, x taken as positive."""
        pose = self._solver.solve(self._supine.posture(limbs_at, self._script.gap_mm))
        leg_side = self._sides[0]
        side = leg_side if self._script.same_side else _OTHER[leg_side]
        names = player.actor.landmarks.names
        place_m = player.actor.landmarks.positions_m(pose)[names.index(f"{side}_shoulder")]
        return np.array([abs(place_m[0]), place_m[1], place_m[2]])

    def _limbs(
        self, hips_m: FloatArray, pelvis: FloatArray, beat: Beat, early: Beat, stir: Stir
    ) -> Limbs:
        """Arms and legs; the arms may be a little ahead in the repetition."""
        leg_side = self._sides[beat.rep] if self._sides else "left"
        arm_leg_side = self._sides[early.rep] if self._sides else "left"
        arm_side = arm_leg_side if self._script.same_side else _OTHER[arm_leg_side]
        legs = {}
        arms = {}
        for side in _OTHER:
            hip = pelvis @ np.array([_SIGN[side] * self._solver.hip_half_width_m, 0.0, 0.0])
            out = beat.share if side == leg_side else 0.0
            legs[side] = self._leg(side, hips_m + hip, beat.rep, out, stir)
            arms[side] = self._arm(side, early.share if side == arm_side else 0.0, stir)
        return Limbs(legs["left"], legs["right"], arms["left"], arms["right"])

    def _leg(self, side: str, hip_m: FloatArray, rep: int, out: float, stir: Stir) -> Leg:
        script = self._script
        thigh_deg = _mix(script.start_hip_deg, per_rep(script.leg_low_deg, rep), out)
        return raised_leg(
            self._solver,
            hip_m,
            thigh_deg=thigh_deg + 0.5 * _SIGN[side] * stir.nod_deg,
            knee_deg=_mix(script.start_knee_deg, script.knee_deg, out) + stir.knee_deg,
            droop_deg=_mix(*_FOOT_DROOP_DEG, out),
        )

    def _arm(self, side: str, out: float, stir: Stir) -> Arm:
        reach_deg = _mix(_START_REACH_DEG, self._script.arm_reach_deg, out)
        start_m, far_m = self._shoulders_m
        shoulder_m = start_m + (far_m - start_m) * out
        return raised_arm(
            self._solver,
            _SIGN[side],
            shoulder_m * np.array([-_SIGN[side], 1.0, 1.0]),
            reach_deg + 0.7 * stir.bend_deg + 0.3 * _SIGN[side] * stir.roll_deg,
        )


def raised_leg(
    solver: PostureSolver,
    hip_m: FloatArray,
    *,
    thigh_deg: float,
    knee_deg: float,
    droop_deg: float,
) -> Leg:
    """Returns the leg of someone who lies on their back.

    Args:
        solver: of their skeleton.
        hip_m: (3,) the hip.
        thigh_deg: elevation of the thigh over the floor; 90 is upright, 0 lies footward.
        knee_deg: angle of the knee, 180 is straight.
        droop_deg: how far the foot hangs away from a right angle to the shank.
    """
    shank_deg = thigh_deg - (180.0 - knee_deg)
    knee_m = hip_m + solver.thigh_m * _footward(thigh_deg)
    shank = _footward(shank_deg)
    left = np.array([-1.0, 0.0, 0.0])
    foot = np.stack([left, -shank, np.cross(shank, left)], axis=1) @ about_x(droop_deg)
    return Leg(knee_m + solver.shank_m * shank, foot)


def raised_arm(solver: PostureSolver, sign: float, shoulder_m: FloatArray, reach_deg: float) -> Arm:
    """Returns the arm of someone who lies on their back.

    Args:
        solver: of their skeleton.
        sign: 1 for the left, -1 for the right.
        shoulder_m: (3,) the shoulder.
        reach_deg: elevation of the upper arm; 90 is upright, 180 lies headward.
    """
    # The forearm goes on a little further than the upper arm.
    along_deg = reach_deg + 0.5 * _ELBOW_FLEXION_DEG
    spread = np.array([-0.05 * sign, 0.0, 0.0])
    along = unit(_footward(along_deg) + spread)
    bend = np.radians(_ELBOW_FLEXION_DEG)
    upper_m, fore_m = solver.upper_arm_m, solver.forearm_m
    length_m = float(np.sqrt(upper_m**2 + fore_m**2 + 2.0 * upper_m * fore_m * np.cos(bend)))
    towards = _footward(along_deg - 90.0) + np.array([-0.5 * sign, 0.0, 0.0])
    palm = unit(np.array([sign, 0.0, 0.0]))
    return Arm(shoulder_m + length_m * along, shoulder_m + 0.3 * along + towards, along, palm)


def _footward(elevation_deg: float) -> FloatArray:
    """Unit vector (3,) in the middle plane; 0 points to the feet, 90 up, 180 to the head."""
    angle = np.radians(elevation_deg)
    return np.array([0.0, np.sin(angle), -np.cos(angle)])


def _mix(start: float, end: float, share: float) -> float:
    return start + (end - start) * share
