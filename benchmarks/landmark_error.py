"""Where MediaPipe sees the landmarks of rendered people, against where they truly are.

    uv run python benchmarks/landmark_error.py [DIR] [--traces DIR]

DIR (default ``test_videos``) holds rendered clips with ``NAME.truth.json``; ``NAME.trace.npz``
is taken from the same place below the folder of the traces (default: beside the truth). A trace
is what ``formcheck eval DIR --traces DIR`` writes.

Only the body side nearer the camera counts, only frames in which the trunk is long enough in the
picture to be a measure (0.7 of its true length), and only landmarks inside the picture. All
lengths are shares of the trunk in the picture (true near shoulder to true near hip, of the frame).

Besides the size of the error its mean direction is given, in the body's own frame, so that a
landmark that is defined elsewhere shows as such: *along* is headward for ear, shoulder and hip
(along the trunk) and away from the trunk for the others (along the limb that ends there);
*across* is towards the front of the body (in a plank: the floor).
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.landmarks import Landmark
from formcheck.media.trace import read_trace

FloatArray = NDArray[np.float64]

BAR = ("shoulder", "hip", "knee", "ankle")
"""The landmarks that the hip line and the knees are judged by."""
AXES = {
    "ear": ("hip", "shoulder"),
    "shoulder": ("hip", "shoulder"),
    "elbow": ("shoulder", "elbow"),
    "wrist": ("elbow", "wrist"),
    "hip": ("hip", "shoulder"),
    "knee": ("hip", "ankle"),
    "ankle": ("knee", "ankle"),
    "heel": ("knee", "ankle"),
    "foot_index": ("knee", "ankle"),
}
"""From where to where "along" runs."""
SHORTEST_TRUNK = 0.7


@dataclass(frozen=True, slots=True)
class Sample:
    """One near-side landmark in one frame; lengths as shares of the trunk.

    Attributes:
        clip: Name of the clip.
        actor: Who acts in it.
        joint: Landmark without its side.
        error: Distance from the truth.
        along: Signed, see the module.
        across: Signed, see the module.
    """

    clip: str
    actor: str
    joint: str
    error: float
    along: float
    across: float


@dataclass(slots=True)
class Tally:
    """What is gathered over the clips.

    Attributes:
        samples: All landmarks.
        hip_line_deg: Hip line seen less the true one in the picture, by actor; only lying down.
        found: Frames with somebody found, and frames with somebody there, by clip.
    """

    samples: list[Sample]
    hip_line_deg: dict[str, list[float]]
    found: dict[str, tuple[int, int]]


class Frame:
    """True landmarks of one frame."""

    def __init__(self, names: list[str], px: FloatArray, world_m: FloatArray) -> None:
        self._row = {name: row for row, name in enumerate(names)}
        self.px, self.world_m = px, world_m

    def at(self, name: str) -> FloatArray:
        """A landmark (2,) in the picture."""
        point: FloatArray = self.px[self._row[name]]
        return point

    def world(self, name: str) -> FloatArray:
        """A landmark (3,) in metres."""
        point: FloatArray = self.world_m[self._row[name]]
        return point

    def near_side(self, camera_m: FloatArray) -> str:
        """The side whose landmarks are nearer the camera."""

        def distance_m(side: str) -> float:
            points = np.array([self.world(f"{side}_{joint}") for joint in BAR])
            return float(np.linalg.norm(points - camera_m, axis=1).mean())

        return min(("left", "right"), key=distance_m)

    def to_px(self) -> FloatArray:
        """Metres to pixels (3, 2): over one body perspective is nearly affine."""
        columns = np.column_stack([self.world_m, np.ones(len(self.world_m))])
        fitted: FloatArray = np.linalg.lstsq(columns, self.px, rcond=None)[0][:3]
        return fitted

    def front(self) -> FloatArray:
        """The direction (2,) in the picture that the belly faces."""
        left = self.world("left_shoulder") - self.world("right_shoulder")
        up = sum(
            self.world(f"{side}_shoulder") - self.world(f"{side}_hip") for side in ("left", "right")
        )
        facing: FloatArray = np.cross(left, up) @ self.to_px()
        return facing


def seen_px(pose_xy: FloatArray, side: str, joint: str) -> FloatArray:
    """A landmark (2,) that the pose model found."""
    point: FloatArray = pose_xy[Landmark[f"{side}_{joint}".upper()]]
    return point


def bend_deg(shoulder: FloatArray, hip: FloatArray, ankle: FloatArray) -> float:
    """Hip line in the picture: + with the hip above the line, - below it."""
    trunk, leg = shoulder - hip, ankle - hip
    cosine = trunk @ leg / np.linalg.norm(trunk) / np.linalg.norm(leg)
    share = (hip - ankle) @ (shoulder - ankle) / ((shoulder - ankle) @ (shoulder - ankle))
    above = (ankle + share * (shoulder - ankle))[1] - hip[1]
    return float(np.copysign(180.0 - np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))), above))


def measure_frame(
    frame: Frame, pose_xy: FloatArray, side: str, size_px: FloatArray
) -> Iterable[tuple[str, float, float, float]]:
    """Yields joint, error, along and across of the near landmarks inside the picture."""
    trunk_px = np.linalg.norm(frame.at(f"{side}_shoulder") - frame.at(f"{side}_hip"))
    front = frame.front()
    for joint, (start, end) in AXES.items():
        true = frame.at(f"{side}_{joint}")
        if (true < 0).any() or (true >= size_px).any():
            continue
        along = frame.at(f"{side}_{end}") - frame.at(f"{side}_{start}")
        along = along / max(float(np.linalg.norm(along)), 1e-9)
        across = np.array([-along[1], along[0]])
        across *= np.sign(across @ front)
        offset = (seen_px(pose_xy, side, joint) - true) / trunk_px
        yield joint, float(np.linalg.norm(offset)), float(offset @ along), float(offset @ across)


def trunk_is_seen(frame: Frame, side: str) -> bool:
    """Whether the trunk is not too foreshortened to tell near from far."""
    scale = np.linalg.norm(frame.to_px(), 2)
    pair = f"{side}_shoulder", f"{side}_hip"
    trunk_px = np.linalg.norm(frame.at(pair[0]) - frame.at(pair[1]))
    trunk_m = np.linalg.norm(frame.world(pair[0]) - frame.world(pair[1]))
    return bool(trunk_px > SHORTEST_TRUNK * scale * trunk_m)


def measure_clip(truth: dict[str, Any], trace_path: Path, tally: Tally) -> None:
    """Adds one clip."""
    name, actor = truth["scenario"], truth["body"]["actor"]
    frames = truth["frames"]
    camera_m = np.array(truth["camera"]["position_m"])
    size_px = np.array([truth["width_px"], truth["height_px"]], dtype=np.float64)
    true_t_s = np.array(frames["t_s"])
    found = there = 0
    for observation in read_trace(trace_path).observations:
        row = int(np.abs(true_t_s - observation.t_s).argmin())
        if frames["landmarks_px"][row] is None:
            continue
        frame = Frame(
            truth["landmarks"],
            np.array(frames["landmarks_px"][row]),
            np.array(frames["landmarks_m"][row]),
        )
        inside = ((frame.px >= 0) & (frame.px < size_px)).all(axis=1).mean()
        if inside < 0.8:
            continue
        there += 1
        if observation.pose is None:
            continue
        found += 1
        side = frame.near_side(camera_m)
        if not trunk_is_seen(frame, side):
            continue
        pose_xy = observation.pose.xy_px.astype(np.float64)
        for joint, *offsets in measure_frame(frame, pose_xy, side, size_px):
            tally.samples.append(Sample(name, actor, joint, *offsets))
        if frames["in_position"][row] and truth["hip_line_to"] == "ankle":
            line = [f"{side}_{joint}" for joint in ("shoulder", "hip", "ankle")]
            seen = [pose_xy[Landmark[point.upper()]] for point in line]
            error_deg = bend_deg(*seen) - bend_deg(*(frame.at(point) for point in line))
            tally.hip_line_deg[actor].append(error_deg)
    tally.found[name] = (found, there)


def row(label: str, samples: list[Sample]) -> str:
    """A table row of some samples."""
    error, along, across = (
        100 * np.array([getattr(sample, field) for sample in samples])
        for field in ("error", "along", "across")
    )
    middle, worst = np.percentile(error, (50, 95))
    return (
        f"| {label} | {len(samples)} | {middle:.1f} | {worst:.1f} "
        f"| {along.mean():+.1f} | {across.mean():+.1f} |"
    )


def print_tables(tally: Tally) -> None:
    """Prints all tables."""
    found, there = np.array(list(tally.found.values())).sum(axis=0)
    print(f"Person found in {100 * found / there:.2f} % of {there} frames.\n")
    by_joint, by_actor, by_clip = defaultdict(list), defaultdict(list), defaultdict(list)
    bar = [sample for sample in tally.samples if sample.joint in BAR]
    for sample in tally.samples:
        by_joint[sample.joint].append(sample)
        by_actor[sample.actor, sample.joint].append(sample)
    for sample in bar:
        by_actor[sample.actor, "all four"].append(sample)
        by_clip[sample.clip].append(sample)
    header = "n | median | 95 % | along | across |\n|---|---|---|---|---|---|"
    print(f"| near side, % of the trunk | {header}")
    print(row("shoulder, hip, knee, ankle", bar))
    for joint in AXES:
        print(row(joint, by_joint[joint]))
    print(f"\n| body | {header}")
    for actor in sorted({actor for actor, _ in by_actor}):
        for joint in ("all four", *BAR):
            if by_actor[actor, joint]:
                print(row(f"{actor}, {joint}", by_actor[actor, joint]))
    print("\n| body | hip line seen less true: mean, deg | 5 / 95 % |\n|---|---|---|")
    for actor, errors in sorted(tally.hip_line_deg.items()):
        low, high = np.percentile(errors, (5, 95))
        print(f"| {actor} | {np.mean(errors):+.1f} | {low:+.1f} / {high:+.1f} |")
    print(f"\n| clip (shoulder, hip, knee, ankle) | found | {header}---|")
    for clip, samples in sorted(by_clip.items()):
        share = 100 * tally.found[clip][0] / tally.found[clip][1]
        print(row(f"{clip} | {share:.1f} %", samples))


def main() -> None:
    """Prints the tables of a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default="test_videos", type=Path)
    parser.add_argument("--traces", type=Path, help="default: beside the truth")
    arguments = parser.parse_args()
    tally = Tally([], defaultdict(list), {})
    for path in sorted(arguments.folder.rglob("*.truth.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        name = path.name.removesuffix(".truth.json") + ".trace.npz"
        folder = (arguments.traces or arguments.folder) / path.parent.relative_to(arguments.folder)
        if truth["body"] and (folder / name).exists():
            measure_clip(truth, folder / name, tally)
    if not tally.samples:
        parser.error("no rendered clip with a trace in this folder")
    print_tables(tally)


if __name__ == "__main__":
    main()
