"""How good the pose model's own silhouette is, on rendered and on real people.

    uv run python benchmarks/silhouettes.py test_videos REAL_DIR ...

Of every folder of labelled clips, exercise by exercise (``judge = false`` left out), a second of
consecutive frames from the middle of each clip:

- *edge*: width of the mask's soft rim (where it is between 0.1 and 0.9), over the trunk: how
  finely an outline can be read from it;
- *restless*: how far the mask changes from frame to frame, 1 - intersection over union. At the same
  pace of motion, more means a less steady outline;
- *overlap*: intersection over union with the true outline, for rendered clips that have
  ``NAME.masks.npz`` beside them (``python -m studio render --masks``).
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.evaluation.labels import LabelledClip, labelled_clips
from formcheck.landmarks import Landmark
from formcheck.media.reader import VideoReader
from formcheck.native_stderr import without_library_logs

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float32]
LENGTH_S = 1.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one clip, as shares."""

    edge: float
    restless: float
    overlap: float


def measure(clip: LabelledClip) -> Figures | None:
    """Measures a second from the middle of a clip; None where nobody is found."""
    from mediapipe.python.solutions.pose import Pose

    true = _true_masks(clip.path)
    edges, changes, overlaps = [], [], []
    before: BoolArray | None = None
    with without_library_logs():
        pose = Pose(
            model_complexity=1,
            smooth_landmarks=False,
            enable_segmentation=True,
            smooth_segmentation=False,
        )
    with pose, VideoReader(clip.path) as reader:
        start_s = max(0.0, ((reader.info.duration_s or 0.0) - LENGTH_S) / 2)
        for number, frame in enumerate(reader):
            if frame.t_s < start_s:
                continue
            if frame.t_s > start_s + LENGTH_S:
                break
            found = pose.process(frame.image_rgb)
            if found.segmentation_mask is None:
                continue
            mask = found.segmentation_mask
            inside = mask > 0.5
            if inside.sum() < 100:
                continue
            edges.append(_rim_px(mask) / _trunk_px(found, mask.shape))
            if before is not None:
                changes.append(1.0 - _overlap(inside, before))
            before = inside
            if true is not None and number < len(true):
                overlaps.append(_overlap(inside, true[number][:, : mask.shape[1]]))
    if not changes:
        return None
    overlap = float(np.mean(overlaps)) if overlaps else float("nan")
    return Figures(float(np.median(edges)), float(np.mean(changes)), overlap)


def _true_masks(path: Path) -> BoolArray | None:
    masks = path.with_suffix(".masks.npz")
    if not masks.is_file():
        return None
    with np.load(masks) as saved:
        unpacked: BoolArray = np.unpackbits(saved["masks"], axis=2).astype(bool)
    return unpacked


def _rim_px(mask: FloatArray) -> float:
    """Area of the soft rim over the length of the outline."""
    outlines, _ = cv2.findContours(
        (mask > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    length_px = sum(cv2.arcLength(outline, closed=True) for outline in outlines)
    return float(((mask > 0.1) & (mask < 0.9)).sum() / length_px)


def _trunk_px(found: Any, shape: tuple[int, ...]) -> float:
    points = found.pose_landmarks.landmark
    shoulder, hip = points[Landmark.LEFT_SHOULDER], points[Landmark.LEFT_HIP]
    height, width = shape[:2]
    return float(np.hypot((shoulder.x - hip.x) * width, (shoulder.y - hip.y) * height))


def _overlap(one: BoolArray, other: BoolArray) -> float:
    return float((one & other).sum() / max(1, (one | other).sum()))


def main() -> None:
    """Prints one row an exercise and folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    options = parser.parse_args()
    print("| exercise | people | clips | edge, % of trunk | restless, % | overlap, % |")
    print("|---|---|---|---|---|---|")
    rows: dict[tuple[str, str], list[Figures]] = defaultdict(list)
    for folder in options.folders:
        for clip in labelled_clips(folder):
            if clip.judge is False:
                continue
            figures = measure(clip)
            if figures:
                rows[clip.does, "rendered" if clip.truth else "real"].append(figures)
    for (does, people), several in sorted(rows.items()):
        median = [
            np.nanmedian(values) if not np.isnan(values).all() else np.nan
            for values in np.array([(f.edge, f.restless, f.overlap) for f in several]).T
        ]
        cells = ["–" if np.isnan(value) else f"{100 * value:.1f}" for value in median]
        print(f"| {does} | {people} | {len(several)} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
