"""What a slowed clip says of itself: the time in the source, how slow it runs, which landing."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formcheck.presentation import palette, text
from formcheck.presentation.canvas import Canvas
from formcheck.types import Hop

__all__ = ["SlowStamp", "source_time"]

_LANDED_S = 0.12
"""A landing is named for so long of the source: half a second as it is shown."""


class SlowStamp:
    """Writes on the pictures of one slowed clip, below its panel.

    Args:
        canvas: Where the panel ends.
        found: The jumps, in order of time.
        factor: How many times slower the slowed stretches are.
    """

    def __init__(self, canvas: Canvas, found: Sequence[Hop], factor: float) -> None:
        self._top_px = canvas.panel_height_px
        self._size_px = max(12, round(20 * canvas.unit))
        self._landings_s = [hop.landing_s for hop in found]
        self._slow = f"{factor:g} times slower"

    def __call__(self, image_rgb: NDArray[np.uint8], t_s: float, slowed: bool) -> None:
        """Writes on one picture.

        Args:
            image_rgb: uint8 (height, width, 3), changed in place.
            t_s: Its time in the source.
            slowed: Whether it is shown longer.
        """
        self._badge(image_rgb, self.words(t_s, slowed), bold=self._landing(t_s) is not None)

    def words(self, t_s: float, slowed: bool) -> str:
        """What is written on the picture of a moment."""
        parts = [source_time(t_s)]
        parts += [self._slow] if slowed else []
        landing = self._landing(t_s)
        parts += [] if landing is None else [f"landing {landing}"]
        return "  ·  ".join(parts)

    def _landing(self, t_s: float) -> int | None:
        """Number of the jump that has just landed, from 1 on."""
        place = bisect_left(self._landings_s, t_s + 1e-6)
        if place == 0 or t_s - self._landings_s[place - 1] > _LANDED_S:
            return None
        return place

    def _badge(self, image_rgb: NDArray[np.uint8], words: str, *, bold: bool) -> None:
        letters = text.mask(words, self._size_px, bold)
        pad = self._size_px // 3
        x, y = pad, self._top_px + pad
        ground = image_rgb[y : y + letters.shape[0] + pad, x : x + letters.shape[1] + 2 * pad]
        ground[:] = palette.PANEL
        ink = palette.INFO if bold else palette.INK
        text.paste(image_rgb, letters, x + pad, y + pad // 2, ink)


def source_time(t_s: float) -> str:
    """A time of the source to a hundredth, e.g. ``0:01.17``."""
    hundredths = math.floor(t_s * 100 + 0.5)
    return f"{hundredths // 6000}:{hundredths % 6000 // 100:02d}.{hundredths % 100:02d}"
