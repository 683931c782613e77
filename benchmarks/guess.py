"""Which exercise is it: what is guessed of labelled clips, as a table.

Pose is estimated once a clip and kept; a rendered clip's recorded pose serves where it has one, and
only what moves and sounds in it is followed anew, as the jump rope's engine needs it of any clip.

    uv run python benchmarks/guess.py test_videos
    uv run python benchmarks/guess.py CLIPS --traces build/guess
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from formcheck.evaluation.labels import LabelledClip, labelled_clips
from formcheck.guessing import Guess, guess
from formcheck.judgement.registry import load_exercises
from formcheck.media.reader import VideoReader
from formcheck.media.staging import staged
from formcheck.media.trace import TraceMeta, TraceWriter, read_trace
from formcheck.perception.estimator import Estimator, perceive
from formcheck.perception.open import open_estimator
from formcheck.perception.recorded import RecordedEstimator
from formcheck.perception.senses import open_senses
from formcheck.types import Observation

NOTHING = "can't tell"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="labelled clips")
    parser.add_argument(
        "--traces", type=Path, default=Path("build/guess-rendered"), help="kept here, or made"
    )
    options = parser.parse_args()
    exercises = load_exercises()
    guessed: list[tuple[LabelledClip, Guess]] = []
    for clip in labelled_clips(options.folder):
        found = guess(observations_of(clip, options.traces), list(exercises.values()))
        guessed.append((clip, found))
    print_table(guessed, sorted(exercises))
    print_odd(guessed, sorted(exercises))


def observations_of(clip: LabelledClip, traces: Path) -> tuple[Observation, ...]:
    """What was seen of a clip, from its kept trace or now."""
    kept = traces / f"{clip.trace_name}.trace.npz"
    if not kept.is_file():
        recorded = clip.path.with_suffix(".trace.npz")
        opened: Estimator = (
            RecordedEstimator(read_trace(recorded)) if recorded.is_file() else open_estimator()
        )
        senses = open_senses(clip.path, motion=True)
        with opened as estimator, VideoReader(clip.path) as reader, staged(kept.parent) as stage:
            writer = TraceWriter(TraceMeta(clip.path.name, estimator.name, estimator.model_sha256))
            for frame in reader:
                writer.add(perceive(frame, estimator, senses))
            writer.save(stage / kept.name)
    return read_trace(kept).observations


def print_table(guessed: list[tuple[LabelledClip, Guess]], names: list[str]) -> None:
    """What is done, against what was guessed."""
    counts = Counter((clip.does, found.exercise or NOTHING) for clip, found in guessed)
    does = sorted({clip.does for clip, _ in guessed}, key=lambda name: (name not in names, name))
    columns = [*names, NOTHING]
    print(f"| what is done | clips | {' | '.join(columns)} |")
    print(f"|---|---|{'---|' * len(columns)}")
    for name in does:
        cells = [str(counts[name, column] or "") for column in columns]
        print(f"| {name} | {sum(counts[name, c] for c in columns)} | {' | '.join(cells)} |")


def print_odd(guessed: list[tuple[LabelledClip, Guess]], names: list[str]) -> None:
    """Wrong guesses, and clips of a known exercise without one."""
    known = [(clip, found) for clip, found in guessed if clip.does in names]
    right = sum(found.exercise == clip.does for clip, found in known)
    wrong = [clip for clip, found in guessed if found.exercise not in (None, clip.does)]
    print(f"\nRight: {right} of {len(known)} clips of a known exercise; ", end="")
    print(f"wrong: {len(wrong)} of {len(guessed)} clips.\n")
    for clip, found in guessed:
        if found.exercise != clip.does and (clip in wrong or clip.does in names):
            print(f"- {clip.name}: {found.exercise or NOTHING}. {found.sentence}")


if __name__ == "__main__":
    main()
