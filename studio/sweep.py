"""Sweeps: many clips of one exercise that differ in a few chosen ways.

A sweep is a TOML file in ``sweeps/``: a base scenario and axes. Each axis lists values for one
key. Not every combination is rendered: every value of an axis appears equally often (as far as the
number of clips allows), and the axes are shuffled against each other by the seed, so that a table
by any axis compares like with like.
"""

from __future__ import annotations

import copy
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from studio.scenario import Scenario, ScenarioError, read

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SWEEP_FOLDER = Path(__file__).parent / "sweeps"


@dataclass(frozen=True, slots=True)
class Axis:
    """One way in which the clips differ.

    Attributes:
        values: what it becomes. A value may be given more than once to appear more often.
        key: what changes, as a dotted path into the scenario; a number is a place in a list.
            Without a key every value is a table of such paths, for what changes together.
    """

    values: tuple[Any, ...]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep.

    Attributes:
        exercise: what is done.
        clips: how many clips.
        seed: of the shuffling; the clips have the seeds that follow it.
        base: the scenario that all start from.
        axes: the ways in which they differ.
        note: what it is for.
    """

    exercise: str
    clips: int
    seed: int
    base: dict[str, Any]
    axes: tuple[Axis, ...]
    note: str = ""


def load_sweep(
    name: str,
    folder: Path = SWEEP_FOLDER,
    *,
    seed: int | None = None,
    clips: int | None = None,
) -> list[Scenario]:
    """Returns the scenarios of a sweep, named ``NAME_000`` and so on.

    Args:
        name: of its file.
        folder: where the sweeps are.
        seed: instead of the one in the file: other combinations, other people's luck.
        clips: instead of the number in the file.

    Raises:
        ScenarioError: if there is no such sweep, or it says something that is not understood.
    """
    path = folder / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in folder.glob("*.toml"))) or "none"
        raise ScenarioError(f"no sweep is called {name}; there are: {known}")
    try:
        sweep = read(Sweep, tomllib.loads(path.read_text(encoding="utf-8")))
        sweep = replace(
            sweep,
            seed=sweep.seed if seed is None else seed,
            clips=sweep.clips if clips is None else clips,
        )
        dealt = [_dealt(sweep, place) for place in range(len(sweep.axes))]
        return [
            _scenario(name, sweep, number, [values[number] for values in dealt])
            for number in range(sweep.clips)
        ]
    except (ValueError, TypeError) as error:
        raise ScenarioError(f"{path.name}: {error}") from error


def _scenario(name: str, sweep: Sweep, number: int, values: list[Any]) -> Scenario:
    table = copy.deepcopy(sweep.base)
    for axis, value in zip(sweep.axes, values, strict=True):
        for key, part in ({axis.key: value} if axis.key else value).items():
            _put(table, key, part)
    table |= {"name": f"{name}_{number:03d}", "exercise": sweep.exercise}
    table["seed"] = sweep.seed + number
    return read(Scenario, table)


def _dealt(sweep: Sweep, place: int) -> list[Any]:
    """The value of an axis for every clip."""
    values = sweep.axes[place].values
    generator = np.random.default_rng([sweep.seed, place])
    whole = np.tile(np.arange(len(values)), sweep.clips // len(values))
    rest = generator.permutation(len(values))[: sweep.clips % len(values)]
    order = generator.permutation(np.concatenate([whole, rest]))
    return [values[row] for row in order]


def _put(table: dict[str, Any], key: str, value: Any) -> None:
    """Sets a value at a dotted path; tables on the way are made if missing."""
    *way, last = key.split(".")
    place: Any = table
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    if isinstance(place, list):
        place[int(last)] = copy.deepcopy(value)
    else:
        place[last] = copy.deepcopy(value)
