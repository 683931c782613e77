"""How quick the library is with ten thousand sessions, on SQLite and on PostgreSQL.

python -m benchmarks.many_sessions

PostgreSQL is a server of its own on a socket, as the tests start it, if it is installed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests" / name) for name in ("web", "unit")]

from libraries import Place, place_on  # noqa: E402
from postgresql import Server, binaries  # noqa: E402
from test_library_people import MANY, fill  # noqa: E402

from formcheck.archive.query import Query  # noqa: E402
from formcheck.archive.store import Library  # noqa: E402

ROUNDS = 7
BUSY = Query(text="person 7 plank tag", fault="check-3", limit=20)

USES: dict[str, Callable[[Library], object]] = {
    "the newest 20": lambda library: library.sessions(Query(limit=20)),
    "20 by three words and a fault": lambda library: library.sessions(BUSY),
    "how many have a word": lambda library: library.count(Query(text="clip_9999")),
    "people with their sessions counted": lambda library: library.people(),
    "every fault that was found": lambda library: library.faults(),
    "what is next to review": lambda library: library.next_to_review(MANY // 2),
    "one session": lambda library: library.session(MANY // 2),
    "one marked as reviewed": lambda library: library.mark_reviewed(MANY // 2),
    "all of them (Progress)": lambda library: library.sessions(),
}


def median_ms(use: Callable[[Library], object], library: Library) -> float:
    """Of some rounds, the first left out."""
    use(library)
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        use(library)
        took.append(time.perf_counter() - began)
    return 1e3 * sorted(took)[ROUNDS // 2]


def measured(place: Place) -> list[float]:
    """Every use, in ms."""
    library = fill(place)
    return [median_ms(use, library) for use in USES.values()]


def main() -> None:
    """Prints a table."""
    with tempfile.TemporaryDirectory() as folder:
        columns = {"SQLite": measured(Place(Path(folder) / "home"))}
    programs = binaries()
    if programs is not None:
        server = Server(programs)
        try:
            with (
                tempfile.TemporaryDirectory() as folder,
                place_on(server, Path(folder) / "home") as place,
            ):
                columns["PostgreSQL"] = measured(place)
        finally:
            server.stop()
    print(f"| median of {ROUNDS}, ms | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    for k, name in enumerate(USES):
        print(f"| {name} | {' | '.join(f'{column[k]:.0f}' for column in columns.values())} |")


if __name__ == "__main__":
    main()
