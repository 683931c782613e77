"""People in the library: added, renamed, deleted."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from formcheck.archive.people import Person
from formcheck.web.pieces import look, telling
from formcheck.web.services import services
from formcheck.web.signin import viewers

__all__ = ["section"]


def section(people: Sequence[Person]) -> None:
    """Who there is, and what can be changed about them."""
    look.show("<h2>People</h2>")
    if people:
        look.table(
            "Whose sessions there are",
            ("Name", "Sessions"),
            [(person.name, str(person.sessions)) for person in people],
        )
    else:
        look.show('<p class="fc-soft">Nobody yet. Add whoever you look after.</p>')
    _ask_add()
    if people:
        with st.expander("Rename or delete somebody"):
            person = st.selectbox(
                "Who",
                people,
                format_func=lambda each: f"{each.name} ({each.number})",
                key="library-somebody",
            )
            _ask_rename(person)
            _ask_delete(person)


def _ask_add() -> None:
    with st.form("library-add", border=False, clear_on_submit=True):
        name = st.text_input("Name of somebody new")
        if st.form_submit_button("Add"):
            telling.do(
                lambda: services().archive.add_person(name, viewers.viewer()),
                f"{name.strip()} was added.",
            )
            st.rerun()


def _ask_rename(person: Person) -> None:
    with st.form(f"library-rename-{person.number}", border=False):
        name = st.text_input("New name", value=person.name)
        if st.form_submit_button("Rename"):
            telling.do(
                lambda: services().archive.rename_person(person.number, name, viewers.viewer()),
                f"{person.name} is called {name.strip()} now.",
            )
            st.rerun()


def _ask_delete(person: Person) -> None:
    with st.form(f"library-delete-{person.number}", border=False):
        sessions = telling.count(person.sessions, "session")
        sure = st.checkbox(
            telling.literal(
                f"Yes, delete {person.name} with {sessions}, every kept clip and their limits"
            )
        )
        if st.form_submit_button("Delete for good"):
            if not sure:
                st.warning("Tick the box first.")
                return
            telling.do(
                lambda: services().archive.delete_person(person.number, viewers.viewer()),
                f"{person.name} and everything of theirs was deleted.",
            )
            st.rerun()
