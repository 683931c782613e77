"""Pictures of every page and state of the app, light and dark, wide and 360 px: to be looked at.

uv run python -m benchmarks.screenshots [--out build/screenshots] [--only live]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from playwright.sync_api import Page, expect

TESTS = Path(__file__).parents[1] / "tests" / "browser"
sys.path.append(str(TESTS))

from app_pages import LOOKS, look_name, settled  # noqa: E402
from app_server import AppServer  # noqa: E402
from chromium import Chromium, find_chromium  # noqa: E402
from fake_camera import make_fake_camera  # noqa: E402
from live_session import open_live, stage, start, wait_for_cue, wait_for_summary  # noqa: E402
from visit import Visit, begin_visit  # noqa: E402

MAIN_HEIGHT = """() => {
    const main = document.querySelector('[data-testid="stMain"]');
    return Math.ceil(main ? main.scrollHeight : document.documentElement.scrollHeight);
}"""
TALLEST_PX = 6000


class Album:
    """Takes pictures into a folder.

    Args:
        folder: Where they go.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.look = ""
        folder.mkdir(parents=True, exist_ok=True)

    def window(self, page: Page, name: str) -> None:
        """What the window shows."""
        page.screenshot(path=self._folder / f"{name}-{self.look}.png")

    def whole(self, page: Page, name: str) -> None:
        """The whole page, which Streamlit scrolls within the window."""
        size = page.viewport_size
        assert size is not None
        settled(page)
        height = min(TALLEST_PX, page.evaluate(MAIN_HEIGHT))
        page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})
        page.wait_for_timeout(300)
        self.window(page, name)
        page.set_viewport_size(size)


def plain(path: str, name: str) -> Callable[[Album, Visit], None]:
    """A page as it is opened."""

    def shoot(album: Album, visit: Visit) -> None:
        album.whole(settled(visit.open(path)), name)

    return shoot


def exercises(album: Album, visit: Visit) -> None:
    """The rule cards."""
    page = settled(visit.open("/exercises"))
    album.whole(page, "exercises")
    for opened in page.locator("summary").all()[:1]:
        opened.click()
    album.whole(page, "exercises-open")


def live(album: Album, visit: Visit) -> None:
    """A session, from the page before it to its summary."""
    page = open_live(visit)
    album.whole(page, "live-before")
    start(page)
    album.window(page, "live-check")
    expect(stage(page).locator(".clock .big")).to_have_text("2 s", timeout=45_000)
    album.window(page, "live-hold")
    wait_for_cue(page, "Lift your hips", 60.0)
    page.wait_for_timeout(300)
    album.window(page, "live-fault")
    page.get_by_role("button", name="Stop").click()
    wait_for_summary(page)
    album.whole(page, "live-summary")


def video(album: Album, visit: Visit) -> None:
    """The page before a clip, and the demonstration's result."""
    album.whole(settled(visit.open("/video")), "video")
    page = visit.open("/video?demo=1")
    expect(page.get_by_role("heading", name="Files to keep")).to_be_visible(timeout=180_000)
    page.wait_for_timeout(1000)
    album.whole(page, "video-result")


SCENES: Mapping[str, Callable[[Album, Visit], None]] = {
    "home": plain("/", "home"),
    "exercises": exercises,
    "privacy": plain("/privacy", "privacy"),
    "progress-empty": plain("/progress", "progress-empty"),
    "live": live,
    "live-questions": plain("/live?exercise=jump_rope", "live-questions"),
    "video": video,
    "progress": plain("/progress", "progress"),
}
"""In this order: the list of sessions is empty before the first one."""


def main() -> None:
    """Takes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("build/screenshots"))
    parser.add_argument("--only", nargs="*", default=list(SCENES), choices=list(SCENES))
    options = parser.parse_args()
    album = Album(options.out)
    with (
        tempfile.TemporaryDirectory() as folder,
        AppServer(Path(folder)) as app,
        Chromium(find_chromium()) as chromium,
    ):
        browser = chromium.launch(make_fake_camera(Path(folder)).camera)
        for name in options.only:
            for width, height, dark in LOOKS:
                album.look = look_name(width, dark)
                visit = begin_visit(browser, app.address, (width, height), dark=dark)
                SCENES[name](album, visit)
                visit.context.close()
                print(name, album.look, flush=True)


if __name__ == "__main__":
    main()
