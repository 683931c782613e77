"""What goes wrong in a live session ends in a sentence, and leaves nothing behind in the app."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import ticketed_app
from accessible import grave_findings
from app_pages import settled
from app_server import AppServer, Held, wait_until
from chromium import Chromium
from conftest import NewVisit
from fake_camera import FakeCamera
from live_session import open_live, stage, start, wait_for_summary
from playwright.sync_api import Browser, Page, WebSocketRoute, expect
from proxy import Proxy
from visit import Visit, begin_visit

GONE_S = 25.0
"""A session whose page is gone without a word is kept for 15 s, in case it comes back."""

POOLED = 6
"""What the web server holds open for its worker threads: over all tests of this file together, so
a session that leaves something behind each time is found."""

WORKERS = ("AnyIO worker thread", "ThreadPoolExecutor")
"""Threads of the web server: made when they are needed, and kept for the next time."""

CUT_MS = 5000.0
STREAMLITS_CUT_MS = 18_000.0

CUT_OFF = (
    r"WebSocket connection to .* failed|net::ERR_|Failed to fetch|"
    r"status of 404|Client [Ee]rror|server is not responding|[Nn]etwork error|"
    r"Cannot (send|rerun) .*disconnected"
)
"""What a browser and Streamlit write to the console when nobody answers."""

MIDDLE = (550, 400)
"""Of the window."""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("answers")


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, answers: Path, browser: Browser
) -> Iterator[AppServer]:
    """The app with two places; its first session is over."""
    settings = {"FORMCHECK_LIVE_SESSIONS": "2", ticketed_app.ANSWERS: str(answers)}
    folder = tmp_path_factory.mktemp("app")
    with AppServer(folder, settings, (ticketed_app.__file__,)) as server:
        first = begin_visit(browser, server.address)
        start(open_live(first))
        first.page.get_by_role("button", name="Stop").click()
        wait_for_summary(first.page)
        first.end()
        yield server


def threads_of(app: AppServer, answers: Path) -> Counter[str]:
    """The app's own threads, by name."""
    name = f"threads-{time.monotonic_ns()}"
    app.tell(f"{name} threads")
    wait_until((answers / name).exists, 10.0, lambda: app.log)
    names = (answers / name).read_text(encoding="utf-8").splitlines()
    return Counter(each for each in names if not each.startswith(WORKERS))


Loaded = tuple[Held, Counter[str]]


@pytest.fixture(scope="module")
def loaded(app: AppServer, answers: Path) -> Loaded:
    """What the app holds after its first session, when all is loaded that stays."""
    wait_until(lambda: app.held().connections == 0, GONE_S)
    return app.held(), threads_of(app, answers)


@pytest.fixture(autouse=True)
def nothing_leaks(app: AppServer, answers: Path, loaded: Loaded) -> Iterator[None]:
    """Set up before the visits of a test, so it looks when they are over."""
    yield

    def left() -> str:
        return more((app.held(), threads_of(app, answers)), loaded)

    wait_until(lambda: not left(), GONE_S, left)
    assert "Traceback" not in app.log


def more(at_last: Loaded, at_first: Loaded) -> str:
    """What is held more than at first, in words; empty when it is nothing."""
    (now, threads), (before, threads_before) = at_last, at_first
    files = Counter(now.files) - Counter(before.files)
    grown = {
        "connections": now.connections,
        "threads": dict(threads - threads_before),
        "files": dict(files) if sum(files.values()) > POOLED else 0,
        "children": set(now.children) - set(before.children),
        "temporary": set(now.temporary) - set(before.temporary),
    }
    return ", ".join(f"{name}: {value}" for name, value in grown.items() if value)


def goes_on(visit: Visit, page: Page | None = None) -> bool:
    """Whether frames are being judged."""
    page = page or visit.page
    before = visit.probe("moments.length", page)
    page.wait_for_function(
        "(n) => window.__probe.moments.length > n + 5", arg=before, timeout=45_000
    )
    return True


@contextmanager
def through_a_wire(app: AppServer, browser: Browser) -> Iterator[tuple[Proxy, Visit]]:
    """A session under way, over a wire that can be cut; it has to be over at the end."""
    with Proxy(app.port) as proxy:
        visit = begin_visit(browser, proxy.address)
        visit.expect_complaint(CUT_OFF)
        start(open_live(visit))
        assert goes_on(visit)
        yield proxy, visit
        visit.end()


def stop(page: Page) -> None:
    page.get_by_role("button", name="Stop").click()
    wait_for_summary(page)


def failed(page: Page) -> str:
    """Title and text of what stopped the session, once it is shown."""
    alert = page.get_by_role("alert").filter(has=page.get_by_role("heading"))
    expect(alert).to_be_visible(timeout=45_000)
    return str(alert.inner_text())


def test_a_closed_tab_ends_its_session_at_once(
    new_visit: NewVisit, app: AppServer, answers: Path
) -> None:
    visit = new_visit()
    start(open_live(visit))
    assert threads_of(app, answers)["formcheck-live"] == 1
    visit.page.close()
    wait_until(lambda: not threads_of(app, answers)["formcheck-live"], 8.0, "the session went on")


def test_two_tabs_at_once_and_a_third_that_is_told(new_visit: NewVisit) -> None:
    visits = [new_visit() for _ in range(3)]
    pages = [open_live(visit) for visit in visits]
    start(pages[0])
    start(pages[1])
    pages[2].get_by_role("button", name="Start the camera").click()
    told = failed(pages[2])
    assert "busy with as many live sessions" in told
    assert goes_on(visits[0])
    assert goes_on(visits[1])
    stop(pages[0])
    pages[2].get_by_role("button", name="Try again").click()
    assert goes_on(visits[2])
    stop(pages[1])
    stop(pages[2])


def test_a_cut_network_is_told_and_the_session_goes_on(app: AppServer, browser: Browser) -> None:
    with through_a_wire(app, browser) as (proxy, visit):
        page = visit.page
        proxy.cut()
        expect(stage(page)).to_contain_text("The connection is lost", timeout=3000)
        page.wait_for_timeout(CUT_MS)
        proxy.mend()
        expect(stage(page)).not_to_contain_text("The connection is lost", timeout=8000)
        assert goes_on(visit)
        assert [said["resumed"] for said in welcomes(visit)] == [False, True]
        stop(page)


SLOW_CAMERA = """() => {
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => {
        await new Promise((done) => setTimeout(done, 3000));
        return (window.cameraCame = await open(wanted));
    };
}"""


def test_a_summary_waits_until_streamlits_own_line_is_back(visit: Visit) -> None:
    """It may be away for longer than the line of the session."""
    visit.expect_complaint(CUT_OFF)
    lines: list[WebSocketRoute] = []
    is_cut = threading.Event()

    def join(line: WebSocketRoute) -> None:
        if not is_cut.is_set():
            line.connect_to_server()
            lines.append(line)

    visit.context.route_web_socket("**/_stcore/stream", join)
    visit.context.route(
        "**/_stcore/h*", lambda route: route.abort() if is_cut.is_set() else route.fallback()
    )
    page = open_live(visit)
    start(page)
    assert goes_on(visit)
    is_cut.set()
    lines[-1].close()
    page.evaluate(SLOW_CAMERA)
    page.locator("[data-formcheck-live] .cameras select").dispatch_event("change")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("its summary follows")).to_be_visible()
    page.wait_for_timeout(STREAMLITS_CUT_MS)
    # The other camera came when nobody wanted it any more.
    assert page.evaluate("Boolean(window.cameraCame)")
    assert not visit.probe("cameraIsOn()")
    is_cut.clear()
    wait_for_summary(page)


def test_a_page_that_is_loaded_anew_shows_what_came_of_its_session(visit: Visit) -> None:
    page = open_live(visit)
    start(page)
    assert goes_on(visit)
    page.reload()
    wait_for_summary(page)


LOADED = """(name) => performance.getEntriesByType("resource")
    .some((entry) => entry.name.endsWith(name) && entry.responseEnd > 0)"""


@pytest.mark.parametrize("how", ["try again", "load anew"])
def test_a_session_that_is_given_up_is_told_by_voice(
    how: str, app: AppServer, browser: Browser
) -> None:
    with through_a_wire(app, browser) as (proxy, visit):
        page = visit.page
        page.wait_for_function(LOADED, arg="/session-finished.wav")
        proxy.cut()
        assert "could not be made again within 15 seconds" in failed(page)
        assert [cue["say"] for cue in own_cues(page)][-2:] == [
            "connection-lost-please-wait",
            "session-finished",
        ]
        proxy.mend()
        if how == "load anew":
            page.reload()
        else:
            page.get_by_role("button", name="Try again").click()
        wait_for_summary(page)


def test_stop_on_a_line_that_is_dead_and_not_broken(visit: Visit) -> None:
    """It is given up 20 s after Stop, and the summary is asked for on another one."""
    lines: list[WebSocketRoute] = []
    is_dead = threading.Event()

    def join(line: WebSocketRoute) -> None:
        server = line.connect_to_server()
        lines.append(line)

        def is_cut() -> bool:
            return is_dead.is_set() and line is lines[0]

        def send_up(message: str | bytes) -> None:
            # The server is kept from hanging up, which a dead line would not tell of either.
            if not is_cut() or "alive" in str(message):
                server.send(message)

        line.on_message(send_up)
        server.on_message(lambda message: None if is_cut() else line.send(message))

    visit.context.route_web_socket("**/formcheck/live", join)
    page = open_live(visit)
    start(page)
    assert goes_on(visit)
    is_dead.set()
    page.get_by_role("button", name="Stop").click()
    expect(stage(page)).to_contain_text("Finishing")
    wait_for_summary(page)
    assert len(lines) > 1


def test_answers_that_grow_old_on_the_way_do_not_end_a_session(
    browser: Browser, tmp_path: Path
) -> None:
    answers = tmp_path / "answers"
    answers.mkdir()
    settings = {ticketed_app.ANSWERS: str(answers)}
    with AppServer(tmp_path, settings, (ticketed_app.__file__,)) as server:
        visit = begin_visit(browser, server.address)
        page = settled(visit.open("/live?exercise=jump_rope"))
        page.get_by_text("0", exact=True).first.click()
        for box in page.get_by_role("radiogroup").all()[1:]:
            box.get_by_text("no", exact=True).click()
        page.get_by_role("button", name="Continue").click()
        start(page)
        assert goes_on(visit)
        server.tell("later later")
        wait_until((answers / "later").exists, 10.0, lambda: server.log)
        page.keyboard.press("r")  # Streamlit's key: the page is drawn anew.
        expect(page.get_by_text("How is your back today?")).to_be_attached()
        assert goes_on(visit)
        assert len(welcomes(visit)) == 1
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Jump rope: your session")
        visit.end()


def test_nothing_stale_is_said(visit: Visit) -> None:
    """An answer that was on its way for seconds tells of what is no more."""
    aged_ms = 5000.0

    def join(line: WebSocketRoute) -> None:
        server = line.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            told = json.loads(message)
            if told["type"] == "moment":
                told["t_ms"] -= aged_ms
                told["cue"] = {"text": "Seven", "say": "seven", "urgent": True}
            line.send(json.dumps(told))

        server.on_message(pass_on)

    visit.context.route_web_socket("**/formcheck/live", join)
    page = open_live(visit)
    start(page)
    page.wait_for_function(LOADED, arg="/seven.wav")
    assert goes_on(visit)
    assert "seven" not in [cue["say"] for cue in own_cues(page)]
    aged_ms = 0.0
    said = "(root) => root.formcheck.cues.some((cue) => cue.say === 'seven')"
    wait_until(lambda: page.locator("[data-formcheck-live]").evaluate(said), 10.0)
    stop(page)


def own_cues(page: Page) -> list[dict[str, Any]]:
    """What was said so far, the words of the page itself among it."""
    root = page.locator("[data-formcheck-live]")
    said: list[dict[str, Any]] = root.evaluate("(root) => root.formcheck.cues")
    return said


@pytest.mark.parametrize("by_key", [False, True])
def test_stop_works_also_when_the_page_around_swallows_what_is_pressed(
    visit: Visit, by_key: bool
) -> None:
    """As Streamlit's does for a moment when its own line comes back."""
    page = open_live(visit)
    start(page)
    page.evaluate(
        "for (const type of ['pointerdown', 'click', 'keydown'])"
        "  document.addEventListener(type, (event) => event.stopPropagation(), true)"
    )
    if by_key:
        page.keyboard.press(" ")
    else:
        page.get_by_role("button", name="Stop").click()
    wait_for_summary(page)


def test_a_network_that_falls_silent_is_waited_for(app: AppServer, browser: Browser) -> None:
    """As a wireless one does: nothing is broken off, and what was sent arrives late."""
    with through_a_wire(app, browser) as (proxy, visit):
        page = visit.page
        proxy.hush()
        expect(stage(page)).to_contain_text("nothing is judged at the moment", timeout=4000)
        expect(stage(page).locator(".message")).to_have_text("Please wait…")
        page.wait_for_timeout(CUT_MS - 3000)
        proxy.mend()
        assert goes_on(visit)
        expect(stage(page)).not_to_contain_text("nothing is judged")
        assert len(welcomes(visit)) == 1
        stop(page)


def welcomes(visit: Visit) -> list[dict[str, object]]:
    said = [message for _, message in visit.probe("messages")]
    return [message for message in said if message["type"] == "welcome"]


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_a_restarted_app_is_told(how: str, browser: Browser, tmp_path: Path) -> None:
    with AppServer(tmp_path) as server:
        visit = begin_visit(browser, server.address)
        visit.expect_complaint(CUT_OFF)
        page = open_live(visit)
        start(page)
        assert goes_on(visit)
        if how == "stopped":
            server.stop()
        else:
            server.kill()
        server.start()
        told = failed(page)
        assert "formcheck was started anew" in told or "Look whether formcheck still runs" in told
        stage(page).get_by_role("button", name="Close").click()
        start(page)
        assert goes_on(visit)
        stop(page)
        visit.end()


def test_a_camera_that_is_not_allowed(
    new_visit: NewVisit, chromium: Chromium, fake_camera: FakeCamera
) -> None:
    visit = new_visit(on=chromium.launch(fake_camera.camera, asks=True), permissions=())
    page = open_live(visit)
    page.get_by_role("button", name="Start the camera").click()
    told = failed(page)
    assert "The camera is not allowed" in told
    assert "Allow it" in told
    assert grave_findings(page) == []
    visit.context.grant_permissions(["camera"], origin=visit.address)
    page.get_by_role("button", name="Try again").click()
    assert goes_on(visit)
    stop(page)


def test_no_camera(new_visit: NewVisit, chromium: Chromium) -> None:
    page = open_live(new_visit(on=chromium.launch(None)))
    page.get_by_role("button", name="Start the camera").click()
    told = failed(page)
    assert "No camera was found" in told
    assert "Plug a camera in" in told
    stage(page).get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="Start the camera")).to_be_visible()


PRESS_START = """
const find = (root) => {
    for (const node of root.querySelectorAll('*')) {
        if (node.matches('button.start')) return node;
        const within = node.shadowRoot && find(node.shadowRoot);
        if (within) return within;
    }
};
// Streamlit may mount the piece a second time while the page loads: until the stage is open.
setInterval(() => {
    const button = find(document);
    const stage = button?.closest('[data-formcheck-live]')?.querySelector('dialog');
    if (button && !stage?.open) button.click();
}, 1000);
"""
"""A click by a program is no gesture of a person, so the browser keeps the sound locked."""


def test_locked_sound_is_told_and_a_click_unlocks_it(visit: Visit) -> None:
    visit.context.add_init_script(PRESS_START)
    page = visit.open("/live?exercise=plank")
    for _ in range(100):  # Whatever a test evaluates in the page counts as a gesture: look later.
        page.wait_for_timeout(200)
        if any("/formcheck/live" in url for url in visit.requests):
            break
    expect(stage(page)).to_contain_text("The sound is blocked", timeout=10_000)
    assert visit.probe("sounds") == []
    page.mouse.click(*MIDDLE)
    expect(stage(page)).not_to_contain_text("The sound is blocked")
    page.wait_for_function("window.__probe.sounds.length > 0", timeout=40_000)
    stop(page)


def test_a_camera_that_stops_on_the_way(visit: Visit) -> None:
    page = open_live(visit)
    start(page)
    assert goes_on(visit)
    visit.probe("unplug()")
    expect(page.get_by_text("The camera stopped on the way")).to_be_visible(timeout=45_000)
    wait_for_summary(page)
