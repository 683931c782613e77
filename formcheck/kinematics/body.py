"""One person in one frame, reduced to the side nearer the camera."""

from __future__ import annotations

import math
from cmath import isnan
from collections.abc import Mapping
from dataclasses import dataclass, field

from formcheck.kinematics.geometry import UNSEEN, point
from formcheck.landmarks import Joint, Landmark, Side
from formcheck.types import Observation, Outline, Pose

MIN_VISIBILITY = 0.5
"""Below this a joint counts as hidden (0.5 to 0.65 is low confidence; MediaPipe's own default)."""

EDGE_SHARE = 0.005
"""A landmark nearer to the edge than this share of the picture is cut off or extrapolated."""

_SIDE_JOINTS = (Joint.SHOULDER, Joint.ELBOW, Joint.HIP, Joint.KNEE, Joint.ANKLE)
# Looked up once, as every frame needs them: the rows of these joints, and of every limb.
_SIDE_ROWS = {side: tuple(int(joint.on(side)) for joint in _SIDE_JOINTS) for side in Side}
_LIMBS = tuple(((side, joint), int(joint.on(side))) for side in Side for joint in Joint)
_OWN_LIMBS = {side: tuple((joint, (side, joint)) for joint in Joint) for side in Side}
_NOSE = int(Landmark.NOSE)
_SHOULDERS = slice(Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER + 1)
_HIPS = slice(Landmark.LEFT_HIP, Landmark.RIGHT_HIP + 1)
_SWITCH_MARGIN = 0.15


@dataclass(frozen=True, slots=True)
class Body:
    """The near side of a body in one frame.

    Points are complex: pixels, x to the right, y up (see :mod:`formcheck.kinematics.geometry`).

    Attributes:
        side: The person's own side that is nearer the camera.
        points: By joint; ``UNSEEN`` where the joint is hidden or outside the picture.
        nose: The nose, or ``UNSEEN``.
        facing: +1 when the head points to the right of the picture, −1 to the left.
        torso_px: Shoulder to hip, pixels; NaN when either is unseen. The yardstick of all ratios.
        yaw_deg: How far the body is turned out of an exact side view, 0 to 90 (an estimate).
        stance: How the body is supported, as the exercise names it, or None.
        limbs: Every joint of both sides with its visibility; see :meth:`limb`.
        outline: The edges of the trunk, or None when they were not found in this frame.
        trunk_depth: How far the shoulders lie behind the hips, as seen from the camera, per trunk
            length, −1 to 1 (an estimate): about 0.5 for someone who lies with the feet to it.
        from_front: Whether the camera sees the body from the front, or from the feet.
    """

    side: Side
    points: Mapping[Joint, complex]
    nose: complex
    facing: int
    torso_px: float
    yaw_deg: float
    stance: str | None = None
    limbs: Mapping[tuple[Side, Joint], tuple[complex, float]] = field(default_factory=dict)
    outline: Outline | None = None
    trunk_depth: float = 0.0
    from_front: bool = False

    def __getitem__(self, joint: Joint) -> complex:
        return self.points[joint]

    def sees(self, *joints: Joint) -> bool:
        """Whether all these joints of the near side are seen."""
        points = self.points
        for joint in joints:  # noqa: SIM110 - a generator takes three times as long
            if isnan(points[joint]):
                return False
        return True

    def limb(self, side: Side, joint: Joint, visibility: float = MIN_VISIBILITY) -> complex:
        """A joint of either side; ``UNSEEN`` when it is less visible than asked or out of sight.

        Where one limb covers the other the model still places the hidden one well, with a
        visibility of about 0.2: good enough to follow a movement, not to judge it.
        """
        place, seen_as = self.limbs.get((side, joint), (UNSEEN, 0.0))
        return place if seen_as >= visibility else UNSEEN

    def forward_px(self, start: Joint, end: Joint) -> float:
        """How far ``end`` lies ahead of ``start`` towards the head, pixels along the picture."""
        return (self.points[end] - self.points[start]).real * self.facing

    def drop_px(self, start: Joint, end: Joint) -> float:
        """How far ``end`` lies below ``start``, pixels."""
        return (self.points[start] - self.points[end]).imag


def near_side(pose: Pose, previous: Side | None) -> Side:
    """The side with the higher mean visibility; it must win clearly to take over.

    In a side view the far side is hidden and its visibility lower (near about 0.97, far about
    0.6 on real planks).
    """
    visibility = pose.visibility.tolist()
    mean = {
        side: sum([visibility[row] for row in rows]) / len(rows)
        for side, rows in _SIDE_ROWS.items()
    }
    if previous is None:
        return max(mean, key=lambda side: mean[side])
    other = Side.LEFT if previous is Side.RIGHT else Side.RIGHT
    return other if mean[other] > mean[previous] + _SWITCH_MARGIN else previous


def yaw_deg(pose: Pose) -> float:
    """Angle between the line of sight and the body's left–right axis, 0 (side view) to 90 (front).

    From the shoulder and hip axes of the world landmarks; their depth is rough, so this serves the
    view gate and nothing else.
    """
    axes = []
    for rows in (_SHOULDERS, _HIPS):
        left, right = pose.world_m[rows]
        across, up, depth = (left - right).tolist()
        axes.append(math.degrees(math.atan2(math.hypot(across, up), abs(depth))))
    return sum(axes) / len(axes)


def trunk_depth(pose: Pose) -> float:
    """How far the shoulders lie behind the hips, per trunk length; rough, for gates only."""
    ends = []
    for rows in (_SHOULDERS, _HIPS):
        left, right = pose.world_m[rows].tolist()
        ends.append([(a + b) / 2 for a, b in zip(left, right, strict=True)])
    trunk = [a - b for a, b in zip(*ends, strict=True)]
    length = math.hypot(*trunk)
    return trunk[2] / length if length > 0.0 else 0.0


def body_from(observation: Observation, side: Side, outline: Outline | None = None) -> Body:
    """The near side of the observed person.

    Args:
        observation: What was seen; somebody has to be there.
        side: Which side is nearer the camera.
        outline: The edges of the trunk that stand at this moment.

    Raises:
        ValueError: the observation has no pose.
    """
    pose = observation.pose
    if pose is None:
        raise ValueError("an observation without a pose has no body")
    xy = pose.xy_px.tolist()
    visibility = pose.visibility.tolist()
    margin = EDGE_SHARE * max(observation.width_px, observation.height_px)
    right, bottom = observation.width_px - margin, observation.height_px - margin

    def in_picture(row: int) -> complex:
        x, y = xy[row]
        return point(x, y) if margin <= x <= right and margin <= y <= bottom else UNSEEN

    limbs = {limb: (in_picture(row), visibility[row]) for limb, row in _LIMBS}
    points = {}
    for joint, limb in _OWN_LIMBS[side]:
        place, seen_as = limbs[limb]
        points[joint] = place if seen_as >= MIN_VISIBILITY else UNSEEN
    shoulder, hip = points[Joint.SHOULDER], points[Joint.HIP]
    return Body(
        side=side,
        points=points,
        nose=in_picture(_NOSE) if visibility[_NOSE] >= MIN_VISIBILITY else UNSEEN,
        facing=1 if shoulder.real >= hip.real else -1,
        torso_px=abs(shoulder - hip),
        yaw_deg=yaw_deg(pose),
        limbs=limbs,
        outline=outline,
        trunk_depth=trunk_depth(pose),
    )
