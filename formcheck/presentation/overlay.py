"""The annotated frame: the picture with the body drawn in, and a panel of words above it."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.judgement.rule import Exercise
from formcheck.landmarks import Joint, Side
from formcheck.presentation import palette
from formcheck.presentation.canvas import Canvas
from formcheck.presentation.glance import main_label, main_level
from formcheck.presentation.hops import is_jumped
from formcheck.presentation.landing import LandingPainter
from formcheck.presentation.marker import MarkerPainter
from formcheck.presentation.outline import OutlinePainter
from formcheck.presentation.panel import Panel
from formcheck.presentation.skeleton import SkeletonPainter
from formcheck.types import Outline, Pose, StepOutput


class Overlay:
    """Draws what the engine says on the frames of one clip.

    The same frames and steps in the same order give the same pictures.

    Args:
        exercise: What is judged.
        width_px: Width of the clip's frames.
        height_px: Height of the clip's frames.
        landings: Whether a landing is marked when it is told; a recording marks it where it was.

    Attributes:
        canvas: Where everything lies.
        stroke_px: Width of a bold line.
    """

    def __init__(
        self, exercise: Exercise, width_px: int, height_px: int, *, landings: bool = True
    ) -> None:
        self.canvas = Canvas.of(width_px, height_px)
        self._size = (height_px, width_px)
        self._exercise = exercise
        # A stroke that suits both a small clip and full HD, measured on the canvas.
        shown = math.sqrt(self.canvas.picture_width_px * self.canvas.picture_height_px)
        self.stroke_px = stroke_px = min(9.0, max(3.0, shown / 150))
        self._panel = Panel(exercise, self.canvas)
        self._outline = OutlinePainter(self.canvas.scale, stroke_px)
        self._skeleton = SkeletonPainter(exercise, self.canvas.scale, stroke_px)
        jumped = landings and is_jumped(exercise)
        self._landings = LandingPainter(self.canvas.scale, stroke_px) if jumped else None
        self._marker = MarkerPainter(self.canvas.scale, stroke_px, round(max(16, shown / 34)))

    @property
    def canvas_width_px(self) -> int:
        """Width of the annotated frame, even."""
        return self.canvas.width_px

    @property
    def canvas_height_px(self) -> int:
        """Height of the annotated frame, even."""
        return self.canvas.height_px

    def draw(
        self,
        image_rgb: NDArray[np.uint8],
        step: StepOutput,
        pose: Pose | None,
        outline: Outline | None = None,
    ) -> NDArray[np.uint8]:
        """Annotate one frame.

        Args:
            image_rgb: uint8 (height, width, 3), as the clip has it; not changed.
            step: What the engine says of it.
            pose: The landmarks in this frame, or None when nobody was found.
            outline: The edges of the trunk, or None when they were not looked for or not found.

        Returns:
            uint8 (canvas_height_px, canvas_width_px, 3), a new array.

        Raises:
            ValueError: the frame has another size than the clip.
        """
        if image_rgb.shape != (*self._size, 3):
            raise ValueError(f"expected a frame of {self._size}, got {image_rgb.shape}")
        at = self.canvas
        out = np.empty((at.height_px, at.width_px, 3), np.uint8)
        out[: at.panel_height_px] = self._panel.update(step)
        below = out[at.panel_height_px :]
        if at.picture_width_px < at.width_px:
            below[:] = palette.PANEL
        picture = below[:, at.picture_x_px : at.picture_x_px + at.picture_width_px]
        self._fill(picture, image_rgb)
        self._outline.draw(picture, outline, step.t_s)
        if self._landings is not None:
            self._landings.draw(picture, pose, step)
        if pose is not None:
            self._skeleton.draw(picture, pose, step)
        if step.marker is not None:
            label, level = main_label(self._exercise, step), main_level(self._exercise, step)
            self._marker.draw(picture, step.marker, label, level, pose)
        return out

    def centre_x_px(self, pose: Pose | None) -> float | None:
        """Where the hips of a person are on the canvas, from its left edge; None when not seen."""
        if pose is None:
            return None
        hips = [Joint.HIP.on(side) for side in Side]
        at = self.canvas
        return at.picture_x_px + at.scale * float(np.mean(pose.xy_px[hips, 0]))

    def _fill(self, picture: NDArray[np.uint8], image_rgb: NDArray[np.uint8]) -> None:
        if picture.shape == image_rgb.shape:
            picture[:] = image_rgb
            return
        smaller = picture.shape[0] < image_rgb.shape[0]
        method = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        picture[:] = cv2.resize(image_rgb, picture.shape[1::-1], interpolation=method)
