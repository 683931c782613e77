"""A database by URL: what can go wrong with it is told in a sentence, never with a password."""

from __future__ import annotations

import builtins
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from libraries import Place, add, place_on
from postgresql import Server, binaries
from started_app import free_port

from formcheck.archive.store import Library, library_in
from formcheck.errors import LibraryError
from formcheck.web.settings import Settings, settings_from

WORD = "geheimes-wort"


@pytest.fixture
def place(server: Server, home: Path) -> Iterator[Place]:
    with place_on(server, home) as found:
        yield found


@pytest.fixture(scope="module")
def listening() -> Iterator[Server]:
    """A server that listens on 127.0.0.1 and asks for a password."""
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    started = Server(programs, free_port())
    try:
        yield started
    finally:
        started.stop()


def told_by(url: str, home: Path) -> str:
    """The sentence, which has to be one, and to keep the password even in a traceback."""
    with pytest.raises(LibraryError) as told:
        library_in(home, url).sessions()
    sentence = str(told.value)
    assert "\n" not in sentence
    whole = "".join(traceback.format_exception(told.value)) + repr(Settings(database=url))
    for part in (WORD, "wort"):
        assert part not in whole
    return sentence


def test_it_is_reached_by_a_url_with_user_and_password(listening, home):
    name = listening.new_database()
    at = f"127.0.0.1:{listening.port}/{name}"
    for scheme in ("postgresql+psycopg", "postgresql", "postgres"):
        library = library_in(home, f"{scheme}://formcheck:{listening.password}@{at}")
        add(library)
    assert library.count() == 3
    assert library.place == f"PostgreSQL database '{name}' on 127.0.0.1:{listening.port}"
    assert listening.password not in library.place


def test_a_wrong_user_or_password_is_told(listening, home):
    at = f"127.0.0.1:{listening.port}/postgres"
    for user in ("formcheck", "somebody"):
        told = told_by(f"postgresql://{user}:{WORD}@{at}", home)
        assert "does not let this user in" in told
        assert "FORMCHECK_DATABASE" in told


def test_a_database_that_is_not_there_is_told(server, home):
    assert "there is no PostgreSQL database 'nowhere'" in told_by(server.url("nowhere"), home)


def test_a_user_who_may_not_write_is_told(server, place):
    add(place.open())
    server.execute("CREATE ROLE reader LOGIN")
    try:
        url = place.url.replace("//formcheck@", "//reader@")
        assert "does not let this user read or write" in told_by(url, place.home)
    finally:
        server.execute("DROP ROLE reader")


@pytest.mark.parametrize(
    "at", ["127.0.0.1:{port}", "nowhere.invalid", "127.0.0.1:{port}/x?host=/no/such/folder&p="]
)
def test_no_server_is_told(home, at):
    where = at.format(port=free_port())
    told = told_by(f"postgresql://formcheck:{WORD}@{where}/formcheck", home)
    assert "can't be reached" in told or "can't be used" in told


def test_a_server_that_says_nothing_is_not_waited_for_long(home, monkeypatch):
    monkeypatch.setattr("formcheck.archive.database.PATIENCE_S", 2.0)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        began = time.monotonic()
        told = told_by(f"postgresql://formcheck:{WORD}@127.0.0.1:{port}/formcheck", home)
        assert time.monotonic() - began < 30.0
    assert "can't be reached" in told


@pytest.mark.parametrize(
    "url",
    [
        WORD,
        f"postgresql://formcheck:{WORD}@host:port/x",
        f"postgresql://formcheck:ge@{WORD}@host/x",
        f"mysql://formcheck:{WORD}@host/x",
        f"oracle+unheard://formcheck:{WORD}@host/x",
        f"unheard://formcheck:{WORD}@host/x",
    ],
)
def test_a_url_that_can_not_be_used_is_told(url, home):
    told = told_by(url, home)
    assert "FORMCHECK_DATABASE" in told or "use SQLite or PostgreSQL" in told


def test_a_driver_that_is_not_installed_is_told(home, monkeypatch):
    real = builtins.__import__

    def refuse(name: str, *others: object) -> object:
        if name.startswith("psycopg"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *others)  # type: ignore[arg-type]

    for name in [name for name in sys.modules if name.startswith("psycopg")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", refuse)
    told = told_by(f"postgresql://formcheck:{WORD}@127.0.0.1/x", home)
    assert "pip install formcheck[postgresql]" in told


def test_a_server_that_is_started_anew_is_no_trouble(home):
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    server = Server(programs)
    try:
        with place_on(server, home) as place:
            library = place.open()
            add(library)
            server.pause()
            try:
                with pytest.raises(LibraryError, match="can't be reached"):
                    library.sessions()
            finally:
                server.go_on()
            assert library.count() == 1
    finally:
        server.stop()


def test_who_comes_second_waits_and_is_told_when_it_takes_too_long(place, monkeypatch):
    library = place.open()
    add(library)
    numbers: list[int] = []
    with psycopg.connect(place.url.replace("+psycopg", "")) as first:
        first.execute("SELECT pg_advisory_xact_lock(%s)", [0x666F726D])
        second = threading.Thread(target=lambda: numbers.append(add(library)))
        second.start()
        time.sleep(0.4)
        assert numbers == []
        assert library.count() == 1  # Whoever reads does not wait.
        first.commit()
        second.join(30.0)
        assert numbers == [2]
        monkeypatch.setattr("formcheck.archive.database.PATIENCE_S", 0.2)
        first.execute("SELECT pg_advisory_xact_lock(%s)", [0x666F726D])
        with pytest.raises(LibraryError, match="in use by another program"):
            add(place.open())
        first.commit()


def test_two_first_sessions_at_once_make_the_tables_once(place):
    libraries = [place.open() for _ in range(4)]
    wrong: list[BaseException] = []

    def work(library: Library) -> None:
        try:
            add(library)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(one,)) for one in libraries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert libraries[0].count() == 4


def test_everything_that_is_deleted_is_gone_from_the_tables(place, server):
    """What the server's own log and its backups hold is whoever runs it to delete."""
    library = place.open()
    for _ in range(300):
        add(library, person="Zaunkoenig", tags=["Zaunkoenig"])
    library.delete_everything()
    tables = "'session', 'person', 'tag', 'finding'"
    sizes = place.run(
        f"SELECT sum(pg_relation_size(oid)) FROM pg_class WHERE relname IN ({tables})"
    )
    assert sizes == [(0,)]


def test_the_database_is_a_setting_of_the_app_and_of_the_commands(place):
    environment = {"FORMCHECK_DATABASE": f" {place.url} ", "FORMCHECK_HOME": str(place.home)}
    settings = settings_from(environment)
    assert settings.database == place.url
    assert settings_from({}).database == ""
    add(place.open())
    program = "from formcheck.commands.common import app_library; print(app_library().count())"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={**environment, "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "1\n"
