"""The clip of a session's bundle: H.264 in mp4, upright, its pictures the rows of the trace.

A clip that is that already stays as it came, byte for byte. Otherwise its picture is moved into a
clean file as it is, and only where that is not enough it is encoded again. Where and with what a
clip was filmed does not go along.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from formcheck.errors import MediaError, OutputError
from formcheck.media.reader import SQUARE_ENOUGH, SourceInfo, VideoReader
from formcheck.media.sound import SoundTrack, first_picture_s, readable
from formcheck.media.staging import why_not_written
from formcheck.media.writer import VideoWriter

__all__ = ["How", "clip_to_keep", "filmed_at"]

_SAFE: dict[str, str] = {"protocol_whitelist": "file"}
_MP4 = "mov,mp4,m4a,3gp,3g2,mj2"
_QUICKTIME = "qt"
_PIXELS = frozenset({"yuv420p", "yuvj420p"})
"""What every browser decodes."""
_SOUND = frozenset({"aac", "mp3", "ac3"})
_HARMLESS = frozenset(
    {"major_brand", "minor_version", "compatible_brands", "creation_time", "encoder"}
)
"""What a file may say of itself and stay as it is; cameras add the place, their owner, and more."""
_SAME_S = 0.0015
"""Times of one picture in two files differ by no more: the coarsest clock in use has 1/600 s."""
_USUAL_FPS = 30.0
_CRF = 20
_KEY_EVERY_S = 0.5
"""A page that steps from picture to picture then finds each at once."""


class How(str, Enum):
    """What was done with a clip."""

    AS_IT_CAME = "as it came"
    MOVED = "moved into a clean file"
    ENCODED = "encoded again"


@contextmanager
def clip_to_keep(
    clip: Path,
    times_s: Sequence[float],
    folder: Path,
    progress: Callable[[float, SourceInfo], None] = lambda t_s, info: None,
) -> Iterator[tuple[Path, How]]:
    """The file that goes into a bundle, for as long as the block lasts.

    Args:
        clip: The clip as somebody filmed it.
        times_s: Times of its pictures as :class:`VideoReader` gave them: the rows of the trace.
        folder: Where there is room for a copy.
        progress: Told the time of each picture while it is encoded again.

    Yields:
        The file, which may be the clip itself, and what was done.

    Raises:
        MediaError: the clip can't be read.
        OutputError: the copy can't be written.
    """
    try:
        with av.open(f"file:{clip}", options=dict(_SAFE)) as container:
            stored = _Stored.of(container)
        fits = stored.movable and _same(_times_s(clip), times_s)
    except (av.FFmpegError, OSError) as error:
        raise MediaError(f"{clip.name} can't be read any more: {error}") from error
    if stored.clean and fits:
        yield clip, How.AS_IT_CAME
        return
    try:
        made = tempfile.TemporaryDirectory(prefix=".formcheck-", dir=folder)
    except OSError as error:
        raise OutputError(f"{folder} can't be written: {why_not_written(error)}.") from error
    with made as name:
        target = Path(name) / "clip.mp4"
        if fits and _moved(clip, target, times_s):
            yield target, How.MOVED
        else:
            _encode(clip, target, progress)
            yield target, How.ENCODED


def filmed_at(clip: Path) -> str:
    """When a clip says that it was filmed, ISO 8601 with the zone; empty where it does not."""
    try:
        with av.open(f"file:{clip}", options=dict(_SAFE)) as container:
            said = container.metadata.get("creation_time", "")
    except (av.FFmpegError, OSError):
        return ""
    # A camera whose clock was never set says 1904 or 1970.
    return said.replace("Z", "+00:00") if said[:4].isdecimal() and int(said[:4]) > 1990 else ""


@dataclass(frozen=True, slots=True)
class _Stored:
    """How a clip lies in its file.

    Attributes:
        movable: Whether its picture may stay as it is encoded.
        clean: Whether the whole file may stay.
    """

    movable: bool
    clean: bool

    @staticmethod
    def of(container: InputContainer) -> _Stored:
        sounds, pictures = container.streams.audio, container.streams.video
        movable = len(pictures) == 1 and _plays_everywhere(container, pictures[0])
        clean = (
            container.format.name == _MP4
            and container.metadata.get("major_brand", _QUICKTIME).strip() != _QUICKTIME
            and len(container.streams) == 1 + len(sounds)
            and all(sound.codec_context.codec.canonical_name in _SOUND for sound in sounds)
            and _HARMLESS.issuperset(container.metadata)
        )
        return _Stored(movable, movable and clean)


def _plays_everywhere(container: InputContainer, stream: VideoStream) -> bool:
    """Whether every browser shows it as the reader does: not turned, mirrored or stretched."""
    context, aspect = stream.codec_context, float(stream.sample_aspect_ratio or 1)
    if context.name != "h264" or context.pix_fmt not in _PIXELS:
        return False
    if abs(aspect - 1) > SQUARE_ENOUGH:
        return False
    for packet in readable(container.demux(stream)):
        try:
            pictures = packet.decode()
        except av.FFmpegError:
            return False
        if pictures:
            return "DISPLAYMATRIX" not in pictures[0].side_data
    return False


def _times_s(clip: Path) -> list[float]:
    """When its pictures are shown, from the first one on; empty where one does not say."""
    shown = []
    with av.open(f"file:{clip}", options=dict(_SAFE)) as container:
        for packet in readable(container.demux(container.streams.video[0])):
            if not packet.size:
                continue
            if packet.pts is None or packet.time_base is None:
                return []
            shown.append(float(packet.pts * packet.time_base))
    shown.sort()
    return [t_s - shown[0] for t_s in shown]


def _same(times_s: Sequence[float], wanted_s: Sequence[float]) -> bool:
    return len(times_s) == len(wanted_s) and all(
        abs(is_s - should_s) <= _SAME_S for is_s, should_s in zip(times_s, wanted_s, strict=True)
    )


def _moved(clip: Path, target: Path, times_s: Sequence[float]) -> bool:
    """Moves picture and sound as they are; False when that does not give the same pictures."""
    try:
        _move(clip, target)
        return _same(_times_s(target), times_s)
    except (av.FFmpegError, OSError, ValueError):  # the disk is told of where it is encoded
        return False


def _move(clip: Path, target: Path) -> None:
    options = {"movflags": "faststart"}
    with (
        av.open(f"file:{clip}", options=dict(_SAFE)) as source,
        av.open(f"file:{target}", "w", format="mp4", options=options) as out,
    ):
        stream = source.streams.video[0]
        copied = out.add_stream_from_template(stream)
        sound = SoundTrack.of(clip, out)
        try:
            start_s, end_s = first_picture_s(clip), 0.0
            for packet in readable(source.demux(stream)):
                base = packet.time_base
                if not packet.size or packet.pts is None or packet.dts is None or base is None:
                    continue
                shift = round(start_s / Fraction(base))
                packet.pts -= shift
                packet.dts -= shift
                end_s = max(end_s, float((packet.pts + (packet.duration or 0)) * base))
                packet.stream = copied
                out.mux(packet)
                if sound is not None:
                    sound.mux_until(float(packet.dts * base))
            if sound is not None:
                sound.finish(end_s)
        finally:
            if sound is not None:
                sound.close()


def _encode(clip: Path, target: Path, progress: Callable[[float, SourceInfo], None]) -> None:
    """Upright pictures with square pixels, at the times of the trace."""
    with VideoReader(clip) as reader:
        info = reader.info
        sound = clip if info.has_audio else None
        with VideoWriter(
            target,
            info.width_px,
            info.height_px,
            audio_from=sound,
            preset="superfast",
            crf=_CRF,
            gop=max(1, round(_KEY_EVERY_S * (info.mean_fps or _USUAL_FPS))),
        ) as writer:
            for frame in reader:
                writer.write(frame.image_rgb, frame.t_s)
                progress(frame.t_s, info)
