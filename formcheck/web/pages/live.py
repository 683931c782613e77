"""The page "Live session"."""

from __future__ import annotations

import streamlit as st


def page() -> None:
    """Draws the page."""
    st.title("Live session")
