"""``formcheck app`` as its user starts it, and visitors of it that are no browser."""

from __future__ import annotations

import http.client
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

START_S = 90.0
STOP_S = 75.0
PAIR_PATH = "/formcheck/pair"


class StartedApp:
    """The app in a process of its own, with its own home, user folder and temporary folder.

    Args:
        folder: Where these are made.
        options: Further options of the command.
        program: What Python runs; told the options in the end.
        environment: Further environment variables.
        port: Where it listens; None: a free one.
    """

    def __init__(
        self,
        folder: Path,
        *options: str,
        program: Sequence[str] = ("-m", "formcheck", "app"),
        environment: Mapping[str, str] | None = None,
        port: int | None = None,
    ) -> None:
        self.home, self.user, self.temporary = (folder / n for n in ("home", "user", "temporary"))
        self.working = folder / "working"
        for made in (self.user, self.temporary, self.working):
            made.mkdir(parents=True, exist_ok=True)
        self.port = free_port() if port is None else port
        self._lines: list[str] = []
        self._runs = threading.Event()
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "MPL"))}
        self.process = subprocess.Popen(
            [
                sys.executable,
                *program,
                "--no-browser",
                *("--port", str(self.port)),
                *("--home", str(self.home)),
                *options,
            ],
            cwd=self.working,
            env={
                **kept,
                "HOME": str(self.user),
                "TMPDIR": str(self.temporary),
                "PYTHONUTF8": "1",
                **(environment or {}),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def printed(self) -> str:
        """What it has printed so far."""
        return "".join(self._lines)

    @property
    def address(self) -> str:
        """Where it says that it runs."""
        found = re.search(r"https?://[^\s/]+", self.printed)
        assert found is not None, self.printed
        return found[0]

    @property
    def code(self) -> str:
        """The pairing code that it shows."""
        found = re.search(r"type ([0-9A-Z]{5}-[0-9A-Z]{5})", self.printed)
        assert found is not None, self.printed
        return found[1]

    def visitor(self) -> Visitor:
        """Somebody who may come in."""
        visitor = Visitor(self.address)
        if self.address.startswith("https"):
            assert visitor.pair(self.code) == 303, self.printed
        return visitor

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Asks it to end and gives its exit code."""
        self.process.send_signal(how)
        code = self.process.wait(STOP_S)
        self._reader.join()
        return code

    def __enter__(self) -> StartedApp:
        assert self._runs.wait(START_S), f"it did not start:\n{self.printed}"
        assert self.process.poll() is None, f"it ended at once:\n{self.printed}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends it at once if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.append(line)
            if "Only this computer can open it" in line or "For another code" in line:
                self._runs.set()
        self._runs.set()


class Visitor:
    """Somebody at another program than a browser.

    Args:
        address: Of the app, without a path.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._cookie = ""
        # The certificate is of the app's own making; that it is right is tested elsewhere.
        self._trusting = ssl.create_default_context()
        self._trusting.check_hostname = False
        self._trusting.verify_mode = ssl.CERT_NONE

    def pair(self, code: str) -> int:
        """Sends the form of the page that pairs a device; keeps the cookie if it is let in."""
        host = urllib.parse.urlsplit(self._address).netloc
        form = urllib.parse.urlencode({"code": code})
        connection = http.client.HTTPSConnection(host, timeout=20, context=self._trusting)
        with closing(connection):
            connection.request("POST", PAIR_PATH, form, {"Origin": self._address})
            answer = connection.getresponse()
            self._cookie = answer.headers.get("Set-Cookie", "").partition(";")[0]
            return answer.status

    def status(self, path: str, **headers: str) -> int:
        """The status of a page or file."""
        request = urllib.request.Request(self._address + path, headers={**self._headers, **headers})
        try:
            with urllib.request.urlopen(request, timeout=20, context=self._trusting) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def socket_status(self, origin: str) -> int:
        """How Streamlit's socket answers a page of another address; 101 when it opens."""
        try:
            with self.open_socket(origin):
                return 101
        except websockets.InvalidStatus as error:
            return error.response.status_code

    def words_of_page(self, page: str) -> str:
        """Runs a page's script, as a browser that opens it does, and gives what it shows.

        Raises:
            AssertionError: the script failed.
        """
        request = BackMsg()
        request.rerun_script.page_name = page
        shown: list[str] = []
        with self.open_socket() as socket:
            socket.send(request.SerializeToString())
            while True:
                message = ForwardMsg()
                message.ParseFromString(socket.recv(timeout=60, decode=False))
                shown.append(str(message))
                if message.WhichOneof("type") == "script_finished":
                    break
        words = "\n".join(shown)
        assert 'type: "Exception"' not in words, words
        assert "exception {" not in words, words
        return words

    @property
    def _headers(self) -> dict[str, str]:
        return {"Cookie": self._cookie} if self._cookie else {}

    def open_socket(self, origin: str | None = None) -> ClientConnection:
        """Streamlit's socket, asked for by a page of ``origin``; None: of the app itself."""
        secure = self._address.startswith("https")
        return connect(
            self._address.replace("http", "ws", 1) + "/_stcore/stream",
            origin=websockets.Origin(origin or self._address),
            subprotocols=[websockets.Subprotocol("streamlit")],
            additional_headers=self._headers,
            ssl=self._trusting if secure else None,
            max_size=None,
            open_timeout=20,
        )


def free_port() -> int:
    """A port that nobody listens on."""
    import socket

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
