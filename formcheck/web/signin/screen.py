"""What the pages show of signing in: the way in, who one is, and the way out."""

from __future__ import annotations

from html import escape

import streamlit as st

from formcheck.archive.access import Role
from formcheck.web.pieces import look
from formcheck.web.signin.desk import NOBODY, NOT_ALLOWED, UNVERIFIED, SignedIn
from formcheck.web.signin.door import NOT_WRITTEN, REFUSED_QUERY
from formcheck.web.signin.viewers import desk_here, in_page

__all__ = ["ROLE_WORD", "WHY", "let_in", "manages_accounts"]

ROLE_WORD = {Role.OWNER: "", Role.COACH: " (coach)", Role.ADMIN: " (admin)"}
"""What stands beside somebody's name."""

WHY = {
    UNVERIFIED: "Your e-mail address is not confirmed with the provider yet. Confirm it there, "
    "then sign in again.",
    NOT_ALLOWED: "You are known to the provider, but this formcheck is not open to that account. "
    "Ask whoever runs it, or sign in with another account.",
    NOT_WRITTEN: "Signing in did not work, because the list of accounts can't be written. Tell "
    "whoever runs this formcheck.",
}
"""Why somebody was sent back, by the value of the query parameter."""


def manages_accounts() -> bool:
    """Whether whoever looks gets the page on which roles are given."""
    return desk_here() is not None and in_page().viewer.sees_everything


def let_in() -> bool:
    """Whether the page may be drawn; draws the way in where one has to sign in first."""
    if desk_here() is None:
        return True
    who = in_page()
    if who.viewer == NOBODY:
        _ask()
        return False
    _bar(who)
    return True


def _ask() -> None:
    look.heading("Sign in", "Whoever uses this formcheck signs in, and sees what is theirs.")
    why = WHY.get(st.query_params.get(REFUSED_QUERY, ""))
    if why is not None:
        st.error(why, icon=":material/error:")
    st.button("Sign in", type="primary", on_click=st.login, icon=":material/login:")
    look.show(
        "<p>You are sent to the provider that this formcheck was set up with, and come back here. "
        "The provider tells your name and e-mail address. It learns that you use formcheck, and "
        "nothing of what you do here.</p>"
    )


def _bar(who: SignedIn) -> None:
    """Who is signed in, and the way out."""
    with st.container(horizontal=True, vertical_alignment="center", key="fc-who"):
        name, role = escape(who.name), ROLE_WORD[who.viewer.role]
        st.html(f'<span class="fc">Signed in as <strong>{name}</strong>{role}</span>')
        if who.viewer.sees_everything:
            look.link("accounts", look.label_of("accounts"))
        st.button("Sign out", on_click=st.logout, icon=":material/logout:", key="fc-sign-out")
