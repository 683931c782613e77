"""Textured pieces of a room: sheets and boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.arrays import FloatArray, ImageArray, IntArray
from studio.motion.rotation import unit

_TEXTURE_SPAN_M = 2.0
CELLS = 24
"""Of a sheet along each side."""


@dataclass(frozen=True, slots=True)
class Slab:
    """A textured piece of the room.

    Attributes:
        vertices_m: (K, 3).
        triangles: (T, 3).
        normals: (K, 3).
        texture_at: (K, 2) texture coordinates.
        texture: the picture on it.
        glows: whether it shines by itself, as a window does, and nothing lights it.
    """

    vertices_m: FloatArray
    triangles: IntArray
    normals: FloatArray
    texture_at: FloatArray
    texture: ImageArray
    glows: bool = False


def sheet(
    corner: FloatArray,
    along: FloatArray,
    across: FloatArray,
    texture: ImageArray,
    cells: int = CELLS,
    repeats: bool = True,
    glows: bool = False,
) -> Slab:
    """A rectangle cut into cells, so that lights are evaluated all over it.

    Args:
        corner: (3,) where it starts.
        along: (3,) from there along one side.
        across: (3,) and along the other.
        texture: the picture on it.
        cells: how many along each side.
        repeats: whether the texture keeps its size and repeats, or is spread over the sheet.
        glows: see ``Slab``.
    """
    steps = np.linspace(0.0, 1.0, cells + 1)
    u, v = np.meshgrid(steps, steps, indexing="ij")
    vertices = corner + u.ravel()[:, None] * along + v.ravel()[:, None] * across
    grid = np.arange((cells + 1) ** 2).reshape(cells + 1, cells + 1)
    quads = np.stack([grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]], axis=-1)
    quads = quads.reshape(-1, 4)
    normal = unit(np.cross(along, across))
    lengths = np.ones(2)
    if repeats:
        lengths = np.array([np.linalg.norm(along), np.linalg.norm(across)]) / _TEXTURE_SPAN_M
    return Slab(
        vertices,
        np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]),
        np.tile(normal, (len(vertices), 1)),
        np.stack([u.ravel(), v.ravel()], axis=1) * lengths,
        texture,
        glows,
    )


def box(low: FloatArray, high: FloatArray, texture: ImageArray, cells: int = CELLS) -> list[Slab]:
    """The five visible sides of a box that stands on the floor or hangs on a wall."""
    size = high - low
    x, y, z = np.diag(size)
    return [
        sheet(low + y, z, x, texture, cells),
        sheet(low + z, x, y, texture, cells),
        sheet(low, y, x, texture, cells),
        sheet(low, z, y, texture, cells),
        sheet(low + x, y, z, texture, cells),
    ]


def merged(slabs: list[Slab]) -> Slab:
    """Returns slabs of one texture as a single slab, which is quicker to draw."""
    starts = np.cumsum([0, *(len(slab.vertices_m) for slab in slabs[:-1])])
    return Slab(
        np.concatenate([slab.vertices_m for slab in slabs]),
        np.concatenate([slab.triangles + start for slab, start in zip(slabs, starts, strict=True)]),
        np.concatenate([slab.normals for slab in slabs]),
        np.concatenate([slab.texture_at for slab in slabs]),
        slabs[0].texture,
    )
