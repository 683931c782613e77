"""Painted surfaces: floors, walls and mats as small tileable pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter

from studio.arrays import FloatArray, ImageArray

_SIZE = 512


def floor_texture(name: str, seed: int) -> ImageArray:
    """Returns a floor (512, 512, 3): ``wood``, ``carpet`` or ``tiles``; covers 2 m by 2 m."""
    makers: dict[str, Callable[[np.random.Generator], FloatArray]] = {
        "wood": _wood,
        "carpet": _carpet,
        "tiles": _tiles,
    }
    return _bytes(makers[name](np.random.default_rng([seed, 3])))


def wall_texture(name: str, seed: int) -> ImageArray:
    """Returns a wall (512, 512, 3): ``plaster``, ``brick`` or ``panels``; covers 2 m by 2 m."""
    makers: dict[str, Callable[[np.random.Generator], FloatArray]] = {
        "plaster": _plaster,
        "brick": _brick,
        "panels": _panels,
    }
    return _bytes(makers[name](np.random.default_rng([seed, 4])))


def cloth_texture(colour: tuple[int, int, int], seed: int) -> ImageArray:
    """Returns a foam or cloth surface (512, 512, 3) of one colour with a fine grain."""
    generator = np.random.default_rng([seed, 5])
    base = np.array(colour) / 255.0
    shade = 1.0 + 0.05 * _noise(generator, 1.0) + 0.04 * _noise(generator, 24.0)
    return _bytes(base * shade[..., None])


def outdoors_texture(seed: int) -> ImageArray:
    """Returns what is seen through a window (512, 512, 3): sky over blurred green."""
    generator = np.random.default_rng([seed, 13])
    # Rows run upwards on the sheet.
    skyline = 0.34 + 0.05 * _noise(generator, 60.0)[:1]
    height = np.linspace(0.0, 1.0, _SIZE)[:, None]
    share = np.clip((height - skyline) / 0.05, 0.0, 1.0)[..., None]
    leaves = (1.0 + 0.12 * _noise(generator, 10.0))[..., None]
    return _bytes(share * np.array([0.93, 0.97, 1.0]) + (1 - share) * leaves * [0.46, 0.54, 0.38])


def _noise(generator: np.random.Generator, blur_px: float) -> FloatArray:
    field = gaussian_filter(generator.normal(size=(_SIZE, _SIZE)), blur_px, mode="wrap")
    scaled: FloatArray = field / field.std()
    return scaled


def _wood(generator: np.random.Generator) -> FloatArray:
    # Boards run along the texture's first axis, sixteen beside each other.
    rows, columns = np.indices((_SIZE, _SIZE))
    board = columns // 32
    start = generator.integers(0, _SIZE, 16)[board]
    piece = board * 2 + ((rows + start) % _SIZE > _SIZE // 2)
    tone = generator.normal(0.0, 0.07, 32)[piece]
    grain = gaussian_filter(generator.normal(size=(_SIZE, _SIZE)), (24.0, 0.8), mode="wrap")
    grain = 0.06 * grain / grain.std()
    joint = np.where(columns % 32 == 0, -0.30, 0.0) + np.where(
        (rows + start) % (_SIZE // 2) < 2, -0.25, 0.0
    )
    return _tinted((0.60, 0.43, 0.28), 1.0 + tone + grain + joint)


def _carpet(generator: np.random.Generator) -> FloatArray:
    shade = 1.0 + 0.16 * _noise(generator, 0.8) + 0.06 * _noise(generator, 12.0)
    return _tinted((0.50, 0.48, 0.45), shade)


def _tiles(generator: np.random.Generator) -> FloatArray:
    rows, columns = np.indices((_SIZE, _SIZE))
    tone = generator.normal(0.0, 0.03, (4, 4))[rows // 128, columns // 128]
    joint = np.where((rows % 128 < 3) | (columns % 128 < 3), -0.25, 0.0)
    shade = 1.0 + tone + joint + 0.02 * _noise(generator, 1.5) + 0.04 * _noise(generator, 30.0)
    return _tinted((0.66, 0.64, 0.60), shade)


def _plaster(generator: np.random.Generator) -> FloatArray:
    shade = 1.0 + 0.015 * _noise(generator, 1.2) + 0.025 * _noise(generator, 40.0)
    return _tinted((0.78, 0.77, 0.73), shade)


def _brick(generator: np.random.Generator) -> FloatArray:
    rows, columns = np.indices((_SIZE, _SIZE))
    course = rows // 32
    shifted = (columns + 32 * (course % 2)) % _SIZE
    tone = generator.normal(0.0, 0.12, (16, 8))[course, shifted // 64]
    mortar = (rows % 32 < 4) | (shifted % 64 < 4)
    shade = 1.0 + tone + 0.05 * _noise(generator, 1.0)
    picture = _tinted((0.52, 0.30, 0.24), shade)
    picture[mortar] = 0.62 + 0.03 * _noise(generator, 1.0)[mortar][:, None]
    return picture


def _panels(generator: np.random.Generator) -> FloatArray:
    columns = np.indices((_SIZE, _SIZE))[1]
    groove = np.where(columns % 64 < 3, -0.18, 0.0)
    shade = 1.0 + groove + 0.015 * _noise(generator, 1.5) + 0.02 * _noise(generator, 40.0)
    return _tinted((0.55, 0.62, 0.64), shade)


def _tinted(colour: tuple[float, float, float], shade: FloatArray) -> FloatArray:
    picture: FloatArray = np.array(colour) * shade[..., None]
    return picture


def _bytes(picture: FloatArray) -> ImageArray:
    return (np.clip(picture, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
