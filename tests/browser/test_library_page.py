"""The library with sessions in it, as a coach goes through it with mouse, keyboard and files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from accessible import grave_findings, too_wide
from app_pages import LOOKS, look_name, settled
from app_server import AppServer
from conftest import NewVisit
from desk_sessions import make_sessions
from playwright.sync_api import Page, expect
from visit import Visit

from formcheck.archive.store import Library, library_in
from formcheck.media.bundle import copy_bundle

CLIPS = ("plank/sag_20_recovers", "plank/head_drop")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app, with two kept sessions of Anna's, begun by the program itself."""
    server = AppServer(tmp_path_factory.mktemp("app"))
    assert make_sessions(server.home, CLIPS, keep_clip=False) == [1, 2]
    library = library_in(server.home)
    library.set_tags(1, ["knee", "A tag that is long enough to need a line of its own"])
    library.mark_reviewed(2)
    with server:
        yield server


@pytest.fixture
def library(app: AppServer) -> Library:
    return library_in(app.home)


def opened(visit: Visit) -> Page:
    return settled(visit.open("/library"))


def choose_both(page: Page) -> None:
    boxes = page.get_by_role("checkbox", name="Plank")
    expect(boxes).to_have_count(2)
    for box in boxes.all():
        box.focus()
        page.keyboard.press("Space")
        expect(box).to_be_checked()
        settled(page)
    expect(page.get_by_text("2 sessions chosen")).to_be_visible()


def test_it_can_be_used_by_everybody(new_visit: NewVisit) -> None:
    found = {}
    for width, height, dark in LOOKS:
        visit = new_visit((width, height), dark=dark)
        page = opened(visit)
        choose_both(page)
        page.get_by_text("More filters").click()
        page.get_by_text("Rename or delete somebody").click()
        settled(page)
        problems = [*grave_findings(page), *too_wide(page)]
        if problems:
            found[look_name(width, dark)] = problems
    assert found == {}


def test_the_keyboard_is_enough_to_find_and_to_choose(visit: Visit) -> None:
    page = opened(visit)
    page.get_by_label("Search").focus()
    page.keyboard.type("knee")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 session, the newest first")).to_be_visible()
    settled(page)
    box = page.get_by_role("checkbox", name="Plank")
    box.focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("1 session chosen")).to_be_visible()


def test_review_and_compare_open_in_the_same_tab(visit: Visit) -> None:
    page = opened(visit)
    choose_both(page)
    compare = page.get_by_role("link", name="Compare the two side by side")
    assert compare.get_attribute("href") == "/formcheck/compare/1/2/"
    page.get_by_role("link", name="Review what is left (1)").press("Enter")
    page.wait_for_url("**/formcheck/review/1/")
    assert len(visit.context.pages) == 1


def test_a_file_from_elsewhere_is_brought_in_once(
    visit: Visit, library: Library, tmp_path: Path
) -> None:
    source = library.session(1).folder
    assert source is not None
    file = tmp_path / "from-anna.formcheck"
    copy_bundle(source, file)
    broken = tmp_path / "broken.formcheck"
    broken.write_bytes(file.read_bytes()[:5000])
    library.delete(1)
    page = opened(visit)
    for told in ("1 session brought in", "1 session had been there already"):
        settled(page)
        page.locator('[data-testid="stFileUploaderDropzoneInput"]').set_input_files([file, broken])
        page.get_by_role("button", name="Bring 2 sessions in").click()
        expect(page.get_by_text(told)).to_be_visible(timeout=30_000)
        expect(page.get_by_text("broken.formcheck:")).to_be_visible()
    assert library.count() == 2
    assert {past.person for past in library.sessions()} == {"Anna"}
