"""A live session in a real Chromium: how late the overlay and the voice are.

    uv run python -m benchmarks.live_browser [--seconds 60] [--tries 1]

A fake camera plays a plank with a counter in every picture; the hips drop at a known one. Measured
in the page, without its help (``tests/browser/probe.js``):

- frame to overlay: from the preview's showing a picture to the drawing of its overlay. Which
  picture an overlay belongs to is read from the pixels of the frame that was sent;
- frames judged a second;
- fault to sound: from the first picture past the limit on the preview to the first sound of the
  cue in the audio graph, less what the rule itself waits (the engine, given every frame of the
  same clip at once, says the cue so much after that picture).

Take it on two cores with nothing else to do: what else is running is printed. It ends with 1 when
a bar is missed.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from formcheck_rules.plank import PLANK, SAG

TESTS = Path(__file__).parents[1] / "tests" / "browser"
sys.path.append(str(TESTS))

from app_server import AppServer  # noqa: E402
from chromium import Chromium, find_chromium  # noqa: E402
from fake_camera import FakeCamera, make_fake_camera  # noqa: E402
from live_session import open_live, start, wait_for_summary, watched  # noqa: E402
from live_timing import (  # noqa: E402
    fault_to_sound_ms,
    judged_per_s,
    overlay_latencies_ms,
    percentile,
    persistence_s,
)
from other_load import OtherLoad  # noqa: E402
from visit import begin_visit  # noqa: E402

MEDIAN_MS = 60.0
LATE_MS = 120.0
JUDGED_PER_S = 22.0
SOUND_MS = 350.0
WARM_S = 3.0


@dataclass(frozen=True, slots=True)
class Times:
    """What one session gave.

    Attributes:
        overlays_ms: Frame to overlay, of each frame.
        judged_per_s: Frames that were answered.
        sounds_ms: Fault to sound, less the rule's own wait, in each loop of the clip.
        others: Cores busy with other programs meanwhile.
    """

    overlays_ms: list[float]
    judged_per_s: float
    sounds_ms: list[float]
    others: float


def persistence_ms(camera: FakeCamera, folder: Path) -> float:
    """What the rule itself waits, from a run of ``formcheck analyze``."""
    analyze = [sys.executable, "-m", "formcheck", "analyze", str(camera.film)]
    command = [*analyze, "--exercise", PLANK.name, "--out", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return 1000.0 * persistence_s(folder / camera.film.stem / "trace.npz", PLANK, camera)


def session(chromium: Chromium, camera: FakeCamera, rule_ms: float, seconds: float) -> Times:
    """One session of so many seconds, with an app and a visitor of its own."""
    with tempfile.TemporaryDirectory() as folder, AppServer(Path(folder)) as app:
        visit = begin_visit(chromium.launch(camera.camera), app.address)
        page = open_live(visit, PLANK.name)
        visit.probe("keepEvery = 1")
        start(page)
        page.wait_for_timeout(1000 * WARM_S)
        others, from_ms = OtherLoad([app.process]), page.evaluate("performance.now()")
        page.wait_for_timeout(1000 * seconds)
        taken, until_ms = others.cores(), page.evaluate("performance.now()")
        seen = watched(page)
        page.get_by_role("button", name="Stop").click()
        wait_for_summary(page)
        visit.end()
    return Times(
        [ms for _, ms in overlay_latencies_ms(seen.between(from_ms, until_ms))],
        judged_per_s(seen, from_ms, until_ms),
        [ms - rule_ms for ms in fault_to_sound_ms(seen, camera, SAG.cue)],
        taken,
    )


def print_row(times: Times) -> bool:
    """Prints one line; whether every bar is met."""
    median, late = statistics.median(times.overlays_ms), percentile(times.overlays_ms, 95)
    worst = max(times.sounds_ms)
    sounds = " ".join(f"{ms:.0f}" for ms in times.sounds_ms)
    print(
        f"| {len(times.overlays_ms)} | {median:.0f} | {late:.0f} | {times.judged_per_s:.1f} "
        f"| {sounds} | {times.others:.2f} |"
    )
    return (
        median <= MEDIAN_MS
        and late <= LATE_MS
        and times.judged_per_s >= JUDGED_PER_S
        and worst <= SOUND_MS
    )


def main() -> int:
    """Prints one line a session; 1 when a bar is missed in one of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--tries", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Chromium(find_chromium()) as chromium:
        camera = make_fake_camera(Path(folder))
        rule_ms = persistence_ms(camera, Path(folder) / "analyzed")
        print(f"{options.seconds:.0f} s a session; the rule itself waits {rule_ms:.0f} ms.\n")
        print(
            "| overlays | median, ms | 95 %, ms | judged a second | fault to sound, ms "
            "| cores of others |"
        )
        print("|---|---|---|---|---|---|")
        met = [
            print_row(session(chromium, camera, rule_ms, options.seconds))
            for _ in range(options.tries)
        ]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
