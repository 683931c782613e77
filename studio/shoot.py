"""Shoots a scenario: the clip and its truth."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from studio.arrays import FloatArray
from studio.body.landmarks import LANDMARK_NAMES
from studio.labels import labels_text
from studio.motion.performance import HOLD, Phase
from studio.performers import Performer
from studio.record import truth_record
from studio.scenario import Scenario
from studio.scene.clip import ClipWriter
from studio.scene.film import Film
from studio.scene.renderer import Renderer
from studio.truth import measure

Progress = Callable[[int, int], None]


def shoot(scenario: Scenario, folder: Path, progress: Progress) -> None:
    """Renders a clip with its truth, and its labels if there are none yet.

    Args:
        scenario: what to render.
        folder: where the files go; made if missing.
        progress: called with the frames done and the frames in all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    performers = _performers(scenario)
    camera = scenario.camera
    renderer = Renderer(
        camera,
        scenario.room,
        scenario.seed,
        [(performer.actor.triangles, performer.actor.colours) for performer in performers],
    )
    film = Film(scenario.film, camera.width_px, camera.height_px, scenario.seed)
    path = folder / f"{scenario.name}.mp4"
    with ClipWriter(path, scenario.fps, camera.width_px, camera.height_px) as writer:
        for t_s, done, count in _times(scenario):
            moments = [performer.at(t_s) for performer in performers]
            surfaces = [moment.surface if moment else None for moment in moments]
            writer.write(film.expose(renderer.picture(surfaces)))
            progress(done, count)
    note_truth(scenario, folder)


def note_truth(scenario: Scenario, folder: Path) -> None:
    """Writes the truth of a clip, and its labels if there are none yet, without drawing.

    Args:
        scenario: what happens in the clip.
        folder: where the files go; made if missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    performer = next(iter(_performers(scenario, only_exerciser=True)), None)
    times = [t_s for t_s, _, _ in _times(scenario)]
    landmarks_m = np.full((len(times), len(LANDMARK_NAMES), 3), np.nan)
    for row, t_s in enumerate(times):
        posture = performer.performance.posture_at(t_s) if performer else None
        if performer and posture:
            pose = performer.solver.solve(posture)
            landmarks_m[row] = performer.actor.landmarks.positions_m(pose)
    record = _record(scenario, landmarks_m, _neutral(performer), performer)
    text = json.dumps(record, separators=(",", ":"), allow_nan=False)
    (folder / f"{scenario.name}.truth.json").write_text(text + "\n", encoding="utf-8")
    labels = folder / f"{scenario.name}.labels.toml"
    if not labels.exists():
        labels.write_text(labels_text(scenario, record), encoding="utf-8")


def _performers(scenario: Scenario, only_exerciser: bool = False) -> list[Performer]:
    roles = [scenario.exerciser] if scenario.exerciser else []
    if not only_exerciser:
        roles += scenario.others
    return [
        # Everybody breathes in their own time.
        Performer(role, scenario.duration_s, scenario.seed + 1000 * number)
        for number, role in enumerate(roles)
    ]


def _times(scenario: Scenario) -> Iterator[tuple[float, int, int]]:
    """Yields the time of each frame, how many there are with it, and how many in all."""
    count = round(scenario.duration_s * scenario.fps)
    for frame in range(count):
        yield frame / scenario.fps, frame + 1, count


def _neutral(performer: Performer | None) -> FloatArray | None:
    posture = performer.performance.neutral_posture() if performer else None
    if performer is None or posture is None:
        return None
    return performer.actor.landmarks.positions_m(performer.solver.solve(posture))


def _record(
    scenario: Scenario,
    landmarks_m: FloatArray,
    neutral_m: FloatArray | None,
    performer: Performer | None,
) -> dict[str, Any]:
    performance = performer.performance if performer else None
    far_support = performance.far_support if performance else "ankle"
    near_support = performance.near_support if performance else "elbow"
    phases: tuple[Phase, ...] = performer.performance.phases if performer else ()
    t_s = np.arange(len(landmarks_m)) / scenario.fps
    measures = measure(t_s, landmarks_m, far_support, near_support)
    neutral = None
    if neutral_m is not None:
        neutral = measure(np.zeros(1), neutral_m[None], far_support, near_support)
    in_position = np.zeros(len(t_s), dtype=bool)
    for phase in phases:
        if phase.name == HOLD:
            in_position |= (t_s >= phase.start_s - 1e-9) & (t_s < phase.end_s - 1e-9)
    return truth_record(
        scenario,
        landmarks_m,
        measures,
        neutral=neutral,
        in_position=in_position,
        phases=phases,
    )
