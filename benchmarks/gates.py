"""What would be said if the gates of view, distance and light were open.

On a folder of rendered planks with traces (``python -m studio sweep plank``, then
``formcheck eval DIR --traces DIR``). The gates of ``formcheck/kinematics/view.py`` are opened and
every clip is judged; a table by what a gate looks at shows from where on the answers can't be
trusted.

    uv run python benchmarks/gates.py build/sweeps/plank
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

import numpy as np

from formcheck.evaluation.labels import LabelledClip, labelled_clips
from formcheck.evaluation.outcome import ClipOutcome, judged_clip
from formcheck.judgement.registry import find_exercise, load_exercises
from formcheck.kinematics import view
from formcheck.kinematics.body import body_from, near_side, yaw_deg
from formcheck.media.trace import read_trace
from formcheck.types import Observation

OPEN = {
    "MIN_TORSO_PX": 0.0,
    "MIN_LUMA": -1.0,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One clip: what the gates look at, and what came of it with the gates open."""

    true_yaw_deg: float
    apparent_yaw_deg: float
    torso_px: float
    luma: float
    found: float
    outcome: ClipOutcome


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="rendered clips with their traces")
    parser.add_argument("--exercise", default="plank")
    options = parser.parse_args()
    exercise = find_exercise(options.exercise, load_exercises())
    exercise = replace(exercise, max_yaw_deg=95.0)
    rows = []
    with mock.patch.multiple(view, **OPEN):
        for clip in labelled_clips(options.folder):
            if clip.truth is not None and clip.does == exercise.name:
                observations = read_trace(_trace_of(clip)).observations
                rows.append(_row(clip, observations, judged_clip(clip, exercise, observations)))
    print_table("true yaw, deg", rows, lambda row: row.true_yaw_deg, (0, 3, 12, 18, 22, 27, 33, 40))
    print_table("apparent yaw, deg", rows, lambda row: row.apparent_yaw_deg, range(0, 50, 4))
    print_table(
        "torso, px", rows, lambda row: row.torso_px, (0, 16, 20, 24, 28, 32, 36, 44, 60, 90)
    )
    print_table("brightness, 0 to 255", rows, lambda row: row.luma, (0, 4, 8, 12, 16, 24, 48, 96))


def _trace_of(clip: LabelledClip) -> Path:
    return clip.path.with_suffix(".trace.npz")


def _row(clip: LabelledClip, seen: Sequence[Observation], outcome: ClipOutcome) -> Row:
    poses = [o for o in seen if o.pose is not None]
    bodies = [body_from(o, near_side(o.pose, None)) for o in poses if o.pose is not None]
    facts = clip.truth.facts if clip.truth else {}
    return Row(
        true_yaw_deg=abs(float(facts["camera.yaw_deg"])),
        apparent_yaw_deg=float(np.median([yaw_deg(o.pose) for o in poses if o.pose] or [np.nan])),
        torso_px=float(np.nanmedian([body.torso_px for body in bodies] or [np.nan])),
        luma=float(np.median([o.luma for o in seen])),
        found=len(poses) / len(seen),
        outcome=outcome,
    )


def print_table(
    title: str, rows: Sequence[Row], value: Callable[[Row], float], edges: Sequence[float]
) -> None:
    """Prints one line for every bin that has clips.

    Args:
        title: what the bins are of.
        rows: the clips; those in which it is not known (nobody is found) are left out.
        value: what they are sorted into bins by.
        edges: lower edges of the bins; the last one is open.
    """
    print(f"\n| {title} | clips | person found | angle error 50 / 95 % | false cues | wrong way |")
    print("|---|---|---|---|---|---|")
    rows = [row for row in rows if not np.isnan(value(row))]
    places = np.digitize([value(row) for row in rows], edges) - 1
    for place, low in enumerate(edges):
        inside = [row for row, where in zip(rows, places, strict=True) if where == place]
        if not inside:
            continue
        errors = np.concatenate([row.outcome.angle_errors for row in inside])
        spread = (
            "–" if not errors.size else "{:.1f} / {:.1f}".format(*np.percentile(errors, [50, 95]))
        )
        high = f"to {edges[place + 1]:g}" if place + 1 < len(edges) else "and more"
        print(
            f"| {low:g} {high} | {len(inside)} | {np.mean([row.found for row in inside]):.0%} "
            f"| {spread} | {sum(len(row.outcome.false_cues) for row in inside)} "
            f"| {sum(len(row.outcome.wrong_way) for row in inside)} |"
        )


if __name__ == "__main__":
    main()
