"""Engine and features without pose: milliseconds of processor a frame, on the recorded traces."""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from formcheck.judgement.engine import Engine
from formcheck.judgement.registry import find_exercise, load_exercises
from formcheck.media.trace import read_trace


def main() -> None:
    """Prints the median and the worst clip over several runs."""
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--runs", type=int, default=5)
    p.add_argument("--exercise", default="plank")
    options = p.parse_args()
    exercise = find_exercise(options.exercise, load_exercises())
    traces = sorted((Path("test_videos") / options.exercise).glob("*.trace.npz"))
    costs_ms = []
    for path in traces:
        seen = read_trace(path).observations
        runs = []
        for _ in range(options.runs):
            engine = Engine(exercise)
            started = time.process_time()
            for observation in seen:
                engine.step(observation)
            engine.close()
            runs.append(1e3 * (time.process_time() - started) / len(seen))
        costs_ms.append((statistics.median(runs), path.name.removesuffix(".trace.npz")))
    worst_ms, worst = max(costs_ms)
    print("| clips | median, ms a frame | worst clip, ms a frame |")
    print("|---|---|---|")
    median_ms = statistics.median(cost for cost, _ in costs_ms)
    print(f"| {len(costs_ms)} | {median_ms:.2f} | {worst_ms:.2f} ({worst}) |")


if __name__ == "__main__":
    main()
