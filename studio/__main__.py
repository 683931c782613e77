"""``python -m studio``: lists and renders scenarios and sweeps."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from studio.scenario import Scenario, ScenarioError, load_scenario, scenario_paths
from studio.sweep import SWEEP_FOLDER, load_sweep

_ROOT = Path(__file__).parent.parent
_CLIP_FOLDER = _ROOT / "test_videos"
_SWEEP_CLIPS = _ROOT / "build" / "sweeps"


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns the exit code: 2 if a name is unknown or a clip failed."""
    options = _parser().parse_args(arguments)
    # Being told to end is a Ctrl-C: the workers are ended too, and clear up after themselves.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if options.command == "list":
            return _list()
        if options.command == "sweep":
            return _sweep(options)
        return _render(_chosen(options.names), options.out, options)
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("cancelled; the clips that were ready are kept", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m studio", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="list the scenarios and the sweeps")
    render = commands.add_parser("render", help="render scenarios into test_videos/")
    render.add_argument("names", nargs="*", metavar="NAME", help="which; all without a name")
    render.add_argument("--out", type=Path, default=_CLIP_FOLDER, metavar="DIR", help="where to")
    sweep = commands.add_parser(
        "sweep",
        help="render a parameter sweep",
        description="Renders the clips of a sweep that are not there yet: one that was cancelled "
        "goes on where it stopped.",
    )
    sweep.add_argument("name", metavar="NAME", help="a file of studio/sweeps/")
    sweep.add_argument("--out", type=Path, metavar="DIR", help="default: build/sweeps/NAME")
    sweep.add_argument("--seed", type=int, metavar="N", help="another one: other combinations")
    sweep.add_argument("--clips", type=int, metavar="N", help="so many, not as the file says")
    sweep.add_argument("--fresh", action="store_true", help="render all of them again")
    for command in (render, sweep):
        command.add_argument("--truth-only", action="store_true", help="truth and labels, no clip")
        command.add_argument(
            "--masks", action="store_true", help="keep the exerciser's outline: NAME.masks.npz"
        )
        command.add_argument(
            "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="clips at a time"
        )
    return parser


def _list() -> int:
    for path in scenario_paths():
        scenario = load_scenario(path)
        who = scenario.exerciser.actor if scenario.exerciser else "nobody"
        print(
            f"{scenario.exercise}/{scenario.name:22s} {scenario.duration_s:4g} s"
            f" {scenario.fps:3d} fps  {who:8s} {scenario.labels.note}"
        )
    for path in sorted(SWEEP_FOLDER.glob("*.toml")):
        print(f"sweep {path.stem}: {len(load_sweep(path.stem))} clips")
    return 0


def _chosen(names: Sequence[str]) -> list[Scenario]:
    paths = scenario_paths()
    unknown = set(names) - {path.stem for path in paths}
    if unknown:
        raise ScenarioError(f"no scenario is called {', '.join(sorted(unknown))}")
    return [load_scenario(path) for path in paths if not names or path.stem in names]


def _sweep(options: argparse.Namespace) -> int:
    scenarios = load_sweep(options.name, seed=options.seed, clips=options.clips)
    out = options.out or _SWEEP_CLIPS / options.name
    ending = "truth.json" if options.truth_only else "mp4"
    there = [s for s in scenarios if (out / s.exercise / f"{s.name}.{ending}").exists()]
    if there and not options.fresh:
        print(f"{len(there)} of {len(scenarios)} clips are there; --fresh renders them again")
        scenarios = [scenario for scenario in scenarios if scenario not in there]
    return _render(scenarios, out, options)


def _render(scenarios: list[Scenario], out: Path, options: argparse.Namespace) -> int:
    from studio.batch import Order, shoot_all  # noqa: PLC0415 - --help answers at once

    failed = shoot_all(scenarios, Order(out, options.truth_only, options.masks), options.jobs)
    for name, why in failed.items():
        print(f"{name} failed: {why}", file=sys.stderr)
    print(f"{len(scenarios) - len(failed)} clips in {out}")
    return 2 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
