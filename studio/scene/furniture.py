"""Furniture that stands among the people: it hides them and they hide it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.arrays import FloatArray
from studio.motion.rotation import about_y
from studio.scene.slabs import Slab, box, merged, sheet
from studio.scene.textures import cloth_texture

_LEG_M, _SEAT_M, _BACK_M = 0.04, 0.05, 0.025
_POINT_GAP_M = 0.025

Block = tuple[FloatArray, FloatArray]
"""Lowest and highest corner (3,) of an upright block."""


@dataclass(frozen=True, slots=True)
class Furniture:
    """A piece of furniture.

    Attributes:
        kind: ``box`` (solid), ``bench`` (a board on two feet) or ``chair``.
        at_m: (x, z) of its middle on the floor.
        size_m: width, height and depth over all; None for what is usual.
        heading_deg: where its front (a sitter) faces; 0 is +z, 90 is +x. Its width lies across.
        colour: RGB 0..255.
    """

    kind: str
    at_m: tuple[float, float]
    size_m: tuple[float, float, float] | None = None
    heading_deg: float = 0.0
    colour: tuple[int, int, int] = (120, 84, 56)


_USUAL_SIZE_M = {
    "box": (0.6, 0.4, 0.45),
    "bench": (1.2, 0.42, 0.35),
    "chair": (0.44, 0.9, 0.46),
}


def furniture_slabs(piece: Furniture, seed: int) -> list[Slab]:
    """Returns what is drawn of a piece of furniture."""
    texture = cloth_texture(piece.colour, seed)
    sides = []
    for low, high in _blocks(piece):
        across, _, along = np.diag(high - low)
        # Low cameras see benches and chairs from below.
        sides += [*box(low, high, texture, cells=1), sheet(low, across, along, texture, cells=1)]
    whole = merged(sides)
    return [
        replace(
            whole,
            vertices_m=_placed(piece, whole.vertices_m),
            normals=whole.normals @ about_y(piece.heading_deg).T,
        )
    ]


def furniture_points_m(piece: Furniture) -> FloatArray:
    """Returns points (K, 3) all over a piece of furniture, close enough to throw its shadow."""
    clouds = []
    for low, high in _blocks(piece):
        counts = np.ceil((high - low) / _POINT_GAP_M).astype(int) + 1
        steps = [np.linspace(low[i], high[i], counts[i]) for i in range(3)]
        grid = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 3)
        clouds.append(grid[((grid == low) | (grid == high)).any(axis=1)])
    return _placed(piece, np.concatenate(clouds))


def _placed(piece: Furniture, points_m: FloatArray) -> FloatArray:
    x_m, z_m = piece.at_m
    moved: FloatArray = points_m @ about_y(piece.heading_deg).T + np.array([x_m, 0.0, z_m])
    return moved


def _blocks(piece: Furniture) -> list[Block]:
    """Returns the blocks it is made of, around the origin, its front towards +z."""
    makers = {"box": _box_blocks, "bench": _bench_blocks, "chair": _chair_blocks}
    if piece.kind not in makers:
        raise ValueError(f"no furniture is called {piece.kind!r}; there are {', '.join(makers)}")
    return makers[piece.kind](*(piece.size_m or _USUAL_SIZE_M[piece.kind]))


def _block(x_m: tuple[float, float], y_m: tuple[float, float], z_m: tuple[float, float]) -> Block:
    corners = np.array([x_m, y_m, z_m], dtype=np.float64)
    return corners[:, 0], corners[:, 1]


def _box_blocks(width_m: float, height_m: float, depth_m: float) -> list[Block]:
    x_m, z_m = width_m / 2, depth_m / 2
    return [_block((-x_m, x_m), (0.0, height_m), (-z_m, z_m))]


def _bench_blocks(width_m: float, height_m: float, depth_m: float) -> list[Block]:
    x_m, z_m = width_m / 2, depth_m / 2
    under_m = height_m - _SEAT_M
    foot_m = 0.12 * width_m
    return [
        _block((-x_m, x_m), (under_m, height_m), (-z_m, z_m)),
        _block((foot_m - x_m, foot_m + _SEAT_M - x_m), (0.0, under_m), (-0.9 * z_m, 0.9 * z_m)),
        _block((x_m - foot_m - _SEAT_M, x_m - foot_m), (0.0, under_m), (-0.9 * z_m, 0.9 * z_m)),
    ]


def _chair_blocks(width_m: float, height_m: float, depth_m: float) -> list[Block]:
    x_m, z_m, seat_m = width_m / 2, depth_m / 2, height_m / 2
    blocks = [
        _block((-x_m, x_m), (seat_m - _SEAT_M, seat_m), (-z_m, z_m)),
        _block((-x_m, x_m), (0.68 * height_m, height_m), (-z_m, _BACK_M - z_m)),
    ]
    for left_m in (-x_m, x_m - _LEG_M):
        right_m = left_m + _LEG_M
        blocks.append(_block((left_m, right_m), (0.0, 0.68 * height_m), (-z_m, _LEG_M - z_m)))
        blocks.append(_block((left_m, right_m), (0.0, seat_m - _SEAT_M), (z_m - _LEG_M, z_m)))
    return blocks
