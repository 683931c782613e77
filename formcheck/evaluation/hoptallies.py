"""Each check over the jumps of a clip, against the faults that are labelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from formcheck.evaluation.hoperrors import JudgedJump
from formcheck.evaluation.labels import LabelledClip
from formcheck.evaluation.tallies import labelled_level
from formcheck.evaluation.tally import Tally
from formcheck.judgement.rule import Exercise
from formcheck.types import Hop, Level

__all__ = ["hop_tallies"]

CONTACT_S = 0.3
"""So long a contact belongs to the last jump before a pause."""


def hop_tallies(
    clip: LabelledClip, exercise: Exercise, hops: Sequence[Hop], jumps: Sequence[JudgedJump]
) -> Mapping[str, Tally]:
    """Every check of the exercise over the jumps; faults only where truth knows the jumps.

    Args:
        clip: The clip and its label.
        exercise: What it was judged as.
        hops: The jumps that were reported.
        jumps: The true ones, with what was said of each; empty without truth.
    """
    return MappingProxyType(
        {check.code: _tally(clip, check.code, hops, jumps) for check in exercise.checks}
    )


def _tally(
    clip: LabelledClip, code: str, hops: Sequence[Hop], jumps: Sequence[JudgedJump]
) -> Tally:
    said = [hop.levels.get(code, Level.NOT_JUDGED) for hop in hops]
    known = sum(level is not Level.NOT_JUDGED for level in said)
    answers: dict[Level, list[Level]] = {Level.GOOD: [], Level.WARN: [], Level.FAULT: []}
    for jump in jumps:
        end_s = jump.true.landing_s + CONTACT_S
        label = labelled_level(clip.faults, code, (jump.true.take_off_s, end_s))
        answer = jump.hop.levels.get(code, Level.NOT_JUDGED) if jump.hop else Level.NOT_JUDGED
        # Where a clip only may be judged, no answer is a right one.
        if answer is not Level.NOT_JUDGED or (clip.judge is True and label is not Level.GOOD):
            answers[label].append(answer)
    return Tally(
        total=len(hops),
        judged=known,
        at_fault=len(answers[Level.FAULT]),
        found=answers[Level.FAULT].count(Level.FAULT),
        mild=len(answers[Level.WARN]),
        named=sum(answer >= Level.WARN for answer in answers[Level.WARN]),
        good=len(answers[Level.GOOD]),
        false_alarms=answers[Level.GOOD].count(Level.FAULT),
    )
