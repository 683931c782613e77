"""Measures of someone who stands and hops: knees, feet, trunk and hands.

Angles are in the picture plane, in degrees; lengths are per torso (shoulder to hip) or per width of
the shoulders. What only one view shows is for the rule to say.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from formcheck.kinematics.body import MIN_VISIBILITY, Body
from formcheck.kinematics.features import Feature
from formcheck.kinematics.geometry import angle_deg, seen
from formcheck.landmarks import Joint, Side

__all__ = [
    "ELBOW_GAP_RATIO",
    "FEET_APART_RATIO",
    "FEET_LIFT_RATIO",
    "HANDS_ACROSS_RATIO",
    "HANDS_UPDOWN_RATIO",
    "HAND_HEIGHT_RATIO",
    "HEEL_RISE_DEG",
    "KNEE_FLEXION_DEG",
    "LEAN_DEG",
    "upright",
]

_TRUNK = (Joint.SHOULDER, Joint.HIP)
_FAINT = 0.3
"""Hands that cross the trunk are placed well down to here."""

_HIDDEN = 0.1
"""A foot that is drawn up behind the leg is hardly seen, and still placed about right."""


def _feature(
    name: str,
    unit: str,
    title: str,
    compute: Callable[[Body], float],
    needs: tuple[Joint, ...] = _TRUNK,
) -> Feature:
    return Feature(name=name, unit=unit, title=title, needs=needs, compute=compute)


def _knee(body: Body) -> float:
    return 180.0 - angle_deg(body[Joint.HIP], body[Joint.KNEE], body[Joint.ANKLE])


def _heel_rise(body: Body) -> float:
    foot = body[Joint.FOOT_INDEX] - body[Joint.HEEL]
    length = abs(foot)
    return math.degrees(math.asin(-foot.imag / length)) if length > 0.0 else math.nan


def _lean(body: Body) -> float:
    trunk = body[Joint.SHOULDER] - body[Joint.HIP]
    return math.degrees(math.atan2(abs(trunk.real), trunk.imag))


def _both(body: Body, joint: Joint, visibility: float = _FAINT) -> tuple[complex, complex]:
    return body.limb(Side.LEFT, joint, visibility), body.limb(Side.RIGHT, joint, visibility)


def _elbow_gap(body: Body) -> float:
    """The wider of the two: across from the hip to the elbow, per width of the shoulders."""
    shoulders, hips = _both(body, Joint.SHOULDER), _both(body, Joint.HIP)
    elbows = _both(body, Joint.ELBOW, MIN_VISIBILITY)
    width = abs(shoulders[0] - shoulders[1])
    if not width > 0.0 or not seen(*elbows):
        return math.nan
    gaps = [abs(elbow.real - hip.real) for elbow, hip in zip(elbows, hips, strict=True)]
    return max(gaps) / width


def _hand_height(body: Body) -> float:
    """The mean of the hands that are seen, above the hips."""
    hips = [hip for hip in _both(body, Joint.HIP) if seen(hip)]
    hands = [hand for hand in _both(body, Joint.WRIST, MIN_VISIBILITY) if seen(hand)]
    if not hips or not hands:
        return math.nan
    up = sum(h.imag for h in hands) / len(hands) - sum(h.imag for h in hips) / len(hips)
    return up / body.torso_px


def _hands(body: Body) -> complex:
    left, right = _both(body, Joint.WRIST)
    return (left - right) / body.torso_px


def _feet_lift(body: Body) -> float:
    """How much higher the left foot is than the right."""
    lifts = [
        left.imag - right.imag
        for left, right in (
            _both(body, j, _HIDDEN) for j in (Joint.ANKLE, Joint.HEEL, Joint.FOOT_INDEX)
        )
        if seen(left, right)
    ]
    return sum(lifts) / len(lifts) / body.torso_px if lifts else math.nan


def _feet_apart(body: Body) -> float:
    left, right = _both(body, Joint.ANKLE)
    return abs(left.real - right.real) / body.torso_px


def upright(body: Body) -> bool:
    """Whether the trunk is upright and the hips are well above the ankles."""
    trunk = body[Joint.SHOULDER] - body[Joint.HIP]
    return trunk.imag > 0.8 * abs(trunk) and body.drop_px(Joint.HIP, Joint.ANKLE) > body.torso_px


KNEE_FLEXION_DEG = _feature(
    "knee_flexion_deg",
    "deg",
    "bend of the knee",
    _knee,
    (*_TRUNK, Joint.KNEE, Joint.ANKLE),
)
HEEL_RISE_DEG = _feature(
    "heel_rise_deg",
    "deg",
    "heel above the toes",
    _heel_rise,
    (*_TRUNK, Joint.HEEL, Joint.FOOT_INDEX),
)
LEAN_DEG = _feature("trunk_lean_deg", "deg", "lean of the trunk", _lean)
ELBOW_GAP_RATIO = _feature(
    "elbow_gap_frame_ratio", "ratio", "elbow from hip, per width of the shoulders", _elbow_gap
)
HAND_HEIGHT_RATIO = _feature(
    "hand_height_frame_ratio", "ratio", "hands above the hips, per torso", _hand_height
)
HANDS_ACROSS_RATIO = _feature(
    "hands_across_ratio", "ratio", "left hand from right hand, across", lambda b: _hands(b).real
)
HANDS_UPDOWN_RATIO = _feature(
    "hands_updown_ratio", "ratio", "left hand above right hand", lambda b: _hands(b).imag
)
FEET_LIFT_RATIO = _feature(
    "feet_lift_ratio", "ratio", "left foot above right foot, per torso", _feet_lift
)
FEET_APART_RATIO = _feature("feet_apart_ratio", "ratio", "feet apart, per torso", _feet_apart)
