"""Colours and words of the verdicts, the same on the picture, in charts and in the page.

Told apart without red and green (after Okabe and Ito), and never by colour alone: every use adds a
shape, a line style or a word.
"""

from __future__ import annotations

from formcheck.types import Level

Rgb = tuple[int, int, int]

LEVEL_RGB: dict[Level, Rgb] = {
    Level.NOT_JUDGED: (150, 158, 170),
    Level.GOOD: (32, 201, 160),
    Level.WARN: (255, 200, 61),
    Level.FAULT: (255, 98, 51),
}
"""On dark ground and on pictures."""

LEVEL_WORD: dict[Level, str] = {
    Level.NOT_JUDGED: "not judged",
    Level.GOOD: "good",
    Level.WARN: "warning",
    Level.FAULT: "fault",
}

PANEL: Rgb = (18, 22, 29)
PANEL_RAISED: Rgb = (36, 43, 55)
INK: Rgb = (244, 246, 249)
INK_SOFT: Rgb = (171, 180, 194)
INFO: Rgb = (106, 176, 255)
OUTLINE: Rgb = (12, 14, 18)
FAR_SIDE: Rgb = (206, 212, 222)
FAR_OUTLINE: Rgb = (84, 92, 106)
REFERENCE: Rgb = (255, 255, 255)


def css(rgb: Rgb) -> str:
    """The colour as CSS and matplotlib write it, e.g. ``#20c9a0``."""
    return "#{:02x}{:02x}{:02x}".format(*rgb)
