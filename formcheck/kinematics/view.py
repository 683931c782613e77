"""Where the camera stands, and whether what it shows can be judged at all.

The limits of turn and distance come from sweeps of rendered planks with the gates opened
(``docs/accuracy.md``); that of brightness is an engineering choice.
"""

from __future__ import annotations

from enum import Enum

from formcheck.enums import quick
from formcheck.kinematics.body import Body
from formcheck.landmarks import Joint, Landmark
from formcheck.types import Observation, Reason


@quick
class View(str, Enum):
    """Where a camera must stand to judge an exercise."""

    SIDE = "side"
    FRONT = "front"
    ANGLED = "angle"
    """In between: what needs no view of its own may still be judged."""


MIN_LUMA = 12.0
"""Mean brightness (0 to 255) below which nothing is judged."""

MIN_TORSO_PX = 36.0
"""Shoulder to hip, about 7 m away at 640 x 360. Down to it rendered planks are read as well as from
nearby; below it MediaPipe hardly finds anybody, and one pixel turns the hip line by 3 degrees."""

MAX_SIDE_YAW_DEG = 28.0
"""Apparent turn out of the side view from which nothing is judged any more.

It reads low: a true 25 degrees appear as some 16, 45 as 25 to 40. Up to here 95 % of the changes of
the hip line are within about 5 degrees of the truth; beyond, within 6, and a wrong cue came up.
"""

YAW_HYSTERESIS_DEG = 4.0
"""Once closed, the gate opens again only so far below its limit."""

MIN_FRONT_YAW_DEG = 60.0
"""A front view must be at least this far from the side view."""

PLAUSIBLE_SEGMENT = (0.35, 1.35)
"""Thigh and shin as shares of the torso; real people in side view lie between 0.53 and 0.91."""

NOBODY = Reason("nobody", "nobody in view", "Come into the picture")
TOO_DARK = Reason("too-dark", "the picture is too dark", "I need more light")
TOO_FAR = Reason("too-far", "you are too small in the picture", "Come closer")
NOT_SIDE = Reason(
    "view-not-side", "the camera does not see you from the side", "Turn side-on to me"
)
NOT_FRONT = Reason(
    "view-not-front", "the camera does not see you from the front", "Turn to face me"
)
UNSTEADY = Reason(
    "tracking-unsteady", "your body can't be followed reliably", "I can't see you well"
)
TOO_FEW_FRAMES = Reason(
    "too-few-frames", "too few frames a second to judge", "Close other programs, please"
)
PERSON_CHANGED = Reason(
    "person-changed", "the tracked person changed", "Only one person in view, please"
)

_PARTS = {
    Joint.EAR: "head",
    Joint.SHOULDER: "shoulder",
    Joint.ELBOW: "elbow",
    Joint.WRIST: "hand",
    Joint.HIP: "hips",
    Joint.KNEE: "knee",
    Joint.ANKLE: "feet",
    Joint.HEEL: "feet",
    Joint.FOOT_INDEX: "feet",
}


def hidden_reason(observation: Observation, body: Body, joints: tuple[Joint, ...]) -> Reason | None:
    """The reason for the first of these joints that isn't seen, or None when all are."""
    if body.sees(*joints):
        return None
    for joint in joints:
        if body.sees(joint):
            continue
        part = _PARTS[joint]
        if _out_of_frame(observation, joint.on(body.side)):
            return Reason(
                f"{part}-out-of-frame",
                f"your {part} {_is(part)} out of the picture",
                "Step back until I see your feet",
            )
        return Reason(f"{part}-hidden", f"your {part} {_is(part)} hidden", "I can't see you well")
    return None


def _is(part: str) -> str:
    return "are" if part in ("feet", "hips") else "is"


def _out_of_frame(observation: Observation, landmark: Landmark) -> bool:
    if observation.pose is None:
        return False
    x, y = (float(v) for v in observation.pose.xy_px[landmark])
    margin = 0.01 * max(observation.width_px, observation.height_px)
    return not (
        margin <= x <= observation.width_px - margin
        and margin <= y <= observation.height_px - margin
    )


def picture_reason(observation: Observation) -> Reason | None:
    """Why this picture can't be judged whoever is in it: nobody there, or too dark."""
    if observation.luma < MIN_LUMA:
        return TOO_DARK
    return NOBODY if observation.pose is None else None


def view_reason(
    body: Body,
    yaw_deg: float,
    view: View,
    yaw_limit_deg: float,
    other: View | None = None,
    *,
    anywhere: bool = False,
) -> Reason | None:
    """Why this body can't be judged from where the camera stands.

    Args:
        body: The near side; its torso and legs must be seen.
        yaw_deg: How far it is turned out of a side view, steadied by the caller.
        view: What the exercise needs.
        other: Another view that will do for some of its checks.
        yaw_limit_deg: Largest turn out of a side view; the caller applies the hysteresis.
        anywhere: Whether any view will do.
    """
    if body.torso_px < MIN_TORSO_PX:
        return TOO_FAR
    if anywhere or (other is View.FRONT and yaw_deg >= MIN_FRONT_YAW_DEG):
        return None
    if view is View.SIDE and yaw_deg > yaw_limit_deg:
        return NOT_SIDE
    if view is View.FRONT and yaw_deg < MIN_FRONT_YAW_DEG:
        return NOT_FRONT
    if view is View.SIDE and not _plausible(body):
        return UNSTEADY
    return None


def _plausible(body: Body) -> bool:
    low, high = PLAUSIBLE_SEGMENT
    for start, end in ((Joint.HIP, Joint.KNEE), (Joint.KNEE, Joint.ANKLE)):
        if body.sees(start, end) and not (
            low <= abs(body[start] - body[end]) / body.torso_px <= high
        ):
            return False
    return True
