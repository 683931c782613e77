"""Frames as they happen: from a camera, or from a file played at its own speed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import cv2
import numpy as np

from formcheck.closing import Closing
from formcheck.errors import DeviceError
from formcheck.media.mailbox import Mailbox
from formcheck.native_stderr import without_library_logs
from formcheck.types import Frame

_FAILURES_UNTIL_GONE = 30
_RETRY_S = 0.02
_JOIN_S = 5.0


class Clock(Protocol):
    """Where "now" comes from; tests bring their own."""

    def now_s(self) -> float:
        """Seconds from any origin; never runs backwards."""
        ...

    def wait_until(self, t_s: float, stop: threading.Event) -> None:
        """Return at ``t_s``, or as soon as ``stop`` is set."""
        ...


class MonotonicClock:
    """The machine's own clock."""

    def now_s(self) -> float:
        """Seconds from an arbitrary origin."""
        return time.monotonic()

    def wait_until(self, t_s: float, stop: threading.Event) -> None:
        """Sleep until ``t_s``, or until ``stop`` is set."""
        stop.wait(max(0.0, t_s - time.monotonic()))


class _LiveSource(Closing):
    """A thread that fills a mailbox, and the iterator that empties it."""

    def __init__(self, name: str) -> None:
        self._mailbox: Mailbox[Frame] = Mailbox()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def dropped(self) -> int:
        """Frames that came while the consumer was busy and were replaced by newer ones."""
        return self._mailbox.dropped

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            self._produce(self._mailbox.put)
        except BaseException as caught:  # raised again in the consumer
            error = caught
        finally:
            self._mailbox.close(error)

    def _produce(self, put: Callable[[Frame], None]) -> None:
        raise NotImplementedError

    def __iter__(self) -> Iterator[Frame]:
        """The newest frame each time; ends when the source ends or is closed."""
        return iter(self._mailbox)

    def close(self) -> None:
        """Stop the thread; closing twice is harmless. May be called from any thread."""
        self._stop.set()
        self._mailbox.close()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_JOIN_S)


class Camera(_LiveSource):
    """A webcam. Times are seconds from its opening, taken when a picture arrives.

    Pictures are never mirrored. A context manager.

    Attributes:
        width_px: Width of the pictures.
        height_px: Height of the pictures.
    """

    def __init__(
        self,
        index: int = 0,
        width_px: int = 1280,
        height_px: int = 720,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open a camera and start to capture.

        Args:
            index: Which camera; 0 is the first.
            width_px: Width to ask for; the camera may give another.
            height_px: Height to ask for.
            clock: Seconds, never running backwards.

        Raises:
            DeviceError: there is no such camera, or it gives no picture.
        """
        super().__init__(f"camera {index}")
        self._index = index
        self._clock = clock
        with without_library_logs():
            self._capture = cv2.VideoCapture(index)
            self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, width_px)
            self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height_px)
            opened = self._capture.isOpened()
            first = self._capture.read()[1] if opened else None
        if first is None:
            self._capture.release()
            raise DeviceError(
                f"Camera {index} gives no picture: plug one in, close other programs that use it, "
                "and allow this one to use the camera."
            )
        self.height_px, self.width_px = first.shape[:2]
        self._start_s = clock()
        self._thread.start()

    def _produce(self, put: Callable[[Frame], None]) -> None:
        failures = 0
        last_s = -1.0
        try:
            while not self._stop.is_set():
                ok, image_bgr = self._capture.read()
                t_s = self._clock() - self._start_s
                if not ok or image_bgr is None or t_s <= last_s:
                    failures += 1
                    if failures >= _FAILURES_UNTIL_GONE:
                        raise DeviceError(
                            f"Camera {self._index} stopped giving pictures: "
                            "check its cable and start again."
                        )
                    self._stop.wait(_RETRY_S)
                    continue
                failures = 0
                last_s = t_s
                image_rgb = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB)
                put(Frame(t_s=t_s, image_rgb=np.ascontiguousarray(image_rgb, dtype=np.uint8)))
        finally:
            self._capture.release()


class Paced(_LiveSource):
    """Plays recorded frames at their own speed, as if they came from a camera.

    Frame times stay those of the recording. Errors of the reader are raised in the iteration.
    A context manager; it doesn't close the reader.
    """

    def __init__(self, frames: Iterable[Frame], clock: Clock | None = None) -> None:
        """Prepare to play; the clock starts with the first frame asked for.

        Args:
            frames: A ``VideoReader``, or any frames in order of time.
            clock: The pace; the machine's own by default.
        """
        super().__init__("paced clip")
        self._source = frames
        self._clock: Clock = clock or MonotonicClock()
        self._started = False

    def __iter__(self) -> Iterator[Frame]:
        """Start to play; the newest frame that is due each time."""
        if not self._started:
            self._started = True
            self._thread.start()
        return super().__iter__()

    def _produce(self, put: Callable[[Frame], None]) -> None:
        start_s: float | None = None
        for frame in self._source:
            if start_s is None:
                start_s = self._clock.now_s() - frame.t_s
            self._clock.wait_until(start_s + frame.t_s, self._stop)
            if self._stop.is_set():
                return
            put(frame)
