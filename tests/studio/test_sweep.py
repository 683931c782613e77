"""Sweeps deal every value of every axis fairly and say what they do not understand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from studio.__main__ import main
from studio.scenario import ScenarioError
from studio.sweep import SWEEP_FOLDER, load_sweep

SWEEP = """
exercise = "plank"
clips = {clips}
seed = 7

[base]
duration_s = 2
[base.labels]
does = "plank"
[base.exerciser]
actor = "anton"
[base.exerciser.motion]
kind = "plank"
hip_change_deg = {{ start = 0, changes = [{{ at_s = 1, over_s = 1, to = 0 }}] }}

[[axes]]
key = "exerciser.motion.hip_change_deg.changes.0.to"
values = [-20, 0, 20]

[[axes]]
values = [{{ "camera.yaw_deg" = 0 }}, {{ "camera.yaw_deg" = 40, "labels.judge" = "may" }}]
{more}
"""


def sweep_in(folder: Path, clips: int = 12, more: str = "") -> Path:
    (folder / "some.toml").write_text(SWEEP.format(clips=clips, more=more), encoding="utf-8")
    return folder


def end_of(scenario: object) -> float:
    motion = scenario.exerciser.motion  # type: ignore[attr-defined]
    return float(motion["hip_change_deg"]["changes"][0]["to"])


def test_every_value_appears_equally_often(tmp_path: Path) -> None:
    clips = load_sweep("some", sweep_in(tmp_path))
    assert Counter(end_of(clip) for clip in clips) == {-20.0: 4, 0.0: 4, 20.0: 4}
    assert Counter(clip.camera.yaw_deg for clip in clips) == {0.0: 6, 40.0: 6}
    assert len({clip.seed for clip in clips}) == len({clip.name for clip in clips}) == 12


def test_what_changes_together_changes_together(tmp_path: Path) -> None:
    for clip in load_sweep("some", sweep_in(tmp_path)):
        assert clip.labels.judge == ("may" if clip.camera.yaw_deg else "true")


def test_a_number_of_clips_that_does_not_divide_is_off_by_one_at_most(tmp_path: Path) -> None:
    counts = Counter(end_of(clip) for clip in load_sweep("some", sweep_in(tmp_path), clips=10))
    assert sorted(counts.values()) == [3, 3, 4]


def test_the_seed_decides_the_combinations(tmp_path: Path) -> None:
    folder = sweep_in(tmp_path)

    def pairs(seed: int) -> list[tuple[float, float]]:
        clips = load_sweep("some", folder, seed=seed)
        return [(end_of(clip), clip.camera.yaw_deg) for clip in clips]

    assert pairs(1) == pairs(1)
    assert pairs(1) != pairs(2)


def test_an_unknown_key_is_named(tmp_path: Path) -> None:
    more = '[[axes]]\nkey = "camera.tilt_deg"\nvalues = [1]'
    with pytest.raises(ScenarioError, match=r"some\.toml: Camera has no tilt_deg"):
        load_sweep("some", sweep_in(tmp_path, more=more))


def test_an_unknown_sweep_is_an_error_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["sweep", "nonsense"]) == 2
    assert "there are: dead_bug, glute_bridge" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(path.stem for path in SWEEP_FOLDER.glob("*.toml")))
def test_shipped_sweeps_are_understood(name: str) -> None:
    clips = load_sweep(name)
    assert len({clip.name for clip in clips}) == len(clips) > 10
