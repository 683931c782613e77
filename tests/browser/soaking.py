"""A long live session, looked at from time to time: does it grow, does it become slower?"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from app_server import AppServer
from live_session import watched
from live_timing import judged_per_s, overlay_latencies_ms, percentile, slope_per_min
from visit import Visit

KEEP_EVERY = 10
"""Frames of which one is kept, to see from its pixels which picture it is: three a second."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of a session.

    Attributes:
        until_s: Its end, from the beginning of the session.
        memory_mb: Resident memory of the app at its end.
        latencies_ms: When an overlay was drawn on the page's clock, and how late it was.
        judged_per_s: Frames that were answered.
    """

    until_s: float
    memory_mb: float
    latencies_ms: Sequence[tuple[float, float]]
    judged_per_s: float

    @property
    def median_ms(self) -> float:
        """Median of frame to overlay."""
        return statistics.median(ms for _, ms in self.latencies_ms)

    @property
    def late_ms(self) -> float:
        """95th percentile of frame to overlay."""
        return percentile([ms for _, ms in self.latencies_ms], 95)


def soak(visit: Visit, app: AppServer, stretches: int, stretch_s: float) -> list[Stretch]:
    """Watches a session that has been started.

    Args:
        visit: Its page.
        app: The app.
        stretches: How many times it is looked at ...
        stretch_s: ... after so many seconds each.
    """
    page, found = visit.page, []
    visit.probe(f"keepEvery = {KEEP_EVERY}")
    for number in range(1, stretches + 1):
        from_ms = page.evaluate("performance.now()")
        page.wait_for_timeout(1000 * stretch_s)
        until_ms = page.evaluate("performance.now()")
        seen = watched(page).between(from_ms, until_ms)
        latencies = overlay_latencies_ms(seen)
        rate = judged_per_s(seen, from_ms, until_ms)
        found.append(Stretch(number * stretch_s, app.held().memory_mb, latencies, rate))
    return found


def growth_mb(stretches: Sequence[Stretch]) -> float:
    """How much more memory the app holds at the end than after the first stretch."""
    return stretches[-1].memory_mb - stretches[0].memory_mb


def drift_ms_per_min(stretches: Sequence[Stretch]) -> tuple[float, float]:
    """Slope of the latency and its standard error, in ms a minute; without the first stretch.

    Single frames that lie beyond the 99th percentile are left out: another program that takes a
    core for half a second says nothing about the app.
    """
    rows = [row for stretch in stretches[1:] for row in stretch.latencies_ms]
    limit_ms = percentile([ms for _, ms in rows], 99)
    kept = [(t_ms, ms) for t_ms, ms in rows if ms <= limit_ms]
    return slope_per_min([t_ms for t_ms, _ in kept], [ms for _, ms in kept])
