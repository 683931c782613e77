"""A measured session as a file: all measurements and what was worked out of them, exactly.

A NumPy archive, uncompressed, so that an hour is read in about a second. It is no record of
anything: whatever is wrong with it, it is made anew from the trace. Its name for itself (``key``)
says what it follows from (:mod:`formcheck.web.review.measured`).
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.exactly import Packer, Unpacker
from formcheck.judgement.hopvalues import ReadBout, ReadHop
from formcheck.judgement.measuring import Measurement
from formcheck.judgement.recall import Recall
from formcheck.kinematics.flights import Shared
from formcheck.kinematics.sounds import HeardLanding, HeardSounds
from formcheck.kinematics.view import View
from formcheck.landmarks import Side
from formcheck.rescoring import Measured
from formcheck.types import (
    Bout,
    Cue,
    CueKind,
    Finding,
    Hold,
    Hop,
    ImageMotion,
    Level,
    Marker,
    MovedPart,
    Onset,
    Reason,
    Rep,
    Report,
)

__all__ = ["columns_of", "measurements_of", "read_measured", "write_measured"]

Columns = dict[str, NDArray[Any]]

_CLASSES = (
    Bout,
    Cue,
    CueKind,
    Finding,
    HeardLanding,
    HeardSounds,
    Hold,
    Hop,
    Level,
    ReadBout,
    ReadHop,
    Reason,
    Rep,
    Report,
    Shared,
    Side,
    View,
)
_SIDES: tuple[Side, ...] = tuple(Side)
_VIEWS: tuple[View, ...] = tuple(View)
_NONE = -1
_BLOCK = "block "
_TROUBLE = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    StopIteration,
    MemoryError,
    zipfile.BadZipFile,
)


def write_measured(path: Path, key: str, measured: Measured) -> None:
    """Writes what was measured, and what has been worked out of it so far.

    Args:
        path: The file to make.
        key: What it follows from.
        measured: The session.

    Raises:
        OSError: it can't be written.
    """
    packer = Packer(_CLASSES)
    columns, reasons, stances = columns_of(measured.measurements)
    meta = {
        "key": key,
        "features": [feature.name for feature in measured.exercise.features],
        "reasons": packer.plain(reasons),
        "stances": list(stances),
        "known": _plain_entries(packer, measured.recall.known),
        "reports": _plain_entries(packer, measured.reports),
    }
    # JSON of Python's own kind: NaN and infinity are numbers in it.
    columns["meta"] = np.frombuffer(json.dumps(meta).encode(), np.uint8)
    for dtype, block in packer.blocks().items():
        columns[_BLOCK + dtype] = block
    with path.open("wb") as file:
        np.savez(file, **columns)


def read_measured(path: Path, key: str, measured_for: Measured) -> Measured | None:
    """What was written, or None where there is nothing, or nothing that can be used.

    Args:
        path: The file.
        key: What it has to follow from.
        measured_for: A session without measurements that says for which exercise they are, and
            whether it began with the spoken set-up.
    """
    try:
        # Opened here: NumPy leaves a file open that turns out to be none of its own.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        meta = json.loads(arrays.pop("meta").tobytes())
        names = [feature.name for feature in measured_for.exercise.features]
        if meta["key"] != key or meta["features"] != names:
            return None
        blocks = {n.removeprefix(_BLOCK): arrays[n] for n in arrays if n.startswith(_BLOCK)}
        unpacker = Unpacker(_CLASSES, blocks)
        reasons = unpacker.value(meta["reasons"])
        return Measured.of(
            measurements_of(arrays, names, reasons, meta["stances"]),
            measured_for.exercise,
            set_up=measured_for.set_up,
            recall=Recall(known=dict(unpacker.value(one) for one in meta["known"])),
            reports=dict(unpacker.value(one) for one in meta["reports"]),
        )
    except _TROUBLE:
        return None


def _plain_entries(packer: Packer, entries: Mapping[Any, Any]) -> list[Any]:
    """Those that can be written; the others are worked out anew."""
    plain = []
    for entry in entries.items():
        try:
            plain.append(packer.plain(entry))
        except TypeError:
            continue
    return plain


def columns_of(
    measurements: Sequence[Measurement],
) -> tuple[Columns, tuple[Reason, ...], tuple[str, ...]]:
    """Measurements as arrays.

    Returns:
        The arrays by name, the reasons and the stances that they count.
    """
    reasons: dict[Reason, int] = {}
    stances: dict[str, int] = {}
    seen = [m for m in measurements if m.side is not None]
    marked = [m.marker for m in measurements if m.marker is not None]
    moved = [m.motion for m in measurements if m.motion is not None]
    heard = [onset for m in measurements for onset in m.onsets or ()]
    columns: Columns = {
        "t_s": _floats(m.t_s for m in measurements),
        "blind": _places((m.blind for m in measurements), reasons),
        "away": _places((m.away for m in measurements), reasons),
        "stance": _places((m.stance for m in measurements), stances),
        "side": np.array([_NONE if m.side is None else _SIDES.index(m.side) for m in measurements]),
        "view": np.array([_VIEWS.index(m.view) for m in measurements]),
        "settled": np.array([m.settled for m in measurements], np.bool_),
        "person_changed": np.array([m.person_changed for m in measurements], np.bool_),
        "speed_per_s": _floats(m.speed_per_s for m in measurements),
        "torso_px": _floats(m.torso_px for m in measurements),
        "trunk_y_px": _floats(m.trunk_y_px for m in measurements),
        "values": np.array([list(m.values.values()) for m in seen], np.float64),
        "marked": np.array([m.marker is not None for m in measurements], np.bool_),
        "marker_px": np.array([(m.start_px, m.vertex_px, m.end_px) for m in marked], np.float64),
        "moved": np.array([m.motion is not None for m in measurements], np.bool_),
        "step_px": np.array([m.step_px for m in moved], np.float32),
        "error_px": np.array([m.error_px for m in moved], np.float32),
        "since_s": _floats(m.since_s for m in moved),
        "heard": np.array([_NONE if m.onsets is None else len(m.onsets) for m in measurements]),
        "onsets": np.array([(o.t_s, o.level_db, o.brightness) for o in heard], np.float64),
    }
    return columns, tuple(reasons), tuple(stances)


def _floats(values: Iterable[float]) -> NDArray[np.float64]:
    return np.fromiter(values, np.float64)


def _places(values: Iterable[Any], known: dict[Any, int]) -> NDArray[np.int_]:
    """The place of each value in a list of them that grows."""
    return np.array([_NONE if v is None else known.setdefault(v, len(known)) for v in values], int)


def measurements_of(
    columns: Mapping[str, NDArray[Any]],
    features: Sequence[str],
    reasons: Sequence[Reason],
    stances: Sequence[str],
) -> list[Measurement]:
    """The measurements that :func:`columns_of` made arrays of.

    Args:
        columns: The arrays.
        features: Name of each value of a measurement.
        reasons: What it counted.
        stances: What it counted.

    Raises:
        ValueError, IndexError, KeyError: they contradict each other.
    """

    def listed(name: str) -> list[Any]:
        return list(columns[name].tolist())

    def known(name: str, what: Sequence[Any]) -> list[Any]:
        counted = [*what, None]
        return [counted[place] for place in listed(name)]

    unseen = dict.fromkeys(features, float("nan"))
    rows = iter(columns["values"].reshape(-1, len(features)).tolist())
    markers = iter(columns["marker_px"].reshape(-1, 3, 2).tolist())
    parts = (-1, len(MovedPart))
    step_px, error_px = (_frozen(columns[name].reshape(parts)) for name in ("step_px", "error_px"))
    motions = zip(step_px, error_px, listed("since_s"), strict=True)
    onsets = (Onset(*row) for row in columns["onsets"].reshape(-1, 3).tolist())
    fields = (
        listed("t_s"),
        known("blind", reasons),
        known("away", reasons),
        known("stance", stances),
        [
            unseen if side == _NONE else dict(zip(features, next(rows), strict=True))
            for side in listed("side")
        ],
        known("side", _SIDES),
        [Marker(*map(tuple, next(markers))) if marked else None for marked in listed("marked")],
        listed("settled"),
        listed("speed_per_s"),
        listed("person_changed"),
        [_VIEWS[view] for view in listed("view")],
        [ImageMotion(*next(motions)) if moved else None for moved in listed("moved")],
        [None if heard == _NONE else tuple(islice(onsets, heard)) for heard in listed("heard")],
        listed("torso_px"),
        listed("trunk_y_px"),
    )
    if any(next(left, None) is not None for left in (rows, markers, motions, onsets)):
        raise ValueError("more was measured than there are moments")
    return [Measurement(*each) for each in zip(*fields, strict=True)]


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array
