"""``formcheck eval``: measure the program on labelled clips."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formcheck.commands.common import add_rules_option
from formcheck.errors import InputError

if TYPE_CHECKING:
    from formcheck.evaluation.labels import LabelledClip
    from formcheck.evaluation.outcome import ClipOutcome
    from formcheck.judgement.rule import Exercise


def add_to(parsers: Any) -> None:
    """Declares the command."""
    p = parsers.add_parser(
        "eval",
        help="measure the program on labelled clips and on sessions that a coach reviewed",
        description="Judges labelled clips and compares: faults found and missed, false cues, "
        "delay from fault to cue, repetitions counted, angle and time errors, share not judged. "
        "Of session bundles in the folder that a coach was through with, it tells how far program "
        "and coach agree on each check (Cohen's kappa).",
    )
    p.add_argument("folder", nargs="?", type=Path, default=Path("test_videos"), metavar="DIR")
    p.add_argument("--exercise", action="append", metavar="NAME", help="only this one")
    add_rules_option(p)
    p.add_argument(
        "--model",
        type=Path,
        metavar="FILE.task",
        help="another pose model; traces of other models are not used then",
    )
    p.add_argument("--only", metavar="TEXT", help="only clips with TEXT in their name")
    p.add_argument(
        "--traces", type=Path, metavar="DIR", help="read pose traces from here; make missing ones"
    )
    p.add_argument("--fps", type=float, help="leave out frames, down to so many a second")
    p.add_argument("--drop", type=float, default=0.0, metavar="SHARE", help="drop frames, 0 to 1")
    p.add_argument(
        "--by",
        action="append",
        default=[],
        metavar="FACT",
        help="for rendered clips: also a table by a fact of their truth, e.g. camera.yaw_deg, "
        "camera.distance_m, body.actor, fps",
    )
    p.add_argument(
        "--check",
        metavar="CODE",
        help="only this check in the table of repetitions and in those of --by",
    )
    p.add_argument(
        "--export-labels",
        type=Path,
        metavar="DIR",
        help="write the sessions that a coach was through with to a new folder of labelled clips",
    )
    p.add_argument("--json", action="store_true", help="print everything as JSON")
    p.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Evaluates and prints; exit code 2 when a clip could not be read or its trace kept."""
    from formcheck.commands.evaluate_coached import run_coached
    from formcheck.evaluation.coached import bundles_below
    from formcheck.evaluation.run import Thinning, evaluate
    from formcheck.judgement.registry import find_exercise, load_exercises
    from formcheck.perception.open import open_estimator

    if not 0.0 <= options.drop < 1.0:
        raise InputError(f"--drop {options.drop:g} must be at least 0 and below 1")
    if options.fps is not None and not options.fps > 0.0:
        raise InputError(f"--fps {options.fps:g} must be above 0")
    exercises = load_exercises(options.rules)
    chosen = [find_exercise(n, exercises) for n in options.exercise or sorted(exercises)]
    if options.check is not None:
        _check_check(options.check, chosen)
    bundles = bundles_below(options.folder)
    if bundles:
        return run_coached(bundles, options, {one.name: one for one in chosen})
    if options.export_labels is not None:
        raise InputError(
            f"{options.folder} holds no session bundle; --export-labels wants a folder of sessions"
        )
    clips = _clips(options.folder, options.only, exercises)
    _check_facts(clips, options.by)
    failed: list[str] = []
    outcomes: list[ClipOutcome] = []
    with ExitStack() as stack, _counter(len(clips) * len(chosen)) as count:
        for outcome in evaluate(
            clips,
            chosen,
            cache(lambda: stack.enter_context(open_estimator(options.model, outline=True))),
            options.traces,
            Thinning(options.fps, options.drop),
            lambda clip, error: failed.append(f"{clip.name}: {error}"),
            same_model=options.model is not None,
        ):
            outcomes.append(outcome)
            count(len(outcomes))
    _print(outcomes, options.by, options.check, as_json=options.json)
    for sentence in failed:
        print(f"formcheck: {sentence}", file=sys.stderr)
    return 2 if failed else 0


def _clips(folder: Path, only: str | None, exercises: Mapping[str, Exercise]) -> list[LabelledClip]:
    from formcheck.evaluation.labels import check_faults, labelled_clips

    clips = labelled_clips(folder)
    check_faults(clips, exercises)
    chosen = [clip for clip in clips if (only or "") in clip.name]
    if not chosen:
        raise InputError(
            f"--only {only}: no labelled clip in {folder} has that in its name; its clips are "
            f"called e.g. {clips[0].name}"
        )
    return chosen


def _check_facts(clips: list[LabelledClip], wanted: list[str]) -> None:
    known = sorted({fact for clip in clips if clip.truth for fact in clip.truth.facts})
    for fact in wanted:
        if fact not in known:
            near = get_close_matches(fact, known, n=3, cutoff=0.3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise InputError(f"--by {fact}: no clip's truth has that{hint}")


def _check_check(wanted: str, exercises: list[Exercise]) -> None:
    known = sorted({check.code for exercise in exercises for check in exercise.checks})
    if wanted not in known:
        near = get_close_matches(wanted, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}."
        raise InputError(f"--check {wanted}: no exercise that is asked for has that check; {hint}")


@contextmanager
def _counter(total: int) -> Iterator[Callable[[int], None]]:
    """Counts on stderr, on a line that is gone again before anything else is printed."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return

    def count(done: int) -> None:
        print(f"\r{done} of {total}", end="", file=sys.stderr, flush=True)

    try:
        yield count
    finally:
        blank = " " * len(f"{total} of {total}")
        print(f"\r{blank}\r", end="", file=sys.stderr, flush=True)


def _print(
    outcomes: list[ClipOutcome], facts: list[str], check: str | None, *, as_json: bool
) -> None:
    from formcheck.evaluation.table import clip_row, grouped, summary

    if as_json:
        import json

        plain: dict[str, Any] = {"summary": summary(outcomes, check)}
        plain["by"] = {fact: grouped(outcomes, fact, check) for fact in facts}
        plain["clips"] = [clip_row(o) for o in outcomes]
        print(json.dumps(plain, indent=1, allow_nan=False))
        return
    from formcheck.presentation.evaluation import print_evaluation
    from formcheck.presentation.terminal import open_console

    print_evaluation(outcomes, facts, open_console(), check)
