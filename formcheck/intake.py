"""Sessions that come from elsewhere, as bundles, into the library of the app."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path, PurePath

from formcheck.archive.access import LOCAL, Viewer
from formcheck.archive.files import CLIPS, make_private, recording_in
from formcheck.archive.store import Library
from formcheck.errors import BundleError, InputError, OutputError
from formcheck.judgement.registry import find_exercise
from formcheck.judgement.rule import Exercise
from formcheck.media.bundle import copy_bundle, is_bundle
from formcheck.media.manifest import MANIFEST
from formcheck.media.staging import why_not_written
from formcheck.sessionfile import SessionFile, open_session

__all__ = ["Taken", "bundles_in", "take"]

_HASH_DIGITS = 8
_TAKING = threading.Lock()
"""A copy that is not listed yet looks like one that was left behind: one at a time."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a bundle.

    Attributes:
        number: Its number in the library.
        was_there: Whether it was in the library already; then nothing was changed.
        session: What was brought.
    """

    number: int
    was_there: bool
    session: SessionFile


def bundles_in(path: Path) -> list[Path]:
    """The bundles that a path names: itself, or every one in a folder, all the way down.

    Raises:
        InputError: it is not there, or a folder without any.
    """
    if not path.exists():
        raise InputError(f"{path} is not there: check the path.")
    if not path.is_dir() or is_bundle(path):
        return [path]
    found: list[Path] = []
    for each in sorted(path.rglob("*")):
        if any(part.startswith(".") for part in each.relative_to(path).parts):
            continue  # of a program at work, or killed at it
        if is_bundle(each) and not any(parent in found for parent in each.parents):
            found.append(each)
    if not found:
        raise InputError(
            f"{path}: there is no session in this folder; a session is a .formcheck file, or a "
            f"folder with a {MANIFEST}"
        )
    return found


def take(
    library: Library,
    path: Path,
    exercises: Mapping[str, Exercise],
    *,
    person: str | int = "",
    tags: Iterable[str] = (),
    viewer: Viewer = LOCAL,
    besides: int | None = None,
) -> Taken:
    """Puts a bundle into the library: a copy of it, verified, below the app's folder.

    A copy that was left by a process that was killed at this is used, not made again.

    Args:
        library: Where it goes.
        path: The bundle, folder or ``.formcheck`` file; it stays where it is.
        exercises: Those that are installed, by name.
        person: Whose session it is, by name or number; empty: as the bundle says, where the
            viewer looks after people.
        tags: Words to find it by.
        viewer: Whose it is to be.
        besides: A session that does not count as the same one.

    Raises:
        BundleError: it is no bundle of a session, damaged, or not to be trusted.
        TraceError: its trace can't be read.
        UnknownExercise: its exercise is not installed.
        InputError: the person or a tag can't be called that.
        NotAllowedError: the person is nobody whom the viewer may add sessions of.
        LibraryError: the library can't be written.
        OutputError: the copy can't be written.
    """
    session = open_session(path)
    recording = recording_in(path)
    if recording is None:
        raise BundleError(f"{path.name} can't be read any more: take a copy that is whole.")
    with _TAKING:
        number = library.recorded(recording, viewer)
        if number is not None and number != besides:
            return Taken(number, True, session)
        exercise = find_exercise(session.exercise, exercises)
        session.bundle.verify()
        _ = session.trace, session.notes  # what can't be read is refused now
        folder = _copied(library, session, recording)
        try:
            number = library.add(
                session.report,
                exercise,
                _began(session),
                _source(session),
                folder,
                person=person or (session.about.person if viewer.looks_after_people else ""),
                tags=tags,
                called=session.about.source,
                reviewed=_moment(session.notes.reviewed),
                viewer=viewer,
            )
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return Taken(number, False, session)


def _copied(library: Library, session: SessionFile, recording: str) -> Path:
    """A copy of its own below the app's folder, under a name that follows from what it is.

    Raises:
        BundleError: the bundle is damaged.
        OutputError: the copy can't be written.
    """
    sessions = library.home / CLIPS
    try:
        make_private(sessions)
    except OSError as error:
        raise OutputError(f"{sessions} can't be written: {why_not_written(error)}.") from error
    name = f"{_began(session):%Y-%m-%d}_{session.exercise}_{recording[:_HASH_DIGITS]}"
    folder, n = sessions / name, 1
    while folder.exists():
        if not _is_listed(library, folder) and _is_copy(folder, session):
            return folder
        n += 1
        folder = sessions / f"{name}-{n}"
    copy_bundle(session.path, folder)
    return folder


def _is_listed(library: Library, folder: Path) -> bool:
    """Whether a kept bundle belongs to a session, whoever's."""
    return any(past.folder == folder for past in library.sessions())


def _is_copy(folder: Path, session: SessionFile) -> bool:
    """Whether a folder holds the very same bundle, whole."""
    try:
        found = open_session(folder)
        found.bundle.verify()
    except (BundleError, InputError):
        return False
    return found.bundle.manifest == session.bundle.manifest


def _began(session: SessionFile) -> datetime:
    """When it began; where that is not known, when the bundle was made."""
    return (
        _moment(session.about.began)
        or _moment(session.bundle.manifest.made)
        or datetime.now(timezone.utc)
    )


def _moment(text: str) -> datetime | None:
    """A moment with its zone, or None."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _source(session: SessionFile) -> str:
    """A clip is called as its file; a camera is not."""
    return "video" if PurePath(session.about.source).suffix else "live"
