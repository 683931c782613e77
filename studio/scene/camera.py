"""The camera: where it stands, what its lens does, and how it moves in the hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.arrays import FloatArray
from studio.motion.rotation import about, unit
from studio.scene.handheld import sway


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera on a tripod or in the hand.

    Attributes:
        facing: image direction of the head of someone on the mat: ``left`` or ``right``.
        yaw_deg: 0 is exactly side-on; + moves the camera towards the head end, 90 is head-on.
        height_m: of the lens above the floor.
        distance_m: on the floor from the target to below the lens.
        roll_deg: + turns the picture clockwise.
        vertical_fov_deg: angle of view from top to bottom, also of an upright picture (a phone's
            main camera has about 40 lying and 65 upright), before distortion.
        target_m: (3,) the point in the middle of the picture.
        width_px: of the picture; even.
        height_px: of the picture; even.
        distortion: radial, - is barrel (-0.15: a phone's wide lens), + is pincushion, -0.4..0.2.
            A point at the share r of the way from the middle to the corner is where a straight
            lens would put r / (1 + distortion r²).
        shake: 0 stands on a tripod, 1 is held by someone's hands; read by ``at`` alone.

    Raises:
        ValueError: if it faces neither way, or H.264 can't have a picture of this size.
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
    distortion: float = 0.0
    shake: float = 0.0

    def __post_init__(self) -> None:
        if self.facing not in ("left", "right"):
            raise ValueError(f"facing is left or right: {self.facing!r}")
        if self.width_px % 2 or self.height_px % 2:
            raise ValueError(f"{self.width_px} x {self.height_px} px: both have to be even")

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

    @property
    def focal_px(self) -> float:
        """Focal length in the middle of the picture."""
        return float(self.height_px / 2 / np.tan(np.radians(self.vertical_fov_deg) / 2))

    def at(self, t_s: float, seed: int) -> Camera:
        """Returns the camera as it stands at one moment, still; itself if it does not shake.

        Args:
            t_s: the time.
            seed: of the clip.
        """
        if self.shake == 0.0:
            return self
        right_m, up_m, forward_m, pan_deg, tilt_deg, roll_deg = self.shake * sway(t_s, seed)
        right, up, forward = self.axes
        position = self.position_m + right_m * right + up_m * up + forward_m * forward
        reach_m = np.linalg.norm(np.array(self.target_m) - self.position_m)
        aim = about(up, -pan_deg) @ about(right, tilt_deg) @ forward
        target = position + reach_m * aim
        away = position - target
        side = 1.0 if self.facing == "left" else -1.0
        return replace(
            self,
            yaw_deg=float(np.degrees(np.arctan2(away[2], side * away[0]))),
            height_m=float(position[1]),
            distance_m=float(np.hypot(away[0], away[2])),
            roll_deg=self.roll_deg + float(roll_deg),
            target_m=(float(target[0]), float(target[1]), float(target[2])),
            shake=0.0,
        )

    def project(self, points_m: FloatArray) -> FloatArray:
        """Returns pixels (..., 2), x right and y down from the top left corner."""
        seen = (points_m - self.position_m) @ self.axes.T
        focal_px = self.focal_px
        x = focal_px * seen[..., 0] / seen[..., 2]
        y = focal_px * seen[..., 1] / seen[..., 2]
        if self.distortion:
            radius = np.hypot(x, y) / self._corner_px
            root = np.sqrt(np.maximum(1.0 - 4.0 * self.distortion * radius**2, 0.0))
            x, y = x * (2.0 / (1.0 + root)), y * (2.0 / (1.0 + root))
        pixels: FloatArray = np.stack([self.width_px / 2 + x, self.height_px / 2 - y], axis=-1)
        return pixels

    def straightened(self, pixels: FloatArray) -> FloatArray:
        """Returns where a lens without distortion would put these pixels (..., 2)."""
        if not self.distortion:
            return pixels
        middle = np.array([self.width_px / 2, self.height_px / 2])
        off = pixels - middle
        square = (off**2).sum(axis=-1, keepdims=True) / self._corner_px**2
        straight: FloatArray = middle + off / (1.0 + self.distortion * square)
        return straight

    def rays(self, pixels: FloatArray) -> FloatArray:
        """Returns what pixels (..., 2) look along: (..., 3) in the world, 1 m ahead."""
        straight = self.straightened(pixels)
        right = (straight[..., 0] - self.width_px / 2) / self.focal_px
        up = (self.height_px / 2 - straight[..., 1]) / self.focal_px
        directions: FloatArray = np.stack([right, up, np.ones_like(right)], axis=-1) @ self.axes
        return directions

    @property
    def _corner_px(self) -> float:
        return float(np.hypot(self.width_px, self.height_px) / 2)
