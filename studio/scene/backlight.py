"""A bright window behind the people: it is over-exposed, glows, and the camera darkens the rest."""

from __future__ import annotations

import cv2
import numpy as np

from studio.arrays import FloatArray
from studio.scene.camera import Camera
from studio.scene.room import Room, wall_plane
from studio.scene.slabs import Slab, box, merged, sheet
from studio.scene.textures import cloth_texture, outdoors_texture

_STREAM = 12
_HALF_WIDTH_M, _LOW_M, _HIGH_M = 1.0, 0.12, 2.25
_FRAME_M, _BEFORE_WALL_M = 0.06, 0.012
# Standard deviation as a share of the picture's height, and strength.
_GLOWS = ((0.02, 0.12), (0.10, 0.16))
_GLOW_REDUCTION = 4


def window_middle_m(room: Room, camera: Camera) -> FloatArray:
    """Returns the middle (3,) of the window: on the wall, behind what the camera aims at."""
    facing, gap_m = wall_plane(room, camera)
    eye, target = camera.position_m, np.array(camera.target_m)
    way = (target - eye) * np.array([1.0, 0.0, 1.0])
    # The wall is never along the view: it faces the axis that is nearest to the camera.
    middle: FloatArray = eye + way * ((-gap_m - eye @ facing) / (way @ facing))
    middle[1] = (_LOW_M + _HIGH_M) / 2
    return middle


def window_slabs(room: Room, camera: Camera, seed: int) -> list[Slab]:
    """Returns a glass door in the wall: two panes that glow and a dark frame."""
    facing, _ = wall_plane(room, camera)
    along = np.cross(np.array([0.0, 1.0, 0.0]), facing)
    generator = np.random.default_rng([seed, _STREAM])
    middle = window_middle_m(room, camera) + float(generator.uniform(-0.25, 0.25)) * along
    middle = middle + _BEFORE_WALL_M * facing
    height_m = _HIGH_M - _LOW_M

    def part(left_m: float, right_m: float, low_m: float, high_m: float) -> list[Slab]:
        a = middle + left_m * along + (low_m - middle[1]) * np.array([0.0, 1.0, 0.0])
        b = middle + right_m * along + (high_m - middle[1]) * np.array([0.0, 1.0, 0.0])
        b = b + 0.04 * facing
        return box(np.minimum(a, b), np.maximum(a, b), wood, cells=1)

    wood = cloth_texture((196, 192, 184), seed)
    edge, half = _FRAME_M, _HALF_WIDTH_M
    frame = [
        *part(-half - edge, -half, _LOW_M - edge, _HIGH_M + edge),
        *part(half, half + edge, _LOW_M - edge, _HIGH_M + edge),
        *part(-half, half, _LOW_M - edge, _LOW_M),
        *part(-half, half, _HIGH_M, _HIGH_M + edge),
        *part(-edge / 2, edge / 2, _LOW_M, _HIGH_M),
    ]
    corner = middle - half * along
    corner[1] = _LOW_M
    pane = sheet(
        corner,
        2 * half * along,
        np.array([0.0, height_m, 0.0]),
        outdoors_texture(seed),
        cells=1,
        repeats=False,
        glows=True,
    )
    return [merged(frame), pane]


def backlit(picture: FloatArray, glow: FloatArray, backlight: float) -> FloatArray:
    """Returns the picture that a camera takes against a window.

    Args:
        picture: (height, width, 3) the lit room and people, 0..1, black where the window is.
        glow: (height, width, 3) the window alone as far as it is seen, 0..1.
        backlight: 0..1.
    """
    window = (0.75 + 1.1 * backlight) * glow
    # Automatic exposure is pulled down by the window.
    exposed = picture * np.float32(1.0 - 0.56 * backlight) + window
    height, width = glow.shape[:2]
    size = (max(1, width // _GLOW_REDUCTION), max(1, height // _GLOW_REDUCTION))
    small = cv2.resize(window.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    for share, strength in _GLOWS:
        veil = cv2.GaussianBlur(small, (0, 0), share * height / _GLOW_REDUCTION)
        exposed += strength * backlight * cv2.resize(veil, (width, height))
    result: FloatArray = exposed
    return result
