"""Steps of a live session, as a visitor takes them."""

from __future__ import annotations

from app_pages import settled
from live_timing import Watched, watched_from
from playwright.sync_api import Locator, Page, expect
from visit import Visit

SUMMARY_MS = 60_000


def stage(page: Page) -> Locator:
    """What fills the window during a session."""
    return page.locator("[data-formcheck-live] dialog")


def open_live(visit: Visit, exercise: str = "plank", *, keep: bool = False) -> Page:
    """Opens the live page at an exercise, up to the start button."""
    page = settled(visit.open(f"/live?exercise={exercise}"))
    if keep:
        page.get_by_text("Keep the clip").click()
        expect(page.get_by_text("will be kept on the computer")).to_be_visible()
    expect(page.get_by_role("button", name="Start the camera")).to_be_visible()
    return page


def start(page: Page) -> None:
    """Starts the camera, and waits until the first picture has been judged."""
    before = page.evaluate("window.__probe.moments.length")
    page.get_by_role("button", name="Start the camera").click()
    page.wait_for_function(
        "(before) => window.__probe.moments.length > before", arg=before, timeout=45_000
    )


def wait_for_cue(page: Page, text: str, timeout_s: float) -> None:
    """Waits until a cue came."""
    page.wait_for_function(
        "(text) => window.__probe.moments.some((moment) => moment[2] === text)",
        arg=text,
        timeout=1000 * timeout_s,
    )


def wait_for_summary(page: Page) -> None:
    """Waits for the page that follows a session."""
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Plank: your session", timeout=SUMMARY_MS
    )
    settled(page)


def watched(page: Page) -> Watched:
    """What the probe has seen so far."""
    counters = page.evaluate("window.__probe.counters()")
    names = ("shown", "moments", "drawn", "sounds")
    plain = {name: page.evaluate(f"window.__probe.{name}") for name in names}
    return watched_from(plain, counters)
