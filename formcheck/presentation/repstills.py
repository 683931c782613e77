"""Keeps pictures of faulty repetitions: what was wrong is known only when a repetition is over."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from formcheck.judgement.rule import Exercise, RepMeasure
from formcheck.presentation.reps import MOVING, is_repeated
from formcheck.presentation.stills import StillKeeper, to_jpeg
from formcheck.types import Finding, Level, StepOutput

__all__ = ["RepStills", "Stills", "stills_for"]

_EVERY_S = 0.25
_REST_S = 1.6
"""A fault of the start position shows in the rest before the repetition."""

_NEAR_S = 1.0
"""A picture that is further from the worst moment does not show it."""

_MOST_KEPT = 256


class Stills(Protocol):
    """Looks at every annotated frame and remembers what is needed of them."""

    def offer(self, image_rgb: NDArray[np.uint8], step: StepOutput) -> None:
        """Looks at one annotated frame, uint8 (height, width, 3)."""
        ...

    def still_for(self, finding: Finding) -> bytes | None:
        """The JPEG of a finding, or None when none was kept."""
        ...


def stills_for(exercise: Exercise) -> Stills:
    """What keeps the pictures of an exercise."""
    return RepStills(exercise) if is_repeated(exercise) else StillKeeper()


class RepStills:
    """Takes four pictures a second of each repetition and keeps those of the faulty ones.

    Memory is bounded: above 256 pictures (about 15 MB) they are kept further apart.

    Args:
        exercise: Tells which checks are judged once a repetition.
    """

    def __init__(self, exercise: Exercise) -> None:
        self._per_rep = frozenset(
            check.code for check in exercise.checks if isinstance(check.measure, RepMeasure)
        )
        self._frame_by_frame = StillKeeper()
        self._recent: deque[tuple[float, bytes]] = deque()
        self._kept: list[tuple[float, bytes]] = []
        self._apart_s = _EVERY_S
        self._moving = False
        self._reps = 0

    def offer(self, image_rgb: NDArray[np.uint8], step: StepOutput) -> None:
        """Looks at one annotated frame.

        Args:
            image_rgb: uint8 (height, width, 3).
            step: What the engine says of it.
        """
        others = {code: s for code, s in step.checks.items() if code not in self._per_rep}
        self._frame_by_frame.offer(image_rgb, replace(step, checks=others))
        if step.phase.exercising:
            self._take(image_rgb, step.t_s)
        moving = step.phase in MOVING
        if step.reps > self._reps or (self._moving and not moving):
            self._end(step)
        elif not moving:
            while self._recent and self._recent[0][0] < step.t_s - _REST_S:
                self._recent.popleft()
        self._moving, self._reps = moving, step.reps

    def still_for(self, finding: Finding) -> bytes | None:
        """The JPEG nearest to the worst moment of a finding, or None when none was kept."""
        if finding.check not in self._per_rep:
            return self._frame_by_frame.still_for(finding)
        near = [
            (off_s, jpeg)
            for t_s, jpeg in self._kept
            if (off_s := abs(t_s - finding.worst_t_s)) <= _NEAR_S
        ]
        return min(near, key=lambda picture: picture[0])[1] if near else None

    def _take(self, image_rgb: NDArray[np.uint8], t_s: float) -> None:
        if not self._recent or t_s - self._recent[-1][0] >= _EVERY_S:
            self._recent.append((t_s, to_jpeg(image_rgb)))

    def _end(self, step: StepOutput) -> None:
        """A repetition is over: its verdicts stand in this step."""
        if any(
            state.level >= Level.WARN
            for code, state in step.checks.items()
            if code in self._per_rep
        ):
            self._kept += _spread(list(self._recent), self._apart_s)
        self._recent.clear()
        while len(self._kept) > _MOST_KEPT:
            self._apart_s *= 2.0
            self._kept = _spread(self._kept, self._apart_s)


def _spread(pictures: list[tuple[float, bytes]], apart_s: float) -> list[tuple[float, bytes]]:
    """Those that are at least so far apart, from the first on."""
    found: list[tuple[float, bytes]] = []
    for t_s, jpeg in pictures:
        if not found or t_s - found[-1][0] >= apart_s:
            found.append((t_s, jpeg))
    return found
