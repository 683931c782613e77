"""The journal of a live session: what is needed to have it again after the program was killed.

A folder holds, while the session runs:

=================  ============================================================================
``journal.json``   who and what: written first, in one step
``journal.log``    what was measured: chunks of a quarter of a second, each with its checksum
``clip-live.mp4``  the picture, if it is kept, in fragments of a quarter of a second
=================  ============================================================================

When the session ends they become a bundle (:mod:`formcheck.sessionfile`) in the same folder: its
manifest is written last, in one step, so that there is a journal or a bundle at every moment and
never half of one. :func:`repair` does the same for a journal that was left behind.

A chunk is ``FCJ1``, the length of its payload and the payload's CRC-32 (two unsigned little-endian
integers of 32 bits), and the payload: observations as :func:`formcheck.media.trace.pack` writes
them. A chunk that was cut off, or damaged, is left out; those around it count.
"""

from __future__ import annotations

import json
import math
import mmap
import os
import shutil
import struct
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from formcheck import __version__
from formcheck.errors import BundleError, OutputError
from formcheck.judgement.engine import Engine
from formcheck.judgement.overrides import Change, base_version, changed
from formcheck.judgement.registry import find_exercise
from formcheck.judgement.report import Provenance, to_json
from formcheck.judgement.rule import Exercise, Limits
from formcheck.media.bundle import MANIFEST
from formcheck.media.remux import remux
from formcheck.media.staging import appearing, why_not_written
from formcheck.media.trace import Trace, TraceMeta, pack, unpack
from formcheck.media.writer import VideoWriter
from formcheck.perception.estimator import Estimator
from formcheck.pipeline import Behind
from formcheck.sessionfile import (
    CLIP,
    FILES,
    REPORT,
    SESSION,
    TRACE,
    About,
    Ending,
    SessionFile,
    open_session,
    read_about,
    save_trace,
    seal_session,
)
from formcheck.types import Frame, Observation, Report, StepOutput

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has none
    fcntl = None  # type: ignore[assignment]

__all__ = ["Journal", "Repaired", "is_journal", "repair", "trace_meta"]

HEADER, LOG, LIVE_CLIP = "journal.json", "journal.log", "clip-live.mp4"
SCHEMA = 1
CHUNK_S = 0.25
"""A chunk is written when it covers so much of the session, or so much time went by."""
SYNC_S = 2.0
"""So much may be lost when the power goes; a killed program loses what is not in a chunk yet."""
_MAGIC = b"FCJ1"
_CHUNK_HEAD = struct.Struct("<4sII")
_MAX_CHUNK_BYTES = 2**26
_PACKAGES = ("formcheck", "mediapipe", "opencv-contrib-python", "numpy", "av")


class Journal:
    """A sink that journals a live session and makes it a bundle at its end.

    Args:
        folder: Where; made if missing, and must be empty.
        exercise: What judges, with the limits in force.
        about: Who and what; how it ended is filled in at the end.
        meta: Where the trace comes from (:func:`trace_meta`).
        keep_clip: Whether the picture is kept as it comes.
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
        self._behind: Behind[Frame] = Behind(self._keep)
        self._sync: Behind[bool] = Behind(self._wait_for_disk)
        self._syncing = False
        try:
            self._log = _start(folder, exercise, about, meta)
        except BaseException:
            self._close_threads()
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
        self, report: Report, provenance: Provenance, ended: Ending = Ending.FINISHED
    ) -> SessionFile:
        """Makes the bundle; when that fails the journal is left to be repaired.

        Args:
            report: What the engine said.
            provenance: Where the report comes from.
            ended: How the session ended.

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
            trace = Trace(self._meta, _observations(self._folder)[0])
            session = _seal(self._folder, replace(self._about, ended=ended), trace, text)
        finally:
            self._close_threads()
            with suppress(OSError):  # what could not be written was told of before
                self._log.close()
        _clear(self._folder)
        return session

    def abort(self) -> None:
        """Stops and keeps nothing."""
        self._close_threads()
        with suppress(OSError):
            self._log.close()
        if self._video is not None:
            self._video.abort()
        _clear(self._folder)
        with suppress(OSError):  # somebody else's files are in it now
            self._folder.rmdir()

    def _flush(self) -> None:
        if not self._pending:
            return
        payload = pack(self._pending)
        self._pending.clear()
        try:
            self._log.write(_CHUNK_HEAD.pack(_MAGIC, len(payload), zlib.crc32(payload)) + payload)
            self._log.flush()
        except OSError as error:
            raise OutputError(_cannot(self._folder, error)) from error

    def _close_threads(self) -> None:
        self._behind.close()
        self._sync.close()

    def _wait_for_disk(self, _: bool) -> None:
        """In a thread of its own: a busy disk takes seconds, and nobody may wait for it."""
        try:
            os.fsync(self._log.fileno())
        except OSError as error:
            raise OutputError(_cannot(self._folder, error)) from error
        finally:
            self._syncing = False

    def _keep(self, frame: Frame) -> None:
        """In a thread of its own, so that encoding does not slow the loop."""
        if self._video is None:
            height_px, width_px = frame.image_rgb.shape[:2]
            path = self._folder / LIVE_CLIP
            self._video = VideoWriter(path, width_px, height_px, survives_kill=True)
        self._video.write(frame.image_rgb, frame.t_s)


@dataclass(frozen=True, slots=True)
class Repaired:
    """What came of a journal.

    Attributes:
        session: The session, as a bundle in the journal's folder.
        lost_bytes: So much of the journal could not be read: its end was cut off, or it is damaged.
        was_whole: Whether it was a bundle already.
    """

    session: SessionFile
    lost_bytes: int = 0
    was_whole: bool = False


def trace_meta(source: str, estimator: Estimator) -> TraceMeta:
    """Where a trace comes from that is made now, of this source by this estimator."""
    versions = {name: version(name) for name in _PACKAGES}
    return TraceMeta(source, estimator.name, estimator.model_sha256, versions)


def is_journal(folder: Path) -> bool:
    """Whether a folder holds a session that is running, or was left behind."""
    return (folder / HEADER).is_file() and not (folder / MANIFEST).exists()


def repair(folder: Path, exercises: Mapping[str, Exercise]) -> Repaired:
    """Makes a journal that was left behind a bundle; killed on the way, it can be done again.

    Args:
        folder: The folder of the session.
        exercises: Every exercise by name.

    Raises:
        BundleError: it is no journal, empty, or its session is still running.
        UnknownExercise: what was judged is not known here.
        OutputError: the bundle can't be written.
    """
    if (folder / MANIFEST).exists():
        session = open_session(folder)
        _clear(folder)
        return Repaired(session, was_whole=True)
    header = _read_header(folder)
    with _opened(folder) as log:
        if not _locked(log):
            raise BundleError(
                f"{folder.name} is still being recorded: end that session first, then try again."
            )
        exercise = _as_it_was(find_exercise(header.about.exercise, exercises), header)
        observations, lost_bytes = _observations(folder)
        trace = Trace(header.meta, observations)
        report = _report(trace, exercise, set_up=header.about.set_up)
        provenance = Provenance(
            formcheck_version=__version__,
            source=header.about.source,
            duration_s=report.duration_s,
            model_sha256=header.meta.model_sha256,
        )
        text = to_json(report, provenance, exercise)
        session = _seal(folder, replace(header.about, ended=Ending.KILLED), trace, text)
    _clear(folder)
    return Repaired(session, lost_bytes)


def _start(folder: Path, exercise: Exercise, about: About, meta: TraceMeta) -> IO[bytes]:
    """The log, opened and locked, with the header beside it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise OutputError(f"{folder} holds something already: choose another folder.")
        log = (folder / LOG).open("xb")
    except OSError as error:
        raise OutputError(_cannot(folder, error)) from error
    try:
        _locked(log)
        with appearing(folder / HEADER) as path:
            path.write_text(_header_json(exercise, about, meta), encoding="utf-8")
    except BaseException:
        log.close()
        (folder / LOG).unlink(missing_ok=True)
        raise
    return log


def _locked(log: IO[bytes]) -> bool:
    """Whether nobody else had the log locked; the lock ends with the process, however that ends."""
    if fcntl is None:  # pragma: no cover - Windows lets nobody delete or replace an open file
        return True
    try:
        fcntl.flock(log.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _opened(folder: Path) -> IO[bytes]:
    try:
        return (folder / LOG).open("rb")
    except OSError as error:
        raise BundleError(f"{folder.name} can't be repaired: it holds no {LOG}.") from error


def _header_json(exercise: Exercise, about: About, meta: TraceMeta) -> str:
    plain = {
        "schema_version": SCHEMA,
        "about": json.loads(about.to_json()),
        "rule_version": exercise.version,
        "limits": {
            check.code: {
                "limits": _band(check.limits),
                "absolute": _band(check.absolute),
            }
            for check in exercise.checks
        },
        "estimator": meta.estimator,
        "model_sha256": meta.model_sha256,
        "versions": dict(meta.versions),
    }
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def _band(limits: Limits | None) -> list[float] | None:
    return None if limits is None else [limits.good, limits.fault]


@dataclass(frozen=True, slots=True)
class _Header:
    about: About
    meta: TraceMeta
    rule_version: str
    limits: Mapping[str, Mapping[str, Any]]


def _read_header(folder: Path) -> _Header:
    if not folder.is_dir():
        raise BundleError(f"{folder} is no folder: give the folder of a session.")
    try:
        data = (folder / HEADER).read_bytes()
    except OSError as error:
        raise BundleError(
            f"{folder.name} can't be repaired: it holds no {HEADER}, which a session writes first."
        ) from error
    try:
        plain = json.loads(data)
        schema = plain["schema_version"]
        if type(schema) is not int or schema < 1:
            raise ValueError(f"schema_version {schema!r}")
        if schema > SCHEMA:
            raise BundleError(
                f"{folder.name} was recorded by a newer formcheck (journal schema {schema}, this "
                f"one reads {SCHEMA}): update formcheck."
            )
        about = read_about(json.dumps(plain["about"]).encode(), folder.name)
        versions = {str(name): str(told) for name, told in plain["versions"].items()}
        meta = TraceMeta(
            about.source, str(plain["estimator"]), str(plain["model_sha256"]), versions
        )
        return _Header(about, meta, str(plain["rule_version"]), dict(plain["limits"]))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BundleError(f"{folder.name} can't be repaired: its {HEADER} is damaged.") from error


def _as_it_was(exercise: Exercise, header: _Header) -> Exercise:
    """The exercise with the limits of that session, where somebody's own were in force.

    Limits of another version of the rule may mean something else: they are not carried over.
    """
    version_then = header.rule_version
    if version_then == exercise.version or base_version(version_then) != exercise.version:
        return exercise
    bands = (
        (check.code, name == "absolute", header.limits.get(check.code, {}).get(name))
        for check in exercise.checks
        for name in ("limits", "absolute")
    )
    return changed(
        exercise,
        [
            Change(exercise.name, code, boundary, float(value), absolute)
            for code, absolute, band in bands
            if band is not None
            for boundary, value in zip(("good", "fault"), band, strict=True)
        ],
    )


def _report(trace: Trace, exercise: Exercise, *, set_up: bool) -> Report:
    engine = Engine(exercise, set_up=set_up)
    for observation in trace.observations:
        engine.step(observation)
    return engine.close()


def _observations(folder: Path) -> tuple[tuple[Observation, ...], int]:
    """What the log holds, and how many bytes of it could not be read.

    Raises:
        BundleError: it holds nothing.
        TraceError: it was written by a newer formcheck.
    """
    found: list[Observation] = []
    path = folder / LOG
    read_bytes = 0
    for payload in _chunks(path):
        read_bytes += _CHUNK_HEAD.size + len(payload)
        last_s = found[-1].t_s if found else -math.inf
        found += (seen for seen in unpack(payload, folder.name) if seen.t_s > last_s)
    if not found:
        raise BundleError(
            f"{folder.name} ended before its first picture was journalled: there is nothing to "
            "repair, and the folder can be deleted."
        )
    return tuple(found), path.stat().st_size - read_bytes


def _chunks(path: Path) -> Iterator[bytes]:
    """The payloads of all chunks that are whole, in order."""
    if not path.stat().st_size:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as log:
        at = log.find(_MAGIC)
        while 0 <= at <= len(log) - _CHUNK_HEAD.size:
            _, size, checksum = _CHUNK_HEAD.unpack_from(log, at)
            begin = at + _CHUNK_HEAD.size
            payload = log[begin : begin + size] if size <= _MAX_CHUNK_BYTES else b""
            # Zeros after the magic would be an empty chunk whose checksum is right.
            if len(payload) == size > 0 and zlib.crc32(payload) == checksum:
                yield payload
                at = begin + size
            else:
                at += 1
            at = log.find(_MAGIC, at)


def _seal(folder: Path, about: About, trace: Trace, report_json: str) -> SessionFile:
    """Writes the parts, then the manifest; until then the folder is a journal."""
    try:
        live = folder / LIVE_CLIP
        clip = live.is_file() and remux(live, folder / FILES[CLIP])
        save_trace(trace, folder / FILES[TRACE])
        (folder / FILES[REPORT]).write_text(report_json, encoding="utf-8")
        (folder / FILES[SESSION]).write_bytes(about.to_json())
    except OSError as error:
        raise OutputError(_cannot(folder, error)) from error
    return seal_session(folder, clip=clip)


def _clear(folder: Path) -> None:
    """Removes what only a journal needs; what can't be removed does no harm."""
    for name in (LOG, LIVE_CLIP, HEADER):
        with suppress(OSError):
            (folder / name).unlink(missing_ok=True)
    for left_behind in folder.glob(".formcheck-*"):
        shutil.rmtree(left_behind, ignore_errors=True)


def _cannot(folder: Path, error: OSError) -> str:
    return f"The session can't be kept in {folder}: {why_not_written(error)}."
