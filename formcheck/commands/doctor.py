"""``formcheck doctor``: what is installed and working on this machine."""

from __future__ import annotations

import argparse
from typing import Any


def add_to(parsers: Any) -> None:
    """Declares the command."""
    p = parsers.add_parser(
        "doctor",
        help="say what is installed and working",
        description="Checks the pose model, OpenCV, camera, sound, video codecs, exercises and the "
        "app, and measures how many frames a second this machine can judge.",
    )
    p.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints every finding; exit code 2 when something that analysis needs is broken."""
    del options
    from formcheck.doctor import findings

    broken = False
    for finding in findings():
        print(f"{finding.state.value:8}{finding.name:12}{finding.words}", flush=True)
        broken = broken or finding.needed_but_broken
    return 2 if broken else 0
