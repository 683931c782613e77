"""What ``formcheck analyze`` writes for jumps, with an engine that plays a script."""

from __future__ import annotations

import csv
from pathlib import Path

import hop_samples
import pytest
from recorded import ScriptedEstimator, blank_clip

from formcheck.analysis import analyze_clip
from formcheck.commands.analyze import _nothing_slow
from formcheck.judgement.report import from_json
from formcheck.media.reader import SourceInfo, VideoReader
from formcheck.media.slowmotion import slow_time, slowed_spans
from formcheck.testing import standing
from formcheck.types import Observation, Report, StepOutput

FPS = 30.0
REPORT = hop_samples.report(hop_samples.hops_from(1.0, 5))


class ScriptedEngine:
    """Says what the report says, moment by moment."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._steps = iter(hop_samples.steps(report, FPS))

    def step(self, observation: Observation) -> StepOutput:
        del observation
        return next(self._steps)

    def close(self) -> Report:
        return self._report


def analyze(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report: Report = REPORT, **more: object
) -> Path:
    frames = len(hop_samples.steps(report, FPS))
    clip = blank_clip(tmp_path / "me.mp4", frames / FPS, FPS)
    monkeypatch.setattr("formcheck.analysis.Engine", lambda exercise: ScriptedEngine(report))
    estimator = ScriptedEstimator(lambda t_s: standing())
    folder = tmp_path / "out"
    analyze_clip(clip, hop_samples.EXERCISE, estimator, folder, **more)
    return folder


def test_jumps_get_a_table_a_page_and_a_slowed_clip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times_s: list[float] = []
    folder = analyze(
        tmp_path,
        monkeypatch,
        slow_motion=True,
        progress=lambda t_s, info: times_s.append(t_s),
    )
    names = {path.name for path in folder.iterdir()}
    assert {"jumps.csv", "slow-motion.mp4", "report.html", "annotated.mp4"} <= names
    assert "reps.csv" not in names
    saved = from_json((folder / "report.json").read_text(encoding="utf-8")).report
    assert saved == REPORT
    with (folder / "jumps.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 5
    with VideoReader(folder / "annotated.mp4") as reader:
        true_s = [frame.t_s for frame in reader]
    with VideoReader(folder / "slow-motion.mp4") as reader:
        shown_s = [frame.t_s for frame in reader]
    spans = slowed_spans(hop.landing_s for hop in REPORT.hops)
    assert shown_s == pytest.approx([slow_time(t_s, spans) for t_s in true_s], abs=1e-3)
    assert times_s == pytest.approx([*true_s, *true_s], abs=1e-3)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.count("<strong>Typical</strong>") == 1


def test_without_the_option_or_without_jumps_there_is_no_slowed_clip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = analyze(tmp_path, monkeypatch)
    assert not (folder / "slow-motion.mp4").exists()
    folder = analyze(tmp_path, monkeypatch, hop_samples.NONE, slow_motion=True)
    assert not (folder / "slow-motion.mp4").exists()
    assert "no landing was found" in _nothing_slow("me.mp4", hop_samples.EXERCISE)


def test_cancelling_the_slowed_clip_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = 0
    frames = len(hop_samples.steps(REPORT, FPS))

    def cancelled(t_s: float, info: SourceInfo) -> None:
        nonlocal seen
        seen += 1
        if seen > frames + 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        analyze(tmp_path, monkeypatch, slow_motion=True, progress=cancelled)
    assert seen == frames + 21
    assert not (tmp_path / "out").exists()
