from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from formcheck.errors import OutputError
from formcheck.media import staging
from formcheck.media.staging import staged


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else ""
        for path in sorted(folder.rglob("*"))
    }


def test_results_appear_together(tmp_path: Path) -> None:
    output = tmp_path / "a" / "b"
    with staged(output) as stage:
        (stage / "report.json").write_text("new")
        (stage / "clips").mkdir()
        (stage / "clips" / "1.txt").write_text("one")
        assert not (output / "report.json").exists()
        assert stage.stat().st_dev == output.stat().st_dev
    assert tree(output) == {"clips": "", "clips/1.txt": "one", "report.json": "new"}


def test_same_names_are_replaced_and_others_left_alone(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("old")
    (tmp_path / "mine.txt").write_text("mine")
    with staged(tmp_path) as stage:
        (stage / "report.json").write_text("new")
    assert tree(tmp_path) == {"mine.txt": "mine", "report.json": "new"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, SystemExit])
def test_any_exception_leaves_everything_as_before(
    tmp_path: Path, error: type[BaseException]
) -> None:
    def fail(output: Path) -> None:
        with staged(output) as stage:
            (stage / "half.mp4").write_text("half")
            raise error

    (tmp_path / "mine.txt").write_text("mine")
    for output in (tmp_path, tmp_path / "new", tmp_path / "x" / "y"):
        with pytest.raises(error):
            fail(output)
        assert tree(tmp_path) == {"mine.txt": "mine"}


def test_failure_while_moving_puts_everything_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("old a")
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if self.name == "c.txt" and Path(target) == tmp_path / "c.txt":
            raise KeyboardInterrupt
        return real(self, target)

    def publish() -> None:
        with staged(tmp_path) as stage:
            for name in ("a.txt", "b.txt", "c.txt"):
                (stage / name).write_text("new")

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        publish()
    assert tree(tmp_path) == {"a.txt": "old a"}


def test_a_folder_in_the_way_of_a_result(tmp_path: Path) -> None:
    (tmp_path / "report.json").mkdir()
    (tmp_path / "a.txt").write_text("old")

    def publish() -> None:
        with staged(tmp_path) as stage:
            (stage / "a.txt").write_text("new")
            (stage / "report.json").write_text("new")

    with pytest.raises(OutputError, match=r"the folder report\.json is in the way"):
        publish()
    assert tree(tmp_path) == {"a.txt": "old", "report.json": ""}


@pytest.mark.parametrize("where", ["file", "under file", "proc", "new under proc"])
def test_unwritable_places_give_the_sentence(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("x")
    output = {
        "file": tmp_path / "file",
        "under file": tmp_path / "file" / "a" / "b",
        "proc": Path("/proc"),
        "new under proc": Path("/proc/formcheck/out"),
    }[where]
    if where.endswith("proc") and not output.root:
        pytest.skip("no /proc here")

    def enter() -> None:
        with staged(output):
            raise AssertionError("must not get here")

    with pytest.raises(OutputError) as caught:
        enter()
    sentence = str(caught.value)
    assert sentence.startswith(f"The output folder {output} can't be written: ")
    assert sentence.endswith("choose another folder.")
    assert tree(tmp_path) == {"file": "x"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError), staged(tmp_path):
            pass
    finally:
        tmp_path.chmod(0o700)


def test_staging_folder_is_hidden(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        assert stage.relative_to(tmp_path).parts[0].startswith(staging._PREFIX)


INTERRUPTED = """
import sys, time
from pathlib import Path
from formcheck.media.staging import staged
with staged(Path(sys.argv[1])) as stage:
    (stage / "half").write_text("half")
    print("ready", flush=True)
    time.sleep(60)
"""


def test_a_real_ctrl_c(tmp_path: Path) -> None:
    output = tmp_path / "out"
    run = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(output)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert run.stdout is not None
    run.stdout.readline()
    time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=30)
    assert run.returncode != 0
    assert tree(tmp_path) == {}
