"""The page "A video"."""

from __future__ import annotations

import streamlit as st


def page() -> None:
    """Draws the page."""
    st.title("A video")
