"""``formcheck demo``: the web app with a shipped clip that is already analysed."""

from __future__ import annotations

import argparse
from typing import Any

from formcheck.commands.app import add_app_options, serve_app


def add_to(parsers: Any) -> None:
    """Declares the command."""
    p = parsers.add_parser(
        "demo",
        help="open the app with an example, no camera needed",
        description="Serves the app on this computer and opens the page of a shipped clip, "
        "analysed. Stop with Ctrl-C.",
    )
    add_app_options(p)
    p.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serves the app and opens it at the example."""
    return serve_app(options, "/video?demo=1")
