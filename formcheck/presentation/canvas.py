"""Where the picture and the panel lie on the annotated frame."""

from __future__ import annotations

from dataclasses import dataclass

_LONGEST_PX = 1920
_NARROWEST_LANDSCAPE_PX = 640
_NARROWEST_PORTRAIT_PX = 480


def _even(value: float) -> int:
    """Video codecs want even sizes."""
    return max(2, 2 * round(value / 2))


@dataclass(frozen=True, slots=True)
class Canvas:
    """The layout of one clip: a panel above the picture, so that text never covers the person.

    The panel is above, because players lay their controls over the lower edge.

    Attributes:
        width_px: Width of the whole.
        height_px: Height of the whole.
        panel_height_px: Height of the panel.
        two_rows: Whether the panel has two rows, for narrow clips.
        unit: Size of the panel's parts; 1 at about 1100 pixels of width.
        scale: Pixels on the canvas for each pixel of the clip.
        picture_x_px: Left edge of the picture.
        picture_width_px: Width of the picture.
        picture_height_px: Height of the picture.
    """

    width_px: int
    height_px: int
    panel_height_px: int
    two_rows: bool
    unit: float
    scale: float
    picture_x_px: int
    picture_width_px: int
    picture_height_px: int

    @classmethod
    def of(cls, width_px: int, height_px: int) -> Canvas:
        """The layout for clips of one size.

        Raises:
            ValueError: a side is shorter than one pixel.
        """
        if width_px < 1 or height_px < 1:
            raise ValueError(f"a picture of {width_px} x {height_px} pixels has no room")
        landscape = width_px >= height_px
        narrowest = _NARROWEST_LANDSCAPE_PX if landscape else _NARROWEST_PORTRAIT_PX
        scale = max(1.0, narrowest / width_px)
        scale = min(scale, _LONGEST_PX / max(width_px, height_px))
        picture_width, picture_height = _even(width_px * scale), _even(height_px * scale)
        width = max(picture_width, narrowest)
        # Wide and flat clips keep one row; a row that is split in three is too tight below this.
        two_rows = not landscape or width < _NARROWEST_LANDSCAPE_PX
        unit = min(1.7, max(0.75, width / (620 if two_rows else 1100)))
        panel_height = _even((168 if two_rows else 96) * unit)
        return cls(
            width_px=width,
            height_px=panel_height + picture_height,
            panel_height_px=panel_height,
            two_rows=two_rows,
            unit=unit,
            scale=scale,
            picture_x_px=(width - picture_width) // 2,
            picture_width_px=picture_width,
            picture_height_px=picture_height,
        )
