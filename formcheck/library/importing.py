"""A bundle from elsewhere becomes a session of the library: verified, copied, listed once."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from formcheck.errors import OutputError
from formcheck.judgement.registry import find_exercise, load_exercises
from formcheck.judgement.rule import Exercise
from formcheck.library.access import LOCAL, Viewer
from formcheck.library.files import CLIPS, make_private, recording_in, why
from formcheck.library.library import Library
from formcheck.media.bundle import copy_bundle
from formcheck.sessionfile import SessionFile, open_session

__all__ = ["import_bundle", "new_folder"]

_TOKEN_BYTES = 4


def import_bundle(
    library: Library,
    path: Path,
    person: str | int = "",
    tags: Iterable[str] = (),
    viewer: Viewer = LOCAL,
    rules: Iterable[Path] = (),
) -> int:
    """Adds what a bundle holds, with the clip and a coach's notes; the bundle itself is left alone.

    Args:
        library: Where to.
        path: The folder or ``.formcheck`` file.
        person: Whose session it is, by name or number; empty: whose the bundle says, where the
            viewer looks after people.
        tags: Words to find it by.
        viewer: Whose account it belongs to.
        rules: Folders of rule files of the user's own.

    Returns:
        The number of the session; of the one that was there already when it is the same recording.

    Raises:
        BundleError: it is no bundle of a session, damaged, of a newer formcheck, or not to be
            trusted.
        InputError: its trace can't be read, its exercise is not known here, or the person or a tag
            can't be called that.
        OutputError: it can't be written.
        NotAllowedError: the person is nobody whom the viewer may see or add.
        LibraryError: the list can't be written.
    """
    tags = tuple(tags)
    session = open_session(path)
    recording = recording_in(path)
    known = None if recording is None else library.recorded(recording, viewer)
    if known is not None:
        return known
    exercise = find_exercise(session.exercise, load_exercises(rules))
    began = _began(session)
    folder = new_folder(library.home, began)
    try:
        copy_bundle(path, folder)
        return _add(library, open_session(folder), exercise, began, person, tags, viewer)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def new_folder(home: Path, began: datetime) -> Path:
    """A folder for the bundle of a session, which is not there yet.

    Raises:
        OutputError: the folder above it can't be made.
    """
    try:
        above = make_private(make_private(home) / CLIPS)
    except OSError as error:
        raise OutputError(f"nothing can be kept in {home}: {why(error)}") from error
    # With a word of chance: two that come at once never meet.
    return above / f"{began:%Y-%m-%d_%H%M%S}-{secrets.token_hex(_TOKEN_BYTES)}"


def _add(
    library: Library,
    session: SessionFile,
    exercise: Exercise,
    began: datetime,
    person: str | int,
    tags: Iterable[str],
    viewer: Viewer,
) -> int:
    session.trace  # noqa: B018 - what can't be read is not taken in
    if person == "" and viewer.looks_after_people:
        person = session.about.person
    return library.add(
        session.report,
        replace(exercise, version=session.report.rule_version),
        began,
        # Only what is recorded live begins with the spoken set-up.
        "live" if session.about.set_up else "video",
        session.path,
        person=person,
        tags=tags,
        called=session.about.source,
        reviewed=_moment(session.notes.reviewed),
        viewer=viewer,
    )


def _began(session: SessionFile) -> datetime:
    """When it began; where that is not known, when the bundle was made."""
    told = _moment(session.about.began) or _moment(session.bundle.manifest.made)
    return told or datetime.now(timezone.utc)


def _moment(words: str) -> datetime | None:
    """A moment of ISO 8601; one without a zone is of this computer's."""
    try:
        # Python 3.10 knows no Z.
        return datetime.fromisoformat(words.replace("Z", "+00:00")).astimezone(timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None
