"""The hall of live sessions: who may start one, which ones run, and what came of them."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from formcheck.archive.access import LOCAL, Viewer
from formcheck.archive.files import make_private
from formcheck.errors import InputError
from formcheck.judgement.registry import find_exercise, load_exercises
from formcheck.judgement.rule import Exercise
from formcheck.live import session_folder
from formcheck.perception.estimator import Estimator
from formcheck.perception.open import open_estimator
from formcheck.web.live.answers import LONGEST_S
from formcheck.web.live.connection import Connection
from formcheck.web.live.limits import as_judged, told
from formcheck.web.live.moments import ended
from formcheck.web.live.refusals import (
    BUSY,
    NOT_KEPT,
    NOT_YOURS,
    TICKET,
    RefusedError,
    limits_do_not_fit,
)
from formcheck.web.live.session import LiveRequest, LiveResult, LiveSession, Remember
from formcheck.web.live.tickets import Tickets

__all__ = ["Hall", "Seat"]

TICKET_S = 1800.0
"""Time to read the page, set the camera up and press Start."""

GRACE_S = 15.0
"""A session whose connection was cut waits so long for it to come back."""

RESULT_S = 7200.0
"""The summary can be looked at, and its report saved, for so long."""

CLOSING_S = 10.0
"""A session that is being recorded writes its clip to the end first."""

SESSIONS = "sessions"
"""The folder of the clips that are kept, below the home of the app."""

_LOG = logging.getLogger(__name__)


class Seat:
    """One session and the connection that it talks to at present. Made by the hall.

    Attributes:
        request: What was chosen.
        folder: Where the session is kept, or None.
        ticket: With which it was begun.
        session: The session, while it runs.
        sittings: How many connections there have been.
        heard: Whether the page has said anything: then it was told that it is let in.
        result: Key of what came of it, or empty.
    """

    def __init__(self, request: LiveRequest, folder: Path | None, ticket: str = "") -> None:
        self.request = request
        self.folder = folder
        self.ticket = ticket
        self.heard = False
        self.result = ""
        self.session: LiveSession | None = None
        self.sittings = 0
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._last: str | None = None

    def sit(self, connection: Connection) -> None:
        """Messages go to this connection from now on; another one is hung up."""
        with self._lock:
            before, self._connection = self._connection, connection
            self.sittings += 1
            last = self._last
        if before is not None:
            before.finish()
        if last is not None:
            connection.tell(last)
            connection.finish()

    def rise(self, connection: Connection) -> bool:
        """The connection is gone; False when it had been replaced by another before."""
        with self._lock:
            if self._connection is not connection:
                return False
            self._connection = None
            return True

    @property
    def over(self) -> bool:
        """Whether there is a last message for a page that comes back."""
        return self._last is not None

    @property
    def empty(self) -> bool:
        """Whether nobody is connected."""
        return self._connection is None

    def tell(self, message: str) -> None:
        """Sends a message, if anybody is there."""
        connection = self._connection
        if connection is not None:
            connection.tell(message)

    def tell_last(self, message: str) -> None:
        """Sends the last message and hangs up.

        It is kept for a page that comes back for it: a connection may be dead for a while before
        anybody knows.
        """
        with self._lock:
            connection, self._last = self._connection, message
        if connection is not None:
            connection.tell(message)
            connection.finish()


class Hall:
    """Lets pages in with tickets, up to a number of sessions at a time. Thread-safe.

    Args:
        most: How many sessions may run at the same time.
        home: Folder below which clips are kept.
        remember: Told what came of sessions whose numbers are to be remembered.
        open_pose: Makes what finds the pose for an exercise.
    """

    def __init__(
        self,
        most: int,
        home: Path,
        remember: Remember = lambda report, exercise, began, folder, viewer, person: None,
        open_pose: Callable[[Exercise], Estimator] | None = None,
    ) -> None:
        self._most = most
        self._home = home
        self._remember = remember
        self._open_pose = open_pose or (lambda exercise: open_estimator(outline=exercise.outline))
        self._exercises = load_exercises()
        self._lock = threading.RLock()
        self._tickets: Tickets[LiveRequest] = Tickets(TICKET_S)
        self._keys: Tickets[Seat] = Tickets(LONGEST_S + RESULT_S)
        self._results: Tickets[tuple[LiveRequest, LiveResult]] = Tickets(RESULT_S)
        self._seats: list[Seat] = []
        self._closed = False

    @property
    def running(self) -> int:
        """How many sessions run."""
        return len(self._seats)

    def mint(self, request: LiveRequest, good_for_s: float = TICKET_S) -> str:
        """A ticket for one session, good for half an hour.

        Args:
            request: What was chosen.
            good_for_s: For how long the session may be started, if that is less.

        Raises:
            UnknownExercise: there is no such exercise.
        """
        find_exercise(request.exercise, self._exercises)
        with self._lock:
            return self._tickets.mint(request, min(good_for_s, TICKET_S))

    def result(self, key: str, viewer: Viewer = LOCAL) -> LiveResult | None:
        """What came of a session of the viewer's, or None when that is not known (any more)."""
        with self._lock:
            held = self._results.look(key)
        return held[1] if held is not None and _is_of(held[0], viewer) else None

    def start(self, ticket: str, connection: Connection, viewer: Viewer = LOCAL) -> Seat:
        """Starts the session of a ticket, for whoever it was minted for.

        Raises:
            RefusedError: the ticket can't be used; or too many sessions run, the limits of who
                trains do not fit, or the clip can't be kept (which leave the ticket as it is).
        """
        with self._lock:
            begun = self._unheard(ticket)
            request = begun.request if begun is not None else self._tickets.look(ticket)
            if self._closed or request is None:
                raise RefusedError(TICKET)
            if not _is_of(request, viewer):
                raise RefusedError(NOT_YOURS)
            if begun is not None:
                begun.sit(connection)
                return begun
            if len(self._seats) >= self._most:
                raise RefusedError(BUSY)
            exercise = self._exercise_for(request)
            seat = Seat(request, self._folder_for(request), ticket)
            self._tickets.use(ticket)
            self._seats.append(seat)
        seat.sit(connection)
        seat.session = self._open(seat, exercise)
        return seat

    def _unheard(self, ticket: str) -> Seat | None:
        """The session of a ticket whose page may never have been told that it was let in."""
        return next((s for s in self._seats if s.ticket == ticket and not s.heard), None)

    def resume(self, key: str, connection: Connection, viewer: Viewer = LOCAL) -> Seat:
        """Goes on with the session of a key, for whoever began it.

        The key is good until it is spent: the page may lose the line again before it is told the
        next one.

        Raises:
            RefusedError: the key can't be used.
        """
        with self._lock:
            seat = self._keys.look(key)
            if seat is None or self._closed or (not seat.over and seat not in self._seats):
                raise RefusedError(TICKET)
            if seat.result and self._results.look(seat.result) is None:
                raise RefusedError(TICKET)  # It is held no more.
            if not _is_of(seat.request, viewer):
                raise RefusedError(NOT_YOURS)
        seat.sit(connection)
        return seat

    def spend(self, key: str) -> None:
        """Makes a key worthless; the page was heard after it was told the next one."""
        with self._lock:
            self._keys.use(key)

    def forget(self, viewer: Viewer = LOCAL) -> None:
        """Lets go of what came of the viewer's past sessions."""
        with self._lock:
            self._results.drop(lambda held: _is_of(held[0], viewer))

    def sign_out(self, login: str) -> None:
        """Somebody has signed out: their sessions end, and nothing of that login is good."""
        with self._lock:
            self._tickets.drop(lambda request: request.login == login)
            self._keys.drop(lambda seat: seat.request.login == login)
            self._results.drop(lambda held: held[0].login == login)
            sessions = [seat.session for seat in self._seats if seat.request.login == login]
        for session in sessions:
            if session is not None:
                session.stop("signed-out")

    def key_for(self, seat: Seat) -> str:
        """A key with which a connection to this seat can be taken up again, once."""
        with self._lock:
            return self._keys.mint(seat)

    def close(self) -> None:
        """Ends all sessions and waits for them; nobody gets in any more."""
        with self._lock:
            self._closed = True
            seats = list(self._seats)
        for seat in seats:
            if seat.session is not None:
                seat.session.stop("closing")
        deadline_s = time.monotonic() + CLOSING_S
        for seat in seats:
            if seat.session is not None:
                seat.session.join(max(0.0, deadline_s - time.monotonic()))

    def _folder_for(self, request: LiveRequest) -> Path | None:
        """Where the clip of a new session is kept; no other session's, also of this second.

        Raises:
            RefusedError: it can't be kept.
        """
        if not request.keep:
            return None
        try:
            make_private(self._home)
            make_private(self._home / SESSIONS)
        except OSError as error:
            _LOG.warning("the clip of a session can't be kept: %s", error)
            raise RefusedError(NOT_KEPT) from error
        taken = [seat.folder for seat in self._seats]
        began = datetime.now()
        while (folder := session_folder(self._home / SESSIONS, began)) in taken:
            began += timedelta(seconds=1)
        return folder

    def _exercise_for(self, request: LiveRequest) -> Exercise:
        """What judges, with the limits of who trains.

        Raises:
            RefusedError: they do not fit any more: nobody is judged by wrong ones.
        """
        rule = find_exercise(request.exercise, self._exercises)
        try:
            return as_judged(rule, self._home, request.profile)
        except InputError as error:
            raise RefusedError(limits_do_not_fit(error)) from error

    def _open(self, seat: Seat, exercise: Exercise) -> LiveSession:
        return LiveSession(
            exercise,
            seat.request,
            told(find_exercise(exercise.name, self._exercises), exercise),
            lambda: self._open_pose(exercise),
            seat.folder,
            self._remember,
            tell=seat.tell,
            ended=lambda result, why, text: self._end(seat, result, why, text),
        )

    def _end(self, seat: Seat, result: LiveResult | None, why: str, text: str) -> None:
        key = ""
        if result is not None:
            with self._lock:
                key = self._results.mint((seat.request, result))
                if why == "signed-out":  # The page asks for it, and finds that nobody is there.
                    self._results.use(key)
        with self._lock:  # Whoever comes back meanwhile finds it running or over.
            self._seats.remove(seat)
            alone = not self._seats
            seat.session = None  # A key may hold the seat for hours; not all that was measured.
            seat.result = key
            seat.tell_last(ended(key, why, text))
        if alone:  # Nobody is held up by it now, and a session leaves tens of megabytes behind.
            gc.collect()


def _is_of(request: LiveRequest, viewer: Viewer) -> bool:
    """Whether it was them who chose it; an admin looks at the library, not into sessions."""
    return request.viewer.account == viewer.account
