"""Hip thrust: the upper back on a bench, the hips rise until the thighs are level.

What:
    As in the glute bridge: hips too low or over-extended at the top, feet too far or too near,
    heels, hold and lowering; and the chin, which stays tucked.

Why:
    The bench gives the hips a longer way than the floor does, and more room to over-extend at its
    end. A chin that stays tucked keeps the ribs down and the extension in the hips.

Evidence:
    As for the glute bridge; the limit of the chin is an engineering choice.

Camera:
    From the side, 0.3 to 0.8 m high, 2 to 4 m away, head to feet in view.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from formcheck.judgement.repmeasures import Part, change_at_top, median_at
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
from formcheck.kinematics.geometry import incline_deg
from formcheck.kinematics.lying import CHIN_DEG, HIP_HEIGHT_RATIO, THIGH_LINE_DEG, TOP_LINE_DEG
from formcheck.types import TAKE_POSITION
from formcheck_rules.glute_bridge import (
    FEET_FAR,
    FEET_NEAR,
    HEELS_UP,
    HIPS_LOW,
    HIPS_OVER,
    HOLD_SHORT,
    KEEP_GOING,
    LOWERING_FAST,
    MAX_YAW_DEG,
    feet_down_knees_up,
)

ON_BENCH = "upper back and feet"


def _no_thrust(code: str, what: str, advice: str = TAKE_POSITION) -> Reason:
    return Reason(code, f"not a hip thrust: {what}", advice)


def position(body: Body) -> Reason | None:
    """Why this is no hip thrust, or None: shoulders on a bench, knees up, feet down."""
    trunk = incline_deg(body[Joint.HIP], body[Joint.SHOULDER])
    if not -30.0 < trunk < 60.0:
        return _no_thrust("upright", "your upper back is not on the bench")
    if not feet_down_knees_up(body):
        return _no_thrust("feet-not-down", "your feet are not on the floor, knees up")
    shoulder_up = -body.drop_px(Joint.ANKLE, Joint.SHOULDER) / body.torso_px
    if not 0.4 < shoulder_up < 1.4:
        return _no_thrust("shoulders-down", "your upper back is not on a bench")
    ahead = body.forward_px(Joint.ANKLE, Joint.SHOULDER) / body.torso_px
    if not ahead > 0.9:
        return _no_thrust("folded", "your feet are beside your body")
    return None


CHIN_UP_DEG = change_at_top(CHIN_DEG, "chin_up_deg", "chin lifted on the way up")
THIGH_AT_TOP_DEG = median_at(
    Part.TOP, THIGH_LINE_DEG, "thigh_at_top_deg", "thighs off level at the top"
)

THRUST_LOW = replace(
    HIPS_LOW,
    limits=Limits(good=166.0, fault=158.0),
    error=5.5,
    evidence="As in the bridge; on a bench the line reads 4 degrees higher, and steadier.",
)
CHIN_UP = Check(
    code="chin-up",
    title="Chin lifted at the top",
    measure=CHIN_UP_DEG,
    limits=Limits(good=2.0, fault=10.0),
    cue="Tuck your chin",
    priority=Priority.ARMS_HEAD,
    error=6.0,
    reps_to_speak=2,
    praise=KEEP_GOING,
    why="A head that falls back takes the ribs and then the lower back along.",
    evidence=(
        "Change of the face against the trunk from bottom to top: a head that stays tucked reads "
        "−11 to −27 degrees, one that falls back by 34 reads +13 to +19."
    ),
)

HIP_THRUST = Exercise(
    name="hip_thrust",
    title="Hip thrust",
    version="1",
    doc=__doc__,
    view=View.SIDE,
    movement=RepMovement(
        position=position,
        stance=lambda body: ON_BENCH,
        tracks=(Track(HIP_HEIGHT_RATIO),),
        least=0.1,
        notes=(THIGH_AT_TOP_DEG,),
    ),
    checks=(
        THRUST_LOW, HIPS_OVER, FEET_FAR, FEET_NEAR, HEELS_UP, CHIN_UP, HOLD_SHORT,
        LOWERING_FAST,
    ),
    max_yaw_deg=MAX_YAW_DEG,
    main=TOP_LINE_DEG,
    main_marker=lambda body: (body[Joint.SHOULDER], body[Joint.HIP], body[Joint.KNEE]),
    needs=(Joint.SHOULDER, Joint.HIP, Joint.KNEE, Joint.ANKLE),
    easier=MappingProxyType({ON_BENCH: "Try a smaller movement"}),
)  # fmt: skip
