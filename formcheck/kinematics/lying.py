"""Measures of someone lying on their back: what each leg and arm does, how high head and hips are.

Angles are in the picture plane of a side view, in degrees, and heights per torso length. The head
may point to either side of the picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from formcheck.kinematics.body import MIN_VISIBILITY, Body
from formcheck.kinematics.features import Feature, Sided
from formcheck.kinematics.geometry import angle_deg, bend_deg, incline_deg, seen, turn_deg
from formcheck.landmarks import Joint, Side

__all__ = [
    "ARM_DEG",
    "CHIN_DEG",
    "COVERED_VISIBILITY",
    "FOOT_DEG",
    "HIP_HEIGHT_RATIO",
    "HIP_SIGNALS",
    "KNEE_GAP_RATIO",
    "LEG_KNEE_DEG",
    "NECK_DEG",
    "THIGH_DEG",
    "THIGH_LINE_DEG",
    "TOP_LINE_DEG",
]

COVERED_VISIBILITY = 0.1
"""A limb behind the other one is followed down to here; it is judged only when it is in sight."""


def _sided(
    name: str,
    title: str,
    joints: tuple[Joint, ...],
    compute: Callable[[Body, tuple[complex, ...]], float],
    visibility: float = MIN_VISIBILITY,
) -> Sided:
    """A measure of one side's joints, for both sides."""

    def on(side: Side) -> Feature:
        def of(body: Body) -> float:
            return compute(body, tuple(body.limb(side, joint, visibility) for joint in joints))

        return Feature(
            name=f"{side.value}_{name}",
            unit="deg",
            title=f"{side.value} {title}",
            needs=(Joint.SHOULDER, Joint.HIP),
            compute=of,
        )

    return Sided(on(Side.LEFT), on(Side.RIGHT))


def _hip_deg(body: Body, limb: tuple[complex, ...]) -> float:
    hip, knee = limb
    trunk = body[Joint.SHOULDER] - body[Joint.HIP]
    return angle_deg(hip + trunk, hip, knee)


def _arm_deg(body: Body, limb: tuple[complex, ...]) -> float:
    """Shoulder to wrist against the trunk: 0 along it, 90 to the front, 180 overhead."""
    shoulder, wrist = limb
    trunk = body[Joint.HIP] - body[Joint.SHOULDER]
    turn = -turn_deg(shoulder + trunk, shoulder, wrist) * body.facing
    # A little behind the ear is more than 180, a little behind the back less than 0.
    return (turn + 90.0) % 360.0 - 90.0


HIP_SIGNALS = _sided(
    "hip_signal_deg",
    "hip angle",
    (Joint.HIP, Joint.KNEE),
    _hip_deg,
    visibility=COVERED_VISIBILITY,
)
"""Trunk against thigh, also where the other leg covers it: about 90 with the knee over the hip."""

THIGH_DEG = _sided(
    "thigh_deg",
    "thigh over the floor",
    (Joint.HIP, Joint.KNEE),
    lambda body, limb: incline_deg(*limb),
)
"""0 level, 90 upright; the floor is taken as the horizontal of the picture."""

LEG_KNEE_DEG = _sided(
    "leg_knee_deg",
    "knee angle",
    (Joint.HIP, Joint.KNEE, Joint.ANKLE),
    lambda body, limb: angle_deg(*limb),
)

ARM_DEG = _sided(
    "arm_deg",
    "arm against the trunk",
    (Joint.SHOULDER, Joint.WRIST),
    _arm_deg,
    visibility=COVERED_VISIBILITY,
)


def _neck_deg(body: Body) -> float:
    trunk = body[Joint.SHOULDER] - body[Joint.HIP]
    return (
        turn_deg(body[Joint.SHOULDER] + trunk, body[Joint.SHOULDER], body[Joint.EAR]) * body.facing
    )


NECK_DEG = Feature(
    name="neck_deg",
    unit="deg",
    title="ear over the line of the back",
    needs=(Joint.SHOULDER, Joint.HIP, Joint.EAR),
    compute=_neck_deg,
)
"""Shoulder to ear against hip to shoulder: 0 in line, + with the head up from the floor."""


def _hip_height_ratio(body: Body) -> float:
    return body.drop_px(Joint.HIP, Joint.ANKLE) / _torso_at_rest(body)


def _torso_at_rest(body: Body) -> float:
    """The shin, which neither bends nor turns in a lift of the hips, stands for the torso."""
    shin_px = abs(body[Joint.KNEE] - body[Joint.ANKLE])
    return shin_px / SHIN_TO_TORSO


SHIN_TO_TORSO = 0.246 / 0.288
"""Shin and shoulder-to-hip per stature: Drillis and Contini 1966, as printed in Winter."""

HIP_HEIGHT_RATIO = Feature(
    name="hip_height_ratio",
    unit="ratio",
    title="height of the hips over the ankles, per torso",
    needs=(Joint.SHOULDER, Joint.HIP, Joint.KNEE, Joint.ANKLE),
    compute=_hip_height_ratio,
)


def _middle(body: Body, joint: Joint) -> complex:
    """Half way between both sides, covered or not; the near side where the other one is unseen."""
    both = [body.limb(side, joint, COVERED_VISIBILITY) for side in Side]
    return (both[0] + both[1]) / 2 if seen(*both) else body[joint]


def _top_line_deg(body: Body) -> float:
    """From the middle of both sides, which a turn of the camera moves less than the near side."""
    if body.from_front:
        return math.nan
    shoulder, hip, knee = (
        _middle(body, joint) for joint in (Joint.SHOULDER, Joint.HIP, Joint.KNEE)
    )
    return 180.0 + bend_deg(shoulder, hip, knee)


TOP_LINE_DEG = Feature(
    name="top_line_deg",
    unit="deg",
    title="shoulder-hip-knee, 180 straight, more is over-extended",
    needs=(Joint.SHOULDER, Joint.HIP, Joint.KNEE),
    compute=_top_line_deg,
)

FOOT_DEG = Feature(
    name="foot_deg",
    unit="deg",
    title="foot against the floor, + heel up",
    needs=(Joint.HEEL, Joint.FOOT_INDEX),
    compute=lambda body: incline_deg(body[Joint.FOOT_INDEX], body[Joint.HEEL]),
)

THIGH_LINE_DEG = Feature(
    name="thigh_line_deg",
    unit="deg",
    title="thigh against the floor, 0 level, + knee higher",
    needs=(Joint.HIP, Joint.KNEE),
    compute=lambda body: incline_deg(body[Joint.HIP], body[Joint.KNEE]),
)


def _chin_deg(body: Body) -> float:
    face, trunk = body.nose - body[Joint.EAR], body[Joint.SHOULDER] - body[Joint.HIP]
    return turn_deg(face, 0j, trunk) * body.facing if abs(face) > 0.0 else math.nan


CHIN_DEG = Feature(
    name="chin_deg",
    unit="deg",
    title="face against the trunk, + chin lifted",
    needs=(Joint.EAR, Joint.SHOULDER, Joint.HIP),
    compute=_chin_deg,
)
"""Only its change is of use: where ear and nose lie in a face differs from person to person."""


def _both(body: Body, joint: Joint) -> tuple[complex, complex]:
    return body.limb(Side.LEFT, joint), body.limb(Side.RIGHT, joint)


def _knee_gap_ratio(body: Body) -> float:
    left_knee, right_knee = _both(body, Joint.KNEE)
    left_ankle, right_ankle = _both(body, Joint.ANKLE)
    feet_px = abs(left_ankle - right_ankle)
    if not (body.from_front and feet_px > 0.0):
        return math.nan
    return abs(left_knee - right_knee) / feet_px


KNEE_GAP_RATIO = Feature(
    name="knee_gap_ratio",
    unit="ratio",
    title="distance of the knees, per distance of the ankles",
    needs=(Joint.KNEE, Joint.ANKLE),
    compute=_knee_gap_ratio,
    unseen="it takes a view from the feet, with both knees and both ankles in it",
)
