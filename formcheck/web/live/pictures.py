"""The pictures that a page sends: taken apart and checked before anything is decoded."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.web.live.refusals import NOT_A_PICTURE, TOO_LARGE, RefusedError

__all__ = ["MAX_BYTES", "MAX_SIDE_PX", "MIN_SIDE_PX", "Picture", "decode", "unpack"]

HEADER = struct.Struct("<Id")
"""Sequence number, and capture time in milliseconds on the page's clock."""

MAX_BYTES = 1_000_000
"""A JPEG of 1280 x 720 at quality 0.7 has about 100 kB."""

MAX_SIDE_PX = 1280
MIN_SIDE_PX = 64

MOST_SEGMENTS = 64

_START = b"\xff\xd8"
_FRAME = struct.Struct(">BBHBHH")
"""A frame header: 0xFF, marker, length, precision, height, width."""
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_END_OF_HEADER = (0xD9, 0xDA)


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG whose size was looked at, not decoded yet.

    Attributes:
        seq: Its number; later ones have higher ones.
        t_s: When it was taken, on the page's own clock.
        width_px: Its width.
        height_px: Its height.
        jpeg: The file.
    """

    seq: int
    t_s: float
    width_px: int
    height_px: int
    jpeg: bytes


def unpack(message: bytes) -> Picture:
    """Takes a message apart.

    Only the JPEG's header is read: a small file can claim to be 65535 pixels wide and high, and
    take 12 GB once it is decoded. So little of it is read that it can be done between two messages.

    Raises:
        RefusedError: it is too large, or no picture.
    """
    if len(message) > MAX_BYTES + HEADER.size:
        raise RefusedError(TOO_LARGE)
    if len(message) <= HEADER.size:
        raise RefusedError(NOT_A_PICTURE)
    seq, t_ms = HEADER.unpack_from(message)
    if not math.isfinite(t_ms):
        raise RefusedError(NOT_A_PICTURE)
    jpeg = message[HEADER.size :]
    width_px, height_px = _size(jpeg)
    if max(width_px, height_px) > MAX_SIDE_PX:
        raise RefusedError(TOO_LARGE)
    if min(width_px, height_px) < MIN_SIDE_PX:
        raise RefusedError(NOT_A_PICTURE)
    return Picture(int(seq), t_ms / 1000.0, width_px, height_px, jpeg)


def _size(jpeg: bytes) -> tuple[int, int]:
    """Width and height by the header of a JPEG (ITU-T T.81, annex B).

    Image libraries read every segment before the size; a file of 1 MB can have 250 000, which
    takes half a second. Pictures of a browser have fewer than ten.

    Raises:
        RefusedError: it is none, or has more segments than a picture of a browser.
    """
    at = len(_START)
    if not jpeg.startswith(_START):
        raise RefusedError(NOT_A_PICTURE)
    for _ in range(MOST_SEGMENTS):
        if at + _FRAME.size > len(jpeg):
            break
        start, marker, length, _precision, height_px, width_px = _FRAME.unpack_from(jpeg, at)
        if start != 0xFF or marker in _END_OF_HEADER or length < 2:
            break
        if marker in _FRAME_MARKERS:
            return width_px, height_px
        at += 2 + length
    raise RefusedError(NOT_A_PICTURE)


def decode(picture: Picture) -> NDArray[np.uint8]:
    """The pixels of a picture.

    Returns:
        uint8 (height_px, width_px, 3), RGB, as sent: not mirrored, not turned by its EXIF data.

    Raises:
        RefusedError: the file is damaged.
    """
    buffer = np.frombuffer(picture.jpeg, np.uint8)
    image_bgr = cv2.imdecode(buffer, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if image_bgr is None or image_bgr.shape[:2] != (picture.height_px, picture.width_px):
        raise RefusedError(NOT_A_PICTURE)
    return np.ascontiguousarray(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)
