"""Named measures: what each is called, its unit, which joints it needs, and how it is computed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from formcheck.landmarks import Joint


@dataclass(frozen=True, slots=True)
class Body:
    """To be written."""

    stance: str | None = None


@dataclass(frozen=True, slots=True)
class Feature:
    """A named measure of one frame.

    Attributes:
        name: Ends in its unit, e.g. ``hip_line_deg``.
        unit: ``deg``, ``ratio``, ``s``, ``m``, ``px`` or ``per_min``.
        title: For people, e.g. "hip line".
        needs: Joints of the near side that must be seen; otherwise the value is NaN.
        compute: The measure; NaN where it is undefined.
    """

    name: str
    unit: str
    title: str
    needs: tuple[Joint, ...]
    compute: Callable[[Body], float]

    def of(self, body: Body) -> float:
        """The measure of one body, NaN when a needed joint isn't seen."""
        del body
        return math.nan
