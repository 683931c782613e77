"""A whole batch: what is finished already is left alone, the rest is done, and all of it told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path

from formcheck import __version__
from formcheck.batch.place import Place, local_path, place_at
from formcheck.batch.plan import SUMMARY, TABLES, Clip, bundle_of
from formcheck.batch.records import FOLDER, Record, finished, key_of, write_record
from formcheck.batch.tables import (
    Done,
    clip_rows,
    finding_rows,
    jump_rows,
    rep_rows,
    to_csv,
    to_parquet,
)
from formcheck.batch.work import OpenPose, Outcome, Task
from formcheck.clipsession import Keep
from formcheck.errors import InputError, OutputError
from formcheck.judgement.registry import find_exercise
from formcheck.judgement.report import from_json
from formcheck.judgement.rule import Exercise
from formcheck.media.bundle import SUFFIX
from formcheck.media.staging import clear_leftovers, staged
from formcheck.presentation.batchpage import BatchClip, batch_page
from formcheck.profiles import Profile, changes_of
from formcheck.recording import JUMPS, REPORT_HTML, REPORT_JSON, REPS, SLOW_MOTION

__all__ = ["Options", "Runner", "Todo", "run_batch", "what_to_do"]

_LOCK = "lock"

Runner = Callable[[Sequence[Task]], Generator[Outcome, None, None]]
"""Does tasks, and gives each outcome as soon as it is there; closing it ends its workers."""


@dataclass(frozen=True, slots=True)
class Options:
    """What holds for every clip of a batch.

    Attributes:
        out: Path or URL of the output.
        exercises: Those that are installed, by name.
        rules: Folders of rule files of the user's own.
        model: A pose model of the user's own, or None.
        slow_motion: Whether slowed clips are made as well.
        hand_over: Whether workers hand results over instead of writing them to the output.
        keep: How each clip's bundle is made, or None for none; the person is that of the clip.
        profiles: Limits of their own, by the name of the person as clips have it.
    """

    out: str
    exercises: Mapping[str, Exercise]
    rules: tuple[Path, ...] = ()
    model: Path | None = None
    slow_motion: bool = False
    hand_over: bool = False
    keep: Keep | None = None
    profiles: Mapping[str, Profile] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Todo:
    """What is finished of a batch, and what is to be done.

    Attributes:
        clips: All clips, in order.
        finished: Records of those that need no doing, by folder.
        tasks: The rest.
    """

    clips: tuple[Clip, ...]
    finished: Mapping[str, Record]
    tasks: tuple[Task, ...]


def what_to_do(clips: Sequence[Clip], options: Options, open_pose: OpenPose) -> Todo:
    """Looks up what is finished already.

    Raises:
        UnknownExercise: a clip names one that there is not.
        InputError: a rule file, the model or the output can't be read.
    """
    place = place_at(options.out)
    shared = _shared(options)
    known: dict[str, Record] = {}
    tasks = []
    for clip in clips:
        versions = _versions(clip, options.exercises)
        own = _own(clip, options)
        key = key_of({**shared, "exercise": clip.exercise, "versions": versions, **own})
        record = finished(place, clip.folder, key, clip.where)
        if record is not None:
            known[clip.folder] = record
            continue
        tasks.append(
            Task(
                clip,
                key,
                versions,
                open_pose,
                rules=tuple(str(folder.resolve()) for folder in options.rules),
                model=None if options.model is None else str(options.model.resolve()),
                slow_motion=options.slow_motion,
                keep=_keep(clip, options),
                profile=options.profiles.get(clip.person),
                out=None if options.hand_over else options.out,
            )
        )
    return Todo(tuple(clips), known, tuple(tasks))


def run_batch(
    todo: Todo,
    options: Options,
    runner: Runner,
    tell: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Done]:
    """Does what is to be done, and writes tables and summary of all of it.

    Args:
        todo: From :func:`what_to_do`.
        options: The same as there.
        runner: Does the tasks.
        tell: Told each outcome as soon as it is there and kept.

    Returns:
        Every clip, in order.

    Raises:
        OutputError: something can't be written, or another batch writes there.
    """
    place = place_at(options.out)
    records = dict(todo.finished)
    with _alone(options.out), _tidy(options.out, todo.tasks):
        if todo.tasks:
            with closing(runner(todo.tasks)) as outcomes:
                for outcome in outcomes:
                    folder = outcome.task.clip.folder
                    records[folder] = _kept(outcome, options.out, place)
                    tell(outcome)
        batch = [_done(clip, records[clip.folder], place, options) for clip in todo.clips]
        _write_tables(batch, place)
        page = batch_page([_shown(done, options.exercises) for done in batch])
        place.write(SUMMARY, page.encode())
    return batch


def _shared(options: Options) -> dict[str, object]:
    """What the results of every clip depend on."""
    files = [file for folder in options.rules for file in sorted(folder.glob("*.py"))]
    if options.model is not None:
        files.append(options.model)
    try:
        hashes = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    except OSError as error:
        raise InputError(f"{error.filename} can't be read: {error.strerror}") from error
    return {
        "formcheck": __version__,
        "slow_motion": options.slow_motion,
        "files": hashes,
    }


def _own(clip: Clip, options: Options) -> dict[str, object]:
    """What the results of this clip depend on, besides its content and its exercise."""
    own: dict[str, object] = {"name": clip.file_name, "stature_m": clip.stature_m}
    keep, profile = _keep(clip, options), options.profiles.get(clip.person)
    if keep is not None:
        own["bundle"] = [keep.person, keep.picture]
    if profile is not None:
        changes = [astuple(change) for change in changes_of(profile)]
        own["limits"] = [
            change for change in sorted(changes, key=str) if clip.exercise in (None, change[0])
        ]
    return own


def _keep(clip: Clip, options: Options) -> Keep | None:
    """How the bundle of a clip is made."""
    if options.keep is None:
        return None
    name = bundle_of(clip).removesuffix(SUFFIX)
    return replace(options.keep, person=clip.person, name=name)


def _versions(clip: Clip, exercises: Mapping[str, Exercise]) -> dict[str, str]:
    """Of the exercise that judges a clip; of all where it is to be guessed."""
    if clip.exercise is None:
        judging = list(exercises.values())
    else:
        judging = [find_exercise(clip.exercise, exercises)]
    return {exercise.name: exercise.version for exercise in judging}


def _kept(outcome: Outcome, out: str, place: Place) -> Record:
    """Keeps what the worker has not kept itself: results handed over, and failures."""
    folder, record = outcome.task.clip.folder, outcome.record
    path = local_path(out)
    if record.failed and path is not None:
        _clear(path, path / folder)
    if outcome.files is not None:
        if path is None:
            for name, data in outcome.files.items():
                place.write(f"{folder}/{name}", data)
        else:
            _write_all(path / folder, outcome.files)
        # What an earlier run with another exercise or other options may have left.
        optional = {REPS, JUMPS, SLOW_MOTION, bundle_of(outcome.task.clip)}
        for name in sorted(optional - outcome.files.keys()):
            place.remove(f"{folder}/{name}")
    if outcome.files is not None or record.failed:
        write_record(place, folder, record)
    return record


def _write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    clear_leftovers(folder)
    with staged(folder) as stage:
        try:
            for name, data in files.items():
                (stage / name).write_bytes(data)
        except OSError as error:
            raise OutputError(f"{folder} can't be written: {error.strerror}") from error


def _done(clip: Clip, record: Record, place: Place, options: Options) -> Done:
    if record.failed:
        return Done(clip, record, None)
    data = place.read(f"{clip.folder}/{REPORT_JSON}")
    if data is None:
        raise OutputError(f"the results of {clip.name} are gone; run the same command again")
    return Done(clip, record, from_json(data.decode()), bundled=options.keep is not None)


def _shown(done: Done, exercises: Mapping[str, Exercise]) -> BatchClip:
    """What the summary page says of a clip."""
    name = done.record.exercise or done.clip.exercise
    return BatchClip(
        name=done.clip.name,
        person=done.clip.person,
        exercise=None if name is None else exercises[name],
        link=f"{done.clip.folder}/{REPORT_HTML}",
        guessed=done.record.guessed,
        failed=done.record.failed,
        saved=done.saved,
    )


def _write_tables(batch: Sequence[Done], place: Place) -> None:
    made = (clip_rows(batch), finding_rows(batch), rep_rows(batch), jump_rows(batch))
    for name, rows in zip(TABLES, made, strict=True):
        if rows:
            place.write(f"{name}.csv", to_csv(rows))
            place.write(f"{name}.parquet", to_parquet(rows))
        else:  # of an earlier run with other clips
            place.remove(f"{name}.csv")
            place.remove(f"{name}.parquet")


@contextmanager
def _tidy(out: str, tasks: Iterable[Task]) -> Iterator[None]:
    """Clears up after workers that could not do it themselves, when a batch ends early."""
    try:
        yield
    except BaseException:
        path = local_path(out)
        if path is not None:
            for task in tasks:
                _clear(path, path / task.clip.folder)
        raise


def _clear(root: Path, folder: Path) -> None:
    clear_leftovers(folder)
    while folder != root and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


@contextmanager
def _alone(out: str) -> Iterator[None]:
    """Only one batch at a time writes to a folder, where the system can tell.

    Raises:
        OutputError: another one does, or the folder can't be written.
    """
    path = local_path(out)
    try:
        import fcntl  # noqa: PLC0415 - not on Windows
    except ImportError:
        path = None
    if path is None:
        yield
        return
    lock = path / FOLDER / _LOCK
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("wb")
    except OSError as error:
        raise OutputError(
            f"The output folder {path} can't be written: {error.strerror}; choose another folder"
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OutputError(
                f"another batch is writing to {path}; wait for it, or choose another folder"
            ) from error
        yield
