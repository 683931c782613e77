"""How much of a live session is lost when the program is killed, at random moments.

    uv run python -m benchmarks.kill_live --kills 20

Each time a process of its own runs the live loop in real time, with a scripted pose, and journals
it; it is ended with SIGKILL at a random moment, which may be before the first picture or while the
bundle is being made. Then the journal is repaired, and what came back is compared with the moment
that the loop had reached.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from formcheck.errors import BundleError
from formcheck.journal import Journal, trace_meta
from formcheck.judgement.engine import Engine
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.report import Provenance
from formcheck.media.bundle import MANIFEST
from formcheck.media.reader import VideoReader
from formcheck.repairing import repair
from formcheck.session import run
from formcheck.sessionfile import About, judge_again
from formcheck.testing import Scene, observations, plank
from formcheck.types import Frame, Observation, Outline, Pose, StepOutput

SCENE = Scene(width_px=640, height_px=360, jitter_px=0.5)
_TIME = struct.Struct("<d")


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
    """Tells, outside the process, how far the loop came: it stands before the journal."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)

    def write(self, frame: Frame, observation: Observation, step: StepOutput) -> None:
        self._file.seek(0)
        self._file.write(_TIME.pack(frame.t_s))


def frames(length_s: float, fps: float) -> Iterator[Frame]:
    """A room in real time: noise, so that the picture has to be encoded."""
    rng = np.random.default_rng(1)
    room = rng.integers(60, 180, (SCENE.height_px, SCENE.width_px, 3), np.uint8)
    began = time.monotonic()
    for i in range(round(length_s * fps)):
        t_s = i / fps
        time.sleep(max(0.0, began + t_s - time.monotonic()))
        yield Frame(t_s, np.roll(room, i, axis=1))


def session(folder: Path, length_s: float, fps: float) -> None:
    """One live session, in this process."""
    exercise, estimator = load_exercises()["plank"], ScriptedEstimator()
    about = About(exercise.name, "camera 0", set_up=True)
    journal = Journal(
        folder / "session", exercise, about, trace_meta("camera 0", estimator), keep_clip=True
    )
    engine = Engine(exercise, set_up=True)
    marker = Marker(folder / "reached")
    report = run(frames(length_s, fps), estimator, engine, [marker, journal])
    (folder / "ended").touch()
    provenance = Provenance("0.1.0", "camera 0", report.duration_s, estimator.model_sha256)
    journal.finish(report, provenance)


@dataclass(frozen=True, slots=True)
class Kill:
    """What one kill cost.

    Attributes:
        when: "before", "running" or "ending".
        reached_s: How far the loop had come.
        lost_s: Of what was measured.
        clip_lost_s: Of the picture.
        whole: Whether the bundle is whole, and its report the one that its trace gives.
        size: Bytes of the bundle.
    """

    when: str
    reached_s: float
    lost_s: float
    clip_lost_s: float
    whole: bool
    size: int


def one_kill(after_s: float, length_s: float, fps: float) -> Kill:
    """Runs a session, kills it, repairs it.

    Args:
        after_s: When it is killed, from the moment that its journal is there.
        length_s: How long it would have lasted.
        fps: Pictures a second.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, "-m", "benchmarks.kill_live", "--session", name]
        child = subprocess.Popen([*command, "--length", str(length_s), "--fps", str(fps)])
        while not (folder / "session").exists() and child.poll() is None:
            time.sleep(0.002)
        time.sleep(after_s)
        child.send_signal(signal.SIGKILL)
        child.wait()
        return _cost(folder, fps)


def _cost(folder: Path, fps: float) -> Kill:
    reached = folder / "reached"
    seen = reached.read_bytes() if reached.exists() else b""
    if len(seen) < _TIME.size:
        return Kill("before", 0.0, 0.0, 0.0, True, 0)
    reached_s = _TIME.unpack(seen)[0] + 1.0 / fps
    when = "ending" if (folder / "ended").exists() else "running"
    exercises = load_exercises()
    try:
        saved = repair(folder / "session", exercises).session
    except BundleError:
        return Kill(
            when, reached_s, reached_s, reached_s, not (folder / "session" / MANIFEST).exists(), 0
        )
    saved.bundle.verify()
    again = judge_again(saved, exercises[saved.exercise]).encode()
    last_s = saved.trace.observations[-1].t_s + 1.0 / fps
    clip_s = 0.0
    if saved.clip is not None:
        with VideoReader(saved.clip) as reader:
            clip_s = list(reader)[-1].t_s + 1.0 / fps
    size = sum(part.size_bytes for part in saved.bundle.manifest.parts.values())
    same = again == saved.report_json()
    return Kill(when, reached_s, reached_s - last_s, reached_s - clip_s, same, size)


def main() -> None:
    """Prints a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--length", type=float, default=8.0, help="seconds of a session")
    parser.add_argument("--fps", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--session", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.session is not None:
        session(options.session, options.length, options.fps)
        return
    rng = random.Random(options.seed)
    moments = [rng.uniform(0.0, 1.1 * options.length) for _ in range(options.kills)]
    kills = [one_kill(after_s, options.length, options.fps) for after_s in moments]
    if options.json:
        print(json.dumps([asdict(kill) for kill in kills]))
        return
    print("| killed | reached | lost of the trace | lost of the clip | whole | bundle |")
    print("|---|---|---|---|---|---|")
    for kill in kills:
        print(
            f"| {kill.when} | {kill.reached_s:.2f} s | {kill.lost_s:.2f} s | "
            f"{kill.clip_lost_s:.2f} s | {'yes' if kill.whole else 'NO'} | "
            f"{kill.size / 1000:.0f} kB |"
        )
    print(
        f"\nworst: {max(k.lost_s for k in kills):.2f} s of the trace, "
        f"{max(k.clip_lost_s for k in kills):.2f} s of the clip"
    )


if __name__ == "__main__":
    main()
