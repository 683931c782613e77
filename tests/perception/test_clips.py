"""Every shipped clip through MediaPipe itself: the verdict of the recorded trace, once more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from formcheck.evaluation.labels import LabelledClip, labelled_clips
from formcheck.evaluation.outcome import judged_clip
from formcheck.evaluation.run import Thinning, observations_of
from formcheck.judgement.registry import load_exercises
from formcheck.media.trace import read_trace
from formcheck.perception.mediapipe import MediaPipeEstimator
from formcheck.types import Finding

CLIPS = labelled_clips(Path(__file__).parents[2] / "test_videos")
EPSILON_DEG = 1.0
"""Machines differ a little in their floating point; a verdict this near to a limit may flip."""


def epsilon(finding: Finding) -> float:
    """What may lie between two machines; in other units than degrees a share of the error."""
    return EPSILON_DEG if finding.unit == "deg" else 0.2 * finding.error


pytestmark = pytest.mark.pose


@pytest.fixture(scope="module")
def estimator() -> Iterator[MediaPipeEstimator]:
    with MediaPipeEstimator(outline=True) as opened:
        yield opened


@pytest.mark.parametrize("clip", CLIPS, ids=[c.name for c in CLIPS])
def test_mediapipe_gives_the_recorded_verdict(
    clip: LabelledClip, estimator: MediaPipeEstimator
) -> None:
    seen = list(observations_of(clip, lambda: estimator, None, Thinning()))
    recorded = read_trace(clip.path.with_suffix(".trace.npz")).observations
    assert [o.t_s for o in seen] == [o.t_s for o in recorded]
    both = [(a.pose, b.pose) for a, b in zip(seen, recorded, strict=True)]
    pairs = [(a, b) for a, b in both if a is not None and b is not None]
    assert len(pairs) >= 0.99 * sum(b is not None for _, b in both)
    if pairs:
        apart = [float(np.median(np.abs(a.xy_px - b.xy_px))) for a, b in pairs]
        assert np.median(apart) < 2.0
    for exercise in load_exercises().values():
        now, then = (judged_clip(clip, exercise, o) for o in (seen, recorded))
        assert now.agrees
        firm = {f.check for f in then.report.findings if f.margin > epsilon(f)}
        assert firm <= {f.check for f in now.report.findings}


def test_a_person_is_found_in_nearly_every_frame_that_shows_one() -> None:
    seen = []
    for clip in CLIPS:
        truth = json.loads(clip.path.with_suffix(".truth.json").read_text(encoding="utf-8"))
        in_view = np.array(truth["frames"]["someone_in_view"])
        recorded = read_trace(clip.path.with_suffix(".trace.npz")).observations
        found = np.array([o.pose is not None for o in recorded])[in_view]
        seen.append(found)
        # Whoever walks in is found a quarter of a second after most of them can be seen.
        assert found.all() or found.mean() >= 0.97, clip.name
    assert np.concatenate(seen).mean() >= 0.99
