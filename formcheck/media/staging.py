"""All or nothing: results appear in the output folder together, or not at all.

:func:`staged` fills a folder that may hold other files; :func:`appearing` makes one file or one new
folder, which even a killed process leaves whole or not at all.
"""

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
    with _stage_in(output) as stage:
        results = stage / "results"
        results.mkdir()
        yield results
        try:
            _publish(results, output, stage / "replaced")
        except OSError as error:
            raise OutputError(_sentence(output, error)) from error


@contextmanager
def appearing(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """A path to write a file or a folder to that becomes ``target`` in one step.

    What was written is on the disk before its name is. A process that is killed on the way leaves
    a hidden folder behind and nothing under the name.

    Args:
        target: The file or folder; its parents are made if missing.
        replace: Whether a file of that name is replaced. A folder never is.

    Yields:
        Where to write: a path beside ``target`` on the same file system, not there yet.

    Raises:
        OutputError: something is there already, or it can't be written.
    """
    with _stage_in(target.parent) as stage:
        yield stage / target.name
        try:
            _rename(stage / target.name, target, replace=replace)
        except OSError as error:
            raise OutputError(_cannot_appear(target, error)) from error


@contextmanager
def _stage_in(folder: Path) -> Iterator[Path]:
    """A hidden folder within ``folder``, which is made if missing; after a failure neither stays.

    Raises:
        OutputError: it can't be made.
    """
    made: list[Path] = []
    try:
        try:
            _make(folder, made)
            stage = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
        except OSError as error:
            raise OutputError(_sentence(folder, error)) from error
        try:
            yield stage
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    except BaseException:
        for each in reversed(made):
            with suppress(OSError):  # somebody else's files are in it now
                each.rmdir()
        raise


def _rename(source: Path, target: Path, *, replace: bool) -> None:
    if (target.exists() or target.is_symlink()) and not (replace and target.is_file()):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    for path in [*source.rglob("*"), source]:
        on_disk(path)
    source.replace(target)
    on_disk(target.parent)


def on_disk(path: Path) -> None:
    """Waits until a file, or the names in a folder, would survive a power cut.

    Raises:
        OSError: the disk failed.
    """
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders.
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cannot_appear(target: Path, error: OSError) -> str:
    if error.errno == errno.EEXIST:
        return f"{target.name} is there already: choose another name or remove it."
    return f"{target.name} can't be written: {why_not_written(error)}."


def why_not_written(error: OSError) -> str:
    """What went wrong and what helps, as the end of a sentence."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full: free some space"
    return f"{error.strerror}: choose another folder"


def clear_leftovers(output: Path) -> None:
    """Removes what is left in an output folder of a process that was killed at its work.

    Only for a folder that nobody else is writing to.
    """
    if output.is_dir():
        for stage in output.glob(f"{_PREFIX}*"):
            shutil.rmtree(stage, ignore_errors=True)


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
