"""What a cheap camera does to the picture: softness, flicker, grain, and frames that go missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from studio.arrays import FloatArray, ImageArray

# Grain is cut from one large sheet at a random place: as good as new grain, and much quicker.
_SHEET_MARGIN_PX = 160
_GRAIN_STREAM, _DROP_STREAM = 7, 14


@dataclass(frozen=True, slots=True)
class FilmLook:
    """Flaws of the camera.

    Attributes:
        blur_px: softness of the lens, standard deviation.
        grain: noise of the sensor at mid-grey in a well-lit room, 1 is full scale.
        flicker: how far the exposure wanders from frame to frame.
        mains_flicker: height of the brightness wave that mains light leaves, 0..0.2 or so.
        mains_hz: how often the wave passes a place in the picture.
        mains_bands: how many waves the picture holds at a time, 0 for the whole picture at once;
            a rolling shutter shows 0.5 to 2.
        shutter_s: how long each frame is exposed, which blurs motion: 1/60 indoors; 0 for none.
        dropped_ratio: share of the frames that are missing from the file.
        crf: how hard the video is compressed: 18 looks like the original, 40 falls to blocks.
    """

    blur_px: float = 0.5
    grain: float = 0.018
    flicker: float = 0.006
    mains_flicker: float = 0.0
    mains_hz: float = 1.3
    mains_bands: float = 0.8
    shutter_s: float = 0.0
    dropped_ratio: float = 0.0
    crf: int = 26


def frame_times(look: FilmLook, duration_s: float, fps: float, seed: int) -> list[float]:
    """Returns the times of the frames that are in the file.

    Args:
        look: says how many are missing; the first never is.
        duration_s: of the clip.
        fps: frames a second before any went missing.
        seed: of the clip.
    """
    count = round(duration_s * fps)
    kept = np.ones(count, dtype=bool)
    if look.dropped_ratio > 0.0:
        generator = np.random.default_rng([seed, _DROP_STREAM])
        kept = generator.random(count) >= look.dropped_ratio
        kept[:1] = True
    return [frame / fps for frame in range(count) if kept[frame]]


class Film:
    """Turns clean pictures into camera pictures, the same for the same seed."""

    def __init__(
        self, look: FilmLook, width_px: int, height_px: int, seed: int, gain: float = 1.0
    ) -> None:
        """Makes the grain.

        Args:
            look: the flaws.
            width_px: of the picture.
            height_px: of the picture.
            seed: of the clip.
            gain: how far the camera amplifies a dim room, and its grain with it.
        """
        self._look, self._size, self._grain = look, (height_px, width_px), look.grain * gain
        self._generator = np.random.default_rng([seed, _GRAIN_STREAM])
        shape = (height_px + _SHEET_MARGIN_PX, width_px + _SHEET_MARGIN_PX, 3)
        # Sensor noise is mostly of brightness, a little of colour.
        noise = self._generator.standard_normal(shape, dtype=np.float32)
        common = self._generator.standard_normal((*shape[:2], 1), dtype=np.float32)
        self._sheet = 0.5 * noise + 0.87 * common

    def expose(self, picture: FloatArray, t_s: float = 0.0) -> ImageArray:
        """Returns the frame (height, width, 3).

        Args:
            picture: RGB, 0..1; what is above is over-exposed.
            t_s: the time, for the waves of mains light.
        """
        look, (height, width) = self._look, self._size
        soft = gaussian_filter(picture, (look.blur_px, look.blur_px, 0.0), truncate=2.5)
        row, column = self._generator.integers(0, _SHEET_MARGIN_PX, 2)
        grain = self._sheet[row : row + height, column : column + width]
        exposure = 1.0 + look.flicker * self._generator.standard_normal()
        soft *= exposure
        if look.mains_flicker > 0.0:
            soft *= self._mains(t_s)[:, None, None]
        # Dark parts get less noise on the file's scale, but a larger share of it.
        noisy = soft + self._grain * grain * (0.4 + 0.6 * np.sqrt(np.clip(soft, 0.0, 1.0)))
        frame: ImageArray = (np.clip(noisy, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
        return frame

    def _mains(self, t_s: float) -> FloatArray:
        """Returns the brightness (height,) of the rows: lamps flicker against the frame rate."""
        look, height = self._look, self._size[0]
        share = np.arange(height) / height
        wave = np.sin(2.0 * np.pi * (look.mains_hz * t_s - look.mains_bands * share))
        rows: FloatArray = 1.0 + look.mains_flicker * wave
        return rows
