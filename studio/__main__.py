"""``python -m studio``: lists and renders scenarios."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from studio.scenario import Scenario, ScenarioError, load_scenario, scenario_paths

_CLIP_FOLDER = Path(__file__).parent.parent / "test_videos"


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m studio", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="list the scenarios")
    render = commands.add_parser("render", help="render scenarios into test_videos/")
    render.add_argument("names", nargs="*", metavar="NAME", help="which; all without a name")
    render.add_argument("--truth-only", action="store_true", help="truth and labels, no clip")
    render.add_argument("--out", type=Path, default=_CLIP_FOLDER, help="where to")
    options = parser.parse_args(arguments)
    try:
        scenarios = [load_scenario(path) for path in scenario_paths()]
        if options.command == "list":
            return _list(scenarios)
        return _render(scenarios, options.names, options.out, options.truth_only)
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return 2


def _list(scenarios: list[Scenario]) -> int:
    for scenario in scenarios:
        who = scenario.exerciser.actor if scenario.exerciser else "nobody"
        print(
            f"{scenario.exercise}/{scenario.name:22s} {scenario.duration_s:4g} s"
            f" {scenario.fps:3d} fps  {who:8s} {scenario.labels.note}"
        )
    return 0


def _render(scenarios: list[Scenario], names: list[str], out: Path, truth_only: bool) -> int:
    # The renderer is heavy, and only rendering needs it.
    from studio.shoot import note_truth, shoot  # noqa: PLC0415

    unknown = set(names) - {scenario.name for scenario in scenarios}
    if unknown:
        raise ScenarioError(f"no scenario is called {', '.join(sorted(unknown))}")
    for scenario in scenarios:
        if names and scenario.name not in names:
            continue
        if truth_only:
            note_truth(scenario, out / scenario.exercise)
            print(f"{scenario.name}: truth", flush=True)
            continue
        start_s = time.monotonic()

        def show(done: int, total: int, name: str = scenario.name, since: float = start_s) -> None:
            if done == total or (sys.stderr.isatty() and done % 10 == 0):
                elapsed_s = time.monotonic() - since
                end = "\n" if done == total else ""
                print(f"\r{name}: {done}/{total} frames, {elapsed_s:.0f} s", end=end, flush=True)

        shoot(scenario, out / scenario.exercise, show)
    return 0


if __name__ == "__main__":
    sys.exit(main())
