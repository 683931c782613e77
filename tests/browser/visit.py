"""One visitor: a fresh browser profile whose every request and complaint is written down."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, WebSocket

PROBE = (Path(__file__).with_name("probe.js")).read_text(encoding="utf-8")
WIDE = (1100, 900)
NARROW = (360, 740)
NOISE = (
    # Opened on a page of its own, Streamlit looks for its server below that page first.
    r"404 \(Not Found\) \(\S+/\w+/_stcore/(health|host-config)\)",
)
"""What Streamlit itself brings onto the console as an error."""

_LOCAL = ("data", "blob", "about")


@dataclass(slots=True)
class Visit:
    """A browser profile on its visit to the app.

    Attributes:
        address: The app's address: the only one that may be asked for anything.
        context: The profile.
        page: Its tab; the first of them.
        requests: Every address that was asked for, web sockets included.
        complaints: Every error on the console and every uncaught exception.
        expected: Patterns of complaints that this test provokes.
    """

    address: str
    context: BrowserContext
    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Page:
        """Opens a page of the app in the tab."""
        self.page.goto(self.address + path, wait_until="domcontentloaded")
        return self.page

    def another_tab(self) -> Page:
        """A second tab of the same profile."""
        return _watched(self, self.context.new_page())

    def probe(self, expression: str, page: Page | None = None) -> Any:
        """What the probe in the page says, e.g. ``probe("shown.length")``."""
        return (page or self.page).evaluate(f"window.__probe.{expression}")

    def expect_complaint(self, pattern: str) -> None:
        """Says that this test provokes an error on the console."""
        self.expected.append(pattern)

    def foreign_requests(self) -> list[str]:
        """The requests to anything but the app's own address."""
        own = urlsplit(self.address).netloc
        parts = [(url, urlsplit(url)) for url in self.requests]
        return [url for url, p in parts if p.scheme not in _LOCAL and p.netloc != own]

    def unexpected_complaints(self) -> list[str]:
        """The complaints that are neither noise nor provoked."""
        known = [*NOISE, *self.expected]
        return [said for said in self.complaints if not any(re.search(k, said) for k in known)]

    def end(self) -> None:
        """Closes the profile; nothing foreign was asked for and nothing was complained of."""
        self.context.close()
        assert self.foreign_requests() == []
        assert self.unexpected_complaints() == []


def begin_visit(
    browser: Browser,
    address: str,
    size: tuple[int, int] = WIDE,
    *,
    dark: bool = False,
    permissions: Sequence[str] = ("camera",),
) -> Visit:
    """A new visitor, on an empty page.

    Args:
        browser: Where.
        address: The app's address.
        size: Width and height of the window's inside, in CSS pixels.
        dark: Whether the visitor's system is set to dark.
        permissions: What the pages may use without asking.
    """
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        permissions=list(permissions),
        accept_downloads=True,
        reduced_motion="reduce",
    )
    context.set_default_timeout(30_000)
    context.add_init_script(PROBE)
    visit = Visit(address, context, context.new_page())
    context.on("request", lambda request: _note_request(visit, request))
    _watched(visit, visit.page)
    return visit


def _watched(visit: Visit, page: Page) -> Page:
    page.on("websocket", lambda socket: _note_socket(visit, socket))
    page.on("console", lambda message: _note_message(visit, message))
    page.on("pageerror", lambda error: visit.complaints.append(f"uncaught: {error}"))
    return page


def _note_request(visit: Visit, request: Request) -> None:
    visit.requests.append(request.url)


def _note_socket(visit: Visit, socket: WebSocket) -> None:
    visit.requests.append(re.sub("^ws", "http", socket.url))


def _note_message(visit: Visit, message: ConsoleMessage) -> None:
    if message.type == "error":
        visit.complaints.append(f"{message.text} ({message.location.get('url', '')})")
