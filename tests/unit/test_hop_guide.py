"""What is said around jumps in a live session."""

from __future__ import annotations

import hop_samples as samples
import pytest
import rep_samples

from formcheck.judgement import guide
from formcheck.judgement.guide import HopGuide, RepGuide, guide_for
from formcheck.types import Cue, CueKind, Phase, Reason, StepOutput

FEET = Reason("feet-hidden", "your feet are not in the picture", "Step back until I see your feet")


def away(t_s: float, reason: Reason | None = None) -> StepOutput:
    return samples.step(t_s, phase=Phase.AWAY, judged=False, reason=reason)


def said(steps: list[StepOutput]) -> list[tuple[float, str]]:
    following = HopGuide()
    cues = (following.update(step) for step in steps)
    return [(cue.t_s, cue.text) for cue in cues if cue is not None]


def ticks(start_s: float, end_s: float) -> list[float]:
    return [k / 10 for k in range(round(start_s * 10), round(end_s * 10))]


def test_jumps_have_a_guide_of_their_own():
    assert isinstance(guide_for(samples.EXERCISE), HopGuide)
    assert isinstance(guide_for(rep_samples.EXERCISE), RepGuide)


def test_the_view_is_mended_first_and_then_the_start_is_given_once():
    steps = [away(t, FEET) for t in ticks(0, 4)] + [away(t) for t in ticks(4, 30)]
    assert said(steps) == [
        (1.0, "Step back until I see your feet"),
        (5.0, guide.BEGIN),
    ]


def test_nothing_is_said_while_jumping_but_cues():
    cue = Cue(8.0, CueKind.CORRECT, "Soften your knees", "stiff-knees")
    steps = [away(t) for t in ticks(0, 3)]
    steps += [
        samples.step(t, hops=round(2 * t), cue=cue if t == 8.0 else None) for t in ticks(3, 60)
    ]
    assert said(steps) == [(1.0, guide.BEGIN), (8.0, "Soften your knees")]


def test_a_miss_is_not_commented_on():
    steps = [samples.step(t) for t in ticks(0, 10)]
    steps += [away(t) for t in ticks(10, 14)] + [samples.step(t) for t in ticks(14, 20)]
    assert said(steps) == []


def test_someone_who_jumps_out_of_view_is_told():
    steps = [samples.step(t) for t in ticks(0, 5)]
    steps += [samples.step(t, judged=False, reason=FEET) for t in ticks(5, 12)]
    ((when, text),) = said(steps)
    assert text == FEET.advice
    assert when == pytest.approx(5.0 + guide.BLIND_S, abs=0.11)
