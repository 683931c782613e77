"""Long hair: strands that start on the head, follow gravity and lie on what is in their way."""

from __future__ import annotations

import numpy as np

from studio.arrays import FloatArray, IntArray
from studio.body.rig import Body, SolvedPose

_LINKS = 9
_TAIL_M, _OPEN_M = 0.30, 0.26
_TAIL_RING, _TAIL_RADIUS_M = 8, 0.026
_STRANDS = 21
# Open hair starts between the temples, around the back of the head.
_OPEN_FROM_DEG, _OPEN_TO_DEG = 70.0, 290.0
# Hair leaves the scalp outwards and has turned down after so many links.
_TURNED_AFTER = 2.5
_PUSHES = 2


class LongHair:
    """Hair that hangs.

    Attributes:
        triangles: (T, 3) over its own N vertices.
        vertex_count: N.
    """

    def __init__(self, body: Body, style: str) -> None:
        """Roots the hair.

        Args:
            body: the person.
            style: ``tail`` or ``long``.
        """
        self._body = body
        self._head = body.index["head"]
        self._tail = style == "tail"
        self._link_m = (_TAIL_M if self._tail else _OPEN_M) / _LINKS
        skull, radii = _skull(body)
        self._skull, self._radii = skull, radii
        if self._tail:
            outward = np.array([[0.0, 0.35, -0.94]])
        else:
            around = np.radians(np.linspace(_OPEN_FROM_DEG, _OPEN_TO_DEG, _STRANDS))
            # The line runs from above the ears down to the nape.
            rise = 0.40 + 0.75 * np.cos(around).clip(-1.0, 0.0)
            outward = np.stack([np.sin(around), rise, np.cos(around)], axis=1)
        self._outward = outward / np.linalg.norm(outward, axis=1, keepdims=True)
        # Neighbouring strands part a little: a lock is not a plane.
        self._spread = 0.16 * np.sin(2.4 * np.arange(len(outward))) * (not self._tail)
        self._roots = skull + self._outward * radii
        self._rods = _rods(body)
        rows = _TAIL_RING if self._tail else _STRANDS
        self.vertex_count = rows * (_LINKS + 1)
        self.triangles: IntArray = _weave(rows, _LINKS + 1, closed=self._tail)

    def vertices_m(self, pose: SolvedPose, floor_m: float) -> FloatArray:
        """Returns the hair (N, 3) in the world.

        Args:
            pose: the solved skeleton.
            floor_m: it does not go below.
        """
        turned, rest_m = pose.rotations[self._head], self._body.heads_m[self._head]
        head_m = pose.heads_m[self._head]
        rods = [
            (self._carried(pose, bone, start), self._carried(pose, bone, end), radius_m)
            for bone, start, end, radius_m in self._rods
        ]
        place = head_m + (self._roots - rest_m) @ turned.T
        skull = head_m + turned @ (self._skull - rest_m)
        outward = self._outward @ turned.T
        # Hair on the crown of someone face down has to choose a side.
        gravity = np.array([0.0, -1.0, 0.0]) + 0.12 * turned[:, 0]
        gravity = gravity + self._spread[:, None] * turned[:, 1]
        nodes = [place]
        for link in range(_LINKS):
            share = min(1.0, (link + 1) / _TURNED_AFTER)
            onward = (1.0 - share) * outward + share * gravity
            onward = onward / np.linalg.norm(onward, axis=1, keepdims=True)
            there = nodes[-1] + self._link_m * onward
            for _ in range(_PUSHES):
                there = self._off_the_skull(there, skull, turned)
                for start, end, radius_m in rods:
                    there = _off_a_rod(there, start, end, radius_m)
            there[:, 1] = np.maximum(there[:, 1], floor_m + 0.004)
            nodes.append(there)
        strands = np.array(nodes)
        return self._tube(strands[:, 0], turned) if self._tail else self._sheet(strands)

    def _sheet(self, strands: FloatArray) -> FloatArray:
        """Node by node along every strand (S, L + 1, 3), flattened."""
        sheet: FloatArray = np.moveaxis(strands, 0, 1).reshape(-1, 3)
        return sheet

    def _tube(self, path: FloatArray, turned: FloatArray) -> FloatArray:
        """Rings around a path (L + 1, 3): thick in the middle, pointed at the end."""
        along = np.gradient(path, axis=0)
        along /= np.linalg.norm(along, axis=1, keepdims=True)
        first = np.cross(along, turned[:, 0] + 0.05 * turned[:, 1])
        first /= np.linalg.norm(first, axis=1, keepdims=True)
        second = np.cross(along, first)
        share = np.linspace(0.0, 1.0, len(path))
        thick_m = _TAIL_RADIUS_M * (0.5 + 1.6 * share - 2.0 * share**3).clip(0.06)
        around = np.linspace(0.0, 2.0 * np.pi, _TAIL_RING, endpoint=False)
        rings = path + thick_m[:, None] * (
            np.cos(around)[:, None, None] * first + np.sin(around)[:, None, None] * second
        )
        tube: FloatArray = rings.reshape(-1, 3)
        return tube

    def _carried(self, pose: SolvedPose, bone: int, point_m: FloatArray) -> FloatArray:
        moved: FloatArray = pose.heads_m[bone] + pose.rotations[bone] @ (
            point_m - self._body.heads_m[bone]
        )
        return moved

    def _off_the_skull(
        self, points: FloatArray, skull: FloatArray, turned: FloatArray
    ) -> FloatArray:
        local = (points - skull) @ turned / self._radii
        depth = np.linalg.norm(local, axis=1, keepdims=True)
        out: FloatArray = skull + (local / np.minimum(depth, 1.0).clip(1e-6) * self._radii) @ (
            turned.T
        )
        return out


def _skull(body: Body) -> tuple[FloatArray, FloatArray]:
    """Centre and radii (3,) of an ellipsoid around the upper head, hair included."""
    skin = body.rest_m[body.mesh.vertex_groups["body"]]
    eye = body.rest_m[body.mesh.vertex_groups["helper-l-eye"]].mean(axis=0)
    cap = skin[skin[:, 1] > eye[1] + 0.02]
    low, high = cap.min(axis=0), cap.max(axis=0)
    centre = (low + high) / 2
    centre[1] = eye[1] + 0.01
    radii = (high - low) / 2
    radii[1] = high[1] - centre[1]
    return centre, radii + 0.010


def _rods(body: Body) -> list[tuple[int, FloatArray, FloatArray, float]]:
    """What hair lies on below the head: bone, both ends (3,) at rest, and thickness."""
    neck, shoulder = body.joint_m("neck"), body.joint_m("l-shoulder")
    head = body.heads_m[body.index["head"]]
    half_m = 0.72 * shoulder[0]
    left, right = np.array([half_m, 0.0, 0.0]), np.array([-half_m, 0.0, 0.0])
    girdle = np.array([0.0, shoulder[1] - 0.01, shoulder[2] - 0.005])
    chest = girdle - np.array([0.0, 0.14, 0.0])
    return [
        (body.index["neck02"], neck, head, 0.068),
        (body.index["spine01"], girdle + left, girdle + right, 0.085),
        (body.index["spine01"], chest + 0.8 * left, chest + 0.8 * right, 0.115),
    ]


def _off_a_rod(
    points: FloatArray, start: FloatArray, end: FloatArray, radius_m: float
) -> FloatArray:
    """Pushes points (N, 3) out of a rod with round ends."""
    along = end - start
    share = np.clip((points - start) @ along / (along @ along), 0.0, 1.0)
    nearest = start + share[:, None] * along
    away = points - nearest
    distance = np.linalg.norm(away, axis=1, keepdims=True)
    out: FloatArray = nearest + away * np.maximum(radius_m / np.maximum(distance, 1e-6), 1.0)
    return out


def _weave(rows: int, columns: int, closed: bool) -> IntArray:
    """Triangles (T, 3) of a grid whose vertices are numbered row by row."""
    row = np.arange(rows if closed else rows - 1)
    first, column = (part.ravel() for part in np.meshgrid(row, np.arange(columns - 1)))
    second = (first + 1) % rows
    a, b = first * columns + column, second * columns + column
    triangles: IntArray = np.concatenate(
        [np.stack([a, b, b + 1], axis=1), np.stack([a, b + 1, a + 1], axis=1)]
    )
    return triangles
