"""Where the camera stood for a whole session, in one number and one word.

Two clips can be set side by side, but their angles only where both cameras saw the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.judgement.rule import Exercise, RepMovement
from formcheck.kinematics.body import yaw_deg
from formcheck.kinematics.view import MIN_FRONT_YAW_DEG, View
from formcheck.types import Observation, Report

__all__ = ["Viewpoint", "viewpoint"]

_MOST_MOMENTS = 1500
"""A camera stands still: more moments than these, evenly taken, say nothing else."""
_REPS_QUANTILE = 0.25
"""Limbs that go apart turn shoulders and hips a little, so the moments in which they are together
count, as they do for the view gate of the engine."""


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """Where the camera stood.

    Attributes:
        yaw_deg: How far the body was turned out of an exact side view, 0 to 90. Rough: it reads
            low, and a true 15 degrees may look like none (``docs/accuracy.md``).
        seen_from: What that amounts to for this exercise.
    """

    yaw_deg: float
    seen_from: View


def viewpoint(
    observations: Sequence[Observation], report: Report, exercise: Exercise
) -> Viewpoint | None:
    """Where the camera stood while the exercise was done, or None when nobody was seen then.

    Args:
        observations: The session, in order of time.
        report: Says when the exercise was done; where it names no such time, all of it counts.
        exercise: What was done.
    """
    spans_s = _exercising_s(report)
    step = max(1, len(observations) // _MOST_MOMENTS)
    turns_deg = [
        yaw_deg(one.pose)
        for one in observations[::step]
        if one.pose is not None
        and (not spans_s or any(start <= one.t_s <= end for start, end in spans_s))
    ]
    known_deg = [turn for turn in turns_deg if math.isfinite(turn)]
    if not known_deg:
        return None
    quantile = _REPS_QUANTILE if isinstance(exercise.movement, RepMovement) else 0.5
    turn_deg = float(np.quantile(known_deg, quantile))
    if turn_deg >= MIN_FRONT_YAW_DEG:
        return Viewpoint(turn_deg, View.FRONT)
    return Viewpoint(turn_deg, View.SIDE if turn_deg <= exercise.max_yaw_deg else View.ANGLED)


def _exercising_s(report: Report) -> list[tuple[float, float]]:
    return [
        *((hold.start_s, hold.end_s) for hold in report.holds),
        *((rep.start_s, rep.end_s) for rep in report.reps),
        *((bout.start_s, bout.end_s) for bout in report.bouts),
    ]
