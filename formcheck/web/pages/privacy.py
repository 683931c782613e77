"""The page "Privacy"."""

from __future__ import annotations

import streamlit as st


def page() -> None:
    """Draws the page."""
    st.title("Privacy")
