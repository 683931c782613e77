"""At the start of the app: what killed sessions left behind is made whole in the background."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from formcheck.archive.store import Library
from formcheck.judgement.registry import load_exercises
from formcheck.takingin import take_in

__all__ = ["Mending"]

_LOG = logging.getLogger(__name__)

_WAIT_S = 5.0
"""The one under way is waited for when the app ends; cut off, it is done again next time."""


class Mending:
    """Repairs sessions and adds them to the library, in a thread of its own.

    Args:
        home: The app's folder.
        library: Is told of them.
    """

    def __init__(self, home: Path, library: Library) -> None:
        self._home = home
        self._library = library
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="formcheck-mend", daemon=True)
        self._thread.start()

    def join(self, timeout_s: float) -> bool:
        """Waits for its end; whether it came."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def close(self) -> None:
        """Begins with no further session."""
        self._stopped.set()
        self.join(_WAIT_S)

    def _run(self) -> None:
        try:
            found = take_in(self._home, self._library, load_exercises(), self._stopped.is_set)
            for one in found:
                if one.problem:
                    _LOG.warning("a session that was cut off is left as it is: %s", one.problem)
                else:
                    _LOG.info("%s was cut off, and is whole again", one.folder)
        except Exception:  # Nobody is kept from training by a session of the past.
            _LOG.exception("sessions that were cut off could not be looked for")
