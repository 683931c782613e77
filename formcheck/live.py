"""A live session: the loop with a voice, something that shows it, and what is kept of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from formcheck import __version__
from formcheck.judgement.engine import Engine
from formcheck.judgement.guide import Guide, guide_for
from formcheck.judgement.report import Provenance
from formcheck.judgement.rule import Exercise
from formcheck.media.staging import staged
from formcheck.perception.estimator import Estimator
from formcheck.perception.senses import Senses, open_senses
from formcheck.pipeline import Behind
from formcheck.presentation.overlay import Overlay
from formcheck.presentation.voice import Speaker
from formcheck.recording import Recording
from formcheck.session import Moment, Sink, run
from formcheck.types import Cue, CueKind, Frame, Observation, Report, StepOutput

__all__ = ["Screen", "coach", "session_folder"]


class Screen(Protocol):
    """Something that shows pictures."""

    def show(self, image_rgb: NDArray[np.uint8]) -> bool:
        """Shows one picture; True when the user asks to stop."""


@dataclass(slots=True)
class _Voice:
    """Speaks what the guide and the engine say, one voice at a time."""

    speaker: Speaker
    heard: Callable[[Cue], None]
    guide: Guide

    def write(self, frame: Frame, observation: Observation, step: StepOutput) -> None:
        del frame, observation
        cue = self.guide.update(step)
        if cue is not None:
            self.speaker.say(cue.text, urgent=cue.kind is CueKind.CORRECT)
            self.heard(cue)


class _Picture:
    """Draws each moment and shows it."""

    def __init__(self, exercise: Exercise, screen: Screen) -> None:
        self._exercise = exercise
        self._screen = screen
        self._overlay: Overlay | None = None
        self.stop_asked = False

    def write(self, frame: Frame, observation: Observation, step: StepOutput) -> None:
        if self._overlay is None:
            self._overlay = Overlay(self._exercise, observation.width_px, observation.height_px)
        picture = self._overlay.draw(frame.image_rgb, step, observation.pose, observation.outline)
        self.stop_asked = self._screen.show(picture) or self.stop_asked


class _NothingToKeepError(Exception):
    """No frame came; leaving the stage with an exception leaves no empty folder."""


class _Kept:
    """Records in a thread of its own, so that encoding does not slow the loop."""

    def __init__(self, start: Callable[[Observation], Recording]) -> None:
        self._start = start
        self.recording: Recording | None = None
        self._behind: Behind[Moment] = Behind(self._write)

    def write(self, frame: Frame, observation: Observation, step: StepOutput) -> None:
        self._behind.put((frame, observation, step))

    def _write(self, moment: Moment) -> None:
        if self.recording is None:
            self.recording = self._start(moment[1])
        self.recording.write(*moment)

    def finish(self, report: Report, provenance: Provenance) -> None:
        """Writes the results.

        Raises:
            _NothingToKeepError: there are none.
        """
        self._behind.finish()
        if self.recording is None:
            raise _NothingToKeepError
        self.recording.finish(report, provenance)

    def abort(self) -> None:
        self._behind.close()
        if self.recording is not None:
            self.recording.abort()


def coach(
    exercise: Exercise,
    estimator: Estimator,
    frames: Iterable[Frame],
    source: str,
    speaker: Speaker,
    screen: Screen | None = None,
    folder: Path | None = None,
    heard: Callable[[Cue], None] = lambda cue: None,
    ended: Callable[[Report, Provenance], None] = lambda report, provenance: None,
    watching: Sequence[Sink] = (),
) -> tuple[Report, Provenance]:
    """Coaches until the frames end, the user asks to stop, or Ctrl-C.

    When something fails on the way, e.g. the camera, what came before it is kept as well.

    Args:
        exercise: What is judged.
        estimator: Finds the pose.
        frames: The newest frame each time; stale ones are dropped before they get here.
        source: Name of the camera or clip, for the report.
        speaker: Says the cues.
        screen: Shows the annotated picture, or None.
        folder: Where clip, report and trace are kept, or None to keep nothing; not made when no
            frame came.
        heard: Told every cue that is said.
        ended: Told the result, also when the session failed; before anything is raised.
        watching: Take every moment as well, after the voice and before it is kept.

    Raises:
        DeviceError: the camera stopped.
        OutputError: the results can't be kept.
    """
    engine = Engine(exercise, set_up=True)
    sinks: list[Sink] = [_Voice(speaker, heard, guide_for(exercise))]
    picture = None if screen is None else _Picture(exercise, screen)
    if picture is not None:
        sinks.append(picture)
    sinks += watching
    with ExitStack() as stack:
        kept = None
        if folder is not None:
            stack.enter_context(suppress(_NothingToKeepError))
            stage = stack.enter_context(staged(folder))
            kept = _Kept(lambda seen: Recording(stage, exercise, source, _size(seen), estimator))
            stack.push(lambda kind, error, trace: kept.abort() if kind else None)
            sinks.append(kept)
        report, failure = _run(
            frames,
            estimator,
            engine,
            sinks,
            lambda: picture is not None and picture.stop_asked,
            open_senses(None, motion=exercise.motion),
        )
        provenance = Provenance(__version__, source, report.duration_s, estimator.model_sha256)
        ended(report, provenance)
        if kept is not None:
            kept.finish(report, provenance)
    if failure is not None:
        raise failure
    return report, provenance


def _run(
    frames: Iterable[Frame],
    estimator: Estimator,
    engine: Engine,
    sinks: Sequence[Sink],
    stop: Callable[[], bool],
    senses: Senses,
) -> tuple[Report, Exception | None]:
    """The loop, and what ended it before its time: a failure is no reason to lose the session."""
    try:
        return run(frames, estimator, engine, sinks, stop, senses), None
    except KeyboardInterrupt:
        return engine.close(), None
    except Exception as error:
        return engine.close(), error


def _size(seen: Observation) -> tuple[int, int]:
    return seen.width_px, seen.height_px


def session_folder(out: Path, began: datetime) -> Path:
    """A folder below ``out`` for one session, named after its beginning and not there yet."""
    name = began.strftime("%Y-%m-%d_%H%M%S")
    names = itertools.chain([name], (f"{name}-{n}" for n in itertools.count(2)))
    return next(out / name for name in names if not (out / name).exists())
