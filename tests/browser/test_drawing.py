"""Drawing on the picture of a recorded session: by keyboard, mouse and finger."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from accessible import grave_findings, too_wide
from app_pages import LOOKS, look_name
from app_server import AppServer, wait_until
from conftest import NewVisit
from desk_sessions import make_sessions
from fake_camera import CELLS
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, Route, expect

from formcheck.landmarks import Landmark
from formcheck.media.trace import read_trace
from formcheck.notes import Drawing, Shape
from formcheck.sessionfile import open_session

CLIP = "plank/sag_20_recovers"
WIDTH_PX, HEIGHT_PX = 640, 360
CENTRE = (320.0, 180.0)
STRIP_PX = 16
"""Height of the counter's strip in pixels of the clip."""
FRAME = 10

_GEOMETRY = """([name, argument]) => import("/formcheck/front/review/drawing_geometry.js")
    .then((module) => module[name](...argument))"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app with one session that is nobody's work yet."""
    server = AppServer(tmp_path_factory.mktemp("drawing"))
    make_sessions(server.home, [CLIP])
    with server:
        yield server


@pytest.fixture
def folder(app: AppServer) -> Iterator[Path]:
    """Where the session lies; at the end nothing is drawn on it any more."""
    yield app.home / "sessions" / Path(CLIP).name
    assert app.process.is_running()


@pytest.fixture
def desk(new_visit: NewVisit, folder: Path) -> Callable[..., Page]:
    """Opens the review page of the session at a frame, with nothing drawn on it."""

    def begin(*size: tuple[int, int], dark: bool = False) -> Page:
        page = _opened(new_visit(*(size or ((1280, 900),)), dark=dark).open("/formcheck/review/1/"))
        _clear(page)
        return _opened(page)

    return begin


def _opened(page: Page) -> Page:
    page.reload()
    page.locator('body[data-state="mounted"]').wait_for(timeout=60_000)
    _to_frame(page, FRAME)
    return page


def _clear(page: Page) -> None:
    page.evaluate(
        """async () => {
            const { notes, revision } = await (await fetch("page.json")).json();
            const headers = { "If-Match": revision, "Content-Type": "application/json" };
            const body = JSON.stringify({ ...notes, drawings: [] });
            const answer = await fetch("notes.json", { method: "PUT", headers, body });
            if (!answer.ok) throw new Error(await answer.text());
        }"""
    )


def _to_frame(page: Page, frame: int) -> None:
    field = page.get_by_role("spinbutton", name="Frame", exact=True)
    field.fill(str(frame + 1))
    field.press("Enter")
    expect(page.locator("#transport")).to_have_attribute("data-frame", str(frame))


def _press(page: Page, *keys: str) -> None:
    for key in keys:
        name, _, times = key.partition("*")
        for _ in range(int(times or 1)):
            page.keyboard.press(name)


def _kept(folder: Path, n: int) -> tuple[Drawing, ...]:
    """What is in the session on the disk, once so many drawings are there."""

    def there() -> bool:
        return len(open_session(folder).notes.drawings) == n

    wait_until(there, 10, lambda: f"drawings: {open_session(folder).notes.drawings}")
    return open_session(folder).notes.drawings


def _saved(page: Page) -> None:
    expect(page.locator('#saving[data-saving="saved"]')).to_be_visible()


def _shapes(page: Page) -> list[str]:
    """What is shown over the picture."""
    return list(
        page.locator("svg.drawings g[data-shape]").evaluate_all(
            "(all) => all.map((each) => each.dataset.shape)"
        )
    )


def _on_screen(page: Page, x_px: float, y_px: float) -> tuple[float, float]:
    """Where a pixel of the clip lies on the screen."""
    box = page.locator("#picture video").bounding_box()
    assert box is not None
    return box["x"] + x_px * box["width"] / WIDTH_PX, box["y"] + y_px * box["height"] / HEIGHT_PX


def _landmark_px(name: Landmark) -> tuple[float, float]:
    trace = read_trace(Path(__file__).parents[2] / "test_videos" / f"{CLIP}.trace.npz")
    pose = trace.observations[FRAME].pose
    assert pose is not None
    x, y = pose.xy_px[name].tolist()
    return x, y


def test_an_angle_is_the_same_in_both_languages(desk: Callable[..., Page]) -> None:
    page = desk()
    rng = random.Random(7)
    triples = [
        [[rng.uniform(-50.0, 2000.0), rng.uniform(-50.0, 2000.0)] for _ in range(3)]
        for _ in range(200)
    ]
    triples += [
        [[0, 0], [1, 0], [2, 0]],  # straight
        [[2, 0], [0, 0], [5, 0]],  # folded
        [[0, 1], [0, 0], [1, 0]],  # a right angle
        [[3, 4], [3, 4], [9, 9]],  # no arm
        [[9, 9], [3, 4], [3, 4]],  # no other arm
        [[1e6, 0], [0, 0], [1e6, 1]],  # next to nothing
    ]
    known = [Drawing(0.0, Shape.ANGLE, tuple((x, y) for x, y in t)).angle_deg for t in triples]
    assert known[-6:-3] == [pytest.approx(180.0), pytest.approx(0.0), pytest.approx(90.0)]
    assert known[-3:-1] == [None, None]
    told = [page.evaluate(_GEOMETRY, ["angleDeg", [triple]]) for triple in triples]
    for said, true in zip(told, known, strict=True):
        assert said == (None if true is None else pytest.approx(true, abs=1e-9))


def test_an_angle_by_keyboard_alone(desk: Callable[..., Page], folder: Path) -> None:
    page = desk()
    _press(page, "d", "a", "g")  # snapping off
    _press(page, "Shift+ArrowLeft*12", "ArrowUp*3", "Enter")
    _press(page, "Shift+ArrowRight*12", "Shift+ArrowDown*4", "Enter")
    expect(page.locator("#drawing .angle")).to_contain_text("By hand:")
    _press(page, "Shift+ArrowRight*9", "Enter")
    (drawing,) = _kept(folder, 1)
    assert drawing.shape is Shape.ANGLE
    assert drawing.points_px == ((200.0, 177.0), (320.0, 217.0), (410.0, 217.0))
    assert drawing.t_s == pytest.approx(FRAME / 30, abs=1e-4)
    assert drawing.until_s is None
    # 120 across, 40 down: 18.4 degrees short of straight.
    assert drawing.angle_deg == pytest.approx(161.565, abs=1e-3)
    label = page.locator('svg.drawings g[data-shape="angle"] text')
    expect(label.nth(0)).to_have_text("161.6°")
    measured = page.evaluate("fetch('page.json').then((a) => a.json()).then((p) => p.signals[0])")
    value = f"{measured['values'][FRAME]:.1f}".replace("-", "−")
    expect(label.nth(1)).to_have_text(f"{measured['title']} {value}°")
    expect(page.locator("#drawing .angle")).to_contain_text("161.6° (18.4° off a straight line)")

    _press(page, "Escape", "Escape")
    expect(page.locator("#drawing .body")).to_be_hidden()
    _saved(page)
    _opened(page)
    assert _shapes(page) == ["angle"]
    for frame, shown in ((FRAME - 1, []), (FRAME + 1, []), (FRAME, ["angle"])):
        _to_frame(page, frame)
        assert _shapes(page) == shown, frame


@pytest.mark.parametrize(
    "style",
    [
        "",
        "aspect-ratio: 1; width: 200px",  # bars above and below
        "aspect-ratio: 3; width: 500px",  # and at the sides
        "transform: scale(0.7); transform-origin: 20% 30%",
        "zoom: 0.8",
    ],
    ids=["as it is", "bars above", "bars beside", "scaled", "zoomed"],
)
def test_a_click_on_a_known_pixel_is_that_pixel(
    desk: Callable[..., Page], folder: Path, style: str
) -> None:
    page = desk()
    # The clip alone, so that the edges of its counter are the only ones in the picture.
    page.add_style_tag(
        content=f"#picture {{ {style} }}"
        "#picture video { object-fit: contain } .drawing-surface { opacity: 0; outline: none }"
        "#picture > :not(video, .drawing-surface) { display: none !important }"
    )
    _press(page, "d", "l", "g")
    page.locator(".screen").scroll_into_view_if_needed()
    page.wait_for_timeout(200)
    places = [*_cell_corners(page)]
    assert len(places) >= 2
    for at, _ in places[:2]:
        page.mouse.click(*at)
    (drawing,) = _kept(folder, 1)
    per_screen_px = _image_px(page)
    for point, (_, true) in zip(drawing.points_px, places[:2], strict=True):
        assert point == pytest.approx(true, abs=1.0 + per_screen_px), drawing.points_px


def _image_px(page: Page) -> float:
    """How many pixels of the clip are one of the screen."""
    return 1 / float(page.evaluate("document.querySelector('svg.drawings').getScreenCTM().a"))


def _cell_corners(page: Page) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Lower corners between a white and a black cell of the counter: on the screen, in the clip.

    Found in the pixels of a screenshot, so that nothing of the page's own reckoning is asked.
    """
    box = page.locator("#picture video").bounding_box()
    assert box is not None
    clip = {key: round(box[key]) for key in ("x", "y", "width", "height")}
    shot = page.screenshot(clip=clip)  # type: ignore[arg-type]
    grey = np.asarray(Image.open(io.BytesIO(shot)).convert("L"), np.float64)
    top, bottom, left, right = _strip(grey)
    row = grey[(top + bottom) // 2] > 128
    bits = _bits(FRAME)
    for k in range(1, CELLS):
        if bits[k - 1] == bits[k]:
            continue
        about = round(left + (right - left) * k / CELLS)
        reach = max(2, (right - left) // CELLS // 3)
        edges = np.flatnonzero(np.diff(row[about - reach : about + reach].astype(int)))
        assert edges.size == 1, "one edge between a white and a black cell"
        column = about - reach + int(edges[0]) + 1
        yield (
            (float(clip["x"] + column), float(clip["y"] + bottom)),
            (k * WIDTH_PX / CELLS, float(STRIP_PX)),
        )


def _strip(grey: NDArray[np.float64]) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of the picture's counter in a screenshot, without black bars."""
    inside = grey > 12
    rows = np.flatnonzero(inside.mean(axis=1) > 0.2)
    columns = np.flatnonzero(inside[rows[0] : rows[-1]].mean(axis=0) > 0.5)
    height = rows[-1] - rows[0] + 1
    # The strip ends where whole rows change the most.
    first = rows[0]
    change = np.abs(np.diff(grey[first : first + round(height * 0.1)], axis=0)).mean(axis=1)
    return first, first + int(change[2:].argmax()) + 3, columns[0], columns[-1] + 1


def _bits(counter: int) -> list[int]:
    digits = (counter >> 8) + (counter >> 4 & 15) + (counter & 15)
    word = counter << 4 | (digits & 15) ^ 0b1010
    return [word >> (CELLS - 1 - k) & 1 for k in range(CELLS)]


def test_an_angle_by_mouse_snaps_to_joints(desk: Callable[..., Page], folder: Path) -> None:
    page = desk()
    joints = [_landmark_px(name) for name in (Landmark.LEFT_SHOULDER, Landmark.LEFT_KNEE)]
    apart = (CENTRE[0], 60.0)
    page.get_by_role("button", name="Draw", exact=True).click()
    page.get_by_role("button", name="Angle", exact=True).click()
    for x, y in (joints[0], apart, joints[1]):
        at = _on_screen(page, x + 3.0, y - 3.0)
        page.mouse.move(*at)
        page.mouse.click(*at)
    (drawing,) = _kept(folder, 1)
    start, vertex, end = drawing.points_px
    assert start == pytest.approx(joints[0], abs=0.11)
    assert end == pytest.approx(joints[1], abs=0.11)
    assert vertex == pytest.approx((apart[0] + 3.0, apart[1] - 3.0), abs=1.0)

    page.get_by_role("checkbox", name="Snap to joints").uncheck()
    page.get_by_role("button", name="Line", exact=True).click()
    page.mouse.click(*_on_screen(page, joints[0][0] + 6.0, joints[0][1] - 6.0))
    page.mouse.click(*_on_screen(page, *apart))
    _, line = _kept(folder, 2)
    assert line.points_px[0] == pytest.approx((joints[0][0] + 6.0, joints[0][1] - 6.0), abs=1.0)


def test_every_shape_by_mouse(desk: Callable[..., Page], folder: Path) -> None:
    page = desk()
    _press(page, "d", "g", "w")
    _pull(page, [(100.0, 60.0), (200.0, 120.0)])
    _press(page, "t")
    page.mouse.click(*_on_screen(page, 400.0, 60.0))
    page.keyboard.type("add a pad, Anna?")  # Letters of tools are letters here.
    _press(page, "Enter", "f")
    _pull(page, [(420.0, 100.0), (450.0, 130.0), (480.0, 100.0), (510.0, 130.0)])
    _press(page, "l")
    page.mouse.click(*_on_screen(page, 60.0, 200.0))
    page.mouse.click(*_on_screen(page, 160.0, 220.0))
    arrow, text, free, line = _kept(folder, 4)
    assert [d.shape for d in (arrow, text, free, line)] == [
        Shape.ARROW,
        Shape.TEXT,
        Shape.FREE,
        Shape.LINE,
    ]
    assert arrow.points_px[0] == pytest.approx((100.0, 60.0), abs=1.0)
    assert arrow.points_px[1] == pytest.approx((200.0, 120.0), abs=1.0)
    assert text.text == "add a pad, Anna?"
    assert [free.points_px[0][0], free.points_px[-1][0]] == pytest.approx([420.0, 510.0], abs=1.0)
    assert max(y for _, y in free.points_px) == pytest.approx(130.0, abs=1.5)
    assert sorted(_shapes(page)) == ["arrow", "free", "line", "text"]


def _pull(page: Page, places: list[tuple[float, float]]) -> None:
    page.mouse.move(*_on_screen(page, *places[0]))
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*_on_screen(page, *place), steps=6)
    page.mouse.up()


def test_a_finger_draws_a_line(desk: Callable[..., Page], folder: Path) -> None:
    page = desk((700, 900))
    _press(page, "d", "g", "l")
    page.locator(".screen").scroll_into_view_if_needed()
    places = [_on_screen(page, *place) for place in ((100.0, 100.0), (300.0, 150.0))]
    protocol = page.context.new_cdp_session(page)
    protocol.send("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def touch(kind: str, *points: tuple[float, float]) -> None:
        plain = [{"x": x, "y": y} for x, y in points]
        protocol.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": plain})

    touch("touchStart", places[0])
    touch("touchMove", ((places[0][0] + places[1][0]) / 2, places[0][1]))
    touch("touchMove", places[1])
    touch("touchEnd")
    (line,) = _kept(folder, 1)
    assert line.points_px[0] == pytest.approx((100.0, 100.0), abs=1.5)
    assert line.points_px[1] == pytest.approx((300.0, 150.0), abs=1.5)


def test_what_is_drawn_is_moved_recoloured_deleted_and_taken_back(
    desk: Callable[..., Page], folder: Path
) -> None:
    page = desk()
    _press(page, "d", "g", "l", "Enter", "Shift+ArrowRight*5", "Enter")
    _kept(folder, 1)
    _press(page, "s", "x", "Enter", "Shift+ArrowDown*2", "Enter", "c")
    wait_until(lambda: _kept(folder, 1)[0].colour == "#ffffff", 10)
    (line,) = _kept(folder, 1)
    assert line.points_px == ((320.0, 200.0), (370.0, 180.0))
    # By mouse: the line at its middle, as a whole.
    start, end = _on_screen(page, 345.0, 190.0), _on_screen(page, 345.0, 240.0)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=5)
    page.mouse.up()
    _saved(page)
    wait_until(lambda: _kept(folder, 1)[0].points_px[0][1] > 240.0, 10, "it was not moved")
    assert _kept(folder, 1)[0].points_px[0] == pytest.approx((320.0, 250.0), abs=1.5)
    _press(page, "Delete")
    _kept(folder, 0)
    _press(page, "Control+z")
    (back,) = _kept(folder, 1)
    assert back.points_px[0] == pytest.approx((320.0, 250.0), abs=1.5)
    assert _shapes(page) == ["line"]
    _press(page, "Control+z*2")
    wait_until(lambda: _kept(folder, 1)[0].colour != "#ffffff", 10, "the colour was not taken back")
    assert _kept(folder, 1)[0].points_px == ((320.0, 200.0), (370.0, 180.0))


def test_a_drawing_stays_for_as_long_as_is_asked(desk: Callable[..., Page], folder: Path) -> None:
    page = desk()
    _press(page, "d", "u", "g", "l", "Enter", "Shift+ArrowUp*3", "Enter")
    (line,) = _kept(folder, 1)
    assert line.until_s == pytest.approx(line.t_s + 1.0)
    for frame, shown in ((FRAME - 1, []), (FRAME + 29, ["line"]), (FRAME + 31, [])):
        _to_frame(page, frame)
        assert _shapes(page) == shown, frame
    # And it is found again from the list, wherever the player is.
    _press(page, "Escape", "n")
    expect(page.locator("#transport")).to_have_attribute("data-frame", str(FRAME))


def test_nothing_is_drawn_by_half(desk: Callable[..., Page], folder: Path) -> None:
    page = desk()
    _press(page, "d", "a", "Enter", "Enter")  # The same point twice is one.
    expect(page.locator("#drawing .prompt")).to_have_text("Where is its corner?")
    _press(page, "Backspace")
    expect(page.locator("#drawing .prompt")).to_have_text(
        "Where does the first side of the angle end?"
    )
    _press(page, "Enter", "Shift+ArrowUp", "Escape")
    assert _shapes(page) == []
    _press(page, "t", "Enter")
    page.get_by_role("textbox", name="Words").press("Escape")
    expect(page.get_by_role("textbox", name="Words")).to_be_hidden()
    _press(page, "Escape")
    expect(page.locator("#drawing .body")).to_be_hidden()
    assert open_session(folder).notes.drawings == ()


def test_who_may_only_read_can_not_draw(new_visit: NewVisit, app: AppServer) -> None:
    visit = new_visit()

    def read_only(route: Route) -> None:
        told: dict[str, Any] = route.fetch().json()
        route.fulfill(body=json.dumps(told | {"may_write": False}), content_type="application/json")

    visit.page.route("**/page.json", read_only)
    page = _opened(visit.open("/formcheck/review/1/"))
    _press(page, "d", "l", "Enter", "Shift+ArrowUp", "Enter")
    assert _shapes(page) == []
    expect(page.get_by_role("button", name="Draw", exact=True)).to_be_hidden()


def test_without_a_clip_it_is_drawn_on_the_plain_ground(
    desk: Callable[..., Page], folder: Path
) -> None:
    page = desk()

    def without(route: Route) -> None:
        told: dict[str, Any] = route.fetch().json()
        route.fulfill(body=json.dumps(told | {"clip": None}), content_type="application/json")

    page.route("**/page.json", without)
    _opened(page)
    expect(page.locator("#picture video")).to_have_count(0)
    _press(page, "d", "g", "w", "Enter", "Shift+ArrowRight*3", "ArrowDown", "Enter")
    (arrow,) = _kept(folder, 1)
    assert arrow.points_px == (CENTRE, (350.0, 181.0))
    assert arrow.t_s == pytest.approx(FRAME / 30, abs=1e-4)


def test_the_tools_can_be_used_by_everybody(desk: Callable[..., Page]) -> None:
    found = {}
    for width, height, dark in LOOKS:
        page = desk((width, height), dark=dark)
        _press(page, "d", "a", "Enter", "Shift+ArrowRight*4", "Enter", "Shift+ArrowUp*4", "Enter")
        page.locator("#drawing summary").click()
        problems = [*grave_findings(page), *too_wide(page)]
        if problems:
            found[look_name(width, dark)] = problems
    assert found == {}
