"""Time to ``formcheck --help``, against an empty Python process of the same run."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time


def seconds(*arguments: str) -> float:
    """Wall time of one Python process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    """Prints the medians of ten runs each, in turn."""
    empty, helped = [], []
    for _ in range(10):
        empty.append(seconds("-c", "pass"))
        helped.append(seconds("-m", "formcheck", "--help"))
    print("| empty Python, s | formcheck --help, s |\n|---|---|")
    print(f"| {statistics.median(empty):.3f} | {statistics.median(helped):.3f} |")


if __name__ == "__main__":
    main()
