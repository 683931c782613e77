"""The script that Streamlit runs for every visit, and again at every click: which page is shown."""

from __future__ import annotations

import streamlit as st

from formcheck.web.pages import accounts, exercises, home, library, live, privacy, progress, video
from formcheck.web.pieces import look
from formcheck.web.signin import screen

DRAWN = {
    "home": home.page,
    "live": live.page,
    "video": video.page,
    "exercises": exercises.page,
    "library": library.page,
    "progress": progress.page,
    "privacy": privacy.page,
}

st.set_page_config(layout="centered")
drawn = DRAWN | ({"accounts": accounts.page} if screen.manages_accounts() else {})
shown = st.navigation(
    [
        st.Page(draw, title=look.title_of(path), url_path=path, default=path == look.START)
        for path, draw in drawn.items()
    ],
    position="hidden",
)
look.begin(shown.url_path)
if screen.let_in():
    shown.run()
look.end()
