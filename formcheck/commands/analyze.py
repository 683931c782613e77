"""``formcheck analyze``: clips in; annotated clips, reports and traces out."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formcheck.commands.common import (
    add_bundle_options,
    add_exercise_options,
    exercise_from,
    keep_from,
    stature_m,
    with_limits_of,
)
from formcheck.errors import FormcheckError

if TYPE_CHECKING:
    from formcheck.analysis import Analysis
    from formcheck.clipsession import Keep
    from formcheck.judgement.rule import Exercise
    from formcheck.media.reader import SourceInfo

DEFAULT_OUTPUT = "formcheck-output"


def add_to(parsers: Any) -> None:
    """Declares the command."""
    p = parsers.add_parser(
        "analyze",
        help="judge recorded clips",
        description="Judges clips. Each gets a folder with the annotated clip, report.html, "
        "report.json, signals.csv, cues.vtt and trace.npz; for repetitions reps.csv as well, for "
        "jumps jumps.csv.",
    )
    p.add_argument("clips", nargs="+", type=Path, metavar="CLIP", help="video files")
    add_exercise_options(p)
    p.add_argument(
        "--out",
        type=Path,
        default=Path(DEFAULT_OUTPUT),
        metavar="DIR",
        help=f"where the results go, one folder a clip (default: {DEFAULT_OUTPUT})",
    )
    p.add_argument(
        "--height-cm",
        type=float,
        metavar="H",
        help="your height, for estimates in centimetres",
    )
    p.add_argument(
        "--slow-motion",
        action="store_true",
        help="also make slow-motion.mp4: the annotated clip, four times slower around each "
        "landing, without sound",
    )
    add_bundle_options(p)
    p.add_argument("--json", action="store_true", help="print the report as JSON, one line a clip")
    p.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Analyses every clip; one that can't be read does not stop the rest."""
    exercise = with_limits_of(options.person, exercise_from(options))
    stature, keep = stature_m(options.height_cm), keep_from(options)
    from formcheck.analysis import analyze_clip
    from formcheck.perception.open import open_estimator

    failed = 0
    folders = result_folders(options.out, options.clips)
    with open_estimator(options.model, outline=exercise.outline) as estimator:
        for clip, folder in zip(options.clips, folders, strict=True):
            try:
                with _progress(clip.name) as progress:
                    analysis = analyze_clip(
                        clip,
                        exercise,
                        estimator,
                        folder,
                        stature_m=stature,
                        progress=progress,
                        slow_motion=options.slow_motion,
                        keep=keep,
                    )
            except FormcheckError as error:
                print(f"formcheck: {error}", file=sys.stderr)
                failed += 1
                continue
            _show(analysis, exercise, keep, as_json=options.json)
            if options.slow_motion and not analysis.slowed:
                print(f"formcheck: {_nothing_slow(clip.name, exercise)}", file=sys.stderr)
    return 2 if failed else 0


def result_folders(out: Path, clips: Sequence[Path]) -> list[Path]:
    """One folder a clip, named after it; clips of the same name get a number.

    Names that differ in upper and lower case alone are the same on some file systems.
    """
    used: set[str] = set()
    folders = []
    for clip in clips:
        stem = clip.stem or "clip"
        numbered = itertools.chain([stem], (f"{stem}-{n}" for n in itertools.count(2)))
        name = next(name for name in numbered if name.casefold() not in used)
        used.add(name.casefold())
        folders.append(out / name)
    return folders


@contextmanager
def _progress(name: str) -> Iterator[Callable[[float, SourceInfo], None]]:
    """A bar on stderr with the rate and the time left; nothing when stderr is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.1f} / {task.total:.1f} s"),
        TextColumn("{task.fields[fps]:.0f} frames a second"),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(name, total=0.0, fps=0.0)
        frames = 0

        def progress(t_s: float, info: SourceInfo) -> None:
            nonlocal frames
            frames += 1
            elapsed_s = bar.tasks[task].elapsed or 0.0
            bar.update(
                task,
                completed=t_s,
                total=info.duration_s or t_s,
                fps=frames / elapsed_s if elapsed_s > 0.0 else 0.0,
            )

        yield progress


def _show(analysis: Analysis, exercise: Any, keep: Keep | None, *, as_json: bool) -> None:
    if as_json:
        import json

        from formcheck.judgement.report import to_dict

        plain = to_dict(analysis.report, analysis.provenance, exercise)
        print(json.dumps(plain, ensure_ascii=False, allow_nan=False))
        return
    from formcheck.presentation.terminal import open_console, print_summary

    print_summary(analysis.report, exercise, analysis.provenance, open_console())
    print(f"Results in {analysis.folder}: open report.html there, or play annotated.mp4.")
    if keep is not None:
        name = keep.file_in(analysis.folder)
        print(f"{name} is the session, to be reviewed and passed on.")
    if analysis.slowed:
        print("slow-motion.mp4 shows the times of your clip, and has no sound.")


def _nothing_slow(clip: str, exercise: Exercise) -> str:
    from formcheck.presentation.hops import is_jumped

    if is_jumped(exercise):
        return f"{clip}: no landing was found, so there is nothing to slow down."
    return (
        f"{clip}: --slow-motion has nothing to slow down, as there are no landings in the "
        f"exercise {exercise.name!r}."
    )
