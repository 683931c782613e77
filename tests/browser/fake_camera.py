"""A clip that Chromium plays as if it were a camera, with a counter that a program can read.

Rendered, so it is known to the frame when the hips are too low: a steady plank, a sag, recovery,
and over again. Each picture says at its upper edge which one it is, in sixteen black and white
cells: twelve bits of counter, most significant first, and four of checksum. They lie on the wall
behind the person. `probe.js` reads them from the pixels of the camera track.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.media.reader import VideoReader
from formcheck.media.writer import VideoWriter

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "test_videos" / "plank" / "sag_20_recovers.mp4"
FPS = 30
"""Chromium plays a file of JPEGs at this rate, whatever it was made for."""

CELLS = 16
STRIP_RATIO = 1 / 22.5
"""Height of the counter's strip, per height of the picture: 16 of 360 pixels."""

_STEADY_FRAMES = 85
"""So long the source stands still before its hips begin to drop."""
_DARK, _BRIGHT = 24, 232
_CHECK = 0b1010


@dataclass(frozen=True, slots=True)
class FakeCamera:
    """What the fake camera plays.

    Attributes:
        camera: The pictures as JPEGs one after the other; Chromium plays them in a loop.
        film: The same pictures once, as an mp4.
        frames: How many there are; the counter wraps from ``frames - 1`` to 0.
        fault_from: The first of which the truth says that the hips are past the limit ...
        fault_until: ... and the first after them.
    """

    camera: Path
    film: Path
    frames: int
    fault_from: int
    fault_until: int

    @property
    def loop_s(self) -> float:
        """How long the clip lasts until it begins anew."""
        return self.frames / FPS


def make_fake_camera(folder: Path) -> FakeCamera:
    """Makes the clip in a folder that is there."""
    with VideoReader(SOURCE) as reader:
        source = [frame.image_rgb for frame in reader]
    order = [*range(_STEADY_FRAMES), *range(_STEADY_FRAMES - 1, 0, -1), *range(len(source))]
    pictures = [numbered(source[k], n) for n, k in enumerate(order)]
    camera, film = folder / "camera.mjpeg", folder / "film.mp4"
    camera.write_bytes(b"".join(_jpeg(picture) for picture in pictures))
    height_px, width_px = pictures[0].shape[:2]
    with VideoWriter(film, width_px, height_px, crf=14) as writer:
        for n, picture in enumerate(pictures):
            writer.write(picture, n / FPS)
    ahead = len(order) - len(source)
    start_s, end_s = _fault_span_s()
    return FakeCamera(
        camera,
        film,
        len(order),
        ahead + round(start_s * FPS),
        ahead + round(end_s * FPS),
    )


def numbered(picture: NDArray[np.uint8], counter: int) -> NDArray[np.uint8]:
    """A copy of a picture that says which one it is."""
    copy = picture.copy()
    height_px, width_px = picture.shape[:2]
    strip_px, cell_px = round(height_px * STRIP_RATIO), width_px // CELLS
    for k in range(CELLS):
        bit = _word(counter) >> (CELLS - 1 - k) & 1
        copy[:strip_px, k * cell_px : (k + 1) * cell_px] = _BRIGHT if bit else _DARK
    return copy


def read_counter(image: NDArray[np.uint8]) -> int | None:
    """The counter in a picture of any size (height, width[, 3]), or None when it can't be read."""
    height_px, width_px = image.shape[:2]
    row = round(height_px * STRIP_RATIO / 2)
    columns = [round((k + 0.5) * width_px / CELLS) for k in range(CELLS)]
    grey = image[row, columns].reshape(CELLS, -1).mean(axis=1)
    word = int("".join("1" if level > 128 else "0" for level in grey), 2)
    return word >> 4 if _word(word >> 4) == word else None


def looped(pictures: Sequence[NDArray[np.uint8]], times: int) -> Iterator[NDArray[np.uint8]]:
    """The pictures as the camera gives them: over and over."""
    for _ in range(times):
        yield from pictures


def _word(counter: int) -> int:
    """The counter with its checksum: the sum of its three digits to the base of 16, mixed."""
    digits = (counter >> 8) + (counter >> 4 & 15) + (counter & 15)
    return counter << 4 | (digits & 15) ^ _CHECK


def _jpeg(picture: NDArray[np.uint8]) -> bytes:
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])
    assert done
    return data.tobytes()


def _fault_span_s() -> tuple[float, float]:
    truth = json.loads(SOURCE.with_suffix(".truth.json").read_text(encoding="utf-8"))
    (fault,) = truth["events"]["faults"]
    assert fault["check"] == "hips-sag"
    start_s, end_s = fault["span"]
    return float(start_s), float(end_s)
