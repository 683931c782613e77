"""A ring where a foot has landed: drawn once the landing is known, at the place it happened."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.landmarks import Joint, Side
from formcheck.presentation import palette
from formcheck.types import Hop, Level, Pose, StepOutput

__all__ = ["LandingPainter"]

_SHOWN_S = 0.35
_BEHIND_S = 3.0
"""So long after a landing it may still be told; where the feet were then is remembered."""

_AT_LANDING_S = 0.08
_SEEN = 0.3
_FRACTION_BITS = 4
_FAR_AWAY_PX = 20_000.0

_Point = tuple[float, float]


class LandingPainter:
    """Draws the landings of one clip.

    Args:
        scale: Canvas pixels for each pixel of the clip.
        stroke_px: Width of a bold line on the canvas.
    """

    def __init__(self, scale: float, stroke_px: float) -> None:
        self._scale = scale
        self._stroke = stroke_px
        self._feet: deque[tuple[float, dict[Side, _Point]]] = deque()
        self._told: tuple[float, tuple[_Point, ...], Level] | None = None

    def draw(self, picture: NDArray[np.uint8], pose: Pose | None, step: StepOutput) -> None:
        """Draws the last landing while it is news.

        Args:
            picture: uint8 (height, width, 3) at canvas scale, changed in place.
            pose: The landmarks in this frame, or None.
            step: Tells which jumps were over at this moment.
        """
        if pose is not None:
            self._feet.append((step.t_s, _feet(pose)))
        while self._feet and self._feet[0][0] < step.t_s - _BEHIND_S:
            self._feet.popleft()
        for hop in step.landed:
            places = tuple(self._places(hop))
            level = max(hop.levels.values(), default=Level.NOT_JUDGED)
            self._told = (step.t_s, places, level) if places else self._told
        if self._told is None or step.t_s - self._told[0] > _SHOWN_S:
            return
        told_s, places, level = self._told
        places = _joined(places, self._stroke * 8.0 / self._scale)
        age = (step.t_s - told_s) / _SHOWN_S
        for x, y in places:
            self._ring(picture, (x * self._scale, y * self._scale), age, level)

    def _places(self, hop: Hop) -> Iterable[_Point]:
        """Where the feet that landed were then, in pixels of the clip."""
        near = min(self._feet, key=lambda seen: abs(seen[0] - hop.landing_s), default=None)
        if near is None or abs(near[0] - hop.landing_s) > _AT_LANDING_S:
            return ()
        return (at for side, at in near[1].items() if hop.foot in (None, side))

    def _ring(self, picture: NDArray[np.uint8], at: _Point, age: float, level: Level) -> None:
        """A flat ellipse, as if it lay on the floor; it widens and thins out. Faults have two."""
        wide = self._stroke * (5.0 + 4.0 * age)
        width = max(1, round(self._stroke * 0.8 * (1.0 - age)))
        rings = (1.0, 0.6) if level is Level.FAULT else (1.0,)
        centre = _fixed(at)
        for share in rings:
            axes = _fixed((wide * share, wide * share * 0.4))
            for colour, thick in ((palette.OUTLINE, width + 2), (palette.LEVEL_RGB[level], width)):
                cv2.ellipse(
                    picture, centre, axes, 0, 0, 360, colour, thick, cv2.LINE_AA, _FRACTION_BITS
                )


def _joined(places: tuple[_Point, ...], near_px: float) -> tuple[_Point, ...]:
    """Feet that are seen one behind the other get one ring between them."""
    if len(places) == 2 and math.dist(*places) < near_px:
        return (((places[0][0] + places[1][0]) / 2, max(places[0][1], places[1][1])),)
    return places


def _fixed(point: _Point) -> tuple[int, int]:
    x, y = (min(_FAR_AWAY_PX, max(-_FAR_AWAY_PX, value)) for value in point)
    return round(x * (1 << _FRACTION_BITS)), round(y * (1 << _FRACTION_BITS))


def _feet(pose: Pose) -> dict[Side, _Point]:
    """The lowest seen point of each foot, in the middle between heel and toes."""
    found = {}
    for side in Side:
        ends = [joint.on(side) for joint in (Joint.HEEL, Joint.FOOT_INDEX)]
        seen = [pose.xy_px[i] for i in ends if pose.visibility[i] >= _SEEN]
        if seen:
            x = float(np.mean([p[0] for p in seen]))
            y = float(max(p[1] for p in seen))
            if math.isfinite(x) and math.isfinite(y):
                found[side] = (x, y)
    return found
