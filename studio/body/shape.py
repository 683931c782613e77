"""The shape of a person: a few adjectives turned into a rest mesh."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from studio.arrays import FloatArray
from studio.body.assets import BaseMesh, load_target

_STATURE_M = 1.75
_AXIS_OVER_JOINT_LINE_M = 0.025
# Thigh over shank. People have nearly equal ones (Winter: 0.245 and 0.246 of the stature).
_LEAST_THIGH_RATIO = 0.94
_LEGS_WITHIN_M = 0.3
# How fast the front of the thigh falls back towards the knee.
_TAPER = 0.15


@dataclass(frozen=True, slots=True)
class BodyShape:
    """How a person is built. Every number runs from 0 to 1.

    Attributes:
        gender: 0 is female, 1 is male.
        muscle: 0.5 is average.
        weight: 0.5 is average.
        height: 0.5 is average.
        proportions: 0.5 is average, 1 is "ideal".
        ancestry: one of the base data's three families: african, asian, caucasian.
    """

    gender: float = 1.0
    muscle: float = 0.6
    weight: float = 0.5
    height: float = 0.5
    proportions: float = 0.6
    ancestry: str = "caucasian"


def shape_vertices(mesh: BaseMesh, shape: BodyShape) -> FloatArray:
    """Applies the shape targets and stands the body on the floor.

    Args:
        mesh: the base mesh.
        shape: the wanted build.

    Returns:
        (V, 3) rest vertices in metres, the soles at y = 0, hip and knee pivots moved to where
        anatomy has them.
    """
    vertices = mesh.vertices_m.copy()
    for name, weight in _target_weights(shape):
        indices, moves = load_target(name)
        vertices[indices] += weight * moves
    vertices[:, 1] -= vertices[mesh.vertex_groups["body"], 1].min()
    for side in ("l", "r"):
        _recentre_hip_pivot(mesh, vertices, side)
        _recentre_knee_pivot(mesh, vertices, side)
    _even_out_legs(mesh, vertices)
    return vertices


def _target_weights(shape: BodyShape) -> list[tuple[str, float]]:
    """Lists the macro targets and their blend weights."""
    genders = {"female": 1.0 - shape.gender, "male": shape.gender}
    muscles = _between(shape.muscle, "minmuscle", "averagemuscle", "maxmuscle")
    weights = _between(shape.weight, "minweight", "averageweight", "maxweight")
    extras = {
        "height": _between(shape.height, "minheight", "", "maxheight"),
        "proportions": _between(shape.proportions, "uncommonproportions", "", "idealproportions"),
    }
    blend: list[tuple[str, float]] = []
    for gender, gender_weight in genders.items():
        if gender_weight == 0.0:
            continue
        blend.append((f"macrodetails/{shape.ancestry}-{gender}-young", gender_weight))
        for (muscle, muscle_weight), (weight, weight_weight) in product(
            muscles.items(), weights.items()
        ):
            share = gender_weight * muscle_weight * weight_weight
            build = f"{gender}-young-{muscle}-{weight}"
            blend.append((f"macrodetails/universal-{build}", share))
            for family, levels in extras.items():
                blend.extend(
                    (f"macrodetails/{family}/{build}-{level}", share * level_weight)
                    for level, level_weight in levels.items()
                    if level
                )
    return [(name, weight) for name, weight in blend if weight > 0.0]


def _between(value: float, low: str, middle: str, high: str) -> dict[str, float]:
    """Splits a 0..1 value into the weights of the two named levels around it."""
    if value < 0.5:
        return {low: 1.0 - 2.0 * value, middle: 2.0 * value}
    return {middle: 2.0 - 2.0 * value, high: 2.0 * value - 1.0}


def _recentre_hip_pivot(mesh: BaseMesh, vertices: FloatArray, side: str) -> None:
    """Moves a hip pivot forward to the greater trochanter as seen from the side, in place.

    The stock pivot lies 2 to 4 cm behind it: every straight plank would read as sagging by some 6
    degrees. There are two marks of the trochanter. It is the most lateral point of the hip, which
    fat blurs; and it lies on the prolongation of the femur, which runs in the middle of the thigh
    below the gluteal fold. (At the level of the hip itself the middle of the flesh says nothing:
    it goes with the size of the buttocks.) The pivot takes the mean of both.
    """
    cube = mesh.vertex_groups[f"joint-{side}-upper-leg"]
    pivot = vertices[cube].mean(axis=0)
    sign = np.sign(pivot[0])
    body = vertices[mesh.vertex_groups["body"]]
    slab = body[
        (np.abs(body[:, 1] - pivot[1]) < 0.03)
        & (body[:, 0] * sign > 0)
        & (np.abs(body[:, 0]) < 0.3)
    ]
    lateral = slab[(slab[:, 0] * sign).argmax()]
    thigh_m = pivot[1] - vertices[mesh.vertex_groups[f"joint-{side}-knee"], 1].mean()
    below_m = np.linspace(0.36, 0.60, 7) * thigh_m
    outline = _outline(mesh, vertices, pivot, -below_m, 0.3)
    middle_z = outline[:, 4:].mean(axis=1)
    spread_m = below_m - below_m.mean()
    slope = float((spread_m * middle_z).sum() / (spread_m**2).sum())
    femur_z = float(middle_z.mean()) - slope * float(below_m.mean())
    vertices[cube, 2] += (femur_z + lateral[2]) / 2 - pivot[2]


def _recentre_knee_pivot(mesh: BaseMesh, vertices: FloatArray, side: str) -> None:
    """Moves a knee pivot into the middle of the femoral condyles, in place.

    The shape targets move the stock pivot against the knee one sees: on tall men it ends up 5 cm
    below it. The joint line is where the front of the leg steps back below the kneecap; the axis
    through the epicondyles lies 25 mm above (of an adult of 1.75 m), in the middle of the knee.
    """
    cube = mesh.vertex_groups[f"joint-{side}-knee"]
    pivot = vertices[cube].mean(axis=0)
    scale = float(np.ptp(vertices[mesh.vertex_groups["body"], 1])) / _STATURE_M
    levels = np.arange(0.075, -0.0801, -0.005) * scale
    front = _outline(mesh, vertices, pivot, levels, 0.13)[:, 5]
    # The thigh tapers evenly towards the knee: only what is steeper than that is the step.
    step = np.maximum(front[:-4] - front[4:] - _TAPER * 4 * 0.005 * scale, 0.0) ** 2
    joint_line = float(levels[2:-2] @ step / step.sum())
    axis = np.array([joint_line + _AXIS_OVER_JOINT_LINE_M * scale])
    left, right, _, _, back, front_z = _outline(mesh, vertices, pivot, axis, 0.13)[0]
    centre = np.array([(left + right) / 2, pivot[1] + axis[0], (back + front_z) / 2])
    vertices[cube] += centre - pivot


def _even_out_legs(mesh: BaseMesh, vertices: FloatArray) -> None:
    """Lowers knees that sit higher than people have them, skin and pivots alike, in place.

    On the men of the base data the visible knee leaves a thigh of 0.76 to 0.91 of the shank.
    """
    ankle_m, knee_m, hip_m = (
        float(vertices[mesh.vertex_groups[f"joint-l-{name}"], 1].mean())
        for name in ("ankle", "knee", "upper-leg")
    )
    knee = (knee_m - ankle_m) / (hip_m - ankle_m)
    lower = max(0.0, knee - 1.0 / (1.0 + _LEAST_THIGH_RATIO))
    leg = (vertices[:, 1] > ankle_m) & (vertices[:, 1] < hip_m)
    leg &= np.abs(vertices[:, 0]) < _LEGS_WITHIN_M
    share = (vertices[leg, 1] - ankle_m) / (hip_m - ankle_m)
    part = np.where(share < knee, share / knee, (1.0 - share) / (1.0 - knee))
    vertices[leg, 1] -= lower * (hip_m - ankle_m) * part**2 * (3.0 - 2.0 * part)


def _outline(
    mesh: BaseMesh, vertices: FloatArray, pivot: FloatArray, levels: FloatArray, reach_m: float
) -> FloatArray:
    """Cuts the leg around a pivot.

    Args:
        mesh: the base mesh.
        vertices: (V, 3) shaped vertices.
        pivot: (3,) the pivot; only what is on its side of the body is cut.
        levels: (L,) heights of the cuts above the pivot, metres.
        reach_m: how far in x and z from the pivot is cut.

    Returns:
        (L, 6) lowest and highest x, y and z of each cut.
    """
    of_body = np.array(mesh.quad_group) == "body"
    edges = mesh.quads[of_body][:, [0, 1, 1, 2, 2, 3, 3, 0]].reshape(-1, 2)
    near = np.abs(vertices[:, [0, 2]] - pivot[[0, 2]]).max(axis=1) < reach_m
    near &= vertices[:, 0] * pivot[0] > 0
    start, end = np.moveaxis(vertices[edges[near[edges].all(axis=1)]], 1, 0)
    rise = end[:, 1] - start[:, 1]
    cuts = []
    for height in pivot[1] + levels:
        share = (height - start[:, 1]) / np.where(rise == 0.0, 1.0, rise)
        cut = (rise != 0.0) & (share >= 0.0) & (share <= 1.0)
        points = start[cut] + share[cut, None] * (end - start)[cut]
        cuts.append(np.stack([points.min(axis=0), points.max(axis=0)], axis=1).ravel())
    return np.array(cuts)
