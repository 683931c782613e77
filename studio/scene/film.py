"""What a cheap camera does to the picture: softness, flicker and grain; then the video file."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from scipy.ndimage import gaussian_filter

from studio.arrays import FloatArray, ImageArray

_CRF = "26"
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


class ClipWriter:
    """Writes frames as H.264 in MP4. A context manager."""

    def __init__(self, path: Path, fps: int, width_px: int, height_px: int) -> None:
        self._container = av.open(str(path), "w", options={"movflags": "+faststart"})
        self._stream = self._container.add_stream("libx264", rate=fps)
        self._stream.width, self._stream.height = width_px, height_px
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = Fraction(1, fps)
        # One thread: x264 is only reproducible at a fixed number of them.
        self._stream.options = {"crf": _CRF, "preset": "medium", "threads": "1"}

    def __enter__(self) -> ClipWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for packet in self._stream.encode(None):
            self._container.mux(packet)
        self._container.close()

    def write(self, frame: ImageArray) -> None:
        """Appends one frame (height, width, 3), RGB."""
        for packet in self._stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")):
            self._container.mux(packet)
