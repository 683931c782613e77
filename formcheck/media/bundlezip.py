"""Bundles as one file: a plain zip, read with distrust.

What is written has every part stored as it is, one after the other, at a fixed date: the same parts
give the same bytes. What is read may come from anybody, so everything that a zip can do beyond that
is refused before a byte of it is unpacked.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from formcheck.errors import BundleError
from formcheck.media.manifest import (
    MANIFEST,
    MAX_BUNDLE_BYTES,
    MAX_PARTS,
    refuse_file_name,
    refuse_together,
    shown,
)

ZIP_TROUBLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    UnicodeError,
    ValueError,
    MemoryError,
)
"""What reading a broken zip may raise."""

MAX_RATIO = 100
"""A part that unpacks to more than so many times its size is a bomb: reports reach 20."""
_SMALL_BYTES = 2**20
"""Parts that unpack to less do no harm, whatever their ratio."""
_MAX_READ_BYTES = 2**20
"""The directory of :data:`MAX_PARTS` parts is far smaller."""
_LOCAL_HEADER_BYTES = 30
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = stat.S_IFREG | 0o644
_ENCRYPTED = 0x1


class _Wary(io.FileIO):
    """A file of which never more than a megabyte is read at a time.

    ``zipfile`` reads the directory in one piece, of whatever length the file claims for it.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            size = _MAX_READ_BYTES
        if size > _MAX_READ_BYTES:
            raise zipfile.BadZipFile("a directory that is too large")
        return super().read(size) or b""


class ZipParts:
    """The parts of a zip that was looked over; nothing is kept open.

    Args:
        path: The file.

    Raises:
        BundleError: it is no zip, damaged, or holds what a bundle may not.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._archive() as archive:
            self._sizes = {info.filename: info.file_size for info in archive.infolist()}

    def check_against(self, sizes: Mapping[str, int]) -> None:
        """Makes sure that the zip holds what its manifest names, and nothing else.

        Args:
            sizes: File name → bytes, without the manifest itself.

        Raises:
            BundleError: something is missing, of another size, or not named.
        """
        found = {name: size for name, size in self._sizes.items() if name != MANIFEST}
        for name in found:
            if name not in sizes:
                raise self._distrust(f"it holds {shown(name)}, which its {MANIFEST} does not name")
        for name, size in sizes.items():
            if found.get(name) != size:
                raise BundleError(
                    f"{self._path.name} is damaged: {name} is missing or of another size; take a "
                    "copy that is whole."
                )

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """A part to be read from its beginning.

        Raises:
            BundleError: there is none of this name.
        """
        if name not in self._sizes:
            raise BundleError(f"{self._path.name} is not a formcheck bundle: it holds no {name}.")
        with self._archive() as archive, archive.open(name) as stream:
            yield stream

    def _archive(self) -> _Archive:
        """The zip, opened; it may have been changed since it was looked over."""
        with self._told():
            file = _Wary(self._path)
        try:
            with self._told():
                if file.read(4) != b"PK\x03\x04":
                    raise BundleError(
                        f"{self._path.name} is not a formcheck bundle: give a .formcheck file, or "
                        "the folder of one session."
                    )
                archive = _Archive(file)
                self._look_over(archive.infolist(), self._path.stat().st_size)
            return archive
        except BaseException:
            file.close()
            raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise BundleError(
                f"{self._path.name} can't be read ({error.strerror or 'damaged'}): take a copy "
                "that is whole."
            ) from error
        except ZIP_TROUBLE as error:
            raise BundleError(
                f"{self._path.name} is cut short or damaged: take a copy that is whole."
            ) from error

    def _look_over(self, entries: list[zipfile.ZipInfo], file_bytes: int) -> None:
        """Refuses every zip that is more than some plain files side by side."""
        if len(entries) > MAX_PARTS:
            raise self._distrust(f"it holds more than {MAX_PARTS} files")
        refusal = refuse_together(info.orig_filename for info in entries)
        if refusal:
            raise self._distrust(refusal)
        for info in entries:
            refusal = refuse_file_name(info.orig_filename) or _refuse_entry(info)
            if refusal:
                raise self._distrust(refusal)
        if sum(info.file_size for info in entries) > MAX_BUNDLE_BYTES:
            raise self._distrust("it would unpack to more than any session needs")
        end = file_bytes
        for info in sorted(entries, key=lambda entry: entry.header_offset, reverse=True):
            # Bombs let many names share the same bytes.
            if info.header_offset + _LOCAL_HEADER_BYTES + info.compress_size > end:
                raise self._distrust("its files overlap")
            end = info.header_offset

    def _distrust(self, why: str) -> BundleError:
        return BundleError(f"{self._path.name} is not to be trusted: {why}.")


class _Archive(zipfile.ZipFile):
    """A zip that closes its file."""

    def __init__(self, file: _Wary) -> None:
        self._file = file
        super().__init__(file)

    def close(self) -> None:
        super().close()
        self._file.close()


def _refuse_entry(info: zipfile.ZipInfo) -> str:
    """Why a part of a zip is not taken, as half a sentence; empty when it is."""
    name = shown(info.orig_filename)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or info.is_dir():
        return f"{name} is a link or a folder, not a file"
    if info.flag_bits & _ENCRYPTED:
        return f"{name} is encrypted"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"{name} is packed in a way that a bundle may not be"
    if info.compress_type == zipfile.ZIP_STORED and info.compress_size != info.file_size:
        return f"{name} claims two sizes"
    if info.file_size > max(_SMALL_BYTES, MAX_RATIO * info.compress_size):
        return f"{name} would unpack to more than {MAX_RATIO} times its size"
    return ""


def write_zip(file: IO[bytes], parts: Mapping[str, Iterable[bytes]]) -> None:
    """Writes a zip.

    Args:
        file: Where to.
        parts: File name → its blocks, in this order.

    Raises:
        OSError: it can't be written.
    """
    with zipfile.ZipFile(file, "w") as archive:
        for name, blocks in parts.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = _MODE << 16
            with archive.open(info, "w", force_zip64=True) as target:
                for block in blocks:
                    target.write(block)
