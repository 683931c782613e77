"""The list of past sessions: what is kept, added up, written out, and truly deleted."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import hop_samples
import presentation_samples as samples
import pytest
import rep_samples
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from formcheck.errors import LibraryError
from formcheck.library.exporting import to_csv, to_json
from formcheck.library.files import CLIPS
from formcheck.library.history import PastSession, from_report
from formcheck.library.library import Library, library_in
from formcheck.library.tables import TABLES
from formcheck.library.weeks import weeks
from formcheck.types import Level

BEGAN = datetime(2026, 3, 2, 7, 30, tzinfo=timezone.utc)
NEEDLE = "Zaunkoenig"
"""A word that is nowhere else: found in a file after it was deleted, it was not deleted."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "people" / "home"


@pytest.fixture
def library(home: Path) -> Library:
    return library_in(home)


def add(library: Library, began: datetime = BEGAN, folder: Path | None = None) -> int:
    return library.add(samples.REPORT, samples.EXERCISE, began, "live", folder)


def kept_clip(home: Path, name: str = "one") -> Path:
    folder = home / CLIPS / name
    folder.mkdir(parents=True)
    (folder / "clip.mp4").write_bytes(b"a film of somebody")
    return folder


def list_file(home: Path) -> Path:
    return home / "formcheck.sqlite"


def named_needle() -> object:
    checks = tuple(replace(check, title=NEEDLE * 3) for check in samples.EXERCISE.checks)
    return replace(samples.EXERCISE, title=NEEDLE, checks=checks)


def bytes_of(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())


# -- what is kept --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "exercise"),
    [
        (samples.REPORT, samples.EXERCISE),
        (rep_samples.REPORT, rep_samples.EXERCISE),
        (hop_samples.ONE_BOUT, hop_samples.EXERCISE),
    ],
    ids=["hold", "repetitions", "jumps"],
)
def test_a_session_comes_back_as_it_was(library, home, report, exercise):
    folder = kept_clip(home)
    number = library.add(report, exercise, BEGAN, "video", folder)
    wanted = replace(
        from_report(report, exercise, BEGAN, "video", folder), number=number, folder=folder
    )
    assert library.sessions() == (wanted,)
    assert wanted.findings or not report.findings
    assert wanted.duration_s == report.duration_s > 0


def test_the_numbers_of_a_hold_are_the_reports(library):
    add(library)
    (past,) = library.sessions()
    report = samples.REPORT
    assert past.good_form_s == report.good_form_s > 0
    assert past.held_s == report.held_s
    assert past.best_streak_s == max(hold.best_streak_s for hold in report.holds)
    assert [f.worst for f in past.findings] == [f.worst for f in report.findings]
    assert {f.title for f in past.findings} <= {c.title for c in samples.EXERCISE.checks}
    assert past.height_cm is None


def test_the_numbers_of_jumps_have_a_range(library):
    library.add(hop_samples.ONE_BOUT, hop_samples.EXERCISE, BEGAN, "video")
    (past,) = library.sessions()
    assert past.hops == len(hop_samples.ONE_BOUT.hops)
    assert past.height_cm is not None
    assert past.height_error_cm is not None


def test_what_is_not_a_number_is_not_known(library):
    finding = replace(samples.REPORT.findings[0], worst=float("nan"))
    library.add(replace(samples.REPORT, findings=(finding,)), samples.EXERCISE, BEGAN, "live")
    assert library.sessions()[0].findings[0].worst is None
    assert json.loads(library.export_json())["sessions"][0]["findings"][0]["worst"] is None


def test_times_are_kept_in_utc_whatever_the_zone(library):
    add(library, BEGAN.astimezone(timezone(timedelta(hours=5, minutes=30))))
    (past,) = library.sessions()
    assert past.began == BEGAN
    assert past.began.utcoffset() == timedelta(0)


def test_the_newest_is_first(library):
    days = [3, 1, 2]
    for day in days:
        add(library, BEGAN + timedelta(days=day))
    assert [past.began for past in library.sessions()] == [
        BEGAN + timedelta(days=day) for day in sorted(days, reverse=True)
    ]


@pytest.mark.parametrize(
    ("began", "source"),
    [(BEGAN.replace(tzinfo=None), "live"), (BEGAN, "dream")],
    ids=["no zone", "no such source"],
)
def test_what_can_not_be_kept_is_refused(library, home, began, source):
    with pytest.raises(ValueError, match=r"time zone|no source"):
        library.add(samples.REPORT, samples.EXERCISE, began, source)
    assert not home.exists()


@pytest.mark.parametrize("where", ["..", ".", "../elsewhere", "clips/../../elsewhere"])
def test_a_clip_outside_of_the_home_is_refused(library, home, where):
    with pytest.raises(ValueError, match="not below"):
        add(library, folder=home / where)


def test_no_column_could_hold_an_answer_about_pain(library, home):
    add(library)
    with closing(sqlite3.connect(list_file(home))) as db:
        columns = {
            row[1] for table in TABLES.tables for row in db.execute(f"PRAGMA table_info({table})")
        }
    assert len(columns) > 20
    assert not [c for c in columns if any(w in c for w in ("pain", "leg", "flare", "answer"))]


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
def test_the_tables_need_no_database_of_one_make(dialect):
    told = [str(CreateTable(table).compile(dialect=dialect)) for table in TABLES.sorted_tables]
    assert len(told) == 6
    for name in ("began_utc", "good_form_s", "reps_counted", "check_code", "worst", "subject"):
        assert sum(name in one for one in told) == 1


def test_the_place_is_told_without_a_password(tmp_path):
    library = Library("sqlite:////srv/list.sqlite", tmp_path)
    assert library.place == "/srv/list.sqlite"
    with pytest.raises(LibraryError, match="needs a file"):
        Library("sqlite://", tmp_path)


# -- files ---------------------------------------------------------------------------------------


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


def test_a_damaged_file_can_be_deleted(library, home):
    home.mkdir(parents=True)
    list_file(home).write_bytes(NEEDLE.encode() * 1000)
    library.delete_everything()
    assert NEEDLE.encode() not in bytes_of(home)
    add(library)
    assert len(library.sessions()) == 1


@pytest.mark.parametrize(
    "change",
    ["UPDATE session SET began_utc = 'yesterday'", "UPDATE finding SET level = 'awful'"],
)
def test_a_row_that_makes_no_sense_is_told_in_a_sentence(library, home, change):
    add(library)
    with closing(sqlite3.connect(list_file(home))) as db:
        db.execute(change)
        db.commit()
    with pytest.raises(LibraryError, match="damaged"):
        library.sessions()


def test_a_list_of_a_newer_program_is_refused(library, home):
    add(library)
    with closing(sqlite3.connect(list_file(home))) as db:
        db.execute("UPDATE formcheck_version SET version_num = '9999'")
        db.commit()
    for use in (library.sessions, lambda: add(library), library.delete_everything):
        with pytest.raises(LibraryError, match=r"newer formcheck; update"):
            use()
    with closing(sqlite3.connect(list_file(home))) as db:
        assert db.execute("SELECT count(*) FROM session").fetchone() == (1,)


def test_a_list_in_use_is_told_in_a_sentence(library, home, monkeypatch):
    monkeypatch.setattr("formcheck.library.database.PATIENCE_S", 0.1)
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


_KILLED = """
import os, sys
from pathlib import Path
from formcheck.library import files, library
files.shutil.rmtree = lambda path: os._exit(9)
library.library_in(Path(sys.argv[1])).delete(int(sys.argv[2]))
"""


def test_a_program_that_is_killed_half_way_changes_nothing(library, home):
    add(library)
    number = add(library, folder=kept_clip(home))
    before = library.sessions()
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(home), str(number)], check=False)
    assert killed.returncode == 9
    assert library.sessions() == before
    assert add(library) > number


# -- threads and processes -----------------------------------------------------------------------


def test_many_threads_add_and_read_at_once(library):
    wrong: list[BaseException] = []

    def work(worker: int) -> None:
        try:
            for k in range(10):
                add(library, BEGAN + timedelta(minutes=100 * worker + k))
                library.sessions()
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    past = library.sessions()
    assert len({one.number for one in past}) == len({one.began for one in past}) == 60


_OTHER = """
import sys
from datetime import datetime, timezone
from pathlib import Path
import presentation_samples as samples
from formcheck.library.library import library_in
for _ in range(15):
    library_in(Path(sys.argv[1])).add(
        samples.REPORT, samples.EXERCISE, datetime.now(timezone.utc), "video")
"""


def test_two_programs_add_at_once(library, home):
    unit = str(Path(samples.__file__).parent)
    environment = {**os.environ, "PYTHONPATH": unit}
    other = subprocess.Popen([sys.executable, "-c", _OTHER, str(home)], env=environment)
    for _ in range(15):
        add(library)
    assert other.wait(60) == 0
    assert len(library.sessions()) == 30


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


# -- deleting ------------------------------------------------------------------------------------


def test_one_session_is_deleted_with_its_clip_and_no_other(library, home):
    one, two = kept_clip(home, "one"), kept_clip(home, "two")
    first, second = add(library, folder=one), add(library, folder=two)
    library.delete(first)
    assert [past.number for past in library.sessions()] == [second]
    assert not one.exists()
    assert (two / "clip.mp4").exists()
    library.delete(first)
    assert add(library) > second


def test_a_number_is_never_given_twice(library):
    first = add(library)
    library.delete(first)
    assert add(library) > first


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
    monkeypatch.setattr("formcheck.library.database.PATIENCE_S", 0.1)
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


@pytest.mark.parametrize("inside", ["clip itself", "folder of clips", "file in the clip"])
@pytest.mark.parametrize("everything", [False, True])
def test_a_link_out_is_never_followed(library, home, tmp_path, inside, everything):
    outside = tmp_path / "outside"
    (outside / "one").mkdir(parents=True)
    precious = outside / "one" / "precious.txt"
    precious.write_text("mine")
    clip = kept_clip(home)
    number = add(library, folder=clip)
    if inside == "clip itself":
        (clip / "clip.mp4").unlink()
        clip.rmdir()
        clip.symlink_to(outside / "one")
    elif inside == "folder of clips":
        (clip / "clip.mp4").unlink()
        clip.rmdir()
        clip.parent.rmdir()
        clip.parent.symlink_to(outside)
    else:
        (clip / "link").symlink_to(outside)
    told = None
    try:
        if everything:
            library.delete_everything()
        else:
            library.delete(number)
    except LibraryError as error:
        told = str(error)
    assert precious.read_text() == "mine"
    assert library.sessions() == ()
    if inside == "file in the clip":
        assert told is None
        assert not clip.exists()
    elif inside == "folder of clips" or not everything:
        assert told is not None
        assert "delete that by hand" in told


@pytest.mark.parametrize("path", ["../outside", "/", "clips/../../outside", ".", ""])
def test_a_list_that_was_meddled_with_deletes_nothing_outside(library, home, tmp_path, path):
    outside = home.parent / "outside"
    outside.mkdir(parents=True)
    (outside / "precious.txt").write_text("mine")
    number = add(library, folder=kept_clip(home))
    with closing(sqlite3.connect(list_file(home))) as db:
        target = str(outside) if path == "/" else path
        db.execute("UPDATE session SET folder = ?", [target])
        db.commit()
    if path:
        with pytest.raises(LibraryError, match="by hand"):
            library.delete(number)
    else:
        library.delete(number)
    assert (outside / "precious.txt").read_text() == "mine"
    assert list_file(home).exists()
    assert library.sessions() == ()


def test_a_clip_that_can_not_be_deleted_keeps_its_session(library, home, monkeypatch):
    number = add(library, folder=kept_clip(home))

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("formcheck.library.files.shutil.rmtree", refuse)
    with pytest.raises(LibraryError, match=r"Permission denied; delete it by hand"):
        library.delete(number)
    assert [past.number for past in library.sessions()] == [number]
    with pytest.raises(LibraryError, match=r"everything else was deleted, but not the clip"):
        library.delete_everything()
    assert library.sessions() == ()


def test_a_clip_that_is_gone_already_stops_nothing(library, home):
    clip = kept_clip(home)
    number = add(library, folder=clip)
    (clip / "clip.mp4").unlink()
    clip.rmdir()
    library.delete(number)
    assert library.sessions() == ()


# -- weeks ---------------------------------------------------------------------------------------


def past(began: str, **changes: object) -> PastSession:
    plain = from_report(samples.REPORT, samples.EXERCISE, datetime.fromisoformat(began), "live")
    return replace(plain, **changes)


@pytest.mark.parametrize(
    ("began", "zone_h", "wanted"),
    [
        ("2026-01-01T12:00+00:00", 0, (2026, 1, date(2025, 12, 29))),
        ("2024-12-31T12:00+00:00", 0, (2025, 1, date(2024, 12, 30))),
        ("2021-01-03T12:00+00:00", 0, (2020, 53, date(2020, 12, 28))),
        ("2026-03-08T23:30+00:00", 0, (2026, 10, date(2026, 3, 2))),
        ("2026-03-08T23:30+00:00", 1, (2026, 11, date(2026, 3, 9))),
        ("2026-03-09T00:30+00:00", -1, (2026, 10, date(2026, 3, 2))),
    ],
)
def test_a_session_falls_in_the_week_of_its_own_place(began, zone_h, wanted):
    (week,) = weeks([past(began)], timezone(timedelta(hours=zone_h)))
    assert (week.year, week.week, week.monday) == wanted


def test_weeks_add_up_by_exercise():
    found = weeks(
        [
            past("2026-03-03T10:00+00:00", good_form_s=10.0, reps_counted=0),
            past("2026-03-04T10:00+00:00", good_form_s=20.5, findings=()),
            past("2026-03-04T11:00+00:00", exercise="jump_rope", title="Jump rope", hops=38),
            past("2026-03-16T10:00+00:00", good_form_s=1.0, reps_counted=8, reps_good=6),
        ],
        timezone.utc,
    )
    assert [(w.week, w.exercise, w.sessions) for w in found] == [
        (10, "jump_rope", 1),
        (10, "plank", 2),
        (12, "plank", 1),
    ]
    assert found[1].good_form_s == pytest.approx(30.5)
    assert found[0].hops == 38
    assert (found[2].reps_counted, found[2].reps_good) == (8, 6)


def test_weeks_count_faults_and_not_warnings():
    finding = from_report(samples.REPORT, samples.EXERCISE, BEGAN, "live").findings[0]
    fault = replace(finding, level=Level.FAULT, title="Hips dropped")
    warning = replace(finding, level=Level.WARN, title="Head dropped")
    found = weeks([past("2026-03-03T10:00+00:00", findings=(fault, warning, fault))])
    assert dict(found[0].faults) == {"Hips dropped": 2}


# -- files for elsewhere -------------------------------------------------------------------------


def test_the_table_has_a_line_for_each_session(library, home):
    add(library, folder=kept_clip(home))
    library.add(hop_samples.ONE_BOUT, hop_samples.EXERCISE, BEGAN + timedelta(hours=1), "video")
    rows = list(csv.DictReader(io.StringIO(library.export_csv())))
    assert [row["exercise"] for row in rows] == [hop_samples.EXERCISE.name, "plank"]
    assert rows[1]["began_utc"] == "2026-03-02T07:30:00.000Z"
    assert rows[1]["clip_kept"] == "yes"
    assert float(rows[1]["good_form_s"]) == pytest.approx(samples.REPORT.good_form_s, abs=1e-3)
    assert rows[1]["height_cm"] == ""
    assert float(rows[0]["height_cm"]) > 0


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t"])
def test_no_text_of_the_table_is_run_as_a_formula(begin):
    text = to_csv([past("2026-03-03T10:00+00:00", title=f"{begin}HYPERLINK(1)")])
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["title"] == f"'{begin}HYPERLINK(1)"


def test_the_json_has_every_finding_and_says_what_it_is(library):
    add(library)
    whole = json.loads(library.export_json())
    (session,) = whole["sessions"]
    assert len(session["findings"]) == len(samples.REPORT.findings)
    assert "not a medical measurement" in whole["note"]
    assert to_json([]).count("sessions") == 1
