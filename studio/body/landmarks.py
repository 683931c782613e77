"""The BlazePose landmarks on the body: which point of which bone each one is.

A rig joint is not a landmark. These are placed by anatomy: limbs at the joint centres (shoulder
the middle of the head of the humerus, hip the greater trochanter as seen from the side, knee the
middle of the femoral condyles, ankle the middle between the malleoli; ``shape`` moves the pivots
that the rig has elsewhere), ears at the tragus, nose, heels and toes at their tips.
"""

from __future__ import annotations

import numpy as np

from studio.arrays import FloatArray
from studio.body.rig import Body, SolvedPose

_PAIRS = (
    "ear",
    "shoulder",
    "elbow",
    "wrist",
    "hip",
    "knee",
    "ankle",
    "heel",
    "foot_index",
)
LANDMARK_NAMES: tuple[str, ...] = (
    "nose",
    *(f"{side}_{name}" for name in _PAIRS for side in ("left", "right")),
)
_JOINT_OF = {
    "shoulder": ("upperarm01", "shoulder"),
    "elbow": ("lowerarm01", "elbow"),
    "wrist": ("wrist", "hand"),
    "hip": ("upperleg01", "upper-leg"),
    "knee": ("lowerleg01", "knee"),
    "ankle": ("foot", "ankle"),
    "foot_index": ("toe1-1", "toe-1-3"),
}
_HEAD_DEPTH_M = 0.22
# Up and forward.
_HELIX_TO_TRAGUS_M = (-0.014, 0.022)


class LandmarkSet:
    """The landmarks of one body.

    Attributes:
        names: their names, in the order of every array returned.
    """

    names = LANDMARK_NAMES

    def __init__(self, body: Body) -> None:
        places = {"nose": ("head", _nose(body))}
        for side, initial in (("left", "l"), ("right", "r")):
            bone_side = initial.upper()
            places[f"{side}_ear"] = ("head", _ear(body, initial))
            places[f"{side}_heel"] = (f"foot.{bone_side}", _heel(body, initial))
            for name, (bone, joint) in _JOINT_OF.items():
                point = body.joint_m(f"{initial}-{joint}")
                places[f"{side}_{name}"] = (f"{bone}.{bone_side}", point)
        self._rows = np.array([body.index[places[name][0]] for name in self.names])
        rest = np.array([places[name][1] for name in self.names])
        self._offsets = rest - body.heads_m[self._rows]

    def positions_m(self, pose: SolvedPose) -> FloatArray:
        """Returns the landmarks (K, 3) of a solved skeleton in world metres."""
        moved = np.einsum("kij,kj->ki", pose.rotations[self._rows], self._offsets)
        positions: FloatArray = pose.heads_m[self._rows] + moved
        return positions


def _head_skin(body: Body) -> FloatArray:
    skin = body.rest_m[body.mesh.vertex_groups["body"]]
    head: FloatArray = skin[skin[:, 1] > body.joint_m("neck")[1] + 0.03]
    return head


def _nose(body: Body) -> FloatArray:
    head = _head_skin(body)
    middle = head[np.abs(head[:, 0]) < 0.012]
    nose: FloatArray = middle[middle[:, 2].argmax()]
    return nose


def _ear(body: Body, initial: str) -> FloatArray:
    """The tragus: in front of the helix, which stands off furthest, and below its tip."""
    head = _head_skin(body)
    sign = 1.0 if initial == "l" else -1.0
    helix = head[(head[:, 0] * sign).argmax()]
    scale = float(np.ptp(head[:, 2])) / _HEAD_DEPTH_M
    side = head[head[:, 0] * sign > 0.5 * abs(helix[0])]
    tragus = helix[1:] + scale * np.array(_HELIX_TO_TRAGUS_M)
    ear: FloatArray = side[np.linalg.norm(side[:, 1:] - tragus, axis=1).argmin()]
    return ear


def _heel(body: Body, initial: str) -> FloatArray:
    ankle = body.joint_m(f"{initial}-ankle")
    skin = body.rest_m[body.mesh.vertex_groups["body"]]
    foot = skin[(np.abs(skin[:, 0] - ankle[0]) < 0.06) & (skin[:, 1] < 0.75 * ankle[1])]
    heel: FloatArray = foot[foot[:, 2].argmin()]
    return heel
