"""Everything that any exercise needs to know of a clip: seen once, judged as often as one likes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from formcheck.media.reader import SourceInfo, VideoReader
from formcheck.media.trace import Trace, TraceMeta
from formcheck.perception.estimator import Estimator, perceive
from formcheck.perception.senses import open_senses
from formcheck.pipeline import Ahead

__all__ = ["look", "without_outlines"]


def look(
    clip: Path,
    estimator: Estimator,
    source: str = "",
    progress: Callable[[float, SourceInfo], None] = lambda t_s, info: None,
) -> Trace:
    """Looks for the person in a clip, and follows motion and sound.

    Args:
        clip: The video file.
        estimator: Finds the pose, and outlines where any exercise needs them; its tracking is
            reset first.
        source: What the clip is called; empty: its file name.
        progress: Told the time of each frame.

    Raises:
        MediaError: the clip can't be read.
    """
    senses = open_senses(clip, motion=True)
    with VideoReader(clip) as reader:
        estimator.reset()
        meta = TraceMeta(source or clip.name, estimator.name, estimator.model_sha256)
        observations = []
        ahead = Ahead(reader)
        try:
            for frame in ahead:
                observations.append(perceive(frame, estimator, senses))
                progress(frame.t_s, reader.info)
        finally:
            ahead.close()
    return Trace(meta, tuple(observations))


def without_outlines(trace: Trace) -> Trace:
    """As seen for an exercise that does not look for outlines."""
    return replace(
        trace, observations=tuple(replace(seen, outline=None) for seen in trace.observations)
    )
