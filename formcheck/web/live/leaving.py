"""Ends a session for somebody who has walked out of the picture."""

from __future__ import annotations

import math

__all__ = ["LEAVE_S", "WARN_S", "Leaving"]

LEAVE_S = 12.0
"""After so long without anybody in the picture it is over. Six times the two seconds after which
the engine gives a hold up: nobody who is only badly seen is cut off."""

WARN_S = 7.0
"""So long before, the page begins to count down."""

GAP_S = 3.0
"""Between two pictures: for longer than this nobody looked whether anybody was there."""

NEVER_CAME_S = 300.0
"""Before anything was done there is time to set the camera up."""


class Leaving:
    """Counts the time without anybody in the picture."""

    def __init__(self) -> None:
        self._seen_s = self._last_s = -math.inf

    def left_s(self, t_s: float, *, anybody: bool, started: bool) -> float:
        """Seconds until the session is over.

        Args:
            t_s: Time of the picture.
            anybody: Whether somebody is in it.
            started: Whether anything was held or done already.
        """
        gap_s, self._last_s = t_s - self._last_s, t_s
        if anybody or math.isinf(self._seen_s):
            self._seen_s = t_s
        elif gap_s > GAP_S:
            self._seen_s += gap_s
        patience_s = LEAVE_S if started else NEVER_CAME_S
        return patience_s - (t_s - self._seen_s)
