"""Jumps as the renderer knows them: when, how high, and what else it tells of each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from formcheck.landmarks import Side

__all__ = ["TrueHop", "read_hops", "true_bouts"]

PAUSE_S = 1.0
"""Who stands for longer between two jumps has stopped: a contact of skipping takes 0.2 to 0.4 s."""

_SIDES = ("left", "right")


@dataclass(frozen=True, slots=True)
class TrueHop:
    """One true jump.

    Attributes:
        take_off_s: When the last foot left the floor.
        landing_s: When the first foot touched it again.
        height_m: Rise of the body's centre.
        left_landing_s: When the left foot touched; None where it did not take this landing.
        right_landing_s: The same of the right one.
        contact_s: From the landing to the next take-off; None after the last one of a bout.
        bout: Which row of jumps without a pause or a miss it belongs to, from 0.
        values: What else is known of it in numbers, by name, which ends in its unit.
    """

    take_off_s: float
    landing_s: float
    height_m: float
    left_landing_s: float | None
    right_landing_s: float | None
    contact_s: float | None
    bout: int
    values: Mapping[str, float]

    @property
    def foot(self) -> Side | None:
        """The foot that landed, or None where both did."""
        if self.left_landing_s is None:
            return Side.RIGHT
        return Side.LEFT if self.right_landing_s is None else None

    @property
    def flight_s(self) -> float:
        """Seconds in the air."""
        return self.landing_s - self.take_off_s

    @property
    def offset_s(self) -> float | None:
        """How much later the left foot landed than the right one; None of a single foot."""
        if self.left_landing_s is None or self.right_landing_s is None:
            return None
        return self.left_landing_s - self.right_landing_s

    def value(self, name: str) -> float | None:
        """What is known under a name, or the mean of what is under it of the feet that landed."""
        sides = [f"{side}_{name}" for side in _SIDES]
        known = [self.values[one] for one in (name, *sides) if one in self.values]
        return sum(known) / len(known) if known else None


def read_hops(plain: Sequence[Mapping[str, Any]]) -> tuple[TrueHop, ...]:
    """The jumps of a truth file, as its ``events.hops`` has them.

    Where it does not tell of bouts and contacts, they follow from the pauses.

    Raises:
        KeyError, TypeError, ValueError: they are none, or not in order of time.
    """
    hops: list[TrueHop] = []
    bout = 0
    for one, following in itertools.zip_longest(plain, plain[1:]):
        take_off_s, landing_s = float(one["take_off_s"]), float(one["landing_s"])
        if hops and take_off_s < hops[-1].landing_s:
            raise ValueError(f"the jump at {take_off_s:g} s begins before the last one ended")
        contact_s = None if following is None else float(following["take_off_s"]) - landing_s
        if contact_s is not None and contact_s > PAUSE_S:
            contact_s = None
        contact_s = _or_none(one.get("contact_s", contact_s))
        hops.append(_hop(one, contact_s, int(one.get("bout", bout))))
        bout += contact_s is None
    return tuple(hops)


def _hop(plain: Mapping[str, Any], contact_s: float | None, bout: int) -> TrueHop:
    take_off_s, landing_s, height_m = (
        float(plain[name]) for name in ("take_off_s", "landing_s", "height_m")
    )
    left_s, right_s = (_or_none(plain[f"{side}_landing_s"]) for side in _SIDES)
    touched_s = [t_s for t_s in (left_s, right_s) if t_s is not None]
    if not (take_off_s < landing_s and height_m > 0.0 and touched_s):
        raise ValueError(f"the jump at {take_off_s:g} s does not go up and land")
    if not math.isclose(min(touched_s), landing_s, abs_tol=1e-3):
        raise ValueError(f"the jump at {take_off_s:g} s lands at {landing_s:g} s without a foot")
    values = {name: float(value) for name, value in plain.items() if type(value) in (int, float)}
    return TrueHop(
        take_off_s=take_off_s,
        landing_s=landing_s,
        height_m=height_m,
        left_landing_s=left_s,
        right_landing_s=right_s,
        contact_s=contact_s,
        bout=bout,
        values=MappingProxyType(values),
    )


def _or_none(value: Any) -> float | None:
    return None if value is None else float(value)


def true_bouts(hops: Sequence[TrueHop]) -> tuple[tuple[TrueHop, ...], ...]:
    """The jumps without a pause or a miss between them."""
    return tuple(tuple(bout) for _, bout in itertools.groupby(hops, key=lambda hop: hop.bout))
