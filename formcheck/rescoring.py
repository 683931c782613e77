"""What would have been said with other limits, from what was measured, without running pose.

Measuring depends on the exercise's features and never on its limits, so a session is measured once
and judged as often as limits are tried. There is one engine: a judgement made here is the one that
a live session or a clip gets, bit for bit.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from formcheck.judgement.engine import Engine
from formcheck.judgement.measuring import Measurement, Measurer
from formcheck.judgement.recall import Recall
from formcheck.judgement.rule import Exercise, HoldMovement, HopMovement
from formcheck.types import Cue, Finding, Observation, Rep, Report, StepOutput

__all__ = [
    "CueChange",
    "Difference",
    "FindingChange",
    "Measured",
    "Number",
    "RepChange",
    "difference",
    "limits_key",
]

CUE_MOVES_S = 4.0
"""The same words so much earlier or later are the same cue: as long as the pause between two."""


class Measured:
    """One recorded session, measured for one exercise, to be judged with different limits.

    Args:
        observations: The session, in order of time.
        exercise: What it is measured for.
        set_up: Whether the session began with the spoken set-up of the user's own range.

    Raises:
        ValueError: the times of the observations do not increase.
    """

    def __init__(
        self, observations: Iterable[Observation], exercise: Exercise, *, set_up: bool = False
    ) -> None:
        measurer = Measurer(exercise)
        self._exercise = exercise
        self._set_up = set_up
        self._recall = Recall()
        self._reports: dict[str, Report] = {}
        self._measurements: Sequence[Measurement] = [measurer.measure(o) for o in observations]

    @classmethod
    def of(
        cls,
        measurements: Sequence[Measurement],
        exercise: Exercise,
        *,
        set_up: bool = False,
        recall: Recall | None = None,
        reports: Mapping[str, Report] = MappingProxyType({}),
    ) -> Measured:
        """The same from measurements that were made earlier.

        Args:
            measurements: In order of time.
            exercise: What they were measured for.
            set_up: As above.
            recall: What was worked out of them.
            reports: What was said of them, as :attr:`reports` had it.
        """
        made = cls((), exercise, set_up=set_up)
        made._measurements = measurements
        made._recall = Recall() if recall is None else recall
        made._reports = dict(reports)
        return made

    @property
    def exercise(self) -> Exercise:
        """What it was measured for."""
        return self._exercise

    @property
    def set_up(self) -> bool:
        """Whether the session began with the spoken set-up."""
        return self._set_up

    @property
    def measurements(self) -> Sequence[Measurement]:
        """What was measured, in order of time."""
        return self._measurements

    @property
    def recall(self) -> Recall:
        """What was worked out of the measurements."""
        return self._recall

    @property
    def reports(self) -> Mapping[str, Report]:
        """What was said with limits that will be asked for again, by :func:`limits_key`."""
        return self._reports

    def report(
        self,
        exercise: Exercise,
        told: Callable[[StepOutput], object] | None = None,
        *,
        keep: bool = False,
    ) -> Report:
        """What is said with the limits of this exercise.

        Args:
            exercise: The one it was measured for, with whatever limits.
            told: Given what is said of each moment.
            keep: Whether the same limits will be asked for again.

        Raises:
            ValueError: it differs in more than its limits from what was measured for.
        """
        if (exercise.name, exercise.features) != (self._exercise.name, self._exercise.features):
            raise ValueError(f"measured for {self._exercise.name}, not for {exercise.name}")
        key = limits_key(exercise, set_up=self._set_up)
        if told is None and key in self._reports:
            return self._reports[key]
        engine = Engine(exercise, set_up=self._set_up, recall=self._recall)
        for measurement in self._measurements:
            output = engine.judge(measurement)
            if told is not None:
                told(output)
        report = engine.close()
        if keep:
            self._reports[key] = report
        return report


def limits_key(exercise: Exercise, *, set_up: bool) -> str:
    """Names what a report follows from besides the measurements and the code."""
    limits = [(check.code, check.limits, check.absolute) for check in exercise.checks]
    said = repr((exercise.name, exercise.version, set_up, limits))
    return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FindingChange:
    """A fault or warning that came, went, or is another one than before.

    Attributes:
        before: As it was; None: it is new.
        after: As it is; None: it is gone.
    """

    before: Finding | None
    after: Finding | None

    @property
    def start_s(self) -> float:
        """When the earlier of the two begins."""
        return min(f.start_s for f in (self.before, self.after) if f is not None)


@dataclass(frozen=True, slots=True)
class CueChange:
    """A cue that came, went, or is given at another time.

    Attributes:
        before: As it was; None: it is new.
        after: As it is; None: it is not given any more.
    """

    before: Cue | None
    after: Cue | None

    @property
    def t_s(self) -> float:
        """When the earlier of the two is given."""
        return min(cue.t_s for cue in (self.before, self.after) if cue is not None)


@dataclass(frozen=True, slots=True)
class RepChange:
    """A repetition that is judged otherwise.

    Attributes:
        index: Its place among all that were seen, those that do not count included, from 0.
        before: As it was; None: it was not seen.
        after: As it is; None: it is not seen any more.
    """

    index: int
    before: Rep | None
    after: Rep | None


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a report, before and after.

    Attributes:
        name: As in ``report.json``; ends in its unit where it has one.
        before: As it was.
        after: As it is.
    """

    name: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How two reports of one session differ.

    Attributes:
        numbers: The totals that matter for the exercise, changed or not.
        findings: Those that differ in level or time, in order of time.
        unchanged: How many findings are the same in both.
        reps: Repetitions that are judged otherwise.
        cues: Cues that came, went, or come at another time, in order of time.
    """

    numbers: tuple[Number, ...]
    findings: tuple[FindingChange, ...]
    unchanged: int
    reps: tuple[RepChange, ...]
    cues: tuple[CueChange, ...]

    @property
    def nothing(self) -> bool:
        """Whether the same would have been said."""
        changed = self.findings or self.reps or self.cues
        return not changed and all(n.before == n.after for n in self.numbers)


def difference(before: Report, after: Report, exercise: Exercise) -> Difference:
    """How two reports of one session differ.

    Args:
        before: With the limits as they were.
        after: With the limits as they are.
        exercise: Either of the two; says what is counted.
    """
    pairs = _paired(before.findings, after.findings)
    changes = [FindingChange(old, new) for old, new in pairs if _verdict(old) != _verdict(new)]
    return Difference(
        numbers=tuple(
            Number(name, float(old), float(new))
            for (name, old), (_, new) in zip(
                _totals(before, exercise), _totals(after, exercise), strict=True
            )
        ),
        findings=tuple(sorted(changes, key=lambda change: change.start_s)),
        unchanged=len(pairs) - len(changes),
        reps=_changed_reps(before.reps, after.reps),
        cues=_changed_cues(before.cues, after.cues),
    )


def _totals(report: Report, exercise: Exercise) -> list[tuple[str, float]]:
    """What a coach asks first of an exercise of this kind."""
    faults = ("findings", len(report.findings))
    cues = ("cues", len(report.cues))
    if isinstance(exercise.movement, HoldMovement):
        return [("held_s", report.held_s), ("good_form_s", report.good_form_s), faults, cues]
    if isinstance(exercise.movement, HopMovement):
        good = sum(hop.good for hop in report.hops)
        return [("jumps", len(report.hops)), ("jumps_good", good), faults, cues]
    good = sum(rep.good for rep in report.reps)
    return [("reps_counted", report.reps_counted), ("reps_good", good), faults, cues]


def _verdict(finding: Finding | None) -> tuple[object, ...]:
    return () if finding is None else (finding.level, finding.start_s, finding.end_s)


def _paired(
    before: Sequence[Finding], after: Sequence[Finding]
) -> list[tuple[Finding | None, Finding | None]]:
    """Findings of one check that share some time, the longest shared first; each at most once."""
    taken: dict[int, int] = {}
    left = set(range(len(after)))
    for _, i, k in sorted(_shared(before, after), key=lambda found: (-found[0], *found[1:])):
        if i not in taken and k in left:
            taken[i] = k
            left.remove(k)
    pairs: list[tuple[Finding | None, Finding | None]] = [
        (old, after[taken[i]] if i in taken else None) for i, old in enumerate(before)
    ]
    return pairs + [(None, after[k]) for k in sorted(left)]


def _shared(
    before: Sequence[Finding], after: Sequence[Finding]
) -> Iterator[tuple[float, int, int]]:
    """Seconds that two findings of one check share, and the places of both."""
    for check in {finding.check for finding in before}:
        # Findings of one check follow one another, so those that are over stay over.
        others = deque((k, new) for k, new in enumerate(after) if new.check == check)
        for i, old in enumerate(before):
            if old.check != check:
                continue
            while others and others[0][1].end_s < old.start_s:
                others.popleft()
            for k, new in others:
                if new.start_s > old.end_s:
                    break
                yield min(old.end_s, new.end_s) - max(old.start_s, new.start_s), i, k


def _changed_reps(before: Sequence[Rep], after: Sequence[Rep]) -> tuple[RepChange, ...]:
    """What differs; a repetition is found by its times, which limits do not move."""
    old = {(rep.start_s, rep.end_s): rep for rep in before}
    new = {(rep.start_s, rep.end_s): rep for rep in after}
    spans = sorted(old.keys() | new.keys())
    pairs = [(old.get(span), new.get(span)) for span in spans]
    return tuple(
        RepChange(index, one, other)
        for index, (one, other) in enumerate(pairs)
        if _rep_verdict(one) != _rep_verdict(other)
    )


def _rep_verdict(rep: Rep | None) -> tuple[object, ...]:
    return () if rep is None else (rep.why_not, dict(rep.levels))


def _changed_cues(before: Sequence[Cue], after: Sequence[Cue]) -> tuple[CueChange, ...]:
    """What differs; the same words a little earlier or later are one cue that moved."""
    gone, new = Counter(before) - Counter(after), Counter(after) - Counter(before)
    left = sorted(new.elements(), key=_cue_time)
    found = []
    for old in sorted(gone.elements(), key=_cue_time):
        alike = [cue for cue in left if _same_words(cue, old)]
        moved = min(alike, key=partial(_apart_s, old), default=None)
        if moved is not None:
            left.remove(moved)
        found.append(CueChange(old, moved))
    found += [CueChange(None, cue) for cue in left]
    return tuple(sorted(found, key=lambda change: change.t_s))


def _cue_time(cue: Cue) -> float:
    return cue.t_s


def _apart_s(one: Cue, other: Cue) -> float:
    return abs(one.t_s - other.t_s)


def _same_words(one: Cue, other: Cue) -> bool:
    alike = (one.kind, one.text, one.check) == (other.kind, other.text, other.check)
    return alike and _apart_s(one, other) <= CUE_MOVES_S
