"""Runs labelled clips: pose once a clip, kept as a trace; then the engine."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from formcheck.errors import FormcheckError
from formcheck.evaluation.labels import LabelledClip
from formcheck.evaluation.outcome import ClipOutcome, judged_clip
from formcheck.judgement.rule import Exercise
from formcheck.media.reader import VideoReader
from formcheck.media.trace import TraceMeta, TraceWriter, read_trace
from formcheck.perception.estimator import Estimator, observe
from formcheck.types import Frame, Observation

__all__ = ["Thinning", "evaluate", "observations_of", "thinned"]


@dataclass(frozen=True, slots=True)
class Thinning:
    """Frames left out before pose estimation, to see what a slower camera would give.

    Attributes:
        fps: At most so many frames a second, or None for all.
        drop: Share of the remaining frames that is dropped at random, 0 to below 1.
        seed: Of the random choice.
    """

    fps: float | None = None
    drop: float = 0.0
    seed: int = 1

    @property
    def any(self) -> bool:
        """Whether frames are left out at all."""
        return self.fps is not None or self.drop > 0.0


def thinned(frames: Iterable[Frame], thinning: Thinning) -> Iterator[Frame]:
    """The frames that are left."""
    chance = random.Random(thinning.seed)
    due_s = 0.0
    for frame in frames:
        if thinning.fps is not None:
            if frame.t_s < due_s - 1e-3:
                continue
            due_s = max(due_s + 1.0 / thinning.fps, frame.t_s)
        if chance.random() >= thinning.drop:
            yield frame


def observations_of(
    clip: LabelledClip,
    open_pose: Callable[[], Estimator],
    traces: Path | None,
    thinning: Thinning,
) -> Iterable[Observation]:
    """The observations of a clip: from its kept trace, else by pose estimation.

    Args:
        clip: The clip.
        open_pose: Gives the estimator; called only when it is needed.
        traces: Folder of kept traces, or None. A trace that is missing is made and kept.
        thinning: Which frames are left out; then traces are neither read nor kept.
    """
    kept = None
    if traces is not None and not thinning.any:
        kept = (traces / clip.name).with_suffix(".trace.npz")
        if kept.is_file():
            return read_trace(kept).observations
    estimator = open_pose()
    estimator.reset()
    meta = TraceMeta(clip.path.name, estimator.name, estimator.model_sha256)
    trace = TraceWriter(meta)
    observations = []
    with VideoReader(clip.path) as reader:
        for frame in thinned(reader, thinning):
            observation = observe(frame, estimator.estimate(frame))
            observations.append(observation)
            trace.add(observation)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        trace.save(kept)
    return observations


def evaluate(
    clips: Sequence[LabelledClip],
    exercises: Sequence[Exercise],
    open_pose: Callable[[], Estimator],
    traces: Path | None = None,
    thinning: Thinning | None = None,
    unreadable: Callable[[LabelledClip, FormcheckError], None] = lambda clip, error: None,
) -> Iterator[ClipOutcome]:
    """Judges every clip as each exercise; one that can't be read is told and skipped."""
    for clip in clips:
        try:
            observations = observations_of(clip, open_pose, traces, thinning or Thinning())
        except FormcheckError as error:
            unreadable(clip, error)
            continue
        for exercise in exercises:
            yield judged_clip(clip, exercise, observations)
