"""Everything that any exercise needs to know of a clip: seen once, judged as often as one likes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from formcheck.errors import InputError
from formcheck.judgement.rule import Exercise
from formcheck.media.reader import SourceInfo, VideoReader
from formcheck.media.trace import Trace, TraceMeta
from formcheck.perception.estimator import Estimator, perceive
from formcheck.perception.recorded import RecordedEstimator
from formcheck.perception.senses import open_senses
from formcheck.pipeline import Ahead

__all__ = ["look", "nobody_in", "recalled", "refuse_nobody"]


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


def recalled(trace: Trace, exercise: Exercise) -> RecordedEstimator:
    """What finds the pose where it is known already: as it would be found for this exercise."""
    return RecordedEstimator(trace if exercise.outline else _without_outlines(trace))


def refuse_nobody(trace: Trace) -> None:
    """Refuses a clip without anybody.

    Raises:
        InputError: nobody is ever seen in it.
    """
    if all(seen.pose is None for seen in trace.observations):
        raise nobody_in(trace.meta.source)


def nobody_in(source: str) -> InputError:
    """What is told of a clip in which nobody is ever seen."""
    return InputError(
        f"{source}: nobody is seen in it; film yourself from the side, with your whole body in view"
    )


def _without_outlines(trace: Trace) -> Trace:
    """As seen for an exercise that does not look for outlines."""
    return replace(
        trace, observations=tuple(replace(seen, outline=None) for seen in trace.observations)
    )
