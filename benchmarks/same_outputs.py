"""Whether two checkouts say the same, bit for bit, of every shipped trace as every exercise.

Every output of every frame and every report is hashed as Python writes it, which keeps every bit of
a number. For a change that is to make the engine faster and nothing else.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from formcheck.judgement.engine import Engine
from formcheck.judgement.registry import load_exercises
from formcheck.media.trace import read_trace

CLIPS = Path(__file__).resolve().parents[1] / "test_videos"


def main() -> None:
    """Prints a hash for each trace and exercise, or those that differ from a baseline's."""
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--baseline", type=Path, metavar="DIR", help="an older checkout")
    options = p.parse_args()
    own = list(_hashes())
    if options.baseline is None:
        print("\n".join(own))
        return
    done = subprocess.run(
        [sys.executable, str(Path(__file__).resolve())],
        env={**os.environ, "PYTHONPATH": str(options.baseline.resolve())},
        check=True,
        capture_output=True,
        text=True,
    )
    differ = sorted(set(own) ^ set(done.stdout.splitlines()))
    print("\n".join(differ) or f"all {len(own)} are the same")
    sys.exit(bool(differ))


def _hashes() -> list[str]:
    exercises = load_exercises()
    lines = []
    for path in sorted(CLIPS.glob("*/*.trace.npz")):
        observations = read_trace(path).observations
        for name, exercise in exercises.items():
            engine, told = Engine(exercise), hashlib.sha256()
            for observation in observations:
                told.update(repr(engine.step(observation)).encode())
            told.update(repr(engine.close()).encode())
            lines.append(f"{path.parent.name}/{path.name} {name} {told.hexdigest()[:16]}")
    return lines


if __name__ == "__main__":
    main()
