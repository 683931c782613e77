"""What is known of each clip of a batch, on disk: one small file a clip, written as one.

A clip is finished when its record says so and fits: the same clip, the same exercise, rule version
and options. The record is written after the results, so a clip with a record has all of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from formcheck.batch.place import Place, local_path
from formcheck.batch.sources import sha256_of, stamp_of
from formcheck.errors import InputError
from formcheck.recording import REPORT_JSON

__all__ = ["FOLDER", "Record", "finished", "key_of", "read_record", "write_record"]

FOLDER = ".batch"
"""Within the output."""

_SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one clip.

    Attributes:
        clip: What it is called.
        key: What it was judged by: see :func:`key_of`.
        stamp: Size and time of change of the clip, or None where that can't be told.
        sha256: Hash of the clip's content; empty where it could not be read.
        exercise: Name of the exercise that it was judged as; empty where it was not.
        guessed: What the guess of the exercise rests on; empty where it was given.
        failed: Why there are no results, in words; empty where there are.
        took_s: Seconds from the clip to the results.
    """

    clip: str
    key: str
    stamp: str | None = None
    sha256: str = ""
    exercise: str = ""
    guessed: str = ""
    failed: str = ""
    took_s: float = 0.0


def key_of(parts: Mapping[str, Any]) -> str:
    """One word for everything besides the clip that its results depend on."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def read_record(place: Place, folder: str) -> Record | None:
    """The record of the clip whose results go to a folder; None where there is none to be used."""
    data = place.read(_name(folder))
    if data is None:
        return None
    try:
        plain = json.loads(data)
        if plain.pop("schema_version") != _SCHEMA_VERSION:
            return None
        return Record(**plain)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None  # of another formcheck: the clip is done again


def write_record(place: Place, folder: str, record: Record) -> None:
    """Keeps a record.

    Raises:
        OutputError: it can't be written.
    """
    plain = {"schema_version": _SCHEMA_VERSION, **asdict(record)}
    text = json.dumps(plain, indent=1, ensure_ascii=False)
    place.write(_name(folder), f"{text}\n".encode())


def finished(place: Place, folder: str, key: str, where: str) -> Record | None:
    """The record, up to date, when the clip at ``where`` needs no doing; else None.

    The content is looked at only when size or time have changed.

    Args:
        place: Where the results of the batch lie.
        folder: Of the clip's results.
        key: What it is to be judged by.
        where: Path or URL of the clip.

    Raises:
        InputError: the clip can't be read.
        OutputError: the results can't be.
    """
    kept = read_record(place, folder)
    if kept is None or kept.failed or kept.key != key:
        return None
    record = _fitting(kept, where)
    if record is None or place.read(f"{folder}/{REPORT_JSON}") is None:
        return None
    if record != kept:
        write_record(place, folder, record)
    return record


def _fitting(record: Record, where: str) -> Record | None:
    """The record with the clip's stamp of today, or None when it is about another clip."""
    stamp = stamp_of(where)
    if stamp is None:
        return None
    if stamp == record.stamp:
        return record
    path = local_path(where)
    if path is None:
        return None
    try:
        same = sha256_of(path) == record.sha256
    except OSError as error:
        raise InputError(f"{where} can't be read: {error.strerror}") from error
    return replace(record, stamp=stamp) if same else None


def _name(folder: str) -> str:
    return f"{FOLDER}/{folder}.json"
