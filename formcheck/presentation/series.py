"""One value over time, and how it is thinned out for a chart."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One value over time.

    Attributes:
        t_s: float64 (n,), rising.
        value: float64 (n,), NaN where it is not known.
        judged: bool (n,), whether form was judged.
    """

    t_s: NDArray[np.float64]
    value: NDArray[np.float64]
    judged: NDArray[np.bool_]


def thinned(series: Series, most: int) -> Series:
    """At most about ``most`` points that keep the curve's extremes.

    Of each stretch of time the lowest and the highest value stay, so that a short fault in a long
    clip does not vanish.
    """
    n = series.t_s.size
    if n <= most:
        return series
    edges = np.linspace(0, n, most // 2 + 1).astype(int)
    kept: list[int] = []
    for first, last in pairwise(edges):
        part = series.value[first:last]
        if np.isnan(part).all():
            kept.append(int(first))
        else:
            kept += sorted({int(first + np.nanargmin(part)), int(first + np.nanargmax(part))})
    keep = np.array(kept)
    return Series(series.t_s[keep], series.value[keep], series.judged[keep])
