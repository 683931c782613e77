"""The part of the library that knows who signs in."""

from __future__ import annotations

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from formcheck.archive.access import LOCAL, Role, Viewer, refusal
from formcheck.archive.names import plain
from formcheck.archive.opened import Opened
from formcheck.archive.people import Account
from formcheck.archive.rows import account_in
from formcheck.archive.tables import NAME_LENGTH, AccountRow
from formcheck.errors import InputError

__all__ = ["Accounts", "only_for_admins"]

_SUBJECT_LENGTH = 500
_EMAIL_LENGTH = 320


class Accounts(Opened):
    """Accounts are made when somebody signs in for the first time."""

    def account_for(self, subject: str, email: str = "", name: str = "") -> Account:
        """The account of somebody who has just signed in; made when there is none.

        Args:
            subject: What the provider calls them, with the provider: "issuer|subject".
            email: As the provider says; kept up to date.
            name: As the provider says; kept up to date.

        Raises:
            InputError: the subject is empty or too long to be kept.
            LibraryError: the list can't be written.
        """
        if not subject or len(subject) > _SUBJECT_LENGTH:
            raise InputError("the provider gave a name that can't be kept; sign in with another")
        email, name = plain(email, _EMAIL_LENGTH), plain(name, NAME_LENGTH)
        known = self.account_of(subject)
        if known is not None and (known.email, known.name) == (email, name):
            return known
        with self._database.changing() as session, self._making_sense():
            row = session.scalars(_of_subject(subject)).one_or_none()
            if row is None:
                row = AccountRow(subject=subject, role=Role.OWNER.value)
                session.add(row)
            row.email, row.name = email, name
            session.flush()
            return account_in(row)

    def account_of(self, subject: str) -> Account | None:
        """The account of somebody who signed in before, or None.

        Raises:
            LibraryError: the list can't be read.
        """
        with self._database.reading() as session:
            if session is None:
                return None
            row = session.scalars(_of_subject(subject)).one_or_none()
            with self._making_sense():
                return None if row is None else account_in(row)

    def accounts(self, viewer: Viewer = LOCAL) -> tuple[Account, ...]:
        """Everybody who has signed in, by name; for admins.

        Raises:
            NotAllowedError: the viewer is none.
            LibraryError: the list can't be read.
        """
        only_for_admins(viewer, "see the accounts")
        with self._database.reading() as session:
            if session is None:
                return ()
            rows = session.scalars(select(AccountRow).order_by(AccountRow.name, AccountRow.id))
            with self._making_sense():
                return tuple(account_in(row) for row in rows)

    def set_role(self, account: int, role: Role, viewer: Viewer = LOCAL) -> None:
        """Says what an account may see and do; for admins.

        Raises:
            NotAllowedError: the viewer is none.
            InputError: there is no such account.
            LibraryError: the list can't be written.
        """
        only_for_admins(viewer, f"give account {account} the role {role.value}")
        with self._database.changing() as session:
            account_row(session, account).role = role.value

    def delete_account(self, account: int, viewer: Viewer = LOCAL) -> None:
        """Forgets an account; for admins. Its sessions stay, seen by admins and by coaches.

        Raises:
            NotAllowedError: the viewer is no admin.
            LibraryError: the list can't be written.
        """
        only_for_admins(viewer, f"delete account {account}")
        if not self._database.may_be_there:
            return
        with self._database.changing() as session:
            session.execute(delete(AccountRow).where(AccountRow.id == account))


def only_for_admins(viewer: Viewer, asked: str) -> None:
    """Lets admins pass.

    Raises:
        NotAllowedError: the viewer is none.
    """
    if not viewer.sees_everything:
        raise refusal(viewer, asked, "only an admin may do this")


def account_row(session: Session, account: int) -> AccountRow:
    """The row of an account.

    Raises:
        InputError: there is none.
    """
    row = session.get(AccountRow, account)
    if row is None:
        raise InputError(f"there is no account {account}")
    return row


def _of_subject(subject: str) -> Select[AccountRow]:
    return select(AccountRow).where(AccountRow.subject == subject)
