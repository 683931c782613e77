"""Replay the poses of a trace as if a model had just found them: the public test double."""

from __future__ import annotations

from bisect import bisect_left

from formcheck.closing import Closing
from formcheck.media.trace import Trace
from formcheck.types import Frame, Observation, Outline, Pose


class RecordedEstimator(Closing):
    """Gives each frame the pose and the outline that the trace recorded at its time.

    The picture is never looked at, so an empty clip of the right times will do.
    """

    def __init__(self, trace: Trace, tolerance_s: float = 0.005) -> None:
        """Replay a trace.

        Args:
            trace: What was recorded.
            tolerance_s: A frame may be this far from a recorded time. Beyond it nobody is
                found, as with a clip that has more frames than the trace.
        """
        self._trace = trace
        self._tolerance_s = tolerance_s
        self._times_s = [observation.t_s for observation in trace.observations]

    @property
    def name(self) -> str:
        """The estimator that made the trace."""
        return self._trace.meta.estimator

    @property
    def model_sha256(self) -> str:
        """Hash of the model that made the trace."""
        return self._trace.meta.model_sha256

    def estimate(self, frame: Frame) -> Pose | None:
        """The recorded pose nearest in time, or None."""
        nearest = self._nearest(frame.t_s)
        return None if nearest is None else nearest.pose

    def outline(self, frame: Frame) -> Outline | None:
        """The recorded outline nearest in time, or None."""
        nearest = self._nearest(frame.t_s)
        return None if nearest is None else nearest.outline

    def _nearest(self, t_s: float) -> Observation | None:
        after = bisect_left(self._times_s, t_s)
        around = self._trace.observations[max(0, after - 1) : after + 1]
        nearest = min(around, key=lambda seen: abs(seen.t_s - t_s), default=None)
        if nearest is None or abs(nearest.t_s - t_s) > self._tolerance_s:
            return None
        return nearest

    def reset(self) -> None:
        """Nothing is kept between frames."""

    def close(self) -> None:
        """Nothing to free."""
