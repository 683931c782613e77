"""MOT: what was measured over time, as OpenSim's motion files, which Sports2D writes as well.

Tab-separated text after a header; angles in degrees, other columns in the unit that ends their
name; ``nan`` where a measure could not be taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import InputError
from formcheck.interchange.tracks import evenly

__all__ = ["to_mot"]


def to_mot(t_s: Sequence[float], measures: Mapping[str, Sequence[float]], name: str) -> str:
    """The text of a MOT file.

    Args:
        t_s: (T,) times, increasing.
        measures: Name, which ends in its unit → (T,) values, NaN where there is none.
        name: What the motion is called.

    Raises:
        InputError: nothing was measured.
    """
    if not t_s or not measures:
        raise InputError("nothing was measured in this session, so there is nothing to write")
    values: NDArray[np.float64] = np.array(list(measures.values()), dtype=np.float64).T
    times, even = evenly(np.array(t_s, dtype=np.float64), values)
    columns = ["time", *measures]
    head = [
        name,
        "version=1",
        f"nRows={len(times)}",
        f"nColumns={len(columns)}",
        "inDegrees=yes",
        "endheader",
        "\t".join(columns),
    ]
    rows = [
        "\t".join([f"{at_s:.6f}", *(f"{value:.6f}" for value in row)])
        for at_s, row in zip(times, even, strict=True)
    ]
    return "\n".join([*head, *rows]) + "\n"
