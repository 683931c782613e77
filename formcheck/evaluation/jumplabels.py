"""What people say of the jumps of a clip: how many, when they land, how fast they follow."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from formcheck.evaluation.truth import Span, span_of

__all__ = ["Cadence", "JumpLabel", "read_jumps", "times_of"]


@dataclass(frozen=True, slots=True)
class Cadence:
    """How fast the jumps follow each other for a while, as an on-screen counter says, say.

    Attributes:
        span_s: From when to when.
        per_min: Landings a minute.
    """

    span_s: Span
    per_min: float


@dataclass(frozen=True, slots=True)
class JumpLabel:
    """The jumps of a clip as they are labelled.

    Attributes:
        count: How many, or None where nobody counted.
        tolerance: So many more or less are right as well.
        landings_s: When they land, in order of time.
        active_s: When there is skipping.
        cadence: How fast.
    """

    count: int | None = None
    tolerance: int = 0
    landings_s: tuple[float, ...] = ()
    active_s: tuple[Span, ...] = ()
    cadence: tuple[Cadence, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything is said of jumps at all."""
        return self.count is not None or bool(self.landings_s or self.active_s or self.cadence)

    @property
    def every_landing(self) -> bool:
        """Whether all landings are labelled, and not only some of them."""
        if not self.landings_s:
            return False
        return self.count is None or abs(len(self.landings_s) - self.count) <= self.tolerance


def read_jumps(table: Mapping[str, Any]) -> JumpLabel:
    """What the table of a clip says of jumps.

    Raises:
        ValueError: a value is none of its kind.
    """
    return JumpLabel(
        count=_whole("jumps", table["jumps"]) if "jumps" in table else None,
        tolerance=_whole("jumps_tol", table.get("jumps_tol", 0)),
        landings_s=times_of("landings", table.get("landings", ())),
        active_s=tuple(span_of(pair) for pair in _rows("active", table)),
        cadence=tuple(_cadence(row) for row in _rows("cadence", table)),
    )


def times_of(key: str, values: Any) -> tuple[float, ...]:
    """Times in order, each once.

    Raises:
        ValueError: they are none; the message names the key.
    """
    try:
        times_s = tuple(float(value) for value in values)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{key} must be a list of times in seconds, not {values!r}") from error
    if not all(math.isfinite(t_s) for t_s in times_s) or any(
        after <= before for before, after in itertools.pairwise(times_s)
    ):
        raise ValueError(f"the {key} {values!r} must be times in order, each once")
    return times_s


def _whole(key: str, value: Any) -> int:
    # By type: true is an int to Python, and no number of jumps.
    if type(value) is not int or value < 0:
        said = json.dumps(value, default=str)
        raise ValueError(f"{key} must be a whole number, 0 or more, not {said}")
    return value


def _rows(key: str, table: Mapping[str, Any]) -> list[Any]:
    """A list of rows; one row alone may stand without its outer brackets."""
    rows = table.get(key, [])
    if not isinstance(rows, list):
        raise ValueError(f"{key} must be a list, not {json.dumps(rows, default=str)}")
    return [rows] if rows and not isinstance(rows[0], list) else rows


def _cadence(row: Any) -> Cadence:
    try:
        start_s, end_s, per_min = (float(value) for value in row)
    except (TypeError, ValueError) as error:
        raise ValueError(f"the cadence {row!r} must be [from, to, per minute]") from error
    if not (math.isfinite(per_min) and per_min > 0.0):
        raise ValueError(f"the cadence {row!r} must be above 0 a minute")
    return Cadence(span_of((start_s, end_s)), per_min)
