"""Rendering: the same seed gives the same clip, truth follows the picture, nothing half-done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.__main__ import main
from studio.scenario import Scenario, load_scenario, read
from studio.shoot import note_truth, shoot

ROOT = Path(__file__).parents[2]
SMALL: dict[str, Any] = {
    "name": "small",
    "exercise": "plank",
    "seed": 5,
    "duration_s": 0.2,
    "fps": 20,
    "labels": {"does": "plank"},
    "camera": {"width_px": 192, "height_px": 108, "shake": 1.0, "yaw_deg": 10},
    "room": {"mat": [52, 84, 108], "light": 0.5},
    "film": {"shutter_s": 0.02},
    "exerciser": {"actor": "berta", "motion": {"kind": "plank"}},
    "others": [
        {"actor": "emil", "motion": {"kind": "stand", "at_m": [-1.0, 0.8], "heading_deg": 90.0}}
    ],
}


def small(**changes: Any) -> Scenario:
    return read(Scenario, SMALL | changes)


def frames_of(path: Path) -> NDArray[np.uint8]:
    with av.open(str(path)) as clip:
        return np.array([frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)])


def truth_of(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "small.truth.json").read_text(encoding="utf-8"))
    return loaded


@pytest.mark.drawing
def test_the_same_seed_gives_the_same_truth_and_frames(tmp_path: Path) -> None:
    first, second, other = (tmp_path / name for name in ("first", "second", "other"))
    for folder in (first, second):
        shoot(small(), folder, lambda done, total: None)
    shoot(small(seed=6), other, lambda done, total: None)
    truths = [(folder / "small.truth.json").read_bytes() for folder in (first, second, other)]
    frames = [frames_of(folder / "small.mp4") for folder in (first, second, other)]
    assert truths[0] == truths[1] != truths[2]
    assert np.array_equal(frames[0], frames[1])
    assert not np.array_equal(frames[0], frames[2])


@pytest.mark.drawing
def test_truth_alone_is_the_truth_of_the_clip(tmp_path: Path) -> None:
    shoot(small(), tmp_path / "drawn", lambda done, total: None)
    note_truth(small(), tmp_path / "noted")
    drawn, noted = (tmp_path / name / "small.truth.json" for name in ("drawn", "noted"))
    assert drawn.read_bytes() == noted.read_bytes()


@pytest.mark.drawing
def test_the_outline_is_where_the_truth_says(tmp_path: Path) -> None:
    scenario = small(others=[])
    shoot(scenario, tmp_path, lambda done, total: None, masks=True)
    truth = truth_of(tmp_path)
    with np.load(tmp_path / "small.masks.npz") as saved:
        masks = np.unpackbits(saved["masks"], axis=2)[:, :, : scenario.camera.width_px]
        area_px = saved["area_px"]
    assert masks.shape == (4, 108, 192)
    assert np.abs(masks.sum(axis=(1, 2)) / area_px - 1.0).max() < 0.1
    for name in ("left_hip", "left_knee", "left_shoulder", "nose"):
        row = truth["landmarks"].index(name)
        for mask, points in zip(masks, truth["frames"]["landmarks_px"], strict=True):
            x, y = (round(value) for value in points[row])
            assert mask[y - 1 : y + 2, x - 1 : x + 2].any(), name


@pytest.mark.drawing
def test_frames_that_are_lost_keep_the_time_of_the_others(tmp_path: Path) -> None:
    shoot(
        small(duration_s=1.0, film={"dropped_ratio": 0.5}, others=[]),
        tmp_path,
        lambda done, total: None,
    )
    with av.open(str(tmp_path / "small.mp4")) as clip:
        shown_s = [frame.time for frame in clip.decode(video=0)]
    assert 4 < len(shown_s) < 16
    assert np.allclose(shown_s, truth_of(tmp_path)["frames"]["t_s"], atol=1e-3)


@pytest.mark.drawing
def test_a_cancelled_render_leaves_nothing(tmp_path: Path) -> None:
    def cancel(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shoot(small(), tmp_path / "plank", cancel)
    assert list((tmp_path / "plank").iterdir()) == []


@pytest.mark.drawing
def test_the_command_renders_over_processes_and_names_what_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = small(others=[])
    bad = small(name="bad", exerciser={"actor": "berta", "motion": {"kind": "fly"}})
    monkeypatch.setattr("studio.__main__._chosen", lambda names: [good, bad])
    assert main(["render", "--out", str(tmp_path), "--jobs", "2"]) == 2
    assert (tmp_path / "plank" / "small.mp4").is_file()
    assert not list((tmp_path / "plank").glob("bad*"))
    assert "bad failed: ScenarioError: no motion is called 'fly'" in capsys.readouterr().err


def test_committed_truth_is_what_the_scenario_gives(tmp_path: Path) -> None:
    path = ROOT / "studio" / "scenarios" / "plank" / "pike_20_near.toml"
    note_truth(load_scenario(path), tmp_path)
    committed = ROOT / "test_videos" / "plank" / "pike_20_near.truth.json"
    assert (tmp_path / committed.name).read_bytes() == committed.read_bytes()
