"""The values that flow from camera to report. All are frozen; arrays are made read-only.

Coordinates: image pixels of the upright picture as the viewer sees it, x to the right, y **down**,
never mirrored. Time: seconds of the media clock, from the start of the clip or session.
Angles: degrees. A hip line is + for pike (hips high) and − for sag (hips low).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from formcheck.enums import quick
from formcheck.landmarks import N_LANDMARKS, Side


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture.

    Attributes:
        t_s: Presentation time.
        image_rgb: uint8 (height, width, 3), upright, not mirrored.
    """

    t_s: float
    image_rgb: NDArray[np.uint8]


def _read_only(array: NDArray[np.float32], shape: tuple[int, ...], name: str) -> None:
    if array.shape != shape:
        raise ValueError(f"{name}: expected shape {shape}, got {array.shape}")
    array.flags.writeable = False


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """The landmarks of one person in one frame, as the model gave them (not smoothed).

    Attributes:
        xy_px: float32 (33, 2), image pixels; may lie outside the picture.
        world_m: float32 (33, 3), metres from the hip centre, camera axes (x right, y down,
            z away from the camera); a rough estimate, never used for lengths.
        visibility: float32 (33,), 0 to 1; known to be too high on hidden joints.

    Raises:
        ValueError: an array has another shape.
    """

    xy_px: NDArray[np.float32]
    world_m: NDArray[np.float32]
    visibility: NDArray[np.float32]

    def __post_init__(self) -> None:
        _read_only(self.xy_px, (N_LANDMARKS, 2), "xy_px")
        _read_only(self.world_m, (N_LANDMARKS, 3), "world_m")
        _read_only(self.visibility, (N_LANDMARKS,), "visibility")


OUTLINE_STATIONS = 33
"""Points on each side of a trunk's outline, evenly spaced along the line from shoulder to hip."""


@quick
class OutlineDoubt(IntEnum):
    """Why the lower edge of an outline is not told."""

    NONE = 0
    NOT_SETTLED = 1
    """The person has not been still for long enough since they were first seen, or moved."""
    CLOTH = 2
    """One cloth runs from the waist past the hips: it may hang loose and hide the back."""
    TOO_FAR = 3
    """The trunk is too small in the picture."""
    LOST = 4
    """The flank can't be recognised: an arm is in front of it, it is too dark, the camera moved."""


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """The two edges of the trunk in one frame, at the resolution of the picture.

    Station k of ``OUTLINE_STATIONS`` lies where a normal of the line from the shoulders (k = 0) to
    the hips (the last) meets the edge. Whoever lies on their back has it in ``lower_px``.

    The lower edge is followed from a moment of rest, which is exact for change and not for place:
    compare only outlines with the same ``since_s``.

    Attributes:
        upper_px: float32 (OUTLINE_STATIONS, 2), image pixels, the edge that faces up; NaN where it
            can't be trusted.
        lower_px: The same for the edge that faces the floor.
        floor_px: float32 (2, 2): the line that the lower edge rested on at that moment, at the
            shoulders and at the hips; NaN when there was none yet.
        since_s: Time of that moment; NaN when there was none yet.
        doubt: Why most of the lower edge is missing; ``NONE`` when it is not.

    Raises:
        ValueError: an array has another shape.
    """

    upper_px: NDArray[np.float32]
    lower_px: NDArray[np.float32]
    floor_px: NDArray[np.float32]
    since_s: float
    doubt: OutlineDoubt = OutlineDoubt.NONE

    def __post_init__(self) -> None:
        _read_only(self.upper_px, (OUTLINE_STATIONS, 2), "upper_px")
        _read_only(self.lower_px, (OUTLINE_STATIONS, 2), "lower_px")
        _read_only(self.floor_px, (2, 2), "floor_px")


@quick
class MovedPart(IntEnum):
    """What is followed from one frame to the next in the picture itself."""

    TRUNK = 0
    LEFT_TOE = 1
    """The ball of the foot and the toes."""
    RIGHT_TOE = 2
    LEFT_HEEL = 3
    RIGHT_HEEL = 4
    BACKGROUND = 5
    """Everything around the person: it moves when the camera does."""


@dataclass(frozen=True, slots=True, eq=False)
class ImageMotion:
    """How far parts of the picture moved since the frame before, to about a tenth of a pixel.

    Attributes:
        step_px: float32 (6,), by ``MovedPart``: downwards; NaN where a part could not be followed.
        error_px: float32 (6,), standard error of each step; NaN likewise.
        since_s: Time of the frame before.

    Raises:
        ValueError: an array has another shape.
    """

    step_px: NDArray[np.float32]
    error_px: NDArray[np.float32]
    since_s: float

    def __post_init__(self) -> None:
        _read_only(self.step_px, (len(MovedPart),), "step_px")
        _read_only(self.error_px, (len(MovedPart),), "error_px")


@dataclass(frozen=True, slots=True)
class Onset:
    """The beginning of a sound.

    Attributes:
        t_s: When it sets in, on the clock of the sound track (which may lag the picture's).
        level_db: Its peak against full scale, after what it stands out from was taken away.
        brightness: Share of its energy above 1.5 kHz, 0 to 1: a rope's slap is bright, a landing
            dull.
    """

    t_s: float
    level_db: float
    brightness: float


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """Everything measured from the pixels and the sound of one moment: all the engine ever sees.

    Attributes:
        t_s: Time of the frame.
        width_px: Width of the upright picture.
        height_px: Height of the upright picture.
        luma: Mean brightness of the picture, 0 (black) to 255.
        pose: The person, or None when nobody was found (time still advances).
        outline: The edges of the person's trunk, or None when they were not looked for in this
            frame or not found.
        motion: What moved in the picture since the frame before, or None when that was not looked
            for or there was nobody to follow.
        onsets: Sounds that set in since the frame before, in order; None when nothing is heard
            at all: no sound track, no microphone, or nobody listens.
    """

    t_s: float
    width_px: int
    height_px: int
    luma: float
    pose: Pose | None
    outline: Outline | None = None
    motion: ImageMotion | None = None
    onsets: tuple[Onset, ...] | None = None


@quick
class Level(IntEnum):
    """How good one check is at one moment, worst last."""

    NOT_JUDGED = 0
    GOOD = 1
    WARN = 2
    FAULT = 3


@quick
class Priority(IntEnum):
    """Which cue wins when several are due; the lower number speaks first."""

    SAFETY = 0
    SPINE = 1
    KNEE_FOOT = 2
    ARMS_HEAD = 3
    TEMPO = 4


@quick
class CueKind(str, Enum):
    """Why something is said."""

    CORRECT = "correct"
    PRAISE = "praise"
    EASIER = "easier"
    SETUP = "setup"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Cue:
    """One short phrase, spoken and shown.

    Attributes:
        t_s: When it is said.
        kind: Why it is said.
        text: At most six words; also the name of its recording.
        check: Code of the check that it belongs to, or None.
    """

    t_s: float
    kind: CueKind
    text: str
    check: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a moment is not judged.

    Attributes:
        code: Kebab-case name, e.g. ``view-not-side``.
        text: What is wrong, e.g. "camera sees you from the front".
        advice: What to move, as a spoken phrase, e.g. "Turn side-on"; empty where nothing helps.
    """

    code: str
    text: str
    advice: str = ""


TAKE_POSITION = "Get into position"
"""The advice of a reason why a position is not taken, where nothing is wrong with the view.

A live session says it once the view is good, and counts down after it.
"""


@quick
class Phase(str, Enum):
    """Where the person is in a hold or a repetition."""

    AWAY = "away"
    GETTING_READY = "getting ready"
    HOLDING = "holding"
    READY = "ready"
    """In the position that repetitions start from."""
    OUT = "going out"
    """On the way to the far end of a repetition: limbs going out, hips going up."""
    TOP = "at the top"
    BACK = "coming back"
    JUMPING = "jumping"

    @property
    def exercising(self) -> bool:
        """Whether a hold or a set of repetitions is on."""
        return self not in (Phase.AWAY, Phase.GETTING_READY)


@dataclass(frozen=True, slots=True)
class Marker:
    """Where a measure is drawn: the angle at ``vertex_px`` between the two ends.

    Points are image pixels (x, y).
    """

    start_px: tuple[float, float]
    vertex_px: tuple[float, float]
    end_px: tuple[float, float]


@dataclass(frozen=True, slots=True)
class CheckState:
    """One check at one moment.

    Attributes:
        level: Its level now, after persistence and hysteresis.
        value: The measure as judged (change from neutral where there is one), or None.
        score: 0 to 100 from this frame's measure, or None when not judged.
    """

    level: Level
    value: float | None
    score: float | None


@dataclass(frozen=True, slots=True)
class StepOutput:
    """What the engine says of one observation.

    Attributes:
        t_s: Time of the observation.
        phase: Where the person is in the hold.
        judged: Whether form was judged in this frame.
        reason: Why not, when not judged.
        checks: By check code.
        measures: Every feature of the exercise by name (raw, units in the names); NaN: not seen.
        neutral: The user's own neutral by feature name, as far as it was taken in this hold.
        score: Overall form score 0 to 100, or None when not judged.
        held_s: Length of the current hold (0 when there is none).
        good_form_s: Seconds of the current hold in good form.
        reps: Repetitions counted so far.
        ended: Repetitions that were over at this moment, those that do not count included.
        hops: Jumps counted so far.
        landed: Jumps whose contact was over at this moment.
        cue: A cue that starts at this very moment.
        shown_cue: The cue that is on the screen.
        side: The side of the body that was measured.
        marker: Where the main measure is drawn, when it was measured.
    """

    t_s: float
    phase: Phase
    judged: bool
    reason: Reason | None
    checks: Mapping[str, CheckState]
    measures: Mapping[str, float]
    neutral: Mapping[str, float]
    score: float | None
    held_s: float
    good_form_s: float
    cue: Cue | None
    shown_cue: Cue | None
    side: Side | None
    marker: Marker | None
    reps: int = 0
    ended: tuple[Rep, ...] = ()
    hops: int = 0
    landed: tuple[Hop, ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold of the position, start and end back-dated to when its condition changed.

    Attributes:
        start_s: When the position was taken.
        end_s: When it was left.
        good_form_s: Seconds of it in good form.
        best_streak_s: The longest unbroken stretch in good form.
        judged_s: Seconds of it in which form could be judged.
        good_spans_s: The stretches in good form, (start, end).
        neutral: The user's own neutral by feature name; empty when none could be taken.
        score: Time-weighted median of the form score, or None.
    """

    start_s: float
    end_s: float
    good_form_s: float
    best_streak_s: float
    judged_s: float
    good_spans_s: tuple[tuple[float, float], ...] = ()
    neutral: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Rep:
    """One repetition, all times back-dated to when they happened.

    Attributes:
        start_s: When it set off.
        reach_s: When the far end (the top) was reached, as far as this repetition went.
        leave_s: When it was left again.
        end_s: When the start position was reached again, or the repetition broke off.
        side: The leg that moved, or None where both sides move together.
        why_not: Why it does not count, or None when it does.
        values: What was measured of it, by name of the measure; only what could be.
        levels: By check code; only what was judged.
    """

    start_s: float
    reach_s: float
    leave_s: float
    end_s: float
    side: Side | None
    why_not: Reason | None
    values: Mapping[str, float]
    levels: Mapping[str, Level]

    @property
    def counted(self) -> bool:
        """Whether it counts."""
        return self.why_not is None

    @property
    def top_s(self) -> float:
        """Seconds at the top."""
        return self.leave_s - self.reach_s

    @property
    def good(self) -> bool:
        """Whether it counts and nothing that was judged in it was a fault."""
        return self.counted and Level.FAULT not in self.levels.values()


@dataclass(frozen=True, slots=True)
class Hop:
    """One jump: a flight and the contact with the floor that follows it.

    Attributes:
        take_off_s: When the last foot left the floor.
        landing_s: When the first foot touched it again.
        end_s: When the contact was over: the next take-off; where none followed, the landing.
        foot: The foot that landed, or None where both did.
        values: What was measured of it, by name of the measure (which ends in its unit).
        errors: Half the width of the 95 % range of those of them that have one.
        not_judged: Why a measure is missing, by its name, in words.
        levels: By check code; only what was judged.
    """

    take_off_s: float
    landing_s: float
    end_s: float
    foot: Side | None
    values: Mapping[str, float]
    errors: Mapping[str, float]
    not_judged: Mapping[str, str]
    levels: Mapping[str, Level]

    @property
    def flight_s(self) -> float:
        """Seconds in the air."""
        return self.landing_s - self.take_off_s

    @property
    def good(self) -> bool:
        """Whether nothing that was judged of it was a fault."""
        return Level.FAULT not in self.levels.values()


@dataclass(frozen=True, slots=True)
class Bout:
    """Jumps without a miss or a pause between them.

    Attributes:
        start_s: The first take-off.
        end_s: The last landing.
        jumps: How many; every landing counts once.
        style: How they were made, in words, e.g. "both feet" or "alternate feet".
        values: What is measured of all of them together, by name (which ends in its unit): the
            cadence, its variation, means and medians of what is measured of one jump.
        errors: Half the width of the 95 % range of those of them that have one.
        drift: Name of a measure → (its mean over the first third, over the last third).
        not_judged: Why a measure is missing, by its name, in words.
    """

    start_s: float
    end_s: float
    jumps: int
    style: str
    values: Mapping[str, float]
    errors: Mapping[str, float]
    drift: Mapping[str, tuple[float, float]]
    not_judged: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """One stretch of time in which one check was at warn or fault.

    Attributes:
        check: Code of the check.
        level: The worst level reached (WARN or FAULT).
        start_s: When the measure first passed the limit (back-dated).
        end_s: When it came back, or the hold ended.
        worst_t_s: When the measure was furthest out.
        worst: The measure then, in ``unit``.
        error: Half the width of its 95 % range, in ``unit``.
        limit: The limit of ``level`` that was passed.
        margin: How far beyond the limit, in ``unit`` (never negative).
        unit: Unit of worst, limit and margin.
        relative: True when the measure is a change from the user's own neutral.
    """

    check: str
    level: Level
    start_s: float
    end_s: float
    worst_t_s: float
    worst: float
    error: float
    limit: float
    margin: float
    unit: str
    relative: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What the engine says of the whole clip or session.

    Attributes:
        exercise: Name of the exercise.
        rule_version: Version of its rule module.
        duration_s: Time covered by the observations.
        judged_s: Seconds in which form was judged.
        not_judged_s: Seconds by reason code.
        reasons: The reasons by code.
        holds: In order of time.
        findings: In order of time.
        cues: Everything that was said, in order of time.
        not_judged_checks: Check code → why it was never judged.
        reps: In order of time, those that do not count included.
        sets_s: Spans (start, end) in which repetitions were made.
        own_range: Feature name → (low, high) of the user's own range, where the set-up found it.
        remarks: What the exercise has to say of the repetitions as a whole, in sentences.
        hops: Jumps, in order of time.
        bouts: Jumps without a miss or a pause between them, in order of time.
    """

    exercise: str
    rule_version: str
    duration_s: float
    judged_s: float
    not_judged_s: Mapping[str, float]
    reasons: Mapping[str, Reason]
    holds: tuple[Hold, ...]
    findings: tuple[Finding, ...]
    cues: tuple[Cue, ...]
    not_judged_checks: Mapping[str, str]
    reps: tuple[Rep, ...] = ()
    sets_s: tuple[tuple[float, float], ...] = ()
    own_range: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    remarks: tuple[str, ...] = ()
    hops: tuple[Hop, ...] = ()
    bouts: tuple[Bout, ...] = ()

    @property
    def reps_counted(self) -> int:
        """Repetitions that count."""
        return sum(rep.counted for rep in self.reps)

    @property
    def held_s(self) -> float:
        """Seconds held in all."""
        return sum(hold.end_s - hold.start_s for hold in self.holds)

    @property
    def good_form_s(self) -> float:
        """Seconds held in good form in all."""
        return sum(hold.good_form_s for hold in self.holds)

    @property
    def judged_share(self) -> float:
        """Share of the time in which form was judged, 0 to 1."""
        return self.judged_s / self.duration_s if self.duration_s > 0 else 0.0
