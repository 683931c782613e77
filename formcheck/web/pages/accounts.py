"""The page "People and roles", for admins: who may see what, and who looks after whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from formcheck.archive.access import Role, Viewer
from formcheck.archive.people import Account, Person
from formcheck.errors import FormcheckError
from formcheck.web.pieces import look
from formcheck.web.services import services
from formcheck.web.signin import viewers

__all__ = ["page"]

_LEAD = "Everybody who has signed in here, what they may see, and whose coach they are."

_ROLES: Mapping[Role, str] = {
    Role.OWNER: "owner: sees their own sessions",
    Role.COACH: "coach: also sees the sessions of the people who are given to them",
    Role.ADMIN: "admin: sees everything, and this page",
}
_NOBODY = 0
"""Stands for "nobody" among account numbers, which begin at 1."""

_TOLD = "accounts-told"


def page() -> None:
    """Draws the page.

    Raises:
        NotAllowedError: whoever looks at it is no admin.
        LibraryError: the library can't be read.
    """
    look.heading("People and roles", _LEAD)
    who = viewers.in_page()
    accounts = services().archive.accounts(who.viewer)
    people = services().archive.people(who.viewer)
    told: tuple[bool, str] | None = st.session_state.pop(_TOLD, None)
    if told is not None:
        (st.success if told[0] else st.error)(told[1])
    _table(accounts, who.viewer)
    others = [each for each in accounts if each.number != who.viewer.account]
    if others:
        _ask_role(others)
    if people:
        _ask_coach(people, accounts)
    else:
        look.show("<p>There are no people in the library yet. A coach adds them.</p>")
    if others:
        _ask_delete(others)
    look.show(
        "<p>Somebody who is named as an admin in the file that sets signing in up stays one, "
        "whatever it says here. You can't change your own role.</p>"
    )
    if who.subject:
        look.show("<p>What the provider calls you, for that file:</p>")
        st.code(who.subject, language=None)


def _table(accounts: Sequence[Account], viewer: Viewer) -> None:
    rows = [
        (
            each.name or each.email or f"account {each.number}",
            each.email,
            "admin (you)" if each.number == viewer.account else _role_of(each),
        )
        for each in accounts
    ]
    look.table("Who has signed in", ("Name", "E-mail", "Role"), rows)


def _role_of(account: Account) -> str:
    """What somebody is; whoever is named in the file is an admin whatever the library says."""
    setup = services().settings.sign_in
    named = setup is not None and not setup.admins.isdisjoint((account.subject, account.email))
    return "admin, by the file" if named else account.role.value


def _ask_role(accounts: Sequence[Account]) -> None:
    look.show("<h2>Change a role</h2>")
    with st.form("accounts-role"):
        account = _choose_account("Whose", accounts, "accounts-role-of")
        role = st.selectbox("Role", list(_ROLES), format_func=_ROLES.__getitem__)
        if st.form_submit_button("Change the role"):
            _do(
                lambda viewer: services().archive.set_role(account.number, role, viewer),
                f"{_called(account)} is {role.value} from now on.",
            )


def _ask_coach(people: Sequence[Person], accounts: Sequence[Account]) -> None:
    """Who looks after somebody, and with which account they sign in themselves."""
    by_number = {each.number: each for each in accounts}
    coaches = [n for n, each in by_number.items() if each.role is not Role.OWNER]
    look.show("<h2>Whose sessions are whose</h2>")
    person = st.selectbox(
        "Person",
        people,
        format_func=lambda each: f"{each.name} ({_kept_by(each, by_number)})",
        key="accounts-person",
    )

    def named(number: int) -> str:
        return _called(by_number[number]) if number in by_number else "nobody"

    with st.form(f"accounts-coach-{person.number}"):
        coach = _choose_number("Coach", [_NOBODY, *coaches], person.coach, named)
        own = _choose_number(
            "Signs in as (sees these sessions too)",
            [_NOBODY, *by_number],
            person.account,
            named,
        )

        def assign(viewer: Viewer) -> None:
            services().archive.assign_coach(person.number, coach or None, viewer)
            services().archive.link_account(person.number, own or None, viewer)

        if st.form_submit_button("Save"):
            _do(assign, f"{person.name}: coach is {named(coach)}, signs in as {named(own)}.")


def _ask_delete(accounts: Sequence[Account]) -> None:
    look.show(
        "<h2>Delete an account</h2><p>Whoever has it is signed out. Their sessions stay, "
        "seen by admins and by their coach. When they sign in again, a new account is made, unless "
        "the file that sets signing in up keeps them out.</p>"
    )
    with st.form("accounts-delete"):
        account = _choose_account("Which", accounts, "accounts-delete-of")
        sure = st.checkbox("Yes, delete it")
        if st.form_submit_button("Delete the account"):
            if not sure:
                st.warning("Tick the box first.")
                return
            _do(
                lambda viewer: services().archive.delete_account(account.number, viewer),
                f"The account of {_called(account)} is deleted.",
            )


def _choose_account(label: str, accounts: Sequence[Account], key: str) -> Account:
    return st.selectbox(label, accounts, format_func=_called, key=key)


def _choose_number(
    label: str, numbers: list[int], now: int | None, named: Callable[[int], str]
) -> int:
    known = numbers if now is None or now in numbers else [*numbers, now]
    at = 0 if now is None else known.index(now)
    return int(st.selectbox(label, known, index=at, format_func=named))


def _called(account: Account) -> str:
    name = account.name or f"account {account.number}"
    return f"{name}, {account.email}" if account.email else name


def _kept_by(person: Person, accounts: Mapping[int, Account]) -> str:
    coach = accounts.get(person.coach) if person.coach is not None else None
    return "no coach" if coach is None else f"coach: {coach.name or coach.email}"


def _do(change: Callable[[Viewer], None], told: str) -> None:
    """Makes a change, and shows the page anew with what came of it."""
    try:
        change(viewers.viewer())
    except FormcheckError as error:
        st.session_state[_TOLD] = (False, look.sentence(error))
    else:
        st.session_state[_TOLD] = (True, told)
    st.rerun()
