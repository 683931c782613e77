"""A hand-made exercise that is repeated, with steps and a report, for what is shown and written."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from presentation_samples import EXERCISE as PLANK_LIKE
from presentation_samples import step as plank_step

from formcheck.judgement.repmeasures import Part, RepMeasure, change_at_top, seconds_of
from formcheck.judgement.rule import (
    Check,
    Exercise,
    Joint,
    Limits,
    OwnRange,
    Priority,
    RepMovement,
    Track,
    View,
)
from formcheck.kinematics.features import HEAD_PITCH_DEG, Feature
from formcheck.landmarks import Side
from formcheck.types import (
    CheckState,
    Cue,
    CueKind,
    Finding,
    Level,
    Phase,
    Reason,
    Rep,
    Report,
    StepOutput,
)


def _unseen(_: object) -> float:
    return math.nan


LEFT_DEG = Feature("left_leg_deg", "deg", "left leg, + out", (Joint.HIP, Joint.KNEE), _unseen)
RIGHT_DEG = Feature("right_leg_deg", "deg", "right leg, + out", (Joint.HIP, Joint.KNEE), _unseen)
GAP_RATIO = Feature("back_gap_ratio", "ratio", "gap under the back", (), _unseen)
BACK_LIFT = change_at_top(GAP_RATIO, "back_lift_ratio", "lift of the lower back")
OUT_S = seconds_of(Part.OUT, "way_out_s", "way out")
LOWEST_DEG = RepMeasure("leg_low_deg", "deg", "leg at its lowest", (LEFT_DEG,), lambda rep: None)
PAIRING = RepMeasure("pairing_deg", "deg", "pairing", (LEFT_DEG,), lambda rep: None)

PART_WAY = Reason("part-way", "it went only part of the way")
SAME_SIDE = Reason("same-side", "arm and leg of the same side")


def _check(code: str, title: str, cue: str, **other: Any) -> Check:
    return Check(
        code=code,
        title=title,
        cue=cue,
        why="The trunk holds against the limbs.",
        evidence="House limit.",
        praise="Better, keep going",
        **other,
    )


EXERCISE = Exercise(
    name="leg_reach",
    title="Leg reach",
    version="1",
    doc="Leg reach.",
    view=View.SIDE,
    movement=RepMovement(
        position=lambda body: None,
        stance=lambda body: None,
        tracks=(Track(LEFT_DEG, Side.LEFT), Track(RIGHT_DEG, Side.RIGHT)),
        least=30.0,
        notes=(LOWEST_DEG,),
    ),
    checks=(
        _check(
            "back-lift",
            "Lower back lifted",
            "Press your lower back down",
            measure=BACK_LIFT,
            limits=Limits(0.02, 0.06),
            priority=Priority.SPINE,
            error=0.01,
            early=True,
        ),
        _check(
            "same-side",
            "Arm and leg of the same side",
            "Opposite arm and leg",
            measure=PAIRING,
            limits=Limits(0.0, 15.0),
            priority=Priority.KNEE_FOOT,
            error=5.0,
            voids=True,
        ),
        _check(
            "too-fast",
            "Too fast",
            "Slower, two seconds each way",
            measure=OUT_S,
            limits=Limits(1.4, 0.8),
            priority=Priority.TEMPO,
            error=0.3,
        ),
        _check(
            "head-up",
            "Head off the floor",
            "Rest your head down",
            measure=HEAD_PITCH_DEG,
            limits=Limits(22.0, 30.0),
            priority=Priority.ARMS_HEAD,
            error=6.0,
        ),
    ),
    main=LEFT_DEG,
    main_marker=lambda body: None,
    easier={},
    needs=(Joint.HIP,),
    own_range=OwnRange(
        GAP_RATIO, "Flatten your back into the floor", "Now let it arch", "And rest", 0.05
    ),
)


def rep(start_s: float, side: Side | None, why_not: Reason | None = None, **values: float) -> Rep:
    """Four seconds: 1.5 out, 1 at the top, 1.5 back; the levels follow from the values."""
    found = {"out_s": 1.5, "back_s": 1.5, "way_out_s": 1.5, "back_lift_ratio": 0.01, **values}
    levels = {
        check.code: check.limits.level(found[check.measure.name])
        for check in EXERCISE.checks
        if check.measure.name in found
    }
    return Rep(
        start_s, start_s + 1.5, start_s + 2.5, start_s + 4.0, side, why_not, found, levels
    )  # fmt: skip


REPS = (
    rep(5.0, Side.LEFT, leg_low_deg=31.25),
    rep(10.0, Side.RIGHT),
    rep(15.0, Side.LEFT, PART_WAY),
    rep(20.0, Side.LEFT, back_lift_ratio=0.09),
    rep(25.0, Side.RIGHT, way_out_s=1.1),
    rep(30.0, Side.RIGHT, SAME_SIDE, pairing_deg=40.0),
)
"""Four count (two a side), three of them in good form; two don't."""

FINDING = Finding(
    check="back-lift",
    level=Level.FAULT,
    start_s=21.2,
    end_s=23.0,
    worst_t_s=22.0,
    worst=0.09,
    error=0.01,
    limit=0.06,
    margin=0.03,
    unit="ratio",
    relative=False,
)
FAST = Finding(
    "too-fast", Level.WARN, 25.0, 26.5, 25.75, 1.1, 0.3, 1.4, 0.3, "s", False
)  # fmt: skip
REMARK = "Your lower back seemed to lift on rep 3."

REPORT = Report(
    exercise="leg_reach",
    rule_version="1",
    duration_s=36.0,
    judged_s=31.0,
    not_judged_s={"nobody": 5.0},
    reasons={"nobody": Reason("nobody", "nobody in view", "Come into the picture")},
    holds=(),
    findings=(FINDING, FAST),
    cues=(Cue(22.4, CueKind.CORRECT, "Press your lower back down", "back-lift"),),
    not_judged_checks={"head-up": "ear was never seen"},
    reps=REPS,
    sets_s=((4.0, 35.0),),
    own_range={"back_gap_ratio": (0.05, 0.25)},
    remarks=(REMARK,),
)

_PHASES = (
    (0.0, 1.5, Phase.OUT),
    (1.5, 2.5, Phase.TOP),
    (2.5, 4.0, Phase.BACK),
)


def step(t_s: float = 6.0, phase: Phase = Phase.READY, **changes: Any) -> StepOutput:
    """One judged moment of a set."""
    states = {check.code: CheckState(Level.NOT_JUDGED, None, None) for check in EXERCISE.checks}
    base = replace(
        plank_step(t_s),
        phase=phase,
        held_s=0.0,
        good_form_s=0.0,
        checks=states,
        score=None,
        measures={"left_leg_deg": 0.0, "right_leg_deg": 0.0, "back_gap_ratio": 0.1},
    )
    return replace(base, **changes)


def steps(fps: float = 10.0) -> list[StepOutput]:
    """The session of the report, moment by moment: away until 4 s, six repetitions until 35 s."""
    return [_moment(i / fps) for i in range(round(36.0 * fps))]


def _moment(t_s: float) -> StepOutput:
    if not 4.0 <= t_s < 35.0:
        done = 4 if t_s >= 35.0 else 0
        return step(t_s, Phase.AWAY, judged=False, reason=PART_WAY, measures={}, reps=done)
    over = [rep for rep in REPS if rep.end_s <= t_s]
    just_now = tuple(rep for rep in over if rep.end_s > t_s - 0.05)
    checks = {check.code: CheckState(Level.NOT_JUDGED, None, None) for check in EXERCISE.checks}
    if over:
        for code, level in over[-1].levels.items():
            check = EXERCISE.check(code)
            value = over[-1].values[check.measure.name]
            checks[code] = CheckState(level, value, check.limits.score(value))
    now = next((rep for rep in REPS if rep.start_s <= t_s < rep.end_s), None)
    phase, measures = Phase.READY, {"left_leg_deg": 2.0, "right_leg_deg": 3.0}
    if now is not None:
        gone_s = t_s - now.start_s
        phase = next(phase for start, end, phase in _PHASES if start <= gone_s < end)
        name = "left_leg_deg" if now.side is Side.LEFT else "right_leg_deg"
        measures[name] += 50.0 * math.sin(math.pi * gone_s / 4.0)
    return step(
        t_s,
        phase,
        checks=checks,
        measures=measures,
        ended=just_now,
        reps=len([rep for rep in over if rep.counted]),
    )


HOLD = PLANK_LIKE
"""An exercise that is held, to tell the two apart."""
