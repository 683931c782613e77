"""How far the program and a coach agree, check by check: Cohen's kappa over what both rated.

What is rated are repetitions, where there are some, else stretches of :data:`INTERVAL_S` of the
time in which the exercise was done (interval-by-interval agreement, as in direct observation).
Each is rated once by the program and once by the coach for each check: something was to be said of
it, or not. The coach's rating comes from the notes of a session:

- a finding that the coach agreed with or moved to another level, and one that was added: yes;
- a finding that was overruled: no;
- a finding that the coach said nothing of: not rated, for silence is no opinion;
- time in which nothing was found and nothing added: no, as the coach was through with the session.

Sessions that no coach was through with are not rated at all.

Kappa: J. Cohen, "A coefficient of agreement for nominal scales", Educ. Psychol. Meas. 20 (1960).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from formcheck.evaluation.truth import Span
from formcheck.judgement.rule import Exercise
from formcheck.notes import Notes, Subject, Verdict
from formcheck.types import Finding, Hop, Level, Rep, Report

__all__ = [
    "INTERVAL_S",
    "Agreement",
    "CoachedSpan",
    "Rating",
    "Said",
    "agreement",
    "coached_spans",
    "counted_alike",
    "is_rated",
    "ratings",
]

INTERVAL_S = 2.0
"""About as long as a cue takes to be said and heeded."""

OVERLAP = 0.5
"""Something belongs to a stretch of time when so much of the shorter one lies in the other."""

FEWEST_SESSIONS = 5
"""With fewer the range of kappa would be a guess."""
_RESAMPLES = 1000
_SEED = 20


class Said(Enum):
    """What the coach says of a stretch of time."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CoachedSpan:
    """A stretch of time that a coach, or nobody, said something about.

    Attributes:
        check: Code of the check.
        span_s: When.
        said: Whether something was to be said of it.
        level: How bad the coach finds it; None where nothing was to be said or it isn't known.
    """

    check: str
    span_s: Span
    said: Said
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """One repetition or interval, rated twice for one check.

    Attributes:
        session: Which session it belongs to.
        check: Code of the check.
        program: Whether the program had something to say of it.
        coach: Whether the coach had.
    """

    session: str
    check: str
    program: bool
    coach: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """What ratings come to.

    Attributes:
        sessions: How many have a rating.
        both: Ratings in which both had something to say.
        program_only: The program alone: false, as the coach sees it.
        coach_only: The coach alone: missed.
        neither: Neither.
        kappa: Cohen's, -1 to 1; None where it is not defined, as all ratings are alike.
        kappa_range: 95 % range by resampling sessions; None with fewer than
            :data:`FEWEST_SESSIONS`.
    """

    sessions: int
    both: int
    program_only: int
    coach_only: int
    neither: int
    kappa: float | None
    kappa_range: tuple[float, float] | None

    @property
    def rated(self) -> int:
        """How many ratings there are."""
        return self.both + self.program_only + self.coach_only + self.neither

    @property
    def same(self) -> int:
        """In how many of them both say the same."""
        return self.both + self.neither


def is_rated(notes: Notes) -> bool:
    """Whether silence in these notes means that nothing was to be said."""
    return bool(notes.reviewed)


def coached_spans(saved: Report, notes: Notes) -> tuple[CoachedSpan, ...]:
    """What a coach says, by check and time; time that is in none of the spans is clean.

    Args:
        saved: The report that the coach had.
        notes: What the coach said of it.
    """
    said = [_of_finding(finding, notes) for finding in saved.findings]
    said += _of_reps(saved, notes)
    said += [
        CoachedSpan(opinion.check or "", (opinion.start_s, opinion.end_s), Said.YES, opinion.level)
        for opinion in notes.opinions
        if opinion.verdict is Verdict.ADD
        and opinion.subject is Subject.FINDING
        and opinion.level is not Level.GOOD
    ]
    return tuple(said)


def _of_finding(finding: Finding, notes: Notes) -> CoachedSpan:
    opinion = notes.opinion_of(finding)
    span_s = finding.start_s, finding.end_s
    if opinion is None:
        return CoachedSpan(finding.check, span_s, Said.UNKNOWN)
    unsaid = opinion.verdict is Verdict.OVERRULE and opinion.level is None
    if unsaid or opinion.level is Level.GOOD:
        return CoachedSpan(finding.check, span_s, Said.NO)
    return CoachedSpan(finding.check, span_s, Said.YES, opinion.level or finding.level)


def _of_reps(saved: Report, notes: Notes) -> Iterator[CoachedSpan]:
    """What is said of single repetitions and one of their checks."""
    for rep in saved.reps:
        for check, level in rep.levels.items():
            opinion = notes.opinion_of(rep, check)
            if opinion is None:
                continue
            agreed = opinion.verdict is Verdict.AGREE
            final = opinion.level or (level if agreed else Level.GOOD)
            said = Said.YES if final >= Level.WARN else Said.NO
            yield CoachedSpan(check, (rep.start_s, rep.end_s), said, final)


def counted_alike(saved: Report, notes: Notes) -> tuple[int, int]:
    """Of how many repetitions and jumps the coach says whether they count, and of how many alike.

    One that the program has not seen and the coach has is one that they don't agree on.

    Returns:
        How many were rated, and in how many of them program and coach agree.
    """
    rated = alike = 0
    seen: tuple[Rep | Hop, ...] = (*saved.reps, *saved.hops)
    for one in seen:
        opinion = notes.opinion_of(one)
        if opinion is None:
            continue
        counted = not isinstance(one, Rep) or one.counted
        says = opinion.counts if opinion.counts is not None else counted
        if opinion.verdict is Verdict.OVERRULE and opinion.counts is None:
            says = not counted
        rated += 1
        alike += says == counted
    missed = (
        *notes.missed(saved.reps, Subject.REP),
        *notes.missed(saved.hops, Subject.JUMP),
    )
    return rated + len(missed), alike


def ratings(
    session: str, exercise: Exercise, report: Report, spans: Sequence[CoachedSpan]
) -> Iterator[Rating]:
    """What program and coach say of each repetition or interval of one session.

    Args:
        session: What it is called.
        exercise: What judged.
        report: What the program says, now.
        spans: What the coach says (:func:`coached_spans`).
    """
    for check in exercise.checks:
        if check.code in report.not_judged_checks:
            continue
        of_check = [span for span in spans if span.check == check.code]
        for unit, program in _units(report, check.code):
            coach = _coach(unit, of_check)
            if coach is not Said.UNKNOWN:
                yield Rating(session, check.code, program, coach is Said.YES)


def _units(report: Report, check: str) -> Iterator[tuple[Span, bool]]:
    """Repetitions in which a check was judged, else intervals; and whether something was said."""
    told = [(f.start_s, f.end_s) for f in report.findings if f.check == check]
    if report.reps:
        for rep in report.reps:
            level = rep.levels.get(check)
            if level is not None:
                span = rep.start_s, rep.end_s
                yield span, level >= Level.WARN or _belongs(span, told)
        return
    done = [(hold.start_s, hold.end_s) for hold in report.holds]
    done += [(bout.start_s, bout.end_s) for bout in report.bouts]
    for start_s, end_s in done:
        for number in range(int((end_s - start_s) / INTERVAL_S)):
            from_s = start_s + number * INTERVAL_S
            span = from_s, from_s + INTERVAL_S
            yield span, _belongs(span, told)


def _coach(unit: Span, spans: Sequence[CoachedSpan]) -> Said:
    """The coach's word on a unit: what was said outweighs what is not known."""
    for said in (Said.YES, Said.NO, Said.UNKNOWN):
        if _belongs(unit, [span.span_s for span in spans if span.said is said]):
            return said
    return Said.NO


def _belongs(unit: Span, spans: Iterable[Span]) -> bool:
    for start_s, end_s in spans:
        shared_s = min(unit[1], end_s) - max(unit[0], start_s)
        # What lasts a moment is shared as a whole, or not at all.
        shorter_s = max(min(unit[1] - unit[0], end_s - start_s), 1e-6)
        if shared_s >= OVERLAP * shorter_s or (start_s == end_s and unit[0] <= start_s < unit[1]):
            return True
    return False


def agreement(rated: Sequence[Rating]) -> Agreement:
    """Adds ratings up."""
    by_session: dict[str, list[int]] = {}
    for rating in rated:
        counts = by_session.setdefault(rating.session, [0, 0, 0, 0])
        counts[2 * (not rating.program) + (not rating.coach)] += 1
    tables = np.array(list(by_session.values()), dtype=np.int64).reshape(-1, 4)
    both, program_only, coach_only, neither = (int(n) for n in tables.sum(axis=0))
    return Agreement(
        sessions=len(tables),
        both=both,
        program_only=program_only,
        coach_only=coach_only,
        neither=neither,
        kappa=_kappa(both, program_only, coach_only, neither),
        kappa_range=_kappa_range(tables),
    )


def _kappa(both: int, program_only: int, coach_only: int, neither: int) -> float | None:
    total = both + program_only + coach_only + neither
    if not total:
        return None
    observed = (both + neither) / total
    program, coach = (both + program_only) / total, (both + coach_only) / total
    by_chance = program * coach + (1.0 - program) * (1.0 - coach)
    return None if by_chance == 1.0 else (observed - by_chance) / (1.0 - by_chance)


def _kappa_range(tables: NDArray[np.int64]) -> tuple[float, float] | None:
    """Ratings of one session hang together, so whole sessions are drawn."""
    if len(tables) < FEWEST_SESSIONS:
        return None
    chance = np.random.default_rng(_SEED)
    drawn = tables[chance.integers(len(tables), size=(_RESAMPLES, len(tables)))].sum(axis=1)
    kappas = [kappa for row in drawn if (kappa := _kappa(*(int(n) for n in row))) is not None]
    if not kappas:
        return None
    low, high = np.percentile(kappas, (2.5, 97.5))
    return float(low), float(high)
