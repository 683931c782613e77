"""``formcheck eval`` as its user runs it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
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


LIFT_RULE = '''
"""Lift: hips that rise.

What:
    A.

Why:
    B.

Evidence:
    C.

Camera:
    D.
"""

from dataclasses import replace

from formcheck.judgement.repmeasures import Part, median_at
from formcheck.judgement.rule import Limits, RepMovement, Track
from formcheck_rules.plank import PLANK

LINE = median_at(Part.TOP, PLANK.main, "line_deg", "line")
LIFT = replace(
    PLANK,
    name="lift",
    movement=RepMovement(lambda body: None, lambda body: None, (Track(PLANK.main),), least=10.0),
    checks=(replace(PLANK.check("hips-pike"), code="too-high", measure=LINE),),
    neutral=(),
)
'''


@pytest.fixture
def lifts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A clip in which the hips rise by 30 degrees and fall, every three seconds; and its rule."""
    rises = [0.0, 0.5, 1.2, 1.8, 2.5, 3.0], [4.0, 4.0, 34.0, 34.0, 4.0, 4.0]
    estimator = ScriptedEstimator(lambda t_s: plank(float(np.interp(t_s % 3, *rises))))
    monkeypatch.setattr(
        "formcheck.perception.open.open_estimator", lambda *asked, **options: estimator
    )
    clips, rules = tmp_path / "clips", tmp_path / "rules"
    clips.mkdir()
    rules.mkdir()
    blank_clip(clips / "me.mp4", 9.0)
    label = 'does = "lift"\njudge = true\nreps = 3\ntops = [1.5, 4.5, 7.5]\n'
    (clips / "me.labels.toml").write_text(label, encoding="utf-8")
    (rules / "lift.py").write_text(LIFT_RULE, encoding="utf-8")
    return clips, rules


def test_repetitions_are_counted_and_compared(
    lifts: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    clips, rules = lifts
    asked = ["eval", str(clips), "--rules", str(rules), "--exercise", "lift"]
    assert main([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (row,) = told["clips"]
    assert (row["reps"]["counted"], row["reps"]["owed"]) == (3, [3, 3])
    assert row["reps"]["tops_missed_s"] == []
    assert row["judged_share"] == pytest.approx(1.0, abs=0.02)
    assert told["summary"]["reps"]["checks"]["too-high"]["judged"] == 3
    assert main(asked) == 0
    table = capsys.readouterr().out
    assert "| counted | tops missed s |" in table
    assert "| 3 of 3 |" in table
    assert "| too-high | 3 | 3 | 100% |" in table


def test_one_check_of_the_repetitions(
    lifts: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    clips, rules = lifts
    asked = ["eval", str(clips), "--rules", str(rules), "--exercise", "lift", "--check"]
    assert main([*asked, "too-hi"]) == 2
    _one_sentence(capsys, "did you mean 'too-high'?")
    assert main([*asked, "too-high", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told["summary"]["reps"]["checks"]) == ["too-high"]


def test_holds_alone_have_no_columns_of_repetitions(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(folder) == 0
    assert "counted" not in capsys.readouterr().out
