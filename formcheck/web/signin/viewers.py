"""Who asks: for our own routes and sockets, and inside the pages."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from starlette.requests import HTTPConnection
from streamlit.runtime.scriptrunner import get_script_run_ctx

from formcheck.archive.access import LOCAL, Viewer
from formcheck.web.signin.access_log import asked_of, tell, where_of, who_is
from formcheck.web.signin.desk import NOBODY, Desk, SignedIn
from formcheck.web.signin.identity import identity_in, identity_of

__all__ = [
    "KNOWN",
    "desk_here",
    "in_page",
    "open_desk",
    "refuse",
    "signed_in",
    "viewer",
    "viewer_of",
]

KNOWN = "formcheck.signed_in"
"""Key in a request's scope: who it was found to be when it came in."""

_HERE = SignedIn(LOCAL)
_open: list[Desk | None] = [None]


def open_desk(desk: Desk | None) -> None:
    """Switches signing in on for this process, or off (None)."""
    _open[0] = desk


def desk_here() -> Desk | None:
    """The desk, or None while nobody has to sign in."""
    return _open[0]


def viewer_of(connection: HTTPConnection) -> Viewer:
    """Who a request or a socket comes from; :data:`LOCAL` while nobody has to sign in.

    Raises:
        LibraryError: the library can't be read.
    """
    return signed_in(connection).viewer


def signed_in(connection: HTTPConnection) -> SignedIn:
    """The same with the login, which ends when they sign out."""
    known = connection.scope.get(KNOWN)
    if isinstance(known, SignedIn):
        return known
    desk = desk_here()
    if desk is None:
        return _HERE
    return desk.who(identity_in(connection.cookies, desk.setup))


def viewer() -> Viewer:
    """Who looks at the page that is being drawn; :data:`LOCAL` while nobody has to sign in.

    Raises:
        LibraryError: the library can't be read.
    """
    return in_page().viewer


def in_page() -> SignedIn:
    """The same with the login."""
    desk = desk_here()
    if desk is None:
        return _HERE
    who = _of_page(desk, st.context.cookies, st.user.to_dict())
    context = get_script_run_ctx()
    if context is not None:
        desk.seat(context.session_id, who.viewer.account)
    return who


def refuse(connection: HTTPConnection, asked: str = "") -> None:
    """Writes down that somebody was kept out; nothing while nobody has to sign in.

    Args:
        connection: Of whom.
        asked: What they had asked for; empty: as the request says.
    """
    if desk_here() is None:
        return
    who = who_is(viewer_of(connection))
    tell("refused", who, asked or asked_of(connection), where_of(connection), refused=True)


def _of_page(desk: Desk, cookies: Mapping[str, str], user: Mapping[str, object]) -> SignedIn:
    """Who a tab's connection and Streamlit agree on.

    Streamlit knows of somebody from the first moment of a tab to its last; the cookie is that of
    the connection that there is now. Only together do they count.
    """
    identity = identity_in(cookies, desk.setup)
    stated = identity_of(user) if user.get("is_logged_in") is True else None
    if identity is None or stated is None or stated.subject != identity.subject:
        return SignedIn(NOBODY)
    return desk.who(identity)
