"""The skeleton: forward kinematics and linear-blend skinning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from studio.arrays import FloatArray, IntArray
from studio.body.assets import BaseMesh, load_base_mesh, load_rig, load_weights
from studio.body.shape import BodyShape, shape_vertices

# Half the length of leg, of all of it, over which the skin passes from thigh to shank.
_KNEE_REACH = 0.075


@dataclass(frozen=True, slots=True)
class SolvedPose:
    """Where every bone is.

    Attributes:
        rotations: (B, 3, 3) world rotation of each bone; identity is the rest pose.
        heads_m: (B, 3) world position of each bone's head.
    """

    rotations: FloatArray
    heads_m: FloatArray


class Body:
    """A shaped person at rest, with a skeleton.

    Attributes:
        mesh: the base mesh the body was shaped from.
        rest_m: (V, 3) rest vertices in metres: x to the person's left, y up, z forward.
        bones: bone names, parents before children.
        index: bone name -> row.
        heads_m: (B, 3) rest position of each bone's head.
        weights: (V, B) sparse skin weights, each row summing to one.
    """

    def __init__(self, shape: BodyShape) -> None:
        self.mesh: BaseMesh = load_base_mesh()
        self.rest_m = shape_vertices(self.mesh, shape)
        rig = load_rig()
        self.bones = _parents_first(rig)
        self.index = {bone: row for row, bone in enumerate(self.bones)}
        self.heads_m = np.array([self._place(rig[bone]["head"]) for bone in self.bones])
        self._parent_row = [
            self.index[rig[bone]["parent"]] if rig[bone]["parent"] else -1 for bone in self.bones
        ]
        self.weights = self._bending_at_the_knees(_skin_weights(self.index, len(self.rest_m)))

    def joint_m(self, name: str) -> FloatArray:
        """Returns the rest position (3,) of a joint marker, such as ``l-shoulder``."""
        centre: FloatArray = self.rest_m[self.mesh.vertex_groups[f"joint-{name}"]].mean(axis=0)
        return centre

    def forward(self, rotations: dict[str, FloatArray], root_m: FloatArray) -> SolvedPose:
        """Places every bone.

        Args:
            rotations: world rotation (3, 3) by bone; a bone left out follows its parent.
            root_m: (3,) world position of the root bone's head.
        """
        count = len(self.bones)
        world = np.empty((count, 3, 3))
        heads = np.empty((count, 3))
        for row, (bone, parent) in enumerate(zip(self.bones, self._parent_row, strict=True)):
            if parent < 0:
                heads[row] = root_m
                world[row] = rotations.get(bone, np.eye(3))
                continue
            heads[row] = heads[parent] + world[parent] @ (self.heads_m[row] - self.heads_m[parent])
            own = rotations.get(bone)
            world[row] = world[parent] if own is None else own
        return SolvedPose(world, heads)

    def skin(self, pose: SolvedPose, vertices: IntArray, rest_m: FloatArray) -> FloatArray:
        """Carries rest vertices along with the bones.

        Args:
            pose: the solved skeleton.
            vertices: (K,) rows of the mesh the rest positions belong to.
            rest_m: (K, 3) rest positions, dressed or breathing as they may be.

        Returns:
            (K, 3) world positions in metres.
        """
        offsets = pose.heads_m - np.einsum("bij,bj->bi", pose.rotations, self.heads_m)
        affine = np.concatenate([pose.rotations, offsets[:, :, None]], axis=2).reshape(-1, 12)
        blended = (self.weights[vertices] @ affine).reshape(-1, 3, 4)
        carried: FloatArray = np.einsum("kij,kj->ki", blended[:, :, :3], rest_m) + blended[:, :, 3]
        return carried

    def _bending_at_the_knees(self, weights: Any) -> Any:
        """Splits the skin between thigh and shank at the knee pivot, wherever the shape has it."""
        split = weights.tolil()
        for side in ("L", "R"):
            ankle, knee, hip = (
                self.joint_m(f"{side.lower()}-{name}") for name in ("ankle", "knee", "upper-leg")
            )
            reach_m = _KNEE_REACH * float(np.linalg.norm(hip - ankle))
            along = (hip - ankle) / np.linalg.norm(hip - ankle)
            bones = [
                self.index[f"{bone}.{side}"]
                for bone in ("upperleg01", "upperleg02", "lowerleg01", "lowerleg02")
            ]
            share = np.asarray(weights[:, bones].sum(axis=1)).ravel()
            above = ((self.rest_m - knee) @ along) / reach_m
            for row in np.flatnonzero((share > 0.0) & (np.abs(above) < 2.0)):
                x = float(np.clip(0.5 + 0.5 * above[row], 0.0, 1.0))
                thigh = x * x * (3.0 - 2.0 * x)
                split[row, bones] = share[row] * np.array([0.0, thigh, 1.0 - thigh, 0.0])
        return split.tocsr()

    def _place(self, end: dict[str, Any]) -> FloatArray:
        strategy = end["strategy"]
        if strategy == "CUBE":
            return self.joint_m(end["cube_name"].removeprefix("joint-"))
        rows = [end["vertex_index"]] if strategy == "VERTEX" else end["vertex_indices"]
        place: FloatArray = self.rest_m[rows].mean(axis=0)
        return place


def _parents_first(rig: dict[str, dict[str, Any]]) -> list[str]:
    order: list[str] = []

    def add(bone: str) -> None:
        if bone in order:
            return
        parent = rig[bone]["parent"]
        if parent:
            add(parent)
        order.append(bone)

    for bone in rig:
        add(bone)
    return order


def _skin_weights(index: dict[str, int], vertex_count: int) -> Any:
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for bone, pairs in load_weights().items():
        for vertex, weight in pairs:
            rows.append(vertex)
            columns.append(index[bone])
            values.append(weight)
    matrix = sparse.csr_matrix((values, (rows, columns)), shape=(vertex_count, len(index)))
    totals = np.asarray(matrix.sum(axis=1)).ravel()
    totals[totals == 0] = 1.0
    return sparse.csr_matrix(sparse.diags(1.0 / totals) @ matrix)
