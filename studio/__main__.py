"""``python -m studio``: lists and renders scenarios and sweeps."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
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
    sweep.add_argument("--fresh", action="store_true", help="throw away what is there first")
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
    if options.fresh:
        for scenario in scenarios:
            _throw_away(scenario, out)
    there = [scenario for scenario in scenarios if _is_there(scenario, out, options)]
    if there:
        print(f"{len(there)} of {len(scenarios)} clips are there; --fresh renders them again")
    return _render([scenario for scenario in scenarios if scenario not in there], out, options)


def _throw_away(scenario: Scenario, out: Path) -> None:
    """Removes a clip of a sweep with all that was made from it, labels and trace included."""
    for ending in ("mp4", "truth.json", "labels.toml", "masks.npz", "trace.npz"):
        (out / scenario.exercise / f"{scenario.name}.{ending}").unlink(missing_ok=True)


def _is_there(scenario: Scenario, out: Path, options: argparse.Namespace) -> bool:
    """Whether a clip of a sweep has been rendered.

    Raises:
        ScenarioError: if what is there was rendered from another scenario: the clips of two seeds
            have the same names.
    """
    wanted = ["truth.json", "labels.toml"]
    if not options.truth_only:
        wanted += ["mp4", "masks.npz"] if options.masks else ["mp4"]
    files = [out / scenario.exercise / f"{scenario.name}.{ending}" for ending in wanted]
    if files[0].exists():
        truth = json.loads(files[0].read_text(encoding="utf-8"))
        camera = {name: truth["camera"].get(name) for name in asdict(scenario.camera)}
        seen = truth["seed"], truth["fps"], camera
        # Through JSON: there, tuples are lists.
        if seen != (scenario.seed, scenario.fps, json.loads(json.dumps(asdict(scenario.camera)))):
            raise ScenarioError(
                f"{files[0]} is of another seed or another number of clips; "
                "give another --out, or --fresh to throw away what is there"
            )
    return all(file.exists() for file in files)


def _render(scenarios: list[Scenario], out: Path, options: argparse.Namespace) -> int:
    from studio.batch import Order, WorkerDiedError, shoot_all  # noqa: PLC0415 - --help is quick

    try:
        failed = shoot_all(scenarios, Order(out, options.truth_only, options.masks), options.jobs)
    except WorkerDiedError as error:
        print(error, file=sys.stderr)
        return 2
    for name, why in failed.items():
        print(f"{name} failed: {why}", file=sys.stderr)
    print(f"{len(scenarios) - len(failed)} clips in {out}")
    return 2 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
