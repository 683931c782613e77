"""A recorded clip through the page "Video": sent, analysed, looked at, and gone with the visit."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import test_media_reader as bad
from accessible import grave_findings, too_wide
from app_pages import settled
from app_server import AppServer, wait_until
from conftest import NewVisit
from fake_camera import FakeCamera
from playwright.sync_api import Page, expect
from visit import NARROW, Visit

SENT_MS = 60_000
ANALYSED_MS = 180_000
GONE_S = 150.0
"""A page that is gone without a word is waited for."""
SLOW_BYTES_PER_S = 50_000

BAD_FILES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "text.mp4": (bad.write_text, "is a text file"),
    "cut.mp4": (bad.write_cut_moov, "is cut short or damaged"),
    "sound.m4a": (bad.write_sound, "has sound but no picture"),
    "none.mp4": (bad.write_no_frame, "has no picture"),
    "still.png": (bad.write_still, "is a still picture"),
}
"""Those of ``formcheck analyze``; one that is not there, or a folder, can't be chosen here."""


@pytest.fixture(autouse=True)
def nothing_is_left(app: AppServer) -> Iterator[None]:
    """Set up before the visits of a test, so it looks when they are over."""
    yield
    wait_until(
        lambda: not clips_in(app) and not app.held().children, GONE_S, lambda: str(app.held())
    )


def clips_in(app: AppServer) -> list[str]:
    """What lies in the folders of visits."""
    in_visit = re.compile(r"formcheck-visits-\w+/\w+/.")
    return [path for path in app.held().temporary if in_visit.match(path)]


def send(page: Page, *files: Path) -> None:
    page.locator("input[type=file]").set_input_files([str(file) for file in files])


def choose_plank(page: Page) -> None:
    page.get_by_role("combobox", name="Exercise").click()
    page.get_by_role("option", name="Plank").click()
    settled(page)


def sent(page: Page, name: str) -> None:
    expect(page.get_by_role("status").filter(has_text=f"{name} has arrived")).to_be_visible(
        timeout=SENT_MS
    )


def findings_in(report: str) -> set[tuple[str, str]]:
    return {(found["check"], found["level"]) for found in json.loads(report)["findings"]}


@pytest.mark.timeout(400)
def test_a_clip_gets_the_verdicts_of_analyze_and_leads_to_its_review(
    visit: Visit, fake_camera: FakeCamera, analyzed: Path, app: AppServer
) -> None:
    page = settled(visit.open("/video"))
    choose_plank(page)
    page.get_by_text("Keep for review, with the clip").click()
    expect(page.get_by_text("Kept: the clip with its sound")).to_be_visible()
    send(page, fake_camera.film)
    sent(page, fake_camera.film.name)
    page.get_by_role("button", name="Analyse").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    result = page.get_by_role("heading", name=f"Plank: {fake_camera.film.name}")
    expect(result).to_be_visible(timeout=ANALYSED_MS)
    expect(page.get_by_text("Hips dropped").first).to_be_visible(timeout=SENT_MS)
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile(r"report\.json")).click()
    told = Path(download.value.path()).read_text(encoding="utf-8")
    wanted = (analyzed / "report.json").read_text(encoding="utf-8")
    assert findings_in(told) == findings_in(wanted)
    assert findings_in(told)
    clip = page.locator("video")
    wait_until(lambda: clip.evaluate("(video) => video.readyState") >= 1, 30.0)
    assert grave_findings(settled(page)) == []
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    assert too_wide(settled(page)) == []
    page.get_by_role("link", name="Review it").click()
    expect(page).to_have_title(re.compile("Review"))
    expect(page).to_have_url(re.compile(r"/formcheck/review/\d+/$"))


def test_every_bad_file_gets_its_sentence(
    visit: Visit, fake_camera: FakeCamera, tmp_path: Path
) -> None:
    visit.expect_complaint(r"status of 4\d\d \(.*/formcheck/")
    page = settled(visit.open("/video"))
    send(page, *(make(tmp_path / name) for name, (make, _) in BAD_FILES.items()))
    clips = page.get_by_role("list", name="Clips")
    for name, (_, says) in BAD_FILES.items():
        told = clips.get_by_role("listitem").filter(has_text=name)
        expect(told).to_contain_text(says, timeout=SENT_MS)
        expect(page.get_by_text(says)).to_have_count(1)
    assert grave_findings(settled(page)) == []
    send(page, fake_camera.film)  # A good one beside them is taken all the same.
    sent(page, fake_camera.film.name)
    expect(page.get_by_role("button", name="Analyse")).to_be_enabled()


def test_a_cancelled_upload_leaves_nothing(
    visit: Visit, fake_camera: FakeCamera, app: AppServer
) -> None:
    visit.expect_complaint("ERR_ABORTED")
    page = settled(visit.open("/video"))
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1}
    visit.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions", slow | {"uploadThroughput": SLOW_BYTES_PER_S}
    )
    name = fake_camera.film.name
    send(page, fake_camera.film)
    expect(page.get_by_role("progressbar", name=f"Sending {name}")).to_be_visible()
    page.get_by_role("button", name=f"Cancel {name}").click()
    expect(page.get_by_role("status").filter(has_text=f"{name} is removed")).to_be_visible()
    wait_until(lambda: not clips_in(app), GONE_S, lambda: str(clips_in(app)))
    expect(page.get_by_role("button", name="Analyse")).to_be_disabled()


def test_a_cancelled_analysis_ends_its_process(
    visit: Visit, fake_camera: FakeCamera, app: AppServer
) -> None:
    page = settled(visit.open("/video"))
    choose_plank(page)
    send(page, fake_camera.film)
    sent(page, fake_camera.film.name)
    page.get_by_role("button", name="Analyse").click()
    wait_until(lambda: bool(app.held().children), 30.0)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text(f"{fake_camera.film.name}: cancelled.")).to_be_visible(timeout=SENT_MS)
    wait_until(lambda: not app.held().children, GONE_S, lambda: str(app.held()))
    expect(page.get_by_role("button", name="Analyse again")).to_be_enabled()


def test_a_visit_that_ends_on_the_way_takes_everything_along(
    new_visit: NewVisit, fake_camera: FakeCamera, app: AppServer
) -> None:
    visit = new_visit()
    page = settled(visit.open("/video"))
    choose_plank(page)
    send(page, fake_camera.film)
    sent(page, fake_camera.film.name)
    page.get_by_role("button", name="Analyse").click()
    wait_until(lambda: bool(app.held().children), 30.0)
    assert clips_in(app)
    visit.context.close()
    wait_until(lambda: not app.held().children and not clips_in(app), GONE_S)
