"""``formcheck rescore`` of an hour, as it is typed: the first time, and after that.

An hour is made by repeating a shipped trace of 30 frames a second with its times moved on, and
saved as a session of the app's own. Each run is a process of its own, start of Python included:
first one with another limit on a session that nobody has opened, then the same again, then one
with nothing changed, which has to say what the first run of the session said.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rescore import CLIPS, hour
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.report import Provenance
from formcheck.media.trace import read_trace
from formcheck.rescoring import Measured
from formcheck.sessionfile import About, save_session

CHANGES = {
    "plank": "plank.hips-sag.warn=-9",
    "dead_bug": "dead_bug.leg-short.fault=50",
    "jump_rope": "jump_rope.too-high.warn=6",
}


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of the command took and said."""

    wall_s: float
    processor_s: float
    said: dict[str, object]


def main() -> None:
    """Prints a table; seconds by the clock, of processor in brackets."""
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--minutes", type=float, default=60.0)
    p.add_argument("--runs", type=int, default=3, help="of those after the first; the best counts")
    p.add_argument("--exercise", action="append", choices=sorted(CLIPS))
    options = p.parse_args()
    print("| exercise | first time, s | again, s | nothing changed, s | the same as saved |")
    print("|---|---|---|---|---|")
    for name in options.exercise or list(CLIPS):
        print(_row(name, options.minutes, options.runs), flush=True)


def _row(name: str, minutes: float, runs: int) -> str:
    with tempfile.TemporaryDirectory(prefix="rescore-") as folder:
        home = Path(folder)
        bundle = _session(home, name, minutes)
        change = ("--set", CHANGES[name])
        first = _run(home, bundle, *change)
        again = min((_run(home, bundle, *change) for _ in range(runs)), key=_wall)
        same = min((_run(home, bundle) for _ in range(runs)), key=_wall)
    if again.said != first.said:
        raise SystemExit(f"{name}: the second run says something else")
    cells = [f"{run.wall_s:.1f} ({run.processor_s:.1f})" for run in (first, again, same)]
    unchanged = same.said["as_saved"] is True and same.said["nothing"] is True
    return f"| {' | '.join((name, *cells, 'yes' if unchanged else 'NO'))} |"


def _wall(run: Run) -> float:
    return run.wall_s


def _session(home: Path, name: str, minutes: float) -> Path:
    """A session of so many minutes in the app's folder."""
    trace_file = hour(name, minutes)
    try:
        trace, exercise = read_trace(trace_file), load_exercises()[name]
    finally:
        trace_file.unlink()
    report = Measured(trace.observations, exercise).report(exercise)
    (home / "sessions").mkdir()
    path, provenance = home / "sessions" / name, Provenance("0", name, report.duration_s)
    save_session(path, About(name, name), trace, exercise, report, provenance)
    return path


def _run(home: Path, bundle: Path, *more: str) -> Run:
    command = [sys.executable, "-m", "formcheck", "rescore", str(bundle), "--json", *more]
    used, began = _used_s(), time.perf_counter()
    done = subprocess.run(
        command,
        env={**os.environ, "FORMCHECK_HOME": str(home)},
        check=True,
        capture_output=True,
        text=True,
    )
    wall_s = time.perf_counter() - began
    return Run(wall_s, _used_s() - used, json.loads(done.stdout))


def _used_s() -> float:
    """Seconds of processor of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
