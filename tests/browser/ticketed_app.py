"""The app as it is, with a hatch for tests: lines to its standard input.

``NAME EXERCISE`` mints a ticket: in a browser the live page does, and a client without a browser
has no other way to get one. ``NAME threads`` tells the names of its threads, which can't be seen
from outside. ``NAME later`` lets half an hour pass for what was answered about somebody's back. The
answer is in a file of that name.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

ANSWERS = "FORMCHECK_TEST_ANSWERS"
"""Environment variable: the folder into which answers are written."""


def main() -> None:
    """Serves the app, and answers."""
    import streamlit as st

    from formcheck.web.app import parts, streamlit_config
    from formcheck.web.settings import settings_from

    app = st.App(**parts(settings_from(os.environ)))
    threading.Thread(target=_answer, daemon=True).start()
    app.run(config=streamlit_config(int(sys.argv[sys.argv.index("--port") + 1])))


def _answer() -> None:
    from formcheck.web.live.session import LiveRequest
    from formcheck.web.pieces import paincheck
    from formcheck.web.services import services

    folder = Path(os.environ[ANSWERS])
    for line in sys.stdin:
        name, what = line.split()
        if what == "threads":
            answer = "\n".join(thread.name for thread in threading.enumerate())
        elif what == "later":
            answer, paincheck.GOOD_FOR_S = "", 0.0
        else:
            answer = services().hall.mint(LiveRequest(exercise=what, remember=False))
        made = folder / f"{name}.part"
        made.write_text(answer, encoding="utf-8")
        made.rename(folder / name)


if __name__ == "__main__":
    main()
