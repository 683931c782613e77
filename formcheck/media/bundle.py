"""Bundles: some files that belong together, as one folder or one ``.formcheck`` file (a zip).

``manifest.json`` names every part with its size and SHA-256; a part that does not fit is never
handed out. This module knows bytes and hashes; what a part means is :mod:`formcheck.sessionfile`'s.
The format is written down in ``docs/bundle.md``.

In a folder a part is replaced by writing a file of a new name and then the manifest, in one step:
a process that is killed on the way leaves the bundle as it was, and a stray file that no manifest
names. Files that it does not name are not part of the bundle.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO

from formcheck.errors import BundleError, FormcheckError, OutputError
from formcheck.media.bundlezip import ZIP_TROUBLE, ZipParts, write_zip
from formcheck.media.manifest import (
    MANIFEST,
    MAX_MANIFEST_BYTES,
    Manifest,
    Part,
    read_manifest,
)
from formcheck.media.staging import appearing, on_disk, why_not_written

__all__ = [
    "MANIFEST",
    "SUFFIX",
    "Bundle",
    "Manifest",
    "Part",
    "Source",
    "copy_bundle",
    "is_bundle",
    "open_bundle",
    "seal",
    "update_bundle",
    "write_bundle",
]

SUFFIX = ".formcheck"
MAX_READ_BYTES = 256 * 2**20
"""Larger parts (clips) are copied, not read into memory."""
_BLOCK = 2**16

Source = bytes | Path
"""What a part is made from: its bytes, or a file that is copied."""

_OpenFile = Callable[[str], AbstractContextManager[IO[bytes]]]


class Bundle:
    """A bundle that was opened; nothing is kept open.

    Attributes:
        path: The folder or file.
        manifest: What it holds.
    """

    def __init__(self, path: Path, manifest: Manifest, open_file: _OpenFile) -> None:
        self.path = path
        self.manifest = manifest
        self._open_file = open_file

    @property
    def is_folder(self) -> bool:
        """Whether its parts are files of a folder."""
        return self.path.is_dir()

    def __contains__(self, role: object) -> bool:
        """Whether there is a part of this role."""
        return role in self.manifest.parts

    def file_of(self, role: str) -> Path | None:
        """Where a part lies on the disk, or None in a zip or when there is none.

        Its bytes are not verified.

        Raises:
            BundleError: it is missing, or a link or a device.
        """
        part = self.manifest.parts.get(role)
        return _plain_file(self.path, part.file) if part is not None and self.is_folder else None

    def read(self, role: str) -> bytes:
        """The bytes of a part, verified.

        Raises:
            BundleError: there is none, it is not what the manifest says, or too large to be read
                at once.
        """
        part = self._part(role)
        if part.size_bytes > MAX_READ_BYTES:
            raise BundleError(
                f"{self.path.name}: {part.file} is too large for what it should be "
                f"({part.size_bytes / 2**20:.0f} MB); do not trust this file."
            )
        return b"".join(self._verified(part))

    def copy(self, role: str, target: Path) -> None:
        """Writes a part to a file, verified; one that does not fit leaves nothing.

        Raises:
            BundleError: as for :meth:`read`.
            OutputError: the file can't be written, or is there already.
        """
        with appearing(target) as path:
            self._copy(self._part(role), path)

    def check(self, role: str) -> str:
        """Reads one part, keeps nothing of it, and gives its SHA-256.

        Raises:
            BundleError: there is none, or it is not what the manifest says.
        """
        part = self._part(role)
        for _ in self._verified(part):
            pass
        return part.sha256

    def verify(self) -> None:
        """Reads everything.

        Raises:
            BundleError: a part is not what the manifest says.
        """
        for part in self.manifest.parts.values():
            for _ in self._verified(part):
                pass

    def _copy(self, part: Part, target: Path) -> None:
        with _writing(target) as file:
            for block in self._verified(part):
                file.write(block)

    def _part(self, role: str) -> Part:
        try:
            return self.manifest.parts[role]
        except KeyError:
            raise BundleError(f"{self.path.name} holds no {role}.") from None

    def _verified(self, part: Part) -> Iterator[bytes]:
        """The blocks of a part; raises after the last one at the latest when they don't fit."""
        digest, size = hashlib.sha256(), 0
        for block in self._blocks(part.file):
            size += len(block)
            digest.update(block)
            if size > part.size_bytes:
                break
            yield block
        if size != part.size_bytes or digest.hexdigest() != part.sha256:
            raise BundleError(
                f"{self.path.name} is damaged: {part.file} is not what was saved; take a copy "
                "that is whole."
            )

    def _blocks(self, file: str) -> Iterator[bytes]:
        with _reading(self.path), self._open_file(file) as stream:
            while block := stream.read(_BLOCK):
                yield block


def is_bundle(path: Path) -> bool:
    """Whether something looks like a bundle: a folder with a manifest, or a file of that suffix."""
    try:
        return (path / MANIFEST).is_file() if path.is_dir() else path.suffix == SUFFIX
    except OSError:  # A folder that may not be looked into.
        return False


def open_bundle(path: Path) -> Bundle:
    """Opens a bundle and checks its manifest; parts are verified when they are read.

    Args:
        path: A folder, or a zip of whatever name.

    Raises:
        BundleError: it is missing, damaged, of a newer formcheck, or not to be trusted.
    """
    with _reading(path):
        there, is_folder = path.exists(), path.is_dir()
        finished = is_folder and (path / MANIFEST).exists()
    if not there:
        raise BundleError(f"{path} is not there: check the path of the bundle.")
    if is_folder:
        opener = _opener_in(path)
        if not finished:
            raise BundleError(
                f"{path.name} is not a formcheck bundle, or was not finished ('formcheck bundle "
                f"repair' makes a session whole that was cut off): it holds no {MANIFEST}."
            )
        return Bundle(path, _manifest_of(path, opener), opener)
    parts = ZipParts(path)
    bundle = Bundle(path, _manifest_of(path, parts.open), parts.open)
    parts.check_against({part.file: part.size_bytes for part in bundle.manifest.parts.values()})
    return bundle


def write_bundle(
    path: Path, kind: str, sources: Mapping[str, tuple[str, Source]], made_by: str, made: datetime
) -> Bundle:
    """Makes a new bundle, all of it or nothing.

    Args:
        path: A new folder, or with the suffix ``.formcheck`` a new file.
        kind: What sort of bundle it is, e.g. "session".
        sources: Role → (file name, what is in it).
        made_by: Name and version of the program.
        made: When, with its zone.

    Raises:
        OutputError: something is there already, or it can't be written.
        ValueError: a role or file name is none that a bundle may have.
    """
    if path.suffix != SUFFIX:
        with appearing(path) as stage:
            _fill(stage, kind, sources, made_by, made)
        return open_bundle(path)
    with appearing(path) as target:
        folder = target.with_name("parts")
        _fill(folder, kind, sources, made_by, made)
        _zip_folder(open_bundle(folder), target)
        shutil.rmtree(folder)
    return open_bundle(path)


def seal(
    folder: Path, kind: str, files: Mapping[str, str], made_by: str, made: datetime
) -> Manifest:
    """Makes a folder a bundle: names its parts, with their hashes, in the manifest.

    Args:
        folder: Where the files are.
        kind: What sort of bundle it is.
        files: Role → name of a file in the folder.
        made_by: Name and version of the program.
        made: When, with its zone.

    Raises:
        OutputError: the manifest can't be written.
        ValueError: a role or file name is none that a bundle may have.
    """
    parts = {role: _part_of(folder, file) for role, file in files.items()}
    manifest = Manifest(kind, made_by, made.isoformat(timespec="seconds"), parts)
    _commit(folder, manifest)
    return manifest


def update_bundle(path: Path, sources: Mapping[str, tuple[str, bytes]]) -> Bundle:
    """Adds or replaces parts; the others are left as they are. All of it happens, or nothing.

    Args:
        path: A bundle; a folder takes only what is new, a zip is written anew.
        sources: Role → (file name, bytes). In a folder the name gets a number if it is taken.

    Raises:
        BundleError: the bundle can't be read.
        OutputError: it can't be written.
    """
    bundle = open_bundle(path)
    if bundle.is_folder:
        _update_folder(bundle, sources)
    else:
        _update_zip(bundle, sources)
    return open_bundle(path)


def copy_bundle(source: Path, target: Path) -> Bundle:
    """Writes a bundle in the other form or the same one, verified on the way.

    Args:
        source: A bundle.
        target: A new folder, or with the suffix ``.formcheck`` a new file.

    Raises:
        BundleError: the bundle is damaged or not to be trusted; nothing was written.
        OutputError: something is there already, or it can't be written.
    """
    bundle = open_bundle(source)
    _check_room(bundle, target)
    with appearing(target) as path:
        if target.suffix == SUFFIX:
            _zip_folder(bundle, path)
        else:
            path.mkdir()
            _copy_parts(bundle, path, bundle.manifest.parts.values())
            (path / MANIFEST).write_bytes(bundle.manifest.to_json())
    return open_bundle(target)


def _manifest_of(path: Path, open_file: _OpenFile) -> Manifest:
    with _reading(path), open_file(MANIFEST) as stream:
        data = stream.read(MAX_MANIFEST_BYTES + 1)
    return read_manifest(data, path.name)


def _opener_in(folder: Path) -> _OpenFile:
    def open_file(name: str) -> IO[bytes]:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        return os.fdopen(os.open(_plain_file(folder, name), flags), "rb")

    return open_file


def _plain_file(folder: Path, name: str) -> Path:
    """A file of a folder; never a link, whatever that points to.

    Raises:
        BundleError: it is missing, or no plain file.
    """
    path = folder / name
    if not path.is_symlink() and not path.exists():
        raise BundleError(f"{folder.name} is damaged: {name} is missing.")
    if not stat.S_ISREG(path.lstat().st_mode):
        raise BundleError(
            f"{folder.name} is not to be trusted: {name} is a link or a device, not a file."
        )
    return path


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except FormcheckError:
        raise
    except OSError as error:
        raise BundleError(
            f"{path.name} can't be read ({error.strerror or 'damaged'}): take a copy that is whole."
        ) from error
    except ZIP_TROUBLE as error:
        raise BundleError(
            f"{path.name} is cut short or damaged: take a copy that is whole."
        ) from error


@contextmanager
def _writing(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("xb") as file:
            yield file
    except OSError as error:
        raise OutputError(f"{path.name} can't be written: {why_not_written(error)}.") from error


def _fill(
    folder: Path,
    kind: str,
    sources: Mapping[str, tuple[str, Source]],
    made_by: str,
    made: datetime,
) -> None:
    folder.mkdir()
    for name, source in sources.values():
        with _writing(folder / name) as target:
            if isinstance(source, bytes):
                target.write(source)
            else:
                with source.open("rb") as file:
                    shutil.copyfileobj(file, target, _BLOCK)
    seal(folder, kind, {role: name for role, (name, _) in sources.items()}, made_by, made)


def _part_of(folder: Path, name: str) -> Part:
    digest, size = hashlib.sha256(), 0
    with (folder / name).open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return Part(name, size, digest.hexdigest())


def _commit(folder: Path, manifest: Manifest) -> None:
    """The moment from which on the bundle is another one; its parts are on the disk before."""
    try:
        for part in manifest.parts.values():
            on_disk(folder / part.file)
        with appearing(folder / MANIFEST, replace=True) as path:
            path.write_bytes(manifest.to_json())
    except OSError as error:
        raise OutputError(f"{MANIFEST} can't be written: {why_not_written(error)}.") from error


def _update_folder(bundle: Bundle, sources: Mapping[str, tuple[str, bytes]]) -> None:
    parts, written = dict(bundle.manifest.parts), []
    try:
        for role, (name, data) in sources.items():
            file = _free_name(bundle.path, name)
            written.append(file)
            with _writing(file) as target:
                target.write(data)
            parts[role] = _part_of(bundle.path, file.name)
        _commit(bundle.path, replace(bundle.manifest, parts=parts))
    except BaseException:
        # The manifest may have been replaced before the disk complained: what it names stays.
        named = {file.name for file in written}
        with suppress(BundleError, OSError):
            named = {part.file for part in open_bundle(bundle.path).manifest.parts.values()}
        for file in written:
            if file.name not in named:
                with suppress(OSError):
                    file.unlink()
        raise
    for role in sources:
        if role in bundle:
            with suppress(OSError):  # a file that no manifest names does no harm
                (bundle.path / bundle.manifest.parts[role].file).unlink()


def _free_name(folder: Path, name: str) -> Path:
    stem, suffix = Path(name).stem, Path(name).suffix
    names = itertools.chain([name], (f"{stem}-{n}{suffix}" for n in itertools.count(2)))
    return next(folder / name for name in names if not (folder / name).exists())


def _update_zip(bundle: Bundle, sources: Mapping[str, tuple[str, bytes]]) -> None:
    kept = [part for role, part in bundle.manifest.parts.items() if role not in sources]
    with appearing(bundle.path, replace=True) as target:
        folder = target.with_name("parts")
        folder.mkdir()
        _copy_parts(bundle, folder, kept)
        parts = dict(bundle.manifest.parts)
        for role, (name, data) in sources.items():
            file = _free_name(folder, name)
            with _writing(file) as stream:
                stream.write(data)
            parts[role] = _part_of(folder, file.name)
        _commit(folder, replace(bundle.manifest, parts=parts))
        _zip_folder(open_bundle(folder), target)
        shutil.rmtree(folder)


def _copy_parts(bundle: Bundle, folder: Path, parts: Iterable[Part]) -> None:
    for part in parts:
        bundle._copy(part, folder / part.file)


def _zip_folder(bundle: Bundle, target: Path) -> None:
    """The parts in one file, the manifest first."""
    with _writing(target) as file:
        files = {part.file: bundle._verified(part) for part in bundle.manifest.parts.values()}
        write_zip(file, {MANIFEST: [bundle.manifest.to_json()], **files})


def _check_room(bundle: Bundle, target: Path) -> None:
    """Refuses what does not fit on the disk before anything is written."""
    folder = next((p for p in target.absolute().parents if p.is_dir()), None)
    if folder is None:
        return
    needed = sum(part.size_bytes for part in bundle.manifest.parts.values())
    if needed > shutil.disk_usage(folder).free:
        raise OutputError(
            f"{bundle.path.name} needs {needed / 2**20:.0f} MB, and the disk has less: free some "
            "space."
        )
