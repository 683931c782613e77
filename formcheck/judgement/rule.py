"""The public rule API: an exercise is a frozen value, built from measures, checks and a movement.

A rule module holds one :class:`Exercise`. It imports from here, from
:mod:`formcheck.kinematics.features` and from :mod:`formcheck.types`, keeps no state and draws
nothing; the engine does the rest. See ``docs/writing-a-rule.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from formcheck.enums import quick
from formcheck.judgement.hopmeasures import HopMeasure
from formcheck.judgement.repmeasures import RepMeasure, Sample
from formcheck.kinematics.features import Body, Feature
from formcheck.kinematics.view import MAX_SIDE_YAW_DEG, View
from formcheck.landmarks import Joint, Side
from formcheck.readiness import Readiness
from formcheck.types import Level, Priority, Reason, Rep

__all__ = [
    "Body",
    "Check",
    "Exercise",
    "Feature",
    "HoldMovement",
    "HopMeasure",
    "HopMovement",
    "Joint",
    "Level",
    "Limits",
    "Neutral",
    "OwnRange",
    "Priority",
    "Readiness",
    "Reason",
    "Reference",
    "Rep",
    "RepMeasure",
    "RepMovement",
    "Sample",
    "Side",
    "Track",
    "Unlike",
    "View",
]


@quick
class Reference(str, Enum):
    """What a check compares its measure with."""

    ZERO = "zero"
    """Nothing: the measure itself."""
    NEUTRAL = "neutral"
    """The user's own neutral, taken in the first seconds of the hold."""
    DRIFT = "drift"
    """The first five seconds of the hold: the size of the change from them to the last five."""


def score_at(excess: float) -> float:
    """Form score of a value that is so far beyond the good limit, in grey zones."""
    share = 1.0 - excess / 2.0
    if not share > 0.0:
        return 0.0
    return 100.0 * share if share < 1.0 else 100.0


@dataclass(frozen=True, slots=True)
class Limits:
    """A one-sided band: good up to ``good``, a warning up to ``fault``, a fault beyond.

    The side follows from the order: ``fault < good`` judges small values, ``fault > good`` large
    ones. The stretch between the two is the grey zone and has to be wider than the error of the
    measure.

    Raises:
        ValueError: the two limits are equal.
    """

    good: float
    fault: float

    def __post_init__(self) -> None:
        if self.good == self.fault:
            raise ValueError("a band needs a grey zone: good and fault limits are equal")

    @property
    def sign(self) -> int:
        """+1 when large values are bad, −1 when small ones are."""
        return 1 if self.fault > self.good else -1

    def excess(self, value: float) -> float:
        """How far ``value`` is beyond the good limit, as a share of the grey zone.

        0 and less is good, 0 to 1 a warning, above 1 a fault.
        """
        return (value - self.good) / (self.fault - self.good)

    def level(self, value: float) -> Level:
        """The level of one value, without persistence."""
        excess = self.excess(value)
        if excess > 1.0:
            return Level.FAULT
        return Level.WARN if excess > 0.0 else Level.GOOD

    def score(self, value: float) -> float:
        """Form score: 100 inside good, 50 at the fault limit, 0 from one grey zone beyond it."""
        return score_at(self.excess(value))

    def shifted(self, offset: float) -> Limits:
        """The same band about another zero."""
        return Limits(self.good + offset, self.fault + offset)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that an exercise looks at.

    Attributes:
        code: Kebab-case, names the fault, e.g. ``hips-sag``. Never reused for another fault.
        title: The fault in words for a report, e.g. "Hips dropped".
        measure: What is judged: a feature, from frame to frame, or a measure of a repetition.
        limits: The band, on the measure less its reference.
        cue: What is said, at most six words; the name of its recording.
        why: Why it matters, one or two sentences.
        evidence: Where the limit comes from, and how sure that is.
        error: Half the width of the 95 % range of one judged value, as measured
            (``docs/accuracy.md``) or, where nothing was measured, as engineering judgement.
        absolute_error: The same for ``absolute``, where people differ as well.
        in_metres: What a value means as a length for someone of a stature, both in metres; None
            when it means none.
        priority: Which cue wins.
        reference: What the measure is compared with.
        absolute: With ``Reference.NEUTRAL``: the band on the measure itself, used while there is
            no neutral. None: not judged without a neutral.
        neutral_range: With ``Reference.NEUTRAL``: the neutral is clamped to this range before it
            is subtracted, so that a hold which began with the opposite fault is not called
            faulty when it is put right.
        only_in: Stances in which the check makes sense; empty for all.
        yields_to: Codes of checks that explain this one: while one of them is at fault, this one
            stays silent.
        yields_early: Whether a warning of those is enough for it to stay silent.
        persistence_s: How long the measure must be beyond a limit (for at least 80 % of the time).
        stops_clock: Whether time at fault is not good form; False for mere notices.
        praise: What is said when the fault was put right after its cue.
        cue_again: What is said instead of the cue when it has to be said again; empty: the same.
        early: For a measure of repetitions: judged while the repetition is still under way, so
            that the cue comes in time to mend it.
        voids: Whether a repetition with this fault does not count.
        reps_to_speak: So many of the last three repetitions must be at fault before it is said.
            Of jumps it is always five of the last eight.
        view: From where it is judged; None: the exercise's own view, and for jumps any.
        spoken: False for what is shown and reported and never said.
    """

    code: str
    title: str
    measure: Feature | RepMeasure | HopMeasure
    limits: Limits
    cue: str
    why: str
    evidence: str
    priority: Priority
    error: float
    absolute_error: float | None = None
    in_metres: Callable[[float, float], float] | None = None
    reference: Reference = Reference.ZERO
    absolute: Limits | None = None
    neutral_range: tuple[float, float] | None = None
    only_in: frozenset[str] = frozenset()
    yields_to: frozenset[str] = frozenset()
    yields_early: bool = False
    persistence_s: float = 0.8
    stops_clock: bool = True
    praise: str = "Better, hold that"
    cue_again: str = ""
    early: bool = False
    voids: bool = False
    reps_to_speak: int = 1
    spoken: bool = True
    view: View | None = None

    @property
    def unit(self) -> str:
        """Unit of the measure."""
        return self.measure.unit

    def error_of(self, relative: bool) -> float:
        """Half the 95 % range of a value that is a change from neutral, or is not."""
        if relative or self.absolute_error is None:
            return self.error
        return self.absolute_error


@dataclass(frozen=True, slots=True)
class Neutral:
    """What the user's own neutral of one feature must look like to be taken.

    Attributes:
        feature: The feature.
        plausible: Range (lo, hi) outside which no neutral is taken, so that a hold which is badly
            off from its first second is still called faulty.
        steady: Largest spread (10th to 90th percentile) over the two seconds it is taken from.
    """

    feature: Feature
    plausible: tuple[float, float]
    steady: float


def _always(_: Body) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class HoldMovement:
    """A position that is held.

    Attributes:
        position: Tells why a body is not in the position, or None when it is. Called for every
            frame in which the view gate is open; NaN compares false, so write each condition so
            that a missing measure gives a reason.
        stance: Names how the body is supported (e.g. "forearms and toes"), or None when that
            can't be told. Features see it as ``body.stance``; a change of it must last.
        settled: A stricter condition that the position must meet for a hold to begin (not to go
            on), so that moving into place does not count.
        passing: Codes of those reasons that betray repetitions which only pass through the
            position: they end a hold at once, and after one a hold must last ``settle_s`` to
            count.
        alternating: Codes of reasons that do so only when the position was seen just before
            (knees that are drawn in and put back, say), and not on the way into it.
        enter_s: The position must be seen for so long before the hold counts (back-dated).
        leave_s: The position must be gone for so long before the hold ends (back-dated).
        settle_s: Stands for ``enter_s`` shortly after a passing reason.
    """

    position: Callable[[Body], Reason | None]
    stance: Callable[[Body], str | None]
    settled: Callable[[Body], bool] = _always
    passing: frozenset[str] = frozenset()
    alternating: frozenset[str] = frozenset()
    enter_s: float = 1.0
    leave_s: float = 1.0
    settle_s: float = 4.0


@dataclass(frozen=True, slots=True)
class Track:
    """One movement that is made again and again.

    Attributes:
        signal: Grows on the way out (limbs going out, hips going up) and falls on the way back.
        side: The leg that it is about, or None.
    """

    signal: Feature
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class RepMovement:
    """A movement that is repeated, from one start position.

    Attributes:
        position: As for a hold: why the body is not in a position that the exercise passes
            through, or None when it is, on the whole way of a repetition.
        stance: As for a hold.
        tracks: The movements; those of two sides take turns.
        least: The smallest change of a signal that is a repetition, in its unit.
        notes: Measures that are reported for each repetition and not judged.
        shortest_s: What is over sooner is no repetition.
        longest_s: What lasts longer was broken off.
        enter_s: As for a hold.
        leave_s: As for a hold.
    """

    position: Callable[[Body], Reason | None]
    stance: Callable[[Body], str | None]
    tracks: tuple[Track, ...]
    least: float
    notes: tuple[RepMeasure, ...] = ()
    shortest_s: float = 0.7
    longest_s: float = 120.0
    enter_s: float = 0.5
    leave_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Unlike:
    """Another movement that jumps as well, and is named instead of being counted.

    Attributes:
        name: As people call it, e.g. "running on the spot".
        told: Whether samples of some jumps show it, given the time from one to the next.
    """

    name: str
    told: Callable[[Sequence[Sample], float], bool]


@dataclass(frozen=True, slots=True)
class HopMovement:
    """Jumps on the spot, one after the other.

    Attributes:
        position: As for a hold: why the body is not in a position that the exercise passes
            through, or None when it is, in the air too.
        stance: As for a hold.
        feet: How much higher the left foot is than the right, per torso; tells who lands on one
            foot after the other.
        heels: How far the heel is above the toes, degrees; tells who can't be landing on the heel.
        hands: Features by which another movement is told from this one.
        unlike: Movements that jump as well.
        notes: Measures that are reported for each jump and not judged.
        enter_s: As for a hold.
        leave_s: As for a hold.
    """

    position: Callable[[Body], Reason | None]
    stance: Callable[[Body], str | None]
    feet: Feature
    heels: Feature
    hands: tuple[Feature, ...] = ()
    unlike: tuple[Unlike, ...] = ()
    notes: tuple[HopMeasure, ...] = ()
    enter_s: float = 0.5
    leave_s: float = 1.0


def _no_remarks(_: Sequence[Rep]) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class OwnRange:
    """The spoken set-up in which the user shows the ends of their own range of a feature.

    Attributes:
        feature: The feature.
        low_cue: Asks for the low end, e.g. "Flatten your back into the floor".
        high_cue: Asks for the high end.
        rest_cue: Ends the set-up.
        least: A smaller range than this was not shown.
        epoch: As for a change: a feature that must be the same at both ends, or None.
    """

    feature: Feature
    low_cue: str
    high_cue: str
    rest_cue: str
    least: float
    epoch: Feature | None = None


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise: what is measured, what is judged, how it moves.

    Attributes:
        name: Snake-case; what the user types.
        title: For headings.
        version: Raised with every change of a limit or measure.
        doc: The module's docstring, with the sections What, Why, Evidence and Camera.
        view: Where the camera must stand.
        max_yaw_deg: Apparent turn out of the side view from which nothing is judged any more.
        other_view: A second place where it may stand, for the checks that ask for it.
        any_view: Whether it may stand anywhere for what needs no view of its own.
        readiness: What is asked before a live session, and from which answers on it is not
            started; None: nothing is asked.
        movement: How the exercise moves.
        checks: In the order of the card.
        main: The feature that is drawn on the picture and leads the report.
        main_marker: The points (start, vertex, end) that the main measure is drawn at, or None.
        needs: Joints without which nothing is judged, most telling first.
        neutral: The features whose neutral is taken.
        easier: By stance: what is offered when the same cue of the spine had to be said three
            times. In any other stance it is a rest.
        own_range: The spoken set-up of a live session, or None.
        remarks: What there is to say of all repetitions together, in whole sentences.
        outline: Whether the edges of the trunk have to be looked for in the picture.
        motion: Whether it has to be followed how trunk and feet move from frame to frame, and
            what is heard.
    """

    name: str
    title: str
    version: str
    doc: str
    view: View
    movement: HoldMovement | RepMovement | HopMovement
    checks: tuple[Check, ...]
    main: Feature
    main_marker: Callable[[Body], tuple[complex, complex, complex] | None]
    easier: Mapping[str, str]
    needs: tuple[Joint, ...]
    neutral: tuple[Neutral, ...] = ()
    own_range: OwnRange | None = None
    remarks: Callable[[Sequence[Rep]], tuple[str, ...]] = _no_remarks
    outline: bool = False
    motion: bool = False
    other_view: View | None = None
    any_view: bool = False
    max_yaw_deg: float = MAX_SIDE_YAW_DEG
    readiness: Readiness | None = None

    @property
    def features(self) -> tuple[Feature, ...]:
        """Every feature that the exercise uses, each once, the main one first."""
        used = [self.main]
        for check in self.checks:
            used += _sampled(check.measure)
        used += [neutral.feature for neutral in self.neutral]
        if self.own_range is not None:
            used.append(self.own_range.feature)
            used += [] if self.own_range.epoch is None else [self.own_range.epoch]
        if isinstance(self.movement, RepMovement):
            used += [track.signal for track in self.movement.tracks]
        if isinstance(self.movement, HopMovement):
            used += [self.movement.feet, self.movement.heels, *self.movement.hands]
        if not isinstance(self.movement, HoldMovement):
            for note in self.movement.notes:
                used += _sampled(note)
        return tuple(dict.fromkeys(used))

    def check(self, code: str) -> Check:
        """The check of this code.

        Raises:
            KeyError: there is none.
        """
        for check in self.checks:
            if check.code == code:
                return check
        raise KeyError(code)


def _sampled(measure: Feature | RepMeasure | HopMeasure) -> tuple[Feature, ...]:
    return (measure,) if isinstance(measure, Feature) else measure.features
