"""What is done with the sessions that are chosen in the list of the library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import streamlit as st

from formcheck.archive.access import Viewer
from formcheck.archive.history import PastSession
from formcheck.archive.people import Person
from formcheck.archive.store import Library
from formcheck.errors import NotAllowedError
from formcheck.web.pieces import look, telling
from formcheck.web.services import services
from formcheck.web.signin import viewers

__all__ = ["COMPARE_PATH", "box", "section"]

COMPARE_PATH = "/formcheck/compare/{}/{}/"
_CHOSEN = "library-chosen"
_KEY = "library-choose-{}"
_NOBODY = 0
"""Stands for nobody in particular among numbers of people, which begin at 1."""


def box(session: PastSession) -> None:
    """The box that chooses a session."""
    number, key = session.number, _KEY.format(session.number)
    # Only where the browser knows nothing of it: said every time, it would undo a click that is
    # on its way.
    if key not in st.session_state:
        st.session_state[key] = number in _numbers()

    def changed() -> None:
        (_numbers().add if st.session_state[key] else _numbers().discard)(number)

    st.checkbox(telling.literal(telling.name(session)), key=key, on_change=changed)


def section(library: Library, viewer: Viewer, people: Sequence[Person]) -> None:
    """Everything that can be done with what is chosen."""
    chosen = _chosen(library, viewer)
    look.show("<h2>With what is chosen</h2>")
    if not chosen:
        look.show(
            '<p class="fc-soft">Tick sessions in the list to compare two of them, to say whose '
            "they are, to tag or to delete them.</p>"
        )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f"<strong>{telling.count(len(chosen), 'session')} chosen</strong>", width="content")
        st.button("Choose none", on_click=_choose_none)
    _compare(chosen)
    _ask_whose(chosen, people, viewer)
    _ask_tags(chosen)
    _ask_delete(chosen)


def _choose_none() -> None:
    for number in _numbers():
        st.session_state[_KEY.format(number)] = False
    _numbers().clear()


def _numbers() -> set[int]:
    return cast("set[int]", st.session_state.setdefault(_CHOSEN, set()))


def _chosen(library: Library, viewer: Viewer) -> list[PastSession]:
    """What is chosen and still there, the oldest first."""
    found = []
    for number in sorted(_numbers()):
        try:
            found.append(library.session(number, viewer))
        except NotAllowedError:
            _numbers().discard(number)
    return sorted(found, key=lambda session: session.began)


def _compare(chosen: Sequence[PastSession]) -> None:
    kept = [session for session in chosen if session.folder is not None]
    if len(chosen) != 2 or len(kept) != 2:
        look.show(
            '<p class="fc-soft">Two sessions that were kept can be compared side by side.</p>'
        )
        return
    address = COMPARE_PATH.format(kept[0].number, kept[1].number)
    look.show(f'<p><a href="{address}" target="_self">Compare the two side by side</a></p>')


def _ask_whose(chosen: Sequence[PastSession], people: Sequence[Person], viewer: Viewer) -> None:
    if not people:
        if viewer.looks_after_people:
            look.show('<p class="fc-soft">Add people below to say whose sessions these are.</p>')
        return
    names = {_NOBODY: "Nobody in particular", **{person.number: person.name for person in people}}
    with st.form("library-whose", border=False):
        now = chosen[0].person_number or _NOBODY
        person = st.selectbox(
            "Whose they are",
            list(names),
            index=list(names).index(now) if now in names else 0,
            format_func=names.__getitem__,
        )
        if st.form_submit_button("Save whose they are"):

            def act() -> None:
                for session in chosen:
                    services().archive.set_person(session.number, person or None, viewers.viewer())

            telling.do(act, f"Saved: {names[person]}.")
            st.rerun()


def _ask_tags(chosen: Sequence[PastSession]) -> None:
    """The tags that all of them have can be changed; those that only some have stay."""
    shared = [tag for tag in chosen[0].tags if all(tag in session.tags for session in chosen)]
    with st.form("library-tags", border=False):
        typed = st.text_input(
            "Tags, with commas between them",
            value=", ".join(shared),
            key=f"library-tags-of-{'-'.join(str(session.number) for session in chosen)}",
        )
        if st.form_submit_button("Save the tags"):
            wanted = typed.split(",")

            def act() -> None:
                for session in chosen:
                    own = [tag for tag in session.tags if tag not in shared]
                    services().archive.set_tags(session.number, own + wanted, viewers.viewer())

            telling.do(act, "The tags were saved.")
            st.rerun()


def _ask_delete(chosen: Sequence[PastSession]) -> None:
    with st.form("library-delete", border=False):
        these = "this session" if len(chosen) == 1 else f"these {len(chosen)} sessions"
        sure = st.checkbox(f"Yes, delete {these} and what was kept of them for good")
        if st.form_submit_button(f"Delete {these}"):
            if not sure:
                st.warning("Tick the box first.")
                return

            def act() -> None:
                for session in chosen:
                    services().archive.delete(session.number, viewers.viewer())

            telling.do(act, f"Deleted {telling.count(len(chosen), 'session')}.")
            st.rerun()
