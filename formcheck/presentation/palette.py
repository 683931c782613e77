"""Colours and words of the verdicts, the same on the picture, in charts and in the page.

Told apart without red and green (after Okabe and Ito), and never by colour alone: every use adds a
shape, a line style or a word.
"""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class PageColours:
    """Colours of a page that is read, not looked through; text passes WCAG AA on both grounds.

    Attributes:
        ground: Behind everything.
        raised: Behind cards and fields.
        ink: Text.
        soft: Less important text.
        line: Borders.
        good: Words and signs of the verdict good.
        warn: The same of a warning.
        fault: The same of a fault.
        link: Links, focus and what is to be pressed.
    """

    ground: str
    raised: str
    ink: str
    soft: str
    line: str
    good: str
    warn: str
    fault: str
    link: str


LIGHT_PAGE = PageColours(
    ground="#ffffff",
    raised="#f3f5f8",
    ink="#161b22",
    soft="#4d5868",
    line="#d5dbe3",
    good="#04755a",
    warn="#7d5700",
    fault="#b3330b",
    link="#0b5fc2",
)
DARK_PAGE = PageColours(
    ground="#12161d",
    raised="#1d232d",
    ink="#f1f4f8",
    soft="#aeb8c6",
    line="#3a4452",
    good="#2fd3aa",
    warn="#ffc83d",
    fault="#ff8a66",
    link="#7db8ff",
)

SERIES = ("#0072b2", "#d55e00", "#00946c", "#c06a9c", "#8a7500", "#7a7f87")
"""Series of a chart, after Okabe and Ito: each stands out from a light and from a dark ground."""
