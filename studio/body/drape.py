"""A loose shirt: cloth that hangs by gravity, whatever the posture.

No cloth is simulated. Two things make a loose shirt look like one, and both follow from the
posture alone:

- Along the trunk it hangs straight from what carries it: upright from chest and shoulder blades
  (so that the waist disappears), lying stretched over what stands out on either side of a hollow.
- Where the body faces down, it falls away from the skin: below the belly in a plank, beside the
  back of someone lying on it, where it hides the arch of the lumbar spine.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from studio.arrays import BoolArray, FloatArray
from studio.body.clothes import DressedMesh
from studio.body.rig import Body, SolvedPose

_SECTORS, _LEVELS = 36, 48
# How much of a hollow the cloth spans when nothing pulls it straight.
_SPAN_SHARE = 0.6
_FALL_M, _SLEEVE_FALL_M = 0.075, 0.020
_STAND_OFF_M = 0.012
# The cloth is held at the shoulders and free from this share of the way down to the hem.
_FREE_FROM, _FREE_AT = 0.15, 0.55
_CARRIER = "spine03"


class LooseShirt:
    """How the shirt of one person hangs."""

    def __init__(self, body: Body, mesh: DressedMesh, arms: BoolArray) -> None:
        """Prepares what does not depend on the posture.

        Args:
            body: the person.
            mesh: in their close-fitting clothes.
            arms: (K,) the vertices of the arms.
        """
        self._carrier = body.index[_CARRIER]
        self._torso = np.flatnonzero(mesh.shirt & ~arms)
        self._sleeves = np.flatnonzero(mesh.shirt & arms)
        rest = mesh.rest_m[self._torso]
        top_m, hem_m = rest[:, 1].max(), rest[:, 1].min()
        self._down = (top_m - rest[:, 1]) / (top_m - hem_m)
        self._free = _smooth((self._down - _FREE_FROM) / (_FREE_AT - _FREE_FROM))
        self._outward = rest - np.array([0.0, 0.0, float(rest[:, 2].mean())])
        self._outward[:, 1] = 0.0
        radius_m = np.linalg.norm(self._outward, axis=1)
        self._outward /= radius_m[:, None]
        turn = np.arctan2(self._outward[:, 0], self._outward[:, 2]) % (2.0 * np.pi)
        hanging, spanned = _envelopes(turn / (2.0 * np.pi), self._down, radius_m)
        self._hanging_m = np.maximum(hanging - radius_m, 0.0) * self._free
        self._spanned_m = np.maximum(spanned - radius_m, 0.0) * self._free * _SPAN_SHARE
        # Folds run from the shoulders to the hem.
        self._fold_m = 0.004 * self._free * np.sin(9.0 * turn + 4.0 * self._down)

    def hang(
        self, vertices_m: FloatArray, normals: FloatArray, pose: SolvedPose, floor_m: float
    ) -> None:
        """Lets the shirt hang, in place.

        Args:
            vertices_m: (K, 3) the dressed body in the world.
            normals: (K, 3) its unit normals.
            pose: its skeleton.
            floor_m: cloth that reaches the floor lies on it.
        """
        turned = pose.rotations[self._carrier]
        upright = float(np.clip(turned[1, 1], 0.0, 1.0))
        out_m = self._spanned_m + upright * (self._hanging_m - self._spanned_m)
        out_m = out_m + self._fold_m + _STAND_OFF_M * self._free
        faces_down = _smooth(0.25 - 1.25 * normals[self._torso, 1])
        fall_m = (1.0 - upright) * _FALL_M * self._free * faces_down
        # Not matrix products: a threaded one may round a row differently from run to run.
        outward = np.einsum("ij,kj->ki", turned, self._outward)
        vertices_m[self._torso] += out_m[:, None] * outward
        vertices_m[self._torso, 1] -= fall_m
        vertices_m[self._sleeves] += 0.004 * normals[self._sleeves]
        vertices_m[self._sleeves, 1] -= _SLEEVE_FALL_M * _smooth(-normals[self._sleeves, 1])
        vertices_m[self._torso, 1] = np.maximum(vertices_m[self._torso, 1], floor_m)


def _envelopes(
    turn: FloatArray, down: FloatArray, radius_m: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """How far from the trunk's axis cloth is.

    Args:
        turn: (N,) direction of each vertex around the axis, 0..1.
        down: (N,) its place between top and hem, 0..1.
        radius_m: (N,) its distance from the axis.

    Returns:
        (N,) distances of cloth hanging straight, and of cloth spanning the hollows.
    """
    sector = np.minimum((turn * _SECTORS).astype(int), _SECTORS - 1)
    level = np.minimum((down * _LEVELS).astype(int), _LEVELS - 1)
    grid = np.zeros((_SECTORS, _LEVELS))
    np.maximum.at(grid, (sector, level), radius_m)
    # The mesh leaves cells empty: fill them from their neighbours.
    filled = ndimage.grey_dilation(grid, size=(3, 5), mode=("wrap", "nearest"))
    grid = np.where(grid > 0.0, grid, filled)
    # Above the chest the shoulders stand out further than any shirt hangs.
    counted = np.where(np.arange(_LEVELS) / _LEVELS < _FREE_FROM, 0.0, grid)
    hanging = np.maximum.accumulate(counted, axis=1)
    spanned = np.array([_hull(row) for row in grid])
    at = np.array([turn * _SECTORS - 0.5, down * _LEVELS - 0.5])
    smooth = [
        ndimage.gaussian_filter(layer, (1.0, 1.5), mode=("wrap", "nearest"))
        for layer in (hanging, spanned)
    ]
    found = [ndimage.map_coordinates(layer, at, order=1, mode="grid-wrap") for layer in smooth]
    return found[0], found[1]


def _hull(row: FloatArray) -> FloatArray:
    """The upper convex hull of a profile (L,): a thread stretched over it."""
    kept: list[int] = []
    for place in range(len(row)):
        while len(kept) > 1:
            first, last = kept[-2], kept[-1]
            slope = (row[place] - row[first]) / (place - first)
            if row[last] > row[first] + slope * (last - first):
                break
            kept.pop()
        kept.append(place)
    hull: FloatArray = np.interp(np.arange(len(row)), kept, row[kept])
    return hull


def _smooth(share: FloatArray) -> FloatArray:
    """A soft step from 0 to 1 (N,) for shares from 0 to 1."""
    x = np.clip(share, 0.0, 1.0)
    step: FloatArray = x * x * (3.0 - 2.0 * x)
    return step
