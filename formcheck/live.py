"""A live session: the loop with a voice, something that shows it, and what is kept of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from formcheck import __version__
from formcheck.journal import Journal, trace_meta
from formcheck.journalfiles import LISTED, Listing
from formcheck.judgement.engine import Engine
from formcheck.judgement.guide import Guide, guide_for
from formcheck.judgement.report import Provenance
from formcheck.judgement.rule import Exercise
from formcheck.perception.estimator import Estimator
from formcheck.perception.senses import Senses, open_senses
from formcheck.presentation.overlay import Overlay
from formcheck.presentation.voice import Speaker
from formcheck.session import Sink, run
from formcheck.sessionfile import About, Ending, SessionFile
from formcheck.types import Cue, CueKind, Frame, Observation, Report, StepOutput

__all__ = ["Keep", "Screen", "coach", "session_folder"]


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


@dataclass(frozen=True, slots=True)
class Keep:
    """How a session is kept: journalled while it runs, a bundle at its end.

    Attributes:
        folder: Where; not there yet, and not made when no frame comes.
        began: When, with the zone.
        person: Whose session it is, as the user calls them; empty: nobody's in particular.
        listing: What is to become of it in the library, should the program be killed.
        sealed: Told of the bundle at the end; whether the library knows of it now.
    """

    folder: Path
    began: datetime
    person: str = ""
    listing: Listing = LISTED
    sealed: Callable[[SessionFile], bool] = lambda session: True


def coach(
    exercise: Exercise,
    estimator: Estimator,
    frames: Iterable[Frame],
    source: str,
    speaker: Speaker,
    screen: Screen | None = None,
    keep: Keep | None = None,
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
        keep: How clip, trace and report are kept, or None to keep nothing.
        heard: Told every cue that is said.
        ended: Told the result, also when the session failed; before anything is raised.
        watching: Take every moment as well, after the voice and before it is kept.

    Raises:
        DeviceError: the camera stopped.
        OutputError: the session can't be kept. What was journalled by then is left, to be repaired.
    """
    engine = Engine(exercise, set_up=True)
    sinks: list[Sink] = [_Voice(speaker, heard, guide_for(exercise))]
    picture = None if screen is None else _Picture(exercise, screen)
    if picture is not None:
        sinks.append(picture)
    sinks += watching
    with ExitStack() as stack:
        journal = None
        if keep is not None:
            journal = stack.enter_context(closing(_journal(keep, exercise, source, estimator)))
            sinks.append(journal)
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
        if journal is not None and keep is not None:
            _finish(journal, report, provenance, failure, keep)
    if failure is not None:
        raise failure
    return report, provenance


def _finish(
    journal: Journal, report: Report, provenance: Provenance, failure: Exception | None, keep: Keep
) -> None:
    if len(journal):
        how = Ending.FINISHED if failure is None else Ending.FAILED
        journal.finish(report, provenance, how, keep.sealed)
    else:
        journal.abort()


def _journal(keep: Keep, exercise: Exercise, source: str, estimator: Estimator) -> Journal:
    about = About(
        exercise=exercise.name,
        source=source,
        began=keep.began.isoformat(timespec="seconds"),
        person=keep.person,
        set_up=True,
    )
    meta = trace_meta(source, estimator)
    return Journal(keep.folder, exercise, about, meta, keep_clip=True, listing=keep.listing)


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


def session_folder(out: Path, began: datetime) -> Path:
    """A folder below ``out`` for one session, named after its beginning and not there yet."""
    name = began.strftime("%Y-%m-%d_%H%M%S")
    names = itertools.chain([name], (f"{name}-{n}" for n in itertools.count(2)))
    return next(out / name for name in names if not (out / name).exists())
