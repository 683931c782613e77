"""The script that Streamlit runs for every visit, and again at every click: which page is shown."""

from __future__ import annotations

import streamlit as st

from formcheck.web.pages import exercises, home, live, privacy, progress, video

PAGES = (
    st.Page(home.page, title="formcheck", url_path="home", default=True),
    st.Page(live.page, title="Live", url_path="live"),
    st.Page(video.page, title="Video", url_path="video"),
    st.Page(exercises.page, title="Exercises", url_path="exercises"),
    st.Page(progress.page, title="Progress", url_path="progress"),
    st.Page(privacy.page, title="Privacy", url_path="privacy"),
)

st.set_page_config(page_title="formcheck", layout="centered")
st.navigation(list(PAGES), position="hidden").run()
