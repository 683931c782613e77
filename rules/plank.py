"""Plank: a straight line from shoulders to feet, held.

What:
    On forearms or hands, on toes or knees: hips that drop or rise out of the line, a lower back
    that hollows and an upper back that rounds while the hips stay in line, slow drift, support not
    under the shoulders, neck out of line, bent knees.

Why:
    The plank trains the trunk to keep its line. Once the hips drop, the lower back hangs in its
    end position instead, which is what someone with a sensitive back wants to notice at once.

Evidence:
    No study validates a degree limit for a good plank, so the hip line is judged as change from
    the user's own neutral wherever one could be taken. Where real planks lie, read with this pose
    model (5 / 50 / 95 % of frames, 4203 labelled frames of a public data set): correct +4 / +8 /
    +17 degrees, hips high +36 / +49 / +59, hips low −24 / −16 / −11. One centimetre of hip
    height is about 1.8 degrees. Five motion sensors on the body classified six plank faults with
    over 86 % accuracy (Sensors 2022, 22(12):4510), so such faults can be told apart. The other
    limits are engineering choices, wider than the error of their measure.

Camera:
    From the side, 0.3 to 0.6 m high, 2 to 4 m away, the whole body from head to feet in view.
"""

from __future__ import annotations

from types import MappingProxyType

from formcheck.judgement.rule import (
    Body,
    Check,
    Exercise,
    Feature,
    HoldMovement,
    Joint,
    Limits,
    Neutral,
    Priority,
    Reason,
    Reference,
    View,
)
from formcheck.kinematics.calibration import hip_offset_m
from formcheck.kinematics.features import (
    ELBOW_DEG,
    HEAD_PITCH_DEG,
    KNEE_DEG,
    LUMBAR_CURVE_DEG,
    THORACIC_CURVE_DEG,
)
from formcheck.kinematics.geometry import bend_deg, height_over, incline_deg
from formcheck.kinematics.posture import Posture, posture
from formcheck.types import TAKE_POSITION

FOREARMS_TOES = "forearms and toes"
FOREARMS_KNEES = "forearms and knees"
HANDS_TOES = "hands and toes"
HANDS_KNEES = "hands and knees"

_ON_FOREARMS = (FOREARMS_TOES, FOREARMS_KNEES)
_ON_KNEES = (FOREARMS_KNEES, HANDS_KNEES)


def _support(body: Body) -> Joint:
    """The joint under the shoulder that carries: elbow, or wrist when the arms are straight."""
    return Joint.ELBOW if _on_forearm(body) else Joint.WRIST


def _on_forearm(body: Body) -> bool:
    """Whether the forearm lies: elbow and wrist at one height, the elbow clearly lowest."""
    return abs(body.drop_px(Joint.ELBOW, Joint.WRIST)) < 0.3 * body.torso_px


def _on_straight_arm(body: Body) -> bool:
    return ELBOW_DEG.of(body) >= 140.0 and (
        body.drop_px(Joint.SHOULDER, Joint.WRIST) > 0.65 * body.torso_px
    )


def _height_ratio(body: Body, joint: Joint) -> float:
    """Height of a joint over the floor, taken as the line from hand or elbow to the toes."""
    toes = Joint.FOOT_INDEX if body.sees(Joint.FOOT_INDEX) else Joint.ANKLE
    return height_over(body[joint], body[_support(body)], body[toes]) / body.torso_px


def _on_knees(body: Body) -> bool | None:
    """Whether the knees carry; None for knees so low that they may nearly touch the floor.

    With the toes tucked under, kneeling and hovering just above the floor look alike.
    """
    knee, ankle = _height_ratio(body, Joint.KNEE), _height_ratio(body, Joint.ANKLE)
    if knee > 0.13:
        return False
    shin_lies = ankle < 0.20 or ankle > 0.45
    return True if shin_lies or knee < 0.05 else None


def stance(body: Body) -> str | None:
    """What carries the body, or None when arms or legs carry it in no known way."""
    if not body.sees(Joint.ELBOW, Joint.WRIST, Joint.KNEE, Joint.ANKLE):
        return None
    forearms = _on_forearm(body)
    on_knees = _on_knees(body)
    if on_knees is None or not (forearms or _on_straight_arm(body)):
        return None
    if on_knees:
        return FOREARMS_KNEES if forearms else HANDS_KNEES
    return FOREARMS_TOES if forearms else HANDS_TOES


def _leg_end(body: Body) -> Joint:
    return Joint.KNEE if body.stance in _ON_KNEES else Joint.ANKLE


def _hip_line_deg(body: Body) -> float:
    return bend_deg(body[Joint.SHOULDER], body[Joint.HIP], body[_leg_end(body)])


def _hip_line_points(body: Body) -> tuple[complex, complex, complex]:
    return body[Joint.SHOULDER], body[Joint.HIP], body[_leg_end(body)]


def _elbow_offset_ratio(body: Body) -> float:
    arm_px = abs(body[Joint.SHOULDER] - body[Joint.ELBOW])
    return abs(body.forward_px(Joint.SHOULDER, Joint.ELBOW)) / arm_px


def _hand_offset_ratio(body: Body) -> float:
    arm_px = abs(body[Joint.SHOULDER] - body[Joint.WRIST])
    return abs(body.forward_px(Joint.SHOULDER, Joint.WRIST)) / arm_px


HIP_LINE_DEG = Feature(
    name="hip_line_deg",
    unit="deg",
    title="hip line, + pike, − sag",
    needs=(Joint.SHOULDER, Joint.HIP, Joint.KNEE, Joint.ANKLE),
    compute=_hip_line_deg,
)
ELBOW_OFFSET_RATIO = Feature(
    name="elbow_offset_ratio",
    unit="ratio",
    title="elbow beside shoulder, per upper arm",
    needs=(Joint.SHOULDER, Joint.ELBOW),
    compute=_elbow_offset_ratio,
)
HAND_OFFSET_RATIO = Feature(
    name="hand_offset_ratio",
    unit="ratio",
    title="hand beside shoulder, per arm",
    needs=(Joint.SHOULDER, Joint.WRIST),
    compute=_hand_offset_ratio,
)


def _no_plank(code: str, what: str, advice: str = TAKE_POSITION) -> Reason:
    return Reason(code, f"not a plank: {what}", advice)


def position(body: Body) -> Reason | None:
    """Why this is no plank, or None when it is one, however badly held."""
    seen_as = posture(body)
    if seen_as is not Posture.FACE_DOWN:
        return _no_plank(seen_as.name.lower().replace("_", "-"), f"you are {seen_as.value}")
    carried_by = stance(body)
    if carried_by is None:
        if _on_knees(body) is None:
            return _no_plank("knees-low", "your knees may be touching the floor", "")
        return _no_plank("arms-bent", "your arms are neither straight nor on the forearms", "")
    if carried_by != body.stance:
        return _no_plank("changing-support", "you are changing your support", "")
    return _lifted(body) or _straight_enough(body)


def _lifted(body: Body) -> Reason | None:
    """The shoulders above their support, the feet about level with it, the hips off the floor."""
    torso, support = body.torso_px, _support(body)
    if not body.drop_px(Joint.SHOULDER, support) > 0.36 * torso:
        return _no_plank("shoulders-down", "your shoulders are down")
    if not -0.85 * torso < body.drop_px(support, Joint.ANKLE) < 1.1 * torso:
        return _no_plank("feet-raised", "your feet are off the floor", "")
    if body.stance in _ON_KNEES and not _hips_off_the_floor(body):
        return _no_plank("lying", "your hips are on the floor, or nearly")
    return None


def _hips_off_the_floor(body: Body) -> bool:
    """On knees only: low hips there are those of someone who lies on elbows or hands.

    On toes they may come as low (the knees do not), so a sag can still be told.
    """
    hips_up = height_over(body[Joint.HIP], body[_support(body)], body[Joint.KNEE])
    high = hips_up > 0.35 * body.torso_px
    return high or (hips_up > 0.13 * body.torso_px and _hip_line_deg(body) > -11.0)


def _straight_enough(body: Body) -> Reason | None:
    """A line that can be called a plank at all: neither folded at the hips nor at the knees."""
    line = incline_deg(body[_leg_end(body)], body[Joint.SHOULDER])
    if not -15.0 < line < 38.0:
        return _no_plank("too-steep", "your body is too steep", "")
    highest_deg = 35.0 if body.stance in _ON_KNEES else 62.0
    if not -40.0 < _hip_line_deg(body) < highest_deg:
        return _no_plank("hips-folded", "your hips are folded")
    if body.stance not in _ON_KNEES and not KNEE_DEG.of(body) > 130.0:
        return _no_plank("knees-folded", "your knees are folded")
    return None


def settled(body: Body) -> bool:
    """Legs nearly straight: someone getting into place on toes still has bent knees."""
    return body.stance in _ON_KNEES or KNEE_DEG.of(body) > 145.0


SAG = Check(
    code="hips-sag",
    title="Hips dropped",
    measure=HIP_LINE_DEG,
    reference=Reference.NEUTRAL,
    limits=Limits(good=-7.0, fault=-12.0),
    absolute=Limits(good=-4.0, fault=-11.0),
    neutral_range=(0.0, 12.0),
    cue="Lift your hips",
    priority=Priority.SPINE,
    error=3.0,
    absolute_error=8.0,
    in_metres=hip_offset_m,
    why="With the hips low the lower back hangs in its end position instead of being held.",
    evidence=(
        "Engineering choice: 7 degrees are about 4 cm of hip height, above the error of the "
        "measure; frames that people labelled as too low start at −11 degrees."
    ),
)
PIKE = Check(
    code="hips-pike",
    title="Hips too high",
    measure=HIP_LINE_DEG,
    reference=Reference.NEUTRAL,
    limits=Limits(good=9.0, fault=16.0),
    absolute=Limits(good=18.0, fault=25.0),
    neutral_range=(-6.0, 12.0),
    cue="Lower your hips",
    priority=Priority.SPINE,
    error=3.0,
    absolute_error=8.0,
    in_metres=hip_offset_m,
    why="With the hips high the work moves from the trunk to the shoulders.",
    evidence=(
        "Engineering choice: good planks reach +17 degrees unadjusted, frames that people labelled "
        "as too high start at +36."
    ),
)
HOLLOW = Check(
    code="lumbar-hollow",
    title="Lower back hollowed",
    measure=LUMBAR_CURVE_DEG,
    reference=Reference.NEUTRAL,
    limits=Limits(good=5.5, fault=11.0),
    cue="Tuck your tailbone a little",
    priority=Priority.SPINE,
    error=5.0,
    yields_to=frozenset({SAG.code, PIKE.code}),
    yields_early=True,
    persistence_s=1.5,
    why="A hollow can deepen while the hips stay in line: then the lower back hangs all the same.",
    evidence=(
        "Engineering choice: change of the trunk's upper edge from the user's own neutral; its "
        "place differs too much between people and clothes to have a limit. While the hips leave "
        "the line it is not judged: the edge bends with them."
    ),
)
DRIFT = Check(
    code="drift",
    title="Hips drifted over the hold",
    measure=HIP_LINE_DEG,
    reference=Reference.DRIFT,
    limits=Limits(good=4.0, fault=8.0),
    cue="Hips are drifting, reset",
    priority=Priority.TEMPO,
    error=2.0,
    yields_to=frozenset({SAG.code, PIKE.code}),
    stops_clock=False,
    why="A slow change is hard to feel; it is the first sign that the hold gets too long.",
    evidence="Engineering choice; medians over five seconds are steady to about one degree.",
)
ELBOWS = Check(
    code="elbows-offset",
    title="Elbows not under the shoulders",
    measure=ELBOW_OFFSET_RATIO,
    limits=Limits(good=0.20, fault=0.35),
    only_in=frozenset(_ON_FOREARMS),
    cue="Elbows under your shoulders",
    priority=Priority.ARMS_HEAD,
    error=0.10,
    why="Elbows far ahead or behind lengthen the lever that the shoulders and the back carry.",
    evidence="Study set-ups put the elbows below the shoulders; 0.20 of the arm is 12 degrees.",
)
HANDS = Check(
    code="hands-offset",
    title="Hands not under the shoulders",
    measure=HAND_OFFSET_RATIO,
    limits=Limits(good=0.20, fault=0.35),
    only_in=frozenset({HANDS_TOES, HANDS_KNEES}),
    cue="Hands under your shoulders",
    priority=Priority.ARMS_HEAD,
    error=0.10,
    why="Hands far ahead or behind lengthen the lever that the shoulders and the back carry.",
    evidence="As for the elbows.",
)
KNEES = Check(
    code="knees-bent",
    title="Knees bent",
    measure=KNEE_DEG,
    limits=Limits(good=160.0, fault=150.0),
    only_in=frozenset({FOREARMS_TOES, HANDS_TOES}),
    cue="Straighten your knees",
    priority=Priority.KNEE_FOOT,
    error=6.0,
    why="Bent knees shorten the lever and let the hips hang.",
    evidence="Public programs use 160 to 165 degrees; side-on knee error is about 6 degrees.",
)
_HEAD_EVIDENCE = (
    "Engineering choice: rendered heads read about two thirds of their true change, so 20 degrees "
    "here are about 30 of the head; clean real planks stay within 13."
)
HEAD_LOW = Check(
    code="head-dropped",
    title="Head dropped",
    measure=HEAD_PITCH_DEG,
    reference=Reference.NEUTRAL,
    limits=Limits(good=-12.0, fault=-20.0),
    neutral_range=(-115.0, -90.0),
    cue="Lift your head a little",
    priority=Priority.ARMS_HEAD,
    error=8.0,
    why="The head goes on with the line of the back; hanging it rounds the upper back.",
    evidence=_HEAD_EVIDENCE,
)
HEAD_HIGH = Check(
    code="head-lifted",
    title="Head lifted",
    measure=HEAD_PITCH_DEG,
    reference=Reference.NEUTRAL,
    limits=Limits(good=12.0, fault=20.0),
    neutral_range=(-115.0, -60.0),
    cue="Look down, neck long",
    priority=Priority.ARMS_HEAD,
    error=8.0,
    why="Looking up bends the neck back and often arches the lower back with it.",
    evidence=_HEAD_EVIDENCE,
)

ROUNDED = Check(
    code="upper-back-rounded",
    title="Upper back rounded",
    measure=THORACIC_CURVE_DEG,
    reference=Reference.NEUTRAL,
    limits=Limits(good=10.0, fault=16.0),
    cue="Lengthen your upper back",
    priority=Priority.SPINE,
    error=5.0,
    # A dropped head takes the upper end of the edge along, and has to show first.
    yields_to=frozenset({SAG.code, PIKE.code, HEAD_LOW.code}),
    persistence_s=2.5,
    why="Neutral means the whole spine: a back that rounds between the shoulders carries less.",
    evidence="As for the hollow of the lower back.",
)
PLANK = Exercise(
    name="plank",
    title="Plank",
    version="2",
    doc=__doc__,
    view=View.SIDE,
    movement=HoldMovement(
        position=position,
        stance=stance,
        settled=settled,
        passing=frozenset({"arms-bent"}),
        alternating=frozenset({"knees-folded", "knees-low", "all-fours", "hips-folded"}),
    ),
    checks=(SAG, PIKE, HOLLOW, ROUNDED, ELBOWS, HANDS, HEAD_LOW, HEAD_HIGH, KNEES, DRIFT),
    main=HIP_LINE_DEG,
    main_marker=_hip_line_points,
    needs=(Joint.SHOULDER, Joint.HIP, Joint.KNEE, Joint.ANKLE, Joint.ELBOW, Joint.WRIST),
    neutral=(
        Neutral(HIP_LINE_DEG, plausible=(-8.0, 18.0), steady=4.0),
        Neutral(HEAD_PITCH_DEG, plausible=(-130.0, -50.0), steady=10.0),
        Neutral(LUMBAR_CURVE_DEG, plausible=(-90.0, 120.0), steady=8.0),
        Neutral(THORACIC_CURVE_DEG, plausible=(-120.0, 90.0), steady=14.0),
    ),
    outline=True,
    easier=MappingProxyType(
        {FOREARMS_TOES: "Try it on your knees", HANDS_TOES: "Try it on your knees"}
    ),
)
