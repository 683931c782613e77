"""Move the picture of a clip into a clean file without encoding it again."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import av

from formcheck.errors import OutputError

__all__ = ["remux"]

_FEWEST = 2


def remux(source: Path, target: Path) -> bool:
    """Copies the picture of an mp4 that may break off anywhere, up to the last whole frame.

    The index goes first, for playing and scrubbing while loading.

    Args:
        source: A clip written in fragments.
        target: The file to make; an existing one is replaced.

    Returns:
        Whether there were two pictures at least: one alone is no clip that can be read again.
        Otherwise nothing is left at ``target``.

    Raises:
        OutputError: the file can't be written.
    """
    try:
        n_packets = _copy(source, target)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise OutputError(
            f"The clip {target.name} can't be written: {error.strerror}; free some space."
        ) from error
    if n_packets < _FEWEST:
        target.unlink(missing_ok=True)
    return n_packets >= _FEWEST


def _copy(source: Path, target: Path) -> int:
    """Number of pictures that were copied."""
    try:
        clip = av.open(f"file:{source}", options={"protocol_whitelist": "file"})
    except (av.FFmpegError, FileNotFoundError):
        return 0  # Broken off before the first fragment was complete.
    with clip:
        if not clip.streams.video:
            return 0
        stream = clip.streams.video[0]
        n_packets = 0
        with av.open(f"file:{target}", "w", format="mp4", options={"movflags": "faststart"}) as out:
            copied = out.add_stream_from_template(stream)
            packets = clip.demux(stream)
            # What breaks off ends the reading: that is what is expected here.
            with suppress(av.InvalidDataError, av.EOFError):
                for packet in packets:
                    if packet.size == 0 or packet.dts is None or packet.is_corrupt:
                        continue
                    packet.stream = copied
                    out.mux(packet)
                    n_packets += 1
        return n_packets
