"""How long a frame of a rendered clip takes, all in: motion, skin, drawing, film, encoding, truth.

    uv run --group studio python -m benchmarks.render_cost [NAME ...]

Each scenario is shot for a second, as it is and with a shaking camera and an open shutter. The time
to build the people and the room is left out: it is spent once a clip.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from studio.scenario import Scenario, load_scenario, scenario_paths
from studio.shoot import shoot

LENGTH_S = 1.0


def cost_s(scenario: Scenario) -> float:
    """Seconds a frame."""
    shown: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        shoot(
            replace(scenario, duration_s=LENGTH_S),
            Path(folder),
            lambda done, total: shown.append(time.perf_counter()),
        )
    return (shown[-1] - shown[0]) / (len(shown) - 1)


def main() -> None:
    """Prints one row a scenario."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=["sag_20", "bystander"])
    options = parser.parse_args()
    paths = {path.stem: path for path in scenario_paths()}
    print("| scenario | picture | s a frame | in the hand, shutter open 1/50 s |")
    print("|---|---|---|---|")
    for name in options.names:
        scenario = load_scenario(paths[name])
        held = replace(
            scenario,
            camera=replace(scenario.camera, shake=1.0),
            film=replace(scenario.film, shutter_s=0.02),
        )
        size = f"{scenario.camera.width_px} x {scenario.camera.height_px}"
        print(f"| {name} | {size} | {cost_s(scenario):.2f} | {cost_s(held):.2f} |")


if __name__ == "__main__":
    main()
