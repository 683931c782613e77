"""A visit's temporary folder is gone when the visit ends, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from clips_web import Tabs, soon, visits_in

from formcheck.errors import OutputError
from formcheck.web.clips.visits import (
    GRACE_S,
    LEAVING_GRACE_S,
    Clip,
    Visit,
    Visits,
    remove_left_overs,
)


def fill(visit: Visit) -> Path:
    file = visit.folder / "clip.mp4"
    file.write_bytes(b"x" * 100)
    visit.clips["a"] = Clip("a", "clip.mp4", file, 100)
    return file


def test_a_visit_has_a_folder_that_only_its_user_can_read(tmp_path: Path) -> None:
    with visits_in(tmp_path) as visits:
        one, two = visits.open("tab 1"), visits.open("tab 2")
        assert one.folder != two.folder
        assert one.token != two.token
        assert len(one.token) >= 22
        assert one.folder.stat().st_mode & 0o077 == 0
        assert visits.find(one.token) is one
        assert visits.find("") is None


def test_nothing_stays_when_the_server_stops(tmp_path: Path) -> None:
    with visits_in(tmp_path) as visits:
        visit = visits.open("tab")
        fill(visit)
    assert list(tmp_path.iterdir()) == []
    assert visit.ended
    with pytest.raises(OutputError, match="being closed"):
        visits.open("tab")


def test_a_tab_that_is_here_keeps_its_visit(tmp_path: Path) -> None:
    tabs = Tabs()
    tabs.here.add("tab")
    with visits_in(tmp_path, tabs) as visits:
        visit = visits.open("tab")
        for _ in range(5):
            tabs.now_s += GRACE_S
            visits.sweep()
        assert visits.find(visit.token) is visit
        assert visit.folder.is_dir()


def test_a_tab_that_was_cut_off_comes_back_to_its_clips(tmp_path: Path) -> None:
    tabs = Tabs()
    with visits_in(tmp_path, tabs) as visits:
        visit = visits.open("tab")
        file = fill(visit)
        tabs.now_s += GRACE_S - 1.0
        visits.sweep()
        assert file.is_file()
        tabs.here.add("tab")
        visits.sweep()
        tabs.here.clear()
        tabs.now_s += GRACE_S - 1.0
        visits.sweep()
        assert file.is_file()
        tabs.now_s += 1.5
        visits.sweep()
        assert not file.exists()
        assert visits.find(visit.token) is None


def test_a_page_that_is_left_takes_its_clips_along_at_once(tmp_path: Path) -> None:
    tabs = Tabs()
    with visits_in(tmp_path, tabs) as visits:
        visit = visits.open("tab")
        file = fill(visit)
        visits.leave(visit.token)
        tabs.now_s += LEAVING_GRACE_S + 0.1
        visits.sweep()
        assert not file.exists()


def test_a_page_that_says_it_is_left_and_stays_keeps_its_clips(tmp_path: Path) -> None:
    tabs = Tabs()
    tabs.here.add("tab")
    with visits_in(tmp_path, tabs) as visits:
        visit = visits.open("tab")
        visits.leave(visit.token)
        tabs.now_s += LEAVING_GRACE_S + 0.1
        visits.sweep()
        tabs.here.clear()
        tabs.now_s += LEAVING_GRACE_S + 0.1
        visits.sweep()
        assert visits.find(visit.token) is visit


def test_the_sweeper_sweeps_by_itself_and_ends_with_the_last_visit(tmp_path: Path) -> None:
    with Visits(lambda session: False, tmp_path, grace_s=30.0, leaving_grace_s=0.05) as visits:
        visit = visits.open("tab")
        assert any(t.name == "formcheck-visits" for t in threading.enumerate())
        visits.leave(visit.token)
        assert soon(lambda: not visit.folder.exists())
        assert soon(lambda: all(t.name != "formcheck-visits" for t in threading.enumerate()))
        # A later visit is swept as well.
        again = visits.open("tab")
        visits.leave(again.token)
        assert soon(lambda: not again.folder.exists())


def test_what_is_under_way_is_stopped_before_the_folder_goes(tmp_path: Path) -> None:
    seen = []
    with visits_in(tmp_path) as visits:
        visit = visits.open("tab")
        visit.at_end(lambda: seen.append(visit.folder.is_dir()))
        visits.end(visit.token)
        visits.end(visit.token)
        assert seen == [True]
        visit.at_end(lambda: seen.append(visit.folder.is_dir()))
        assert seen == [True, False]


def test_a_clip_that_is_taken_back_is_deleted(tmp_path: Path) -> None:
    with visits_in(tmp_path) as visits:
        visit = visits.open("tab")
        file = fill(visit)
        assert visit.remove_clip("a")
        assert not file.exists()
        assert not visit.remove_clip("a")
        assert not visit.remove_clip("../a")


KILLED = """
import sys, time
from pathlib import Path
from formcheck.web.clips.visits import Visits
visits = Visits(lambda session: True, Path(sys.argv[1]))
visit = visits.open("tab")
(visit.folder / "clip.mp4").write_bytes(b"x")
print(visit.folder, flush=True)
if len(sys.argv) > 2:
    sys.exit(0)
time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_left_overs_of_a_killed_server_go_and_those_of_a_living_one_stay(tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", KILLED, tmp_path], stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert server.stdout is not None
    folder = Path(server.stdout.readline().strip())
    try:
        assert remove_left_overs(tmp_path) == 0
        assert (folder / "clip.mp4").is_file()
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()
        server.stdout.close()
    assert (folder / "clip.mp4").is_file()
    with visits_in(tmp_path):
        assert not folder.parent.exists()


def test_a_server_that_just_ends_leaves_nothing(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, tmp_path, "end"], check=True, timeout=60)
    assert list(tmp_path.iterdir()) == []


def test_folders_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "formcheck-visits-new").mkdir()  # just being made: no lock in it yet
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "formcheck-visits-link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "my-clips").mkdir()
    assert remove_left_overs(tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 4
