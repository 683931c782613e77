"""Tiny synthetic clips for the media tests."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from numpy.typing import NDArray

SIZE = (96, 64)


def picture(k: int, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """Grey level says which frame it is; a red top left quarter says which way is up."""
    width, height = size
    image = np.full((height, width, 3), 40 + 5 * (k % 40), np.uint8)
    image[: height // 2, : width // 2] = (220, 20, 20)
    return image


def make_clip(
    path: Path,
    times_s: Sequence[float] | None = None,
    *,
    fps: int = 30,
    n: int = 20,
    size: tuple[int, int] = SIZE,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    rotation_deg: int = 0,
    sar: Fraction | None = None,
    audio: str | None = None,
    audio_shift_s: float = 0.0,
    container_options: dict[str, str] | None = None,
    gop: int = 5,
) -> Path:
    """Write a clip; ``times_s`` makes its frame rate variable."""
    base = Fraction(1, 90_000) if times_s is not None else Fraction(1, fps)
    ticks = [round(t / base) for t in times_s] if times_s is not None else list(range(n))
    with av.open(str(path), "w", options=container_options or {}) as container:
        video = container.add_stream(codec, rate=fps)
        video.width, video.height = size
        video.pix_fmt = pix_fmt
        video.codec_context.time_base = base
        video.codec_context.gop_size = gop
        if sar is not None:
            video.codec_context.sample_aspect_ratio = sar
        if rotation_deg:
            video.set_display_rotation(rotation_deg)
        sound = container.add_stream(audio, rate=48_000) if audio else None
        if sound is not None:
            sound.codec_context.layout = "mono"
        for k, pts in enumerate(ticks):
            frame = VideoFrame.from_ndarray(picture(k, size), format="rgb24")
            frame = frame.reformat(format=pix_fmt)
            frame.pts, frame.time_base = pts, base
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if sound is not None:
            _write_tone(container, sound, float(ticks[-1] * base) + 1 / fps, audio_shift_s)
    return path


def _write_tone(container, sound, duration_s: float, shift_s: float) -> None:
    rate = 48_000
    t = np.arange(int(duration_s * rate)) / rate
    # A click at half time, so that the offset can be measured.
    wave = np.where(np.abs(t - duration_s / 2) < 0.01, 0.9 * np.sin(2 * np.pi * 1000 * t), 0.0)
    for at in range(0, len(wave), 960):
        samples = (wave[at : at + 960] * 32_000).astype(np.int16)[None]
        frame = AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = rate
        frame.pts = at + round(shift_s * rate)
        frame.time_base = Fraction(1, rate)
        container.mux(sound.encode(frame))
    container.mux(sound.encode(None))


def click_s(path: Path) -> float:
    """When the click is heard, in seconds from the first picture."""
    with av.open(str(path)) as container:
        start_s = next(container.decode(container.streams.video[0])).time
    with av.open(str(path)) as container:
        parts, first_s = [], None
        for frame in container.decode(container.streams.audio[0]):
            if first_s is None:
                first_s = frame.time
            rate = frame.sample_rate
            parts.append(np.abs(frame.to_ndarray().astype(np.float64)).reshape(-1))
        wave = np.concatenate(parts)
        loud = np.flatnonzero(wave > wave.max() / 3)
        return float(loud.mean()) / rate + first_s - start_s
