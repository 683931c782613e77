"""Ten minutes live in a real Chromium: memory of the app, and whether the overlay becomes later.

    uv run python -m benchmarks.live_soak [--minutes 10]

The drift is the slope of the latency over the minutes from the second on, with its standard error:
a slope within two of them is none. It ends with 1 when memory grows by more than 30 MB from the
first minute to the last, or when the overlay becomes later.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests" / "browser"
sys.path.append(str(TESTS))

from app_server import AppServer  # noqa: E402
from chromium import Chromium, find_chromium  # noqa: E402
from fake_camera import make_fake_camera  # noqa: E402
from live_session import open_live, start, wait_for_summary  # noqa: E402
from other_load import OtherLoad  # noqa: E402
from soaking import Stretch, drift_ms_per_min, growth_mb, soak  # noqa: E402
from visit import begin_visit  # noqa: E402

GROWTH_MB = 30.0
STANDARD_ERRORS = 2.0


def run(minutes: int) -> tuple[list[Stretch], float]:
    """A session, minute by minute, and the cores that other programs took."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Chromium(find_chromium()) as chromium,
        AppServer(Path(folder)) as app,
    ):
        camera = make_fake_camera(Path(folder))
        visit = begin_visit(chromium.launch(camera.camera), app.address)
        page = open_live(visit)
        start(page)
        others = OtherLoad([app.process])
        stretches = soak(visit, app, minutes, 60.0)
        taken = others.cores()
        page.get_by_role("button", name="Stop").click()
        wait_for_summary(page)
        visit.end()
    return stretches, taken


def print_table(stretches: Sequence[Stretch]) -> None:
    """One line a minute."""
    print("| minute | memory, MB | median, ms | 95 %, ms | judged a second |")
    print("|---|---|---|---|---|")
    for stretch in stretches:
        print(
            f"| {stretch.until_s / 60:.0f} | {stretch.memory_mb:.0f} | {stretch.median_ms:.0f} "
            f"| {stretch.late_ms:.0f} | {stretch.judged_per_s:.1f} |"
        )


def main() -> int:
    """Prints a table; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=int, default=10)
    options = parser.parse_args()
    stretches, taken = run(max(3, options.minutes))
    print_table(stretches)
    growth, (slope, error) = growth_mb(stretches), drift_ms_per_min(stretches)
    print(f"\nMemory from minute 1 to {len(stretches)}: {growth:+.1f} MB")
    print(f"Drift of the latency: {slope:+.2f} ± {error:.2f} ms a minute (one standard error)")
    print(f"Cores busy with other programs: {taken:.2f}")
    return 0 if growth <= GROWTH_MB and slope <= STANDARD_ERRORS * error else 1


if __name__ == "__main__":
    sys.exit(main())
