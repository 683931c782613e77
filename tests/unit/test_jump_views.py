"""What holds of one jump is not taken for granted of the next: who turns, misses, or is cut off."""

from __future__ import annotations

from dataclasses import replace

import pytest

from formcheck.testing import Jumper, hopping, report_of
from formcheck.types import CueKind, Report
from formcheck_rules.jump_rope import JUMP_ROPE

SIDE, FRONT = 90.0, 0.0
OF_SIDE, OF_FRONT = ("stiff-knees", "trunk-lean"), ("elbows-wide", "hands-off-hip")
JUMPS = 24
GOOD = Jumper(heights_cm=(3.0,) * JUMPS, jitter_px=0.5)


def turning(first_deg: float, then_deg: float, after: int) -> Report:
    """Someone who turns after so many jumps, and goes on."""
    turn_s = float(GOOD.flights_s()[after, 1]) + 0.1
    views = (hopping(replace(GOOD, azimuth_deg=deg)) for deg in (first_deg, then_deg))
    both = zip(*views, strict=True)
    return report_of(JUMP_ROPE, [one if one.t_s < turn_s else other for one, other in both])


@pytest.mark.parametrize("after", [7, 12, 17])
@pytest.mark.parametrize(("first_deg", "then_deg"), [(SIDE, FRONT), (FRONT, SIDE)])
def test_who_turns_is_judged_jump_by_jump(first_deg: float, then_deg: float, after: int) -> None:
    report = turning(first_deg, then_deg, after)
    assert len(report.hops) == JUMPS
    assert report.findings == ()
    assert [cue for cue in report.cues if cue.kind is CueKind.CORRECT] == []
    for hops, view_deg in (
        (report.hops[: after - 1], first_deg),
        (report.hops[after + 2 :], then_deg),
    ):
        told, untold = (OF_SIDE, OF_FRONT) if view_deg == SIDE else (OF_FRONT, OF_SIDE)
        for hop in hops:
            assert hop.levels.keys() >= set(told)
            assert not hop.levels.keys() & set(untold)
    assert not {*OF_SIDE, *OF_FRONT} & report.not_judged_checks.keys()


def test_who_stood_facing_the_camera_left_no_zero_for_feet_seen_from_the_side() -> None:
    turned = turning(FRONT, SIDE, 7).hops[10:]
    assert all("strike_deg" not in hop.values for hop in turned)
    assert all(hop.not_judged["strike_deg"] for hop in turned)


@pytest.mark.parametrize("wait_s", [0.6, 1.2, 2.0])
def test_after_a_miss_the_feet_are_still_compared_with_those_of_someone_who_stood(
    wait_s: float,
) -> None:
    report = report_of(JUMP_ROPE, hopping(replace(GOOD, waits_s={11: wait_s}), fps=60.0))
    before, after = (bout.values["strike_deg"] for bout in report.bouts)
    assert after == pytest.approx(before, abs=1.5)


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_clip_that_begins_in_the_air_is_judged_from_the_next_jump_on(share: float) -> None:
    start_s, end_s = GOOD.flights_s()[3]
    first_s = start_s + share * (end_s - start_s)
    seen = [one for one in hopping(GOOD) if one.t_s >= first_s]
    seen[0] = replace(seen[0], motion=None)
    report = report_of(JUMP_ROPE, seen)
    assert len(report.hops) == JUMPS - 4
    assert report.hops[0].take_off_s > seen[0].t_s
    assert len(report.sets_s) == 1
    assert report.judged_share > 0.9
