"""The list of past sessions of this machine: one small database, SQLite unless told otherwise.

What is kept of a session is in :mod:`formcheck.history`; answers about pain, pictures and landmarks
are not. Nothing is created before the first session is added, and reading never writes.

Every method may be called from any thread and any process: what is written is written whole or
not at all, and whoever comes second waits for some seconds.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath
from typing import Any, cast

from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    String,
    TypeDecorator,
    create_engine,
    delete,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import NullPool

from formcheck.errors import StoreError
from formcheck.history import PastFinding, PastSession, Source, from_report, to_csv, to_json
from formcheck.judgement.rule import Exercise
from formcheck.types import Level, Report

__all__ = ["CLIPS", "SCHEMA_VERSION", "TABLES", "Store", "make_private", "store_in"]

SCHEMA_VERSION = 1
"""Raised with every change of a table; an older program refuses what a newer one wrote."""

CLIPS = "sessions"
"""Folder of the kept clips, below the home of the app: whatever is in it is ours to delete."""

_FILE = "formcheck.sqlite"
_PATIENCE_S = 5.0
"""How long a write waits for another one, of this or of another program."""
_LEFTOVERS = ("-journal", "-wal", "-shm")


class _Utc(TypeDecorator[datetime]):
    """A moment in UTC: some databases forget the time zone, so none is left to them."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(timezone.utc)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=timezone.utc)


class _Base(DeclarativeBase):
    pass


class _VersionRow(_Base):
    __tablename__ = "schema_version"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class _FindingRow(_Base):
    __tablename__ = "finding"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), index=True
    )
    check: Mapped[str] = mapped_column("check_code", String(100))
    title: Mapped[str] = mapped_column(String(200))
    level: Mapped[str] = mapped_column(String(20))
    start_s: Mapped[float]
    end_s: Mapped[float]
    worst: Mapped[float | None]
    unit: Mapped[str] = mapped_column(String(20))


class _SessionRow(_Base):
    __tablename__ = "session"
    # Numbers are never given twice, so that a page that is out of date deletes nothing else.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - read by SQLAlchemy only

    id: Mapped[int] = mapped_column(primary_key=True)
    began: Mapped[datetime] = mapped_column("began_utc", _Utc, index=True)
    exercise: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(200))
    rule_version: Mapped[str] = mapped_column(String(50))
    source: Mapped[str] = mapped_column(String(20))
    duration_s: Mapped[float]
    judged_s: Mapped[float]
    held_s: Mapped[float]
    good_form_s: Mapped[float]
    best_streak_s: Mapped[float]
    reps_counted: Mapped[int]
    reps_good: Mapped[int]
    hops: Mapped[int]
    height_cm: Mapped[float | None]
    height_error_cm: Mapped[float | None]
    # Below the home of the app, with slashes: the home may be moved.
    folder: Mapped[str | None] = mapped_column(String(1000))
    findings: Mapped[list[_FindingRow]] = relationship(
        order_by=_FindingRow.id, cascade="all, delete-orphan", lazy="selectin"
    )


TABLES = _Base.metadata
"""The tables, for whoever moves a list to another version of them."""


def store_in(home: Path) -> Store:
    """The list in a folder of its own, ``formcheck.sqlite``."""
    return Store(URL.create("sqlite", database=str(home / _FILE)), home)


def make_private(folder: Path) -> Path:
    """Creates a folder that nobody else on the machine can open; one that exists stays as it is.

    Raises:
        OSError: it can't be created.
    """
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


class Store:
    """The list of past sessions. Opening it touches nothing; every method opens and closes it.

    Args:
        url: Of the database, as SQLAlchemy takes it.
        home: Folder below which kept clips are, and outside of which nothing is ever deleted.
    """

    def __init__(self, url: str | URL, home: Path) -> None:
        self._url = make_url(url)
        self._home = home
        self._writing = threading.Lock()
        self._file = _file_of(self._url)
        self._engine = _engine(self._url)

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
    ) -> int:
        """Adds a session.

        Args:
            report: What the engine said.
            exercise: The rule module that judged.
            began: When it began, with a time zone.
            source: "live" or "video".
            folder: Where its clip was kept, below the home.

        Returns:
            The number of the session.

        Raises:
            StoreError: the list can't be written; it is as it was before.
            ValueError: ``began`` has no time zone, there is no such source, or the folder is not
                below the home.
        """
        past = from_report(report, exercise, began, source, folder)
        row = _to_row(past, None if folder is None else self._below_home(folder))
        with self._change() as session:
            session.add(row)
            session.flush()
            return row.id

    def sessions(self) -> tuple[PastSession, ...]:
        """Every session, the newest first.

        Raises:
            StoreError: the list can't be read.
        """
        with self._told():
            if self._file is not None and not self._file.exists():
                return ()
            with self._engine.connect() as connection:
                if not self._is_ours(connection):
                    return ()
                query = select(_SessionRow).order_by(
                    _SessionRow.began.desc(), _SessionRow.id.desc()
                )
                with Session(connection) as session:
                    return self._to_pasts(session.scalars(query))

    def export_csv(self) -> str:
        """Every session as a table, the newest first.

        Raises:
            StoreError: the list can't be read.
        """
        return to_csv(self.sessions())

    def export_json(self) -> str:
        """Every session with its findings, the newest first.

        Raises:
            StoreError: the list can't be read.
        """
        return to_json(self.sessions())

    def delete(self, number: int) -> None:
        """Deletes a session and its kept clip; does nothing when there is no such session.

        Raises:
            StoreError: the list can't be written, or the clip can't be deleted (then the session
                stays in the list), or the clip lies behind a link (then it alone is left).
        """
        if self._file is not None and not self._file.exists():
            return
        left: list[Path] = []
        with self._change() as session:
            row = session.get(_SessionRow, number)
            if row is None:
                return
            session.delete(row)
            session.flush()
            left = self._delete_clips([row.folder])
        _tell_left(left, "the session was deleted")

    def delete_everything(self) -> None:
        """Deletes every session and every kept clip, and leaves no trace of them in the file.

        A file that is damaged is deleted as a whole.

        Raises:
            StoreError: the list is in use or was written by a newer program (then nothing was
                deleted), or some clips could not be deleted (then they alone are left).
        """
        folders: list[str | None] = []
        if self._file is None or self._file.exists():
            try:
                folders = self._empty()
            except _DamagedError:
                self._delete_file()
        left = self._delete_clips([*folders, CLIPS], go_on=True)
        _tell_left(left, "everything else was deleted")

    def _empty(self) -> list[str | None]:
        """Deletes all rows and what is left of them in the file; returns their clip folders."""
        with self._change() as session:
            folders = list(session.scalars(select(_SessionRow.folder)))
            session.execute(delete(_FindingRow))
            session.execute(delete(_SessionRow))
        if self._file is not None:
            with self._writing, self._told(), closing(self._engine.raw_connection()) as raw:
                cursor = raw.cursor()
                # Another program may have switched the file to a write-ahead log, which keeps
                # what was deleted until it is emptied.
                busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                if busy:
                    raise StoreError(_in_use(self.place))
                cursor.execute("PRAGMA journal_mode=DELETE").fetchone()
                cursor.execute("VACUUM")
        return folders

    def _delete_file(self) -> None:
        assert self._file is not None
        with self._told():
            for end in ("", *_LEFTOVERS):
                self._file.with_name(self._file.name + end).unlink(missing_ok=True)

    def _delete_clips(self, folders: Iterable[str | None], go_on: bool = False) -> list[Path]:
        """Deletes kept clips; returns those that lie behind a link, which is never followed.

        Args:
            folders: Below the home.
            go_on: Whether to return what can't be deleted as well.

        Raises:
            StoreError: a clip can't be deleted.
        """
        left = []
        for folder in dict.fromkeys(folder for folder in folders if folder):
            path = self._home / folder
            if not _is_really_below(self._home, folder):
                left.append(path)
                continue
            try:
                if path.exists():
                    shutil.rmtree(path)
            except OSError as error:
                if not go_on:
                    raise StoreError(
                        f"the kept clip in {path} can't be deleted: {_why(error)}; delete it by "
                        "hand, then delete the session again"
                    ) from error
                left.append(path)
        return left

    def _below_home(self, folder: Path) -> str:
        home, inside = self._home.resolve(), folder.resolve()
        if home not in inside.parents:
            raise ValueError(f"{folder} is not below {self._home}")
        return inside.relative_to(home).as_posix()

    def _to_pasts(self, rows: Iterable[_SessionRow]) -> tuple[PastSession, ...]:
        try:
            return tuple(self._to_past(row) for row in rows)
        except (ValueError, KeyError) as error:  # A time or a level that is none.
            raise _DamagedError(_damaged(self.place)) from error

    def _to_past(self, row: _SessionRow) -> PastSession:
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
            StoreError: a newer program wrote them.
        """
        if not inspect(connection).has_table(_VersionRow.__tablename__):
            return False
        version = connection.scalar(select(_VersionRow.version))
        if version is not None and version > SCHEMA_VERSION:
            raise StoreError(
                f"the list of past sessions in {self.place} was written by a newer formcheck; "
                "update formcheck to see it"
            )
        return version is not None

    @contextmanager
    def _change(self) -> Iterator[Session]:
        """A session whose changes are written when the block ends, and dropped when it raises."""
        with self._writing, self._told():
            if self._file is not None:
                _make_private_file(self._file)
            writing = self._engine.execution_options(formcheck_writes=True)
            with writing.begin() as connection:
                if not self._is_ours(connection):
                    TABLES.create_all(connection)
                    connection.execute(insert(_VersionRow).values(version=SCHEMA_VERSION))
                with Session(connection) as session:
                    yield session
                    session.flush()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turns what the database and the disk say into one sentence."""
        try:
            yield
        except DBAPIError as error:
            raise _in_words(error, self.place) from error
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(
                f"the list of past sessions in {self.place} can't be used: {_why(error)}"
            ) from error


class _DamagedError(StoreError):
    """The file is not a list of sessions any more."""


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url)
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": _PATIENCE_S})

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: object) -> None:
        # Python would begin transactions late, and none before a table is created.
        connection.isolation_level = None
        for pragma in ("foreign_keys=ON", "secure_delete=ON", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def began(connection: Connection) -> None:
        # Two that begin by reading and then both want to write would wait for each other.
        writes = connection.get_execution_options().get("formcheck_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _file_of(url: URL) -> Path | None:
    """The file of an SQLite database."""
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise StoreError("the list of past sessions needs a file; give the path of one")
    return Path(url.database)


def _make_private_file(file: Path) -> None:
    make_private(file.parent)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    if os.name == "posix" and file.stat().st_mode & 0o077:
        file.chmod(0o600)


def _is_really_below(home: Path, folder: str) -> bool:
    """Whether a folder as it is kept in the list lies below the home, without any link."""
    parts = PurePosixPath(folder).parts
    if not parts or ".." in parts or PurePosixPath(folder).is_absolute():
        return False
    path = home
    for part in parts:
        path = path / part
        if path.is_symlink():
            return False
    return True


def _tell_left(left: Iterable[Path], done: str) -> None:
    paths = ", ".join(str(path) for path in left)
    if paths:
        raise StoreError(f"{done}, but not the clip in {paths}; delete that by hand")


def _to_row(past: PastSession, folder: str | None) -> _SessionRow:
    return _SessionRow(
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
            _FindingRow(
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


def _to_finding(row: _FindingRow) -> PastFinding:
    return PastFinding(
        check=row.check,
        title=row.title,
        level=Level[row.level.upper()],
        start_s=row.start_s,
        end_s=row.end_s,
        worst=row.worst,
        unit=row.unit,
    )


def _in_words(error: DBAPIError, place: str) -> StoreError:
    said = str(error.orig).lower()
    if "locked" in said or "busy" in said:
        return StoreError(_in_use(place))
    if any(word in said for word in ("not a database", "malformed", "no such", "corrupt")):
        return _DamagedError(_damaged(place))
    if "full" in said:
        return StoreError(
            f"the disk is full, so the list of past sessions in {place} can't be written; free "
            "some space and try again"
        )
    if "readonly" in said or "unable to open" in said:
        return StoreError(
            f"the list of past sessions in {place} can't be written or opened; see who may write "
            "to its folder"
        )
    return StoreError(f"the list of past sessions in {place} can't be used: {error.orig}")


def _in_use(place: str) -> str:
    return (
        f"the list of past sessions in {place} is in use by another program; close that and try "
        "again"
    )


def _damaged(place: str) -> str:
    return (
        f"the list of past sessions in {place} is damaged and was left as it is; move the file "
        "away, and a new list is begun"
    )


def _why(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
