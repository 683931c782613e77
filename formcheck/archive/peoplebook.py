"""The part of the library that knows whose sessions there are."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from formcheck import profiles
from formcheck.archive.access import (
    LOCAL,
    Role,
    Viewer,
    people_of,
    refusal,
    sessions_of,
    their_people,
)
from formcheck.archive.accounts import Accounts, account_row, only_for_admins
from formcheck.archive.files import delete_clips, tell_left
from formcheck.archive.names import clean_name, key_of
from formcheck.archive.people import Person
from formcheck.archive.rows import person_in
from formcheck.archive.tables import PersonRow, SessionRow
from formcheck.errors import InputError

__all__ = ["PeopleBook"]


class PeopleBook(Accounts):
    """People are added by name; who looks after them sees their sessions."""

    def people(self, viewer: Viewer = LOCAL) -> tuple[Person, ...]:
        """Everybody whom the viewer may see, by name.

        Raises:
            LibraryError: the list can't be read.
        """
        counts = (
            select(SessionRow.person_id, func.count().label("sessions"))
            .where(sessions_of(viewer), SessionRow.person_id.is_not(None))
            .group_by(SessionRow.person_id)
            .subquery()
        )
        seen = (
            select(PersonRow, counts.c.sessions)
            .outerjoin(counts, counts.c.person_id == PersonRow.id)
            .where(people_of(viewer))
            .order_by(PersonRow.name_key, PersonRow.id)
        )
        with self._database.reading() as session:
            if session is None:
                return ()
            return tuple(person_in(row, count or 0) for row, count in session.execute(seen))

    def person(self, number: int, viewer: Viewer = LOCAL) -> Person:
        """Somebody whom the viewer may see.

        Raises:
            NotAllowedError: there is nobody of this number whom the viewer may see.
            LibraryError: the list can't be read.
        """
        for person in self.people(viewer):
            if person.number == number:
                return person
        raise refusal(viewer, f"see person {number}", f"there is no person {number} of yours")

    def add_person(self, name: str, viewer: Viewer = LOCAL) -> int:
        """Adds somebody, whom the viewer looks after.

        Returns:
            The number of the person.

        Raises:
            InputError: the name can't be used, or somebody of this coach has it.
            NotAllowedError: the viewer looks after nobody.
            LibraryError: the list can't be written.
        """
        name = clean_name(name)
        if not viewer.looks_after_people:
            raise refusal(viewer, "add a person", "only a coach may add people")
        with self._database.changing() as session:
            return self._add_person(session, name, viewer).id

    def rename_person(self, number: int, name: str, viewer: Viewer = LOCAL) -> None:
        """Gives somebody another name; their limits are kept under it from then on.

        Raises:
            InputError: the name can't be used, or somebody of this coach has it.
            NotAllowedError: the viewer does not look after them.
            LibraryError: the list can't be written.
            OutputError: their limits can't be written.
        """
        name = clean_name(name)
        with self._database.changing() as session:
            theirs = their_people(viewer)
            row = self._person_row(session, number, viewer, "rename", theirs)
            self._refuse_taken(session, name, row.coach_id, number)
            before, row.name, row.name_key = row.profile, name, key_of(name)
            row.profile = self._profile_for(session, row, viewer)
            session.flush()
            # Last: when it fails, the database forgets what was changed.
            if row.profile != before:
                profiles.rename_profile(self._home, before, row.profile)

    def delete_person(self, number: int, viewer: Viewer = LOCAL) -> None:
        """Deletes somebody with every session of theirs, its kept bundle, and their limits.

        Raises:
            NotAllowedError: the viewer does not look after them.
            LibraryError: the list can't be written, or a bundle can't be deleted (then nobody is
                deleted), or a bundle lies behind a link (then it alone is left).
            OutputError: their limits can't be deleted; then nobody is.
        """
        with self._database.changing() as session:
            row = self._person_row(session, number, viewer, "delete", their_people(viewer))
            left = self._delete_people(session, PersonRow.id == row.id)
        tell_left(left, "the person was deleted")

    def assign_coach(self, number: int, account: int | None, viewer: Viewer = LOCAL) -> None:
        """Says who looks after somebody; for admins.

        Args:
            number: Of the person.
            account: Of a coach or an admin; None: nobody does.
            viewer: Who says so.

        Raises:
            NotAllowedError: the viewer is no admin, or there is no such person.
            InputError: there is no such account, it is no coach's, or they look after somebody of
                this name already.
            LibraryError: the list can't be written.
        """
        only_for_admins(viewer, f"say who looks after person {number}")
        with self._database.changing() as session:
            row = self._person_row(session, number, viewer, "assign")
            if account is not None and account_row(session, account).role == Role.OWNER.value:
                raise InputError(f"account {account} is no coach; make it one first")
            self._refuse_taken(session, row.name, account, number)
            row.coach_id = account

    def link_account(self, number: int, account: int | None, viewer: Viewer = LOCAL) -> None:
        """Says which account is somebody's own, so that they see their sessions; for admins.

        Args:
            number: Of the person.
            account: Their account; None: they have none.
            viewer: Who says so.

        Raises:
            NotAllowedError: the viewer is no admin, or there is no such person.
            InputError: there is no such account.
            LibraryError: the list can't be written.
        """
        only_for_admins(viewer, f"say which account person {number} has")
        with self._database.changing() as session:
            row = self._person_row(session, number, viewer, "link")
            if account is not None:
                account_row(session, account)
            row.account_id = account

    def _person_for(self, session: Session, person: str | int, viewer: Viewer) -> int | None:
        """The number of somebody by number or name; somebody new is added, where one may.

        Raises:
            NotAllowedError: there is nobody whom the viewer may see, and none may be added.
            InputError: several people have this name.
        """
        if isinstance(person, int):
            return self._person_row(session, person, viewer, "give a session to").id
        if not person.strip():
            return self._themselves(session, viewer)
        name = clean_name(person)
        named = select(PersonRow).where(PersonRow.name_key == key_of(name), people_of(viewer))
        found = session.scalars(named.order_by(PersonRow.id)).all()
        own = [row for row in found if row.coach_id == viewer.account]
        if len(own or found) > 1:
            raise InputError(f"several people are called {name}; choose one by number")
        if found:
            return (own or found)[0].id
        if not viewer.looks_after_people:
            raise refusal(
                viewer, "add a session of somebody else", f"there is nobody of yours called {name}"
            )
        return self._add_person(session, name, viewer).id

    @staticmethod
    def _themselves(session: Session, viewer: Viewer) -> int | None:
        """Who somebody without clients is, when that was said."""
        if viewer.account is None or viewer.looks_after_people:
            return None
        themselves = select(PersonRow.id).where(PersonRow.account_id == viewer.account)
        found = session.scalars(themselves).all()
        return found[0] if len(found) == 1 else None

    def _add_person(self, session: Session, name: str, viewer: Viewer) -> PersonRow:
        coach = self._account_row(session, viewer, "add a person")
        coach_id = None if coach is None else coach.id
        self._refuse_taken(session, name, coach_id)
        row = PersonRow(name=name, name_key=key_of(name), profile="", coach_id=coach_id)
        session.add(row)
        session.flush()
        row.profile = self._profile_for(session, row, viewer)
        session.flush()
        return row

    @staticmethod
    def _refuse_taken(
        session: Session, name: str, coach: int | None, but: int | None = None
    ) -> None:
        taken = select(PersonRow.id).where(
            PersonRow.name_key == key_of(name), PersonRow.coach_id.is_not_distinct_from(coach)
        )
        if any(number != but for number in session.scalars(taken)):
            raise InputError(f"somebody is called {name} already; add something to tell them apart")

    def _profile_for(self, session: Session, row: PersonRow, viewer: Viewer) -> str:
        """A name for somebody's limits that is nobody else's, whatever other coaches call theirs.

        Limits that were kept under a name before there was a person of it are theirs, unless they
        may be somebody else's.
        """
        others = session.scalars(select(PersonRow.profile).where(PersonRow.id != row.id))
        taken = {key_of(profile) for profile in others}
        for profile in (row.name, f"{row.name} ({row.id})"):
            if key_of(profile) in taken:
                continue
            if key_of(profile) == key_of(row.profile):
                return profile
            try:
                if viewer.sees_everything or not profiles.has_profile(self._home, profile):
                    return profile
            except InputError:  # Too long for the name of a file.
                break
        return f"person-{row.id}"

    def _delete_people(self, session: Session, which: ColumnElement[bool]) -> list[Path]:
        """Deletes people with all that there is of them; returns bundles behind a link."""
        people = session.scalars(select(PersonRow).where(which)).all()
        theirs = SessionRow.person_id.in_([row.id for row in people])
        folders = list(session.scalars(select(SessionRow.folder).where(theirs)))
        session.execute(delete(SessionRow).where(theirs))
        session.execute(delete(PersonRow).where(PersonRow.id.in_([row.id for row in people])))
        left = delete_clips(self._home, folders)
        for row in people:
            profiles.delete_profile(self._home, row.profile)
        return left
