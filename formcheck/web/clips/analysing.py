"""The process that works on one clip: ``python -m formcheck.web.clips.analysing``.

One task as a line of JSON comes in on stdin, and then nothing more: when stdin ends, whoever gave
the task is gone, and so is this process. What happens goes out on stdout, one line of JSON each::

    {"share": 0.31}                       how much is done
    {"seconds": 12.4}                     the length of a clip that was only looked at, or null
    {"done": {...}}                       the analysis is complete; see ``_told``
    {"unsure": sentence}                  which exercise it is can't be told
    {"failed": sentence}                  it can't be done, in words for the person

A process of its own keeps the pose model's work, and whatever a damaged clip may do to a decoder,
away from the server and from live sessions.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formcheck.errors import FormcheckError, InputError, OutputError
from formcheck.web.childprocess import end_with_parent, own_stdout

if TYPE_CHECKING:
    from formcheck.analysis import Analysis
    from formcheck.judgement.rule import Exercise
    from formcheck.media.reader import SourceInfo
    from formcheck.media.trace import Trace

__all__ = ["ALL_ZIP", "LOOKED", "PAGE", "RESULTS", "SESSION", "STILLS", "Task", "main"]

RESULTS = "results"
"""Folder of what ``formcheck analyze`` writes, within the folder of a task."""
STILLS = "stills"
PAGE = "page.json"
ALL_ZIP = "all.zip"
SESSION = "session"
"""The bundle of a session that is to be kept, with the clip."""
LOOKED = "looked.trace.npz"
"""What was seen of a clip whose exercise was guessed: enough to judge it as any exercise."""

_LOOKING_SHARE = 0.7
"""Of the work when the exercise is guessed: the rest is judging, drawing and encoding."""
_TELL_EVERY_S = 0.25
_KINDER = 10
"""Added to the niceness, so that a live session beside it keeps its pace."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done with a clip.

    Attributes:
        clip: The file.
        name: What the person calls it.
        longest_s: A longer clip is refused.
        folder: Where everything goes; must exist. None: only look at the clip.
        exercise: Name of the exercise, or None to guess it.
        stature_m: The person's height, or None.
        slow_motion: Make a clip as well that is slowed around landings.
        trace: What an earlier look saw of this very clip, or None to look for the person.
        polite: Whether everything else on the computer goes first.
        keep: Whether a bundle of the session is made.
        person: Whose it is, by name; empty: nobody's in particular.
        home: The app's folder, with the limits of people; None: nobody has any.
        profile: Under which name the limits of this person are kept; empty: those of the rule.
    """

    clip: Path
    name: str
    longest_s: float
    folder: Path | None = None
    exercise: str | None = None
    stature_m: float | None = None
    slow_motion: bool = False
    trace: Path | None = None
    polite: bool = True
    keep: bool = False
    person: str = ""
    home: Path | None = None
    profile: str = ""

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self), default=str)

    @staticmethod
    def from_json(line: str) -> Task:
        """What :meth:`to_json` wrote."""
        plain = json.loads(line)
        for key in ("clip", "folder", "trace", "home"):
            plain[key] = None if plain[key] is None else Path(plain[key])
        return Task(**plain)


Tell = Callable[[Mapping[str, Any]], None]


def main() -> int:
    """Reads the task, does it, and tells."""
    out = own_stdout()
    task = Task.from_json(sys.stdin.readline())
    end_with_parent()
    if task.polite and hasattr(os, "nice"):
        os.nice(_KINDER)

    def tell(news: Mapping[str, Any]) -> None:
        print(json.dumps(news, ensure_ascii=False, allow_nan=False), file=out, flush=True)

    try:
        if task.folder is None:
            tell({"seconds": _length_s(task)})
        else:
            _analyse(task, task.folder, tell)
    except FormcheckError as error:
        # Sentences name the file, which has a random name here.
        tell({"failed": str(error).replace(task.clip.name, task.name)})
    except MemoryError:
        tell({"failed": f"{task.name} is too large for the memory of this computer"})
    return 0


def _length_s(task: Task) -> float | None:
    """The length of a clip that can be read and is not too long.

    Raises:
        MediaError: it can't be read.
        InputError: it is too long.
    """
    from formcheck.media.reader import VideoReader  # noqa: PLC0415 - not before there is a task

    with VideoReader(task.clip) as reader:
        length_s = reader.info.duration_s
    _refuse_longer(length_s or 0.0, task)
    return length_s


def _refuse_longer(length_s: float, task: Task) -> None:
    if length_s > task.longest_s:
        raise InputError(
            f"{task.name} is longer than {task.longest_s / 60.0:g} minutes; cut out the part with "
            "the exercise and choose that"
        )


class _Progress:
    """Tells how much is done, a few times a second."""

    def __init__(self, task: Task, tell: Tell, first: float, last: float) -> None:
        self._task = task
        self._tell = tell
        self._first, self._last = first, last
        self._told_s = 0.0
        self._share = 0.0

    def __call__(self, t_s: float, info: SourceInfo) -> None:
        """Takes the time of a frame; once more from the beginning while a slowed clip is made."""
        _refuse_longer(t_s, self._task)
        now_s = time.monotonic()
        if now_s - self._told_s < _TELL_EVERY_S:
            return
        self._told_s = now_s
        length_s = info.duration_s or self._task.longest_s
        self._share = max(self._share, min(1.0, t_s / length_s))
        self._tell({"share": round(self._first + (self._last - self._first) * self._share, 4)})


def _analyse(task: Task, folder: Path, tell: Tell) -> None:
    from formcheck.judgement.registry import find_exercise, load_exercises  # noqa: PLC0415
    from formcheck.media.trace import read_trace  # noqa: PLC0415

    exercises = load_exercises()
    trace = None if task.trace is None else read_trace(task.trace)
    guessed = ""
    first = 0.0
    if task.exercise is None:
        from formcheck.guessing import guess  # noqa: PLC0415
        from formcheck.looking import refuse_nobody  # noqa: PLC0415

        if trace is None:
            trace = _look(task, folder, _Progress(task, tell, 0.0, _LOOKING_SHARE))
            first = _LOOKING_SHARE
        refuse_nobody(trace)
        found = guess(trace.observations, list(exercises.values()))
        if found.exercise is None:
            tell({"unsure": found.sentence})
            return
        exercise, guessed = exercises[found.exercise], found.sentence
    else:
        exercise = find_exercise(task.exercise, exercises)
    exercise = _with_own_limits(exercise, task)
    progress = _Progress(task, tell, first, 1.0)
    analysis = _judge(task, folder, exercise, trace, progress)
    if task.keep:
        _keep(task, folder, analysis, exercise, progress)
    tell({"done": _told(analysis, exercise, folder, guessed, task)})


def _with_own_limits(exercise: Exercise, task: Task) -> Exercise:
    """The exercise with the limits of the person whose clip it is.

    Raises:
        InputError: they can't be read, or do not fit the rule any more.
    """
    if task.home is None or not task.profile:
        return exercise
    from formcheck.web.live.limits import as_judged  # noqa: PLC0415

    return as_judged(exercise, task.home, task.profile)


def _keep(
    task: Task, folder: Path, analysis: Analysis, exercise: Exercise, progress: _Progress
) -> None:
    """Makes the bundle that goes into the library."""
    from formcheck.clipsession import Keep, save_clip_session  # noqa: PLC0415
    from formcheck.recording import TRACE  # noqa: PLC0415

    save_clip_session(
        folder / SESSION,
        Keep(task.person),
        task.clip,
        folder / RESULTS / TRACE,
        exercise,
        analysis.report,
        analysis.provenance,
        progress,
    )


def _look(task: Task, folder: Path, progress: _Progress) -> Trace:
    """Everything that any exercise needs to know of the clip, kept as a trace as well."""
    from formcheck.looking import look  # noqa: PLC0415
    from formcheck.perception.open import open_estimator  # noqa: PLC0415
    from formcheck.sessionfile import save_trace  # noqa: PLC0415

    with open_estimator(outline=True) as estimator:
        trace = look(task.clip, estimator, task.name, progress)
    save_trace(trace, folder / LOOKED)
    return trace


def _judge(
    task: Task, folder: Path, exercise: Exercise, trace: Trace | None, progress: _Progress
) -> Analysis:
    """What ``formcheck analyze`` does, from the pose that is already known where it is."""
    from formcheck.analysis import analyze_clip  # noqa: PLC0415
    from formcheck.looking import recalled  # noqa: PLC0415
    from formcheck.perception.open import open_estimator  # noqa: PLC0415

    known = None if trace is None else recalled(trace, exercise)
    with known or open_estimator(outline=exercise.outline) as estimator:
        return analyze_clip(
            task.clip,
            exercise,
            estimator,
            folder / RESULTS,
            stature_m=task.stature_m,
            progress=progress,
            slow_motion=task.slow_motion,
            source=task.name,
        )


def _told(
    analysis: Analysis, exercise: Exercise, folder: Path, guessed: str, task: Task
) -> dict[str, Any]:
    """Writes what the page shows besides the results, and tells what there is."""
    from formcheck.presentation.clippage import clip_page  # noqa: PLC0415
    from formcheck.presentation.hops import is_jumped  # noqa: PLC0415

    recording = analysis.recording
    page = clip_page(
        analysis.report,
        exercise,
        analysis.provenance,
        recording.signals,
        recording.still_for,
        recording.landings(analysis.report),
    )
    try:
        (folder / STILLS).mkdir()
        for name, jpeg in page.stills.items():
            (folder / STILLS / name).write_bytes(jpeg)
        text = json.dumps(page.values, ensure_ascii=False, allow_nan=False)
        (folder / PAGE).write_text(text, encoding="utf-8")
        _zip(folder / RESULTS, folder / ALL_ZIP)
    except OSError as error:
        raise OutputError(
            f"the results can't be written ({error.strerror}); free some space and try again"
        ) from error
    return {
        "exercise": exercise.name,
        "title": exercise.title,
        "guessed": guessed,
        "summary": page.values["summary"],
        "judged": analysis.report.judged_s > 0.0,
        "slowed": analysis.slowed or not (task.slow_motion and is_jumped(exercise)),
    }


def _zip(results: Path, path: Path) -> None:
    import zipfile  # noqa: PLC0415

    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(results.iterdir()):
            archive.write(file, file.name)


if __name__ == "__main__":
    sys.exit(main())
