"""One recorded session as a bundle: what was measured, what was said of it, what a coach added.

==========  ================  ====================================================================
role        file              what it holds
==========  ================  ====================================================================
session     ``session.json``  who and what: exercise, source, set-up, how it ended
trace       ``trace.npz``     everything that was measured (:mod:`formcheck.media.trace`)
report      ``report.json``   what was said, with margins, the limits in force, the rule's version,
                              neutral and own range (``docs/report-json.md``)
clip        ``clip.mp4``      the picture as it came, if it was kept
notes       ``notes.json``    what a coach added, if anything
==========  ================  ====================================================================

From the trace and the exercise of that version the report can be made again, bit for bit.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

from formcheck import __version__
from formcheck.errors import BundleError, InputError
from formcheck.judgement.engine import Engine
from formcheck.judgement.report import Provenance, SavedReport, from_json, to_json
from formcheck.judgement.rule import Exercise
from formcheck.media.bundle import (
    Bundle,
    Source,
    open_bundle,
    seal,
    update_bundle,
    write_bundle,
)
from formcheck.media.trace import Trace, TraceWriter, read_trace
from formcheck.notes import Notes, read_notes
from formcheck.types import Report

__all__ = [
    "About",
    "Ending",
    "SessionFile",
    "judge_again",
    "open_session",
    "read_about",
    "save_notes",
    "save_session",
]

KIND = "session"
SCHEMA = 1
"""Of ``session.json``; raised when a key changes its meaning or goes away."""
SESSION, TRACE, REPORT, CLIP, NOTES = "session", "trace", "report", "clip", "notes"
FILES = {
    SESSION: "session.json",
    TRACE: "trace.npz",
    REPORT: "report.json",
    CLIP: "clip.mp4",
    NOTES: "notes.json",
}
MADE_BY = f"formcheck {__version__}"
MAX_TRACE_BYTES = 2**31
"""Unpacked: some seven hours at 60 frames a second."""


class Ending(str, Enum):
    """How a session ended."""

    FINISHED = "finished"
    FAILED = "failed"
    """Something went wrong on the way, e.g. the camera stopped."""
    KILLED = "killed"
    """The program was ended from one moment to the next; what was journalled was saved later."""


@dataclass(frozen=True, slots=True)
class About:
    """Who and what, and under which circumstances.

    Attributes:
        exercise: Name of the exercise.
        source: File name of the clip, or name of the camera.
        began: When, ISO 8601 with the zone; empty: not known.
        person: Whose session it is, as the user calls them; empty: nobody's in particular.
        set_up: Whether it began with the spoken set-up of the user's own range.
        ended: How it ended.
    """

    exercise: str
    source: str
    began: str = ""
    person: str = ""
    set_up: bool = False
    ended: Ending = Ending.FINISHED

    def to_json(self) -> bytes:
        """The bytes of ``session.json``."""
        plain = {
            "schema_version": SCHEMA,
            "exercise": self.exercise,
            "source": self.source,
            "began": self.began,
            "person": self.person,
            "set_up": self.set_up,
            "ended": self.ended.value,
        }
        return (json.dumps(plain, indent=2, ensure_ascii=False) + "\n").encode()


@dataclass(frozen=True, eq=False)
class SessionFile:
    """A session that was opened. Trace and notes are read when they are asked for.

    Attributes:
        bundle: Where it is.
        about: Who and what.
        saved: What was said, and the limits in force.
    """

    bundle: Bundle
    about: About
    saved: SavedReport

    @property
    def path(self) -> Path:
        """The bundle's folder or file."""
        return self.bundle.path

    @property
    def exercise(self) -> str:
        """Name of the exercise."""
        return self.about.exercise

    @property
    def report(self) -> Report:
        """What the engine said."""
        return self.saved.report

    @property
    def thresholds(self) -> Mapping[str, Mapping[str, Any]]:
        """Check code → the limits in force, as in ``docs/report-json.md``."""
        return self.saved.thresholds

    @property
    def neutrals(self) -> tuple[Mapping[str, float], ...]:
        """Of each hold the user's own neutral by feature name, in order of time."""
        return tuple(hold.neutral for hold in self.report.holds)

    @property
    def has_clip(self) -> bool:
        """Whether the picture was kept."""
        return CLIP in self.bundle

    @property
    def clip(self) -> Path | None:
        """The clip of a folder, its bytes not verified; None in a zip, or without one.

        Its first frame belongs to the first observation of the trace. From a zip it is taken by
        :meth:`copy_clip`.

        Raises:
            BundleError: it is missing, or a link or a device.
        """
        return self.bundle.file_of(CLIP)

    @cached_property
    def trace(self) -> Trace:
        """Everything that was measured.

        Raises:
            BundleError: it is damaged, or would unpack to more than any session needs.
            TraceError: it is no trace that can be read.
        """
        with tempfile.TemporaryDirectory(prefix=".formcheck-") as folder:
            path = Path(folder) / FILES[TRACE]
            self.bundle.copy(TRACE, path)
            return _read_wary(path, self.path.name)

    @cached_property
    def notes(self) -> Notes:
        """What a coach added.

        Raises:
            BundleError: they are damaged or of a newer formcheck.
        """
        bundle = self.bundle
        while NOTES in bundle:
            try:
                return read_notes(bundle.read(NOTES), self.path.name)
            except BundleError:
                # New notes get a file of a new name, and the old one goes: look where they are.
                now = open_bundle(self.path)
                if now.manifest.parts.get(NOTES) == bundle.manifest.parts.get(NOTES):
                    raise
                bundle = now
        return Notes()

    def copy_clip(self, target: Path) -> None:
        """Writes the clip to a file, verified.

        Raises:
            BundleError: there is none, or it is damaged.
            OutputError: the file can't be written, or is there already.
        """
        self.bundle.copy(CLIP, target)

    def report_json(self) -> bytes:
        """The bytes of ``report.json``, verified.

        Raises:
            BundleError: they are damaged.
        """
        return self.bundle.read(REPORT)


def open_session(path: Path) -> SessionFile:
    """Opens the bundle of a session, folder or zip.

    Args:
        path: The folder or ``.formcheck`` file.

    Raises:
        BundleError: it is no bundle of a session, damaged, of a newer formcheck, or not to be
            trusted.
        InputError: its report is of a newer formcheck.
    """
    bundle = open_bundle(path)
    if bundle.manifest.kind != KIND:
        raise BundleError(f"{path.name} is a formcheck bundle, but not that of a session.")
    about = read_about(bundle.read(SESSION), path.name)
    report = bundle.read(REPORT)
    try:
        saved = from_json(report.decode())
    except (UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"The report in {path.name} is damaged.") from error
    except InputError as error:
        raise BundleError(f"{path.name}: {error}") from error
    if saved.report.exercise != about.exercise:
        raise BundleError(f"{path.name} contradicts itself: its report is of another exercise.")
    return SessionFile(bundle, about, saved)


def save_session(
    path: Path,
    about: About,
    trace: Trace,
    exercise: Exercise,
    report: Report,
    provenance: Provenance,
    *,
    clip: Path | None = None,
    notes: Notes | None = None,
) -> SessionFile:
    """Saves a session as a new bundle, all of it or nothing.

    Args:
        path: A new folder, or with the suffix ``.formcheck`` a new file.
        about: Who and what.
        trace: Everything that was measured.
        exercise: What judged, with the limits in force.
        report: What it said.
        provenance: Where the report comes from.
        clip: The picture as it came, to be copied; None: it is not kept.
        notes: What a coach added, if anything.

    Raises:
        OutputError: something is there already, or it can't be written.
    """
    with tempfile.TemporaryDirectory(prefix=".formcheck-") as folder:
        trace_file = Path(folder) / FILES[TRACE]
        save_trace(trace, trace_file)
        sources: dict[str, Source] = {
            SESSION: about.to_json(),
            TRACE: trace_file,
            REPORT: to_json(report, provenance, exercise).encode(),
        }
        if clip is not None:
            sources[CLIP] = clip
        if notes is not None:
            sources[NOTES] = notes.to_json()
        named = {role: (FILES[role], source) for role, source in sources.items()}
        write_bundle(path, KIND, named, MADE_BY, datetime.now().astimezone())
    return open_session(path)


def save_notes(path: Path, notes: Notes) -> SessionFile:
    """Puts notes in the place of those that a session's bundle holds; the rest is left alone.

    Raises:
        BundleError: it is no bundle that can be read.
        OutputError: it can't be written.
    """
    open_session(path)
    update_bundle(path, {NOTES: (FILES[NOTES], notes.to_json())})
    return open_session(path)


def seal_session(folder: Path, *, clip: bool) -> SessionFile:
    """Makes a folder that holds the files of a session a bundle, from one moment to the next.

    Args:
        folder: With ``session.json``, ``trace.npz`` and ``report.json`` in it.
        clip: Whether there is a ``clip.mp4`` as well.

    Raises:
        OutputError: it can't be written.
    """
    roles = (SESSION, TRACE, REPORT, *((CLIP,) if clip else ()))
    files = {role: FILES[role] for role in roles}
    seal(folder, KIND, files, MADE_BY, datetime.now().astimezone())
    return open_session(folder)


def judge_again(session: SessionFile, exercise: Exercise) -> str:
    """The text of ``report.json`` as this exercise gives it for what was measured.

    Args:
        session: The session.
        exercise: What judges; with the version and limits of the session it says the same again.

    Returns:
        The JSON text, with the provenance of the saved report.
    """
    engine = Engine(exercise, set_up=session.about.set_up)
    for observation in session.trace.observations:
        engine.step(observation)
    return to_json(engine.close(), session.saved.provenance, exercise)


def save_trace(trace: Trace, path: Path) -> None:
    """Writes a trace that was read, or put together, to a file.

    Raises:
        OutputError: the file can't be written.
        ValueError: its times don't increase.
    """
    writer = TraceWriter(trace.meta)
    for observation in trace.observations:
        writer.add(observation)
    writer.save(path)


def read_about(data: bytes, bundle: str) -> About:
    """Reads what :meth:`About.to_json` wrote.

    Args:
        data: Its bytes.
        bundle: What the bundle is called in messages.

    Raises:
        BundleError: it is none, damaged, or of a newer formcheck.
    """
    try:
        plain = json.loads(data)
        version = plain["schema_version"]
        if type(version) is not int or version < 1:
            raise ValueError(f"schema_version {version!r}")
        if version > SCHEMA:
            raise BundleError(
                f"{bundle} holds a session of a newer formcheck (schema {version}, this one reads "
                f"{SCHEMA}): update formcheck."
            )
        if type(plain["set_up"]) is not bool:
            raise ValueError(f"set_up {plain['set_up']!r}")
        return About(
            exercise=str(plain["exercise"]),
            source=str(plain["source"]),
            began=str(plain["began"]),
            person=str(plain["person"]),
            set_up=plain["set_up"],
            ended=Ending(plain["ended"]),
        )
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise BundleError(
            f"{bundle} is damaged: its session.json says what was not expected ({error!r})."
        ) from error


def _read_wary(path: Path, bundle: str) -> Trace:
    """Reads a trace of unknown origin: it is a zip itself, and might be a bomb."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked_bytes = sum(info.file_size for info in archive.infolist())
        if unpacked_bytes > MAX_TRACE_BYTES:
            raise BundleError(
                f"{bundle} is not to be trusted: its trace would unpack to more than any session "
                "needs."
            )
        return read_trace(path)
    except (zipfile.BadZipFile, MemoryError, NotImplementedError, RuntimeError) as error:
        raise BundleError(f"The trace in {bundle} is damaged.") from error
