"""A past session in words, for lists; and what was done by the last click."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

import streamlit as st

from formcheck.archive.history import PastSession
from formcheck.errors import FormcheckError
from formcheck.presentation import words
from formcheck.web.pieces import look

__all__ = ["count", "day", "do", "gist", "literal", "moment", "name", "what_was_done"]

# As little as can be: screen readers are given the label with the backslashes.
_MARKDOWN = re.compile(r"([\\`*_\[\]~$<>|&]|:(?=[a-zA-Z])|^[-#+=])")
_DONE = "telling-done"


def name(session: PastSession) -> str:
    """Which session it is, e.g. "Mon 2 Mar 2026, 07:30 · Anna · Forearm plank"."""
    parts = (moment(session.began), session.person, session.title)
    return " · ".join(part for part in parts if part)


def gist(session: PastSession) -> str:
    """The one number of a session that matters most."""
    if session.hops:
        return count(session.hops, "jump")
    if session.reps_counted:
        return count(session.reps_counted, "repetition")
    if session.held_s > 0:
        return f"{words.seconds(session.good_form_s)} in good form"
    return "nothing counted"


def count(number: int, what: str) -> str:
    """E.g. "1 jump", "2 jumps"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def moment(began: datetime) -> str:
    """When it was, in the time of this computer, e.g. "Mon 2 Mar 2026, 07:30"."""
    local = began.astimezone()
    return f"{local:%a} {_date(local.date())} {local:%Y, %H:%M}"


def day(when: datetime) -> str:
    """The day of it, in the time of this computer, e.g. "2 Mar"."""
    return _date(when.astimezone().date())


def _date(of: date) -> str:
    return f"{of.day} {of:%b}"


def literal(text: str) -> str:
    """Text for a label, in which Streamlit would read Markdown otherwise."""
    return _MARKDOWN.sub(r"\\\1", text)


def do(act: Callable[[], object], done: str) -> bool:
    """Does what was clicked, and keeps what came of it to be told when the page is drawn anew.

    Args:
        act: Does it.
        done: What is told when it was done.

    Returns:
        Whether it was.
    """
    try:
        act()
    except FormcheckError as error:
        st.session_state[_DONE] = (False, look.sentence(error))
        return False
    st.session_state[_DONE] = (True, done)
    return True


def what_was_done() -> None:
    """Tells what came of the last click, once."""
    told: tuple[bool, str] | None = st.session_state.pop(_DONE, None)
    if told is None:
        return
    if told[0]:
        st.success(literal(told[1]), icon=":material/check:")
    else:
        st.error(literal(told[1]), icon=":material/error:")
