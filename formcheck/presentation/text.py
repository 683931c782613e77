"""Text as small pictures that are rendered once and pasted many times.

The font is DejaVu Sans as matplotlib ships it, so the result is the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from formcheck.presentation.palette import Rgb

_FONT_FILES = {False: "DejaVuSans.ttf", True: "DejaVuSans-Bold.ttf"}


@lru_cache(maxsize=64)
def _font(size_px: int, bold: bool) -> ImageFont.FreeTypeFont:
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", _FONT_FILES[bold])
    # The basic engine does not depend on a shaping library that may or may not be installed.
    return ImageFont.truetype(str(path), size_px, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=512)
def mask(text: str, size_px: int, bold: bool = False) -> NDArray[np.uint8]:
    """One line of text.

    Args:
        text: What is written.
        size_px: Font size.
        bold: Heavy letters.

    Returns:
        uint8 (height, width): how much of each pixel the letters cover, read-only. The height is
        that of a line, whatever the letters.
    """
    font = _font(size_px, bold)
    ascent, descent = font.getmetrics()
    width = max(1, width_px(text, size_px, bold))
    image = Image.new("L", (width, ascent + descent), 0)
    ImageDraw.Draw(image).text((0, 0), text, fill=255, font=font)
    found = np.asarray(image, dtype=np.uint8)
    found.flags.writeable = False
    return found


@lru_cache(maxsize=1024)
def width_px(text: str, size_px: int, bold: bool = False) -> int:
    """Width of one line."""
    return int(np.ceil(_font(size_px, bold).getlength(text)))


def line_height_px(size_px: int) -> int:
    """Height of one line."""
    return sum(_font(size_px, False).getmetrics())


def paste(image: NDArray[np.uint8], text: NDArray[np.uint8], x: int, y: int, colour: Rgb) -> None:
    """Write a mask into a picture, cut off at its edges.

    Args:
        image: uint8 (height, width, 3), changed in place.
        text: uint8 mask (h, w).
        x: Left edge of the mask.
        y: Upper edge of the mask.
        colour: Of the letters.
    """
    height, width = image.shape[:2]
    x0, y0 = max(0, x), max(0, y)
    x1, y1 = min(width, x + text.shape[1]), min(height, y + text.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    alpha = text[y0 - y : y1 - y, x0 - x : x1 - x, None].astype(np.int32)
    ground = image[y0:y1, x0:x1]
    ink = np.array(colour, dtype=np.int32)
    ground[:] = (ground + (ink - ground) * alpha // 255).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that fit into a box.

    Attributes:
        lines: The text, cut at words.
        size_px: Font size.
    """

    lines: tuple[str, ...]
    size_px: int


def _wrapped(text: str, size_px: int, bold: bool, box_width_px: int) -> tuple[str, ...]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_px(longer, size_px, bold) > box_width_px:
            lines.append(word)
        else:
            lines[-1] = longer
    return tuple(lines)


def _shortened(line: str, size_px: int, bold: bool, box_width_px: int) -> str:
    while line and width_px(f"{line}…", size_px, bold) > box_width_px:
        line = line[:-1].rstrip()
    return f"{line}…"


@lru_cache(maxsize=256)
def fit(
    text: str,
    box_width_px: int,
    box_height_px: int,
    *,
    largest_px: int,
    smallest_px: int,
    bold: bool,
) -> Block:
    """The largest text that fits into a box, cut off with an ellipsis when none does.

    Returns:
        Lines and font size, from ``largest_px`` down to ``smallest_px``.
    """
    size = largest_px
    while True:
        lines = _wrapped(text, size, bold, box_width_px)
        room = max(1, box_height_px // line_height_px(size))
        widest = max(width_px(line, size, bold) for line in lines)
        if len(lines) <= room and widest <= box_width_px:
            return Block(lines, size)
        if size <= smallest_px:
            break
        size -= 1
    kept = list(lines[:room])
    cut_off = len(lines) > room
    for i, line in enumerate(kept):
        last = cut_off and i == len(kept) - 1
        if last or width_px(line, size, bold) > box_width_px:
            kept[i] = _shortened(line, size, bold, box_width_px)
    return Block(tuple(kept), size)
