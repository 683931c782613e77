"""What keeping a live session costs its loop.

    uv run python -m benchmarks.keeping [CLIP] [--scale 2]

The live loop (pose, engine, voice) runs over the pictures of a rendered clip as fast as it can, in
turn with nothing kept, with the session journalled (clip and trace), and with everything recorded
on the way as before: the annotated clip drawn and encoded in a thread of its own. Printed are
pictures a second and processor time a picture, with the pose model, as ratios to nothing kept in
the same turn, and how much of that time the loop itself spends. What is done after the last picture
is not in it.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import cv2
import numpy as np

from formcheck.judgement.registry import find_exercise, load_exercises
from formcheck.judgement.rule import Exercise
from formcheck.live import Keep, coach
from formcheck.media.reader import VideoReader
from formcheck.perception.estimator import Estimator
from formcheck.perception.open import open_estimator
from formcheck.pipeline import Behind
from formcheck.presentation.voice import SilentSpeaker
from formcheck.recording import Recording
from formcheck.session import Moment
from formcheck.types import Frame, Observation, StepOutput

CLIP = Path(__file__).parents[1] / "test_videos" / "plank" / "sag_20_recovers.mp4"
HOWS = ("nothing", "journalled", "recorded")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one session took from its first picture to its last.

    Attributes:
        per_s: Pictures a second.
        processor_ms: Processor time of all threads, a picture.
        loop_ms: Of the loop's own thread, without the pose model: what other programs do hardly
            counts here.
    """

    per_s: float
    processor_ms: float
    loop_ms: float


class Recorded:
    """A sink as it once was: draws and encodes in a thread of its own."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.behind: Behind[Moment] = Behind(lambda moment: recording.write(*moment))

    def write(self, frame: Frame, observation: Observation, step: StepOutput) -> None:
        self.behind.put((frame, observation, step))


class Timed:
    """Gives the frames and takes the time from the first to the end of the loop."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self._frames = frames
        self.began = self.ended = _now_s()

    def __iter__(self) -> Iterator[Frame]:
        self.began = _now_s()
        yield from self._frames
        self.ended = _now_s()

    @property
    def cost(self) -> Cost:
        """What it took."""
        wall_s, all_s, loop_s = (b - a for a, b in zip(self.began, self.ended, strict=True))
        n = len(self._frames)
        return Cost(n / wall_s, 1000.0 * all_s / n, 1000.0 * loop_s / n)


def _now_s() -> tuple[float, float, float]:
    """Of the wall, of all threads, and of this thread, which is the loop's."""
    return time.perf_counter(), time.process_time(), time.thread_time()


def session(how: str, exercise: Exercise, estimator: Estimator, frames: Sequence[Frame]) -> Cost:
    """One session, kept in this way."""
    timed = Timed(frames)
    estimator.reset()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keep = Keep(folder / "session", datetime.now(timezone.utc))
        height_px, width_px = frames[0].image_rgb.shape[:2]
        sinks = []
        if how == "recorded":
            size_px = (width_px, height_px)
            sinks = [Recorded(Recording(folder, exercise, "camera 0", size_px, estimator))]
        coach(
            exercise,
            estimator,
            timed,
            "camera 0",
            SilentSpeaker(),
            keep=keep if how == "journalled" else None,
            watching=sinks,
        )
        for sink in sinks:
            sink.behind.close()
            sink.recording.abort()
    return timed.cost


def pictures(clip: Path, scale: float) -> list[Frame]:
    """The first seconds of a clip, in memory."""
    found = []
    with VideoReader(clip) as reader:
        for frame in reader:
            image = cv2.resize(frame.image_rgb, None, fx=scale, fy=scale)
            found.append(Frame(frame.t_s, np.asarray(image, np.uint8)))
            if len(found) == 240:
                break
    return found


def main() -> None:
    """Prints one line a way of keeping."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", nargs="?", type=Path, default=CLIP)
    parser.add_argument("--exercise", default="plank")
    parser.add_argument("--scale", type=float, default=1.0, help="of the pictures")
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    exercise = find_exercise(options.exercise, load_exercises())
    frames = pictures(options.clip, options.scale)
    costs: dict[str, list[Cost]] = {how: [] for how in HOWS}
    with open_estimator(outline=exercise.outline) as estimator:
        session("journalled", exercise, estimator, frames[:60])  # Everything is loaded once.
        for turn in range(options.turns):
            for how in HOWS[turn % 3 :] + HOWS[: turn % 3]:
                costs[how].append(session(how, exercise, estimator, frames))
    height_px, width_px = frames[0].image_rgb.shape[:2]
    print(f"{options.clip.name} at {width_px}x{height_px}, {len(frames)} pictures, with pose\n")
    print(
        "| kept | pictures/s | ratio, median (range) | processor, ms a picture | ratio "
        "| of it the loop's own thread, ms |"
    )
    print("|---|---|---|---|---|---|")
    for how in HOWS:
        rate = [a.per_s / b.per_s for a, b in zip(costs[how], costs["nothing"], strict=True)]
        work = [
            a.processor_ms / b.processor_ms
            for a, b in zip(costs[how], costs["nothing"], strict=True)
        ]
        print(
            f"| {how} | {statistics.median(c.per_s for c in costs[how]):.1f} "
            f"| {statistics.median(rate):.2f} ({min(rate):.2f} to {max(rate):.2f}) "
            f"| {statistics.median(c.processor_ms for c in costs[how]):.1f} "
            f"| {statistics.median(work):.2f} "
            f"| {statistics.median(c.loop_ms for c in costs[how]):.1f} |"
        )


if __name__ == "__main__":
    main()
