"""Shoots a scenario: the clip and its truth."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from studio.arrays import FloatArray, ImageArray, IntArray
from studio.body.actor import MAT_M, Surface
from studio.body.landmarks import LANDMARK_NAMES
from studio.performers import Moment, Performer
from studio.scenario import Scenario
from studio.scene.clip import ClipWriter
from studio.scene.film import Film, frame_times
from studio.scene.pet import PetOnStage
from studio.scene.renderer import Renderer
from studio.sound.track import sound_track
from studio.sound.voices import RATE_HZ
from studio.truth.hops import Instant, TrueHop, true_hops
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
        masks: whether ``NAME.masks.npz`` is written as well: ``masks`` (T, height, width / 8), the
            exerciser's visible outline, one bit a pixel (``np.unpackbits``); ``area_px`` (T,).
    """
    with _staged(folder) as stage:
        outlines = _Outlines() if masks else None
        record = _film(scenario, stage / f"{scenario.name}.mp4", progress, outlines)
        if outlines:
            outlines.save(stage / f"{scenario.name}.masks.npz")
        _write_truth(scenario, record, stage)


def note_truth(scenario: Scenario, folder: Path) -> None:
    """Writes the truth of a clip, and its labels if there are none yet, without drawing.

    Args:
        scenario: what happens in the clip.
        folder: where the files go; made if missing.
    """
    performers = _performers(replace(scenario, others=()))
    taker = _TruthTaker(scenario, performers[0] if performers else None)
    for t_s in times_of(scenario):
        taker.note(taker.performer.at(t_s) if taker.performer else None)
    with _staged(folder) as stage:
        _write_truth(scenario, taker.record(), stage)


def times_of(scenario: Scenario) -> list[float]:
    """Returns the time of each frame of a clip."""
    return frame_times(scenario.film, scenario.duration_s, scenario.fps, scenario.seed)


class _Outlines:
    """Collects the exerciser's outline, frame by frame."""

    def __init__(self) -> None:
        self._masks: list[ImageArray] = []
        self._area_px: list[float] = []

    def note(self, coverage: FloatArray) -> None:
        """Takes the next frame: how much of each pixel (height, width) shows the person."""
        self._masks.append(np.packbits(coverage >= 0.5, axis=1))
        self._area_px.append(float(coverage.sum()))

    def save(self, path: Path) -> None:
        """Writes the file."""
        np.savez_compressed(path, masks=np.array(self._masks), area_px=np.array(self._area_px))


class _Stage:
    """Everybody and everything that moves in a clip, by time."""

    def __init__(self, scenario: Scenario) -> None:
        self.performers = _performers(scenario)
        self._pets = [PetOnStage(pet) for pet in scenario.pets]
        self._now_s: float | None = None
        self._moments: list[Moment | None] = []

    @property
    def meshes(self) -> list[tuple[IntArray, FloatArray]]:
        """Triangles (T, 3) and colours (K, 3) of all of them; the exerciser's body is first."""
        people = [mesh for performer in self.performers for mesh in performer.meshes]
        return people + [(pet.triangles, pet.colours) for pet in self._pets]

    def moments(self, t_s: float) -> list[Moment | None]:
        """Returns what each performer does at a time."""
        if t_s != self._now_s:
            self._moments = [performer.at(t_s) for performer in self.performers]
            self._now_s = t_s
        return self._moments

    def surfaces(self, t_s: float) -> list[Surface | None]:
        """Returns what is drawn at a time, in the order of ``meshes``."""
        pairs = zip(self.performers, self.moments(t_s), strict=True)
        people = [surface for performer, moment in pairs for surface in performer.surfaces(moment)]
        return people + [pet.at(t_s) for pet in self._pets]


def _film(
    scenario: Scenario, path: Path, progress: Progress, outlines: _Outlines | None
) -> dict[str, Any]:
    """Draws every frame into a video file; returns the truth."""
    stage = _Stage(scenario)
    camera, look, seed = scenario.camera, scenario.film, scenario.seed
    renderer = Renderer(camera, scenario.room, seed, stage.meshes)
    size = (camera.width_px, camera.height_px)
    film = Film(look, *size, seed, scenario.room.sensor_gain)
    taker = _TruthTaker(scenario, stage.performers[0] if scenario.exerciser else None)
    times = times_of(scenario)
    sound = _sound(scenario, stage.performers)
    with ClipWriter(path, scenario.fps, *size, look.crf, sound) as writer:
        for done, t_s in enumerate(times, start=1):
            picture = renderer.exposed(stage.surfaces, t_s, look.shutter_s)
            writer.write(film.expose(picture, t_s), t_s if look.dropped_ratio else None)
            taker.note(next(iter(stage.moments(t_s)), None))
            if outlines and scenario.exerciser:
                outlines.note(renderer.mask(stage.surfaces(t_s), 0, t_s))
            progress(done, len(times))
    return taker.record()


def _sound(scenario: Scenario, performers: list[Performer]) -> tuple[FloatArray, int] | None:
    """Returns the samples (N,) of the sound track and their rate; None for a silent clip."""
    noises = [noise for performer in performers for noise in performer.performance.noises]
    if not scenario.sound.anything_of(noises):
        return None
    samples = sound_track(
        noises, scenario.duration_s, scenario.sound, scenario.microphone_m, scenario.seed
    )
    return samples, RATE_HZ


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
        t_s = np.array(times_of(scenario))
        measures = self._measured(t_s, landmarks_m)
        skin = np.array(self._skin).T
        part = self.performer.performance if self.performer else None
        return truth_record(
            scenario,
            landmarks_m,
            [scenario.camera.at(float(moment_s), scenario.seed) for moment_s in t_s],
            _with_skin(measures, skin),
            neutral=self._neutral(),
            performance=part,
            hops=self._hops(),
        )

    def _hops(self) -> tuple[TrueHop, ...]:
        performer = self.performer
        if performer is None or not performer.performance.hops:
            return ()
        part, actor = performer.performance, performer.actor

        @cache
        def at(t_s: float) -> Instant:
            posture = part.posture_at(t_s)
            if posture is None:
                raise ValueError(f"nobody is there to hop at {t_s:g} s")
            pose = performer.in_posture(posture).pose
            return Instant(actor.landmarks.positions_m(pose)[None], pose, posture.breath)

        return true_hops(actor, at, part.hops, part.phases, self._scenario.duration_s)

    def _measured(self, t_s: FloatArray, landmarks_m: FloatArray) -> Measures:
        if self.performer is None:
            return measure(t_s, landmarks_m, "ankle")
        part = self.performer.performance
        return measure(t_s, landmarks_m, part.far_support, part.near_support)

    def _neutral(self) -> Measures | None:
        posture = self.performer.performance.neutral_posture() if self.performer else None
        if self.performer is None or posture is None:
            return None
        actor, pose = self.performer.actor, self.performer.in_posture(posture).pose
        measures = self._measured(np.zeros(1), actor.landmarks.positions_m(pose)[None])
        skin = skin_measures(actor, pose, 0.0)
        return _with_skin(measures, np.array([[skin[name]] for name in NAMES]))


def _with_skin(measures: Measures, skin: FloatArray) -> Measures:
    """Measures with the curves (N, T) of ``NAMES`` as well."""
    return replace(measures, curves={**measures.curves, **dict(zip(NAMES, skin, strict=True))})


@contextmanager
def _staged(folder: Path) -> Iterator[Path]:
    """Gives a place for the files of a clip; when all are written they go to their folder.

    Labels that are there are a person's, and stay. The clip goes last: where it is, all is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".render-") as place:
        stage = Path(place)
        yield stage
        for path in sorted(stage.iterdir(), key=lambda path: path.suffix == ".mp4"):
            if not (path.name.endswith(".labels.toml") and (folder / path.name).exists()):
                path.replace(folder / path.name)


def _write_truth(scenario: Scenario, record: dict[str, Any], stage: Path) -> None:
    text = json.dumps(record, separators=(",", ":"), allow_nan=False)
    (stage / f"{scenario.name}.truth.json").write_text(text + "\n", encoding="utf-8")
    labels = stage / f"{scenario.name}.labels.toml"
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
