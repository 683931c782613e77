"""Sounds made for the tests: thuds, slaps, music, a voice; and clips that carry them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from media_clips import SIZE, picture
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from formcheck.media.listening import RATE_HZ, SoundPiece

FloatArray = NDArray[np.float64]


def burst(rng: np.random.Generator, band_hz: tuple[float, float], decay_s: float) -> FloatArray:
    """Noise of a band that dies away, of peak one."""
    t_s = np.arange(int(6 * decay_s * RATE_HZ)) / RATE_HZ
    sos = butter(2, band_hz, "bandpass", fs=RATE_HZ, output="sos")
    wave = sosfilt(sos, rng.standard_normal(len(t_s))) * np.exp(-t_s / decay_s)
    return wave / np.abs(wave).max()


def thud(rng: np.random.Generator) -> FloatArray:
    """Shoes on a floor."""
    return burst(rng, (60.0, 700.0), 0.02)


def slap(rng: np.random.Generator) -> FloatArray:
    """A rope on a floor."""
    return burst(rng, (2000.0, 7000.0), 0.005)


def room(rng: np.random.Generator, length_s: float, level_db: float = -55.0) -> FloatArray:
    """A quiet room."""
    return 10 ** (level_db / 20) * rng.standard_normal(round(length_s * RATE_HZ))


def put(wave: FloatArray, at_s: float, sound: FloatArray, level_db: float = -12.0) -> None:
    """Add a sound whose first sample is at a time."""
    first = round(at_s * RATE_HZ)
    part = sound[: max(0, len(wave) - first)]
    wave[first : first + len(part)] += 10 ** (level_db / 20) * part


def voice(rng: np.random.Generator, length_s: float) -> FloatArray:
    """Something like speech: syllables of a buzz that set in with a burst, of uneven length."""
    t_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    pitch_hz = 120 + 20 * np.sin(2 * np.pi * 0.7 * t_s)
    buzz = np.sign(np.sin(2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ))
    sos = butter(2, (150.0, 2500.0), "bandpass", fs=RATE_HZ, output="sos")
    loud = np.zeros(len(t_s))
    wave = np.zeros(len(t_s))
    at_s = 0.1
    while at_s < length_s:
        long_s = rng.uniform(0.08, 0.25)
        since_s = np.clip(t_s - at_s, 0.0, None)
        loud += (1 - np.exp(-since_s / 0.01)) * np.exp(-((since_s / long_s) ** 4))
        # Consonants: p, t and k begin with a burst, s is a hiss.
        put(wave, at_s, burst(rng, (1500.0, 7000.0), rng.uniform(0.003, 0.03)), -25.0)
        at_s += long_s + rng.uniform(0.03, 0.25)
    return wave + 0.2 * sosfilt(sos, buzz) * np.minimum(loud, 1.0)


def in_pieces(wave: FloatArray, start_s: float = 0.0, size: int = 1024) -> Iterator[SoundPiece]:
    """The sound as a reader gives it."""
    for first in range(0, len(wave), size):
        part = wave[first : first + size].astype(np.float32)
        yield SoundPiece(start_s + first / RATE_HZ, part)


def write_clip(
    path: Path,
    wave: FloatArray,
    *,
    codec: str = "aac",
    rate_hz: int = 48_000,
    pictures_s: Iterable[float] | None = None,
    sound_from_s: float = 0.0,
    gap_s: tuple[float, float] | None = None,
) -> Path:
    """A clip of grey pictures with a sound track of two equal channels.

    Args:
        path: Where to.
        wave: At ``RATE_HZ``.
        codec: Of the sound.
        rate_hz: Of the sound track.
        pictures_s: Times of the pictures; ten a second over the length of the sound if None.
        sound_from_s: When the sound track starts.
        gap_s: Start and end of a part of the sound that is left out.
    """
    length_s = len(wave) / RATE_HZ
    times_s = list(pictures_s) if pictures_s is not None else np.arange(0, length_s, 0.1).tolist()
    t_s = np.arange(int(length_s * rate_hz)) / rate_hz
    samples = np.interp(t_s, np.arange(len(wave)) / RATE_HZ, wave)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=30)
        video.width, video.height = SIZE
        video.pix_fmt = "yuv420p"
        video.codec_context.time_base = Fraction(1, 90_000)
        sound = container.add_stream(codec, rate=rate_hz)
        sound.codec_context.layout = "stereo"
        for k, at_s in enumerate(times_s):
            frame = VideoFrame.from_ndarray(picture(k), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = round(at_s * 90_000), Fraction(1, 90_000)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for first in range(0, len(samples), 1024):
            if gap_s is not None and gap_s[0] <= first / rate_hz < gap_s[1]:
                continue
            part = np.clip(samples[first : first + 1024], -1, 1).astype(np.float32)
            frame = AudioFrame.from_ndarray(np.stack([part, part]), format="fltp", layout="stereo")
            frame.sample_rate, frame.time_base = rate_hz, Fraction(1, rate_hz)
            frame.pts = first + round(sound_from_s * rate_hz)
            for ready in _reformatted(frame, sound.codec_context.format.name):
                container.mux(sound.encode(ready))
        container.mux(sound.encode(None))
    return path


def _reformatted(frame: AudioFrame, name: str) -> list[AudioFrame]:
    if name == "fltp":
        return [frame]
    pts = frame.pts
    ready = av.AudioResampler(format=name, layout="stereo", rate=frame.sample_rate).resample(frame)
    for part in ready:
        part.pts = pts
    return ready
