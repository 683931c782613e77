"""Nothing leaves the machine: the kernel kills the program if it opens an internet socket."""

from __future__ import annotations

import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from guard import GUARD, GUARD_OF_A_SERVER
from started_app import StartedApp

CLIP = Path(__file__).parents[2] / "test_videos" / "plank" / "sag_20.mp4"

pytestmark = [
    pytest.mark.pose,
    pytest.mark.skipif(platform.system() != "Linux", reason="the guard is the Linux kernel's"),
]


def guarded(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", GUARD + code, *(str(a) for a in arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6"])
def test_the_guard_kills_whoever_opens_an_internet_socket(family: str) -> None:
    assert guarded(f"import socket; socket.socket(socket.{family})").returncode < 0


def test_the_guard_lets_local_sockets_pass() -> None:
    assert guarded("import socket; socket.socket(socket.AF_UNIX)").returncode == 0


def test_analysing_a_clip_opens_no_internet_socket_and_logs_nothing(tmp_path: Path) -> None:
    code = (
        "from formcheck.cli import main\n"
        "sys.exit(main(['analyze', sys.argv[1], '--exercise', 'plank', '--out', sys.argv[2]]))"
    )
    result = guarded(code, CLIP, tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out" / "sag_20" / "annotated.mp4").is_file()
    assert result.stderr == ""


def test_a_live_session_opens_no_internet_socket(tmp_path: Path) -> None:
    code = (
        "from formcheck.cli import main\n"
        "sys.exit(main(['live', '--source', sys.argv[1], '--exercise', 'plank', '--no-window',"
        " '--mute']))"
    )
    result = guarded(code, CLIP, tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert "Lift your hips" in result.stdout


APP = "from formcheck.cli import main\nsys.exit(main(['app', *sys.argv[1:]]))"
PAGES = ("", "live", "video", "exercises", "progress", "privacy")


@pytest.mark.parametrize("options", [[], ["--lan"]], ids=["own", "lan"])
def test_the_app_answers_and_opens_no_further_internet_socket(
    options: list[str], tmp_path: Path
) -> None:
    with StartedApp(tmp_path, *options, program=("-c", GUARD_OF_A_SERVER + APP)) as app:
        visitor = app.visitor()
        for page in PAGES:
            assert "formcheck" in visitor.words_of_page(page)
        # Streamlit would ask the internet for its own address before it refuses this one.
        assert visitor.socket_status("https://evil.example") == 403
        assert app.process.poll() is None, app.printed
        assert app.stop() == 0, app.printed


def test_the_guard_of_the_app_kills_it_when_it_opens_one(tmp_path: Path) -> None:
    outward = (
        "import threading, streamlit as st, socket\n"
        "made = st.App.__init__\n"
        "def opening(*given, **named):\n"
        "    threading.Timer(0.1, lambda: socket.socket(socket.AF_INET)).start()\n"
        "    made(*given, **named)\n"
        "st.App.__init__ = opening\n"
    )
    app = StartedApp(tmp_path, program=("-c", GUARD_OF_A_SERVER + outward + APP))
    assert app.process.wait(60) == -signal.SIGSYS
    app.close()
