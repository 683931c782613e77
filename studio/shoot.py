"""Shoots a scenario: the clip and its truth."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from studio.arrays import FloatArray
from studio.body.actor import MAT_M
from studio.body.landmarks import LANDMARK_NAMES
from studio.performers import Moment, Performer
from studio.scenario import Scenario
from studio.scene.clip import ClipWriter
from studio.scene.film import Film
from studio.scene.renderer import Renderer
from studio.truth.labels import labels_text
from studio.truth.measures import Measures, measure
from studio.truth.record import truth_record
from studio.truth.skin import NAMES, skin_measures

Progress = Callable[[int, int], None]


def shoot(scenario: Scenario, folder: Path, progress: Progress, *, masks: bool = False) -> None:
    """Renders a clip with its truth, and its labels if there are none yet.

    The clip appears in the folder when it is complete; a render that is cancelled leaves nothing.

    Args:
        scenario: what to render.
        folder: where the files go; made if missing.
        progress: called with the frames done and the frames in all.
        masks: whether the exerciser's outline is written as well.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".render-") as stage:
        path = Path(stage) / f"{scenario.name}.mp4"
        record = _film(scenario, path, progress)
        _write_truth(scenario, record, folder)
        path.replace(folder / path.name)


def note_truth(scenario: Scenario, folder: Path) -> None:
    """Writes the truth of a clip, and its labels if there are none yet, without drawing.

    Args:
        scenario: what happens in the clip.
        folder: where the files go; made if missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    taker = _TruthTaker(scenario, next(iter(_performers(scenario)[:1]), None))
    for t_s in frame_times(scenario):
        taker.note(taker.performer.at(t_s) if taker.performer else None)
    _write_truth(scenario, taker.record(), folder)


def frame_times(scenario: Scenario) -> list[float]:
    """Returns the time of each frame of a clip."""
    return [frame / scenario.fps for frame in range(round(scenario.duration_s * scenario.fps))]


def _film(scenario: Scenario, path: Path, progress: Progress) -> dict[str, Any]:
    """Draws every frame into a video file; returns the truth."""
    performers = _performers(scenario)
    camera = scenario.camera
    renderer = Renderer(
        camera,
        scenario.room,
        scenario.seed,
        [(performer.actor.triangles, performer.actor.colours) for performer in performers],
    )
    film = Film(scenario.film, camera.width_px, camera.height_px, scenario.seed)
    taker = _TruthTaker(scenario, performers[0] if scenario.exerciser else None)
    times = frame_times(scenario)
    with ClipWriter(path, scenario.fps, camera.width_px, camera.height_px) as writer:
        for done, t_s in enumerate(times, start=1):
            moments = [performer.at(t_s) for performer in performers]
            surfaces = [
                performer.surface(moment) if moment else None
                for performer, moment in zip(performers, moments, strict=True)
            ]
            writer.write(film.expose(renderer.picture(surfaces)))
            taker.note(moments[0] if scenario.exerciser else None)
            progress(done, len(times))
    return taker.record()


class _TruthTaker:
    """Collects the truth about the exerciser, frame by frame."""

    def __init__(self, scenario: Scenario, performer: Performer | None) -> None:
        self.performer = performer if scenario.exerciser else None
        self._scenario = scenario
        self._landmarks_m: list[FloatArray] = []
        self._skin: list[list[float]] = []

    def note(self, moment: Moment | None) -> None:
        """Takes the next frame; None while nobody is there."""
        if self.performer is None or moment is None:
            self._landmarks_m.append(np.full((len(LANDMARK_NAMES), 3), np.nan))
            self._skin.append([np.nan] * len(NAMES))
            return
        actor = self.performer.actor
        self._landmarks_m.append(actor.landmarks.positions_m(moment.pose))
        skin = skin_measures(actor, moment.pose, moment.posture.breath)
        self._skin.append([skin[name] for name in NAMES])

    def record(self) -> dict[str, Any]:
        """Returns the content of the truth file."""
        scenario = self._scenario
        landmarks_m = np.array(self._landmarks_m)
        t_s = np.array(frame_times(scenario))
        measures = self._measured(t_s, landmarks_m)
        skin = np.array(self._skin).T
        return truth_record(
            scenario,
            landmarks_m,
            [scenario.camera] * len(t_s),
            replace(measures, curves={**measures.curves, **dict(zip(NAMES, skin, strict=True))}),
            neutral=self._neutral(),
            performance=self.performer.performance if self.performer else None,
        )

    def _measured(self, t_s: FloatArray, landmarks_m: FloatArray) -> Measures:
        if self.performer is None:
            return measure(t_s, landmarks_m, "ankle")
        part = self.performer.performance
        return measure(t_s, landmarks_m, part.far_support, part.near_support)

    def _neutral(self) -> Measures | None:
        posture = self.performer.performance.neutral_posture() if self.performer else None
        if self.performer is None or posture is None:
            return None
        pose = self.performer.in_posture(posture).pose
        points = self.performer.actor.landmarks.positions_m(pose)
        return self._measured(np.zeros(1), points[None])


def _write_truth(scenario: Scenario, record: dict[str, Any], folder: Path) -> None:
    text = json.dumps(record, separators=(",", ":"), allow_nan=False)
    (folder / f"{scenario.name}.truth.json").write_text(text + "\n", encoding="utf-8")
    labels = folder / f"{scenario.name}.labels.toml"
    if not labels.exists():
        labels.write_text(labels_text(scenario, record), encoding="utf-8")


def _performers(scenario: Scenario) -> list[Performer]:
    """Returns the exerciser, if there is one, and the others."""
    roles = [scenario.exerciser, *scenario.others] if scenario.exerciser else scenario.others
    floor_m = 0.0 if scenario.room.mat is None else MAT_M
    return [
        # Everybody breathes in their own time.
        Performer(role, scenario.duration_s, scenario.seed + 1000 * number, floor_m)
        for number, role in enumerate(roles)
    ]
