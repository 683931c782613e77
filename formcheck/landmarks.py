"""The 33 BlazePose landmarks, the skeleton's edges, and which belong to which side.

Left and right are the person's own. Source: MediaPipe, ``docs/solutions/pose.md``.
"""

from __future__ import annotations

from enum import Enum, IntEnum

from formcheck.enums import quick


@quick
class Landmark(IntEnum):
    """Index of each landmark in an array of shape (33, ...)."""

    NOSE = 0
    LEFT_EYE_INNER = 1
    LEFT_EYE = 2
    LEFT_EYE_OUTER = 3
    RIGHT_EYE_INNER = 4
    RIGHT_EYE = 5
    RIGHT_EYE_OUTER = 6
    LEFT_EAR = 7
    RIGHT_EAR = 8
    MOUTH_LEFT = 9
    MOUTH_RIGHT = 10
    LEFT_SHOULDER = 11
    RIGHT_SHOULDER = 12
    LEFT_ELBOW = 13
    RIGHT_ELBOW = 14
    LEFT_WRIST = 15
    RIGHT_WRIST = 16
    LEFT_PINKY = 17
    RIGHT_PINKY = 18
    LEFT_INDEX = 19
    RIGHT_INDEX = 20
    LEFT_THUMB = 21
    RIGHT_THUMB = 22
    LEFT_HIP = 23
    RIGHT_HIP = 24
    LEFT_KNEE = 25
    RIGHT_KNEE = 26
    LEFT_ANKLE = 27
    RIGHT_ANKLE = 28
    LEFT_HEEL = 29
    RIGHT_HEEL = 30
    LEFT_FOOT_INDEX = 31
    RIGHT_FOOT_INDEX = 32


@quick
class Side(str, Enum):
    """A side of the person's own body."""

    LEFT = "left"
    RIGHT = "right"

    # A hash in C: sides and joints are looked up some hundred times a frame.
    __hash__ = str.__hash__


@quick
class Joint(str, Enum):
    """A landmark named without its side, for measures of the side nearer the camera."""

    EAR = "ear"
    SHOULDER = "shoulder"
    ELBOW = "elbow"
    WRIST = "wrist"
    HIP = "hip"
    KNEE = "knee"
    ANKLE = "ankle"
    HEEL = "heel"
    FOOT_INDEX = "foot_index"

    __hash__ = str.__hash__

    def on(self, side: Side) -> Landmark:
        """The landmark of this joint on one side of the body."""
        return _ON_SIDE[self][side]


_ON_SIDE = {
    joint: {side: Landmark[f"{side.name}_{joint.name}"] for side in Side} for joint in Joint
}

N_LANDMARKS = len(Landmark)

EDGES: tuple[tuple[Landmark, Landmark], ...] = (
    (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER),
    (Landmark.LEFT_HIP, Landmark.RIGHT_HIP),
    *(
        (start.on(side), end.on(side))
        for side in Side
        for start, end in (
            (Joint.EAR, Joint.SHOULDER),
            (Joint.SHOULDER, Joint.ELBOW),
            (Joint.ELBOW, Joint.WRIST),
            (Joint.SHOULDER, Joint.HIP),
            (Joint.HIP, Joint.KNEE),
            (Joint.KNEE, Joint.ANKLE),
            (Joint.ANKLE, Joint.HEEL),
            (Joint.HEEL, Joint.FOOT_INDEX),
        )
    ),
)
"""The segments that are drawn, by landmark."""


def mirrored(landmark: Landmark) -> Landmark:
    """The same landmark on the other side of the body; the nose is its own mirror image."""
    name = landmark.name
    if "LEFT" in name:
        return Landmark[name.replace("LEFT", "RIGHT")]
    if "RIGHT" in name:
        return Landmark[name.replace("RIGHT", "LEFT")]
    return landmark
