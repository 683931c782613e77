"""Traces are kept by clip and by model, and lost work is never the price of a full disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from recorded import ScriptedEstimator, blank_clip

from formcheck.errors import FormcheckError, OutputError
from formcheck.evaluation.labels import LabelledClip, labelled_clips
from formcheck.evaluation.outcome import ClipOutcome, judged_clip
from formcheck.evaluation.run import Thinning, evaluate, observations_of
from formcheck.media.trace import TraceWriter
from formcheck.testing import observations, plank
from formcheck_rules.plank import PLANK

LABEL = 'does = "plank"\njudge = true\nholds = [[0, 2]]\n'


class OtherModel(ScriptedEstimator):
    """Another model; counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__(lambda t_s: plank(4.0))
        self.model_sha256 = "ab" * 32


@pytest.fixture
def clip(tmp_path: Path) -> LabelledClip:
    folder = tmp_path / "clips"
    folder.mkdir()
    blank_clip(folder / "a.mp4", 2.0)
    (folder / "a.labels.toml").write_text(LABEL, encoding="utf-8")
    (found,) = labelled_clips(folder)
    return found


def seen(clip: LabelledClip, estimator: ScriptedEstimator, traces: Path, **options: bool) -> None:
    list(observations_of(clip, lambda: estimator, traces, Thinning(), **options))


def test_a_trace_of_another_model_is_neither_used_nor_replaced(
    tmp_path: Path, clip: LabelledClip
) -> None:
    traces = tmp_path / "traces"
    usual, other = ScriptedEstimator(lambda t_s: plank(4.0)), OtherModel()
    seen(clip, usual, traces)
    before = (traces / "a.trace.npz").read_bytes()

    seen(clip, other, traces, same_model=True)
    assert other.resets == 1
    assert (traces / "a.trace.npz").read_bytes() == before
    assert (traces / "a.abababab.trace.npz").is_file()

    seen(clip, other, traces, same_model=True)
    assert other.resets == 1, "its own trace was not used"
    seen(clip, usual, traces, same_model=True)
    assert usual.resets == 1, "the model that made the plain trace need not run again"


def test_a_trace_that_cannot_be_kept_is_told_and_its_clip_judged(
    tmp_path: Path, clip: LabelledClip
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    _judged_and_told(clip, tmp_path / "file" / "traces", "is in the way")


def test_a_save_that_fails_leaves_no_half_trace(
    tmp_path: Path, clip: LabelledClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(self: TraceWriter, path: Path) -> None:
        path.write_bytes(b"PK half")
        raise OutputError(f"The trace {path.name} can't be written: the disk is full.")

    monkeypatch.setattr(TraceWriter, "save", save)
    _judged_and_told(clip, tmp_path / "traces", r"a\.trace\.npz can't be written")
    assert not (tmp_path / "traces").exists()


def _judged_and_told(clip: LabelledClip, traces: Path, says: str) -> None:
    told: list[FormcheckError] = []
    estimator = ScriptedEstimator(lambda t_s: plank(4.0))
    outcomes: list[ClipOutcome] = list(
        evaluate([clip], [PLANK], lambda: estimator, traces, None, lambda c, e: told.append(e))
    )
    assert len(outcomes) == 1
    assert outcomes[0].report.held_s > 1.0
    with pytest.raises(OutputError, match=says):
        raise told[0]


def test_seconds_credited_far_outside_the_labelled_hold_are_wrong(clip: LabelledClip) -> None:
    near = judged_clip(clip, PLANK, observations(lambda t_s: plank(4.0), 2.8))
    assert near.agrees
    far = judged_clip(clip, PLANK, observations(lambda t_s: plank(4.0), 8.0))
    assert far.why_not == ("credited 6.0 s beyond the labelled holds",)
    assert not far.agrees
