"""Listen to a clip: its sound as one channel, on the clock of its first picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from formcheck.closing import Closing
from formcheck.media.sound import first_picture_s, readable

__all__ = ["RATE_HZ", "SoundPiece", "SoundReader"]

RATE_HZ = 16_000
"""Samples a second: keeps what is below 8 kHz, where landings and ropes are heard."""
_SLIP_S = 0.003
"""Samples and time stamps of one stretch drift apart by no more: then the stamps are right."""


@dataclass(frozen=True, slots=True, eq=False)
class SoundPiece:
    """A stretch of sound without a gap.

    Attributes:
        t_s: Time of the first sample; negative before the first picture.
        samples: float32 (N,), the mean of all channels at ``RATE_HZ``, full scale is -1 to 1.
    """

    t_s: float
    samples: NDArray[np.float32]


class SoundReader(Closing):
    """Iterates the sound of a clip once, in short pieces in order of time.

    Time 0 is the first picture, as in ``VideoReader``. Where the track has a gap, or can't be
    decoded, the next piece starts later than the last one ended. Memory stays flat. A damaged
    track gives what can be read and then stops: sound never fails the clip.
    """

    def __init__(self, container: InputContainer, stream: AudioStream, start_s: Fraction) -> None:
        """Use ``SoundReader.of``."""
        self._container = container
        self._stream = stream
        self._start_s = start_s

    @staticmethod
    def of(path: Path) -> SoundReader | None:
        """Open the sound of a clip, or None where it has none that can be decoded."""
        try:
            container = av.open(f"file:{path}", options={"protocol_whitelist": "file"})
        except (av.FFmpegError, OSError):
            return None
        try:
            stream = next((s for s in container.streams.audio if s.codec_context is not None), None)
            if stream is not None and container.streams.video:
                return SoundReader(container, stream, first_picture_s(path))
        except av.FFmpegError:
            pass
        container.close()
        return None

    def __iter__(self) -> Iterator[SoundPiece]:
        """The pieces; a second iteration goes on where the first stopped."""
        stretch: _Stretch | None = None
        heard_to_s = -float("inf")
        for frame in self._frames():
            stamp_s = self._stamp_s(frame)
            if stretch is None or not stretch.goes_on(frame, stamp_s):
                if stretch is not None:
                    yield from stretch.end()
                    heard_to_s = stretch.end_s
                stretch = None
                if stamp_s is None:
                    stamp_s = max(heard_to_s, 0.0)
                if stamp_s < heard_to_s - _SLIP_S:
                    continue  # a clock that runs backwards
                stretch = _Stretch(frame, stamp_s)
            yield from stretch.hear(frame)
        if stretch is not None:
            yield from stretch.end()

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        self._container.close()

    def _stamp_s(self, frame: AudioFrame) -> float | None:
        if frame.pts is None or frame.time_base is None:
            return None
        return float(frame.pts * frame.time_base - self._start_s)

    def _frames(self) -> Iterator[AudioFrame]:
        """What can be decoded; damaged packets are passed over."""
        for packet in readable(self._container.demux(self._stream)):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            yield from (frame for frame in frames if frame.samples and frame.sample_rate)


class _Stretch:
    """Frames of one kind that follow each other without a gap, made into one channel."""

    def __init__(self, first: AudioFrame, start_s: float) -> None:
        self._kind = _kind(first)
        self._start_s = start_s
        self._samples_in = 0
        self._samples_out = 0
        # Mixed down afterwards: libav would make two equal channels 3 dB louder than one.
        self._resampler = AudioResampler(format="fltp", layout=first.layout, rate=RATE_HZ)

    @property
    def end_s(self) -> float:
        """When the sound heard so far ends."""
        return self._start_s + self._samples_in / self._kind[0]

    def goes_on(self, frame: AudioFrame, stamp_s: float | None) -> bool:
        """Whether a frame follows right after the last one."""
        if _kind(frame) != self._kind:
            return False
        return stamp_s is None or abs(stamp_s - self.end_s) <= _SLIP_S

    def hear(self, frame: AudioFrame) -> Iterator[SoundPiece]:
        """The samples that one more frame adds."""
        # Counted anew: the resampler must not see the slips of the file's time stamps.
        frame.pts, frame.time_base = self._samples_in, Fraction(1, frame.sample_rate)
        self._samples_in += frame.samples
        return self._pieces(frame)

    def end(self) -> Iterator[SoundPiece]:
        """The samples that the resampler still holds."""
        return self._pieces(None)

    def _pieces(self, frame: AudioFrame | None) -> Iterator[SoundPiece]:
        try:
            resampled = self._resampler.resample(frame)
        except (av.FFmpegError, ValueError):
            return  # a layout without a name, or samples of another kind than they say
        for part in resampled:
            samples = part.to_ndarray().mean(axis=0, dtype=np.float32)
            samples[~np.isfinite(samples)] = 0.0
            if samples.size:
                t_s = self._start_s + self._samples_out / RATE_HZ
                self._samples_out += samples.size
                yield SoundPiece(t_s, samples)


def _kind(frame: AudioFrame) -> tuple[int, str, str]:
    return frame.sample_rate, frame.format.name, frame.layout.name
