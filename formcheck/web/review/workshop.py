"""Where what a review needs is made: one process at a time of each kind, told how far it is."""

from __future__ import annotations

import json
import logging
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from formcheck.archive.files import make_private
from formcheck.closing import Closing
from formcheck.errors import InputError
from formcheck.web.childprocess import State, begin, end, hang_up
from formcheck.web.clips.visits import ServerFolder, remove_left_overs
from formcheck.web.review.tasks import Task

__all__ = ["Made", "Status", "Workshop"]

STAGE = "making"
"""Folder below the app's home of what is being made; empty but for that."""
SILENT_S = 180.0
"""A process that says nothing for this long is stuck."""
_COMMAND = (sys.executable, "-m", "formcheck.web.review.tasks")
_CRASHED = "it stopped unexpectedly; try it again"
_NOT_STARTED = "this computer has no memory left for it; close other programs and try again"
_REMEMBERED = 500
"""So many things that are over are still known by name."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Status:
    """Something that is made, at one moment.

    Attributes:
        state: How far it is.
        share: How much of the work is done, 0 to 1.
        sentence: Why it failed; else empty.
    """

    state: State
    share: float = 0.0
    sentence: str = ""


class Made:
    """One thing that is made, or was.

    Args:
        task: What is done; its folder is given when it begins.
        keep: Takes the folder in which everything was written to where it belongs.

    Attributes:
        task: What is done.
    """

    def __init__(self, task: Task, keep: Callable[[Path], None]) -> None:
        self.task = task
        self._keep = keep
        self._lock = threading.Lock()
        self._status = Status(State.WAITING)
        self._process: subprocess.Popen[str] | None = None
        self._over = threading.Event()
        self._ended_s = 0.0

    @property
    def failed_since_s(self) -> float:
        """For how long it has been clear that it can't be made; 0 while it is not."""
        with self._lock:
            failed = self._status.state is State.FAILED
            return time.monotonic() - self._ended_s if failed else 0.0

    @property
    def status(self) -> Status:
        """How it stands."""
        with self._lock:
            return self._status

    def wait(self, timeout_s: float) -> bool:
        """Waits until it is over; False when it is not yet."""
        return self._over.wait(timeout_s)

    def cancel(self) -> None:
        """Stops it, now or before it begins; what is over stays as it is."""
        with self._lock:
            if self._status.state.over:
                return
            self._status = replace(self._status, state=State.CANCELLED)
            process = self._process
        if process is None:
            self._over.set()
        else:
            end(process)

    def run(self, place: Callable[[], Path]) -> None:
        """Does it; returns when it is over. Nothing is left of what was half made.

        Args:
            place: Gives a folder that does not exist yet, in which it is made.
        """
        try:
            stage = place()
            try:
                self._run(stage)
            finally:
                shutil.rmtree(stage, ignore_errors=True)
        except OSError as error:
            self._end(State.FAILED, f"it can't be written: {error.strerror or error}")
        finally:
            self._end(State.FAILED, _CRASHED)
            self._over.set()

    def _run(self, stage: Path) -> None:
        make_private(stage)
        with self._lock:
            if self._status.state is not State.WAITING:
                return
            self._status = Status(State.WORKING)
            try:
                self._process = process = begin(_COMMAND, replace(self.task, into=stage).to_json())
            except OSError:
                self._status = Status(State.FAILED, sentence=_NOT_STARTED)
                self._ended_s = time.monotonic()
                return
        try:
            done = self._listen(process)
        finally:
            with self._lock:
                self._process = None
            end(process)
            hang_up(process)
        if done:
            self._keep(stage)
            self._end(State.DONE)

    def _listen(self, process: subprocess.Popen[str]) -> bool:
        """Hears what the process tells until it ends; whether it has done everything."""
        assert process.stdout is not None
        done = False
        silence = _Silence(process)
        for line in process.stdout:
            silence.broken()
            try:
                news: dict[str, Any] = json.loads(line)
            except ValueError:
                continue  # Broken off in the middle: the process is dead.
            if "failed" in news:
                self._end(State.FAILED, str(news["failed"]))
            done = done or "done" in news
            with self._lock:
                if self._status.state is State.WORKING:
                    share = float(news.get("share", self._status.share))
                    self._status = Status(State.WORKING, share)
        silence.over()
        return done and not self.status.state.over

    def _end(self, state: State, sentence: str = "") -> None:
        """Takes down how it ended, the first time."""
        with self._lock:
            if not self._status.state.over:
                share = 1.0 if state is State.DONE else self._status.share
                self._status = Status(state, share, sentence)
                self._ended_s = time.monotonic()


class _Silence:
    """Ends a process of which nothing is heard for too long: it is stuck."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._timer: threading.Timer | None = None
        self.broken()

    def broken(self) -> None:
        """Something was heard."""
        self.over()
        self._timer = threading.Timer(SILENT_S, self._process.kill)
        self._timer.daemon = True
        self._timer.start()

    def over(self) -> None:
        """Nothing more is expected."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()


class Workshop(Closing):
    """Everything that is made for the reviews of one app.

    What is asked for by the same name is made once. Each kind of task has a thread of its own, and
    only while there is something to do: a page need not wait for an export.

    Args:
        home: The app's folder.
    """

    def __init__(self, home: Path) -> None:
        self._root = home / STAGE
        self._stage: ServerFolder | None = None
        # What a killed server left half-made shows people as well.
        remove_left_overs(self._root)
        self._lock = threading.Lock()
        self._known: dict[str, Made] = {}
        self._waiting: dict[str, deque[Made]] = {}
        self._now: dict[str, Made] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._closed = False

    def ask(self, name: str, task: Task, keep: Callable[[Path], None]) -> Made:
        """What is made under a name; begun if it is not known, or was cancelled.

        Args:
            name: What it is, among everything that is made.
            task: How it is made.
            keep: Takes the folder in which everything was written to where it belongs.

        Raises:
            InputError: the app is being closed.
        """
        with self._lock:
            if self._closed:
                raise InputError("the app is being closed; start it again")
            made = self._known.get(name)
            if made is None or made.status.state is State.CANCELLED:
                made = self._known[name] = Made(task, keep)
                self._waiting.setdefault(task.what, deque()).append(made)
                self._forget_old()
                self._begin(task.what)
            return made

    def known(self, name: str) -> Made | None:
        """What is or was made under a name, or None."""
        with self._lock:
            return self._known.get(name)

    def forget(self, name: str) -> None:
        """Lets something that is over be made anew."""
        with self._lock:
            made = self._known.get(name)
            if made is not None and made.status.state.over:
                del self._known[name]

    def close(self) -> None:
        """Stops everything; no process, no thread and no half-made file stays."""
        with self._lock:
            self._closed = True
            made = [
                *self._now.values(),
                *(one for queue in self._waiting.values() for one in queue),
            ]
            for queue in self._waiting.values():
                queue.clear()
            threads = list(self._threads.values())
        for one in made:
            one.cancel()
        for thread in threads:
            thread.join()
        if self._stage is not None:
            self._stage.close()
            with suppress(OSError):  # Another server of the same home uses it.
                self._root.rmdir()

    def _place(self) -> Path:
        """Where the next thing is made; not there yet."""
        with self._lock:
            if self._stage is None:
                self._stage = ServerFolder(make_private(self._root))
            return self._stage.folder / secrets.token_hex(8)

    def _forget_old(self) -> None:
        over = [name for name, made in self._known.items() if made.status.state.over]
        for name in over[: max(0, len(over) - _REMEMBERED)]:
            del self._known[name]

    def _begin(self, kind: str) -> None:
        if kind in self._threads:
            return
        thread = threading.Thread(
            target=self._work, args=(kind,), name=f"formcheck-review-{kind}", daemon=True
        )
        self._threads[kind] = thread
        thread.start()

    def _work(self, kind: str) -> None:
        while True:
            with self._lock:
                self._now.pop(kind, None)
                if not self._waiting[kind]:
                    del self._threads[kind]
                    return
                self._now[kind] = made = self._waiting[kind].popleft()
            try:
                made.run(self._place)
            except Exception:  # One thing's trouble is told where it is shown; the next is due.
                _log.exception("something for a review could not be made")
