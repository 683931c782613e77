"""What the parts of the library share: the database, the folder, and rows that somebody may see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from formcheck.archive.access import Viewer, people_of, refusal, sessions_of
from formcheck.archive.database import Database
from formcheck.archive.tables import AccountRow, PersonRow, SessionRow
from formcheck.archive.trouble import DamagedError, damaged

__all__ = ["Opened"]


class Opened:
    """Opening it touches nothing; every method opens the database and closes it.

    Args:
        url: Of the database, as SQLAlchemy takes it.
        home: Folder below which kept bundles are, and outside of which nothing is ever deleted.

    Raises:
        LibraryError: the URL can't be used, or the driver is not installed.
    """

    def __init__(self, url: str | URL, home: Path) -> None:
        self._home = home
        self._database = Database(url)

    @property
    def home(self) -> Path:
        """Folder below which kept bundles are."""
        return self._home

    @property
    def place(self) -> str:
        """Where the list is, for people: a path, or an address without its password."""
        return self._database.place

    @contextmanager
    def _making_sense(self) -> Iterator[None]:
        """Tells rows that make no sense, e.g. a time or a level that is none."""
        try:
            yield
        except (ValueError, KeyError) as error:
            raise DamagedError(damaged(self.place)) from error

    @staticmethod
    def _session_row(session: Session, number: int, viewer: Viewer, asked: str) -> SessionRow:
        """The row of a session.

        Raises:
            NotAllowedError: there is none that the viewer may see.
        """
        seen = select(SessionRow).where(SessionRow.id == number, sessions_of(viewer))
        row = session.scalars(seen).one_or_none()
        if row is None:
            raise refusal(
                viewer, f"{asked} session {number}", f"there is no session {number} of yours"
            )
        return row

    @staticmethod
    def _person_row(
        session: Session,
        number: int,
        viewer: Viewer,
        asked: str,
        theirs: ColumnElement[bool] | None = None,
    ) -> PersonRow:
        """The row of a person.

        Args:
            session: To read with.
            number: Of the person.
            viewer: Who asks.
            asked: What for, e.g. "rename".
            theirs: Which people may be asked for; None: those whom the viewer sees.

        Raises:
            NotAllowedError: there is none whom the viewer may see.
        """
        theirs = people_of(viewer) if theirs is None else theirs
        row = session.scalars(select(PersonRow).where(PersonRow.id == number, theirs)).one_or_none()
        if row is None:
            raise refusal(
                viewer, f"{asked} person {number}", f"there is no person {number} of yours"
            )
        return row

    @staticmethod
    def _account_row(session: Session, viewer: Viewer, asked: str) -> AccountRow | None:
        """The row of whoever asks; None for whoever sits at this computer.

        Raises:
            NotAllowedError: there is no such account (any more).
        """
        if viewer.account is None and viewer.sees_everything:
            return None
        row = None if viewer.account is None else session.get(AccountRow, viewer.account)
        if row is None:
            raise refusal(viewer, asked, "there is no account of yours any more; sign in again")
        return row
