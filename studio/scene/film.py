"""What a cheap camera does to the picture: softness, flicker and grain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from studio.arrays import FloatArray, ImageArray

# Grain is cut from one large sheet at a random place: as good as new grain, and much quicker.
_SHEET_MARGIN_PX = 160


@dataclass(frozen=True, slots=True)
class FilmLook:
    """Flaws of the camera.

    Attributes:
        blur_px: softness of the lens, standard deviation.
        grain: noise of the sensor at mid-grey, 1 is full scale.
        flicker: how far the exposure wanders.
    """

    blur_px: float = 0.5
    grain: float = 0.018
    flicker: float = 0.006


class Film:
    """Turns clean pictures into camera pictures, the same for the same seed."""

    def __init__(self, look: FilmLook, width_px: int, height_px: int, seed: int) -> None:
        self._look, self._size = look, (height_px, width_px)
        self._generator = np.random.default_rng([seed, 7])
        shape = (height_px + _SHEET_MARGIN_PX, width_px + _SHEET_MARGIN_PX, 3)
        # Sensor noise is mostly of brightness, a little of colour.
        noise = self._generator.standard_normal(shape, dtype=np.float32)
        common = self._generator.standard_normal((*shape[:2], 1), dtype=np.float32)
        self._sheet = 0.5 * noise + 0.87 * common

    def expose(self, picture: FloatArray) -> ImageArray:
        """Returns the frame (height, width, 3) for a picture in 0..1."""
        look, (height, width) = self._look, self._size
        soft = gaussian_filter(picture, (look.blur_px, look.blur_px, 0.0), truncate=2.5)
        row, column = self._generator.integers(0, _SHEET_MARGIN_PX, 2)
        grain = self._sheet[row : row + height, column : column + width]
        exposure = 1.0 + look.flicker * self._generator.standard_normal()
        soft *= exposure
        # Dark parts get less noise on the file's scale, but a larger share of it.
        noisy = soft + look.grain * grain * (0.4 + 0.6 * np.sqrt(np.clip(soft, 0.0, 1.0)))
        frame: ImageArray = (np.clip(noisy, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
        return frame
