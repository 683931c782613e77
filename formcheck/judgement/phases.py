"""State machines in seconds: a noisy condition becomes a steady one with a back-dated start.

Nothing here counts frames, so the same motion at another frame rate gives the same answer.
"""

from __future__ import annotations

import math
from collections import deque

from formcheck.judgement.rule import HoldMovement
from formcheck.types import Phase

__all__ = ["MAX_GAP_S", "SHARE", "Debounced", "HoldPhase", "Spans"]

SHARE = 0.8
"""A condition must hold for this share of its window."""

MAX_GAP_S = 0.5
"""A longer gap between two observations is time in which nothing is known."""

BLIND_S = 2.0
"""A hold outlives a time that can't be judged up to this long; then it ended when that began."""

MOVING_PER_S = 0.25
"""Torso lengths a second, about 12 cm/s: on the way somewhere. Breathing stays below 0.06."""

CREEPING_PER_S = 0.15
"""The slow beginning of a movement that becomes faster."""

REST_S = 0.25
"""Movement that pauses for less is one movement."""

SETTLING_DOWN_S = 0.4
"""Someone who lowers themself slows down before the position is lost: so long it still belongs."""

ARRIVING_S = 0.7
"""Getting into the position is taken to last no longer than this once it can be recognised."""

LEAVING_S = 1.5
"""The same for getting out of it."""

ARRIVAL_S = 0.5
"""Someone who is still on the way is waited for so much longer before the hold is confirmed."""

MOTION_LAG_S = 0.2
"""Movement is noticed, and its end too, half its window late."""

MOTION_MEMORY_S = 6.0

PASSING_S = 3.0
"""How long after a repetition a hold needs the longer settling time."""

REPETITION_S = 0.15
"""A repetition that shows for so long ends a hold, or the way into it, at once."""


class Debounced:
    """Switches on after a condition was true for ``on_s``, off after it was false for ``off_s``.

    "True for" tolerates interruptions of up to 20 % of the time so far, and always one sample. The
    switch is back-dated: ``since_s`` is when the condition that led to it began, not when it was
    believed. A gap in the samples starts the way to "on" afresh; the way to "off" goes on.

    Args:
        on_s: Window for switching on.
        off_s: Window for switching off.
    """

    __slots__ = (
        "_against_s",
        "_last_against",
        "_last_s",
        "off_s",
        "on",
        "on_s",
        "pending_since_s",
        "since_s",
    )

    def __init__(self, on_s: float, off_s: float) -> None:
        self.on_s = on_s
        self.off_s = off_s
        self.reset()

    def reset(self) -> None:
        """Off, and nothing under way."""
        self.on = False
        self.since_s = math.nan
        self.pending_since_s = math.nan
        self._against_s = 0.0
        self._last_s = math.nan
        self._last_against = False

    def update(self, t_s: float, condition: bool) -> bool:
        """Takes one sample; returns True when the state switched at this moment."""
        against = condition == self.on
        window_s = self.off_s if self.on else self.on_s
        dt_s = t_s - self._last_s
        if not math.isnan(self.pending_since_s):
            if self._last_against:
                self._against_s += dt_s
            broken = not self.on and dt_s > MAX_GAP_S
            if broken or self._against_s > self._tolerated_s(t_s, dt_s, window_s):
                self.pending_since_s = math.nan
        if math.isnan(self.pending_since_s) and not against:
            self.pending_since_s = t_s
            self._against_s = 0.0
        self._last_s, self._last_against = t_s, against
        if against or not t_s - self.pending_since_s >= window_s - 1e-9:
            return False
        self.on = condition
        self.since_s = self.pending_since_s
        self.pending_since_s = math.nan
        return True

    def _tolerated_s(self, t_s: float, dt_s: float, window_s: float) -> float:
        """Interruption allowed so far; a quarter of the window's worth from the first moment."""
        so_far_s = max(t_s - self.pending_since_s, window_s / 4.0)
        return max((1.0 - SHARE) * min(so_far_s, window_s), dt_s + 1e-9)


class Spans:
    """Stretches of time that can be trimmed again when an end turns out to lie further back."""

    __slots__ = ("_closed_s", "_spans", "_start_s", "_stop_s")

    def __init__(self) -> None:
        self._spans: list[tuple[float, float]] = []
        # Seconds in those that are over; NaN: to be added up again.
        self._closed_s = math.nan
        self._start_s = math.nan
        self._stop_s = math.nan

    def update(self, t_s: float, inside: bool, since_s: float | None = None) -> None:
        """Takes one moment; ``since_s`` back-dates it, over what was recorded since then."""
        at_s = t_s if since_s is None else min(since_s, t_s)
        if inside:
            if math.isnan(self._start_s):
                self._start_s = max(at_s, self._spans[-1][1]) if self._spans else at_s
            self._stop_s = t_s
            return
        if not math.isnan(self._start_s):
            if self._stop_s > self._start_s:
                self._spans.append((self._start_s, self._stop_s))
                self._closed_s = math.nan
            self._start_s = math.nan
        self.trim(at_s)

    def trim(self, end_s: float) -> None:
        """Takes back everything after ``end_s``."""
        if not math.isnan(self._start_s):
            self._stop_s = min(self._stop_s, end_s)
            if self._stop_s <= self._start_s:
                self._start_s = math.nan
        if self._spans and self._spans[-1][1] > end_s:
            self._spans = [(a, min(b, end_s)) for a, b in self._spans if a < end_s]
            self._closed_s = math.nan

    def begin(self, start_s: float) -> None:
        """Takes back everything before ``start_s``."""
        self._spans = [(max(a, start_s), b) for a, b in self._spans if b > start_s]
        self._closed_s = math.nan
        if not math.isnan(self._start_s):
            self._start_s = max(self._start_s, start_s)

    def all(self) -> tuple[tuple[float, float], ...]:
        """Every stretch, (start, end)."""
        if math.isnan(self._start_s) or self._stop_s <= self._start_s:
            return tuple(self._spans)
        return (*self._spans, (self._start_s, self._stop_s))

    def total_s(self) -> float:
        """Seconds in all stretches together."""
        if math.isnan(self._closed_s):
            self._closed_s = sum([end - start for start, end in self._spans])
        if math.isnan(self._start_s) or self._stop_s <= self._start_s:
            return self._closed_s
        return self._closed_s + (self._stop_s - self._start_s)

    def longest_s(self, bridge_s: float = 0.0) -> float:
        """Seconds of the longest stretch; breaks up to ``bridge_s`` do not end it, nor count."""
        longest = current = 0.0
        last_end_s = -math.inf
        for start, end in self.all():
            current = (current if start - last_end_s <= bridge_s else 0.0) + end - start
            longest = max(longest, current)
            last_end_s = end
        return longest


class _MotionHistory:
    """The speed of the last seconds, to find where a hold really began and ended."""

    __slots__ = ("_samples",)

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque()

    def add(self, t_s: float, speed_per_s: float) -> None:
        """Takes one moment; speed in torso lengths a second."""
        self._samples.append((t_s, speed_per_s))
        while self._samples[0][0] < t_s - MOTION_MEMORY_S:
            self._samples.popleft()

    def rests(self, now_s: float) -> bool:
        """Whether the last moments were still."""
        for t_s, speed_per_s in reversed(self._samples):
            if t_s <= now_s - REST_S:
                break
            if speed_per_s > MOVING_PER_S:
                return False
        return True

    def came_to_rest_s(self, since_s: float) -> float:
        """When the movement ended that was under way at ``since_s``; ``ARRIVING_S`` at most."""
        last_s = since_s
        for t_s, speed_per_s in self._samples:
            if t_s < since_s or speed_per_s <= MOVING_PER_S:
                continue
            if t_s - last_s > REST_S:
                break
            last_s = t_s
        return min(max(since_s, last_s - MOTION_LAG_S), since_s + ARRIVING_S)

    def set_off_s(self, left_s: float) -> float:
        """When the movement began by which the position was left; ``LEAVING_S`` at most."""
        began_s, moved = left_s, False
        for t_s, speed_per_s in reversed(self._samples):
            if t_s > left_s:
                continue
            # Once it surely moves, its slow beginning belongs to it.
            if speed_per_s > (CREEPING_PER_S if moved else MOVING_PER_S):
                began_s, moved = t_s, True
            elif began_s - t_s > SETTLING_DOWN_S:
                break
        return max(left_s - LEAVING_S, began_s - MOTION_LAG_S) if moved else left_s


class HoldPhase:
    """Away → getting ready → holding → away, with both ends of the hold back-dated.

    Moving into the position and out of it is not holding it: the start is when the body came to
    rest, the end when it set off.
    """

    __slots__ = (
        "_blind_since_s",
        "_enter_s",
        "_last_held_s",
        "_last_passing_s",
        "_motion",
        "_movement",
        "_passing_since_s",
        "_position",
        "_start_s",
        "end_s",
        "ended_by_repetition",
    )

    def __init__(self, movement: HoldMovement) -> None:
        self._movement = movement
        self._position = Debounced(movement.enter_s, movement.leave_s)
        self._blind_since_s = math.nan
        self._last_held_s = -math.inf
        self._last_passing_s = -math.inf
        self._passing_since_s = math.nan
        self._motion = _MotionHistory()
        self._enter_s = movement.enter_s
        self._start_s = math.nan
        self.end_s = math.nan
        self.ended_by_repetition = False

    @property
    def phase(self) -> Phase:
        """The phase now."""
        if self._position.on:
            return Phase.HOLDING
        pending = not math.isnan(self._position.pending_since_s)
        return Phase.GETTING_READY if pending else Phase.AWAY

    @property
    def start_s(self) -> float:
        """When the position was taken that is held or about to be; NaN when away."""
        return self._start_s if self._position.on else self._position.pending_since_s

    def update(
        self,
        t_s: float,
        in_position: bool | None,
        settled: bool,
        away_code: str | None,
        speed_per_s: float = 0.0,
    ) -> bool:
        """Takes one moment; True when a hold began or ended.

        After an end, ``end_s`` says when the position was left.

        Args:
            t_s: Time.
            in_position: Whether the position is taken; None when that can't be told.
            settled: Whether it looks as it must for a hold to begin.
            away_code: Code of the reason why the position is not taken.
            speed_per_s: How fast the trunk moves, torso lengths a second.
        """
        if in_position is None:
            return self._blind(t_s)
        self._blind_since_s = math.nan
        self._motion.add(t_s, speed_per_s)
        if in_position:
            self._last_held_s = t_s
        if self._repeats(t_s, away_code):
            self._end(self._motion.set_off_s(self._passing_since_s), by_repetition=True)
            return True
        return self._advance(t_s, in_position, settled)

    def _advance(self, t_s: float, in_position: bool, settled: bool) -> bool:
        position = self._position
        if not position.on and math.isnan(position.pending_since_s):
            unsettled = t_s - self._last_passing_s < PASSING_S
            self._enter_s = self._movement.settle_s if unsettled else self._movement.enter_s
        waits = 0.0 if self._motion.rests(t_s) else ARRIVAL_S
        position.on_s = self._enter_s + waits
        if not position.update(t_s, in_position and (position.on or settled)):
            return False
        if position.on:
            self._start_s = self._motion.came_to_rest_s(position.since_s)
        else:
            self._end(self._motion.set_off_s(position.since_s))
        return True

    def _repeats(self, t_s: float, away_code: str | None) -> bool:
        """Notes repetitions; True when one breaks into a hold."""
        movement = self._movement
        alternates = away_code in movement.alternating and t_s - self._last_held_s < PASSING_S
        if away_code not in movement.passing and not alternates:
            self._passing_since_s = math.nan
            return False
        self._last_passing_s = t_s
        if math.isnan(self._passing_since_s):
            self._passing_since_s = t_s
        lasting = t_s - self._passing_since_s >= REPETITION_S
        if lasting and not self._position.on:
            self._position.reset()
        return lasting and self._position.on

    def _blind(self, t_s: float) -> bool:
        if not self._position.on:
            self._position.update(t_s, False)
            return False
        if math.isnan(self._blind_since_s):
            self._blind_since_s = t_s
        if t_s - self._blind_since_s < BLIND_S:
            return False
        self._end(self._blind_since_s)
        return True

    def gap(self, last_s: float, t_s: float) -> bool:
        """Nothing was observed in between; True when the hold did not outlive it."""
        if not self._position.on:
            return False
        blind_since_s = last_s if math.isnan(self._blind_since_s) else self._blind_since_s
        if t_s - blind_since_s < BLIND_S:
            self._blind_since_s = blind_since_s
            return False
        self._end(blind_since_s)
        return True

    def stop(self, t_s: float) -> None:
        """Ends the hold at once, where what was already under way began."""
        if not math.isnan(self._blind_since_s):
            self._end(self._blind_since_s)
        elif not math.isnan(self._position.pending_since_s):
            self._end(self._motion.set_off_s(self._position.pending_since_s))
        else:
            self._end(t_s)

    def _end(self, end_s: float, *, by_repetition: bool = False) -> None:
        self.end_s = max(self._start_s, end_s)
        self.ended_by_repetition = by_repetition
        self._position.reset()
        self._blind_since_s = math.nan
