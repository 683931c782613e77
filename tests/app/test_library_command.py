"""``formcheck library``: sessions brought into the app, listed and handed on."""

from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from recorded import ScriptedEstimator, blank_clip
from review_sessions import made_session

from formcheck.analysis import analyze_clip
from formcheck.archive.query import Query
from formcheck.archive.store import Library, library_in
from formcheck.cli import main
from formcheck.clipsession import Keep
from formcheck.errors import LibraryError
from formcheck.intake import bundles_in, take
from formcheck.judgement.registry import load_exercises
from formcheck.media.bundle import copy_bundle
from formcheck.notes import Notes
from formcheck.sessionfile import open_session, save_notes
from formcheck.testing import plank

EXERCISES = load_exercises()


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two sessions, of Anna with a fault and of nobody without one."""
    folder = tmp_path_factory.mktemp("bundles")
    for name, hips, person in (("anna", -16.0, "Anna"), ("other", 4.0, "")):
        clip = blank_clip(folder / f"{name}.mp4", 5.0)
        sees = ScriptedEstimator(lambda t_s, to=hips: plank(4.0 if t_s < 3.0 else to))
        out = folder / "deep" / name
        analyze_clip(clip, EXERCISES["plank"], sees, out, keep=Keep(person))
        clip.unlink()
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def library(home: Path) -> Library:
    return library_in(home)


def command(*arguments: object) -> int:
    return main(["library", *(str(a) for a in arguments)])


def test_a_folder_of_sessions_is_brought_once(
    bundles: Path, library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("import", bundles, "--tag", "week 1") == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "anna.formcheck: session 1, plank, 5.0 s, with its clip."
    assert printed[-1] == "2 sessions added."
    anna, other = (library.session(number) for number in (1, 2))
    assert (anna.person, anna.tags, other.person) == ("Anna", ("week 1",), "")
    assert [finding.check for finding in anna.findings] == ["hips-sag"]
    assert anna.folder is not None
    assert anna.folder.parent == library.home / "sessions"
    kept = open_session(anna.folder)
    kept.bundle.verify()
    brought = open_session(bundles / "deep" / "anna" / "anna.formcheck")
    assert kept.bundle.manifest == brought.bundle.manifest
    assert anna.folder.parent.stat().st_mode & 0o077 == 0

    assert command("import", bundles / "deep" / "anna" / "anna.formcheck", anna.folder) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "anna.formcheck: is in the library already, as session 1."
    assert printed[-1] == "0 sessions added, 2 there already."
    assert library.count() == 2


def test_one_that_is_damaged_does_not_stop_the_rest(
    tmp_path: Path, bundles: Path, library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    many = tmp_path / "many"
    shutil.copytree(bundles, many)
    damaged = many / "deep" / "anna" / "anna.formcheck"
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    (many / "broken.formcheck").write_bytes(b"PK\x03\x04 cut short")
    assert command("import", many, tmp_path / "nowhere") == 2
    printed = capsys.readouterr()
    told = printed.err.splitlines()
    assert [line.partition(" is ")[0] for line in told] == [
        f"formcheck: {many / 'broken.formcheck'}",
        f"formcheck: {damaged}",
        f"formcheck: {tmp_path / 'nowhere'}",
    ]
    assert all("damaged" in line for line in told[:2])
    assert printed.out.splitlines()[-1] == "1 session added, 3 refused."
    assert [past.person for past in library.sessions()] == [""]
    assert len(list((library.home / "sessions").iterdir())) == 1


def test_whose_it_is_and_what_a_coach_noted(
    tmp_path: Path, bundles: Path, library: Library
) -> None:
    own = tmp_path / "anna"
    copy_bundle(bundles / "deep" / "anna" / "anna.formcheck", own)
    before = open_session(own)
    save_notes(own, replace(before.notes, reviewed="2026-03-01T10:00:00+00:00"))
    assert isinstance(before.notes, Notes)
    assert command("import", own, "--person", "Berta") == 0
    past = library.session(1)
    assert past.person == "Berta"
    assert past.reviewed is not None
    assert past.reviewed.year == 2026
    # With other notes it is still the same session.
    assert command("import", bundles / "deep" / "anna" / "anna.formcheck") == 0
    assert library.count() == 1


def test_it_is_found_again(
    bundles: Path, library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("list") == 0
    assert "No session of this kind" in capsys.readouterr().out
    assert command("import", bundles, "--tag", "home") == 0
    library.set_tags(2, ["gym"])
    library.mark_reviewed(2)

    def listed(*options: str) -> list[str]:
        capsys.readouterr()
        assert command("list", *options) == 0
        lines = capsys.readouterr().out.splitlines()
        return sorted(line.split()[0] for line in lines if line.strip()[:1].isdecimal())

    assert listed() == ["1", "2"]
    assert listed("--person", "anna") == ["1"]
    assert listed("--fault", "hips-sag") == ["1"]
    assert listed("--tag", "gym") == ["2"]
    assert listed("--not-reviewed") == ["1"]
    assert listed("--exercise", "plank", "--tag", "home") == ["1"]
    assert listed("--exercise", "dead_bug") == []
    assert command("list", "--person", "Clara") == 2
    assert "nobody in the library is called Clara; there is: Anna" in capsys.readouterr().err


def test_it_is_handed_on(
    tmp_path: Path, bundles: Path, library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("import", bundles) == 0
    out = tmp_path / "for Anna.formcheck"
    assert command("export", 1, "--out", out) == 0
    assert open_session(out).about.person == "Anna"
    open_session(out).bundle.verify()
    assert command("export", 1, "--out", out) == 2
    assert "is there already" in capsys.readouterr().err
    assert command("export", 1, "--out", tmp_path / "folder") == 2
    assert command("export", 9) == 2
    assert "there is no session 9" in capsys.readouterr().err
    saved = open_session(out)
    library.add(saved.report, EXERCISES["plank"], library.session(1).began, "live")
    assert command("export", 3, "--out", tmp_path / "c.formcheck") == 2
    assert "only the numbers were kept" in capsys.readouterr().err


def test_a_copy_that_a_killed_process_left_is_used(
    tmp_path: Path, bundles: Path, library: Library
) -> None:
    bundle = bundles / "deep" / "anna" / "anna.formcheck"
    first = take(library, bundle, EXERCISES)
    left = library.session(first.number).folder
    assert left is not None
    shutil.copytree(left, tmp_path / "copy")
    library.delete(first.number)
    assert not left.exists()
    shutil.copytree(tmp_path / "copy", left)  # as if it had been killed before it was listed
    taken = take(library, bundle, EXERCISES)
    assert not taken.was_there
    assert library.session(taken.number).folder == left
    # Once it belongs to a session, the next one gets a folder of its own.
    again = take(library, bundle, EXERCISES, besides=taken.number)
    assert not again.was_there
    assert library.session(again.number).folder not in (None, left)


def test_what_can_not_be_added_leaves_nothing(
    bundles: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Library, "add", _fails)
    with pytest.raises(LibraryError, match="in use"):
        take(library, bundles / "deep" / "anna" / "anna.formcheck", EXERCISES)
    assert list((library.home / "sessions").iterdir()) == []
    assert library.sessions(Query()) == ()


def _fails(*_: object, **__: object) -> int:
    raise LibraryError("the list is in use")


def test_only_what_is_finished_is_found_in_a_folder(tmp_path: Path, bundles: Path) -> None:
    (tmp_path / ".formcheck-1").mkdir()
    at_work = tmp_path / ".formcheck-1" / "a.formcheck"
    shutil.copy(bundles / "deep" / "anna" / "anna.formcheck", at_work)
    copy_bundle(at_work, tmp_path / "folder")
    shutil.copy(at_work, tmp_path / "folder" / "inside.formcheck")
    shutil.copy(at_work, tmp_path / "b.formcheck")
    assert bundles_in(tmp_path) == [tmp_path / "b.formcheck", tmp_path / "folder"]


def test_two_who_bring_the_same_at_once_have_a_copy_each(
    bundles: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = bundles / "deep" / "anna" / "anna.formcheck"
    accounts = [library.account_for(f"https://id.example|{name}") for name in ("ben", "cleo")]
    add = Library.add

    def slow(*given: Any, **named: Any) -> int:
        time.sleep(0.3)
        return add(*given, **named)

    monkeypatch.setattr(Library, "add", slow)
    with ThreadPoolExecutor() as pool:
        bring = [pool.submit(take, library, bundle, EXERCISES, viewer=a.viewer) for a in accounts]
        taken = [each.result() for each in bring]
    assert not any(each.was_there for each in taken)
    library.delete(taken[0].number)
    (left,) = library.sessions()
    assert left.folder is not None
    open_session(left.folder).bundle.verify()


def test_the_list_says_by_which_limits_a_session_was_judged(home: Path, tmp_path: Path) -> None:
    session = made_session(tmp_path / "own", clip=False, limits="plank.hips-sag.warn=-9")
    number = take(library_in(home), session.path, EXERCISES).number
    version = library_in(home).session(number).rule_version
    assert version == session.report.rule_version != EXERCISES["plank"].version
