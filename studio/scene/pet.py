"""A dog that walks to and fro: something that moves, is warm and is nobody."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.interpolate import CubicSpline

from studio.arrays import FloatArray, IntArray
from studio.body.actor import Surface
from studio.body.clothes import NormalMaker
from studio.motion.rotation import about_y

# Lengths in shoulder heights. The body from rump to nose: height, along, radius.
_BODY = np.array(
    [
        (0.72, -0.54, 0.03),
        (0.73, -0.50, 0.11),
        (0.73, -0.38, 0.155),
        (0.71, -0.15, 0.15),
        (0.70, 0.08, 0.175),
        (0.71, 0.28, 0.185),
        (0.77, 0.42, 0.155),
        (0.88, 0.52, 0.105),
        (0.99, 0.58, 0.10),
        (1.05, 0.66, 0.125),
        (1.04, 0.75, 0.105),
        (1.00, 0.84, 0.07),
        (0.985, 0.93, 0.06),
        (0.98, 0.97, 0.02),
    ]
)
_TAIL = np.array(
    [(0.75, -0.50, 0.045), (0.84, -0.64, 0.04), (0.99, -0.72, 0.032), (1.08, -0.74, 0.01)]
)
_EAR = np.array([(1.12, 0.63, 0.05), (1.20, 0.61, 0.035), (1.27, 0.60, 0.006)])
# A leg from its root to the paw: share of the way down, radius.
_LEG = np.array(
    [
        (0.0, 0.02),
        (0.07, 0.09),
        (0.13, 0.10),
        (0.3, 0.075),
        (0.6, 0.05),
        (0.9, 0.04),
        (0.97, 0.05),
        (1.0, 0.02),
    ]
)
_LEG_ROOT, _LEG_LINK, _HALF_TRACK = 0.72, 0.375, 0.095
_FORE_Z, _HIND_Z = 0.36, -0.40
_STRIDE, _STANCE_SHARE, _LIFT = 1.0, 0.62, 0.09
# Order of a walking dog: left hind, left fore, right hind, right fore.
_LEGS = ((1.0, _HIND_Z, 0.0), (1.0, _FORE_Z, 0.25), (-1.0, _HIND_Z, 0.5), (-1.0, _FORE_Z, 0.75))
_TURN_DEG_PER_S, _TURN_STRIDE_PER_DEG = 120.0, 0.008
_AROUND, _BODY_RINGS, _LIMB_RINGS = 18, 44, 16


@dataclass(frozen=True, slots=True)
class Pet:
    """An animal of the size of a cat or a dog.

    Attributes:
        path: (x, z) points on the floor; it walks from the first to the last and back, for ever,
            and stands still if there is only one.
        speed_m_per_s: of its walk.
        size_m: height of its shoulders: 0.25 is a cat, 0.4 a middling dog.
        colour: RGB 0..255 of its coat.
    """

    path: tuple[tuple[float, float], ...]
    speed_m_per_s: float = 0.6
    size_m: float = 0.4
    colour: tuple[int, int, int] = (150, 110, 70)


@dataclass(frozen=True, slots=True)
class _Leg:
    """A piece of the way: a straight walk or a turn on the spot."""

    duration_s: float
    start_m: FloatArray
    end_m: FloatArray
    start_deg: float
    end_deg: float
    strides: float


class PetOnStage:
    """A pet with its mesh and its way.

    Attributes:
        triangles: (T, 3) faces of the drawn mesh.
        colours: (K, 3) RGB 0..1 of its vertices.
    """

    def __init__(self, pet: Pet) -> None:
        self._pet = pet
        self._way = _way(pet)
        tubes = _tubes(0.0, 0.0)
        self.triangles: IntArray = _joined([_tube_triangles(len(tube)) for tube in tubes], tubes)
        count = sum(tube.shape[0] * tube.shape[1] for tube in tubes)
        self.colours: FloatArray = _coat(pet, tubes)
        self._normal_maker = NormalMaker(self.triangles, count)

    def at(self, t_s: float) -> Surface:
        """Returns the drawn animal at a time."""
        place_m, heading_deg, strides = self._where(t_s)
        points = np.concatenate([tube.reshape(-1, 3) for tube in _tubes(strides, t_s)])
        turned = self._pet.size_m * points @ about_y(heading_deg).T
        vertices = turned + np.array([place_m[0], 0.0, place_m[1]])
        return Surface(vertices, self._normal_maker.normals(vertices))

    def _where(self, t_s: float) -> tuple[FloatArray, float, float]:
        """Returns the place (2,), the heading in degrees and the strides taken so far."""
        round_s = sum(leg.duration_s for leg in self._way)
        if round_s == 0.0:
            return np.array(self._pet.path[0]), 0.0, 0.0
        rounds, left_s = divmod(t_s, round_s)
        strides = rounds * sum(leg.strides for leg in self._way)
        for leg in self._way:
            if left_s <= leg.duration_s or leg is self._way[-1]:
                break
            left_s -= leg.duration_s
            strides += leg.strides
        share = left_s / leg.duration_s
        place: FloatArray = leg.start_m + share * (leg.end_m - leg.start_m)
        eased = share * share * (3.0 - 2.0 * share)
        return (
            place,
            leg.start_deg + eased * (leg.end_deg - leg.start_deg),
            strides + share * leg.strides,
        )


def _way(pet: Pet) -> list[_Leg]:
    """Returns one round: there and back, turning at every corner."""
    if len(pet.path) < 2 or pet.speed_m_per_s <= 0.0:
        return []
    there = [np.array(point, dtype=np.float64) for point in pet.path]
    corners = there + there[-2::-1]
    headings = [float(np.degrees(np.arctan2(*(end - start)))) for start, end in pairwise(corners)]
    legs = []
    for number, heading in enumerate(headings):
        start, end = corners[number], corners[number + 1]
        length_m = float(np.linalg.norm(end - start))
        strides = length_m / (_STRIDE * pet.size_m)
        legs.append(_Leg(length_m / pet.speed_m_per_s, start, end, heading, heading, strides))
        following = headings[(number + 1) % len(headings)]
        turn = (following - heading + 180.0) % 360.0 - 180.0
        if turn:
            steps = abs(turn) * _TURN_STRIDE_PER_DEG
            legs.append(_Leg(abs(turn) / _TURN_DEG_PER_S, end, end, heading, heading + turn, steps))
    return legs


def _tubes(strides: float, t_s: float) -> list[FloatArray]:
    """Returns the parts, each (rings, around, 3): body, tail, two ears, four legs; facing +z."""
    nod = 0.015 * np.sin(4.0 * np.pi * strides)
    body = _swept(_BODY, _BODY_RINGS)
    # Walking animals nod: the head more than the rump.
    body[..., 1] += nod * np.clip((body[..., 2] - 0.3) / 0.4, 0.0, 1.0)
    tail = _swept(_TAIL, _LIMB_RINGS)
    wag = 0.35 * np.sin(2.0 * np.pi * 1.6 * t_s)
    tail[..., 0] += wag * np.clip(-0.5 - tail[..., 2], 0.0, 1.0)
    ears = []
    for side in (1.0, -1.0):
        ear = _swept(_EAR, 6)
        ear[..., 0] = 0.7 * ear[..., 0] + side * 0.075
        ear[..., 1] += nod
        ears.append(ear)
    return [body, tail, *ears, *(_leg(strides, *leg) for leg in _LEGS)]


def _swept(line: FloatArray, rings: int) -> FloatArray:
    """Returns a tube (rings, around, 3) about a line (K, 3) of height, along and radius."""
    steps = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line[:, :2], axis=0), axis=1))])
    spline = CubicSpline(steps, line)
    at = np.linspace(0.0, steps[-1], rings)
    height, along, radius = spline(at).T
    radius = np.maximum(radius, 0.004)
    rise, run = spline(at, 1)[:, :2].T
    norm = np.hypot(rise, run)
    angle = np.linspace(0.0, 2.0 * np.pi, _AROUND, endpoint=False)
    # Rings stand square to the line, which lies in the plane x = 0.
    out = radius[:, None] * np.sin(angle)
    x = radius[:, None] * np.cos(angle)
    y = height[:, None] + out * (run / norm)[:, None]
    z = along[:, None] - out * (rise / norm)[:, None]
    return np.stack([x, y, z], axis=-1)


def _leg(strides: float, side: float, root_z: float, lag: float) -> FloatArray:
    """Returns a leg (rings, around, 3) in its step."""
    phase = (strides + lag) % 1.0
    reach = _STRIDE * _STANCE_SHARE / 2
    if phase < _STANCE_SHARE:
        foot_z, lift = reach * (1.0 - 2.0 * phase / _STANCE_SHARE), 0.0
    else:
        swung = (phase - _STANCE_SHARE) / (1.0 - _STANCE_SHARE)
        foot_z, lift = -reach * np.cos(np.pi * swung), _LIFT * np.sin(np.pi * swung)
    root, foot = np.array([_LEG_ROOT, root_z]), np.array([lift, root_z + foot_z])
    span = foot - root
    length = float(np.hypot(*span))
    bend = np.sqrt(max(_LEG_LINK**2 - length**2 / 4, 0.0))
    # Hind knees point forward, elbows back.
    forward = 1.0 if root_z < 0 else -1.0
    knee = (root + foot) / 2 + bend * forward * np.array([span[1], -span[0]]) / length
    share = np.linspace(0.0, 1.0, _LIMB_RINGS)
    # A soft knee: the curve that starts and ends with the two links.
    rest = 1.0 - share
    line = rest[:, None] ** 2 * root + share[:, None] ** 2 * foot
    line = line + (2.0 * share * rest)[:, None] * knee
    radius = np.interp(share, _LEG[:, 0], _LEG[:, 1])
    angle = np.linspace(0.0, 2.0 * np.pi, _AROUND, endpoint=False)
    paw = np.where(share > 0.85, 1.5, 1.0)[:, None]
    x = side * _HALF_TRACK + 0.8 * radius[:, None] * np.cos(angle)
    z = line[:, 1:] + paw * radius[:, None] * np.sin(angle) + 0.03 * (paw > 1.0)
    y = np.broadcast_to(np.maximum(line[:, :1], 0.0), x.shape)
    return np.stack([x, y, z], axis=-1)


def _tube_triangles(rings: int) -> IntArray:
    """Returns the faces (T, 3) of a tube whose ends are all but closed."""
    grid = np.arange(rings * _AROUND).reshape(rings, _AROUND)
    here, there = grid[:-1], grid[1:]
    here_next, there_next = np.roll(here, -1, axis=1), np.roll(there, -1, axis=1)
    first = np.stack([here, there_next, there], axis=-1).reshape(-1, 3)
    second = np.stack([here, here_next, there_next], axis=-1).reshape(-1, 3)
    return np.concatenate([first, second])


def _joined(faces: list[IntArray], tubes: list[FloatArray]) -> IntArray:
    counts = [tube.shape[0] * tube.shape[1] for tube in tubes]
    starts = np.cumsum([0, *counts[:-1]])
    joined: IntArray = np.concatenate(
        [face + start for face, start in zip(faces, starts, strict=True)]
    )
    return joined


def _coat(pet: Pet, tubes: list[FloatArray]) -> FloatArray:
    """Returns vertex colours (K, 3): paler below and at the paws, a dark nose and ears."""
    base = np.array(pet.colour) / 255.0
    colours = []
    for number, tube in enumerate(tubes):
        part = np.tile(base, (*tube.shape[:2], 1))
        if number == 0:
            pale = np.clip((0.66 - tube[..., 1]) / 0.08, 0.0, 1.0)[..., None]
            part = part + 0.5 * pale * (1.0 - part)
            part[tube[..., 2] > 0.955] = 0.05
        elif number in (2, 3):
            part *= 0.55
        elif number > 3:
            part = np.where(tube[..., 1:2] < 0.12, part + 0.5 * (1.0 - part), part)
        colours.append(part.reshape(-1, 3))
    coat: FloatArray = np.clip(np.concatenate(colours), 0.0, 1.0)
    return coat
