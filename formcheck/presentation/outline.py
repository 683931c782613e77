"""Draws the edges of the trunk as they were found in the picture."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.presentation import palette
from formcheck.types import Outline

_STANDS_S = 0.15
"""The edges are looked for in some frames only; in between the last ones stand."""

_FRACTION_BITS = 4
_FAR_AWAY_PX = 20_000.0


class OutlinePainter:
    """Draws the outline of the trunk of one clip, thin: it is evidence and no verdict.

    Args:
        scale: Canvas pixels for each pixel of the clip.
        stroke_px: Width of a bold line on the canvas.
    """

    def __init__(self, scale: float, stroke_px: float) -> None:
        self._scale = scale
        self._width = max(1, round(stroke_px * 0.25))
        self._last: Outline | None = None
        self._found_s = -math.inf

    def draw(self, picture: NDArray[np.uint8], outline: Outline | None, t_s: float) -> None:
        """Draw both edges, broken where they can't be trusted.

        Args:
            picture: uint8 (height, width, 3) at canvas scale, changed in place.
            outline: In pixels of the clip; None when it was not looked for or not found.
            t_s: Time of the frame; the last outline is drawn again for 0.15 s.
        """
        if outline is not None:
            self._last, self._found_s = outline, t_s
        elif t_s - self._found_s > _STANDS_S:
            self._last = None
        if self._last is not None:
            self._paint(picture, self._last)

    def _paint(self, picture: NDArray[np.uint8], outline: Outline) -> None:
        lines = [
            _fixed(run * self._scale)
            for edge in (outline.upper_px, outline.lower_px)
            for run in trusted_runs(edge)
        ]
        for colour, width in (
            (palette.OUTLINE, self._width + 2),
            (palette.REFERENCE, self._width),
        ):
            cv2.polylines(picture, lines, False, colour, width, cv2.LINE_AA, _FRACTION_BITS)


def trusted_runs(edge_px: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The stretches of an edge, float32 (n, 2), without a point that is NaN, of two or more."""
    seen = np.isfinite(edge_px).all(axis=1)
    breaks = np.flatnonzero(np.diff(seen.astype(np.int8))) + 1
    runs = np.split(edge_px, breaks)
    return [run for run in runs if len(run) >= 2 and np.isfinite(run).all()]


def _fixed(points: NDArray[np.float32]) -> NDArray[np.int32]:
    near = np.clip(points, -_FAR_AWAY_PX, _FAR_AWAY_PX) * (1 << _FRACTION_BITS)
    fixed: NDArray[np.int32] = np.round(near).astype(np.int32)
    return fixed
