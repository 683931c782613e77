"""Small signs that tell the verdicts apart by shape."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from formcheck.types import Level

_OVERSAMPLING = 4


def _ring(draw: ImageDraw.ImageDraw, n: float) -> None:
    draw.ellipse((0.04 * n, 0.04 * n, 0.96 * n, 0.96 * n), fill=255)


def _good(draw: ImageDraw.ImageDraw, n: float) -> None:
    _ring(draw, n)
    tick = [(0.27 * n, 0.52 * n), (0.44 * n, 0.68 * n), (0.74 * n, 0.34 * n)]
    draw.line(tick, fill=0, width=round(0.11 * n), joint="curve")


def _warn(draw: ImageDraw.ImageDraw, n: float) -> None:
    draw.polygon([(0.5 * n, 0.04 * n), (0.98 * n, 0.92 * n), (0.02 * n, 0.92 * n)], fill=255)
    draw.rectangle((0.45 * n, 0.34 * n, 0.55 * n, 0.64 * n), fill=0)
    draw.ellipse((0.44 * n, 0.70 * n, 0.56 * n, 0.82 * n), fill=0)


def _fault(draw: ImageDraw.ImageDraw, n: float) -> None:
    cut, low, high = 0.29, 0.03, 0.97
    corners = [(cut, low), (1 - cut, low), (high, cut), (high, 1 - cut)]
    corners += [(1 - cut, high), (cut, high), (low, 1 - cut), (low, cut)]
    draw.polygon([(x * n, y * n) for x, y in corners], fill=255)
    for x0, x1 in ((0.31, 0.69), (0.69, 0.31)):
        draw.line((x0 * n, 0.31 * n, x1 * n, 0.69 * n), fill=0, width=round(0.11 * n))


def _not_judged(draw: ImageDraw.ImageDraw, n: float) -> None:
    _ring(draw, n)
    draw.rectangle((0.27 * n, 0.445 * n, 0.73 * n, 0.555 * n), fill=0)


_DRAWN = {
    Level.GOOD: _good,
    Level.WARN: _warn,
    Level.FAULT: _fault,
    Level.NOT_JUDGED: _not_judged,
}


@lru_cache(maxsize=64)
def icon(level: Level, size_px: int) -> NDArray[np.uint8]:
    """The sign of one verdict: tick, triangle, octagon with a cross, or dash.

    Returns:
        uint8 (size, size): coverage, read-only.
    """
    big = size_px * _OVERSAMPLING
    image = Image.new("L", (big, big), 0)
    _DRAWN[level](ImageDraw.Draw(image), float(big))
    found = np.asarray(image.resize((size_px, size_px), Image.Resampling.LANCZOS), dtype=np.uint8)
    found.flags.writeable = False
    return found
