"""Both databases of the library."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from libraries import Place, place_on
from postgresql import Server, binaries

from formcheck.archive.store import Library


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server that is gone at the end."""
    programs = binaries()
    if programs is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed, and has to be where everything is tested")
        pytest.skip("PostgreSQL is not installed")
    started = Server(programs)
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder for the app, not there yet."""
    return tmp_path / "people" / "home"


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, home: Path) -> Iterator[Place]:
    """Where a library will be, on each kind of database in turn."""
    made = request.getfixturevalue("server") if request.param == "postgresql" else None
    with place_on(made, home) as found:
        yield found


@pytest.fixture
def library(place: Place) -> Library:
    """A library that nothing was ever written to."""
    return place.open()
