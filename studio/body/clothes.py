"""Dresses a body: paints and inflates the skin into shirt, trousers, shoes and short hair.

There is no cloth simulation. A garment is a region of the skin with its own colour, pushed out a
little along the normals, so that it follows the skeleton like the skin does. What hangs instead
(a loose shirt, long hair) is in ``drape`` and ``hair``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from studio.arrays import BoolArray, FloatArray, IntArray
from studio.body.parts import (
    ARM_BONES,
    FOOT_BONES,
    HAND_BONES,
    HEAD_BONES,
    leading_bones,
    starts,
)
from studio.body.rig import Body

Colour = tuple[int, int, int]

# Where trousers end, as a share of the thigh above (+) or of the shank below (-) the knee.
_HEM = {"shorts": 0.42, "capri": -0.28, "leggings": -0.90, "long": -0.98}
_TIGHT_LEGS = ("capri", "leggings")
_TIGHT_M = 0.002
_SLEEVE_SHARE = {"none": -0.05, "short": 0.48, "long": 9.0}
_SOLE_M = {"shoes": 0.012, "bare": 0.0}
# A low shoe ends below the malleoli; the socks look out of it.
_COLLAR_SHARE, _SOCK_OVER_ANKLE_M = 0.85, 0.030
_LOOSE_HEM_UNDER_HIP_M = 0.03


@dataclass(frozen=True, slots=True)
class Outfit:
    """What someone wears, and the colours (0..255 RGB) of skin and hair.

    Attributes:
        skin: colour of the skin.
        hair: colour of the hair.
        shirt: colour of the shirt.
        trousers: colour of the trousers.
        shoes: colour of the shoes.
        sleeves: ``none``, ``short`` or ``long``.
        legs: ``shorts``, ``capri`` or ``leggings`` (both tight), or ``long``.
        looseness_m: how far the cloth stands off the skin.
        fit: of the shirt: ``close``, or ``loose``, which hangs by gravity from what carries it.
        footwear: ``shoes`` (with socks) or ``bare``.
        hair_style: ``short``, ``tail`` (a pony tail) or ``long`` (open, over the shoulders).

    Raises:
        ValueError: if a word is none of these.
    """

    skin: Colour = (198, 150, 122)
    hair: Colour = (48, 34, 26)
    shirt: Colour = (36, 64, 128)
    trousers: Colour = (30, 30, 34)
    shoes: Colour = (215, 215, 215)
    sleeves: str = "short"
    legs: str = "shorts"
    looseness_m: float = 0.006
    fit: str = "close"
    footwear: str = "shoes"
    hair_style: str = "short"

    def __post_init__(self) -> None:
        for name, words in (
            ("sleeves", tuple(_SLEEVE_SHARE)),
            ("legs", tuple(_HEM)),
            ("fit", ("close", "loose")),
            ("footwear", tuple(_SOLE_M)),
            ("hair_style", ("short", "tail", "long")),
        ):
            if getattr(self, name) not in words:
                raise ValueError(f"{name} is one of {', '.join(words)}: {getattr(self, name)!r}")

    @property
    def sole_m(self) -> float:
        """How thick the sole under the bare foot is."""
        return _SOLE_M[self.footwear]


@dataclass(frozen=True, slots=True)
class DressedMesh:
    """The mesh to be drawn.

    Attributes:
        vertices: (K,) rows of the base mesh that are drawn.
        rest_m: (K, 3) their dressed rest positions.
        triangles: (T, 3) indices into the K vertices.
        colours: (K, 3) RGB 0..1.
        chest: (K,) how far a full breath moves each vertex, 0..1.
        rest_normals: (K, 3) unit normals at rest.
        shirt: (K,) the vertices the shirt covers.
    """

    vertices: IntArray
    rest_m: FloatArray
    triangles: IntArray
    colours: FloatArray
    chest: FloatArray
    rest_normals: FloatArray
    shirt: BoolArray


class NormalMaker:
    """Vertex normals of a mesh whose triangles do not change."""

    def __init__(self, triangles: IntArray, vertex_count: int) -> None:
        self._triangles = triangles
        faces = np.repeat(np.arange(len(triangles)), 3)
        self._sum = sparse.csr_matrix(
            (np.ones(len(faces)), (triangles.ravel(), faces)),
            shape=(vertex_count, len(triangles)),
        )

    def normals(self, vertices_m: FloatArray) -> FloatArray:
        """Returns unit normals (K, 3) for vertex positions (K, 3)."""
        a, b, c = (vertices_m[self._triangles[:, corner]] for corner in range(3))
        total = np.asarray(self._sum @ np.cross(b - a, c - a))
        length = np.linalg.norm(total, axis=1, keepdims=True)
        scaled: FloatArray = total / np.where(length == 0.0, 1.0, length)
        return scaled


def dress(body: Body, outfit: Outfit, seed: int) -> DressedMesh:
    """Returns the body in its clothes.

    Args:
        body: the person.
        outfit: what they wear.
        seed: of the unevenness of colours and cloth.
    """
    vertices, triangles = _drawn_faces(body)
    return _Tailor(body, outfit, vertices, triangles, seed).finish()


def _drawn_faces(body: Body) -> tuple[IntArray, IntArray]:
    """Returns the base vertices that are drawn, and triangles over them."""
    groups = np.array(body.mesh.quad_group)
    drawn = np.isin(groups, ("body", "helper-l-eye", "helper-r-eye"))
    quads = body.mesh.quads[drawn]
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    a, b, c = triangles.T
    triangles = triangles[(a != b) & (b != c) & (a != c)]
    vertices, compact = np.unique(triangles, return_inverse=True)
    return vertices, compact.reshape(-1, 3)


class _Tailor:
    """Works through the garments from the skin outwards."""

    def __init__(
        self, body: Body, outfit: Outfit, vertices: IntArray, triangles: IntArray, seed: int
    ) -> None:
        self._body, self._outfit, self._seed = body, outfit, seed
        self._vertices, self._triangles = vertices, triangles
        self._skin = body.rest_m[vertices]
        self._normals = NormalMaker(triangles, len(vertices)).normals(self._skin)
        bones = leading_bones(body, vertices)
        self._eye = ~np.isin(vertices, body.mesh.vertex_groups["body"])
        self._arm = starts(bones, ARM_BONES)
        self._head = starts(bones, HEAD_BONES) & ~self._eye
        self._foot = starts(bones, FOOT_BONES)
        self._hand = starts(bones, HAND_BONES)
        self._rest = self._skin.copy()
        self._colours = np.tile(_rgb(outfit.skin), (len(vertices), 1))
        self._cloth = np.zeros(len(vertices), dtype=bool)
        self._in_shirt = np.zeros(len(vertices), dtype=bool)
        self._push_m = np.zeros(len(vertices))

    def finish(self) -> DressedMesh:
        self._trousers()
        self._shirt()
        if self._outfit.footwear == "shoes":
            self._socks()
            self._shoes()
        self._rest += self._normals * self._push_m[:, None]
        self._hair()
        self._face()
        self._unevenness()
        return DressedMesh(
            self._vertices,
            self._rest,
            self._triangles,
            np.clip(self._colours, 0.0, 1.0),
            self._chest(),
            self._normals,
            self._in_shirt,
        )

    @property
    def _waist_m(self) -> float:
        return float(self._body.joint_m("l-upper-leg")[1]) + 0.085

    def _trousers(self) -> None:
        y, outfit = self._skin[:, 1], self._outfit
        hip_m, knee_m, ankle_m = (
            float(self._body.joint_m(f"l-{joint}")[1]) for joint in ("upper-leg", "knee", "ankle")
        )
        share = _HEM[outfit.legs]
        hem_m = knee_m + share * (hip_m - knee_m if share > 0 else knee_m - ankle_m)
        crotch_m = hip_m - 0.05
        where = (y < self._waist_m + 0.03) & (y > hem_m) & ~self._arm & ~self._eye
        self._paint(where, outfit.trousers)
        tight = outfit.legs in _TIGHT_LEGS
        flare = np.clip((crotch_m - y) / (crotch_m - hem_m), 0.0, 1.0)
        loose = _TIGHT_M if tight else outfit.looseness_m + 0.010 * flare
        self._push_m[where] = np.broadcast_to(loose, y.shape)[where]

    def _shirt(self) -> None:
        x, y, z = self._skin.T
        shoulder, elbow = self._body.joint_m("l-shoulder"), self._body.joint_m("l-elbow")
        along_arm = (elbow - shoulder) / ((elbow - shoulder) @ (elbow - shoulder))
        mirrored = np.stack([np.abs(x), y, z], axis=1)
        share = (mirrored - shoulder) @ along_arm
        # The neckline dips in front.
        neck_m = self._body.joint_m("neck")[1] - 0.012
        neckline = neck_m + 0.2 * np.clip(-z, 0.0, 0.05) - 0.55 * np.clip(z - 0.03, 0.0, 1.0)
        in_sleeve = ~self._arm | (share < _SLEEVE_SHARE[self._outfit.sleeves])
        hem_m = self._waist_m - 0.015
        if self._outfit.fit == "loose":
            hem_m = float(self._body.joint_m("l-upper-leg")[1]) - _LOOSE_HEM_UNDER_HIP_M
        where = (
            ((y > hem_m) | self._arm)
            & (y < neckline)
            & ~self._head
            & in_sleeve
            & ~self._eye
            & ~self._hand
        )
        if self._outfit.sleeves == "none":
            where &= ~((np.abs(x) > shoulder[0] - 0.035) & (y > shoulder[1] - 0.03))
        self._paint(where, self._outfit.shirt)
        self._in_shirt = where
        self._push_m[where] = self._outfit.looseness_m

    def _collar_m(self) -> FloatArray:
        """Height (K,) of a shoe's rim: lowest under the malleoli, higher at heel and tongue."""
        ankle = self._body.joint_m("l-ankle")
        away_m = self._skin[:, 2] - ankle[2]
        behind, ahead = np.clip(-away_m / 0.05, 0.0, 1.0), np.clip(away_m / 0.07, 0.0, 1.0)
        rim: FloatArray = ankle[1] * (_COLLAR_SHARE + 0.15 * behind + 0.25 * ahead)
        return rim

    def _socks(self) -> None:
        y = self._skin[:, 1]
        ankle_m = float(self._body.joint_m("l-ankle")[1])
        sock = (y >= self._collar_m()) & (y < ankle_m + _SOCK_OVER_ANKLE_M)
        sock &= ~self._arm & ~self._cloth
        self._paint(sock, (236, 236, 236))
        self._push_m[sock] = 0.003

    def _shoes(self) -> None:
        y = self._skin[:, 1]
        shoe = self._foot & (y < self._collar_m())
        last = self._smoothed(self._skin + 0.004 * self._normals * shoe[:, None], shoe)
        for side in (1.0, -1.0):
            one = shoe & (self._skin[:, 0] * side > 0.0)
            last[one] = _toe_cap(last[one], self._ball_z_m)
        last = self._smoothed(last, shoe)
        last += 0.009 * NormalMaker(self._triangles, len(last)).normals(last) * shoe[:, None]
        sole_m = self._outfit.sole_m
        last[shoe & (last[:, 1] < 0.018), 1] = -sole_m
        # The trousers fall over the shoes and not into them.
        covered = shoe & self._cloth
        shoe &= ~covered
        self._colours[shoe] = _rgb(self._outfit.shoes)
        self._colours[shoe & (last[:, 1] < 0.010)] = 0.92
        self._rest[shoe] = last[shoe]
        self._push_m[shoe] = 0.0

    @property
    def _ball_z_m(self) -> float:
        return float(self._body.joint_m("l-toe-3-1")[2])

    def _smoothed(self, points: FloatArray, where: BoolArray) -> FloatArray:
        """Rubs the toes out: a shoe has one front, not five."""
        edges = self._triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
        edges = edges[where[edges].all(axis=1)]
        count = len(points)
        links = sparse.coo_matrix((np.ones(len(edges)), edges.T), shape=(count, count)).tocsr()
        links = ((links + links.T) > 0).astype(np.float64)
        degree = np.asarray(links.sum(axis=1)).ravel()
        average = sparse.diags(1.0 / np.where(degree == 0, 1.0, degree)) @ links
        smooth = points.copy()
        for _ in range(14):
            smooth[where] = 0.4 * smooth[where] + 0.6 * np.asarray(average @ smooth)[where]
        return smooth

    def _hair(self) -> None:
        x, y, z = self._skin.T
        eye = self._body.rest_m[self._body.mesh.vertex_groups["helper-l-eye"]].mean(axis=0)
        middle = float(z[self._head].mean())
        temple = eye[1] - 0.005 + 0.55 * (z - middle + 0.03)
        nape = eye[1] - 0.055
        behind = np.where(z > middle - 0.03, temple, nape)
        hairline = np.where(z > middle + 0.035, eye[1] + 0.062 + 0.25 * np.abs(x), behind)
        helix = self._skin[np.where(self._head, x, -np.inf).argmax()]
        ear = (np.abs(x) > helix[0] - 0.020) & (np.abs(y - helix[1] + 0.014) < 0.032)
        ear &= (z > helix[2] - 0.012) & (z < helix[2] + 0.034)
        where = self._head & (y > hairline) & ~ear
        self._colours[where] = _rgb(self._outfit.hair)
        thickness = 0.012 * np.clip((y - hairline) / 0.03, 0.25, 1.0)
        self._rest[where] += (self._normals * thickness[:, None])[where]

    def _face(self) -> None:
        for name in ("helper-l-eye", "helper-r-eye"):
            where = np.isin(self._vertices, self._body.mesh.vertex_groups[name])
            points = self._skin[where]
            centre = points.mean(axis=0)
            radius = np.linalg.norm((points - centre)[:, :2], axis=1)
            in_front = points[:, 2] > centre[2]
            colours = np.tile(np.array([0.93, 0.92, 0.90]), (len(points), 1))
            colours[in_front & (radius < 0.62 * radius.max())] = (0.25, 0.16, 0.10)
            colours[in_front & (radius < 0.28 * radius.max())] = 0.03
            self._colours[where] = colours
            x, y, z = self._skin.T
            brow = self._head & (z > centre[2] - 0.01) & (np.abs(y - centre[1] - 0.020) < 0.0055)
            brow &= np.abs(x - centre[0]) < 0.022
            self._colours[brow] = 0.8 * _rgb(self._outfit.hair)

    def _unevenness(self) -> None:
        """No cloth and no skin is of one colour, and no shirt hangs without a fold."""
        generator = np.random.default_rng([self._seed, 2])
        scale = np.array([[12.0], [18.0], [25.0], [40.0], [60.0], [90.0]])
        waves = generator.normal(0.0, 1.0, (6, 3)) * scale
        phase = generator.uniform(0.0, 2.0 * np.pi, (6, 1))
        ripples = np.sin(waves @ self._skin.T + phase)
        shade = np.array([0.35, 0.30, 0.25, 0.20, 0.15, 0.12]) @ ripples / 1.4
        depth = np.where(self._cloth, 0.085, 0.035)
        self._colours *= (1.0 + depth * shade)[:, None]
        folds = 0.0018 * (np.array([0.5, 0.3, 0.2]) @ ripples[3:]) * self._cloth
        self._rest += self._normals * folds[:, None]

    def _chest(self) -> FloatArray:
        """Chest and belly swell most in front, the back hardly."""
        y, z = self._skin[:, 1], self._skin[:, 2]
        low_m = float(self._body.joint_m("l-upper-leg")[1]) + 0.10
        high_m = float(self._body.joint_m("neck")[1]) - 0.02
        height = np.clip((y - low_m) / (high_m - low_m), 0.0, 1.0)
        front = 0.25 + 0.75 * np.clip((z + 0.02) / 0.10, 0.0, 1.0)
        swell: FloatArray = np.sin(np.pi * height) * front * ~self._arm * ~self._head
        return swell

    def _paint(self, where: BoolArray, colour: Colour) -> None:
        self._colours[where] = _rgb(colour)
        self._cloth |= where


def _toe_cap(last: FloatArray, ball_z_m: float) -> FloatArray:
    """Draws the skin (K, 3) of toes out onto one common cap, as seen around the foot's long axis.

    What lies between the toes would otherwise show through as patches.
    """
    front = last[:, 2] > ball_z_m - 0.03
    middle = np.array([last[front, 0].mean(), 0.35 * last[front, 1].max()])
    around = last[:, :2] - middle
    radius = np.linalg.norm(around, axis=1)
    angle = np.arctan2(around[:, 1], around[:, 0])
    cap = radius.copy()
    for row in np.flatnonzero(front):
        turn = np.abs((angle - angle[row] + np.pi) % (2.0 * np.pi) - np.pi)
        near = front & (turn < 0.35) & (np.abs(last[:, 2] - last[row, 2]) < 0.012)
        weight = (1.0 - turn[near] / 0.36) * radius[near] ** 8
        cap[row] = float(weight @ radius[near] / weight.sum())
    share = np.clip((last[:, 2] - ball_z_m + 0.03) / 0.03, 0.0, 1.0)
    drawn = last.copy()
    scale = 1.0 + share * (cap / np.maximum(radius, 1e-6) - 1.0)
    drawn[:, :2] = middle + around * np.clip(scale, 1.0, 3.0)[:, None]
    return drawn


def _rgb(colour: Colour) -> FloatArray:
    return np.array(colour, dtype=np.float64) / 255.0
