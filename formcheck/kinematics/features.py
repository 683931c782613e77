"""Named measures: what each is called, its unit, which joints it needs, how it is computed.

A rule module may define its own in the same way. All lengths are relative to the torso (shoulder
to hip) and all angles come from pixels, so neither distance nor the shape of the picture matters.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from dataclasses import dataclass

from formcheck.kinematics.body import Body
from formcheck.kinematics.geometry import angle_deg, bend_deg
from formcheck.kinematics.spine import (
    lumbar_curve_deg,
    lumbar_gap_ratio,
    thoracic_curve_deg,
)
from formcheck.landmarks import Joint, Side
from formcheck.types import Outline

__all__ = [
    "ELBOW_DEG",
    "HEAD_PITCH_DEG",
    "KNEE_DEG",
    "LUMBAR_CURVE_DEG",
    "LUMBAR_EPOCH_S",
    "LUMBAR_GAP_RATIO",
    "THORACIC_CURVE_DEG",
    "Body",
    "Feature",
    "Sided",
    "joint_angle",
    "line_bend",
]


@dataclass(frozen=True, slots=True)
class Feature:
    """A named measure of one frame.

    Attributes:
        name: Ends in its unit, e.g. ``hip_line_deg``.
        unit: ``deg``, ``ratio``, ``s``, ``m``, ``px`` or ``per_min``.
        title: For people, e.g. "hip line".
        needs: Joints of the near side that must be seen; otherwise the value is NaN.
        compute: The measure; NaN where it is undefined.
        unseen: Why it could not be measured, in a report; empty: the joints were not seen.
    """

    name: str
    unit: str
    title: str
    needs: tuple[Joint, ...]
    compute: Callable[[Body], float]
    unseen: str = ""

    def of(self, body: Body) -> float:
        """The measure of one body, NaN when a needed joint isn't seen."""
        return self.compute(body) if body.sees(*self.needs) else math.nan


@dataclass(frozen=True, slots=True)
class Sided:
    """A feature that each side has its own of."""

    left: Feature
    right: Feature

    def on(self, side: Side) -> Feature:
        """The feature of one side."""
        return self.left if side is Side.LEFT else self.right


def joint_angle(name: str, title: str, start: Joint, vertex: Joint, end: Joint) -> Feature:
    """A feature for the unsigned angle at a joint, 0 to 180 degrees."""
    return Feature(
        name=name,
        unit="deg",
        title=title,
        needs=(start, vertex, end),
        compute=lambda body: angle_deg(body[start], body[vertex], body[end]),
    )


def line_bend(name: str, title: str, start: Joint, vertex: Joint, end: Joint) -> Feature:
    """A feature for how far a joint leaves the line of two others: + upwards, − downwards."""
    return Feature(
        name=name,
        unit="deg",
        title=title,
        needs=(start, vertex, end),
        compute=lambda body: bend_deg(body[start], body[vertex], body[end]),
    )


KNEE_DEG = joint_angle("knee_deg", "knee angle", Joint.HIP, Joint.KNEE, Joint.ANKLE)
ELBOW_DEG = joint_angle("elbow_deg", "elbow angle", Joint.SHOULDER, Joint.ELBOW, Joint.WRIST)


def _head_pitch_deg(body: Body) -> float:
    face, trunk = body.nose - body[Joint.EAR], body[Joint.SHOULDER] - body[Joint.HIP]
    if not abs(face) > MIN_FACE_RATIO * body.torso_px or body.yaw_deg > MAX_FACE_YAW_DEG:
        return math.nan
    return math.degrees(cmath.phase(face * trunk.conjugate())) * body.facing


MIN_FACE_RATIO = 0.06
"""Ear to nose, per torso, below which the face is turned to the camera and has no pitch."""

MAX_FACE_YAW_DEG = 12.0
"""Apparent turn out of the side view beyond which the head's pitch can't be told.

On rendered planks 95 % of its changes are read within 10 degrees below it, within 12 up to 20 and
anyhow beyond (``docs/accuracy.md``).
"""

HEAD_PITCH_DEG = Feature(
    name="head_pitch_deg",
    unit="deg",
    title="head pitch, + looking ahead, − chin to chest",
    needs=(Joint.EAR, Joint.SHOULDER, Joint.HIP),
    compute=_head_pitch_deg,
)
"""Direction ear→nose against the trunk: 0 looking along it, about −100 in line with the back.

It turns degree for degree with the head, where ear–shoulder–hip hardly moves when the head is
lifted: the upper neck bends above the shoulder (rendered 44 degrees of lifting read +31 here, +9
there)."""

EDGE_UNSEEN = (
    "the edge of your trunk could not be followed: it takes a camera that stands still, a moment "
    "of rest at the start and a close-fitting top"
)


def _of_outline(name: str, unit: str, title: str, read: Callable[[Outline], float]) -> Feature:
    def compute(body: Body) -> float:
        return math.nan if body.outline is None else read(body.outline)

    return Feature(name, unit, title, (Joint.SHOULDER, Joint.HIP), compute, unseen=EDGE_UNSEEN)


LUMBAR_GAP_RATIO = _of_outline(
    "lumbar_gap_ratio", "ratio", "gap under the lower back, per torso", lumbar_gap_ratio
)
"""About 0.002 a millimetre; only its change means something, and only within one epoch."""

LUMBAR_EPOCH_S = _of_outline(
    "lumbar_epoch_s",
    "s",
    "moment of rest that the lower edge is followed from",
    lambda outline: outline.since_s,
)

LUMBAR_CURVE_DEG = _of_outline(
    "lumbar_curve_deg", "deg", "curve of the lower back, + hollow", lumbar_curve_deg
)
THORACIC_CURVE_DEG = _of_outline(
    "thoracic_curve_deg", "deg", "curve of the upper back, + rounded", thoracic_curve_deg
)
