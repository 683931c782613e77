"""The shape of a person: a few adjectives turned into a rest mesh."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from studio.arrays import FloatArray
from studio.body.assets import BaseMesh, load_target


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
        (V, 3) rest vertices in metres, the soles at y = 0, the hip pivots re-centred.
    """
    vertices = mesh.vertices_m.copy()
    for name, weight in _target_weights(shape):
        indices, moves = load_target(name)
        vertices[indices] += weight * moves
    vertices[:, 1] -= vertices[mesh.vertex_groups["body"], 1].min()
    _recentre_hip_pivots(mesh, vertices)
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


def _recentre_hip_pivots(mesh: BaseMesh, vertices: FloatArray) -> None:
    """Moves the hip pivots forward into the middle of the thigh's cross-section, in place.

    The stock pivot lies 2 to 4 cm behind the greater trochanter, which is what people and pose
    models call the hip: every straight plank would read as sagging by some 6 degrees.
    """
    body = vertices[mesh.vertex_groups["body"]]
    for side, sign in (("l", 1.0), ("r", -1.0)):
        cube = mesh.vertex_groups[f"joint-{side}-upper-leg"]
        pivot = vertices[cube].mean(axis=0)
        slab = body[
            (np.abs(body[:, 1] - pivot[1]) < 0.03)
            & (body[:, 0] * sign > 0)
            & (np.abs(body[:, 0]) < 0.3)
        ]
        lateral = slab[(slab[:, 0] * sign).argmax()]
        middle_z = (slab[:, 2].min() + slab[:, 2].max()) / 2
        vertices[cube, 2] += (middle_z + lateral[2]) / 2 - pivot[2]
