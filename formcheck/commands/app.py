"""``formcheck app``: the web app on this machine."""

from __future__ import annotations

import argparse
import os
from typing import Any

DEFAULT_PORT = 8501


def add_to(parsers: Any) -> None:
    """Declares the command."""
    p = parsers.add_parser(
        "app",
        help="open the app in a browser",
        description="Serves the app on this machine and opens it in a browser. Stop with Ctrl-C.",
    )
    p.add_argument("--port", type=int, default=DEFAULT_PORT, metavar="N", help="(8501)")
    p.add_argument("--no-browser", action="store_true", help="only serve, open nothing")
    p.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serves the app until Ctrl-C."""
    import streamlit as st

    from formcheck.web.app import parts, streamlit_config
    from formcheck.web.settings import settings_from

    app = st.App(**parts(settings_from(os.environ)))
    app.run(config=streamlit_config(options.port))
    return 0
