"""A clip once more, slower around some of its moments: every picture is kept, only shown longer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.media.reader import VideoReader
from formcheck.media.writer import VideoWriter

__all__ = ["FACTOR", "is_slowed", "slow_clip", "slow_time", "slowed_spans"]

FACTOR = 4.0
BEFORE_S = 0.15
AFTER_S = 0.25

Span = tuple[float, float]
Stamp = Callable[[NDArray[np.uint8], float, bool], None]
"""Writes on a picture: gets it (changed in place), its time in the source, whether it is slowed."""


def slowed_spans(moments_s: Iterable[float]) -> tuple[Span, ...]:
    """The stretches around some moments, in order, joined where they touch.

    Args:
        moments_s: What is to be seen slowly.
    """
    spans: list[Span] = []
    for moment_s in sorted(moments_s):
        start_s, end_s = max(0.0, moment_s - BEFORE_S), moment_s + AFTER_S
        if spans and start_s <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end_s, spans[-1][1]))
        else:
            spans.append((start_s, end_s))
    return tuple(spans)


def is_slowed(t_s: float, spans: Iterable[Span]) -> bool:
    """Whether a moment lies in one of the stretches."""
    return any(start_s <= t_s < end_s for start_s, end_s in spans)


def slow_time(t_s: float, spans: Iterable[Span]) -> float:
    """When a moment of the source is shown: each second in a stretch takes four."""
    inside_s = sum(max(0.0, min(t_s, end_s) - start_s) for start_s, end_s in spans)
    return t_s + (FACTOR - 1.0) * inside_s


def slow_clip(
    source: Path,
    target: Path,
    moments_s: Sequence[float],
    stamp: Stamp = lambda image_rgb, t_s, slowed: None,
    progress: Callable[[float], None] = lambda t_s: None,
) -> None:
    """Writes the slowed clip, without sound: sound that is stretched tells nothing true.

    Frame rates may vary: each picture is shown from its own time to that of the next. When
    anything goes wrong, or the work is cancelled, no file is left.

    Args:
        source: The clip.
        target: The file to make.
        moments_s: What is slowed, in seconds of the source.
        stamp: Writes on each picture.
        progress: Told the time of each picture in the source.

    Raises:
        MediaError: the source can't be read.
        OutputError: the target can't be written.
    """
    spans = slowed_spans(moments_s)
    with VideoReader(source) as reader:
        info = reader.info
        with VideoWriter(target, info.width_px, info.height_px) as writer:
            for frame in reader:
                image = frame.image_rgb.copy()
                stamp(image, frame.t_s, is_slowed(frame.t_s, spans))
                writer.write(image, slow_time(frame.t_s, spans))
                progress(frame.t_s)
