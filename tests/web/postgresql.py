"""A PostgreSQL server of the tests' own, in a folder that is gone afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg

_FOUND = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
_USER = "formcheck"
_START_S = 60


def binaries() -> Path | None:
    """Where the programs of the newest PostgreSQL lie, or None where there is none."""
    if _FOUND:
        return _FOUND[-1].parent
    found = shutil.which("initdb")
    return Path(found).parent if found else None


class Server:
    """A server that listens in its own folder only, nowhere on the network unless asked to.

    Args:
        programs: See :func:`binaries`.
        port: Where it listens on 127.0.0.1, asking for a password; None: nowhere.
    """

    def __init__(self, programs: Path, port: int | None = None) -> None:
        # Short: the name of a socket may have some hundred letters only.
        self._folder = Path(tempfile.mkdtemp(prefix="fcpg-"))
        self._programs = programs
        self.port = port
        self.password = secrets.token_hex(8)
        self._data = self._folder / "data"
        word = self._folder / "word"
        word.write_text(self.password)
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root.
            for path in (self._folder, word):
                shutil.chown(path, "nobody")
        try:
            self._run(
                "initdb",
                "-D",
                self._data,
                "-U",
                _USER,
                "-E",
                "UTF8",
                "--locale=C",
                "-N",
                f"--pwfile={word}",
                "--auth-local=trust",
                "--auth-host=scram-sha-256",
            )
            self._start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def url(self, database: str) -> str:
        """The address of a database, by the socket."""
        return f"postgresql+psycopg://{_USER}@/{database}?host={self._folder}"

    def new_database(self) -> str:
        """An empty database; its name."""
        name = f"fc_{secrets.token_hex(6)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return name

    def drop(self, database: str) -> None:
        """Deletes a database, whoever is connected."""
        self.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Runs a statement; gives the rows, if it gives any."""
        where = f"user={_USER} dbname={database} host={self._folder} port={self.port or 5432}"
        with psycopg.connect(where, autocommit=True) as connection:
            ran = connection.execute(statement.encode())
            return ran.fetchall() if ran.description else []

    def pause(self) -> None:
        """Ends it and keeps everything."""
        self._end("fast")

    def go_on(self) -> None:
        """Starts it again."""
        self._start()

    def stop(self) -> None:
        """Ends it and deletes everything."""
        self._end("immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self, how: str) -> None:
        self._run("pg_ctl", "-D", self._data, "-m", how, "-w", "stop", check=False)

    def _start(self) -> None:
        options = {
            "listen_addresses": "" if self.port is None else "127.0.0.1",
            "unix_socket_directories": str(self._folder),
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "shared_buffers": "32MB",
            "max_connections": "60",
        }
        if self.port is not None:
            options["port"] = str(self.port)
        words = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        self._run(
            "pg_ctl",
            "-D",
            self._data,
            "-w",
            "-t",
            str(_START_S),
            "-o",
            words,
            "-l",
            self._folder / "log",
            "start",
        )

    def _run(self, program: str, *words: str | Path, check: bool = True) -> None:
        ran = subprocess.run(  # noqa: PLW1510 - looked at below
            [*_as_somebody(), str(self._programs / program), *map(str, words)],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=_START_S + 30,
        )
        if check and ran.returncode:
            raise RuntimeError(f"{program}: {ran.stderr}")


def _as_somebody() -> list[str]:
    """What runs a program without the rights of root, when that is who runs the tests."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]
