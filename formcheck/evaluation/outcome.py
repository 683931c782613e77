"""One labelled clip against what the program said of it."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from formcheck.evaluation.faults import (
    CheckOutcome,
    false_cues,
    fault_outcomes,
    hold_windows,
    rep_fault_outcomes,
    rep_windows,
    wrong_way_cues,
)
from formcheck.evaluation.holds import angle_errors, good_error_s, held_errors_s, held_in_s
from formcheck.evaluation.hops import (
    HopOutcome,
    active_spans,
    hop_outcome,
    reported_hops,
    tells_of_jumps,
)
from formcheck.evaluation.labels import LabelledClip
from formcheck.evaluation.reps import RepOutcome, active_span, known_reps, rep_outcome
from formcheck.evaluation.truth import Span
from formcheck.judgement.engine import Engine
from formcheck.judgement.rule import Exercise, RepMovement
from formcheck.types import Cue, CueKind, Observation, Report, StepOutput

__all__ = ["CheckOutcome", "ClipOutcome", "compare", "judged_clip"]

HOLD_OVERLAP = 0.5
"""A labelled hold counts as found when this share of it was credited."""

CREDIT_S = 1.0
"""More seconds of hold than this beyond the labelled holds are clearly too many."""


@dataclass(frozen=True, slots=True, eq=False)
class ClipOutcome:
    """What came of one clip.

    Attributes:
        clip: The clip and its label.
        exercise: What it was judged as.
        expected: Whether the clip shows that exercise and may be judged.
        agrees: Whether the answer is right, as the label has it.
        why_not: What is wrong with it.
        faults: The labelled faults.
        false_cues: Corrections that no label explains.
        wrong_way: Corrections in the opposite direction of a labelled fault.
        held_errors_s: Found less labelled seconds of each labelled hold.
        good_error_s: Found less true seconds in good form, beyond those in which the truth lies
            so near to a limit that either answer is right; None without truth.
        hold_s: Labelled seconds of hold, or from the first to the last labelled repetition, or of
            skipping.
        judged_s: Seconds of those in which form was judged.
        credited_s: Seconds of hold credited outside labelled holds.
        angle_errors: Main measure, change from neutral, against truth; (n,) degrees.
        report: What the engine said.
        reps: What came of the repetitions; None for a hold and for a clip of something else.
        hops: The same of the jumps.
    """

    clip: LabelledClip
    exercise: str
    expected: bool
    agrees: bool
    why_not: tuple[str, ...]
    faults: tuple[CheckOutcome, ...]
    false_cues: tuple[Cue, ...]
    wrong_way: tuple[Cue, ...]
    held_errors_s: tuple[float, ...]
    good_error_s: float | None
    hold_s: float
    judged_s: float
    credited_s: float
    angle_errors: NDArray[np.float64]
    report: Report
    reps: RepOutcome | None = None
    hops: HopOutcome | None = None


def judged_clip(
    clip: LabelledClip, exercise: Exercise, observations: Iterable[Observation]
) -> ClipOutcome:
    """Runs the engine over a clip's observations and compares."""
    engine = Engine(exercise)
    steps = [engine.step(observation) for observation in observations]
    return compare(clip, exercise, steps, engine.close())


def compare(
    clip: LabelledClip, exercise: Exercise, steps: Sequence[StepOutput], report: Report
) -> ClipOutcome:
    """Compares what was said with the label.

    Args:
        clip: The clip and its label.
        exercise: What it was judged as.
        steps: Every output of the engine.
        report: The engine's report.
    """
    corrections = [c for c in report.cues if c.kind in (CueKind.CORRECT, CueKind.EASIER)]
    if clip.does != exercise.name or clip.judge is False:
        outcome = _unexpected(clip, exercise, report, corrections)
    elif isinstance(exercise.movement, RepMovement):
        outcome = _of_reps(clip, exercise, exercise.movement, steps, report, corrections)
    elif tells_of_jumps(clip) or report.hops:
        outcome = _of_jumps(clip, exercise, steps, report, corrections)
    else:
        outcome = _of_holds(clip, exercise, steps, report, corrections)
    why_not = tuple(_why_not(outcome))
    return replace(outcome, agrees=not why_not, why_not=why_not)


def _unexpected(
    clip: LabelledClip, exercise: Exercise, report: Report, corrections: Sequence[Cue]
) -> ClipOutcome:
    """Something else is done, or no fair verdict is possible: every correction is false."""
    return ClipOutcome(
        clip=clip,
        exercise=exercise.name,
        expected=False,
        agrees=False,
        why_not=(),
        faults=(),
        false_cues=tuple(corrections),
        wrong_way=(),
        held_errors_s=(),
        good_error_s=None,
        hold_s=0.0,
        judged_s=0.0,
        credited_s=report.held_s,
        angle_errors=np.empty(0),
        report=report,
    )


def _of_holds(
    clip: LabelledClip,
    exercise: Exercise,
    steps: Sequence[StepOutput],
    report: Report,
    corrections: Sequence[Cue],
) -> ClipOutcome:
    windows = hold_windows(clip.faults)
    found_s = [(hold.start_s, hold.end_s) for hold in report.holds]
    return ClipOutcome(
        clip=clip,
        exercise=exercise.name,
        expected=True,
        agrees=False,
        why_not=(),
        faults=fault_outcomes(windows, report, corrections),
        false_cues=false_cues(corrections, clip, windows, told_later=False),
        wrong_way=wrong_way_cues(corrections, exercise, windows),
        held_errors_s=held_errors_s(clip.holds_s, report),
        good_error_s=good_error_s(clip, exercise, report),
        hold_s=sum(end - start for start, end in clip.holds_s),
        judged_s=sum(_judged_s(span, steps, found_s) for span in clip.holds_s),
        credited_s=report.held_s - sum(held_in_s(span, report) for span in clip.holds_s),
        angle_errors=angle_errors(clip.truth, exercise, steps),
        report=report,
    )


def _of_reps(
    clip: LabelledClip,
    exercise: Exercise,
    movement: RepMovement,
    steps: Sequence[StepOutput],
    report: Report,
    corrections: Sequence[Cue],
) -> ClipOutcome:
    windows = rep_windows(clip.faults, known_reps(clip, report))
    active = active_span(clip)
    return ClipOutcome(
        clip=clip,
        exercise=exercise.name,
        expected=True,
        agrees=False,
        why_not=(),
        faults=rep_fault_outcomes(windows, exercise, report, corrections),
        false_cues=false_cues(corrections, clip, windows, told_later=True),
        wrong_way=wrong_way_cues(corrections, exercise, windows),
        held_errors_s=(),
        good_error_s=None,
        hold_s=active[1] - active[0] if active else 0.0,
        judged_s=_judged_s(active, steps, report.sets_s) if active else 0.0,
        credited_s=0.0,
        angle_errors=np.empty(0),
        report=report,
        reps=rep_outcome(clip, exercise, movement, steps, report),
    )


def _of_jumps(
    clip: LabelledClip,
    exercise: Exercise,
    steps: Sequence[StepOutput],
    report: Report,
    corrections: Sequence[Cue],
) -> ClipOutcome:
    # A fault of jumps lasts over many of them and is labelled as one span, as in a hold; what is
    # said of it comes a jump or two late, as with repetitions.
    windows = hold_windows(clip.faults)
    active = active_spans(clip)
    found_s = [(bout.start_s, bout.end_s) for bout in report.bouts]
    return ClipOutcome(
        clip=clip,
        exercise=exercise.name,
        expected=True,
        agrees=False,
        why_not=(),
        faults=fault_outcomes(windows, report, corrections),
        false_cues=false_cues(corrections, clip, windows, told_later=True),
        wrong_way=wrong_way_cues(corrections, exercise, windows),
        held_errors_s=(),
        good_error_s=None,
        hold_s=sum(end_s - start_s for start_s, end_s in active),
        judged_s=sum(_judged_s(span, steps, found_s) for span in active),
        credited_s=0.0,
        angle_errors=np.empty(0),
        report=report,
        hops=hop_outcome(clip, exercise, steps, report),
    )


def _why_not(outcome: ClipOutcome) -> Iterator[str]:
    """What is wrong with an outcome, one reason after the other."""
    yield from (f"false cue: {cue.text} at {cue.t_s:.1f} s" for cue in outcome.false_cues)
    yield from (f"wrong way: {cue.text} at {cue.t_s:.1f} s" for cue in outcome.wrong_way)
    if not outcome.expected:
        if outcome.credited_s > 0.0:
            yield f"credited {outcome.credited_s:.1f} s"
        if outcome.report.reps_counted:
            yield f"counted {outcome.report.reps_counted}"
        if jumps := len(reported_hops(outcome.report)):
            yield f"counted {jumps} jump{'s' if jumps > 1 else ''}"
    elif outcome.reps is not None:
        count_error = outcome.reps.count_error
        yield from _wrong_of(outcome, () if count_error is None else (count_error,))
    elif outcome.hops is not None:
        yield from _wrong_of(outcome, outcome.hops.wrong)
    else:
        yield from _wrong_holds(outcome)


def _wrong_holds(outcome: ClipOutcome) -> Iterator[str]:
    clip = outcome.clip
    if clip.holds_s and outcome.credited_s > CREDIT_S:
        yield f"credited {outcome.credited_s:.1f} s beyond the labelled holds"
    if clip.judge is not True:
        return
    yield from (f"missed {fault.check}" for fault in outcome.faults if not fault.found)
    for span in clip.holds_s:
        if held_in_s(span, outcome.report) < HOLD_OVERLAP * (span[1] - span[0]):
            yield f"hold at {span[0]:.1f} s not found"


def _wrong_of(outcome: ClipOutcome, counts: Sequence[str]) -> Iterator[str]:
    """What is wrong with repetitions or jumps: with their number, and with their faults."""
    yield from counts
    if outcome.clip.judge is not True:
        return
    # Near a limit either answer is right.
    clear = [fault for fault in outcome.faults if fault.strength == "clear"]
    missed = Counter(fault.check for fault in clear if not fault.named)
    yield from (f"missed {code}" + (f" {n} times" if n > 1 else "") for code, n in missed.items())
    yield from (f"{f.check} not spoken" for f in clear if f.named and not f.found)


def _judged_s(span: Span, steps: Sequence[StepOutput], found_s: Sequence[Span]) -> float:
    """Seconds of a labelled span in which form was judged; 0 when nothing was found in it.

    Args:
        span: Labelled.
        steps: Every output of the engine.
        found_s: The holds, or the sets of repetitions, that were found.
    """
    if not any(start_s < span[1] and end_s > span[0] for start_s, end_s in found_s):
        return 0.0
    total = 0.0
    for before, step in itertools.pairwise(steps):
        if step.judged and span[0] <= step.t_s <= span[1]:
            total += min(step.t_s - before.t_s, 0.5)
    return min(total, span[1] - span[0])
