"""``formcheck batch`` on one machine, as its user runs it; real processes, no pose estimation."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from batch_people import (
    KILLS,
    KILLS_ONCE,
    MARK,
    NOBODY,
    SAGS,
    STRAIGHT,
    by_shade,
    clips_in,
    leftovers,
    results,
    table,
)
from recorded import blank_clip

from formcheck.batch.work import Outcome, Task, work_on
from formcheck.cli import main

FILES = {"annotated.mp4", "report.html", "report.json", "signals.csv", "cues.vtt", "trace.npz"}


@pytest.fixture(autouse=True)
def _sees_by_shade(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formcheck.perception.open.open_estimator", by_shade)


@pytest.fixture
def _no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clips are done in this process, one after the other: quicker where processes don't matter."""

    def run_here(tasks: Sequence[Task], workers: int) -> Generator[Outcome, None, None]:
        yield from map(work_on, tasks)

    monkeypatch.setattr("formcheck.batch.local.run_here", run_here)


def batch(*arguments: object, exercise: str | None = "plank") -> int:
    chosen = () if exercise is None else ("--exercise", exercise)
    return main(["batch", *(str(a) for a in arguments), *chosen])


def times_of(out: Path, name: str = "annotated.mp4") -> dict[str, int]:
    return {path.parent.name: path.stat().st_mtime_ns for path in out.rglob(name)}


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Two good clips, one of them deeper down, one without a person, and one that is no clip."""
    clips = tmp_path / "clips"
    (clips / "anna").mkdir(parents=True)
    blank_clip(clips / "anna" / "a.mp4", 7.0, shade=SAGS)
    blank_clip(clips / "b.mp4", 4.0, shade=STRAIGHT)
    blank_clip(clips / "nobody.mp4", 2.0, shade=NOBODY)
    (clips / "text.mp4").write_text("no clip", encoding="utf-8")
    (clips / "notes.txt").write_text("not looked at", encoding="utf-8")
    return clips


def test_every_clip_is_done_or_listed_and_done_once(
    tmp_path: Path, mixed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert batch(mixed, "--out", out, "--workers", 2) == 2
    printed = capsys.readouterr()
    assert "2 of 4 clips were analysed" in printed.out
    assert "nobody.mp4 could not be done: nobody.mp4: nobody is seen" in printed.err
    assert "text.mp4 is a text file" in printed.err
    assert {path.name for path in (out / "anna" / "a").iterdir()} == FILES
    assert leftovers(out) == []

    rows = table(out / "clips.csv")
    assert [row["clip"] for row in rows] == ["anna/a.mp4", "b.mp4", "nobody.mp4", "text.mp4"]
    assert [row["status"] for row in rows] == ["done", "done", "failed", "failed"]
    assert [row["faulty_checks"] for row in rows] == ["hips-sag", "", "", ""]
    assert [row["check"] for row in table(out / "findings.csv")] == ["hips-sag"]
    assert not (out / "reps.csv").exists()

    page = (out / "summary.html").read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]+)"', page)
    assert links == ["anna/a/report.html", "b/report.html"]
    assert all((out / link).is_file() for link in links)
    assert "Hips dropped" in page

    alone = tmp_path / "alone"
    assert batch(mixed, "--out", alone, "--workers", 1) == 2
    assert results(alone) == results(out)
    assert len(results(out)) == 6
    capsys.readouterr()

    before = times_of(out)
    assert batch(mixed, "--out", out, "--workers", 2) == 2
    assert "2 of 4 clips are finished already" in capsys.readouterr().out
    assert times_of(out) == before

    blank_clip(mixed / "b.mp4", 5.0, shade=STRAIGHT)
    (mixed / "anna" / "a.mp4").touch()  # another time, the same clip
    assert batch(mixed, "--out", out) == 2
    after = times_of(out)
    assert after["a"] == before["a"]
    assert after["b"] != before["b"]


@pytest.mark.usefixtures("_no_processes")
def test_the_tables_hold_the_same_as_csv_and_as_parquet(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert batch(clips_in(tmp_path / "clips", 2, seconds=7.0), "--out", out) == 0
    for name in ("clips", "findings"):
        written = table(out / f"{name}.csv")
        read = pq.read_table(out / f"{name}.parquet").to_pylist()
        assert len(read) == len(written) > 0
        for cells, texts in zip(read, written, strict=True):
            told = {
                key: "" if cell is None else str(int(cell) if isinstance(cell, bool) else cell)
                for key, cell in cells.items()
            }
            assert told == texts


@pytest.mark.usefixtures("_no_processes")
def test_other_options_and_missing_results_do_a_clip_again(tmp_path: Path) -> None:
    clips, out = clips_in(tmp_path / "clips", 1), tmp_path / "out"
    assert batch(clips, "--out", out) == 0
    first = times_of(out)
    assert batch(clips, "--out", out) == 0
    assert times_of(out) == first
    assert batch(clips, "--out", out, "--height-cm", 170) == 0
    second = times_of(out)
    assert second != first
    (out / "clip00" / "report.json").unlink()
    assert batch(clips, "--out", out, "--height-cm", 170) == 0
    assert times_of(out) != second
    assert (out / "clip00" / "report.json").is_file()


@pytest.mark.usefixtures("_no_processes")
def test_results_of_another_exercise_do_not_stay(tmp_path: Path) -> None:
    clips, out = clips_in(tmp_path / "clips", 1), tmp_path / "out"
    assert batch(clips, "--out", out, exercise="glute_bridge") == 0
    assert (out / "clip00" / "reps.csv").is_file()
    assert batch(clips, "--out", out) == 0
    assert {path.name for path in (out / "clip00").iterdir()} == FILES


def test_a_clip_that_ends_its_process_is_tried_twice_and_the_others_are_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = tmp_path / "mark"
    monkeypatch.setenv(MARK, str(mark))
    clips, out = clips_in(tmp_path / "clips", 2), tmp_path / "out"
    blank_clip(clips / "always.mp4", 1.0, shade=KILLS)
    blank_clip(clips / "once.mp4", 2.0, shade=KILLS_ONCE)
    assert batch(clips, "--out", out, "--workers", 2) == 2
    rows = {row["clip"]: row for row in table(out / "clips.csv")}
    assert {name for name, row in rows.items() if row["status"] == "failed"} == {"always.mp4"}
    assert "ended at it twice" in rows["always.mp4"]["reason"]
    assert mark.exists()
    assert leftovers(out) == []
    assert not (out / "always").exists()


@pytest.mark.usefixtures("_no_processes")
def test_a_manifest_says_who_and_what(tmp_path: Path) -> None:
    clips_in(tmp_path / "clips", 2, seconds=4.0)
    manifest = tmp_path / "list.csv"
    manifest.write_text(
        "clip;person;height_cm;exercise\nclips/clip01.mp4;Berta;172,5;\n"
        "clips/clip00.mp4;Anna;;plank\n",
        encoding="utf-8-sig",
    )
    out = tmp_path / "out"
    assert batch(manifest, "--out", out, exercise=None) == 0
    rows = table(out / "clips.csv")
    assert [(row["clip"], row["person"]) for row in rows] == [
        ("clips/clip01.mp4", "Berta"),
        ("clips/clip00.mp4", "Anna"),
    ]
    assert [row["height_cm"] for row in rows] == ["172.5", ""]
    assert [row["exercise"] for row in rows] == ["plank", "plank"]
    assert rows[0]["guessed"].startswith("Taken for")
    assert not rows[1]["guessed"]
    assert "Berta" in (out / "summary.html").read_text(encoding="utf-8")


def test_two_batches_do_not_write_to_one_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import fcntl

    clips, out = clips_in(tmp_path / "clips", 1), tmp_path / "out"
    (out / ".batch").mkdir(parents=True)
    with (out / ".batch" / "lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert batch(clips, "--out", out) == 2
    assert "another batch is writing" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == [".batch"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("empty",), "no video in this folder"),
        (("empty/*.mp4",), "no file has such a name"),
        (("clips", "--workers", "0"), "no number of processes"),
        (("clips", "--exercise", "plonk"), "did you mean 'plank'?"),
        (("clips", "--height-cm", "17"), "no height of a person"),
        (("clips", "--workers", "1", "--scheduler", "tcp://127.0.0.1:9"), "give one"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence_before_any_work(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    clips_in(tmp_path / "clips", 1, seconds=0.5)
    assert batch(*arguments, "--out", tmp_path / "out", exercise=None) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line
    assert not (tmp_path / "out").exists()
