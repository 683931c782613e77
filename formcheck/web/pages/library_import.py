"""Sessions from elsewhere, brought into the library as files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import streamlit as st

from formcheck.archive.people import Person
from formcheck.errors import FormcheckError, OutputError
from formcheck.intake import take
from formcheck.judgement.registry import load_exercises
from formcheck.media.bundle import SUFFIX
from formcheck.web.pieces import look, telling
from formcheck.web.pieces.pressing import pressed
from formcheck.web.services import services
from formcheck.web.signin import viewers

__all__ = ["section"]

_MOST_MB = 200
"""Streamlit holds a file in memory until it is taken in; a larger one comes by the command."""
_AS_IT_SAYS = 0
"""Stands for what the file itself says among numbers of people, which begin at 1."""
_ROUND = "library-import-round"
"""Counts what was brought: a widget of another key is an empty one."""


def section(people: Sequence[Person]) -> None:
    """Takes files in."""
    look.show(
        "<h2>Take in a file</h2><p>A <code>.formcheck</code> file holds one session with all that "
        "belongs to it. It is checked first, and copied into the library. Larger files come in by "
        "<code>formcheck library import</code>.</p>"
    )
    files = st.file_uploader(
        "Files of sessions",
        type=[SUFFIX.removeprefix(".")],
        accept_multiple_files=True,
        max_upload_size=min(_MOST_MB, services().settings.max_clip_mb),
        key=f"library-files-{st.session_state.get(_ROUND, 0)}",
    )
    names = {_AS_IT_SAYS: "As the file says", **{each.number: each.name for each in people}}
    person = st.selectbox(
        "Whose these sessions are", list(names), format_func=names.__getitem__, key="library-of"
    )
    if not files:
        return
    label = f"Bring {telling.count(len(files), 'session')} in"
    if pressed(label, type="primary", key="library-bring"):
        with st.spinner("Checking and copying …"):
            _bring([(file.name, file) for file in files], person)
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
        st.rerun()


def _bring(files: Sequence[tuple[str, IO[bytes]]], person: int) -> None:
    """Takes in what can be, and tells of each of the rest why not."""
    new, known, wrong = 0, 0, []
    for name, file in files:  # Two of them may have one name.
        try:
            if _taken(file, person):
                new += 1
            else:
                known += 1
        except FormcheckError as error:
            wrong.append(f"{name}: {look.sentence(error)}")
    told = f"{telling.count(new, 'session')} brought in."
    if known:
        told += f" {telling.count(known, 'session')} had been there already."

    def tell() -> None:
        if wrong:
            raise FormcheckError(" ".join([told, *wrong]))

    telling.do(tell, told)


def _taken(file: IO[bytes], person: int) -> bool:
    """Whether the session of a file is new.

    Raises:
        FormcheckError: it can't be taken in.
    """
    with tempfile.TemporaryDirectory(prefix="formcheck-import-") as folder:
        # A name of our own: the one that came may be anything.
        path = Path(folder) / f"session{SUFFIX}"
        try:
            with path.open("wb") as copy:
                shutil.copyfileobj(file, copy)
        except OSError as error:
            raise OutputError(f"the file can't be put down: {error.strerror}") from error
        library, viewer = services().archive, viewers.viewer()
        taken = take(library, path, load_exercises(), person=person or "", viewer=viewer)
        return not taken.was_there
