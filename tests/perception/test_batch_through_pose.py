"""A batch through MediaPipe itself: worker processes say what one analysis says."""

from __future__ import annotations

from pathlib import Path

import pytest

from formcheck.cli import main

CLIP = Path(__file__).parents[2] / "test_videos" / "plank" / "sag_20.mp4"


@pytest.mark.pose
def test_a_batch_says_of_a_clip_what_analyze_says(tmp_path: Path) -> None:
    common = (str(CLIP), "--exercise", "plank", "--out")
    assert main(["analyze", *common, str(tmp_path / "one")]) == 0
    assert main(["batch", *common, str(tmp_path / "many"), "--workers", "1"]) == 0
    for name in ("report.json", "signals.csv", "cues.vtt"):
        one, many = tmp_path / "one" / "sag_20" / name, tmp_path / "many" / "sag_20" / name
        assert one.read_bytes() == many.read_bytes()
    assert "hips-sag" in (tmp_path / "many" / "clips.csv").read_text(encoding="utf-8")
