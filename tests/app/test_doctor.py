"""``formcheck doctor`` says what is there and what is not."""

from __future__ import annotations

import pytest

from formcheck import doctor
from formcheck.cli import main


def test_one_opencv_is_installed() -> None:
    assert doctor.opencv_variants() == ["opencv-contrib-python"]


def test_two_variants_of_opencv_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    both = ["opencv-contrib-python", "opencv-python-headless"]
    monkeypatch.setattr(doctor, "opencv_variants", lambda: both)
    finding = next(f for f in doctor.findings() if f.name == "OpenCV")
    assert finding.needed_but_broken
    assert "overwrite each other" in finding.words


def test_one_foreign_variant_of_opencv_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "opencv_variants", lambda: ["opencv-python-headless"])
    finding = next(f for f in doctor.findings() if f.name == "OpenCV")
    assert finding.needed_but_broken
    assert "overwrite" not in finding.words
    assert "uninstall it, then install opencv-contrib-python" in finding.words


@pytest.mark.pose
def test_it_looks_at_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = {"formcheck", "OpenCV", "pose model", "pose speed", "video", "exercises"}
    assert names <= {line[8:20].strip() for line in lines}
    assert any("frames a second" in line for line in lines)


def test_rules_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    assert "plank" in capsys.readouterr().out
    assert main(["rules", "plank"]) == 0
    card = capsys.readouterr().out
    for words in ("hips-sag", "Lift your hips", "From the side", "−12°"):
        assert words in card
    assert main(["rules", "plnak"]) == 2
    assert "did you mean 'plank'" in capsys.readouterr().err
