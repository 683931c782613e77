"""Each check over the repetitions of a clip, against the faults that are labelled in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from formcheck.evaluation.labels import FaultLabel, LabelledClip
from formcheck.evaluation.spans import belongs, regions
from formcheck.evaluation.tally import Tally
from formcheck.evaluation.truth import Span, TrueRep
from formcheck.judgement.rule import Exercise
from formcheck.types import Level, Rep

__all__ = ["judged_reps", "labelled_level", "tallies", "true_regions"]


def true_regions(true_reps: Sequence[TrueRep]) -> tuple[Span, ...]:
    """True repetitions, each with the rest before it."""
    return regions([(rep.start_s, rep.end_s) for rep in true_reps])


def labelled_level(faults: Sequence[FaultLabel], code: str, region_s: Span) -> Level:
    """What the labels say of one check in one repetition: good, mild (warn) or clear (fault)."""
    strengths = {f.strength for f in faults if f.check == code and belongs(f.span_s, region_s)}
    if not strengths:
        return Level.GOOD
    return Level.FAULT if "clear" in strengths else Level.WARN


def judged_reps(exercise: Exercise, reps: Sequence[Rep]) -> list[Rep]:
    """Those that count, and those that do not because of what a check found in them."""
    codes = {check.code for check in exercise.checks}
    return [rep for rep in reps if rep.why_not is None or rep.why_not.code in codes]


def tallies(
    clip: LabelledClip,
    exercise: Exercise,
    reps: Sequence[Rep],
    pairs: Sequence[tuple[Rep, TrueRep]],
) -> Mapping[str, Tally]:
    """Every check of the exercise over the repetitions; faults only where truth knows them."""
    codes = [check.code for check in exercise.checks]
    judged = judged_reps(exercise, reps)
    return MappingProxyType({code: _tally(clip, code, judged, pairs) for code in codes})


def _tally(
    clip: LabelledClip, code: str, judged: Sequence[Rep], pairs: Sequence[tuple[Rep, TrueRep]]
) -> Tally:
    said = [rep.levels.get(code, Level.NOT_JUDGED) for rep in judged]
    known = sum(level is not Level.NOT_JUDGED for level in said)
    if clip.truth is None or clip.truth.reps is None:
        return Tally(total=len(judged), judged=known)
    of_true: list[tuple[Level, Level]] = []
    for true, region in zip(clip.truth.reps, true_regions(clip.truth.reps), strict=True):
        rep = next((rep for rep, other in pairs if other is true), None)
        answer = rep.levels.get(code, Level.NOT_JUDGED) if rep else Level.NOT_JUDGED
        # Where a clip only may be judged, no answer is a right one.
        if true.counts and (clip.judge is True or answer is not Level.NOT_JUDGED):
            of_true.append((labelled_level(clip.faults, code, region), answer))
    of_good = [
        level
        for rep, level in zip(judged, said, strict=True)
        if level is not Level.NOT_JUDGED and _good_in_truth(clip, code, rep, pairs)
    ]
    clear = [answer for label, answer in of_true if label is Level.FAULT]
    mild = [answer for label, answer in of_true if label is Level.WARN]
    return Tally(
        total=len(judged),
        judged=known,
        at_fault=len(clear),
        found=sum(answer is Level.FAULT for answer in clear),
        mild=len(mild),
        named=sum(answer >= Level.WARN for answer in mild),
        good=len(of_good),
        false_alarms=sum(level is Level.FAULT for level in of_good),
    )


def _good_in_truth(
    clip: LabelledClip, code: str, rep: Rep, pairs: Sequence[tuple[Rep, TrueRep]]
) -> bool:
    """Whether no label speaks of this check in a repetition that was found.

    Of one that no fair judge would count nothing is labelled, so nothing is known.
    """
    true_reps = clip.truth.reps or () if clip.truth else ()
    true = next((other for one, other in pairs if one is rep), None)
    if true is None:
        region = regions([(rep.start_s, rep.end_s)])[0]
    elif true.counts:
        region = true_regions(true_reps)[true_reps.index(true)]
    else:
        return False
    return labelled_level(clip.faults, code, region) is Level.GOOD
