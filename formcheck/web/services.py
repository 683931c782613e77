"""What all visits of one running app share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from formcheck.judgement.rule import Exercise
from formcheck.store import Store, store_in
from formcheck.types import Report
from formcheck.web.live.hall import Hall
from formcheck.web.settings import Settings

__all__ = ["Services", "open_services", "services"]


@dataclass(frozen=True, slots=True)
class Services:
    """What all visits share.

    Attributes:
        settings: How the app behaves on this machine.
        store: The list of past sessions; opened when it is first used, so that one that is damaged
            keeps nobody from a session.
        hall: The live sessions.
    """

    settings: Settings
    store: Store
    hall: Hall


_open: list[Services] = []


def open_services(settings: Settings) -> Services:
    """Makes what all visits share, once a process; a second call replaces the first."""
    store = store_in(settings.home)

    def remember(report: Report, exercise: Exercise, began: datetime, folder: Path | None) -> None:
        store.add(report, exercise, began, "live", folder)

    made = Services(settings, store, Hall(settings.live_sessions, settings.home, remember))
    _open[:] = [made]
    return made


def services() -> Services:
    """What all visits share.

    Raises:
        RuntimeError: no app was put together in this process.
    """
    if not _open:
        raise RuntimeError("the app is not running; start it with 'formcheck app'")
    return _open[0]
