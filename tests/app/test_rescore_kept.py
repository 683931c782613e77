"""A session that was measured once is not measured again, and never wrongly believed to be."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from formcheck import rescoring
from formcheck.archive.files import CLIPS as SESSIONS
from formcheck.cli import main
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.report import Provenance
from formcheck.media.bundle import copy_bundle
from formcheck.media.trace import Trace, read_trace
from formcheck.rescoring import Measured
from formcheck.sessionfile import About, open_session, save_session
from formcheck.web.review import measured as kept
from formcheck.web.review.files import MADE

CLIPS = Path(__file__).parents[2] / "test_videos"
PLANK = load_exercises()["plank"]
SET = ("--set", "plank.hips-sag.warn=-12")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(kept, "FEWEST", 1)
    return tmp_path / "home"


@pytest.fixture
def measures(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many moments were measured since it was last asked."""
    count = [0]

    class Counted(rescoring.Measurer):
        def measure(self, *of: object) -> object:  # type: ignore[override]
            count[0] += 1
            return super().measure(*of)  # type: ignore[arg-type]

    monkeypatch.setattr(rescoring, "Measurer", Counted)

    def since() -> int:
        found, count[0] = count[0], 0
        return found

    return since


def session(path: Path, name: str = "sag_20_recovers") -> Path:
    trace: Trace = read_trace(CLIPS / "plank" / f"{name}.trace.npz")
    report = Measured(trace.observations, PLANK).report(PLANK)
    about = About("plank", f"{name}.mp4")
    save_session(path, about, trace, PLANK, report, Provenance("0.1", "x", report.duration_s))
    return path


def said(capsys: pytest.CaptureFixture[str], path: Path, *more: str) -> str:
    assert main(["rescore", str(path), *more]) == 0
    return capsys.readouterr().out


def test_the_second_time_nothing_is_measured_and_the_same_is_said(
    home: Path, capsys: pytest.CaptureFixture[str], measures: Callable[[], int]
) -> None:
    bundle = session(home / SESSIONS / "one")
    measures()
    first = said(capsys, bundle, *SET)
    assert measures() == len(open_session(bundle).trace.observations)
    assert said(capsys, bundle, *SET) == first
    assert "The same would have been said." in said(capsys, bundle)
    assert measures() == 0
    (file,) = (bundle / MADE).iterdir()
    assert file.stat().st_mode & 0o077 == 0


def test_what_is_kept_is_no_part_of_the_bundle(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = session(home / SESSIONS / "one")
    said(capsys, bundle)
    assert main(["bundle", "verify", str(bundle)]) == 0
    copied = copy_bundle(bundle, tmp_path / "copy").path
    assert not (copied / MADE).exists()


def test_nothing_is_written_beside_files_that_are_not_the_apps_own(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], measures: Callable[[], int]
) -> None:
    bundle = session(tmp_path / "elsewhere")
    packed = copy_bundle(bundle, tmp_path / "packed.formcheck").path
    before = sorted(tmp_path.rglob("*"))
    first = said(capsys, bundle, *SET)
    assert [path for path in sorted(tmp_path.rglob("*")) if home not in path.parents] == sorted(
        [*before, home]
    )
    measures()
    # The same recording is known in whatever form it comes.
    assert said(capsys, packed, *SET) == first
    trace = bundle / "trace.npz"
    alone = shutil.copy(trace, tmp_path / "alone.npz")
    assert said(capsys, Path(alone), "--exercise", "plank", *SET)
    assert measures() == 0
    assert len(list((home / kept.FOLDER).iterdir())) == 1


def test_a_damaged_file_is_made_anew(
    home: Path, capsys: pytest.CaptureFixture[str], measures: Callable[[], int]
) -> None:
    bundle = session(home / SESSIONS / "one")
    first = said(capsys, bundle, *SET)
    (file,) = (bundle / MADE).iterdir()
    file.write_bytes(file.read_bytes()[:-500])
    measures()
    assert said(capsys, bundle, *SET) == first
    assert measures() > 0
    assert said(capsys, bundle, *SET) == first
    assert measures() == 0


def test_another_trace_or_other_code_is_measured_anew(
    home: Path,
    capsys: pytest.CaptureFixture[str],
    measures: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle = session(home / SESSIONS / "one")
    said(capsys, bundle)
    shutil.rmtree(home / SESSIONS / "one")
    session(bundle, "neutral")
    measures()
    said(capsys, bundle)
    assert measures() > 0
    monkeypatch.setattr(kept, "_own_code", lambda: "somebody mended a measure")
    said(capsys, bundle)
    assert measures() > 0
    assert len(list((bundle / MADE).iterdir())) == 1, "what stands in for nothing is thrown away"


def test_a_damaged_trace_is_told_though_its_measurements_are_kept(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = session(home / SESSIONS / "one")
    said(capsys, bundle)
    trace = bundle / "trace.npz"
    data = bytearray(trace.read_bytes())
    data[len(data) // 2] ^= 1
    trace.write_bytes(data)
    assert main(["rescore", str(bundle)]) == 2
    assert "damaged" in capsys.readouterr().err


def test_no_more_than_so_many_are_kept(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_FILES", 2)
    names = [path.name.removesuffix(".trace.npz") for path in (CLIPS / "plank").glob("*.npz")]
    for name in sorted(names)[:4]:
        said(capsys, CLIPS / "plank" / f"{name}.trace.npz", "--exercise", "plank")
        for file in (home / kept.FOLDER).iterdir():
            os.utime(file, (time.time() - 60, file.stat().st_mtime - 60))
    assert len(list((home / kept.FOLDER).iterdir())) == 2


def test_a_disk_that_takes_nothing_keeps_nobody_from_an_answer(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept, "write_measured", full)
    bundle = session(home / SESSIONS / "one")
    assert "The same would have been said." in said(capsys, bundle)
    assert list((bundle / MADE).iterdir()) == []
