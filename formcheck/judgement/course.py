"""What the engine asks of a movement: holds and repetitions each run a course of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from formcheck.judgement.measuring import Measurement
from formcheck.judgement.rule import Check, View
from formcheck.types import Bout, CheckState, Cue, Finding, Hold, Hop, Level, Phase, Rep

NOT_JUDGED = CheckState(Level.NOT_JUDGED, None, None)


class Judge(Protocol):
    """One check under judgement, as the choice of cues sees it."""

    @property
    def check(self) -> Check:
        """The check."""
        ...

    @property
    def at_fault(self) -> bool:
        """Whether a fault is on."""
        ...

    @property
    def clear(self) -> bool:
        """Whether neither a fault nor a warning is on."""
        ...

    @property
    def judged_now(self) -> bool:
        """Whether it has just been seen; nothing older is spoken of."""
        ...

    @property
    def fault_since_s(self) -> float:
        """When the fault began."""
        ...


@dataclass(frozen=True, slots=True)
class CourseState:
    """Where the course stands after one measurement.

    Attributes:
        phase: Where the person is.
        began_s: Set when a hold or set was confirmed at this moment: when it began.
        judges: The checks under judgement; empty while away.
        checks: By check code.
        score: Form score of this frame, or None.
        judged: Whether form was judged in this frame.
        neutral: The user's own neutral by feature name.
        held_s: Length of the current hold.
        good_form_s: Seconds of it in good form.
        reps: Repetitions counted so far.
        ended: Repetitions that were over at this moment, those that do not count included.
        hops: Jumps counted so far.
        landed: Jumps whose contact was over at this moment.
        stance: How the body is supported.
        cue: What the course itself has to say, ahead of any check.
    """

    phase: Phase
    began_s: float | None
    judges: Sequence[Judge]
    checks: Mapping[str, CheckState]
    score: float | None
    neutral: Mapping[str, float]
    judged: bool
    held_s: float = 0.0
    good_form_s: float = 0.0
    reps: int = 0
    ended: tuple[Rep, ...] = ()
    hops: int = 0
    landed: tuple[Hop, ...] = ()
    stance: str | None = None
    cue: Cue | None = None


@dataclass(frozen=True, slots=True)
class CourseResult:
    """What a whole course came to.

    Attributes:
        judged_s: Seconds in which form was judged.
        holds: As in a report.
        reps: As in a report.
        sets_s: As in a report.
        findings: In no order.
        judged: Codes of the checks that were ever judged.
        own_range: As in a report.
        views: From where the camera saw the repetitions.
        hops: As in a report.
        bouts: As in a report.
    """

    judged_s: float
    holds: tuple[Hold, ...]
    findings: tuple[Finding, ...]
    judged: frozenset[str]
    reps: tuple[Rep, ...] = ()
    sets_s: tuple[tuple[float, float], ...] = ()
    own_range: Mapping[str, tuple[float, float]] | None = None
    views: frozenset[View] = frozenset()
    hops: tuple[Hop, ...] = ()
    bouts: tuple[Bout, ...] = ()


class Course(Protocol):
    """Follows one movement through a session."""

    def update(self, m: Measurement, dt_s: float) -> CourseState:
        """Takes one measurement that lasted ``dt_s``."""
        ...

    def gap(self, last_s: float, t_s: float) -> None:
        """Nothing was observed between these two times."""
        ...

    def close(self, last_s: float) -> CourseResult:
        """Ends what is still open."""
        ...
