"""Sessions that limits are tried on: what was measured of the last few stays in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from formcheck.judgement.overrides import moved
from formcheck.judgement.report import SavedReport, from_json, to_json
from formcheck.judgement.rule import Exercise
from formcheck.presentation.rescored import to_dict, told, told_limits
from formcheck.presentation.review import facts
from formcheck.presentation.timeline import Timeline
from formcheck.recorded import trace_of
from formcheck.rescoring import Measured, difference
from formcheck.sessionfile import TRACE, SessionFile
from formcheck.web.review.measured import measured_session

__all__ = ["Trials"]

MOST_SESSIONS = 3
MOST_MOMENTS = 150_000
"""Of all of them together, some 1.5 kB each; one longer session is kept alone."""

_SHOWN = ("verdicts", "findings", "reps", "jumps", "cues", "holds", "report")
"""What of a page depends on limits."""


@dataclass
class _Trial:
    """One session under trial; judged by one request at a time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    measured: Measured | None = None


class Trials:
    """Judges sessions again with other limits.

    Args:
        home: The app's folder.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Trial] = OrderedDict()

    def tried(self, session: SessionFile, was: Exercise, new: Exercise) -> dict[str, Any]:
        """What would have been said of a session.

        Args:
            session: The session.
            was: The exercise with the limits that were in force.
            new: The same with other limits.

        Returns:
            ``difference`` as :func:`~formcheck.presentation.rescored.to_dict` has it, ``told`` and
            ``limits`` in words, ``page``: what a page shows otherwise, and ``curves``: the limits
            of each curve by its name.

        Raises:
            FormcheckError: the session can't be read.
        """
        trial = self._trial(session, was)
        with trial.lock:
            keep = None
            if trial.measured is None:
                trial.measured, keep = measured_session(
                    trace_of(session),
                    was,
                    set_up=session.about.set_up,
                    home=self._home,
                    session=session.path,
                )
            measured = trial.measured
            before = measured.report(was, keep=True)
            timeline = Timeline(new)
            after = measured.report(new, timeline.add)
            if keep is not None:
                keep()
        self._forget_old()
        found, limits = difference(before, after, was), moved(was, new)
        shown = facts(_as_saved(after, session, new), new, timeline)
        return {
            "difference": to_dict(found, limits),
            "told": told(found, was),
            "limits": told_limits(limits),
            "page": {key: shown[key] for key in _SHOWN},
            "curves": {curve["name"]: curve["limits"] for curve in shown["signals"]},
        }

    def _trial(self, session: SessionFile, exercise: Exercise) -> _Trial:
        # Limits do not change what is measured: one trial of each rule.
        sha256 = session.bundle.manifest.parts[TRACE].sha256
        key = f"{exercise.name} {session.about.set_up} {sha256} {session.path}"
        with self._lock:
            trial = self._kept.setdefault(key, _Trial())
            self._kept.move_to_end(key)
        return trial

    def _forget_old(self) -> None:
        with self._lock:
            moments = 0
            for place, key in enumerate(reversed(list(self._kept))):
                measured = self._kept[key].measured
                moments += 0 if measured is None else len(measured.measurements)
                if place and (place >= MOST_SESSIONS or moments > MOST_MOMENTS):
                    del self._kept[key]


def _as_saved(report: Any, session: SessionFile, exercise: Exercise) -> SavedReport:
    """A report as it would read from a file."""
    return from_json(to_json(report, session.saved.provenance, exercise))
