"""What is done for a review in a process of its own: ``python -m formcheck.web.review.tasks``.

One task as a line of JSON comes in on stdin, and then nothing more: when stdin ends, whoever gave
the task is gone, and so is this process. What happens goes out on stdout, one line of JSON each::

    {"share": 0.31}                       how much is done
    {"done": true}                        everything is written
    {"failed": sentence}                  it can't be done, in words for the person

A process of its own keeps whatever a damaged clip may do to a decoder, and the work itself, away
from the server and from live sessions.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formcheck.errors import FormcheckError
from formcheck.web.childprocess import end_with_parent, own_stdout

if TYPE_CHECKING:
    from formcheck.judgement.rule import Exercise
    from formcheck.sessionfile import SessionFile

__all__ = ["CLIP_FORM", "CLIP_JSON", "EXPORT_CLIP", "EXPORT_PAGE", "Task", "main"]

FACTS, CLIP, EXPORT_CLIP, EXPORT_PAGE = "facts", "clip", "export-clip", "export-page"
CLIP_JSON = "clip-{}.json"
"""Name of the file that tells which clip is played, and when each of its pictures is shown."""
CLIP_FORM = 1
"""Raised with every change of that file or of the clip that is made."""
_TELL_EVERY_S = 0.2
_KINDER = 10
"""Added to the niceness, so that a live session beside it keeps its pace."""
_INSPECTING_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done.

    Attributes:
        what: One of the four.
        session: The folder of its bundle.
        into: An empty folder for what comes of it.
        name: What is told apart by the task itself, e.g. the name of the file to make.
        rules: Folders of further rules.
        more: Plain values that the task needs.
    """

    what: str
    session: Path
    into: Path
    name: str = ""
    rules: tuple[Path, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self), default=str)

    @staticmethod
    def from_json(line: str) -> Task:
        """What :meth:`to_json` wrote."""
        plain = json.loads(line)
        plain |= {key: Path(plain[key]) for key in ("session", "into")}
        plain["rules"] = tuple(Path(folder) for folder in plain["rules"])
        return Task(**plain)


Progress = Callable[[float], None]


def main() -> int:
    """Reads the task, does it, and tells."""
    out = own_stdout()
    task = Task.from_json(sys.stdin.readline())
    end_with_parent()
    os.umask(0o077)
    if hasattr(os, "nice"):
        os.nice(_KINDER)

    def tell(news: dict[str, Any]) -> None:
        print(json.dumps(news, ensure_ascii=False, allow_nan=False), file=out, flush=True)

    told_s = 0.0

    def progress(share: float) -> None:
        nonlocal told_s
        if time.monotonic() - told_s >= _TELL_EVERY_S:
            told_s = time.monotonic()
            tell({"share": share})

    try:
        _DO[task.what](task, progress)
        tell({"done": True})
    except FormcheckError as error:
        tell({"failed": str(error)})
    except OSError as error:
        tell({"failed": f"it can't be written: {error.strerror or error}; free some space"})
    except MemoryError:
        tell({"failed": "it is too large for the memory of this computer"})
    return 0


# Imports come with the task: a page waits for the process to be there.


def _facts(task: Task, progress: Progress) -> None:
    from formcheck.web.review.page_json import write_facts  # noqa: PLC0415

    session, exercise = _opened(task)
    write_facts(session, exercise, task.into / task.name, progress)


def _clip(task: Task, progress: Progress) -> None:
    """Looks whether the kept clip can be stepped through; if not, makes one that can."""
    from formcheck.sessionfile import open_session  # noqa: PLC0415
    from formcheck.web.review.clip import PROXY, make_proxy, matched, played  # noqa: PLC0415

    session = open_session(task.session)
    path = session.clip
    assert path is not None
    shown = played(path)
    if not shown.suits:
        progress(_INSPECTING_SHARE)
        made = task.into / PROXY.format(task.name)
        rest = 1.0 - _INSPECTING_SHARE
        make_proxy(path, made, lambda share: progress(_INSPECTING_SHARE + rest * share))
        shown = played(made)
        path = made
    times_s, remark = matched([one.t_s for one in session.trace.observations], shown.video_s)
    told = {
        "made": path.name if path.parent == task.into else None,
        "clip": {
            "url": "clip.mp4",
            "width_px": shown.width_px,
            "height_px": shown.height_px,
            "times_s": [round(t_s, 6) for t_s in times_s],
            "video_s": [round(t_s, 6) for t_s in shown.video_s],
            "remark": remark,
        },
    }
    about = task.into / CLIP_JSON.format(task.name)
    about.write_text(json.dumps(told, separators=(",", ":")), "utf-8")


def _export_clip(task: Task, progress: Progress) -> None:
    from formcheck.handout import export_clip  # noqa: PLC0415

    session, exercise = _opened(task)
    export_clip(session, exercise, task.into / task.name, progress)


def _export_page(task: Task, progress: Progress) -> None:
    from formcheck.handout import export_sheet  # noqa: PLC0415

    session, exercise = _opened(task)
    page = export_sheet(session, exercise, progress, person=task.more.get("person"))
    (task.into / task.name).write_text(page, "utf-8")


def _opened(task: Task) -> tuple[SessionFile, Exercise]:
    from formcheck.judgement.registry import load_exercises  # noqa: PLC0415
    from formcheck.rendering import exercise_of  # noqa: PLC0415
    from formcheck.sessionfile import open_session  # noqa: PLC0415

    session = open_session(task.session)
    return session, exercise_of(session, load_exercises(task.rules))


_DO: dict[str, Callable[[Task, Progress], None]] = {
    FACTS: _facts,
    CLIP: _clip,
    EXPORT_CLIP: _export_clip,
    EXPORT_PAGE: _export_page,
}

if __name__ == "__main__":
    sys.exit(main())
