"""The page "formcheck": live, or a video?"""

from __future__ import annotations

import streamlit as st

from formcheck.web.pieces import look
from formcheck.web.services import services

_LEAD = "A form coach for exercise at home with a sensitive lower back."
_PROMISES = """
<h2>What it promises</h2>
<ul>
<li>It says one thing at a time, and only when it is sure. Where it can’t see well enough it says
<em>not judged</em>, why, and what to move.</li>
<li>The clock counts seconds in good form, not seconds on the floor.</li>
<li>Pictures are looked at on the computer that formcheck runs on, and go nowhere else.</li>
<li>Every number is an estimate, not a medical measurement.</li>
</ul>
"""
_PHONE = (
    '<p><a href="/formcheck/pair" target="_self">Use a phone as the camera: pair it here</a></p>'
)


def page() -> None:
    """Draws the page."""
    look.heading("How do you want to train?", _LEAD)
    live, video = st.columns(2)
    with live, st.container(border=True, key="fc-choice-live", height="stretch"):
        look.show(
            "<h2>Live</h2><p>Your camera watches, a voice tells you what to change while you "
            "move.</p>"
        )
        look.link("live", "Start with the camera", icon=":material/videocam:", wide=True)
    with video, st.container(border=True, key="fc-choice-video", height="stretch"):
        look.show(
            "<h2>A video</h2><p>You film first. Then you see every moment that could be better, "
            "and why.</p>"
        )
        look.link("video", "Choose a video", icon=":material/movie:", wide=True)
    look.link("video", "No video at hand? See the demonstration", demo="1")
    if services().settings.lan:
        look.show(_PHONE)
    look.show(_PROMISES)
