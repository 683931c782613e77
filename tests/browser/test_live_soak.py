"""A short look at what ``benchmarks/live_soak.py`` does for ten minutes."""

from __future__ import annotations

from app_server import AppServer
from live_session import open_live, start, wait_for_summary
from other_load import OtherLoad
from soaking import drift_ms_per_min, growth_mb, soak
from visit import Visit

STRETCHES, STRETCH_S = 4, 10.0
GROWTH_MB = 30.0
LATER_MS_PER_MIN = 60.0
STANDARD_ERRORS = 3.0
OTHER_CORES = 0.5


def test_a_session_does_not_grow_nor_become_slower(visit: Visit, app: AppServer) -> None:
    page = open_live(visit)
    start(page)
    others = OtherLoad([app.process])
    stretches = soak(visit, app, STRETCHES, STRETCH_S)
    timed = others.cores() < OTHER_CORES
    page.get_by_role("button", name="Stop").click()
    wait_for_summary(page)
    slope, error = drift_ms_per_min(stretches)
    print(f"memory {growth_mb(stretches):+.1f} MB, latency {slope:+.1f} ± {error:.1f} ms a minute")
    assert growth_mb(stretches) <= GROWTH_MB
    if timed:
        assert slope <= LATER_MS_PER_MIN + STANDARD_ERRORS * error
