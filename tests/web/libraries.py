"""Libraries on either database, and what is put into them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import presentation_samples as samples
from postgresql import Server

from formcheck.archive.access import Role, Viewer
from formcheck.archive.files import CLIPS
from formcheck.archive.store import Library, library_in

BEGAN = datetime(2026, 3, 2, 7, 30, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Place:
    """Where a library is, and a way to its tables beside the program.

    Attributes:
        home: The app's folder.
        url: Of the database, as FORMCHECK_DATABASE has it; empty: a file in the folder.
        server: Of the database, or None.
        name: Of the database on the server.
    """

    home: Path
    url: str = ""
    server: Server | None = None
    name: str = ""

    def open(self) -> Library:
        """The library, opened once more."""
        return library_in(self.home, self.url)

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """What a statement gives that somebody else runs."""
        if self.server is not None:
            return self.server.execute(statement, self.name)
        with closing(sqlite3.connect(self.home / "formcheck.sqlite")) as db:
            db.execute("PRAGMA foreign_keys=ON")
            rows = db.execute(statement).fetchall()
            db.commit()
            return rows

    def columns(self, table: str) -> set[str]:
        """The columns of a table."""
        if self.server is None:
            return {row[1] for row in self.run(f"PRAGMA table_info({table})")}
        named = f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
        return {row[0] for row in self.run(named)}


@contextmanager
def place_on(server: Server | None, home: Path) -> Iterator[Place]:
    """A place that nothing was ever written to; of a server, or in a file."""
    if server is None:
        yield Place(home)
        return
    name = server.new_database()
    try:
        yield Place(home, server.url(name), server, name)
    finally:
        server.drop(name)


def add(library: Library, began: datetime = BEGAN, folder: Path | None = None, **more: Any) -> int:
    """Adds a session."""
    return library.add(samples.REPORT, samples.EXERCISE, began, "live", folder, **more)


def kept_clip(home: Path, name: str = "one") -> Path:
    """A folder with something in it, as if a clip had been kept."""
    folder = home / CLIPS / name
    folder.mkdir(parents=True)
    (folder / "clip.mp4").write_bytes(b"a film of somebody")
    return folder


def account(library: Library, name: str, role: Role = Role.OWNER) -> Viewer:
    """Somebody who has signed in."""
    made = library.account_for(f"https://id.example|{name}", f"{name}@mail.example", name)
    library.set_role(made.number, role)
    return Viewer(made.number, role)
