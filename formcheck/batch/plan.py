"""Which clips a batch is made of, as what each is judged, and where its results go."""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from formcheck.batch.place import is_url
from formcheck.batch.sources import clips_under, globbed, is_folder, is_glob, read_text
from formcheck.errors import InputError
from formcheck.kinematics.calibration import SHORTEST_CM, TALLEST_CM
from formcheck.media.bundle import SUFFIX

__all__ = ["COLUMNS", "SUMMARY", "TABLES", "VIDEO_SUFFIXES", "Clip", "bundle_of", "find_clips"]

VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg"}) | {
    *(".3gp", ".ts", ".mts", ".m2ts", ".wmv", ".flv", ".ogv"),
}
"""What counts as a clip in a folder; a glob and a manifest may name any file."""

TABLES = ("clips", "findings", "reps", "jumps")
"""Names of the tables of a batch, without what they end in."""

SUMMARY = "summary.html"
"""The page that leads to every report."""

COLUMNS = ("clip", "exercise", "person", "height_cm")
"""Of a manifest; only the first must be there."""

_MANIFEST_SUFFIX = ".csv"
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip of a batch.

    Attributes:
        where: Its path or URL.
        name: What it is called in tables: its path within the folder, or its file name.
        folder: Where its results go, within the output, with forward slashes.
        exercise: Name of the exercise, or None to guess it.
        person: Whose clip it is; empty where that was not said.
        stature_m: The person's height, or None.
    """

    where: str
    name: str
    folder: str
    exercise: str | None = None
    person: str = ""
    stature_m: float | None = None

    @property
    def file_name(self) -> str:
        """The last part of its name."""
        return PurePosixPath(self.name).name


@dataclass(frozen=True, slots=True)
class _Named:
    """A clip before its folder is known."""

    where: str
    name: str
    exercise: str | None
    person: str
    stature_m: float | None


@dataclass(frozen=True, slots=True)
class _Usual:
    """What holds for clips whose manifest does not say."""

    exercise: str | None
    person: str
    stature_m: float | None


def find_clips(
    sources: Iterable[str],
    out: str,
    exercise: str | None = None,
    stature_m: float | None = None,
    person: str = "",
) -> tuple[Clip, ...]:
    """The clips that folders, globs, manifests and clips name, in that order.

    Args:
        sources: Each a folder (searched all the way down), a glob, a manifest (``*.csv``, see
            ``docs/batch.md``) or a clip; paths or URLs.
        out: Where the results go; nothing in there is taken for a clip.
        exercise: For clips whose manifest does not say; None: guess it.
        stature_m: The same for the person's height.
        person: The same for whose clip it is.

    Raises:
        InputError: a source names no clip, or a manifest can't be used.
    """
    usual = _Usual(exercise, person, stature_m)
    found: list[_Named] = []
    for source in sources:
        if source.lower().endswith(_MANIFEST_SUFFIX):
            found += _in_manifest(source, usual)
        else:
            named = _in_folder_or_glob(source, out)
            found += [_Named(where, name, exercise, person, stature_m) for where, name in named]
    folders = _folders([clip.name for clip in found])
    return tuple(
        Clip(clip.where, clip.name, folder, clip.exercise, clip.person, clip.stature_m)
        for clip, folder in zip(found, folders, strict=True)
    )


def bundle_of(clip: Clip) -> str:
    """Name of the bundle among the results of a clip, where one is made."""
    return f"{PurePosixPath(clip.folder).name}{SUFFIX}"


def _in_folder_or_glob(source: str, out: str) -> list[tuple[str, str]]:
    """(where, name) of each clip, by name."""
    if is_folder(source):
        found = [
            (where, name)
            for where, name in clips_under(source, without=out)
            if PurePosixPath(name).suffix.lower() in VIDEO_SUFFIXES
        ]
        if not found:
            raise InputError(f"{source}: there is no video in this folder")
    elif is_glob(source):
        found = globbed(source)
        if not found:
            raise InputError(f"{source}: no file has such a name")
    else:
        return [(source, _file_name(source))]
    return sorted(found, key=lambda clip: clip[1])


def _in_manifest(source: str, usual: _Usual) -> list[_Named]:
    """The rows of a manifest; paths in it start from its own folder.

    Raises:
        InputError: it can't be read, or a row can't be used; the sentence says which.
    """
    text = read_text(source)
    first_line = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first_line.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = [name.strip().lower() for name in reader.fieldnames or ()]
    reader.fieldnames = columns
    unknown = [name for name in columns if name not in COLUMNS]
    if "clip" not in columns or unknown:
        wrong = f"it has a column {unknown[0]!r}" if unknown else "it has no column 'clip'"
        raise InputError(
            f"{source}: {wrong}; the first line of a manifest names its columns, which may be "
            f"{', '.join(COLUMNS)}"
        )
    base = source.rpartition("/")[0] if is_url(source) else str(Path(source).parent)
    rows = []
    for row in reader:
        told = f"{source}, line {reader.line_num}"
        if None in row:
            raise InputError(f"{told}: there are more cells than columns")
        cells = {name: (cell or "").strip() for name, cell in row.items()}
        if any(cells.values()):
            rows.append(_row(cells, base, told, usual))
    if not rows:
        raise InputError(f"{source}: the manifest names no clip")
    return rows


def _row(cells: Mapping[str, str], base: str, told: str, usual: _Usual) -> _Named:
    clip = cells["clip"]
    if not clip:
        raise InputError(f"{told}: no clip is named")
    if is_url(clip) or Path(clip).is_absolute():
        where, name = clip, _file_name(clip)
    else:
        where = f"{base}/{clip}" if is_url(base) else str(Path(base) / clip)
        parts = PurePosixPath(clip.replace("\\", "/")).parts
        name = "/".join(part for part in parts if part not in ("..", "."))
    height = cells.get("height_cm", "")
    return _Named(
        where=where,
        name=name or _file_name(clip),
        exercise=cells.get("exercise") or usual.exercise,
        person=" ".join(cells.get("person", "").split()) or usual.person,
        stature_m=_stature_m(height, told) if height else usual.stature_m,
    )


def _stature_m(height: str, told: str) -> float:
    try:
        height_cm = float(height.replace(",", "."))
    except ValueError:
        height_cm = math.nan
    if not SHORTEST_CM <= height_cm <= TALLEST_CM:
        raise InputError(
            f"{told}: height_cm {height!r} is no height of a person; give centimetres between "
            f"{SHORTEST_CM:g} and {TALLEST_CM:g}, or leave the cell empty"
        )
    return height_cm / 100.0


def _file_name(where: str) -> str:
    return where.rstrip("/").rpartition("/")[2] if is_url(where) else Path(where).name


def _folders(names: Sequence[str]) -> list[str]:
    """One folder a clip, named after it; clips of the same name get a number.

    Names that differ in upper and lower case alone are the same on some file systems.
    """
    used = {SUMMARY, *(f"{name}.{kind}" for name in TABLES for kind in ("csv", "parquet"))}
    folders = []
    for name in names:
        path = PurePosixPath(name)
        stem = str(path.with_suffix("")) if path.suffix else str(path)
        # A hidden folder could be taken for the batch's own.
        stem = "/".join(part.lstrip(".") or "clip" for part in stem.split("/")) or "clip"
        numbered = itertools.chain([stem], (f"{stem}-{n}" for n in itertools.count(2)))
        folder = next(found for found in numbered if found.casefold() not in used)
        used.add(folder.casefold())
        folders.append(folder)
    return folders
