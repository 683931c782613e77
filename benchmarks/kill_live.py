"""How much of a live session is lost when the program is killed, at random moments.

    uv run python -m benchmarks.kill_live --kills 20

Through the programs as they are: ``formcheck live`` with a clip as its camera, and ``formcheck
app`` with a client that sends the pictures of that clip over the socket, as the live page does;
both with the pose model. Each time the process is ended with SIGKILL at a random moment, which may
be before the first picture, while the bundle is being made, or while it is drawn. The app is then
started again: by itself it has to make the session whole and have it in its library, once. What
came back is compared with the last picture that the loop had taken.

``--through journal`` runs the loop and the journal alone.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.killed_program import (
    ENDED,
    REACHED,
    SCENE,
    TICKET,
    Marker,
    ScriptedEstimator,
    reached_s,
)
from formcheck.archive.store import library_in
from formcheck.errors import BundleError
from formcheck.journal import Journal, trace_meta
from formcheck.journalfiles import LOG
from formcheck.judgement.engine import Engine
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.report import Provenance
from formcheck.leftbehind import mend_all
from formcheck.media.bundle import MANIFEST
from formcheck.media.reader import VideoReader
from formcheck.media.writer import VideoWriter
from formcheck.repairing import is_left_behind
from formcheck.session import run
from formcheck.sessionfile import About, SessionFile, judge_again, open_session
from formcheck.types import Frame, Observation, StepOutput

ROOT = Path(__file__).parents[1]
CLIP = ROOT / "test_videos" / "plank" / "sag_20_recovers.mp4"
FPS = 30.0
AFTER_S = 3.0
"""So long after the session's end it may be killed as well, while it is saved and drawn."""
START_S = 120.0
ADDED_S = 60.0


@dataclass(frozen=True, slots=True)
class Kill:
    """What one kill cost.

    Attributes:
        through: Which program was killed.
        when: "before" the first picture, "running", "ending" while the bundle was made, or "after".
        reached_s: The last picture that the loop took, from the first one.
        lost_s: Of what was measured.
        clip_lost_s: Of the picture.
        whole: Whether the bundle is whole, its report the one that its trace gives, and nothing
            else was left; through the app, whether it is in the library once, too.
        size: Bytes of the bundle.
    """

    through: str
    when: str
    reached_s: float
    lost_s: float
    clip_lost_s: float
    whole: bool
    size: int


# --- The loop and the journal alone -------------------------------------------------------------


class Marked:
    """A sink before the journal that tells how far the loop came."""

    def __init__(self, folder: Path) -> None:
        self._mark = Marker(folder / REACHED)

    def write(self, frame: Frame, observation: Observation, step: StepOutput) -> None:
        self._mark(frame.t_s)


def frames(length_s: float) -> Iterator[Frame]:
    """A room in real time: noise, so that the picture has to be encoded."""
    rng = np.random.default_rng(1)
    room = rng.integers(60, 180, (SCENE.height_px, SCENE.width_px, 3), np.uint8)
    began = time.monotonic()
    for i in range(round(length_s * FPS)):
        t_s = i / FPS
        time.sleep(max(0.0, began + t_s - time.monotonic()))
        yield Frame(t_s, np.roll(room, i, axis=1))


def journal_alone(folder: Path, length_s: float) -> None:
    """One live session, in this process."""
    exercise, estimator = load_exercises()["plank"], ScriptedEstimator()
    about = About(exercise.name, "camera 0", set_up=True)
    meta = trace_meta("camera 0", estimator)
    journal = Journal(folder / "out" / "session", exercise, about, meta, keep_clip=True)
    engine = Engine(exercise, set_up=True)
    report = run(frames(length_s), estimator, engine, [Marked(folder), journal])
    (folder / ENDED).touch()
    provenance = Provenance("0.1.0", "camera 0", report.duration_s, estimator.model_sha256)
    journal.finish(report, provenance)


# --- Killing ------------------------------------------------------------------------------------


def kill_folder(through: str, command: Sequence[str], folder: Path, after_s: float) -> Kill:
    """Runs a program that keeps one session in ``folder/out``, kills it and repairs the session.

    Args:
        through: Which program it is.
        command: Its command line.
        folder: An empty one.
        after_s: When it is killed, from the moment that its journal is there.
    """
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)
        begun = lambda: any(folder.glob(f"out/*/{LOG}")) or child.poll() is not None  # noqa: E731
        wait_for(begun, START_S, "no session was begun")
        with suppress(subprocess.TimeoutExpired):
            child.wait(after_s)
        child.send_signal(signal.SIGKILL)
        child.wait()
    when = _when(folder, folder / "out")
    if any(not log.stat().st_size for log in folder.glob(f"out/*/{LOG}")):
        time.sleep(2.5)  # An empty journal that is younger is taken for one that just begins.
    problems = [found.problem for found in mend_all(folder / "out", load_exercises())]
    kept = list((folder / "out").iterdir()) if (folder / "out").exists() else []
    return cost(through, when, folder, kept, not any(problems))


def cost(through: str, when: str, folder: Path, kept: Sequence[Path], clean: bool) -> Kill:
    """What is left of a session.

    Args:
        through: Which program was killed.
        when: At which moment.
        folder: Where the program told how far it came.
        kept: The folders of sessions that there are now.
        clean: Whether nothing else was amiss.
    """
    reached = reached_s(folder)
    if reached is None:
        return Kill(through, when, 0.0, 0.0, 0.0, clean and not kept, 0)
    try:
        (path,) = kept
        session = open_session(path)
    except (ValueError, BundleError):  # Less than a chunk was recorded, or it was lost.
        return Kill(through, when, reached, reached, reached, clean and not kept, 0)
    session.bundle.verify()
    exercise = load_exercises()[session.exercise]
    same = judge_again(session, exercise).encode() == session.report_json()
    seen = session.trace.observations
    last_s = seen[-1].t_s
    clip_s = _clip_s(session)
    size = sum(part.size_bytes for part in session.bundle.manifest.parts.values())
    only = not is_left_behind(path)
    return Kill(
        through,
        when,
        reached - seen[0].t_s,
        reached - last_s,
        reached - seen[0].t_s - clip_s,
        clean and same and only,
        size,
    )


def _clip_s(session: SessionFile) -> float:
    """Time of the clip's last picture, from its first."""
    if session.clip is None:
        return 0.0
    last_s = 0.0
    with VideoReader(session.clip) as reader:
        for frame in reader:
            last_s = frame.t_s
    return last_s


def _when(told: Path, out: Path) -> str:
    if reached_s(told) is None:
        return "before"
    if any(out.glob(f"*/{MANIFEST}")) and not any(out.glob(f"*/{LOG}")):
        return "after"
    return "ending" if (told / ENDED).exists() else "running"


# --- Through the app ----------------------------------------------------------------------------


class App:
    """The app in a process of its own.

    Args:
        told: Where it tells how far a session came.
        home: Its home.
        scripted: Whether the pose is scripted.
    """

    def __init__(self, told: Path, home: Path, *, scripted: bool) -> None:
        sys.path.append(str(ROOT / "tests" / "browser"))
        from app_server import free_port

        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        options = ["--no-browser", "--port", str(port), "--home", str(home)]
        command = [*program(told, scripted=scripted), "app", *options]
        self.told = told
        with (told / "log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)
        wait_for(self._answers, START_S, "the app does not answer")

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError((self.told / "log").read_text("utf-8"))
        try:
            with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=2) as answer:
                return answer.status == 200 and (self.told / TICKET).exists()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def kill(self) -> None:
        """Ends it from one moment to the next."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def through_app(
    moments: Sequence[float], folder: Path, jpegs: Sequence[bytes], length_s: float, scripted: bool
) -> Iterator[Kill]:
    """Sessions in one home, the app killed in each; what each cost, once the app mended it."""
    from live_client import Walker

    home, sessions, known = folder / "home", folder / "home" / "sessions", set()
    waiting: tuple[Path, str] | None = None
    for number, after_s in enumerate([*moments, -1.0]):
        told = folder / f"run-{number}"
        told.mkdir()
        app = App(told, home, scripted=scripted)
        if waiting is not None:
            before, when = waiting
            clean = _taken_in(home, sessions)
            kept = [path for path in sessions.iterdir() if path not in known]
            known.update(kept)
            yield cost("app", when, before, kept, clean)
        if after_s < 0.0:
            app.process.terminate()
            app.process.wait()
            return
        with Walker(app.address, (told / TICKET).read_text("utf-8"), jpegs) as walker:
            begun = lambda: any(sessions.glob(f"*/{LOG}"))  # noqa: E731
            wait_for(begun, START_S, "no session was begun")
            time.sleep(min(after_s, length_s))
            if after_s > length_s:
                walker.ask_to_stop()
                time.sleep(after_s - length_s)
            app.kill()
        mine = [path for path in sessions.iterdir() if path not in known]
        waiting = told, _when_of(told, mine)


def _when_of(told: Path, mine: Sequence[Path]) -> str:
    if reached_s(told) is None:
        return "before"
    if any((path / MANIFEST).exists() and not (path / LOG).exists() for path in mine):
        return "after"
    return "ending" if (told / ENDED).exists() else "running"


def _taken_in(home: Path, sessions: Path) -> bool:
    """Waits until nothing is left behind; whether each session is in the library, once."""
    mended = lambda: not any(is_left_behind(path) for path in sessions.iterdir())  # noqa: E731
    try:
        wait_for(mended, ADDED_S, "")
    except AssertionError:
        return False
    listed = [past.folder for past in library_in(home).sessions()]
    return sorted(map(str, listed)) == sorted(map(str, sessions.iterdir()))


# --- Together -----------------------------------------------------------------------------------


def program(told: Path, *, scripted: bool) -> list[str]:
    """A command line of formcheck, without its arguments."""
    marked = [sys.executable, "-m", "benchmarks.killed_program", str(told)]
    return [*marked, *(["--scripted"] if scripted else [])]


def wait_for(holds: Callable[[], bool], timeout_s: float, problem: str) -> None:
    """Waits until something holds.

    Raises:
        AssertionError: it did not within the time.
    """
    end_s = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > end_s:
            raise AssertionError(problem)
        time.sleep(0.002)


def kills_of(through: str, options: argparse.Namespace) -> Iterator[Kill]:
    """Kills one program over and over."""
    rng = random.Random(f"{options.seed} {through}")
    moments = [rng.uniform(0.0, options.length + AFTER_S) for _ in range(options.kills)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if through == "app":
            jpegs = jpegs_of(CLIP)
            yield from through_app(moments, folder, jpegs, options.length, options.scripted)
            return
        clip = folder / "camera.mp4"
        shorten(CLIP, clip, options.length)
        for number, after_s in enumerate(moments):
            told = folder / str(number)
            told.mkdir()
            yield kill_folder(through, _command(through, told, clip, options), told, after_s)


def _command(through: str, told: Path, clip: Path, options: argparse.Namespace) -> list[str]:
    if through == "journal":
        again = ["--session", str(told), "--length", str(options.length)]
        return [sys.executable, "-m", "benchmarks.kill_live", *again]
    live = ["live", "--exercise", "plank", "--mute", "--no-window", "--source", str(clip)]
    return [*program(told, scripted=options.scripted), *live, "--out", str(told / "out")]


def shorten(clip: Path, target: Path, length_s: float) -> None:
    """The first seconds of a clip, over and over when they are too few."""
    with VideoReader(clip) as reader:
        pictures = [frame.image_rgb for frame in reader]
    height_px, width_px = pictures[0].shape[:2]
    with VideoWriter(target, width_px, height_px) as writer:
        for i in range(round(length_s * FPS)):
            writer.write(pictures[i % len(pictures)], i / FPS)


def jpegs_of(clip: Path) -> list[bytes]:
    """The pictures of a clip as a browser sends them."""
    sys.path.append(str(ROOT / "tests" / "browser"))
    from live_client import jpeg_of

    with VideoReader(clip) as reader:
        return [jpeg_of(frame.image_rgb) for frame in reader]


def main() -> None:
    """Prints a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20, help="of each program")
    parser.add_argument("--through", choices=["camera", "app", "journal"], action="append")
    parser.add_argument("--length", type=float, default=8.0, help="seconds of a session")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scripted", action="store_true", help="without the pose model")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--session", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.session is not None:
        journal_alone(options.session, options.length)
        return
    kills: list[Kill] = []
    if not options.json:
        print("| program | killed | reached | lost of the trace | of the clip | whole | bundle |")
        print("|---|---|---|---|---|---|---|")
    for through in options.through or ["camera", "app"]:
        for kill in kills_of(through, options):
            kills.append(kill)
            if not options.json:
                print(_row(kill), flush=True)
    if options.json:
        print(json.dumps([asdict(kill) for kill in kills]))
        return
    for through in dict.fromkeys(kill.through for kill in kills):
        of = [kill for kill in kills if kill.through == through]
        print(
            f"\n{through}: {len(of)} kills, worst {max(k.lost_s for k in of):.2f} s of the trace, "
            f"{max(k.clip_lost_s for k in of):.2f} s of the clip; "
            f"{sum(k.whole for k in of)} of {len(of)} as they should be"
        )


def _row(kill: Kill) -> str:
    return (
        f"| {kill.through} | {kill.when} | {kill.reached_s:.2f} s | {kill.lost_s:.2f} s | "
        f"{kill.clip_lost_s:.2f} s | {'yes' if kill.whole else 'NO'} | {kill.size / 1000:.0f} kB |"
    )


if __name__ == "__main__":
    main()
