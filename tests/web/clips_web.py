"""What the tests of clips on the web have in common: a visit, clips, and a way to wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from formcheck.web.clips.visits import Visits

CLIPS = Path(__file__).parents[2] / "test_videos"
SAG = CLIPS / "plank" / "sag_20_recovers.mp4"
SAG_TRACE = SAG.with_suffix(".trace.npz")
LONGEST_S = 1200.0


def soon(holds: Callable[[], bool], timeout_s: float = 10.0) -> bool:
    """Whether something comes true before long."""
    until_s = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > until_s:
            return False
        time.sleep(0.02)
    return True


class Tabs:
    """Stands for Streamlit: which tabs are connected."""

    def __init__(self) -> None:
        self.here: set[str] = set()
        self.now_s = 1000.0

    def __call__(self, session_id: str) -> bool:
        return session_id in self.here

    def clock(self) -> float:
        return self.now_s


@contextmanager
def visits_in(root: Path, tabs: Tabs | None = None) -> Iterator[Visits]:
    """Visits whose temporary folders lie in a folder of the test."""
    tabs = tabs or Tabs()
    with Visits(tabs, root, clock=tabs.clock) as visits:
        yield visits
