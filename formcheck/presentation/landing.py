"""A ring where a foot has landed: on the pictures of the landing, or, live, as soon as it is told.

A jump is told when its contact is over, about a third of a second after its landing. What is
recorded waits for that; what is shown live can't.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.landmarks import Joint, Side
from formcheck.presentation import palette
from formcheck.presentation.canvas import Canvas
from formcheck.types import Hop, Level, Pose, StepOutput

__all__ = ["Annotated", "LandingPainter", "LateRings"]

_FLASH_S = 0.25
"""How long the ring is seen on a recording, from the landing on."""

_LIVE_S = 0.15
"""How long it is seen live, from when the jump is told; longer, and the next landing is there."""

_BEHIND_S = 3.0
"""So long after a landing it may still be told; where the feet were then is remembered."""

_WAIT_S = 0.8
_MOST_BYTES = 128_000_000
"""Pictures wait for the news of a landing for so long, and no more of them than this."""

_AT_LANDING_S = 0.08
_SEEN = 0.3
_FRACTION_BITS = 4
_FAR_AWAY_PX = 20_000.0

_Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Ring:
    """One landing: when, where in pixels of the clip, and how it was judged."""

    landing_s: float
    places: tuple[_Point, ...]
    level: Level


@dataclass(frozen=True, slots=True, eq=False)
class Annotated:
    """One annotated picture on its way into a recording.

    Attributes:
        image_rgb: uint8 (canvas height, canvas width, 3).
        step: What the engine says of it.
        centre_x_px: Where the person is on it, or None.
    """

    image_rgb: NDArray[np.uint8]
    step: StepOutput
    centre_x_px: float | None


class _Feet:
    """Where the feet were in the last seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, dict[Side, _Point]]] = deque()

    def add(self, t_s: float, pose: Pose | None) -> None:
        """Remembers one moment."""
        if pose is not None:
            self._seen.append((t_s, _feet(pose)))
        while self._seen and self._seen[0][0] < t_s - _BEHIND_S:
            self._seen.popleft()

    def ring(self, hop: Hop) -> _Ring | None:
        """The ring of a jump, or None when the feet were not seen at its landing."""
        near = min(self._seen, key=lambda seen: abs(seen[0] - hop.landing_s), default=None)
        if near is None or abs(near[0] - hop.landing_s) > _AT_LANDING_S:
            return None
        places = tuple(at for side, at in near[1].items() if hop.foot in (None, side))
        level = max(hop.levels.values(), default=Level.NOT_JUDGED)
        return _Ring(hop.landing_s, places, level) if places else None


class LandingPainter:
    """Draws the landings of a live session, each once it is told.

    Args:
        scale: Canvas pixels for each pixel of the clip.
        stroke_px: Width of a bold line on the canvas.
    """

    def __init__(self, scale: float, stroke_px: float) -> None:
        self._scale = scale
        self._stroke = stroke_px
        self._feet = _Feet()
        self._told: tuple[float, _Ring] | None = None

    def draw(self, picture: NDArray[np.uint8], pose: Pose | None, step: StepOutput) -> None:
        """Draws the last landing while it is news.

        Args:
            picture: uint8 (height, width, 3) at canvas scale, changed in place.
            pose: The landmarks in this frame, or None.
            step: Tells which jumps were over at this moment.
        """
        self._feet.add(step.t_s, pose)
        for hop in step.landed:
            ring = self._feet.ring(hop)
            self._told = self._told if ring is None else (step.t_s, ring)
        if self._told is None or step.t_s - self._told[0] > _LIVE_S:
            return
        told_s, ring = self._told
        _draw(picture, ring, (step.t_s - told_s) / _LIVE_S, self._scale, self._stroke)


class LateRings:
    """Holds back the pictures of a recording until the landings in them are known.

    A landing that is told too late, as the pictures of it are gone, gets no ring.

    Args:
        canvas: Where the picture lies on the annotated frame.
        stroke_px: Width of a bold line on the canvas.
    """

    def __init__(self, canvas: Canvas, stroke_px: float) -> None:
        self._canvas = canvas
        self._stroke = stroke_px
        self._feet = _Feet()
        self._waiting: deque[Annotated] = deque()
        self._rings: deque[_Ring] = deque(maxlen=8)
        self._most = max(1, _MOST_BYTES // (3 * canvas.width_px * canvas.height_px))

    def pass_on(self, annotated: Annotated, pose: Pose | None) -> Iterator[Annotated]:
        """Takes one picture, in order of time, and gives those that need not wait any more."""
        step = annotated.step
        self._feet.add(step.t_s, pose)
        for ring in self._rings:
            self._draw(annotated, ring)
        self._waiting.append(annotated)
        for hop in step.landed:
            ring_of_hop = self._feet.ring(hop)
            if ring_of_hop is not None:
                self._rings.append(ring_of_hop)
                for waiting in self._waiting:
                    self._draw(waiting, ring_of_hop)
        while len(self._waiting) > self._most or self._waiting[0].step.t_s < step.t_s - _WAIT_S:
            yield self._waiting.popleft()

    def rest(self) -> Iterator[Annotated]:
        """Gives what still waits, at the end."""
        while self._waiting:
            yield self._waiting.popleft()

    def _draw(self, annotated: Annotated, ring: _Ring) -> None:
        age = (annotated.step.t_s - ring.landing_s) / _FLASH_S
        if not 0.0 <= age < 1.0:
            return
        at = self._canvas
        left = at.picture_x_px
        picture = annotated.image_rgb[at.panel_height_px :, left : left + at.picture_width_px]
        _draw(picture, ring, age, at.scale, self._stroke)


def _draw(picture: NDArray[np.uint8], ring: _Ring, age: float, scale: float, stroke: float) -> None:
    """Flat ellipses, as if they lay on the floor; they widen and thin out. Faults have two."""
    wide = stroke * (5.0 + 4.0 * age)
    width = max(1, round(stroke * 0.8 * (1.0 - age)))
    shares = (1.0, 0.6) if ring.level is Level.FAULT else (1.0,)
    colour = palette.LEVEL_RGB[ring.level]
    for x, y in _joined(ring.places, stroke * 8.0 / scale):
        for share in shares:
            for ink, thick in ((palette.OUTLINE, width + 2), (colour, width)):
                cv2.ellipse(
                    picture,
                    _fixed((x * scale, y * scale)),
                    _fixed((wide * share, wide * share * 0.4)),
                    0,
                    0,
                    360,
                    ink,
                    thick,
                    cv2.LINE_AA,
                    _FRACTION_BITS,
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
