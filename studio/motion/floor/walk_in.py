"""Walking in, getting into a forearm plank, holding it and lying down."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.arrays import FloatArray
from studio.motion.course import ease
from studio.motion.floor.plank import (
    BALL_HEIGHT_M,
    KNEE_HEIGHT_M,
    PALM_WRIST_HEIGHT_M,
    PlankBuilder,
    PlankSetup,
    PlankState,
    ankle_to_ball,
)
from studio.motion.floor.planking import GOOD_NECK_FLEXION_DEG
from studio.motion.life import Life, Stir
from studio.motion.performance import HOLD, Performance, Phase, Player
from studio.motion.posture import Arm, Leg, Posture, blend
from studio.motion.rotation import about_x
from studio.motion.solver import PostureSolver
from studio.motion.standing.upright import Upright, Walk

_WALK_S, _STEPS, _WALK_LENGTH_M = 3.0, 5, 2.3
_KNEEL_FOOT_PITCH_DEG = 95.0
_LIFT_M = 0.06
# After this share of its time an eased movement has gone a thirteenth of its way.
_HARDLY_MOVED = 0.18
_FORWARD, _DOWN = np.array([0.0, 0.0, 1.0]), np.array([0.0, -1.0, 0.0])


@dataclass(frozen=True, slots=True)
class WalkInScript:
    """What happens.

    Attributes:
        hold_s: how long the plank is held.
        neutral_deg: the person's hip line in good form.
    """

    hold_s: float = 6.0
    neutral_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class _Stretch:
    """One stretch of the way: the posture at its end, and how long it takes."""

    name: str
    duration_s: float
    end: Posture
    lifted: str = ""


class WalkInPerformance(Performance):
    """The whole way from the door to lying on the mat."""

    Script = WalkInScript

    def __init__(self, player: Player, script: WalkInScript) -> None:
        self._script, self._duration_s = script, player.duration_s
        self._life = Life(player.seed)
        setup = PlankSetup(neutral_deg=script.neutral_deg)
        self._builder = PlankBuilder(player.solver, player.actor.landmarks, setup)
        self._plank = self._plank_at(Stir(0.0, np.zeros(3), 0.0, 0.0, 0.0, 0.0))
        self._keys = _Keys(player.solver, self._plank)
        self._walk = Walk(
            self._keys.upright, self._keys.feet_z_m - _WALK_LENGTH_M, self._keys.feet_z_m, _STEPS
        )
        self._way = self._keys.way(script.hold_s)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The stretches of the way, those of the same name joined."""
        phases = [Phase("walking", 0.0, _WALK_S)]
        for stretch in self._way:
            start_s = phases[-1].end_s
            if phases[-1].name == stretch.name:
                phases[-1] = replace(phases[-1], end_s=start_s + stretch.duration_s)
            else:
                phases.append(Phase(stretch.name, start_s, start_s + stretch.duration_s))
        phases.append(Phase("lying", phases[-1].end_s, self._duration_s))
        return tuple(_seen_to_hold(phases, self._way))

    def neutral_posture(self) -> Posture:
        """Returns the plank in good form."""
        return self._plank

    def posture_at(self, t_s: float) -> Posture:
        """Returns the posture at a time."""
        stir = self._life.at(t_s)
        posture = self._scheduled(t_s, stir)
        if posture.breath:
            return posture
        return replace(
            posture,
            hips_m=posture.hips_m + 0.5 * stir.sway_m * np.array([1.0, 0.0, 1.0]),
            neck_deg=posture.neck_deg + 0.5 * stir.nod_deg,
            breath=stir.breath,
        )

    def _scheduled(self, t_s: float, stir: Stir) -> Posture:
        if t_s < _WALK_S:
            return self._walk.posture(t_s / _WALK_S)
        start, start_s = self._walk.posture(1.0), _WALK_S
        for stretch in self._way:
            within_s = t_s - start_s
            if within_s < stretch.duration_s:
                if stretch.name == HOLD:
                    return self._held(within_s, stretch.duration_s, stir)
                return _moved(start, stretch, within_s / stretch.duration_s)
            start, start_s = stretch.end, start_s + stretch.duration_s
        return start

    def _held(self, within_s: float, duration_s: float, stir: Stir) -> Posture:
        """The living plank, growing out of the still one and back into it."""
        settled = ease(within_s / 0.6) * ease((duration_s - within_s) / 0.6)
        return blend(self._plank, self._plank_at(stir), settled)

    def _plank_at(self, stir: Stir) -> Posture:
        return self._builder.posture(
            PlankState(
                hip_line_deg=self._script.neutral_deg + stir.bend_deg,
                knee_flexion_deg=5.0 + stir.knee_deg,
                neck_deg=GOOD_NECK_FLEXION_DEG + stir.nod_deg,
                sway_m=stir.sway_m,
                roll_deg=stir.roll_deg,
                breath=stir.breath,
            )
        )


class _Keys:
    """The key postures between standing and lying, fitted to one person's plank."""

    def __init__(self, solver: PostureSolver, plank: Posture) -> None:
        self._solver, self._plank = solver, plank
        self.upright = Upright(solver)
        body = solver.body
        trunk = body.joint_m("l-shoulder") - body.joint_m("l-upper-leg")
        self._trunk = trunk * np.array([0.0, 1.0, 1.0])
        self._half_m = float(body.joint_m("l-shoulder")[0])
        self._shoulder_z_m = float(plank.left_arm.elbow_towards_m[2])
        # On all fours the hips stand over the knees, the shoulders over the hands.
        self._knee_z_m = self._shoulder_z_m - 0.97 * float(np.linalg.norm(self._trunk))
        self._ball_z_m = self._knee_z_m - self._shank_run_m()
        self.feet_z_m = self._ball_z_m - float(ankle_to_ball(solver)[2])

    def way(self, hold_s: float) -> tuple[_Stretch, ...]:
        """Returns the stretches from standing to lying."""
        standing = self.upright.posture(self.feet_z_m, self.feet_z_m, (0.0, 0.0))
        forearms = self._on_forearms()
        left_hand = replace(self._all_fours(), left_arm=forearms.left_arm)
        left_hand = replace(
            left_hand,
            hips_m=(left_hand.hips_m + forearms.hips_m) / 2,
            pelvis=blend(left_hand, forearms, 0.5).pelvis,
        )
        left_foot = replace(
            blend(forearms, self._plank, 0.5),
            left_leg=self._plank.left_leg,
            right_leg=forearms.right_leg,
        )
        return (
            _Stretch("standing", 0.6, standing),
            _Stretch("kneeling", 0.9, self._squatting()),
            _Stretch("kneeling", 0.8, self._kneeling()),
            _Stretch("all fours", 1.1, self._all_fours()),
            _Stretch("getting down", 0.7, left_hand, "left_arm"),
            _Stretch("getting down", 0.7, forearms, "right_arm"),
            _Stretch("getting down", 0.8, left_foot, "left_leg"),
            _Stretch("getting down", 0.8, self._plank, "right_leg"),
            _Stretch(HOLD, hold_s, self._plank),
            _Stretch("lowering", 1.5, self._lying()),
        )

    def _shank_run_m(self) -> float:
        """Knee to ball of the foot along the floor, the toes tucked under."""
        ankle = self._tucked_foot(1.0, 0.0).ankle_m
        drop_m = float(ankle[1]) - KNEE_HEIGHT_M
        return float(np.sqrt(self._solver.shank_m**2 - drop_m**2)) + float(ankle[2])

    def _tucked_foot(
        self, sign: float, ball_z_m: float, pitch_deg: float = _KNEEL_FOOT_PITCH_DEG
    ) -> Leg:
        foot = about_x(pitch_deg)
        ball = np.array([sign * 0.10, BALL_HEIGHT_M, ball_z_m])
        return Leg(ball - foot @ ankle_to_ball(self._solver), foot, max(0.0, pitch_deg - 8.0))

    def _feet(self, pitch_deg: float = _KNEEL_FOOT_PITCH_DEG) -> tuple[Leg, Leg]:
        left, right = (self._tucked_foot(sign, self._ball_z_m, pitch_deg) for sign in (1.0, -1.0))
        return left, right

    def _squatting(self) -> Posture:
        left, right = self._feet(50.0)
        hips = np.array([0.0, 0.52, self._ball_z_m - 0.02])
        return self._bent(hips, 38.0, (left, right), reach_z_m=0.28)

    def _kneeling(self) -> Posture:
        hips = np.array([0.0, KNEE_HEIGHT_M + 0.98 * self._solver.thigh_m, self._knee_z_m - 0.06])
        return self._bent(hips, 14.0, self._feet(), reach_z_m=0.22)

    def _bent(
        self, hips: FloatArray, lean_deg: float, legs: tuple[Leg, Leg], reach_z_m: float
    ) -> Posture:
        """Upright or leaning, the arms hanging forward."""
        pelvis = about_x(lean_deg)
        shoulder = hips + pelvis @ self._trunk

        def arm(sign: float) -> Arm:
            drop_m = 0.88 * (self._solver.upper_arm_m + self._solver.forearm_m)
            wrist = shoulder + np.array([sign * (self._half_m + 0.06), -drop_m, reach_z_m])
            wrist[1] = max(wrist[1], 0.12)
            elbow = shoulder + np.array([sign * 0.5, -0.3, -0.3])
            return Arm(wrist, elbow, np.array([0.0, -0.6, 0.8]), np.array([-sign, -0.3, 0.0]))

        return Posture(hips, pelvis, *legs, arm(1.0), arm(-1.0), lumbar_deg=6.0)

    def _all_fours(self) -> Posture:
        reach_m = 0.985 * (self._solver.upper_arm_m + self._solver.forearm_m)
        shoulder = np.array([0.0, PALM_WRIST_HEIGHT_M + reach_m, self._shoulder_z_m - 0.01])
        hips, pelvis = self._prone(shoulder, self._hips_over_knees())

        def arm(sign: float) -> Arm:
            wrist = np.array([sign * self._half_m, PALM_WRIST_HEIGHT_M, self._shoulder_z_m])
            elbow = np.array([sign * (self._half_m + 0.2), 0.3, self._shoulder_z_m - 0.4])
            return Arm(wrist, elbow, _FORWARD, _DOWN)

        return Posture(hips, pelvis, *self._feet(), arm(1.0), arm(-1.0), neck_deg=-8.0)

    def _on_forearms(self) -> Posture:
        elbow = self._plank.left_arm.elbow_towards_m
        height_m = float(elbow[1]) + self._solver.upper_arm_m
        shoulder = np.array([0.0, height_m, self._shoulder_z_m])
        hips, pelvis = self._prone(shoulder, self._hips_over_knees())
        return Posture(
            hips,
            pelvis,
            *self._feet(),
            self._plank.left_arm,
            self._plank.right_arm,
            neck_deg=-8.0,
        )

    def _lying(self) -> Posture:
        shoulder = np.array([0.0, 0.135, self._shoulder_z_m - 0.04])
        hips, pelvis = self._prone(shoulder, np.array([0.0, 0.105, 0.0]))
        leg_m = self._solver.thigh_m + self._solver.shank_m - 0.004

        def leg(sign: float) -> Leg:
            return Leg(np.array([sign * 0.12, 0.085, hips[2] - leg_m]), about_x(158.0))

        def arm(sign: float) -> Arm:
            elbow = np.array([sign * (self._half_m + 0.22), 0.05, shoulder[2] - 0.02])
            wrist = elbow + np.array([-sign * 0.16, -0.012, 0.205])
            return Arm(wrist, elbow, np.array([-0.4 * sign, 0.0, 0.9]), _DOWN)

        return Posture(hips, pelvis, leg(1.0), leg(-1.0), arm(1.0), arm(-1.0), neck_deg=-16.0)

    def _hips_over_knees(self) -> FloatArray:
        return np.array([0.0, KNEE_HEIGHT_M + 0.985 * self._solver.thigh_m, self._knee_z_m])

    def _prone(self, shoulder: FloatArray, hips_near: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Hips (3,) and pelvis (3, 3) that carry the shoulders where they should be."""
        along = shoulder - hips_near
        angle = np.arctan2(self._trunk[1], self._trunk[2]) - np.arctan2(along[1], along[2])
        pelvis = about_x(float(np.degrees(angle)))
        return shoulder - pelvis @ self._trunk, pelvis


def _seen_to_hold(phases: list[Phase], way: tuple[_Stretch, ...]) -> list[Phase]:
    """Lets the hold end a thirteenth of the way down: an eased movement has no visible start."""
    place = next(k for k, phase in enumerate(phases) if phase.name == HOLD)
    after = next(k for k, stretch in enumerate(way) if stretch.name == HOLD) + 1
    end_s = phases[place].end_s + _HARDLY_MOVED * way[after].duration_s
    phases[place] = replace(phases[place], end_s=end_s)
    phases[place + 1] = replace(phases[place + 1], start_s=end_s)
    return phases


def _moved(start: Posture, stretch: _Stretch, share: float) -> Posture:
    """A posture on the way to the end of a stretch, the moving hand or foot off the floor."""
    posture = blend(start, stretch.end, ease(share))
    lift = np.array([0.0, _LIFT_M * float(np.sin(np.pi * share)), 0.0])
    if stretch.lifted.endswith("leg"):
        limb = getattr(posture, stretch.lifted)
        return replace(posture, **{stretch.lifted: replace(limb, ankle_m=limb.ankle_m + lift)})
    if stretch.lifted.endswith("arm"):
        hand = getattr(posture, stretch.lifted)
        return replace(posture, **{stretch.lifted: replace(hand, wrist_m=hand.wrist_m + lift)})
    return posture
