"""Sessions that a killed program left behind in a folder, made whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from formcheck.errors import FormcheckError
from formcheck.journalfiles import LOG, clear, is_locked
from formcheck.judgement.rule import Exercise
from formcheck.media.bundle import MANIFEST
from formcheck.repairing import Repaired, is_left_behind, repair

__all__ = ["Found", "left_behind", "mend_all"]

_YOUNG_S = 2.0
"""An empty journal may be one that is just being begun."""


@dataclass(frozen=True, slots=True)
class Found:
    """A session that was left behind.

    Attributes:
        folder: Where it lies.
        repaired: What came of it, or None.
        problem: Why nothing came of it, as a sentence; empty otherwise.
    """

    folder: Path
    repaired: Repaired | None
    problem: str = ""


def mend_all(
    parent: Path,
    exercises: Mapping[str, Exercise],
    settle: Callable[[Repaired], None] = lambda repaired: None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Found]:
    """Repairs every session that was left behind in a folder.

    Sessions that are running are left alone. A journal that nothing was written to is removed.

    Args:
        parent: The folder that holds the folders of sessions; need not be there.
        exercises: Every exercise by name.
        settle: Told of each before its journal is removed; what it raises leaves it for later.
        stop: Asked before each.

    Yields:
        What came of each, those with a problem included.
    """
    for folder in left_behind(parent):
        if stop():
            return
        try:
            if is_locked(folder):
                continue
            if _is_empty(folder):
                if time.time() - (folder / LOG).stat().st_mtime > _YOUNG_S:
                    _remove(folder)
                continue
            yield Found(folder, repair(folder, exercises, settle))
        except FormcheckError as error:
            yield Found(folder, None, str(error))
        except OSError as error:
            yield Found(folder, None, f"{folder.name} can't be repaired: {error.strerror}.")


def left_behind(parent: Path) -> list[Path]:
    """Folders below this one that hold a journal, of a killed session or of a running one."""
    try:
        folders = sorted(parent.iterdir())
    except OSError:
        return []
    return [path for path in folders if not path.is_symlink() and is_left_behind(path)]


def _is_empty(folder: Path) -> bool:
    log = folder / LOG
    return not (folder / MANIFEST).exists() and log.exists() and not log.stat().st_size


def _remove(folder: Path) -> None:
    clear(folder)
    with suppress(OSError):  # somebody else's files are in it
        folder.rmdir()
