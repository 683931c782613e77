"""Judging an hour of a recorded session again: seconds of processor, without pose.

An hour is made by repeating a shipped trace of 30 frames a second with its times moved on. With
``--baseline DIR`` (an older checkout of this repository) the same is run there in turn, in
processes of their own, and the ratio is given: other work on the machine slows both down alike.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import formcheck
from formcheck.judgement.engine import Engine
from formcheck.judgement.measuring import Measurer
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.rule import Exercise
from formcheck.media.trace import TraceWriter, read_trace
from formcheck.types import Observation

ROOT = Path(__file__).resolve().parents[1]
CLIPS = {
    "plank": "plank/sag_20_recovers",
    "dead_bug": "dead_bug/dead_bug_good",
    "jump_rope": "jump_rope/rope_side_miss",
}
FPS = 30


def main() -> None:
    """Prints a table, or one row as JSON for the process that asked."""
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--minutes", type=float, default=60.0)
    p.add_argument("--runs", type=int, default=3)
    p.add_argument("--baseline", type=Path, metavar="DIR", help="an older checkout")
    p.add_argument("--exercise", action="append", choices=sorted(CLIPS))
    p.add_argument("--one", metavar="TRACE", type=Path, help=argparse.SUPPRESS)
    options = p.parse_args()
    exercises = options.exercise or list(CLIPS)
    if options.one is not None:
        print(json.dumps(_timed(options.one, exercises[0])))
        return
    rows = [_row(name, options) for name in exercises]
    heads = ["exercise", "read, s", "measure, s", "judge, s", "first time, s", "again, s"]
    if options.baseline is not None:
        heads += ["measure, ratio", "judge, ratio", "again, ratio"]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    print("\n".join(rows))


def _row(name: str, options: argparse.Namespace) -> str:
    """The medians of some runs of one exercise; with a baseline, run after run in turn."""
    trace = hour(name, options.minutes)
    try:
        here, there = [], []
        for _ in range(options.runs):
            here.append(_run(ROOT, trace, name))
            if options.baseline is not None:
                there.append(_run(options.baseline, trace, name))
    finally:
        trace.unlink()
    read, measure, judge, again = (statistics.median(run[k] for run in here) for k in range(4))
    cells = [f"{cell:.1f}" for cell in (read, measure, judge, read + measure + judge, again)]
    for k in (1, 2, 3) if there else ():
        ratio = statistics.median(a[k] / b[k] for a, b in zip(here, there, strict=True))
        cells.append(f"{ratio:.2f}")
    return f"| {' | '.join((name, *cells))} |"


def _run(checkout: Path, trace: Path, name: str) -> list[float]:
    command = [sys.executable, str(Path(__file__).resolve()), "--one", str(trace)]
    done = subprocess.run(
        [*command, "--exercise", name],
        env={**os.environ, "PYTHONPATH": str(checkout.resolve())},
        cwd=checkout,
        check=True,
        capture_output=True,
        text=True,
    )
    seconds: list[float] = json.loads(done.stdout)
    return seconds


def _timed(trace: Path, name: str) -> list[float]:
    """Seconds to read a trace, to measure it, to judge what was measured, and to judge it again."""
    exercise = load_exercises()[name]
    times_s = [time.process_time()]
    observations = read_trace(trace).observations
    times_s.append(time.process_time())
    report = _measured(observations, exercise)
    times_s.append(time.process_time())
    for _ in range(2):
        report()
        times_s.append(time.process_time())
    return [after - before for before, after in itertools.pairwise(times_s)]


def _measured(observations: Sequence[Observation], exercise: Exercise) -> Callable[[], object]:
    """What judges a session that was measured; in checkouts from before there was one, anew."""
    if Path(formcheck.__file__).with_name("rescoring.py").is_file():
        from formcheck.rescoring import Measured

        return partial(Measured(observations, exercise).report, exercise)
    measurer = Measurer(exercise)
    measurements = [measurer.measure(observation) for observation in observations]

    def report() -> object:
        engine = Engine(exercise)
        for measurement in measurements:
            engine.judge(measurement)
        return engine.close()

    return report


def hour(name: str, minutes: float) -> Path:
    """A trace of so many minutes, in a file of its own."""
    source = read_trace(ROOT / "test_videos" / f"{CLIPS[name]}.trace.npz")
    writer = TraceWriter(source.meta)
    for observation in _repeated(source.observations, round(60 * FPS * minutes)):
        writer.add(observation)
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"rescore-{os.getpid()}-{name}.npz"
    writer.save(path)
    return path


def _repeated(seen: tuple[Observation, ...], frames: int) -> Iterator[Observation]:
    length_s = seen[-1].t_s - seen[0].t_s + 1.0 / FPS
    for k in range(frames):
        observation, on_s = seen[k % len(seen)], length_s * (k // len(seen))
        outline, motion, onsets = observation.outline, observation.motion, observation.onsets
        yield replace(
            observation,
            t_s=observation.t_s + on_s,
            outline=outline and replace(outline, since_s=outline.since_s + on_s),
            motion=motion and replace(motion, since_s=motion.since_s + on_s),
            onsets=onsets and tuple(replace(one, t_s=one.t_s + on_s) for one in onsets),
        )


if __name__ == "__main__":
    main()
