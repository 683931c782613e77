"""How the database is reached: a file of SQLite, or PostgreSQL by URL; read, and changed safely."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from formcheck.archive.files import make_private_file, why
from formcheck.archive.tables import TABLES
from formcheck.archive.trouble import damaged, in_use, in_words, newer, no_driver
from formcheck.archive.upgrading import NEWEST, NONE, NOT_KNOWN, upgrade, version_of
from formcheck.errors import LibraryError

__all__ = ["PATIENCE_S", "Database"]

PATIENCE_S = 5.0
"""How long a write waits for another one, of this or of another program."""

_POSTGRESQL = "postgresql+psycopg"
_LEFTOVERS = ("-journal", "-wal", "-shm")
_LOCK = 0x666F726D
"""One writer at a time, as SQLite has it: this number is what programs agree on in PostgreSQL."""


class Database:
    """Where the tables are. Every use opens it and closes it; there is nothing to be closed.

    Args:
        url: As SQLAlchemy takes it, of SQLite or PostgreSQL.

    Raises:
        LibraryError: the URL can't be used, or the driver is not installed.
    """

    def __init__(self, url: str | URL) -> None:
        self._url = _known(url)
        self.file = _file_of(self._url)
        self.place = _place_of(self._url, self.file)
        self._writing = threading.Lock()
        self._engine = _engine_for(self._url, self.place)

    @property
    def may_be_there(self) -> bool:
        """Whether it is not certain that nothing was ever written."""
        return self.file is None or self.file.exists()

    @contextmanager
    def reading(self) -> Iterator[Session | None]:
        """A session to read with; None while nothing was ever written.

        Tables of an older version are brought to the newest one first.

        Raises:
            LibraryError: it can't be read.
        """
        with self.told():
            if not self.may_be_there:
                yield None
                return
            with self._engine.connect() as connection:
                version = self._version_of(connection)
                if version == NEWEST:
                    with Session(connection) as session:
                        yield session
                    return
            if version == NONE:
                yield None
                return
            with self.changing():
                pass
            with self._engine.connect() as connection, Session(connection) as session:
                yield session

    @contextmanager
    def changing(self) -> Iterator[Session]:
        """A session whose changes are written when the block ends, and dropped when it raises.

        Raises:
            LibraryError: it can't be written.
        """
        with self._writing, self.told():
            if self.file is not None:
                make_private_file(self.file)
            writing = self._engine.execution_options(formcheck_writes=True)
            with writing.begin() as connection:
                if self._version_of(connection) != NEWEST:
                    upgrade(connection)
                with Session(connection) as session:
                    yield session
                    session.flush()

    def forget_what_was_deleted(self) -> None:
        """Leaves no trace of deleted rows in the files of the tables.

        What a server keeps beside them (its log of changes, its backups) is its own.

        Raises:
            LibraryError: somebody else uses it.
        """
        if self.file is None:
            with self.told(), self._engine.connect() as connection:
                at_once = connection.execution_options(isolation_level="AUTOCOMMIT")
                at_once.exec_driver_sql(f"VACUUM {', '.join(TABLES.tables)}")
            return
        with self._writing, self.told(), closing(self._engine.raw_connection()) as raw:
            cursor = raw.cursor()
            # Another program may have switched the file to a write-ahead log, which keeps what
            # was deleted until it is emptied.
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            if busy:
                raise LibraryError(in_use(self.place))
            cursor.execute("PRAGMA journal_mode=DELETE").fetchone()
            cursor.execute("VACUUM")

    def delete_file(self) -> None:
        """Deletes the file of an SQLite database.

        Raises:
            LibraryError: it can't be deleted, or there is none.
        """
        if self.file is None:
            raise LibraryError(damaged(self.place))
        with self.told():
            for end in ("", *_LEFTOVERS):
                self.file.with_name(self.file.name + end).unlink(missing_ok=True)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turns what the database and the disk say into one sentence."""
        try:
            yield
        except DBAPIError as error:
            # Without the cause: a driver may repeat what it was given to connect.
            raise in_words(error, self.place, self.file is None) from None
        except (SQLAlchemyError, OSError) as error:
            raise LibraryError(
                f"the list of past sessions in {self.place} can't be used: {why(error)}"
            ) from error

    def _version_of(self, connection: Connection) -> str:
        version = version_of(connection)
        if version == NOT_KNOWN:
            raise LibraryError(newer(self.place))
        return version


def _known(url: str | URL) -> URL:
    """The URL with the driver that is used, if it is of a database that is known."""
    try:
        made = make_url(url)
        backend = made.get_backend_name()
    except (ArgumentError, ValueError):
        raise LibraryError(_NO_URL) from None
    if "@" in (made.host or ""):
        # What is taken for the server holds the end of a password.
        raise LibraryError("in the URL of FORMCHECK_DATABASE, write every @ of the password as %40")
    if backend in ("postgresql", "postgres"):
        return made.set(drivername=_POSTGRESQL)
    if backend != "sqlite":
        raise LibraryError(f"{backend} is no database for the library; use SQLite or PostgreSQL")
    return made


_NO_URL = (
    "FORMCHECK_DATABASE is no URL of a database; write e.g. "
    "postgresql+psycopg://user:password@server/formcheck"
)


def _file_of(url: URL) -> Path | None:
    """The file of an SQLite database."""
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise LibraryError("the list of past sessions needs a file; give the path of one")
    return Path(url.database)


def _place_of(url: URL, file: Path | None) -> str:
    """For people; nothing of the URL that might be a password."""
    if file is not None:
        return str(file)
    host = url.host or "this computer"
    server = f"{host}:{url.port}" if url.port else host
    return f"PostgreSQL database {url.database or url.username or 'of no name'!r} on {server}"


def _engine_for(url: URL, place: str) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _engine_of_a_file(url)
    try:
        # No pool: a server that was started anew in between is no trouble then, nor is a fork.
        engine = create_engine(
            url, poolclass=NullPool, connect_args={"connect_timeout": round(PATIENCE_S)}
        )
    except (ModuleNotFoundError, NoSuchModuleError):
        raise LibraryError(no_driver(place)) from None

    @event.listens_for(engine, "begin")
    def began(connection: Connection) -> None:
        if connection.get_execution_options().get("formcheck_writes", False):
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {round(PATIENCE_S * 1000)}")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")

    return engine


def _engine_of_a_file(url: URL) -> Engine:
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": PATIENCE_S})

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
