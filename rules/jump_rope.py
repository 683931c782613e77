"""Jump rope: low, quiet bounces on the balls of the feet, knees soft, trunk tall, wrists turning.

What:
    For each landing: how high the jump was (with its range), time in the air and on the floor, how
    much the knees gave, ball of the foot or heel, one foot before the other, how loud. Over a set:
    cadence and its steadiness, misses, drift from the first to the last third. Faults: too high,
    stiff knees, heels first, uneven landings, elbows wide, hands off hip height, trunk leaning, an
    unsteady rhythm. Each is a fault when five of the last eight jumps show it.

Why:
    A rope needs two to five centimetres. What is higher lands harder, and a stiff knee or a heel
    that strikes first hands the load on to the back.

Evidence:
    Heights and landings: coaching sources, with no study of back pain behind them. Knee bend of
    skipping: 14 to 68 degrees were measured in experts and novices. The other limits are
    engineering choices, wider than the error of the measure as read against rendered truth
    (``docs/accuracy.md``). No clip with both a rope and a force plate was available.

Camera:
    Anywhere for count, height and rhythm; from the side for knees, feet and trunk; from the front
    for left against right, elbows and hands. 0.9 to 1.1 m high, 2.5 to 3.5 m away, on a stand, head
    to feet in view; 60 frames a second are better than 30. Stand still for two seconds first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from formcheck.judgement.hopmeasures import (
    HopMeasure,
    HopSamples,
    at_touch,
    given,
    most_after_touch,
    through_hop,
)
from formcheck.judgement.rule import (
    Body,
    Check,
    Exercise,
    HopMovement,
    Joint,
    Limits,
    Priority,
    Readiness,
    Reason,
    Sample,
    Unlike,
    View,
)
from formcheck.kinematics.features import Feature
from formcheck.kinematics.hopping import (
    ELBOW_GAP_RATIO,
    FEET_APART_RATIO,
    FEET_LIFT_RATIO,
    HAND_HEIGHT_RATIO,
    HANDS_ACROSS_RATIO,
    HANDS_UPDOWN_RATIO,
    HEEL_RISE_DEG,
    KNEE_FLEXION_DEG,
    LEAN_DEG,
    upright,
)
from formcheck.types import TAKE_POSITION

ON_FEET = "on the feet"
KEEP_THAT_UP = "Better, keep that up"
NOT_UPRIGHT = Reason("not-upright", "not skipping: you are not standing upright", TAKE_POSITION)

HANDS_SWING_RATIO = 0.20
"""Hands of a runner go past each other by some 0.4 torsos; those that turn a rope stay level."""

OTHER_WAY_ROUND = -0.3
"""Correlation of the hands with themselves one jump later, below which they swing by turns."""

TENTHS_PER_SD = 2.56
"""From the tenth to the ninetieth of a hundred, in standard deviations."""

HANDS_OVERHEAD_RATIO = 1.1
"""Hands above the hips, per torso: over the shoulders, where nobody holds a rope."""

FEET_ASTRIDE_RATIO = 0.75
"""Ankles apart, per torso: wider than the hips by as much again, as in a jumping jack."""

_FEWEST = 8


def position(body: Body) -> Reason | None:
    """Why nobody skips like that, or None."""
    return None if upright(body) else NOT_UPRIGHT


def _spread(samples: Sequence[Sample], feature: Feature) -> float:
    """Standard deviation of a feature without its extremes; NaN with too little of it."""
    seen = sorted(s.values[feature.name] for s in samples if not math.isnan(s.values[feature.name]))
    if len(seen) < _FEWEST:
        return math.nan
    tenth = len(seen) // 10
    return (seen[-1 - tenth] - seen[tenth]) / TENTHS_PER_SD


def _highest(samples: Sequence[Sample], feature: Feature) -> float:
    """The tenth from the top of a hundred; NaN with too little of it."""
    seen = sorted(s.values[feature.name] for s in samples if not math.isnan(s.values[feature.name]))
    return seen[int(0.9 * (len(seen) - 1))] if len(seen) >= _FEWEST else math.nan


def _after_one_jump(samples: Sequence[Sample], feature: Feature, period_s: float) -> float:
    """How a feature goes with itself one jump later, −1 to 1; NaN with too little of it."""
    seen = [(s.t_s, s.values[feature.name]) for s in samples]
    seen = [(t_s, value) for t_s, value in seen if not math.isnan(value)]
    if len(seen) < _FEWEST:
        return math.nan
    times_s, values = np.array(seen).T
    now = times_s <= times_s[-1] - period_s
    later = np.interp(times_s[now] + period_s, times_s, values)
    if now.sum() < _FEWEST or not np.ptp(later) > 0.0 or not np.ptp(values[now]) > 0.0:
        return math.nan
    return float(np.corrcoef(values[now], later)[0, 1])


def is_running(samples: Sequence[Sample], period_s: float) -> bool:
    """Hands that swing past each other and are the other way round one step later.

    Hands that turn a rope may go out and in as far, but with every jump alike.
    """
    return any(
        _spread(samples, feature) > HANDS_SWING_RATIO
        and _after_one_jump(samples, feature, period_s) < OTHER_WAY_ROUND
        for feature in (HANDS_ACROSS_RATIO, HANDS_UPDOWN_RATIO)
    )


def is_jumping_jack(samples: Sequence[Sample], period_s: float) -> bool:
    """Hands over the head, or feet that go far apart."""
    del period_s
    return (
        _highest(samples, HAND_HEIGHT_RATIO) > HANDS_OVERHEAD_RATIO
        or _highest(samples, FEET_APART_RATIO) > FEET_ASTRIDE_RATIO
    )


def _off_hip_height(hop: HopSamples) -> float:
    """How far the hands are out of the band from a tenth below the hips to three above."""
    height = HAND_HEIGHT.read(hop)
    return max(height - 0.3, -0.1 - height, 0.0)


HEELS_LIMITS = Limits(good=5.0, fault=-5.0)
HEEL_AHEAD_MS = -5.0
"""A heel that stops more than so much after the toes did not land first."""

FOOT_READS = 0.65
"""Heel and toe landmarks lie inside the shoe and turn less than it: a rendered foot at 30 degrees
reads 15 to 25, one at −15 reads −3 to −10."""

FLATTEST_DEG = 22.0
"""Landmarks of a flat real foot read −16 to +10 degrees: beyond this nobody stood flat."""

LOWEST_STRIKE_DEG = -35.0
"""Toes higher than this over the heel were misread: no ankle lands like that."""

NEEDS_SIDE = "it takes the foot or knee nearer the camera in full view"
HEIGHT = given("height_cm", "cm", "height of a jump")
KNEE = most_after_touch(KNEE_FLEXION_DEG, "knee_deg", "bend of the knee on landing", NEEDS_SIDE)
FOOT_AT_TOUCH = at_touch(
    HEEL_RISE_DEG, "strike_deg", "heel above the toes at touch-down", over_standing=True
)


def _strike_deg(hop: HopSamples) -> float:
    """The foot's angle, where it is plausible and the way it comes down does not speak against it.

    Whoever stands on tiptoe before the first jump gives a wrong zero; a foot that lands on the
    heel shows it twice, by its angle and by the heel that stops before the toes.
    """
    flat_deg = hop.standing.get(HEEL_RISE_DEG.name, math.nan)
    strike_deg = FOOT_AT_TOUCH.read(hop) / FOOT_READS
    if not abs(flat_deg) < FLATTEST_DEG or not strike_deg > LOWEST_STRIKE_DEG:
        return math.nan
    heel_ahead_ms = hop.values.get("heels_ahead_ms", math.nan)
    if strike_deg < HEELS_LIMITS.fault and not heel_ahead_ms > HEEL_AHEAD_MS:
        return math.nan
    return strike_deg


STRIKE = HopMeasure(
    "strike_deg",
    "deg",
    "heel above the toes at touch-down",
    (HEEL_RISE_DEG,),
    _strike_deg,
    "it takes two seconds of standing still on flat feet before the first jump, and the foot in "
    "full view",
)
HAND_HEIGHT = through_hop(HAND_HEIGHT_RATIO, "hand_height_ratio", "hands above the hips")

TOO_HIGH = Check(
    code="too-high",
    title="Jumps too high",
    measure=HEIGHT,
    limits=Limits(good=5.0, fault=7.0),
    cue="Lower jumps, just clear the rope",
    priority=Priority.SPINE,
    error=0.9,
    praise=KEEP_THAT_UP,
    why="The rope needs two to five centimetres; everything above that is landed as well.",
    evidence="Coaching sources say three fingers; the grey zone is wider than the range of one "
    "jump.",
)
STIFF_KNEES = Check(
    code="stiff-knees",
    title="Knees stiff on landing",
    measure=KNEE,
    limits=Limits(good=20.0, fault=10.0),
    cue="Soften your knees",
    priority=Priority.KNEE_FOOT,
    error=8.0,
    view=View.SIDE,
    praise="Softer, good",
    why="A knee that gives takes the landing before it reaches the back.",
    evidence="Bends of 14 to 68 degrees were measured in skipping; limits are an engineering "
    "choice.",
)
HEELS_FIRST = Check(
    code="heels-first",
    title="Landing on the heels",
    measure=STRIKE,
    limits=HEELS_LIMITS,
    cue="Land on your toes, heels up",
    priority=Priority.KNEE_FOOT,
    error=8.0,
    view=View.SIDE,
    praise=KEEP_THAT_UP,
    why="On the balls of the feet the calves take the landing; a heel passes it on.",
    evidence="Most coaching sources say never on the heels, one the whole foot.",
)
UNEVEN = Check(
    code="uneven-landing",
    title="One foot lands before the other",
    measure=given(
        "offset_size_ms",
        "ms",
        "usual time between the two feet",
        "it takes both feet in view from the front",
    ),
    limits=Limits(good=40.0, fault=65.0),
    cue="Land with both feet together",
    priority=Priority.KNEE_FOOT,
    error=20.0,
    view=View.FRONT,
    praise=KEEP_THAT_UP,
    why="Both legs together share the landing.",
    evidence="Engineering choice (40 and 70 ms; read some 6 ms short); novices were measured to "
    "move left and right differently.",
)
ELBOWS_WIDE = Check(
    code="elbows-wide",
    title="Elbows away from the body",
    measure=through_hop(ELBOW_GAP_RATIO, "elbow_gap_ratio", "elbow from hip, per shoulders"),
    limits=Limits(good=0.5, fault=0.8),
    cue="Elbows in",
    priority=Priority.ARMS_HEAD,
    error=0.15,
    view=View.FRONT,
    praise=KEEP_THAT_UP,
    why="With the elbows close the wrists turn the rope, not the shoulders.",
    evidence="Coaching sources say close; limits are an engineering choice.",
)
HANDS_OFF_HIP = Check(
    code="hands-off-hip",
    title="Hands off hip height",
    measure=HopMeasure(
        "hand_off_ratio",
        "ratio",
        "hands out of hip height",
        (HAND_HEIGHT_RATIO,),
        _off_hip_height,
    ),
    limits=Limits(good=0.1, fault=0.25),
    cue="Hands at hip height",
    priority=Priority.ARMS_HEAD,
    error=0.08,
    view=View.FRONT,
    praise=KEEP_THAT_UP,
    why="From hip height the rope needs the lowest jump.",
    evidence="Coaching sources say waist level; limits are an engineering choice.",
)
TRUNK_LEAN = Check(
    code="trunk-lean",
    title="Trunk leans",
    measure=through_hop(LEAN_DEG, "lean_deg", "lean of the trunk"),
    limits=Limits(good=10.0, fault=20.0),
    cue="Stand tall",
    priority=Priority.SPINE,
    error=6.0,
    view=View.SIDE,
    praise=KEEP_THAT_UP,
    why="A tall trunk lands over the feet; a leaning one is caught by the back.",
    evidence="Engineering choice.",
)
UNSTEADY = Check(
    code="unsteady-rhythm",
    title="Unsteady rhythm",
    measure=given(
        "cadence_cv_pct",
        "pct",
        "variation of the rhythm",
        "it takes nine jumps in a row",
    ),
    limits=Limits(good=5.0, fault=10.0),
    cue="Keep an even rhythm",
    priority=Priority.TEMPO,
    error=2.0,
    stops_clock=False,
    spoken=False,
    praise=KEEP_THAT_UP,
    why="An even rhythm is the cheapest; it goes before the legs are tired.",
    evidence="Engineering choice.",
)
JUMP_ROPE = Exercise(
    name="jump_rope",
    title="Jump rope",
    version="1",
    doc=__doc__,
    view=View.SIDE,
    other_view=View.FRONT,
    any_view=True,
    motion=True,
    movement=HopMovement(
        position=position,
        stance=lambda body: ON_FEET,
        feet=FEET_LIFT_RATIO,
        heels=HEEL_RISE_DEG,
        hands=(HANDS_ACROSS_RATIO, HANDS_UPDOWN_RATIO, HAND_HEIGHT_RATIO, FEET_APART_RATIO),
        unlike=(
            Unlike("running on the spot", is_running),
            Unlike("jumping jacks", is_jumping_jack),
        ),
        notes=(
            at_touch(KNEE_FLEXION_DEG, "knee_touch_deg", "bend of the knee at touch-down"),
            HAND_HEIGHT,
        ),
    ),
    checks=(
        TOO_HIGH, STIFF_KNEES, HEELS_FIRST, UNEVEN, TRUNK_LEAN, ELBOWS_WIDE, HANDS_OFF_HIP,
        UNSTEADY,
    ),
    main=KNEE_FLEXION_DEG,
    main_marker=lambda body: (body[Joint.HIP], body[Joint.KNEE], body[Joint.ANKLE]),
    needs=(Joint.SHOULDER, Joint.HIP, Joint.KNEE, Joint.ANKLE),
    easier=MappingProxyType({ON_FEET: "Rest now"}),
    readiness=Readiness(
        max_pain=2,
        swap="march on the spot with high knees and one foot always on the floor, or do slow "
        "heel raises",
        why="Every landing puts more than the body's weight on the legs and the back, again and "
        "again.",
    ),
)  # fmt: skip
