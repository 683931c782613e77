"""How the database is reached, and what its errors mean for people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from formcheck.errors import LibraryError

__all__ = ["DamagedError", "damaged", "engine_for", "file_of", "in_use", "in_words"]

PATIENCE_S = 5.0
"""How long a write waits for another one, of this or of another program."""


class DamagedError(LibraryError):
    """The file is not a list of sessions any more."""


def engine_for(url: URL) -> Engine:
    """How a database is reached; nothing is opened yet."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url)
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


def file_of(url: URL) -> Path | None:
    """The file of an SQLite database."""
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise LibraryError("the list of past sessions needs a file; give the path of one")
    return Path(url.database)


def in_words(error: DBAPIError, place: str) -> LibraryError:
    """What a database says, as one sentence for people."""
    said = str(error.orig).lower()
    if "locked" in said or "busy" in said:
        return LibraryError(in_use(place))
    if any(word in said for word in ("not a database", "malformed", "no such", "corrupt")):
        return DamagedError(damaged(place))
    if "full" in said:
        return LibraryError(
            f"the disk is full, so the list of past sessions in {place} can't be written; free "
            "some space and try again"
        )
    if "readonly" in said or "unable to open" in said:
        return LibraryError(
            f"the list of past sessions in {place} can't be written or opened; see who may write "
            "to its folder"
        )
    return LibraryError(f"the list of past sessions in {place} can't be used: {error.orig}")


def in_use(place: str) -> str:
    """Says that somebody else has it."""
    return (
        f"the list of past sessions in {place} is in use by another program; close that and try "
        "again"
    )


def damaged(place: str) -> str:
    """Says that it can't be read."""
    return (
        f"the list of past sessions in {place} is damaged and was left as it is; move the file "
        "away, and a new list is begun"
    )
