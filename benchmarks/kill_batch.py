"""What is left of a batch that is killed, at random moments, again and again.

    uv run python -m benchmarks.kill_batch --kills 20

A batch of short clips with bundles, as its user runs it, is ended with SIGKILL at a random moment:
in turn its first process alone, whose workers then have to end by themselves, and all of its
processes at once, so that nobody can tidy up. Each time everything that is there is read. Then the
same command goes on. When a batch is over, the next one begins.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.batch import DEFAULT_CLIP, EXERCISE, first_seconds
from formcheck.errors import FormcheckError
from formcheck.media.reader import VideoReader
from formcheck.sessionfile import open_session

PATIENCE_S = 60.0
"""A worker that is there so long after its batch is one that stays."""
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Kill:
    """What one kill left.

    Attributes:
        hit: "first process", "all", or "over" where the batch had ended by itself.
        after_s: How long it had run.
        before: Clips that were finished when it began.
        finished: Clips that are finished now.
        gone_s: When the last worker was gone.
        again: Finished clips that were done again.
        wrong: What is not as it should be.
    """

    hit: str
    after_s: float
    before: int
    finished: int
    gone_s: float
    again: int
    wrong: tuple[str, ...]


def start(clips: Path, out: Path) -> subprocess.Popen[bytes]:
    """The command, with processes of its own."""
    command = [sys.executable, "-m", "formcheck", "batch", str(clips), "--exercise", EXERCISE]
    return subprocess.Popen(
        [*command, "--out", str(out), "--bundle", "--workers", str(WORKERS)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def finished(out: Path) -> dict[str, int]:
    """Finished clips, and when each was."""
    found = {}
    for record in (out / ".batch").glob("*.json"):
        plain = json.loads(record.read_text(encoding="utf-8"))
        if not plain["failed"]:
            found[record.stem] = (out / record.stem / "annotated.mp4").stat().st_mtime_ns
    return found


def same(folder: Path, whole: Path) -> bool:
    """Whether what is measured and said is what a batch says that nobody kills."""
    return all(
        (folder / name).read_bytes() == (whole / name).read_bytes()
        for name in ("report.json", "signals.csv", "cues.vtt")
    )


def wrong_in(out: Path, whole: Path) -> tuple[str, ...]:
    """Everything that is damaged, or not as in the batch that nobody killed."""
    wrong = []
    for name in finished(out):
        folder = out / name
        session = open_session(folder / f"{name}.formcheck")
        if not same(folder, whole / name):
            wrong.append(f"{name} is not as it should be")
        elif session.report_json() != (folder / "report.json").read_bytes():
            wrong.append(f"the bundle of {name} says otherwise")
    # Of clips that are not finished as well: what has a name is whole.
    for path in out.rglob("*.formcheck"):
        if not any(part.startswith(".formcheck-") for part in path.relative_to(out).parts):
            try:
                open_session(path).bundle.verify()
            except FormcheckError as error:
                wrong.append(str(error))
    for path in out.glob("*/annotated.mp4"):
        with VideoReader(path) as reader:
            n_frames = sum(1 for _ in reader)
            if reader.broke_off_s is not None or not n_frames:
                wrong.append(f"{path.parent.name}/{path.name} breaks off")
    return tuple(wrong)


def one_kill(clips: Path, out: Path, whole: Path, after_s: float, *, everybody: bool) -> Kill:
    """Starts the batch, or goes on with it, and kills it.

    Args:
        clips: The clips.
        out: The output; may hold what earlier kills left.
        whole: The output of a batch that nobody killed.
        after_s: When it is killed.
        everybody: Whether all processes are killed, or the first one alone.
    """
    before = finished(out)
    run = start(clips, out)
    try:
        run.wait(after_s)
    except subprocess.TimeoutExpired:
        hit = "all" if everybody else "first process"
        workers = psutil.Process(run.pid).children(recursive=True)
        if everybody:
            os.killpg(run.pid, signal.SIGKILL)
        else:
            run.kill()
    else:
        hit, workers = "over", []
    killed_s = time.perf_counter()
    run.wait()
    _, alive = psutil.wait_procs(workers, timeout=PATIENCE_S)
    gone_s = time.perf_counter() - killed_s
    wrong = wrong_in(out, whole) + tuple(f"process {each.pid} stays" for each in alive)
    after = finished(out)
    again = sum(after.get(name) != when for name, when in before.items())
    return Kill(hit, after_s, len(before), len(after), gone_s, again, wrong)


def leftovers(out: Path) -> list[Path]:
    """What only a process at work may have there."""
    return [
        path
        for path in out.rglob("*")
        if path.name.startswith(".formcheck-") or path.name.endswith(".part")
    ]


def ended_well(clips: Path, out: Path, whole: Path) -> tuple[str, ...]:
    """Goes on to the end, and looks at what came of it."""
    before = finished(out)
    if start(clips, out).wait():
        return ("the batch could not go on",)
    after = finished(out)
    wrong = [*wrong_in(out, whole), *(f"{path} was left" for path in leftovers(out))]
    wrong += [f"{name} was done again" for name in before if after.get(name) != before[name]]
    if after.keys() != finished(whole).keys():
        wrong.append(f"{len(after)} clips are finished")
    return tuple(wrong)


def clips_in(folder: Path, n: int, seconds: float) -> Path:
    """A folder of short clips, each the same."""
    clips, cut = folder / "clips", folder / "cut.mp4"
    clips.mkdir()
    first_seconds(DEFAULT_CLIP, seconds, cut)
    for number in range(n):
        shutil.copy(cut, clips / f"clip{number:03d}.mp4")
    return clips


def kill_often(clips: Path, whole: Path, moments_s: Iterator[float], n: int) -> tuple[str, ...]:
    """Kills so many times, and tells each.

    Args:
        clips: The clips.
        whole: The output of a batch that nobody killed; others go beside it.
        moments_s: When a batch is killed, from its beginning.
        n: How many kills.

    Returns:
        What was wrong.
    """
    print("| killed | after | finished before | finished now | workers gone | whole |")
    print("|---|---|---|---|---|---|", flush=True)
    kills: list[Kill] = []
    wrong: list[str] = []
    batches, out = 1, whole.with_name("out1")
    while len(kills) < n:
        kill = one_kill(clips, out, whole, next(moments_s), everybody=len(kills) % 2 == 1)
        wrong += kill.wrong
        if kill.hit != "over":
            kills.append(kill)
            print(
                f"| {kill.hit} | {kill.after_s:.1f} s | {kill.before} | {kill.finished} | "
                f"{kill.gone_s:.2f} s | {'no' if kill.wrong or kill.again else 'yes'} |",
                flush=True,
            )
        if kill.hit == "over" or kill.finished == len(finished(whole)):
            wrong += ended_well(clips, out, whole)
            batches, out = batches + 1, whole.with_name(f"out{batches + 1}")
    wrong += ended_well(clips, out, whole)
    again = sum(kill.again for kill in kills)
    alone = [kill.gone_s for kill in kills if kill.hit == "first process"]
    print(
        f"\n{n} kills in {batches} batches: {again} finished clips were done again, "
        f"{len(wrong)} things were wrong; workers whose first process was killed were gone after "
        f"{max(alone, default=0.0):.1f} s at most."
    )
    return (*wrong, *("a finished clip was done again" for _ in range(again)))


def main() -> int:
    """Prints a table; 1 when anything was wrong."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--kills", type=int, default=20)
    p.add_argument("--clips", type=int, default=8, metavar="N")
    p.add_argument("--seconds", type=float, default=2.0, help="length of each clip")
    p.add_argument("--seed", type=int, default=1)
    options = p.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        clips, whole = clips_in(folder, options.clips, options.seconds), folder / "whole"
        began_s = time.perf_counter()
        if start(clips, whole).wait():
            raise RuntimeError("the batch does not run")
        takes_s = time.perf_counter() - began_s
        print(f"{options.clips} clips, {WORKERS} workers; nobody kills it: {takes_s:.1f} s.\n")
        moments_s = (chance.uniform(0.0, takes_s) for _ in itertools.count())
        wrong = kill_often(clips, whole, moments_s, options.kills)
    for each in wrong:
        print(f"- {each}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
