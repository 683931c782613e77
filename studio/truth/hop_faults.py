"""Faults of hops: what is wrong with most of the jumps in a row.

One jump is soon over and nobody is told of it: a fault is what more than half of eight jumps in a
row show (of all, in a bout with fewer). It lasts from the first landing that shows it to the last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import numpy as np

from studio.arrays import BoolArray, FloatArray, IntArray
from studio.truth.hops import TrueHop
from studio.truth.measures import SIDES

WINDOW = 8
"""So many jumps in a row are looked at together."""

# Fewer jumps are no bout in which anything could be said of most of them.
_FEWEST = 5
_SIDE, _FRONT = "side", "front"
_BOTH = (_SIDE, _FRONT)

Reader = Callable[[Sequence[TrueHop]], FloatArray]


@dataclass(frozen=True, slots=True)
class HopLimit:
    """When a jump is wrong.

    Attributes:
        check: code of the check.
        unit: of the value: ``cm``, ``deg``, ``ms``, ``ratio`` or ``pct``.
        sign: +1 if high values are wrong, -1 if low ones are.
        warn: limit of a warning.
        fault: limit of a fault.
        owed: so far past the limit that nobody could miss it: a cue is owed; None where none is.
        views: from where it can be seen.
        values: reads a bout: a value (N,) for each jump, NaN where it is not known.
    """

    check: str
    unit: str
    sign: float
    warn: float
    fault: float
    owed: float | None
    views: tuple[str, ...]
    values: Reader

    def past(self, values: FloatArray, threshold: float) -> BoolArray:
        """Returns which values (N,) are past a threshold; none that is not known."""
        wrong: BoolArray = np.nan_to_num(self.sign * (values - threshold), nan=-1.0) > 0.0
        return wrong


def hop_fault_events(exercise: str, hops: Sequence[TrueHop], view: str) -> list[dict[str, Any]]:
    """Returns the events of all faults of a clip's jumps, in order.

    Args:
        exercise: whose limits count; one without any has no events.
        hops: the jumps that end within the clip.
        view: where the camera stands, as in the labels.
    """
    events = []
    for limit in _LIMITS.get(exercise, ()):
        first = 0
        for _, group in groupby(hops, key=lambda hop: hop.bout):
            bout = list(group)
            events += _events(limit, bout, first, view)
            first += len(bout)
    return sorted(events, key=lambda event: (event["warn_span"], event["check"]))


def _events(
    limit: HopLimit, bout: Sequence[TrueHop], first: int, view: str
) -> list[dict[str, Any]]:
    """The events of one fault in one bout, whose first jump has the number ``first``."""
    if len(bout) < _FEWEST:
        return []
    values = limit.values(bout)
    warned = _shown(limit.past(values, limit.warn))
    wrong = _shown(limit.past(values, limit.fault))
    owed = np.zeros(len(bout), dtype=bool)
    if limit.owed is not None and len(bout) >= WINDOW and view in limit.views:
        owed = _shown(limit.past(values, limit.owed))
    events = []
    for start, end in _runs(warned):
        inside = np.arange(start, end + 1)
        at_fault = inside[wrong[inside]]
        worst = limit.sign * np.nanmax(limit.sign * values[inside])
        events.append(
            {
                "check": limit.check,
                "hops": [first + int(start), first + int(end)],
                "span": _landings(bout, at_fault) if len(at_fault) > 1 else None,
                "warn_span": _landings(bout, inside),
                "in_view": view in limit.views,
                "cue_owed": bool(owed[inside].any()),
                f"peak_{limit.unit}": round(float(worst), 2) + 0.0,
            }
        )
    return events


def _shown(past: BoolArray) -> BoolArray:
    """Which jumps (N,) are past a limit together with more than half of some eight in a row."""
    count = min(WINDOW, len(past))
    shown = np.zeros(len(past), dtype=bool)
    for start in range(len(past) - count + 1):
        window = slice(start, start + count)
        if 2 * int(past[window].sum()) > count:
            shown[window] |= past[window]
    return shown


def _runs(shown: BoolArray) -> list[tuple[int, int]]:
    """First and last of the jumps that belong together: less than a window lies between two."""
    numbers = np.flatnonzero(shown)
    if len(numbers) == 0:
        return []
    breaks = [n for n, (a, b) in enumerate(pairwise(numbers), start=1) if b - a >= WINDOW]
    return [(int(run[0]), int(run[-1])) for run in np.split(numbers, breaks)]


def _landings(bout: Sequence[TrueHop], numbers: IntArray) -> list[float]:
    first, last = bout[int(numbers[0])], bout[int(numbers[-1])]
    return [round(first.landing_s, 4), round(last.landing_s, 4)]


def _of_each(read: Callable[[TrueHop], float | None]) -> Reader:
    """Reads one number of each jump."""

    def values(bout: Sequence[TrueHop]) -> FloatArray:
        return np.array([np.nan if (value := read(hop)) is None else value for hop in bout])

    return values


def _of_legs(name: str) -> Reader:
    """Reads the mean of the legs that land."""

    def read(hop: TrueHop) -> float | None:
        legs = [getattr(hop, f"{side}_{name}") for side in SIDES]
        known = [value for value in legs if value is not None]
        return float(np.mean(known)) if known else None

    return _of_each(read)


def _unsteadiness_pct(bout: Sequence[TrueHop]) -> FloatArray:
    """How far the times between landings vary in the bout, for each jump the same."""
    # A double-under takes longer without being out of time.
    times_s = [b.landing_s - a.landing_s for a, b in pairwise(bout) if b.turns < 2]
    if len(times_s) < _FEWEST:
        return np.full(len(bout), np.nan)
    return np.full(len(bout), 100.0 * float(np.std(times_s) / np.mean(times_s)))


def _late_ms(hop: TrueHop) -> float | None:
    return None if hop.offset_ms is None else abs(hop.offset_ms)


_ROPE = (
    HopLimit(
        "too-high", "cm", 1.0, 5.0, 7.0, 8.5, _BOTH, _of_each(lambda hop: 100.0 * hop.height_m)
    ),
    HopLimit("stiff-knees", "deg", -1.0, 20.0, 10.0, 5.5, (_SIDE,), _of_legs("knee_deg")),
    HopLimit("heels-first", "deg", -1.0, 5.0, -5.0, -12.0, (_SIDE,), _of_legs("strike_deg")),
    HopLimit("uneven-landing", "ms", 1.0, 40.0, 70.0, 90.0, (_FRONT,), _of_each(_late_ms)),
    HopLimit(
        "elbows-wide",
        "ratio",
        1.0,
        0.5,
        0.8,
        0.85,
        (_FRONT,),
        _of_each(lambda h: h.elbow_gap_ratio),
    ),
    HopLimit(
        "hands-off-hip",
        "ratio",
        1.0,
        0.3,
        0.4,
        0.55,
        _BOTH,
        _of_each(lambda h: h.hand_height_ratio),
    ),
    HopLimit(
        "hands-off-hip",
        "ratio",
        -1.0,
        -0.1,
        -0.4,
        -0.55,
        _BOTH,
        _of_each(lambda h: h.hand_height_ratio),
    ),
    HopLimit("trunk-lean", "deg", 1.0, 10.0, 20.0, 23.0, (_SIDE,), _of_each(lambda h: h.lean_deg)),
    # Shown when the set is over, never spoken.
    HopLimit("unsteady-rhythm", "pct", 1.0, 5.0, 10.0, None, _BOTH, _unsteadiness_pct),
)
_LIMITS: dict[str, Sequence[HopLimit]] = {"jump_rope": _ROPE}
