"""The steps of trunk and toes as they come in, kept as long as they are needed."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right

import numpy as np

from formcheck.kinematics.flights import Steps
from formcheck.types import ImageMotion, MovedPart

__all__ = ["StepLog"]

_PARTS = (
    MovedPart.TRUNK,
    MovedPart.LEFT_TOE,
    MovedPart.RIGHT_TOE,
    MovedPart.LEFT_HEEL,
    MovedPart.RIGHT_HEEL,
)
_UNSEEN = (math.nan,) * (len(_PARTS) - 1)

LONGEST_S = 0.25
"""A longer step may hide a whole flight."""


class StepLog:
    """Steps in order of time, less what the camera itself moved."""

    def __init__(self) -> None:
        self._trunk = (-math.inf, math.nan)
        self._until_s: list[float] = []
        self._rows: list[tuple[float, ...]] = []

    def add(self, t_s: float, motion: ImageMotion | None, trunk_y_px: float) -> None:
        """Takes the motion of one frame.

        Where it was not followed (frames went missing), the landmarks of the trunk have to do: they
        are too coarse to measure by, and good enough to count by.

        Args:
            t_s: Time of the frame.
            motion: What moved since the frame before.
            trunk_y_px: Height of the trunk's middle by its landmarks, upwards.
        """
        before_s, before_px = self._trunk
        self._trunk = t_s, trunk_y_px
        if motion is None:
            if t_s - before_s <= LONGEST_S and math.isfinite(before_px - trunk_y_px):
                self._append(t_s, (before_s, t_s, before_px - trunk_y_px, *_UNSEEN))
            return
        step = motion.step_px.astype(np.float64)
        room = step[MovedPart.BACKGROUND]
        if np.isfinite(room):
            step = step - room
        self._append(t_s, (motion.since_s, t_s, *(float(step[part]) for part in _PARTS)))

    def _append(self, t_s: float, row: tuple[float, ...]) -> None:
        self._until_s.append(t_s)
        self._rows.append(row)

    @property
    def since_s(self) -> float:
        """When the first step begins that is still kept; infinity before the first."""
        return self._rows[0][0] if self._rows else math.inf

    @property
    def until_s(self) -> float:
        """Time of the last step; minus infinity before the first."""
        return self._until_s[-1] if self._until_s else -math.inf

    def between(self, start_s: float, end_s: float) -> Steps:
        """The steps of a stretch of time."""
        first = bisect_left(self._until_s, start_s)
        last = bisect_right(self._until_s, end_s)
        table = np.array(self._rows[first:last], np.float64).reshape(-1, 2 + len(_PARTS))
        return Steps(table[:, 0], table[:, 1], table[:, 2], table[:, 3:5], table[:, 5:7])

    def forget(self, before_s: float) -> None:
        """Lets go of what is older."""
        last = bisect_left(self._until_s, before_s)
        del self._until_s[:last], self._rows[:last]
