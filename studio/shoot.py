"""Shoots a scenario: the clip and its truth."""

from __future__ import annotations

import json
from collections.abc import Callable
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
from studio.scene.film import ClipWriter, Film
from studio.scene.renderer import Renderer
from studio.scene.room import furnish
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
    stem = folder / scenario.name
    landmarks_m, neutral_m, performer = _film(scenario, stem.with_suffix(".mp4"), progress)
    record = _record(scenario, landmarks_m, neutral_m, performer)
    text = json.dumps(record, separators=(",", ":"), allow_nan=False)
    stem.with_suffix(".truth.json").write_text(text + "\n", encoding="utf-8")
    labels = stem.with_suffix(".labels.toml")
    if not labels.exists():
        labels.write_text(labels_text(scenario, record), encoding="utf-8")


def _film(
    scenario: Scenario, path: Path, progress: Progress
) -> tuple[FloatArray, FloatArray | None, Performer | None]:
    """Renders the frames; returns landmarks (T, K, 3), those of good form, and the exerciser."""
    roles = ([scenario.exerciser] if scenario.exerciser else []) + list(scenario.others)
    performers = [
        Performer(role, scenario.duration_s, scenario.seed + 1000 * number)
        for number, role in enumerate(roles)
    ]
    camera, room = scenario.camera, scenario.room
    renderer = Renderer(
        camera,
        furnish(room, camera, scenario.seed),
        room.light,
        [(performer.actor.triangles, performer.actor.colours) for performer in performers],
    )
    film = Film(scenario.film, camera.width_px, camera.height_px, scenario.seed)
    count = round(scenario.duration_s * scenario.fps)
    landmarks_m = np.full((count, len(LANDMARK_NAMES), 3), np.nan)
    exerciser = performers[0] if scenario.exerciser else None
    with ClipWriter(path, scenario.fps, camera.width_px, camera.height_px) as writer:
        for frame in range(count):
            moments = [performer.at(frame / scenario.fps) for performer in performers]
            if exerciser and moments[0]:
                landmarks_m[frame] = exerciser.actor.landmarks.positions_m(moments[0].pose)
            surfaces = [moment.surface if moment else None for moment in moments]
            writer.write(film.expose(renderer.picture(surfaces)))
            progress(frame + 1, count)
    return landmarks_m, _neutral(exerciser), exerciser


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
    far_support = performer.performance.far_support if performer else "ankle"
    phases: tuple[Phase, ...] = performer.performance.phases if performer else ()
    t_s = np.arange(len(landmarks_m)) / scenario.fps
    measures = measure(t_s, landmarks_m, far_support)
    neutral = None
    if neutral_m is not None:
        neutral = measure(np.zeros(1), neutral_m[None], far_support)
    in_position = np.zeros(len(t_s), dtype=bool)
    for phase in phases:
        if phase.name == HOLD:
            in_position |= (t_s >= phase.start_s - 1e-9) & (t_s < phase.end_s - 1e-9)
    return truth_record(scenario, landmarks_m, measures, neutral, in_position, phases)
