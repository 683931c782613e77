"""A button on a page that may be drawn anew at any time, e.g. because a clip has arrived."""

from __future__ import annotations

import math
import time
from collections.abc import MutableMapping
from typing import Any

import streamlit as st

__all__ = ["pressed"]

GOOD_FOR_S = 10.0
"""A button that was taken away meanwhile, and comes back later, was not pressed."""


def pressed(label: str, *, key: str, **options: Any) -> bool:
    """Draws a button, and tells once of every press.

    Streamlit tells of a press to one run of the page only, and drops that run as soon as the page
    is drawn anew: the press would be lost where the run had not come to the button.

    Args:
        label: What stands on it.
        key: Known to nothing else on the page.
        options: As for ``st.button``.
    """
    note = f"{key}-pressed"
    state: MutableMapping[Any, Any] = st.session_state
    st.button(label, key=key, on_click=lambda: state.update({note: time.monotonic()}), **options)
    pressed_s: float = state.pop(note, -math.inf)
    return time.monotonic() - pressed_s < GOOD_FOR_S
