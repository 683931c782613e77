"""Clips without pose estimation: what the command-line tests drive the program with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from formcheck.media.writer import VideoWriter
from formcheck.testing import Figure, Scene, observations
from formcheck.types import Frame, Outline, Pose

SCENE = Scene(width_px=320, height_px=180, torso_px=55.0)


def blank_clip(path: Path, seconds: float, fps: float = 30.0, shade: int = 120) -> Path:
    """A clip of grey pictures; who is in it is up to the estimator."""
    image = np.full((SCENE.height_px, SCENE.width_px, 3), shade, np.uint8)
    with VideoWriter(path, SCENE.width_px, SCENE.height_px) as writer:
        for i in range(round(seconds * fps)):
            writer.write(image, i / fps)
    return path


class ScriptedEstimator:
    """An estimator that sees the figure of the moment, whatever is in the picture."""

    name = "scripted"
    model_sha256 = "0" * 64

    def __init__(self, figure_at: Callable[[float], Figure | None]) -> None:
        self._figure_at = figure_at
        self.resets = 0

    def estimate(self, frame: Frame) -> Pose | None:
        figure = self._figure_at(frame.t_s)
        if figure is None:
            return None
        (seen,) = observations(lambda t_s: figure, 1 / 30, scene=SCENE)
        return seen.pose

    def outline(self, frame: Frame) -> Outline | None:
        return None

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        pass

    def __enter__(self) -> ScriptedEstimator:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
