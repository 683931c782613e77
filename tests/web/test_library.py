"""The library on SQLite and on PostgreSQL: what is kept, what comes back, what is truly deleted."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import hop_samples
import presentation_samples as samples
import pytest
import rep_samples
from libraries import BEGAN, add, kept_clip
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from formcheck.archive.exporting import to_json
from formcheck.archive.history import from_report
from formcheck.archive.tables import TABLES
from formcheck.errors import LibraryError


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


def test_no_column_could_hold_an_answer_about_pain(library, place):
    add(library)
    columns = set().union(*map(place.columns, TABLES.tables))
    assert len(columns) > 20
    assert not [c for c in columns if any(w in c for w in ("pain", "leg", "flare", "answer"))]


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
def test_the_tables_need_no_database_of_one_make(dialect):
    told = [str(CreateTable(table).compile(dialect=dialect)) for table in TABLES.sorted_tables]
    assert len(told) == 6
    for name in ("began_utc", "good_form_s", "reps_counted", "check_code", "worst", "subject"):
        assert sum(name in one for one in told) == 1


def test_a_row_that_makes_no_sense_is_told_in_a_sentence(library, place):
    add(library)
    place.run("UPDATE finding SET level = 'awful'")
    with pytest.raises(LibraryError, match="damaged"):
        library.sessions()


def test_a_list_of_a_newer_program_is_refused(library, place):
    add(library)
    place.run("UPDATE formcheck_version SET version_num = '9999'")
    for use in (library.sessions, lambda: add(library), library.delete_everything):
        with pytest.raises(LibraryError, match=r"newer formcheck; update"):
            use()
    assert place.run("SELECT count(*) FROM session") == [(1,)]


_KILLED = """
import os, sys
from pathlib import Path
from formcheck.archive import files
from formcheck.archive.store import library_in
files.shutil.rmtree = lambda path: os._exit(9)
library_in(Path(sys.argv[1]), sys.argv[3]).delete(int(sys.argv[2]))
"""


def test_a_program_that_is_killed_half_way_changes_nothing(library, home, place):
    add(library)
    number = add(library, folder=kept_clip(home))
    before = library.sessions()
    words = (str(home), str(number), place.url)
    killed = subprocess.run([sys.executable, "-c", _KILLED, *words], check=False)
    assert killed.returncode == 9
    assert library.sessions() == before
    assert add(library) > number


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
from formcheck.archive.store import library_in
for _ in range(15):
    library_in(Path(sys.argv[1]), sys.argv[2]).add(
        samples.REPORT, samples.EXERCISE, datetime.now(timezone.utc), "video")
"""


def test_two_programs_add_at_once(library, place):
    unit = str(Path(samples.__file__).parent)
    environment = {**os.environ, "PYTHONPATH": unit}
    words = (str(place.home), place.url)
    other = subprocess.Popen([sys.executable, "-c", _OTHER, *words], env=environment)
    for _ in range(15):
        add(library)
    assert other.wait(60) == 0
    assert len(library.sessions()) == 30


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
def test_a_list_that_was_meddled_with_deletes_nothing_outside(library, home, place, path):
    outside = home.parent / "outside"
    outside.mkdir(parents=True)
    (outside / "precious.txt").write_text("mine")
    number = add(library, folder=kept_clip(home))
    target = str(outside) if path == "/" else path
    place.run(f"UPDATE session SET folder = '{target}'")
    if path:
        with pytest.raises(LibraryError, match="by hand"):
            library.delete(number)
    else:
        library.delete(number)
    assert (outside / "precious.txt").read_text() == "mine"
    assert library.sessions() == ()


def test_a_clip_that_can_not_be_deleted_keeps_its_session(library, home, monkeypatch):
    number = add(library, folder=kept_clip(home))

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("formcheck.archive.files.shutil.rmtree", refuse)
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


def test_the_json_has_every_finding_and_says_what_it_is(library):
    add(library)
    whole = json.loads(library.export_json())
    (session,) = whole["sessions"]
    assert len(session["findings"]) == len(samples.REPORT.findings)
    assert "not a medical measurement" in whole["note"]
    assert to_json([]).count("sessions") == 1
