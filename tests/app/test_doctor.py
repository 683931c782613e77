"""``formcheck doctor`` says what is there and what is not."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

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


@pytest.mark.parametrize(
    ("installed", "state", "said"),
    [
        ({"streamlit": "1.60.0", "starlette": "1.3.1"}, doctor.State.OK, "'formcheck app' opens"),
        ({"streamlit": "1.60.0", "starlette": "1.10.0"}, doctor.State.BROKEN, "below 1.4"),
        ({"streamlit": "1.61.0", "starlette": "1.3.1"}, doctor.State.BROKEN, "1.57 to 1.60"),
        ({"streamlit": "1.60.0"}, doctor.State.MISSING, "starlette is not installed"),
    ],
)
def test_releases_that_do_not_go_together_are_told(
    installed: dict[str, str],
    state: doctor.State,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def version(name: str) -> str:
        if name not in installed:
            raise PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(doctor, "version", version)
    finding = doctor._app()
    assert finding.state is state
    assert said in finding.words
    assert not finding.needed_but_broken  # clips are analysed without


@pytest.mark.pose
def test_it_looks_at_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = {"formcheck", "OpenCV", "pose model", "pose speed", "video", "exercises", "app"}
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
