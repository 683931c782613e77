"""What stands of a report once a coach was through with it: the words of both put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from formcheck.judgement.rule import Exercise
from formcheck.notes import Notes, Opinion, Subject, Verdict
from formcheck.presentation import hops, reps
from formcheck.types import Finding, Hop, Level, Rep, Report

__all__ = ["AgreedRep", "Point", "agreed_jumps", "agreed_reps", "overruled", "points"]


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that is not as it should be, as it stands in the end.

    Attributes:
        check: Code of the check.
        level: WARN or FAULT.
        spans_s: When, (start, end), in order of time.
        shown_s: The moment that shows it best.
        finding: As the program measured it, where it was furthest out; None: only the coach saw it.
        by_coach: Whether the coach has said so, or said that it is so.
        text: What the coach said of it; may be empty.
    """

    check: str
    level: Level
    spans_s: tuple[tuple[float, float], ...]
    shown_s: float
    finding: Finding | None
    by_coach: bool
    text: str


@dataclass(frozen=True, slots=True)
class AgreedRep:
    """What a repetition comes to.

    Attributes:
        counts: Whether it counts.
        good: Whether it counts and nothing in it was a fault.
    """

    counts: bool
    good: bool


def overruled(report: Report, exercise: Exercise, notes: Notes) -> tuple[Finding, ...]:
    """The findings that do not stand: the coach said that they are not so.

    Either of the finding itself, or of its check in the repetition or the jumps that it was made
    in.
    """
    return tuple(f for f in report.findings if _stands_as(f, report, exercise, notes) is None)


def points(report: Report, exercise: Exercise, notes: Notes) -> list[Point]:
    """What is to be worked on: one for each check, what matters most first.

    What the coach has said or added comes before what the program alone found; then faults come
    before warnings, and of each what was furthest out.
    """
    found: dict[str, list[Point]] = {}
    for finding in hops.worst_first(_known(report.findings, exercise), exercise):
        level = _stands_as(finding, report, exercise, notes)
        if level is None or level < Level.WARN:
            continue
        opinion = notes.opinion_of(finding)
        found.setdefault(finding.check, []).append(
            Point(
                check=finding.check,
                level=level,
                spans_s=((finding.start_s, finding.end_s),),
                shown_s=finding.worst_t_s,
                finding=finding,
                by_coach=opinion is not None,
                text="" if opinion is None else opinion.text.strip(),
            )
        )
    for opinion in notes.opinions:
        point = _added(opinion, report, exercise, notes)
        if point is not None:
            found.setdefault(point.check, []).append(point)
    together = [_together(same) for same in found.values()]
    return sorted(together, key=lambda point: (not point.by_coach, -point.level))


def agreed_reps(report: Report, exercise: Exercise, notes: Notes) -> tuple[AgreedRep, ...]:
    """What the repetitions come to with the coach's word in the place of the program's.

    Those that the coach alone has seen come last; they are good where the coach says so.
    """
    spoken = [finding for finding in report.findings if notes.opinion_of(finding) is not None]
    made_in = [(finding, _made_in(finding, report, exercise)) for finding in spoken]
    added = [
        opinion
        for opinion in notes.opinions
        if (point := _added(opinion, report, exercise, notes)) and point.level is Level.FAULT
    ]
    found = []
    for rep in report.reps:
        own = [finding for finding, reps_of in made_in if any(one is rep for one in reps_of)]
        stands = {f.check: _stands_as(f, report, exercise, notes) or Level.GOOD for f in own}
        agreed = _agreed(rep, notes, stands)
        missed = any(rep.start_s <= (o.start_s + o.end_s) / 2.0 <= rep.end_s for o in added)
        found.append(replace(agreed, good=agreed.good and not missed))
    alone = notes.missed(report.reps, Subject.REP)
    return (*found, *(AgreedRep(True, opinion.level is Level.GOOD) for opinion in alone))


def agreed_jumps(report: Report, notes: Notes) -> int:
    """How many jumps count, as the coach sees it."""
    opinions = [notes.opinion_of(hop) for hop in report.hops]
    counted = sum(opinion is None or opinion.counts is not False for opinion in opinions)
    return counted + len(notes.missed(report.hops, Subject.JUMP))


def _agreed(rep: Rep, notes: Notes, stands: Mapping[str, Level]) -> AgreedRep:
    """A repetition that the program has seen.

    Args:
        rep: The repetition.
        notes: What the coach said.
        stands: Check → what stands of a finding that was made in it and that the coach spoke of.
    """
    whole = notes.opinion_of(rep)
    counts = rep.counted if whole is None or whole.counts is None else whole.counts
    levels = []
    for check, level in rep.levels.items():
        opinion = notes.opinion_of(rep, check)
        levels.append(stands.get(check, level) if opinion is None else _level_of(opinion, level))
    return AgreedRep(counts, counts and Level.FAULT not in levels)


def _level_of(opinion: Opinion | None, level: Level) -> Level:
    if opinion is None:
        return level
    if opinion.level is not None:
        return opinion.level
    return Level.GOOD if opinion.verdict is Verdict.OVERRULE else level


def _known(findings: Iterable[Finding], exercise: Exercise) -> list[Finding]:
    """Those whose check the rule of today still has."""
    codes = {check.code for check in exercise.checks}
    return [finding for finding in findings if finding.check in codes]


def _stands_as(finding: Finding, report: Report, exercise: Exercise, notes: Notes) -> Level | None:
    """The level of a finding in the end; None: it does not stand."""
    opinion = notes.opinion_of(finding)
    if opinion is not None:
        level = _level_of(opinion, finding.level)
        return None if level is Level.GOOD else level
    said = [
        _level_of(notes.opinion_of(one, finding.check), finding.level)
        for one in _made_in(finding, report, exercise)
    ]
    level = max(said, default=finding.level)
    return None if level is Level.GOOD else level


def _made_in(finding: Finding, report: Report, exercise: Exercise) -> list[Rep | Hop]:
    """The repetition, or the jumps, that a finding was made in."""
    check = next((c for c in exercise.checks if c.code == finding.check), None)
    rep = None if check is None else reps.rep_of(finding, check, report.reps)
    if rep is not None:
        return [rep]
    return [
        hop
        for hop in report.hops
        if finding.start_s <= hop.landing_s <= finding.end_s
        and hop.levels.get(finding.check, Level.NOT_JUDGED) >= Level.WARN
    ]


def _added(opinion: Opinion, report: Report, exercise: Exercise, notes: Notes) -> Point | None:
    """A point that only the coach saw; None where the opinion is of something else."""
    if opinion.verdict is not Verdict.ADD or opinion.subject is not Subject.FINDING:
        return None
    about = [finding for finding in report.findings if opinion.is_about(finding)]
    stand = (_stands_as(finding, report, exercise, notes) is not None for finding in about)
    if any(stand) or not opinion.check:
        return None
    level = opinion.level or Level.FAULT
    if level < Level.WARN:
        return None
    middle_s = (opinion.start_s + opinion.end_s) / 2.0
    span_s = (opinion.start_s, opinion.end_s)
    return Point(opinion.check, level, (span_s,), middle_s, None, True, opinion.text.strip())


def _together(same: list[Point]) -> Point:
    """Several points of one check as one: shown where the coach pointed at it, or at its worst."""
    first = next((point for point in same if point.by_coach), same[0])
    texts: Mapping[str, None] = dict.fromkeys(point.text for point in same if point.text)
    return replace(
        first,
        level=max(point.level for point in same),
        spans_s=tuple(sorted(span for point in same for span in point.spans_s)),
        finding=next((point.finding for point in same if point.finding is not None), None),
        text=" ".join(texts),
    )
