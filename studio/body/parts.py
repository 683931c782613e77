"""Which part of the body each vertex belongs to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.arrays import BoolArray, FloatArray, IntArray
from studio.body.rig import Body

ARM_BONES = ("upperarm", "lowerarm", "wrist", "finger", "metacarpal")
FOOT_BONES = ("foot", "toe")
HAND_BONES = ("wrist", "finger", "metacarpal")
HEAD_BONES = (
    *("head", "jaw", "neck02", "neck03", "o", "special", "temporalis", "risorius"),
    *("levator", "eye", "tongue"),
)
LEG_BONES = ("upperleg", "lowerleg", *FOOT_BONES)
# The ball of the foot reaches a little behind the knuckles of the toes.
_BALL_BEHIND_KNUCKLES_M = 0.015


def leading_bones(body: Body, vertices: IntArray) -> NDArray[np.str_]:
    """Returns the name (K,) of the bone that moves each vertex (K,) most."""
    names: NDArray[np.str_] = np.array(body.bones)[
        np.asarray(body.weights[vertices].argmax(axis=1)).ravel()
    ]
    return names


def starts(names: NDArray[np.str_], prefixes: tuple[str, ...]) -> BoolArray:
    """Returns which names (K,) start with any of the prefixes."""
    matches = np.zeros(len(names), dtype=bool)
    for prefix in prefixes:
        matches |= np.char.startswith(names, prefix)
    return matches


def body_parts(body: Body, vertices: IntArray) -> dict[str, BoolArray]:
    """Names the parts of a body.

    Args:
        body: the person.
        vertices: (K,) rows of the base mesh.

    Returns:
        Masks (K,). ``head`` (with the upper neck), ``trunk`` (pelvis to the base of the neck, with
        the shoulder girdle), ``arms`` and ``legs`` (with the feet) share nobody's vertex and leave
        none out. Of each foot, shod or bare, ``left_foot`` is all, ``left_forefoot`` the toes and
        the ball, ``left_heel`` what lies behind the ankle joint and below it.
    """
    bones = leading_bones(body, vertices)
    skin = body.rest_m[vertices]
    arms, legs, head = (starts(bones, names) for names in (ARM_BONES, LEG_BONES, HEAD_BONES))
    parts = {"head": head, "arms": arms, "legs": legs, "trunk": ~(head | arms | legs)}
    feet = starts(bones, FOOT_BONES)
    for side, initial in (("left", "l"), ("right", "r")):
        foot = feet & np.char.endswith(bones, f".{initial.upper()}")
        ankle = body.joint_m(f"{initial}-ankle")
        parts[f"{side}_foot"] = foot
        parts[f"{side}_forefoot"] = foot & (
            _ahead_of_knuckles_m(body, initial, skin) > -_BALL_BEHIND_KNUCKLES_M
        )
        parts[f"{side}_heel"] = foot & (skin[:, 2] < ankle[2]) & (skin[:, 1] < ankle[1])
    return parts


def _ahead_of_knuckles_m(body: Body, initial: str, skin: FloatArray) -> FloatArray:
    """How far (K,) points lie in front of the line through the knuckles of the toes."""
    big, little = (body.joint_m(f"{initial}-toe-{toe}-1") for toe in ("1", "5"))
    slope = (little[2] - big[2]) / (little[0] - big[0])
    ahead: FloatArray = skin[:, 2] - (big[2] + slope * (skin[:, 0] - big[0]))
    return ahead
