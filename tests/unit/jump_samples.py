"""Hand-made jumps, true and reported, for the comparison of the two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from formcheck.evaluation.labels import LabelledClip
from formcheck.evaluation.outcome import ClipOutcome, compare
from formcheck.evaluation.truehops import TrueHop, read_hops
from formcheck.evaluation.truth import HipPath, Truth
from formcheck.judgement.rule import Exercise, Limits
from formcheck.landmarks import Side
from formcheck.types import Bout, Cue, Finding, Hop, Level, Phase, Report, StepOutput
from formcheck_rules.plank import PLANK

FLIGHT_S, CONTACT_S = 0.16, 0.34
PERIOD_S = FLIGHT_S + CONTACT_S
PX_PER_M = 160.0

TOO_HIGH = replace(
    PLANK.check("hips-pike"), code="too-high", limits=Limits(5.0, 7.0), cue="Stay lower"
)
STIFF = replace(TOO_HIGH, code="stiff-knees", cue="Softer knees")
SKIP: Exercise = replace(PLANK, name="skip", checks=(TOO_HIGH, STIFF), neutral=())


def plain_hop(number: int, **other: object) -> dict[str, object]:
    """A jump of 3.2 cm as a truth file has it, two a second, the first from 1 s on."""
    take_off_s = 1.0 + number * PERIOD_S
    landing_s = take_off_s + FLIGHT_S
    both = {"left_landing_s": landing_s, "right_landing_s": landing_s}
    return {"take_off_s": take_off_s, "landing_s": landing_s, "height_m": 0.032, **both, **other}


def true_hops(count: int, **other: object) -> tuple[TrueHop, ...]:
    return read_hops([plain_hop(i, **other) for i in range(count)])


def hop(
    true: TrueHop,
    values: Mapping[str, float] | None = None,
    errors: Mapping[str, float] | None = None,
    **other: object,
) -> Hop:
    """A true jump as it would be reported without any error, but for what is given."""
    plain = Hop(
        take_off_s=true.take_off_s,
        landing_s=true.landing_s,
        end_s=true.landing_s + (true.contact_s or 0.0),
        foot=true.foot,
        values={"height_cm": 100.0 * true.height_m, **(values or {})},
        errors={"height_cm": 0.5} if errors is None else errors,
        not_judged={},
        levels={},
    )
    return replace(plain, **other)  # type: ignore[arg-type]


def bout(hops: Sequence[Hop], style: str = "both feet", **values: float) -> Bout:
    return Bout(
        start_s=hops[0].take_off_s,
        end_s=hops[-1].landing_s,
        jumps=len(hops),
        style=style,
        values=values,
        errors={"height_cm": 0.3} if "height_cm" in values else {},
        drift={},
        not_judged={},
    )


def truth(hops: tuple[TrueHop, ...], **other: object) -> Truth:
    """Hips that go up and down twice a second by 16 cm, 160 pixels to a metre."""
    t_s = np.arange(0.0, max([20.0, *(one.landing_s + 1.0 for one in hops)]), 1 / 60)
    up_m = 0.9 + 0.08 * np.sin(2.0 * np.pi * t_s / PERIOD_S)
    plain = Truth(
        t_s=t_s,
        measures={},
        neutral={},
        good_form_s=(),
        facts={"camera.yaw_deg": 10.0},
        hops=hops,
        hips=HipPath(500.0 - PX_PER_M * up_m, up_m),
    )
    return replace(plain, **other)  # type: ignore[arg-type]


def labelled(**label: object) -> LabelledClip:
    plain = LabelledClip(Path("a.mp4"), "a.mp4", "a", "skip", True, (), (), (), None, view="side")
    return replace(plain, **label)  # type: ignore[arg-type]


def report_of(
    hops: Sequence[Hop],
    bouts: Sequence[Bout] | None = None,
    cues: Sequence[Cue] = (),
    findings: Sequence[Finding] = (),
) -> Report:
    found = [bout(hops)] if bouts is None and hops else bouts or ()
    return Report(
        exercise="skip",
        rule_version="1",
        duration_s=20.0,
        judged_s=0.0,
        not_judged_s={},
        reasons={},
        holds=(),
        findings=tuple(findings),
        cues=tuple(cues),
        not_judged_checks={},
        hops=tuple(hops),
        bouts=tuple(found),
    )


def step(t_s: float, *, judged: bool = True) -> StepOutput:
    return StepOutput(
        t_s=t_s,
        phase=Phase.JUMPING,
        judged=judged,
        reason=None,
        checks={},
        measures={},
        neutral={},
        score=None,
        held_s=0.0,
        good_form_s=0.0,
        cue=None,
        shown_cue=None,
        side=None,
        marker=None,
    )


def outcome(
    clip: LabelledClip, report: Report, fps: float = 60.0, exercise: Exercise = SKIP
) -> ClipOutcome:
    steps = [step(i / fps) for i in range(round(8 * fps))]
    return compare(clip, exercise, steps, report)


def alternating(count: int) -> tuple[TrueHop, ...]:
    """The right foot first, then the left one, and so on."""
    left = ({"left_landing_s": None}, {"right_landing_s": None})
    return read_hops([plain_hop(i, **left[i % 2]) for i in range(count)])


FAULTY = {"too-high": Level.FAULT}
FINE = {"too-high": Level.GOOD}
LEFT = Side.LEFT
