"""What is needed of a recorded session to judge it again, wherever it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from formcheck.errors import InputError
from formcheck.judgement.overrides import Change, base_version
from formcheck.judgement.report import SavedReport, from_json, to_json
from formcheck.judgement.rule import Exercise
from formcheck.media.bundle import is_bundle
from formcheck.media.trace import read_trace
from formcheck.sessionfile import open_session
from formcheck.types import Observation, Report

__all__ = ["Recorded", "changes_of_saved", "is_saved", "open_recorded"]

_TRACE, _REPORT = "trace.npz", "report.json"


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """A recorded session.

    Attributes:
        source: What it is called: its clip or camera, never a path.
        observations: In order of time.
        exercise: Name of the exercise that it was judged as, or None where that is not kept.
        saved: The report of the first run, or None where it is not kept.
        set_up: Whether it began with the spoken set-up of the user's own range.
    """

    source: str
    observations: tuple[Observation, ...]
    exercise: str | None = None
    saved: SavedReport | None = None
    set_up: bool = False


def open_recorded(path: Path) -> Recorded:
    """Opens a trace, a folder of results that holds one, or the bundle of a session.

    Args:
        path: A ``trace.npz``, the folder that analyze wrote, or a bundle, folder or zip.

    Raises:
        TraceError: the trace is missing or can't be read.
        BundleError: the bundle can't be read.
        InputError: the report beside the trace is damaged, or it is none of these.
    """
    if is_bundle(path):
        return _of_bundle(path)
    if path.is_dir():
        if not (path / _TRACE).is_file():
            raise InputError(f"{path.name} holds no {_TRACE}: give a folder that analyze wrote")
        path = path / _TRACE
    trace = read_trace(path)
    report = path.parent / _REPORT
    if path.name != _TRACE or not report.is_file():
        return Recorded(trace.meta.source, trace.observations)
    saved = from_json(_text(report))
    return Recorded(
        source=saved.provenance.source,
        observations=trace.observations,
        exercise=saved.report.exercise,
        saved=saved,
        # A range is found by the set-up only.
        set_up=bool(saved.report.own_range),
    )


def _of_bundle(path: Path) -> Recorded:
    session = open_session(path)
    return Recorded(
        source=session.about.source,
        observations=session.trace.observations,
        exercise=session.exercise,
        saved=session.saved,
        set_up=session.about.set_up,
    )


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
    now, then = (to_json(one, saved.provenance, exercise) for one in (report, saved.report))
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
