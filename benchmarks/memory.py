"""Memory of a long analysis: a shipped clip is repeated as one clip of many minutes."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from formcheck.judgement.engine import Engine
from formcheck.judgement.registry import find_exercise, load_exercises
from formcheck.media.reader import VideoReader
from formcheck.perception.mediapipe import MediaPipeEstimator
from formcheck.recording import Recording
from formcheck.session import run_pipelined
from formcheck.types import Frame


def repeated(clip: Path, minutes: float) -> Iterator[Frame]:
    """The clip again and again, its times going on."""
    offset_s = 0.0
    while offset_s < 60.0 * minutes:
        last_s = 0.0
        with VideoReader(clip) as reader:
            for frame in reader:
                last_s = frame.t_s
                yield Frame(offset_s + frame.t_s, frame.image_rgb)
        offset_s += last_s + 1.0 / 30.0


def resident_mb() -> float:
    """Resident memory of this process, Linux."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024.0
    raise RuntimeError("no VmRSS in /proc/self/status")


def main() -> None:
    """Prints the memory every two minutes of clip."""
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--minutes", type=float, default=20.0)
    p.add_argument("--clip", type=Path, default=Path("test_videos/plank/sag_20_recovers.mp4"))
    options = p.parse_args()
    exercise = find_exercise("plank", load_exercises())
    marks: dict[int, float] = {}

    def note(t_s: float) -> None:
        minute = int(t_s // 120) * 2
        if minute not in marks:
            marks[minute] = resident_mb()
            print(f"| {minute} | {marks[minute]:.0f} |", flush=True)

    print("| minute of the clip | resident memory, MB |\n|---|---|")
    with tempfile.TemporaryDirectory() as out, MediaPipeEstimator() as estimator:
        with VideoReader(options.clip) as reader:
            size = (reader.info.width_px, reader.info.height_px)
        recording = Recording(Path(out), exercise, options.clip.name, size, estimator)
        frames = repeated(options.clip, options.minutes)
        run_pipelined(frames, estimator, Engine(exercise), [recording], note)
        print(f"| {options.minutes:.0f} | {resident_mb():.0f} |")
        recording.abort()


if __name__ == "__main__":
    main()
