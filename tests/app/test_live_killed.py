"""Killed at random moments, a live session loses no more than a second, and is whole again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("through", "kills", "seed"), [("journal", 2, 9), ("camera", 2, 4), ("app", 2, 10)]
)
def test_what_a_kill_costs(through: str, kills: int, seed: int) -> None:
    """The seeds are those of one kill while the session runs, at least."""
    command = [sys.executable, "-m", "benchmarks.kill_live", "--through", through, "--scripted"]
    done = subprocess.run(
        [*command, "--kills", str(kills), "--length", "3", "--seed", str(seed), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [kill["through"] for kill in found] == [through] * kills
    assert all(kill["whole"] for kill in found)
    assert max(kill["lost_s"] for kill in found) <= 1.0
    assert max(kill["clip_lost_s"] for kill in found) <= 1.0
    assert max(kill["reached_s"] for kill in found) > 1.0
    assert "running" in [kill["when"] for kill in found]
