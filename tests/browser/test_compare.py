"""Two recorded sessions side by side: what goes together, and what is said of it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from accessible import grave_findings, too_wide
from app_pages import LOOKS, look_name
from app_server import AppServer, wait_until
from conftest import NewVisit
from desk_sessions import counter_on, make_sessions
from playwright.sync_api import Page, expect

CLIPS = (
    "glute_bridge/glute_bridge_good",
    "glute_bridge/glute_bridge_fast_down",
    "glute_bridge/glute_bridge_front_good",
    "plank/sag_20_recovers",
    "plank/standing",
)
GOOD, FAST, FRONT, PLANK, NOTHING = range(1, 6)

_AT_REST = """(selector) => {
    const video = document.querySelector(selector);
    return video.readyState >= 2 && !video.seeking;
}"""
_SYNC = """([name, argument]) => import("/formcheck/front/review/sync.js")
    .then((module) => module[name](...argument))"""
_FACTS = """([name, argument]) => import("/formcheck/front/review/compare_facts.js")
    .then((module) => module[name](...argument))"""
_PAGE = "(n) => fetch(`/formcheck/review/${n}/page.json`).then((answer) => answer.json())"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app with five sessions."""
    server = AppServer(tmp_path_factory.mktemp("compare"))
    assert make_sessions(server.home, CLIPS) == [GOOD, FAST, FRONT, PLANK, NOTHING]
    with server:
        yield server


def _opened(
    new_visit: NewVisit, a: int, b: int, *size: tuple[int, int], dark: bool = False
) -> Page:
    page = new_visit(*(size or ((1280, 900),)), dark=dark).open(f"/formcheck/compare/{a}/{b}/")
    page.locator('body[data-state="mounted"]').wait_for(timeout=90_000)
    return page


def _frame(page: Page, side: str) -> int:
    return int(page.locator(f"#side-{side}").get_attribute("data-frame") or -1)


def _shown(page: Page) -> tuple[int, int]:
    """Which pictures the two clips show, read from their pixels, once both stand still."""
    seen: list[tuple[int, int]] = []
    videos = ("#side-a video", "#side-b video")

    def still() -> bool:
        page.wait_for_timeout(120)
        if not all(page.evaluate(_AT_REST, video) for video in videos):
            seen.clear()
            return False
        seen.append((counter_on(page, videos[0]), counter_on(page, videos[1])))
        return len(seen) > 3 and len(set(seen[-4:])) == 1

    wait_until(still, 20, lambda: f"the pictures go on changing: {seen[-6:]}")
    return seen[-1]


def _nearest(times_s: Sequence[float], t_s: float) -> int:
    return int(np.abs(np.array(times_s) - t_s).argmin())


class _Clips:
    """What the server tells of both sessions, and what belongs together by repetition."""

    def __init__(self, page: Page, a: int, b: int) -> None:
        self.a: dict[str, Any] = page.evaluate(_PAGE, a)
        self.b: dict[str, Any] = page.evaluate(_PAGE, b)

    def moments_s(self, rep_a: int, rep_b: int) -> tuple[list[float], list[float]]:
        """Start, top and end of a repetition of each."""
        names = ("start_s", "top_s", "end_s")
        one, other = self.a["reps"][rep_a], self.b["reps"][rep_b]
        return [one[name] for name in names], [other[name] for name in names]

    def b_frame(self, a_frame: int, rep_a: int, rep_b: int) -> int:
        """The frame of B that belongs to one of A within these repetitions."""
        ours, theirs = self.moments_s(rep_a, rep_b)
        t_s = self.a["clip"]["times_s"][a_frame]
        assert ours[0] <= t_s <= ours[-1]
        return _nearest(self.b["clip"]["times_s"], float(np.interp(t_s, ours, theirs)))


def test_time_is_stretched_evenly_between_what_goes_together(new_visit: NewVisit) -> None:
    page = _opened(new_visit, GOOD, FAST)

    def mapped(pairs: list[list[float]], t_s: float) -> float:
        return float(page.evaluate(_SYNC, ["mapped", [pairs, t_s]]))

    pairs = [[1.0, 10.0], [2.0, 14.0], [4.0, 16.0]]
    for t_s, other_s in ((1, 10), (1.5, 12), (2, 14), (3, 15), (4, 16), (0, 9), (5, 17)):
        assert mapped(pairs, t_s) == pytest.approx(other_s)
    assert mapped([], 3.5) == 3.5
    assert mapped(page.evaluate(_SYNC, ["byHand", [2.5, 4.0]]), 3.0) == pytest.approx(4.5)

    rng = random.Random(3)
    rises = [sorted(rng.uniform(0, 60) for _ in range(12)) for _ in range(2)]
    knots = page.evaluate(_SYNC, ["rising", [[list(pair) for pair in zip(*rises, strict=True)]]])
    back = page.evaluate(_SYNC, ["inverse", [knots]])
    for t_s in (-3.0, *(rng.uniform(0, 60) for _ in range(30)), 70.0):
        assert mapped(back, mapped(knots, t_s)) == pytest.approx(t_s, abs=1e-9)
        inside = knots[0][0] <= t_s <= knots[-1][0]
        if inside:
            ours, theirs = ([pair[k] for pair in knots] for k in (0, 1))
            assert mapped(knots, t_s) == pytest.approx(np.interp(t_s, ours, theirs))


def test_units_go_together_in_both_directions(new_visit: NewVisit) -> None:
    page = _opened(new_visit, GOOD, FAST)

    def by_units(a: list[Any], b: list[Any], i: int, j: int) -> list[list[float]]:
        return list(page.evaluate(_SYNC, ["byUnits", [a, b, i, j]]))

    def units(kind: str, *moments_s: list[float]) -> list[dict[str, Any]]:
        return [{"kind": kind, "moments_s": each} for each in moments_s]

    one = units("rep", [1, 2, 3], [4, 5, 6], [7, 8, 9])
    other = units("rep", [10, 11, 14], [20, 22, 23])
    assert by_units(one, other, 1, 0) == [[4, 10], [5, 11], [6, 14], [7, 20], [8, 22], [9, 23]]
    assert by_units(one, other, 1, 1) == [[1, 10], [2, 11], [3, 14], [4, 20], [5, 22], [6, 23]]
    # Holds begin together and are not stretched; nor is what differs in kind.
    holds = units("hold", [2.0])
    assert by_units(holds, units("hold", [5.0]), 0, 0) == [[2, 5]]
    assert by_units(one, holds, 0, 0) == [[1, 2]]
    # Jumps meet: the end of one contact is the next take-off.
    jumps = units("jump", [1, 1.3, 1.6], [1.6, 1.9, 2.2])
    assert by_units(jumps, units("jump", [5, 5.2, 5.5], [5.5, 5.8, 6]), 0, 0) == [
        [1, 5],
        [1.3, 5.2],
        [1.6, 5.5],
        [1.9, 5.8],
        [2.2, 6],
    ]
    # Where units overlap, what was chosen is exact.
    crossed = units("rep", [1, 2, 4.5], [4, 5, 6])
    assert [pair for pair in by_units(crossed, one[1:], 1, 1) if pair[0] >= 4] == [
        [4, 7],
        [5, 8],
        [6, 9],
    ]


def test_repetitions_go_together_picture_by_picture(new_visit: NewVisit) -> None:
    page = _opened(new_visit, GOOD, FAST)
    clips = _Clips(page, GOOD, FAST)
    page.keyboard.press("n")  # The second repetition of both.
    ours, theirs = clips.moments_s(1, 1)
    start = _nearest(clips.a["clip"]["times_s"], ours[0])
    expected = _nearest(clips.b["clip"]["times_s"], theirs[0])
    a, b = _shown(page)
    assert a == start
    assert abs(b - expected) <= 1

    top = _nearest(clips.a["clip"]["times_s"], ours[1])
    seen = []
    for steps in (7, 11, top - start - 18, 9):
        for _ in range(steps):
            page.keyboard.press("ArrowRight")
        seen.append(_shown(page))
    assert [a for a, _ in seen] == [start + 7, start + 18, top, top + 9]
    assert [b for _, b in seen] == [clips.b_frame(a, 1, 1) for a, _ in seen]
    # Their tempo differs, and yet both are at the top at the same moment.
    assert abs(seen[2][1] - _nearest(clips.b["clip"]["times_s"], theirs[1])) <= 1
    assert ours[2] - ours[1] > theirs[2] - theirs[1] + 0.2

    page.keyboard.press("Shift+P")  # The first repetition of B beside the second of A.
    a, b = _shown(page)
    assert a == start
    expected = _nearest(clips.b["clip"]["times_s"], clips.moments_s(1, 0)[1][0])
    assert abs(b - expected) <= 1
    expect(page.locator("#sync .told")).to_contain_text("A: Repetition 2. B: Repetition 1.")


def test_while_it_plays_the_other_follows(new_visit: NewVisit) -> None:
    page = _opened(new_visit, GOOD, FAST)
    clips = _Clips(page, GOOD, FAST)
    start, _ = _shown(page)
    page.keyboard.press("[")
    page.keyboard.press(" ")
    wait_until(lambda: _frame(page, "a") > start + 25, 20, "it does not play")
    page.keyboard.press(" ")
    a, b = _shown(page)
    assert b == clips.b_frame(a, 0, 0)
    expect(page.get_by_role("combobox", name="Speed")).to_have_value("0.5")
    # The keys move B now, and A follows.
    page.keyboard.press("b")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    moved_a, moved_b = _shown(page)
    assert moved_b == b - 2
    assert abs(clips.b_frame(moved_a, 0, 0) - moved_b) <= 1


def test_a_session_in_which_nothing_was_counted_is_compared_by_hand(new_visit: NewVisit) -> None:
    page = _opened(new_visit, GOOD, NOTHING)
    expect(page.locator("#sync .told")).to_contain_text("B shows what is")
    page.keyboard.press("ArrowRight")
    wait_until(lambda: _frame(page, "a") > 0, 20)


def test_by_hand_the_distance_stays(new_visit: NewVisit) -> None:
    page = _opened(new_visit, GOOD, FAST)
    for key in ("u", "Home"):
        page.keyboard.press(key)
    _, b = _shown(page)
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    assert _shown(page) == (12, b)  # They go apart.
    page.keyboard.press("m")
    expect(page.locator("#side-b")).to_have_class("side active")
    page.keyboard.press("Home")
    for _ in range(40):
        page.keyboard.press("ArrowRight")
    assert _shown(page) == (12, 40)
    page.keyboard.press("m")
    page.keyboard.press("b")
    for _ in range(15):
        page.keyboard.press("ArrowRight")
    assert _shown(page) == (27, 55)
    expect(page.locator("#sync .told")).to_contain_text("0.93 s later")

    page.keyboard.press("x")
    page.wait_for_url(f"**/compare/{FAST}/{GOOD}/**")
    page.locator('body[data-state="mounted"]').wait_for(timeout=60_000)
    assert _shown(page) == (55, 27)
    page.keyboard.press("b")
    page.keyboard.press("ArrowRight")
    assert _shown(page) == (56, 28)


def test_a_curve_of_both_leads_to_its_moment(new_visit: NewVisit) -> None:
    page = _opened(new_visit, GOOD, FAST)
    clips = _Clips(page, GOOD, FAST)
    page.get_by_role("checkbox", name="Whole clips").check()
    box = page.locator(".plot").bounding_box()
    assert box is not None
    before = _shown(page)
    ink = "(e) => e.getContext('2d').getImageData(0, 0, e.width, e.height).data.join().length"
    painted = page.locator(".plot canvas").evaluate(ink)
    page.mouse.click(box["x"] + box["width"] * 0.45, box["y"] + 40)
    a, b = _shown(page)
    assert a != before[0]
    ours, theirs = zip(*(clips.moments_s(k, k) for k in range(len(clips.a["reps"]))), strict=True)
    flat = [np.concatenate(side) for side in (ours, theirs)]
    t_s = clips.a["clip"]["times_s"][a]
    if flat[0][0] <= t_s <= flat[0][-1]:
        wanted = _nearest(clips.b["clip"]["times_s"], float(np.interp(t_s, *flat)))
        assert abs(b - wanted) <= 1
    assert painted
    value = page.locator("#differences tbody").first.locator("td").nth(0).inner_text()
    signal = clips.a["signals"][0]
    at = _nearest(signal["t_s"], t_s)
    assert value == f"{signal['values'][at]:.{signal['decimals']}f}°".replace("-", "−")


def test_angles_are_compared_only_where_the_cameras_saw_the_same(new_visit: NewVisit) -> None:
    page = _opened(new_visit, GOOD, FAST)
    expect(page.locator(".obstacle")).to_have_count(0)
    assert _difference(page, "Time").endswith(" s")
    assert any(text.endswith("°") for text in _differences(page)), _differences(page)

    page.goto(page.url.replace(f"/{GOOD}/{FAST}/", f"/{GOOD}/{FRONT}/"))
    page.locator('body[data-state="mounted"]').wait_for(timeout=90_000)
    expect(page.locator(".obstacle")).to_contain_text("can't be compared")
    assert _difference(page, "Time").endswith(" s")
    assert not [text for text in _differences(page) if "°" in text]

    page.goto(page.url.replace(f"/{GOOD}/{FRONT}/", f"/{GOOD}/{PLANK}/"))
    page.locator('body[data-state="mounted"]').wait_for(timeout=90_000)
    expect(page.locator(".obstacle")).to_contain_text("different exercises")
    assert not [text for text in _differences(page) if "°" in text]


def _difference(page: Page, title: str) -> str:
    row = page.locator("#differences tr", has=page.get_by_role("rowheader", name=title, exact=True))
    return row.first.locator("td").last.inner_text()


def _differences(page: Page) -> list[str]:
    return page.locator("#differences td:last-child").all_inner_texts()


def test_what_is_not_known_of_a_camera_is_said(new_visit: NewVisit) -> None:
    page = _opened(new_visit, GOOD, FAST)
    clips = _Clips(page, GOOD, FAST)

    def against(**view: object) -> list[str]:
        other = clips.b | {"view": clips.b["view"] | view}
        return list(page.evaluate(_FACTS, ["obstacles", [clips.a, other]]))

    assert clips.a["view"]["seen_from"] == "side"
    assert against() == []
    assert "not known" in against(seen_from=None, yaw_deg=None)[0]
    assert "apart" in against(yaw_deg=clips.a["view"]["yaw_deg"] + 20.0)[0]
    assert "from the front" in against(seen_from="front", yaw_deg=88.0)[0]


def test_skeletons_are_shown_and_hidden(new_visit: NewVisit) -> None:
    page = _opened(new_visit, GOOD, FAST)
    inked = """(all) => all.map((canvas) => canvas.getContext("2d")
        .getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0))"""
    canvases = page.locator(".picture canvas")
    _shown(page)
    assert canvases.evaluate_all(inked) == [True, True]
    page.keyboard.press("s")
    assert canvases.evaluate_all(inked) == [False, False]
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Mark this moment")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_it_can_be_used_by_everybody(new_visit: NewVisit) -> None:
    found = {}
    for width, height, dark in LOOKS:
        page = _opened(new_visit, GOOD, FRONT, (width, height), dark=dark)
        problems = [*grave_findings(page), *too_wide(page)]
        if problems:
            found[look_name(width, dark)] = problems
    assert found == {}


def test_a_session_that_is_not_there_is_told(new_visit: NewVisit, app: AppServer) -> None:
    visit = new_visit()
    visit.expect_complaint("404")
    answer = visit.page.goto(f"{app.address}/formcheck/compare/{GOOD}/99/")
    assert answer is not None
    assert answer.status == 404
    assert not (Path(app.home) / "sessions" / "99").exists()
