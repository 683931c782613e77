"""The app's pages, and how a test knows that one is there."""

from __future__ import annotations

from playwright.sync_api import Page, expect

PATHS = ("/", "/live", "/video", "/exercises", "/library", "/progress", "/privacy")
LOOKS = [
    (width, height, dark) for width, height in ((1100, 900), (360, 740)) for dark in (False, True)
]
"""Width and height of the window in CSS pixels, and whether it is dark."""

_IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def settled(page: Page) -> Page:
    """Waits until a page of the app stands as it is meant to."""
    page.locator(_IDLE).wait_for(state="attached")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.evaluate("document.fonts.ready.then(() => {})")
    page.wait_for_timeout(150)
    return page


def look_name(width: int, dark: bool) -> str:
    """E.g. ``360-dark``."""
    return f"{width}-{'dark' if dark else 'light'}"
