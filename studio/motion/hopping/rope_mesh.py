"""The rope itself: a thin tube from hand to hand that turns round the skipper."""

from __future__ import annotations

import numpy as np

from studio.arrays import FloatArray, IntArray
from studio.body.actor import Surface
from studio.body.clothes import NormalMaker
from studio.motion.rotation import unit

_RINGS, _SIDES = 72, 6
_RADIUS_M = 0.0045
# How much wider than the hands the loop is, and how square it is at the bottom.
_BULGE_M, _SQUARENESS = 0.17, 2.6


class RopeMesh:
    """A rope of fixed length.

    Attributes:
        triangles: (T, 3) faces.
        colours: (K, 3) RGB 0..1 of the vertices.
    """

    def __init__(self, colour: tuple[int, int, int], floor_m: float) -> None:
        self.triangles: IntArray = _tube_faces()
        self.colours: FloatArray = np.tile(np.array(colour) / 255.0, (_RINGS * _SIDES, 1))
        self._normal_maker = NormalMaker(self.triangles, _RINGS * _SIDES)
        self._floor_m = floor_m

    def surface(self, hands_m: tuple[FloatArray, FloatArray], angle_rad: float) -> Surface:
        """Returns the rope at one moment.

        Args:
            hands_m: (3,) the left and the right end.
            angle_rad: how far it has turned: 0 hangs down, a quarter is behind the back.
        """
        line = self._line_m(hands_m, angle_rad)
        along = np.gradient(line, axis=0)
        along /= np.linalg.norm(along, axis=1, keepdims=True)
        across = np.cross(along, np.array([0.31, 0.55, 0.78]))
        across /= np.linalg.norm(across, axis=1, keepdims=True)
        third = np.cross(along, across)
        turns = 2.0 * np.pi * np.arange(_SIDES) / _SIDES
        rim = across[:, None] * np.cos(turns)[:, None] + third[:, None] * np.sin(turns)[:, None]
        vertices = (line[:, None] + _RADIUS_M * rim).reshape(-1, 3)
        return Surface(vertices, self._normal_maker.normals(vertices))

    def _line_m(self, hands_m: tuple[FloatArray, FloatArray], angle_rad: float) -> FloatArray:
        """The rope's middle line (R, 3) from the left hand to the right."""
        left, right = hands_m
        middle, half = (left + right) / 2, (left - right) / 2
        sideways = unit(half * np.array([1.0, 0.0, 1.0]))
        forward = np.cross(sideways, np.array([0.0, 1.0, 0.0]))
        out = -np.cos(angle_rad) * np.array([0.0, 1.0, 0.0]) - np.sin(angle_rad) * forward
        share = np.linspace(1.0, -1.0, _RINGS)[:, None]
        depth_m = float(middle[1]) - self._floor_m
        sag = depth_m * (1.0 - np.abs(share) ** _SQUARENESS)
        bulge = _BULGE_M * np.sign(share) * np.sin(np.pi * np.abs(share)) ** 0.8
        line: FloatArray = middle + share * half + bulge * sideways + sag * out
        line[:, 1] = np.maximum(line[:, 1], self._floor_m + _RADIUS_M)
        return line


def _tube_faces() -> IntArray:
    grid = np.arange(_RINGS * _SIDES).reshape(_RINGS, _SIDES)
    following = np.roll(grid, -1, axis=1)
    quads = np.stack([grid[:-1], following[:-1], following[1:], grid[1:]], axis=-1).reshape(-1, 4)
    faces: IntArray = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return faces
