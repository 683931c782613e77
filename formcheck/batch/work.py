"""One clip of a batch, from its path or URL to its results; the same on every machine.

A process keeps its estimators from clip to clip and works on one clip at a time.
"""

from __future__ import annotations

import atexit
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2

from formcheck import __version__
from formcheck.analysis import analyze_clip
from formcheck.batch.place import place_at
from formcheck.batch.plan import Clip, bundle_of
from formcheck.batch.records import Record, finished, write_record
from formcheck.batch.sources import fetched, sha256_of, stamp_of
from formcheck.clipsession import Keep
from formcheck.errors import FormcheckError, InputError
from formcheck.guessing import guess
from formcheck.judgement.registry import find_exercise, load_exercises
from formcheck.judgement.rule import Exercise
from formcheck.looking import look, recalled, refuse_nobody
from formcheck.perception.estimator import Estimator
from formcheck.presentation.hops import is_jumped
from formcheck.presentation.reps import is_repeated
from formcheck.profiles import Profile, exercise_for
from formcheck.recording import JUMPS, REPS, SLOW_MOTION

__all__ = ["OpenPose", "Outcome", "Task", "work_on"]


OpenPose = Callable[..., Estimator]
"""As :func:`formcheck.perception.open.open_estimator`.

It goes to other processes by name, so it must be a function of a module that they can import.
"""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done with one clip.

    Attributes:
        clip: The clip.
        key: Of its record.
        versions: Version of each exercise that may judge it, by name.
        rules: Folders of rule files of the user's own.
        model: A pose model of the user's own, or None.
        slow_motion: Whether a slowed clip is made as well.
        keep: How the session's bundle is made, or None for none.
        profile: The limits of the person, or None for those of the rules. They travel with the
            task: a worker elsewhere has no profiles.
        out: Path or URL of the output, or None to hand the results over.
        open_pose: Opens an estimator.
        formcheck_version: Of whoever made the task.
    """

    clip: Clip
    key: str
    versions: Mapping[str, str]
    open_pose: OpenPose
    rules: tuple[str, ...] = ()
    model: str | None = None
    slow_motion: bool = False
    keep: Keep | None = None
    profile: Profile | None = None
    out: str | None = None
    formcheck_version: str = __version__


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one clip.

    Attributes:
        task: What was to be done.
        record: What is to be known of it from now on.
        files: The results by name where they were to be handed over; else None.
    """

    task: Task
    record: Record
    files: Mapping[str, bytes] | None = None


_one_at_a_time = threading.Lock()
"""Charts and OpenCV's settings belong to the process; more clips at once are more processes."""


def work_on(task: Task) -> Outcome:
    """Analyses one clip. Whatever goes wrong with it is told in the record, in words."""
    with _one_at_a_time:
        cv2.setNumThreads(1)
        started_s = time.monotonic()
        record = Record(task.clip.name, task.key, stamp=stamp_of(task.clip.where))
        files = None
        try:
            record, files = _analysed(task, record, started_s)
        except FormcheckError as error:
            record = replace(record, failed=str(error))
        except MemoryError:
            record = replace(record, failed="it is too large for the memory of its computer")
        except Exception as error:  # a mistake of ours, or of a rule: the other clips go on
            words = f"formcheck failed on it: {type(error).__name__}: {error}"
            record = replace(record, failed=words)
        return Outcome(task, replace(record, took_s=record.took_s or _since(started_s)), files)


def _analysed(
    task: Task, record: Record, started_s: float
) -> tuple[Record, Mapping[str, bytes] | None]:
    """Makes the results, and keeps the record with them unless both are handed over."""
    exercises = _exercises(task)
    clip = task.clip
    place = None if task.out is None else place_at(task.out)
    if place is not None:
        # A cluster whose worker died may give away what that worker had finished before.
        done = finished(place, clip.folder, task.key, clip.where)
        if done is not None:
            return done, None
    with ExitStack() as stack:
        path = stack.enter_context(fetched(clip.where))
        if place is None:
            made = stack.enter_context(tempfile.TemporaryDirectory(prefix="formcheck-"))
            folder = Path(made) / "results"
        else:
            folder = stack.enter_context(place.folder(clip.folder))
        exercise, record = _into(folder, task, path, exercises, record)
        record = replace(record, sha256=sha256_of(path))
        if place is None:
            return record, {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
    for name in _left_over(exercise, task):
        place.remove(f"{clip.folder}/{name}")
    write_record(place, clip.folder, replace(record, took_s=_since(started_s)))
    return record, None


def _into(
    folder: Path, task: Task, path: Path, exercises: Mapping[str, Exercise], record: Record
) -> tuple[Exercise, Record]:
    """The results of one clip into a folder."""
    clip = task.clip
    guessed, trace = "", None
    if clip.exercise is None:
        trace = look(path, _estimator(task, outline=True), clip.file_name)
        refuse_nobody(trace)
        found = guess(trace.observations, list(exercises.values()))
        if found.exercise is None:
            raise InputError(f"{clip.file_name}: {found.sentence}")
        exercise, guessed = exercises[found.exercise], found.sentence
    else:
        exercise = find_exercise(clip.exercise, exercises)
    if task.profile is not None:
        exercise = exercise_for(exercise, task.profile)
    if trace is None:
        estimator = _estimator(task, outline=exercise.outline)
    else:
        estimator = recalled(trace, exercise)
    analyze_clip(
        path,
        exercise,
        estimator,
        folder,
        stature_m=clip.stature_m,
        slow_motion=task.slow_motion,
        source=clip.file_name,
        keep=task.keep,
    )
    return exercise, replace(record, exercise=exercise.name, guessed=guessed)


def _left_over(exercise: Exercise, task: Task) -> list[str]:
    """Results that an earlier run with another exercise or other options may have left."""
    expected = {
        REPS: is_repeated(exercise),
        JUMPS: is_jumped(exercise),
        SLOW_MOTION: task.slow_motion and is_jumped(exercise),
    }
    if task.keep is None:
        expected[bundle_of(task.clip)] = False
    return [name for name, made in expected.items() if not made]


def _exercises(task: Task) -> Mapping[str, Exercise]:
    """The exercises, the very same as where the task was made.

    Raises:
        InputError: another version of formcheck or of a rule is installed here.
    """
    exercises = _loaded(task.rules)
    here = {name: exercise.version for name, exercise in exercises.items()}
    if task.formcheck_version != __version__ or any(
        here.get(name) != version for name, version in task.versions.items()
    ):
        raise InputError(
            "the worker has another version of formcheck or of its rules than the one that "
            "started the batch; install the same on both"
        )
    return exercises


@lru_cache(maxsize=8)
def _loaded(rules: tuple[str, ...]) -> Mapping[str, Exercise]:
    return load_exercises([Path(folder) for folder in rules])


_estimators: dict[tuple[str | None, bool, object], Estimator] = {}


def _estimator(task: Task, *, outline: bool) -> Estimator:
    """This process's own estimator; analysing resets it before each clip."""
    which = (task.model, outline, task.open_pose)
    if which not in _estimators:
        model = None if task.model is None else Path(task.model)
        _estimators[which] = task.open_pose(model, outline=outline)
    return _estimators[which]


@atexit.register
def _close_all() -> None:
    while _estimators:
        _estimators.popitem()[1].close()


def _since(started_s: float) -> float:
    return round(time.monotonic() - started_s, 3)
