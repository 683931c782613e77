"""What is followed besides the pose: how the picture moves, and what is heard."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from formcheck.media.trace import Trace
from formcheck.perception.motion import MotionTracker
from formcheck.types import Frame, ImageMotion, Onset, Pose

__all__ = [
    "NO_SENSES",
    "NoSenses",
    "PictureAndSound",
    "RecordedSenses",
    "Sensed",
    "Senses",
    "open_senses",
]

Sensed = tuple[ImageMotion | None, tuple[Onset, ...] | None]
"""What moved since the frame before, and what set in since then."""


class Senses(Protocol):
    """Follows one clip or session; frames come in order of time."""

    def sense(self, frame: Frame, pose: Pose | None) -> Sensed:
        """What moved and was heard since the frame before."""
        ...


class NoSenses:
    """For exercises that are judged from the pose alone."""

    def sense(self, frame: Frame, pose: Pose | None) -> Sensed:
        """Nothing."""
        return None, None


NO_SENSES = NoSenses()


class PictureAndSound:
    """Follows the picture, and deals out the onsets of a sound track.

    Args:
        onsets: All of the track, in order; None where there is no sound.
    """

    def __init__(self, onsets: Sequence[Onset] | None = None) -> None:
        self._tracker = MotionTracker()
        self._onsets = onsets
        self._times_s = [onset.t_s for onset in onsets or ()]
        self._heard_s = -math.inf

    def sense(self, frame: Frame, pose: Pose | None) -> Sensed:
        """What moved and was heard since the frame before."""
        motion = self._tracker.track(frame, pose)
        if self._onsets is None:
            return motion, None
        first = bisect_right(self._times_s, self._heard_s)
        last = bisect_right(self._times_s, frame.t_s)
        self._heard_s = frame.t_s
        return motion, tuple(self._onsets[first:last])


class RecordedSenses:
    """Replays what a trace recorded; a frame may be ``tolerance_s`` from a recorded time."""

    def __init__(self, trace: Trace, tolerance_s: float = 0.005) -> None:
        self._observations = trace.observations
        self._times_s = [seen.t_s for seen in trace.observations]
        self._tolerance_s = tolerance_s

    def sense(self, frame: Frame, pose: Pose | None) -> Sensed:
        """What was recorded nearest to this time."""
        after = bisect_left(self._times_s, frame.t_s)
        around = self._observations[max(0, after - 1) : after + 1]
        nearest = min(around, key=lambda seen: abs(seen.t_s - frame.t_s), default=None)
        if nearest is None or abs(nearest.t_s - frame.t_s) > self._tolerance_s:
            return None, None
        return nearest.motion, nearest.onsets


def open_senses(clip: Path | None, *, motion: bool) -> Senses:
    """Senses for one clip.

    Args:
        clip: Whose sound is listened to; None for a camera, which is not heard.
        motion: Whether anything is needed besides the pose.
    """
    if not motion:
        return NO_SENSES
    if clip is None:
        return PictureAndSound()
    # The filters for sound take long to load, which a silent exercise need not wait for.
    from formcheck.perception.onsets import onsets_in  # noqa: PLC0415

    return PictureAndSound(onsets_in(clip))
