"""The page "Library": past sessions found again, what is left to review, whose each is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from html import escape

import streamlit as st

from formcheck.archive.access import Viewer
from formcheck.archive.history import PastSession
from formcheck.archive.people import Person
from formcheck.archive.query import ALL, Query
from formcheck.archive.store import Library
from formcheck.errors import LibraryError
from formcheck.presentation import words
from formcheck.types import Level
from formcheck.web.pages import library_chosen, library_import, library_people
from formcheck.web.pieces import look, telling
from formcheck.web.services import services
from formcheck.web.signin import viewers

__all__ = ["page"]

_LEAD = "Sessions that were kept: find one again, and see what is left to be looked at."
REVIEW_PATH = "/formcheck/review/{}/"
_PAGE = 20
_AT = "library-at"
_STATES = {
    "all": "All",
    "left": "Left to review",
    "reviewed": "Reviewed",
    "numbers": "Numbers only, nothing kept",
}
_ANY = ""
"""Stands for "any" among codes and names."""
_MOST_NAMED = 3


def page() -> None:
    """Draws the page."""
    look.heading("Library", _LEAD)
    telling.what_was_done()
    library, viewer = services().archive, viewers.viewer()
    try:
        people = library.people(viewer)
        if library.count(ALL, viewer) == 0:
            _nothing_yet()
        else:
            _next(library, viewer)
            _sessions(library, viewer, people)
    except LibraryError as error:
        st.error(look.sentence(error), icon=":material/error:")
        return
    if viewer.looks_after_people:
        library_people.section(people)
    library_import.section(people)


def _nothing_yet() -> None:
    look.show(
        "<p>Nothing here yet. What you keep of a live session or of a video is listed here, and "
        "so is what you bring from elsewhere as a file (below).</p>"
    )
    look.link("live", "Start with the camera", icon=":material/videocam:")
    look.link("video", "Choose a video", icon=":material/movie:")


def _next(library: Library, viewer: Viewer) -> None:
    """The way to what waits longest."""
    left = library.count(Query(reviewed=False, kept=True), viewer)
    following = library.next_to_review(viewer=viewer) if left else None
    if following is None:
        if library.count(Query(kept=True), viewer):
            look.show('<p class="fc-soft">Everything that was kept is reviewed.</p>')
        return
    address = REVIEW_PATH.format(following)
    look.show(
        f'<p><a class="fc-press" href="{address}" target="_self">Review what is left ({left})</a>'
        "</p>"
    )


def _sessions(library: Library, viewer: Viewer, people: Sequence[Person]) -> None:
    query = _query(library, viewer, people)
    found = library.count(query, viewer)
    pages = max(1, math.ceil(found / _PAGE))
    at = min(st.session_state.get(_AT, 0), pages - 1)
    shown = library.sessions(_of_page(query, at), viewer)
    look.show(
        f'<h2>Sessions</h2><p role="status" class="fc-soft">{_found(found, at, len(shown))}</p>'
    )
    with st.container(gap="xsmall", key="fc-list"):
        for session in shown:
            _row(session)
    if pages > 1:
        _turn(at, pages)
    if shown:
        library_chosen.section(library, viewer, people)


def _query(library: Library, viewer: Viewer, people: Sequence[Person]) -> Query:
    """What is looked for, as it is typed and chosen."""
    text = st.text_input(
        "Search",
        placeholder="Person, exercise, tag or file name",
        key="library-text",
        on_change=_from_the_start,
    )
    with st.container(horizontal=True):
        state = _choose("Show", _STATES, "library-state")
        names = {str(person.number): person.name for person in people}
        person = _choose("Person", {_ANY: "Everybody", **names}, "library-person")
    with st.expander("More filters"), st.container(horizontal=True):
        exercises = {_ANY: "Any exercise", **dict(library.exercises(viewer))}
        exercise = _choose("Exercise", exercises, "library-exercise")
        faults = {_ANY: "Any or none", **dict(library.faults(viewer))}
        fault = _choose("Fault found", faults, "library-fault")
        tags = {_ANY: "Any or none", **{tag: tag for tag in library.tags(viewer)}}
        tag = _choose("Tag", tags, "library-tag")
        since = _day("From", "library-since")
        until = _day("To", "library-until")
    return Query(
        text=text,
        person=int(person) if person else None,
        exercise=exercise or None,
        fault=fault or None,
        tags=(tag,) if tag else (),
        reviewed={"left": False, "reviewed": True}.get(state),
        kept={"left": True, "numbers": False}.get(state),
        since=since,
        until=None if until is None else until + timedelta(days=1),
    )


def _choose(label: str, options: dict[str, str], key: str) -> str:
    if st.session_state.get(key, next(iter(options))) not in options:
        del st.session_state[key]  # E.g. a tag that no session has any more.
    return st.selectbox(
        label, list(options), format_func=options.__getitem__, key=key, on_change=_from_the_start
    )


def _day(label: str, key: str) -> datetime | None:
    """The first moment of a day, in the time of this computer."""
    day = st.date_input(label, value=None, format="YYYY-MM-DD", key=key, on_change=_from_the_start)
    return datetime.combine(day, time()).astimezone() if isinstance(day, date) else None


def _from_the_start() -> None:
    st.session_state[_AT] = 0


def _of_page(query: Query, at: int) -> Query:
    return replace(query, limit=_PAGE, offset=at * _PAGE)


def _found(found: int, at: int, shown: int) -> str:
    if not found:
        return "No session fits. Take something out of the search, or choose fewer filters."
    which = f"{at * _PAGE + 1} to {at * _PAGE + shown} of " if found > _PAGE else ""
    return f"{which}{telling.count(found, 'session')}, the newest first."


def _turn(at: int, pages: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, to in (("Newer", at - 1), ("Older", at + 1)):
            st.button(
                label,
                disabled=not 0 <= to < pages,
                on_click=lambda to=to: st.session_state.update({_AT: to}),
            )
        st.html(f'<span class="fc-soft">Page {at + 1} of {pages}</span>', width="content")


def _row(session: PastSession) -> None:
    """One session: a box to choose it, what it was, and the way to look at it."""
    with st.container(key=f"fc-row-{session.number}", gap=None):
        library_chosen.box(session)
        look.show(f'<div class="fc-row">{_what(session)}{_way(session)}</div>')


def _what(session: PastSession) -> str:
    parts = [escape(telling.gist(session)), _faults(session)]
    tags = "".join(f'<li class="fc-tag">{escape(tag)}</li>' for tag in session.tags)
    listed = f'<ul class="fc-tags" aria-label="Tags">{tags}</ul>' if tags else ""
    return f"<span>{' · '.join(parts)}</span>{listed}"


def _faults(session: PastSession) -> str:
    """E.g. "Hips dropped (2), Head dropped"."""
    found: dict[str, int] = {}
    for finding in session.findings:
        if finding.level is Level.FAULT:
            found[finding.title] = found.get(finding.title, 0) + 1
    if not found:
        return "no fault"
    most = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    named = [escape(title) + (f" ({n})" if n > 1 else "") for title, n in most[:_MOST_NAMED]]
    more = len(most) - _MOST_NAMED
    named += [f"{words.number(more)} more"] if more > 0 else []
    return f'<span class="fc-fault">{", ".join(named)}</span>'


def _way(session: PastSession) -> str:
    if session.folder is None:
        return '<span class="fc-soft">numbers only</span>'
    address = REVIEW_PATH.format(session.number)
    which = f'<span class="fc-unseen"> {escape(telling.name(session))}</span>'
    if session.reviewed is None:
        return f'<a href="{address}" target="_self">Review{which}</a>'
    day = telling.day(session.reviewed)
    return (
        f'<span class="fc-good">✓ reviewed {day}</span> '
        f'<a href="{address}" target="_self">Look again{which}</a>'
    )
