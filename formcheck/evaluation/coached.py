"""Sessions that a coach was through with: rated anew, and written out as labelled clips."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from formcheck.errors import FormcheckError, OutputError
from formcheck.evaluation.agreement import (
    CoachedSpan,
    Rating,
    Said,
    coached_spans,
    counted_alike,
    is_rated,
    ratings,
)
from formcheck.evaluation.truth import Span
from formcheck.judgement.engine import Engine
from formcheck.judgement.overrides import changed
from formcheck.judgement.registry import find_exercise
from formcheck.judgement.rule import Exercise
from formcheck.media.bundle import is_bundle
from formcheck.media.staging import staged
from formcheck.notes import Subject
from formcheck.recorded import changes_of_saved, open_recorded
from formcheck.sessionfile import SessionFile, open_session, save_trace
from formcheck.types import Level, Report

__all__ = ["Coached", "bundles_below", "export_labels", "rate"]

LABELS = ".labels.toml"
_SHORTEST_S = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Coached:
    """What came of one session.

    Attributes:
        name: Path of its bundle inside the folder, with ``/``.
        exercise: Name of the exercise.
        rated: Whether a coach was through with it.
        ratings: Of every check, where it was rated.
        counted: How many repetitions and jumps the coach said to count or not, and how many of
            them the program says the same of.
    """

    name: str
    exercise: str
    rated: bool
    ratings: tuple[Rating, ...] = ()
    counted: tuple[int, int] = (0, 0)


def bundles_below(folder: Path) -> list[Path]:
    """The bundles in a folder and its sub-folders, by name; or the folder itself, if it is one."""
    if is_bundle(folder):
        return [folder]
    found: list[Path] = []
    for place, inner, files in os.walk(folder):
        # What lies in the folder of a bundle belongs to it.
        found += [Path(place, name) for name in inner if is_bundle(Path(place, name))]
        inner[:] = [name for name in inner if not is_bundle(Path(place, name))]
        found += [Path(place, name) for name in files if is_bundle(Path(place, name))]
    return sorted(found)


def rate(
    paths: Iterable[Path],
    folder: Path,
    exercises: Mapping[str, Exercise],
    failed: Callable[[str, FormcheckError], None],
) -> list[Coached]:
    """Judges sessions by the rules as they are now, and compares with what the coach said.

    Limits that were a person's own stay theirs.

    Args:
        paths: The bundles.
        folder: What their names are told from.
        exercises: Every exercise by name; those of others are left out.
        failed: Told of a bundle that can't be read, by name; it is left out.
    """
    found = []
    for path in paths:
        name = path.relative_to(folder).as_posix() if path != folder else path.name
        try:
            session = open_session(path)
            if session.exercise in exercises:
                found.append(_rated(name, session, exercises))
        except FormcheckError as error:
            failed(name, error)
    return found


def _rated(name: str, session: SessionFile, exercises: Mapping[str, Exercise]) -> Coached:
    notes = session.notes
    if not is_rated(notes):
        return Coached(name, session.exercise, rated=False)
    recorded = open_recorded(session.path)
    rule = find_exercise(session.exercise, exercises)
    exercise = changed(rule, changes_of_saved(recorded, rule))
    engine = Engine(exercise, set_up=recorded.set_up)
    for observation in recorded.observations:
        engine.step(observation)
    spans = coached_spans(session.report, notes)
    rated = tuple(ratings(name, exercise, engine.close(), spans))
    return Coached(name, session.exercise, True, rated, counted_alike(session.report, notes))


def export_labels(
    paths: Sequence[Path], target: Path, left_out: Callable[[Path, str], None]
) -> int:
    """Writes the sessions that a coach was through with as a labelled set: clip, label, trace.

    Args:
        paths: The bundles.
        target: A new folder.
        left_out: Told of a bundle that is left out, and why.

    Returns:
        How many clips were written.

    Raises:
        OutputError: the folder is there already, or can't be written.
    """
    if target.exists():
        raise OutputError(f"{target} is there already; choose a new folder")
    written = 0
    with staged(target) as stage:
        for path in paths:
            try:
                why = _export(path, stage, f"{written + 1:03d}-{path.stem}")
            except FormcheckError as error:
                why = str(error)
            if why:
                left_out(path, why)
            else:
                written += 1
    return written


def _export(path: Path, stage: Path, name: str) -> str:
    """Writes one session; gives why not, where it is left out."""
    session = open_session(path)
    if not is_rated(session.notes):
        return "no coach was through with it yet"
    if not session.has_clip:
        return "its clip was not kept"
    label = _label(session)
    traces = stage / "traces"
    traces.mkdir(exist_ok=True)
    session.copy_clip(stage / f"{name}.mp4")
    save_trace(session.trace, traces / f"{name}.trace.npz")
    (stage / f"{name}{LABELS}").write_text(label, encoding="utf-8")
    return ""


def _label(session: SessionFile) -> str:
    """The text of the label; the keys are those of :mod:`formcheck.evaluation.labels`."""
    report, notes = session.report, session.notes
    spans = coached_spans(report, notes)
    who = sorted({opinion.by for opinion in notes.opinions if opinion.by})
    by = f" ({', '.join(who)})" if who else ""
    note = f"faults as a coach sees them{by}; holds and repetitions as the program found them"
    judge = "true" if report.judged_s > 0.0 else _quoted("may")
    lines = [
        f"does = {_quoted(report.exercise)}",
        f"judge = {judge}",
        f"note = {_quoted(note)}",
    ]
    if report.holds:
        lines.append(f"holds = {_pairs((h.start_s, h.end_s) for h in report.holds)}")
    if report.bouts:
        lines.append(f"active = {_pairs((b.start_s, b.end_s) for b in report.bouts)}")
    if report.reps:
        lines.append(f"reps = {_counted(report, session)}")
    clean = _clean(spans)
    if clean:
        lines.append(f"clean = {_pairs(clean)}")
    faults = [span for span in spans if span.said is Said.YES]
    return "\n".join([*lines, *map(_fault, faults)]) + "\n"


def _counted(report: Report, session: SessionFile) -> int:
    """Repetitions that count, as the coach sees it."""
    count = 0
    for rep in report.reps:
        opinion = session.notes.opinion_of(rep)
        said = None if opinion is None else opinion.counts
        count += rep.counted if said is None else said
    return count + len(session.notes.missed(report.reps, Subject.REP))


def _clean(spans: Sequence[CoachedSpan]) -> list[Span]:
    """Time in which any correction would be false: something was overruled and nothing else said.

    What stands of another check at the same time, or what nobody spoke of, may be corrected.
    """
    left = [span.span_s for span in spans if span.said is Said.NO]
    for start_s, end_s in (span.span_s for span in spans if span.said is not Said.NO):
        parts = [part for a, b in left for part in ((a, min(b, start_s)), (max(a, end_s), b))]
        left = [(a, b) for a, b in dict.fromkeys(parts) if b - a >= _SHORTEST_S]
    return sorted(left)


def _fault(span: CoachedSpan) -> str:
    strength = "mild" if span.level is Level.WARN else "clear"
    start_s, end_s = span.span_s
    # A span of a label has a length, and a coach may point at one moment.
    end_s = max(end_s, start_s + _SHORTEST_S)
    return (
        f"\n[[faults]]\ncheck = {_quoted(span.check)}\n"
        f"span = [{start_s:.2f}, {end_s:.2f}]\nstrength = {_quoted(strength)}"
    )


def _pairs(spans: Iterable[tuple[float, float]]) -> str:
    return "[" + ", ".join(f"[{start_s:.2f}, {end_s:.2f}]" for start_s, end_s in spans) + "]"


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    escaped = "".join(
        f"\\u{ord(letter):04x}" if ord(letter) < 32 or letter in '"\\\x7f' else letter
        for letter in text
    )
    return f'"{escaped}"'
