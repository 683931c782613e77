"""Write a clip: H.264 in mp4 that every player and browser opens, at true times, with sound."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from formcheck.errors import OutputError
from formcheck.media.sound import SoundTrack

_TIME_BASE = Fraction(1, 90_000)
_NOMINAL_FPS = 30
_FRAGMENTS: Mapping[str, str] = MappingProxyType(
    {
        "movflags": "frag_keyframe+empty_moov+default_base_moof",
        "frag_duration": "100000",  # microseconds
        # libav would keep up to 256 kB to itself: minutes of a dark picture.
        "flush_packets": "1",
    }
)
_BT709 = 1
_BT601 = 6


class VideoWriter:
    """Encodes pictures as they come. Call it from one thread at a time; any thread will do.

    As a context manager it closes the file, or deletes it when an exception leaves the block.
    """

    def __init__(
        self,
        path: Path,
        width_px: int,
        height_px: int,
        *,
        audio_from: Path | None = None,
        preset: str = "ultrafast",
        crf: int = 23,
        threads: int = 1,
        gop: int = _NOMINAL_FPS,
        survives_kill: bool = False,
    ) -> None:
        """Start a clip.

        Args:
            path: The file to make; an existing one is replaced.
            width_px: Width of the pictures. H.264 wants even sizes: an odd last column is cut.
            height_px: Height of the pictures; an odd last row is cut.
            audio_from: The clip whose sound goes along, in step with its own first picture.
            preset: x264 preset; the default keeps pace with pose estimation on two cores.
            crf: x264 quality, lower is better and larger.
            threads: Encoder threads; 0 lets x264 choose.
            gop: Pictures from one key picture to the next: players find a moment from there.
            survives_kill: Write in fragments, each at once, so that a killed process loses a
                tenth of a second, and never delete what was written; otherwise the index goes
                first, for playing while loading.

        Raises:
            OutputError: the file can't be made.
        """
        self._path = path
        self._survives = survives_kill
        self._shape = (height_px, width_px, 3)
        self._even_px = (max(2, width_px // 2 * 2), max(2, height_px // 2 * 2))
        self._last_pts = -1
        self._interval_pts = round(1 / (_NOMINAL_FPS * _TIME_BASE))
        self._sound: SoundTrack | None = None
        options = _FRAGMENTS if survives_kill else {"movflags": "faststart"}
        with self._says_what_failed():
            self._container: OutputContainer | None = av.open(
                f"file:{path}", "w", format="mp4", options=dict(options)
            )
        try:
            with self._says_what_failed():
                self._stream = self._add_video({"preset": preset, "crf": str(crf)}, threads, gop)
                if audio_from is not None:
                    self._sound = SoundTrack.of(audio_from, self._container)
                self._container.start_encoding()
        except BaseException:
            self.abort()
            raise

    def _add_video(self, options: dict[str, str], threads: int, gop: int) -> VideoStream:
        assert self._container is not None
        stream = self._container.add_stream("libx264", rate=_NOMINAL_FPS, options=options)
        stream.width, stream.height = self._even_px
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.time_base = _TIME_BASE
        context.thread_count = threads
        # B-frames would shrink the file by a fifth, for half as much encoding again.
        context.max_b_frames = 0
        context.gop_size = gop
        context.color_primaries = context.color_trc = _BT709
        context.colorspace = _BT601
        return stream

    def write(self, image_rgb: NDArray[np.uint8], t_s: float) -> None:
        """Add one picture.

        Args:
            image_rgb: uint8 (height, width, 3) of the size given at the start; it is copied.
            t_s: When it is shown; later than the one before.

        Raises:
            ValueError: the picture has another size, the time doesn't increase, or the clip is
                closed.
            OutputError: the disk is full or the file can't be written.
        """
        if self._container is None:
            raise ValueError("The clip is closed.")
        if image_rgb.shape != self._shape:
            raise ValueError(f"image_rgb: expected {self._shape}, got {image_rgb.shape}")
        pts = round(t_s / _TIME_BASE)
        if pts <= self._last_pts:
            raise ValueError(f"t_s: {t_s} does not come after {self._last_pts * _TIME_BASE}")
        if self._last_pts >= 0:
            self._interval_pts = pts - self._last_pts
        self._last_pts = pts
        width_px, height_px = self._even_px
        even = np.ascontiguousarray(image_rgb[:height_px, :width_px])
        # Five times faster than libswscale's conversion; its matrix is BT.601's.
        planes: Any = cv2.cvtColor(even, cv2.COLOR_RGB2YUV_I420)
        picture = VideoFrame.from_ndarray(planes, format="yuv420p")
        picture.pts = pts
        picture.time_base = _TIME_BASE
        picture.duration = self._interval_pts
        with self._says_what_failed():
            for packet in self._stream.encode(picture):
                self._container.mux(packet)
            if self._sound is not None:
                self._sound.mux_until(t_s)

    def close(self) -> None:
        """Finish the clip; closing twice is harmless.

        Raises:
            OutputError: the disk is full or the file can't be written; it is deleted, unless it
                survives kills.
        """
        if self._container is None:
            return
        try:
            with self._says_what_failed():
                for packet in self._stream.encode(None):
                    self._container.mux(packet)
                if self._sound is not None:
                    self._sound.finish(float((self._last_pts + self._interval_pts) * _TIME_BASE))
                self._container.close()
        except BaseException:
            self.abort()
            raise
        self._release()

    def abort(self) -> None:
        """Give up and delete the file, unless it survives kills; harmless after ``close``."""
        if self._container is None:
            return
        with suppress(av.FFmpegError, OSError, ValueError):
            self._container.close()
        self._release()
        if not self._survives:
            with suppress(OSError):
                self._path.unlink()

    def _release(self) -> None:
        self._container = None
        if self._sound is not None:
            self._sound.close()
            self._sound = None

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    @contextmanager
    def _says_what_failed(self) -> Iterator[None]:
        try:
            yield
        except (av.FFmpegError, OSError) as error:
            code = error.errno
            if code in (errno.ENOSPC, errno.EDQUOT):
                advice = "the disk is full: free some space"
            elif code == errno.EFBIG:
                advice = "it grew beyond the largest file that is allowed here"
            else:
                advice = f"{error.strerror or 'unknown cause'}: choose another place"
            raise OutputError(f"The clip {self._path.name} can't be written: {advice}.") from error
