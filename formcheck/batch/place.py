"""Where results go: a folder, or object storage by URL, through fsspec.

A URL that starts with ``file://`` is the folder it names. Every other one needs fsspec (the extra
``cluster``) and the library for its kind of storage.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from formcheck.errors import InputError, OutputError
from formcheck.media.staging import clear_leftovers

__all__ = ["Place", "in_words", "is_url", "local_path", "opened", "place_at"]

_FILE = "file"


class Place(Protocol):
    """Where the results of a batch lie. Names are relative, with forward slashes."""

    def read(self, name: str) -> bytes | None:
        """The bytes of a file, or None when it is not there.

        Raises:
            OutputError: it is there and can't be read.
        """
        ...

    def write(self, name: str, data: bytes) -> None:
        """Writes a file; whoever reads it finds all of it or what was there before.

        Raises:
            OutputError: it can't be written.
        """
        ...

    @contextmanager
    def folder(self, name: str) -> Iterator[Path]:
        """A folder of this machine whose files are at ``name`` when the block ends well.

        Raises:
            OutputError: they can't be written there.
        """
        ...

    def remove(self, name: str) -> None:
        """Removes a file, if it is there."""
        ...


def is_url(where: str) -> bool:
    """Whether it is a URL and no path."""
    return "://" in where


def local_path(where: str) -> Path | None:
    """The path of something on this machine, or None where it is somewhere else."""
    if not is_url(where):
        return Path(where)
    parts = urlsplit(where)
    return Path(unquote(parts.path)) if parts.scheme == _FILE else None


def place_at(where: str) -> Place:
    """The place that a path or a URL names.

    Raises:
        InputError: it is a URL that can't be reached from here.
    """
    path = local_path(where)
    return _Remote(*opened(where)) if path is None else _Folder(path)


class _Folder:
    """A folder of this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, name: str) -> bytes | None:
        try:
            return (self._root / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise OutputError(f"{self._root / name} can't be read: {error.strerror}") from error

    def write(self, name: str, data: bytes) -> None:
        path = self._root / name
        part: Path | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, part_name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
            part = Path(part_name)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.chmod(0o644)
            part.replace(path)
        except OSError as error:
            raise OutputError(
                f"{path} can't be written: {error.strerror}; free some space or choose another "
                "folder"
            ) from error
        finally:
            if part is not None:
                part.unlink(missing_ok=True)

    @contextmanager
    def folder(self, name: str) -> Iterator[Path]:
        # Whoever was killed in the middle of this clip can't tidy up any more. What is written
        # there comes as one by itself: see formcheck.media.staging.
        clear_leftovers(self._root / name)
        yield self._root / name

    def remove(self, name: str) -> None:
        with suppress(OSError):
            (self._root / name).unlink()


class _Remote:
    """A folder of a file system that fsspec knows."""

    def __init__(self, system: Any, root: str) -> None:
        self._system = system
        self._root = root.rstrip("/")

    def read(self, name: str) -> bytes | None:
        try:
            return bytes(self._system.cat_file(f"{self._root}/{name}"))
        except FileNotFoundError:
            return None
        except Exception as error:  # each kind of storage has errors of its own
            raise OutputError(f"{self._root}/{name} can't be read: {in_words(error)}") from error

    def write(self, name: str, data: bytes) -> None:
        path = f"{self._root}/{name}"
        try:
            self._system.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._system.pipe_file(path, data)
        except Exception as error:
            raise OutputError(f"{path} can't be written: {in_words(error)}") from error

    @contextmanager
    def folder(self, name: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="formcheck-") as made:
            results = Path(made) / "results"
            yield results
            for file in sorted(results.iterdir()):
                self.write(f"{name}/{file.name}", file.read_bytes())

    def remove(self, name: str) -> None:
        with suppress(Exception):  # as above; a file too many does no harm
            self._system.rm_file(f"{self._root}/{name}")


def opened(where: str) -> tuple[Any, str]:
    """The file system of a URL, and the path within it.

    Raises:
        InputError: fsspec is not installed, or it can't reach the URL.
    """
    try:
        from fsspec.core import url_to_fs  # noqa: PLC0415 - an extra, for URLs alone
    except ImportError as error:
        raise InputError(
            f"{where}: reading and writing by URL needs fsspec; install it with "
            "pip install 'formcheck[cluster]'"
        ) from error
    try:
        system, path = url_to_fs(where)
    except Exception as error:
        raise InputError(f"{where} can't be reached: {in_words(error)}") from error
    return system, str(path)


def in_words(error: BaseException) -> str:
    """What an error of some kind of storage says."""
    return str(error) or type(error).__name__
