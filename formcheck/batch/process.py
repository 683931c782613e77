"""The life of a process that works on clips.

This module is the first that such a process imports, and it imports nothing itself that counts
its threads when it is loaded.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from multiprocessing import parent_process
from multiprocessing.connection import wait
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from formcheck.batch.work import Outcome, Task

__all__ = ["ONE_THREAD", "begin", "do"]

ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
"""Each makes one library of linear algebra use one thread: the cores are taken by processes."""

_TIDY_S = 5.0

_working = threading.Event()


def begin() -> None:
    """First thing in a new process."""
    for name in ONE_THREAD:
        os.environ[name] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_end_with_parent, name="formcheck-parent", daemon=True).start()


def do(task: Task) -> Outcome:
    """Does one clip."""
    from formcheck.batch.work import work_on  # noqa: PLC0415 - not before the threads are limited

    _working.set()
    try:
        return work_on(task)
    finally:
        _working.clear()


def _leave(number: int, frame: FrameType | None) -> None:
    """Leaves the clip that is being done, so that nothing half-written stays."""
    del number, frame
    if not _working.is_set():
        os._exit(1)
    raise KeyboardInterrupt


def _end_with_parent() -> None:
    """Ends this process when the one that started it is gone, whatever the reason."""
    parent = parent_process()
    if parent is None:
        return
    wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
    until_s = time.monotonic() + _TIDY_S
    while _working.is_set() and time.monotonic() < until_s:
        time.sleep(0.01)
    os._exit(1)
