"""The coach's review page, in a real Chromium: exact frames, opinions by key, and what is saved."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from accessible import grave_findings, too_wide
from app_pages import LOOKS, look_name
from app_server import AppServer, wait_until
from conftest import NewVisit
from desk_sessions import counter_on, make_sessions
from playwright.sync_api import Page, expect
from visit import Visit

from formcheck.archive.store import library_in
from formcheck.notes import Notes, Opinion, Subject, Verdict
from formcheck.sessionfile import open_session, save_notes
from formcheck.types import Level

CLIPS = ("plank/sag_20_recovers", "dead_bug/dead_bug_good", "plank/drift")
PLANK, DEAD_BUG, OTHER, BARE = range(1, 5)
"""Their numbers in the library; of the last one there is no clip."""
VIDEO = "#picture video"
WIDE = (1440, 900)
READY_MS = 60_000
SAVED_MS = 20_000
EXPORTED_MS = 120_000
RANDOM_FRAMES = 18


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app with sessions in its library, the last one without its clip."""
    server = AppServer(tmp_path_factory.mktemp("review"))
    numbers = make_sessions(server.home, CLIPS)
    numbers += make_sessions(server.home, ("glute_bridge/glute_bridge_good",), keep_clip=False)
    assert numbers == [PLANK, DEAD_BUG, OTHER, BARE]
    with server:
        yield server


@pytest.fixture(autouse=True)
def nothing_noted(app: AppServer) -> None:
    """Every test begins with sessions that nobody has looked at."""
    library = library_in(app.home)
    for number in (PLANK, DEAD_BUG, OTHER, BARE):
        save_notes(folder_of(app, number), Notes())
        library.mark_reviewed(number, False)


@pytest.fixture
def visit(new_visit: NewVisit) -> Visit:
    """One coach at a desk."""
    return new_visit(WIDE)


def folder_of(app: AppServer, which: int) -> Path:
    folder = library_in(app.home).session(which).folder
    assert folder is not None
    return folder


def ready(page: Page) -> Page:
    page.locator('body[data-state="mounted"]').wait_for(timeout=READY_MS)
    return page


def opened(visit: Visit, app: AppServer, which: int = PLANK) -> Page:
    return ready(visit.open(f"/formcheck/review/{which}/"))


def saved(page: Page) -> None:
    expect(page.locator("#saving")).to_contain_text("All notes saved", timeout=SAVED_MS)


def notes_of(app: AppServer, which: int = PLANK) -> Notes:
    return open_session(folder_of(app, which)).notes


def frame_of(page: Page) -> int:
    """The frame that the page says it shows."""
    return int(page.locator("#transport").get_attribute("data-frame") or -1)


def shows(page: Page, frame: int) -> None:
    """The page says that it shows this frame, and the picture is that frame."""
    expect(page.locator("#transport")).to_have_attribute("data-frame", str(frame), timeout=READY_MS)
    assert counter_on(page, VIDEO) == frame


def go(page: Page, frame: int) -> None:
    """By typing its number, which counts from 1."""
    field = page.get_by_role("spinbutton", name="Frame")
    field.fill(str(frame + 1))
    field.press("Enter")


def count_of(page: Page) -> int:
    return int(page.get_by_role("spinbutton", name="Frame").get_attribute("max") or 0)


@pytest.mark.timeout(300)
def test_it_shows_exactly_the_frame_that_is_asked_for(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app)
    count = count_of(page)
    order = [*random.Random(7).sample(range(1, count - 1), RANDOM_FRAMES), 0, count - 1]
    random.Random(8).shuffle(order)
    for frame in order:
        go(page, frame)
        shows(page, frame)


def test_browsers_that_say_less_of_their_frames_show_them_as_well(
    visit: Visit, app: AppServer
) -> None:
    visit.context.add_init_script("delete HTMLVideoElement.prototype.requestVideoFrameCallback;")
    page = opened(visit, app)
    for frame in (200, 17, 18, 0, 329):
        go(page, frame)
        shows(page, frame)


def test_keys_step_by_frames_and_tenths(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app)
    page.keyboard.press("End")
    shows(page, count_of(page) - 1)
    page.keyboard.press("ArrowRight")
    shows(page, count_of(page) - 1)
    page.keyboard.press("Home")
    shows(page, 0)
    for frame in (1, 2, 3):
        page.keyboard.press("ArrowRight")
        shows(page, frame)
    page.keyboard.press("ArrowLeft")
    shows(page, 2)
    page.keyboard.press("Shift+ArrowRight")  # 30 pictures a second.
    shows(page, 5)
    page.keyboard.press("Shift+ArrowLeft")
    shows(page, 2)


def test_presses_faster_than_pictures_come_are_all_counted(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app)
    for _ in range(40):
        page.keyboard.press("ArrowRight")
    shows(page, 40)
    for _ in range(15):
        page.keyboard.press("ArrowLeft")
    shows(page, 25)


def test_j_k_l_and_space_play_both_ways_and_stop_on_a_frame(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app)
    page.keyboard.press("l")
    wait_until(lambda: frame_of(page) > 20, 30.0)
    page.keyboard.press("k")
    stopped = still(page)
    shows(page, stopped)
    page.keyboard.press("j")
    wait_until(lambda: frame_of(page) < stopped - 10, 30.0)
    page.keyboard.press("k")
    shows(page, still(page))
    assert frame_of(page) < stopped
    page.keyboard.press("Space")
    wait_until(lambda: frame_of(page) > stopped, 30.0)
    page.keyboard.press("Space")
    shows(page, still(page))


def test_speeds_go_from_an_eighth_to_twice(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app)
    rate = page.get_by_role("combobox", name="Speed")
    for _ in range(5):
        page.keyboard.press("[")
    expect(rate).to_have_value("0.125")
    page.keyboard.press("l")
    expect(page.locator(VIDEO)).to_have_js_property("playbackRate", 0.125)
    page.keyboard.press("k")
    for _ in range(6):
        page.keyboard.press("]")
    expect(rate).to_have_value("2")


ENTER_TWICE = """() => {
    for (const _ of [1, 2]) {
        const key = { key: "Enter", bubbles: true, cancelable: true, composed: true };
        document.activeElement.dispatchEvent(new KeyboardEvent("keydown", key));
    }
}"""
"""Quicker after one another than a test can press keys on a busy machine."""


def still(page: Page) -> int:
    """The frame that the page shows once nothing moves any more."""
    frames = [-1, frame_of(page)]
    while frames[-1] != frames[-2]:
        page.wait_for_timeout(400)
        frames.append(frame_of(page))
    return frames[-1]


def test_dragging_on_the_timeline_scrubs(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app)
    place = page.get_by_role("slider", name="Timeline").bounding_box()
    assert place is not None
    # The lane of verdicts: nothing there is a mark of its own.
    y = place["y"] + 8
    page.mouse.move(place["x"] + 10, y)
    page.mouse.down()
    page.mouse.move(place["x"] + 0.8 * place["width"], y, steps=12)
    page.mouse.move(place["x"] + 0.5 * place["width"], y, steps=12)
    page.mouse.up()
    wait_until(lambda: abs(frame_of(page) - count_of(page) // 2) <= 1, 20.0)
    shows(page, still(page))


def test_a_mark_on_the_timeline_is_chosen_with_a_click(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app)
    place = page.get_by_role("slider", name="Timeline").bounding_box()
    assert place is not None
    (found,) = open_session(folder_of(app, PLANK)).report.findings
    middle = (
        (found.start_s + found.end_s) / 2 / open_session(folder_of(app, PLANK)).report.duration_s
    )
    page.mouse.click(place["x"] + middle * place["width"], place["y"] + 38)
    expect(page.locator("#opinions [aria-current]")).to_contain_text("Hips dropped")
    shows(page, round(found.worst_t_s * 30))


def test_the_timeline_shows_less_and_follows_the_playhead(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app)
    span = page.locator("#timeline .span")
    expect(span).to_have_text("0:11")
    for _ in range(3):
        page.keyboard.press("+")
    expect(span).to_have_text(re.compile(r"^0:00\.0 to 0:01\.\d$"))
    page.keyboard.press("End")
    expect(span).to_have_text(re.compile(r"to 0:11\.0$"))
    page.keyboard.press("-")
    page.keyboard.press("-")
    page.keyboard.press("-")
    expect(span).to_have_text("0:11")


def test_n_goes_to_the_finding_and_the_picture_is_its_worst_moment(
    visit: Visit, app: AppServer
) -> None:
    page = opened(visit, app)
    (found,) = open_session(folder_of(app, PLANK)).report.findings
    page.keyboard.press("n")
    chosen = page.locator("#opinions [aria-current]")
    expect(chosen).to_contain_text("Hips dropped")
    shows(page, round(found.worst_t_s * 30))
    expect(page.locator("#said")).to_contain_text("Hips dropped, fault")


def test_overruling_by_keys_alone_is_on_the_disk(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app)
    for key in ("n", "o", "g"):
        page.keyboard.press(key)
    page.keyboard.type("She was told to")
    page.keyboard.press("Enter")
    saved(page)
    (found,) = open_session(folder_of(app, PLANK)).report.findings
    opinion = notes_of(app).opinion_of(found)
    assert opinion is not None
    assert (opinion.verdict, opinion.level) == (Verdict.OVERRULE, Level.GOOD)
    assert opinion.text == "She was told to"
    page.keyboard.press("o")  # Again: taken back.
    expect(page.locator(".said-to")).to_have_count(0)
    saved(page)
    assert notes_of(app).opinions == ()
    page.keyboard.press("a")
    saved(page)
    agreed = notes_of(app).opinion_of(found)
    assert agreed is not None
    assert agreed.verdict is Verdict.AGREE
    page.keyboard.press("Control+z")
    saved(page)
    assert notes_of(app).opinions == ()


def test_enter_skips_level_and_reason(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app)
    for key in ("n", "o", "Enter", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("form.overruling")).to_have_count(0)
    saved(page)
    (opinion,) = notes_of(app).opinions
    assert (opinion.verdict, opinion.level, opinion.text) == (Verdict.OVERRULE, None, "")
    page.keyboard.press("ArrowRight")  # The keys are the player's again.
    assert still(page) > 0


def test_a_reason_is_typed_in_peace_while_the_clip_was_playing(
    visit: Visit, app: AppServer
) -> None:
    page = opened(visit, app)
    (found,) = open_session(folder_of(app, PLANK)).report.findings
    before_its_end = round(found.end_s * 30) - 12
    go(page, before_its_end)
    shows(page, before_its_end)
    page.keyboard.press("n")
    go(page, before_its_end)
    shows(page, before_its_end)
    page.keyboard.press("l")
    page.keyboard.press("o")
    page.keyboard.press("g")
    page.keyboard.type("a man on a mat", delay=120)  # Longer than what is left of the finding.
    page.keyboard.press("Enter")
    saved(page)
    (opinion,) = notes_of(app).opinions
    assert (opinion.verdict, opinion.text) == (Verdict.OVERRULE, "a man on a mat")
    assert notes_of(app).reviewed == ""


def test_done_takes_the_reason_along_that_is_being_typed(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app)
    for key in ("n", "o", "g"):
        page.keyboard.press(key)
    page.keyboard.type("Her shirt hangs")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: not url.endswith(f"/{PLANK}/"), timeout=READY_MS)
    assert [opinion.text for opinion in notes_of(app).opinions] == ["Her shirt hangs"]
    assert notes_of(app).reviewed != ""


def test_what_is_noted_on_the_way_to_a_moment_belongs_there(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app)
    go(page, 30)
    shows(page, 30)
    page.evaluate(
        "for (const key of ['n', 'c'])"
        "  document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))"
    )
    page.keyboard.type("Here")
    page.keyboard.press("Enter")
    saved(page)
    (found,) = open_session(folder_of(app, PLANK)).report.findings
    assert [round(each.t_s * 30) for each in notes_of(app).comments] == [
        round(found.worst_t_s * 30)
    ]


def test_a_missed_fault_is_added_from_the_playhead_on(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app)
    go(page, 240)
    shows(page, 240)
    page.keyboard.press("m")
    page.keyboard.type("head")
    page.keyboard.press("Enter")
    go(page, 270)
    shows(page, 270)
    page.keyboard.press("m")
    saved(page)
    (added,) = notes_of(app).opinions
    assert (added.verdict, added.subject) == (Verdict.ADD, Subject.FINDING)
    assert "head" in (added.check or "")
    assert (round(added.start_s * 30), round(added.end_s * 30)) == (240, 270)
    expect(page.locator("#opinions [aria-current]")).to_contain_text("added by you")
    page.keyboard.press("Delete")
    saved(page)
    assert notes_of(app).opinions == ()


def test_a_repetition_is_overruled_whether_it_counts(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app, DEAD_BUG)
    page.get_by_role("button", name="Reps").click()
    page.keyboard.press("n")
    expect(page.locator("#opinions [aria-current]")).to_contain_text("Repetition 1")
    page.keyboard.press("o")
    page.evaluate(ENTER_TWICE)  # One too many does not lead away.
    saved(page)
    assert notes_of(app, DEAD_BUG).reviewed == ""
    report = open_session(folder_of(app, DEAD_BUG)).report
    first, second = notes_of(app, DEAD_BUG).opinion_of(report.reps[0]), report.reps[1]
    assert first is not None
    assert (first.verdict, first.counts) == (Verdict.OVERRULE, False)
    for key in ("n", "a"):
        page.keyboard.press(key)
    saved(page)
    agreed = notes_of(app, DEAD_BUG).opinion_of(second)
    assert agreed is not None
    assert (agreed.verdict, agreed.counts) == (Verdict.AGREE, True)


def test_comments_are_written_changed_and_deleted(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app)
    go(page, 100)
    shows(page, 100)
    page.keyboard.press("c")
    page.keyboard.type("Nice and long here, n and o are letters")
    page.keyboard.press("Escape")  # What is typed stays.
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    saved(page)
    (comment,) = notes_of(app).comments
    assert comment.text == "Nice and long here, n and o are letters"
    assert round(comment.t_s * 30) == 100
    page.keyboard.press("Home")
    shows(page, 0)
    page.get_by_role("button", name=re.compile("Nice and long")).click()
    shows(page, 100)
    page.get_by_role("button", name="Edit the comment").click()
    field = page.get_by_role("textbox", name=re.compile("Changing the comment"))
    field.fill("Longer")
    field.press("Control+Enter")
    saved(page)
    assert [each.text for each in notes_of(app).comments] == ["Longer"]
    page.get_by_role("button", name="Delete the comment").click()
    saved(page)
    assert notes_of(app).comments == ()
    page.keyboard.press("Control+z")
    saved(page)
    assert [each.text for each in notes_of(app).comments] == ["Longer"]


def test_two_windows_lose_nothing_of_each_other(visit: Visit, app: AppServer) -> None:
    visit.expect_complaint("status of 409")
    one = opened(visit, app, OTHER)
    other = visit.another_tab()
    other.goto(one.url)
    ready(other)
    comment_with(one, "From the first")
    saved(one)
    comment_with(other, "From the second")
    expect(other.locator("#said")).to_contain_text("another window")
    saved(other)
    texts = [each.text for each in notes_of(app, OTHER).comments]
    assert texts == ["From the first", "From the second"]
    expect(other.locator("#comments")).to_contain_text("From the first")
    comment_with(one, "Third")
    saved(one)
    assert len(notes_of(app, OTHER).comments) == 3


def comment_with(page: Page, words: str) -> None:
    page.keyboard.press("c")
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def test_a_lost_connection_is_told_and_what_was_typed_is_sent_later(
    visit: Visit, app: AppServer
) -> None:
    visit.expect_complaint("ERR_INTERNET_DISCONNECTED|ERR_FAILED")
    page = opened(visit, app)
    visit.context.set_offline(True)
    comment_with(page, "Said without a network")
    expect(page.locator("#saving")).to_contain_text("Not saved yet")
    expect(page.locator("#saving")).to_contain_text("kept on this page")
    assert notes_of(app).comments == ()
    visit.context.set_offline(False)
    saved(page)
    assert [each.text for each in notes_of(app).comments] == ["Said without a network"]


def test_layers_and_help_go_by_key(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app)
    layer = page.get_by_role("button", name="1 Skeleton")
    drawn = "() => document.querySelector('#picture canvas.body').getContext('2d')"
    inked = f"{drawn}.getImageData(0, 0, 4000, 4000).data.some((value) => value > 0)"
    body = inked.replace("() => ", "")
    expect(layer).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(body)
    for key in "124":
        page.keyboard.press(key)
    expect(layer).to_have_attribute("aria-pressed", "false")
    assert not page.evaluate(body)
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    for words in ("One frame on", "Overrule", "Done, and on to the next session", "Undo"):
        expect(sheet.get_by_text(words).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


@pytest.mark.timeout(300)
def test_done_leads_through_all_sessions_and_back_to_the_library(
    visit: Visit, app: AppServer
) -> None:
    page = opened(visit, app)
    seen = set()
    for _ in (PLANK, DEAD_BUG, OTHER, BARE):
        seen.add(page.url)
        here = page.url
        page.keyboard.press("Enter")
        page.wait_for_function(
            "(here) => (location.href !== here && document.body?.dataset.state === 'mounted')"
            " || document.querySelector('#finished')?.open",
            arg=here,
            timeout=READY_MS,
        )
    assert len(seen) == 4
    last = page.get_by_role("dialog", name="That was the last one")
    link = last.get_by_role("link", name="Back to the library")
    expect(link).to_be_focused()
    assert link.get_attribute("href") == "/library"
    assert grave_findings(page) == []
    assert all(notes_of(app, k).reviewed for k in (PLANK, DEAD_BUG, OTHER, BARE))


def test_a_half_written_comment_keeps_the_session_open(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app)
    page.keyboard.press("c")
    page.keyboard.type("Half a")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#said")).to_contain_text("still writing a comment")
    assert notes_of(app).reviewed == ""
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("link", name="Library").click()
    page.wait_for_url("**/library", timeout=READY_MS)
    assert asked == ["beforeunload"]


@pytest.mark.timeout(400)
def test_clip_and_page_are_exported(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app)
    comment_with(page, "Well held")
    for kind, ending in (("clip", ".mp4"), ("page", ".html")):
        with page.expect_download(timeout=EXPORTED_MS) as download:
            page.get_by_role("button", name=f"Export {kind}").click()
        assert download.value.suggested_filename.endswith(ending)
        assert Path(download.value.path()).stat().st_size > 1000
        expect(page.get_by_role("link", name=f"Download {kind}")).to_be_visible()


def test_nothing_is_exported_without_what_is_on_the_screen(visit: Visit, app: AppServer) -> None:
    visit.expect_complaint("ERR_INTERNET_DISCONNECTED|ERR_FAILED")
    page = opened(visit, app, BARE)
    visit.context.set_offline(True)
    comment_with(page, "Said without a network")
    expect(page.locator("#saving")).to_contain_text("Not saved yet")
    page.get_by_role("button", name="Export page").click()
    expect(page.locator("#said")).to_contain_text("not saved yet, and would not be in it")
    visit.context.set_offline(False)
    saved(page)


def test_without_a_clip_the_pose_plays_alone(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app, BARE)
    expect(page.locator(VIDEO)).to_have_count(0)
    expect(page.get_by_role("button", name="Export clip")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    assert still(page) == 1
    page.keyboard.press("l")
    wait_until(lambda: frame_of(page) > 15, 30.0)
    page.keyboard.press("k")
    stopped = still(page)
    page.keyboard.press("j")
    wait_until(lambda: frame_of(page) < stopped - 5, 30.0)
    page.keyboard.press("k")
    comment_with(page, "Seen as a stick figure")
    saved(page)
    assert len(notes_of(app, BARE).comments) == 1


def test_a_clip_that_does_not_come_leaves_the_pose(visit: Visit, app: AppServer) -> None:
    visit.expect_complaint("ERR_FAILED")
    visit.context.route("**/clip.mp4", lambda route: route.abort())
    page = opened(visit, app)
    expect(page.get_by_text("The clip can't be shown")).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("#transport")).to_have_attribute("data-frame", "139")
    page.keyboard.press("a")
    saved(page)
    assert len(notes_of(app).opinions) == 1


MERGED = """async ([base, mine, theirs]) => {
    const { merged } = await import('/formcheck/front/review/merging.js');
    const notes = (comments) => ({
        opinions: [], drawings: [], reviewed: '', comments: comments.map((text) => ({ text })),
    });
    return merged(notes(base), notes(mine), notes(theirs)).comments.map(({ text }) => text);
}"""


def test_two_changes_of_the_same_notes_are_both_kept(visit: Visit, app: AppServer) -> None:
    page = opened(visit, app, BARE)
    for base, mine, theirs, both in (
        ("ab", "abc", "abd", "abdc"),
        ("ab", "b", "abc", "bc"),
        ("ab", "abc", "b", "bc"),
        ("ab", "ax", "ay", "ayx"),
        ("aa", "a", "aab", "ab"),
        ("a", "ab", "ab", "ab"),
        ("", "", "", ""),
    ):
        merged = page.evaluate(MERGED, [list(base), list(mine), list(theirs)])
        assert "".join(merged) == both, (base, mine, theirs)


NOTED_MEANWHILE = """async () => {
    const { State } = await import('/formcheck/front/review/state.js');
    const state = new State('/nowhere/', { notes: {}, revision: 'r0' });
    const asked = [];
    const fetched = window.fetch;
    window.fetch = (url, how) => new Promise((answer) => asked.push({ url, how, answer }));
    const next = async () => {
        while (!asked.length) await new Promise((done) => setTimeout(done));
        return asked.shift();
    };
    const told = (of, status, body) => of.answer(new Response(JSON.stringify(body), { status }));
    const reviewed = { revision: 'r1', reviewed: 'now', notes: { reviewed: 'now' } };
    const marking = state.review(true);
    const mark = await next();
    state.change('', (notes) => ({ ...notes, comments: [{ t_s: 1, text: 'late' }] }));
    const first = await next();
    told(mark, 200, reviewed);
    await marking;
    told(first, 409, { error: 'changed', ...reviewed });
    const second = await next();
    told(second, 200, { revision: 'r2', notes: JSON.parse(second.how.body) });
    await state.save();
    window.fetch = fetched;
    return [state.notes.comments.length, JSON.parse(second.how.body).comments.length];
}"""


def test_what_is_noted_while_a_session_is_marked_as_reviewed_is_kept(
    visit: Visit, app: AppServer
) -> None:
    page = opened(visit, app, BARE)
    page.set_default_timeout(5000)
    assert page.evaluate(NOTED_MEANWHILE) == [1, 1]


def test_what_an_earlier_coach_said_is_shown(visit: Visit, app: AppServer) -> None:
    (found,) = open_session(folder_of(app, PLANK)).report.findings
    opinion = Opinion(
        Verdict.OVERRULE,
        Subject.FINDING,
        found.start_s,
        found.end_s,
        found.check,
        Level.WARN,
        text="<b>only</b> a little",
    )
    save_notes(folder_of(app, PLANK), Notes((opinion,)))
    page = opened(visit, app)
    expect(page.locator(".said-to")).to_have_text(
        re.compile("overruled, you say warning: <b>only</b> a little")
    )


@pytest.mark.timeout(400)
@pytest.mark.parametrize("which", [PLANK, BARE])
def test_it_can_be_used_by_everybody(new_visit: NewVisit, app: AppServer, which: int) -> None:
    found: dict[str, Any] = {}
    for width, height, dark in [*LOOKS, (*WIDE, False)]:
        save_notes(folder_of(app, which), Notes())
        visit = new_visit((width, height), dark=dark)
        page = opened(visit, app, which)
        problems = [*grave_findings(page), *too_wide(page)]
        for keys in (("n", "o"), ("Escape", "c"), ("Escape", "m"), ("Escape", "?")):
            for key in keys:
                page.keyboard.press(key)
            problems += [f"after {keys}: {problem}" for problem in grave_findings(page)]
        if problems:
            found[look_name(width, dark)] = problems
    assert found == {}, json.dumps(found, indent=1)
