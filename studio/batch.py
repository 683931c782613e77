"""Renders many clips at once, one process a core, with one progress bar; can be cancelled."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.pool import AsyncResult
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from studio.scenario import Scenario

_LOOK_AGAIN_S = 0.1


class WorkerDiedError(RuntimeError):
    """A process that was rendering is gone."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of every clip.

    Attributes:
        folder: the clips go into a sub-folder of it, named after their exercise.
        truth_only: whether nothing is drawn.
        masks: whether the exerciser's outline is kept as well.
    """

    folder: Path
    truth_only: bool = False
    masks: bool = False


def shoot_all(scenarios: Sequence[Scenario], order: Order, jobs: int) -> dict[str, str]:
    """Renders scenarios.

    Args:
        scenarios: what to render.
        order: where to, and how.
        jobs: how many at a time.

    Returns:
        Name -> why it failed, for the clips that did; the others are not held up by them.

    Raises:
        WorkerDiedError: if a process was ended from outside, for want of memory, say.
    """
    # Each process keeps to its own core: numerical libraries and Mesa would otherwise take them
    # all, each of them. Set here, because a spawned process reads it when it starts.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    context = multiprocessing.get_context("spawn")
    done = context.SimpleQueue()
    with context.Pool(max(1, min(jobs, len(scenarios))), _enter, (done,)) as pool:
        workers = multiprocessing.active_children()
        results = {
            scenario.name: pool.apply_async(_shoot_one, (scenario, order)) for scenario in scenarios
        }
        try:
            _watch(results, done, sum(_frames(scenario) for scenario in scenarios), workers)
        except (KeyboardInterrupt, WorkerDiedError):
            pool.terminate()
            pool.join()
            raise
        pool.close()
        pool.join()
    return {name: why for name, result in results.items() if (why := result.get())}


def _watch(
    results: dict[str, AsyncResult[str]], done: Any, frames: int, workers: Sequence[BaseProcess]
) -> None:
    """Shows how far it is until every clip is ready."""
    columns = (
        BarColumn(),
        TextColumn("{task.completed}/{task.total} frames, {task.fields[clips]} clips"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=frames, clips=f"0/{len(results)}")
        waiting = True
        while waiting:
            waiting = not all(result.ready() for result in results.values())
            # A pool never hears of it: it would wait for that clip for ever.
            if waiting and any(worker.exitcode is not None for worker in workers):
                raise WorkerDiedError("a process died; the clips that were ready are kept")
            while not done.empty():
                progress.advance(task, done.get())
            ready = sum(result.ready() for result in results.values())
            progress.update(task, clips=f"{ready}/{len(results)}")
            time.sleep(_LOOK_AGAIN_S if waiting else 0.0)


def _frames(scenario: Scenario) -> int:
    return round(scenario.duration_s * scenario.fps)


_report: Any = None


def _enter(done: Any) -> None:
    """Prepares a worker process."""
    global _report  # noqa: PLW0603 - a queue can only be handed to a worker when it starts
    _report = done
    # The parent hears Ctrl-C and ends its workers; a half-drawn clip then clears itself away.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, frame: Any) -> None:
    """Ends a worker; being told twice does not disturb it while it clears up."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(1)


def _shoot_one(scenario: Scenario, order: Order) -> str:
    """Renders one clip; returns why it failed, or nothing."""
    from studio.shoot import note_truth, shoot  # noqa: PLC0415 - the renderer is heavy

    folder = order.folder / scenario.exercise
    try:
        if order.truth_only:
            note_truth(scenario, folder)
            _report.put(_frames(scenario))
        else:
            shoot(scenario, folder, lambda frame, total: _report.put(1), masks=order.masks)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""
