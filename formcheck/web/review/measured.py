"""What was measured of a recorded session, kept so that judging it again need not measure it again.

Beside a session of the app's own (it goes when the session is deleted, and is no part of the
bundle), else in a folder below the app's home, never beside somebody else's files. What is kept has
a name that follows from everything it follows from: the trace, the exercise, the code that
measures. So it is never stale; it may be missing, damaged or foreign, and then it is made anew.
"""

from __future__ import annotations

import hashlib
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType

import numpy as np

import formcheck
from formcheck import __version__
from formcheck.archive.files import CLIPS, MEASURED, make_private
from formcheck.judgement.hopmeasures import HopMeasure
from formcheck.judgement.rule import Exercise, HopMovement
from formcheck.measuredfile import read_measured, write_measured
from formcheck.recorded import KeptTrace
from formcheck.rescoring import Measured
from formcheck.types import Observation
from formcheck.web.review.files import made_in, replacing

__all__ = ["FOLDER", "home_of", "measured_session"]

FOLDER = MEASURED
"""Below the app's home: of traces and bundles that lie elsewhere."""

MOST_FILES = 12
MOST_BYTES = 2**30
LONGEST_S = 30 * 24 * 3600.0
"""What was not used for so long is thrown away when the next one is kept."""

FEWEST = 1800
"""Moments. A shorter session is measured as fast as it is read."""

_FORM = 2
"""Raised with every change of what is written."""
_NAME = "measured-{}.npz"
_PACKAGE = Path(formcheck.__file__).parent
_CODE = ("kinematics/*.py", "judgement/*.py", "enums.py", "landmarks.py", "types.py")


def measured_session(
    observations: Sequence[Observation],
    exercise: Exercise,
    *,
    set_up: bool,
    home: Path | None,
    session: Path,
) -> tuple[Measured, Callable[[], None]]:
    """A recorded session, measured; from what is kept of it where that is there.

    Args:
        observations: The trace, read only if need be; nothing is kept of other than a
            :class:`~formcheck.recorded.KeptTrace`.
        exercise: What it is measured for.
        set_up: Whether the session began with the spoken set-up of the user's own range.
        home: The app's folder; None: nothing is kept.
        session: The bundle or trace.

    Returns:
        The session, and what keeps it for the next time: to be called once it was judged, as what
        was worked out on the way is kept as well.

    Raises:
        TraceError: the trace can't be read.
        BundleError: it is damaged.
    """
    path = None
    if home is not None and isinstance(observations, KeptTrace):
        path = _place(home, session, _NAME.format(_key(observations.sha256, exercise)))
    wanted = Measured((), exercise, set_up=set_up)
    found = None if path is None else read_measured(path, path.stem, wanted)
    measured = found
    if measured is None:
        measured = Measured(observations, exercise, set_up=set_up)
    before = -1 if found is None else _worked_out(found)

    def keep() -> None:
        if path is None or len(measured.measurements) < FEWEST:
            return
        with suppress(OSError):
            if _worked_out(measured) == before:
                os.utime(path)
                return
            # The session may have been deleted since: then nothing of it comes back.
            _ = make_private(path.parent) if path.parent.name == FOLDER else made_in(session)
            with replacing(path) as making:
                write_measured(making, path.stem, measured)
            _tidy(path)

    return measured, keep


def home_of(session: Path) -> Path | None:
    """The app's folder that a session lies in, or None when it lies elsewhere."""
    return session.parent.parent if session.parent.name == CLIPS else None


def _worked_out(measured: Measured) -> int:
    """Grows with everything that is worth being kept."""
    return len(measured.recall.known) + len(measured.reports)


def _place(home: Path, session: Path, name: str) -> Path | None:
    """Where it is kept; None where it can't be."""
    with suppress(OSError):
        if session.is_dir() and session.resolve().parent == (home / CLIPS).resolve():
            return made_in(session) / name
        return home / FOLDER / name
    return None


def _tidy(kept: Path) -> None:
    """Throws away what stands in for nothing any more: older ones of a session, or too many."""
    others = []
    for path in kept.parent.glob(_NAME.format("*")):
        with suppress(OSError):
            others.append((path.stat().st_mtime, path.stat().st_size, path))
    most = MOST_FILES if kept.parent.name == FOLDER else 1
    oldest_s, size = time.time() - LONGEST_S, 0
    for place, (used_s, size_bytes, path) in enumerate(sorted(others, reverse=True)):
        size += size_bytes
        if path != kept and (place >= most or size > MOST_BYTES or used_s < oldest_s):
            path.unlink(missing_ok=True)


def _key(trace_sha256: str, exercise: Exercise) -> str:
    """Names everything that measurements follow from."""
    made_from = hashlib.sha256(
        "\n".join(
            (
                str(_FORM),
                __version__,
                np.__version__,
                platform.python_version(),
                platform.machine(),
                trace_sha256,
                exercise.name,
                _own_code(),
            )
        ).encode()
    )
    for file in sorted(_files_of(exercise)):
        made_from.update(_digest(file))
    return made_from.hexdigest()[:40]


@cache
def _own_code() -> str:
    """Hash of everything of formcheck that measures and judges."""
    digest = hashlib.sha256()
    for pattern in _CODE:
        for file in sorted(_PACKAGE.glob(pattern)):
            digest.update(file.name.encode() + b"\0" + _digest(file))
    return digest.hexdigest()


def _digest(file: Path) -> bytes:
    return hashlib.sha256(file.read_bytes()).digest()


def _files_of(exercise: Exercise) -> set[Path]:
    """The files in which the functions of a rule are written, and those beside them.

    A rule may import from its neighbours.
    """
    movement = exercise.movement
    functions = [movement.position, movement.stance, exercise.main_marker, exercise.remarks]
    functions += [feature.compute for feature in exercise.features]
    if isinstance(movement, HopMovement):
        functions += [one.told for one in movement.unlike]
        # What is read of a jump is kept too, and does not follow from the features alone.
        measures = (*movement.notes, *(check.measure for check in exercise.checks))
        functions += [one.read for one in measures if isinstance(one, HopMeasure)]
    folders = {
        Path(code.co_filename).parent
        for function in functions
        for code in _code_of(function)
        if _PACKAGE not in Path(code.co_filename).parents
    }
    return {file for folder in folders for file in folder.glob("*.py")}


def _code_of(function: object) -> Iterator[CodeType]:
    """The code of a function, and of what it was partly applied to."""
    function = getattr(function, "func", function)
    if isinstance(function, FunctionType):
        yield function.__code__
