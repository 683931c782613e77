"""What is made for the review of a session and kept: beside the session itself.

It lies in a folder within the session's own, which no bundle counts as a part of it: whoever
deletes the session deletes it as well, and no other list of what was made has to be right.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp

from formcheck.archive.files import CLIPS

__all__ = ["MADE", "made_in", "replacing", "trim"]

MADE = ".review"
"""Name of the folder."""


def made_in(session: Path) -> Path:
    """The folder for a session, created if need be; nobody else on the machine may open it.

    Raises:
        OSError: it can't be created, or is a link.
    """
    folder = session / MADE
    if folder.is_symlink():
        raise OSError(f"{folder} is a link")
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A file to write, private; it takes the target's place when the block ends, or is gone.

    Yields:
        Its path, beside the target and with the same suffix.

    Raises:
        OSError: it can't be written.
    """
    handle, name = mkstemp(dir=target.parent, prefix=".making-", suffix=target.suffix)
    os.close(handle)
    path = Path(name)
    try:
        yield path
        path.replace(target)
    finally:
        path.unlink(missing_ok=True)


def trim(home: Path, most_bytes: int, *, keep: Path | None = None) -> None:
    """Deletes what was not used for longest until all of it together is no larger than allowed.

    Args:
        home: The app's folder.
        most_bytes: How much may stay.
        keep: The session of which nothing is deleted: it is being looked at.
    """
    found = []
    for path in (home / CLIPS).glob(f"*/{MADE}/*"):
        with suppress(OSError):
            about = path.lstat()
            found.append((about.st_mtime, about.st_size, path))
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total <= most_bytes:
            return
        # What is being written has a hidden name.
        if path.parent.parent != keep and not path.name.startswith("."):
            with suppress(OSError):
                path.unlink()
                total -= size
