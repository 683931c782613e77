"""A visit: one open tab, its temporary folder, and what was put into it; gone when it ends.

Streamlit's session caches are no measure of that: they are cleared at every cut of the connection,
also when the tab comes back a second later with all its state. So a visit ends when its tab has
been away for longer than Streamlit itself would take it back, when the page says that it is being
left, or when the server stops. What a killed server left behind goes at the next start.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from formcheck.archive.access import LOCAL, Viewer
from formcheck.closing import Closing
from formcheck.errors import OutputError

__all__ = ["Clip", "Result", "ServerFolder", "Visit", "Visits", "remove_left_overs"]

GRACE_S = 120.0
"""A tab that was cut off gets its state back from Streamlit for this long."""
LEAVING_GRACE_S = 2.0
"""After the page said that it is being left, for the connection to end as well."""
_SWEEP_S = 5.0
_PREFIX = "formcheck-visits-"
_ALIVE = "alive"
_TOKEN_BYTES = 18


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip that was uploaded.

    Attributes:
        id: Random; also the name of its file, but for the ending.
        name: What the person's file is called; shown, never used as a path.
        path: Where it lies.
        size_bytes: Its size.
        duration_s: Its length as it says itself, or None.
    """

    id: str
    name: str
    path: Path
    size_bytes: int
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The files of one analysis that the browser may have.

    Attributes:
        token: Random; stands in their address.
        name: The clip's name without its ending, for the names of downloads.
        files: Name in the address → file.
    """

    token: str
    name: str
    files: dict[str, Path]


@dataclass(slots=True, eq=False)
class Visit:
    """One open tab.

    Attributes:
        token: Random; the browser shows it to put clips into this visit.
        folder: Where everything of it lies.
        session_id: Streamlit's name for the tab.
        clips: By id, in the order of their arrival.
        arriving: How many clips are on their way.
        results: By token.
        ended: Whether it is over.
        viewer: Whose it is: nobody else puts anything in or takes anything out.
        login: How they are signed in; it ends when they sign out.
    """

    token: str
    folder: Path
    session_id: str
    clips: dict[str, Clip] = field(default_factory=dict)
    arriving: int = 0
    results: dict[str, Result] = field(default_factory=dict)
    ended: bool = False
    seen_s: float = 0.0
    leaving: bool = False
    viewer: Viewer = LOCAL
    login: str = ""
    _at_end: list[Callable[[], None]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def new_folder(self) -> Path:
        """An empty folder of its own within this visit.

        Raises:
            OutputError: there is no space, or the visit is over.
        """
        try:
            return Path(tempfile.mkdtemp(dir=self.folder))
        except OSError as error:
            raise OutputError(
                "there is no room for temporary files on this computer; free some space and try "
                "again"
            ) from error

    def at_end(self, work: Callable[[], None]) -> None:
        """Has something done before the folder goes; at once when the visit is over already."""
        with self.lock:
            if not self.ended:
                self._at_end.append(work)
                return
        work()

    def remove_clip(self, clip_id: str) -> bool:
        """Deletes a clip; False when there is none of that id."""
        with self.lock:
            clip = self.clips.pop(clip_id, None)
        if clip is None:
            return False
        clip.path.unlink(missing_ok=True)
        return True

    def end(self) -> None:
        """Stops what is under way and deletes everything; twice is harmless."""
        with self.lock:
            if self.ended:
                return
            self.ended = True
            work, self._at_end = self._at_end, []
        for each in work:
            each()
        with self.lock:
            self.clips.clear()
            self.results.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


class Visits(Closing):
    """All visits of one running server.

    Args:
        is_here: Whether the tab of a Streamlit session is connected.
        root: Where temporary folders go; None: where this system wants them.
        grace_s: How long a tab may be away.
        leaving_grace_s: How long, after its page said that it is being left.
        clock: Seconds that only go up.
    """

    def __init__(
        self,
        is_here: Callable[[str], bool],
        root: Path | None = None,
        grace_s: float = GRACE_S,
        leaving_grace_s: float = LEAVING_GRACE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._is_here = is_here
        self._root = Path(tempfile.gettempdir()) if root is None else root
        self._grace_s = grace_s
        self._leaving_grace_s = leaving_grace_s
        self._clock = clock
        self._visits: dict[str, Visit] = {}
        self._lock = threading.Lock()
        self._home: ServerFolder | None = None
        self._wake = threading.Event()
        self._sweeper: threading.Thread | None = None
        self._closed = False
        remove_left_overs(self._root)
        atexit.register(self.close)

    def open(self, session_id: str, viewer: Viewer = LOCAL, login: str = "") -> Visit:
        """A new visit with an empty folder.

        Args:
            session_id: Streamlit's name for the tab.
            viewer: Whose it is.
            login: How they are signed in.

        Raises:
            OutputError: no temporary folder can be made.
        """
        with self._lock:
            if self._closed:
                raise OutputError("the app is being closed; start it again")
            try:
                if self._home is None:
                    self._home = ServerFolder(self._root)
                folder = Path(tempfile.mkdtemp(dir=self._home.folder))
            except OSError as error:
                raise OutputError(
                    "no temporary folder can be made on this computer; free some space and "
                    "reload this page"
                ) from error
            token = secrets.token_urlsafe(_TOKEN_BYTES)
            visit = Visit(
                token, folder, session_id, seen_s=self._clock(), viewer=viewer, login=login
            )
            self._visits[token] = visit
            if self._sweeper is None:
                self._sweeper = threading.Thread(
                    target=self._sweep_on, name="formcheck-visits", daemon=True
                )
                self._sweeper.start()
        return visit

    def find(self, token: str) -> Visit | None:
        """The visit of this token, or None when there is none or it is over."""
        with self._lock:
            return self._visits.get(token)

    def result(self, token: str) -> Result | None:
        """The result of this token in any visit, or None."""
        visit = self.holding(token)
        return None if visit is None else visit.results.get(token)

    def holding(self, token: str) -> Visit | None:
        """The visit that has the result of this token, or None."""
        with self._lock:
            visits = list(self._visits.values())
        return next((visit for visit in visits if token in visit.results), None)

    def sign_out(self, login: str) -> None:
        """Ends the visits of somebody who has signed out."""
        with self._lock:
            visits = list(self._visits.values())
        for visit in visits:
            if visit.login == login:
                self.end(visit.token)

    def leave(self, token: str) -> None:
        """The page of this visit says that it is being left."""
        visit = self.find(token)
        if visit is not None:
            visit.seen_s, visit.leaving = self._clock(), True
            self._wake.set()

    def sweep(self) -> None:
        """Ends the visits whose tab has been away for too long."""
        now_s = self._clock()
        with self._lock:
            visits = list(self._visits.values())
        for visit in visits:
            grace_s = self._leaving_grace_s if visit.leaving else self._grace_s
            if self._is_here(visit.session_id):
                if visit.leaving and now_s - visit.seen_s > grace_s:
                    visit.leaving = False  # It was not left after all.
                if not visit.leaving:
                    visit.seen_s = now_s
            elif now_s - visit.seen_s >= grace_s:
                self.end(visit.token)

    def end(self, token: str) -> None:
        """Ends one visit."""
        with self._lock:
            visit = self._visits.pop(token, None)
        if visit is not None:
            visit.end()

    def close(self) -> None:
        """Ends all visits; nothing of them stays."""
        with self._lock:
            self._closed = True
            visits, self._visits = list(self._visits.values()), {}
            home, self._home = self._home, None
            sweeper = self._sweeper
        self._wake.set()
        for visit in visits:
            visit.end()
        if home is not None:
            home.close()
        if sweeper is not None and sweeper is not threading.current_thread():
            sweeper.join()
        atexit.unregister(self.close)

    def _sweep_on(self) -> None:
        while True:
            self.sweep()
            with self._lock:
                if self._closed or not self._visits:
                    self._sweeper = None
                    return
                soon = any(visit.leaving for visit in self._visits.values())
            self._wake.wait(min(0.5, self._leaving_grace_s) if soon else _SWEEP_S)
            self._wake.clear()


class ServerFolder(Closing):
    """The folder of one server, with a file that is locked for as long as the server lives.

    Args:
        root: Where it is made; what dead servers left there is found by :func:`remove_left_overs`.

    Attributes:
        folder: Its path.
    """

    def __init__(self, root: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
        self._alive = (self.folder / _ALIVE).open("w")
        _lock_file(self._alive.fileno())

    def close(self) -> None:
        """Deletes it with everything in it."""
        self._alive.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def remove_left_overs(root: Path) -> int:
    """Deletes the folders of servers that are dead.

    Returns:
        How many there were.
    """
    removed = 0
    for folder in root.glob(f"{_PREFIX}*"):
        if folder.is_symlink() or not _is_dead(folder):
            continue
        shutil.rmtree(folder, ignore_errors=True)
        removed += not folder.exists()
    return removed


def _is_dead(folder: Path) -> bool:
    """Whether nobody holds the lock; somebody else's folder counts as alive."""
    try:
        if os.name == "nt":
            (folder / _ALIVE).unlink()  # Refused while it is open.
            return True
        if folder.stat().st_uid != os.getuid():
            return False
        with (folder / _ALIVE).open("r+") as file:
            return _lock_file(file.fileno())
    except FileNotFoundError:
        # Without the file the folder was not finished, or is just being made.
        return folder.exists() and time.time() - folder.stat().st_mtime > 60.0
    except OSError:
        return False


def _lock_file(descriptor: int) -> bool:
    if os.name == "nt":
        return True
    import fcntl  # noqa: PLC0415 - not on Windows

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
