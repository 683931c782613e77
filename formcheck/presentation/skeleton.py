"""Draws the body: the measured side bold and by verdict, the other side thin."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.judgement.rule import Exercise
from formcheck.landmarks import EDGES, Joint, Landmark, Side
from formcheck.presentation import palette
from formcheck.types import Level, Pose, StepOutput

Point = tuple[float, float]

_SEEN = 0.3
"""Below this a landmark is a guess; drawing it would look like knowledge."""

_CHAINS: tuple[tuple[Joint, ...], ...] = (
    (Joint.EAR, Joint.SHOULDER, Joint.HIP, Joint.KNEE, Joint.ANKLE, Joint.HEEL, Joint.FOOT_INDEX),
    (Joint.SHOULDER, Joint.ELBOW, Joint.WRIST),
)
_FRACTION_BITS = 4
_FAR_AWAY_PX = 20_000.0


def _fixed(point: Point) -> tuple[int, int]:
    """OpenCV's fixed-point pixels, so that lines don't jump from pixel to pixel."""
    x, y = (min(_FAR_AWAY_PX, max(-_FAR_AWAY_PX, value)) for value in point)
    return round(x * (1 << _FRACTION_BITS)), round(y * (1 << _FRACTION_BITS))


def line(
    image: NDArray[np.uint8], start: Point, end: Point, colour: palette.Rgb, width_px: int
) -> None:
    """One antialiased line."""
    cv2.line(image, _fixed(start), _fixed(end), colour, width_px, cv2.LINE_AA, _FRACTION_BITS)


def dashes(
    image: NDArray[np.uint8],
    start: Point,
    end: Point,
    colour: palette.Rgb,
    width_px: int,
    *,
    dash_px: float,
) -> None:
    """One broken line, its gaps as long as its dashes."""
    a, b = np.array(start), np.array(end)
    length = float(np.hypot(*(b - a)))
    n = min(200, max(1, round(length / dash_px / 2)))
    for i in range(n):
        first, last = a + (b - a) * i / n, a + (b - a) * (i + 0.55) / n
        line(image, (first[0], first[1]), (last[0], last[1]), colour, width_px)


def dot(image: NDArray[np.uint8], at: Point, radius_px: float, colour: palette.Rgb) -> None:
    """One filled, antialiased dot."""
    radius = round(radius_px * (1 << _FRACTION_BITS))
    cv2.circle(image, _fixed(at), radius, colour, cv2.FILLED, cv2.LINE_AA, _FRACTION_BITS)


def segment_levels(exercise: Exercise, step: StepOutput) -> dict[tuple[Joint, Joint], Level]:
    """The worst verdict on each segment of the measured side.

    A check marks the stretch of body between the joints that its measure needs; a segment that no
    check looks at is missing.
    """
    found: dict[tuple[Joint, Joint], Level] = {}
    for check in exercise.checks:
        state = step.checks.get(check.code)
        if state is None or not step.judged:
            continue
        for chain in _CHAINS:
            places = [i for i, joint in enumerate(chain) if joint in check.measure.needs]
            for i in range(min(places, default=0), max(places, default=0)):
                segment = (chain[i], chain[i + 1])
                found[segment] = max(found.get(segment, Level.NOT_JUDGED), state.level)
    return found


class SkeletonPainter:
    """Draws the landmarks of one clip.

    Args:
        exercise: Tells which segments a check looks at.
        scale: Canvas pixels for each pixel of the clip.
        stroke_px: Width of a bold line on the canvas.
    """

    def __init__(self, exercise: Exercise, scale: float, stroke_px: float) -> None:
        self._exercise = exercise
        self._scale = scale
        self._stroke = stroke_px

    def draw(self, picture: NDArray[np.uint8], pose: Pose, step: StepOutput) -> None:
        """Draw one pose into a picture.

        Args:
            picture: uint8 (height, width, 3) at canvas scale, changed in place.
            pose: Landmarks in pixels of the clip.
            step: The verdicts.
        """
        points = pose.xy_px * self._scale
        seen = (pose.visibility >= _SEEN) & np.isfinite(points).all(axis=1)
        levels = segment_levels(self._exercise, step)
        near = {joint.on(side): joint for side in self._sides(step) for joint in Joint}
        bold: list[tuple[Point, Point, Level]] = []
        for a, b in EDGES:
            if not (seen[a] and seen[b]):
                continue
            start, end = _point(points, a), _point(points, b)
            if a in near and b in near and step.side is not None:
                level = levels.get((near[a], near[b]), Level.NOT_JUDGED)
                bold.append((start, end, level))
            else:
                thin = max(1, round(self._stroke * 0.3))
                line(picture, start, end, palette.FAR_OUTLINE, thin + 1)
                line(picture, start, end, palette.FAR_SIDE, thin)
        # Worst last, so that a fault is never painted over.
        for start, end, level in sorted(bold, key=lambda item: item[2]):
            self._segment(picture, start, end, level)
        for landmark in near:
            if seen[landmark]:
                self._joint(picture, _point(points, landmark))

    @staticmethod
    def _sides(step: StepOutput) -> Sequence[Side]:
        return () if step.side is None else (step.side,)

    def _segment(self, picture: NDArray[np.uint8], start: Point, end: Point, level: Level) -> None:
        colour, width = palette.LEVEL_RGB[level], max(2, round(self._stroke))
        if level is Level.FAULT:
            width = round(self._stroke * 1.6)
        elif level is Level.NOT_JUDGED:
            width = max(2, round(self._stroke * 0.7))
        line(picture, start, end, palette.OUTLINE, width + max(2, round(self._stroke * 0.5)))
        if level is Level.WARN:
            dashes(picture, start, end, colour, width, dash_px=self._stroke * 2.2)
            return
        line(picture, start, end, colour, width)
        if level is Level.FAULT:
            line(picture, start, end, palette.REFERENCE, max(1, round(self._stroke * 0.4)))

    def _joint(self, picture: NDArray[np.uint8], at: Point) -> None:
        radius = max(2.8, self._stroke * 0.72)
        dot(picture, at, radius + max(1.2, self._stroke * 0.33), palette.OUTLINE)
        dot(picture, at, radius, palette.INK)


def _point(points: NDArray[np.float32], landmark: Landmark) -> Point:
    return float(points[landmark, 0]), float(points[landmark, 1])
