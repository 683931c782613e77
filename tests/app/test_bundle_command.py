from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from formcheck.cli import main
from formcheck.journal import Journal
from formcheck.judgement.engine import Engine
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.report import Provenance
from formcheck.media.trace import read_trace
from formcheck.sessionfile import About, open_session, save_session
from formcheck.types import Frame

TRACE = Path(__file__).parents[2] / "test_videos" / "plank" / "sag_20.trace.npz"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    plank, trace = load_exercises()["plank"], read_trace(TRACE)
    engine = Engine(plank)
    for observation in trace.observations:
        engine.step(observation)
    report = engine.close()
    provenance = Provenance("0.1.0", "clip.mp4", report.duration_s)
    about = About("plank", "clip.mp4")
    return save_session(tmp_path / "one", about, trace, plank, report, provenance).path


def fails(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """The one sentence that a command ends with, at exit code 2."""
    assert main(["bundle", *map(str, arguments)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.strip().splitlines()
    assert line.startswith("formcheck: ")
    return line


def test_there_and_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bundle", "verify", str(folder)]) == 0
    assert "is whole: plank, 10.0 s, without a clip, 300 moments" in capsys.readouterr().out
    assert main(["bundle", "export", str(folder)]) == 0
    packed = folder.with_name("one.formcheck")
    assert main(["bundle", "verify", str(packed)]) == 0
    shutil.rmtree(folder)
    assert main(["bundle", "import", str(packed)]) == 0
    assert main(["bundle", "import", str(packed), "--out", str(folder / ".." / "two")]) == 0
    assert open_session(folder).report == open_session(folder.with_name("two")).report
    assert main(["bundle", "repair", str(folder)]) == 0
    assert "was whole already" in capsys.readouterr().out


def test_bad_input_is_told_in_one_sentence(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "text.formcheck"
    text.write_text("no bundle")
    assert "not a formcheck bundle" in fails(capsys, "verify", text)
    assert "not a formcheck bundle" in fails(capsys, "import", text)
    assert "is not there" in fails(capsys, "verify", tmp_path / "nothing")
    assert "takes the folder" in fails(capsys, "export", text)
    assert "is a folder" in fails(capsys, "import", folder)
    assert "ends in .formcheck" in fails(capsys, "export", folder, "--out", tmp_path / "a.zip")
    assert "name of a folder" in fails(capsys, "import", text, "--out", tmp_path / "a.formcheck")
    assert "holds no journal.json" in fails(capsys, "repair", tmp_path)
    assert main(["bundle", "export", str(folder)]) == 0
    capsys.readouterr()
    assert "is there already" in fails(capsys, "export", folder)
    assert "is there already" in fails(capsys, "import", folder.with_name("one.formcheck"))
    trace = folder / "trace.npz"
    trace.write_bytes(trace.read_bytes()[:-1])
    assert "damaged" in fails(capsys, "verify", folder)
    assert "damaged" in fails(capsys, "export", folder, "--out", tmp_path / "b.formcheck")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "one",
        "one.formcheck",
        "text.formcheck",
    ]


def test_a_session_that_was_cut_off_is_made_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plank, trace = load_exercises()["plank"], read_trace(TRACE)
    journal = Journal(tmp_path / "one", plank, About("plank", "camera 0"), trace.meta)
    engine = Engine(plank)
    for observation in trace.observations:
        # Nothing is filmed here, so the picture is never looked at.
        journal.write(Frame(observation.t_s, None), observation, engine.step(observation))  # type: ignore[arg-type]
    assert "still being recorded" in fails(capsys, "repair", tmp_path / "one")
    assert "was not finished" in fails(capsys, "verify", tmp_path / "one")
    journal._close_threads()
    journal._log.close()
    with (tmp_path / "one" / "journal.log").open("ab") as log:
        log.write(b"FCJ1 cut off")
    assert main(["bundle", "repair", str(tmp_path / "one")]) == 0
    told = capsys.readouterr().out
    assert "is whole again: plank" in told
    assert "12 bytes could not be read" in told
    assert main(["bundle", "verify", str(tmp_path / "one")]) == 0
