"""A real Chromium, a fake camera in it, and the app as its user starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("app_server", "live_session", "visit")

from app_server import AppServer  # noqa: E402
from chromium import Chromium, find_chromium  # noqa: E402
from fake_camera import FakeCamera, make_fake_camera  # noqa: E402
from playwright.sync_api import Browser, expect  # noqa: E402
from visit import Visit, begin_visit  # noqa: E402

expect.set_options(timeout=30_000)

NewVisit = Callable[..., Visit]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here runs a browser, or beside one."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def fake_camera(tmp_path_factory: pytest.TempPathFactory) -> FakeCamera:
    """The clip that the fake camera plays."""
    return make_fake_camera(tmp_path_factory.mktemp("camera"))


@pytest.fixture(scope="session")
def analyzed(fake_camera: FakeCamera, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that ``formcheck analyze`` makes of the clip that the fake camera plays."""
    out = tmp_path_factory.mktemp("analyzed")
    command = [sys.executable, "-m", "formcheck", "analyze", str(fake_camera.film)]
    subprocess.run(
        [*command, "--exercise", "plank", "--out", str(out)], check=True, capture_output=True
    )
    return out / fake_camera.film.stem


# Not for the whole run: while Playwright is there, the thread of the tests counts as one with a
# running event loop, and tests elsewhere that start a loop of their own would be refused.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """Starts browsers; a missing one is a failure where everything is installed."""
    try:
        executable = find_chromium()
    except FileNotFoundError as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    with Chromium(executable) as chromium:
        yield chromium


@pytest.fixture(scope="module")
def browser(chromium: Chromium, fake_camera: FakeCamera) -> Browser:
    """A browser with the fake camera, whose user allows it."""
    return chromium.launch(fake_camera.camera)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app, running; at the end it must stop cleanly and leave nothing behind."""
    with AppServer(tmp_path_factory.mktemp("app")) as server:
        yield server


@pytest.fixture
def new_visit(app: AppServer, browser: Browser) -> Iterator[NewVisit]:
    """Makes visitors of the app; each is closed and checked at the end of the test."""
    visits: list[Visit] = []

    def begin(*size: tuple[int, int], on: Browser = browser, **how: object) -> Visit:
        visits.append(begin_visit(on, app.address, *size, **how))  # type: ignore[arg-type]
        return visits[-1]

    yield begin
    for visit in visits:
        visit.end()


@pytest.fixture
def visit(new_visit: NewVisit) -> Visit:
    """One visitor in a wide, light window."""
    return new_visit()
