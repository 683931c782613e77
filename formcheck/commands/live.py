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
from formcheck.commands.common import add_exercise_options, exercise_from
from formcheck.errors import DeviceError

if TYPE_CHECKING:
    from formcheck.judgement.report import Provenance
    from formcheck.media.camera import Camera, Paced
    from formcheck.types import Cue, Report


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
        help="keep the clip and the report, in a dated folder below DIR",
    )
    p.add_argument("--mute", action="store_true", help="draw only")
    p.add_argument("--no-window", action="store_true", help="speak only")
    add_readiness_options(p)
    p.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Runs a live session and prints its summary, also when the camera stopped on the way.

    Exit code 2 without a session when the answers about the user's back speak against one.
    """
    exercise = exercise_from(options)
    if not may_start(options, exercise):
        return 2
    from formcheck.live import coach, session_folder
    from formcheck.perception.open import open_estimator
    from formcheck.presentation.terminal import open_console, print_summary

    folder = None if options.out is None else session_folder(options.out, datetime.now())
    results: list[tuple[Report, Provenance]] = []
    try:
        with ExitStack() as stack:
            frames, name = stack.enter_context(_source(options))
            estimator = stack.enter_context(open_estimator(options.model, outline=exercise.outline))
            window = None if options.no_window else _window(stack)
            speaker = _speaker(stack, mute=options.mute)
            stack.enter_context(_stopped_by_sigterm())
            coach(
                exercise,
                estimator,
                frames,
                name,
                speaker,
                window,
                folder,
                _print_cue,
                lambda *result: results.append(result),
            )
    finally:
        for report, provenance in results:
            print()
            print_summary(report, exercise, provenance, open_console())
            if exercise.readiness is not None:
                print()
                show_stop_note()
            if folder is not None:
                _print_folder(folder)
    return 0


def _print_folder(folder: Path) -> None:
    if folder.is_dir():
        print(f"Results in {folder}: open report.html there.")
    else:
        print("Nothing was recorded.")


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
