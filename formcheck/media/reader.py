"""Read a clip: upright pictures with square pixels, at their true presentation times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from formcheck.closing import Closing
from formcheck.errors import MediaError
from formcheck.types import Frame

_FALLBACK_FPS = 30.0
SQUARE_ENOUGH = 0.01
"""Pixels this near to square are left alone: an angle is then off by 0.3° at most."""
_MISSING_END_S = 1.0
"""A clip that ends this much before its stated duration was cut short."""
_SNIFF_BYTES = 512
_STILL_FORMATS = ("image2", "_pipe")
_OPEN_OPTIONS = {"protocol_whitelist": "file"}
"""A playlist or a reference inside a clip must not make libav open a network address."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a clip says of itself.

    Attributes:
        name: File name.
        width_px: Width of the upright picture with square pixels.
        height_px: Height of the upright picture.
        duration_s: Stated length of the picture, or None.
        mean_fps: Mean frame rate, or None.
        rotation_deg: How far the stored picture was turned anticlockwise to stand upright:
            0, 90, 180 or 270.
        has_audio: Whether it has sound.
        codec: Name of the video codec.
    """

    name: str
    width_px: int
    height_px: int
    duration_s: float | None
    mean_fps: float | None
    rotation_deg: int
    has_audio: bool
    codec: str


class VideoReader(Closing):
    """Iterates the frames of a clip once. Times start at 0 and strictly increase.

    Memory stays flat: one frame is decoded at a time. What can't be decoded is left out (a gap
    in the times). Use it as a context manager, from one thread at a time.

    Attributes:
        info: What the clip says of itself.
        broke_off_s: After the iteration: when a cut-short or damaged clip stopped being
            readable, or None when it was read to its end.
    """

    def __init__(self, path: Path) -> None:
        """Open a clip and decode its first two frames.

        Args:
            path: The file; any container and codec that libav knows.

        Raises:
            MediaError: it is missing, a folder, no video, a still picture, sound only, or cut
                short before its first picture.
        """
        self.broke_off_s: float | None = None
        self._path = path
        self._container = _open(path)
        try:
            self._stream = _video_stream(self._container, path)
            self._stream.thread_type = "AUTO"
            self._damaged = False
            self._end_s = 0.0
            self._geometry: _Geometry | None = None
            decoded = self._decode()
            self._first = list(islice(decoded, 2))
            if len(self._first) < 2:
                raise MediaError(_too_few(path, self._container, len(self._first)))
            self._frames = chain(self._first, decoded)
            self.info = self._describe()
        except BaseException:
            self._container.close()
            raise

    def _describe(self) -> SourceInfo:
        height_px, width_px = self._first[0].image_rgb.shape[:2]
        assert self._geometry is not None
        return SourceInfo(
            name=self._path.name,
            width_px=width_px,
            height_px=height_px,
            duration_s=_stated_duration_s(self._container, self._stream),
            mean_fps=_mean_fps(self._stream),
            rotation_deg=self._geometry.rotation_deg,
            has_audio=bool(self._container.streams.audio),
            codec=self._stream.codec_context.name,
        )

    def __iter__(self) -> Iterator[Frame]:
        """The frames in order of time. A second iteration goes on where the first stopped."""
        self._first = []  # the iterator owns them now
        return self._frames

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        self._container.close()

    def _decode(self) -> Iterator[Frame]:
        """Frames with strictly increasing times; sets ``broke_off_s`` at the end."""
        interval_s = 1.0 / (_mean_fps(self._stream) or _FALLBACK_FPS)
        start_s: float | None = None
        last_s = -interval_s
        for picture in self._pictures():
            raw_s = _presentation_s(picture)
            if start_s is None:
                start_s = raw_s if raw_s is not None else 0.0
            t_s = raw_s - start_s if raw_s is not None else last_s + interval_s
            if t_s <= last_s or t_s < 0:
                continue  # a duplicate, or a clock that runs backwards
            if self._geometry is None:
                self._geometry = _Geometry.of(picture, self._stream)
            last_s = t_s
            self._end_s = t_s + (_length_s(picture) or interval_s)
            yield Frame(t_s=t_s, image_rgb=self._geometry.upright_rgb(picture))
        stated_s = _stated_duration_s(self._container, self._stream)
        missing_s = stated_s - self._end_s if stated_s is not None else 0.0
        if self._damaged or missing_s > max(_MISSING_END_S, 3 * interval_s):
            self.broke_off_s = self._end_s

    def _pictures(self) -> Iterator[VideoFrame]:
        """Decoded pictures; damaged packets are passed over.

        ``_damaged`` says whether the last packets before the end could not be decoded.
        """
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError:
                self._damaged = True
                return
            if packet is None:
                return
            try:
                pictures = packet.decode()
            except av.FFmpegError:
                self._damaged = True
                continue
            for picture in pictures:
                if not picture.is_corrupt:
                    self._damaged = False
                    yield picture


@dataclass(frozen=True, slots=True)
class _Geometry:
    """How stored pictures become upright; fixed by the first one of the clip.

    Attributes:
        stored_px: Width and height of the first stored picture.
        aspect: Width of a stored pixel over its height.
        transpose: Swap rows and columns.
        flip: OpenCV's flip code afterwards (0: upside down, 1: left to right, -1: both), or
            None.
        rotation_deg: The same as an anticlockwise turn, without a mirror image.
    """

    stored_px: tuple[int, int]
    aspect: float
    transpose: bool
    flip: int | None
    rotation_deg: int

    @staticmethod
    def of(picture: VideoFrame, stream: VideoStream) -> _Geometry:
        aspect = float(stream.sample_aspect_ratio or 1)
        if aspect <= 0 or abs(aspect - 1) <= SQUARE_ENOUGH:
            aspect = 1.0
        transpose, flip_x, flip_y = _display_matrix(picture)
        flip = {(False, False): None, (True, False): 1, (False, True): 0, (True, True): -1}
        return _Geometry(
            stored_px=(picture.width, picture.height),
            aspect=aspect,
            transpose=transpose,
            flip=flip[flip_x, flip_y],
            rotation_deg=round(picture.rotation / 90) * 90 % 360,
        )

    def upright_rgb(self, picture: VideoFrame) -> NDArray[np.uint8]:
        """uint8 (height, width, 3), contiguous; always of the first picture's size."""
        size_px = (picture.width, picture.height)
        rgb = self._turned(picture, size_px)
        if size_px != self.stored_px:
            width_px, height_px = self._square(self.stored_px)
            upright_px = (height_px, width_px) if self.transpose else (width_px, height_px)
            rgb = _fitted(rgb, *upright_px)
        return np.ascontiguousarray(rgb, dtype=np.uint8)

    def _square(self, stored_px: tuple[int, int]) -> tuple[int, int]:
        return max(2, round(stored_px[0] * self.aspect)), stored_px[1]

    def _turned(self, picture: VideoFrame, size_px: tuple[int, int]) -> Any:
        width_px, height_px = self._square(size_px)
        rgb: Any = picture.to_ndarray(format="rgb24", width=width_px, height=height_px)
        if self.transpose:
            rgb = cv2.transpose(rgb)
        return rgb if self.flip is None else cv2.flip(rgb, self.flip)


def _fitted(rgb: Any, width_px: int, height_px: int) -> Any:
    """A picture of another size inside black bars, never stretched: angles must stay right."""
    scale = min(width_px / rgb.shape[1], height_px / rgb.shape[0])
    inner_px = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    left_px, top_px = (width_px - inner_px[0]) // 2, (height_px - inner_px[1]) // 2
    fitted = np.zeros((height_px, width_px, 3), np.uint8)
    inner = fitted[top_px : top_px + inner_px[1], left_px : left_px + inner_px[0]]
    inner[:] = cv2.resize(rgb, inner_px, interpolation=cv2.INTER_AREA)
    return fitted


def _display_matrix(picture: VideoFrame) -> tuple[bool, bool, bool]:
    """How to show the stored picture: (transpose, then mirror left-right, turn upside down).

    The matrix maps stored x, y to x' = a·x + c·y and y' = b·x + d·y. Phones write quarter turns
    and, rarely, mirror images; any other angle is taken for the nearest quarter turn.
    """
    side_data: Mapping[str, Any] = picture.side_data
    if "DISPLAYMATRIX" not in side_data:
        return False, False, False
    a, b, _, c, d = np.frombuffer(bytes(side_data["DISPLAYMATRIX"]), "<i4")[:5].tolist()
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return False, a < 0, d < 0
    return True, c < 0, b < 0


def _presentation_s(picture: VideoFrame) -> float | None:
    if picture.pts is None or picture.time_base is None:
        return None
    return float(picture.pts * picture.time_base)


def _length_s(picture: VideoFrame) -> float | None:
    if not picture.duration or picture.time_base is None:
        return None
    return float(picture.duration * picture.time_base)


def _mean_fps(stream: VideoStream) -> float | None:
    rate = float(stream.average_rate or stream.guessed_rate or 0)
    return rate if 0.1 <= rate <= 1000 else None


def _stated_duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    if container.format.name == "avi" and stream.frames and (fps := _mean_fps(stream)):
        return stream.frames / fps  # libav fits the duration itself to the file's size
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    tag = stream.metadata.get("DURATION", "")  # Matroska: "00:00:12.345000000"
    try:
        hours, minutes, seconds = (float(part) for part in tag.split(":"))
        return hours * 3600 + minutes * 60 + seconds
    except ValueError:
        pass
    return container.duration / av.time_base if container.duration else None


def _open(path: Path) -> InputContainer:
    if path.is_dir():
        raise MediaError(f"{path.name} is a folder: give one video file.")
    if not path.is_file():
        raise MediaError(f"{path.name} is not there: check the path of the clip.")
    try:
        with path.open("rb") as file:
            head = file.read(_SNIFF_BYTES)
    except OSError as error:
        raise MediaError(f"{path.name} can't be opened ({error.strerror}).") from error
    if not head:
        raise MediaError(f"{path.name} is empty: copy or record it again.")
    if _is_text(head):
        # libav would show text as a film, and follow the addresses in a playlist.
        raise MediaError(f"{path.name} is a text file, not a video: give a video file.")
    try:
        # The prefix keeps a name such as "concat:a" from being taken for a protocol.
        return av.open(f"file:{path}", options=dict(_OPEN_OPTIONS))
    except av.FFmpegError as error:
        if _has_video_signature(head):
            raise MediaError(
                f"{path.name} is cut short or damaged and nothing of it can be read: "
                "copy it again from where it was recorded."
            ) from error
        raise MediaError(f"{path.name} is not a video that can be read: give a video.") from error


def _is_text(head: bytes) -> bool:
    try:
        text = head[:-3].decode() if len(head) == _SNIFF_BYTES else head.decode()
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter in "\t\r\n\f\x1b" for letter in text)


def _has_video_signature(head: bytes) -> bool:
    is_mp4 = head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free")
    return is_mp4 or head.startswith((b"\x1aE\xdf\xa3", b"RIFF", b"GIF8", b"OggS", b"FLV"))


def _video_stream(container: InputContainer, path: Path) -> VideoStream:
    if container.format.name.endswith(_STILL_FORMATS):
        raise MediaError(_still(path))
    covers = Disposition.attached_pic | Disposition.still_image
    for stream in container.streams.video:
        if not stream.disposition & covers:
            return stream
    if container.streams.audio:
        raise MediaError(f"{path.name} has sound but no picture: give a video.")
    raise MediaError(f"{path.name} has no picture: give a video.")


def _too_few(path: Path, container: InputContainer, n_frames: int) -> str:
    if n_frames == 1:
        return _still(path)
    if container.streams.video[0].frames > 0:
        return (
            f"{path.name} is cut short or damaged and no picture of it can be read: "
            "copy it again from where it was recorded."
        )
    return f"{path.name} has no pictures in it: record it again."


def _still(path: Path) -> str:
    return f"{path.name} is a still picture: give a video, because form is judged in motion."
