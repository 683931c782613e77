"""A batch of short clips: one process, two, and Dask with two worker processes.

Clips are cut from one that is there, so every run does the same work; each gets a name of its own.
The Dask processes are started as a user starts them. Overhead is what a run takes beyond the work
on its clips shared evenly: starting processes, importing, writing tables.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av

DEFAULT_CLIP = Path(__file__).parent.parent / "test_videos" / "plank" / "sag_20.mp4"
EXERCISE = "plank"
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Run:
    """One batch.

    Attributes:
        title: Who does it.
        seconds: From the command to its end.
        clip_seconds: The same of its clips, one by one, added up.
        processor_s: Processor time of the command and its processes; of Dask's nothing is known.
        processes: How many work on clips.
    """

    title: str
    seconds: float
    clip_seconds: float
    processor_s: float
    processes: int

    @property
    def overhead_s(self) -> float:
        return self.seconds - self.clip_seconds / self.processes


def first_seconds(clip: Path, seconds: float, target: Path) -> int:
    """Cuts the beginning off a clip without decoding it; gives the number of frames."""
    frames = 0
    with av.open(str(clip)) as source, av.open(str(target), "w") as cut:
        stream = source.streams.video[0]
        copy = cut.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.pts is None or stream.time_base is None:
                continue
            if float(packet.pts * stream.time_base) >= seconds:
                break
            packet.stream = copy
            cut.mux(packet)
            frames += 1
    return frames


def batch(title: str, processes: int, clips: Path, out: Path, *options: str) -> Run:
    """Runs the command as its user does."""
    command = [sys.executable, "-m", "formcheck", "batch", str(clips), "--exercise", EXERCISE]
    began_s, before = time.perf_counter(), os.times()
    subprocess.run([*command, "--out", str(out), *options], check=True, capture_output=True)
    seconds, after = time.perf_counter() - began_s, os.times()
    processor_s = sum(after[2:4]) - sum(before[2:4])  # of children, user and system
    with (out / "clips.csv").open(encoding="utf-8", newline="") as file:
        took = sum(float(row["took_s"]) for row in csv.DictReader(file))
    return Run(title, seconds, took, processor_s, processes)


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """A scheduler and two worker processes; gives the address."""
    dask = str(Path(sys.executable).with_name("dask"))
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, wanted: str, *arguments: str) -> str:
        path = folder / f"{name}.log"
        with path.open("wb") as log:
            started.append(
                subprocess.Popen(
                    [dask, *arguments, "--no-dashboard"],
                    cwd=folder,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )
        for _ in range(600):
            found = re.findall(wanted, path.read_text(encoding="utf-8"))
            if len(found) == (WORKERS if name == "workers" else 1):
                return str(found[0])
            time.sleep(0.1)
        raise RuntimeError(path.read_text(encoding="utf-8"))

    try:
        address = start(
            "scheduler", r"Scheduler at: +(tcp://\S+)", "scheduler", "--host=127.0.0.1", "--port=0"
        )
        each = (f"--nworkers={WORKERS}", "--nthreads=1")
        start("workers", r"Registered to: +(tcp://\S+)", "worker", address, *each)
        yield address
    finally:
        for process in reversed(started):
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def same_results(first: Path, second: Path) -> bool:
    """Whether every report and every signal is the same, byte for byte."""
    names = sorted(path.relative_to(first) for path in first.rglob("*/report.json"))
    return bool(names) and all(
        (first / name).read_bytes() == (second / name).read_bytes()
        and (first / name).with_name("signals.csv").read_bytes()
        == (second / name).with_name("signals.csv").read_bytes()
        for name in names
    )


def show(runs: list[Run], n_clips: int, frames: int, same: bool) -> None:
    """Prints the table."""
    alone = runs[0]
    print(f"{n_clips} clips of {frames} frames each; {os.cpu_count()} cores.\n")
    print("| batch | seconds | frames/s | speed-up | one clip, mean s | overhead, s | cores busy |")
    print("|---|---|---|---|---|---|---|")
    for run in runs:
        here = "Dask" not in run.title
        cores = f"{run.processor_s / run.seconds:.2f}" if here else "–"
        print(
            f"| {run.title} | {run.seconds:.1f} | {n_clips * frames / run.seconds:.1f} | "
            f"{alone.seconds / run.seconds:.2f} | {run.clip_seconds / n_clips:.2f} | "
            f"{run.overhead_s:.1f} | {cores} |"
        )
    print(f"\nResults {'the same in all of them' if same else 'DIFFER'}.")


def main() -> None:
    """Runs the three in turn."""
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--clips", type=int, default=100, metavar="N")
    p.add_argument("--seconds", type=float, default=4.0, help="length of each")
    p.add_argument("--clip", type=Path, default=DEFAULT_CLIP, help="what they are cut from")
    options = p.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        clips = folder / "clips"
        clips.mkdir()
        cut = folder / "cut.mp4"
        frames = first_seconds(options.clip, options.seconds, cut)
        for number in range(options.clips):
            shutil.copy(cut, clips / f"clip{number:03d}.mp4")
        outs = [folder / name for name in ("one", "two", "dask")]
        runs = [
            batch("1 process", 1, clips, outs[0], "--workers", "1"),
            batch("2 processes", WORKERS, clips, outs[1], "--workers", str(WORKERS)),
        ]
        with cluster(folder) as address:
            runs.append(
                batch(
                    f"Dask, {WORKERS} worker processes",
                    WORKERS,
                    clips,
                    outs[2],
                    "--scheduler",
                    address,
                )
            )
        show(runs, options.clips, frames, all(same_results(outs[0], out) for out in outs[1:]))


if __name__ == "__main__":
    main()
