"""The lamps: one on the ceiling, a window behind the camera, and maybe a window ahead of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.arrays import FloatArray
from studio.scene.backlight import window_middle_m
from studio.scene.camera import Camera
from studio.scene.room import Room, wall_plane

_NARROW_FOV_DEG = 50.0


@dataclass(frozen=True, slots=True)
class Lamp:
    """A lamp.

    Attributes:
        position_m: (3,) where it is.
        colour: RGB 0..1.
        intensity: its share of the light.
        shadow_blur_cells: softness of its shadows, in cells of the floor's grid.
        shadow_depth: how much light its shadows take away, 0..1.
        cone_deg: how far to the side it shines; its light fades towards 90.
    """

    position_m: FloatArray
    colour: tuple[float, float, float]
    intensity: float
    shadow_blur_cells: float
    shadow_depth: float
    cone_deg: float


def lamps_for(camera: Camera, room: Room) -> list[Lamp]:
    """Returns a ceiling lamp and a window, both on the camera's side, and a window ahead if any."""
    flat = camera.position_m * np.array([1.0, 0.0, 1.0])
    out = flat / np.linalg.norm(flat)
    aside = np.cross(np.array([0.0, 1.0, 0.0]), out)
    ceiling = 0.9 * out + 0.7 * aside + np.array([0.0, 3.1, 0.0])
    window = 3.2 * out - 2.2 * aside + np.array([0.0, 1.9, 0.0])
    level = room.brightness
    cone_deg = _cone_deg(camera)
    lamps = [
        Lamp(ceiling, (1.0, 0.97, 0.92), 0.62 * level, 2.6, 0.42, cone_deg),
        Lamp(window, (0.88, 0.93, 1.0), 0.36 * level, 3.4, 0.22, cone_deg),
    ]
    if room.backlight > 0.0:
        facing, _ = wall_plane(room, camera)
        # From outside and above, so that the floor shines and the wall around it stays dark.
        sky = window_middle_m(room, camera) - 1.0 * facing + np.array([0.0, 1.2, 0.0])
        strength = room.backlight
        lamps.append(Lamp(sky, (0.92, 0.96, 1.0), 0.9 * strength, 4.0, 0.35 * strength, 89.0))
    return lamps


def _cone_deg(camera: Camera) -> float:
    """Returns a cone whose edge is not seen: a dark bow on the wall in wide and upright views."""
    wide = camera.vertical_fov_deg > _NARROW_FOV_DEG or camera.distortion or camera.shake
    return 89.0 if wide else 75.0


def bounce_intensity(room: Room) -> float:
    """Returns the light that the walls throw back, which throws no shadow."""
    return 0.30 * room.brightness
