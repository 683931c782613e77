"""``formcheck app`` as a person starts it: where it listens, what it says, and how it ends."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from started_app import StartedApp, Visitor, free_port

from formcheck.cli import main
from formcheck.commands import app as command
from formcheck.web.lan.addresses import reach

FOREIGN_CONFIG = """
[server]
address = "0.0.0.0"
baseUrlPath = "elsewhere"
enableCORS = false
enableXsrfProtection = false
[browser]
gatherUsageStats = true
"""


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedApp]:
    """The app as it starts by itself, from a folder with settings of another Streamlit app."""
    folder = tmp_path_factory.mktemp("local")
    (folder / "working" / ".streamlit").mkdir(parents=True)
    (folder / "working" / ".streamlit" / "config.toml").write_text(FOREIGN_CONFIG)
    with StartedApp(folder) as app:
        yield app


@pytest.fixture(scope="module")
def lan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedApp]:
    """The app for the devices of a home."""
    with StartedApp(tmp_path_factory.mktemp("lan"), "--lan") as app:
        yield app


def listening(app: StartedApp) -> set[tuple[str, int]]:
    """Where the process and its children listen."""
    process = psutil.Process(app.process.pid)
    return {
        (c.laddr.ip, c.laddr.port)
        for one in [process, *process.children(recursive=True)]
        for c in one.net_connections("inet")
        if c.status == psutil.CONN_LISTEN
    }


def read_picture(printed: str) -> str:
    """What a camera reads from the picture in a terminal."""
    rows = [line[2:] for line in printed.splitlines() if re.fullmatch(r"  [█▀▄ ]{30,}", line)]
    upper = [[255 * (c in "█▀") for c in row] for row in rows]
    lower = [[255 * (c in "█▄") for c in row] for row in rows]
    picture = np.array([row for both in zip(upper, lower, strict=True) for row in both], np.uint8)
    words, _, _ = cv2.QRCodeDetector().detectAndDecode(picture.repeat(8, 0).repeat(8, 1))
    return str(words)


def own_address() -> str:
    """An address of this machine that other devices could use."""
    return next((str(a) for a in reach().addresses if a.version == 4), "127.0.0.2")


# -- on this computer alone ----------------------------------------------------------------------


def test_it_listens_on_this_computer_alone(local: StartedApp) -> None:
    assert listening(local) == {("127.0.0.1", local.port)}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((own_address(), local.port), timeout=5)


def test_it_answers_where_it_says(local: StartedApp) -> None:
    assert local.address == f"http://127.0.0.1:{local.port}"
    visitor = local.visitor()
    assert visitor.status("/") == 200
    assert visitor.status("/live") == 200
    assert visitor.status("/_stcore/health") == 200


def test_foreign_names_and_pages_are_refused(local: StartedApp) -> None:
    visitor = local.visitor()
    assert visitor.status("/", Host="evil.example") == 403
    assert visitor.socket_status("https://evil.example") == 403
    assert visitor.socket_status(local.address) == 101


def test_it_says_where_it_runs_and_how_to_stop_it_and_no_more(local: StartedApp) -> None:
    for page in ("", "live", "exercises", "privacy"):
        local.visitor().words_of_page(page)
    assert local.printed.splitlines() == [
        f"formcheck runs at http://127.0.0.1:{local.port}",
        "Only this computer can open it. To stop it, press Ctrl-C here.",
    ]


def test_it_writes_nothing_outside_its_folders_and_keeps_nothing_unasked(local: StartedApp) -> None:
    for page in ("", "live", "video", "exercises", "progress", "privacy"):
        local.visitor().words_of_page(page)
    assert list(local.user.rglob("*")) == []
    assert [p.name for p in local.working.rglob("*")] == [".streamlit", "config.toml"]
    assert [p for p in local.home.rglob("*") if p.is_file()] == []


def test_a_taken_port_is_one_sentence_and_nothing_else(local: StartedApp, tmp_path: Path) -> None:
    second = StartedApp(tmp_path, port=local.port)
    assert second.process.wait(60) == 2
    second.close()
    assert second.printed.splitlines() == [
        f"formcheck: port {local.port} is taken, perhaps by a formcheck that still runs; stop "
        f"that, or choose another, e.g. --port {local.port + 1}"
    ]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_with_a_line_and_leaves_nothing(how: signal.Signals, tmp_path: Path) -> None:
    with StartedApp(tmp_path) as app:
        app.visitor().words_of_page("")
        assert app.stop(how) == 0
        assert app.printed.splitlines()[-1] == "formcheck: stopped."
        assert list(app.temporary.rglob("*")) == []


@pytest.mark.parametrize("options", [[], ["--lan"]], ids=["own", "lan"])
def test_it_ends_while_a_page_is_open(options: list[str], tmp_path: Path) -> None:
    with StartedApp(tmp_path, *options) as app:
        with app.visitor().open_socket():
            before = app.printed
            assert app.stop() == 0
        assert app.printed.removeprefix(before) == "formcheck: stopped.\n"


# -- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--port", "0"], "--port 0 can't be used; give a whole number from 1 to 65535"),
        (["--port", "eight"], "--port eight can't be used"),
        (["--port", "70000"], "--port 70000 can't be used"),
        (["--live-sessions", "0"], "--live-sessions 0 can't be used; give a whole number from 1"),
        (["--max-clip-mb", "-5"], "--max-clip-mb -5 can't be used"),
        (["--max-clip-minutes", "1.5"], "--max-clip-minutes 1.5 can't be used"),
        (["--home", __file__], "is a file, so nothing can be kept in"),
        (["--home", f"{__file__}/deeper"], "is a file, so nothing can be kept in"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_sentence(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [f"{options[0]}={options[1]}"]  # as one word, so that -5 is no option
    assert main(["app", "--no-browser", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_setting_in_the_environment_is_checked_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORMCHECK_MAX_CLIP_MB", "lots")
    assert main(["app", "--no-browser"]) == 2
    assert "FORMCHECK_MAX_CLIP_MB='lots' can't be used" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["app", "demo"])
def test_options_come_before_the_environment(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started: list[command._Start] = []
    monkeypatch.setattr(command, "_serve", lambda start, door, here: started.append(start))
    monkeypatch.setenv("FORMCHECK_MAX_CLIP_MB", "200")
    monkeypatch.setenv("FORMCHECK_LIVE_SESSIONS", "7")
    given = ["--max-clip-mb", "90", "--max-clip-minutes", "3", "--home", str(tmp_path / "kept")]
    assert main([name, "--port", str(free_port()), *given]) == 0
    settings = started[0].settings
    assert (settings.max_clip_mb, settings.max_clip_minutes, settings.live_sessions) == (90, 3, 7)
    assert settings.home == tmp_path / "kept"
    assert not settings.lan
    assert not settings.home.exists()
    assert started[0].page == {"app": "/", "demo": "/video?demo=1"}[name]


# -- the browser ---------------------------------------------------------------------------------


def test_a_browser_that_opens_is_not_talked_about(capsys: pytest.CaptureFixture[str]) -> None:
    opened: list[str] = []
    command._try_browser("http://here/", lambda address: not opened.append(address))
    assert opened == ["http://here/"]
    assert capsys.readouterr().out == ""


def test_without_a_browser_the_address_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(address: str) -> bool:
        raise OSError("no display")

    for opener in (broken, lambda address: False):
        command._try_browser("http://here/", opener)
        assert "open this yourself: http://here/" in capsys.readouterr().out


def test_the_browser_is_opened_once_the_app_answers(tmp_path: Path) -> None:
    asked = tmp_path / "asked.txt"
    browser = tmp_path / "browser"
    browser.write_text(
        f"#!{sys.executable}\n"
        "import sys, urllib.request\n"
        "status = urllib.request.urlopen(sys.argv[1], timeout=20).status\n"
        f"open({str(asked)!r}, 'w').write(f'{{sys.argv[1]}} {{status}}')\n"
    )
    browser.chmod(0o755)
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "formcheck", "demo", "--port", str(port)],
        env={**os.environ, "BROWSER": str(browser), "HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        waiting = threading.Event()
        for _ in range(900):
            if asked.exists() and asked.read_text():
                break
            waiting.wait(0.1)
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=30)
    assert asked.read_text() == f"http://127.0.0.1:{port}/video?demo=1 200"
    assert process.returncode == 0, printed


# -- for the devices of a home -------------------------------------------------------------------


def test_for_a_home_it_listens_on_all_networks_and_refuses_whoever_is_not_paired(
    lan: StartedApp,
) -> None:
    assert {port for _, port in listening(lan)} == {lan.port}
    assert not {ip for ip, _ in listening(lan)} & {"127.0.0.1", "::1"}
    for address in (own_address(), "127.0.0.1"):
        visitor = Visitor(f"https://{address}:{lan.port}")
        for path in ("/", "/live", "/_stcore/health", "/formcheck/voice/one.wav"):
            assert visitor.status(path) == 403
        assert visitor.socket_status(f"https://{address}:{lan.port}") == 403
        assert visitor.status("/formcheck/pair") == 200


def test_for_a_home_it_speaks_no_plain_http(lan: StartedApp) -> None:
    with pytest.raises((ConnectionError, OSError)):
        Visitor(f"http://{own_address()}:{lan.port}").status("/")


def test_the_code_that_is_shown_lets_one_device_in(lan: StartedApp) -> None:
    visitor = lan.visitor()
    assert lan.address == f"https://{own_address()}:{lan.port}"
    assert visitor.status("/") == 200
    assert "formcheck" in visitor.words_of_page("")
    assert "formcheck: paired" in lan.printed
    second = Visitor(lan.address)
    assert second.pair(lan.code) == 403
    assert second.status("/") == 403


def test_the_terminal_shows_the_picture_and_the_fingerprint(lan: StartedApp) -> None:
    assert read_picture(lan.printed) == (
        f"{lan.address}/formcheck/pair?code={lan.code.replace('-', '')}"
    )
    served = ssl.get_server_certificate(("127.0.0.1", lan.port))
    shown = hashlib.sha256(ssl.PEM_cert_to_DER_cert(served)).hexdigest().upper()
    printed = re.findall(r"^  ((?:[0-9A-F]{2}:?){16})$", lan.printed, re.MULTILINE)
    assert shown == "".join(printed[:2]).replace(":", "")


def test_for_a_home_nothing_is_left_and_a_restart_forgets_who_was_paired(tmp_path: Path) -> None:
    port = free_port()
    with StartedApp(tmp_path / "first", "--lan", port=port) as first:
        keys = list(first.temporary.rglob("key.pem"))
        assert keys == []  # on the disk for the moment of the start alone
        visitor = first.visitor()
        assert visitor.status("/") == 200
        assert first.stop() == 0
        assert list(first.temporary.rglob("*")) == []
    with StartedApp(tmp_path / "second", "--lan", port=port) as second:
        assert visitor.status("/") == 403
        assert second.stop() == 0


def test_without_a_network_there_is_nothing_to_share(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(psutil, "net_if_addrs", dict)
    assert main(["app", "--lan", "--no-browser", "--port", str(free_port())]) == 2
    assert "connect it to your Wi-Fi, or start without --lan" in capsys.readouterr().err
