"""Where the camera stood in a whole session."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from formcheck.judgement.registry import load_exercises
from formcheck.kinematics.view import View
from formcheck.media.trace import read_trace
from formcheck.presentation.viewpoint import viewpoint
from formcheck.testing import report_of

CLIPS = Path(__file__).parents[2] / "test_videos"


def _seen(name: str) -> tuple[float, View]:
    clip = CLIPS / f"{name}.trace.npz"
    exercise = load_exercises()[clip.parent.name]
    seen = read_trace(clip).observations
    stood = viewpoint(seen, report_of(exercise, seen), exercise)
    assert stood is not None
    return stood.yaw_deg, stood.seen_from


def test_side_and_front_are_told_apart() -> None:
    side_deg, side = _seen("jump_rope/rope_side_good")
    front_deg, front = _seen("jump_rope/rope_front_good")
    assert (side, front) == (View.SIDE, View.FRONT)
    assert front_deg - side_deg > 45.0


def test_repetitions_do_not_turn_the_camera() -> None:
    deg, seen_from = _seen("dead_bug/dead_bug_good")
    assert seen_from is View.SIDE
    assert deg < 20.0


def test_without_a_hold_all_moments_count() -> None:
    seen = read_trace(CLIPS / "plank/sag_20_recovers.trace.npz").observations
    plank = load_exercises()["plank"]
    report = report_of(plank, seen)
    assert viewpoint(seen, replace(report, holds=()), plank) is not None
    assert viewpoint(seen[:0], report, plank) is None
