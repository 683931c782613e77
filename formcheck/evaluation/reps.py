"""Repetitions found against repetitions labelled: how many, which side, how long at the top."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.evaluation.labels import LabelledClip
from formcheck.evaluation.spans import overlap_s
from formcheck.evaluation.tallies import (
    judged_reps,
    labelled_level,
    tallies,
    true_regions,
)
from formcheck.evaluation.tally import Tally
from formcheck.evaluation.tops import top_errors_deg, top_time_errors_s
from formcheck.evaluation.truth import Span, TrueRep
from formcheck.judgement.rule import Exercise, RepMovement
from formcheck.landmarks import Side
from formcheck.types import Level, Rep, Report, StepOutput

__all__ = ["RepOutcome", "active_span", "known_reps", "rep_outcome"]

OVERLAP = 0.5
"""Two repetitions are the same one when they share this part of the shorter one."""

TOP_LABEL_S = 0.7
"""A labelled top may lie so far outside the top that was found."""


@dataclass(frozen=True, slots=True, eq=False)
class RepOutcome:
    """What came of the repetitions of one clip.

    Attributes:
        counted: How many count.
        owed: Fewest and most that are right, or None without a label.
        count_error: What is wrong with the count, in words, or None.
        top_time_errors_s: Seconds at the top less the true ones, of each that was matched.
        top_errors_deg: The main measure at the top less the true one, of each that was matched;
            (n,) degrees, empty for a measure of another unit or without a true curve.
        tops: How many tops are labelled.
        tops_missed_s: Those of them without a repetition.
        checks: By check code.
    """

    counted: int
    owed: tuple[int, int] | None
    count_error: str | None
    top_time_errors_s: tuple[float, ...]
    top_errors_deg: NDArray[np.float64]
    tops: int
    tops_missed_s: tuple[float, ...]
    checks: Mapping[str, Tally]


def rep_outcome(
    clip: LabelledClip,
    exercise: Exercise,
    movement: RepMovement,
    steps: Sequence[StepOutput],
    report: Report,
) -> RepOutcome:
    """Compares the repetitions of a clip of this exercise with its label and its truth."""
    counted = [rep for rep in report.reps if rep.counted]
    by_side = _owed_by_side(clip, exercise)
    owed = by_side[None] if by_side else clip.reps
    true_reps = clip.truth.reps or () if clip.truth else ()
    pairs = _matched(report.reps, true_reps)
    counting = [(rep, true) for rep, true in pairs if rep.counted and true.counts]
    tops = clip.tops_s or tuple(sum(span) / 2 for span in clip.extended_s)
    return RepOutcome(
        counted=len(counted),
        owed=owed,
        count_error=_count_error(owed, by_side, movement, counted, firm=clip.judge is True),
        top_time_errors_s=top_time_errors_s(clip.truth, movement, counting),
        top_errors_deg=top_errors_deg(clip.truth, exercise, steps, counting),
        tops=len(tops),
        tops_missed_s=_tops_missed_s(tops, judged_reps(exercise, report.reps)),
        checks=tallies(clip, exercise, report.reps, pairs),
    )


def known_reps(clip: LabelledClip, report: Report) -> tuple[Span, ...]:
    """The true repetitions (start, end); without truth, those that were found."""
    reps = clip.truth.reps if clip.truth is not None and clip.truth.reps else report.reps
    return tuple((rep.start_s, rep.end_s) for rep in reps)


def active_span(clip: LabelledClip) -> Span | None:
    """From the first to the last labelled repetition; None where no label tells."""
    if clip.truth is not None and clip.truth.reps:
        return clip.truth.reps[0].start_s, clip.truth.reps[-1].end_s
    moments = [*clip.tops_s, *itertools.chain(*clip.extended_s)]
    if not moments or min(moments) == max(moments):
        return None
    return min(moments), max(moments)


def _owed_by_side(clip: LabelledClip, exercise: Exercise) -> dict[Side | None, tuple[int, int]]:
    """Fewest and most repetitions that are right, by side and (None) in all; empty without truth.

    A repetition whose fault keeps it from counting is not owed; while that fault is mild, either
    answer is right.
    """
    if clip.truth is None or clip.truth.reps is None:
        return {}
    voiding = [check.code for check in exercise.checks if check.voids]
    owed = {None: (0, 0), **{rep.side: (0, 0) for rep in clip.truth.reps}}
    for rep, region in zip(clip.truth.reps, true_regions(clip.truth.reps), strict=True):
        worst = max(
            (labelled_level(clip.faults, code, region) for code in voiding), default=Level.GOOD
        )
        if not rep.counts or worst is Level.FAULT:
            continue
        for side in {None, rep.side}:
            fewest, most = owed[side]
            owed[side] = (fewest + (worst is Level.GOOD), most + 1)
    return owed


def _count_error(
    owed: tuple[int, int] | None,
    by_side: Mapping[Side | None, tuple[int, int]],
    movement: RepMovement,
    counted: Sequence[Rep],
    *,
    firm: bool,
) -> str | None:
    """What is wrong with a count, in all and, where truth knows the sides, of each side.

    Where a clip only may be judged, a repetition too few is one that was not judged.
    """
    if owed is None:
        return None
    if error := _off(len(counted), owed, firm=firm):
        return f"counted {error}"
    wrong = []
    for side in (track.side for track in movement.tracks):
        if side is None or not by_side:
            continue
        found = sum(rep.side is side for rep in counted)
        if error := _off(found, by_side.get(side, (0, 0)), firm=firm):
            wrong.append(f"{side.value}: counted {error}")
    return "; ".join(wrong) or None


def _off(found: int, owed: tuple[int, int], *, firm: bool) -> str | None:
    fewest, most = owed
    if found <= most and (found >= fewest or not firm):
        return None
    return f"{found}, not {fewest if fewest == most else f'{fewest} to {most}'}"


def _matched(reps: Sequence[Rep], true_reps: Sequence[TrueRep]) -> list[tuple[Rep, TrueRep]]:
    """Each repetition with the true one that it shares most of its time with, one to one."""
    shared = sorted(
        (
            (-seconds, i, j)
            for i, rep in enumerate(reps)
            for j, true in enumerate(true_reps)
            if (seconds := overlap_s((rep.start_s, rep.end_s), (true.start_s, true.end_s)))
            >= OVERLAP * min(rep.end_s - rep.start_s, true.end_s - true.start_s)
        ),
    )
    pairs: dict[int, int] = {}
    for _, i, j in shared:
        if i not in pairs and j not in pairs.values():
            pairs[i] = j
    return [(reps[i], true_reps[j]) for i, j in sorted(pairs.items())]


def _tops_missed_s(tops_s: Sequence[float], judged: Sequence[Rep]) -> tuple[float, ...]:
    """Labelled tops that lie at no repetition's top; each repetition explains one of them."""
    left = list(judged)
    missed = []
    for top_s in tops_s:
        holding = (r for r in left if r.reach_s - TOP_LABEL_S <= top_s <= r.leave_s + TOP_LABEL_S)
        rep = next(holding, None)
        if rep is None:
            missed.append(top_s)
        else:
            left.remove(rep)
    return tuple(missed)
