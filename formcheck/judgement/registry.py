"""Finds the exercises: every module of the installed rule packs, and of folders of the user's own.

A rule pack is a package named by an entry point of the group ``formcheck.rules``; a new file in
it needs no registration.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
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
        RuleError: a rule module can't be imported, two installed ones or two of a folder share a
            name, or no rule pack is installed.
    """
    exercises = _named(_installed_modules(), "two rule modules hold")
    for folder in folders:
        exercises.update(_from_folder(folder, exercises.values()))
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
        pack = _imported(entry.value, entry.value)
        yield pack
        for info in pkgutil.iter_modules(getattr(pack, "__path__", ())):
            yield _imported(entry.value, f"{entry.value}.{info.name}")


def _imported(pack: str, name: str) -> ModuleType:
    # A module runs whatever its author wrote, sys.exit too; none of it may end the program.
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise RuleError(
            f"the rule pack {pack!r} can't be imported: {_words(error)}; mend {name} or uninstall "
            "the pack"
        ) from error


def _named(
    modules: Iterable[ModuleType], clash: str, foreign: Collection[Exercise] = ()
) -> dict[str, Exercise]:
    """The exercises of some modules by name.

    Args:
        modules: Rule modules; one may import another's exercise.
        clash: How the sentence begins that tells of two exercises of one name.
        foreign: Exercises that don't belong to these modules, though they may import them.

    Raises:
        RuleError: two different exercises share a name.
    """
    found: dict[str, Exercise] = {}
    for module in modules:
        for value in vars(module).values():
            if not isinstance(value, Exercise) or any(value is known for known in foreign):
                continue
            if found.setdefault(value.name, value) is not value:
                raise RuleError(f"{clash} an exercise called {value.name!r}; rename one")
    return found


def _from_folder(folder: Path, installed: Collection[Exercise]) -> Mapping[str, Exercise]:
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; --rules wants a folder of rule files")
    modules = [_module_from(file) for file in sorted(folder.glob("*.py"))]
    found = _named(modules, f"two rule files in {folder} hold", installed)
    if not found:
        raise InputError(
            f"{folder} holds no rule file with an Exercise of its own; add one, see "
            "docs/writing-a-rule.md"
        )
    return found


def _module_from(file: Path) -> ModuleType:
    where = hashlib.sha256(str(file.parent.resolve()).encode()).hexdigest()[:8]
    name = f"formcheck_own_rules_{where}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise RuleError(f"{file} can't be read as a Python module; rename or remove it")
    module = importlib.util.module_from_spec(spec)
    # Dataclasses with postponed annotations look their own module up while it is being run.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise RuleError(f"the rule file {file} failed: {_words(error)}; mend it") from error
    return module


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
