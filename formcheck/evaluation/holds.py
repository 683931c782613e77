"""Holds found against holds labelled: seconds held, in good form, and the angle of the hips."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formcheck.evaluation.labels import LabelledClip
from formcheck.evaluation.spans import overlap_s
from formcheck.evaluation.truth import Span, Truth
from formcheck.judgement.rule import Exercise, Reference
from formcheck.types import Report, StepOutput

__all__ = ["angle_errors", "good_error_s", "held_errors_s", "held_in_s", "true_at"]


def held_in_s(span: Span, report: Report) -> float:
    """Seconds of hold found inside a labelled hold."""
    return sum(overlap_s(span, (hold.start_s, hold.end_s)) for hold in report.holds)


def held_errors_s(holds: Sequence[Span], report: Report) -> tuple[float, ...]:
    """For each labelled hold: seconds of the found holds that touch it, less its own."""
    errors = []
    for start, end in holds:
        touching = [h for h in report.holds if h.start_s < end and h.end_s > start]
        errors.append(sum(h.end_s - h.start_s for h in touching) - (end - start))
    return tuple(errors)


def good_error_s(clip: LabelledClip, exercise: Exercise, report: Report) -> float | None:
    """Seconds in good form less the true ones, beyond those in which either answer is right."""
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


def angle_errors(
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
    true = true_at(truth.t_s, truth.measures[name], t_s)
    first = (t_s <= t_s[0] + 2.0) & (np.abs(true - truth.neutral[name]) < 3.0)
    if first.sum() < 10:
        return np.empty(0)
    change = (read - np.median(read[first])) - (true - np.median(true[first]))
    return np.asarray(np.abs(change)[np.isfinite(change)])


def true_at(
    t_s: NDArray[np.float64], values: NDArray[np.float64], wanted_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A true curve (T,) at wanted times (n,); NaN outside its own."""
    return np.asarray(np.interp(wanted_s, t_s, values, left=math.nan, right=math.nan))
