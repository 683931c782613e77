"""What is needed of a recorded session to judge it again, wherever it is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import overload

from formcheck.errors import InputError, TraceError
from formcheck.judgement.overrides import Change, base_version
from formcheck.judgement.report import SavedReport, from_json, to_dict
from formcheck.judgement.rule import Exercise
from formcheck.media.bundle import is_bundle
from formcheck.media.trace import read_source, read_trace
from formcheck.sessionfile import TRACE, SessionFile, open_session
from formcheck.types import Observation, Report

__all__ = ["KeptTrace", "Recorded", "changes_of_saved", "is_saved", "open_recorded", "trace_of"]

_TRACE, _REPORT = "trace.npz", "report.json"
_BLOCK = 2**20


class KeptTrace(Sequence[Observation]):
    """The observations of a trace, which is read when the first of them is asked for.

    Args:
        read: Reads them.
        sha256: Works out the hash of the trace.
    """

    def __init__(
        self, read: Callable[[], Sequence[Observation]], sha256: Callable[[], str]
    ) -> None:
        self._read = read
        self._hash = sha256

    @cached_property
    def _observations(self) -> Sequence[Observation]:
        return self._read()

    @cached_property
    def sha256(self) -> str:
        """Hash of the trace; it need not be read for that.

        Raises:
            TraceError: it can't be read.
            BundleError: it is not what the bundle says it is.
        """
        return self._hash()

    def __len__(self) -> int:
        return len(self._observations)

    @overload
    def __getitem__(self, place: int) -> Observation: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Observation]: ...
    def __getitem__(self, place: int | slice) -> Observation | Sequence[Observation]:
        return self._observations[place]

    def __iter__(self) -> Iterator[Observation]:
        return iter(self._observations)


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """A recorded session.

    Attributes:
        source: What it is called: its clip or camera, never a path.
        observations: In order of time; of an opened one a :class:`KeptTrace`.
        exercise: Name of the exercise that it was judged as, or None where that is not kept.
        saved: The report of the first run, or None where it is not kept.
        set_up: Whether it began with the spoken set-up of the user's own range.
    """

    source: str
    observations: Sequence[Observation]
    exercise: str | None = None
    saved: SavedReport | None = None
    set_up: bool = False


def open_recorded(path: Path) -> Recorded:
    """Opens a trace, a folder of results that holds one, or the bundle of a session.

    Args:
        path: A ``trace.npz``, the folder that analyze wrote, or a bundle, folder or zip.

    Returns:
        The session; its trace is read, and may turn out to be damaged, when it is asked for.

    Raises:
        TraceError: the trace is missing, or a trace alone can't be read.
        BundleError: the bundle can't be read.
        InputError: the report beside the trace is damaged, or it is none of these.
    """
    if is_bundle(path):
        return _of_bundle(path)
    if path.is_dir():
        if not (path / _TRACE).is_file():
            raise InputError(f"{path.name} holds no {_TRACE}: give a folder that analyze wrote")
        path = path / _TRACE
    kept = KeptTrace(lambda: read_trace(path).observations, lambda: _sha256(path))
    report = path.parent / _REPORT
    if path.name != _TRACE or not report.is_file():
        return Recorded(read_source(path), kept)
    saved = from_json(_text(report))
    return Recorded(
        source=saved.provenance.source,
        observations=kept,
        exercise=saved.report.exercise,
        saved=saved,
        # A range is found by the set-up only.
        set_up=bool(saved.report.own_range),
    )


def _of_bundle(path: Path) -> Recorded:
    session = open_session(path)
    return Recorded(
        source=session.about.source,
        observations=trace_of(session),
        exercise=session.exercise,
        saved=session.saved,
        set_up=session.about.set_up,
    )


def trace_of(session: SessionFile) -> KeptTrace:
    """The trace of a bundle."""
    return KeptTrace(lambda: session.trace.observations, lambda: session.bundle.check(TRACE))


def _sha256(path: Path) -> str:
    """Hash of a file.

    Raises:
        TraceError: it can't be read.
    """
    try:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        return digest.hexdigest()
    except OSError as error:
        raise TraceError(f"{path.name} can't be read: {error.strerror}.") from error


def _text(report: Path) -> str:
    try:
        return report.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{report.name} beside the trace can't be read: {error}") from error


def is_saved(report: Report, exercise: Exercise, saved: SavedReport) -> bool:
    """Whether a report says what a saved one says, to the last bit.

    Args:
        report: What the engine says now.
        exercise: What judged it.
        saved: What was said in the first run.
    """
    now, then = (to_dict(one, saved.provenance, exercise) for one in (report, saved.report))
    return now == then


def changes_of_saved(recorded: Recorded, exercise: Exercise) -> list[Change]:
    """The limits that a session was judged with the first time, where they were somebody's own.

    Args:
        recorded: The session.
        exercise: The rule as it is. Another version of it may mean something else by its limits;
            what was changed of that one is not carried over.
    """
    saved = recorded.saved
    if saved is None or saved.report.exercise != exercise.name:
        return []
    version = saved.report.rule_version
    if version == exercise.version or base_version(version) != exercise.version:
        return []
    return [
        Change(exercise.name, check.code, boundary, float(band[boundary]), absolute)
        for check in exercise.checks
        for absolute, name in ((False, "limits"), (True, "absolute"))
        if (band := saved.thresholds.get(check.code, {}).get(name)) is not None
        for boundary in ("good", "fault")
    ]
