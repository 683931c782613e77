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

REST_S = 0.25
"""Movement that pauses for less is one movement."""

ARRIVING_S = 1.1
"""Getting into the position takes no longer than this once it can be recognised."""

ARRIVAL_S = 0.5
"""Someone who is still on the way is waited for so much longer before the hold is confirmed."""

MOTION_LAG_S = 0.12
"""Movement is noticed, and its end too, half its window late."""

MOTION_MEMORY_S = 6.0

PASSING_S = 3.0
"""How long after a repetition a hold needs the longer settling time."""


class Debounced:
    """Switches on after a condition was true for ``on_s``, off after it was false for ``off_s``.

    "True for" tolerates interruptions of up to 20 % of the time so far. The switch is back-dated:
    ``since_s`` is when the condition that led to it began, not when it was believed.

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
        pending = not math.isnan(self.pending_since_s)
        if pending and self._last_against:
            self._against_s += t_s - self._last_s
        gap = t_s - self._last_s > MAX_GAP_S
        if pending and (gap or self._against_s > self._tolerated_s(t_s, window_s)):
            self.pending_since_s = math.nan
        if math.isnan(self.pending_since_s) and not against:
            self.pending_since_s = t_s
            self._against_s = 0.0
        self._last_s, self._last_against = t_s, against
        long_enough = t_s - self.pending_since_s >= window_s - 1e-9
        if against or not long_enough:
            return False
        self.on = condition
        self.since_s = self.pending_since_s
        self.pending_since_s = math.nan
        return True

    def _tolerated_s(self, t_s: float, window_s: float) -> float:
        """Interruption allowed so far; a quarter of the window's worth from the first moment."""
        so_far_s = max(t_s - self.pending_since_s, window_s / 4.0)
        return (1.0 - SHARE) * min(so_far_s, window_s)


class Spans:
    """Stretches of time that can be trimmed again when an end turns out to lie further back."""

    __slots__ = ("_bridge_s", "_spans", "_start_s", "_stop_s")

    def __init__(self, bridge_s: float = 0.0) -> None:
        self._bridge_s = bridge_s
        self._spans: list[tuple[float, float]] = []
        self._start_s = math.nan
        self._stop_s = math.nan

    def update(self, t_s: float, inside: bool, since_s: float | None = None) -> None:
        """Takes one moment; ``since_s`` back-dates it, over what was recorded since then.

        A stretch that is taken up again within ``bridge_s`` counts as unbroken.
        """
        at_s = t_s if since_s is None else min(since_s, t_s)
        if inside:
            if math.isnan(self._start_s):
                if self._spans and at_s - self._spans[-1][1] <= self._bridge_s:
                    at_s = self._spans.pop()[0]
                self._start_s = at_s
            self._stop_s = t_s
            return
        if not math.isnan(self._start_s):
            if self._stop_s > self._start_s:
                self._spans.append((self._start_s, self._stop_s))
            self._start_s = math.nan
        self.trim(at_s)

    def trim(self, end_s: float) -> None:
        """Takes back everything after ``end_s``."""
        if not math.isnan(self._start_s):
            self._stop_s = min(self._stop_s, end_s)
            if self._stop_s <= self._start_s:
                self._start_s = math.nan
        kept = [(a, min(b, end_s)) for a, b in self._spans if a < end_s]
        self._spans = kept

    def begin(self, start_s: float) -> None:
        """Takes back everything before ``start_s``."""
        self._spans = [(max(a, start_s), b) for a, b in self._spans if b > start_s]
        if not math.isnan(self._start_s):
            self._start_s = max(self._start_s, start_s)

    def all(self) -> tuple[tuple[float, float], ...]:
        """Every stretch, (start, end)."""
        if math.isnan(self._start_s) or self._stop_s <= self._start_s:
            return tuple(self._spans)
        return (*self._spans, (self._start_s, self._stop_s))

    def total_s(self) -> float:
        """Seconds in all stretches together."""
        return sum(end - start for start, end in self.all())

    def longest_s(self) -> float:
        """Seconds of the longest stretch."""
        return max((end - start for start, end in self.all()), default=0.0)


class _MotionHistory:
    """The last seconds of "is the body on its way somewhere", to find where a hold really began."""

    __slots__ = ("_samples",)

    def __init__(self) -> None:
        self._samples: deque[tuple[float, bool]] = deque()

    def add(self, t_s: float, moving: bool) -> None:
        """Takes one moment."""
        self._samples.append((t_s, moving))
        while self._samples[0][0] < t_s - MOTION_MEMORY_S:
            self._samples.popleft()

    def rests(self, now_s: float) -> bool:
        """Whether the last moments were still."""
        return not any(moving for t_s, moving in self._samples if t_s > now_s - REST_S)

    def came_to_rest_s(self, since_s: float) -> float:
        """When the movement ended that was under way at ``since_s``, or that itself.

        Movement that goes on for longer than ``ARRIVING_S`` is unrest in the hold, not arriving.
        """
        last_s = since_s
        for t_s, moving in self._samples:
            if t_s < since_s or not moving:
                continue
            if t_s - last_s > REST_S:
                break
            last_s = t_s
        arrived = since_s < last_s <= since_s + ARRIVING_S
        return max(since_s, last_s - MOTION_LAG_S) if arrived else since_s

    def set_off_s(self, left_s: float) -> float:
        """When the movement out of the position began that had been left by ``left_s``."""
        began_s = left_s
        for t_s, moving in reversed(self._samples):
            if t_s > left_s:
                continue
            if moving:
                began_s = t_s
            elif began_s - t_s > REST_S:
                break
        return began_s if began_s == left_s else max(self._samples[0][0], began_s - MOTION_LAG_S)


class HoldPhase:
    """Away → getting ready → holding → away, with both ends of the hold back-dated.

    Moving into the position and out of it is not holding it: the start is when the body came to
    rest, the end when it set off.
    """

    __slots__ = (
        "_blind_since_s",
        "_enter_s",
        "_last_passing_s",
        "_motion",
        "_movement",
        "_position",
        "_start_s",
        "end_s",
    )

    def __init__(self, movement: HoldMovement) -> None:
        self._movement = movement
        self._position = Debounced(movement.enter_s, movement.leave_s)
        self._blind_since_s = math.nan
        self._last_passing_s = -math.inf
        self._motion = _MotionHistory()
        self._enter_s = movement.enter_s
        self._start_s = math.nan
        self.end_s = math.nan

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
        moving: bool = False,
    ) -> bool:
        """Takes one moment; True when a hold began or ended.

        After an end, ``end_s`` says when the position was left.

        Args:
            t_s: Time.
            in_position: Whether the position is taken; None when that can't be told.
            settled: Whether it looks as it must for a hold to begin.
            away_code: Code of the reason why the position is not taken.
            moving: Whether the body is on its way somewhere.
        """
        position = self._position
        if in_position is None:
            return self._blind(t_s)
        self._blind_since_s = math.nan
        self._motion.add(t_s, moving)
        if away_code in self._movement.passing:
            self._last_passing_s = t_s
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
            self.end_s = max(self._start_s, self._motion.set_off_s(position.since_s))
        return True

    def _blind(self, t_s: float) -> bool:
        if not self._position.on:
            self._position.update(t_s, False)
            return False
        if math.isnan(self._blind_since_s):
            self._blind_since_s = t_s
        if t_s - self._blind_since_s < BLIND_S:
            return False
        self.stop(self._blind_since_s)
        return True

    def stop(self, end_s: float) -> None:
        """Ends the hold at once, e.g. because another person is tracked."""
        self.end_s = end_s
        self._position.reset()
        self._blind_since_s = math.nan
