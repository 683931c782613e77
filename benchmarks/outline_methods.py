"""Ways to see a lower back lift from its mat, against rendered clips whose truth is known.

    uv run python -m studio sweep dead_bug --masks
    uv run python benchmarks/outline_methods.py build/sweeps/dead_bug/dead_bug

Needs ``NAME.mp4``, ``NAME.truth.json`` and ``NAME.masks.npz`` side by side. Ten times a
second every method says where the lower edge of the trunk is:

- *true outline*: the edge of the true mask, what could be known at best from an outline;
- *mask*: the pose model's mask at one half;
- *strongest edge*: the steepest step near it, as one connected path;
- *guided filter*, *GrabCut*: the mask refined by the colours of the picture;
- *flank*: what formcheck does, the flank compared with itself at rest.

Of a repetition: the 80th percentile of the opening under the lower back less its median in the
still start position. Loose clothes are left out, except in the last column.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.kinematics.spine import lumbar_gap_ratio
from formcheck.landmarks import Landmark
from formcheck.media.reader import VideoReader
from formcheck.native_stderr import without_library_logs
from formcheck.perception.mediapipe import pose_from_landmarks
from formcheck.perception.outline import EVERY_S, OutlineTracker
from formcheck.types import OUTLINE_STATIONS, Frame, Outline, Pose

Floats = NDArray[np.float64]
LIFT_MM = 6.9
STILL_MM = 1.0
LIMIT_RATIO = 0.0085
"""A rise by more than this share of the trunk counts as a lift: about 4.2 mm."""

PERCENTILE = 80
MIN_SEEN = 0.5
_BAND = 0.06
_STIFFNESS = 0.2


@dataclass(frozen=True, slots=True)
class Look:
    """One frame: the picture, the person, both masks, and the trunk's axis in it."""

    frame: Frame
    pose: Pose
    mask: NDArray[np.float32]
    true_mask: NDArray[np.float32]

    @property
    def ends_px(self) -> tuple[Floats, Floats]:
        """Middles of the shoulders and of the hips."""
        xy = self.pose.xy_px.astype(np.float64)
        shoulder = (xy[Landmark.LEFT_SHOULDER] + xy[Landmark.RIGHT_SHOULDER]) / 2
        return shoulder, (xy[Landmark.LEFT_HIP] + xy[Landmark.RIGHT_HIP]) / 2

    def points(self, offsets: Floats) -> NDArray[np.float32]:
        """Points (stations, M, 2) at offsets (stations, M) or (M,) px below the axis."""
        shoulder, hip = self.ends_px
        along = hip - shoulder
        down = np.array([-along[1], along[0]]) / np.hypot(*along)
        down = down if down[1] > 0 else -down
        base = shoulder + np.linspace(0, 1, OUTLINE_STATIONS)[:, None] * along
        points: NDArray[np.float32] = (
            base[:, None] + np.atleast_2d(offsets)[..., None] * down
        ).astype(np.float32)
        return points

    @property
    def torso_px(self) -> float:
        """Shoulders to hips."""
        shoulder, hip = self.ends_px
        return float(np.hypot(*(hip - shoulder)))


def end_of(mask: NDArray[np.float32], look: Look) -> Floats:
    """How far (stations,) below the axis a mask falls under one half."""
    offsets = np.arange(0.0, 0.6 * look.torso_px, 0.5)
    at = look.points(offsets)
    levels = cv2.remap(mask, at[..., 0], at[..., 1], cv2.INTER_LINEAR)
    outside = levels < 0.5
    first = np.where(outside.any(axis=1), outside.argmax(axis=1), 0)
    row = np.arange(len(levels))
    before, after = levels[row, np.maximum(first - 1, 0)], levels[row, first]
    part = (before - 0.5) / np.maximum(before - after, 1e-6)
    return np.where(first > 0, (first - 1 + part) * 0.5, np.nan)


def of_true_mask(look: Look) -> Floats:
    """The true edge."""
    return end_of(look.true_mask, look)


def of_mask(look: Look) -> Floats:
    """The pose model's edge."""
    return end_of(look.mask, look)


def of_strongest_edge(look: Look) -> Floats:
    """The steepest step within 3 cm of the mask's edge, as one connected path."""
    coarse = end_of(look.mask, look)
    known = np.isfinite(coarse)
    if known.sum() < OUTLINE_STATIONS // 2:
        return np.full(OUTLINE_STATIONS, np.nan)
    row = np.arange(OUTLINE_STATIONS)
    coarse = np.interp(row, row[known], coarse[known])
    reach = round(_BAND * look.torso_px / 0.5)
    off = np.arange(-reach, reach + 1) * 0.5
    at = look.points(coarse[:, None] + off)
    strips = cv2.remap(look.frame.image_rgb, at[..., 0], at[..., 1], cv2.INTER_LINEAR)
    smooth = cv2.GaussianBlur(strips.astype(np.float32), (0, 0), sigmaX=3.0, sigmaY=1.0)
    steep = np.sqrt((np.gradient(smooth, axis=1) ** 2).sum(axis=2))
    cost = -steep / np.median(steep.max(axis=1)) + 0.5 * (off / (0.02 * look.torso_px)) ** 2
    total, came_from = cost[0], []
    place = np.arange(len(off))
    apart = _STIFFNESS * np.abs(place[:, None] - place)
    for line in cost[1:]:
        options = total + apart
        came_from.append(options.argmin(axis=1))
        total = options.min(axis=1) + line
    path = [int(total.argmin())]
    for best in reversed(came_from):
        path.append(int(best[path[-1]]))
    chosen: Floats = coarse + off[path[::-1]]
    return chosen


def of_guided_filter(look: Look) -> Floats:
    """The mask, made to follow the picture's own edges."""
    radius = max(2, round(0.03 * look.torso_px))
    guide = np.ascontiguousarray(look.frame.image_rgb)
    return end_of(cv2.ximgproc.guidedFilter(guide, look.mask, radius, 25.0), look)


def of_grabcut(look: Look) -> Floats:
    """Colours of inside and outside, learned either side of a band along the mask's edge."""
    shoulder, hip = look.ends_px
    middle, reach = (shoulder + hip) / 2, look.torso_px
    half = reach * np.array([0.8, 0.6])
    x0, y0 = np.maximum(middle - half, 0).astype(int)
    x1, y1 = (middle + half).astype(int)
    part = look.mask[y0:y1, x0:x1]
    band = 2 * round(0.04 * reach) + 1
    kernel = np.ones((band, band), np.uint8)
    inside = cv2.erode((part > 0.5).astype(np.uint8), kernel)
    outside = 1 - cv2.dilate((part > 0.5).astype(np.uint8), kernel)
    probably = np.where(part > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD)
    labels = np.where(inside > 0, cv2.GC_FGD, np.where(outside > 0, cv2.GC_BGD, probably))
    labels = labels.astype(np.uint8)
    picture = np.ascontiguousarray(look.frame.image_rgb[y0:y1, x0:x1])
    cv2.setRNGSeed(0)
    cv2.grabCut(picture, labels, None, np.zeros((1, 65)), np.zeros((1, 65)), 2)
    whole = np.zeros_like(look.mask)
    whole[y0:y1, x0:x1] = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))
    return end_of(cv2.GaussianBlur(whole, (0, 0), 1.0), look)


METHODS: dict[str, Callable[[Look], Floats]] = {
    "true outline": of_true_mask,
    "mask": of_mask,
    "strongest edge": of_strongest_edge,
    "guided filter": of_guided_filter,
    "GrabCut": of_grabcut,
}
FLANK = "flank"


@dataclass(slots=True)
class Tally:
    """What one method came to at one height of the picture."""

    edge_px: list[float] = field(default_factory=list)
    edge_mm: list[float] = field(default_factory=list)
    reps: list[tuple[float, float, float]] = field(default_factory=list)
    loose: list[float] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)

    def row(self, name: str) -> str:
        """A line of the table."""
        reps = np.array(self.reps).reshape(-1, 3)
        true_mm, found_mm, ratio = reps.T
        judged = np.isfinite(ratio)
        error = np.abs(found_mm - true_mm)[judged]
        lift, still = true_mm >= LIFT_MM, true_mm < STILL_MM
        hit = ratio > LIMIT_RATIO

        def share(of: NDArray[np.bool_], among: NDArray[np.bool_]) -> str:
            return f"{100 * of[among].mean():.0f} of {among.sum()}" if among.any() else "–"

        cells = (
            name,
            f"{np.nanmedian(self.edge_px):.1f}",
            f"{np.nanmedian(self.edge_mm):.1f}",
            f"{np.median(error):.1f}" if error.size else "–",
            f"{np.percentile(error, 95):.1f}" if error.size else "–",
            share(judged, np.ones(len(judged), bool)),
            share(hit, lift),
            share(hit, lift & judged),
            share(hit, still & judged),
            f"{100 * np.isnan(self.loose).mean():.0f} of {len(self.loose)}" if self.loose else "–",
            f"{np.median(self.ms):.1f}" if self.ms else "–",
        )
        return "| " + " | ".join(cells) + " |"


def looks(path: Path) -> Iterator[Look]:
    """Ten frames a second of a clip, with the masks."""
    from mediapipe.python.solutions.pose import Pose as Solution

    with np.load(path.with_suffix(".masks.npz")) as saved:
        packed = saved["masks"]
    with without_library_logs():
        solution = Solution(
            smooth_landmarks=False, enable_segmentation=True, smooth_segmentation=False
        )
    last_s = -np.inf
    with solution, VideoReader(path) as reader:
        for number, frame in enumerate(reader):
            found = solution.process(frame.image_rgb)
            if found.pose_landmarks is None or frame.t_s - last_s < EVERY_S - 0.0005:
                continue
            last_s = frame.t_s
            height_px, width_px = frame.image_rgb.shape[:2]
            pose = pose_from_landmarks(
                found.pose_landmarks.landmark,
                found.pose_world_landmarks.landmark,
                width_px,
                height_px,
            )
            true = np.unpackbits(packed[number], axis=1)[:, :width_px].astype(np.float32)
            yield Look(frame, pose, found.segmentation_mask, true)


def measure(path: Path, tallies: dict[tuple[int, str], Tally]) -> None:
    """Adds what every method makes of one clip."""
    truth = json.loads(path.with_suffix("").with_suffix(".truth.json").read_text(encoding="utf-8"))
    tracker = OutlineTracker()
    times: list[float] = []
    ratios: dict[str, list[float]] = defaultdict(list)
    loose = truth["body"]["outfit"]["fit"] == "loose"
    torso_mm = 1000 * _torso_m(truth)
    first: Look | None = None
    for look in looks(path):
        first = first or look
        times.append(look.frame.t_s)
        start = time.perf_counter()
        outline = tracker.find(look.frame, look.pose, look.mask)
        tally = tallies[truth["height_px"], FLANK]
        tally.ms.append(1000 * (time.perf_counter() - start))
        ratios[FLANK].append(np.nan if outline is None else lumbar_gap_ratio(outline))
        true_px = of_true_mask(look)
        if outline is not None:
            shoulder = look.ends_px[0]
            down = look.points(np.array([0.0, 1.0]))
            normal = (down[0, 1] - down[0, 0]).astype(np.float64)
            _note_edge(tally, (outline.lower_px - shoulder) @ normal, true_px, look, torso_mm)
        for name, method in METHODS.items():
            tally = tallies[truth["height_px"], name]
            start = time.perf_counter()
            edge = method(look)
            tally.ms.append(1000 * (time.perf_counter() - start))
            _note_edge(tally, edge, true_px, look, torso_mm)
            ratios[name].append(_gap(look, edge, first.torso_px))
    for name, values in ratios.items():
        tally = tallies[truth["height_px"], name]
        for true_mm, ratio in _reps(truth, np.array(times), np.array(values)):
            if loose:
                tally.loose.append(ratio)
            else:
                tally.reps.append((true_mm, ratio * torso_mm, ratio))


def _torso_m(truth: Any) -> float:
    names = truth["landmarks"]
    points = np.array(truth["frames"]["landmarks_m"][0], float)
    ends = [
        (points[names.index(f"left_{part}")] + points[names.index(f"right_{part}")]) / 2
        for part in ("shoulder", "hip")
    ]
    return float(np.linalg.norm(ends[0] - ends[1]))


def _note_edge(tally: Tally, edge: Floats, true_px: Floats, look: Look, torso_mm: float) -> None:
    off = np.abs(edge - true_px)[3:-3]
    if np.isfinite(off).any():
        px = float(np.nanmedian(off))
        tally.edge_px.append(px)
        tally.edge_mm.append(px * torso_mm / look.torso_px)


def _gap(look: Look, edge: Floats, torso_px: float) -> float:
    """Height of an edge in the picture, over the trunk: the camera stands still, and so the mat."""
    lower = look.points(edge[:, None])[:, 0]
    level = np.array([[0.0, 0.0], [torso_px, 0.0]], np.float32)
    return lumbar_gap_ratio(Outline(np.full_like(lower, np.nan), lower, level, 0.0))


def _reps(truth: Any, times: Floats, values: Floats) -> Iterator[tuple[float, float]]:
    """True and found change of every repetition; NaN: not judged."""
    reps = truth["events"]["reps"]
    true_t = np.array(truth["frames"]["t_s"], float)
    true_mm = np.array([v or 0.0 for v in truth["frames"]["lumbar_gap_mm"]], float)
    still = times < reps[0]["start_s"]
    true_rest = np.median(true_mm[true_t < reps[0]["start_s"]])
    rest = np.nanmedian(values[still]) if np.isfinite(values[still]).any() else np.nan
    for rep in reps:
        part = values[(times >= rep["start_s"]) & (times <= rep["end_s"])]
        far = values[(times >= rep["top_s"] - 0.15) & (times <= rep["back_s"] + 0.15)]
        true_far = true_mm[(true_t >= rep["top_s"]) & (true_t <= rep["back_s"])]
        seen = far.size > 0 and np.isfinite(far).mean() >= MIN_SEEN
        found = np.nanpercentile(part, PERCENTILE) - rest if seen else np.nan
        yield float(np.median(true_far) - true_rest), float(found)


def main() -> None:
    """Prints one row a height of the picture and method."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    options = parser.parse_args()
    tallies: dict[tuple[int, str], Tally] = defaultdict(Tally)
    for folder in options.folders:
        for masks in sorted(folder.glob("*.masks.npz")):
            path = masks.with_suffix("").with_suffix(".mp4")
            if path.is_file():
                measure(path, tallies)
    print(
        "| picture | method | edge, px | edge, mm | lift error, mm | 95 % of them below "
        "| judged, % of reps | lifts of 7 mm found, % | of those judged, % | false, % "
        "| loose: not judged, % | ms |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for (height_px, name), tally in sorted(tallies.items()):
        print(f"| {height_px}p " + tally.row(name))


if __name__ == "__main__":
    main()
