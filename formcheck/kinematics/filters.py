"""Causal filters whose settings are in seconds and hertz, so the frame rate does not matter."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import deque

__all__ = ["OneEuro", "SlidingMedian", "SlidingQuantile"]


def _blend(cutoff_hz: float, dt_s: float) -> float:
    tau_s = 1.0 / (2.0 * math.pi * cutoff_hz)
    return 1.0 - math.exp(-dt_s / tau_s)


class OneEuro:
    """One-Euro filter of one number (Casiez, Roussel, Vogel, CHI 2012).

    The gain is the exact step response over ``dt_s``, so that dropped frames change the output
    far less than with the usual first-order approximation.

    Args:
        min_cutoff_hz: Cut-off at rest; lower is smoother.
        beta: How fast the cut-off rises with speed, per unit a second.
        speed_cutoff_hz: Cut-off of the speed estimate.
    """

    __slots__ = ("_beta", "_min_cutoff_hz", "_speed", "_speed_cutoff_hz", "_t_s", "_value")

    def __init__(
        self, min_cutoff_hz: float = 1.5, beta: float = 0.05, speed_cutoff_hz: float = 1.0
    ) -> None:
        self._min_cutoff_hz = min_cutoff_hz
        self._beta = beta
        self._speed_cutoff_hz = speed_cutoff_hz
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._t_s = math.nan
        self._value = math.nan
        self._speed = 0.0

    def update(self, t_s: float, value: float) -> float:
        """The filtered value; NaN goes out where NaN comes in, and is forgotten."""
        if math.isnan(value):
            return math.nan
        dt_s = t_s - self._t_s
        if math.isnan(self._value) or dt_s > 0.5:
            self._t_s, self._value, self._speed = t_s, value, 0.0
            return value
        if dt_s <= 0.0:
            return self._value
        change = value - self._value
        self._speed += _blend(self._speed_cutoff_hz, dt_s) * (change / dt_s - self._speed)
        cutoff_hz = self._min_cutoff_hz + self._beta * abs(self._speed)
        self._value += _blend(cutoff_hz, dt_s) * change
        self._t_s = t_s
        return self._value


class SlidingQuantile:
    """A quantile of the values of the last ``window_s`` seconds; NaN are left out.

    Args:
        window_s: Window.
        share: Share of the values that lie below it, 0 to 1.
    """

    __slots__ = ("_ordered", "_samples", "share", "window_s")

    def __init__(self, window_s: float, share: float) -> None:
        self.window_s = window_s
        self.share = share
        self._samples: deque[tuple[float, float]] = deque()
        # The same values in order of size: sorting them anew each time takes ten times as long.
        self._ordered: list[float] = []

    def reset(self) -> None:
        """Forget everything."""
        self._samples.clear()
        self._ordered.clear()

    def update(self, t_s: float, value: float) -> float:
        """The quantile after one more sample; NaN while there is none."""
        samples, ordered = self._samples, self._ordered
        if not math.isnan(value):
            samples.append((t_s, value))
            insort(ordered, value)
        while samples and samples[0][0] < t_s - self.window_s:
            del ordered[bisect_left(ordered, samples.popleft()[1])]
        return self._of(ordered) if ordered else math.nan

    def _of(self, ordered: list[float]) -> float:
        return ordered[round(self.share * (len(ordered) - 1))]


class SlidingMedian(SlidingQuantile):
    """Median of the values of the last ``window_s`` seconds; NaN are left out."""

    __slots__ = ()

    def __init__(self, window_s: float) -> None:
        super().__init__(window_s, 0.5)

    def _of(self, ordered: list[float]) -> float:
        half = len(ordered) // 2
        return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
