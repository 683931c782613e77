"""A press is told once, also when the page is drawn anew before it was come to."""

from __future__ import annotations

import time

import pytest
from streamlit.testing.v1 import AppTest

from formcheck.web.pieces import pressing


def script() -> None:
    import streamlit as st

    from formcheck.web.pieces.pressing import pressed

    if st.session_state.get("taken away"):  # E.g. what it was for is over.
        st.stop()
    if st.session_state.get("drawn anew"):  # Streamlit drops the run here, and with it the press.
        st.session_state["drawn anew"] = False
        st.button("Do it", key="do")
        st.stop()
    if pressed("Do it", key="do"):
        st.session_state["done"] = st.session_state.get("done", 0) + 1


def done(at: AppTest) -> int:
    assert not at.exception
    return int(at.session_state["done"]) if "done" in at.session_state else 0


def test_each_press_is_told_once() -> None:
    at = AppTest.from_function(script).run()
    assert done(at) == 0
    assert done(at.button(key="do").click().run()) == 1
    assert done(at.run()) == 1
    assert done(at.button(key="do").click().run()) == 2


def test_a_press_on_a_button_that_was_taken_away_is_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = AppTest.from_function(script).run()
    at.session_state["taken away"] = True
    assert done(at.button(key="do").click().run()) == 0
    later_s = time.monotonic() + 30.0
    monkeypatch.setattr(pressing.time, "monotonic", lambda: later_s)
    at.session_state["taken away"] = False
    assert done(at.run()) == 0
    assert done(at.run()) == 0


def test_a_press_outlives_the_run_that_was_dropped() -> None:
    at = AppTest.from_function(script).run()
    at.session_state["drawn anew"] = True
    assert done(at.button(key="do").click().run()) == 0
    assert done(at.run()) == 1
    assert done(at.run()) == 1
