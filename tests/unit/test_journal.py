from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from formcheck.errors import BundleError, InputError, OutputError
from formcheck.journal import Journal
from formcheck.journalfiles import HEADER, LIVE_CLIP, LOG, is_journal
from formcheck.judgement.engine import Engine
from formcheck.judgement.overrides import Change, changed
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.report import Provenance
from formcheck.judgement.rule import Exercise
from formcheck.media.bundle import MANIFEST
from formcheck.media.reader import VideoReader
from formcheck.media.remux import remux
from formcheck.media.trace import TraceMeta, pack, read_trace
from formcheck.media.writer import VideoWriter
from formcheck.repairing import Repaired, repair
from formcheck.sessionfile import About, Ending, SessionFile, judge_again, open_session
from formcheck.types import Frame, Observation, Report

ROOT = Path(__file__).parents[2]
META = TraceMeta("camera 0", "scripted", "0" * 64, {"formcheck": "0.1.0"})
ABOUT = About("plank", "camera 0", "2026-01-02T03:04:05+01:00", "Ada", set_up=True)
BUNDLE = {MANIFEST, "session.json", "trace.npz", "report.json"}


def seen(n: int) -> Sequence[Observation]:
    return read_trace(ROOT / "test_videos" / "plank" / "sag_20.trace.npz").observations[:n]


def picture(k: int) -> np.ndarray:
    return np.full((90, 160, 3), 40 + k % 100, np.uint8)


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def record(
    folder: Path,
    exercise: Exercise,
    n: int,
    *,
    keep_clip: bool = False,
    clock: Clock | None = None,
    step_s: float = 1 / 30,
) -> tuple[Journal, Report, Provenance]:
    clock = clock or Clock()
    journal = Journal(folder, exercise, ABOUT, META, keep_clip=keep_clip, clock=clock)
    engine = Engine(exercise, set_up=True)
    for k, observation in enumerate(seen(n)):
        clock.now_s += step_s
        step = engine.step(observation)
        journal.write(Frame(observation.t_s, picture(k)), observation, step)
    report = engine.close()
    return journal, report, Provenance("0.1.0", "camera 0", report.duration_s, "0" * 64)


def left_behind(journal: Journal) -> None:
    """As if the process were gone: files and locks are let go, nothing is written any more."""
    journal._close_threads()
    journal._log.close()


@pytest.fixture
def plank() -> Exercise:
    return load_exercises()["plank"]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("keep_clip", [False, True])
def test_a_finished_session_is_a_bundle(tmp_path: Path, plank: Exercise, keep_clip: bool) -> None:
    folder = tmp_path / "sessions" / "one"
    journal, report, provenance = record(folder, plank, 150, keep_clip=keep_clip)
    assert len(journal) == 150
    assert is_journal(folder)
    saved = journal.finish(report, provenance)
    assert not is_journal(folder)
    assert names(folder) == BUNDLE | ({"clip.mp4"} if keep_clip else set())
    saved.bundle.verify()
    opened = open_session(folder)
    assert opened.report == report
    assert opened.about == ABOUT
    assert opened.trace.meta == META
    assert pack(opened.trace.observations) == pack(seen(150))
    assert judge_again(opened, plank).encode() == opened.report_json()
    if keep_clip:
        assert opened.clip is not None
        with VideoReader(opened.clip) as reader:
            times_s = [frame.t_s for frame in reader]
        first_s = seen(1)[0].t_s
        assert times_s == pytest.approx([o.t_s - first_s for o in seen(150)], abs=1e-4)


def test_how_it_ended_is_kept(tmp_path: Path, plank: Exercise) -> None:
    journal, report, provenance = record(tmp_path / "one", plank, 40)
    assert journal.finish(report, provenance, Ending.FAILED).about.ended is Ending.FAILED


def test_what_is_aborted_leaves_nothing(tmp_path: Path, plank: Exercise) -> None:
    journal, _, _ = record(tmp_path / "one", plank, 40, keep_clip=True)
    journal.abort()
    assert names(tmp_path) == set()


def test_a_folder_in_use_is_left_alone(tmp_path: Path, plank: Exercise) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds something already"):
        Journal(tmp_path, plank, ABOUT, META)
    assert names(tmp_path) == {"mine.txt"}
    with pytest.raises(OutputError, match="can't be kept"):
        Journal(tmp_path / "mine.txt" / "one", plank, ABOUT, META)


def test_a_session_without_a_moment(tmp_path: Path, plank: Exercise) -> None:
    journal, report, provenance = record(tmp_path / "one", plank, 0)
    with pytest.raises(BundleError, match="before its first picture"):
        journal.finish(report, provenance)
    with pytest.raises(BundleError, match="before its first picture"):
        repair(tmp_path / "one", load_exercises())


def test_times_must_increase(tmp_path: Path, plank: Exercise) -> None:
    journal = Journal(tmp_path / "one", plank, ABOUT, META)
    step = Engine(plank).step(seen(1)[0])
    journal.write(Frame(0.0, picture(0)), seen(1)[0], step)
    with pytest.raises(ValueError, match="does not come after"):
        journal.write(Frame(0.0, picture(0)), seen(1)[0], step)
    journal.abort()


@pytest.mark.parametrize("fps_share", [1.0, 0.01])
def test_no_more_than_a_chunk_is_missing_at_any_moment(
    tmp_path: Path, plank: Exercise, fps_share: float
) -> None:
    """Whether the session runs in step with the wall clock, or far faster."""
    journal, _, _ = record(tmp_path / "one", plank, 101, step_s=fps_share / 30)
    left_behind(journal)
    session = repair(tmp_path / "one", load_exercises()).session
    last_s = session.trace.observations[-1].t_s
    assert 0.0 <= seen(101)[-1].t_s - last_s <= 0.25
    assert session.about.ended is Ending.KILLED
    assert session.about == replace(ABOUT, ended=Ending.KILLED)


def test_a_slow_camera_loses_no_more(tmp_path: Path, plank: Exercise) -> None:
    """A picture a second: each is written when the next came, at the latest."""
    journal, _, _ = record(tmp_path / "one", plank, 20, step_s=1.0)
    left_behind(journal)
    assert len(repair(tmp_path / "one", load_exercises()).session.trace.observations) == 20


def test_repairing_says_what_finishing_would_have_said(tmp_path: Path, plank: Exercise) -> None:
    finished, report, provenance = record(tmp_path / "one", plank, 151)
    whole = finished.finish(report, provenance)
    killed, _, _ = record(tmp_path / "two", plank, 151)
    killed._flush()
    left_behind(killed)
    repaired = repair(tmp_path / "two", load_exercises())
    assert repaired.lost_bytes == 0
    assert not repaired.was_whole
    assert repaired.session.report == whole.report
    assert names(tmp_path / "two") == BUNDLE
    again = repair(tmp_path / "two", load_exercises())
    assert again.was_whole
    assert again.session.report == whole.report


def test_a_running_session_is_not_repaired(tmp_path: Path, plank: Exercise) -> None:
    journal, report, provenance = record(tmp_path / "one", plank, 60)
    with pytest.raises(BundleError, match="still being recorded"):
        repair(tmp_path / "one", load_exercises())
    journal.finish(report, provenance).bundle.verify()


def test_limits_of_somebodys_own_are_in_force_again(tmp_path: Path, plank: Exercise) -> None:
    own = changed(plank, [Change("plank", "hips-sag", "good", -4.0)])
    journal, report, _ = record(tmp_path / "one", own, 151)
    journal._flush()
    left_behind(journal)
    session = repair(tmp_path / "one", load_exercises()).session
    assert session.report == report
    assert session.report.rule_version == own.version != plank.version
    assert session.thresholds["hips-sag"]["limits"]["good"] == -4.0


def journalled(tmp_path: Path, plank: Exercise) -> tuple[Path, bytes]:
    journal, _, _ = record(tmp_path / "one", plank, 151)
    journal._flush()
    left_behind(journal)
    return tmp_path / "one", (tmp_path / "one" / LOG).read_bytes()


def times_of(repaired: Repaired) -> list[float]:
    return [o.t_s for o in repaired.session.trace.observations]


def test_a_log_that_was_cut_off_is_read_to_its_last_whole_chunk(
    tmp_path: Path, plank: Exercise
) -> None:
    folder, log = journalled(tmp_path, plank)
    (folder / LOG).write_bytes(log[:-1])
    repaired = repair(folder, load_exercises())
    times_s = times_of(repaired)
    assert times_s == [o.t_s for o in seen(len(times_s))]
    assert 140 <= len(times_s) < 151
    assert 0 < repaired.lost_bytes < 10_000


@pytest.mark.parametrize("damage", ["zeros", "flip", "magic", "rubbish at the end"])
def test_a_damaged_chunk_costs_itself_alone(tmp_path: Path, plank: Exercise, damage: str) -> None:
    folder, log = journalled(tmp_path, plank)
    starts = [at for at in range(len(log)) if log[at : at + 4] == b"FCJ1"]
    at = starts[len(starts) // 2]
    broken = bytearray(log)
    if damage == "zeros":
        broken[at + 100 : at + 600] = bytes(500)
    elif damage == "flip":
        broken[at + 700] ^= 1
    elif damage == "magic":
        broken[at + 4 : at + 8] = b"\xff\xff\xff\xff"
    else:
        broken += b"FCJ1" + bytes(4096)
    (folder / LOG).write_bytes(broken)
    repaired = repair(folder, load_exercises())
    times_s = times_of(repaired)
    assert times_s == sorted(times_s)
    missing = 0 if damage == "rubbish at the end" else 8
    assert 151 - missing - 1 <= len(times_s) <= 151
    assert repaired.lost_bytes > 0
    repaired.session.bundle.verify()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "holds no journal.json"),
        ("", "damaged"),
        ("{}", "damaged"),
        ("[" * 100_000, "damaged"),
        ('{"schema_version": 2}', "update formcheck"),
    ],
)
def test_a_header_that_is_none(
    tmp_path: Path, plank: Exercise, text: str | None, words: str
) -> None:
    folder, _ = journalled(tmp_path, plank)
    (folder / HEADER).unlink()
    if text is not None:
        (folder / HEADER).write_text(text)
    with pytest.raises(BundleError, match=words):
        repair(folder, load_exercises())
    assert not (folder / MANIFEST).exists()


def test_what_can_not_be_repaired(tmp_path: Path, plank: Exercise) -> None:
    with pytest.raises(BundleError, match="no folder"):
        repair(tmp_path / "nothing", load_exercises())
    folder, _ = journalled(tmp_path, plank)
    header = json.loads((folder / HEADER).read_text())
    header["about"]["exercise"] = "planc"
    (folder / HEADER).write_text(json.dumps(header))
    with pytest.raises(InputError, match="did you mean 'plank'"):
        repair(folder, load_exercises())
    (folder / LOG).unlink()
    with pytest.raises(BundleError, match=r"holds no journal\.log"):
        repair(folder, load_exercises())


def test_a_clip_that_broke_off_is_kept_up_to_there(tmp_path: Path) -> None:
    live, clean = tmp_path / "live.mp4", tmp_path / "clean.mp4"
    with VideoWriter(live, 160, 90, survives_kill=True) as writer:
        for k in range(90):
            writer.write(picture(k), k / 30)
    data = live.read_bytes()
    assert remux(live, clean)
    with VideoReader(live) as one, VideoReader(clean) as other:
        for a, b in zip(one, other, strict=True):
            assert a.t_s == b.t_s
            np.testing.assert_array_equal(a.image_rgb, b.image_rgb)
    live.write_bytes(data[: len(data) * 2 // 3])
    assert remux(live, clean)
    with VideoReader(clean) as reader:
        assert 30 <= len(list(reader)) < 90
        assert reader.broke_off_s is None
    with VideoWriter(live, 160, 90, survives_kill=True) as writer:
        writer.write(picture(0), 0.0)
    still = live.read_bytes()
    for rest in (b"", data[:20], data[:700], still):
        live.write_bytes(rest)
        assert not remux(live, clean)
        assert not clean.exists()
    assert not remux(tmp_path / "nothing.mp4", clean)


ENDING = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import test_journal as t
from formcheck.repairing import repair
from formcheck.judgement.registry import load_exercises
exercises = load_exercises()
left = 0
def count(event, args):
    global left
    if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree"):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
for turn in range(0, 80, 3):
    folder = Path(sys.argv[1]) / str(turn)
    for act in ("finish", "repair"):
        child = os.fork()
        if child == 0:
            if act == "finish":
                journal, report, provenance = t.record(folder, exercises["plank"], 60)
            left = turn
            sys.addaudithook(count)
            if act == "finish":
                journal.finish(report, provenance)
            else:
                repair(folder, exercises)
            os._exit(0)
        print(act, os.waitpid(child, 0)[1])
"""


def test_killed_anywhere_while_it_ends_it_can_be_repaired(tmp_path: Path, plank: Exercise) -> None:
    """Killed at the n-th file operation of finishing, then at the n-th of repairing."""
    command = [sys.executable, "-c", ENDING, str(tmp_path), str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    outcomes = done.stdout.split("\n")
    assert "finish 9" in outcomes
    assert "finish 0" in outcomes
    assert "repair 9" in outcomes
    folders = list(tmp_path.iterdir())
    assert len(folders) == 27
    for folder in folders:
        if (folder / MANIFEST).exists():
            open_session(folder).bundle.verify()
        session = repair(folder, load_exercises()).session
        assert names(folder) == BUNDLE
        session.bundle.verify()
        assert len(session.trace.observations) == 60
        check_reproducible(session, plank)


def check_reproducible(session: SessionFile, exercise: Exercise) -> None:
    assert judge_again(session, exercise).encode() == session.report_json()


def test_names_of_the_journal_are_those_of_its_description() -> None:
    import formcheck.journalfiles

    described = formcheck.journalfiles.__doc__ or ""
    assert all(name in described for name in (HEADER, LOG, LIVE_CLIP))
