"""``formcheck eval`` of sessions that a coach reviewed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from formcheck.cli import main
from formcheck.evaluation.labels import labelled_clips
from formcheck.judgement.engine import Engine
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.report import Provenance
from formcheck.media.trace import read_trace
from formcheck.notes import Notes, Opinion, Subject, Verdict
from formcheck.sessionfile import About, SessionFile, save_notes, save_session

CLIPS = Path(__file__).parents[2] / "test_videos" / "plank"
DONE = "2026-03-02T07:30:00+00:00"


def session(path: Path, clip: str, *, with_clip: bool = True) -> SessionFile:
    rule = load_exercises()["plank"]
    trace = read_trace(CLIPS / f"{clip}.trace.npz")
    engine = Engine(rule)
    for observation in trace.observations:
        engine.step(observation)
    report = engine.close()
    provenance = Provenance("0.1.0", f"{clip}.mp4", report.duration_s, "f" * 64)
    film = CLIPS / f"{clip}.mp4" if with_clip else None
    about = About("plank", f"{clip}.mp4")
    return save_session(path, about, trace, rule, report, provenance, clip=film)


def overruled(one: SessionFile, check: str) -> Notes:
    """Every finding agreed with, but those of one check."""
    return Notes(
        tuple(
            Opinion(
                Verdict.OVERRULE if finding.check == check else Verdict.AGREE,
                Subject.FINDING,
                finding.start_s,
                finding.end_s,
                check=finding.check,
                by='Ada "the eye"',
            )
            for finding in one.report.findings
        ),
        reviewed=DONE,
    )


@pytest.fixture
def sessions(tmp_path: Path) -> Path:
    """A folder: one agreed with, one overruled, one that nobody reviewed, one that is broken."""
    folder = tmp_path / "sessions"
    (folder / "ada").mkdir(parents=True)
    agreed = session(folder / "ada" / "agreed", "sag_20")
    save_notes(agreed.path, overruled(agreed, ""))
    wrong = session(folder / "wrong.formcheck", "sag_20_recovers", with_clip=False)
    save_notes(wrong.path, overruled(wrong, "hips-sag"))
    session(folder / "new", "head_drop")
    return folder


def test_agreement_is_told_check_by_check(
    sessions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", str(sessions), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["sessions"], told["reviewed"]) == (3, 2)
    sag = told["exercises"]["plank"]["hips-sag"]
    assert sag["sessions"] == 2
    assert sag["both"] > 0
    assert sag["program_only"] > 0
    assert sag["coach_only"] == 0
    assert 0.0 < sag["kappa"] < 1.0
    assert main(["eval", str(sessions), "--check", "hips-sag"]) == 0
    table = capsys.readouterr().out
    assert "2 of 3 sessions reviewed by a coach." in table
    assert f"| hips-sag | 2 | {sum(sag[k] for k in ('both', 'program_only', 'neither'))} |" in table


def test_one_session_that_is_broken_does_not_stop_the_rest(
    sessions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (sessions / "bad.formcheck").write_bytes(b"no zip")
    assert main(["eval", str(sessions), "--json"]) == 2
    told = capsys.readouterr()
    assert json.loads(told.out)["reviewed"] == 2
    assert "bad.formcheck" in told.err


def test_what_a_coach_said_becomes_a_labelled_set(
    sessions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "labelled"
    assert main(["eval", str(sessions), "--export-labels", str(target)]) == 0
    said = capsys.readouterr().err
    assert "wrong.formcheck is left out: its clip was not kept" in said
    assert "new is left out: no coach was through with it yet" in said
    assert "Wrote 1 labelled clip" in said
    (clip,) = labelled_clips(target)
    assert clip.does == "plank"
    assert 'Ada "the eye"' in clip.note
    assert [fault.check for fault in clip.faults] == ["hips-sag"]
    assert (
        main(
            [
                "eval",
                str(target),
                "--exercise",
                "plank",
                "--traces",
                str(target / "traces"),
                "--json",
            ]
        )
        == 0
    )
    (row,) = json.loads(capsys.readouterr().out)["clips"]
    assert row["why_not"] == []


def test_only_where_nothing_else_stands_is_a_label_clean(tmp_path: Path) -> None:
    one = session(tmp_path / "one", "sag_20")
    sag = next(finding for finding in one.report.findings if finding.check == "hips-sag")
    middle_s = (sag.start_s + sag.end_s) / 2.0
    head = Opinion(
        Verdict.ADD, Subject.FINDING, middle_s - 0.5, middle_s + 0.5, check="head-dropped"
    )
    notes = overruled(one, "hips-sag")
    save_notes(one.path, Notes((*notes.opinions, head), reviewed=DONE))
    target = tmp_path / "labelled"
    assert main(["eval", str(one.path), "--export-labels", str(target)]) == 0
    (clip,) = labelled_clips(target)
    others = [fault for fault in clip.faults if fault.check != "head-dropped"]
    assert others == []
    assert clip.clean_s == (
        (pytest.approx(sag.start_s, abs=0.01), pytest.approx(middle_s - 0.5, abs=0.01)),
        (pytest.approx(middle_s + 0.5, abs=0.01), pytest.approx(sag.end_s, abs=0.01)),
    )


def test_an_overruled_fault_makes_its_cue_false(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = session(tmp_path / "all" / "one", "sag_20")
    save_notes(one.path, overruled(one, "hips-sag"))
    target = tmp_path / "labelled"
    assert main(["eval", str(tmp_path / "all"), "--export-labels", str(target)]) == 0
    capsys.readouterr()
    traces = str(target / "traces")
    assert main(["eval", str(target), "--exercise", "plank", "--traces", traces]) == 0
    assert "false cue: Lift your hips" in capsys.readouterr().out


@pytest.mark.parametrize("option", [["--fps", "10"], ["--by", "fps"], ["--drop", "0.1"]])
def test_options_that_make_no_sense_for_sessions(
    sessions: Path, option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", str(sessions), *option]) == 2
    assert "leave out --fps" in capsys.readouterr().err


def test_a_labelled_set_is_not_written_over_another(
    sessions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", str(sessions), "--export-labels", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert main(["eval", str(CLIPS), "--export-labels", str(tmp_path / "x")]) == 2
    assert "holds no session bundle" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
