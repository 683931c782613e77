"""An actor: a dressed body that can take up postures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.arrays import FloatArray, IntArray
from studio.body.clothes import NormalMaker, Outfit, dress
from studio.body.landmarks import LandmarkSet
from studio.body.rig import Body, SolvedPose
from studio.body.shape import BodyShape

_FULL_BREATH_M = 0.006
# The mesh does not deform on contact: what would sink into the mat is flattened onto it.
_FLOOR_M = 0.007


@dataclass(frozen=True, slots=True)
class Surface:
    """A drawn body at one moment.

    Attributes:
        vertices_m: (K, 3) world positions.
        normals: (K, 3) unit normals.
    """

    vertices_m: FloatArray
    normals: FloatArray


class Actor:
    """A person in their clothes.

    Attributes:
        body: shape and skeleton.
        landmarks: where the pose model's landmarks are on it.
        triangles: (T, 3) faces of the drawn mesh.
        colours: (K, 3) RGB 0..1 of its vertices.
    """

    def __init__(self, shape: BodyShape, outfit: Outfit, seed: int) -> None:
        self.body = Body(shape)
        self.landmarks = LandmarkSet(self.body)
        self._mesh = dress(self.body, outfit, seed)
        self._normal_maker = NormalMaker(self._mesh.triangles, len(self._mesh.vertices))
        self.triangles: IntArray = self._mesh.triangles
        self.colours: FloatArray = self._mesh.colours

    def surface(self, pose: SolvedPose, breath: float) -> Surface:
        """Returns the drawn body.

        Args:
            pose: the solved skeleton.
            breath: how full the chest is, -1..1.
        """
        mesh = self._mesh
        swell = (_FULL_BREATH_M * breath * mesh.chest)[:, None] * mesh.rest_normals
        vertices = self.body.skin(pose, mesh.vertices, mesh.rest_m + swell)
        vertices[:, 1] = np.maximum(vertices[:, 1], _FLOOR_M)
        return Surface(vertices, self._normal_maker.normals(vertices))
