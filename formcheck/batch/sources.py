"""Clips as they are found and fetched: by path, or by URL through fsspec."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from formcheck.batch.place import in_words, local_path, opened
from formcheck.errors import FormcheckError, InputError, MediaError
from formcheck.recording import ANNOTATED, REPORT_JSON, SLOW_MOTION

__all__ = [
    "clips_under",
    "fetched",
    "globbed",
    "is_folder",
    "is_glob",
    "read_text",
    "sha256_of",
    "size_of",
    "stamp_of",
]

_MAGIC = frozenset("*?[")
"""What makes a glob of a name."""


def is_glob(where: str) -> bool:
    """Whether it is a glob, and not the name of a file that looks like one."""
    path = local_path(where)
    return bool(_MAGIC.intersection(where)) and (path is None or not path.exists())


def read_text(where: str) -> str:
    """The text of a file, UTF-8 with or without a mark at its beginning.

    Raises:
        InputError: it can't be read, or is something else.
    """
    path = local_path(where)
    try:
        if path is not None:
            return path.read_text(encoding="utf-8-sig")
        system, remote = opened(where)
        return str(system.cat_file(remote).decode("utf-8-sig"))
    except FormcheckError:
        raise
    except UnicodeDecodeError as error:
        raise InputError(f"{where} is not UTF-8 text; save it as CSV (UTF-8)") from error
    except Exception as error:
        raise InputError(f"{where} can't be read: {in_words(error)}") from error


def is_folder(where: str) -> bool:
    """Whether it is a folder that is there."""
    path = local_path(where)
    if path is not None:
        return path.is_dir()
    system, remote = opened(where)
    try:
        return bool(system.isdir(remote))
    except Exception as error:
        raise InputError(f"{where} can't be read: {in_words(error)}") from error


def clips_under(where: str, without: str) -> list[tuple[str, str]]:
    """(path or URL, name within the folder) of every file in a folder, all the way down.

    Left out are hidden files, what lies in ``without``, and the clips among the results of an
    analysis.
    """
    path = local_path(where)
    if path is None:
        system, remote = opened(where)
        files = [str(found) for found in system.find(remote)]
        root = remote.rstrip("/")
        names = [file[len(root) :].lstrip("/") for file in files]
        return _visible([(system.unstrip_protocol(f"{root}/{name}"), name) for name in names])
    own = local_path(without)
    out = None if own is None else own.resolve()
    found = []
    for file in path.rglob("*"):
        inside = out is not None and out != path.resolve() and file.resolve().is_relative_to(out)
        result = file.name in (ANNOTATED, SLOW_MOTION) and (file.parent / REPORT_JSON).is_file()
        if file.is_file() and not inside and not result:
            found.append((str(file), file.relative_to(path).as_posix()))
    return _visible(found)


def globbed(pattern: str) -> list[tuple[str, str]]:
    """(path or URL, name) of every file that a glob names; ``**`` goes all the way down.

    The name starts where the pattern begins to be one.

    Raises:
        InputError: it is no glob, or can't be read.
    """
    path = local_path(pattern)
    try:
        return _visible(_globbed_there(pattern) if path is None else _globbed_here(path))
    except FormcheckError:
        raise
    except Exception as error:
        raise InputError(f"{pattern}: {in_words(error)}") from error


def _globbed_here(path: Path) -> list[tuple[str, str]]:
    base = path
    while _MAGIC.intersection(str(base)):
        base = base.parent
    found = base.glob(str(path.relative_to(base)))
    return [(str(file), file.relative_to(base).as_posix()) for file in found if file.is_file()]


def _globbed_there(pattern: str) -> list[tuple[str, str]]:
    system, remote = opened(pattern)
    root = remote
    while _MAGIC.intersection(root):
        root = root.rpartition("/")[0]
    files = [str(found) for found in system.glob(remote) if not system.isdir(found)]
    return [(system.unstrip_protocol(file), file[len(root) :].lstrip("/")) for file in files]


def _visible(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [
        (where, name)
        for where, name in found
        if not any(part.startswith(".") for part in PurePosixPath(name).parts)
    ]


def stamp_of(where: str) -> str | None:
    """What changes when a clip does, without reading it; None when it can't be told."""
    path = local_path(where)
    try:
        if path is not None:
            status = path.stat()
            return f"{status.st_size} {status.st_mtime_ns}"
        system, remote = opened(where)
        return f"{system.size(remote)} {system.ukey(remote)}"
    except Exception:  # whatever it is: the one who opens the clip will say so
        return None


def size_of(where: str) -> int | None:
    """Bytes of a clip, or None when that can't be told."""
    stamp = stamp_of(where)
    first = "" if stamp is None else stamp.split(" ", 1)[0]
    return int(first) if first.isdecimal() else None


@contextmanager
def fetched(where: str) -> Iterator[Path]:
    """A clip as a file of this machine, for as long as the block lasts.

    Raises:
        MediaError: it can't be fetched.
    """
    path = local_path(where)
    if path is not None:
        yield path
        return
    try:
        system, remote = opened(where)
    except InputError as error:
        raise MediaError(str(error)) from error
    name = where.rstrip("/").rpartition("/")[2]
    with tempfile.TemporaryDirectory(prefix="formcheck-") as folder:
        local = Path(folder) / name
        try:
            with system.open(remote, "rb") as source, local.open("wb") as copy:
                shutil.copyfileobj(source, copy)
        except FileNotFoundError as error:
            raise MediaError(f"{name} is not there: check the address of the clip.") from error
        except Exception as error:
            raise MediaError(f"{name} can't be fetched: {in_words(error)}") from error
        yield local


def sha256_of(path: Path) -> str:
    """Hash of a file's content, as hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
