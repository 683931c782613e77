"""Analyze (decode, pose, engine, overlay, encode, reports) against a bare decode-and-pose loop."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import av

from formcheck.analysis import analyze_clip
from formcheck.judgement.registry import find_exercise, load_exercises
from formcheck.perception.mediapipe import MediaPipeEstimator


def bare_loop(clip: Path) -> tuple[int, float]:
    """Frames and seconds of PyAV decode, RGB, and the same Pose on every frame."""
    from mediapipe.python.solutions.pose import Pose

    with Pose(model_complexity=1, smooth_landmarks=False) as pose, av.open(str(clip)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        frames, started = 0, time.perf_counter()
        for frame in container.decode(stream):
            pose.process(frame.to_ndarray(format="rgb24"))
            frames += 1
        return frames, time.perf_counter() - started


def analyze(clip: Path, exercise: object, estimator: MediaPipeEstimator) -> float:
    """Seconds of a whole analysis, results written; the model is loaded already, as above."""
    with tempfile.TemporaryDirectory() as out:
        started = time.perf_counter()
        analyze_clip(clip, exercise, estimator, Path(out) / "r")  # type: ignore[arg-type]
        return time.perf_counter() - started


def main() -> None:
    """Runs both in turn, and prints the medians and the ratio of each pair."""
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("clips", nargs="+", type=Path)
    p.add_argument("--runs", type=int, default=5)
    options = p.parse_args()
    exercise = find_exercise("plank", load_exercises())
    print("| clip | frames | bare loop, frames/s | analyze, frames/s | ratio, median (range) |")
    print("|---|---|---|---|---|")
    with MediaPipeEstimator() as estimator:
        for clip in options.clips:
            bare_hz, analyze_hz = [], []
            for run in range(options.runs + 1):
                frames, bare_s = bare_loop(clip)
                analyze_s = analyze(clip, exercise, estimator)
                if run > 0:  # the first is a warm-up
                    bare_hz.append(frames / bare_s)
                    analyze_hz.append(frames / analyze_s)
            ratios = [a / b for a, b in zip(analyze_hz, bare_hz, strict=True)]
            print(
                f"| {clip.name} | {frames} | {statistics.median(bare_hz):.1f} "
                f"| {statistics.median(analyze_hz):.1f} | {statistics.median(ratios):.2f} "
                f"({min(ratios):.2f} to {max(ratios):.2f}) |",
                flush=True,
            )


if __name__ == "__main__":
    main()
