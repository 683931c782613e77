"""How much rendered people are like real ones to MediaPipe, exercise by exercise.

    uv run formcheck eval REAL_DIR --traces TRACES
    uv run python benchmarks/rendered_against_real.py REAL_DIR --traces TRACES

REAL_DIR is a folder of labelled real clips, TRACES what the first command wrote; the rendered
clips are those of ``--rendered`` (default ``test_videos``) with their traces beside them, or below
``--rendered-traces``. Clips that nobody could judge (``judge = false``) are left out on both sides.

Of every clip at no more than 30 frames a second, on the body side that is seen better:

- *found*: share of the frames with somebody;
- *seen*: mean visibility of shoulder, elbow, wrist, hip, knee and ankle, near and far side;
- *spread of lengths*: coefficient of variation of segment lengths in the picture, where the
  body is at rest;
- *jitter*: root mean square second difference of landmark positions at rest, over the length of
  the trunk. A second difference hardly sees slow movement: what is left is the model's noise and
  the person's tremor.

At rest means: none of the trunk and leg landmarks, smoothed over 0.3 s, moves by more than
a tenth of the trunk a second, for 0.7 s at least. Seconds at rest are the sum over clips, *found*
is their mean, every other figure their median.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.evaluation.labels import LabelledClip, labelled_clips
from formcheck.landmarks import Landmark
from formcheck.media.trace import read_trace
from formcheck.types import Observation

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

JOINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
RESTING = ("shoulder", "hip", "knee", "ankle")
SEGMENTS = {
    "trunk": ("shoulder", "hip"),
    "thigh": ("hip", "knee"),
    "shank": ("knee", "ankle"),
    "upper arm": ("shoulder", "elbow"),
}
MOST_FPS = 30.0
SMOOTH_S, REST_S, REST_SPEED = 0.3, 0.7, 0.1


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one clip; shares and trunk lengths, not per cent.

    Attributes:
        found: Share of frames with somebody.
        near: Visibility of the near side.
        far: Visibility of the far side.
        rest_s: Seconds at rest.
        spread: Coefficient of variation by segment, NaN without rest.
        jitter: Second difference by joint, NaN without rest.
    """

    found: float
    near: float
    far: float
    rest_s: float
    spread: dict[str, float]
    jitter: dict[str, float]


def thinned(observations: tuple[Observation, ...]) -> tuple[Observation, ...]:
    """At most 30 frames a second, evenly spaced."""
    gap_s = float(np.median(np.diff([o.t_s for o in observations])))
    return observations[:: max(1, round(1.0 / gap_s / MOST_FPS))]


def rows(side: str, joints: tuple[str, ...] = JOINTS) -> list[int]:
    """Landmark indices of one side."""
    return [int(Landmark[f"{side}_{joint}".upper()]) for joint in joints]


def resting(t_s: FloatArray, xy_px: FloatArray, trunk_px: float) -> list[slice]:
    """Stretches at rest.

    Args:
        t_s: (T,) times.
        xy_px: (T, J, 2) trunk and leg landmarks; NaN where nobody was found.
        trunk_px: Length of the trunk.
    """
    gap_s = float(np.median(np.diff(t_s)))
    width = max(3, round(SMOOTH_S / gap_s) | 1)
    if len(t_s) <= width:
        return []
    window = np.lib.stride_tricks.sliding_window_view(xy_px, width, axis=0).mean(axis=-1)
    speed = np.linalg.norm(np.diff(window, axis=0), axis=-1).max(axis=1) / trunk_px / gap_s
    still = np.zeros(len(t_s), dtype=bool)
    still[width // 2 : width // 2 + len(speed)] = speed < REST_SPEED
    edges = np.flatnonzero(np.diff(np.concatenate([[0], still.astype(int), [0]])))
    spans = [slice(first, last) for first, last in edges.reshape(-1, 2)]
    return [span for span in spans if (span.stop - span.start) * gap_s >= REST_S]


def rms(values: list[FloatArray]) -> float:
    """Root mean square length of vectors (..., 2), NaN of nothing."""
    if not values:
        return float("nan")
    together = np.concatenate(values)
    return float(np.sqrt((together**2).sum(axis=-1).mean()))


def measure(observations: tuple[Observation, ...]) -> Figures | None:
    """Measures a clip, None if nobody is ever found."""
    seen = thinned(observations)
    found = np.array([o.pose is not None for o in seen])
    if found.sum() < MOST_FPS * REST_S:
        return None
    t_s = np.array([o.t_s for o in seen])
    xy_px = np.full((len(seen), 33, 2), np.nan)
    visibility = np.full((len(seen), 33), np.nan)
    for row, observation in enumerate(seen):
        if observation.pose is not None:
            xy_px[row], visibility[row] = observation.pose.xy_px, observation.pose.visibility
    by_side = {side: float(np.nanmean(visibility[:, rows(side)])) for side in ("left", "right")}
    near = max(by_side, key=lambda side: by_side[side])
    of = dict(zip(JOINTS, np.moveaxis(xy_px[:, rows(near)], 1, 0), strict=True))
    trunk_px = float(np.nanmedian(np.linalg.norm(of["shoulder"] - of["hip"], axis=1)))
    spans = resting(t_s, xy_px[:, rows(near, RESTING)], trunk_px)
    gap_s = float(np.median(np.diff(t_s)))
    spread = {}
    for name, (start, end) in SEGMENTS.items():
        lengths = [np.linalg.norm(of[start][span] - of[end][span], axis=1) for span in spans]
        shares = [part.std() / part.mean() for part in lengths]
        spread[name] = float(np.mean(shares)) if shares else float("nan")
    jitter = {
        joint: rms([np.diff(of[joint][span], 2, axis=0) / trunk_px for span in spans])
        for joint in JOINTS
    }
    rest_s = sum(span.stop - span.start for span in spans) * gap_s
    return Figures(
        float(found.mean()), max(by_side.values()), min(by_side.values()), rest_s, spread, jitter
    )


def gather(folder: Path, traces: Path) -> dict[str, list[Figures]]:
    """Figures of the clips of a folder, by what is done in them."""
    by_exercise: dict[str, list[Figures]] = defaultdict(list)
    for clip in labelled_clips(folder):
        figures = measure_clip(clip, traces)
        if figures is not None:
            by_exercise[clip.does].append(figures)
    return by_exercise


def measure_clip(clip: LabelledClip, traces: Path) -> Figures | None:
    """Figures of one clip, None if it is not to be judged or has no trace."""
    trace = traces / f"{clip.trace_name}.trace.npz"
    if clip.judge is False or clip.does == "none" or not trace.is_file():
        return None
    return measure(read_trace(trace).observations)


def table_row(exercise: str, kind: str, clips: list[Figures]) -> str:
    """A table row: medians over clips."""

    def middle(values: list[float], digits: int) -> str:
        known = [100 * value for value in values if not np.isnan(value)]
        return f"{np.median(known):.{digits}f}" if known else "-"

    cells = [
        exercise,
        kind,
        str(len(clips)),
        f"{sum(clip.rest_s for clip in clips):.0f}",
        f"{100 * np.mean([clip.found for clip in clips]):.1f}",
        f"{np.median([clip.near for clip in clips]):.2f}",
        f"{np.median([clip.far for clip in clips]):.2f}",
        *(middle([clip.spread[name] for clip in clips], 1) for name in SEGMENTS),
        *(middle([clip.jitter[joint] for clip in clips], 2) for joint in JOINTS),
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("real", type=Path, help="folder of labelled real clips")
    parser.add_argument("--traces", type=Path, required=True, help="their traces")
    parser.add_argument("--rendered", type=Path, default=Path("test_videos"))
    parser.add_argument("--rendered-traces", type=Path, help="default: beside the clips")
    arguments = parser.parse_args()
    rendered = gather(arguments.rendered, arguments.rendered_traces or arguments.rendered)
    real = gather(arguments.real, arguments.traces)
    heads = ["exercise", "people", "clips", "at rest, s", "found, %", "near seen", "far seen"]
    heads += [f"{name} spread, %" for name in SEGMENTS]
    heads += [f"{joint} jitter, %" for joint in JOINTS]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for exercise in sorted({*rendered, *real}):
        for kind, clips in (("rendered", rendered), ("real", real)):
            if clips[exercise]:
                print(table_row(exercise, kind, clips[exercise]))


if __name__ == "__main__":
    main()
