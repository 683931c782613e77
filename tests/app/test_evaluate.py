"""``formcheck eval`` as its user runs it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from recorded import ScriptedEstimator, blank_clip

from formcheck.cli import main
from formcheck.testing import plank

LABEL = 'does = "plank"\njudge = true\nholds = [[0, 2]]\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(
        "formcheck.perception.open.open_estimator",
        lambda model=None, outline=False: ScriptedEstimator(lambda t_s: plank(4.0)),
    )
    (tmp_path / "clips").mkdir()
    blank_clip(tmp_path / "clips" / "me.mp4", 2.0)
    (tmp_path / "clips" / "me.labels.toml").write_text(LABEL, encoding="utf-8")
    return tmp_path / "clips"


def evaluate(*arguments: object) -> int:
    return main(["eval", *(str(a) for a in arguments), "--exercise", "plank"])


def _one_sentence(capsys: pytest.CaptureFixture[str], says: str) -> None:
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("formcheck: ")
    assert says in line


def test_it_judges_and_compares(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(folder, "--json") == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["summary"]["agree"] == 1
    assert plain["clips"][0]["clip"] == "me.mp4"


def test_no_clip_of_that_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(folder, "--only", "zzz") == 2
    _one_sentence(capsys, "no labelled clip in")


def test_a_label_with_an_unknown_check(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = LABEL + 'faults = [{ check = "hips-sagging", span = [0, 1] }]'
    (folder / "me.labels.toml").write_text(wrong, encoding="utf-8")
    assert evaluate(folder) == 2
    _one_sentence(capsys, "did you mean 'hips-sag'?")


def test_traces_below_a_file(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    assert evaluate(folder, "--traces", tmp_path / "file" / "traces") == 2
    captured = capsys.readouterr()
    assert "| me.mp4 |" in captured.out
    (line,) = captured.err.splitlines()
    assert line.startswith("formcheck: me.mp4: ")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_count_is_gone_before_the_table(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = Terminal()
    monkeypatch.setattr(sys, "stderr", both)
    monkeypatch.setattr(sys, "stdout", both)
    assert evaluate(folder) == 0
    (before, table) = both.getvalue().split("| clip |", 1)
    assert "1 of 1" in before
    assert before.endswith("\r" + " " * len("1 of 1") + "\r")
    assert "me.mp4" in table


def test_a_table_by_a_fact_of_the_truth(capsys: pytest.CaptureFixture[str]) -> None:
    clips = ("test_videos", "--traces", "test_videos", "--only", "sag_")
    assert evaluate(*clips, "--by", "body.actor", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    groups = told["by"]["body.actor"]
    assert [group["body.actor"] for group in groups] == sorted({g["body.actor"] for g in groups})
    assert sum(group["clips"] for group in groups) == len(told["clips"]) > 5
    assert sum(group["cues_owed"] for group in groups) == 7
    assert sum(group["cues_spoken"] for group in groups) == 7
    assert evaluate(*clips, "--by", "camera.yaw_deg") == 0
    assert "| camera.yaw deg | clips | right | judged share |" in capsys.readouterr().out


def test_a_fact_that_no_truth_has_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate("test_videos", "--traces", "test_videos", "--by", "camera.yaw") == 2
    assert "did you mean camera.yaw_deg" in capsys.readouterr().err
