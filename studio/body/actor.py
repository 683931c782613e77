"""An actor: a dressed body that can take up postures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.arrays import BoolArray, FloatArray, IntArray
from studio.body.clothes import NormalMaker, Outfit, dress
from studio.body.landmarks import LandmarkSet
from studio.body.parts import body_parts
from studio.body.rig import Body, SolvedPose
from studio.body.shape import BodyShape

_FULL_BREATH_M = 0.006
# Upper side of the mat.
MAT_M = 0.007


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
        parts: (K,) vertex masks by name, see ``body_parts``.
        floor_m: height of what they stand or lie on.
    """

    def __init__(self, shape: BodyShape, outfit: Outfit, seed: int, floor_m: float = MAT_M) -> None:
        self.body = Body(shape)
        self.landmarks = LandmarkSet(self.body)
        self._mesh = dress(self.body, outfit, seed)
        self._normal_maker = NormalMaker(self._mesh.triangles, len(self._mesh.vertices))
        self.triangles: IntArray = self._mesh.triangles
        self.colours: FloatArray = self._mesh.colours
        self.parts: dict[str, BoolArray] = body_parts(self.body, self._mesh.vertices)
        self.floor_m = floor_m

    def surface(self, pose: SolvedPose, breath: float) -> Surface:
        """Returns the drawn body.

        Args:
            pose: the solved skeleton.
            breath: how full the chest is, -1..1.
        """
        vertices = self.unclamped_m(pose, breath)
        # The mesh does not deform on contact: what would sink into the floor is flattened onto it.
        vertices[:, 1] = np.maximum(vertices[:, 1], self.floor_m)
        return Surface(vertices, self._normal_maker.normals(vertices))

    def unclamped_m(self, pose: SolvedPose, breath: float) -> FloatArray:
        """Returns the dressed skin (K, 3) in world metres before the floor flattens it.

        Args:
            pose: the solved skeleton.
            breath: how full the chest is, -1..1.
        """
        mesh = self._mesh
        swell = (_FULL_BREATH_M * breath * mesh.chest)[:, None] * mesh.rest_normals
        return self.body.skin(pose, mesh.vertices, mesh.rest_m + swell)
