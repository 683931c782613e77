"""Make a session whole whose program was killed, from the journal that it left behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from formcheck import __version__
from formcheck.errors import BundleError
from formcheck.journalfiles import (
    HEADER,
    LOG,
    Header,
    Listing,
    clear,
    locked,
    observations_of,
    read_header,
    seal_journal,
)
from formcheck.judgement.engine import Engine
from formcheck.judgement.overrides import Change, base_version, changed
from formcheck.judgement.registry import find_exercise
from formcheck.judgement.report import Provenance, to_json
from formcheck.judgement.rule import Exercise
from formcheck.media.bundle import MANIFEST
from formcheck.media.trace import Trace
from formcheck.sessionfile import Ending, SessionFile, open_session
from formcheck.types import Report

__all__ = ["Repaired", "is_left_behind", "repair"]


@dataclass(frozen=True, slots=True)
class Repaired:
    """What came of a journal.

    Attributes:
        session: The session, as a bundle in the journal's folder.
        lost_bytes: So much of the journal could not be read: its end was cut off, or it is damaged.
        was_whole: Whether it was a bundle already.
        listing: What is to become of it in the library, where that is still to be done.
    """

    session: SessionFile
    lost_bytes: int = 0
    was_whole: bool = False
    listing: Listing | None = None


def is_left_behind(folder: Path) -> bool:
    """Whether a folder holds the files of a journal: of a killed session, or of a running one."""
    return (folder / HEADER).is_file() or (folder / LOG).is_file()


def repair(
    folder: Path,
    exercises: Mapping[str, Exercise],
    settle: Callable[[Repaired], None] = lambda repaired: None,
) -> Repaired:
    """Makes a journal that was left behind a bundle; killed on the way, it can be done again.

    Args:
        folder: The folder of the session.
        exercises: Every exercise by name.
        settle: Told what came of it before the journal is removed. What it raises leaves the
            journal's header, so that all this can be done again.

    Raises:
        BundleError: it is no journal, empty, or its session is still running.
        UnknownExercise: what was judged is not known here.
        OutputError: the bundle can't be written.
    """
    if not folder.is_dir():
        raise BundleError(f"{folder} is no folder: give the folder of a session.")
    whole = (folder / MANIFEST).exists()
    header = None if whole else read_header(folder)
    with _opened(folder) if not whole or (folder / LOG).exists() else nullcontext() as log:
        if log is not None and not locked(log):
            raise BundleError(
                f"{folder.name} is still being recorded: end that session first, then try again."
            )
        repaired = _as_it_is(folder) if header is None else _mended(folder, header, exercises)
        settle(repaired)
    clear(folder)
    return repaired


def _as_it_is(folder: Path) -> Repaired:
    """A bundle whose journal was not removed any more."""
    session = open_session(folder)
    listing = read_header(folder).listing if (folder / HEADER).exists() else None
    return Repaired(session, was_whole=True, listing=listing)


def _mended(folder: Path, header: Header, exercises: Mapping[str, Exercise]) -> Repaired:
    exercise = _as_it_was(find_exercise(header.about.exercise, exercises), header)
    observations, lost_bytes = observations_of(folder)
    trace = Trace(header.meta, observations)
    report = _report(trace, exercise, set_up=header.about.set_up)
    provenance = Provenance(
        formcheck_version=__version__,
        source=header.about.source,
        duration_s=report.duration_s,
        model_sha256=header.meta.model_sha256,
    )
    text = to_json(report, provenance, exercise)
    session = seal_journal(folder, replace(header.about, ended=Ending.KILLED), trace, text)
    return Repaired(session, lost_bytes, listing=header.listing)


def _opened(folder: Path) -> IO[bytes]:
    try:
        return (folder / LOG).open("rb")
    except OSError as error:
        raise BundleError(f"{folder.name} can't be repaired: it holds no {LOG}.") from error


def _as_it_was(exercise: Exercise, header: Header) -> Exercise:
    """The exercise with the limits of that session, where somebody's own were in force.

    Limits of another version of the rule may mean something else: they are not carried over.
    """
    version_then = header.rule_version
    if version_then == exercise.version or base_version(version_then) != exercise.version:
        return exercise
    bands = (
        (check.code, name == "absolute", header.limits.get(check.code, {}).get(name))
        for check in exercise.checks
        for name in ("limits", "absolute")
    )
    return changed(
        exercise,
        [
            Change(exercise.name, code, boundary, float(value), absolute)
            for code, absolute, band in bands
            if band is not None
            for boundary, value in zip(("good", "fault"), band, strict=True)
        ],
    )


def _report(trace: Trace, exercise: Exercise, *, set_up: bool) -> Report:
    engine = Engine(exercise, set_up=set_up)
    for observation in trace.observations:
        engine.step(observation)
    return engine.close()
