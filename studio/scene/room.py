"""The room: floor, wall, mat and a few things that stand about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.arrays import FloatArray
from studio.scene.camera import Camera
from studio.scene.furniture import Furniture
from studio.scene.slabs import CELLS, Slab, box, sheet
from studio.scene.textures import cloth_texture, floor_texture, wall_texture

_HALF_LENGTH_M, _DEPTH_M = 5.0, 16.0
_MAT_HALF_WIDTH_M, _MAT_TOP_M = 0.36, 0.006


@dataclass(frozen=True, slots=True)
class Room:
    """How the room looks.

    Attributes:
        floor: ``wood``, ``carpet`` or ``tiles``.
        wall: ``plaster``, ``brick`` or ``panels``.
        wall_distance_m: from the mat to the wall behind it.
        mat: RGB 0..255 of the mat; None without one.
        mat_centre_z_m: the mat's middle along the body.
        light: 1 is a well-lit room, 0.25 a dim one. The camera makes up for part of it, and its
            grain grows.
        props: whether a picture, a box and a skirting board are there.
        backlight: 0..1, how much a window in the wall behind the people outshines them.
        furniture: what stands among the people.
    """

    floor: str = "wood"
    wall: str = "plaster"
    wall_distance_m: float = 1.5
    mat: tuple[int, int, int] | None = None
    mat_centre_z_m: float = 0.2
    light: float = 1.0
    props: bool = True
    backlight: float = 0.0
    furniture: tuple[Furniture, ...] = ()

    @property
    def brightness(self) -> float:
        """How bright the camera's automatic exposure shows the room, 1 as it should be."""
        return float(np.sqrt(self.light))

    @property
    def sensor_gain(self) -> float:
        """How far the camera amplifies what it sees, its noise included."""
        return float(1.0 / np.sqrt(self.light))


def furnish(room: Room, camera: Camera, seed: int, cells: int = CELLS) -> list[Slab]:
    """Returns everything in the room but the people.

    The wall stands behind the mat as seen from the camera, along the mat's sides, as rooms go.

    Args:
        room: the room.
        camera: says where the wall is.
        seed: of what is left to chance.
        cells: how finely sheets are cut; few are quicker to draw.
    """
    floor = sheet(
        np.array([-_DEPTH_M, 0.0, -_DEPTH_M]),
        np.array([0.0, 0.0, 2.0 * _DEPTH_M]),
        np.array([2.0 * _DEPTH_M, 0.0, 0.0]),
        floor_texture(room.floor, seed),
        cells,
    )
    slabs = [floor, *_walls(room, camera, seed, cells)]
    if room.mat is not None:
        low = np.array([-_MAT_HALF_WIDTH_M, 0.0, room.mat_centre_z_m - 0.95])
        high = np.array([_MAT_HALF_WIDTH_M, _MAT_TOP_M, room.mat_centre_z_m + 0.95])
        slabs += box(low, high, cloth_texture(room.mat, seed), cells)
    return slabs


def wall_plane(room: Room, camera: Camera) -> tuple[FloatArray, float]:
    """Returns the direction (3,) the wall faces, and how far it is behind the origin."""
    toward = camera.position_m * np.array([1.0, 0.0, 1.0])
    axis = 0 if abs(toward[0]) >= abs(toward[2]) else 2
    facing = np.zeros(3)
    facing[axis] = np.sign(toward[axis])
    # Seen head-on the body reaches further back than its width.
    return facing, room.wall_distance_m + (0.6 if axis == 2 else 0.0)


def _walls(room: Room, camera: Camera, seed: int, cells: int) -> list[Slab]:
    facing, gap_m = wall_plane(room, camera)
    along = np.cross(np.array([0.0, 1.0, 0.0]), facing)
    up = np.array([0.0, 5.0, 0.0])
    paint = wall_texture(room.wall, seed)
    left, right = (-gap_m * facing + end_m * along for end_m in (-_HALF_LENGTH_M, _HALF_LENGTH_M))
    slabs = [
        sheet(left, right - left, up, paint, cells),
        # An oblique view looks past the end of the wall: the room has corners.
        *(sheet(corner, _DEPTH_M * facing, up, paint, cells) for corner in (left, right)),
    ]
    if not room.props:
        return slabs
    generator = np.random.default_rng([seed, 6])

    def against_wall(
        start_m: float, width_m: float, low_m: float, high_m: float, depth_m: float
    ) -> tuple[FloatArray, FloatArray]:
        a = -gap_m * facing + start_m * along + np.array([0.0, low_m, 0.0])
        b = a + width_m * along + depth_m * facing + np.array([0.0, high_m - low_m, 0.0])
        return np.minimum(a, b), np.maximum(a, b)

    slabs += box(
        *against_wall(-_HALF_LENGTH_M, 2.0 * _HALF_LENGTH_M, 0.0, 0.09, 0.015),
        cloth_texture((226, 224, 218), seed),
        cells,
    )
    for start_m in (-1.5, 0.5):
        colour = tuple(int(c) for c in generator.integers(40, 200, 3))
        width_m = float(generator.uniform(0.35, 0.7))
        place = against_wall(
            start_m + float(generator.uniform(-0.2, 0.2)), width_m, 1.15, 1.65, 0.03
        )
        if room.backlight > 0.0:
            continue  # the window is there
        slabs += box(
            *place,
            cloth_texture((colour[0], colour[1], colour[2]), seed),
            cells,
        )
    colour = tuple(int(c) for c in generator.integers(60, 170, 3))
    slabs += box(
        *against_wall(float(generator.choice([-1.7, 1.2])), 0.5, 0.0, 0.55, 0.35),
        cloth_texture((colour[0], colour[1], colour[2]), seed),
        cells,
    )
    return slabs
