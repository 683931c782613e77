"""The camera: a pinhole, fixed for the whole clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.arrays import FloatArray
from studio.motion.rotation import about, unit


@dataclass(frozen=True, slots=True)
class Camera:
    """A fixed camera.

    Attributes:
        facing: image direction of the head of someone on the mat: ``left`` or ``right``.
        yaw_deg: 0 is exactly side-on; + moves the camera towards the head end, 90 is head-on.
        height_m: of the lens above the floor.
        distance_m: on the floor from the target to below the lens.
        roll_deg: + turns the picture clockwise.
        vertical_fov_deg: angle of view from top to bottom.
        target_m: (3,) the point in the middle of the picture.
        width_px: of the picture.
        height_px: of the picture.
    """

    facing: str = "left"
    yaw_deg: float = 0.0
    height_m: float = 0.5
    distance_m: float = 2.6
    roll_deg: float = 0.0
    vertical_fov_deg: float = 36.0
    target_m: tuple[float, float, float] = (0.0, 0.42, 0.06)
    width_px: int = 640
    height_px: int = 360

    @property
    def position_m(self) -> FloatArray:
        """Position (3,) of the lens."""
        # The head points to +z, so a camera on the person's left (+x) sees it on its left.
        side = 1.0 if self.facing == "left" else -1.0
        yaw = np.radians(self.yaw_deg)
        away = self.distance_m * np.array([side * np.cos(yaw), 0.0, np.sin(yaw)])
        position: FloatArray = np.array(self.target_m) + away
        position[1] = self.height_m
        return position

    @property
    def axes(self) -> FloatArray:
        """Rows (3, 3): the picture's right, its up, and the viewing direction, in the world."""
        forward = unit(np.array(self.target_m) - self.position_m)
        right = unit(np.cross(forward, np.array([0.0, 1.0, 0.0])))
        roll = about(forward, -self.roll_deg)
        up = np.cross(right, forward)
        return np.stack([roll @ right, roll @ up, forward])

    def project(self, points_m: FloatArray) -> FloatArray:
        """Returns pixels (..., 2), x right and y down from the top left corner."""
        seen = (points_m - self.position_m) @ self.axes.T
        focal_px = self.height_px / 2 / np.tan(np.radians(self.vertical_fov_deg) / 2)
        x = self.width_px / 2 + focal_px * seen[..., 0] / seen[..., 2]
        y = self.height_px / 2 - focal_px * seen[..., 1] / seen[..., 2]
        pixels: FloatArray = np.stack([x, y], axis=-1)
        return pixels
