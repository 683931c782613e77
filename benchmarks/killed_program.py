"""A program of formcheck as its user starts it, that also tells how far a live session came.

    python -m benchmarks.killed_program FOLDER [--scripted] live --exercise plank ...
    python -m benchmarks.killed_program FOLDER [--scripted] app --no-browser ...

``FOLDER/reached`` holds the time of the last picture that the loop took, ``FOLDER/ended`` is there
once the session is being saved, ``FOLDER/ticket`` lets one client of the app in. With
``--scripted`` somebody is seen in a plank whatever is in the picture, so that no pose model has to
be loaded.
"""

from __future__ import annotations

import struct
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from formcheck.testing import Scene, observations, plank
from formcheck.types import Frame, Outline, Pose

SCENE = Scene(width_px=640, height_px=360, jitter_px=0.5)
TIME = struct.Struct("<d")
TICKET = "ticket"
ENDED = "ended"
REACHED = "reached"


class ScriptedEstimator:
    """Sees somebody in a plank, whatever is in the picture."""

    name = "scripted"
    model_sha256 = "0" * 64

    def estimate(self, frame: Frame) -> Pose | None:
        figure = plank(-20.0 if frame.t_s > 3.0 else 0.0)
        seed = round(frame.t_s * 1000)
        (seen,) = observations(lambda t_s: figure, 1 / 30, scene=SCENE, seed=seed)
        return seen.pose

    def outline(self, frame: Frame) -> Outline | None:
        return None

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass

    def __enter__(self) -> ScriptedEstimator:
        return self

    def __exit__(self, *exc: object) -> None:
        pass


class Marker:
    """Tells, outside the process, how far the loop came."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)

    def __call__(self, t_s: float) -> None:
        self._file.seek(0)
        self._file.write(TIME.pack(t_s))


def reached_s(folder: Path) -> float | None:
    """How far the loop came, or None when it took no picture."""
    path = folder / REACHED
    told = path.read_bytes() if path.exists() else b""
    return TIME.unpack(told)[0] if len(told) == TIME.size else None


def mark(folder: Path) -> None:
    """From now on live sessions of this process tell how far they came."""
    import formcheck.live
    from formcheck.journal import Journal

    run, finish, marker = formcheck.live.run, Journal.finish, Marker(folder / REACHED)

    def told(frames: Iterable[Frame]) -> Iterator[Frame]:
        for frame in frames:
            marker(frame.t_s)
            yield frame

    def marked(frames: Iterable[Frame], *rest: Any) -> Any:
        return run(told(frames), *rest)

    def finished(self: Journal, *rest: Any) -> Any:
        (folder / ENDED).touch()
        return finish(self, *rest)

    formcheck.live.run = marked
    Journal.finish = finished  # type: ignore[method-assign]


def hand_out_ticket(folder: Path) -> None:
    """Waits for the app and mints a ticket, as the live page does."""
    from formcheck.web.live.session import LiveRequest
    from formcheck.web.services import services

    while True:
        try:
            ticket = services().hall.mint(LiveRequest("plank", keep=True))
            break
        except RuntimeError:
            time.sleep(0.02)
    (folder / "ticket.part").write_text(ticket, encoding="utf-8")
    (folder / "ticket.part").rename(folder / TICKET)


def main() -> int:
    """Runs the program."""
    folder, arguments = Path(sys.argv[1]), sys.argv[2:]
    if arguments[0] == "--scripted":
        import formcheck.perception.open as perception

        perception.open_estimator = lambda *_, **__: ScriptedEstimator()  # type: ignore
        arguments = arguments[1:]
    mark(folder)
    if arguments[0] == "app":
        threading.Thread(target=hand_out_ticket, args=(folder,), daemon=True).start()
    from formcheck.cli import main as formcheck

    return formcheck(arguments)


if __name__ == "__main__":
    sys.exit(main())
