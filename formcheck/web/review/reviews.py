"""The sessions that are under review: who may, what is made for them, whose notes are saved."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from formcheck.errors import InputError
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.rule import Exercise
from formcheck.library.access import Viewer
from formcheck.library.history import PastSession
from formcheck.library.library import Library
from formcheck.sessionfile import NOTES, SessionFile, open_session
from formcheck.web.review.clip import PROXY, Played, make_proxy, matched, played
from formcheck.web.review.files import made_in, replacing
from formcheck.web.review.page_json import FACTS, as_recorded, facts_key, write_facts

__all__ = ["Review", "Reviews", "revision_of"]

NO_NOTES = "none"


def revision_of(session: SessionFile) -> str:
    """Names the state of a session's notes."""
    part = session.bundle.manifest.parts.get(NOTES)
    return NO_NOTES if part is None else part.sha256[:32]


@dataclass(frozen=True)
class Review:
    """One session that somebody may see.

    Attributes:
        past: As the library tells it.
        viewer: Who asks.
        folder: Its bundle.
    """

    past: PastSession
    viewer: Viewer
    folder: Path

    @cached_property
    def session(self) -> SessionFile:
        """The bundle, opened.

        Raises:
            BundleError: it can't be read.
        """
        return open_session(self.folder)


class Reviews:
    """What all review pages of one running app share.

    Args:
        library: Gives the list of sessions.
        home: The app's folder.
    """

    def __init__(self, library: Callable[[], Library], home: Path) -> None:
        self._library = library
        self._home = home
        self._lock = threading.Lock()
        self._making = threading.Lock()
        self._played: dict[tuple[Path, int, int], Played] = {}

    def find(self, number: int, viewer: Viewer) -> Review:
        """A session that the viewer may see.

        Raises:
            NotAllowedError: there is none of this number that the viewer may see.
            InputError: nothing but numbers was kept of it.
        """
        past = self._library().session(number, viewer)
        if past.folder is None or not past.folder.is_dir():
            raise InputError(
                "of this session only numbers were kept, so there is nothing to look at; keep the "
                "clip, or what was measured, of the next one"
            )
        return Review(past, viewer, past.folder)

    @cached_property
    def exercises(self) -> Mapping[str, Exercise]:
        """Every exercise by name."""
        return load_exercises()

    def facts(self, review: Review) -> bytes:
        """The part of the page that never changes, made if need be."""
        exercise = as_recorded(review.session, self.exercises)
        path = made_in(review.folder) / FACTS.format(facts_key(review.session, exercise))
        with self._making:
            if not path.exists():
                with replacing(path) as making:
                    write_facts(review.session, exercise, making)
        return path.read_bytes()

    def clip(self, review: Review) -> Path | None:
        """The file that the page plays, or None where there is none."""
        kept = review.session.clip
        if kept is None or self.timed(kept).suits:
            return kept
        path = made_in(review.folder) / PROXY
        with self._making:
            if not path.exists():
                with replacing(path) as making:
                    make_proxy(kept, making)
        return path

    def timed(self, path: Path) -> Played:
        """When the pictures of a file are shown; read once as long as it is the same file."""
        about = path.stat()
        key = (path, about.st_size, about.st_mtime_ns)
        if key not in self._played:
            self._played[key] = played(path)
        return self._played[key]

    def clip_json(self, review: Review) -> dict[str, Any] | None:
        """What the page is told of its clip."""
        path = self.clip(review)
        if path is None:
            return None
        shown = self.timed(path)
        seen = review.session.trace.observations
        times_s, told = matched([one.t_s for one in seen], shown.video_s)
        return {
            "url": "clip.mp4",
            "width_px": shown.width_px,
            "height_px": shown.height_px,
            "times_s": [round(t_s, 6) for t_s in times_s],
            "video_s": [round(t_s, 6) for t_s in shown.video_s],
            "remark": told,
        }

    def close(self) -> None:
        """Ends everything that is under way."""
