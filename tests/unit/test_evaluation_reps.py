"""Repetitions against labels and truth: counts, tops, faults by repetition, and what is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from formcheck.evaluation.faults import CheckOutcome
from formcheck.evaluation.labels import FaultLabel, LabelledClip
from formcheck.evaluation.outcome import ClipOutcome, compare
from formcheck.evaluation.reps import active_span
from formcheck.evaluation.spans import regions
from formcheck.evaluation.table import clip_row, grouped, summary
from formcheck.evaluation.tally import Tally
from formcheck.evaluation.tops import true_top
from formcheck.evaluation.truth import TrueRep, Truth
from formcheck.judgement.repmeasures import Part, median_at, seconds_of
from formcheck.judgement.rule import Exercise, Feature, Limits, RepMovement, Track
from formcheck.landmarks import Side
from formcheck.types import Cue, CueKind, Finding, Level, Phase, Reason, Rep, Report, StepOutput
from formcheck_rules.plank import PLANK

FRAME_S = 1 / 30
GOOD = {"low": Level.GOOD, "over": Level.GOOD, "short": Level.GOOD}
PART_WAY = Reason("part-way", "it went only part of the way")


def feature(name: str) -> Feature:
    return Feature(name, "deg", name, (), lambda body: 0.0)


TOP_LINE = feature("top_line_deg")
LINE = median_at(Part.TOP, TOP_LINE, "line_deg", "line")
PIKE = PLANK.check("hips-pike")
LOW = replace(PIKE, code="low", measure=LINE, limits=Limits(165.0, 155.0), cue="Higher")
OVER = replace(LOW, code="over", limits=Limits(186.0, 191.0), cue="Lower")
SHORT = replace(
    LOW,
    code="short",
    measure=seconds_of(Part.TOP, "top_s", "top"),
    limits=Limits(1.5, 1.0),
    reps_to_speak=2,
)
MOVEMENT = RepMovement(lambda body: None, lambda body: None, (Track(TOP_LINE),), least=20.0)
LIFT: Exercise = replace(
    PLANK, name="lift", movement=MOVEMENT, checks=(LOW, OVER, SHORT), main=TOP_LINE, neutral=()
)
LEGS: Exercise = replace(
    LIFT,
    movement=replace(
        MOVEMENT,
        tracks=(
            Track(feature("left_hip_signal_deg"), Side.LEFT),
            Track(feature("right_hip_signal_deg"), Side.RIGHT),
        ),
    ),
)


def rep(start_s: float, levels: Mapping[str, Level] | None = None, **other: object) -> Rep:
    """A repetition of three seconds, at the top for the one in the middle."""
    plain = Rep(
        start_s=start_s,
        reach_s=start_s + 1.0,
        leave_s=start_s + 2.0,
        end_s=start_s + 3.0,
        side=None,
        why_not=None,
        values={},
        levels=GOOD | dict(levels or {}),
    )
    return replace(plain, **other)  # type: ignore[arg-type]


def true_rep(start_s: float, side: Side | None = None, *, counts: bool = True) -> TrueRep:
    return TrueRep(start_s, start_s + 1.0, start_s + 2.0, start_s + 3.0, side, counts)


def truth(*reps: TrueRep, peak_deg: float = 180.0, seconds: float = 20.0) -> Truth:
    """Hips that rise in a straight line from 100 degrees to the peak, stay, and fall again."""
    t_s = np.arange(0.0, seconds, FRAME_S)
    hips = np.full(len(t_s), 100.0)
    for one in reps:
        way = np.interp(t_s, [one.start_s, one.top_s, one.back_s, one.end_s], [0.0, 1.0, 1.0, 0.0])
        hips = np.maximum(hips, 100.0 + (peak_deg - 100.0) * way)
    curves = {"left_hip_deg": hips - 3.0, "right_hip_deg": hips + 3.0}
    return Truth(t_s, curves, {}, (), {"camera.yaw_deg": 10.0}, reps)


def labelled(**label: object) -> LabelledClip:
    plain = LabelledClip(Path("a.mp4"), "a.mp4", "a", "lift", True, (), (), (), None)
    return replace(plain, **label)  # type: ignore[arg-type]


def cue(t_s: float, check: str) -> Cue:
    return Cue(t_s, CueKind.CORRECT, check, check)


def finding(one: Rep, check: str, level: Level) -> Finding:
    return Finding(
        check, level, one.reach_s, one.leave_s, one.reach_s, 0.0, 1.0, 0.0, 0.0, "deg", False
    )


def report_of(reps: Sequence[Rep], cues: Sequence[Cue] = ()) -> Report:
    return Report(
        exercise="lift",
        rule_version="1",
        duration_s=20.0,
        judged_s=0.0,
        not_judged_s={},
        reasons={},
        holds=(),
        findings=tuple(
            finding(one, check, level)
            for one in reps
            for check, level in one.levels.items()
            if level >= Level.WARN
        ),
        cues=tuple(cues),
        not_judged_checks=MappingProxyType({}),
        reps=tuple(reps),
        sets_s=((reps[0].start_s, reps[-1].end_s),) if reps else (),
    )


def step(t_s: float, line_deg: float, *, judged: bool = True) -> StepOutput:
    return StepOutput(
        t_s=t_s,
        phase=Phase.READY,
        judged=judged,
        reason=None,
        checks={},
        measures={"top_line_deg": line_deg},
        neutral={},
        score=None,
        held_s=0.0,
        good_form_s=0.0,
        cue=None,
        shown_cue=None,
        side=None,
        marker=None,
    )


def steps(
    line_deg: Callable[[float], float] = lambda t_s: 180.0, blind: tuple[float, float] = (0, 0)
) -> list[StepOutput]:
    times = [i * FRAME_S for i in range(600)]
    return [step(t, line_deg(t), judged=not blind[0] <= t < blind[1]) for t in times]


def outcome(
    clip: LabelledClip,
    reps: Sequence[Rep],
    cues: Sequence[Cue] = (),
    *,
    exercise: Exercise = LIFT,
    seen: Sequence[StepOutput] | None = None,
) -> ClipOutcome:
    return compare(clip, exercise, steps() if seen is None else seen, report_of(reps, cues))


def tally(result: ClipOutcome, check: str) -> Tally:
    assert result.reps is not None
    return result.reps.checks[check]


@pytest.mark.parametrize(
    ("judge", "counted", "says"),
    [
        (True, 1, "counted 1, not 2 to 3"),
        (True, 2, None),
        (True, 3, None),
        (True, 4, "counted 4, not 2 to 3"),
        ("may", 0, None),
        ("may", 4, "counted 4, not 2 to 3"),
    ],
)
def test_a_count_is_right_within_its_label(judge: object, counted: int, says: str | None) -> None:
    reps = [rep(4.0 * i) for i in range(counted)] + [rep(17.0, why_not=PART_WAY)]
    result = outcome(labelled(judge=judge, reps=(2, 3)), reps)
    assert result.why_not == (() if says is None else (says,))
    assert result.agrees is (says is None)


def test_truth_counts_what_goes_all_the_way_and_by_side() -> None:
    known = truth(
        true_rep(1.0, Side.LEFT), true_rep(5.0, Side.RIGHT), true_rep(9.0, Side.LEFT, counts=False)
    )
    clip = labelled(truth=known, reps=(0, 9))
    left, right = rep(1.0, side=Side.LEFT), rep(5.0, side=Side.RIGHT)
    assert outcome(clip, [left, right], exercise=LEGS).agrees
    assert outcome(clip, [left], exercise=LEGS).why_not == ("counted 1, not 2",)
    both_left = outcome(clip, [left, replace(right, side=Side.LEFT)], exercise=LEGS)
    assert both_left.why_not == ("left: counted 2, not 1; right: counted 0, not 1",)


def test_a_repetition_whose_fault_keeps_it_from_counting_is_not_owed() -> None:
    voiding = replace(LIFT, checks=(replace(LOW, voids=True), OVER, SHORT))
    known = truth(true_rep(1.0), true_rep(5.0), true_rep(9.0))
    clip = labelled(
        truth=known,
        faults=(FaultLabel("low", (2.0, 3.0)), FaultLabel("low", (6.0, 7.0), strength="mild")),
    )
    why = Reason("low", "hips low")
    void = [rep(1.0, {"low": Level.FAULT}, why_not=why), rep(5.0), rep(9.0)]
    result = outcome(clip, void, exercise=voiding)
    assert result.reps is not None
    assert result.reps.owed == (1, 2)
    assert result.agrees
    # What does not count because of its fault was judged, and the fault was found.
    assert (tally(result, "low").total, tally(result, "low").found) == (3, 1)
    counted = [rep(1.0), rep(5.0), rep(9.0)]
    assert "counted 3, not 1 to 2" in outcome(clip, counted, exercise=voiding).why_not


def test_other_exercises_must_give_no_repetition_and_no_word() -> None:
    other = labelled(does="squat")
    assert outcome(other, []).agrees
    assert outcome(other, [rep(1.0, why_not=PART_WAY)]).agrees
    assert outcome(other, [rep(1.0)]).why_not == ("counted 1",)
    assert outcome(other, [], [cue(3.0, "low")]).why_not == ("false cue: low at 3.0 s",)
    assert not outcome(labelled(judge=False, reps=(1, 1)), [rep(1.0)]).agrees


def test_time_at_the_top_is_compared_with_the_true_curve() -> None:
    known = truth(true_rep(1.0))
    # From 90 % of a way of one second up to 90 % of the way back: 1.2 s, not the scripted 1.0.
    assert true_top(known, "top_line_deg", known.reps[0]) == pytest.approx(  # type: ignore[index]
        (1.9, 3.1), abs=FRAME_S
    )
    result = outcome(labelled(truth=known), [rep(1.0, reach_s=2.0, leave_s=3.5)])
    assert result.reps is not None
    assert result.reps.top_time_errors_s == pytest.approx((0.3,), abs=2 * FRAME_S)


def test_what_truth_has_no_curve_of_is_not_compared() -> None:
    unknown = replace(
        LIFT, main=feature("other_deg"), movement=replace(MOVEMENT, tracks=(Track(LOW_SIGNAL),))
    )
    result = outcome(labelled(truth=truth(true_rep(1.0))), [rep(1.0)], exercise=unknown)
    assert result.reps is not None
    assert result.reps.top_time_errors_s == ()
    assert result.reps.top_errors_deg.size == 0
    assert summary([result])["reps"]["top_error_95_deg"] is None


LOW_SIGNAL = feature("other_deg")


def test_the_main_measure_at_the_top_against_the_mean_of_both_hips() -> None:
    known = truth(true_rep(1.0), true_rep(5.0), peak_deg=172.0)
    # Tops of half a second; the last one is in no truth.
    reps = [rep(t, reach_s=t + 1.4, leave_s=t + 1.9) for t in (1.0, 5.0, 12.0)]
    # Only at the top: what is read on the way is far off.
    seen = steps(lambda t_s: (176.0 if t_s < 4.5 else 170.0) if 2.4 <= t_s % 4 <= 2.9 else 90.0)
    result = outcome(labelled(truth=known), reps, seen=seen)
    assert result.reps is not None
    assert result.reps.top_errors_deg == pytest.approx([4.0, -2.0])
    row = clip_row(result)["reps"]
    assert (row["top_error_median_deg"], row["top_bias_deg"]) == (3.0, 1.0)


def test_a_main_measure_of_another_unit_has_no_error_in_degrees() -> None:
    ratio = replace(LIFT, main=replace(TOP_LINE, unit="ratio"))
    result = outcome(labelled(truth=truth(true_rep(1.0))), [rep(1.0)], exercise=ratio)
    assert result.reps is not None
    assert result.reps.top_errors_deg.size == 0


def test_labelled_tops_without_a_repetition_are_told() -> None:
    tops = outcome(labelled(tops_s=(2.2, 3.6, 7.8, 9.0)), [rep(1.0), rep(5.0)])
    assert tops.reps is not None
    # One repetition explains one top: 3.6 is within 0.7 s of the first as well.
    assert tops.reps.tops_missed_s == (3.6, 7.8, 9.0)
    void = rep(1.0, {"low": Level.FAULT}, why_not=Reason("low", "hips low"))
    seen = outcome(labelled(tops_s=(2.2, 6.2)), [void, rep(5.0, why_not=PART_WAY)])
    assert seen.reps is not None
    assert seen.reps.tops_missed_s == (6.2,), "went only part of the way"
    within = outcome(labelled(tops_s=(1.4, 7.6)), [rep(1.0), rep(5.0)])
    assert within.reps is not None
    assert within.reps.tops_missed_s == ()
    out = outcome(labelled(extended_s=((2.0, 3.0), (9.0, 10.0))), [rep(1.0)])
    assert out.reps is not None
    assert (out.reps.tops, out.reps.tops_missed_s) == (2, (9.5,))


@pytest.mark.parametrize(
    ("label", "span"),
    [
        ({"tops_s": (2.0,)}, None),
        ({"tops_s": (2.0, 6.0)}, (2.0, 6.0)),
        ({"extended_s": ((2.0, 3.0), (6.0, 7.0))}, (2.0, 7.0)),
        ({"tops_s": (2.0, 6.0), "truth": truth(true_rep(1.0), true_rep(5.0))}, (1.0, 8.0)),
        ({}, None),
    ],
)
def test_the_active_span_is_from_the_first_to_the_last(
    label: dict[str, object], span: tuple[float, float] | None
) -> None:
    assert active_span(labelled(**label)) == span


def test_the_judged_share_is_of_the_active_span() -> None:
    clip = labelled(tops_s=(2.0, 6.0))
    half = outcome(clip, [rep(1.0), rep(5.0)], seen=steps(blind=(2.0, 4.0)))
    assert half.hold_s == 4.0
    assert half.judged_s == pytest.approx(2.0, abs=2 * FRAME_S)
    assert outcome(clip, []).judged_s == 0.0, "nothing was found in it"


def faulty(strength: str, *places: float, check: str = "low", **other: bool) -> list[FaultLabel]:
    """A fault at the top of each repetition that starts there."""
    return [FaultLabel(check, (t + 1.0, t + 2.0), strength, **other) for t in places]


def test_faults_are_counted_repetition_by_repetition() -> None:
    places = (1.0, 5.0, 9.0, 13.0)
    known = truth(*(true_rep(t) for t in places))
    clip = labelled(truth=known, faults=tuple(faulty("clear", 1.0, 5.0) + faulty("mild", 9.0)))
    reps = [
        rep(1.0, {"low": Level.FAULT}),
        rep(5.0, {"low": Level.WARN}),
        rep(9.0, {"low": Level.FAULT}),
        rep(13.0, {"low": Level.FAULT, "over": Level.NOT_JUDGED}),
    ]
    result = outcome(clip, reps)
    assert tally(result, "low") == Tally(
        total=4, judged=4, at_fault=2, found=1, mild=1, named=1, good=1, false_alarms=1
    )
    assert tally(result, "over") == Tally(total=4, judged=3, good=3)
    whole = summary([result])["reps"]["checks"]["low"]
    assert (whole["found_share"], whole["false_alarm_share"]) == (0.5, 1.0)


def test_a_repetition_that_was_not_found_is_a_fault_not_found() -> None:
    known = truth(true_rep(1.0), true_rep(5.0))
    clip = labelled(truth=known, faults=tuple(faulty("clear", 1.0, 5.0)))
    only = [rep(1.0, {"low": Level.FAULT})]
    low = tally(outcome(clip, only), "low")
    assert (low.at_fault, low.found) == (2, 1)
    # Where a clip only may be judged, what was not judged is no miss.
    assert tally(outcome(replace(clip, judge="may"), only), "low").at_fault == 1


def test_a_fault_in_the_rest_belongs_to_the_repetition_after_it() -> None:
    assert regions([(2.0, 5.0), (5.5, 8.0), (12.0, 14.0)]) == ((0.8, 5.0), (5.0, 8.0), (10.8, 14.0))
    known = truth(true_rep(1.0), true_rep(5.0))
    clip = labelled(truth=known, faults=(FaultLabel("low", (3.95, 4.9)),))
    result = outcome(clip, [rep(1.0), rep(5.0, {"low": Level.FAULT})])
    # It touches the first one by a rounding error only.
    assert tally(result, "low") == Tally(
        total=2, judged=2, at_fault=1, found=1, good=1, false_alarms=0
    )


def test_nothing_is_known_of_a_repetition_that_no_judge_would_count() -> None:
    known = truth(true_rep(1.0), true_rep(5.0, counts=False))
    result = outcome(labelled(truth=known), [rep(1.0), rep(5.0, {"low": Level.FAULT})])
    assert tally(result, "low") == Tally(total=2, judged=2, good=1)
    # A fault that lasts over the whole set was labelled all the same; it is not looked for there.
    whole = labelled(truth=known, faults=(FaultLabel("low", (0.0, 9.0)),))
    assert tally(outcome(whole, [rep(1.0), rep(5.0)]), "low").at_fault == 1
    phantom = outcome(labelled(truth=known), [rep(1.0), rep(12.0, {"low": Level.FAULT})])
    assert tally(phantom, "low").false_alarms == 1


def test_a_warning_is_no_false_alarm() -> None:
    result = outcome(labelled(truth=truth(true_rep(1.0))), [rep(1.0, {"low": Level.WARN})])
    assert (tally(result, "low").good, tally(result, "low").false_alarms) == (1, 0)


def test_a_fault_shorter_than_a_label_is_precise_has_its_repetition_all_the_same() -> None:
    short = labelled(truth=truth(true_rep(1.0)), faults=(FaultLabel("low", (2.0, 2.1)),))
    assert tally(outcome(short, [rep(1.0)]), "low").at_fault == 1


def test_without_truth_only_the_judged_share_is_known() -> None:
    clip = labelled(faults=tuple(faulty("clear", 1.0)))
    result = outcome(clip, [rep(1.0, {"low": Level.FAULT, "over": Level.NOT_JUDGED})])
    assert tally(result, "low") == Tally(total=1, judged=1)
    assert tally(result, "over") == Tally(total=1, judged=0)


def test_a_clear_fault_must_be_found_and_a_mild_one_need_not() -> None:
    known = truth(true_rep(1.0), true_rep(5.0))
    good = [rep(1.0), rep(5.0)]
    mild = labelled(truth=known, faults=tuple(faulty("mild", 1.0, 5.0)))
    assert outcome(mild, good).agrees
    clear = labelled(truth=known, faults=tuple(faulty("clear", 1.0, 5.0)))
    assert outcome(clear, good).why_not == ("missed low 2 times",)
    warned = [rep(1.0, {"low": Level.WARN}), rep(5.0, {"low": Level.FAULT})]
    assert outcome(clear, warned).agrees


def _delays(faults: Sequence[CheckOutcome]) -> list[tuple[bool, float | None]]:
    return [(fault.must_speak, fault.cue_delay_s) for fault in faults]


def test_one_cue_is_owed_of_a_fault_that_comes_back() -> None:
    known = truth(true_rep(1.0), true_rep(5.0))
    faulty_reps = [rep(1.0, {"low": Level.FAULT}), rep(5.0, {"low": Level.FAULT})]
    clip = labelled(truth=known, faults=tuple(faulty("clear", 1.0, 5.0, spoken=True)))
    # Told when the repetition is over, which is a second after the fault.
    told = outcome(clip, faulty_reps, [cue(4.5, "low")])
    assert told.agrees
    assert _delays(told.faults) == [(True, 2.5), (False, None)]
    assert outcome(clip, faulty_reps).why_not == ("low not spoken",)


def test_what_must_be_seen_twice_is_owed_by_the_second_time() -> None:
    places = (1.0, 4.0, 7.0, 10.0)
    known = truth(*(true_rep(t) for t in places))
    reps = [rep(t, {"short": Level.FAULT}) for t in places]

    def clip(*at: float) -> LabelledClip:
        labels = faulty("clear", *at, check="short", spoken=True)
        return labelled(truth=known, faults=tuple(labels))

    good = [rep(t, {"short": Level.FAULT if t in (1.0, 10.0) else Level.GOOD}) for t in places]
    assert outcome(clip(1.0, 10.0), good).agrees, "never twice in three"
    assert outcome(clip(*places), reps).why_not == ("short not spoken",)
    told = outcome(clip(*places), reps, [cue(7.2, "short")])
    assert _delays(told.faults)[:2] == [(False, None), (True, pytest.approx(2.2))]
    assert told.agrees


def test_a_fault_over_several_repetitions_counts_as_seen_in_the_last_of_them() -> None:
    places = (1.0, 4.0, 7.0, 10.0, 13.0)
    labels = (
        FaultLabel("short", (1.0, 9.0), spoken=True),
        FaultLabel("short", (14.0, 15.0), spoken=True),
    )
    clip = labelled(truth=truth(*(true_rep(t) for t in places)), faults=labels)
    result = outcome(clip, [rep(t, {"short": Level.FAULT}) for t in places])
    assert [fault.must_speak for fault in result.faults] == [False, True]


def test_what_is_never_said_is_not_owed() -> None:
    silent = replace(LIFT, checks=(replace(LOW, spoken=False), OVER, SHORT))
    clip = labelled(truth=truth(true_rep(1.0)), faults=tuple(faulty("clear", 1.0, spoken=True)))
    assert outcome(clip, [rep(1.0, {"low": Level.FAULT})], exercise=silent).agrees


@pytest.mark.parametrize("span", [(5.0, 5.5), (7.5, 8.0)])
def test_a_finding_anywhere_in_the_repetition_answers_its_fault(span: tuple[float, float]) -> None:
    clip = labelled(
        truth=truth(true_rep(1.0), true_rep(5.0)), faults=(FaultLabel("low", span),), reps=(2, 2)
    )
    assert outcome(clip, [rep(1.0), rep(5.0, {"low": Level.FAULT})]).agrees
    # One of the repetition before, whose top was seen to end late, does not.
    before = [rep(1.0, {"low": Level.FAULT}, leave_s=5.05), rep(5.0)]
    assert outcome(clip, before).why_not == ("missed low",)


def test_a_cue_is_false_where_no_fault_explains_it() -> None:
    known = truth(true_rep(1.0), true_rep(5.0))
    reps = [rep(1.0, {"low": Level.FAULT}), rep(5.0)]
    # The clean span begins while the repetition with the fault is still on.
    clip = labelled(truth=known, faults=tuple(faulty("clear", 1.0)), clean_s=((3.5, 20.0),))
    assert outcome(clip, reps, [cue(5.9, "low")]).agrees
    late = outcome(clip, reps, [cue(6.1, "low")])
    assert late.why_not == ("false cue: low at 6.1 s",)
    assert outcome(clip, reps, [cue(5.0, "short")]).why_not == ("false cue: short at 5.0 s",)


def test_a_correction_in_the_opposite_direction_is_the_wrong_way() -> None:
    clip = labelled(faults=tuple(faulty("clear", 1.0)), reps=(1, 1))
    result = outcome(clip, [rep(1.0, {"low": Level.FAULT})], [cue(4.5, "over")])
    assert [c.check for c in result.wrong_way] == ["over"]
    assert not result.agrees


def test_groups_and_one_check_alone() -> None:
    known = truth(true_rep(1.0), true_rep(5.0))
    clip = labelled(truth=known, faults=tuple(faulty("clear", 1.0)))
    reps = [rep(1.0, {"low": Level.FAULT}), rep(5.0, {"short": Level.FAULT})]
    result = outcome(clip, reps, [cue(8.0, "short")])
    (all_checks,) = grouped([result], "camera.yaw_deg")
    names = ("reps_at_fault", "reps_found", "reps_good", "reps_false_alarms", "false_cues")
    assert [all_checks[name] for name in names] == [1, 1, 5, 1, 1]
    (low,) = grouped([result], "camera.yaw_deg", "low")
    assert [low[name] for name in names] == [1, 1, 1, 0, 0]
    assert list(summary([result], "low")["reps"]["checks"]) == ["low"]


def test_holds_have_no_columns_of_repetitions() -> None:
    plank = compare(labelled(does="plank"), PLANK, [], report_of([]))
    assert "reps" not in summary([plank])
    assert "reps" not in clip_row(plank)
    assert "reps_good" not in grouped([plank], "camera.yaw_deg")[0]
