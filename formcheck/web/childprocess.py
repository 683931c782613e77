"""A process of the app's own, seen from both its ends.

It is given one line, its task, and tells its news a line each. It ends when whoever began it does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from enum import Enum
from typing import IO

__all__ = ["STOP_S", "State", "begin", "end", "end_with_parent", "hang_up", "own_stdout"]

STOP_S = 3.0
"""A process that is told to end may take so long."""


class State(str, Enum):
    """How far something is that a process does."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    UNSURE = "unsure"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing more happens."""
        return self not in (State.WAITING, State.WORKING)


# --- Outside --------------------------------------------------------------------------------------


def begin(command: Sequence[str], task: str, *, polite: bool = True) -> subprocess.Popen[str]:
    """Starts a process and gives it its task.

    Args:
        command: The program and its arguments.
        task: One line.
        polite: Whether it gives way to other programs, where the system lets us say so from here.

    Raises:
        OSError: it can't be started, e.g. for lack of memory.
    """
    kind = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0) if polite else 0
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        creationflags=kind,
    )
    assert process.stdin is not None
    with suppress(OSError):  # Dead already: seen where its answers are read.
        process.stdin.write(task + "\n")
        process.stdin.flush()
    return process


def end(process: subprocess.Popen[str]) -> None:
    """Ends a process, by force when it does not listen."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def hang_up(process: subprocess.Popen[str]) -> None:
    """Closes the pipes of a process that is over."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


# --- Inside ---------------------------------------------------------------------------------------


def own_stdout() -> IO[str]:
    """Stdout for the news alone: what else is printed goes to stderr."""
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return own


def end_with_parent() -> None:
    """Ends this process when stdin does, whatever it is doing."""

    def wait() -> None:
        while sys.stdin.read(1):
            pass
        os._exit(1)

    threading.Thread(target=wait, name="formcheck-parent", daemon=True).start()
