"""What else the machine does: times of a session mean something only on one with time to spare."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress

import psutil


class OtherLoad:
    """Measures how many cores are busy with something else than these processes.

    Args:
        own: Processes that count as ours, with all that they start; this one always does, and so
            does the browser that it has started.
    """

    def __init__(self, own: Iterable[psutil.Process]) -> None:
        self._own = [psutil.Process(os.getpid()), *own]
        self._began_s = time.monotonic()
        self._all_s = _busy_s()
        self._own_s = self._own_busy_s()

    def cores(self) -> float:
        """Cores busy with something else, on average since this was made."""
        ours_s = sum(
            busy_s - self._own_s.get(pid, 0.0) for pid, busy_s in self._own_busy_s().items()
        )
        return (_busy_s() - self._all_s - ours_s) / (time.monotonic() - self._began_s)

    def _own_busy_s(self) -> dict[int, float]:
        found: dict[int, float] = {}
        for root in self._own:
            for process in (root, *root.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    times = process.cpu_times()
                    found[process.pid] = times.user + times.system
        return found


def _busy_s() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system)
