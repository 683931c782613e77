"""Other limits on the review page, by keyboard: tried, told, kept for the person, and then used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from accessible import grave_findings, too_wide
from app_pages import LOOKS, look_name
from app_server import AppServer, wait_until
from conftest import NewVisit
from desk_sessions import make_sessions
from fake_camera import ROOT
from playwright.sync_api import Locator, Page, expect
from visit import Visit

from formcheck.judgement.registry import load_exercises
from formcheck.notes import Notes
from formcheck.profiles import delete_profile, has_profile, load_profile
from formcheck.sessionfile import open_session, save_notes
from formcheck.web.live.limits import as_judged

CLIP = "plank/sag_20_recovers"
ANNAS, NOBODYS = 1, 2
READY_MS = 60_000
TRIED_MS = 30_000
WARN = "Hips dropped, warning from, in degrees"
FAULT = "Hips dropped, fault from, in degrees"
WHY = "A fused spine: her hips hang lower at rest"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app with two sessions, one of Anna and one of nobody in particular."""
    server = AppServer(tmp_path_factory.mktemp("limits"))
    assert make_sessions(server.home, (CLIP,), "Anna", keep_clip=False) == [ANNAS]
    assert make_sessions(server.home, ("plank/drift",), "", keep_clip=False) == [NOBODYS]
    with server:
        yield server


@pytest.fixture(autouse=True)
def nothing_kept(app: AppServer) -> None:
    delete_profile(app.home, "Anna")
    for folder in (app.home / "sessions").iterdir():
        save_notes(folder, Notes())


@pytest.fixture
def visit(new_visit: NewVisit) -> Visit:
    """A coach at a desk."""
    return new_visit((1440, 900))


def opened(visit: Visit, which: int = ANNAS) -> Page:
    """A session with the panel of limits open, by key."""
    page = visit.open(f"/formcheck/review/{which}/")
    page.locator('body[data-state="mounted"]').wait_for(timeout=READY_MS)
    page.keyboard.press("Shift+L")
    expect(slider(page, WARN)).to_be_visible(timeout=READY_MS)
    return page


def slider(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=name, exact=True)


def number(page: Page, name: str) -> Locator:
    return page.get_by_role("spinbutton", name=f"{name}, as a number", exact=True)


def found(page: Page) -> Locator:
    return page.locator("#opinions .found")


def banner(page: Page) -> Locator:
    return page.locator(".other-limits")


def widen(page: Page) -> None:
    """Puts warning and fault of the hips as far out as they go, by key."""
    for name in (FAULT, WARN):
        slider(page, name).focus()
        page.keyboard.press("Home")
    expect(banner(page)).to_contain_text("warning from −", timeout=TRIED_MS)
    expect(page.locator("#limits")).not_to_contain_text("Judging again", timeout=TRIED_MS)


@pytest.mark.timeout(300)
def test_a_finding_goes_with_its_limit_and_comes_back(visit: Visit) -> None:
    page = opened(visit)
    expect(found(page)).to_contain_text("Hips dropped")
    widen(page)
    expect(found(page)).not_to_contain_text("Hips dropped", timeout=TRIED_MS)
    expect(page.locator("#limits .news")).to_contain_text("Gone: Hips dropped")
    expect(page.locator("#limits")).to_contain_text("This limit protects the back.")
    expect(page.locator("#limits")).to_contain_text("you decide")
    assert "fault from" in banner(page).inner_text()
    page.get_by_role("button", name="Back to what was said").press("Enter")
    expect(found(page)).to_contain_text("Hips dropped")
    expect(banner(page)).to_be_hidden()
    assert number(page, WARN).input_value() == "-7"


@pytest.mark.timeout(300)
def test_small_steps_and_typed_numbers_keep_the_order(visit: Visit) -> None:
    page = opened(visit)
    slider(page, WARN).focus()
    page.keyboard.press("ArrowLeft")
    moved = float(number(page, WARN).input_value())
    assert -7 > moved > -8
    # Beyond the fault, which goes along: the warning stays as wide.
    number(page, WARN).fill("-15")
    assert number(page, FAULT).input_value() == "-20"
    expect(banner(page)).to_contain_text("warning from −15°", timeout=TRIED_MS)
    number(page, WARN).fill("900")
    number(page, WARN).press("Tab")
    assert number(page, WARN).input_value() == "-15", "what can't be is put back"
    page.get_by_role("button", name="As the rule has it", exact=True).press("Enter")
    assert (number(page, WARN).input_value(), number(page, FAULT).input_value()) == ("-7", "-12")
    expect(banner(page)).to_be_hidden()


@pytest.mark.timeout(300)
def test_no_opinion_is_written_on_what_was_never_said(visit: Visit, app: AppServer) -> None:
    page = opened(visit)
    number(page, WARN).fill("-9")
    expect(banner(page)).to_be_visible(timeout=TRIED_MS)
    number(page, WARN).blur()
    page.keyboard.press("n")
    page.keyboard.press("a")
    expect(page.locator("#said")).to_contain_text("Go back to what was said")
    (folder,) = [f for f in (app.home / "sessions").iterdir() if open_session(f).about.person]
    assert open_session(folder).notes == Notes()
    page.get_by_role("button", name="Back to what was said").press("Enter")
    page.locator("#limits-box summary").first.blur()
    page.keyboard.press("Home")
    page.keyboard.press("n")
    page.keyboard.press("a")
    wait_until(lambda: len(open_session(folder).notes.opinions) == 1, TRIED_MS / 1000)


@pytest.mark.timeout(300)
def test_a_comment_that_is_typed_while_other_limits_are_tried_stays_in_its_field(
    visit: Visit, app: AppServer
) -> None:
    page = opened(visit)
    page.locator("#limits-box summary").first.blur()
    page.keyboard.press("c")
    page.keyboard.type("Half a thought")
    number(page, WARN).fill("-9")
    expect(banner(page)).to_be_visible(timeout=TRIED_MS)
    field = page.locator("#comment-text")
    field.press("Enter")
    expect(page.locator("#said")).to_contain_text("Go back to what was said")
    assert field.input_value() == "Half a thought"
    page.get_by_role("button", name="Back to what was said").press("Enter")
    field.press("Enter")
    (folder,) = [f for f in (app.home / "sessions").iterdir() if open_session(f).about.person]
    wait_until(lambda: len(open_session(folder).notes.comments) == 1, TRIED_MS / 1000)


@pytest.mark.timeout(600)
def test_what_is_kept_for_a_person_is_what_they_are_judged_by(visit: Visit, app: AppServer) -> None:
    page = opened(visit)
    widen(page)
    keep = page.get_by_role("button", name="Keep for Anna")
    expect(keep).to_be_disabled()
    page.get_by_label("Why these limits are right for them").focus()
    page.keyboard.type(WHY)
    expect(keep).to_be_enabled()
    keep.press("Enter")
    expect(page.locator(".keeping")).to_contain_text("Kept.", timeout=TRIED_MS)
    expect(page.locator(".keeping")).to_contain_text("More lenient than the rule, for the back")
    kept = load_profile(app.home, "Anna")
    assert {(entry.check, entry.why, entry.by) for entry in kept.entries} == {
        ("hips-sag", WHY, "coach")
    }
    rule = load_exercises()["plank"]
    own = as_judged(rule, app.home, "Anna")
    assert own.check("hips-sag").limits.good < -30, "what a live session is judged by"
    # The page still shows what was said then, and offers what holds now.
    page.reload()
    page.locator('body[data-state="mounted"]').wait_for(timeout=READY_MS)
    expect(found(page)).to_contain_text("Hips dropped")
    page.keyboard.press("Shift+L")
    page.get_by_role("button", name="As Anna has it").press("Enter", timeout=READY_MS)
    expect(found(page)).not_to_contain_text("Hips dropped", timeout=TRIED_MS)
    assert codes(app, "Anna") == ["lumbar-hollow"]
    assert "hips-sag" in codes(app, "")


def codes(app: AppServer, person: str) -> list[str]:
    """What analyze finds in the clip, as it is typed."""
    out = app.home / f"analysed-{person or 'nobody'}"
    command = [sys.executable, "-m", "formcheck", "analyze", f"{ROOT}/test_videos/{CLIP}.mp4"]
    whose = ["--person", person] if person else []
    subprocess.run(
        [*command, "--exercise", "plank", "--out", str(out), *whose],
        check=True,
        capture_output=True,
        env={**os.environ, "FORMCHECK_HOME": str(app.home)},
    )
    (report,) = out.rglob("report.json")
    return [one["check"] for one in json.loads(report.read_text("utf-8"))["findings"]]


def test_for_nobody_nothing_can_be_kept(visit: Visit, app: AppServer) -> None:
    page = opened(visit, NOBODYS)
    expect(page.locator(".keeping")).to_contain_text("Say in the library whose it is")
    assert page.get_by_role("button", name="Keep for").count() == 0
    assert not has_profile(app.home, "Anna")


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("width", "height", "dark"), LOOKS)
def test_everybody_can_use_it(new_visit: NewVisit, width: int, height: int, dark: bool) -> None:
    page = opened(new_visit((width, height), dark=dark))
    widen(page)
    problems = [*grave_findings(page), *too_wide(page)]
    assert problems == [], look_name(width, dark)
