"""One labelled clip against what the program said of it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from formcheck.evaluation.labels import FaultLabel, LabelledClip, Span, Truth
from formcheck.judgement.engine import Engine
from formcheck.judgement.rule import Exercise, Reference
from formcheck.types import Cue, CueKind, Level, Observation, Report, StepOutput

__all__ = ["CheckOutcome", "ClipOutcome", "compare", "judged_clip"]

HOLD_OVERLAP = 0.5
"""A labelled hold counts as found when this share of it was credited."""

CREDIT_S = 1.0
"""More seconds of hold than this beyond the labelled holds are clearly too many."""

REACTION_S = 2.0
"""A cue this soon after the end of a fault's span still belongs to it."""


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """One labelled fault, and what was said of it.

    Attributes:
        check: Code of the check.
        strength: ``mild`` or ``clear``, as labelled.
        must_speak: Whether a cue was owed.
        level: The worst level found in its span.
        cue_delay_s: From the fault to its first cue; None when none was spoken.
    """

    check: str
    strength: str
    must_speak: bool
    level: Level
    cue_delay_s: float | None

    @property
    def found(self) -> bool:
        """Whether the fault was named, and spoken where that was owed."""
        return self.level >= Level.WARN and (self.cue_delay_s is not None or not self.must_speak)


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
        hold_s: Labelled seconds of hold.
        judged_s: Seconds of those in which form was judged.
        credited_s: Seconds of hold credited outside labelled holds.
        angle_errors: Main measure, change from neutral, against truth; (n,) degrees.
        report: What the engine said.
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
    expected = clip.does == exercise.name and clip.judge is not False
    labels = clip.faults if expected else ()
    corrections = [cue for cue in report.cues if cue.kind is CueKind.CORRECT]
    faults = tuple(_fault(label, report, corrections) for label in labels)
    false_cues = tuple(c for c in corrections if not expected or _is_false(c, clip))
    opposites = _opposites(exercise)
    wrong_way = tuple(
        cue
        for cue in corrections
        for label in labels
        if cue.check in opposites.get(label.check, ()) and _during(cue.t_s, label.span_s)
    )
    holds = clip.holds_s if expected else ()
    found_s = [_overlap_s(span, report) for span in holds]
    held_errors = _held_errors(holds, report)
    outcome = ClipOutcome(
        clip=clip,
        exercise=exercise.name,
        expected=expected,
        agrees=False,
        why_not=(),
        faults=faults,
        false_cues=false_cues,
        wrong_way=wrong_way,
        held_errors_s=held_errors,
        good_error_s=_good_error(clip, exercise, report) if expected else None,
        hold_s=sum(end - start for start, end in holds),
        judged_s=sum(_judged_s(span, steps, report) for span in holds),
        credited_s=report.held_s - sum(found_s) if expected else report.held_s,
        angle_errors=_angle_errors(clip.truth, exercise, steps) if expected else np.empty(0),
        report=report,
    )
    return _with_verdict(outcome, found_s)


def _with_verdict(outcome: ClipOutcome, found_s: Sequence[float]) -> ClipOutcome:
    why = [f"false cue: {cue.text} at {cue.t_s:.1f} s" for cue in outcome.false_cues]
    why += [f"wrong way: {cue.text} at {cue.t_s:.1f} s" for cue in outcome.wrong_way]
    if not outcome.expected:
        if outcome.credited_s > 0.0:
            why.append(f"credited {outcome.credited_s:.1f} s")
    elif outcome.clip.holds_s and outcome.credited_s > CREDIT_S:
        why.append(f"credited {outcome.credited_s:.1f} s beyond the labelled holds")
    if outcome.expected and outcome.clip.judge is True:
        why += [f"missed {fault.check}" for fault in outcome.faults if not fault.found]
        why += [
            f"hold at {span[0]:.1f} s not found"
            for span, found in zip(outcome.clip.holds_s, found_s, strict=True)
            if found < HOLD_OVERLAP * (span[1] - span[0])
        ]
    return replace(outcome, agrees=not why, why_not=tuple(why))


def _fault(label: FaultLabel, report: Report, corrections: Sequence[Cue]) -> CheckOutcome:
    start, end = label.span_s
    level = max(
        (
            finding.level
            for finding in report.findings
            if finding.check == label.check and finding.start_s < end and finding.end_s > start
        ),
        default=Level.NOT_JUDGED,
    )
    times = [
        cue.t_s
        for cue in corrections
        if cue.check == label.check and start <= cue.t_s <= end + REACTION_S
    ]
    return CheckOutcome(
        check=label.check,
        strength=label.strength,
        must_speak=bool(label.spoken),
        level=level,
        cue_delay_s=min(times) - start if times else None,
    )


def _is_false(cue: Cue, clip: LabelledClip) -> bool:
    """A correction inside a clean span, or, where truth is known, one that no label explains."""
    if any(_during(cue.t_s, span) for span in clip.clean_s):
        return True
    if clip.truth is None:
        return False
    return not any(
        label.check == cue.check and label.span_s[0] <= cue.t_s <= label.span_s[1] + REACTION_S
        for label in clip.faults
    )


def _during(t_s: float, span: Span) -> bool:
    return span[0] <= t_s <= span[1]


def _opposites(exercise: Exercise) -> dict[str, tuple[str, ...]]:
    """Check code → codes of the checks on the same measure that fault the other direction."""
    return {
        one.code: tuple(
            other.code
            for other in exercise.checks
            if other.measure is one.measure
            and other.reference is one.reference
            and other.limits.sign != one.limits.sign
        )
        for one in exercise.checks
    }


def _overlap_s(span: Span, report: Report) -> float:
    return sum(max(0.0, min(span[1], h.end_s) - max(span[0], h.start_s)) for h in report.holds)


def _held_errors(holds: Sequence[Span], report: Report) -> tuple[float, ...]:
    """For each labelled hold: seconds of the found holds that touch it, less its own."""
    errors = []
    for start, end in holds:
        touching = [h for h in report.holds if h.start_s < end and h.end_s > start]
        errors.append(sum(h.end_s - h.start_s for h in touching) - (end - start))
    return tuple(errors)


def _good_error(clip: LabelledClip, exercise: Exercise, report: Report) -> float | None:
    if clip.truth is None:
        return None
    true_s = sum(end - start for start, end in clip.truth.good_form_s)
    error_s = report.good_form_s - true_s
    beyond_s = max(0.0, abs(error_s) - _doubtful_s(clip.truth, exercise, clip.holds_s))
    return math.copysign(beyond_s, error_s)


def _doubtful_s(truth: Truth, exercise: Exercise, holds_s: Sequence[Span]) -> float:
    """Seconds of the holds in which the truth lies within a check's own error of its limit."""
    near = np.zeros(len(truth.t_s), dtype=bool)
    for check in exercise.checks:
        name = check.measure.name
        if not check.stops_clock or name not in truth.measures:
            continue
        value = truth.measures[name]
        if check.reference is Reference.NEUTRAL:
            value = value - truth.neutral.get(name, math.nan)
        elif check.reference is Reference.ZERO:
            # Truth tells in front from behind where the feature does not.
            value = np.abs(value)
        near |= np.abs(value - check.limits.fault) < check.error
    held = np.zeros_like(near)
    for start, end in holds_s:
        held |= (truth.t_s >= start) & (truth.t_s < end)
    frame_s = float(np.median(np.diff(truth.t_s))) if len(truth.t_s) > 1 else 0.0
    return float((near & held).sum()) * frame_s


def _judged_s(span: Span, steps: Sequence[StepOutput], report: Report) -> float:
    """Seconds of a labelled hold in which form was judged; 0 when no hold was found in it."""
    if not any(h.start_s < span[1] and h.end_s > span[0] for h in report.holds):
        return 0.0
    total = 0.0
    for before, step in itertools.pairwise(steps):
        if step.judged and _during(step.t_s, span):
            total += min(step.t_s - before.t_s, 0.5)
    return min(total, span[1] - span[0])


def _angle_errors(
    truth: Truth | None, exercise: Exercise, steps: Sequence[StepOutput]
) -> NDArray[np.float64]:
    """Error of the main measure's change from neutral in every judged frame.

    Read and true values are each compared with their own median over the good-form frames of the
    first two seconds; clips without such frames give nothing.
    """
    name = exercise.main.name
    if truth is None or name not in truth.measures or name not in truth.neutral:
        return np.empty(0)
    judged = [(s.t_s, s.measures[name]) for s in steps if s.judged]
    if not judged:
        return np.empty(0)
    t_s, read = np.array(judged, dtype=np.float64).T
    true = _at(truth.t_s, truth.measures[name], t_s)
    first = (t_s <= t_s[0] + 2.0) & (np.abs(true - truth.neutral[name]) < 3.0)
    if first.sum() < 10:
        return np.empty(0)
    change = (read - np.median(read[first])) - (true - np.median(true[first]))
    return np.asarray(np.abs(change)[np.isfinite(change)])


def _at(
    t_s: NDArray[np.float64], values: NDArray[np.float64], wanted_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.asarray(np.interp(wanted_s, t_s, values, left=math.nan, right=math.nan))
