from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from media_clips import make_clip

from formcheck.errors import DeviceError, MediaError
from formcheck.media import camera
from formcheck.media.camera import Camera, Paced
from formcheck.media.mailbox import Mailbox
from formcheck.media.reader import VideoReader
from formcheck.types import Frame

IMAGE = np.zeros((2, 2, 3), np.uint8)


class StepClock:
    """Time passes only when a test says so."""

    def __init__(self) -> None:
        self._now_s = 100.0
        self._changed = threading.Condition()
        self._waits_for_s = -1.0
        self._over = False

    def now_s(self) -> float:
        return self._now_s

    def wait_until(self, t_s: float, stop: threading.Event) -> None:
        with self._changed:
            self._waits_for_s = t_s
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._now_s >= t_s or stop.is_set() or self._over)

    def advance(self, seconds: float) -> None:
        """Let time pass, and return when the player waits for what is still to come."""
        with self._changed:
            self._now_s += seconds
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self._waits_for_s > self._now_s, 10)

    def run_out(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()


def frames(n: int, fps: float = 10) -> Iterator[Frame]:
    return (Frame(k / fps, IMAGE) for k in range(n))


def test_newest_wins_and_stale_are_counted() -> None:
    box: Mailbox[int] = Mailbox()
    for k in range(5):
        box.put(k)
    assert box.take() == 4
    assert box.dropped == 4
    box.put(5)
    box.close()
    box.put(6)
    assert list(box) == [5]
    assert box.take() is None


def test_mailbox_raises_after_the_last_item() -> None:
    box: Mailbox[int] = Mailbox()
    box.put(1)
    box.close(MediaError("broken"))
    box.close()
    assert box.take() == 1
    with pytest.raises(MediaError, match="broken"):
        box.take()


def test_take_waits_for_an_item() -> None:
    box: Mailbox[int] = Mailbox()
    thread = threading.Timer(0.05, box.put, [3])
    thread.start()
    assert box.take() == 3
    thread.join()


def test_paced_drops_what_comes_while_the_consumer_is_busy() -> None:
    clock = StepClock()
    with Paced(frames(10), clock) as paced:
        it = iter(paced)
        assert next(it).t_s == 0.0
        clock.advance(0.1)
        assert next(it).t_s == pytest.approx(0.1)
        clock.advance(0.45)  # busy: 0.2, 0.3 and 0.4 pass by, 0.5 is the newest
        assert next(it).t_s == pytest.approx(0.5)
        assert paced.dropped == 3
        clock.run_out()
        assert list(it)[-1].t_s == pytest.approx(0.9)
        seen = 10 - paced.dropped
    assert 4 <= seen <= 7


def test_paced_with_the_real_clock_keeps_the_pace(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", fps=20, n=10)
    with VideoReader(path) as reader, Paced(reader) as paced:
        start_s = time.monotonic()
        seen = [(frame.t_s, time.monotonic() - start_s) for frame in paced]
    assert seen[-1][0] == pytest.approx(0.45)
    assert seen[-1][1] >= 0.4
    # Never early; how late depends on the machine.
    assert all(arrived_s >= t_s - 0.001 for t_s, arrived_s in seen)


def test_paced_passes_the_readers_errors_on() -> None:
    def broken() -> Iterator[Frame]:
        yield Frame(0.0, IMAGE)
        raise MediaError("the disk is gone")

    clock = StepClock()
    with Paced(broken(), clock) as paced:
        it = iter(paced)
        assert next(it).t_s == 0.0
        with pytest.raises(MediaError, match="the disk is gone"):
            next(it)


def test_closing_ends_the_iteration_and_the_thread() -> None:
    before = threading.active_count()
    paced = Paced(frames(1000, fps=1))
    it = iter(paced)
    next(it)
    threading.Timer(0.1, paced.close).start()
    assert list(it) == []
    paced.close()
    deadline_s = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_closing_what_was_never_started() -> None:
    with Paced(frames(3)):
        pass


class FakeCapture:
    """Stands for cv2.VideoCapture: five pictures, then nothing."""

    left = 5
    released = False

    def __init__(self, index: int) -> None:
        self.index = index

    def isOpened(self) -> bool:  # noqa: N802
        return self.index == 0

    def set(self, prop: int, value: float) -> bool:
        return True

    def read(self) -> tuple[bool, np.ndarray | None]:
        time.sleep(0.01)
        if self.left == 0:
            return False, None
        self.left -= 1
        image_bgr = np.zeros((4, 6, 3), np.uint8)
        image_bgr[..., 0] = 200
        image_bgr[:, 0] = (0, 0, 200)
        return True, image_bgr

    def release(self) -> None:
        FakeCapture.released = True


def test_camera_frames_have_capture_times_and_are_not_mirrored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cv2, "VideoCapture", FakeCapture)
    monkeypatch.setattr(camera, "_RETRY_S", 0.0)
    seen: list[Frame] = []
    with Camera(0) as source:
        assert (source.width_px, source.height_px) == (6, 4)
        it = iter(source)
        with pytest.raises(DeviceError, match="Camera 0 stopped giving pictures"):
            seen.extend(it)
    times_s = [frame.t_s for frame in seen]
    assert times_s == sorted(set(times_s))
    assert times_s[0] >= 0
    assert FakeCapture.released
    if seen:
        assert seen[0].image_rgb[0, 0].tolist() == [200, 0, 0]
        assert seen[0].image_rgb[0, 5].tolist() == [0, 0, 200]


def test_no_camera_gives_the_sentence_and_a_quiet_terminal(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(DeviceError, match="Camera 99 gives no picture: plug one in"):
        Camera(99)
    assert capfd.readouterr().err == ""
