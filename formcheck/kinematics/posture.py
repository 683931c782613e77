"""What a body in side view is doing, in the coarsest terms: standing, sitting, lying, ..."""

from __future__ import annotations

from enum import Enum

from formcheck.kinematics.body import Body
from formcheck.kinematics.geometry import angle_deg, incline_deg
from formcheck.landmarks import Joint


class Posture(str, Enum):
    """Coarse posture; the value is how a sentence names it."""

    STANDING = "standing"
    SEATED = "sitting or kneeling"
    ALL_FOURS = "on all fours"
    FACE_UP = "on your back"
    FACE_DOWN = "face down"


UPRIGHT_DEG = 50.0
"""A trunk steeper than this is upright; planks with raised hands stay below 35."""


def posture(body: Body) -> Posture:
    """The coarse posture of a body whose trunk and leg are seen (shoulder to ankle)."""
    trunk = incline_deg(body[Joint.HIP], body[Joint.SHOULDER])
    if trunk > UPRIGHT_DEG:
        leg = incline_deg(body[Joint.ANKLE], body[Joint.HIP])
        return Posture.STANDING if leg > UPRIGHT_DEG else Posture.SEATED
    if _faces_up(body):
        return Posture.FACE_UP
    knee = angle_deg(body[Joint.HIP], body[Joint.KNEE], body[Joint.ANKLE])
    thigh = incline_deg(body[Joint.KNEE], body[Joint.HIP])
    if knee < 125.0 and thigh > UPRIGHT_DEG:
        return Posture.ALL_FOURS
    return Posture.FACE_DOWN


def _faces_up(body: Body) -> bool:
    """Whether both the face and the toes point up, as far as they are seen; one vote each."""
    votes = []
    if body.sees(Joint.EAR) and body.nose == body.nose:
        votes.append((body.nose - body[Joint.EAR]).imag / body.torso_px)
    if body.sees(Joint.HEEL, Joint.FOOT_INDEX):
        votes.append((body[Joint.FOOT_INDEX] - body[Joint.HEEL]).imag / body.torso_px)
    return bool(votes) and sum(votes) > 0.05
