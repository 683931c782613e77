"""The app as it is, with a hatch for tests: a line to its standard input mints a ticket.

In a browser the live page mints tickets; a client without a browser has no other way to get one.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

TICKETS = "FORMCHECK_TEST_TICKETS"
"""Environment variable: the folder into which tickets are written."""


def main() -> None:
    """Serves the app; each line ``NAME EXERCISE`` puts a ticket into a file of that name."""
    import streamlit as st

    from formcheck.web.app import parts, streamlit_config
    from formcheck.web.settings import settings_from

    app = st.App(**parts(settings_from(os.environ)))
    threading.Thread(target=_mint, daemon=True).start()
    app.run(config=streamlit_config(int(sys.argv[sys.argv.index("--port") + 1])))


def _mint() -> None:
    from formcheck.web.live.session import LiveRequest
    from formcheck.web.services import services

    folder = Path(os.environ[TICKETS])
    for line in sys.stdin:
        name, exercise = line.split()
        ticket = services().hall.mint(LiveRequest(exercise=exercise, remember=False))
        made = folder / f"{name}.part"
        made.write_text(ticket, encoding="utf-8")
        made.rename(folder / name)


if __name__ == "__main__":
    main()
