"""What a visit does with its clips: analysis begun, followed, kept for the page, remembered."""

from __future__ import annotations

import secrets
import shutil
import threading
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from formcheck.archive.history import PastSession
from formcheck.archive.store import Library
from formcheck.errors import FormcheckError, NotAllowedError
from formcheck.intake import take
from formcheck.judgement.registry import find_exercise, load_exercises
from formcheck.judgement.report import from_json
from formcheck.recording import REPORT_JSON
from formcheck.sessionfile import open_session
from formcheck.web.childprocess import State
from formcheck.web.clips.analysing import LOOKED, RESULTS, SESSION, Task
from formcheck.web.clips.jobs import Job, Jobs, Status
from formcheck.web.clips.results import result_in
from formcheck.web.clips.visits import Clip, Result, Visit

__all__ = ["DEMO_CLIP", "NOBODY", "Bench", "Choice", "Whose", "Work", "demo_clip"]

_TOKEN_BYTES = 18
_DEMO = Path(__file__).parent.with_name("demo")
DEMO_CLIP = "sag_20_recovers.mp4"


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose session a clip is.

    Attributes:
        name: As somebody calls them; empty: nobody's in particular.
        number: Of the person in the library, or None while they are in none.
        profile: Under which name their limits would be kept; empty: those of the rule hold.
    """

    name: str = ""
    number: int | None = None
    profile: str = ""


NOBODY = Whose()
"""Nobody in particular."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person wants to have done.

    Attributes:
        exercise: Name of the exercise, or None to guess it.
        stature_m: Their height, or None.
        slow_motion: Whether landings are slowed down in a clip of their own.
        remember: Whether it is added to the list of past sessions.
        keep: Whether the whole session is kept in the library, with the clip, to be reviewed.
        whose: Whose session it is.
    """

    exercise: str | None = None
    stature_m: float | None = None
    slow_motion: bool = False
    remember: bool = False
    keep: bool = False
    whose: Whose = NOBODY


@dataclass(slots=True, eq=False)
class Work:
    """One clip's analysis, under way or over.

    Attributes:
        clip: The clip.
        choice: What was wanted.
        folder: Everything that comes of it.
        trace: What was seen of the clip before, or None.
        job: Its place in the queue.
        result: What the browser may have, once it is done.
        session: Its number in the list of past sessions, or None.
        was_there: Whether it had been in that list before this visit brought it.
        replaces: The number of what the same clip gave before, or None.
        not_remembered: Why not, where that was wanted and failed.
    """

    clip: Clip
    choice: Choice
    folder: Path
    trace: Path | None
    job: Job
    result: Result | None = None
    session: int | None = None
    was_there: bool = False
    replaces: int | None = None
    not_remembered: str = ""

    @property
    def looked(self) -> Path | None:
        """What was seen of the clip, enough to judge it as any exercise, or None."""
        own = self.folder / LOOKED
        return own if own.is_file() else self.trace

    @property
    def replaceable(self) -> int | None:
        """The session that a new analysis of the clip takes the place of, or None.

        What somebody had put into the list before stays.
        """
        return self.replaces if self.was_there else self.session or self.replaces


class Bench:
    """The analyses of one visit, by clip.

    Args:
        visit: Whose they are; ends them when it ends.
        jobs: The queue.
        library: The list of past sessions.
        longest_s: Longer clips are refused.
    """

    def __init__(self, visit: Visit, jobs: Jobs, library: Library, longest_s: float) -> None:
        self._visit = visit
        self._jobs = jobs
        self._library = library
        self._longest_s = longest_s
        self._works: dict[str, Work] = {}
        self._lock = threading.RLock()
        visit.at_end(self.cancel_all)

    @property
    def visit(self) -> Visit:
        """Whose bench it is."""
        return self._visit

    def works(self) -> list[Work]:
        """All analyses, in the order in which they were begun."""
        with self._lock:
            return list(self._works.values())

    def status(self, work: Work) -> Status:
        """How an analysis stands."""
        return self._jobs.status(work.job)

    def busy(self) -> bool:
        """Whether anything is under way."""
        return any(not self.status(work).state.over for work in self.works())

    def due(self, choice: Choice) -> list[Clip]:
        """Clips that are neither under way nor judged in this way already."""
        judged = (State.DONE, State.UNSURE)
        states = [(work, self.status(work).state) for work in self.works()]
        done = {
            work.clip.id
            for work, state in states
            if not state.over or (state in judged and work.choice == choice)
        }
        with self._visit.lock:
            return [clip for clip in self._visit.clips.values() if clip.id not in done]

    def tried(self, clip: Clip) -> bool:
        """Whether the analysis of a clip was begun before."""
        with self._lock:
            return clip.id in self._works

    def begin(self, clip: Clip, choice: Choice, trace: Path | None = None) -> Work:
        """Puts a clip into the queue; an earlier analysis of it is forgotten.

        Args:
            clip: The clip.
            choice: What is wanted.
            trace: What was seen of this very clip before; it is not looked for again.

        Raises:
            FormcheckError: it can't be begun.
        """
        folder = self._visit.new_folder()
        if trace is not None:
            trace = _copied(trace, folder / LOOKED)
        before = self.forget(clip.id)
        with self._lock:
            task = Task(
                clip=clip.path,
                name=clip.name,
                longest_s=self._longest_s,
                folder=folder,
                exercise=choice.exercise,
                stature_m=choice.stature_m,
                slow_motion=choice.slow_motion,
                trace=trace,
                # From what was seen before it is the work of seconds, which somebody waits for.
                polite=trace is None,
                keep=choice.keep,
                person=choice.whose.name,
                home=self._library.home,
                profile=choice.whose.profile,
            )
            # Told of the end in another thread, which waits for the lock until this is complete.
            job = self._jobs.add(task, lambda status: self._over(clip.id, folder, status))
            work = Work(clip, choice, folder, trace, job)
            work.replaces = None if before is None else before.replaceable
            self._works[clip.id] = work
            return work

    def cancel(self, work: Work) -> None:
        """Stops an analysis; nothing of it stays."""
        self._jobs.cancel(work.job)

    def forget(self, clip_id: str) -> Work | None:
        """Stops what is done with a clip and deletes what came of it.

        Returns:
            What it was, or None.
        """
        with self._lock:
            work = self._works.pop(clip_id, None)
        if work is None:
            return None
        if work.result is not None:
            with self._visit.lock:
                self._visit.results.pop(work.result.token, None)
        self._jobs.cancel(work.job)
        shutil.rmtree(work.folder, ignore_errors=True)
        return work

    def cancel_all(self) -> None:
        """Stops everything."""
        for work in self.works():
            self._jobs.cancel(work.job)

    def _over(self, clip_id: str, folder: Path, status: Status) -> None:
        """Keeps what came of it, or deletes what was begun."""
        if status.state is State.DONE:
            work = self._current(clip_id, folder)
            if work is not None:
                self._remember(work)  # Not under the lock: a long clip is copied.
                if self._publish(work):
                    return
        if status.state is not State.UNSURE:
            shutil.rmtree(folder, ignore_errors=True)

    def _current(self, clip_id: str, folder: Path) -> Work | None:
        """The work on a clip, unless it was begun anew or forgotten since."""
        with self._lock:
            work = self._works.get(clip_id)
            return work if work is not None and work.folder == folder else None

    def _publish(self, work: Work) -> bool:
        """Lets the browser have the results; False when nobody wants them any more."""
        with self._lock:
            if self._current(work.clip.id, work.folder) is None:
                return False
            token = secrets.token_urlsafe(_TOKEN_BYTES)
            work.result = result_in(work.folder, token, work.clip.name)
            with self._visit.lock:
                self._visit.results[token] = work.result
            return True

    def _remember(self, work: Work) -> None:
        """Adds it to the list of past sessions, as far as that was wanted."""
        try:
            if work.choice.keep:
                self._take(work)
            elif work.choice.remember:
                self._add(work)
            else:
                return
            if not work.was_there:
                self._replace(work)
        except (FormcheckError, OSError) as error:
            work.not_remembered = str(error)
        finally:
            shutil.rmtree(work.folder / SESSION, ignore_errors=True)

    def _take(self, work: Work) -> None:
        """Puts the whole session into the library."""
        whose = work.choice.whose
        taken = take(
            self._library,
            work.folder / SESSION,
            load_exercises(),
            person=whose.name if whose.number is None else whose.number,
            viewer=self._visit.viewer,
            besides=work.replaces,
        )
        work.session, work.was_there = taken.number, taken.was_there

    def _add(self, work: Work) -> None:
        """Adds the numbers alone."""
        saved = from_json((work.folder / RESULTS / REPORT_JSON).read_text("utf-8"))
        exercise = find_exercise(saved.report.exercise, load_exercises())
        now = datetime.now(timezone.utc)
        viewer = self._visit.viewer
        work.session = self._library.add(saved.report, exercise, now, "video", viewer=viewer)

    def _replace(self, work: Work) -> None:
        """Deletes what the same clip gave before: it is one session, however often it is judged.

        What a coach has worked at stays, and what was kept is not replaced by numbers alone.
        """
        viewer = self._visit.viewer
        if work.replaces is None:
            return
        try:
            before = self._library.session(work.replaces, viewer)
        except NotAllowedError:  # Somebody has deleted it.
            return
        if before.folder is None or (work.choice.keep and not _worked_at(before, before.folder)):
            self._library.delete(work.replaces, viewer)


def _worked_at(past: PastSession, folder: Path) -> bool:
    """Whether a coach has noted anything in a kept session."""
    try:
        notes = open_session(folder).notes
    except FormcheckError:  # Who knows what is in it.
        return True
    return past.reviewed is not None or bool(notes.opinions or notes.comments or notes.drawings)


def demo_clip() -> tuple[Clip, Path]:
    """The clip that comes with the program, and what was seen of it."""
    path = _DEMO / DEMO_CLIP
    clip = Clip("demo", DEMO_CLIP, path, path.stat().st_size)
    return clip, path.with_suffix(".trace.npz")


def _copied(trace: Path, to: Path) -> Path:
    """A copy that stays when the folder of the earlier analysis goes."""
    shutil.copyfile(trace, to)
    return to
