"""Our own pieces of a page."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def mounted() -> None:
    from formcheck.web.pieces.component import Component

    piece = Component("formcheck_test_piece", js="export default () => {}", html="<p></p>")
    piece.mount(key="token-a__b____c", data={}, on_said_change=lambda: None)


def test_a_key_may_have_a_random_token_in_it() -> None:
    assert not AppTest.from_function(mounted, default_timeout=60).run().exception
