"""Which leg made a repetition, where the legs take turns.

Repetitions are counted from whichever leg is further out, so that the pose model may take one leg
for the other, as it does in an exact side view, without one repetition becoming two. Which leg it
was is decided afterwards, from all moments in which one was well on its way.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from math import isnan
from statistics import median

from formcheck.judgement.repetition import RepTimes
from formcheck.judgement.repmeasures import Sample
from formcheck.judgement.rule import Track
from formcheck.landmarks import Side
from formcheck.types import Reason

__all__ = ["BOTH_SIDES", "furthest_out", "side_of"]

BOTH_SIDES = Reason("both-sides", "both legs moved at once")
OVERLAP = Reason("overlap", "the other leg set off before this one was back")

ON_ITS_WAY = 0.5
"""Share of the range from which a moment has a say."""

LEADS = 0.25
"""A leg that is so much further out than the other one, as a share of the range, is the one."""

BOTH_OUT = 0.7
"""Both legs so far out at once are no alternating movement."""


def furthest_out(tracks: Sequence[Track], values: Sequence[float]) -> float:
    """The signal that repetitions are counted from; NaN where none is seen."""
    seen = [value for _, value in zip(tracks, values, strict=True) if not math.isnan(value)]
    return max(seen, default=math.nan)


def side_of(
    tracks: Sequence[Track], samples: Iterable[Sample], times: RepTimes
) -> tuple[Side | None, Reason | None]:
    """The leg that made a repetition, None where that can't be told, and why it is none of one."""
    if len(tracks) == 1:
        return tracks[0].side, None
    one, other = tracks
    low, size = times.low, times.high - times.low
    start_s, end_s = times.start_s, times.end_s
    name, other_name = one.signal.name, other.signal.name
    leads, both = [], []
    for sample in samples:
        if not start_s <= sample.t_s <= end_s:
            continue
        a, b = sample.values[name], sample.values[other_name]
        # Shares of the range; what is not seen is not on its way.
        a = 0.0 if isnan(a) else (a - low) / size
        b = 0.0 if isnan(b) else (b - low) / size
        if a >= ON_ITS_WAY or b >= ON_ITS_WAY:
            leads.append(a - b)
            both.append(a if a < b else b)
    if not leads:
        return None, None
    if median(both) > BOTH_OUT:
        return None, BOTH_SIDES
    first, second = (_lead(part) for part in (leads[: len(leads) // 2], leads[len(leads) // 2 :]))
    if first * second < 0:
        return None, OVERLAP
    lead = _lead(leads)
    return (one.side if lead > 0 else other.side if lead < 0 else None), None


def _lead(leads: Sequence[float]) -> int:
    """+1 when the first leg leads clearly, −1 when the other one does, 0 when neither does."""
    typical = median(leads) if leads else 0.0
    return 0 if abs(typical) < LEADS else (1 if typical > 0 else -1)
