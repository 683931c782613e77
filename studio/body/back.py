"""The underside of someone who lies on their back: what rests, and the arch one can look through.

A closed mesh cut by planes gives a profile that moves continuously with the body; picking vertices
by where they happen to be would make it jump by millimetres.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from studio.arrays import FloatArray, IntArray
from studio.body.actor import Actor
from studio.body.rig import SolvedPose
from studio.motion.rotation import unit

# From the hips (0) to the shoulders (1), along the floor: where pelvis and shoulder blades can
# touch it, and where the lower back arches between them.
_PELVIS, _BLADES, _ARCH = (-0.4, 0.2), (0.6, 1.3), (0.12, 0.7)
_PLANES = 48
_HALF_WIDTH_M = 0.15


@dataclass(frozen=True, slots=True)
class BackReading:
    """One moment. Heights are over the floor; what the mesh lets sink into it is negative.

    Attributes:
        pelvis_mm: lowest point of the back of the pelvis.
        blades_mm: lowest point of the upper back.
        head_mm: lowest point of the head.
        arch_mm: the highest of the lowest points between pelvis and shoulder blades: the opening
            seen from the side.
    """

    pelvis_mm: float
    blades_mm: float
    head_mm: float
    arch_mm: float


class Back:
    """Reads the underside of one actor."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        body = actor.body
        at_rest = body.forward({}, body.heads_m[body.index["root"]])
        rest_m = actor.unclamped_m(at_rest, 0.0)
        trunk = actor.parts["trunk"] & (np.abs(rest_m[:, 0]) < _HALF_WIDTH_M)
        self._trunk = np.flatnonzero(trunk)
        self._head = np.flatnonzero(actor.parts["head"])
        row = np.full(len(trunk), -1)
        row[self._trunk] = np.arange(len(self._trunk))
        edges = np.sort(actor.body_triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        edges = np.unique(row[edges], axis=0)
        edges = edges[(edges >= 0).all(axis=1)]
        # The front of the body is never the underside.
        behind = rest_m[self._trunk, 2] < float(np.median(rest_m[self._trunk, 2]))
        self._edges = edges[behind[edges].all(axis=1)]
        names = actor.landmarks.names
        self._rows = {
            name: [names.index(f"{side}_{name}") for side in ("left", "right")]
            for name in ("hip", "shoulder")
        }

    def read(self, pose: SolvedPose, skin_m: FloatArray) -> BackReading:
        """Returns what the underside does.

        Args:
            pose: the solved skeleton.
            skin_m: (K, 3) the dressed skin, not yet flattened by the floor.
        """
        trunk_m = skin_m[self._trunk]
        share = self._share(pose, trunk_m)
        height_mm = 1000.0 * (trunk_m[:, 1] - self._actor.floor_m)
        head_mm = 1000.0 * (float(skin_m[self._head, 1].min()) - self._actor.floor_m)

        def lowest(span: tuple[float, float]) -> float:
            return float(_profile_mm(self._edges, share, height_mm, span).min())

        return BackReading(
            pelvis_mm=lowest(_PELVIS),
            blades_mm=lowest(_BLADES),
            head_mm=head_mm,
            arch_mm=float(_profile_mm(self._edges, share, height_mm, _ARCH).max()),
        )

    def blades(self, pose: SolvedPose, skin_m: FloatArray, count: int) -> IntArray:
        """Returns the rows (count,) of the lowest vertices (K, 3) of the upper back."""
        return self._lowest(pose, skin_m, _BLADES, count)

    def pelvis(self, pose: SolvedPose, skin_m: FloatArray, count: int) -> IntArray:
        """Returns the rows (count,) of the lowest vertices (K, 3) of the back of the pelvis."""
        return self._lowest(pose, skin_m, _PELVIS, count)

    def _lowest(
        self, pose: SolvedPose, skin_m: FloatArray, span: tuple[float, float], count: int
    ) -> IntArray:
        share = self._share(pose, skin_m[self._trunk])
        rows = self._trunk[(share > span[0]) & (share < span[1])]
        lowest: IntArray = rows[np.argsort(skin_m[rows, 1], kind="stable")[:count]]
        return lowest

    def _share(self, pose: SolvedPose, points_m: FloatArray) -> FloatArray:
        """How far (K,) along the floor points (K, 3) are from the hips (0) to the shoulders (1)."""
        landmarks = self._actor.landmarks.positions_m(pose)
        hips = landmarks[self._rows["hip"]].mean(axis=0)
        way = (landmarks[self._rows["shoulder"]].mean(axis=0) - hips) * np.array([1.0, 0.0, 1.0])
        share: FloatArray = (points_m - hips) @ unit(way) / float(np.linalg.norm(way))
        return share


@lru_cache(maxsize=8)
def back_of(actor: Actor) -> Back:
    """Returns the reader of an actor's underside; making one takes longer than reading."""
    return Back(actor)


def _profile_mm(
    edges: IntArray, share: FloatArray, height_mm: FloatArray, span: tuple[float, float]
) -> FloatArray:
    """The lowest height at which any edge (E, 2) crosses each of the planes it reaches."""
    planes = np.linspace(*span, _PLANES)
    start, end = share[edges[:, 0]], share[edges[:, 1]]
    near = (np.maximum(start, end) > span[0]) & (np.minimum(start, end) < span[1])
    edges, start, end = edges[near], start[near], end[near]
    run = np.where(end == start, 1.0, end - start)
    at = (planes[:, None] - start) / run
    heights = height_mm[edges[:, 0]] + at * (height_mm[edges[:, 1]] - height_mm[edges[:, 0]])
    heights = np.where((at >= 0.0) & (at <= 1.0), heights, np.inf)
    lowest: FloatArray = heights.min(axis=1)
    reached: FloatArray = lowest[np.isfinite(lowest)]
    return reached
