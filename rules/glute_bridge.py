"""Glute bridge: on the back, feet down, the hips rise until shoulders, hips and knees are in line.

What:
    Hips too low or over-extended at the top; feet too far or too near; a hold of two seconds at the
    top; heels down; a slow way back. From the feet: knees that fall in. Not told, because nothing
    in the picture shows it well enough: a lower back that hollows while the line stays straight,
    and a pelvis that tilts sideways.

Why:
    The bridge trains the hips to extend without the lower back doing it for them. Past the
    straight line, and with tired glutes before it, the extension comes out of the lower back.

Evidence:
    No study validates a limit in degrees. Knees at about 90 degrees are the usual set-up. With the
    knees a little apart the glutes work more and the back muscles less, so knees apart are no
    fault. Limits of the line are engineering choices, wider than the error of the measure, which
    was read against rendered truth (``docs/accuracy.md``).

Camera:
    From the side, 0.2 to 0.6 m high, 2 to 4 m away, head to feet in view. For the knees
    from the feet, at the height of a standing person's chest, looking down.
"""

from __future__ import annotations

from types import MappingProxyType

from formcheck.judgement.repmeasures import BACK_S, TOP_S, Part, median_at
from formcheck.judgement.rule import (
    Body,
    Check,
    Exercise,
    Joint,
    Limits,
    Priority,
    Reason,
    RepMovement,
    Track,
    View,
)
from formcheck.kinematics.features import KNEE_DEG
from formcheck.kinematics.geometry import height_over, incline_deg
from formcheck.kinematics.lying import (
    FOOT_DEG,
    HIP_HEIGHT_RATIO,
    KNEE_GAP_RATIO,
    TOP_LINE_DEG,
)
from formcheck.types import TAKE_POSITION

ON_FEET = "shoulders and feet"
KEEP_GOING = "Better, keep going"

MAX_YAW_DEG = 20.0
"""Apparent turn up to which the line at the top is read; it shows the thigh foreshortened, and a
rendered 25 degrees, which appear as 13 to 21, already move the line by 5."""


def _no_bridge(code: str, what: str, advice: str = TAKE_POSITION) -> Reason:
    return Reason(code, f"not a bridge: {what}", advice)


def feet_down_knees_up(body: Body) -> bool:
    """Knees that point up over feet that stand, which nobody face down or on a chair has."""
    knee_up = height_over(body[Joint.KNEE], body[Joint.HIP], body[Joint.ANKLE])
    shin = incline_deg(body[Joint.ANKLE], body[Joint.KNEE])
    return knee_up > 0.3 * body.torso_px and shin > 35.0


def _from_the_feet(body: Body) -> Reason | None:
    """The same for a camera at the feet: someone who stands or squats there leans towards it."""
    shin_px = abs(body[Joint.KNEE] - body[Joint.ANKLE])
    if not body.trunk_depth > 0.15:
        return _no_bridge("upright", "you are not lying on your back")
    if not (
        body.drop_px(Joint.KNEE, Joint.ANKLE) > 0.7 * shin_px
        and abs(body.drop_px(Joint.HIP, Joint.KNEE)) < 0.6 * shin_px
    ):
        return _no_bridge("feet-not-down", "your feet are not on the floor, knees up")
    return None


def position(body: Body) -> Reason | None:
    """Why this is no bridge, or None: shoulders as low as the feet, knees up, feet down."""
    if body.from_front:
        return _from_the_feet(body)
    trunk = incline_deg(body[Joint.HIP], body[Joint.SHOULDER])
    if not -60.0 < trunk < 22.0:
        return _no_bridge("upright", "you are not lying on your back")
    if not feet_down_knees_up(body):
        return _no_bridge("feet-not-down", "your feet are not on the floor, knees up")
    shoulder_up = -body.drop_px(Joint.ANKLE, Joint.SHOULDER) / body.torso_px
    if not -0.45 < shoulder_up < 0.3:
        return _no_bridge("shoulders-up", "your shoulders are not on the floor")
    ahead = body.forward_px(Joint.ANKLE, Joint.SHOULDER) / body.torso_px
    if not ahead > 1.0:
        return _no_bridge("folded", "your feet are beside your body")
    return None


TOP_LINE_AT_TOP_DEG = median_at(Part.TOP, TOP_LINE_DEG, "top_line_deg", "line at the top")
KNEE_AT_TOP_DEG = median_at(Part.TOP, KNEE_DEG, "knee_at_top_deg", "knee angle at the top")
HEEL_AT_TOP_DEG = median_at(Part.TOP, FOOT_DEG, "heel_at_top_deg", "heel off the floor at the top")

HIPS_LOW = Check(
    code="hips-low",
    title="Hips too low at the top",
    measure=TOP_LINE_AT_TOP_DEG,
    limits=Limits(good=165.0, fault=155.0),
    cue="Lift your hips higher",
    priority=Priority.SPINE,
    error=10.0,
    early=True,
    persistence_s=0.8,
    praise=KEEP_GOING,
    why="Below the line the hips have not done their work yet.",
    evidence="Engineering choice: 15 degrees short of straight are a warning, 25 a fault.",
)
HIPS_OVER = Check(
    code="hips-over",
    title="Hips past the straight line",
    measure=TOP_LINE_AT_TOP_DEG,
    limits=Limits(good=184.0, fault=191.0),
    cue="Hips a little lower",
    priority=Priority.SPINE,
    error=7.0,
    early=True,
    persistence_s=0.8,
    praise=KEEP_GOING,
    why="Past straight the hips have no more to give: the rest comes out of the lower back.",
    evidence="Engineering choice: tops of good real bridges read up to 186 degrees.",
)
FEET_FAR = Check(
    code="feet-far",
    title="Feet too far away",
    measure=KNEE_AT_TOP_DEG,
    limits=Limits(good=108.0, fault=120.0),
    cue="Feet a little closer",
    priority=Priority.KNEE_FOOT,
    error=6.0,
    reps_to_speak=2,
    praise=KEEP_GOING,
    why="With far feet the back of the thighs does the work of the glutes.",
    evidence="90 degrees are the usual set-up; limits are an engineering choice.",
)
FEET_NEAR = Check(
    code="feet-near",
    title="Feet too near",
    measure=KNEE_AT_TOP_DEG,
    limits=Limits(good=74.0, fault=66.0),
    cue="Feet a little further away",
    priority=Priority.KNEE_FOOT,
    error=6.0,
    reps_to_speak=2,
    praise=KEEP_GOING,
    why="With very near feet the knees take the load and the hips can't open.",
    evidence="As for feet too far away; rendered 54 degrees read 64, 85 read 85.",
)
HOLD_SHORT = Check(
    code="hold-short",
    title="Short hold at the top",
    measure=TOP_S,
    limits=Limits(good=1.7, fault=1.0),
    cue="Hold two seconds up there",
    priority=Priority.TEMPO,
    error=0.4,
    reps_to_speak=2,
    stops_clock=False,
    praise=KEEP_GOING,
    why="The top is where the glutes work; two to three seconds let them.",
    evidence="Common practice is 2 to 3 s; the time within a tenth of the way from the top counts.",
)
HEELS_UP = Check(
    code="heels-up",
    title="Heels off the floor",
    measure=HEEL_AT_TOP_DEG,
    limits=Limits(good=9.0, fault=15.0),
    cue="Push through your heels",
    priority=Priority.KNEE_FOOT,
    error=5.0,
    reps_to_speak=2,
    praise=KEEP_GOING,
    why="On the toes the calves and the front of the thighs take over.",
    evidence="Rendered heels 25 degrees up read 17, flat real feet −16 to +10.",
)
LOWERING_FAST = Check(
    code="lowering-fast",
    title="Lowered fast",
    measure=BACK_S,
    limits=Limits(good=1.2, fault=0.7),
    cue="Lower slowly",
    priority=Priority.TEMPO,
    error=0.25,
    reps_to_speak=2,
    stops_clock=False,
    praise=KEEP_GOING,
    why="The way down is half of the work, and a drop lands on the lower back.",
    evidence="Engineering choice.",
)
KNEES_IN = Check(
    code="knees-in",
    title="Knees fell in",
    measure=median_at(Part.TOP, KNEE_GAP_RATIO, "knee_gap_ratio", "knees apart, per ankles"),
    limits=Limits(good=0.9, fault=0.8),
    cue="Knees a little apart",
    priority=Priority.KNEE_FOOT,
    error=0.08,
    view=View.FRONT,
    reps_to_speak=2,
    praise=KEEP_GOING,
    why="With the knees apart the glutes work more and the lower back less.",
    evidence="Engineering choice; 30 degrees of abduction raised the work of the glutes.",
)
GLUTE_BRIDGE = Exercise(
    name="glute_bridge",
    title="Glute bridge",
    version="1",
    doc=__doc__,
    view=View.SIDE,
    movement=RepMovement(
        position=position,
        stance=lambda body: ON_FEET,
        tracks=(Track(HIP_HEIGHT_RATIO),),
        least=0.06,
    ),
    checks=(
        HIPS_LOW, HIPS_OVER, FEET_FAR, FEET_NEAR, HEELS_UP, HOLD_SHORT,
        LOWERING_FAST, KNEES_IN,
    ),
    other_view=View.FRONT,
    max_yaw_deg=MAX_YAW_DEG,
    main=TOP_LINE_DEG,
    main_marker=lambda body: (body[Joint.SHOULDER], body[Joint.HIP], body[Joint.KNEE]),
    needs=(Joint.SHOULDER, Joint.HIP, Joint.KNEE, Joint.ANKLE),
    easier=MappingProxyType({ON_FEET: "Try a smaller movement"}),
)  # fmt: skip
