"""The sessions that are under review: who may, what is made for them, whose notes are saved."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

from formcheck.archive.access import Role, Viewer
from formcheck.archive.history import PastSession
from formcheck.archive.query import Query
from formcheck.archive.store import Library
from formcheck.closing import Closing
from formcheck.errors import FormcheckError, InputError, NotAllowedError
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.rule import Exercise
from formcheck.notes import Notes
from formcheck.rendering import exercise_of
from formcheck.sessionfile import CLIP, NOTES, TRACE, SessionFile, open_session, save_notes
from formcheck.web.childprocess import State
from formcheck.web.review import tasks
from formcheck.web.review.files import made_in, replacing, trim
from formcheck.web.review.noting import signed
from formcheck.web.review.page_json import FACTS, facts_key, write_facts
from formcheck.web.review.tasks import CLIP_FORM, CLIP_JSON, Task
from formcheck.web.review.workshop import Status, Workshop

__all__ = ["ConflictError", "MissingError", "Review", "Reviews", "revision_of"]

MOST_KEPT_BYTES = 4 * 2**30
"""Of everything that is made for reviews; what was not used for longest goes first."""

RETRY_S = 10.0
NO_NOTES = "none"
_HIGHEST = 2**31 - 1
"""No database gives higher numbers; some refuse to look for them."""
_MOST_OTHERS = 50
SOON_S = 60.0
"""What never changes of a session so short is worked out at once, in a part of a second."""


class MissingError(InputError):
    """What is asked for is not there, or not yet."""


class ConflictError(InputError):
    """Somebody else has saved other notes in the meantime."""


def revision_of(session: SessionFile) -> str:
    """Names the state of a session's notes."""
    part = session.bundle.manifest.parts.get(NOTES)
    return NO_NOTES if part is None else part.sha256[:32]


@dataclass(frozen=True)
class Review:
    """One session that somebody may see.

    Attributes:
        past: As the library tells it.
        viewer: Who asks.
        folder: Its bundle.
    """

    past: PastSession
    viewer: Viewer
    folder: Path

    @cached_property
    def session(self) -> SessionFile:
        """The bundle, opened.

        Raises:
            BundleError: it can't be read.
        """
        return open_session(self.folder)

    @property
    def may_write(self) -> bool:
        """Whether the viewer may say something of it: what a coach said is not for its owner."""
        return self.viewer.role is not Role.OWNER


class Reviews(Closing):
    """What all review pages of one running app share.

    Args:
        library: Gives the list of sessions.
        home: The app's folder.
        rules: Folders of further rules.

    Attributes:
        rules: Folders of further rules.
        workshop: Where what takes long is made.
    """

    def __init__(
        self, library: Callable[[], Library], home: Path, rules: tuple[Path, ...] = ()
    ) -> None:
        self._library = library
        self._home = home
        self.rules = rules
        self._noting = threading.Lock()
        self._soon = threading.Lock()
        self.workshop = Workshop(home)

    @cached_property
    def exercises(self) -> Mapping[str, Exercise]:
        """Every exercise by name."""
        return load_exercises(self.rules)

    def find(self, number: int, viewer: Viewer) -> Review:
        """A session that the viewer may see.

        Raises:
            NotAllowedError: there is none of this number that the viewer may see.
            MissingError: nothing but numbers was kept of it.
        """
        if number > _HIGHEST:
            raise NotAllowedError("no session has such a number")
        past = self._library().session(number, viewer)
        if past.folder is None or not past.folder.is_dir():
            raise MissingError(
                "of this session only numbers were kept, so there is nothing to look at; keep the "
                "clip, or what was measured, of the next one"
            )
        return Review(past, viewer, past.folder)

    def facts(self, review: Review) -> bytes | Status:
        """The part of the page that never changes, or how far it is.

        Raises:
            FormcheckError: the session can't be read.
        """
        session = review.session
        exercise = exercise_of(session, self.exercises)
        name = FACTS.format(facts_key(session, exercise))
        path = made_in(review.folder) / name
        if not path.exists():
            if session.report.duration_s > SOON_S:
                task = Task(tasks.FACTS, review.folder, self._home, name, self.rules)
                status = self.status_of(review, name)
                if status is None or status.state in (State.DONE, State.CANCELLED):
                    status = self.make(review, task, name)
                return status
            else:
                with self._soon, replacing(path) as making:
                    write_facts(session, exercise, making)
        return _used(path).read_bytes()

    def clip(self, review: Review) -> dict[str, Any] | None:
        """What the page is told of the clip: None without one, and how far it is until it is there.

        Raises:
            FormcheckError: the session can't be read.
        """
        if not review.session.has_clip:
            return None
        told = self._clip_told(review)
        if isinstance(told, Status):
            preparing: dict[str, Any] = {"preparing": round(told.share, 3)}
            return preparing | ({"error": told.sentence} if told.sentence else {})
        found: dict[str, Any] = told["clip"]
        return found

    def clip_file(self, review: Review) -> Path:
        """The file that the page plays.

        Raises:
            MissingError: there is none, or not yet.
            FormcheckError: the session can't be read.
        """
        kept = review.session.clip
        if kept is None:
            raise MissingError("no clip was kept of this session")
        told = self._clip_told(review)
        if isinstance(told, Status):
            raise MissingError("this clip is still being prepared; wait a moment")
        return kept if told["made"] is None else _used(made_in(review.folder) / told["made"])

    def _clip_told(self, review: Review) -> dict[str, Any] | Status:
        parts = review.session.bundle.manifest.parts
        key = _digest(parts[CLIP].sha256, parts[TRACE].sha256, str(CLIP_FORM))
        folder = made_in(review.folder)
        about = folder / CLIP_JSON.format(key)
        with suppress(OSError, ValueError):
            told: dict[str, Any] = json.loads(_used(about).read_text("utf-8"))
            if told["made"] is None or (folder / told["made"]).is_file():
                return told
        status = self.status_of(review, key)
        if status is None or status.state in (State.DONE, State.CANCELLED):
            task = Task(tasks.CLIP, review.folder, self._home, key, self.rules)
            status = self.make(review, task, key)
        return status

    def prepare(self, number: int, viewer: Viewer) -> None:
        """Gets the clip of a session ready that is likely to be looked at soon."""
        with suppress(FormcheckError, OSError):
            self.clip(self.find(number, viewer))

    def note(self, review: Review, sent: Notes, revision: str, by: str) -> SessionFile:
        """Saves notes in the place of those that a page has seen.

        Args:
            review: The session.
            sent: The notes.
            revision: That of the notes which these are to replace.
            by: Who noted what is new in them.

        Raises:
            ConflictError: there are others by now.
            NotAllowedError: the viewer may only read.
            FormcheckError: they can't be saved.
        """
        if not review.may_write:
            raise NotAllowedError("only a coach writes notes")
        with self._noting:
            now = open_session(review.folder)
            if revision_of(now) != revision:
                raise ConflictError(
                    "somebody else has changed the notes of this session; yours were not saved: "
                    "load the page anew, then note it again"
                )
            notes = signed(sent, now.notes, by, _now())
            return now if notes == now.notes else _read(save_notes(review.folder, notes))

    def now(self, review: Review) -> SessionFile:
        """The session with its notes as they are now, which nobody replaces while they are read.

        Raises:
            BundleError: it can't be read.
        """
        with self._noting:
            return _read(open_session(review.folder))

    def mark(self, review: Review, *, reviewed: bool) -> SessionFile:
        """Says in the notes, and to the library, whether a coach is through with a session.

        Raises:
            NotAllowedError: the viewer may only read.
            FormcheckError: it can't be saved.
        """
        if not review.may_write:
            raise NotAllowedError("only a coach writes notes")
        at = datetime.now(timezone.utc).replace(microsecond=0)
        with self._noting:
            now = open_session(review.folder)
            if bool(now.notes.reviewed) != reviewed:
                said = at.isoformat() if reviewed else ""
                now = save_notes(review.folder, replace(now.notes, reviewed=said))
            _read(now)
        self._library().mark_reviewed(review.past.number, reviewed, at, viewer=review.viewer)
        return now

    def others(self, review: Review) -> list[dict[str, Any]]:
        """What this session may be compared with: the same exercise, this person's first."""
        past = review.past
        query = Query(exercise=past.exercise, kept=True, limit=_MOST_OTHERS)
        found = [
            one
            for one in self._library().sessions(query, review.viewer)
            if one.number != past.number
        ]
        found.sort(key=lambda one: one.person_number != past.person_number)
        return [
            {"number": one.number, "person": one.person, "began": one.began.isoformat()}
            for one in found
        ]

    def next_after(self, review: Review) -> int | None:
        """The number of the session to review next, or None."""
        return self._library().next_to_review(review.past.number, review.viewer)

    def close(self) -> None:
        """Ends everything that is under way."""
        self.workshop.close()

    def make(self, review: Review, task: Task, name: str, *, instead_of: str = "") -> Status:
        """Has something made that is kept beside the session.

        Args:
            review: The session.
            task: How it is made.
            name: What it is, among everything that is made of the session.
            instead_of: Pattern of the files that it replaces, its own aside.

        Returns:
            How it stands.

        Raises:
            InputError: the app is being closed.
        """
        folder = review.folder

        def keep(stage: Path) -> None:
            into = made_in(folder)
            # What tells of another file comes after it.
            made = sorted(stage.iterdir(), key=lambda path: path.suffix == ".json")
            if instead_of:
                for old in into.glob(instead_of):
                    old.unlink(missing_ok=True)
            for path in made:
                path.replace(into / path.name)
            trim(self._home, MOST_KEPT_BYTES, keep=folder)

        known = _known(review, name)
        before = self.workshop.known(known)
        if before is not None and before.status.state in (State.DONE, State.FAILED):
            # Asked for though it was made: it was thrown away since. Or it is tried once more.
            self.workshop.forget(known)
        return self.workshop.ask(known, task, keep).status

    def status_of(self, review: Review, name: str) -> Status | None:
        """How something stands that was asked for, or None when it was not, or is to be tried anew.

        What has failed is tried anew by whoever comes back later, and not by a page that waits.
        """
        known = _known(review, name)
        made = self.workshop.known(known)
        if made is not None and made.failed_since_s > RETRY_S:
            self.workshop.forget(known)
            return None
        return None if made is None else made.status

    def cancel(self, review: Review, name: str) -> None:
        """Stops the making of something; what is over stays as it is."""
        made = self.workshop.known(_known(review, name))
        if made is not None:
            made.cancel()


def _read(session: SessionFile) -> SessionFile:
    """The same with its notes read: their file goes when others take its place."""
    _ = session.notes
    return session


def _known(review: Review, name: str) -> str:
    return f"{review.past.number}/{name}"


def _used(path: Path) -> Path:
    """Notes down that a file was used, so that it is kept for longer than others."""
    with suppress(OSError):
        os.utime(path)
    return path


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
