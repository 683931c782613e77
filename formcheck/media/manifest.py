"""The manifest of a bundle: what it holds, with sizes and hashes, and what made it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from formcheck.errors import BundleError

MANIFEST = "manifest.json"
SCHEMA = 1
"""Raised when a bundle can't be read as before any more; a new part or key does not raise it."""
MAX_MANIFEST_BYTES = 2**18
MAX_PARTS = 64
MAX_BUNDLE_BYTES = 2**36
"""64 GiB: some ten hours of the largest picture that a session is recorded in."""
_FORMAT = "formcheck-bundle"
_MAX_NAME = 64
_MAX_TEXT = 200
_FILE = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)*")
_ROLE = re.compile(r"[a-z][a-z0-9-]{0,31}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DRIVE = re.compile(r"[A-Za-z]:")
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]
)
"""What Windows takes for a device, whatever the suffix."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a bundle.

    Attributes:
        file: Its name: lower-case ASCII, no folders.
        size_bytes: Its size.
        sha256: Its hash, as hexadecimal digits.
    """

    file: str
    size_bytes: int
    sha256: str

    def __post_init__(self) -> None:
        refusal = refuse_file_name(self.file)
        if refusal or self.file == MANIFEST:
            raise ValueError(refusal or f"{MANIFEST} is no part of itself")
        if not 0 <= self.size_bytes <= MAX_BUNDLE_BYTES:
            raise ValueError(f"{self.file} can't be of {self.size_bytes} bytes")
        if not _SHA256.fullmatch(self.sha256):
            raise ValueError(f"{shown(self.sha256)} is no SHA-256")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says of itself.

    Attributes:
        kind: What sort of bundle it is, e.g. "session".
        made_by: Name and version of the program that made it.
        made: When, ISO 8601 with the zone.
        parts: Role → part.

    Raises:
        ValueError: a role or file name is none that a bundle may have, two parts share a file, or
            there are too many or too large ones.
    """

    kind: str
    made_by: str
    made: str
    parts: Mapping[str, Part]

    def __post_init__(self) -> None:
        for role in self.parts:
            if not _ROLE.fullmatch(role):
                raise ValueError(f"{shown(role)} is no name of a part's role")
        refusal = refuse_together([MANIFEST, *(part.file for part in self.parts.values())])
        if refusal:
            raise ValueError(refusal)
        if sum(part.size_bytes for part in self.parts.values()) > MAX_BUNDLE_BYTES:
            raise ValueError(f"its parts are larger than {MAX_BUNDLE_BYTES} bytes together")
        object.__setattr__(self, "parts", MappingProxyType(dict(self.parts)))

    def to_json(self) -> bytes:
        """The bytes of ``manifest.json``."""
        plain = self._plain()
        plain["seal"] = _seal_of(plain)
        return (json.dumps(plain, indent=2, ensure_ascii=False) + "\n").encode()

    def _plain(self) -> dict[str, Any]:
        parts = {
            role: {"file": part.file, "size_bytes": part.size_bytes, "sha256": part.sha256}
            for role, part in self.parts.items()
        }
        return {
            "format": _FORMAT,
            "schema": SCHEMA,
            "kind": self.kind,
            "made_by": self.made_by,
            "made": self.made,
            "parts": parts,
        }


def read_manifest(data: bytes, bundle: str) -> Manifest:
    """Reads and checks ``manifest.json``.

    Args:
        data: Its bytes.
        bundle: What the bundle is called in messages.

    Raises:
        BundleError: it is none, of a newer formcheck, damaged, or names what it may not.
    """
    foreign = f"{bundle} is not a formcheck bundle: its {MANIFEST} says nothing of the sort."
    if len(data) > MAX_MANIFEST_BYTES:
        raise BundleError(foreign)
    try:
        plain = json.loads(data)
        known = plain["format"] == _FORMAT
        schema = plain["schema"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BundleError(foreign) from error
    if not known or type(schema) is not int or schema < 1:
        raise BundleError(foreign)
    if schema > SCHEMA:
        raise BundleError(
            f"{bundle} was written by a newer formcheck (bundle schema {schema}, this one reads "
            f"{SCHEMA}): update formcheck."
        )
    if plain.pop("seal", None) != _seal_of(plain):
        raise BundleError(
            f"{bundle} is damaged: its {MANIFEST} was changed or broken; take a copy that is whole."
        )
    try:
        return _manifest(plain)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        why = str(error) if type(error) is ValueError else f"{error!r} was not expected"
        raise BundleError(f"{bundle} is not to be trusted: {why}.") from error


def _manifest(plain: Mapping[str, Any]) -> Manifest:
    parts = {
        str(role): Part(str(part["file"]), _whole(part["size_bytes"]), str(part["sha256"]))
        for role, part in plain["parts"].items()
    }
    texts = (str(plain["kind"]), str(plain["made_by"]), str(plain["made"]))
    if max(map(len, texts)) > _MAX_TEXT:
        raise ValueError("what it says of its making is too long")
    return Manifest(*texts, parts)


def _whole(value: object) -> int:
    # By type: true is an int to Python, and no size.
    if type(value) is not int:
        raise ValueError(f"{shown(str(value))} is no size in bytes")
    return value


def _seal_of(plain: Mapping[str, Any]) -> str:
    """SHA-256 of everything but the seal, as JSON with sorted keys and nothing between them."""
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def refuse_file_name(name: str) -> str:
    """Why a file in a bundle may not be called this, as half a sentence; empty when it may."""
    steps = re.split(r"[/\\]", name)
    if name.startswith(("/", "\\")) or _DRIVE.match(name):
        return f"{shown(name)} is an absolute path"
    if ".." in steps:
        return f"{shown(name)} leads out of its folder"
    if len(steps) > 1:
        return f"{shown(name)} lies in a folder, and a bundle has none inside"
    if len(name) > _MAX_NAME or not _FILE.fullmatch(name) or steps[0].split(".")[0] in _DEVICES:
        return f"{shown(name)} is no file name that a bundle may hold"
    return ""


def refuse_together(names: Iterable[str]) -> str:
    """Why these files may not be in one bundle, as half a sentence; empty when they may."""
    seen: set[str] = set()
    for count, name in enumerate(names, start=1):
        if name.casefold() in seen:
            return f"it names {shown(name)} twice, or two files that differ in case only"
        seen.add(name.casefold())
        if count > MAX_PARTS:
            return f"it holds more than {MAX_PARTS} files"
    return ""


def shown(text: str) -> str:
    """A text of unknown origin as it may stand in a message: short, quoted, printable ASCII."""
    return ascii(text if len(text) <= _MAX_NAME else text[:_MAX_NAME] + "...")
