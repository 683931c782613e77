"""Clips of a batch without pose estimation: the shade of a clip says who is in it.

Worker processes, of this machine and of a cluster, import :func:`by_shade` by its name.
"""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

from recorded import ScriptedEstimator, blank_clip

from formcheck.testing import Figure, plank
from formcheck.types import Frame, Pose

SAGS, STRAIGHT, NOBODY, KILLS_ONCE, KILLS = 120, 160, 220, 70, 20
_NEAR = 12
MARK = "FORMCHECK_TEST_MARK"
"""Environment variable: a file that is there once a process was killed."""

_PROGRAM = """
import signal
import sys
# Whoever runs the tests in the background has it ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
import batch_people
import formcheck.perception.open
from formcheck.cli import main
formcheck.perception.open.open_estimator = batch_people.by_shade
sys.exit(main(sys.argv[1:]))
"""


def sagging(t_s: float) -> Figure:
    return plank(4.0 if t_s < 3.0 else -16.0)


class ByShade(ScriptedEstimator):
    """Sees the person that the shade of the picture stands for."""

    def __init__(self) -> None:
        super().__init__(sagging)

    def estimate(self, frame: Frame) -> Pose | None:
        shade = float(frame.image_rgb[0, 0].mean())
        if abs(shade - KILLS) < _NEAR:
            os.kill(os.getpid(), signal.SIGKILL)
        if abs(shade - KILLS_ONCE) < _NEAR and not (mark := Path(os.environ[MARK])).exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if abs(shade - NOBODY) < _NEAR:
            return None
        figure_at = (lambda t_s: plank(4.0)) if abs(shade - STRAIGHT) < _NEAR else sagging
        return ScriptedEstimator(figure_at).estimate(frame)


def by_shade(model: Path | None = None, *, outline: bool = False) -> ByShade:
    """Stands for :func:`formcheck.perception.open.open_estimator`."""
    return ByShade()


def clips_in(folder: Path, n: int, seconds: float = 2.0) -> Path:
    """A folder of clips, in turn of somebody whose hips sag and of somebody straight."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(n):
        blank_clip(folder / f"clip{i:02d}.mp4", seconds, shade=(SAGS, STRAIGHT)[i % 2])
    return folder


def environment() -> dict[str, str]:
    """For processes that import this module."""
    here = Path(__file__).parent
    paths = [str(here), str(here.parent / "unit")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def start(*arguments: object) -> subprocess.Popen[str]:
    """``formcheck`` as a process of its own, which sees people by shade."""
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *(str(a) for a in arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,
    )


def results(out: Path) -> dict[str, str]:
    """Every report and trace of a batch, by name: the same for the same clips."""
    return {
        str(path.relative_to(out)): path.read_text(encoding="utf-8")
        for path in sorted(out.rglob("*"))
        if path.name in ("report.json", "signals.csv", "cues.vtt")
    }


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def leftovers(out: Path) -> list[str]:
    """What only a process at work may have there."""
    return [
        str(path.relative_to(out))
        for path in out.rglob("*")
        if path.name.startswith(".formcheck-") or path.name.endswith(".part")
    ]
