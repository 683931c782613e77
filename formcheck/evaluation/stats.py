"""Percentiles and shares that are None where there is nothing to take them of."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["percentile", "rounded", "share"]


def percentile(values: Sequence[float] | NDArray[np.float64], percent: float) -> float | None:
    """A percentile of some values, to a thousandth."""
    return round(float(np.percentile(values, percent)), 3) if len(values) else None


def share(part: int, whole: int) -> float | None:
    """A part of a whole, 0 to 1, to a thousandth."""
    return round(part / whole, 3) if whole else None


def rounded(value: float | None) -> float | None:
    """A value to a thousandth; None for what is no number."""
    return None if value is None or not math.isfinite(value) else round(value, 3)
