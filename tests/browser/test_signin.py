"""Two people at one app that has to be signed in to, each in a browser of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from accessible import grave_findings, too_wide
from app_pages import settled
from app_server import wait_until
from live_session import open_live, start
from oidc_provider import OidcProvider, person
from playwright.sync_api import Browser, Page, WebSocket, expect
from started_app import StartedApp, free_port
from visit import NARROW, PROBE, WIDE, Visit

NewGuest = Callable[..., Visit]

OPEN = """([path, ...protocols]) => new Promise((resolve) => {
    const socket = new WebSocket(location.origin.replace("http", "ws") + path, protocols);
    const heard = [];
    socket.onmessage = (event) => heard.push(JSON.parse(event.data));
    socket.onclose = (event) => resolve([heard, event.code]);
})"""
FETCH = "(path) => fetch(path).then((answer) => answer.status)"


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    people = {name.lower(): person(name) for name in ("Anna", "Ben", "Adam")}
    with OidcProvider(people) as running:
        yield running
    assert running.problems == []


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, provider: OidcProvider) -> Iterator[StartedApp]:
    folder = tmp_path_factory.mktemp("signin")
    port = free_port()
    file = folder / "sign-in.toml"
    file.write_text(provider.setup(port, admins=["adam@mail.example"]))
    with StartedApp(folder, "--sign-in", str(file), port=port) as started:
        yield started
        assert started.stop() == 0, started.printed


@pytest.fixture
def new_guest(app: StartedApp, browser: Browser) -> Iterator[NewGuest]:
    guests: list[Visit] = []

    def begin(size: tuple[int, int] = WIDE, *, dark: bool = False) -> Visit:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            permissions=["camera"],
            reduced_motion="reduce",
            color_scheme="dark" if dark else "light",
        )
        context.set_default_timeout(30_000)
        context.add_init_script(PROBE)
        guests.append(Visit(app.address, context, context.new_page()))
        return guests[-1]

    yield begin
    for guest in guests:
        guest.context.close()


def usable(page: Page) -> None:
    assert [*grave_findings(page), *too_wide(page)] == []


def sign_in(guest: Visit, name: str) -> Page:
    """From a page of the app to the provider's, and back."""
    page = settled(guest.open("/live"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_text(f"Signed in as {name.title()}")).to_be_visible()
    return settled(page)


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


@pytest.mark.parametrize("dark", [False, True])
def test_the_way_in_and_out_is_for_everybody(new_guest: NewGuest, dark: bool) -> None:
    guest = new_guest(NARROW, dark=dark)
    usable(settled(guest.open("/progress")))
    page = sign_in(guest, "anna")
    usable(page)
    assert "_streamlit_user" not in page.evaluate("document.cookie")  # no script reads it
    page.get_by_role("button", name="Sign out").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_the_page_of_roles_is_for_everybody(new_guest: NewGuest, size: tuple[int, int]) -> None:
    sign_in(new_guest(), "ben")
    page = sign_in(new_guest(size, dark=size == NARROW), "adam")
    page.get_by_role("link", name="People and roles").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("People and roles")
    expect(page.get_by_role("cell", name="ben@mail.example")).to_be_visible()
    usable(settled(page))


@pytest.mark.timeout(400)
def test_what_is_annas_is_not_bens(app: StartedApp, new_guest: NewGuest) -> None:
    """A live session by its key, a session by its number; and the end of it by signing out."""
    anna, ben = new_guest(), new_guest()
    keys: list[str] = []
    sign_in(anna, "anna")
    page_of_ben = sign_in(ben, "ben")
    anna.page.on("websocket", lambda socket: listen(socket, keys))
    page = open_live(anna, keep=True)
    start(page)
    assert keys
    heard: list[dict[str, Any]]
    heard, code = page_of_ben.evaluate(
        OPEN, ["/formcheck/live", "formcheck.live.1", f"resume.{keys[-1]}"]
    )
    assert (heard[0]["code"], code) == ("ticket", 4401)
    assert "asked for a live session of somebody else; from 127.0.0.1" in app.printed
    before = page.evaluate("window.__probe.moments.length")
    page.wait_for_function("(n) => window.__probe.moments.length > n + 5", arg=before)

    # Anna signs out in another tab: nothing of hers stays on the first one.
    sign_out(settled(another_tab(anna)))
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible(timeout=60_000)
    kept = app.home / "sessions"
    wait_until(lambda: bool(list(kept.glob("*/manifest.json"))), 60, lambda: listed(kept))

    sign_in(anna, "anna")
    wait_until(
        lambda: anna.page.evaluate(FETCH, "/formcheck/review/1/page.json") in (200, 202),
        60,
        lambda: app.printed,
    )
    for path in ("", "page.json", "clip.mp4"):
        assert page_of_ben.evaluate(FETCH, f"/formcheck/review/1/{path}") == 404
    assert "asked for GET /formcheck/review/1/clip.mp4; from 127.0.0.1" in app.printed
    assert keys[-1] not in app.printed


def another_tab(guest: Visit) -> Page:
    page = guest.context.new_page()
    page.goto(guest.address, wait_until="domcontentloaded")
    return page


def listen(socket: WebSocket, keys: list[str]) -> None:
    """Notes the keys with which a live session can be taken up again."""
    if not socket.url.endswith("/formcheck/live"):
        return

    def read(frame: str | bytes) -> None:
        told = json.loads(frame) if isinstance(frame, str) else {}
        if told.get("type") == "welcome":
            keys.append(told["resume"])

    socket.on("framereceived", read)


def listed(folder: Path) -> str:
    return "\n".join(str(path) for path in folder.rglob("*"))
