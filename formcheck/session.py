"""The only loop: source → perception → engine → sinks. Files, cameras, tests: all run it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from formcheck.judgement.engine import Engine
from formcheck.perception.estimator import Estimator, observe
from formcheck.perception.senses import NO_SENSES, Senses
from formcheck.pipeline import Ahead, Behind
from formcheck.types import Frame, Observation, Outline, Pose, Report, StepOutput

__all__ = ["Moment", "Sink", "run", "run_pipelined"]

Moment = tuple[Frame, Observation, StepOutput]
"""What one turn of the loop gives."""


class Sink(Protocol):
    """Takes what the loop gives, one moment after the other, from one thread at a time."""

    def write(self, frame: Frame, observation: Observation, step: StepOutput) -> None:
        """Takes one moment."""


Seen = tuple[Frame, Pose | None, Outline | None]
"""A frame, and who was found in it."""


def found(frames: Iterable[Frame], estimator: Estimator) -> Iterator[Seen]:
    """The first half of the loop: looks for the person in every frame."""
    for frame in frames:
        pose = estimator.estimate(frame)
        yield frame, pose, estimator.outline(frame)


def moments(seen: Iterable[Seen], engine: Engine, senses: Senses) -> Iterator[Moment]:
    """The second half of the loop: follows, observes and judges every frame."""
    for frame, pose, outline in seen:
        observation = observe(frame, pose, outline, senses.sense(frame, pose))
        yield frame, observation, engine.step(observation)


def run(
    frames: Iterable[Frame],
    estimator: Estimator,
    engine: Engine,
    sinks: Sequence[Sink],
    stop: Callable[[], bool] = lambda: False,
    senses: Senses = NO_SENSES,
) -> Report:
    """Runs a session in this thread, as live sessions do.

    Args:
        frames: In order of time.
        estimator: Finds the pose.
        engine: Judges; closed at the end.
        sinks: Take every moment, in this order.
        stop: Asked after each frame.
        senses: What is followed besides the pose.
    """
    for frame, observation, step in moments(found(frames, estimator), engine, senses):
        for sink in sinks:
            sink.write(frame, observation, step)
        if stop():
            break
    return engine.close()


def run_pipelined(
    frames: Iterable[Frame],
    estimator: Estimator,
    engine: Engine,
    sinks: Sequence[Sink],
    progress: Callable[[float], None] = lambda t_s: None,
    senses: Senses = NO_SENSES,
) -> Report:
    """Runs a session with decoding, pose and sinks in threads of their own; results of :func:`run`.

    Args:
        frames: In order of time; read from another thread until this returns.
        estimator: Finds the pose, in another thread, a few frames ahead of this one.
        engine: Judges, in this thread; closed at the end.
        sinks: Take every moment, in this order, in another thread.
        progress: Told the time of each frame, in this thread.
        senses: What is followed besides the pose, in this thread.
    """

    def drain(moment: Moment) -> None:
        for sink in sinks:
            sink.write(*moment)

    ahead = Ahead(frames)
    seen = Ahead(found(ahead, estimator))
    behind = Behind(drain)
    try:
        with _quick_handover():
            for moment in moments(seen, engine, senses):
                behind.put(moment)
                progress(moment[0].t_s)
            behind.finish()
    finally:
        seen.close()
        ahead.close()
        behind.close()
    return engine.close()


@contextmanager
def _quick_handover() -> Iterator[None]:
    """Lets the pose thread have the interpreter back soon; by default it may wait for 5 ms."""
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        yield
    finally:
        sys.setswitchinterval(usual_s)
