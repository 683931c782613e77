"""What a process of the app's own begins with: its news go to its parent, and it ends with it."""

from __future__ import annotations

import os
import sys
import threading
from typing import IO

__all__ = ["end_with_parent", "own_stdout"]


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
