"""Our own pieces of a page: HTML, CSS and JavaScript of ``frontend/``, mounted by Streamlit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

__all__ = ["FRONTEND", "Component"]

FRONTEND = Path(__file__).parent.with_name("frontend")


@dataclass(frozen=True, slots=True)
class Component:
    """One piece.

    Attributes:
        name: Known to no other piece.
        js: One module, whose default export Streamlit calls with every run of the page.
        css: Its style sheet; other parts of the page don't see it.
        html: What it begins with.
    """

    name: str
    js: str
    css: str = ""
    html: str = ""

    def mount(self, *, key: str, data: Mapping[str, Any], **on_change: Callable[[], None]) -> Any:
        """Puts it on the page; gives what it sent, by name of the trigger.

        It is declared anew each time, which costs next to nothing: Streamlit forgets what was
        declared before it was started, e.g. because a module was imported early.

        Args:
            key: Known to no other piece on the page.
            data: What it is told; plain values.
            on_change: ``on_<trigger>_change`` for each trigger.
        """
        declared: Any = st.components.v2.component(
            self.name, html=self.html or None, css=self.css or None, js=self.js
        )
        # Streamlit refuses two underlines in a row, which a random token in a key may have.
        return declared(key=key.replace("__", "_-"), data=data, **on_change)
