"""What killed sessions left behind in the app's folder, at its next start."""

from __future__ import annotations

import logging
import os
import shutil
import time
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest

from formcheck.archive.access import Role, Viewer
from formcheck.archive.store import Library, library_in
from formcheck.cli import main
from formcheck.errors import LibraryError
from formcheck.journal import Journal
from formcheck.journalfiles import HEADER, LISTED, LOG, Listing, is_journal
from formcheck.judgement.engine import Engine
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.report import Provenance
from formcheck.leftbehind import mend_all
from formcheck.media.trace import TraceMeta, read_trace
from formcheck.sessionfile import About, Ending, open_session
from formcheck.takingin import take_in
from formcheck.types import Frame
from formcheck.web.live.mending import Mending

ROOT = Path(__file__).parents[2]
EXERCISES = load_exercises()
META = TraceMeta("camera 0", "scripted", "0" * 64)
ABOUT = About("plank", "camera 0", "2026-01-02T03:04:05+01:00", "Ada", set_up=True)
SEEN = read_trace(ROOT / "test_videos" / "plank" / "sag_20.trace.npz").observations[:151]
PICTURE = np.full((90, 160, 3), 120, np.uint8)


def journal(folder: Path, listing: Listing = LISTED, n: int = 151) -> Journal:
    """A session that is running."""
    plank = EXERCISES["plank"]
    running = Journal(folder, plank, ABOUT, META, keep_clip=True, listing=listing)
    engine = Engine(plank, set_up=True)
    for observation in SEEN[:n]:
        running.write(Frame(observation.t_s, PICTURE), observation, engine.step(observation))
    return running


def killed(folder: Path, listing: Listing = LISTED) -> Path:
    """What a killed session leaves: nobody holds its lock any more."""
    journal(folder, listing).close()
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def library(home: Path) -> Library:
    return library_in(home)


def problems(home: Path, library: Library) -> list[str]:
    return [found.problem for found in take_in(home, library, EXERCISES)]


def test_a_session_that_was_cut_off_is_repaired_and_in_the_library(
    home: Path, library: Library
) -> None:
    folder = killed(home / "sessions" / "one")
    assert problems(home, library) == [""]
    (past,) = library.sessions()
    assert past.folder == folder
    assert past.source == "live"
    assert past.began == datetime(2026, 1, 2, 2, 4, 5, tzinfo=timezone.utc)
    session = open_session(folder)
    session.bundle.verify()
    assert session.about.ended is Ending.KILLED
    assert session.has_clip
    assert past.duration_s == session.report.duration_s
    assert not (folder / HEADER).exists()


def test_it_is_added_once(home: Path, library: Library) -> None:
    killed(home / "sessions" / "one")
    for _ in range(3):
        problems(home, library)
    assert len(library.sessions()) == 1


@pytest.mark.parametrize("moment", ["added", "not added"])
def test_killed_between_the_bundle_and_the_library_it_is_in_there_once(
    home: Path, library: Library, moment: str
) -> None:
    plank, folder = EXERCISES["plank"], home / "sessions" / "one"
    running = journal(folder)
    engine = Engine(plank, set_up=True)
    for observation in SEEN:
        engine.step(observation)
    report = engine.close()

    class Killed(BaseException):
        pass

    def sealed(session: object) -> bool:
        if moment == "added":
            library.add(report, plank, datetime.now(timezone.utc), "live", folder)
        raise Killed

    provenance = Provenance("0.1.0", "camera 0", report.duration_s, "0" * 64)
    with pytest.raises(Killed):
        running.finish(report, provenance, sealed=sealed)
    assert not is_journal(folder)
    open_session(folder).bundle.verify()
    assert problems(home, library) == [""]
    assert [past.folder for past in library.sessions()] == [folder]
    assert problems(home, library) == []
    assert open_session(folder).about.ended is Ending.FINISHED


def test_a_session_that_was_not_to_be_remembered_is_repaired_alone(
    home: Path, library: Library
) -> None:
    folder = killed(home / "sessions" / "one", Listing(wanted=False))
    assert problems(home, library) == [""]
    assert library.sessions() == ()
    open_session(folder).bundle.verify()


def test_a_running_session_is_left_alone(home: Path, library: Library) -> None:
    running = journal(home / "sessions" / "one")
    assert problems(home, library) == []
    assert is_journal(running.folder)
    running.close()
    assert problems(home, library) == [""]


def test_a_broken_one_is_left_and_does_not_stop_the_rest(
    home: Path, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    broken = killed(home / "sessions" / "a")
    (broken / HEADER).write_text("{")
    killed(home / "sessions" / "b")
    before = (broken / LOG).read_bytes()
    with caplog.at_level(logging.INFO):
        mending = Mending(home, library)
        assert mending.join(30.0)
        mending.close()
    assert [past.folder for past in library.sessions()] == [home / "sessions" / "b"]
    assert (broken / LOG).read_bytes() == before
    warned = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert warned == [
        "a session that was cut off is left as it is: a can't be repaired: its journal.json is "
        "damaged."
    ]


def test_what_the_library_does_not_take_is_tried_again(
    home: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = killed(home / "sessions" / "one")

    def full(*given: object, **named: object) -> int:
        raise LibraryError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Library, "add", full)
        assert problems(home, library) == ["the disk is full"]
    open_session(folder).bundle.verify()
    assert problems(home, library) == [""]
    assert len(library.sessions()) == 1


def test_a_journal_that_nothing_was_written_to_goes(home: Path, library: Library) -> None:
    folder = home / "sessions" / "one"
    journal(folder, n=0).close()
    assert problems(home, library) == []
    assert folder.exists(), "it may be one that just begins"
    long_ago = time.time() - 60.0
    os.utime(folder / LOG, (long_ago, long_ago))
    assert problems(home, library) == []
    assert not folder.exists()


def test_other_things_in_the_folder_are_left_alone(home: Path, library: Library) -> None:
    folder = killed(home / "sessions" / "one")
    problems(home, library)
    shutil.copytree(folder, home / "sessions" / "bundle")
    (home / "sessions" / "file.txt").write_text("mine")
    (home / "sessions" / "folder").mkdir()
    (home / "elsewhere").mkdir()
    killed(home / "elsewhere" / "two")
    (home / "sessions" / "link").symlink_to(home / "elsewhere" / "two")
    assert problems(home, library) == []
    assert is_journal(home / "elsewhere" / "two")


def test_nothing_is_made_where_nothing_is(home: Path, library: Library) -> None:
    assert problems(home, library) == []
    assert not home.exists()


def test_it_can_be_stopped_between_two(home: Path) -> None:
    asked: list[bool] = []
    for name in "abc":
        killed(home / name)

    def stop() -> bool:
        asked.append(True)
        return len(asked) > 1

    assert [found.folder.name for found in mend_all(home, EXERCISES, stop=stop)] == ["a"]
    assert is_journal(home / "b")


def test_the_command_takes_them_in_as_well(
    home: Path,
    library: Library,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FORMCHECK_HOME", str(home))
    killed(home / "sessions" / "one")
    broken = killed(home / "sessions" / "two")
    (broken / HEADER).write_text("{")
    for _ in range(2):
        assert main(["library", "list"]) == 0
        told = capsys.readouterr()
        assert "Ada" in told.out
        assert "formcheck: two can't be repaired" in told.err
    assert len(library.sessions()) == 1


def test_it_belongs_to_whoever_had_signed_in(home: Path, library: Library) -> None:
    ben = library.account_for("https://id.example|ben", name="Ben")
    library.set_role(ben.number, Role.COACH)
    cleo = library.account_for("https://id.example|cleo", name="Cleo")
    killed(home / "sessions" / "one", Listing(account=ben.number, role="coach"))
    assert problems(home, library) == [""]
    assert len(library.sessions(viewer=Viewer(ben.number, Role.COACH))) == 1
    assert library.sessions(viewer=Viewer(cleo.number, Role.COACH)) == ()


def test_a_session_of_an_account_that_was_deleted_meanwhile_is_nobodys(
    home: Path, library: Library
) -> None:
    ben = library.account_for("https://id.example|ben", name="Ben")
    library.add_person("Ada")  # The session's own Ada was Ben's.
    killed(home / "sessions" / "one", Listing(account=ben.number, role="owner"))
    library.delete_account(ben.number)
    assert problems(home, library) == [""]
    (past,) = library.sessions()
    assert past.person == ""
    assert problems(home, library) == []


def test_it_is_the_session_of_whom_it_was_begun_for_and_of_no_namesake(
    home: Path, library: Library
) -> None:
    ben = library.account_for("https://id.example|ben", name="Ben")
    library.set_role(ben.number, Role.COACH)
    library.add_person("Ada")
    theirs = library.add_person("Ada", Viewer(ben.number, Role.COACH))
    killed(home / "sessions" / "one", Listing(person=theirs))
    assert problems(home, library) == [""]
    assert [past.person_number for past in library.sessions()] == [theirs]


def test_somebody_who_was_renamed_or_deleted_meanwhile_does_not_come_back(
    home: Path, library: Library
) -> None:
    renamed, deleted = library.add_person("Ada"), library.add_person("Bo")
    killed(home / "sessions" / "one", Listing(person=renamed))
    killed(home / "sessions" / "two", Listing(person=deleted))
    library.rename_person(renamed, "Ada L.")
    library.delete_person(deleted)
    assert problems(home, library) == ["", ""]
    assert sorted(past.person for past in library.sessions()) == ["", "Ada L."]
    assert [person.name for person in library.people()] == ["Ada L."]


@pytest.mark.parametrize("home_there", [True, False])
def test_repaired_by_hand_it_is_in_the_library_where_it_is_the_apps(
    home: Path, library: Library, monkeypatch: pytest.MonkeyPatch, home_there: bool
) -> None:
    elsewhere = home.parent / "elsewhere" / "one"
    folder = killed(home / "sessions" / "one" if home_there else elsewhere)
    monkeypatch.setenv("FORMCHECK_HOME", str(home))
    monkeypatch.chdir(folder.parent)
    for _ in range(2):
        assert main(["bundle", "repair", "one"]) == 0
    assert [past.folder for past in library.sessions()] == ([folder] if home_there else [])
