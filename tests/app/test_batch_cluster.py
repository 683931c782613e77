"""``formcheck batch --scheduler``: Dask processes, started as a user would start them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from batch_people import clips_in, environment, leftovers, results, start, table

from formcheck.sessionfile import open_session

TIMEOUT_S = 240
N_CLIPS = 6


class Cluster:
    """A scheduler and two workers, each a process group of its own."""

    def __init__(self, folder: Path) -> None:
        self.processes: list[subprocess.Popen[bytes]] = []
        self._folder = folder
        scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.address = self._seen(scheduler, r"Scheduler at: +(tcp://\S+)")
        self.workers = [self._worker(), self._worker()]
        for worker in self.workers:
            self._seen(worker, r"Registered to: +(tcp://\S+)")

    def _worker(self) -> int:
        return self._start("worker", self.address, "--nthreads", "1", "--no-dashboard")

    def _start(self, *arguments: str) -> int:
        number = len(self.processes)
        with (self._folder / f"{number}.log").open("wb") as log:
            process = subprocess.Popen(
                [str(Path(sys.executable).with_name("dask")), *arguments],
                cwd=self._folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment(),
                start_new_session=True,
            )
        self.processes.append(process)
        return number

    def _seen(self, number: int, what: str) -> str:
        until_s = time.monotonic() + TIMEOUT_S
        while time.monotonic() < until_s:
            found = re.search(what, self.log(number))
            if found:
                return found[1]
            time.sleep(0.1)
        raise AssertionError(self.log(number))

    def log(self, number: int) -> str:
        return (self._folder / f"{number}.log").read_text(encoding="utf-8")

    def kill_at_work(self, number: int) -> Path:
        """Kills a worker in the midst of a clip; gives where that clip's picture was going."""
        process = psutil.Process(self.processes[number].pid)
        until_s = time.monotonic() + TIMEOUT_S
        while time.monotonic() < until_s:
            everybody = [process, *process.children(recursive=True)]
            self._signal(number, signal.SIGSTOP)  # it can't finish while it is looked at
            at_work = _being_written(everybody)
            if at_work is not None:
                self.kill(number)
                psutil.wait_procs(everybody, timeout=TIMEOUT_S)
                return at_work
            self._signal(number, signal.SIGCONT)
            time.sleep(0.02)
        raise AssertionError(self.log(number))

    def _signal(self, number: int, which: signal.Signals) -> None:
        os.killpg(self.processes[number].pid, which)

    def kill(self, number: int) -> None:
        process = self.processes[number]
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(TIMEOUT_S)


def _being_written(processes: list[psutil.Process]) -> Path | None:
    """The annotated clip that one of the processes has open, or None."""
    for process in processes:
        for file in process.open_files():
            if Path(file.path).name == "annotated.mp4":
                return Path(file.path)
    return None


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    folder = tmp_path / "cluster"
    folder.mkdir()
    cluster = Cluster(folder)
    yield cluster
    for number in reversed(range(len(cluster.processes))):
        cluster.kill(number)


def finished(run: subprocess.Popen[str]) -> str:
    printed, told = run.communicate(timeout=TIMEOUT_S)
    assert run.returncode == 0, told
    return printed


def until(true: Callable[[], bool]) -> None:
    until_s = time.monotonic() + TIMEOUT_S
    while not true() and time.monotonic() < until_s:
        time.sleep(0.02)
    assert true()


@pytest.mark.parametrize("written_by", ["workers", "whoever asked"])
def test_a_worker_that_is_killed_midway_leaves_its_clips_to_the_others(
    tmp_path: Path, cluster: Cluster, written_by: str
) -> None:
    clips = clips_in(tmp_path / "clips", N_CLIPS)
    here, there = tmp_path / "here", tmp_path / "there"
    common = ("--exercise", "plank", "--bundle")
    out = there.as_uri() if written_by == "workers" else there
    run = start("batch", clips, "--out", out, *common, "--scheduler", cluster.address)
    until(lambda: len(list(there.glob("clip*/report.json"))) >= 1)
    before = {path: path.stat().st_mtime_ns for path in there.glob("clip*/report.json")}
    lost = cluster.kill_at_work(cluster.workers[0])
    assert len(before) < N_CLIPS
    printed = finished(run)
    assert f"{N_CLIPS} of {N_CLIPS} clips were analysed" in printed
    if written_by == "workers":
        # The clip that it was at is there all the same: somebody else did it from the beginning.
        assert (there / lost.relative_to(there).parts[0] / "report.json").is_file()
    assert {path: path.stat().st_mtime_ns for path in before} == before
    finished(start("batch", clips, "--out", here, *common, "--workers", 1))
    assert results(there) == results(here)
    assert len(results(there)) == 3 * N_CLIPS
    assert leftovers(there) == []
    for path in (bundles := sorted(there.rglob("*.formcheck"))):
        session = open_session(path)
        session.bundle.verify()
        assert session.report_json() == path.with_name("report.json").read_bytes()
    assert len(bundles) == N_CLIPS
    rows = table(there / "clips.csv")
    assert [row["status"] for row in rows] == ["done"] * N_CLIPS
    assert [row["clip_sha256"] for row in rows] == [
        row["clip_sha256"] for row in table(here / "clips.csv")
    ]
    again = start("batch", clips, "--out", out, *common, "--scheduler", cluster.address)
    assert f"{N_CLIPS} of {N_CLIPS} clips are finished already" in finished(again)


def test_no_scheduler_is_told_in_a_sentence(tmp_path: Path) -> None:
    clips = clips_in(tmp_path / "clips", 1, seconds=0.5)
    nobody = "tcp://127.0.0.1:9"
    run = start(
        "batch", clips, "--out", tmp_path / "out", "--exercise", "plank", "--scheduler", nobody
    )
    _, told = run.communicate(timeout=TIMEOUT_S)
    assert run.returncode == 2
    (line,) = told.splitlines()
    assert line.startswith(f"formcheck: no Dask scheduler answers at {nobody}")
