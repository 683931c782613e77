"""Clips that wait for their analysis, one at a time, each in a process of its own."""

from __future__ import annotations

import json
import logging
import math
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from formcheck.closing import Closing
from formcheck.errors import InputError
from formcheck.web.childprocess import STOP_S, State, begin, end, hang_up
from formcheck.web.clips.analysing import Task

__all__ = ["Job", "Jobs", "Status", "length_of"]

SILENT_S = 180.0
"""A process that says nothing for this long is stuck; the longest silence of a sound one is while
a long clip's sound track is listened to."""
_LOOK_S = 60.0
"""Reading the first pictures of a clip takes a second."""
_TELL_LEFT_FROM = (0.03, 2.0)
"""The time left is told from this share and these seconds of work on."""
_COMMAND = (sys.executable, "-m", "formcheck.web.clips.analysing")
_CRASHED = (
    "the analysis of {} stopped unexpectedly; try it again, and if it stops again, save the clip "
    "anew with another program (as MP4) and choose that"
)
_NOT_STARTED = (
    "the analysis of {} could not be started: this computer has no memory left for it; close other "
    "programs and try again"
)
_STUCK = "the analysis of {} got stuck and was stopped; try it again, or a shorter part of the clip"
_look_lock = threading.Lock()
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Status:
    """A job at one moment.

    Attributes:
        state: How far it is.
        ahead: Clips that come before it.
        share: How much of the work is done, 0 to 1.
        left_s: Seconds left, as far as can be told, or None.
        sentence: Why it failed, or why the exercise could not be told; else empty.
        outcome: What the process told when it was done; else empty.
    """

    state: State
    ahead: int = 0
    share: float = 0.0
    left_s: float | None = None
    sentence: str = ""
    outcome: Mapping[str, Any] | None = None


class Job:
    """One clip's analysis.

    Args:
        task: What is to be done.
        when_over: Told how it ended, once, before anybody who waits for it.

    Attributes:
        task: What is to be done.
    """

    def __init__(self, task: Task, when_over: Callable[[Status], None]) -> None:
        self.task = task
        self._when_over = when_over
        self._lock = threading.Lock()
        self._state = State.WAITING
        self._share = 0.0
        self._first_share = 0.0
        self._first_news_s = math.inf
        self._news_s = 0.0
        self._sentence = ""
        self._outcome: Mapping[str, Any] | None = None
        self._process: subprocess.Popen[str] | None = None
        self._over = threading.Event()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Waits until it is over; False when it is not yet."""
        return self._over.wait(timeout_s)

    def status(self, ahead: int = 0) -> Status:
        """How it stands; it is over when everything that follows from it is done as well."""
        status = self._status(ahead)
        if status.state.over and not self._over.is_set():
            return Status(State.WORKING, share=1.0)
        return status

    def _status(self, ahead: int = 0) -> Status:
        with self._lock:
            working = self._state is State.WORKING
            return Status(
                self._state,
                ahead if self._state is State.WAITING else 0,
                self._share,
                self._left_s() if working else None,
                self._sentence,
                self._outcome,
            )

    def _left_s(self) -> float | None:
        """From the pace since the first news: starting up says nothing about what follows."""
        share, spent_s = self._share - self._first_share, time.monotonic() - self._first_news_s
        if share < _TELL_LEFT_FROM[0] or spent_s < _TELL_LEFT_FROM[1]:
            return None
        return spent_s * (1.0 - self._share) / share

    def cancel(self) -> None:
        """Stops it, now or before it begins; what is over stays as it is."""
        with self._lock:
            if self._state.over:
                return
            waiting = self._state is State.WAITING
            self._state = State.CANCELLED
            process = self._process
        if process is not None:
            end(process)
        elif waiting:
            self._finish()

    def run(self) -> None:
        """Does it; returns when it is over."""
        with self._lock:
            if self._state is not State.WAITING:
                return
            self._state = State.WORKING
            self._news_s = time.monotonic()
            try:
                self._process = process = begin(
                    _COMMAND, self.task.to_json(), polite=self.task.polite
                )
            except OSError:
                process = None
        if process is None:
            self._end(State.FAILED, _NOT_STARTED.format(self.task.name))
            self._finish()
            return
        watch = threading.Thread(target=self._watch, args=(process,), name="formcheck-watch")
        watch.start()
        try:
            assert process.stdout is not None
            for line in process.stdout:
                self._hear(line)
        finally:
            process.wait()
            hang_up(process)
            self._end(State.FAILED, _CRASHED.format(self.task.name))
            with self._lock:
                self._process = None
            self._finish()
            watch.join()

    def _finish(self) -> None:
        try:
            self._when_over(self._status())
        finally:
            self._over.set()

    def _hear(self, line: str) -> None:
        try:
            news = json.loads(line)
        except ValueError:
            return  # Broken off in the middle: the process is dead.
        with self._lock:
            self._news_s = time.monotonic()
            self._share = float(news.get("share", self._share))
            if self._first_news_s == math.inf:
                self._first_share, self._first_news_s = self._share, self._news_s
        if "done" in news:
            self._end(State.DONE, outcome=news["done"])
        elif "unsure" in news:
            self._end(State.UNSURE, news["unsure"])
        elif "failed" in news:
            self._end(State.FAILED, news["failed"])

    def _end(
        self, state: State, sentence: str = "", outcome: Mapping[str, Any] | None = None
    ) -> None:
        """Takes down how it ended, the first time."""
        with self._lock:
            if self._state.over:
                return
            self._state, self._sentence, self._outcome = state, sentence, outcome

    def _watch(self, process: subprocess.Popen[str]) -> None:
        """Stops the process when nothing is heard of it."""
        while not self._over.wait(min(1.0, SILENT_S)):
            with self._lock:
                silent_s = time.monotonic() - self._news_s
            if silent_s > SILENT_S:
                self._end(State.FAILED, _STUCK.format(self.task.name))
                end(process)


class Jobs(Closing):
    """The queue of one server. There is a thread only while there is something to do."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Job] = deque()
        self._now: Job | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def add(self, task: Task, when_over: Callable[[Status], None] = lambda status: None) -> Job:
        """Puts a clip at the end of the queue.

        Args:
            task: What is to be done.
            when_over: Told how it ended, in another thread.

        Raises:
            InputError: the app is being closed.
        """
        job = Job(task, when_over)
        with self._lock:
            if self._closed:
                raise InputError("the app is being closed; start it again")
            self._waiting.append(job)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="formcheck-jobs", daemon=True
                )
                self._thread.start()
        return job

    def status(self, job: Job) -> Status:
        """How a job stands, with its place in the queue."""
        with self._lock:
            ahead = 0
            if job in self._waiting:
                ahead = self._waiting.index(job) + (self._now is not None)
        return job.status(ahead)

    def cancel(self, job: Job) -> None:
        """Stops a job; returns when its process is gone."""
        with self._lock, suppress(ValueError):
            self._waiting.remove(job)
        job.cancel()
        job.wait(2 * STOP_S)

    def close(self) -> None:
        """Stops everything; no process and no thread stays."""
        with self._lock:
            self._closed = True
            jobs = [*self._waiting, *([self._now] if self._now is not None else [])]
            self._waiting.clear()
            thread = self._thread
        for job in jobs:
            job.cancel()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._now = self._thread = None
                    return
                self._now = job = self._waiting.popleft()
            try:
                job.run()
            except Exception:  # One job's trouble is told where it is shown; the next one is due.
                _log.exception("the analysis of a clip failed")


def length_of(task: Task) -> float | None:
    """The length of a clip in seconds, or None when it does not say; found in another process.

    Raises:
        InputError: it can't be read or is too long, in a sentence for the person.
    """
    with _look_lock:
        process = begin(_COMMAND, task.to_json(), polite=task.polite)
        killer = threading.Timer(_LOOK_S, process.kill)
        killer.start()
        try:
            assert process.stdout is not None
            lines = process.stdout.read().splitlines()
            process.wait()
        finally:
            killer.cancel()
            killer.join()
            hang_up(process)
    news = json.loads(lines[-1]) if lines and process.returncode == 0 else {}
    if "failed" in news:
        raise InputError(news["failed"])
    if "seconds" not in news:
        raise InputError(f"{task.name} can't be read; save it anew as MP4 and choose that")
    seconds: float | None = news["seconds"]
    return seconds
