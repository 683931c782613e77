"""Draws the main measure where it is: a straight line to compare with, an arc and the number."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.presentation import palette, text
from formcheck.presentation.skeleton import Point, dashes, dot
from formcheck.types import Level, Marker, Pose

_SWITCH_RATIO = 1.4


class MarkerPainter:
    """Draws the marker of one clip.

    Args:
        scale: Canvas pixels for each pixel of the clip.
        stroke_px: Width of a bold line on the canvas.
        label_px: Font size of the number.
    """

    def __init__(self, scale: float, stroke_px: float, label_px: int) -> None:
        self._scale = scale
        self._stroke = stroke_px
        self._label = label_px
        self._side = 1.0

    def draw(
        self,
        picture: NDArray[np.uint8],
        marker: Marker,
        label: str,
        level: Level,
        pose: Pose | None,
    ) -> None:
        """Draw one marker.

        Args:
            picture: uint8 (height, width, 3) at canvas scale, changed in place.
            marker: In pixels of the clip.
            label: The number; empty draws none.
            level: Verdict on the main measure.
            pose: The body that the number must not cover.
        """
        start, vertex, end = (
            (x * self._scale, y * self._scale)
            for x, y in (marker.start_px, marker.vertex_px, marker.end_px)
        )
        if not all(map(math.isfinite, (*start, *vertex, *end))):
            return
        colour = palette.LEVEL_RGB[level]
        thin = max(1, round(self._stroke * 0.35))
        dashes(picture, start, end, palette.OUTLINE, thin + 2, dash_px=self._stroke * 2.0)
        dashes(picture, start, end, palette.REFERENCE, thin, dash_px=self._stroke * 2.0)
        radius = self._arc(picture, start, vertex, end, colour)
        dot(picture, vertex, self._stroke * 1.3, palette.OUTLINE)
        dot(picture, vertex, self._stroke * 0.9, colour)
        if label:
            self._number(
                picture, (start, vertex, end), label=label, colour=colour, radius=radius, pose=pose
            )

    def _arc(
        self,
        picture: NDArray[np.uint8],
        start: Point,
        vertex: Point,
        end: Point,
        colour: palette.Rgb,
    ) -> float:
        """The arc of the smaller angle; returns its radius."""
        arms = [math.dist(vertex, start), math.dist(vertex, end)]
        radius = min(max(self._stroke * 5.0, 0.22 * min(arms)), self._stroke * 9.0)
        first = math.degrees(math.atan2(start[1] - vertex[1], start[0] - vertex[0]))
        sweep = math.degrees(math.atan2(end[1] - vertex[1], end[0] - vertex[0])) - first
        sweep = (sweep + 180.0) % 360.0 - 180.0
        n = max(2, round(abs(sweep) / 4))
        angles = np.radians(first + sweep * np.linspace(0.0, 1.0, n + 1))
        curve = np.stack([vertex[0] + radius * np.cos(angles), vertex[1] + radius * np.sin(angles)])
        fixed = np.round(np.clip(curve.T, -20_000, 20_000) * 16).astype(np.int32)[None]
        width = max(1, round(self._stroke * 0.5))
        cv2.polylines(picture, fixed, False, palette.OUTLINE, width + 2, cv2.LINE_AA, 4)
        cv2.polylines(picture, fixed, False, colour, width, cv2.LINE_AA, 4)
        return radius

    def _number(
        self,
        picture: NDArray[np.uint8],
        points: tuple[Point, Point, Point],
        *,
        label: str,
        colour: palette.Rgb,
        radius: float,
        pose: Pose | None,
    ) -> None:
        letters = text.mask(label, self._label, True)
        pad_x, pad_y = round(self._label * 0.4), round(self._label * 0.12)
        width, height = letters.shape[1] + 2 * pad_x, letters.shape[0] + 2 * pad_y
        x, y = self._place(picture, points, (width, height), radius, pose)
        cv2.rectangle(picture, (x, y), (x + width - 1, y + height - 1), palette.PANEL, cv2.FILLED)
        edge = max(2, round(self._stroke * 0.6))
        cv2.rectangle(picture, (x, y), (x + edge - 1, y + height - 1), colour, cv2.FILLED)
        text.paste(picture, letters, x + pad_x + edge // 2, y + pad_y, palette.INK)

    def _place(
        self,
        picture: NDArray[np.uint8],
        points: tuple[Point, Point, Point],
        size: tuple[int, int],
        radius: float,
        pose: Pose | None,
    ) -> tuple[int, int]:
        """Upper left corner of the number: across the line, on the side with more free room."""
        start, vertex, end = points
        along = math.atan2(end[1] - start[1], end[0] - start[0])
        across = (-math.sin(along), math.cos(along))
        if across[1] > 0:
            across = (-across[0], -across[1])
        body = np.zeros((0, 2), np.float32) if pose is None else pose.xy_px * self._scale
        height, width = picture.shape[:2]
        room: dict[float, tuple[float, int, int]] = {}
        for side in (1.0, -1.0):
            reach = radius * 1.5 + self._label + abs(across[0]) * size[0] / 2
            centre = (vertex[0] + side * across[0] * reach, vertex[1] + side * across[1] * reach)
            x = min(max(round(centre[0] - size[0] / 2), 0), max(0, width - size[0]))
            y = min(max(round(centre[1] - size[1] / 2), 0), max(0, height - size[1]))
            room[side] = (_clearance(body, x, y, size), x, y)
        # The side is kept unless the other one is clearly freer, or the number would flicker.
        if room[-self._side][0] > _SWITCH_RATIO * room[self._side][0] + self._label:
            self._side = -self._side
        return room[self._side][1:]


def _clearance(body: NDArray[np.float32], x: int, y: int, size: tuple[int, int]) -> float:
    """Distance in pixels from a box to the nearest landmark, or a large number without any."""
    body = body[np.isfinite(body).all(axis=1)]
    if not body.size:
        return 1e4
    low, high = np.array([x, y]), np.array([x + size[0], y + size[1]])
    gap = np.maximum(np.maximum(low - body, body - high), 0.0)
    return float(np.min(np.hypot(gap[:, 0], gap[:, 1])))
