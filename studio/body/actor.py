"""An actor: a dressed body that can take up postures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from studio.arrays import BoolArray, FloatArray, IntArray
from studio.body.clothes import NormalMaker, Outfit, dress
from studio.body.drape import LooseShirt
from studio.body.hair import LongHair
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
        vertices_m: (M, 3) world positions.
        normals: (M, 3) unit normals.
    """

    vertices_m: FloatArray
    normals: FloatArray


@cache
def _body(shape: BodyShape) -> Body:
    """The body of a shape; nothing about it changes, so all clips of a process share it."""
    return Body(shape)


class Actor:
    """A person in their clothes.

    What is drawn has M vertices: the K of the body in its clothes, then those of long hair.

    Attributes:
        body: shape and skeleton.
        landmarks: where the pose model's landmarks are on it.
        triangles: (T, 3) faces of the drawn mesh.
        body_triangles: (B, 3) those of them that are the body's, over the K vertices.
        colours: (M, 3) RGB 0..1 of its vertices.
        parts: (K,) vertex masks by name, see ``body_parts``.
        floor_m: height of what they stand or lie on.
        sole_m: thickness of the soles under the bare feet.
    """

    def __init__(self, shape: BodyShape, outfit: Outfit, seed: int, floor_m: float = MAT_M) -> None:
        self.body = _body(shape)
        self.landmarks = LandmarkSet(self.body)
        self._mesh = mesh = dress(self.body, outfit, seed)
        self.parts: dict[str, BoolArray] = body_parts(self.body, mesh.vertices)
        self.floor_m, self.sole_m = floor_m, outfit.sole_m
        self.triangles: IntArray = mesh.triangles
        self.body_triangles: IntArray = mesh.triangles
        self.colours: FloatArray = mesh.colours
        self._skin_normals = NormalMaker(mesh.triangles, len(mesh.vertices))
        self._shirt = (
            LooseShirt(self.body, mesh, self.parts["arms"]) if outfit.fit == "loose" else None
        )
        self._hair = None
        if outfit.hair_style != "short":
            self._hair = LongHair(self.body, outfit.hair_style)
            self._add_hair(self._hair, outfit, seed)
        self._normals = NormalMaker(self.triangles, len(self.colours))

    def _add_hair(self, hair: LongHair, outfit: Outfit, seed: int) -> None:
        count = len(self.colours)
        self.triangles = np.concatenate([self.triangles, hair.triangles + count])
        shade = np.random.default_rng([seed, 3]).normal(1.0, 0.12, (hair.vertex_count, 1))
        own = np.clip(np.array(outfit.hair) / 255.0 * shade, 0.0, 1.0)
        self.colours = np.concatenate([self.colours, own])

    def surface(self, pose: SolvedPose, breath: float) -> Surface:
        """Returns the drawn body.

        Args:
            pose: the solved skeleton.
            breath: how full the chest is, -1..1.
        """
        vertices = self.unclamped_m(pose, breath)
        if self._shirt:
            self._shirt.hang(vertices, self._skin_normals.normals(vertices), pose, self.floor_m)
        if self._hair:
            hair = self._hair.vertices_m(pose, self.floor_m)
            vertices = np.concatenate([vertices, hair])
        # The mesh does not deform on contact: what would sink into the floor is flattened onto it.
        vertices[:, 1] = np.maximum(vertices[:, 1], self.floor_m)
        return Surface(vertices, self._normals.normals(vertices))

    def unclamped_m(self, pose: SolvedPose, breath: float) -> FloatArray:
        """Returns the dressed skin (K, 3) in world metres before the floor flattens it.

        A loose shirt lies close here, and hair is left out: this is the body, for measuring.

        Args:
            pose: the solved skeleton.
            breath: how full the chest is, -1..1.
        """
        mesh = self._mesh
        swell = (_FULL_BREATH_M * breath * mesh.chest)[:, None] * mesh.rest_normals
        return self.body.skin(pose, mesh.vertices, mesh.rest_m + swell)
