"""The files of a journal: what is needed to have a live session again after a kill.

A folder holds, while the session runs:

=================  ============================================================================
``journal.json``   who and what: written first, in one step
``journal.log``    what was measured: chunks of a quarter of a second, each with its checksum
``clip-live.mp4``  the picture, if it is kept, in fragments of a tenth of a second
=================  ============================================================================

When the session ends they become a bundle (:mod:`formcheck.sessionfile`) in the same folder: its
manifest is written last, in one step, so that there is a journal or a bundle at every moment and
never half of one. :mod:`formcheck.repairing` does the same for a journal that was left behind.

A chunk is ``FCJ1``, the length of its payload and the payload's CRC-32 (two unsigned little-endian
integers of 32 bits), and the payload: observations as :func:`formcheck.media.trace.pack` writes
them. A chunk that was cut off, or damaged, is left out; those around it count.
"""

from __future__ import annotations

import json
import math
import mmap
import shutil
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from formcheck.errors import BundleError, OutputError
from formcheck.judgement.rule import Exercise, Limits
from formcheck.media.bundle import MANIFEST
from formcheck.media.remux import remux
from formcheck.media.staging import why_not_written
from formcheck.media.trace import Trace, TraceMeta, pack, unpack
from formcheck.sessionfile import (
    CLIP,
    FILES,
    REPORT,
    SESSION,
    TRACE,
    About,
    SessionFile,
    read_about,
    save_trace,
    seal_session,
)
from formcheck.types import Observation

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has none
    fcntl = None  # type: ignore[assignment]

HEADER, LOG, LIVE_CLIP = "journal.json", "journal.log", "clip-live.mp4"
SCHEMA = 1
_MAGIC = b"FCJ1"
_CHUNK_HEAD = struct.Struct("<4sII")
_MAX_CHUNK_BYTES = 2**26


def is_journal(folder: Path) -> bool:
    """Whether a folder holds a session that is running, or was left behind."""
    return (folder / HEADER).is_file() and not (folder / MANIFEST).exists()


@dataclass(frozen=True, slots=True)
class Listing:
    """What is to become of a session in the library of the app that recorded it.

    Attributes:
        wanted: Whether it is to be in there.
        account: Number of the account whose it is; None: nobody had signed in.
        role: What that account might do then, as the library calls it; empty without an account.
        person: Number of who was training; None: not known, or nobody in particular.
    """

    wanted: bool = True
    account: int | None = None
    role: str = ""
    person: int | None = None


LISTED = Listing()
"""In the library, and nobody's in particular."""


@dataclass(frozen=True, slots=True)
class Header:
    """What ``journal.json`` says.

    Attributes:
        about: Who and what.
        meta: Where the trace comes from.
        rule_version: Version of the rule that judged.
        limits: Check code → its bands (``limits``, ``absolute``), each [good, fault] or None.
        listing: What is to become of it in the library.
    """

    about: About
    meta: TraceMeta
    rule_version: str
    limits: Mapping[str, Mapping[str, Any]]
    listing: Listing = LISTED


def header_json(
    exercise: Exercise, about: About, meta: TraceMeta, listing: Listing = LISTED
) -> str:
    """The text of ``journal.json``."""
    plain = {
        "schema_version": SCHEMA,
        "about": json.loads(about.to_json()),
        "rule_version": exercise.version,
        "limits": {
            check.code: {
                "limits": _band(check.limits),
                "absolute": _band(check.absolute),
            }
            for check in exercise.checks
        },
        "estimator": meta.estimator,
        "model_sha256": meta.model_sha256,
        "versions": dict(meta.versions),
        "listing": {
            "wanted": listing.wanted,
            "account": listing.account,
            "role": listing.role,
            "person": listing.person,
        },
    }
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def _band(limits: Limits | None) -> list[float] | None:
    return None if limits is None else [limits.good, limits.fault]


def read_header(folder: Path) -> Header:
    """Reads ``journal.json``.

    Raises:
        BundleError: it is missing, damaged or of a newer formcheck.
    """
    try:
        data = (folder / HEADER).read_bytes()
    except OSError as error:
        raise BundleError(
            f"{folder.name} can't be repaired: it holds no {HEADER}, which a session writes first."
        ) from error
    try:
        plain = json.loads(data)
        schema = plain["schema_version"]
        if type(schema) is not int or schema < 1:
            raise ValueError(f"schema_version {schema!r}")
        if schema > SCHEMA:
            raise BundleError(
                f"{folder.name} was recorded by a newer formcheck (journal schema {schema}, this "
                f"one reads {SCHEMA}): update formcheck."
            )
        about = read_about(json.dumps(plain["about"]).encode(), folder.name)
        versions = {str(name): str(told) for name, told in plain["versions"].items()}
        meta = TraceMeta(
            about.source, str(plain["estimator"]), str(plain["model_sha256"]), versions
        )
        listing = _listing(plain.get("listing", {}))
        return Header(about, meta, str(plain["rule_version"]), dict(plain["limits"]), listing)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BundleError(f"{folder.name} can't be repaired: its {HEADER} is damaged.") from error


def _listing(plain: Mapping[str, Any]) -> Listing:
    """As written; an older journal says nothing of it."""
    wanted, account, person = plain.get("wanted", True), plain.get("account"), plain.get("person")
    numbers = [number for number in (account, person) if number is not None]
    if type(wanted) is not bool or any(type(number) is not int for number in numbers):
        raise ValueError(f"listing {plain!r}")
    return Listing(wanted, account, str(plain.get("role", "")), person)


def append_chunk(log: IO[bytes], observations: Sequence[Observation]) -> None:
    """Adds observations to a log, as far as the system; not as far as the disk.

    Raises:
        OSError: it can't be written.
    """
    payload = pack(observations)
    log.write(_CHUNK_HEAD.pack(_MAGIC, len(payload), zlib.crc32(payload)) + payload)
    log.flush()


def observations_of(folder: Path) -> tuple[tuple[Observation, ...], int]:
    """What the log holds, and how many bytes of it could not be read.

    Raises:
        BundleError: it holds nothing.
        TraceError: it was written by a newer formcheck.
    """
    found: list[Observation] = []
    path = folder / LOG
    read_bytes = 0
    for payload in _chunks(path):
        read_bytes += _CHUNK_HEAD.size + len(payload)
        last_s = found[-1].t_s if found else -math.inf
        found += (seen for seen in unpack(payload, folder.name) if seen.t_s > last_s)
    if not found:
        raise BundleError(
            f"{folder.name} ended before its first picture was journalled: there is nothing to "
            "repair, and the folder can be deleted."
        )
    return tuple(found), path.stat().st_size - read_bytes


def _chunks(path: Path) -> Iterator[bytes]:
    """The payloads of all chunks that are whole, in order."""
    if not path.stat().st_size:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as log:
        at = log.find(_MAGIC)
        while 0 <= at <= len(log) - _CHUNK_HEAD.size:
            _, size, checksum = _CHUNK_HEAD.unpack_from(log, at)
            begin = at + _CHUNK_HEAD.size
            payload = log[begin : begin + size] if size <= _MAX_CHUNK_BYTES else b""
            # Zeros after the magic would be an empty chunk whose checksum is right.
            if len(payload) == size > 0 and zlib.crc32(payload) == checksum:
                yield payload
                at = begin + size
            else:
                at += 1
            at = log.find(_MAGIC, at)


def locked(log: IO[bytes]) -> bool:
    """Whether nobody else had the log locked; the lock ends with the process, however that ends."""
    if fcntl is None:  # pragma: no cover - Windows lets nobody delete or replace an open file
        return True
    try:
        fcntl.flock(log.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_locked(folder: Path) -> bool:
    """Whether the session of a folder is running.

    Raises:
        OSError: the log can't be opened.
    """
    try:
        with (folder / LOG).open("rb") as log:
            return not locked(log)
    except FileNotFoundError:
        return False


def seal_journal(folder: Path, about: About, trace: Trace, report_json: str) -> SessionFile:
    """Writes the parts, then the manifest; until then the folder is a journal."""
    try:
        live = folder / LIVE_CLIP
        clip = live.is_file() and remux(live, folder / FILES[CLIP])
        save_trace(trace, folder / FILES[TRACE])
        (folder / FILES[REPORT]).write_text(report_json, encoding="utf-8")
        (folder / FILES[SESSION]).write_bytes(about.to_json())
    except OSError as error:
        raise OutputError(cannot_keep(folder, error)) from error
    return seal_session(folder, clip=clip)


def clear(folder: Path, *, header: bool = True) -> None:
    """Removes what only a journal needs; what can't be removed does no harm.

    Args:
        folder: The folder of a bundle, or of a journal that is given up.
        header: Whether the header goes as well: while it is there, the library is still to be
            told of the session.
    """
    for name in (LOG, LIVE_CLIP, *((HEADER,) if header else ())):
        with suppress(OSError):
            (folder / name).unlink(missing_ok=True)
    for left_behind in folder.glob(".formcheck-*"):
        shutil.rmtree(left_behind, ignore_errors=True)


def cannot_keep(folder: Path, error: OSError) -> str:
    """A sentence for a session that can't be written."""
    return f"The session can't be kept in {folder}: {why_not_written(error)}."
