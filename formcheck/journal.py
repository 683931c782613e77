"""A sink that journals a live session, so that a killed program loses next to nothing of it.

What lies in the folder meanwhile is told in :mod:`formcheck.journalfiles`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import IO

from formcheck.errors import OutputError
from formcheck.journalfiles import (
    HEADER,
    LISTED,
    LIVE_CLIP,
    LOG,
    Listing,
    append_chunk,
    cannot_keep,
    clear,
    header_json,
    locked,
    observations_of,
    seal_journal,
)
from formcheck.judgement.report import Provenance, to_json
from formcheck.judgement.rule import Exercise
from formcheck.media.staging import appearing
from formcheck.media.trace import Trace, TraceMeta
from formcheck.media.writer import VideoWriter
from formcheck.perception.estimator import Estimator
from formcheck.pipeline import Behind
from formcheck.sessionfile import About, Ending, SessionFile
from formcheck.types import Frame, Observation, Report, StepOutput

__all__ = ["Journal", "trace_meta"]

CHUNK_S = 0.25
"""A chunk is written when it covers so much of the session, or so much time went by."""
SYNC_S = 2.0
"""So much may be lost when the power goes; a killed program loses what is not in a chunk yet."""
_WAITING = 2
"""Pictures that wait for the encoder: a kill costs them all, and on a busy machine each is long."""
_PACKAGES = ("formcheck", "mediapipe", "opencv-contrib-python", "numpy", "av")


class Journal:
    """A sink that journals a live session and makes it a bundle at its end.

    Args:
        folder: Where; made if missing, and must be empty.
        exercise: What judges, with the limits in force.
        about: Who and what; how it ended is filled in at the end.
        meta: Where the trace comes from (:func:`trace_meta`).
        keep_clip: Whether the picture is kept as it comes.
        listing: What is to become of it in the library, should the program be killed.
        clock: Seconds, never running backwards.

    Raises:
        OutputError: something is in the folder already, or it can't be written.
    """

    def __init__(
        self,
        folder: Path,
        exercise: Exercise,
        about: About,
        meta: TraceMeta,
        *,
        keep_clip: bool = False,
        listing: Listing = LISTED,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._exercise = exercise
        self._about = about
        self._meta = meta
        self._clock = clock
        self._pending: list[Observation] = []
        self._since = self._synced = clock()
        self._n_observations = 0
        self._video: VideoWriter | None = None
        self._keep_clip = keep_clip
        self._behind: Behind[Frame] = Behind(self._keep, _WAITING)
        self._sync: Behind[bool] = Behind(self._wait_for_disk)
        self._syncing = False
        self._made = [path for path in (folder, *folder.parents) if not path.exists()]
        try:
            self._log = _start(folder, header_json(exercise, about, meta, listing))
        except BaseException:
            self._close_threads()
            self._remove_folders()
            raise

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return self._folder

    def __len__(self) -> int:
        """Number of moments that were journalled, those of the chunk under way included."""
        return self._n_observations

    def write(self, frame: Frame, observation: Observation, step: StepOutput) -> None:
        """Takes one moment.

        Raises:
            OutputError: it can't be written.
            ValueError: its time doesn't come after the last one's.
        """
        del step
        if self._pending and observation.t_s <= self._pending[-1].t_s:
            raise ValueError(f"t_s: {observation.t_s} does not come after the one before")
        self._pending.append(observation)
        self._n_observations += 1
        if self._keep_clip:
            self._behind.put(frame)
        now = self._clock()
        if observation.t_s - self._pending[0].t_s >= CHUNK_S or now - self._since >= CHUNK_S:
            self._flush()
            self._since = now
        if now - self._synced >= SYNC_S and not self._syncing:
            self._synced, self._syncing = now, True
            self._sync.put(True)

    def finish(
        self,
        report: Report,
        provenance: Provenance,
        ended: Ending = Ending.FINISHED,
        sealed: Callable[[SessionFile], bool] = lambda session: True,
    ) -> SessionFile:
        """Makes the bundle; when that fails the journal is left to be repaired.

        Args:
            report: What the engine said.
            provenance: Where the report comes from.
            ended: How the session ended.
            sealed: Told of the bundle as soon as it is whole, while nobody else may take it for
                left behind. False: the library could not be told of it; the header stays, so that
                it is told later.

        Raises:
            OutputError: it can't be written.
            BundleError: no moment was ever journalled.
        """
        try:
            self._flush()
            self._behind.finish()
            self._sync.finish()
            if self._video is not None:
                self._video.close()
            text = to_json(report, provenance, self._exercise)
            trace = Trace(self._meta, observations_of(self._folder)[0])
            session = seal_journal(self._folder, replace(self._about, ended=ended), trace, text)
            told = sealed(session)
        finally:
            self.close()
        clear(self._folder, header=told)
        return session

    def close(self) -> None:
        """Stops and leaves what was journalled to be repaired; harmless after the other ends."""
        self._close_threads()
        if self._video is not None:
            self._video.abort()  # What was written stays.
        with suppress(OSError):  # what could not be written was told of before
            self._log.close()

    def abort(self) -> None:
        """Stops and keeps nothing."""
        self.close()
        clear(self._folder)
        self._remove_folders()

    def _remove_folders(self) -> None:
        """Those that were made for this session, as far as nothing else is in them by now."""
        for folder in self._made:
            with suppress(OSError):
                folder.rmdir()

    def _flush(self) -> None:
        if not self._pending:
            return
        observations, self._pending = self._pending, []
        try:
            append_chunk(self._log, observations)
        except OSError as error:
            raise OutputError(cannot_keep(self._folder, error)) from error

    def _close_threads(self) -> None:
        self._behind.close()
        self._sync.close()

    def _wait_for_disk(self, _: bool) -> None:
        """In a thread of its own: a busy disk takes seconds, and nobody may wait for it."""
        try:
            os.fsync(self._log.fileno())
        except OSError as error:
            raise OutputError(cannot_keep(self._folder, error)) from error
        finally:
            self._syncing = False

    def _keep(self, frame: Frame) -> None:
        """In a thread of its own, so that encoding does not slow the loop."""
        if self._video is None:
            height_px, width_px = frame.image_rgb.shape[:2]
            path = self._folder / LIVE_CLIP
            self._video = VideoWriter(path, width_px, height_px, survives_kill=True)
        self._video.write(frame.image_rgb, frame.t_s)


def trace_meta(source: str, estimator: Estimator) -> TraceMeta:
    """Where a trace comes from that is made now, of this source by this estimator."""
    versions = {name: version(name) for name in _PACKAGES}
    return TraceMeta(source, estimator.name, estimator.model_sha256, versions)


def _start(folder: Path, header: str) -> IO[bytes]:
    """The log, opened and locked, with the header beside it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise OutputError(f"{folder} holds something already: choose another folder.")
        log = (folder / LOG).open("xb")
    except OSError as error:
        raise OutputError(cannot_keep(folder, error)) from error
    try:
        if not locked(log):
            raise OutputError(f"{folder} is used by another program: choose another folder.")
        with appearing(folder / HEADER) as path:
            path.write_text(header, encoding="utf-8")
    except BaseException:
        log.close()
        (folder / LOG).unlink(missing_ok=True)
        raise
    return log
