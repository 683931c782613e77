"""All or nothing: results appear in the output folder together, or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from formcheck.errors import OutputError

_PREFIX = ".formcheck-"


@contextmanager
def staged(output: Path) -> Iterator[Path]:
    """A temporary folder whose files move to ``output`` when the block ends well.

    The folder lies inside ``output``: that is the one place that is sure to be on the same file
    system (it may be a mount), so moving is renaming. Files of the same name are replaced, other
    files are left alone. When any exception leaves the block, KeyboardInterrupt too, everything
    is as before, and folders that were made for ``output`` are gone.

    Args:
        output: The folder for the results; made if missing.

    Yields:
        The folder to write to; it may get sub-folders.

    Raises:
        OutputError: ``output`` can't be made or written to.
    """
    made: list[Path] = []
    try:
        try:
            _make(output, made)
            stage = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=output))
        except OSError as error:
            raise OutputError(_sentence(output, error)) from error
        try:
            results = stage / "results"
            results.mkdir()
            yield results
            try:
                _publish(results, output, stage / "replaced")
            except OSError as error:
                raise OutputError(_sentence(output, error)) from error
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    except BaseException:
        for folder in reversed(made):
            with suppress(OSError):  # somebody else's files are in it now
                folder.rmdir()
        raise


def _make(folder: Path, made: list[Path]) -> None:
    """Make a folder and its parents, noting each in ``made``."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        _make(folder.parent, made)
    with suppress(FileExistsError):  # made by someone else meanwhile
        folder.mkdir()
        made.append(folder)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))


def _publish(results: Path, output: Path, replaced: Path) -> None:
    """Move every file to its place; on any failure put everything back."""
    undo: list[tuple[Path, Path]] = []
    made: list[Path] = []
    try:
        for source in sorted(path for path in results.rglob("*") if not path.is_dir()):
            target = output / source.relative_to(results)
            _make(target.parent, made)
            if target.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
            if target.exists() or target.is_symlink():
                kept = replaced / source.relative_to(results)
                kept.parent.mkdir(parents=True, exist_ok=True)
                undo.append((kept, target))
                target.replace(kept)
            undo.append((target, source))
            source.replace(target)
    except BaseException:
        for now_at, back_to in reversed(undo):
            with suppress(OSError):
                now_at.replace(back_to)
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()
        raise


def _sentence(output: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        cause = "the disk is full: free some space"
    elif error.errno in (errno.EEXIST, errno.ENOTDIR):
        cause = "a file of that name is in the way: choose another folder"
    elif error.errno == errno.EISDIR:
        cause = f"the folder {Path(str(error.filename)).name} is in the way: choose another folder"
    else:
        cause = f"{error.strerror}: choose another folder"
    return f"The output folder {output} can't be written: {cause}."
