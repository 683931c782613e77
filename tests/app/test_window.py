"""The desktop window, on a virtual display."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from formcheck.errors import DeviceError
from formcheck.presentation.window import Window

SHOW = """
import numpy as np
from formcheck.presentation.window import Window
with Window() as window:
    print([window.show(np.full((180, 320, 3), 40 * i, np.uint8)) for i in range(4)])
"""


@pytest.fixture
def display() -> Iterator[str]:
    """The name of a virtual display; a missing one is a failure where everything is installed."""
    xvfb = shutil.which("Xvfb")
    if xvfb is None:
        if os.environ.get("CI"):
            pytest.fail("Xvfb is not installed")
        pytest.skip("Xvfb is not installed")
    read_end, write_end = os.pipe()
    with subprocess.Popen(
        [xvfb, "-displayfd", str(write_end), "-screen", "0", "800x600x24"],
        pass_fds=(write_end,),
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(write_end)
        with os.fdopen(read_end) as numbers:
            yield f":{numbers.readline().strip()}"
        server.terminate()


def test_a_window_shows_pictures_until_asked_to_stop(display: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", SHOW],
        env={**os.environ, "DISPLAY": display},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[False, False, False, False]"


def test_without_a_display_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(DeviceError, match="there is no display"):
        Window()
