"""What people, or the renderer, say of a clip.

Two forms, with the same keys: one ``labels.toml`` for a whole folder, a table a clip; or
``NAME.labels.toml`` beside ``NAME.mp4``. A rendered clip has ``NAME.truth.json`` as well. The
keys are explained in ``docs/evaluation.md``.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import InputError

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - the same module under another name
    import tomli as tomllib

Span = tuple[float, float]

MANIFEST = "labels.toml"


@dataclass(frozen=True, slots=True)
class FaultLabel:
    """A fault that is there.

    Attributes:
        check: Code of the check.
        span_s: When.
        strength: ``mild`` (a warning or a fault are both right) or ``clear``.
        spoken: Whether it must be spoken; None when the label leaves that open.
    """

    check: str
    span_s: Span
    strength: str = "clear"
    spoken: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What the renderer knows of a clip.

    Attributes:
        t_s: (T,) times.
        measures: Feature name → (T,) true values; NaN where nobody is there.
        neutral: Feature name → true value while in good form.
        good_form_s: Spans in good form.
        yaw_deg: Camera's turn out of the side view.
        body: Name of the body.
    """

    t_s: NDArray[np.float64]
    measures: Mapping[str, NDArray[np.float64]]
    neutral: Mapping[str, float]
    good_form_s: tuple[Span, ...]
    yaw_deg: float
    body: str


@dataclass(frozen=True, slots=True, eq=False)
class LabelledClip:
    """A clip and what is known of it.

    Attributes:
        path: The video file.
        name: Its path inside the folder, with ``/``.
        does: What the person really does; ``none`` when nobody does anything.
        judge: ``True``, ``False`` or ``"may"``.
        holds_s: When the position is held.
        faults: What is wrong.
        clean_s: When any spoken correction would be false.
        truth: The renderer's knowledge, or None.
        note: What to know.
    """

    path: Path
    name: str
    does: str
    judge: bool | str
    holds_s: tuple[Span, ...]
    faults: tuple[FaultLabel, ...]
    clean_s: tuple[Span, ...]
    truth: Truth | None
    note: str = ""


def labelled_clips(folder: Path) -> list[LabelledClip]:
    """Every labelled clip of a folder and its sub-folders, by name.

    Raises:
        InputError: the folder or a label can't be read, or there is no labelled clip.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; eval wants a folder of labelled clips")
    clips = [*_from_manifest(folder), *_from_neighbours(folder)]
    if not clips:
        raise InputError(
            f"{folder} has no labelled clip; put NAME.labels.toml beside NAME.mp4, or a "
            f"{MANIFEST} on top"
        )
    return sorted(clips, key=lambda clip: clip.name)


def _from_manifest(folder: Path) -> list[LabelledClip]:
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return []
    tables = _toml(manifest)
    return [_clip(folder, folder / name, table) for name, table in tables.items()]


def _from_neighbours(folder: Path) -> list[LabelledClip]:
    clips = []
    for labels in sorted(folder.rglob("*.labels.toml")):
        stem = labels.name.removesuffix(".labels.toml")
        videos = sorted(p for p in labels.parent.glob(f"{stem}.*") if p.suffix in _VIDEOS)
        if not videos:
            raise InputError(f"{labels} labels a clip that is not there; remove it or add the clip")
        clips.append(_clip(folder, videos[0], _toml(labels)))
    return clips


_VIDEOS = {".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v"}


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} can't be read as TOML: {error}") from error


def _clip(folder: Path, path: Path, table: Mapping[str, Any]) -> LabelledClip:
    name = path.relative_to(folder).as_posix()
    try:
        truth_file = path.with_name(f"{path.stem}.truth.json")
        return LabelledClip(
            path=path,
            name=name,
            does=str(table["does"]),
            judge=table["judge"],
            holds_s=_spans(table.get("holds", ())),
            faults=tuple(_fault(fault) for fault in table.get("faults", ())),
            clean_s=_spans(table.get("clean", ())),
            truth=_truth(truth_file) if truth_file.is_file() else None,
            note=str(table.get("note", "")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"the label of {name} is wrong: {error!r}") from error


def _spans(pairs: Any) -> tuple[Span, ...]:
    return tuple((float(start), float(end)) for start, end in pairs)


def _fault(table: Mapping[str, Any]) -> FaultLabel:
    start, end = table["span"]
    return FaultLabel(
        check=str(table["check"]),
        span_s=(float(start), float(end)),
        strength=str(table.get("strength", "clear")),
        spoken=table.get("spoken"),
    )


def _truth(path: Path) -> Truth:
    plain = json.loads(path.read_text(encoding="utf-8"))
    frames = plain["frames"]
    measures = {
        name: np.array([math.nan if v is None else v for v in values], dtype=np.float64)
        for name, values in frames.items()
        if name.endswith(("_deg", "_ratio"))
    }
    neutral = {
        name.removeprefix("neutral_"): float(value)
        for name, value in plain.items()
        if name.startswith("neutral_") and value is not None
    }
    return Truth(
        t_s=np.array(frames["t_s"], dtype=np.float64),
        measures=measures,
        neutral=neutral,
        good_form_s=_spans(plain["events"]["good_form"]),
        yaw_deg=float(plain["camera"]["yaw_deg"]),
        body=str((plain["body"] or {}).get("actor", "")),
    )
