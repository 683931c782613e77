"""The tops of repetitions against true curves: how long they lasted, and what was read there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from formcheck.evaluation.holds import true_at
from formcheck.evaluation.truth import Span, TrueRep, Truth
from formcheck.judgement.rule import Exercise, RepMovement
from formcheck.types import Rep, StepOutput

__all__ = ["TRUE_CURVES", "top_errors_deg", "top_time_errors_s", "true_top"]

AT_TOP = 0.9
"""Share of a repetition's own range from which it is at the top, as for the program."""

LEAST_FRAMES = 3
"""No curve is read from fewer."""

_HIPS = ("left_hip_deg", "right_hip_deg")

TRUE_CURVES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "top_line_deg": _HIPS,
        "hip_height_ratio": _HIPS,
        "left_hip_signal_deg": ("left_hip_deg",),
        "right_hip_signal_deg": ("right_hip_deg",),
    }
)
"""Feature → the curves of truth whose mean is its true course; any other has its own name there.

The height of the hips has no curve of its own: how long it stays at the top is read from the angle
of the hips, which grows and falls with it.
"""


def _true_curve(truth: Truth | None, feature: str) -> NDArray[np.float64] | None:
    """The true course (T,) of a feature, or None where truth has none."""
    names = TRUE_CURVES.get(feature, (feature,))
    if truth is None or any(name not in truth.measures for name in names):
        return None
    return np.asarray(np.mean([truth.measures[name] for name in names], axis=0))


def true_top(truth: Truth, feature: str, rep: TrueRep) -> Span | None:
    """When a true repetition was at its top: within a tenth of its own range of its peak.

    Read from the true curve in the way in which the program reads its own, and not from the
    script, whose phases begin and end where a movement is still too slow to be seen.
    """
    curve = _true_curve(truth, feature)
    if curve is None:
        return None
    inside = (truth.t_s >= rep.start_s) & (truth.t_s <= rep.end_s) & np.isfinite(curve)
    t_s, values = truth.t_s[inside], curve[inside]
    if len(t_s) < LEAST_FRAMES:
        return None
    peak = int(np.argmax(values))
    low = float(values[: peak + 1].min())
    at_top = t_s[values >= low + AT_TOP * (values[peak] - low)]
    return float(at_top[0]), float(at_top[-1])


def top_time_errors_s(
    truth: Truth | None, movement: RepMovement, pairs: Sequence[tuple[Rep, TrueRep]]
) -> tuple[float, ...]:
    """Seconds at the top less the true ones, of each repetition whose true curve is known."""
    errors = []
    for rep, true in pairs:
        track = next((t for t in movement.tracks if t.side in (None, rep.side)), None)
        if truth is None or track is None:
            continue
        top = true_top(truth, track.signal.name, true)
        if top is not None:
            errors.append(rep.top_s - (top[1] - top[0]))
    return tuple(errors)


def top_errors_deg(
    truth: Truth | None,
    exercise: Exercise,
    steps: Sequence[StepOutput],
    pairs: Sequence[tuple[Rep, TrueRep]],
) -> NDArray[np.float64]:
    """The median of the main measure over each top that was found, less the true median there.

    Where the main measure is the signal of one leg, it is that of the leg that moved.
    """
    if truth is None or exercise.main.unit != "deg":
        return np.empty(0)
    errors = []
    for rep, _ in pairs:
        name = _main_of(exercise, rep)
        curve = _true_curve(truth, name)
        if curve is None:
            continue
        within = [s for s in steps if rep.reach_s <= s.t_s <= rep.leave_s]
        t_s = np.array([step.t_s for step in within])
        read = np.array([step.measures.get(name, np.nan) for step in within])
        true = true_at(truth.t_s, curve, t_s)
        known = np.isfinite(read) & np.isfinite(true)
        if known.sum() >= LEAST_FRAMES:
            errors.append(float(np.median(read[known]) - np.median(true[known])))
    return np.array(errors)


def _main_of(exercise: Exercise, rep: Rep) -> str:
    tracks = exercise.movement.tracks if isinstance(exercise.movement, RepMovement) else ()
    if exercise.main in [track.signal for track in tracks]:
        return next((t.signal.name for t in tracks if t.side is rep.side), exercise.main.name)
    return exercise.main.name
