"""``formcheck live``: a clip plays as if it were a camera."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from formcheck_rules.plank import PLANK
from numpy.typing import NDArray
from recorded import SCENE, ScriptedEstimator, blank_clip

from formcheck.cli import main
from formcheck.live import coach
from formcheck.perception.estimator import observe
from formcheck.presentation.voice import RecordingSpeaker, SilentSpeaker
from formcheck.testing import Figure, plank, report_of
from formcheck.types import Frame


def sagging(t_s: float) -> Figure:
    return plank(4.0 if t_s < 3.0 else -16.0)


def frames(seconds: float, fps: float = 30.0) -> list[Frame]:
    image = np.full((SCENE.height_px, SCENE.width_px, 3), 120, np.uint8)
    return [Frame(i / fps, image) for i in range(round(seconds * fps))]


class Screen:
    def __init__(self, stop_after: int = 10**9) -> None:
        self.shown: list[tuple[int, ...]] = []
        self._stop_after = stop_after

    def show(self, image_rgb: NDArray[np.uint8]) -> bool:
        self.shown.append(image_rgb.shape)
        return len(self.shown) >= self._stop_after


def test_it_speaks_draws_and_keeps(tmp_path: Path) -> None:
    speaker, screen = RecordingSpeaker(), Screen()
    report, provenance = coach(
        PLANK,
        ScriptedEstimator(sagging),
        frames(7.0),
        "camera 0",
        speaker,
        screen,
        tmp_path / "kept",
    )
    assert speaker.said[:1] == ["Hold starts now"]
    assert "Lift your hips" in speaker.said
    assert len(screen.shown) == 210
    assert [finding.check for finding in report.findings] == ["hips-sag"]
    assert provenance.source == "camera 0"
    assert (tmp_path / "kept" / "annotated.mp4").stat().st_size > 1000
    assert (tmp_path / "kept" / "report.html").is_file()


def test_the_same_frames_give_the_same_report_as_a_clip() -> None:
    estimator = ScriptedEstimator(sagging)
    report, _ = coach(PLANK, estimator, frames(7.0), "camera 0", SilentSpeaker())
    seen = [observe(f, estimator.estimate(f)) for f in frames(7.0)]
    assert report == report_of(PLANK, seen)


def test_the_user_can_stop_it() -> None:
    screen = Screen(stop_after=45)
    report, _ = coach(
        PLANK, ScriptedEstimator(sagging), frames(7.0), "camera 0", SilentSpeaker(), screen
    )
    assert len(screen.shown) == 45
    assert report.duration_s == pytest.approx(44 / 30)


def test_ctrl_c_gives_the_summary_and_keeps_what_was_recorded(tmp_path: Path) -> None:
    def interrupted(t_s: float) -> Figure:
        if t_s > 4.9:
            raise KeyboardInterrupt
        return sagging(t_s)

    report, _ = coach(
        PLANK,
        ScriptedEstimator(interrupted),
        frames(7.0),
        "camera 0",
        SilentSpeaker(),
        folder=tmp_path / "kept",
    )
    assert report.held_s > 4.0
    assert (tmp_path / "kept" / "trace.npz").is_file()


def test_a_failure_keeps_nothing_half_written(tmp_path: Path) -> None:
    def failing(t_s: float) -> Figure:
        if t_s > 1.0:
            raise RuntimeError("the model broke")
        return sagging(t_s)

    with pytest.raises(RuntimeError, match="the model broke"):
        coach(
            PLANK,
            ScriptedEstimator(failing),
            frames(3.0),
            "camera 0",
            SilentSpeaker(),
            folder=tmp_path / "kept",
        )
    assert not (tmp_path / "kept").exists()


def test_without_display_and_sound_it_says_so_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(
        "formcheck.presentation.voice.open_speaker",
        lambda: (SilentSpeaker(), "No sound: no audio output device was found."),
    )
    monkeypatch.setattr(
        "formcheck.perception.open.open_estimator", lambda model=None: ScriptedEstimator(sagging)
    )
    clip = blank_clip(tmp_path / "a.mp4", 5.0)
    assert main(["live", "--exercise", "plank", "--source", str(clip)]) == 0
    captured = capsys.readouterr()
    assert "there is no display" in captured.err
    assert "No sound" in captured.err
    assert "Lift your hips" in captured.out
    assert "Hips dropped" in captured.out


def test_without_a_camera_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["live", "--exercise", "plank", "--camera", "97"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "Camera 97" in line
