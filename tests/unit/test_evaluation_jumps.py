"""Jumps against labels and truth: how many, which ones, what was made up, and the verdict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from jump_samples import (
    FAULTY,
    FINE,
    LEFT,
    PERIOD_S,
    alternating,
    bout,
    hop,
    labelled,
    outcome,
    report_of,
    true_hops,
    truth,
)

from formcheck.evaluation.faults import CheckOutcome
from formcheck.evaluation.hopmatch import matched
from formcheck.evaluation.jumplabels import Cadence, JumpLabel
from formcheck.evaluation.labels import FaultLabel
from formcheck.evaluation.outcome import ClipOutcome
from formcheck.evaluation.table import clip_row, verdict_words
from formcheck.evaluation.tally import Tally
from formcheck.landmarks import Side
from formcheck.types import Cue, CueKind, Finding, Level

TRUE = true_hops(10)
HOPS = tuple(hop(one) for one in TRUE)
CLIP = labelled(truth=truth(TRUE))


def jumps_of(result: ClipOutcome) -> tuple[int, int]:
    """How many were missed, and how many made up."""
    assert result.hops is not None
    return len(result.hops.missed_s), len(result.hops.extra_s)


def test_pairs_are_one_to_one_and_as_many_as_can_be() -> None:
    assert matched([1.0, 2.0], [1.1, 2.1]) == [(0, 0), (1, 1)]
    assert matched([1.0], [1.13]) == []
    # The nearest pair alone (1.05 with 1.06) would leave the other two without a partner.
    assert matched([0.95, 1.05], [1.06, 1.16], tolerance_s=0.12) == [(0, 0), (1, 1)]
    # One of two reports of the same landing is one too many; the nearer one stays.
    assert matched([1.0, 1.08], [1.07]) == [(1, 0)]
    assert matched([1.0], []) == matched([], [1.0]) == []


def test_the_best_pairs_of_many_are_those_of_every_way_to_pair() -> None:
    chance = np.random.default_rng(4)
    for _ in range(30):
        found, true = (np.sort(chance.uniform(0.0, 0.6, 4)).tolist() for _ in range(2))
        pairs = matched(found, true)
        assert [i for i, _ in pairs] == sorted({i for i, _ in pairs})
        assert [j for _, j in pairs] == sorted({j for _, j in pairs})
        apart = sum(abs(found[i] - true[j]) for i, j in pairs)
        assert (len(pairs), -apart) == pytest.approx(_best(found, true))


def _best(found: list[float], true: list[float]) -> tuple[int, float]:
    """Most pairs, least apart, by trying everything."""
    if not found or not true:
        return 0, 0.0
    ways = [_best(found[1:], true)]
    for j, t_s in enumerate(true):
        if abs(t_s - found[0]) <= 0.12:
            pairs, less = _best(found[1:], true[:j] + true[j + 1 :])
            ways.append((pairs + 1, less - abs(t_s - found[0])))
    return max(ways)


def test_every_jump_found_is_right() -> None:
    result = outcome(CLIP, report_of(HOPS))
    assert result.agrees
    assert jumps_of(result) == (0, 0)
    assert verdict_words(result) == "10 jumps, clean"


def test_a_missed_jump_and_one_that_was_made_up_are_told_though_the_count_is_right() -> None:
    made_up = replace(HOPS[0], take_off_s=12.0, landing_s=12.2)
    result = outcome(CLIP, report_of([*HOPS[:4], *HOPS[5:], made_up]))
    assert jumps_of(result) == (1, 1)
    assert result.why_not == (
        f"missed 1 jump, the first at {TRUE[4].landing_s:.1f} s",
        "made up 1 jump, the first at 12.2 s",
    )
    assert result.hops is not None
    assert result.hops.missed_s == (TRUE[4].landing_s,)


def test_an_extra_jump_is_wrong_and_is_counted_once() -> None:
    twice = replace(HOPS[3], landing_s=HOPS[3].landing_s + 0.05)
    result = outcome(CLIP, report_of([*HOPS[:4], twice, *HOPS[4:]]))
    assert jumps_of(result) == (0, 1)
    assert result.hops is not None
    assert result.hops.extra_s == (twice.landing_s,)
    assert result.why_not[0] == "jumps: 11, not 10"


@pytest.mark.parametrize(
    ("judge", "count", "says"),
    [
        (True, 20, None),
        (True, 18, None),
        (True, 17, "jumps: 17, not 18 to 22"),
        (True, 22, None),
        (True, 23, "jumps: 23, not 18 to 22"),
        ("may", 3, None),
        ("may", 23, "jumps: 23, not 18 to 22"),
    ],
)
def test_a_count_is_right_within_its_tolerance(judge: object, count: int, says: str | None) -> None:
    clip = labelled(judge=judge, jumps=JumpLabel(count=20, tolerance=2))
    result = outcome(clip, report_of([hop(one) for one in true_hops(count)]))
    assert result.why_not == (() if says is None else (says,))


def test_no_jump_at_all_in_a_clip_with_jumps_is_wrong() -> None:
    assert outcome(labelled(jumps=JumpLabel(count=20)), report_of([])).why_not == (
        "jumps: 0, not 20",
    )


def test_landings_that_people_marked_are_matched_too() -> None:
    landings_s = tuple(one.landing_s for one in TRUE)
    clip = labelled(jumps=JumpLabel(count=10, landings_s=landings_s))
    late = [replace(one, landing_s=one.landing_s + 0.03) for one in HOPS]
    result = outcome(clip, report_of(late))
    assert result.agrees
    assert clip_row(result)["jumps"]["by_hand_median_ms"] == pytest.approx(30.0)
    assert result.hops is not None
    assert result.hops.by_hand_ms == pytest.approx([30.0] * 10)
    result = outcome(clip, report_of(late[1:]))
    assert jumps_of(result) == (1, 0)
    made_up = replace(HOPS[0], take_off_s=12.0, landing_s=12.2)
    assert jumps_of(outcome(clip, report_of([*late, made_up]))) == (0, 1)
    # Where truth is, the label tells nothing more.
    result = outcome(replace(clip, truth=truth(TRUE)), report_of(late))
    assert result.hops is not None
    assert result.hops.by_hand_ms == ()


def test_what_may_be_judged_may_be_missed_and_not_be_made_up() -> None:
    clip = replace(CLIP, judge="may")
    assert outcome(clip, report_of(HOPS[4:])).agrees
    made_up = replace(HOPS[0], take_off_s=12.0, landing_s=12.2)
    assert outcome(clip, report_of([*HOPS[4:], made_up])).why_not == (
        "made up 1 jump, the first at 12.2 s",
    )


def test_landings_marked_only_in_part_say_nothing_of_the_others() -> None:
    clip = labelled(jumps=JumpLabel(count=10, landings_s=(TRUE[0].landing_s, TRUE[1].landing_s)))
    assert outcome(clip, report_of(HOPS)).agrees
    assert jumps_of(outcome(clip, report_of(HOPS[1:]))) == (1, 0)


def test_jumps_outside_the_span_of_skipping_are_made_up() -> None:
    clip = labelled(jumps=JumpLabel(active_s=((1.0, 4.0),)))
    inside = [one for one in HOPS if one.landing_s <= 4.5]
    assert 0 < len(inside) < len(HOPS)
    assert jumps_of(outcome(clip, report_of(HOPS))) == (0, len(HOPS) - len(inside))


def test_a_jump_in_a_clip_of_something_else_is_false() -> None:
    for clip in (labelled(does="squat"), labelled(judge=False)):
        assert outcome(clip, report_of([])).agrees
        assert outcome(clip, report_of(HOPS[:1])).why_not == ("counted 1 jump",)
        assert outcome(clip, report_of(HOPS)).why_not == ("counted 10 jumps",)


def test_who_is_said_to_run_on_the_spot_does_not_jump() -> None:
    running = bout(HOPS, "running on the spot")
    assert outcome(labelled(does="running"), report_of(HOPS, [running])).agrees
    # But only in that bout.
    some = [bout(HOPS[:6], "running on the spot"), bout(HOPS[6:])]
    result = outcome(labelled(does="running"), report_of(HOPS, some))
    assert result.why_not == ("counted 4 jumps",)
    # And who skips is not found then, nor is anything told of the bout.
    result = outcome(CLIP, report_of(HOPS, [running]))
    assert result.why_not[0] == "jumps: 0, not 10"
    assert result.hops is not None
    assert result.hops.bouts == ()


def test_with_alternate_feet_each_landing_is_a_jump_of_one_foot() -> None:
    true = alternating(6)
    assert [one.foot for one in true[:2]] == [Side.RIGHT, Side.LEFT]
    hops = [hop(one) for one in true]
    clip = labelled(truth=truth(true))
    result = outcome(clip, report_of(hops))
    assert result.agrees
    assert result.hops is not None
    assert result.hops.wrong_foot == 0
    result = outcome(clip, report_of([replace(hops[0], foot=LEFT), *hops[1:]]))
    assert result.hops is not None
    assert result.hops.wrong_foot == 1


def test_the_judged_share_is_of_the_time_of_skipping() -> None:
    last_s = TRUE[-1].landing_s
    result = outcome(CLIP, report_of(HOPS))
    assert result.hold_s == pytest.approx(last_s - 1.0)
    assert result.judged_s == pytest.approx(last_s - 1.0, abs=0.05)
    assert outcome(CLIP, report_of([])).judged_s == 0.0


def test_time_between_two_bouts_needs_no_verdict() -> None:
    late = [replace(one, bout=1, landing_s=one.landing_s + 10.0) for one in TRUE]
    late = [replace(one, take_off_s=one.take_off_s + 10.0) for one in late]
    clip = labelled(truth=truth((*TRUE, *late)))
    hops = [*HOPS, *(hop(one) for one in late)]
    each_s = TRUE[-1].landing_s - TRUE[0].take_off_s
    assert outcome(clip, report_of(hops)).hold_s == pytest.approx(2 * each_s)


def high(first: int, last: int, strength: str = "clear", **other: bool) -> FaultLabel:
    """Too high from one landing to another, as the truth of rendered clips has it."""
    span_s = (TRUE[first].landing_s, TRUE[last].landing_s)
    return FaultLabel("too-high", span_s, strength, **other)


def finding(span_s: tuple[float, float], level: Level = Level.FAULT) -> Finding:
    return Finding(
        "too-high", level, *span_s, span_s[0], 9.0, 0.5, 7.0, 2.0, "cm", False
    )  # fmt: skip


def test_a_fault_must_be_found_and_a_cue_that_is_owed_be_spoken() -> None:
    clip = replace(CLIP, faults=(high(2, 9, spoken=True),))
    found = finding((3.0, 5.0))
    spoken = Cue(5.0, CueKind.CORRECT, "Stay lower", "too-high")
    assert outcome(clip, report_of(HOPS, cues=[spoken], findings=[found])).agrees
    assert outcome(clip, report_of(HOPS, findings=[found])).why_not == ("too-high not spoken",)
    result = outcome(clip, report_of(HOPS))
    assert result.why_not == ("missed too-high",)
    assert result.faults == (CheckOutcome("too-high", "clear", True, Level.NOT_JUDGED, None),)


def test_a_cue_a_jump_or_two_after_the_fault_is_explained_and_one_before_it_is_false() -> None:
    clip = replace(CLIP, faults=(high(2, 5),), clean_s=((0.0, 1.9), (TRUE[5].landing_s, 9.0)))
    found = finding((TRUE[3].landing_s, TRUE[5].landing_s))

    def false_cues(t_s: float) -> int:
        cue = Cue(t_s, CueKind.CORRECT, "Stay lower", "too-high")
        return len(outcome(clip, report_of(HOPS, cues=[cue], findings=[found])).false_cues)

    assert false_cues(TRUE[5].landing_s + 2 * PERIOD_S) == 0
    assert false_cues(TRUE[5].landing_s + 2.5) == 1
    assert false_cues(1.5) == 1


def tally(result: ClipOutcome) -> Tally:
    assert result.hops is not None
    return result.hops.checks["too-high"]


def test_checks_are_counted_jump_by_jump() -> None:
    clip = replace(CLIP, faults=(high(0, 3), high(5, 6, "mild")))
    levels = [FAULTY, FAULTY, FINE, {}, FAULTY, {"too-high": Level.WARN}, FINE, FINE, FINE, {}]
    hops = [replace(one, levels=level) for one, level in zip(HOPS, levels, strict=True)]
    assert tally(outcome(clip, report_of(hops))) == Tally(
        total=10, judged=8, at_fault=4, found=2, mild=2, named=1, good=3, false_alarms=1
    )
    # One that was missed is a fault not found; where nobody has to judge, it is not.
    assert tally(outcome(clip, report_of(hops[1:]))).at_fault == 4
    assert tally(outcome(replace(clip, judge="may"), report_of(hops[1:]))).at_fault == 2


def test_without_truth_only_the_judged_share_of_a_check_is_known() -> None:
    clip = labelled(jumps=JumpLabel(count=10), faults=(high(0, 9),))
    hops = [replace(one, levels=FAULTY) for one in HOPS]
    assert tally(outcome(clip, report_of(hops))) == Tally(total=10, judged=10)


def test_a_labelled_cadence_is_compared_over_its_span() -> None:
    clip = labelled(jumps=JumpLabel(count=10, cadence=(Cadence((1.0, 4.0), 118.0),)))
    result = outcome(clip, report_of(HOPS))
    assert result.hops is not None
    assert result.hops.cadence_errors_per_min == pytest.approx((2.0,))
    assert outcome(clip, report_of([])).hops.cadence_unread == 1  # type: ignore[union-attr]
