"""The app as a process of its own, as its user starts it, and what it holds on to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psutil

START_S = 60.0
STOP_S = 75.0
STOPPED_BY_SIGNAL = (0, -signal.SIGTERM)
"""Both are a clean end: uvicorn passes the signal on once it has closed everything."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds on to at one moment.

    Attributes:
        threads: How many threads it has, native ones included.
        children: Its child processes, by their command.
        connections: Its open connections, without the socket that it listens on.
        files: What its file descriptors stand for, without what is kept in its home (the list of
            sessions keeps a few open) and fonts (matplotlib keeps up to 64 of them).
        temporary: Files and folders in its temporary folder.
        memory_mb: Resident memory.
    """

    threads: int
    children: tuple[str, ...]
    connections: int
    files: tuple[str, ...]
    temporary: tuple[str, ...]
    memory_mb: float


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class AppServer:
    """``formcheck app`` in a process of its own, with its own home and temporary folder.

    Args:
        folder: Where both are made.
        settings: Further environment variables.
        program: What Python runs; told the port in the end.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str] | None = None,
        program: Sequence[str] = ("-m", "formcheck", "app", "--no-browser"),
    ) -> None:
        self.port = free_port()
        self.home = folder / "home"
        self.temporary = folder / "temporary"
        self._settings = dict(settings or {})
        self._program = program
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._left_by_kill: tuple[str, ...] = ()
        self.temporary.mkdir(parents=True)

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> psutil.Process:
        """The running process."""
        assert self._process is not None
        return psutil.Process(self._process.pid)

    @property
    def log(self) -> str:
        """What it has printed so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Starts it and waits until it answers."""
        environment = {
            **os.environ,
            "FORMCHECK_HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "PYTHONUNBUFFERED": "1",
            **self._settings,
        }
        command = [sys.executable, *self._program, "--port", str(self.port)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._answers, START_S, lambda: f"the app did not start:\n{self.log}")

    def stop(self) -> None:
        """Asks it to end; it must do so cleanly, and take everything along.

        Raises:
            AssertionError: it had to be killed, failed, or left something behind.
        """
        assert self._process is not None
        children = self.process.children(recursive=True)
        self._process.terminate()
        try:
            code = self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the app did not end within {STOP_S:g} s:\n{self.log}") from None
        self._forget()
        assert code in STOPPED_BY_SIGNAL, f"the app ended with {code}:\n{self.log}"
        assert "Traceback" not in self.log, self.log
        _, alive = psutil.wait_procs(children, timeout=5.0)
        assert not alive, [_command(child) for child in alive]
        assert set(self._left()) <= set(self._left_by_kill)

    def kill(self) -> None:
        """Ends it at once, as a power cut does."""
        if self._process is None:
            return
        children = self.process.children(recursive=True)
        self._process.kill()
        self._process.wait()
        self._forget()
        self._left_by_kill = self._left()
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()

    def tell(self, line: str) -> None:
        """Writes a line to its standard input."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def held(self) -> Held:
        """What it holds on to now."""
        process = self.process
        with process.oneshot():
            connections = process.net_connections(kind="inet")
            return Held(
                threads=process.num_threads(),
                children=tuple(_command(child) for child in process.children(recursive=True)),
                connections=sum(c.status != psutil.CONN_LISTEN for c in connections),
                files=self._open_files(process.pid),
                temporary=self._left(),
                memory_mb=process.memory_info().rss / 1e6,
            )

    def __enter__(self) -> AppServer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is None:
            return
        if kind is None:
            self.stop()
        else:
            self.kill()

    def _forget(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"the app ended at once:\n{self.log}"
        try:
            with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def _open_files(self, pid: int) -> tuple[str, ...]:
        names = []
        for number in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                names.append(str(number.readlink()).partition(":[")[0])
        kept = (str(self.home), ".ttf")
        return tuple(sorted(n for n in names if not (n.startswith(kept[0]) or n.endswith(kept[1]))))

    def _left(self) -> tuple[str, ...]:
        # Folders may go while they are looked through.
        found = [
            Path(folder, name).relative_to(self.temporary)
            for folder, folders, files in os.walk(self.temporary)
            for name in (*folders, *files)
        ]
        return tuple(sorted(map(str, found)))


def wait_until(
    holds: Callable[[], bool], timeout_s: float, problem: Callable[[], str] | str = ""
) -> None:
    """Waits until something holds.

    Raises:
        AssertionError: it did not within the time.
    """
    deadline = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(problem if isinstance(problem, str) else problem())
        time.sleep(0.05)


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())[:200] or process.name()
    except psutil.NoSuchProcess:
        return "gone"
