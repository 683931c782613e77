"""Frames a second of what a live session does with each: pose, outline and engine.

    uv run python benchmarks/live_rate.py test_videos/dead_bug/dead_bug_good.mp4 --exercise dead_bug

The clip is decoded beforehand, as a camera's frames come without. In turn, several times: the pose
alone; pose and engine; pose, outline and engine. Take it on a machine with nothing else to do.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from formcheck.judgement.engine import Engine
from formcheck.judgement.registry import find_exercise, load_exercises
from formcheck.judgement.rule import Exercise
from formcheck.media.reader import VideoReader
from formcheck.perception.estimator import perceive
from formcheck.perception.open import open_estimator
from formcheck.types import Frame


def frames_per_s(frames: Sequence[Frame], exercise: Exercise | None, *, outline: bool) -> float:
    """Runs over the frames once.

    Args:
        frames: In order of time.
        exercise: What is judged, or None for the pose alone.
        outline: Whether the outline is looked for.
    """
    with open_estimator(outline=outline) as estimator:
        engine = None if exercise is None else Engine(exercise)
        estimator.estimate(frames[0])  # The first one loads the model.
        estimator.reset()
        started_s = time.perf_counter()
        for frame in frames:
            if engine is None:
                estimator.estimate(frame)
            else:
                engine.step(perceive(frame, estimator))
        return len(frames) / (time.perf_counter() - started_s)


def main() -> None:
    """Prints one line a clip."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--exercise", default="dead_bug")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    exercise = find_exercise(options.exercise, load_exercises())
    print("| clip | size | pose alone | pose, engine | pose, outline, engine | ratio |")
    print("|---|---|---|---|---|---|")
    for clip in options.clips:
        with VideoReader(clip) as reader:
            size = f"{reader.info.width_px}x{reader.info.height_px}"
            frames = list(reader)
        rates: list[list[float]] = [[], [], []]
        for _ in range(options.runs):
            rates[0].append(frames_per_s(frames, None, outline=False))
            rates[1].append(frames_per_s(frames, exercise, outline=False))
            rates[2].append(frames_per_s(frames, exercise, outline=True))
        alone, engine, whole = (statistics.median(rate) for rate in rates)
        ratio = whole / alone
        print(f"| {clip.name} | {size} | {alone:.1f} | {engine:.1f} | {whole:.1f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
