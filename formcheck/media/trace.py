"""Traces: everything that was measured of a clip, in one file (``.npz``, no pickle).

Re-scoring starts from here, without pictures or pose model. What is read back equals what was
written bit for bit, and the same observations give the same bytes.

The file holds, for n observations of which p have a pose and q an outline:

==========  =======  ==========  =====================================================
name        type     shape       meaning
==========  =======  ==========  =====================================================
meta        uint8    (bytes,)    UTF-8 JSON: format, schema, source, estimator, versions
t_s         float64  (n,)        seconds from the start, strictly increasing
size_px     int32    (n, 2)      width, height of the upright picture
luma        float32  (n,)        mean brightness, 0 to 255
present     bool     (n,)        whether somebody was found
xy_px       float32  (p, 33, 2)  landmarks in image pixels
world_m     float32  (p, 33, 3)  landmarks in metres from the hip centre
visibility  float32  (p, 33)     0 to 1
outlined    bool     (n,)        whether the trunk's outline was found
upper_px    float32  (q, 33, 2)  the edge that faces up, in image pixels
lower_px    float32  (q, 33, 2)  the edge that faces the floor
floor_px    float32  (q, 2, 2)   the line that the lower edge rested on
since_s     float64  (q,)        when it rested there; NaN: never yet
doubt       int8     (q,)        why the lower edge is missing: an ``OutlineDoubt``
moved       bool     (n,)        whether it was followed what moved since the frame before
step_px     float32  (m, 6)      how far, downwards, by ``MovedPart``; NaN: not followed
error_px    float32  (m, 6)      standard error of it
before_s    float64  (m,)        time of the frame before
heard       int32    (n,)        onsets since the frame before; -1: nobody listened
onset_s     float64  (k,)        when they set in, on the clock of the sound track
level_db    float64  (k,)        their peak against full scale
brightness  float64  (k,)        share of their energy above 1.5 kHz
==========  =======  ==========  =====================================================

m of the observations have image motion, and k onsets were heard in all. Schema 1 knew no outlines:
it had no column from ``outlined`` on. Schema 2 had none from ``moved`` on.
"""

from __future__ import annotations

import errno
import json
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import OutputError, TraceError
from formcheck.landmarks import N_LANDMARKS
from formcheck.types import (
    OUTLINE_STATIONS,
    ImageMotion,
    MovedPart,
    Observation,
    Onset,
    Outline,
    OutlineDoubt,
    Pose,
)

SCHEMA = 3
_FORMAT = "formcheck-trace"
_CHUNK = 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)
_COLUMNS: Mapping[str, tuple[str, tuple[int, ...]]] = MappingProxyType(
    {
        "t_s": ("<f8", ()),
        "size_px": ("<i4", (2,)),
        "luma": ("<f4", ()),
        "present": ("|b1", ()),
        "xy_px": ("<f4", (N_LANDMARKS, 2)),
        "world_m": ("<f4", (N_LANDMARKS, 3)),
        "visibility": ("<f4", (N_LANDMARKS,)),
        "outlined": ("|b1", ()),
        "upper_px": ("<f4", (OUTLINE_STATIONS, 2)),
        "lower_px": ("<f4", (OUTLINE_STATIONS, 2)),
        "floor_px": ("<f4", (2, 2)),
        "since_s": ("<f8", ()),
        "doubt": ("|i1", ()),
        "moved": ("|b1", ()),
        "step_px": ("<f4", (len(MovedPart),)),
        "error_px": ("<f4", (len(MovedPart),)),
        "before_s": ("<f8", ()),
        "heard": ("<i4", ()),
        "onset_s": ("<f8", ()),
        "level_db": ("<f8", ()),
        "brightness": ("<f8", ()),
    }
)
_POSE_COLUMNS = ("xy_px", "world_m", "visibility")
_OUTLINE_COLUMNS = ("upper_px", "lower_px", "floor_px", "since_s", "doubt")
_MOTION_COLUMNS = ("step_px", "error_px", "before_s")
_ONSET_COLUMNS = ("onset_s", "level_db", "brightness")
_UNHEARD = -1


@dataclass(frozen=True, slots=True)
class TraceMeta:
    """Where a trace comes from.

    Attributes:
        source: File name of the clip, or name of the camera.
        estimator: Name and version of the estimator.
        model_sha256: Hash of its model files.
        versions: Package name → version of what made the trace.
    """

    source: str
    estimator: str
    model_sha256: str
    versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A recorded clip: where it comes from and all that was measured."""

    meta: TraceMeta
    observations: tuple[Observation, ...]


class _Column:
    """Rows of one array, kept in chunks so that growing never copies what is there."""

    def __init__(self, dtype: str, row_shape: tuple[int, ...]) -> None:
        self.dtype = np.dtype(dtype)
        self.row_shape = row_shape
        self.n_rows = 0
        self._chunks: list[NDArray[Any]] = []

    def append(self, row: object) -> None:
        at = self.n_rows % _CHUNK
        if at == 0:
            self._chunks.append(np.empty((_CHUNK, *self.row_shape), self.dtype))
        self._chunks[-1][at] = row
        self.n_rows += 1

    def raw(self) -> bytes:
        """The rows, one after the other."""
        rows = [chunk[: self.n_rows - at * _CHUNK] for at, chunk in enumerate(self._chunks)]
        return b"".join(chunk.tobytes() for chunk in rows)

    def write(self, file: IO[bytes]) -> None:
        header = {
            "descr": self.dtype.str,
            "fortran_order": False,
            "shape": (self.n_rows, *self.row_shape),
        }
        np.lib.format.write_array_header_1_0(file, header)  # type: ignore[no-untyped-call]
        left = self.n_rows
        for chunk in self._chunks:
            file.write(chunk[:left].tobytes())
            left -= len(chunk)


class TraceWriter:
    """Collects observations (about 30 MB for 20 minutes at 30 fps) and writes the trace."""

    def __init__(self, meta: TraceMeta) -> None:
        """Start an empty trace."""
        self._meta = meta
        self._columns = {name: _Column(*column) for name, column in _COLUMNS.items()}
        self._last_t_s = -np.inf

    def __len__(self) -> int:
        """Number of observations so far."""
        return self._columns["t_s"].n_rows

    def add(self, observation: Observation) -> None:
        """Take one observation.

        Raises:
            ValueError: its time doesn't come after the last one's, or its luma can't be kept
                exactly as float32 (``observe`` rounds it so that it can).
        """
        luma = observation.luma
        if not observation.t_s > self._last_t_s:
            raise ValueError(f"t_s: {observation.t_s} does not come after {self._last_t_s}")
        if float(np.float32(luma)) != luma:
            raise ValueError(f"luma: {luma} is not a float32; make observations with observe()")
        self._last_t_s = observation.t_s
        pose = observation.pose
        columns = self._columns
        columns["t_s"].append(observation.t_s)
        columns["size_px"].append((observation.width_px, observation.height_px))
        columns["luma"].append(luma)
        columns["present"].append(pose is not None)
        if pose is not None:
            for name in _POSE_COLUMNS:
                columns[name].append(getattr(pose, name))
        outline = observation.outline
        columns["outlined"].append(outline is not None)
        if outline is not None:
            for name in _OUTLINE_COLUMNS:
                columns[name].append(getattr(outline, name))
        self._add_senses(observation)

    def _add_senses(self, observation: Observation) -> None:
        columns, motion, onsets = self._columns, observation.motion, observation.onsets
        columns["moved"].append(motion is not None)
        if motion is not None:
            columns["step_px"].append(motion.step_px)
            columns["error_px"].append(motion.error_px)
            columns["before_s"].append(motion.since_s)
        columns["heard"].append(_UNHEARD if onsets is None else len(onsets))
        for onset in onsets or ():
            columns["onset_s"].append(onset.t_s)
            columns["level_db"].append(onset.level_db)
            columns["brightness"].append(onset.brightness)

    def save(self, path: Path) -> None:
        """Write the trace; more observations may follow, and be saved again.

        Raises:
            OutputError: the file can't be written.
        """
        try:
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                with _member(archive, "meta") as file:
                    np.save(file, np.frombuffer(self._meta_json(), np.uint8), allow_pickle=False)
                for name, column in self._columns.items():
                    with _member(archive, name) as file:
                        column.write(file)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
            advice = "the disk is full: free some space" if full else f"{error.strerror}"
            raise OutputError(f"The trace {path.name} can't be written: {advice}.") from error

    def packed(self) -> bytes:
        """What was added as bytes for :func:`unpack`: quick to make, and not compressed."""
        rows = {name: column.n_rows for name, column in self._columns.items()}
        header = json.dumps({"schema": SCHEMA, "rows": rows}).encode()
        return b"\n".join((header, b"".join(column.raw() for column in self._columns.values())))

    def _meta_json(self) -> bytes:
        meta = {
            "format": _FORMAT,
            "schema": SCHEMA,
            "source": self._meta.source,
            "estimator": self._meta.estimator,
            "model_sha256": self._meta.model_sha256,
            "versions": dict(self._meta.versions),
        }
        return json.dumps(meta, ensure_ascii=False, sort_keys=True).encode()


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    # A fixed date: the same observations give the same bytes.
    info = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    return archive.open(info, "w", force_zip64=True)


def read_trace(path: Path) -> Trace:
    """Read a trace.

    Args:
        path: A ``.npz`` file written by ``TraceWriter``.

    Returns:
        The observations, bit for bit as they were recorded.

    Raises:
        TraceError: the file is missing, cut short, not a trace, of a newer schema, or
            contradicts itself.
    """
    arrays = _load(path)
    meta, schema = _read_meta(path, arrays)
    _add_unknown(arrays, schema)
    _check_shapes(path, arrays)
    return Trace(meta, _observations(arrays))


def read_source(path: Path) -> str:
    """What a trace was made from, without reading what was measured.

    Args:
        path: A ``.npz`` file written by ``TraceWriter``.

    Raises:
        TraceError: the file is missing, cut short, not a trace or of a newer schema.
    """
    return _read_meta(path, _load(path, ("meta",)))[0].source


def pack(observations: Iterable[Observation]) -> bytes:
    """Some observations as bytes, exactly; a line of JSON (schema, rows) and the columns.

    Raises:
        ValueError: as for :meth:`TraceWriter.add`.
    """
    writer = TraceWriter(TraceMeta("", "", ""))
    for observation in observations:
        writer.add(observation)
    return writer.packed()


def unpack(data: bytes, source: str) -> tuple[Observation, ...]:
    """The observations that :func:`pack` made bytes of.

    Args:
        data: The bytes.
        source: What they come from, for messages.

    Raises:
        TraceError: they are not such bytes, or of a newer schema.
    """
    try:
        line, _, raw = data.partition(b"\n")
        header = json.loads(line)
        schema, at = int(header["schema"]), 0
        arrays: dict[str, NDArray[Any]] = {}
        for name, n_rows in header["rows"].items():
            dtype, row_shape = _COLUMNS[name]
            shape = (int(n_rows), *row_shape)
            count = int(np.prod(shape))
            arrays[name] = np.frombuffer(raw, dtype, count, at).reshape(shape)
            at += count * np.dtype(dtype).itemsize
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise TraceError(f"{source} is damaged, or was written by a newer formcheck.") from error
    _add_unknown(arrays, schema)
    _check_shapes(Path(source), arrays)
    return _observations(arrays)


def _load(path: Path, names: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
    """The arrays of a file, or those of some names that are there."""
    if not path.is_file():
        raise TraceError(f"{path.name} is not there: check the path of the trace.")
    try:
        with path.open("rb") as file:
            if file.read(2) != b"PK":
                raise TraceError(_not_a_trace(path))
            file.seek(0)
            with np.load(file, allow_pickle=False) as archive:
                wanted = archive.files if names is None else names
                return {name: archive[name] for name in archive.files if name in wanted}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise TraceError(
            f"{path.name} is cut short or damaged: copy it again, or analyse the clip again."
        ) from error


def _not_a_trace(path: Path) -> str:
    return f"{path.name} is not a formcheck trace: give a .npz that analyze wrote."


def _read_meta(path: Path, arrays: Mapping[str, NDArray[Any]]) -> tuple[TraceMeta, int]:
    try:
        raw = json.loads(arrays["meta"].tobytes())
        if raw["format"] != _FORMAT:
            raise ValueError(raw["format"])
        schema = int(raw["schema"])
        if schema > SCHEMA:
            raise TraceError(
                f"{path.name} was written by a newer formcheck (trace schema {schema}, "
                f"this one reads {SCHEMA}): update formcheck."
            )
        meta = TraceMeta(
            source=str(raw["source"]),
            estimator=str(raw["estimator"]),
            model_sha256=str(raw["model_sha256"]),
            versions=MappingProxyType({str(k): str(v) for k, v in raw["versions"].items()}),
        )
        return meta, schema
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise TraceError(_not_a_trace(path)) from error


def _add_unknown(arrays: dict[str, NDArray[Any]], schema: int) -> None:
    """Gives what was read from an older schema the columns that it did not have."""
    n_rows = arrays["t_s"].size if "t_s" in arrays else 0
    missing: tuple[str, ...] = ()
    if schema < 2:
        arrays["outlined"] = np.zeros(n_rows, np.bool_)
        missing += _OUTLINE_COLUMNS
    if schema < 3:
        arrays["moved"] = np.zeros(n_rows, np.bool_)
        arrays["heard"] = np.full(n_rows, _UNHEARD, np.int32)
        missing += _MOTION_COLUMNS + _ONSET_COLUMNS
    for name in missing:
        dtype, row_shape = _COLUMNS[name]
        arrays[name] = np.empty((0, *row_shape), dtype)


def _check_shapes(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    n_rows = arrays["t_s"].size if "t_s" in arrays else 0
    lengths: dict[str, int] = {}
    for flag, names in (
        ("present", _POSE_COLUMNS),
        ("outlined", _OUTLINE_COLUMNS),
        ("moved", _MOTION_COLUMNS),
    ):
        length = int(np.count_nonzero(arrays[flag])) if flag in arrays else 0
        lengths |= dict.fromkeys(names, length)
    heard = arrays["heard"] if "heard" in arrays else np.zeros(0, np.int32)
    lengths |= dict.fromkeys(_ONSET_COLUMNS, int(heard[heard > 0].sum()))
    for name, (dtype, row_shape) in _COLUMNS.items():
        expected = (lengths.get(name, n_rows), *row_shape)
        array = arrays.get(name)
        if array is None or array.shape != expected or array.dtype != np.dtype(dtype):
            found = "nothing" if array is None else f"{array.dtype} {array.shape}"
            raise TraceError(
                f"{path.name} contradicts itself ({name}: {np.dtype(dtype)} {expected} expected, "
                f"{found} found): analyse the clip again."
            )
    if not np.all(np.isin(arrays["doubt"], list(OutlineDoubt))):
        raise TraceError(f"{path.name} contradicts itself (doubt): analyse the clip again.")
    if np.any(heard < _UNHEARD):
        raise TraceError(f"{path.name} contradicts itself (heard): analyse the clip again.")
    t_s = arrays["t_s"]
    if not np.all(np.isfinite(t_s)) or not np.all(np.diff(t_s) > 0):
        raise TraceError(
            f"{path.name} contradicts itself (its times don't increase): analyse the clip again."
        )


def _observations(arrays: Mapping[str, NDArray[Any]]) -> tuple[Observation, ...]:
    poses = (
        Pose(xy_px, world_m, visibility)
        for xy_px, world_m, visibility in zip(
            *(arrays[name] for name in _POSE_COLUMNS), strict=True
        )
    )
    outlines = (
        Outline(upper_px, lower_px, floor_px, float(since_s), OutlineDoubt(doubt))
        for upper_px, lower_px, floor_px, since_s, doubt in zip(
            *(arrays[name] for name in _OUTLINE_COLUMNS), strict=True
        )
    )
    motions = (
        ImageMotion(step_px, error_px, float(before_s))
        for step_px, error_px, before_s in zip(
            *(arrays[name] for name in _MOTION_COLUMNS), strict=True
        )
    )
    onsets = (
        Onset(*row) for row in zip(*(arrays[name].tolist() for name in _ONSET_COLUMNS), strict=True)
    )
    rows = zip(
        arrays["t_s"].tolist(),
        arrays["size_px"].tolist(),
        arrays["luma"].tolist(),
        arrays["present"].tolist(),
        arrays["outlined"].tolist(),
        arrays["moved"].tolist(),
        arrays["heard"].tolist(),
        strict=True,
    )
    return tuple(
        Observation(
            t_s,
            width_px,
            height_px,
            luma,
            next(poses) if present else None,
            next(outlines) if outlined else None,
            next(motions) if moved else None,
            None if heard == _UNHEARD else tuple(islice(onsets, heard)),
        )
        for t_s, (width_px, height_px), luma, present, outlined, moved, heard in rows
    )
