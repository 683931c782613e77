"""Soft shadows on the floor: points of what is solid, thrown from each lamp onto a fine grid."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from studio.arrays import BoolArray, FloatArray, IntArray
from studio.scene.camera import Camera
from studio.scene.lamps import Lamp

_CELL_M = 0.02
_HALF_SPAN_M = 4.0
# Where a body part touches the floor, hardly any light gets in between.
_CONTACT_BELOW_M, _CONTACT_BLUR_CELLS, _CONTACT_DEPTH = 0.16, 2.2, 0.5


class FloorShadows:
    """Shades the floor of one picture; ``look_from`` comes first."""

    def __init__(self, lamps: list[Lamp], wall: tuple[FloatArray, float]) -> None:
        """Takes what does not move.

        Args:
            lamps: the lamps.
            wall: direction (3,) the wall faces, and its distance behind the origin.
        """
        self._lamps, self._wall = lamps, wall

    def look_from(self, camera: Camera) -> None:
        """Finds the floor in the picture of a still camera."""
        self._size = (camera.height_px, camera.width_px)
        self._floor, self._rows, self._columns = _floor_cells(camera, self._wall)

    def shade(self, solid_m: list[FloatArray]) -> FloatArray:
        """Returns factors (height, width), 1 in full light.

        Args:
            solid_m: points (K, 3) of each person and thing.
        """
        points = np.concatenate(solid_m)
        light = np.ones(_grid_shape())
        for lamp in self._lamps:
            lamp_m = lamp.position_m
            stretch = lamp_m[1] / np.maximum(lamp_m[1] - points[:, 1], 0.1)
            thrown = lamp_m + (points - lamp_m) * stretch[:, None]
            light *= 1.0 - lamp.shadow_depth * _blot(thrown, lamp.shadow_blur_cells)
        low = points[points[:, 1] < _CONTACT_BELOW_M]
        if len(low):
            light *= 1.0 - _CONTACT_DEPTH * _blot(low, _CONTACT_BLUR_CELLS)
        factors = np.ones(self._size)
        factors[self._floor] = light[self._rows, self._columns]
        return factors


def _grid_shape() -> tuple[int, int]:
    cells = int(2 * _HALF_SPAN_M / _CELL_M)
    return cells, cells


def _blot(points_m: FloatArray, blur_cells: float) -> FloatArray:
    """Returns how much of each cell points (K, 3) cover, closed up and blurred, 0..1."""
    grid = np.zeros(_grid_shape())
    cells = ((points_m[:, [0, 2]] + _HALF_SPAN_M) / _CELL_M).astype(np.int64)
    inside = ((cells >= 0) & (cells < grid.shape[0])).all(axis=1)
    grid[cells[inside, 0], cells[inside, 1]] = 1.0
    if not inside.any():
        return grid
    pad = int(4 * blur_cells) + 4
    low = np.maximum(cells[inside].min(axis=0) - pad, 0)
    high = cells[inside].max(axis=0) + pad
    window = (slice(low[0], high[0]), slice(low[1], high[1]))
    # Vertices are up to two cells apart: thicken them into a surface before softening its edge.
    solid = np.clip(2.2 * gaussian_filter(grid[window], 1.3), 0.0, 1.0)
    grid[window] = gaussian_filter(solid, blur_cells)
    return grid


def _floor_cells(
    camera: Camera, wall: tuple[FloatArray, float]
) -> tuple[BoolArray, IntArray, IntArray]:
    """Finds which pixels look at the floor, and the grid cell each of them sees."""
    rows, columns = np.indices((camera.height_px, camera.width_px))
    rays = camera.rays(np.stack([columns + 0.5, rows + 0.5], axis=-1))
    downward = rays[..., 1] < -1e-3
    scale = np.where(downward, -camera.position_m[1] / np.where(downward, rays[..., 1], -1.0), 0.0)
    ground = camera.position_m + rays * scale[..., None]
    cells = (ground[..., [0, 2]] + _HALF_SPAN_M) / _CELL_M
    limit = _grid_shape()[0]
    facing, gap_m = wall
    floor = downward & (ground @ facing > -gap_m) & ((cells >= 0) & (cells < limit)).all(axis=-1)
    chosen = cells[floor].astype(np.int64)
    return floor, chosen[:, 0], chosen[:, 1]
