"""Dead bug: on the back, opposite arm and leg reach out while the lower back stays down.

What:
    Hips and knees at right angles and arms up to start; opposite arm and leg go out and come back,
    slowly; the lower back must not lift. Repetitions are counted a side, and how far the leg can go
    without lifting the back is the user's own target.

Why:
    The dead bug trains the trunk to hold the lower back still while the limbs pull at it. A leg
    that goes lower than the trunk can hold tips the pelvis and lifts the back, which is the one
    thing the exercise is there to prevent.

Evidence:
    No study validates a limit in millimetres. Lowering both legs while the back stays flat is a
    test that goes with lasting back pain (scores above 50 degrees in men and 60 in women), so depth
    is limited by the back, and not by a book. Lift is the change of the gap under the lower back
    from the braced start of each repetition, read from the trunk's edge in the picture; what can be
    told of it is in ``docs/accuracy.md``. The other limits are engineering choices, wider than
    their errors.

Camera:
    From the side, 0.2 to 0.4 m high, 2 to 3 m away, the whole body in view, in a close-fitting top.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import MappingProxyType

from formcheck.judgement.repmeasures import (
    Part,
    Reading,
    RepMeasure,
    RepSamples,
    lasting_rise,
    median_at,
    percentile,
    quicker_way,
)
from formcheck.judgement.rule import (
    Body,
    Check,
    Exercise,
    Joint,
    Level,
    Limits,
    OwnRange,
    Priority,
    Reason,
    Rep,
    RepMovement,
    Side,
    Track,
    View,
)
from formcheck.kinematics.calibration import trunk_share_m
from formcheck.kinematics.features import LUMBAR_EPOCH_S, LUMBAR_GAP_RATIO
from formcheck.kinematics.geometry import incline_deg, seen
from formcheck.kinematics.lying import (
    ARM_DEG,
    COVERED_VISIBILITY,
    HIP_SIGNALS,
    LEG_KNEE_DEG,
    NECK_DEG,
    THIGH_DEG,
)
from formcheck.kinematics.posture import Posture, posture
from formcheck.types import TAKE_POSITION

ON_BACK = "back"
KNEES_UP = 0.35
FEET_UP = 0.15
"""The higher knee and foot are at least so high over the hips, per torso. Feet on the floor are
level with the hips, or lower."""

ARMS_UP = 0.35
OVERHEAD = 0.3
"""A hand that is lower than this over the shoulder, and not so far beyond it, lies beside the body;
both per torso."""


def _no_dead_bug(code: str, what: str, advice: str = TAKE_POSITION) -> Reason:
    return Reason(code, f"not a dead bug: {what}", advice)


def _highest(body: Body, joint: Joint) -> float:
    """Height of the higher of two joints over the hips, torso lengths; 0 when unseen."""
    places = [body.limb(side, joint, COVERED_VISIBILITY) for side in Side]
    heights = [(p - body[Joint.HIP]).imag for p in places if seen(p)]
    return max(heights, default=0.0) / body.torso_px


def _arms_down(body: Body) -> bool:
    """Whether every hand that is in sight lies beside the body, and not up or overhead."""
    hands = [hand for side in Side if seen(hand := body.limb(side, Joint.WRIST))]
    shoulder, torso = body[Joint.SHOULDER], body.torso_px
    return bool(hands) and all(
        (hand - shoulder).imag < ARMS_UP * torso
        and (hand - shoulder).real * body.facing < OVERHEAD * torso
        for hand in hands
    )


def position(body: Body) -> Reason | None:
    """Why this is no dead bug, or None: on the back, a foot up at least, no arm beside the body."""
    seen_as = posture(body)
    if seen_as is not Posture.FACE_UP:
        return _no_dead_bug(seen_as.name.lower().replace("_", "-"), f"you are {seen_as.value}")
    if not abs(incline_deg(body[Joint.HIP], body[Joint.SHOULDER])) < 25.0:
        return _no_dead_bug("sitting-up", "you are sitting up")
    if not (_highest(body, Joint.KNEE) > KNEES_UP and _highest(body, Joint.ANKLE) > FEET_UP):
        return _no_dead_bug("feet-down", "your feet are on the floor")
    if _arms_down(body):
        return _no_dead_bug("arms-down", "your arms are down", "Arms up over your shoulders")
    return None


def _pairing(rep: RepSamples) -> Reading | None:
    """How much further the arm of the leg's own side went out than the other one.

    The far arm is lost to the near one for much of the way, and then both seem to do the same. So
    the moments in which they differ most decide, if they all say the same.
    """
    own, other = rep.feature(ARM_DEG), rep.feature(ARM_DEG, other=True)
    if own is None or other is None:
        return None
    ahead = rep.moved(own, Part.AWAY), rep.moved(other, Part.AWAY)
    theirs = dict(ahead[1])
    apart = [v - theirs[t_s] for t_s, v in ahead[0] if t_s in theirs]
    if len(apart) < 3:
        return None
    least, most = percentile(apart, 0.15), percentile(apart, 0.85)
    value = most if most > -least else least
    if abs(value) < CLEAR_ARM_DEG or min(most, -least) > UNCLEAR_ARM_DEG:
        return None
    start_s, end_s = rep.span(Part.TOP)
    return Reading(value, start_s, end_s, (start_s + end_s) / 2)


CLEAR_ARM_DEG = 25.0
"""Arms that differ by less at most moved alike."""

UNCLEAR_ARM_DEG = 20.0
"""Arms that take turns within one repetition tell nothing."""

PAIRING_DEG = RepMeasure(
    name="pairing_deg",
    unit="deg",
    title="arm of the same side ahead of the opposite one",
    features=(ARM_DEG.left, ARM_DEG.right),
    read=_pairing,
)


def _off_right_angle(
    rep: RepSamples, angles: Sequence[list[tuple[float, float]]]
) -> Reading | None:
    off = [abs(percentile([v for _, v in seen], 0.5) - 90.0) for seen in angles if len(seen) >= 3]
    if not off:
        return None
    start_s, end_s = rep.span(Part.REST)
    return Reading(max(off), start_s, end_s, (start_s + end_s) / 2)


START_HIP_OFF_DEG = RepMeasure(
    name="start_hip_off_deg",
    unit="deg",
    title="thighs off the upright at the start",
    features=(HIP_SIGNALS.left, HIP_SIGNALS.right),
    read=lambda rep: _off_right_angle(
        rep, [rep.of(f, Part.REST) for f in (HIP_SIGNALS.left, HIP_SIGNALS.right)]
    ),
)
START_KNEE_OFF_DEG = RepMeasure(
    name="start_knee_off_deg",
    unit="deg",
    title="knees off the right angle at the start",
    features=(LEG_KNEE_DEG.left, LEG_KNEE_DEG.right),
    read=lambda rep: _off_right_angle(
        rep, [rep.of(f, Part.REST) for f in (LEG_KNEE_DEG.left, LEG_KNEE_DEG.right)]
    ),
)


def _leg_short(rep: RepSamples) -> Reading | None:
    thigh = rep.of(rep.feature(THIGH_DEG), Part.TOP)
    knee = rep.of(rep.feature(LEG_KNEE_DEG), Part.TOP)
    if min(len(thigh), len(knee)) < 3:
        return None
    high = percentile([v for _, v in thigh], 0.5) - 45.0
    bent = (150.0 - percentile([v for _, v in knee], 0.5)) / 3.0
    start_s, end_s = rep.span(Part.TOP)
    return Reading(max(high, bent), start_s, end_s, (start_s + end_s) / 2)


LEG_SHORT_DEG = RepMeasure(
    name="leg_short_deg",
    unit="deg",
    title="thigh short of 45 degrees over the floor, or knee bent",
    features=(THIGH_DEG.left, THIGH_DEG.right, LEG_KNEE_DEG.left, LEG_KNEE_DEG.right),
    read=_leg_short,
)
LEG_LOW_DEG = median_at(Part.TOP, THIGH_DEG, "leg_low_deg", "thigh over the floor, at its lowest")


def _arm_reach(rep: RepSamples) -> Reading | None:
    reached = [
        percentile([v for _, v in seen], 0.5)
        for other in (False, True)
        if (seen := rep.of(rep.feature(ARM_DEG, other=other), Part.TOP))
    ]
    start_s, end_s = rep.span(Part.TOP)
    return Reading(max(reached), start_s, end_s, start_s) if reached else None


ARM_REACH_DEG = RepMeasure(
    name="arm_reach_deg",
    unit="deg",
    title="arm against the trunk, at its furthest",
    features=(ARM_DEG.left, ARM_DEG.right),
    read=_arm_reach,
)


HEAD_DOWN_DEG = 22.0
"""A head that rests on the floor reads up to so much, by hair and the height of the shoulders."""


def _head_up(rep: RepSamples) -> Reading | None:
    """Against the start of the set, or against any head that rests, whichever is lower.

    Only just before the arm goes: a raised arm takes the shoulder along, and the reading with it.
    """
    seen = [(t_s, v) for t_s, v in rep.of(NECK_DEG, Part.REST) if t_s >= rep.start_s - 0.5]
    if len(seen) < 3:
        return None
    start_deg = rep.set_start.get(NECK_DEG.name, math.nan)
    base = HEAD_DOWN_DEG if math.isnan(start_deg) else min(start_deg, HEAD_DOWN_DEG)
    value = percentile([v for _, v in seen], 0.5) - base
    return Reading(value, seen[0][0], seen[-1][0], seen[len(seen) // 2][0])


HEAD_UP_DEG = RepMeasure(
    name="head_up_deg",
    unit="deg",
    title="head higher than at the start",
    features=(NECK_DEG,),
    read=_head_up,
)
TEMPO_S = quicker_way("quicker_way_s", "quicker of way out and way back")

STILL_UP_RATIO = 0.013
"""A back that rests so much higher than at the start of the set, per torso (about 6 mm), did not
come down; people slide by less over a set."""

BACK_LIFT_RATIO = lasting_rise(
    LUMBAR_GAP_RATIO,
    "back_lift_ratio",
    "lift of the lower back, per torso",
    epoch=LUMBAR_EPOCH_S,
    still_up=STILL_UP_RATIO,
)

BACK_LIFT = Check(
    code="back-lift",
    title="Lower back seemed to lift",
    measure=BACK_LIFT_RATIO,
    limits=Limits(good=0.003, fault=0.0085),
    cue="Press your lower back down",
    cue_again="Lower the leg less far",
    priority=Priority.SPINE,
    error=0.009,
    in_metres=trunk_share_m,
    early=True,
    persistence_s=0.4,
    praise="Better, keep going",
    why="The lower back that lifts is the one thing this exercise is there to prevent.",
    evidence=(
        "0.0085 of the torso is about 4 mm, no more than the error of one reading. It is where "
        "rendered lifts of 7 mm (15 degrees of lumbar curve) are told and backs that stay down "
        "are not called lifted."
    ),
)
SAME_SIDE = Check(
    code="same-side",
    title="Arm and leg of the same side",
    measure=PAIRING_DEG,
    limits=Limits(good=0.0, fault=15.0),
    cue="Opposite arm and leg",
    priority=Priority.KNEE_FOOT,
    error=12.0,
    early=True,
    persistence_s=0.3,
    voids=True,
    praise="Better, keep going",
    why="Opposite limbs make the trunk resist a twist; limbs of one side do not.",
    evidence="A difference of sign: rendered pairs lie beyond 40 degrees on either side.",
)
START_HIPS = Check(
    code="start-hips",
    title="Thighs not upright at the start",
    measure=START_HIP_OFF_DEG,
    limits=Limits(good=17.0, fault=25.0),
    cue="Knees over your hips",
    priority=Priority.KNEE_FOOT,
    error=6.0,
    reps_to_speak=2,
    praise="Better, keep going",
    why="With the knees over the hips the lower back can rest before the leg goes out.",
    evidence="Engineering choice: 15 degrees of freedom and the error of the measure.",
)
START_KNEES = Check(
    code="start-knees",
    title="Knees not at right angles at the start",
    measure=START_KNEE_OFF_DEG,
    limits=Limits(good=22.0, fault=30.0),
    cue="Shins level to start",
    priority=Priority.KNEE_FOOT,
    error=6.0,
    reps_to_speak=2,
    praise="Better, keep going",
    why="Every repetition starts from the same place, so that they can be compared.",
    evidence="Engineering choice: 20 degrees of freedom and the error of the measure.",
)
LEG_SHORT = Check(
    code="leg-short",
    title="Leg hardly went out",
    measure=LEG_SHORT_DEG,
    limits=Limits(good=0.0, fault=10.0),
    cue="Reach your leg out longer",
    priority=Priority.TEMPO,
    error=6.0,
    spoken=False,
    stops_clock=False,
    why="It is no fault: a small movement with the back down beats a large one with it up.",
    evidence="Engineering choice; the depth that counts is the user's own.",
)
TOO_FAST = Check(
    code="too-fast",
    title="Too fast",
    measure=TEMPO_S,
    limits=Limits(good=1.4, fault=0.8),
    cue="Slower, two seconds each way",
    priority=Priority.TEMPO,
    error=0.3,
    reps_to_speak=2,
    praise="Better, keep going",
    why="Slow limbs leave the trunk the time to hold against them.",
    evidence="Two seconds each way are usual; below 0.8 s no trunk can be said to control it.",
)
HEAD_UP = Check(
    code="head-up",
    title="Head off the floor",
    measure=HEAD_UP_DEG,
    limits=Limits(good=6.0, fault=11.0),
    cue="Rest your head down",
    priority=Priority.ARMS_HEAD,
    error=4.0,
    reps_to_speak=2,
    praise="Better, keep going",
    why="A lifted head tires the neck and does nothing for the trunk.",
    evidence="Engineering choice: 11 degrees are about 5 cm; a good real set moves by 6.",
)


def remarks(reps: Sequence[Rep]) -> tuple[str, ...]:
    """When the back seemed to lift, and how far the leg can go without that."""
    counted = [rep for rep in reps if rep.counted]
    told = [
        (number, rep)
        for number, rep in enumerate(counted, 1)
        if BACK_LIFT.code in rep.levels and LEG_LOW_DEG.name in rep.values
    ]
    if not told:
        return ()
    lifted = [(n, rep) for n, rep in told if rep.levels[BACK_LIFT.code] is Level.FAULT]
    held = [rep for _, rep in told if rep.levels[BACK_LIFT.code] is Level.GOOD]
    said = []
    highest_deg = -math.inf
    if lifted:
        highest_deg = max(rep.values[LEG_LOW_DEG.name] for _, rep in lifted)
        numbers = in_words([n for n, _ in lifted])
        said.append(
            f"Your lower back seemed to lift on {numbers}, when your leg was at "
            f"{round(highest_deg)}° over the floor or lower."
        )
    # A depth is one's own only if nothing above it lifted the back.
    depths = [rep.values[LEG_LOW_DEG.name] for rep in held]
    own = [depth_deg for depth_deg in depths if depth_deg > highest_deg]
    if own:
        said.append(
            f"It stayed down with your leg as low as {round(min(own))}° over the floor: take that "
            "as your own depth for now."
        )
    elif lifted:
        said.append("Keep your leg higher than that for now.")
    return tuple(said)


def in_words(numbers: Sequence[int]) -> str:
    """Numbers of repetitions as they stand in a sentence."""
    if len(numbers) == 1:
        return f"repetition {numbers[0]}"
    return f"repetitions {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


DEAD_BUG = Exercise(
    name="dead_bug",
    title="Dead bug",
    version="1",
    doc=__doc__,
    view=View.SIDE,
    movement=RepMovement(
        position=position,
        stance=lambda body: ON_BACK,
        tracks=(Track(HIP_SIGNALS.left, Side.LEFT), Track(HIP_SIGNALS.right, Side.RIGHT)),
        least=14.0,
        notes=(LEG_LOW_DEG, ARM_REACH_DEG),
    ),
    checks=(BACK_LIFT, SAME_SIDE, START_HIPS, START_KNEES, LEG_SHORT, TOO_FAST, HEAD_UP),
    main=HIP_SIGNALS.left,
    main_marker=lambda body: (body[Joint.SHOULDER], body[Joint.HIP], body[Joint.KNEE]),
    needs=(Joint.SHOULDER, Joint.HIP),
    easier=MappingProxyType({ON_BACK: "Try a smaller movement"}),
    own_range=OwnRange(
        feature=LUMBAR_GAP_RATIO,
        low_cue="Flatten your back into the floor",
        high_cue="Now let it arch",
        rest_cue="And rest",
        least=0.014,
        epoch=LUMBAR_EPOCH_S,
    ),
    remarks=remarks,
    outline=True,
)
