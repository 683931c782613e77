"""A process a core on this machine.

Each process has an executor of its own, which gets a clip when it is done with the one before: so
the death of a process is known to be its clip's, and the other processes go on with theirs.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from typing import TYPE_CHECKING

from formcheck.batch.process import begin, do

if TYPE_CHECKING:
    from formcheck.batch.work import Outcome, Task

__all__ = ["cores", "run_here"]

_CRASHES = 2
"""A clip that ended its process this often is given up."""
_TICK_S = 0.5
_TIDY_S = 10.0
"""So long a process may take to leave its clip without a trace."""


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_here(tasks: Sequence[Task], workers: int) -> Generator[Outcome, None, None]:
    """Does the tasks in so many processes, and gives each outcome as soon as it is there.

    When the iteration is ended early, KeyboardInterrupt too, every process leaves its clip as it
    was and ends before this returns.

    Args:
        tasks: In the order in which they are begun.
        workers: How many processes, at least 1.
    """
    waiting = deque(tasks)
    crashes: Counter[str] = Counter()
    lanes = [_Lane() for _ in range(min(workers, len(tasks)))]
    idle = list(lanes)
    busy: dict[Future[Outcome], tuple[_Lane, Task]] = {}
    try:
        while waiting or busy:
            while waiting and idle:
                lane, task = idle.pop(), waiting.popleft()
                busy[lane.submit(task)] = lane, task
            # In short waits, so that Ctrl-C is noticed on every system.
            over, _ = wait(busy, timeout=_TICK_S, return_when=FIRST_COMPLETED)
            for future in over:
                lane, task = busy.pop(future)
                try:
                    outcome = future.result()
                except BrokenProcessPool:
                    lane.close()
                    lane.begin_anew()
                    crashes[task.clip.folder] += 1
                    if crashes[task.clip.folder] < _CRASHES:
                        waiting.appendleft(task)
                    else:
                        yield _given_up(task)
                else:
                    yield outcome
                idle.append(lane)
    except BaseException:
        for lane in lanes:
            lane.stop()
        raise
    finally:
        for lane in lanes:
            lane.close()


class _Lane:
    """One process, with one clip at a time."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forgets the process; the next clip gets a new one."""
        self._executor = ProcessPoolExecutor(1, get_context("spawn"), initializer=begin)
        self._pid: Future[int] | None = None
        self._working: Future[Outcome] | None = None

    def submit(self, task: Task) -> Future[Outcome]:
        """Begins a clip."""
        with _deaf_to_interrupts():
            if self._pid is None:
                self._pid = self._executor.submit(os.getpid)
            self._working = self._executor.submit(do, task)
        return self._working

    def stop(self) -> None:
        """Asks the process to leave its clip at once."""
        if self._pid is not None and self._working is not None and not self._working.done():
            with suppress(BrokenProcessPool, TimeoutError, OSError):
                os.kill(self._pid.result(_TIDY_S), signal.SIGTERM)

    def close(self) -> None:
        """Ends the process, by force when it does not leave its clip."""
        if self._working is not None and self._pid is not None:
            wait([self._working], timeout=_TIDY_S)
            if not self._working.done() and self._pid.done():
                with suppress(BrokenProcessPool, OSError):
                    os.kill(self._pid.result(), getattr(signal, "SIGKILL", signal.SIGTERM))
        self._executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes that are started meanwhile never hear Ctrl-C: whoever started them ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


def _given_up(task: Task) -> Outcome:
    from formcheck.batch.records import Record  # noqa: PLC0415 - see formcheck.batch.process
    from formcheck.batch.work import Outcome  # noqa: PLC0415

    failed = (
        f"{task.clip.file_name}: its process ended at it twice without a word; it may need more "
        "memory than there is"
    )
    return Outcome(task, Record(task.clip.name, task.key, failed=failed))
