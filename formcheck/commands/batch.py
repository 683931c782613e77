"""``formcheck batch``: many clips at once; goes on where it was stopped."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from formcheck.commands.common import (
    add_bundle_options,
    add_model_option,
    add_rules_option,
    app_home,
    keep_from,
    profile_of,
    stature_m,
)
from formcheck.errors import InputError

if TYPE_CHECKING:
    from formcheck.batch.run import Runner, Todo
    from formcheck.batch.tables import Done
    from formcheck.batch.work import Outcome
    from formcheck.profiles import Profile

DEFAULT_OUTPUT = "formcheck-batch"


def add_to(parsers: Any) -> None:
    """Declares the command."""
    p = parsers.add_parser(
        "batch",
        help="judge many clips at once",
        description="Judges many clips. Each gets a folder as from 'formcheck analyze'; all of "
        "them together summary.html and tables (CSV and Parquet). Run the same command again "
        "after a stop: finished clips are not done twice.",
    )
    p.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="a folder, a glob in quotes, a manifest (.csv with the columns clip, exercise, "
        "person, height_cm) or a clip; paths or URLs",
    )
    p.add_argument(
        "--exercise",
        metavar="NAME",
        help="see 'formcheck rules'; without it, and where a manifest does not say, each clip's "
        "exercise is guessed",
    )
    add_rules_option(p)
    add_model_option(p)
    p.add_argument(
        "--out",
        default=DEFAULT_OUTPUT,
        metavar="DIR",
        help=f"where the results go, a folder or a URL (default: {DEFAULT_OUTPUT})",
    )
    p.add_argument(
        "--height-cm", type=float, metavar="H", help="height of the person, where all are the same"
    )
    p.add_argument(
        "--slow-motion", action="store_true", help="also make slow-motion.mp4 where there are jumps"
    )
    add_bundle_options(p)
    p.add_argument(
        "--workers", type=int, metavar="N", help="processes on this machine (default: one a core)"
    )
    p.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="work on a Dask cluster, e.g. tcp://10.0.0.1:8786 (needs formcheck[cluster])",
    )
    p.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Does the batch; 2 when a clip could not be done."""
    if options.workers is not None and options.workers < 1:
        raise InputError(f"--workers {options.workers} is no number of processes; give 1 or more")
    if options.scheduler is not None and options.workers is not None:
        raise InputError("--workers is for this machine, --scheduler for a cluster; give one")
    height_m, keep = stature_m(options.height_cm), keep_from(options)
    from formcheck.batch.place import is_url
    from formcheck.batch.plan import find_clips
    from formcheck.batch.run import Options, run_batch, what_to_do
    from formcheck.judgement.registry import load_exercises
    from formcheck.perception.open import open_estimator

    person = " ".join(options.person.split())
    clips = find_clips(options.sources, options.out, options.exercise, height_m, person)
    settings = Options(
        out=options.out,
        exercises=load_exercises(options.rules),
        rules=tuple(options.rules),
        model=options.model,
        slow_motion=options.slow_motion,
        # Workers elsewhere see no folder of this machine.
        hand_over=options.scheduler is not None and not is_url(options.out),
        keep=keep,
        profiles=_profiles({clip.person for clip in clips}, person),
    )
    todo = what_to_do(clips, settings, open_estimator)
    if todo.finished:
        print(f"{len(todo.finished)} of {len(clips)} clips are finished already.")
    with _progress(todo) as tell:
        batch = run_batch(todo, settings, _runner(options), tell)
    return _told(batch, options.out)


def _profiles(people: Iterable[str], named: str) -> dict[str, Profile]:
    """The limits of everybody who has some of their own.

    Args:
        people: As clips name them; nobody is left out.
        named: Who was named on the command line, and is told of when there are none.

    Raises:
        InputError: limits can't be read.
    """
    from formcheck.profiles import has_profile, load_profile

    home, found = app_home(), {}
    for person in sorted(filter(None, people)):
        if person == named:
            profile = profile_of(person)
            if profile is not None:
                found[person] = profile
        elif has_profile(home, person):
            found[person] = load_profile(home, person)
    return found


def _runner(options: argparse.Namespace) -> Runner:
    """Who does it."""
    if options.scheduler is not None:
        from formcheck.batch.cluster import run_on

        return partial(run_on, scheduler=options.scheduler, remark=_remark)
    from formcheck.batch.local import cores, run_here

    return partial(run_here, workers=options.workers or cores())


def _remark(sentence: str) -> None:
    print(f"formcheck: {sentence}", file=sys.stderr)


def _told(batch: list[Done], out: str) -> int:
    """Says what came of it."""
    failed = [done for done in batch if done.saved is None]
    print(f"{len(batch) - len(failed)} of {len(batch)} clips were analysed.")
    for done in failed:
        _remark(f"{done.clip.name} could not be done: {done.record.failed}")
    print(f"Results in {out}: open summary.html there; the tables are clips.csv and others.")
    return 2 if failed else 0


@contextmanager
def _progress(todo: Todo) -> Iterator[Callable[[Outcome], None]]:
    """A line for each clip, and under them a bar with the time left where there is a terminal."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TextColumn

    from formcheck.batch.sources import size_of
    from formcheck.presentation.words import seconds

    console = Console(stderr=True, highlight=False)
    weights = {task.clip.folder: float(size_of(task.clip.where) or 1) for task in todo.tasks}
    total = sum(weights.values())
    started_s = time.monotonic()
    before = len(todo.finished)
    columns = (
        TextColumn("{task.fields[count]} of {task.fields[all]} clips"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        row = bar.add_task("", total=total, count=before, all=len(todo.clips), left="")
        done, over, worked = 0, 0.0, 0.0

        def tell(outcome: Outcome) -> None:
            nonlocal done, over, worked
            record = outcome.record
            weight = weights[outcome.task.clip.folder]
            done += 1
            over += weight
            # A clip that can't be read takes no time, and says nothing of the pace.
            worked += 0.0 if record.failed else weight
            left = ""
            if worked and done < len(todo.tasks):
                left_s = (time.monotonic() - started_s) * (total - over) / worked
                left = f"about {seconds(left_s)} left"
            bar.update(row, completed=over, count=before + done, left=left)
            what = record.failed or f"done in {seconds(record.took_s)}"
            console.print(
                f"{before + done} of {len(todo.clips)}  {escape(record.clip)}: {escape(what)}"
                + (f"  ({left})" if left and not console.is_terminal else ""),
                soft_wrap=True,
            )

        yield tell
