"""The library of past sessions: one small database, SQLite unless told otherwise.

What is kept of a session is in :mod:`formcheck.library.history`; answers about pain, pictures and
landmarks are not. Nothing is created before the first session is added, and reading never writes.

Every method may be called from any thread and any process: what is written is written whole or
not at all, and whoever comes second waits for some seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import cast

from sqlalchemy import delete, insert, inspect, select
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from formcheck.errors import LibraryError, NotAllowedError
from formcheck.judgement.rule import Exercise
from formcheck.library.access import LOCAL, Viewer
from formcheck.library.database import DamagedError, damaged, engine_for, file_of, in_use, in_words
from formcheck.library.exporting import to_csv, to_json
from formcheck.library.files import (
    CLIPS,
    below_home,
    delete_clips,
    make_private_file,
    tell_left,
    why,
)
from formcheck.library.history import PastFinding, PastSession, Source, from_report
from formcheck.library.query import ALL, Query
from formcheck.library.tables import SCHEMA_VERSION, TABLES, FindingRow, SessionRow, VersionRow
from formcheck.types import Level, Report

__all__ = ["Library", "library_in"]

_FILE = "formcheck.sqlite"
_LEFTOVERS = ("-journal", "-wal", "-shm")


def library_in(home: Path) -> Library:
    """The list in a folder of its own, ``formcheck.sqlite``."""
    return Library(URL.create("sqlite", database=str(home / _FILE)), home)


class Library:
    """The list of past sessions. Opening it touches nothing; every method opens and closes it.

    Args:
        url: Of the database, as SQLAlchemy takes it.
        home: Folder below which kept clips are, and outside of which nothing is ever deleted.
    """

    def __init__(self, url: str | URL, home: Path) -> None:
        self._url = make_url(url)
        self._home = home
        self._writing = threading.Lock()
        self._file = file_of(self._url)
        self._engine = engine_for(self._url)

    @property
    def place(self) -> str:
        """Where the list is, for people: a path, or an address without its password."""
        return self._url.render_as_string() if self._file is None else str(self._file)

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
        person: str = "",
        tags: Iterable[str] = (),
        viewer: Viewer = LOCAL,
    ) -> int:
        """Adds a session.

        Args:
            report: What the engine said.
            exercise: The rule module that judged.
            began: When it began, with a time zone.
            source: "live" or "video".
            folder: Where its bundle was kept, below the home.
            person: Whose session it is, by name; somebody new is added to the people.
            tags: Words to find it by.
            viewer: Whose account it belongs to.

        Returns:
            The number of the session.

        Raises:
            LibraryError: the list can't be written; it is as it was before.
            ValueError: ``began`` has no time zone, there is no such source, or the folder is not
                below the home.
        """
        past = from_report(report, exercise, began, source, folder)
        row = _to_row(past, None if folder is None else below_home(self._home, folder))
        with self._change() as session:
            session.add(row)
            session.flush()
            return row.id

    def sessions(self, query: Query = ALL, viewer: Viewer = LOCAL) -> tuple[PastSession, ...]:
        """What is looked for and the viewer may see, the newest first.

        Raises:
            LibraryError: the list can't be read.
        """
        with self._told():
            if self._file is not None and not self._file.exists():
                return ()
            with self._engine.connect() as connection:
                if not self._is_ours(connection):
                    return ()
                statement = select(SessionRow).order_by(
                    SessionRow.began.desc(), SessionRow.id.desc()
                )
                with Session(connection) as session:
                    return self._to_pasts(session.scalars(statement))

    def session(self, number: int, viewer: Viewer = LOCAL) -> PastSession:
        """One session.

        Raises:
            NotAllowedError: there is none of this number that the viewer may see.
            LibraryError: the list can't be read.
        """
        for past in self.sessions(viewer=viewer):
            if past.number == number:
                return past
        raise NotAllowedError(f"there is no session {number} here for you; see the library")

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
        """Deletes a session and its kept clip; does nothing when there is no such session.

        Raises:
            LibraryError: the list can't be written, or the clip can't be deleted (then the session
                stays in the list), or the clip lies behind a link (then it alone is left).
        """
        if self._file is not None and not self._file.exists():
            return
        left: list[Path] = []
        with self._change() as session:
            row = session.get(SessionRow, number)
            if row is None:
                return
            session.delete(row)
            session.flush()
            left = delete_clips(self._home, [row.folder])
        tell_left(left, "the session was deleted")

    def delete_everything(self, viewer: Viewer = LOCAL) -> None:
        """Deletes every session and every kept clip, and leaves no trace of them in the file.

        A file that is damaged is deleted as a whole.

        Raises:
            LibraryError: the list is in use or was written by a newer program (then nothing was
                deleted), or some clips could not be deleted (then they alone are left).
        """
        folders: list[str | None] = []
        if self._file is None or self._file.exists():
            try:
                folders = self._empty()
            except DamagedError:
                self._delete_file()
        left = delete_clips(self._home, [*folders, CLIPS], go_on=True)
        tell_left(left, "everything else was deleted")

    def _empty(self) -> list[str | None]:
        """Deletes all rows and what is left of them in the file; returns their clip folders."""
        with self._change() as session:
            folders = list(session.scalars(select(SessionRow.folder)))
            session.execute(delete(FindingRow))
            session.execute(delete(SessionRow))
        if self._file is not None:
            with self._writing, self._told(), closing(self._engine.raw_connection()) as raw:
                cursor = raw.cursor()
                # Another program may have switched the file to a write-ahead log, which keeps
                # what was deleted until it is emptied.
                busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                if busy:
                    raise LibraryError(in_use(self.place))
                cursor.execute("PRAGMA journal_mode=DELETE").fetchone()
                cursor.execute("VACUUM")
        return folders

    def _delete_file(self) -> None:
        assert self._file is not None
        with self._told():
            for end in ("", *_LEFTOVERS):
                self._file.with_name(self._file.name + end).unlink(missing_ok=True)

    def _to_pasts(self, rows: Iterable[SessionRow]) -> tuple[PastSession, ...]:
        try:
            return tuple(self._to_past(row) for row in rows)
        except (ValueError, KeyError) as error:  # A time or a level that is none.
            raise DamagedError(damaged(self.place)) from error

    def _to_past(self, row: SessionRow) -> PastSession:
        return PastSession(
            number=row.id,
            began=row.began,
            exercise=row.exercise,
            title=row.title,
            rule_version=row.rule_version,
            source=cast(Source, row.source),
            duration_s=row.duration_s,
            judged_s=row.judged_s,
            held_s=row.held_s,
            good_form_s=row.good_form_s,
            best_streak_s=row.best_streak_s,
            reps_counted=row.reps_counted,
            reps_good=row.reps_good,
            hops=row.hops,
            height_cm=row.height_cm,
            height_error_cm=row.height_error_cm,
            folder=None if row.folder is None else self._home / row.folder,
            findings=tuple(_to_finding(finding) for finding in row.findings),
        )

    def _is_ours(self, connection: Connection) -> bool:
        """Whether the tables are there.

        Raises:
            LibraryError: a newer program wrote them.
        """
        if not inspect(connection).has_table(VersionRow.__tablename__):
            return False
        version = connection.scalar(select(VersionRow.version))
        if version is not None and version > SCHEMA_VERSION:
            raise LibraryError(
                f"the list of past sessions in {self.place} was written by a newer formcheck; "
                "update formcheck to see it"
            )
        return version is not None

    @contextmanager
    def _change(self) -> Iterator[Session]:
        """A session whose changes are written when the block ends, and dropped when it raises."""
        with self._writing, self._told():
            if self._file is not None:
                make_private_file(self._file)
            writing = self._engine.execution_options(formcheck_writes=True)
            with writing.begin() as connection:
                if not self._is_ours(connection):
                    TABLES.create_all(connection)
                    connection.execute(insert(VersionRow).values(version=SCHEMA_VERSION))
                with Session(connection) as session:
                    yield session
                    session.flush()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turns what the database and the disk say into one sentence."""
        try:
            yield
        except DBAPIError as error:
            raise in_words(error, self.place) from error
        except (SQLAlchemyError, OSError) as error:
            raise LibraryError(
                f"the list of past sessions in {self.place} can't be used: {why(error)}"
            ) from error


def _to_row(past: PastSession, folder: str | None) -> SessionRow:
    return SessionRow(
        began=past.began,
        exercise=past.exercise,
        title=past.title,
        rule_version=past.rule_version,
        source=past.source,
        duration_s=past.duration_s,
        judged_s=past.judged_s,
        held_s=past.held_s,
        good_form_s=past.good_form_s,
        best_streak_s=past.best_streak_s,
        reps_counted=past.reps_counted,
        reps_good=past.reps_good,
        hops=past.hops,
        height_cm=past.height_cm,
        height_error_cm=past.height_error_cm,
        folder=folder,
        findings=[
            FindingRow(
                check=finding.check,
                title=finding.title,
                level=finding.level.name.lower(),
                start_s=finding.start_s,
                end_s=finding.end_s,
                worst=finding.worst,
                unit=finding.unit,
            )
            for finding in past.findings
        ],
    )


def _to_finding(row: FindingRow) -> PastFinding:
    return PastFinding(
        check=row.check,
        title=row.title,
        level=Level[row.level.upper()],
        start_s=row.start_s,
        end_s=row.end_s,
        worst=row.worst,
        unit=row.unit,
    )
