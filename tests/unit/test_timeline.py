"""Verdicts over time: every moment has one, and why."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest

from formcheck.judgement.registry import load_exercises
from formcheck.presentation.timeline import Stretch, Timeline, stretches
from formcheck.types import TAKE_POSITION, Finding, Level, Phase, Reason, StepOutput

PLANK = load_exercises()["plank"]
FRONT = Reason("view-not-side", "camera sees you from the front", "Turn side-on")
STANDING = Reason("standing", "not a plank: you are standing", TAKE_POSITION)
NOTHING: MappingProxyType[str, float] = MappingProxyType({})


def step(t_s: float, *, judged: bool = True, reason: Reason | None = None) -> StepOutput:
    return StepOutput(
        t_s,
        Phase.HOLDING if judged else Phase.AWAY,
        judged,
        reason,
        {},
        {PLANK.main.name: t_s},
        NOTHING,
        None,
        0.0,
        0.0,
        None,
        None,
        None,
        None,
    )


def timeline(*steps: StepOutput) -> Timeline:
    made = Timeline(PLANK)
    for one in steps:
        made.add(one)
    return made


def finding(start_s: float, end_s: float, level: Level, check: str = "hips-sag") -> Finding:
    return Finding(check, level, start_s, end_s, start_s, -20.0, 3.0, -12.0, 8.0, "deg", True)


def test_every_stretch_says_what_it_is() -> None:
    steps = [step(k / 10, judged=False, reason=STANDING) for k in range(10)]
    steps += [step(k / 10) for k in range(10, 20)]
    steps += [step(k / 10, judged=False, reason=FRONT) for k in range(20, 31)]
    assert stretches(timeline(*steps), ()) == [
        Stretch(0.0, 1.0, "idle", (STANDING.text,)),
        Stretch(1.0, 2.0, "good"),
        Stretch(2.0, 3.0, "not_judged", (FRONT.text,)),
    ]


def test_findings_cut_what_was_judged_and_the_worse_one_shows() -> None:
    steps = [step(k / 10) for k in range(51)]
    warned = finding(1.0, 3.0, Level.WARN, "head-dropped")
    fault = finding(2.0, 4.0, Level.FAULT)
    assert stretches(timeline(*steps), (warned, fault)) == [
        Stretch(0.0, 1.0, "good"),
        Stretch(1.0, 2.0, "warn", ("head-dropped",)),
        Stretch(2.0, 4.0, "fault", ("hips-sag",)),
        Stretch(4.0, 5.0, "good"),
    ]


def test_ends_that_fall_together_but_for_rounding_make_no_stretch_of_their_own() -> None:
    steps = [step(k / 10) for k in range(51)]
    one, other = finding(1.0, 3.0, Level.WARN), finding(2.0, 3.0000001, Level.WARN, "drift")
    found = stretches(timeline(*steps), (one, other))
    assert all(stretch.end_s - stretch.start_s > 0.01 for stretch in found)
    assert [stretch.level for stretch in found] == ["good", "warn", "warn", "good"]


def test_a_hole_in_the_clip_stays_a_hole() -> None:
    found = stretches(timeline(step(0.0), step(0.1), step(30.0), step(30.1)), ())
    assert [(one.start_s, one.end_s) for one in found] == [
        (0.0, pytest.approx(1.1)),
        (30.0, 30.1),
    ]


def test_nothing_was_seen() -> None:
    assert stretches(timeline(), ()) == []
    assert timeline().t_s.size == 0


def test_columns_come_back_as_they_were_told() -> None:
    made = timeline(step(0.0), step(1.0), step(2.0))
    assert made.values(PLANK.main.name).tolist() == [0.0, 1.0, 2.0]
    assert np.isnan(made.values("score")).all()
    with pytest.raises(ValueError, match="not in"):
        made.values("nothing")
