"""What all visits of one running app share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from streamlit import runtime

from formcheck.archive.access import Viewer
from formcheck.archive.store import Library, library_in
from formcheck.judgement.rule import Exercise
from formcheck.types import Report
from formcheck.web.clips.jobs import Jobs
from formcheck.web.clips.visits import Visits
from formcheck.web.live.hall import Hall
from formcheck.web.settings import Settings
from formcheck.web.signin.desk import Desk
from formcheck.web.signin.viewers import open_desk

__all__ = ["Services", "open_services", "services"]


@dataclass(frozen=True, slots=True)
class Services:
    """What all visits share.

    Attributes:
        settings: How the app behaves on this machine.
        archive: The past sessions; opened when it is first used, so that one that is damaged keeps
            nobody from a session.
        hall: The live sessions.
        visits: The open tabs, and the temporary folder of each.
        jobs: Clips that are being analysed, or wait for it.
        desk: Who may come in, or None while nobody has to sign in.
    """

    settings: Settings
    archive: Library
    hall: Hall
    visits: Visits
    jobs: Jobs
    desk: Desk | None = None

    def close(self) -> None:
        """Ends everything that is under way; no process, thread or temporary file stays."""
        open_desk(None)
        self.hall.close()
        self.jobs.close()
        self.visits.close()


_open: list[Services] = []


def open_services(settings: Settings) -> Services:
    """Makes what all visits share, once a process; a second call replaces the first."""
    library = library_in(settings.home, settings.database)

    def remember(
        report: Report,
        exercise: Exercise,
        began: datetime,
        folder: Path | None,
        viewer: Viewer,
        person: str | int,
    ) -> int:
        return library.add(report, exercise, began, "live", folder, person=person, viewer=viewer)

    for before in _open:
        before.close()
    hall = Hall(settings.live_sessions, settings.home, remember)
    visits = Visits(_is_here)
    desk = None
    if settings.sign_in is not None:

        def signed_out(login: str) -> None:
            hall.sign_out(login)
            visits.sign_out(login)

        desk = Desk(settings.sign_in, library, signed_out)
    open_desk(desk)
    made = Services(settings, library, hall, visits, Jobs(), desk)
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


def _is_here(session_id: str) -> bool:
    """Whether a tab is connected."""
    return runtime.exists() and runtime.get_instance().is_active_session(session_id)
