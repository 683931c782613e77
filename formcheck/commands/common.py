"""Options that several commands share."""

from __future__ import annotations

import argparse
import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from formcheck.errors import InputError
from formcheck.kinematics.calibration import SHORTEST_CM, TALLEST_CM

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from formcheck.archive.store import Library
    from formcheck.clipsession import Keep
    from formcheck.judgement.rule import Exercise
    from formcheck.profiles import Profile
    from formcheck.repairing import Repaired


def add_exercise_options(p: argparse.ArgumentParser) -> None:
    """``--exercise``, ``--rules`` and ``--model``."""
    p.add_argument("--exercise", required=True, metavar="NAME", help="see 'formcheck rules'")
    add_rules_option(p)
    add_model_option(p)


def add_model_option(p: argparse.ArgumentParser) -> None:
    """``--model``."""
    p.add_argument(
        "--model",
        type=Path,
        metavar="FILE.task",
        help="another pose model of MediaPipe's (default: the one in its package)",
    )


def add_rules_option(p: argparse.ArgumentParser) -> None:
    """``--rules``."""
    p.add_argument(
        "--rules",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="a folder of rule files of your own; may be given more than once",
    )


def add_bundle_options(p: argparse.ArgumentParser) -> None:
    """``--bundle``, ``--no-clip`` and ``--person``."""
    p.add_argument(
        "--bundle",
        action="store_true",
        help="also write NAME.formcheck: the whole session in one file, with the clip, to be "
        "reviewed ('formcheck library import')",
    )
    p.add_argument(
        "--no-clip", action="store_true", help="with --bundle: leave picture and sound out"
    )
    p.add_argument(
        "--person",
        default="",
        metavar="NAME",
        help="whose clips these are: judge by the limits kept for this person, and put the name "
        "into the bundle",
    )


def keep_from(options: argparse.Namespace) -> Keep | None:
    """How bundles are made, or None where none were asked for.

    Raises:
        InputError: the options contradict each other.
    """
    from formcheck.clipsession import Keep

    if options.no_clip and not options.bundle:
        raise InputError("--no-clip says how a bundle is made; add --bundle, or leave it out")
    person = " ".join(options.person.split())
    return Keep(person, picture=not options.no_clip) if options.bundle else None


def app_home() -> Path:
    """The folder of the app: library, profiles, kept clips."""
    from formcheck.web.settings import settings_from

    return settings_from(os.environ).home


def app_library() -> Library:
    """The library of the app.

    Raises:
        InputError: a setting can't be used.
        LibraryError: the library can't be opened.
    """
    from formcheck.archive.store import library_in
    from formcheck.web.settings import settings_from

    settings = settings_from(os.environ)
    return library_in(settings.home, settings.database)


def profile_of(person: str) -> Profile | None:
    """The limits that are kept for a person; None where there are none, which is told.

    Raises:
        InputError: they can't be read.
    """
    from formcheck.profiles import has_profile, load_profile

    home = app_home()
    if has_profile(home, person):
        return load_profile(home, person)
    print(
        f"formcheck: no limits are kept for {person}; those of the rules are used", file=sys.stderr
    )
    return None


def settle_in(parent: Path, exercises: Mapping[str, Exercise]) -> Callable[[Repaired], None]:
    """What is done with a session in this folder that was repaired: the app's own are listed.

    Raises:
        InputError: a setting can't be used.
        LibraryError: the library can't be opened.
    """
    from formcheck.archive.files import CLIPS

    if parent.resolve() != (app_home() / CLIPS).resolve():
        return lambda repaired: None
    from formcheck.takingin import adding_to

    return adding_to(app_home(), app_library(), exercises)


def with_limits_of(person: str, exercise: Exercise) -> Exercise:
    """The exercise as a person is judged; of nobody in particular as the rule has it.

    Raises:
        InputError: their limits can't be read, or do not fit any more.
    """
    profile = profile_of(person) if person.strip() else None
    if profile is None:
        return exercise
    from formcheck.profiles import exercise_for

    return exercise_for(exercise, profile)


def exercise_from(options: argparse.Namespace) -> Exercise:
    """The exercise that the options name.

    Raises:
        InputError: there is none of that name, or a rules folder can't be used.
    """
    from formcheck.judgement.registry import find_exercise, load_exercises

    return find_exercise(options.exercise, load_exercises(options.rules))


def stature_m(height_cm: float | None) -> float | None:
    """The user's height in metres, or None when it was not given.

    Raises:
        InputError: no person is that tall.
    """
    if height_cm is None:
        return None
    if not math.isfinite(height_cm) or not SHORTEST_CM <= height_cm <= TALLEST_CM:
        raise InputError(
            f"--height-cm {height_cm:g} is no height of a person; give centimetres between "
            f"{SHORTEST_CM:g} and {TALLEST_CM:g}, e.g. --height-cm 172"
        )
    return height_cm / 100.0
