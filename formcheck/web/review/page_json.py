"""``page.json``: what the review page is told of a session.

Most of it follows from the trace and the report alone, which never change. That is worked out once
and kept beside the session, compressed; what a coach or the library may change is put behind it
each time the page is asked for.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from formcheck import __version__
from formcheck.judgement.rule import Exercise
from formcheck.presentation.review import (
    POSE_EDGES,
    POSE_NAMES,
    facts,
    marker_json,
    pose_json,
)
from formcheck.presentation.timeline import Timeline
from formcheck.presentation.viewpoint import viewpoint
from formcheck.recorded import KeptTrace
from formcheck.sessionfile import REPORT, TRACE, SessionFile
from formcheck.types import Observation, StepOutput
from formcheck.web.review.measured import home_of, measured_session

__all__ = ["FACTS", "facts_key", "gzipped", "plain", "write_facts"]

FACTS = "page-{}.bin"
"""Name of the file that keeps what never changes; the key is of what it was made from."""

_FORM = 4
"""Raised with every change of what is kept, so that older files are not read."""
EVERY_PLACE = 20_000
"""Up to so many moments places are told to a tenth of a pixel, beyond it in whole pixels."""
_FRAMES_AT_ONCE = 500
_TELL_EVERY = 500
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_TAIL = struct.Struct("<II")

_JUDGING_SHARE = 0.6
"""Of the work; the rest is writing down the poses."""


def facts_key(session: SessionFile, exercise: Exercise) -> str:
    """Names everything that the unchanging part of a page follows from."""
    parts = session.bundle.manifest.parts
    made_from = (
        str(_FORM),
        __version__,
        exercise.version,
        parts[TRACE].sha256,
        parts[REPORT].sha256,
    )
    return hashlib.sha256("\n".join(made_from).encode()).hexdigest()[:32]


def write_facts(
    session: SessionFile,
    exercise: Exercise,
    target: Path,
    progress: Callable[[float], None] = lambda share: None,
) -> None:
    """Works out what never changes of a session's page, and writes it to a file.

    Args:
        session: The session.
        exercise: What judged it.
        target: The file to make; an existing one is replaced.
        progress: Told the share that is done, 0 to 1.

    Raises:
        BundleError: the trace is damaged.
        TraceError: likewise.
        OSError: the file can't be written.
    """
    seen = session.trace.observations
    timeline, markers = _judged(session, exercise, seen, progress)
    known = facts(session.saved, exercise, timeline) | {"view": _view(session, exercise, seen)}
    # A deflated stream that ends on a whole byte, so that more can be put behind it; then what a
    # gzip's end needs to know of it.
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    crc, size = 0, 0
    with target.open("wb") as file:
        for text in _texts(known, seen, markers, progress):
            raw = text.encode()
            crc, size = zlib.crc32(raw, crc), size + len(raw)
            file.write(packer.compress(raw))
        file.write(packer.flush(zlib.Z_FULL_FLUSH))
        file.write(_TAIL.pack(crc, size & 0xFFFFFFFF))


def _view(
    session: SessionFile, exercise: Exercise, seen: tuple[Observation, ...]
) -> dict[str, Any]:
    """Where the camera stood; nulls: nobody was seen."""
    stood = viewpoint(seen, session.saved.report, exercise)
    if stood is None:
        return {"yaw_deg": None, "seen_from": None}
    return {"yaw_deg": round(stood.yaw_deg, 1), "seen_from": stood.seen_from.value}


def gzipped(kept: bytes, more: Mapping[str, Any]) -> bytes:
    """The whole ``page.json``, gzip.

    Args:
        kept: What :func:`write_facts` wrote.
        more: What may change; its keys come last.
    """
    crc, size = _TAIL.unpack(kept[-_TAIL.size :])
    raw = _ending(more)
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    tail = _TAIL.pack(zlib.crc32(raw, crc), (size + len(raw)) & 0xFFFFFFFF)
    body = memoryview(kept)[: -_TAIL.size]
    return b"".join((_GZIP_HEAD, body, packer.compress(raw), packer.flush(), tail))


def plain(kept: bytes, more: Mapping[str, Any]) -> bytes:
    """The whole ``page.json`` for whoever takes no gzip."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    return unpacker.decompress(kept[: -_TAIL.size]) + _ending(more)


def _ending(more: Mapping[str, Any]) -> bytes:
    """The keys that come last, and the end of the object that the kept part has left open."""
    return b"," + _json(more)[1:].encode()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _judged(
    session: SessionFile,
    exercise: Exercise,
    seen: Sequence[Observation],
    progress: Callable[[float], None],
) -> tuple[Timeline, list[str]]:
    """The session moment by moment, and the JSON of each moment's marker."""
    timeline, decimals = Timeline(exercise), _decimals(seen)
    markers: list[str] = []
    # What is measured here is kept, so that other limits can be tried without waiting.
    measured, keep = measured_session(
        KeptTrace(lambda: seen, lambda: session.bundle.manifest.parts[TRACE].sha256),
        exercise,
        set_up=session.about.set_up,
        home=home_of(session.path),
        session=session.path,
    )

    def told(step: StepOutput) -> None:
        timeline.add(step)
        markers.append(marker_json(exercise, step, decimals))
        if len(markers) % _TELL_EVERY == 0:
            progress(_JUDGING_SHARE * len(markers) / len(seen))

    measured.report(exercise, told, keep=True)
    keep()
    return timeline, markers


def _decimals(seen: Sequence[Observation]) -> int:
    return 1 if len(seen) <= EVERY_PLACE else 0


def _texts(
    known: Mapping[str, Any],
    seen: tuple[Observation, ...],
    markers: Iterable[str],
    progress: Callable[[float], None],
) -> Iterator[str]:
    """The JSON in pieces, without the brace that closes it: an hour has ten million numbers."""
    yield _json(known)[:-1]
    yield f',"markers":[{",".join(markers)}]'
    first = seen[0] if seen else None
    size = {
        "width_px": 0 if first is None else first.width_px,
        "height_px": 0 if first is None else first.height_px,
    }
    frame = {
        "names": POSE_NAMES,
        "edges": POSE_EDGES,
        **size,
        "t_s": [round(one.t_s, 6) for one in seen],
    }
    yield ',"poses":' + _json(frame)[:-1] + ',"frames":['
    decimals = _decimals(seen)
    for at in range(0, len(seen), _FRAMES_AT_ONCE):
        some = [pose_json(one.pose, decimals) for one in seen[at : at + _FRAMES_AT_ONCE]]
        yield ("," if at else "") + ",".join(some)
        progress(_JUDGING_SHARE + (1.0 - _JUDGING_SHARE) * at / len(seen))
    yield "]}"
