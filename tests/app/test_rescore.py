"""``formcheck rescore`` as its user types it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from formcheck.cli import main
from formcheck.judgement.engine import Engine
from formcheck.judgement.overrides import Change, changed
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.report import Provenance, from_json, to_json
from formcheck.judgement.rule import Exercise
from formcheck.media.trace import read_trace
from formcheck.profiles import exercise_for, load_profile
from formcheck.sessionfile import About, save_session

CLIPS = Path(__file__).parents[2] / "test_videos"
TRACE = CLIPS / "plank" / "sag_20_recovers.trace.npz"
PLANK = load_exercises()["plank"]
WIDER = ["--set", "plank.hips-sag.warn=-18", "--set", "plank.hips-sag.fault=-24"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder as analyze leaves it."""
    return analysed(tmp_path / "results", PLANK)


def analysed(folder: Path, exercise: Exercise) -> Path:
    folder.mkdir()
    shutil.copy(TRACE, folder / "trace.npz")
    engine = Engine(exercise)
    for observation in read_trace(TRACE).observations:
        engine.step(observation)
    report = engine.close()
    provenance = Provenance("0.1.0", "sag.mp4", report.duration_s)
    (folder / "report.json").write_text(to_json(report, provenance, exercise), encoding="utf-8")
    return folder


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["rescore", *arguments]) == 0
    return capsys.readouterr().out


def plain(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    found = json.loads(printed(capsys, *arguments, "--json"))
    assert isinstance(found, dict)
    return found


def test_nothing_changed_says_the_same(capsys: pytest.CaptureFixture[str], results: Path) -> None:
    out = printed(capsys, str(results))
    assert "No limit was changed." in out
    assert "The same would have been said." in out
    found = plain(capsys, str(results))
    assert found["nothing"] is True
    assert found["as_saved"] is True


def test_a_wider_band_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, str(TRACE), *WIDER)
    assert "Hips dropped: warning from −18° (was −7°), fault from −24° (was −12°)" in out
    assert "Fault became warning: Hips dropped" in out
    assert "Not said any more: “Lift your hips”" in out


def test_a_saved_report_of_another_version_is_told(
    capsys: pytest.CaptureFixture[str], results: Path
) -> None:
    file = results / "report.json"
    saved = json.loads(file.read_text(encoding="utf-8"))
    saved["rule_version"] = "0"
    file.write_text(json.dumps(saved), encoding="utf-8")
    assert "The saved report says otherwise" in printed(capsys, str(results / "trace.npz"))
    assert plain(capsys, str(results))["as_saved"] is False


def test_a_profile_is_kept_and_used(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    signed = ["--save-as", "Kim Li", "--why", "long back", "--by", "Ana"]
    first = plain(capsys, str(TRACE), *WIDER, *signed)
    kept = load_profile(home, "Kim Li")
    own = exercise_for(PLANK, kept)
    assert {entry.why for entry in kept.entries} == {"long back"}
    assert first["rule_version"] == own.version
    again = plain(capsys, str(TRACE), "--exercise", "plank", "--profile", "kim li")
    assert again == first
    # What is typed counts over what is kept.
    more = plain(capsys, str(TRACE), "--profile", "Kim Li", "--set", "plank.hips-sag.fault=-40")
    limits = more["limits"]
    assert isinstance(limits, list)
    assert limits[0]["after"] == {"good": -18.0, "fault": -40.0}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([str(TRACE)], "add --exercise NAME, one of dead_bug, glute_bridge"),
        ([str(TRACE), "--set", "plank.hips-sag.warn=9"], "did you mean -9?"),
        ([str(TRACE), "--exercise", "planck"], "did you mean 'plank'?"),
        ([str(TRACE), "--exercise", "plank", "--profile", "Kim"], "there is no profile of 'Kim'"),
        ([str(TRACE), *WIDER, "--save-as", "Kim"], "--why and --by"),
        ([str(TRACE), "--save-as", "Kim", "--why", "a", "--by", "b"], "at least one --set"),
        (["missing.npz", *WIDER], "is not there"),
    ],
)
def test_each_mistake_has_its_sentence(
    capsys: pytest.CaptureFixture[str], home: Path, arguments: list[str], words: str
) -> None:
    assert main(["rescore", *arguments]) == 2
    told = capsys.readouterr()
    assert words in told.err
    assert told.err.count("\n") == 1
    assert not home.exists()


def test_one_that_can_not_be_read_does_not_stop_the_rest(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["rescore", str(tmp_path), str(TRACE), "--exercise", "plank"]) == 2
    told = capsys.readouterr()
    assert "holds no trace.npz" in told.err
    assert "The same would have been said." in told.out


def test_a_report_beside_the_trace_that_is_damaged(
    capsys: pytest.CaptureFixture[str], results: Path
) -> None:
    (results / "report.json").write_bytes(b"\xff{")
    assert main(["rescore", str(results)]) == 2
    assert "report" in capsys.readouterr().err


def test_a_session_judged_with_somebodys_limits_starts_from_those(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    own = changed(PLANK, [Change("plank", "hips-sag", "good", -9.0)])
    folder = analysed(tmp_path / "own", own)
    found = plain(capsys, str(folder))
    assert (found["nothing"], found["as_saved"]) == (True, True)
    assert found["rule_version"] == own.version
    limits = plain(capsys, str(folder), "--set", "plank.hips-sag.fault=-20")["limits"]
    assert isinstance(limits, list)
    assert limits[0]["before"] == {"good": -9.0, "fault": -12.0}
    assert limits[0]["after"] == {"good": -9.0, "fault": -20.0}


@pytest.mark.parametrize("name", ["session", "session.formcheck"])
def test_a_bundle_says_itself_which_exercise_it_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, results: Path, name: str
) -> None:
    saved = from_json((results / "report.json").read_text(encoding="utf-8"))
    about = About(exercise="plank", source="camera")
    trace = read_trace(TRACE)
    save_session(tmp_path / name, about, trace, PLANK, saved.report, saved.provenance)
    found = plain(capsys, str(tmp_path / name))
    assert (found["source"], found["exercise"]) == ("camera", "plank")
    assert (found["nothing"], found["as_saved"]) == (True, True)
    assert plain(capsys, str(tmp_path / name), *WIDER)["nothing"] is False


def test_a_damaged_bundle_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "x.formcheck").write_bytes(b"PK")
    assert main(["rescore", str(tmp_path / "x.formcheck")]) == 2
    assert "x.formcheck" in capsys.readouterr().err
