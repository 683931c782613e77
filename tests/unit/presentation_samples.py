"""Hand-made exercises, steps and reports for the tests of what is shown and written."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from formcheck.judgement.rule import (
    Check,
    Exercise,
    HoldMovement,
    Joint,
    Limits,
    Priority,
    Reference,
    View,
)
from formcheck.kinematics.features import HEAD_PITCH_DEG, KNEE_DEG, line_bend
from formcheck.landmarks import Landmark, Side
from formcheck.types import (
    CheckState,
    Cue,
    CueKind,
    Finding,
    Hold,
    Level,
    Marker,
    Phase,
    Pose,
    Reason,
    Report,
    StepOutput,
)

HIP_LINE_DEG = line_bend("hip_line_deg", "hip line", Joint.SHOULDER, Joint.HIP, Joint.ANKLE)
NOT_SIDE = Reason(
    "view-not-side", "the camera does not see you from the side", "Turn side-on to me"
)


def _check(code: str, title: str, cue: str, **other: Any) -> Check:
    return Check(
        code=code,
        title=title,
        cue=cue,
        why="The hips carry the line from shoulder to ankle.",
        evidence="House limit: wider than the error of the measure, tuned on labelled clips.",
        **other,
    )


EXERCISE = Exercise(
    name="plank",
    title="Forearm plank",
    version="1",
    doc="""Forearm plank.

What: the line from shoulder to ankle. <b>Why</b>: & so on.
""",
    view=View.SIDE,
    movement=HoldMovement(position=lambda body: None, stance=lambda body: None),
    checks=(
        _check(
            "hips-sag",
            "Hips dropped",
            "Lift your hips",
            measure=HIP_LINE_DEG,
            limits=Limits(-7.0, -12.0),
            priority=Priority.SPINE,
            error=3.0,
            reference=Reference.NEUTRAL,
            absolute=Limits(-8.0, -14.0),
        ),
        _check(
            "hips-pike",
            "Hips too high",
            "Lower your hips",
            measure=HIP_LINE_DEG,
            limits=Limits(10.0, 18.0),
            priority=Priority.SPINE,
            error=3.0,
            reference=Reference.NEUTRAL,
            absolute=Limits(20.0, 28.0),
        ),
        _check(
            "neck-lifted",
            "Head lifted",
            "Look down, neck long",
            measure=HEAD_PITCH_DEG,
            limits=Limits(15.0, 25.0),
            priority=Priority.ARMS_HEAD,
            error=3.0,
            reference=Reference.NEUTRAL,
        ),
        _check(
            "knees-bent",
            "Knees bent",
            "Straighten your knees",
            measure=KNEE_DEG,
            limits=Limits(165.0, 155.0),
            priority=Priority.KNEE_FOOT,
            error=3.0,
        ),
    ),
    main=HIP_LINE_DEG,
    main_marker=lambda body: None,
    easier={"forearms and toes": "Try it on your knees"},
    needs=(Joint.SHOULDER, Joint.HIP, Joint.ANKLE),
)

_PLANK_XY = {
    "EAR": (0.15, 0.47),
    "SHOULDER": (0.22, 0.55),
    "ELBOW": (0.23, 0.75),
    "WRIST": (0.14, 0.76),
    "HIP": (0.48, 0.60),
    "KNEE": (0.66, 0.68),
    "ANKLE": (0.84, 0.75),
    "HEEL": (0.87, 0.72),
    "FOOT_INDEX": (0.86, 0.82),
}


def pose(width_px: int, height_px: int, sag: float = 0.0) -> Pose:
    """A side-on plank that fills the width, whatever the shape of the picture."""
    middle = height_px / 2
    unit = min(width_px, height_px * 1.6)
    xy = np.zeros((33, 2), np.float32)
    xy[:11] = (0.13 * width_px, middle - 0.1 * unit)
    for name, (x, y) in _PLANK_XY.items():
        drop = sag if name == "HIP" else sag / 2 if name == "KNEE" else 0.0
        for side, shift in (("LEFT", 0.0), ("RIGHT", 0.012)):
            at = ((x + shift) * width_px, middle + (y + drop - 0.6 - shift) * unit * 0.6)
            xy[Landmark[f"{side}_{name}"]] = at
    for finger in ("PINKY", "INDEX", "THUMB"):
        for side in ("LEFT", "RIGHT"):
            xy[Landmark[f"{side}_{finger}"]] = xy[Landmark[f"{side}_WRIST"]]
    return Pose(xy, np.zeros((33, 3), np.float32), np.full(33, 0.95, np.float32))


def marker(of: Pose) -> Marker:
    """The hip line of a pose."""
    start, vertex, end = (
        (float(of.xy_px[i, 0]), float(of.xy_px[i, 1]))
        for i in (Landmark.LEFT_SHOULDER, Landmark.LEFT_HIP, Landmark.LEFT_ANKLE)
    )
    return Marker(start, vertex, end)


def step(t_s: float = 0.0, level: Level = Level.GOOD, **changes: Any) -> StepOutput:
    """One judged moment of a hold, its hip line at ``level``."""
    hip_line = {Level.GOOD: 1.5, Level.WARN: -9.0, Level.FAULT: -14.2}.get(level, math.nan)
    judged = level is not Level.NOT_JUDGED
    score = {Level.GOOD: 97.0, Level.WARN: 74.0, Level.FAULT: 31.0}.get(level)
    good = CheckState(Level.GOOD, 3.0, 99.0) if judged else CheckState(level, None, None)
    base = StepOutput(
        t_s=t_s,
        phase=Phase.HOLDING,
        judged=judged,
        reason=None if judged else NOT_SIDE,
        checks={
            "hips-sag": CheckState(level, hip_line if judged else None, score),
            "hips-pike": good,
            "neck-lifted": good,
            "knees-bent": good,
        },
        measures={"hip_line_deg": hip_line, "head_pitch_deg": 3.0, "knee_deg": 171.0},
        neutral={},
        score=score,
        held_s=max(0.0, t_s - 1.0),
        good_form_s=max(0.0, t_s - 3.0),
        cue=None,
        shown_cue=None,
        side=Side.LEFT if judged else None,
        marker=None,
    )
    return replace(base, **changes)


LIFT = Cue(11.5, CueKind.CORRECT, "Lift your hips", "hips-sag")
BETTER = Cue(15.0, CueKind.PRAISE, "Better, hold that", "hips-sag")

FINDING = Finding(
    error=3.0,
    check="hips-sag",
    level=Level.FAULT,
    start_s=10.4,
    end_s=14.6,
    worst_t_s=12.5,
    worst=-14.2,
    limit=-12.0,
    margin=2.2,
    unit="deg",
    relative=True,
)


def steps(duration_s: float = 30.0, fps: float = 10.0) -> list[StepOutput]:
    """A session: four seconds away, a hold that sags from 10.4 to 14.6 s, then the camera moves."""
    found = []
    for i in range(round(duration_s * fps)):
        t_s = i / fps
        if t_s < 4.0:
            found.append(step(t_s, Level.NOT_JUDGED, phase=Phase.AWAY, held_s=0.0, good_form_s=0.0))
            continue
        if t_s >= 26.0:
            found.append(step(t_s, Level.NOT_JUDGED))
            continue
        depth = math.sin(math.pi * (t_s - 10.0) / 5.0) if 10.0 <= t_s <= 15.0 else 0.0
        hip_line = 1.5 + 0.6 * math.sin(3 * t_s) - 15.7 * depth
        level = EXERCISE.checks[0].limits.level(hip_line)
        state = CheckState(level, hip_line, EXERCISE.checks[0].limits.score(hip_line))
        base = step(t_s, Level.GOOD)
        cue = next((cue for cue in (LIFT, BETTER) if abs(cue.t_s - t_s) < 0.5 / fps), None)
        found.append(
            replace(
                base,
                checks={**base.checks, "hips-sag": state},
                measures={**base.measures, "hip_line_deg": hip_line},
                score=state.score,
                cue=cue,
                shown_cue=LIFT if 11.5 <= t_s < 14.0 else None,
            )
        )
    return found


REPORT = Report(
    exercise="plank",
    rule_version="1",
    duration_s=30.0,
    judged_s=22.0,
    not_judged_s={"nobody": 4.0, "view-not-side": 4.0},
    reasons={
        "nobody": Reason("nobody", "nobody in view", "Come into the picture"),
        "view-not-side": NOT_SIDE,
    },
    holds=(
        Hold(
            start_s=4.0,
            end_s=26.0,
            good_form_s=17.8,
            best_streak_s=11.4,
            judged_s=22.0,
            good_spans_s=((4.0, 10.4), (14.6, 26.0)),
            neutral={"hip_line_deg": 1.4},
            score=96.5,
        ),
    ),
    findings=(FINDING,),
    cues=(LIFT, BETTER),
    not_judged_checks={"neck-lifted": "ear was never seen"},
)
