"""``formcheck live``: coach one exercise in front of a camera, spoken and drawn."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formcheck.commands.asking import add_readiness_options, may_start, show_stop_note
from formcheck.commands.common import add_exercise_options, exercise_from, settle_in, with_limits_of
from formcheck.commands.drawing import drawing_progress
from formcheck.errors import DeviceError, FormcheckError

if TYPE_CHECKING:
    from formcheck.judgement.report import Provenance
    from formcheck.judgement.rule import Exercise
    from formcheck.media.camera import Camera, Paced
    from formcheck.types import Cue, Report

_INTERRUPTED = 130


def add_to(parsers: Any) -> None:
    """Declares the command."""
    p = parsers.add_parser(
        "live",
        help="be coached in front of a camera",
        description="Watches one exercise through a camera, speaks and draws. Stop with space, "
        "Esc, Q or Ctrl-C; the summary follows.",
    )
    add_exercise_options(p)
    source = p.add_mutually_exclusive_group()
    source.add_argument("--camera", type=int, default=0, metavar="N", help="which camera (0)")
    source.add_argument(
        "--source", type=Path, metavar="FILE", help="play a clip at its own speed instead"
    )
    p.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="keep the session, its clip and its report, in a dated folder below DIR",
    )
    p.add_argument(
        "--person",
        default="",
        metavar="NAME",
        help="who is training: judge by the limits kept for this person, and keep the name with "
        "the session",
    )
    p.add_argument("--mute", action="store_true", help="draw only")
    p.add_argument("--no-window", action="store_true", help="speak only")
    add_readiness_options(p)
    p.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Runs a live session and prints its summary, also when the camera stopped on the way.

    Exit code 2 without a session when the answers about the user's back speak against one.
    """
    rule = exercise_from(options)
    person = " ".join(options.person.split())
    exercise = with_limits_of(person, rule)
    if not may_start(options, exercise):
        return 2
    _tell_limits(person, rule, exercise)
    with _stopped_by_sigterm(), _mended(options) as mended:
        code = _session(options, exercise, person)
    for line in mended:
        print(f"formcheck: {line}", file=sys.stderr)
    return code


def _session(options: argparse.Namespace, exercise: Exercise, person: str) -> int:
    from formcheck.live import Keep, coach, session_folder
    from formcheck.perception.open import open_estimator
    from formcheck.presentation.terminal import open_console, print_summary

    began = datetime.now().astimezone()
    folder = None if options.out is None else session_folder(options.out, began)
    results: list[tuple[Report, Provenance]] = []
    try:
        with ExitStack() as stack:
            frames, name = stack.enter_context(_source(options))
            estimator = stack.enter_context(open_estimator(options.model, outline=exercise.outline))
            window = None if options.no_window else _window(stack)
            speaker = _speaker(stack, mute=options.mute)
            coach(
                exercise,
                estimator,
                frames,
                name,
                speaker,
                window,
                None if folder is None else Keep(folder, began, person),
                _print_cue,
                lambda *result: results.append(result),
            )
    except KeyboardInterrupt:  # Once more, while the session was being saved.
        return _INTERRUPTED
    finally:
        for report, provenance in results:
            print()
            print_summary(report, exercise, provenance, open_console())
            if exercise.readiness is not None:
                print()
                show_stop_note()
            if folder is not None:
                _draw(folder, exercise)
    return 0


def _draw(folder: Path, exercise: Exercise) -> None:
    """Draws what was kept, and says where it is; whatever happens, the session itself stays."""
    from formcheck.journalfiles import is_journal
    from formcheck.media.bundle import is_bundle
    from formcheck.sessionfile import open_session

    if is_journal(folder):
        print(
            f"What was recorded is in {folder}, but could not be finished. Make it whole with "
            f"'formcheck bundle repair {folder}'."
        )
        return
    if not is_bundle(folder):
        print("Nothing was recorded.")
        return
    from formcheck.rendering import render

    try:
        with drawing_progress() as progress:
            render(open_session(folder), exercise, folder, progress)
    except (KeyboardInterrupt, FormcheckError) as error:
        why = f"formcheck: {error}\n" if isinstance(error, FormcheckError) else ""
        print(
            f"{why}The session is whole in {folder}. Draw its clip and report later with "
            f"'formcheck bundle render {folder}'."
        )
        return
    print(f"Results in {folder}: open report.html there.")


def _tell_limits(person: str, rule: Exercise, exercise: Exercise) -> None:
    """Says before the session which limits are another's than the rule's."""
    from formcheck.judgement.overrides import moved
    from formcheck.presentation.rescored import told_limits

    limits = told_limits(moved(rule, exercise))
    if limits:
        print(f"The limits of {person} are in force:")
    for line in limits:
        print(f"  {line}")


@contextmanager
def _mended(options: argparse.Namespace) -> Iterator[list[str]]:
    """Repairs meanwhile what killed sessions left where this one is kept; what came of it after."""
    told: list[str] = []
    if options.out is None or not options.out.is_dir():
        yield told
        return
    from formcheck.judgement.registry import load_exercises
    from formcheck.leftbehind import mend_all

    exercises = load_exercises(options.rules)
    settle = settle_in(options.out, exercises)
    stopped = threading.Event()

    def mend() -> None:
        for found in mend_all(options.out, exercises, settle, stopped.is_set):
            told.append(found.problem or f"{found.folder} was cut off, and is whole again.")

    thread = threading.Thread(target=mend, name="formcheck-mend", daemon=True)
    thread.start()
    try:
        yield told
    finally:
        stopped.set()
        thread.join()


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Being asked to end by the system is like Ctrl-C: the session is finished, not cut off."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Only the main thread may handle signals.
        return

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _print_cue(cue: Cue) -> None:
    """Shown as well as said: the sound may be off, or missing."""
    print(f"{cue.t_s:7.1f} s  {cue.text}", flush=True)


@contextmanager
def _source(options: argparse.Namespace) -> Iterator[tuple[Camera | Paced, str]]:
    from formcheck.media.camera import Camera, Paced
    from formcheck.media.reader import VideoReader

    if options.source is None:
        with Camera(options.camera) as camera:
            yield camera, f"camera {options.camera}"
    else:
        with VideoReader(options.source) as reader, Paced(reader) as paced:
            yield paced, options.source.name


def _window(stack: ExitStack) -> Any:
    from formcheck.presentation.window import Window

    try:
        return stack.enter_context(Window())
    except DeviceError as error:
        print(f"formcheck: {error}", file=sys.stderr)
        return None


def _speaker(stack: ExitStack, *, mute: bool) -> Any:
    from formcheck.presentation.voice import SilentSpeaker, open_speaker

    if mute:
        return SilentSpeaker()
    speaker, problem = open_speaker()
    stack.callback(speaker.close)
    if problem is not None:
        print(f"formcheck: {problem}", file=sys.stderr)
    return speaker
