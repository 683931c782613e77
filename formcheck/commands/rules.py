"""``formcheck rules``: the exercises, and the card of one."""

from __future__ import annotations

import argparse
from typing import Any

from formcheck.commands.common import add_rules_option


def add_to(parsers: Any) -> None:
    """Declares the command."""
    p = parsers.add_parser(
        "rules",
        help="list the exercises, or show what one checks",
        description="Lists the exercises; with a NAME, shows its card: what is checked, the "
        "limits, where they come from, and where the camera goes.",
    )
    p.add_argument("name", nargs="?", metavar="NAME")
    add_rules_option(p)
    p.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints the list or the card."""
    from formcheck.judgement.registry import find_exercise, load_exercises
    from formcheck.presentation.terminal import open_console, print_rule, print_rules

    exercises = load_exercises(options.rules)
    if options.name is None:
        print_rules(exercises.values(), open_console())
    else:
        print_rule(find_exercise(options.name, exercises), open_console())
    return 0
