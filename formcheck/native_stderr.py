"""Keep the log lines of C++ libraries off the user's terminal without losing anyone else's.

MediaPipe, TensorFlow Lite and OpenCV write to file descriptor 2 themselves, where
``sys.stderr`` and ``contextlib.redirect_stderr`` can't reach them.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_LIBRARY_LINE = re.compile(
    rb"[IWEF]\d{4} \d\d:\d\d:"  # absl and glog: "W0000 00:00:1795253478.405887 ..."
    rb"|WARNING: All log messages before absl::InitializeLog"
    rb"|(INFO|WARNING): Created TensorFlow Lite"
    rb"|\[ *(INFO|WARN|ERROR|FATAL|DEBUG) *:\d+@"  # OpenCV: "[ WARN:0@0.025] global ..."
)
_STDERR = 2
_redirect = threading.RLock()
_depth = 0


@contextmanager
def without_library_logs() -> Iterator[None]:
    """Hold back what is written to stderr, then pass on all but the libraries' own log lines.

    Keep the block short (starting a model, opening a camera): meanwhile the lines of other
    threads are delayed, and ``sys.stderr.isatty()`` is false. One thread at a time is inside;
    blocks may be nested. The descriptor is restored when an exception leaves the block.
    """
    global _depth  # noqa: PLW0603 - belongs to the process, as descriptor 2 does
    with _redirect:
        if _depth:
            yield
            return
        try:
            terminal = os.dup(_STDERR)
        except OSError:  # started without a stderr: nothing to keep clean
            yield
            return
        with tempfile.TemporaryFile() as held_back:
            _depth += 1
            os.dup2(held_back.fileno(), _STDERR)
            try:
                yield
            finally:
                os.dup2(terminal, _STDERR)
                _depth -= 1
                held_back.seek(0)
                _pass_on(held_back.read(), terminal)
                os.close(terminal)


def _pass_on(text: bytes, descriptor: int) -> None:
    lines = text.splitlines(keepends=True)
    kept = b"".join(line for line in lines if not _LIBRARY_LINE.match(line))
    with suppress(OSError):  # a closed terminal is no reason to fail
        while kept:
            kept = kept[os.write(descriptor, kept) :]
