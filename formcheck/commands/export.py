"""``formcheck export``: a recorded session in the format of another tool."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formcheck.commands.common import add_rules_option
from formcheck.errors import InputError, OutputError

if TYPE_CHECKING:
    from formcheck.recorded import Recorded

FORMATS = {
    "trc": "marker positions for OpenSim and Sports2D; pixels, or metres with --stature",
    "mot": "what was measured over time, for OpenSim and Sports2D",
    "coco": "COCO keypoints JSON of every frame",
    "kva": "findings, comments and drawings for Kinovea",
}
SUFFIXES = {"trc": ".trc", "mot": ".mot", "coco": ".coco.json", "kva": ".kva"}
LEAST_M, MOST_M = 0.5, 2.5


def add_to(parsers: Any) -> None:
    """Declares the command."""
    p = parsers.add_parser(
        "export",
        help="write a recorded session in the format of another tool",
        description="Writes what was seen or said in a recorded session in the format of another "
        "tool; docs/interchange.md tells what stands where.",
    )
    p.add_argument(
        "session",
        type=Path,
        metavar="TRACE_OR_BUNDLE",
        help="a trace.npz, the folder that analyze wrote, or a session bundle",
    )
    p.add_argument(
        "--to",
        required=True,
        choices=sorted(FORMATS),
        help="; ".join(f"{name}: {what}" for name, what in FORMATS.items()),
    )
    p.add_argument("--out", type=Path, metavar="FILE", help="default: beside the session")
    p.add_argument("--stature", type=float, metavar="M", help="trc: the person's height in metres")
    p.add_argument("--exercise", metavar="NAME", help="where the recording does not say which")
    add_rules_option(p)
    p.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Writes one file and says where."""
    from formcheck.recorded import open_recorded

    if options.stature is not None and options.to != "trc":
        raise InputError("--stature turns the pixels of a trc into metres; leave it out otherwise")
    if options.stature is not None and not LEAST_M <= options.stature <= MOST_M:
        raise InputError(
            f"--stature {options.stature:g} is no height of a person in metres, e.g. 1.72"
        )
    recorded = open_recorded(options.session)
    stem = _stem(options.session)
    target = options.out or options.session.parent / f"{stem}{SUFFIXES[options.to]}"
    _write(target, _text(options, recorded, stem, target.name))
    print(f"Wrote {target}.")
    return 0


def _text(options: argparse.Namespace, recorded: Recorded, stem: str, file: str) -> str:
    if options.to == "trc":
        from formcheck.interchange.tracks import tracks_of
        from formcheck.interchange.trc import to_trc

        return to_trc(tracks_of(recorded.observations), file, options.stature)
    if options.to == "coco":
        from formcheck.interchange.coco import to_coco

        return to_coco(recorded.observations, recorded.source, "formcheck, MediaPipe Pose")
    if options.to == "mot":
        return _mot(options, recorded, stem)
    return _kva(options, recorded)


def _mot(options: argparse.Namespace, recorded: Recorded, stem: str) -> str:
    from formcheck.interchange.mot import to_mot
    from formcheck.judgement.measuring import Measurer
    from formcheck.judgement.registry import find_exercise, load_exercises

    name = options.exercise or recorded.exercise
    if name is None:
        raise InputError("a trace alone does not say what it shows; add --exercise NAME")
    exercise = find_exercise(name, load_exercises(options.rules))
    measurer = Measurer(exercise)
    seen = [measurer.measure(observation) for observation in recorded.observations]
    names = [feature.name for feature in exercise.features]
    measures = {each: [one.values.get(each, float("nan")) for one in seen] for each in names}
    return to_mot([observation.t_s for observation in recorded.observations], measures, stem)


def _kva(options: argparse.Namespace, recorded: Recorded) -> str:
    from formcheck.interchange.kva import to_kva
    from formcheck.judgement.registry import find_exercise, load_exercises
    from formcheck.media.bundle import is_bundle
    from formcheck.notes import Notes
    from formcheck.presentation import words
    from formcheck.presentation.coached import overruled
    from formcheck.sessionfile import open_session

    notes = open_session(options.session).notes if is_bundle(options.session) else Notes()
    if recorded.saved is None and not notes.comments and not notes.drawings:
        raise InputError("a trace alone holds no findings and no notes; give a bundle for kva")
    findings = []
    if recorded.saved is not None:
        report = recorded.saved.report
        exercise = find_exercise(report.exercise, load_exercises(options.rules))
        stature_m = recorded.saved.provenance.stature_m
        checks = {check.code: check for check in exercise.checks}
        gone = overruled(report, exercise, notes)
        for finding in report.findings:
            if finding in gone:
                continue
            check = checks.get(finding.check)
            if check is None:  # The rule has it no more.
                title = recorded.saved.thresholds.get(finding.check, {}).get("title", finding.check)
                findings.append((finding.worst_t_s, str(title), ""))
                continue
            furthest = words.furthest(finding, check, stature_m)
            findings.append((finding.worst_t_s, check.title, f"{check.measure.title} {furthest}"))
    return to_kva(recorded.observations, recorded.source, findings, notes)


def _stem(session: Path) -> str:
    name = session.resolve().name
    for suffix in (".formcheck", ".trace.npz", ".npz"):
        name = name.removesuffix(suffix)
    return name


def _write(target: Path, text: str) -> None:
    """Writes a new file, whole or not at all.

    Raises:
        OutputError: it is there already, or can't be written.
    """
    from formcheck.media.staging import appearing

    try:
        with appearing(target) as path:
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        why = error.strerror or os.strerror(error.errno or 0)
        raise OutputError(f"{target} can't be written: {why}; choose another place") from error
