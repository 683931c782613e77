"""The file of the library: who can read it, when it is damaged or in use, what is left in it."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import presentation_samples as samples
import pytest
from libraries import BEGAN, account, add, kept_clip

from formcheck.archive.access import Role
from formcheck.archive.store import Library, library_in
from formcheck.archive.weeks import weeks
from formcheck.errors import LibraryError

NEEDLE = "Zaunkoenig"
"""A word that is nowhere else: found in a file after it was deleted, it was not deleted."""


@pytest.fixture
def library(home: Path) -> Library:
    return library_in(home)


def list_file(home: Path) -> Path:
    return home / "formcheck.sqlite"


def named_needle() -> object:
    checks = tuple(replace(check, title=NEEDLE * 3) for check in samples.EXERCISE.checks)
    return replace(samples.EXERCISE, title=NEEDLE, checks=checks)


def bytes_of(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())


def test_nothing_is_created_before_something_is_added(library, home):
    assert library.sessions() == ()
    library.delete(1)
    library.delete_everything()
    assert weeks(library.sessions()) == ()
    assert not home.exists()


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_nobody_else_on_the_machine_can_read_the_list(library, home):
    old = os.umask(0)
    try:
        add(library)
    finally:
        os.umask(old)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE(list_file(home).stat().st_mode) == 0o600
    list_file(home).chmod(0o644)
    add(library)
    assert stat.S_IMODE(list_file(home).stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_folder_that_was_there_keeps_its_permissions(library, home):
    home.mkdir(parents=True)
    home.chmod(0o755)
    add(library)
    assert stat.S_IMODE(home.stat().st_mode) == 0o755


@pytest.mark.parametrize("content", [b"no list of anything" * 300, "cut"], ids=["other", "cut"])
def test_a_damaged_file_is_told_in_a_sentence_and_left_alone(library, home, content):
    home.mkdir(parents=True)
    if content == "cut":
        for _ in range(40):
            add(library)
        content = list_file(home).read_bytes()[:9000]
    list_file(home).write_bytes(content)
    for use in (
        library.sessions,
        library.export_csv,
        lambda: add(library),
        lambda: library.delete(1),
    ):
        with pytest.raises(LibraryError, match=r"damaged.*move the file away") as told:
            use()
        assert "\n" not in str(told.value)
    assert list_file(home).read_bytes() == content


def test_a_time_that_is_none_is_told_in_a_sentence(library, home):
    add(library)
    with closing(sqlite3.connect(list_file(home))) as db:
        db.execute("UPDATE session SET began_utc = 'yesterday'")
        db.commit()
    with pytest.raises(LibraryError, match="damaged"):
        library.sessions()


def test_a_damaged_file_can_be_deleted(library, home):
    home.mkdir(parents=True)
    list_file(home).write_bytes(NEEDLE.encode() * 1000)
    library.delete_everything()
    assert NEEDLE.encode() not in bytes_of(home)
    add(library)
    assert len(library.sessions()) == 1


def test_a_list_in_use_is_told_in_a_sentence(library, home, monkeypatch):
    monkeypatch.setattr("formcheck.archive.database.PATIENCE_S", 0.1)
    impatient = library_in(home)
    add(library)
    with closing(sqlite3.connect(list_file(home), isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        uses = (lambda: add(impatient), impatient.sessions, impatient.delete_everything)
        for use in uses:
            with pytest.raises(LibraryError, match="in use by another program"):
                use()
    assert len(impatient.sessions()) == 1


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root writes anywhere")
def test_a_folder_that_can_not_be_written_is_told_in_a_sentence(library, home):
    home.mkdir(parents=True)
    home.chmod(0o500)
    with pytest.raises(LibraryError):
        add(library)


def test_a_home_that_is_a_file_is_told_in_a_sentence(library, home):
    home.parent.mkdir(parents=True)
    home.write_text("not a folder")
    with pytest.raises(LibraryError, match="can't be used"):
        add(library)


def test_who_comes_second_waits_and_holds_nobody_up(library, home):
    """Whoever reads first and then wants to write would stop the one that is writing."""
    add(library)
    numbers: list[int] = []
    with closing(sqlite3.connect(list_file(home), isolation_level=None, timeout=2.0)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE session SET title = 'changed'")
        second = threading.Thread(target=lambda: numbers.append(add(library)))
        second.start()
        time.sleep(0.4)
        assert numbers == []
        db.execute("COMMIT")
    second.join(10.0)
    assert len(numbers) == 1
    assert [past.title for past in library.sessions()] == [samples.EXERCISE.title, "changed"]


def test_the_bytes_of_a_deleted_session_are_gone(library, home):
    number = library.add(samples.REPORT, named_needle(), BEGAN, "live")
    add(library)
    assert NEEDLE.encode() in bytes_of(home)
    library.delete(number)
    assert NEEDLE.encode() not in bytes_of(home)


@pytest.mark.parametrize("log", ["DELETE", "WAL"])
def test_the_bytes_of_everything_are_gone(library, home, log):
    kept_clip(home, "orphan")
    for _ in range(50):
        folder = kept_clip(home, os.urandom(4).hex())
        library.add(samples.REPORT, named_needle(), BEGAN, "live", folder)
    with closing(sqlite3.connect(list_file(home))) as db:
        db.execute(f"PRAGMA journal_mode={log}")
        db.execute("PRAGMA wal_autocheckpoint=0")
        db.execute("UPDATE session SET title = title || '!'")
        db.commit()
    library.add(samples.REPORT, named_needle(), BEGAN, "live")
    before = list_file(home).stat().st_size
    assert NEEDLE.encode() in bytes_of(home)
    library.delete_everything()
    assert library.sessions() == ()
    left = bytes_of(home)
    assert NEEDLE.encode() not in left
    assert b"a film of somebody" not in left
    assert list_file(home).stat().st_size < before
    assert [path.name for path in home.iterdir()] == ["formcheck.sqlite"]


def test_everything_is_not_deleted_while_a_reader_holds_the_log(library, home, monkeypatch):
    monkeypatch.setattr("formcheck.archive.database.PATIENCE_S", 0.1)
    impatient = library_in(home)
    library.add(samples.REPORT, named_needle(), BEGAN, "live")
    with closing(sqlite3.connect(list_file(home), isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("BEGIN")
        db.execute("SELECT * FROM session").fetchall()
        with pytest.raises(LibraryError, match="in use by another program"):
            impatient.delete_everything()
        db.execute("COMMIT")
    impatient.delete_everything()
    assert NEEDLE.encode() not in bytes_of(home)


def test_what_a_reader_keeps_in_the_log_keeps_no_clip(library, home, monkeypatch):
    monkeypatch.setattr("formcheck.archive.database.PATIENCE_S", 0.1)
    impatient = library_in(home)
    coach = account(library, "cleo", Role.COACH)
    clip = kept_clip(home)
    add(library, folder=clip, viewer=coach)
    with closing(sqlite3.connect(list_file(home), isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("BEGIN")
        db.execute("SELECT * FROM session").fetchall()
        with pytest.raises(LibraryError, match="in use by another program"):
            impatient.delete_everything(coach)
        db.execute("COMMIT")
    assert not clip.exists()
    assert library.sessions() == ()


def test_the_place_is_told_without_a_password(tmp_path):
    library = Library("sqlite:////srv/list.sqlite", tmp_path)
    assert library.place == "/srv/list.sqlite"
    with pytest.raises(LibraryError, match="needs a file"):
        Library("sqlite://", tmp_path)
