"""Options that several commands share."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from formcheck.errors import InputError
from formcheck.kinematics.calibration import SHORTEST_CM, TALLEST_CM

if TYPE_CHECKING:
    from formcheck.judgement.rule import Exercise


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
