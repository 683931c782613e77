"""A batch that is stopped in the middle: cancelled, or killed again and again."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path

import psutil
import pytest
from batch_people import clips_in, leftovers, results, start

from formcheck.errors import FormcheckError
from formcheck.sessionfile import open_session

N_CLIPS = 4
N_KILLS = int(os.environ.get("FORMCHECK_TEST_KILLS", "3"))
TIMEOUT_S = 240
OPTIONS = ("--exercise", "plank", "--bundle", "--workers", 2)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips_in(tmp_path_factory.mktemp("clips"), N_CLIPS)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> tuple[dict[str, str], float]:
    """What a batch gives that nobody stops, and how many seconds it takes."""
    out = tmp_path_factory.mktemp("whole") / "out"
    began_s = time.monotonic()
    run = start("batch", clips, "--out", out, *OPTIONS)
    _, told = run.communicate(timeout=TIMEOUT_S)
    assert run.returncode == 0, told
    return results(out), time.monotonic() - began_s


def finished(out: Path) -> dict[str, int]:
    """The records of finished clips, and when they were written."""
    return {
        path.stem: path.stat().st_mtime_ns
        for path in (out / ".batch").glob("*.json")
        if not json.loads(path.read_text(encoding="utf-8"))["failed"]
    }


def gone(workers: list[psutil.Process]) -> bool:
    """Whether none of the processes is left after a while."""
    _, alive = psutil.wait_procs(workers, timeout=30)
    return not alive


def test_ctrl_c_leaves_whole_clips_and_nothing_else(
    tmp_path: Path, clips: Path, whole: tuple[dict[str, str], float]
) -> None:
    out = tmp_path / "out"
    run = start("batch", clips, "--out", out, "--exercise", "plank", "--workers", 2)
    until_s = time.monotonic() + TIMEOUT_S
    while not list(out.rglob(".formcheck-*")) and time.monotonic() < until_s:
        time.sleep(0.01)
    workers = psutil.Process(run.pid).children(recursive=True)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: everybody in the group hears it
    printed, told = run.communicate(timeout=TIMEOUT_S)
    assert run.returncode == 130, told
    assert told.splitlines()[-1] == "formcheck: cancelled; nothing half-written was left."
    assert "Traceback" not in told
    assert not (out / "summary.html").exists(), printed
    assert leftovers(out) == []
    assert gone(workers)
    for folder in (path for path in out.iterdir() if path.name.startswith("clip")):
        assert (folder / "report.json").is_file()

    run = start("batch", clips, "--out", out, "--exercise", "plank", "--workers", 2)
    _, told = run.communicate(timeout=TIMEOUT_S)
    assert run.returncode == 0, told
    assert results(out) == whole[0]


def damaged(out: Path) -> list[str]:
    """Bundles under their name that are not whole; there must be none, finished or not."""
    found = []
    for path in out.glob("*/*.formcheck"):
        if not path.name.startswith(".formcheck-"):
            try:
                session = open_session(path)
                session.bundle.verify()
                assert session.has_clip
            except FormcheckError as error:
                found.append(str(error))
    return found


@pytest.mark.parametrize("hit", ["the first process", "all of them"])
def test_a_batch_that_is_killed_goes_on_where_it_stopped(
    tmp_path: Path, clips: Path, whole: tuple[dict[str, str], float], hit: str
) -> None:
    out = tmp_path / "out"
    chance = random.Random(7)
    for _ in range(N_KILLS):
        before = finished(out)
        run = start("batch", clips, "--out", out, *OPTIONS)
        time.sleep(chance.uniform(0.05, 0.9) * whole[1])
        workers = psutil.Process(run.pid).children(recursive=True)
        if hit == "all of them":
            os.killpg(run.pid, signal.SIGKILL)
        else:  # Its workers have to notice by themselves.
            run.kill()
        run.communicate(timeout=TIMEOUT_S)
        assert gone(workers)
        after = finished(out)
        assert {name: after.get(name) for name in before} == before
        whole_now = results(out)
        for name in after:
            assert whole_now[f"{name}/report.json"] == whole[0][f"{name}/report.json"]
            assert (out / name / f"{name}.formcheck").is_file()
        assert damaged(out) == []
    before = finished(out)
    run = start("batch", clips, "--out", out, *OPTIONS)
    _, told = run.communicate(timeout=TIMEOUT_S)
    assert run.returncode == 0, told
    assert {name: finished(out)[name] for name in before} == before
    assert len(finished(out)) == N_CLIPS
    assert results(out) == whole[0]
    assert damaged(out) == []
    assert len(list(out.rglob("*.formcheck"))) == N_CLIPS
    assert leftovers(out) == []
