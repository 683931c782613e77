"""The library of past sessions: one small database, SQLite unless told otherwise.

What is kept of a session is in :mod:`formcheck.archive.history`; answers about pain, pictures and
landmarks are not. Nothing is created before the first session is added.

Every method may be called from any thread and any process: what is written is written whole or
not at all, and whoever comes second waits for some seconds. Every method that takes a viewer shows
and changes only what they may see (:mod:`formcheck.archive.access`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.engine import URL

from formcheck import profiles
from formcheck.archive.access import LOCAL, Viewer, refusal, sessions_of, their_people
from formcheck.archive.exporting import to_csv, to_json
from formcheck.archive.files import (
    CLIPS,
    MEASURED,
    below_home,
    delete_clips,
    recording_in,
    tell_left,
)
from formcheck.archive.history import PastSession, from_report
from formcheck.archive.names import clean_tags
from formcheck.archive.peoplebook import PeopleBook
from formcheck.archive.query import ALL, FAULT, Query, matching
from formcheck.archive.rows import row_of, sessions_in, tag_rows
from formcheck.archive.tables import AccountRow, FindingRow, PersonRow, SessionRow, TagRow
from formcheck.archive.trouble import DamagedError
from formcheck.judgement.rule import Exercise
from formcheck.types import Report

__all__ = ["Library", "library_in"]

_FILE = "formcheck.sqlite"


def library_in(home: Path, database: str = "") -> Library:
    """The library of an app.

    Args:
        home: The app's folder, with the kept bundles in it.
        database: URL of the database; empty: ``formcheck.sqlite`` in the folder.

    Raises:
        LibraryError: the URL can't be used, or the driver is not installed.
    """
    return Library(database or URL.create("sqlite", database=str(home / _FILE)), home)


class Library(PeopleBook):
    """The sessions, and by inheritance the people and the accounts."""

    @property
    def keeps_clips(self) -> bool:
        """Whether any clip was kept, in the list or not."""
        clips = self._home / CLIPS
        return clips.is_dir() and any(clips.iterdir())

    def add(
        self,
        report: Report,
        exercise: Exercise,
        began: datetime,
        source: str,
        folder: Path | None = None,
        *,
        person: str | int = "",
        tags: Iterable[str] = (),
        called: str = "",
        reviewed: datetime | None = None,
        viewer: Viewer = LOCAL,
    ) -> int:
        """Adds a session.

        Args:
            report: What the engine said.
            exercise: The rule module that judged.
            began: When it began, with a time zone.
            source: "live" or "video".
            folder: Where its bundle was kept, below the home.
            person: Whose session it is, by name or number; somebody new is added to the people.
            tags: Words to find it by.
            called: What the clip or the camera is called, to find it by.
            reviewed: When a coach was through with it, with a time zone.
            viewer: Whose account it belongs to.

        Returns:
            The number of the session.

        Raises:
            LibraryError: the list can't be written; it is as it was before.
            NotAllowedError: the person is nobody whom the viewer may see or add.
            InputError: the person or a tag can't be called that.
            ValueError: ``began`` has no time zone, there is no such source, or the folder is not
                below the home.
        """
        past = from_report(report, exercise, began, source, folder)
        row = row_of(past, None if folder is None else below_home(self._home, folder), called)
        row.tags = tag_rows(clean_tags(tags))
        row.bundle = None if folder is None else recording_in(folder)
        row.reviewed = reviewed
        with self._database.changing() as session:
            account = self._account_row(session, viewer, "add a session")
            row.account_id = None if account is None else account.id
            row.person_id = self._person_for(session, person, viewer)
            session.add(row)
            session.flush()
            return row.id

    def sessions(self, query: Query = ALL, viewer: Viewer = LOCAL) -> tuple[PastSession, ...]:
        """What is looked for and the viewer may see, the newest first.

        Raises:
            LibraryError: the list can't be read.
        """
        found = (
            select(SessionRow.id)
            .where(sessions_of(viewer), *matching(query))
            .order_by(SessionRow.began.desc(), SessionRow.id.desc())
            .limit(query.limit)
            .offset(query.offset)
        )
        with self._database.reading() as session, self._making_sense():
            if session is None:
                return ()
            return tuple(sessions_in(session, found, self._home))

    def count(self, query: Query = ALL, viewer: Viewer = LOCAL) -> int:
        """How many sessions :meth:`sessions` would give without a limit.

        Raises:
            LibraryError: the list can't be read.
        """
        found = select(func.count()).select_from(SessionRow)
        with self._database.reading() as session:
            if session is None:
                return 0
            return session.scalar(found.where(sessions_of(viewer), *matching(query))) or 0

    def session(self, number: int, viewer: Viewer = LOCAL) -> PastSession:
        """One session.

        Raises:
            NotAllowedError: there is none of this number that the viewer may see.
            LibraryError: the list can't be read.
        """
        with self._database.reading() as session:
            if session is None:
                raise refusal(
                    viewer, f"see session {number}", f"there is no session {number} of yours"
                )
            row = self._session_row(session, number, viewer, "see")
            only = select(SessionRow.id).where(SessionRow.id == row.id)
            with self._making_sense():
                return next(sessions_in(session, only, self._home))

    def recorded(self, recording: str, viewer: Viewer = LOCAL) -> int | None:
        """The number of the session that a bundle holds, if it is in the library already.

        Args:
            recording: See :func:`formcheck.archive.files.recording_in`.
            viewer: Who asks; sessions of others are not looked at.

        Raises:
            LibraryError: the list can't be read.
        """
        same = select(func.min(SessionRow.id)).where(
            SessionRow.bundle == recording, sessions_of(viewer)
        )
        with self._database.reading() as session:
            return None if session is None else session.scalar(same)

    def next_to_review(self, number: int | None = None, viewer: Viewer = LOCAL) -> int | None:
        """The session to be reviewed next: of those that were kept, the one that waits longest.

        Args:
            number: One that is being looked at: the one that began after it, or the first again.
            viewer: Who asks.

        Returns:
            Its number, or None when nothing else is left.

        Raises:
            LibraryError: the list can't be read.
        """
        left = (
            select(SessionRow.id)
            .where(sessions_of(viewer), *matching(Query(reviewed=False, kept=True)))
            .order_by(SessionRow.began, SessionRow.id)
            .limit(1)
        )
        with self._database.reading() as session:
            if session is None:
                return None
            if number is None:
                return session.scalar(left)
            here = session.scalars(
                select(SessionRow.began).where(SessionRow.id == number, sessions_of(viewer))
            ).one_or_none()
            left = left.where(SessionRow.id != number)
            if here is not None:
                same = and_(SessionRow.began == here, SessionRow.id > number)
                following = session.scalar(left.where(or_(SessionRow.began > here, same)))
                if following is not None:
                    return following
            return session.scalar(left)

    def exercises(self, viewer: Viewer = LOCAL) -> tuple[tuple[str, str], ...]:
        """Name and title of every exercise that the viewer may see sessions of, by title.

        Raises:
            LibraryError: the list can't be read.
        """
        title = func.max(SessionRow.title)
        found = select(SessionRow.exercise, title).where(sessions_of(viewer))
        with self._database.reading() as session:
            if session is None:
                return ()
            rows = session.execute(found.group_by(SessionRow.exercise).order_by(title))
            return tuple((name, title) for name, title in rows)

    def faults(self, viewer: Viewer = LOCAL) -> tuple[tuple[str, str], ...]:
        """Code and title of every fault that was found in what the viewer may see, by title.

        Raises:
            LibraryError: the list can't be read.
        """
        title = func.max(FindingRow.title)
        found = (
            select(FindingRow.check, title)
            .join(SessionRow, SessionRow.id == FindingRow.session_id)
            .where(sessions_of(viewer), FindingRow.level == FAULT)
        )
        with self._database.reading() as session:
            if session is None:
                return ()
            rows = session.execute(found.group_by(FindingRow.check).order_by(title))
            return tuple((code, title) for code, title in rows)

    def tags(self, viewer: Viewer = LOCAL) -> tuple[str, ...]:
        """Every tag of what the viewer may see, in order.

        Raises:
            LibraryError: the list can't be read.
        """
        found = (
            select(func.min(TagRow.name))
            .join(SessionRow, SessionRow.id == TagRow.session_id)
            .where(sessions_of(viewer))
        )
        with self._database.reading() as session:
            if session is None:
                return ()
            return tuple(session.scalars(found.group_by(TagRow.key).order_by(TagRow.key)))

    def set_tags(self, number: int, tags: Iterable[str], viewer: Viewer = LOCAL) -> None:
        """Puts tags in the place of those that a session has.

        Raises:
            NotAllowedError: there is no such session that the viewer may see.
            InputError: a tag is too long, or there are too many.
            LibraryError: the list can't be written.
        """
        wanted = clean_tags(tags)
        with self._database.changing() as session:
            row = self._session_row(session, number, viewer, "tag")
            session.execute(delete(TagRow).where(TagRow.session_id == row.id))
            session.expire(row)
            row.tags = tag_rows(wanted)

    def set_person(self, number: int, person: str | int | None, viewer: Viewer = LOCAL) -> None:
        """Says whose session it is.

        Args:
            number: Of the session.
            person: By name or number; None or empty: nobody's in particular.
            viewer: Who says so.

        Raises:
            NotAllowedError: there is no such session or person whom the viewer may see.
            InputError: the person can't be called that.
            LibraryError: the list can't be written.
        """
        with self._database.changing() as session:
            row = self._session_row(session, number, viewer, "say whose is")
            nobody = person is None or (isinstance(person, str) and not person.strip())
            row.person_id = None if nobody else self._person_for(session, person or "", viewer)

    def mark_reviewed(
        self,
        number: int,
        reviewed: bool = True,
        at: datetime | None = None,
        *,
        viewer: Viewer = LOCAL,
    ) -> None:
        """Says that a coach is through with a session, or is not.

        Args:
            number: Of the session.
            reviewed: Whether they are through with it.
            at: When, with a time zone; None: now.
            viewer: Who says so.

        Raises:
            NotAllowedError: there is no such session that the viewer may see.
            LibraryError: the list can't be written.
        """
        with self._database.changing() as session:
            row = self._session_row(session, number, viewer, "review")
            row.reviewed = (at or datetime.now(timezone.utc)) if reviewed else None

    def export_csv(self, viewer: Viewer = LOCAL) -> str:
        """Every session as a table, the newest first.

        Raises:
            LibraryError: the list can't be read.
        """
        return to_csv(self.sessions(viewer=viewer))

    def export_json(self, viewer: Viewer = LOCAL) -> str:
        """Every session with its findings, the newest first.

        Raises:
            LibraryError: the list can't be read.
        """
        return to_json(self.sessions(viewer=viewer))

    def delete(self, number: int, viewer: Viewer = LOCAL) -> None:
        """Deletes a session and its kept bundle.

        For whoever sees everything, nothing happens when there is no such session.

        Raises:
            NotAllowedError: there is none that the viewer may see.
            LibraryError: the list can't be written, or the bundle can't be deleted (then the
                session stays in the list), or the bundle lies behind a link (then it alone is
                left).
        """
        if not self._database.may_be_there and viewer.sees_everything:
            return
        left: list[Path] = []
        with self._database.changing() as session:
            if viewer.sees_everything and session.get(SessionRow, number) is None:
                return
            row = self._session_row(session, number, viewer, "delete")
            folder = row.folder
            session.execute(delete(SessionRow).where(SessionRow.id == number))
            left = delete_clips(self._home, [folder])
        tell_left(left, "the session was deleted")

    def delete_everything(self, viewer: Viewer = LOCAL) -> None:
        """Deletes every session that the viewer may see, with its bundle, and whom they look after.

        For whoever sees everything, that is all people, all limits, all kept bundles and all
        accounts but theirs; it leaves no trace in a file of SQLite, and a damaged file is deleted
        as a whole.

        Raises:
            LibraryError: the list can't be written (then nothing was deleted); or another program
                holds its file, so that traces of what was deleted are left in it; or some bundles
                could not be deleted (then they alone are left).
        """
        left: list[Path] = []
        emptied = False
        if self._database.may_be_there:
            try:
                left = self._empty(viewer)
                emptied = True
            except DamagedError:
                if not viewer.sees_everything:
                    raise
                self._database.delete_file()
        if viewer.sees_everything:
            left += delete_clips(self._home, [CLIPS, MEASURED, profiles.FOLDER], go_on=True)
        if emptied:
            self._database.forget_what_was_deleted()
        tell_left(left, "everything else was deleted")

    def _empty(self, viewer: Viewer) -> list[Path]:
        """Deletes rows with their bundles; returns the bundles that could not be deleted.

        The bundles go before the rows are gone for good: without its row nobody would find one.
        """
        with self._database.changing() as session:
            folders = list(session.scalars(select(SessionRow.folder).where(sessions_of(viewer))))
            theirs = their_people(viewer)
            kept_limits = list(session.scalars(select(PersonRow.profile).where(theirs)))
            # The sessions first: which ones the viewer may see depends on the people.
            session.execute(delete(SessionRow).where(sessions_of(viewer)))
            session.execute(delete(PersonRow).where(theirs))
            if viewer.sees_everything:
                session.execute(
                    delete(AccountRow).where(AccountRow.id.is_distinct_from(viewer.account))
                )
            for profile in kept_limits:
                profiles.delete_profile(self._home, profile)
            return delete_clips(self._home, folders, go_on=True)
