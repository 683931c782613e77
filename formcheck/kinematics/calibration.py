"""From relative measures to centimetres, when the user's height is known."""

from __future__ import annotations

import math

SHOULDER_TO_HIP = 0.288
HIP_TO_ANKLE = 0.491
"""Segment lengths per stature: Drillis and Contini 1966, as printed in Winter, Biomechanics and
Motor Control of Human Movement (acromion 0.818, greater trochanter 0.530, ankle 0.039)."""

SHORTEST_CM, TALLEST_CM = 80.0, 250.0
"""No person's height lies outside; what does is a slip of the keyboard or another unit."""


def hip_offset_m(bend_deg: float, stature_m: float) -> float:
    """How far the hip lies off the shoulder–ankle line, + above, for a body of average proportions.

    The distance of the middle point of a line that is bent by a small angle β at that point is
    β·a·b / (a + b), with a and b its two parts: about 0.54 cm a degree at 1.70 m.

    Args:
        bend_deg: Bend at the hip (or its change from neutral), degrees.
        stature_m: Height of the person.
    """
    upper, lower = SHOULDER_TO_HIP * stature_m, HIP_TO_ANKLE * stature_m
    return math.radians(bend_deg) * upper * lower / (upper + lower)


def trunk_share_m(ratio: float, stature_m: float) -> float:
    """A length given per torso (shoulder to hip), in metres, for a body of average proportions.

    Args:
        ratio: The length over that of the torso.
        stature_m: Height of the person.
    """
    return ratio * SHOULDER_TO_HIP * stature_m


SCALE_AGREES = 0.2
"""Torsos of people of one stature differ by some 5 %, and landmarks place their ends to some 10."""


def scale_fits(torso_m: float, stature_m: float) -> bool:
    """Whether a torso measured by another scale (gravity's) fits a stature.

    Args:
        torso_m: Shoulder to hip.
        stature_m: Height of the person.
    """
    expected_m = SHOULDER_TO_HIP * stature_m
    return abs(torso_m - expected_m) <= SCALE_AGREES * expected_m
