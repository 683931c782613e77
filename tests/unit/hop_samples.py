"""A hand-made exercise of jumps, with steps and reports, for what is shown and written."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from presentation_samples import step as plank_step

from formcheck.judgement.rule import Check, Exercise, Joint, Limits, Priority, View
from formcheck.kinematics.features import Feature
from formcheck.landmarks import Side
from formcheck.types import (
    Bout,
    Cue,
    CueKind,
    Finding,
    Hop,
    Level,
    Phase,
    Reason,
    Report,
    StepOutput,
)

PERIOD_S = 0.48
FLIGHT_S = 0.166
NO_CONTACT = "the last jump of a bout has no contact after it"
SIDE_ONLY = "both feet are seen only from the front"


@dataclass(frozen=True)
class Jumping:
    """Stands for a movement that is neither held nor repeated from one position."""

    notes: tuple[()] = ()


def _unseen(_: object) -> float:
    return math.nan


def _measure(name: str, unit: str, title: str) -> Feature:
    return Feature(name, unit, title, (Joint.ANKLE,), _unseen)


def _check(code: str, title: str, cue: str, measure: Feature, limits: Limits) -> Check:
    return Check(
        code=code,
        title=title,
        cue=cue,
        measure=measure,
        limits=limits,
        why="A rope needs no more than a few centimetres.",
        evidence="House limit.",
        priority=Priority.KNEE_FOOT,
        error=0.7,
    )


HEIGHT = _measure("height_cm", "cm", "height of the jump")
KNEE = _measure("knee_deg", "deg", "knee bend after the landing")
STRIKE = _measure("strike_deg", "deg", "heel above toes at touch-down, + heel up")

EXERCISE = Exercise(
    name="jump_rope",
    title="Jump rope",
    version="1",
    doc="Jump rope.",
    view=View.SIDE,
    movement=Jumping(),
    checks=(
        _check(
            "too-high",
            "Jumped too high",
            "Lower jumps, just clear the rope",
            HEIGHT,
            Limits(5.0, 7.0),
        ),
        _check("stiff-knees", "Landed stiff", "Soften your knees", KNEE, Limits(20.0, 10.0)),
        _check(
            "heels-first",
            "Landed on the heels",
            "Land on your toes, heels up",
            STRIKE,
            Limits(5.0, -5.0),
        ),
    ),
    main=KNEE,
    main_marker=lambda body: None,
    easier={},
    needs=(Joint.ANKLE,),
)


def hop(t_s: float, k: int = 0, last: bool = False, **values: float) -> Hop:
    """One jump that takes off at a time, its values swinging a little with its number."""
    swing = math.sin(1.7 * k)
    flight_s = FLIGHT_S + 0.004 * swing
    landing_s = t_s + flight_s
    found = {
        "height_cm": 3.4 + 0.3 * swing,
        "flight_ms": 1000 * flight_s,
        "clearance_cm": 4.1 + 0.4 * swing,
        "knee_touch_deg": 14.0 + swing,
        "knee_deg": 27.0 + 3 * swing,
        "strike_deg": 12.0 - 2 * swing,
        "lean_deg": 4.0 + swing,
        "loudness_db": 1.5 * swing,
        "turns": 1.0,
        "sound_landing_s": landing_s + 0.004,
        **({} if last else {"contact_ms": 1000 * (PERIOD_S - flight_s)}),
        **values,
    }
    known = {name: value for name, value in found.items() if math.isfinite(value)}
    errors = {"height_cm": 0.9, "flight_ms": 12.0, "knee_deg": 6.0, "strike_deg": 7.0}
    missing = {"offset_ms": SIDE_ONLY, **({"contact_ms": NO_CONTACT} if last else {})}
    for name in found.keys() - known.keys():
        missing[name] = "the feet left the picture"
    levels = {
        check.code: check.limits.level(known[check.measure.name])
        for check in EXERCISE.checks
        if check.measure.name in known
    }
    return Hop(
        t_s,
        landing_s,
        landing_s if last else t_s + PERIOD_S,
        None,
        known,
        {name: error for name, error in errors.items() if name in known},
        missing,
        levels,
    )


def hops_from(start_s: float, n: int, **values: float) -> tuple[Hop, ...]:
    """A bout of so many jumps."""
    return tuple(hop(start_s + k * PERIOD_S, k, last=k == n - 1, **values) for k in range(n))


def bout(found: tuple[Hop, ...], style: str = "both feet", **values: float) -> Bout:
    """The bout of some jumps; means of what they have."""
    names = ("height_cm", "flight_ms", "contact_ms", "clearance_cm", "knee_deg", "strike_deg")
    means = {}
    for name in names:
        known = [h.values[name] for h in found if name in h.values]
        if known:
            means[name] = sum(known) / len(known)
    if len(found) > 2:
        means |= {"cadence_per_min": 60 / PERIOD_S, "cadence_cv_pct": 2.4}
    errors = {"height_cm": 0.5, "cadence_per_min": 0.6, "contact_ms": 9.0, "knee_deg": 5.0}
    third = max(1, len(found) // 3)
    drift = {}
    for name in ("height_cm", "contact_ms", "knee_deg"):
        parts = [
            [h.values[name] for h in part if name in h.values]
            for part in (found[:third], found[-third:])
        ]
        if all(parts):
            drift[name] = tuple(sum(part) / len(part) for part in parts)
    return Bout(
        found[0].take_off_s,
        found[-1].landing_s,
        len(found),
        style,
        {**means, **values},
        {name: error for name, error in errors.items() if name in means},
        drift,
        {"offset_ms": SIDE_ONLY},
    )


FINDING = Finding(
    check="stiff-knees",
    level=Level.FAULT,
    start_s=12.0,
    end_s=16.0,
    worst_t_s=14.0,
    worst=6.0,
    error=5.0,
    limit=10.0,
    margin=4.0,
    unit="deg",
    relative=False,
)
HIGH = replace(
    FINDING,
    check="too-high",
    level=Level.WARN,
    worst=5.6,
    error=0.7,
    limit=5.0,
    margin=0.6,
    unit="cm",
    worst_t_s=5.0,
)


def report(*bouts: tuple[Hop, ...], **changes: Any) -> Report:
    """A report of some bouts, without findings."""
    end_s = max((found[-1].end_s for found in bouts), default=8.0) + 1.0
    base = Report(
        exercise="jump_rope",
        rule_version="1",
        duration_s=end_s,
        judged_s=end_s - 1.5,
        not_judged_s={"nobody": 1.5},
        reasons={"nobody": Reason("nobody", "nobody in view", "Come into the picture")},
        holds=(),
        findings=(),
        cues=(),
        not_judged_checks={},
        hops=tuple(h for found in bouts for h in found),
        bouts=tuple(bout(found) for found in bouts),
    )
    return replace(base, **changes)


NONE = report(judged_s=0.0, bouts=())
ONE_JUMP = report(hops_from(2.0, 1))
ONE_BOUT = report(hops_from(2.0, 24))
TWO_BOUTS = report(
    hops_from(2.0, 18),
    hops_from(12.4, 14, knee_deg=6.0),
    findings=(HIGH, FINDING),
    cues=(Cue(15.0, CueKind.CORRECT, "Soften your knees", "stiff-knees"),),
)
UNJUDGED = report(
    hops_from(
        2.0,
        9,
        **dict.fromkeys(
            (
                "height_cm",
                "clearance_cm",
                "knee_deg",
                "knee_touch_deg",
                "strike_deg",
                "lean_deg",
                "loudness_db",
                "sound_landing_s",
            ),
            math.nan,
        ),
    )
)
LONG = report(hops_from(2.0, 400))


def other_movement(start_s: float, end_s: float, style: str = "running on the spot") -> Bout:
    """A bout that was recognised as another movement: it was measured, and has no jumps."""
    told = bout(hops_from(start_s, max(2, round((end_s - start_s) / PERIOD_S))), style)
    return replace(told, start_s=start_s, end_s=end_s, jumps=0)


RUNNING = report(judged_s=0.0, bouts=(other_movement(0.8, 6.8),))
RUN_THEN_ROPE = report(
    hops_from(12.0, 20),
    bouts=(
        other_movement(1.0, 5.0),
        bout(hops_from(12.0, 20)),
        other_movement(24.0, 27.5, "jumping jacks"),
        other_movement(30.0, 33.0),
    ),
)
EVERY = {
    "none": NONE,
    "one jump": ONE_JUMP,
    "one bout": ONE_BOUT,
    "two bouts": TWO_BOUTS,
    "nothing judged": UNJUDGED,
    "400 jumps": LONG,
    "another movement": RUNNING,
    "another movement and jumps": RUN_THEN_ROPE,
}


def step(t_s: float, **changes: Any) -> StepOutput:
    """One moment of jumping."""
    base = replace(
        plank_step(t_s),
        phase=Phase.JUMPING,
        held_s=0.0,
        good_form_s=0.0,
        checks={},
        score=None,
        measures={"knee_deg": 20.0},
        side=Side.LEFT,
    )
    return replace(base, **changes)


def steps(of: Report = ONE_BOUT, fps: float = 30.0) -> list[StepOutput]:
    """The moments of a report; each jump is told when its contact is over."""
    found = []
    for i in range(round(of.duration_s * fps)):
        t_s = i / fps
        over = [h for h in of.hops if h.end_s <= t_s]
        just_now = tuple(h for h in over if h.end_s > t_s - 1 / fps)
        phase = Phase.JUMPING if any(b.start_s <= t_s <= b.end_s for b in of.bouts) else Phase.AWAY
        found.append(step(t_s, phase=phase, hops=len(over), landed=just_now))
    return found
