"""Rendered clips of someone who skips: the truth, and what a kept trace saw of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.judgement.steplog import StepLog
from formcheck.kinematics.flights import Steps
from formcheck.landmarks import N_LANDMARKS, Landmark
from formcheck.media.trace import read_trace
from formcheck.types import Observation

Floats = NDArray[np.float64]

TORSO = (
    Landmark.LEFT_SHOULDER,
    Landmark.RIGHT_SHOULDER,
    Landmark.LEFT_HIP,
    Landmark.RIGHT_HIP,
)


@dataclass(frozen=True, eq=False)
class Clip:
    """One clip.

    Attributes:
        name: Of the clip.
        folder: The last two names of the folder that it was given in.
        truth: Its truth file.
        t_s: (n,) times of the frames.
        xy_px: (n, 33, 2) landmarks as the pose model gave them; NaN where nobody was found.
        seen: Everything that the trace holds.
        log: Steps of trunk and feet.
    """

    name: str
    folder: str
    truth: dict[str, Any]
    t_s: Floats
    xy_px: Floats
    seen: Sequence[Observation]
    log: StepLog

    @cached_property
    def torso_px(self) -> float:
        """Shoulders to hips, as the landmarks have it."""
        corners = self.xy_px[:, list(TORSO)]
        along = (corners[:, 0] + corners[:, 1] - corners[:, 2] - corners[:, 3]) / 2
        return float(np.nanmedian(np.hypot(along[:, 0], along[:, 1])))

    @cached_property
    def hops(self) -> Floats:
        """True jumps (n, 3): take-off and landing in seconds, height in metres."""
        names = ("take_off_s", "landing_s", "height_m")
        rows = [[hop[name] for name in names] for hop in self.truth["events"]["hops"]]
        return np.array(rows, np.float64)

    @cached_property
    def _rows(self) -> NDArray[np.int_]:
        """Rows of the truth that belong to the frames."""
        true_t_s = np.array(self.truth["frames"]["t_s"])
        rows: NDArray[np.int_] = np.abs(true_t_s[None] - self.t_s[:, None]).argmin(axis=1)
        return rows

    def of_frames(self, name: str) -> NDArray[Any]:
        """A column of the truth, of the frames of the trace."""
        return np.array(self.truth["frames"][name])[self._rows]

    def true_px(self, landmarks: Sequence[Landmark]) -> Floats:
        """Where landmarks (n, k, 2) truly are in the picture."""
        return self._true("landmarks_px", landmarks)

    def _true(self, column: str, landmarks: Sequence[Landmark]) -> Floats:
        names = self.truth["landmarks"]
        chosen = [names.index(landmark.name.lower()) for landmark in landmarks]
        return self.of_frames(column).astype(np.float64)[:, chosen]

    @cached_property
    def px_per_m(self) -> float:
        """The true scale at the hips."""
        hips = TORSO[2:]
        px = np.diff(self.true_px(hips)[..., 1].mean(axis=1))
        metres = np.diff(self._true("landmarks_m", hips)[..., 1].mean(axis=1))
        return float(-(px @ metres) / (metres @ metres))

    def step_px(self, xy_px: Floats, steps: Steps) -> Floats:
        """How far down (m,) the mean of some landmarks (n, k, 2) moved in each of the steps."""
        y_px = xy_px[..., 1].mean(axis=1)
        now = np.searchsorted(self.t_s, steps.until_s - 1e-6)
        before = np.searchsorted(self.t_s, steps.since_s - 1e-6)
        moved: Floats = y_px[now] - y_px[before]
        return moved

    def true_steps_px(self, steps: Steps) -> Floats:
        """How far down (m,) the true hips moved in each of the steps."""
        return self.step_px(self.true_px(TORSO[2:]), steps)

    def with_true_landmarks(self) -> Clip:
        """The same, as a pose model without errors would see it; landmarks of no use are NaN."""
        xy_px = np.full_like(self.xy_px, np.nan)
        known = [Landmark[name.upper()] for name in self.truth["landmarks"]]
        xy_px[:, known] = self.true_px(known)
        return replace(self, xy_px=xy_px)

    @property
    def from_front(self) -> bool:
        """Whether it is seen from the front."""
        return abs(float(self.truth["camera"]["yaw_deg"])) > 45.0


def clips_in(folder: Path, traces: Path | None) -> Iterator[Clip]:
    """Every clip that has jumps and a trace with motion, in order of name."""
    for path in sorted(folder.rglob("*.truth.json")):
        where = path.parent if traces is None else traces / path.parent.relative_to(folder)
        name = path.name.removesuffix(".truth.json")
        trace = where / f"{name}.trace.npz"
        if traces is not None and not trace.is_file():
            trace = traces / trace.name
        truth = json.loads(path.read_text(encoding="utf-8"))
        if not truth["events"].get("hops") or not trace.is_file():
            continue
        observations = read_trace(trace).observations
        if any(seen.motion is not None for seen in observations):
            yield _clip(name, "/".join(folder.resolve().parts[-2:]), truth, observations)


def _clip(
    name: str, folder: str, truth: dict[str, Any], observations: Sequence[Observation]
) -> Clip:
    log = StepLog()
    nobody = np.full((N_LANDMARKS, 2), np.nan)
    for seen in observations:
        log.add(seen.t_s, seen.motion)
    poses = [nobody if o.pose is None else o.pose.xy_px.astype(np.float64) for o in observations]
    t_s = np.array([o.t_s for o in observations])
    return Clip(name, folder, truth, t_s, np.array(poses), observations, log)
