"""``formcheck bundle export-clip`` and ``sheet``: what a client gets of a session."""

from __future__ import annotations

import re
from pathlib import Path

import av
import pytest
from review_sessions import SAG, made_session

from formcheck.cli import main
from formcheck.handout import _false_at
from formcheck.media.bundle import copy_bundle
from formcheck.notes import Comment, Drawing, Notes, Shape
from formcheck.types import Finding, Level, Report

SAG_AT_10, SAG_AT_30 = (
    Finding("hips-sag", Level.FAULT, t_s, t_s + 2, t_s + 1, -20.0, 3.0, -12.0, 2.0, "deg", True)
    for t_s in (10.0, 30.0)
)
NOTES = Notes(comments=(Comment(4.5, "Much better here"),))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles") / "monday"
    made_session(folder, SAG, notes=NOTES, person="Anna")
    return folder


def test_a_sheet_lies_beside_its_session(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bundle", "sheet", str(bundle)]) == 0
    page = bundle.with_name("monday-sheet.html")
    assert str(page) in capsys.readouterr().out
    text = page.read_text("utf-8")
    assert "Anna" in text
    assert "Much better here" in text
    before = page.read_bytes()
    assert main(["bundle", "sheet", str(bundle)]) == 2
    assert "there already" in capsys.readouterr().err
    assert page.read_bytes() == before


def test_a_sheet_of_a_packed_session_is_the_same(bundle: Path, tmp_path: Path) -> None:
    packed = tmp_path / "one.formcheck"
    copy_bundle(bundle, packed)
    one, other = tmp_path / "one.html", tmp_path / "other.html"
    assert main(["bundle", "sheet", str(packed), "--out", str(one)]) == 0
    assert main(["bundle", "sheet", str(bundle), "--out", str(other)]) == 0
    assert one.read_bytes() == other.read_bytes()


def test_the_clip_has_every_picture_with_and_without_a_kept_clip(tmp_path: Path) -> None:
    for kept in (True, False):
        folder = tmp_path / f"session-{kept}"
        made_session(folder, SAG, notes=NOTES, clip=kept)
        out = tmp_path / f"{kept}.mp4"
        assert main(["bundle", "export-clip", str(folder), "--out", str(out)]) == 0
        with av.open(str(out)) as clip:
            assert sum(1 for _ in clip.decode(video=0)) == 330
        assert sorted(path.name for path in folder.iterdir()) == sorted(
            ["manifest.json", "notes.json", "report.json", "session.json", "trace.npz"]
            + (["clip.mp4"] if kept else [])
        )


@pytest.mark.parametrize(("action", "out"), [("sheet", "x.pdf"), ("export-clip", "x.avi")])
def test_another_kind_of_file_is_refused(
    bundle: Path, tmp_path: Path, action: str, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bundle", action, str(bundle), "--out", str(tmp_path / out)]) == 2
    assert "give a name that ends in" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("action", ["sheet", "export-clip"])
def test_what_is_no_session_is_refused(
    tmp_path: Path, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bundle", action, str(tmp_path)]) == 2
    assert "not a formcheck bundle" in capsys.readouterr().err


def pictures_on(page: Path) -> list[str]:
    return re.findall(r"data:image/jpeg;base64,[^\"']+", page.read_text("utf-8"))


def test_a_still_bears_what_was_drawn_on_it_and_nothing_of_other_pictures(tmp_path: Path) -> None:
    found = made_session(tmp_path / "bare", SAG).report.findings[0]

    def drawn(t_s: float) -> Drawing:
        return Drawing(t_s, Shape.LINE, ((10.0, 10.0), (600.0, 300.0)), colour="#ff00ff")

    here, before = drawn(found.worst_t_s), drawn(found.worst_t_s - 0.8)
    seen = {}
    for name, drawings in {"one": (here,), "two": (here, before), "none": ()}.items():
        made_session(tmp_path / name, SAG, notes=Notes(drawings=drawings))
        page = tmp_path / f"{name}.html"
        assert main(["bundle", "sheet", str(tmp_path / name), "--out", str(page)]) == 0
        seen[name] = pictures_on(page)
    assert seen["one"] == seen["two"] != seen["none"]


def test_a_check_that_was_overruled_once_is_drawn_where_it_stands() -> None:
    session = Report("plank", "1", 60.0, 60.0, {}, {}, (), (SAG_AT_10, SAG_AT_30), (), {})
    assert _false_at(10.5, session, [SAG_AT_10]) == {"hips-sag"}
    assert _false_at(30.5, session, [SAG_AT_10]) == set()
    assert _false_at(50.0, session, [SAG_AT_10]) == {"hips-sag"}
