"""What lies on disk beside the list: the app's folder, and the kept clips in it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from formcheck.errors import BundleError, LibraryError
from formcheck.media.bundle import open_bundle

__all__ = [
    "CLIPS",
    "MEASURED",
    "below_home",
    "delete_clips",
    "make_private",
    "make_private_file",
    "recording_in",
    "tell_left",
    "why",
]

CLIPS = "sessions"
"""Folder of the kept clips, below the home of the app: whatever is in it is ours to delete."""

MEASURED = "measured"
"""Folder of what was measured of recordings that lie elsewhere, below the home of the app."""

_RECORDED = ("session", "trace")


def make_private(folder: Path) -> Path:
    """Creates a folder that nobody else on the machine can open; one that exists stays as it is.

    Raises:
        OSError: it can't be created.
    """
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def make_private_file(file: Path) -> None:
    """Creates a file that nobody else on the machine can read, or makes it one.

    Raises:
        OSError: it can't be created.
    """
    make_private(file.parent)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    if os.name == "posix" and file.stat().st_mode & 0o077:
        file.chmod(0o600)


def below_home(home: Path, folder: Path) -> str:
    """A folder as the list keeps it: below the home, with slashes, so that the home may be moved.

    Raises:
        ValueError: it is not below the home.
    """
    top, inside = home.resolve(), folder.resolve()
    if top not in inside.parents:
        raise ValueError(f"{folder} is not below {home}")
    return inside.relative_to(top).as_posix()


def recording_in(folder: Path) -> str | None:
    """Which recording a bundle holds: the same for every copy of it, whatever was noted since.

    Args:
        folder: The bundle, folder or ``.formcheck`` file.

    Returns:
        64 hexadecimal digits, or None when there is no bundle that can be opened.
    """
    try:
        parts = open_bundle(folder).manifest.parts
    except (BundleError, OSError):
        return None
    found = [parts[role].sha256 for role in _RECORDED if role in parts]
    return hashlib.sha256("".join(found).encode()).hexdigest() if found else None


def delete_clips(home: Path, folders: Iterable[str | None], go_on: bool = False) -> list[Path]:
    """Deletes kept clips; returns those that lie behind a link, which is never followed.

    Args:
        home: The app's folder; nothing outside of it is deleted.
        folders: Below the home.
        go_on: Whether to return what can't be deleted as well.

    Raises:
        LibraryError: a clip can't be deleted.
    """
    left = []
    for folder in dict.fromkeys(folder for folder in folders if folder):
        path = home / folder
        if not _is_really_below(home, folder):
            left.append(path)
            continue
        try:
            if path.exists():
                shutil.rmtree(path)
        except OSError as error:
            if not go_on:
                raise LibraryError(
                    f"the kept clip in {path} can't be deleted: {why(error)}; delete it by "
                    "hand, then delete the session again"
                ) from error
            left.append(path)
    return left


def tell_left(left: Iterable[Path], done: str) -> None:
    """Says which clips could not be deleted, if any.

    Args:
        left: The clips.
        done: What was done all the same, e.g. "the session was deleted".

    Raises:
        LibraryError: there are some.
    """
    paths = ", ".join(str(path) for path in left)
    if paths:
        raise LibraryError(f"{done}, but not the clip in {paths}; delete that by hand")


def why(error: BaseException) -> str:
    """The reason that an error gives."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _is_really_below(home: Path, folder: str) -> bool:
    """Whether a folder as it is kept in the list lies below the home, without any link."""
    parts = PurePosixPath(folder).parts
    if not parts or ".." in parts or PurePosixPath(folder).is_absolute():
        return False
    path = home
    for part in parts:
        path = path / part
        if path.is_symlink():
            return False
    return True
