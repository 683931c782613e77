"""Carry the sound of one clip over to another, in step with the picture."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream

StreamT = TypeVar("StreamT", bound=Stream)

_COPIED = frozenset({"aac", "mp3", "ac3"})
"""Codecs that play in an mp4 everywhere; the others are made into AAC."""
_AAC_RATES_HZ = frozenset({16_000, 22_050, 24_000, 32_000, 44_100, 48_000})


class SoundTrack:
    """The sound of a source clip on its way into an output, picture by picture.

    Time 0 is the source's first picture, as in ``VideoReader``. A source whose sound is damaged
    gives what can be read and then stops: sound never fails the clip.
    """

    def __init__(self, source: InputContainer, start_s: Fraction, output: OutputContainer) -> None:
        """Use ``SoundTrack.of``."""
        self._source = source
        self._start_s = start_s
        self._output = output
        self._input = source.streams.audio[0]
        self._copies = self._input.codec_context.codec.canonical_name in _COPIED
        self._stream = self._add_stream()
        self._timed = self._packets() if self._copies else self._encoded()
        self._next: tuple[float, list[Packet[AudioStream]]] | None = next(self._timed, None)

    @staticmethod
    def of(path: Path, output: OutputContainer) -> SoundTrack | None:
        """Add the sound of ``path`` to an output that has not started, or None without sound."""
        try:
            source = av.open(f"file:{path}", options={"protocol_whitelist": "file"})
        except av.FFmpegError:
            return None
        try:
            if source.streams.audio and source.streams.video:
                start_s = first_picture_s(path)
                return SoundTrack(source, start_s, output)
        except av.FFmpegError:
            pass
        source.close()
        return None

    def _add_stream(self) -> AudioStream:
        if self._copies:
            return self._output.add_stream_from_template(self._input)
        context = self._input.codec_context
        rate_hz = context.sample_rate if context.sample_rate in _AAC_RATES_HZ else 48_000
        stream = self._output.add_stream("aac", rate=rate_hz)
        stream.codec_context.layout = "mono" if context.channels == 1 else "stereo"
        return stream

    def mux_until(self, t_s: float) -> None:
        """Write the sound that starts before ``t_s``."""
        while self._next is not None and self._next[0] < t_s:
            for packet in self._next[1]:
                self._output.mux(packet)
            self._next = next(self._timed, None)

    def finish(self, end_s: float) -> None:
        """Write the rest up to the end of the picture."""
        self.mux_until(end_s)
        if not self._copies:
            for packet in self._stream.encode(None):
                self._output.mux(packet)

    def close(self) -> None:
        """Close the source."""
        self._timed = iter(())
        self._source.close()

    def _packets(self) -> Iterator[tuple[float, list[Packet[AudioStream]]]]:
        """Packets as they are, with the time each starts at."""
        for packet in self._readable_packets():
            base = packet.time_base
            if packet.pts is None or packet.dts is None or base is None:
                continue
            shift = round(self._start_s / base)
            packet.pts -= shift
            packet.dts -= shift
            # The packet before the first picture stays: the decoder starts up on it, and players
            # don't play what has a negative time.
            if packet.pts + 2 * (packet.duration or 0) <= 0:
                continue
            packet.stream = self._stream
            yield float(packet.pts * base), [packet]

    def _encoded(self) -> Iterator[tuple[float, list[Packet[AudioStream]]]]:
        """The sound as AAC packets, with the time of the decoded piece they come from."""
        for frame in self._readable_frames():
            if frame.pts is None or frame.time_base is None:
                continue
            frame.pts -= round(self._start_s / frame.time_base)
            if frame.pts < 0:
                continue
            t_s = float(frame.pts * frame.time_base)
            yield t_s, self._stream.encode(frame)

    def _readable_packets(self) -> Iterator[Packet[AudioStream]]:
        return readable(self._source.demux(self._input))

    def _readable_frames(self) -> Iterator[AudioFrame]:
        for packet in self._readable_packets():
            try:
                yield from packet.decode()
            except av.FFmpegError:
                continue


def first_picture_s(path: Path) -> Fraction:
    """When the first picture of a clip is shown, on the clip's own clock; 0 where it can't be told.

    Raises:
        av.FFmpegError: the clip can't be opened.
    """
    with av.open(f"file:{path}", options={"protocol_whitelist": "file"}) as container:
        for packet in readable(container.demux(container.streams.video[0])):
            try:
                pictures = packet.decode()
            except av.FFmpegError:
                continue
            for picture in pictures:
                if picture.is_corrupt:
                    continue
                if picture.pts is None or picture.time_base is None:
                    return Fraction(0)
                return Fraction(picture.pts * picture.time_base)
    return Fraction(0)


def readable(packets: Iterator[Packet[StreamT]]) -> Iterator[Packet[StreamT]]:
    """The packets up to the first that can't be read."""
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            return
        if packet is None:
            return
        yield packet
