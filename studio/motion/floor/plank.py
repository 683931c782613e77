"""The plank: from a hip line and a few habits to a posture on its supports."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from studio.arrays import FloatArray
from studio.body.landmarks import LandmarkSet
from studio.motion.posture import Arm, Leg, Posture
from studio.motion.rotation import about_x, about_z, unit
from studio.motion.solver import PostureSolver

# Heights of joint centres above the floor when the body part rests on it.
ELBOW_HEIGHT_M = 0.045
FOREARM_WRIST_HEIGHT_M = 0.036
PALM_WRIST_HEIGHT_M = 0.050
KNEE_HEIGHT_M = 0.056
BALL_HEIGHT_M = 0.036
RESTING_ANKLE_HEIGHT_M = 0.085

_GOOD_FOOT_PITCH_DEG = 76.0
GOOD_KNEE_FLEXION_DEG = 5.0
_SETUP_PASSES = 4
# Within 0.1 degrees of the wanted hip line; the truth is what comes out.
_MOMENT_PASSES = 2
# A sag comes half from the lumbar spine; in a pike the hips do most of the work.
_LUMBAR_SHARE_SAG, _LUMBAR_SHARE_PIKE = 0.45, 0.15
# By how much the neck makes up for a bend of the spine below it.
_NECK_FOR_HOLLOW, _NECK_FOR_ROUND = 0.18, 0.6


@dataclass(frozen=True, slots=True)
class PlankSetup:
    """How the supports are placed, once.

    Attributes:
        support: ``forearms`` or ``hands``.
        base: ``toes`` or ``knees``.
        neutral_deg: the person's own hip line in good form (+ pike, - sag).
        elbow_offset_ratio: (shoulder - elbow, along the body's forward direction) over the upper
            arm; negative with the elbows in front of the shoulders. Hands for a plank on hands.
        foot_half_gap_m: half the distance between the feet.

    Raises:
        ValueError: if a word is none of these.
    """

    support: str = "forearms"
    base: str = "toes"
    neutral_deg: float = 0.0
    elbow_offset_ratio: float = 0.0
    foot_half_gap_m: float = 0.10

    def __post_init__(self) -> None:
        if self.support not in ("forearms", "hands"):
            raise ValueError(f"support is forearms or hands: {self.support!r}")
        if self.base not in ("toes", "knees"):
            raise ValueError(f"base is toes or knees: {self.base!r}")


@dataclass(frozen=True, slots=True)
class PlankState:
    """One moment of a plank.

    Attributes:
        hip_line_deg: shoulder-hip-ankle (knee plank: knee), + pike, - sag.
        knee_flexion_deg: bend of the knees (toes plank only).
        neck_deg: flexion of the neck.
        arm_bend_ratio: how far the arms lower the chest, 0..1 (hands only).
        sway_m: (3,) drift over the supports.
        roll_deg: rocking about the long axis.
        breath: how full the chest is, -1..1.
        hollow_deg: how much hollower the lower back is than the hip line makes it; the hips stay.
        round_deg: how much rounder the upper back is.
    """

    hip_line_deg: float
    knee_flexion_deg: float
    neck_deg: float
    sway_m: FloatArray
    roll_deg: float = 0.0
    arm_bend_ratio: float = 0.0
    breath: float = 0.0
    hollow_deg: float = 0.0
    round_deg: float = 0.0


class PlankBuilder:
    """Builds plank postures for one person on fixed supports.

    In the (z, y) plane: the shoulders S stand over the arms, the far support F is the ankle or the
    knee, and the hips are the third corner of a triangle with known sides and a known angle.
    """

    def __init__(self, solver: PostureSolver, landmarks: LandmarkSet, setup: PlankSetup) -> None:
        self.setup = setup
        self._solver = solver
        self._landmarks = landmarks
        self._shoulder_half_m = float(solver.body.joint_m("l-shoulder")[0])
        self._ankle_to_ball = ankle_to_ball(solver)
        upright = solver.body.joint_m("l-shoulder") - solver.body.joint_m("l-upper-leg")
        self._rest_trunk = upright * np.array([0.0, 1.0, 1.0])
        self._arm_z_m = 0.0
        self._ball_z_m = 0.0
        self._place_supports()

    def posture(self, state: PlankState) -> Posture:
        """Returns the posture whose solved skeleton has the wanted hip line."""
        trunk = self._rest_trunk
        for _ in range(_MOMENT_PASSES):
            posture = self._assemble(state, trunk)
            trunk = self._measured_trunk(posture)
        return self._assemble(state, trunk)

    def _place_supports(self) -> None:
        """Chooses where the toes stand in good form, the body's middle over z = 0."""
        good = PlankState(self.setup.neutral_deg, GOOD_KNEE_FLEXION_DEG, 0.0, np.zeros(3))
        trunk = self._rest_trunk
        for _ in range(_SETUP_PASSES):
            shoulder = self._shoulder(good)
            far_y = self._ankle_at(_GOOD_FOOT_PITCH_DEG)[1]
            length = self._far_distance(good, trunk)
            ankle_z = shoulder[2] - np.sqrt(length**2 - (shoulder[1] - far_y) ** 2)
            self._ball_z_m += ankle_z - self._ankle_at(_GOOD_FOOT_PITCH_DEG)[2]
            trunk = self._measured_trunk(self._assemble(good, trunk))
        middle_m = (self._shoulder(good)[2] + self._ball_z_m) / 2
        self._arm_z_m -= middle_m
        self._ball_z_m -= middle_m

    def _measured_trunk(self, posture: Posture) -> FloatArray:
        """Returns hips -> shoulders (3,) in the pelvis frame as the skeleton really has it."""
        points = self._landmarks.positions_m(self._solver.solve(posture))

        def middle(name: str) -> FloatArray:
            rows = [self._landmarks.names.index(f"{side}_{name}") for side in ("left", "right")]
            centre: FloatArray = points[rows].mean(axis=0)
            return centre

        trunk: FloatArray = posture.pelvis.T @ (middle("shoulder") - middle("hip"))
        trunk[0] = 0.0
        return trunk

    def _shoulder(self, state: PlankState) -> FloatArray:
        """Middle of the shoulders (3,): over the arms, on the arc the arms allow."""
        reach_m, height_m = self._solver.upper_arm_m, ELBOW_HEIGHT_M
        back_m = self.setup.elbow_offset_ratio * reach_m
        if self.setup.support == "hands":
            reach_m += self._solver.forearm_m
            reach_m *= 0.996 - 0.42 * state.arm_bend_ratio
            height_m = PALM_WRIST_HEIGHT_M
            back_m -= 0.05 * state.arm_bend_ratio
        back_m += state.sway_m[2]
        rise_m = float(np.sqrt(reach_m**2 - back_m**2 - 0.02**2))
        return np.array([state.sway_m[0], height_m + rise_m, self._arm_z_m + back_m])

    def _ankle_at(self, foot_pitch_deg: float) -> FloatArray:
        ball = np.array([0.0, BALL_HEIGHT_M, self._ball_z_m])
        ankle: FloatArray = ball - about_x(foot_pitch_deg) @ self._ankle_to_ball
        return ankle

    def _leg_length_m(self, state: PlankState) -> float:
        """Hip to far support in the sagittal plane."""
        thigh_m, shank_m = self._solver.thigh_m, self._solver.shank_m
        spread_m = self.setup.foot_half_gap_m - self._solver.hip_half_width_m
        if self.setup.base == "knees":
            return float(np.sqrt(thigh_m**2 - spread_m**2))
        flexion = np.radians(state.knee_flexion_deg)
        square = thigh_m**2 + shank_m**2 + 2.0 * thigh_m * shank_m * np.cos(flexion)
        return float(np.sqrt(square - spread_m**2))

    def _far_distance(self, state: PlankState, trunk: FloatArray) -> float:
        """Shoulder to far support for the wanted angle at the hip."""
        near_m, far_m = float(np.linalg.norm(trunk)), self._leg_length_m(state)
        cosine = np.cos(np.radians(state.hip_line_deg))
        return float(np.sqrt(near_m**2 + far_m**2 + 2.0 * near_m * far_m * cosine))

    def _far_support(self, shoulder: FloatArray, distance_m: float) -> tuple[FloatArray, float]:
        """Returns ankle or knee (3,) in the middle plane, and the pitch of the feet."""
        if self.setup.base == "knees":
            drop_m = shoulder[1] - KNEE_HEIGHT_M
            back_m = float(np.sqrt(distance_m**2 - drop_m**2))
            return np.array([0.0, KNEE_HEIGHT_M, shoulder[2] - back_m]), 160.0

        def misfit(pitch_deg: float) -> float:
            gap = (self._ankle_at(pitch_deg) - shoulder)[1:]
            return float(np.linalg.norm(gap)) - distance_m

        # The toes stay where they are; the ankles rock over them to take up the slack.
        pitch_deg = float(brentq(misfit, 25.0, 150.0, xtol=1e-5))
        return self._ankle_at(pitch_deg), pitch_deg

    def _assemble(self, state: PlankState, trunk: FloatArray) -> Posture:
        shoulder = self._shoulder(state)
        near_m, far_m = float(np.linalg.norm(trunk)), self._leg_length_m(state)
        distance_m = self._far_distance(state, trunk)
        far, foot_pitch_deg = self._far_support(shoulder, distance_m)
        along = unit((far - shoulder) * np.array([0.0, 1.0, 1.0]))
        upward = np.array([0.0, -along[2], along[1]])
        cosine = (near_m**2 + distance_m**2 - far_m**2) / (2.0 * near_m * distance_m)
        sine = float(np.sqrt(max(0.0, 1.0 - cosine**2))) * np.sign(state.hip_line_deg)
        hips = shoulder + near_m * (cosine * along + sine * upward)
        lift = shoulder - hips
        pitch = np.arctan2(trunk[1], trunk[2]) - np.arctan2(lift[1], lift[2])
        share = _LUMBAR_SHARE_SAG if state.hip_line_deg < 0 else _LUMBAR_SHARE_PIKE
        return Posture(
            hips_m=hips,
            pelvis=about_z(state.roll_deg) @ about_x(float(np.degrees(pitch))),
            left_leg=self._leg(far, foot_pitch_deg, 1.0),
            right_leg=self._leg(far, foot_pitch_deg, -1.0),
            left_arm=self._arm(1.0),
            right_arm=self._arm(-1.0),
            lumbar_deg=share * state.hip_line_deg - state.hollow_deg,
            thoracic_deg=0.7 * state.breath + state.round_deg,
            neck_deg=state.neck_deg + _gaze_kept_deg(state),
            breath=state.breath,
        )

    def _leg(self, far: FloatArray, foot_pitch_deg: float, sign: float) -> Leg:
        beside = np.array([sign * self.setup.foot_half_gap_m, 0.0, 0.0])
        foot = about_x(foot_pitch_deg)
        if self.setup.base == "knees":
            drop_m = RESTING_ANKLE_HEIGHT_M - KNEE_HEIGHT_M
            back_m = float(np.sqrt(self._solver.shank_m**2 - drop_m**2))
            return Leg(far + beside + np.array([0.0, drop_m, -back_m]), foot)
        # Toes lie flat, pointing to the head.
        return Leg(far + beside, foot, toe_bend_deg=foot_pitch_deg - 8.0)

    def _arm(self, sign: float) -> Arm:
        forward, down = np.array([0.0, 0.0, 1.0]), np.array([0.0, -1.0, 0.0])
        if self.setup.support == "hands":
            x_m = sign * (self._shoulder_half_m + 0.02)
            wrist = np.array([x_m, PALM_WRIST_HEIGHT_M, self._arm_z_m])
            elbow = np.array([x_m + sign * 0.22, 0.3, self._arm_z_m - 0.45])
            return Arm(wrist, elbow, forward, down)
        elbow = np.array([sign * (self._shoulder_half_m + 0.01), ELBOW_HEIGHT_M, self._arm_z_m])
        inward = unit(np.array([-0.16 * sign, 0.0, 1.0]))
        wrist = elbow + self._solver.forearm_m * inward
        wrist[1] = FOREARM_WRIST_HEIGHT_M
        return Arm(wrist, elbow, inward, down)


def _gaze_kept_deg(state: PlankState) -> float:
    """Flexion of the neck that keeps the head where it is against the line of the trunk."""
    return _NECK_FOR_HOLLOW * state.hollow_deg - _NECK_FOR_ROUND * state.round_deg


def ankle_to_ball(solver: PostureSolver) -> FloatArray:
    """Ankle to ball of the foot (3,) in the foot's own frame, in its middle plane."""
    body = solver.body
    offset = body.joint_m("l-toe-1-1") - body.joint_m("l-ankle")
    flat: FloatArray = offset * np.array([0.0, 1.0, 1.0])
    return flat
