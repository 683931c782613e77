"""Draws what a session's bundle holds: the annotated clip, the report page, stills and tables.

Nothing of this is made while a session runs. The pictures of the kept clip and the observations of
the trace go through the engine and the same sink that records a clip, so what comes of them is what
would have been recorded on the way; only the clip was encoded once more.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.errors import FormcheckError, OutputError
from formcheck.judgement.engine import Engine
from formcheck.judgement.overrides import changed
from formcheck.judgement.registry import find_exercise
from formcheck.judgement.rule import Exercise
from formcheck.media.bundle import MANIFEST
from formcheck.media.reader import VideoReader
from formcheck.media.staging import staged
from formcheck.pipeline import Ahead
from formcheck.presentation import palette
from formcheck.recorded import Recorded, changes_of_saved, is_saved
from formcheck.recording import REPORT_JSON, TRACE, Decorate, Recording
from formcheck.sessionfile import CLIP, FILES, SessionFile
from formcheck.types import Frame, Observation, Report

__all__ = ["CancelledError", "Rendered", "clip_of", "exercise_of", "pictures_of", "render"]

_SAME_S = 0.002
"""Times of one picture in clip and trace differ by no more; the clip counts in 1/90 000 s."""

Picture = NDArray[np.uint8]


class CancelledError(FormcheckError):
    """Somebody stopped the drawing; nothing half-made was left."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What was drawn.

    Attributes:
        folder: Where it is.
        report: What the engine says of the trace.
        as_saved: Whether that is what was said in the session, to the last bit; if not, it was
            made by another version of the rule.
    """

    folder: Path
    report: Report
    as_saved: bool


def exercise_of(session: SessionFile, exercises: Mapping[str, Exercise]) -> Exercise:
    """The exercise of a session with the limits that were in force in it.

    Limits of another version of the rule may mean something else: they are not carried over.

    Args:
        session: The session.
        exercises: Every exercise by name.

    Raises:
        UnknownExercise: what was judged is not known here.
    """
    rule = find_exercise(session.exercise, exercises)
    recorded = Recorded(session.about.source, (), session.exercise, session.saved)
    return changed(rule, changes_of_saved(recorded, rule))


def render(
    session: SessionFile,
    exercise: Exercise,
    folder: Path,
    progress: Callable[[float, float], None] = lambda done_s, all_s: None,
    cancelled: Callable[[], bool] = lambda: False,
    decorate: Decorate | None = None,
) -> Rendered:
    """Writes everything that ``analyze`` writes of a clip; all of it, or nothing.

    Without a kept clip the figure is drawn on a plain ground.

    Args:
        session: A recorded session.
        exercise: What judges, with the limits in force (:func:`exercise_of`).
        folder: Where to; may be the bundle's own folder, whose parts are left as they are.
        progress: Told how many seconds of how many are drawn, after every picture.
        cancelled: Asked before every picture; True stops it.
        decorate: Draws on every picture last, e.g. what a coach drew.

    Raises:
        CancelledError: ``cancelled`` said so.
        BundleError: trace or clip are damaged.
        MediaError: the clip can't be read.
        OutputError: it can't be written, or another session lies in the folder.
    """
    own = session.path.is_dir() and folder.resolve() == session.path.resolve()
    if not own and (folder / MANIFEST).exists():
        raise OutputError(f"{folder} holds another session: choose another folder.")
    seen = session.trace.observations
    first = seen[0]
    engine = Engine(exercise, set_up=session.about.set_up)
    with ExitStack() as stack:
        clip = stack.enter_context(clip_of(session))
        stage = stack.enter_context(staged(folder))
        recording = Recording(
            stage,
            exercise,
            session.about.source,
            (first.width_px, first.height_px),
            session.trace.meta,
            audio_from=clip if clip is not None and _has_sound(clip) else None,
            decorate=decorate,
        )
        stack.push(lambda kind, error, trace: recording.abort() if kind else None)
        pictures = stack.enter_context(closing(pictures_of(session, clip)))
        for observation, image_rgb in pictures:
            if cancelled():
                raise CancelledError("The drawing was stopped; the session itself is whole.")
            frame = Frame(observation.t_s, image_rgb)
            recording.write(frame, observation, engine.step(observation))
            progress(observation.t_s - first.t_s, seen[-1].t_s - first.t_s)
        report = engine.close()
        recording.finish(report, session.saved.provenance)
        if own:
            for name in (TRACE, REPORT_JSON):
                (stage / name).unlink()
    return Rendered(folder, report, is_saved(report, exercise, session.saved))


def pictures_of(
    session: SessionFile, clip: Path | None
) -> Generator[tuple[Observation, Picture], None, None]:
    """Every observation of a session with the picture that it was made of.

    Where the clip lacks one, e.g. as its end was lost, the one before stands for it.

    Args:
        session: The session.
        clip: Its clip as a file, or None: a plain ground.

    Yields:
        The observation, and uint8 (height, width, 3) of the size that it was made at.

    Raises:
        MediaError: the clip can't be read.
    """
    seen = session.trace.observations
    size_px = (seen[0].width_px, seen[0].height_px)
    ground = np.full((size_px[1], size_px[0], 3), palette.PANEL, np.uint8)
    if clip is None:
        for observation in seen:
            yield observation, ground
        return
    with VideoReader(clip) as reader:
        ahead = Ahead(reader)
        try:
            yield from _matched(seen, iter(ahead), ground)
        finally:
            ahead.close()


def _matched(
    seen: tuple[Observation, ...], frames: Iterator[Frame], ground: Picture
) -> Iterator[tuple[Observation, Picture]]:
    """The first picture of a clip belongs to the first observation; the others go by their time."""
    shown, waiting = ground, next(frames, None)
    for observation in seen:
        t_s = observation.t_s - seen[0].t_s
        while waiting is not None and waiting.t_s <= t_s + _SAME_S:
            shown, waiting = _fitted(waiting.image_rgb, ground), next(frames, None)
        yield observation, shown


def _fitted(image_rgb: Picture, ground: Picture) -> Picture:
    """The picture in the size that was measured in: an encoder cuts an odd last row or column."""
    if image_rgb.shape == ground.shape:
        return image_rgb
    height_px, width_px = ground.shape[:2]
    down_px, right_px = height_px - image_rgb.shape[0], width_px - image_rgb.shape[1]
    if down_px in (0, 1) and right_px in (0, 1):
        fitted = cv2.copyMakeBorder(image_rgb, 0, down_px, 0, right_px, cv2.BORDER_REPLICATE)
    else:
        fitted = cv2.resize(image_rgb, (width_px, height_px), interpolation=cv2.INTER_AREA)
    return np.asarray(fitted, np.uint8)


@contextmanager
def clip_of(session: SessionFile) -> Iterator[Path | None]:
    """The clip as a file: in its place, or for a while when it lies in a zip."""
    if not session.has_clip or session.clip is not None:
        yield session.clip
        return
    with tempfile.TemporaryDirectory(prefix=".formcheck-") as name:
        path = Path(name) / FILES[CLIP]
        session.copy_clip(path)
        yield path


def _has_sound(clip: Path) -> bool:
    with VideoReader(clip) as reader:
        return reader.info.has_audio
