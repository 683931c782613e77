"""The clip that the review page plays: which file that is, and when each of its pictures is shown.

A page that steps from picture to picture sets the player's clock, so it needs the exact time of
every picture, and a file in which the picture before a moment is near: browsers decode from the
last key picture on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.stream import VideoStream

from formcheck.errors import MediaError
from formcheck.media.reader import SQUARE_ENOUGH, VideoReader
from formcheck.media.sound import readable

__all__ = ["KEY_EVERY_S", "PROXY", "Played", "make_proxy", "matched", "played"]

PROXY = "clip-{}.mp4"
"""Name of the clip that was made because the kept one can't be stepped through."""

KEY_EVERY_S = 0.5
_NEAR_ENOUGH_S = 0.55
"""Key pictures this near still let a browser step at once."""
_STARTS_BY_S = 0.002
_PIXELS = frozenset({"yuv420p", "yuvj420p"})
_CRF = 18
_NOMINAL_FPS = 30
_TIME_BASE = Fraction(1, 90_000)


@dataclass(frozen=True, slots=True)
class Played:
    """A clip as a browser plays it.

    Attributes:
        video_s: When each picture is shown, on the clock of the player, rising.
        width_px: Of the picture as it is stored.
        height_px: Of the picture as it is stored.
        suits: Whether a browser steps through it at once and shows it upright.
    """

    video_s: tuple[float, ...]
    width_px: int
    height_px: int
    suits: bool


def played(path: Path) -> Played:
    """Reads from a file's packets when its pictures are shown.

    Raises:
        MediaError: there is no picture in it, or it can't be read.
    """
    try:
        with av.open(f"file:{path}", options={"protocol_whitelist": "file"}) as container:
            if not container.streams.video:
                raise MediaError(f"{path.name} holds no picture.")
            stream = container.streams.video[0]
            upright, shown, keys = _upright(stream), [], []
            for packet in readable(container.demux(stream)):
                if not packet.size or packet.pts is None or packet.time_base is None:
                    continue
                if upright is None:
                    upright = _shown_upright(packet)
                t_s = float(packet.pts * packet.time_base)
                shown.append(t_s)
                if packet.is_keyframe:
                    keys.append(t_s)
            context = stream.codec_context
            width_px, height_px = context.width, context.height
            known = context.name == "h264" and context.pix_fmt in _PIXELS
    except (av.FFmpegError, OSError) as error:
        raise MediaError(f"{path.name} can't be played: {error}") from error
    shown.sort()
    if not shown:
        raise MediaError(f"{path.name} holds no picture.")
    return Played(
        tuple(shown),
        width_px,
        height_px,
        bool(upright) and known and abs(shown[0]) <= _STARTS_BY_S and _dense(shown, keys),
    )


def _upright(stream: VideoStream) -> bool | None:
    """False where the pixels are not square; otherwise only a picture tells."""
    aspect = float(stream.sample_aspect_ratio or 1)
    return False if abs(aspect - 1) > SQUARE_ENOUGH else None


def _shown_upright(packet: av.Packet[Any]) -> bool | None:
    """Whether the picture of a packet is neither turned nor mirrored; None: it gives none yet."""
    pictures = packet.decode()
    return "DISPLAYMATRIX" not in pictures[0].side_data if pictures else None


def _dense(shown_s: Sequence[float], keys_s: Sequence[float]) -> bool:
    """Whether no picture is far from the key picture that it is decoded from."""
    keys = np.sort(keys_s)
    before = np.searchsorted(keys, shown_s, side="right") - 1
    if not keys.size or before.min() < 0:
        return False
    return bool((np.asarray(shown_s) - keys[before]).max() <= _NEAR_ENOUGH_S)


def make_proxy(
    clip: Path, target: Path, progress: Callable[[float], None] = lambda share: None
) -> None:
    """Makes a clip of the same pictures in the same order that a browser can step through.

    Upright, a key picture every half second, every picture told from those before it, the index
    in front; without sound, which is of no use at a picture at a time.

    Args:
        clip: The kept clip.
        target: The file to make; an existing one is replaced.
        progress: Told the share that is done, 0 to 1.

    Raises:
        MediaError: the clip can't be read.
        OSError: the file can't be written.
    """
    with VideoReader(clip) as reader:
        info = reader.info
        length_s = info.duration_s or 0.0
        options = {"movflags": "faststart"}
        with av.open(f"file:{target}", "w", format="mp4", options=options) as out:
            stream = out.add_stream("libx264", rate=_NOMINAL_FPS)
            stream.width, stream.height = info.width_px // 2 * 2, info.height_px // 2 * 2
            stream.pix_fmt = "yuv420p"
            stream.time_base = stream.codec_context.time_base = _TIME_BASE
            stream.codec_context.thread_count = 1
            stream.options = {
                "preset": "veryfast",
                "crf": str(_CRF),
                "bf": "0",
                "x264-params": "scenecut=0:keyint=infinite:open-gop=0",
            }
            key_due_s, start_s = 0.0, None
            for frame in reader:
                start_s = frame.t_s if start_s is None else start_s
                t_s = frame.t_s - start_s
                image = frame.image_rgb[: stream.height, : stream.width]
                picture = av.VideoFrame.from_ndarray(image.copy(), "rgb24")
                picture.pts, picture.time_base = round(t_s / _TIME_BASE), _TIME_BASE
                if t_s >= key_due_s:
                    picture.pict_type = av.video.frame.PictureType.I
                    key_due_s = t_s + KEY_EVERY_S - 1e-6
                out.mux(stream.encode(picture))
                if length_s > 0.0:
                    progress(min(1.0, t_s / length_s))
            out.mux(stream.encode(None))


def matched(seen_s: Sequence[float], video_s: Sequence[float]) -> tuple[tuple[float, ...], str]:
    """The time in the trace of each picture of a clip, and what is to be known of it.

    Args:
        seen_s: Times of the observations, rising.
        video_s: When each picture is shown.

    Returns:
        One time for each picture; and a sentence where the two don't have the same number, else
        an empty text.
    """
    if len(seen_s) == len(video_s):
        return tuple(seen_s), ""
    start_s = seen_s[0] if seen_s else 0.0
    times_s = tuple(start_s + shown_s - video_s[0] for shown_s in video_s)
    told = (
        f"The clip has {len(video_s)} pictures and the trace {len(seen_s)} moments: they are laid "
        "over each other by time, and may be a picture apart."
    )
    return times_s, told
