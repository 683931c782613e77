"""The video file of a clip, with its sound if it has one."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np

from studio.arrays import FloatArray, ImageArray

_FINE_TICK_S = Fraction(1, 90_000)
# The encoder takes this many samples at a time.
_BLOCK = 1024


class ClipWriter:
    """Writes frames as H.264 and sound as AAC in MP4. A context manager.

    The first frame decides: without a time the frames follow each other evenly; with one, each
    frame stands in the file at its own time.
    """

    def __init__(
        self,
        path: Path,
        fps: int,
        width_px: int,
        height_px: int,
        crf: int = 26,
        sound: tuple[FloatArray, int] | None = None,
    ) -> None:
        """Opens the file.

        Args:
            path: of the file.
            fps: frames a second.
            width_px: of the picture.
            height_px: of the picture.
            crf: how hard it is compressed: 18 looks like the original, 40 falls to blocks.
            sound: samples (N,) in -1..1 and how many there are a second; None for a silent file.
        """
        self._container = av.open(str(path), "w", options={"movflags": "+faststart"})
        self._stream = self._container.add_stream("libx264", rate=fps)
        self._stream.width, self._stream.height = width_px, height_px
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = Fraction(1, fps)
        # x264 is only reproducible at a fixed number of threads, and without the short cuts that
        # differ from processor to processor (with AVX-512 one of them reads past the end of a row).
        self._stream.options = {
            "crf": str(crf),
            "preset": "medium",
            "threads": "1",
            "x264-params": "cpu-independent=1",
        }
        self._tick_s: Fraction | None = None
        self._frames, self._fps = 0, fps
        self._sound = _SoundWriter(self._container, *sound) if sound else None

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
        if self._sound:
            self._sound.finish()
        self._container.close()

    def write(self, frame: ImageArray, t_s: float | None = None) -> None:
        """Appends one frame.

        Args:
            frame: (height, width, 3), RGB.
            t_s: when it is shown; None for the next in an even row.
        """
        picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
        if t_s is not None:
            if self._tick_s is None:
                self._tick_s = _FINE_TICK_S
                self._stream.time_base = self._stream.codec_context.time_base = self._tick_s
            picture.time_base = self._tick_s
            picture.pts = round(t_s / self._tick_s)
        for packet in self._stream.encode(picture):
            self._container.mux(packet)
        self._frames += 1
        if self._sound:
            self._sound.write_until(self._frames / self._fps if t_s is None else t_s)


class _SoundWriter:
    """Feeds a sound track into a file alongside the pictures, so that both can be played on."""

    def __init__(
        self, container: av.container.OutputContainer, samples: FloatArray, rate_hz: int
    ) -> None:
        self._container, self._rate_hz = container, rate_hz
        self._samples = samples.astype(np.float32)
        self._stream = container.add_stream("aac", rate=rate_hz)
        self._stream.layout = "mono"
        self._stream.bit_rate = 80_000
        self._done = 0

    def write_until(self, t_s: float) -> None:
        """Writes what is heard before a time, in whole blocks."""
        while self._done + _BLOCK <= min(t_s * self._rate_hz, len(self._samples)):
            self._write(self._done + _BLOCK)

    def finish(self) -> None:
        """Writes the rest."""
        self.write_until(np.inf)
        if self._done < len(self._samples):
            self._write(len(self._samples))
        for packet in self._stream.encode(None):
            self._container.mux(packet)

    def _write(self, end: int) -> None:
        block = self._samples[None, self._done : end]
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
        frame.sample_rate = self._rate_hz
        frame.time_base = Fraction(1, self._rate_hz)
        frame.pts = self._done
        self._done = end
        for packet in self._stream.encode(frame):
            self._container.mux(packet)
