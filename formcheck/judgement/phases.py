"""State machines in seconds: a noisy condition becomes a steady one with a back-dated start.

Nothing here counts frames, so the same motion at another frame rate gives the same answer.
"""

from __future__ import annotations

import math

__all__ = ["MAX_GAP_S", "SHARE", "Debounced"]

SHARE = 0.8
"""A condition must hold for this share of its window."""

MAX_GAP_S = 0.5
"""A longer gap between two observations is time in which nothing is known."""


class Debounced:
    """Switches on after a condition was true for ``on_s``, off after it was false for ``off_s``.

    "True for" tolerates interruptions of up to 20 % of the window. The switch is back-dated:
    ``since_s`` is when the condition that led to it began, not when it was believed.

    Args:
        on_s: Window for switching on.
        off_s: Window for switching off.
    """

    __slots__ = ("_against_s", "_began_s", "_last_s", "_last_against", "off_s", "on", "on_s", "since_s")

    def __init__(self, on_s: float, off_s: float) -> None:
        self.on_s = on_s
        self.off_s = off_s
        self.reset()

    def reset(self) -> None:
        """Off, and nothing under way."""
        self.on = False
        self.since_s = math.nan
        self._began_s = math.nan
        self._against_s = 0.0
        self._last_s = math.nan
        self._last_against = False

    @property
    def pending_since_s(self) -> float:
        """When the condition for the next switch began, or NaN while none is under way."""
        return self._began_s

    def update(self, t_s: float, condition: bool) -> bool:
        """Takes one sample; returns True when the state switched at this moment."""
        against = condition == self.on
        window_s = self.off_s if self.on else self.on_s
        if t_s - self._last_s > MAX_GAP_S:
            self._began_s = math.nan
        if not math.isnan(self._began_s) and self._last_against:
            self._against_s += t_s - self._last_s
            if self._against_s > (1.0 - SHARE) * window_s:
                self._began_s = math.nan
        if math.isnan(self._began_s) and not against:
            self._began_s = t_s
            self._against_s = 0.0
        self._last_s, self._last_against = t_s, against
        if against or math.isnan(self._began_s) or t_s - self._began_s < window_s - 1e-9:
            return False
        self.on = condition
        self.since_s = self._began_s
        self._began_s = math.nan
        return True
