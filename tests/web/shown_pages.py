"""Shows pages of the app without a browser, as a visit that comes straight to their address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from formcheck.web.app import SCRIPT
from formcheck.web.services import Services, open_services
from formcheck.web.settings import Settings

_TIMEOUT_S = 60


@contextmanager
def running(home: Path, **settings: object) -> Iterator[Services]:
    """What all visits share, closed at the end."""
    opened = open_services(Settings(home=home, **settings))  # type: ignore[arg-type]
    try:
        yield opened
    finally:
        opened.close()


def show(path: str, **query: str) -> AppTest:
    """A page of the whole app, with the row of links and the foot."""
    at = AppTest.from_file(str(SCRIPT), default_timeout=_TIMEOUT_S)
    at._page_hash = calc_hash("" if path == "home" else path)
    at.query_params.update(query)
    return at.run()


def markup(at: AppTest) -> str:
    """The HTML of our own pieces, without the style sheet."""
    whole = "\n".join(
        element.proto.body
        for element in at.main
        if element.type == "html" and "<style>" not in element.proto.body
    )
    return whole


def text(at: AppTest) -> str:
    """What can be read of our own pieces, and of Streamlit's messages."""
    told = re.sub(r"<[^>]*>", " ", markup(at))
    messages = [*at.error, *at.warning, *at.success, *at.info, *at.title]
    return " ".join(f"{unescape(told)} {' '.join(m.value for m in messages)}".split())


def links(at: AppTest) -> dict[str, str]:
    """Label → address of the links to pages."""
    found = {}
    for element in at.main:
        if element.type == "page_link":
            proto = element.proto
            query = f"?{proto.query_string}" if proto.query_string else ""
            found[proto.label] = f"/{proto.page}{query}"
    return found
