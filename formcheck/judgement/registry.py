"""Finds the exercises: every module of the installed rule packs, and of folders of the user's own.

A rule pack is a package named by an entry point of the group ``formcheck.rules``; a new file in
it needs no registration.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from formcheck.errors import InputError, RuleError, UnknownExercise
from formcheck.judgement.rule import Exercise

GROUP = "formcheck.rules"


def load_exercises(folders: Iterable[Path] = ()) -> Mapping[str, Exercise]:
    """Every exercise by name; one from a folder replaces an installed one of the same name.

    Args:
        folders: Folders of rule files (``*.py``) of the user's own.

    Raises:
        InputError: a folder is missing or holds no exercise.
        RuleError: a rule module can't be imported, two installed ones share a name, or no rule
            pack is installed.
    """
    exercises: dict[str, Exercise] = {}
    for module in _installed_modules():
        for exercise in _exercises_in(module):
            if exercise.name in exercises:
                raise RuleError(f"two rule modules are called {exercise.name!r}; rename one")
            exercises[exercise.name] = exercise
    for folder in folders:
        exercises.update(_from_folder(folder))
    if not exercises:
        raise RuleError(
            "no rule pack is installed; install formcheck itself, e.g. pip install -e ."
        )
    return exercises


def find_exercise(name: str, exercises: Mapping[str, Exercise]) -> Exercise:
    """The exercise of this name.

    Raises:
        UnknownExercise: there is none; the message suggests the nearest.
    """
    if name in exercises:
        return exercises[name]
    near = get_close_matches(name.lower().replace(" ", "_").replace("-", "_"), exercises, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(exercises))}."
    raise UnknownExercise(f"there is no exercise called {name!r}; {hint}")


def _installed_modules() -> Iterator[ModuleType]:
    for entry in sorted(entry_points(group=GROUP), key=lambda e: e.value):
        try:
            pack = importlib.import_module(entry.value)
            yield pack
            for info in pkgutil.iter_modules(getattr(pack, "__path__", ())):
                yield importlib.import_module(f"{entry.value}.{info.name}")
        except ImportError as error:
            raise RuleError(f"the rule pack {entry.value!r} can't be imported: {error}") from error


def _exercises_in(module: ModuleType) -> Iterator[Exercise]:
    for value in vars(module).values():
        if isinstance(value, Exercise):
            yield value


def _from_folder(folder: Path) -> Mapping[str, Exercise]:
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; --rules wants a folder of rule files")
    found = {
        exercise.name: exercise
        for file in sorted(folder.glob("*.py"))
        for exercise in _exercises_in(_module_from(file))
    }
    if not found:
        raise InputError(f"{folder} holds no rule file with an Exercise in it")
    return found


def _module_from(file: Path) -> ModuleType:
    name = f"formcheck_own_rules_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise RuleError(f"{file} can't be read as a Python module")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise RuleError(f"the rule file {file} failed: {type(error).__name__}: {error}") from error
    return module
