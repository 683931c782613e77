"""A phone clip of skipping, 1080x1920 at 60 pictures a second: analyze against the bare pose loop.

The clip is made first, from a shipped one: its middle is cut out, made larger and repeated, sound
included. Bare loop and analysis (image motion, sound, engine, annotated clip, reports) take turns.
The memory is the largest in each quarter of the clip.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.analyze_speed import bare_loop
from benchmarks.memory import resident_mb
from formcheck.analysis import analyze_clip
from formcheck.judgement.registry import find_exercise, load_exercises
from formcheck.media.reader import VideoReader
from formcheck.media.writer import VideoWriter
from formcheck.perception.mediapipe import MediaPipeEstimator
from formcheck.perception.senses import NO_SENSES

_WIDTH_PX, _HEIGHT_PX = 1080, 1920
_FPS = 60
_QUARTERS = 4


def portrait(image_rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The middle of a picture, as a phone held upright sees it."""
    height_px, width_px = image_rgb.shape[:2]
    part_px = height_px * _WIDTH_PX // _HEIGHT_PX
    left = (width_px - part_px) // 2
    part = image_rgb[:, left : left + part_px]
    large = cv2.resize(part, (_WIDTH_PX, _HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.uint8)


def pictures(source: Path) -> Iterator[NDArray[np.uint8]]:
    """The pictures of a clip, again and again."""
    while True:
        with VideoReader(source) as reader:
            for frame in reader:
                yield portrait(frame.image_rgb)


def make_clip(source: Path, seconds: float, folder: Path) -> Path:
    """A clip of that length, with the sound of the source as long as that lasts."""
    clip = folder / "phone.mp4"
    with VideoWriter(
        clip, _WIDTH_PX, _HEIGHT_PX, audio_from=source, preset="veryfast", threads=0
    ) as writer:
        for k, picture in zip(range(round(seconds * _FPS)), pictures(source), strict=False):
            writer.write(picture, k / _FPS)
    return clip


@dataclass(frozen=True, slots=True)
class Run:
    """One analysis: seconds of wall clock and of processor, memory in each quarter, jumps."""

    wall_s: float
    cpu_s: float
    quarter_mb: tuple[float, ...]
    jumps: int


def analyze(clip: Path, seconds: float, estimator: MediaPipeEstimator, *, deaf: bool) -> Run:
    """One analysis with everything on; deaf: without image motion and sound."""
    exercise = find_exercise("jump_rope", load_exercises())
    peak_mb = [0.0] * _QUARTERS

    def note(t_s: float, _: object) -> None:
        quarter = min(_QUARTERS - 1, int(_QUARTERS * t_s / seconds))
        peak_mb[quarter] = max(peak_mb[quarter], resident_mb())

    with tempfile.TemporaryDirectory() as out, ExitStack() as stack:
        if deaf:
            without = patch("formcheck.analysis.open_senses", lambda *_, **__: NO_SENSES)
            stack.enter_context(without)
        started, started_cpu = time.perf_counter(), time.process_time()
        result = analyze_clip(clip, exercise, estimator, Path(out) / "r", progress=note)
        wall_s, cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
    return Run(wall_s, cpu_s, tuple(peak_mb), len(result.report.hops))


def main() -> None:
    """Makes the clip, runs bare loop and analysis in turn, prints medians and ratios."""
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--source", type=Path, default=Path("test_videos/jump_rope/rope_side_good.mp4"))
    p.add_argument("--seconds", type=float, default=120.0)
    p.add_argument("--runs", type=int, default=3)
    p.add_argument("--deaf", action="store_true", help="without image motion and sound, besides")
    options = p.parse_args()
    kinds = ("everything on", *(("without motion and sound",) if options.deaf else ()))
    bare: list[tuple[float, float]] = []
    runs: dict[str, list[Run]] = {kind: [] for kind in kinds}
    with tempfile.TemporaryDirectory() as folder, MediaPipeEstimator() as estimator:
        clip = make_clip(options.source, options.seconds, Path(folder))
        with av.open(str(clip)) as container:
            frames = container.streams.video[0].frames
        print(f"{clip.stat().st_size / 1e6:.0f} MB, {frames} frames", file=sys.stderr)
        for _ in range(options.runs):
            cpu_s = time.process_time()
            _, wall_s = bare_loop(clip)
            bare.append((wall_s, time.process_time() - cpu_s))
            for kind in kinds:
                run = analyze(clip, options.seconds, estimator, deaf=kind != kinds[0])
                runs[kind].append(run)
                print(kind, bare[-1], run, file=sys.stderr, flush=True)
    print(
        "| analysis | frames | jumps | frames/s | bare loop, frames/s | ratio, median (range) "
        "| processor, ms a frame | bare loop | memory in each quarter, MB |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for kind, own in runs.items():
        ratios = [wall_s / run.wall_s for (wall_s, _), run in zip(bare, own, strict=True)]
        memory = np.max([run.quarter_mb for run in own], axis=0)
        print(
            f"| {kind} | {frames} | {own[-1].jumps} "
            f"| {statistics.median(frames / run.wall_s for run in own):.1f} "
            f"| {statistics.median(frames / wall_s for wall_s, _ in bare):.1f} "
            f"| {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) "
            f"| {1e3 * statistics.median(run.cpu_s for run in own) / frames:.1f} "
            f"| {1e3 * statistics.median(cpu_s for _, cpu_s in bare) / frames:.1f} "
            f"| {', '.join(f'{mb:.0f}' for mb in memory)} |"
        )


if __name__ == "__main__":
    main()
