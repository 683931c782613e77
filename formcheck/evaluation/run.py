"""Runs labelled clips: pose once a clip, kept as a trace; then the engine."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from formcheck.errors import FormcheckError, OutputError
from formcheck.evaluation.labels import LabelledClip
from formcheck.evaluation.outcome import ClipOutcome, judged_clip
from formcheck.judgement.rule import Exercise
from formcheck.media.reader import VideoReader
from formcheck.media.staging import staged
from formcheck.media.trace import Trace, TraceMeta, TraceWriter, read_trace
from formcheck.perception.estimator import Estimator, perceive
from formcheck.perception.senses import open_senses
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
    *,
    same_model: bool = False,
    not_kept: Callable[[FormcheckError], None] = lambda error: None,
) -> Iterable[Observation]:
    """The observations of a clip: from its kept trace, else by pose estimation.

    Args:
        clip: The clip.
        open_pose: Gives the estimator; called only when it is needed.
        traces: Folder of kept traces, or None. A trace that is missing is made and kept.
        thinning: Which frames are left out; then traces are neither read nor kept.
        same_model: Whether a trace counts only when this estimator's model made it.
        not_kept: Told when the trace that was made can't be kept.
    """
    path = None
    if traces is not None and not thinning.any:
        path, trace = _kept_trace(clip, traces, open_pose().model_sha256 if same_model else None)
        if trace is not None:
            return trace.observations
    estimator = open_pose()
    estimator.reset()
    meta = TraceMeta(clip.path.name, estimator.name, estimator.model_sha256)
    made = TraceWriter(meta)
    observations = []
    # A trace serves every exercise, so everything is followed that any of them needs.
    senses = open_senses(clip.path, motion=True)
    with VideoReader(clip.path) as reader:
        for frame in thinned(reader, thinning):
            observation = perceive(frame, estimator, senses)
            observations.append(observation)
            made.add(observation)
    if path is not None:
        try:
            with staged(path.parent) as stage:
                made.save(stage / path.name)
        except OutputError as error:
            not_kept(error)
    return observations


def _kept_trace(
    clip: LabelledClip, traces: Path, model_sha256: str | None
) -> tuple[Path, Trace | None]:
    """Where the trace of a clip is kept, and the trace if it is there.

    When a model is asked for, a trace of another model stays as it is; the new one goes beside it,
    named after the model.
    """
    plain = traces / f"{clip.trace_name}.trace.npz"
    if model_sha256 is None:
        return plain, read_trace(plain) if plain.is_file() else None
    own = traces / f"{clip.trace_name}.{model_sha256[:8]}.trace.npz"
    for path in (plain, own):
        trace = read_trace(path) if path.is_file() else None
        if trace is not None and trace.meta.model_sha256 == model_sha256:
            return path, trace
    return own, None


def evaluate(
    clips: Sequence[LabelledClip],
    exercises: Sequence[Exercise],
    open_pose: Callable[[], Estimator],
    traces: Path | None = None,
    thinning: Thinning | None = None,
    failed: Callable[[LabelledClip, FormcheckError], None] = lambda clip, error: None,
    *,
    same_model: bool = False,
) -> Iterator[ClipOutcome]:
    """Judges every clip as each exercise.

    A clip that can't be read is told to ``failed`` and skipped; one whose trace can't be kept is
    told and judged all the same. See :func:`observations_of` for the rest.
    """
    for clip in clips:
        try:
            observations = observations_of(
                clip,
                open_pose,
                traces,
                thinning or Thinning(),
                same_model=same_model,
                not_kept=partial(failed, clip),
            )
        except FormcheckError as error:
            failed(clip, error)
            continue
        for exercise in exercises:
            yield judged_clip(clip, exercise, observations)
