"""The tables through the versions: what old programs wrote is taken over, newer ones are left."""

from __future__ import annotations

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from libraries import Place, add
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from formcheck.archive.query import Query
from formcheck.archive.tables import REVISIONS, TABLES
from formcheck.archive.upgrading import MIGRATIONS, VERSION_TABLE
from formcheck.errors import LibraryError

OLD_TABLES = """
CREATE TABLE schema_version (version INTEGER NOT NULL, PRIMARY KEY (version));
CREATE TABLE session (
    id {number}, began_utc {moment} NOT NULL, exercise VARCHAR(100) NOT NULL,
    title VARCHAR(200) NOT NULL, rule_version VARCHAR(50) NOT NULL, source VARCHAR(20) NOT NULL,
    duration_s {real} NOT NULL, judged_s {real} NOT NULL, held_s {real} NOT NULL,
    good_form_s {real} NOT NULL, best_streak_s {real} NOT NULL, reps_counted INTEGER NOT NULL,
    reps_good INTEGER NOT NULL, hops INTEGER NOT NULL, height_cm {real}, height_error_cm {real},
    folder VARCHAR(1000));
CREATE INDEX ix_session_began_utc ON session (began_utc);
CREATE TABLE finding (
    id {plain}, session_id INTEGER NOT NULL, check_code VARCHAR(100) NOT NULL,
    title VARCHAR(200) NOT NULL, level VARCHAR(20) NOT NULL, start_s {real} NOT NULL,
    end_s {real} NOT NULL, worst {real}, unit VARCHAR(20) NOT NULL,
    FOREIGN KEY(session_id) REFERENCES session (id) ON DELETE CASCADE);
CREATE INDEX ix_finding_session_id ON finding (session_id);
INSERT INTO schema_version (version) VALUES (1);
INSERT INTO session (began_utc, exercise, title, rule_version, source, duration_s, judged_s,
    held_s, good_form_s, best_streak_s, reps_counted, reps_good, hops, folder)
    VALUES ('2026-01-05 06:00:00.000000', 'plank', 'Forearm plank', '1', 'live', 30, 22, 22, 17.8,
    11.4, 0, 0, 0, 'sessions/kept'), ('2026-01-06 06:00:00.000000', 'hip_thrust', 'HÜFTHUB', '1',
    'video', 30, 22, 22, 17.8, 11.4, 0, 0, 0, NULL);
INSERT INTO finding (session_id, check_code, title, level, start_s, end_s, worst, unit)
    VALUES (1, 'hips-sag', 'Hips dropped', 'fault', 10.4, 14.6, -14.2, 'deg');
"""


def old_library(place: Place) -> None:
    """What the program made before there were migrations, as its tables were then."""
    kinds = {
        "sqlite": {
            "number": "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT",
            "plain": "INTEGER NOT NULL PRIMARY KEY",
            "moment": "DATETIME",
            "real": "DOUBLE",
        },
        "postgresql": {
            "number": "SERIAL PRIMARY KEY",
            "plain": "SERIAL PRIMARY KEY",
            "moment": "TIMESTAMP WITH TIME ZONE",
            "real": "DOUBLE PRECISION",
        },
    }
    place.home.mkdir(parents=True)
    kind = "sqlite" if place.server is None else "postgresql"
    for statement in OLD_TABLES.format(**kinds[kind]).strip().split(";\n"):
        place.run(statement)


def differences(place: Place) -> list[object]:
    """What Alembic would change to make the tables of a database those of the program."""
    file = place.home / "formcheck.sqlite"
    engine = create_engine(place.url or f"sqlite:///{file}", poolclass=NullPool)
    options = {"version_table": VERSION_TABLE, "compare_type": True}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        found = list(compare_metadata(context, TABLES))
    if place.server is not None:
        return found
    # SQLAlchemy does not read what becomes of a reference that was added with its column, so that
    # is asked of SQLite itself.
    others = [one for one in found if one[0] not in ("remove_fk", "add_fk")]
    return others + sorted(wanted_references() ^ references(place))


def wanted_references() -> set[tuple[str, ...]]:
    """Table, column, other table, and what becomes of the row when the other one is deleted."""
    return {
        (table.name, key.parent.name, key.column.table.name, str(key.ondelete))
        for table in TABLES.sorted_tables
        for key in table.foreign_keys
    }


def references(place: Place) -> set[tuple[str, ...]]:
    """The same as SQLite has it."""
    return {
        (table, row[3], row[2], row[6])
        for table in TABLES.tables
        for row in place.run(f"PRAGMA foreign_key_list({table})")
    }


def test_migrations_make_the_tables_of_the_program(library, place):
    add(library)
    assert differences(place) == []


def test_a_difference_would_be_seen(library, place):
    add(library)
    place.run("ALTER TABLE tag DROP COLUMN name")
    assert len(differences(place)) == 1


def test_every_version_is_known_by_name():
    steps = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    assert tuple(reversed([step.revision for step in steps])) == REVISIONS


@pytest.mark.parametrize("first", ["read", "written", "searched", "deleted"])
def test_what_an_old_program_wrote_is_taken_over(library, place, first):
    old_library(place)
    if first == "written":
        assert add(library) == 3
    elif first == "searched":
        assert [past.number for past in library.sessions(Query(text="hüfthub VIDEO"))] == [2]
    elif first == "deleted":
        library.delete(2)
    past = {one.number: one for one in library.sessions()}
    assert set(past) == {"written": {1, 2, 3}, "deleted": {1}}.get(first, {1, 2})
    assert past[1].good_form_s == pytest.approx(17.8)
    assert past[1].began.isoformat() == "2026-01-05T06:00:00+00:00"
    assert past[1].folder == place.home / "sessions" / "kept"
    assert [finding.check for finding in past[1].findings] == ["hips-sag"]
    assert (past[1].person, past[1].tags, past[1].reviewed) == ("", (), None)
    assert differences(place) == []


def test_numbers_that_an_old_program_gave_are_not_given_again(library, place):
    old_library(place)
    place.run("DELETE FROM session WHERE id = 2")
    assert add(library) == 3


def test_an_old_program_refuses_what_this_one_wrote(library, place):
    """It looks at this number, and at nothing else."""
    add(library)
    assert place.run("SELECT version FROM schema_version") == [(2,)]


@pytest.mark.parametrize(
    "newer",
    ["UPDATE formcheck_version SET version_num = '0999'", "UPDATE schema_version SET version = 9"],
)
def test_newer_tables_are_refused_and_left_alone(place, newer):
    old_library(place)
    if "formcheck_version" in newer:
        place.open().sessions()
    place.run(newer)
    library = place.open()
    for use in (library.sessions, library.people, lambda: add(library), library.delete_everything):
        with pytest.raises(LibraryError, match="newer formcheck; update"):
            use()
    assert place.run("SELECT count(*) FROM session") == [(2,)]


def test_a_step_that_fails_changes_nothing(library, place):
    old_library(place)
    place.run("CREATE TABLE person (id INTEGER PRIMARY KEY)")
    with pytest.raises(LibraryError):
        library.sessions()
    assert "person_id" not in place.columns("session")
    assert place.columns("account") == set()
    place.run("DROP TABLE person")
    assert len(library.sessions()) == 2


_OPENED = """
import sys
from pathlib import Path
from formcheck.archive.store import library_in
library = library_in(Path(sys.argv[1]), sys.argv[2])
sys.stdin.readline()
print(len(library.sessions()))
"""


def test_programs_that_open_an_old_library_at_once_wait_for_each_other(place):
    old_library(place)
    opened = [
        subprocess.Popen(
            [sys.executable, "-c", _OPENED, str(place.home), place.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for one in opened:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    told = [one.communicate(timeout=60) for one in opened]
    assert told == [("2\n", "")] * 4
    assert differences(place) == []


def test_another_program_in_the_same_database_keeps_its_own_version(library, place):
    place.home.mkdir(parents=True)
    place.run("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    place.run("INSERT INTO alembic_version VALUES ('theirs')")
    add(library)
    assert place.run("SELECT version_num FROM alembic_version") == [("theirs",)]
    assert len(library.sessions()) == 1
