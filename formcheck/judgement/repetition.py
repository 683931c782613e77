"""One signal that goes out and comes back: when a repetition set off, reached its top and was back.

The limits of a phase are shares of the repetition's own range (hysteresis), so neither the size of
the person nor how far they can go matters; times are seconds, so neither does the frame rate.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from formcheck.judgement.repmeasures import EASE
from formcheck.judgement.rule import RepMovement
from formcheck.kinematics.filters import SlidingMedian
from formcheck.types import Phase

__all__ = ["RepTimes", "RepTracker"]

SMOOTHING_S = 0.2
"""Median over so long; phases are known half of it late, and dated back by that."""

REST_MEMORY_S = 4.0
"""The start position is where the signal was lowest in this time."""

SETS_OFF = 0.25
"""Share of the usual range from which something is under way."""

NEAR_REST = 0.1
NEAR_TOP = 0.9
"""Shares of a repetition's own range that count as start position and as top (in a bridge about 5
degrees from the peak)."""

IS_BACK = 0.3
"""Share of its own range down to which a repetition must come back."""

TURNS_AGAIN = 0.08
"""Share of its range by which a signal that has come back must rise to have turned again."""

SETTLES_S = 0.4
"""A signal that has come back and falls no further for so long has settled."""

HALF_WAY = 0.65
"""A repetition with less than this share of the usual range went only part of the way."""

FIDGET = 0.35
"""Less than this share is no repetition at all, whatever else it was."""

STOPS_SHORT = 0.5
SETTLES_SHORT_S = 0.8
"""Who comes back only half the way and stays there has a new start position."""

RISES_S = 0.2
RISING = 0.05
"""A signal that grew by more than this share within that time is not at its top yet."""

NOISE_S = 2.0
NOISES = 4.0
"""White noise (its spread is the median step from frame to frame over 0.954) hardly ever fakes a
range of four times itself after smoothing."""

PLATEAU_S = 0.5
"""The top is the median of the highest moments that last so long together."""

BLINK_S = 0.2
"""Shorter gaps in a signal hide nothing."""

MOST_UNSEEN = 0.34
"""Share of a repetition in which its signal may be unseen."""


@dataclass(frozen=True, slots=True)
class RepTimes:
    """A repetition of one signal, over or under way.

    Attributes:
        start_s: When it set off.
        reach_s: When it reached its top (90 % of its range).
        leave_s: When it left it.
        end_s: When it was back (10 % of its range).
        low: The signal before it.
        high: The signal at its top.
        share: Its range as a share of the usual one; 1 where none is known yet.
        gaps_s: Spans (start, end) within it in which the signal was not seen.
    """

    start_s: float
    reach_s: float
    leave_s: float
    end_s: float
    low: float
    high: float
    share: float
    gaps_s: tuple[tuple[float, float], ...] = ()

    @property
    def unseen(self) -> float:
        """Share of its time in which the signal was not seen."""
        blind_s = sum(end_s - start_s for start_s, end_s in self.gaps_s)
        return blind_s / max(self.end_s - self.start_s, 1e-6)


class RepTracker:
    """Follows one signal through its repetitions.

    Attributes:
        phase: Where it is.
        ranges: The ranges of the repetitions so far, those that went part of the way left out.

    Args:
        movement: Gives the least range and the shortest and longest repetition.
    """

    def __init__(self, movement: RepMovement) -> None:
        self.ranges: list[float] = []
        self._movement = movement
        self._median = SlidingMedian(SMOOTHING_S)
        self._first_s = math.inf
        self.drop()

    def drop(self) -> None:
        """Forgets what is under way; the usual range stays known."""
        self.phase = Phase.READY
        self._seen: deque[tuple[float, float]] = deque()
        self._median.reset()
        self._low = self._high = math.nan
        self._low_s = math.nan
        self._landed = math.nan
        self._landed_s = math.nan
        self._seen_s = math.nan
        self._gaps: list[tuple[float, float]] = []
        self._steps: deque[tuple[float, float]] = deque()
        self._raw = math.nan

    @property
    def under_way(self) -> bool:
        """Whether a repetition is on."""
        return self.phase is not Phase.READY

    @property
    def usual(self) -> float:
        """The usual range: the median of those so far, or the least."""
        return median(self.ranges) if self.ranges else self._movement.least

    def update(self, t_s: float, signal: float) -> RepTimes | None:
        """Takes one moment; gives a repetition that is over.

        Args:
            t_s: Time.
            signal: NaN where it isn't seen.
        """
        value = self._median.update(t_s, signal)
        if math.isnan(signal) or math.isnan(value):
            return None
        if t_s - self._seen_s > BLINK_S:
            self._gaps.append((self._seen_s, t_s))
        self._steps.append((t_s, abs(signal - self._raw)))
        while self._steps[0][0] < t_s - NOISE_S or math.isnan(self._steps[0][1]):
            self._steps.popleft()
            if not self._steps:
                break
        self._raw = signal
        self._seen_s = t_s
        self._first_s = min(self._first_s, t_s)
        t_s = max(self._first_s, t_s - SMOOTHING_S / 2)
        if self._seen and t_s <= self._seen[-1][0]:
            return None
        self._seen.append((t_s, value))
        if self.phase is Phase.READY:
            self._rest(t_s, value)
            return None
        if t_s - self._low_s > self._movement.longest_s:
            self.drop()
            return None
        return self._follow(t_s, value)

    def so_far(self) -> RepTimes | None:
        """The repetition that is under way, as if it were over now; None when there is none."""
        if not (self.under_way and self._seen):
            return None
        now_s = self._seen[-1][0]
        return replace(self._times(now_s), end_s=now_s)

    def _rest(self, t_s: float, value: float) -> None:
        seen = self._seen
        while seen[0][0] < t_s - REST_MEMORY_S:
            seen.popleft()
        self._low_s, self._low = min(reversed(seen), key=lambda sample: sample[1])
        if value - self._low > max(SETS_OFF * self.usual, 0.5 * self._movement.least):
            self.phase, self._high = Phase.OUT, value
            self._gaps = [gap for gap in self._gaps if gap[1] > self._low_s]

    def _follow(self, t_s: float, value: float) -> RepTimes | None:
        self._high = max(self._high, value)
        share = (value - self._low) / (self._high - self._low)
        if share < NEAR_TOP:
            self.phase = Phase.BACK
        else:
            self.phase = Phase.OUT if self._rises(t_s, value) else Phase.TOP
        if share > STOPS_SHORT:
            self._landed = math.nan
            return None
        return self._land(t_s, value, share)

    def _rises(self, t_s: float, value: float) -> bool:
        before = next((v for s, v in reversed(self._seen) if s <= t_s - RISES_S), self._low)
        return value - before > RISING * (self._high - self._low)

    def _land(self, t_s: float, value: float, share: float) -> RepTimes | None:
        """On the way back: waits until the start position is reached or settled for."""
        size = self._high - self._low
        if math.isnan(self._landed) or value < self._landed - 0.03 * size:
            self._landed, self._landed_s = value, t_s
        still_s = t_s - self._landed_s
        turned = value > self._landed + TURNS_AGAIN * size
        if share <= IS_BACK:
            over = share <= NEAR_REST or turned or still_s >= SETTLES_S
        else:
            over = still_s >= SETTLES_SHORT_S and not turned
        if not over:
            return None
        back_s = t_s if share <= NEAR_REST else self._landed_s
        times = self._times(back_s)
        self._restart(back_s)
        return self._kept(times)

    def stands_out(self, times: RepTimes) -> bool:
        """Whether a repetition is larger than fidgeting and than the signal's own noise."""
        steps = [step for _, step in self._steps]
        noise = median(steps) / 0.954 if steps else 0.0
        least = max(FIDGET * self.usual, self._movement.least, NOISES * noise)
        return times.high - times.low >= least

    def _kept(self, times: RepTimes) -> RepTimes | None:
        size = times.high - times.low
        if not self.stands_out(times) or times.end_s - times.start_s < self._movement.shortest_s:
            return None
        if times.share >= HALF_WAY:
            self.ranges.append(size)
        return times

    def _restart(self, from_s: float) -> None:
        self.phase = Phase.READY
        self._landed = math.nan
        while self._seen and self._seen[0][0] < from_s:
            self._seen.popleft()

    def _times(self, now_s: float) -> RepTimes:
        way = [(t, v) for t, v in self._seen if self._low_s <= t <= now_s]
        low, high = self._low, _plateau(way)
        rest, top = low + NEAR_REST * (high - low), low + NEAR_TOP * (high - low)
        at_top = [t for t, v in way if v >= top]
        reach_s, leave_s = at_top[0], at_top[-1]
        left_s = max((t for t, v in way if v <= rest and t < reach_s), default=self._low_s)
        back_s = min((t for t, v in way if v <= rest and t > leave_s), default=now_s)
        start_s = max(self._low_s, left_s - EASE * (reach_s - left_s))
        return RepTimes(
            start_s=start_s,
            reach_s=reach_s,
            leave_s=leave_s,
            end_s=back_s,
            low=low,
            high=high,
            share=(high - low) / self.usual if self.ranges else 1.0,
            gaps_s=tuple(
                (max(start_s, begin), min(back_s, end))
                for begin, end in self._gaps
                if begin < back_s and end > start_s
            ),
        )


def _plateau(way: Sequence[tuple[float, float]]) -> float:
    """The level of the top: the median of the highest moments, so that an overshoot is none."""
    span_s = way[-1][0] - way[0][0]
    count = len(way) * PLATEAU_S / span_s if span_s > PLATEAU_S else 1
    highest = sorted((v for _, v in way), reverse=True)[: max(1, round(count))]
    return median(highest)
