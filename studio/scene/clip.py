"""The video file of a clip."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av

from studio.arrays import ImageArray

_FINE_TICK_S = Fraction(1, 90_000)


class ClipWriter:
    """Writes frames as H.264 in MP4. A context manager.

    The first frame decides: without a time the frames follow each other evenly; with one, each
    frame stands in the file at its own time.
    """

    def __init__(self, path: Path, fps: int, width_px: int, height_px: int, crf: int = 26) -> None:
        """Opens the file.

        Args:
            path: of the file.
            fps: frames a second.
            width_px: of the picture.
            height_px: of the picture.
            crf: how hard it is compressed: 18 looks like the original, 40 falls to blocks.
        """
        self._container = av.open(str(path), "w", options={"movflags": "+faststart"})
        self._stream = self._container.add_stream("libx264", rate=fps)
        self._stream.width, self._stream.height = width_px, height_px
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = Fraction(1, fps)
        # One thread: x264 is only reproducible at a fixed number of them.
        self._stream.options = {"crf": str(crf), "preset": "medium", "threads": "1"}
        self._tick_s: Fraction | None = None

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
