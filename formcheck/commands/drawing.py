"""Drawing a recorded session, with its progress on the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["drawing_progress"]


@contextmanager
def drawing_progress() -> Iterator[Callable[[float, float], None]]:
    """A bar on stderr with the time left, told seconds done and in all.

    Where stderr is no terminal there is none.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("Drawing the clip"),
        BarColumn(),
        TextColumn("{task.completed:.1f} / {task.total:.1f} s"),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=0.0)
        yield lambda done_s, all_s: bar.update(task, completed=done_s, total=all_s)
