"""Labelled faults against what was found, and corrections against the labels that explain them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from formcheck.evaluation.labels import FaultLabel, LabelledClip
from formcheck.evaluation.spans import BELONGS_S, belongs, regions
from formcheck.evaluation.truth import Span
from formcheck.judgement.rule import Exercise
from formcheck.types import Cue, Level, Report

__all__ = [
    "CheckOutcome",
    "FaultWindow",
    "false_cues",
    "fault_outcomes",
    "hold_windows",
    "rep_fault_outcomes",
    "rep_windows",
    "wrong_way_cues",
]

REACTION_S = 2.0
"""A cue this soon after the end of a fault's span still belongs to it."""

RECENT_REPS = 3
"""What must be seen more than once before it is spoken is looked for in so many repetitions."""


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
    def named(self) -> bool:
        """Whether the fault was named."""
        return self.level >= Level.WARN

    @property
    def found(self) -> bool:
        """Whether the fault was named, and spoken where that was owed."""
        return self.named and (self.cue_delay_s is not None or not self.must_speak)


@dataclass(frozen=True, slots=True)
class FaultWindow:
    """A labelled fault, and when it may be answered.

    Attributes:
        label: The fault.
        found_s: A finding that touches this span belongs to it.
        spoken_s: A cue in this span belongs to it.
        against_s: A correction in the opposite direction is wrong in this span.
        rep: Number of the repetition that it belongs to, the last of them, or None.
    """

    label: FaultLabel
    found_s: Span
    spoken_s: Span
    against_s: Span
    rep: int | None = None


def hold_windows(labels: Iterable[FaultLabel]) -> tuple[FaultWindow, ...]:
    """The faults of holds: found while they last, spoken a moment later at most."""
    return tuple(
        FaultWindow(
            label, label.span_s, (label.span_s[0], label.span_s[1] + REACTION_S), label.span_s
        )
        for label in labels
    )


def rep_windows(labels: Iterable[FaultLabel], reps_s: Sequence[Span]) -> tuple[FaultWindow, ...]:
    """The faults of repetitions: they may be told until their repetition is over, or just after.

    The program finds a fault once in a repetition, also one that is labelled in two of its parts,
    so a finding anywhere in the repetition answers the label.

    Args:
        labels: The faults.
        reps_s: Each repetition (start, end), in order of time.
    """
    regions_s = regions(reps_s)
    windows = []
    for label in labels:
        start_s, end_s = label.span_s
        within = [i for i, region in enumerate(regions_s) if belongs(label.span_s, region)]
        over_s = max([end_s, *(reps_s[i][1] for i in within)])
        # The end of the repetition before may reach a little into this one.
        since_s = min(start_s, reps_s[within[0]][0]) + BELONGS_S if within else start_s
        answered_s = (start_s, over_s + REACTION_S)
        rep = within[-1] if within else None
        windows.append(FaultWindow(label, (since_s, over_s), answered_s, answered_s, rep))
    return tuple(windows)


def fault_outcomes(
    windows: Iterable[FaultWindow], report: Report, corrections: Sequence[Cue]
) -> tuple[CheckOutcome, ...]:
    """What was said of each labelled fault of a hold; a cue is owed wherever the label says so."""
    return tuple(
        CheckOutcome(
            check=window.label.check,
            strength=window.label.strength,
            must_speak=bool(window.label.spoken),
            level=_level(window, report),
            cue_delay_s=_delay_s(window, [window], corrections),
        )
        for window in windows
    )


def rep_fault_outcomes(
    windows: Sequence[FaultWindow],
    exercise: Exercise,
    report: Report,
    corrections: Sequence[Cue],
) -> tuple[CheckOutcome, ...]:
    """What was said of each labelled fault of repetitions.

    Of a fault that comes back from repetition to repetition one cue is owed: by the repetition in
    which it has been seen as often as its check asks for. That label carries the delay of the
    check's first cue, counted from its own start.
    """
    due, carriers = set[int](), set[int]()
    for code in dict.fromkeys(window.label.check for window in windows):
        of_check = [i for i, window in enumerate(windows) if window.label.check == code]
        check = next((check for check in exercise.checks if check.code == code), None)
        owed = None
        if check is not None and check.spoken:
            owed = _first_due(of_check, windows, check.reps_to_speak)
        due |= {owed} if owed is not None else set()
        carriers.add(of_check[0] if owed is None else owed)
    outcomes = []
    for number, window in enumerate(windows):
        alike = [other for other in windows if other.label.check == window.label.check]
        outcomes.append(
            CheckOutcome(
                check=window.label.check,
                strength=window.label.strength,
                must_speak=number in due,
                level=_level(window, report),
                cue_delay_s=_delay_s(window, alike, corrections) if number in carriers else None,
            )
        )
    return tuple(outcomes)


def _first_due(of_check: Sequence[int], windows: Sequence[FaultWindow], often: int) -> int | None:
    """The first label by which a cue is owed: ``often`` of them in the last repetitions."""
    owed = sorted(
        (i for i in of_check if windows[i].label.spoken), key=lambda i: windows[i].label.span_s
    )
    for place, number in enumerate(owed):
        if place + 1 < often:
            continue
        first, last = windows[owed[place + 1 - often]].rep, windows[number].rep
        if often == 1 or (first is not None and last is not None and last - first < RECENT_REPS):
            return number
    return None


def _level(window: FaultWindow, report: Report) -> Level:
    start_s, end_s = window.found_s
    return max(
        (
            finding.level
            for finding in report.findings
            if finding.check == window.label.check
            and finding.start_s < end_s
            and finding.end_s > start_s
        ),
        default=Level.NOT_JUDGED,
    )


def _delay_s(
    window: FaultWindow, alike: Sequence[FaultWindow], corrections: Sequence[Cue]
) -> float | None:
    """From the start of a label to the first cue that one of these labels explains."""
    times = [
        cue.t_s
        for cue in corrections
        if cue.check == window.label.check and any(_during(cue.t_s, w.spoken_s) for w in alike)
    ]
    return max(0.0, min(times) - window.label.span_s[0]) if times else None


def false_cues(
    corrections: Iterable[Cue],
    clip: LabelledClip,
    windows: Sequence[FaultWindow],
    *,
    told_later: bool,
) -> tuple[Cue, ...]:
    """Corrections inside a clean span, or, where truth is known, that no label explains.

    Args:
        corrections: All of them.
        clip: The clip.
        windows: Its labelled faults.
        told_later: Whether what is wrong may be told in the clean span that follows it: the
            verdict on a repetition comes when it is over.
    """

    def is_false(cue: Cue) -> bool:
        explained = any(
            w.label.check == cue.check and _during(cue.t_s, w.spoken_s) for w in windows
        )
        if explained and told_later:
            return False
        if any(_during(cue.t_s, span) for span in clip.clean_s):
            return True
        return clip.truth is not None and not explained

    return tuple(cue for cue in corrections if is_false(cue))


def wrong_way_cues(
    corrections: Iterable[Cue], exercise: Exercise, windows: Sequence[FaultWindow]
) -> tuple[Cue, ...]:
    """Corrections in the opposite direction of a labelled fault, while it is there."""
    opposites = _opposites(exercise)
    return tuple(
        cue
        for cue in corrections
        if any(
            cue.check in opposites.get(window.label.check, ())
            and _during(cue.t_s, window.against_s)
            for window in windows
        )
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
