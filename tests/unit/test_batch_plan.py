"""Which clips a batch is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from formcheck.batch.plan import Clip, find_clips
from formcheck.errors import InputError


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    for name in ("b.mp4", "a/b.MOV", "a/b.mp4", "a/.hidden.mp4", ".cache/c.mp4", "notes.txt"):
        path = tmp_path / "clips" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path / "clips"


def names(found: tuple[Clip, ...]) -> list[tuple[str, str]]:
    return [(clip.name, clip.folder) for clip in found]


def test_a_folder_is_searched_all_the_way_down(clips: Path) -> None:
    found = find_clips([str(clips)], "out", "plank", 1.7)
    assert names(found) == [("a/b.MOV", "a/b"), ("a/b.mp4", "a/b-2"), ("b.mp4", "b")]
    assert {(clip.exercise, clip.stature_m) for clip in found} == {("plank", 1.7)}
    assert [Path(clip.where).read_bytes() for clip in found] == [b"x"] * 3


def test_a_glob_names_any_file_and_keeps_its_order(clips: Path) -> None:
    found = find_clips([str(clips / "**" / "b.*"), str(clips / "b.mp4")], "out")
    assert names(found) == [
        ("a/b.MOV", "a/b"),
        ("a/b.mp4", "a/b-2"),
        ("b.mp4", "b"),
        ("b.mp4", "b-2"),
    ]
    assert find_clips([str(clips / "*.txt")], "out")[0].name == "notes.txt"


def test_a_glob_that_is_none_is_refused(clips: Path) -> None:
    with pytest.raises(InputError, match="entire path component"):
        find_clips([str(clips / "**.mp4")], "out")


def test_a_file_whose_name_looks_like_a_glob_is_that_file(clips: Path) -> None:
    (clips / "me [1].mp4").write_bytes(b"x")
    (clip,) = find_clips([str(clips / "me [1].mp4")], "out")
    assert clip.name == "me [1].mp4"


def test_results_are_not_taken_for_clips(clips: Path) -> None:
    for folder in (clips / "out" / "b", clips / "earlier"):
        folder.mkdir(parents=True)
        (folder / "annotated.mp4").write_bytes(b"x")
        (folder / "report.json").write_text("{}", encoding="utf-8")
    (clips / "out" / "b" / "other.mp4").write_bytes(b"x")
    (clips / "annotated.mp4").write_bytes(b"a clip of that name")
    found = find_clips([str(clips)], str(clips / "out"))
    assert [clip.name for clip in found] == ["a/b.MOV", "a/b.mp4", "annotated.mp4", "b.mp4"]


def test_a_clip_that_is_not_there_is_left_to_whoever_opens_it(tmp_path: Path) -> None:
    (clip,) = find_clips([str(tmp_path / "gone.mp4")], "out")
    assert (clip.name, clip.folder) == ("gone.mp4", "gone")


def test_a_manifest_overrides_what_holds_for_all(tmp_path: Path) -> None:
    manifest = tmp_path / "list.CSV"
    manifest.write_text(
        "Clip,Height_cm,exercise,person\r\n"
        "../day 1/a.mp4,,,\r\n\r\n"
        '"/elsewhere/b.mp4",172.5,dead_bug,"Berta, née Brecht"\r\n'
        "s3://bucket/c.mp4,,,\r\n",
        encoding="utf-8",
    )
    first, second, third = find_clips([str(manifest)], "out", "plank", 1.8)
    assert Path(first.where) == tmp_path / ".." / "day 1" / "a.mp4"
    assert (first.name, first.folder) == ("day 1/a.mp4", "day 1/a")
    assert (first.exercise, first.stature_m, first.person) == ("plank", 1.8, "")
    assert second == Clip("/elsewhere/b.mp4", "b.mp4", "b", "dead_bug", "Berta, née Brecht", 1.725)
    assert (third.where, third.name) == ("s3://bucket/c.mp4", "c.mp4")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no column 'clip'"),
        ("clip\n", "names no clip"),
        ("file,exercise\na.mp4,plank\n", "a column 'file'"),
        ("clip,height\na.mp4,170\n", "a column 'height'"),
        ("clip,height_cm\na.mp4,17\n", "line 2: height_cm '17' is no height"),
        ("clip,height_cm\na.mp4,nan\n", "line 2: height_cm 'nan' is no height"),
        ("clip,height_cm\na.mp4,170\nb.mp4,tall\n", "line 3: height_cm 'tall'"),
        ("clip,person\n,Anna\n", "line 2: no clip is named"),
        ("clip,person\na.mp4,Anna,plank\n", "line 2: there are more cells"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused_with_its_line(
    tmp_path: Path, text: str, says: str
) -> None:
    manifest = tmp_path / "list.csv"
    manifest.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"list\.csv") as refused:
        find_clips([str(manifest)], "out")
    assert says in str(refused.value)


def test_a_manifest_that_is_no_text_is_refused(tmp_path: Path) -> None:
    manifest = tmp_path / "list.csv"
    manifest.write_bytes(b"\xff\xfe\x00clip")
    with pytest.raises(InputError, match="not UTF-8"):
        find_clips([str(manifest)], "out")
    with pytest.raises(InputError, match="can't be read"):
        find_clips([str(tmp_path / "gone.csv")], "out")


def test_no_folder_leads_out_of_the_output_or_is_in_the_way(tmp_path: Path) -> None:
    manifest = tmp_path / "list.csv"
    manifest.write_text(
        "clip\n../../../etc/a.mp4\n.batch/b.mp4\n..mp4\nclips.csv.mp4\n", encoding="utf-8"
    )
    folders = [clip.folder for clip in find_clips([str(manifest)], "out")]
    assert folders == ["etc/a", "batch/b", "clip", "clips.csv-2"]
