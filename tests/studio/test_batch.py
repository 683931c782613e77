"""Rendering many clips: what is cancelled, killed, rendered over or cut off. Nothing is drawn."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

pytest.importorskip("vtk")

from studio import batch, shoot
from studio.__main__ import main
from studio.scenario import Labels, Scenario, read
from studio.shoot import note_truth
from studio.sweep import load_sweep

SWEEP = """
exercise = "plank"
clips = 2
seed = 7
[base]
duration_s = 0.1
fps = 10
[base.labels]
does = "plank"
[[axes]]
key = "camera.yaw_deg"
values = [0, 40]
"""


def nobody(**changes: Any) -> Scenario:
    """A clip of an empty room: quick."""
    table = {"name": "empty", "exercise": "plank", "seed": 1, "duration_s": 0.2, "fps": 10}
    return read(Scenario, {**table, "labels": {"does": "none"}, **changes})


def test_a_cancelled_write_leaves_the_files_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note_truth(nobody(), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def cancel(*arguments: Any) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(shoot, "labels_text", cancel)
    with pytest.raises(KeyboardInterrupt):
        note_truth(nobody(seed=2), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_labels_that_are_there_stay(tmp_path: Path) -> None:
    labels = tmp_path / "empty.labels.toml"
    labels.write_text("# by hand\n", encoding="utf-8")
    note_truth(nobody(), tmp_path)
    assert labels.read_text(encoding="utf-8") == "# by hand\n"
    assert (tmp_path / "empty.truth.json").is_file()


def _die(*arguments: Any) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return ""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_process_that_is_killed_is_told_and_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "_shoot_one", _die)
    with pytest.raises(batch.WorkerDiedError):
        batch.shoot_all([nobody()], batch.Order(tmp_path), 1)


def test_a_sweep_goes_on_but_not_over_the_clips_of_another_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "some.toml").write_text(SWEEP, encoding="utf-8")
    monkeypatch.setattr("studio.__main__.load_sweep", partial(load_sweep, folder=tmp_path))
    out = tmp_path / "out"

    def render(*more: str) -> int:
        return main(["sweep", "some", "--out", str(out), "--truth-only", "--jobs", "1", *more])

    def seeds() -> list[int]:
        paths = sorted((out / "plank").glob("*.truth.json"))
        return [json.loads(path.read_text(encoding="utf-8"))["seed"] for path in paths]

    assert render() == 0
    (out / "plank" / "some_001.truth.json").unlink()
    assert render() == 0
    assert "1 of 2 clips are there" in capsys.readouterr().out
    assert seeds() == [7, 8]
    assert render("--seed", "9") == 2
    assert "another seed" in capsys.readouterr().err
    trace = out / "plank" / "some_000.trace.npz"
    trace.touch()
    assert render("--seed", "9", "--fresh") == 0
    assert seeds() == [9, 10]
    assert not trace.exists()


def test_hops_that_the_clip_does_not_show_are_not_in_its_truth_nor_in_its_labels(
    tmp_path: Path,
) -> None:
    skipping = {"actor": "anton", "motion": {"kind": "rope", "rope": False}}
    hopper = nobody(duration_s=1.7, fps=4, exercise="jump_rope", exerciser=skipping)
    hopper = replace(hopper, labels=Labels("jump_rope", note='he says "hop"'))
    note_truth(hopper, tmp_path)
    truth = json.loads((tmp_path / "empty.truth.json").read_text(encoding="utf-8"))
    labels = tomllib.loads((tmp_path / "empty.labels.toml").read_text(encoding="utf-8"))
    hops = truth["events"]["hops"]
    assert 0 < len(hops) == labels["jumps"] == len(labels["landings"])
    assert max(hop["landing_s"] for hop in hops) <= 1.7
    assert truth["events"]["phases"][-1][2] == 1.7
    assert labels["note"] == 'he says "hop"'
