"""The samples of the last minutes, found again by time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from formcheck.judgement.repmeasures import Sample

__all__ = ["SampleLog"]

_TIDY_FROM = 1024


class SampleLog:
    """Samples in order of time, as far back as they are needed.

    Args:
        keep_s: How long a sample is kept.
    """

    def __init__(self, keep_s: float) -> None:
        self._keep_s = keep_s
        self.clear()

    def clear(self) -> None:
        """Forgets everything."""
        self._samples: list[Sample] = []
        self._times_s: list[float] = []
        self._first = 0

    def add(self, sample: Sample) -> None:
        """Takes one sample, later than all before, and lets go of what is too old."""
        self._samples.append(sample)
        self._times_s.append(sample.t_s)
        oldest_s = sample.t_s - self._keep_s
        while self._times_s[self._first] < oldest_s:
            self._first += 1
        # The front of a list is dear to take away: many at a time.
        if self._first >= _TIDY_FROM:
            del self._samples[: self._first], self._times_s[: self._first]
            self._first = 0

    def between(self, start_s: float, end_s: float) -> list[Sample]:
        """The samples of a stretch of time, both ends included."""
        first = bisect_left(self._times_s, start_s, self._first)
        return self._samples[first : bisect_right(self._times_s, end_s, first)]
