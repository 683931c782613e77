"""Clips are analysed one at a time in a process of their own, and say the same as ``analyze``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
import test_media_reader as bad
from clips_web import CLIPS, LONGEST_S, SAG, SAG_TRACE, soon

from formcheck.cli import main
from formcheck.errors import InputError
from formcheck.media.trace import read_trace
from formcheck.perception.recorded import RecordedEstimator
from formcheck.web.childprocess import State
from formcheck.web.clips import jobs as jobs_module
from formcheck.web.clips.analysing import ALL_ZIP, LOOKED, PAGE, RESULTS, STILLS, Task
from formcheck.web.clips.jobs import Job, Jobs, length_of

EMPTY = CLIPS / "plank" / "empty_room.mp4"
ROPE = CLIPS / "jump_rope" / "rope_side_good.mp4"


def task_of(folder: Path, clip: Path = SAG, **more: object) -> Task:
    folder.mkdir(parents=True, exist_ok=True)
    given: dict[str, object] = {"exercise": "plank", "trace": clip.with_suffix(".trace.npz")}
    return Task(clip, "mine.mp4", LONGEST_S, folder, **(given | more))  # type: ignore[arg-type]


def run(task: Task) -> Job:
    with Jobs() as jobs:
        job = jobs.add(task)
        assert job.wait(120.0)
        return job


def children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if "formcheck.web.clips.analysing" in " ".join(child.cmdline())
    ]


def test_verdicts_are_those_of_analyze(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "formcheck.perception.open.open_estimator",
        lambda model=None, outline=False: RecordedEstimator(read_trace(SAG_TRACE)),
    )
    assert main(["analyze", str(SAG), "--exercise", "plank", "--out", str(tmp_path / "cli")]) == 0
    told = tmp_path / "cli" / SAG.stem
    done = run(_named(tmp_path / "web"))
    assert done.status().state is State.DONE
    got = tmp_path / "web" / RESULTS
    assert {p.name for p in got.iterdir()} == {p.name for p in told.iterdir()}
    for name in ("report.json", "signals.csv", "cues.vtt", "trace.npz", "report.html"):
        assert (got / name).read_bytes() == (told / name).read_bytes(), name


def _named(folder: Path) -> Task:
    folder.mkdir()
    return Task(SAG, SAG.name, LONGEST_S, folder, exercise="plank", trace=SAG_TRACE)


def test_what_the_page_shows_is_there_and_the_name_is_the_persons(tmp_path: Path) -> None:
    status = run(task_of(tmp_path, stature_m=1.7)).status()
    assert status.outcome is not None
    assert status.outcome["exercise"] == "plank"
    assert "hips dropped" in status.outcome["summary"]
    page = json.loads((tmp_path / PAGE).read_text("utf-8"))
    assert page["source"] == "mine.mp4"
    assert [row["title"] for row in page["findings"]] == ["Hips dropped"]
    assert " cm)" in page["findings"][0]["worst"]
    assert (tmp_path / STILLS / page["findings"][0]["still"]).read_bytes()[:2] == b"\xff\xd8"
    (measure, score) = page["charts"]
    assert measure["timed"]
    assert measure["svg"].startswith("<svg")
    assert [mark["level"] for mark in score["marks"]] == ["fault"]
    assert (tmp_path / ALL_ZIP).stat().st_size > 0
    assert str(tmp_path) not in (tmp_path / PAGE).read_text("utf-8")


def test_jumps_are_shown_by_their_number_and_slowed_down(tmp_path: Path) -> None:
    task = task_of(tmp_path, ROPE, exercise="jump_rope", slow_motion=True)
    status = run(task).status()
    assert status.outcome is not None
    assert status.outcome["slowed"]
    page = json.loads((tmp_path / PAGE).read_text("utf-8"))
    (chart,) = page["charts"]
    (table,) = page["tables"]
    assert not chart["timed"]
    assert len(chart["marks"]) == len(table["rows"]) == 13
    assert [mark["t_s"] for mark in chart["marks"]] == [row["t_s"] for row in table["rows"]]
    assert (tmp_path / RESULTS / "slow-motion.mp4").is_file()
    assert page["pictures"]


def test_a_guess_is_made_from_what_was_seen(tmp_path: Path) -> None:
    status = run(task_of(tmp_path, exercise=None)).status()
    assert status.state is State.DONE
    assert status.outcome is not None
    assert status.outcome["exercise"] == "plank"
    assert "11.0 s held" in status.outcome["guessed"]


def test_what_cannot_be_told_is_not_judged(tmp_path: Path) -> None:
    status = run(task_of(tmp_path, CLIPS / "squat" / "squat_good.mp4", exercise=None)).status()
    assert status.state is State.UNSURE
    assert "Choose the exercise" in status.sentence
    assert not (tmp_path / RESULTS).exists()


@pytest.mark.parametrize("exercise", ["plank", None])
def test_nobody_in_it_is_one_sentence(tmp_path: Path, exercise: str | None) -> None:
    status = run(task_of(tmp_path, EMPTY, exercise=exercise)).status()
    assert status.state is State.FAILED
    assert status.sentence.startswith("mine.mp4: nobody is seen in it; ")
    assert not (tmp_path / RESULTS).exists()


def test_one_bad_clip_does_not_stop_the_rest(tmp_path: Path) -> None:
    text = bad.write_text(tmp_path / "0a1b2c.mp4")
    with Jobs() as jobs:
        first = jobs.add(Task(text, "mine.mp4", LONGEST_S, tmp_path / "a", exercise="plank"))
        second = jobs.add(task_of(tmp_path / "b"))
        assert second.wait(120.0)
        assert first.status().sentence == "mine.mp4 is a text file, not a video: give a video file."
        assert second.status().state is State.DONE


def test_a_clip_longer_than_it_says_is_refused_on_the_way(tmp_path: Path) -> None:
    tmp_path.joinpath("out").mkdir()
    task = Task(SAG, "mine.mp4", 3.0, tmp_path / "out", exercise="plank", trace=SAG_TRACE)
    status = run(task).status()
    assert status.state is State.FAILED
    assert "longer than 0.05 minutes" in status.sentence
    assert list((tmp_path / "out").iterdir()) == []


def test_they_wait_for_each_other_and_their_place_is_known(tmp_path: Path) -> None:
    over: list[State] = []
    with Jobs() as jobs:
        made = [
            jobs.add(task_of(tmp_path / str(i)), lambda status: over.append(status.state))
            for i in range(3)
        ]
        assert soon(lambda: jobs.status(made[0]).state is State.WORKING)
        assert [jobs.status(job).ahead for job in made] == [0, 1, 2]
        assert soon(lambda: len(children()) == 1)
        jobs.cancel(made[1])
        assert jobs.status(made[1]).state is State.CANCELLED
        assert jobs.status(made[2]).ahead == 1
        jobs.cancel(made[0])
        assert soon(lambda: jobs.status(made[2]).state is State.WORKING)
        jobs.cancel(made[2])
    assert over == [State.CANCELLED] * 3


def test_cancelling_ends_the_process_and_its_file(tmp_path: Path) -> None:
    task = task_of(tmp_path)
    with Jobs() as jobs:
        job = jobs.add(task)
        assert soon(lambda: jobs.status(job).share > 0.1, 60.0)
        (child,) = children()
        jobs.cancel(job)
        assert not child.is_running()
        assert jobs.status(job).state is State.CANCELLED
        jobs.cancel(job)  # Harmless.
    assert not (tmp_path / RESULTS / "annotated.mp4").exists()


def test_a_process_that_is_killed_ends_in_one_sentence(tmp_path: Path) -> None:
    with Jobs() as jobs:
        job = jobs.add(task_of(tmp_path))
        assert soon(lambda: len(children()) == 1, 60.0)
        children()[0].kill()
        assert job.wait(30.0)
        status = jobs.status(job)
    assert status.state is State.FAILED
    assert status.sentence.startswith("the analysis of mine.mp4 stopped unexpectedly; try it again")


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_process_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module, "SILENT_S", 1.0)
    with Jobs() as jobs:
        job = jobs.add(task_of(tmp_path))
        assert soon(lambda: len(children()) == 1, 60.0)
        children()[0].send_signal(signal.SIGSTOP)
        assert job.wait(60.0)
        assert "got stuck" in jobs.status(job).sentence
    assert children() == []


def test_closing_leaves_no_process_and_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    jobs = Jobs()
    made = [jobs.add(task_of(tmp_path / str(i))) for i in range(2)]
    assert soon(lambda: len(children()) == 1, 60.0)
    jobs.close()
    assert children() == []
    assert set(threading.enumerate()) <= before
    assert [jobs.status(job).state for job in made] == [State.CANCELLED] * 2
    with pytest.raises(InputError, match="being closed"):
        jobs.add(task_of(tmp_path / "late"))


def test_there_is_no_thread_when_there_is_nothing_to_do(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with Jobs() as jobs:
        job = jobs.add(task_of(tmp_path, EMPTY))
        assert job.wait(60.0)
        assert soon(lambda: set(threading.enumerate()) <= before)


PARENT = """
import sys, time
from pathlib import Path
from formcheck.web.clips.analysing import Task
from formcheck.web.clips.jobs import Jobs
folder = Path(sys.argv[3])
job = Jobs().add(Task(Path(sys.argv[1]), "a.mp4", 600.0, folder, "plank", trace=Path(sys.argv[2])))
while job._process is None:
    time.sleep(0.01)
print(job._process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_the_process_ends_when_the_server_is_killed(tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", PARENT, SAG, SAG_TRACE, tmp_path],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert server.stdout is not None
    child = psutil.Process(int(server.stdout.readline()))
    time.sleep(0.5)
    server.kill()
    server.wait()
    server.stdout.close()
    assert soon(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 20.0)


@pytest.mark.skipif(os.name == "nt", reason="niceness")
def test_a_live_session_beside_it_goes_first(tmp_path: Path) -> None:
    own = os.nice(0)
    with Jobs() as jobs:
        job = jobs.add(task_of(tmp_path))
        assert soon(lambda: len(children()) == 1, 60.0)
        (child,) = children()
        assert soon(lambda: child.nice() >= min(19, own + 10), 20.0)
        jobs.cancel(job)


def test_the_length_is_found_without_decoding_it_here() -> None:
    assert length_of(Task(SAG, "mine.mp4", LONGEST_S)) == pytest.approx(11.0, abs=0.05)
    with pytest.raises(InputError, match=r"mine\.mp4 is longer than 0\.1 minutes; cut out"):
        length_of(Task(SAG, "mine.mp4", 6.0))


@pytest.mark.pose
def test_a_guess_and_a_choice_give_the_same_bytes(tmp_path: Path) -> None:
    """The pose is looked for once, and what follows is as if the exercise had been chosen."""
    clip = CLIPS / "glute_bridge" / "glute_bridge_short_hold.mp4"
    for name, exercise in (("guessed", None), ("chosen", "glute_bridge")):
        (tmp_path / name).mkdir()
        task = Task(clip, "mine.mp4", LONGEST_S, tmp_path / name, exercise=exercise)
        assert run(task).status().state is State.DONE
    assert (tmp_path / "guessed" / LOOKED).is_file()
    for name in ("report.json", "signals.csv", "trace.npz", "report.html"):
        guessed, chosen = (tmp_path / each / RESULTS / name for each in ("guessed", "chosen"))
        assert guessed.read_bytes() == chosen.read_bytes(), name
