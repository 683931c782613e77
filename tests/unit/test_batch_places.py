"""Clips from, and results to, object storage: here fsspec's file system in memory."""

from __future__ import annotations

from pathlib import Path

import fsspec
import pytest
from batch_people import SAGS, by_shade, results
from recorded import blank_clip

from formcheck.batch.place import place_at
from formcheck.batch.plan import find_clips
from formcheck.batch.records import read_record
from formcheck.batch.run import Options, Todo, run_batch, what_to_do
from formcheck.batch.sources import fetched, size_of, stamp_of
from formcheck.batch.tables import Done
from formcheck.batch.work import work_on
from formcheck.errors import InputError, MediaError
from formcheck.judgement.registry import load_exercises

BUCKET = "memory://bucket"


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    """Two clips in memory, the same as in the folder."""
    memory = fsspec.filesystem("memory")
    memory.rm("/bucket", recursive=True) if memory.exists("/bucket") else None
    for name in ("a.mp4", "deep/b.mp4"):
        path = tmp_path / "clips" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        blank_clip(path, 4.0, shade=SAGS)
        memory.pipe_file(f"/bucket/clips/{name}", path.read_bytes())
    return tmp_path / "clips"


def planned(source: str, out: str, *, hand_over: bool = False) -> tuple[Todo, Options]:
    options = Options(out, load_exercises(), hand_over=hand_over)
    return what_to_do(find_clips([source], out, "plank"), options, by_shade), options


def done(source: str, out: str, *, hand_over: bool = False) -> tuple[Todo, list[Done]]:
    todo, options = planned(source, out, hand_over=hand_over)
    return todo, run_batch(todo, options, lambda tasks: (work_on(task) for task in tasks))


def test_clips_and_results_in_memory_are_those_of_a_folder(bucket: Path, tmp_path: Path) -> None:
    _, local = done(str(bucket), str(tmp_path / "out"))
    _, remote = done(f"{BUCKET}/clips", f"{BUCKET}/out")
    assert [clip.saved for clip in remote] == [clip.saved for clip in local]
    assert [clip.clip.name for clip in remote] == ["a.mp4", "deep/b.mp4"]
    there = fsspec.filesystem("memory")
    for name, text in results(tmp_path / "out").items():
        assert there.cat_file(f"/bucket/out/{name}").decode() == text
    assert there.exists("/bucket/out/summary.html")
    assert there.exists("/bucket/out/clips.parquet")


def test_finished_clips_in_memory_are_not_done_twice(bucket: Path, tmp_path: Path) -> None:
    out = f"{BUCKET}/out"
    first, _ = done(f"{BUCKET}/clips/**/*.mp4", out)
    assert len(first.tasks) == 2
    again, _ = planned(f"{BUCKET}/clips/**/*.mp4", out)
    assert not again.tasks
    changed = blank_clip(tmp_path / "other.mp4", 3.0)
    fsspec.filesystem("memory").pipe_file("/bucket/clips/a.mp4", changed.read_bytes())
    last, _ = planned(f"{BUCKET}/clips/**/*.mp4", out)
    assert [task.clip.name for task in last.tasks] == ["a.mp4"]


def test_results_that_are_handed_over_are_the_same(bucket: Path, tmp_path: Path) -> None:
    done(str(bucket), str(tmp_path / "written"))
    todo, _ = done(str(bucket), str(tmp_path / "handed"), hand_over=True)
    assert [task.out for task in todo.tasks] == [None, None]
    assert results(tmp_path / "handed") == results(tmp_path / "written")
    assert not planned(str(bucket), str(tmp_path / "handed"))[0].tasks


@pytest.mark.parametrize("where", ["local", "memory"])
def test_nothing_of_an_earlier_run_stays_beside_results_that_are_handed_over(
    bucket: Path, tmp_path: Path, where: str
) -> None:
    out = str(tmp_path / "out") if where == "local" else f"{BUCKET}/out"
    for name in ("reps.csv", "jumps.csv", "a.formcheck", "mine.txt"):
        place_at(out).write(f"a/{name}", b"of another exercise")
    done(str(bucket / "a.mp4"), out, hand_over=True)
    gone = [place_at(out).read(f"a/{name}") for name in ("reps.csv", "jumps.csv", "a.formcheck")]
    assert gone == [None, None, None]
    assert place_at(out).read("a/mine.txt") == b"of another exercise"


def test_a_file_url_is_the_folder_it_names(bucket: Path, tmp_path: Path) -> None:
    out = tmp_path / "an out"
    done(bucket.as_uri(), out.as_uri())
    assert (out / "a" / "report.json").is_file()
    assert not planned(str(bucket), str(out))[0].tasks


def test_a_clip_in_memory_is_a_file_for_as_long_as_it_is_needed(bucket: Path) -> None:
    with fetched(f"{BUCKET}/clips/deep/b.mp4") as path:
        assert path.name == "b.mp4"
        assert path.read_bytes() == (bucket / "deep" / "b.mp4").read_bytes()
    assert not path.exists()
    assert size_of(f"{BUCKET}/clips/a.mp4") == (bucket / "a.mp4").stat().st_size


def test_what_is_not_there_is_told_in_a_sentence(bucket: Path) -> None:
    assert stamp_of(f"{BUCKET}/gone.mp4") is None
    with pytest.raises(MediaError, match=r"gone\.mp4 is not there"), fetched(f"{BUCKET}/gone.mp4"):
        pass
    with pytest.raises(InputError, match="can't be reached"):
        place_at("nosuchstorage://bucket/out")
    with pytest.raises(InputError, match="no file has such a name"):
        find_clips([f"{BUCKET}/clips/*.mov"], "out")
    (clip,) = done(f"{BUCKET}/clips/gone.mp4", f"{BUCKET}/out")[1]
    assert clip.saved is None
    assert clip.record.failed.startswith("gone.mp4 is not there")
    kept = read_record(place_at(f"{BUCKET}/out"), "gone")
    assert kept is not None
    assert kept.failed == clip.record.failed


def test_a_damaged_record_is_no_record(bucket: Path, tmp_path: Path) -> None:
    place = place_at(str(tmp_path))
    for text in (b"", b"[]", b'{"schema_version": 9}', b'{"schema_version": 1, "other": 1}'):
        place.write(".batch/a.json", text)
        assert read_record(place, "a") is None
