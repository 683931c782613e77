"""Soft shadows on the floor: the people's points thrown from each lamp onto a fine grid."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from studio.arrays import BoolArray, FloatArray, IntArray
from studio.scene.camera import Camera

_CELL_M = 0.02
_HALF_SPAN_M = 4.0
_LAMP_BLUR_CELLS = (2.6, 3.4)
_LAMP_DEPTH = (0.42, 0.22)
# Where a body part touches the floor, hardly any light gets in between.
_CONTACT_BELOW_M, _CONTACT_BLUR_CELLS, _CONTACT_DEPTH = 0.16, 2.2, 0.5


class FloorShadows:
    """Shades the floor of one picture."""

    def __init__(
        self, camera: Camera, lamps_m: list[FloatArray], wall: tuple[FloatArray, float]
    ) -> None:
        """Finds the floor in the picture.

        Args:
            camera: the camera.
            lamps_m: (3,) positions of the lamps.
            wall: direction (3,) the wall faces, and its distance behind the origin.
        """
        self._lamps_m = lamps_m
        self._size = (camera.height_px, camera.width_px)
        self._floor, self._rows, self._columns = _floor_cells(camera, wall)

    def shade(self, people_m: list[FloatArray]) -> FloatArray:
        """Returns factors (height, width), 1 in full light.

        Args:
            people_m: vertices (K, 3) of each person.
        """
        points = np.concatenate(people_m)
        light = np.ones(_grid_shape())
        for lamp_m, blur, depth in zip(self._lamps_m, _LAMP_BLUR_CELLS, _LAMP_DEPTH, strict=True):
            stretch = lamp_m[1] / np.maximum(lamp_m[1] - points[:, 1], 0.1)
            thrown = lamp_m + (points - lamp_m) * stretch[:, None]
            light *= 1.0 - depth * _blot(thrown, blur)
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
    focal_px = camera.height_px / 2 / np.tan(np.radians(camera.vertical_fov_deg) / 2)
    right = (columns + 0.5 - camera.width_px / 2) / focal_px
    up = (camera.height_px / 2 - rows - 0.5) / focal_px
    rays = np.stack([right, up, np.ones_like(right)], axis=-1) @ camera.axes
    downward = rays[..., 1] < -1e-3
    scale = np.where(downward, -camera.position_m[1] / np.where(downward, rays[..., 1], -1.0), 0.0)
    ground = camera.position_m + rays * scale[..., None]
    cells = (ground[..., [0, 2]] + _HALF_SPAN_M) / _CELL_M
    limit = _grid_shape()[0]
    facing, gap_m = wall
    floor = downward & (ground @ facing > -gap_m) & ((cells >= 0) & (cells < limit)).all(axis=-1)
    chosen = cells[floor].astype(np.int64)
    return floor, chosen[:, 0], chosen[:, 1]
