"""What a body in side view is doing, in the coarsest terms: standing, sitting, lying, ..."""

from __future__ import annotations

from enum import Enum

from formcheck.enums import quick
from formcheck.kinematics.body import Body
from formcheck.kinematics.geometry import angle_deg, incline_deg, seen
from formcheck.landmarks import Joint


@quick
class Posture(str, Enum):
    """Coarse posture; the value is how a sentence names it."""

    STANDING = "standing"
    SEATED = "sitting or kneeling"
    ALL_FOURS = "on all fours"
    FACE_UP = "on your back"
    FACE_DOWN = "face down"
    UNKNOWN = "turned so that I can't tell which way you face"


UPRIGHT_DEG = 50.0
"""A trunk steeper than this is upright; planks with raised hands stay below 35."""


def posture(body: Body) -> Posture:
    """The coarse posture of a body whose trunk and leg are seen (shoulder to ankle)."""
    trunk = incline_deg(body[Joint.HIP], body[Joint.SHOULDER])
    if trunk > UPRIGHT_DEG:
        leg = incline_deg(body[Joint.ANKLE], body[Joint.HIP])
        return Posture.STANDING if leg > UPRIGHT_DEG else Posture.SEATED
    up = _faces_up(body)
    if up is None:
        return Posture.UNKNOWN
    if up:
        return Posture.FACE_UP
    knee = angle_deg(body[Joint.HIP], body[Joint.KNEE], body[Joint.ANKLE])
    thigh = incline_deg(body[Joint.KNEE], body[Joint.HIP])
    if knee < 125.0 and thigh > UPRIGHT_DEG:
        return Posture.ALL_FOURS
    return Posture.FACE_DOWN


def _faces_up(body: Body) -> bool | None:
    """Whether face and toes point up, as far as they are seen; None when neither is."""
    votes = []
    if body.sees(Joint.EAR) and seen(body.nose):
        votes.append((body.nose - body[Joint.EAR]).imag / body.torso_px)
    if body.sees(Joint.HEEL, Joint.FOOT_INDEX):
        votes.append((body[Joint.FOOT_INDEX] - body[Joint.HEEL]).imag / body.torso_px)
    return sum(votes) > 0.05 if votes else None
