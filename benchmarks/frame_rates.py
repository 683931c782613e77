"""The same clips at lower frame rates and with frames dropped, through MediaPipe each time.

"Same" means: the same checks at the same levels, and the same cues, each within one frame interval
plus 50 ms of its time at the full rate.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from formcheck.evaluation.labels import LabelledClip, labelled_clips
from formcheck.evaluation.outcome import ClipOutcome
from formcheck.evaluation.run import Thinning, evaluate
from formcheck.judgement.registry import find_exercise, load_exercises
from formcheck.perception.mediapipe import MediaPipeEstimator
from formcheck.types import CueKind

VARIANTS = {
    "24 frames/s": Thinning(fps=24.0),
    "15 frames/s": Thinning(fps=15.0),
    "30 % dropped": Thinning(drop=0.3),
    "15 frames/s, 30 % dropped": Thinning(fps=15.0, drop=0.3),
}
FRAMES_MISSED = 3
"""So many frames in a row are now and then dropped of 30 %."""


def interval_s(clip: LabelledClip, thinning: Thinning) -> float:
    """Longest usual gap between two frames that are left of a rendered clip."""
    assert clip.truth is not None
    own_s = float(clip.truth.t_s[1] - clip.truth.t_s[0])
    left_s = own_s if thinning.fps is None else max(own_s, 1.0 / thinning.fps)
    return left_s * (1 + FRAMES_MISSED if thinning.drop else 1)


def faults(outcome: ClipOutcome) -> list[str]:
    """Checks at their levels, each once."""
    return sorted({f"{f.check} {f.level.name.lower()}" for f in outcome.report.findings})


def cues(outcome: ClipOutcome) -> list[tuple[str | None, float]]:
    """Corrections with their times."""
    return [(c.check, c.t_s) for c in outcome.report.cues if c.kind is CueKind.CORRECT]


def compare(full: ClipOutcome, thin: ClipOutcome, gap_s: float) -> tuple[str, float | None]:
    """What differs, in words, and the largest shift of a cue."""
    one, two = cues(full), cues(thin)
    if faults(full) != faults(thin):
        return f"levels: {faults(full)} / {faults(thin)}", None
    if [check for check, _ in one] != [check for check, _ in two]:
        return f"cues: {one} / {two}", None
    shift_s = max((abs(a - b) for (_, a), (_, b) in zip(one, two, strict=True)), default=None)
    late = shift_s is not None and shift_s > gap_s + 0.05
    return (f"cue shifted by {shift_s:.2f} s" if late else "same"), shift_s


def main() -> None:
    """Prints a row a variant, and every clip that differs."""
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--clips", type=Path, default=Path("test_videos"))
    p.add_argument("--only", default="plank/")
    options = p.parse_args()
    clips = [c for c in labelled_clips(options.clips) if options.only in c.name]
    exercises = [find_exercise("plank", load_exercises())]
    with MediaPipeEstimator() as estimator:
        full = list(evaluate(clips, exercises, lambda: estimator))
        print("| variant | clips | same | largest shift of a cue, s |\n|---|---|---|---|")
        notes = []
        for name, thinning in VARIANTS.items():
            thin = list(evaluate(clips, exercises, lambda: estimator, None, thinning))
            results = [
                compare(a, b, interval_s(a.clip, thinning)) for a, b in zip(full, thin, strict=True)
            ]
            same = sum(words == "same" for words, _ in results)
            shift_s = max((s for _, s in results if s is not None), default=0.0)
            print(f"| {name} | {len(clips)} | {same} | {shift_s:.2f} |", flush=True)
            notes += [
                f"- {name}, {clip.name}: {words}"
                for clip, (words, _) in zip(clips, results, strict=True)
                if words != "same"
            ]
        print("\n".join(notes))


if __name__ == "__main__":
    main()
