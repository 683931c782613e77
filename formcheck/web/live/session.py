"""One live session: a thread that judges the newest picture, whoever is listening."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from formcheck.archive.access import LOCAL, Viewer
from formcheck.errors import FormcheckError
from formcheck.journalfiles import Listing
from formcheck.judgement.report import Provenance
from formcheck.judgement.rule import Exercise
from formcheck.live import Keep, coach
from formcheck.media.bundle import is_bundle
from formcheck.media.mailbox import Mailbox
from formcheck.perception.estimator import Estimator
from formcheck.presentation.html import to_html
from formcheck.types import Frame, Report
from formcheck.web.live.answers import Answers
from formcheck.web.live.moments import notice
from formcheck.web.live.pictures import Picture, decode
from formcheck.web.live.refusals import RefusedError

__all__ = ["LiveRequest", "LiveResult", "LiveSession", "Remember"]

Remember = Callable[[Report, Exercise, datetime, Path | None, Viewer, str | int], int | None]
"""Puts a session into the library: whose it is and who trained last; gives its number."""

SOURCE = "the browser's camera"

TURNED = (
    "The picture has another size than at the start. Turn the camera back as it was, or stop and "
    "start again."
)
WHY_TEXT = {
    "stopped": "You stopped the session.",
    "left": "You left the picture, so the session was ended.",
    "lost": "The connection to the page was lost, so the session was ended.",
    "still": "No picture came from the camera for minutes, so the session was ended.",
    "signed-out": "You signed out, so the session was ended.",
    "closing": "formcheck was closed, so the session was ended.",
    "time": "The session was ended after an hour.",
}

BROKEN = "Something went wrong on this computer, so the session was ended. Please start again."

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """What somebody chose before a session.

    Attributes:
        exercise: Its name.
        keep: Whether the session is kept with its clip, to be reviewed.
        remember: Whether its numbers go into the list of sessions.
        person: Who is training, as the library calls them; empty: nobody in particular.
        number: Their number in the library; None: nobody in particular.
        profile: Under which name their changed limits would be kept.
        viewer: Who chose it: nobody else may start it, go on with it or see what came of it.
        login: How they are signed in; it ends when they sign out.
    """

    exercise: str
    keep: bool = False
    remember: bool = True
    viewer: Viewer = LOCAL
    login: str = ""
    person: str = ""
    number: int | None = None
    profile: str = ""


@dataclass(frozen=True, slots=True)
class LiveResult:
    """What came of a session.

    Attributes:
        exercise: What was judged.
        report: What the engine said.
        provenance: Where it comes from.
        began: When, in the zone of this machine.
        html: The report as a page of its own.
        folder: Where the bundle of the session was kept, or None.
        number: Its number in the library, or None.
        person: Who was training; empty: nobody in particular.
        limits: Which limits were theirs and not the rule's, one line a band.
        why: Why it ended: a key of ``WHY_TEXT``, or "failed".
        text: The same in words, with what went wrong, if anything did.
    """

    exercise: Exercise
    report: Report
    provenance: Provenance
    began: datetime
    html: str
    folder: Path | None
    why: str
    text: str
    number: int | None = None
    person: str = ""
    limits: tuple[str, ...] = ()


class LiveSession:
    """Judges what comes in, in a thread of its own, and answers every picture that it took.

    Args:
        exercise: What is judged, with the limits in force.
        request: What was chosen.
        limits: Which limits are not the rule's, one line a band.
        open_estimator: Makes what finds the pose; called in the thread.
        folder: Where the session is kept, or None to keep nothing.
        remember: Puts it into the library and gives its number; called in the thread.
        tell: Takes each message to the page; called in the thread, must not wait.
        ended: Takes the result, or None when no picture ever came; called in the thread, last.
        clock: Seconds, never running backwards.
    """

    def __init__(
        self,
        exercise: Exercise,
        request: LiveRequest,
        limits: tuple[str, ...],
        open_estimator: Callable[[], Estimator],
        folder: Path | None,
        remember: Remember,
        tell: Callable[[str], None],
        ended: Callable[[LiveResult | None, str, str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.exercise = exercise
        self._request = request
        self._limits = limits
        self._open_estimator = open_estimator
        self._folder = folder
        self._remember = remember
        self._number: int | None = None
        self._forgotten = ""
        self._tell = tell
        self._ended = ended
        self._clock = clock
        self._pictures: Mailbox[tuple[float, Picture]] = Mailbox()
        self._why, self._why_text = "stopped", WHY_TEXT["stopped"]
        self._why_lock = threading.Lock()
        self._answers = Answers(exercise, tell, self.stop, clock)
        self._result: tuple[Report, Provenance] | None = None
        self._began = datetime.now().astimezone()
        self._thread = threading.Thread(target=self._run, name="formcheck-live", daemon=True)
        self._thread.start()

    def put(self, picture: Picture) -> None:
        """Hands over a picture; one that was not taken yet is dropped."""
        self._pictures.put((self._clock(), picture))

    def stop(self, why: str, text: str = "") -> None:
        """Ends the session after the picture that is being judged; the first reason counts.

        Args:
            why: A key of ``WHY_TEXT``.
            text: What is told instead of the text there.
        """
        with self._why_lock:
            if not self._pictures.closed:
                self._why, self._why_text = why, text or WHY_TEXT[why]
                self._pictures.close()

    def join(self, timeout_s: float) -> bool:
        """Waits for the thread; whether it has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _frames(self) -> Iterator[Frame]:
        """The newest picture each time, on a clock that begins with the first one."""
        first: Picture | None = None
        last_s = -1.0
        for came_s, picture in self._pictures:
            first = first or picture
            t_s = picture.t_s - first.t_s
            if (picture.width_px, picture.height_px) != (first.width_px, first.height_px):
                self._tell(notice(picture.seq, TURNED))
                continue
            if t_s <= last_s:
                continue
            last_s = t_s
            self._answers.expect(picture, came_s)
            self._answers.dropped = self._pictures.dropped
            yield Frame(t_s=t_s, image_rgb=decode(picture))

    def _run(self) -> None:
        result, why, text = None, "failed", BROKEN
        try:
            trouble = self._coach()
            why, text = ("failed", trouble) if trouble else (self._why, self._why_text)
            if self._result is not None and len(self._answers.signals):
                if self._folder is None:
                    self._remembered(self._result[0], None)
                text += self._forgotten
                result = self._told(*self._result, why, text)
        except Exception:
            _LOG.exception("the result of a live session could not be made")
        finally:
            self._pictures.close()
            self._ended(result, why, text)

    def _coach(self) -> str:
        """The session itself; gives what went wrong, in words. What came before that is kept."""
        try:
            with self._open_estimator() as estimator:
                coach(
                    self.exercise,
                    estimator,
                    self._frames(),
                    SOURCE,
                    speaker=self._answers,
                    keep=self._keep(),
                    heard=self._answers.hear,
                    ended=self._finished,
                    watching=[self._answers],
                )
        except RefusedError as error:
            return str(error)
        except FormcheckError as error:
            return f"{str(error).rstrip('.')}."
        except Exception:
            _LOG.exception("a live session failed")
            return BROKEN
        return ""

    def _keep(self) -> Keep | None:
        if self._folder is None:
            return None
        viewer, wanted = self._request.viewer, self._request.remember
        role = "" if viewer.account is None else viewer.role.value
        return Keep(
            self._folder,
            self._began,
            self._request.person,
            Listing(wanted, viewer.account, role, self._request.number),
            lambda session: self._remembered(session.report, session.path),
        )

    def _remembered(self, report: Report, folder: Path | None) -> bool:
        """Whether nothing is left to be told to the library; what went wrong is told at the end."""
        if not self._request.remember:
            return True
        request, why = self._request, ""
        # By number: several people may have one name.
        who = request.person if request.number is None else request.number
        try:
            self._number = self._remember(
                report, self.exercise, self._began, folder, request.viewer, who
            )
            return True
        except FormcheckError as error:
            _LOG.warning("a session is not in the list of sessions: %s", error)
            why = f": {str(error).rstrip('.')}"
        except Exception:  # Whatever it is, the page is told of the end and the seat gets free.
            _LOG.exception("a session is not in the list of sessions")
        self._forgotten = f" Its numbers could not be remembered{why}."
        return False

    def _finished(self, report: Report, provenance: Provenance) -> None:
        self._result = report, provenance

    def _told(self, report: Report, provenance: Provenance, why: str, text: str) -> LiveResult:
        kept = self._folder if self._folder is not None and is_bundle(self._folder) else None
        return LiveResult(
            exercise=self.exercise,
            report=report,
            provenance=provenance,
            began=self._began,
            html=to_html(report, self.exercise, provenance, self._answers.signals),
            folder=kept,
            why=why,
            text=text,
            number=self._number,
            person=self._request.person,
            limits=self._limits,
        )
