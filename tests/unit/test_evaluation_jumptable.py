"""The figures of jumps: sign, unit, what is missing, the stated ranges, and the bars."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from jump_samples import (
    FAULTY,
    PX_PER_M,
    bout,
    hop,
    labelled,
    outcome,
    plain_hop,
    report_of,
    true_hops,
    truth,
)
from rich.console import Console

from formcheck.evaluation.hopbars import bars, nominal_cm
from formcheck.evaluation.hopbouts import true_px_per_m
from formcheck.evaluation.hops import HopOutcome
from formcheck.evaluation.outcome import ClipOutcome
from formcheck.evaluation.table import clip_row, grouped, summary
from formcheck.evaluation.truehops import TrueHop, read_hops, true_bouts
from formcheck.evaluation.truth import HipPath
from formcheck.presentation.evaluation import print_evaluation
from formcheck.types import Hop

TRUE = true_hops(10)


def hops_of(result: ClipOutcome) -> HopOutcome:
    assert result.hops is not None
    return result.hops


def jumps(true: tuple[TrueHop, ...], found: Sequence[Hop], **label: object) -> HopOutcome:
    return hops_of(outcome(labelled(truth=truth(true), **label), report_of(found)))


def measures(true: tuple[TrueHop, ...], found: Sequence[Hop]) -> dict[str, dict[str, Any]]:
    result = outcome(labelled(truth=truth(true)), report_of(found))
    return dict(clip_row(result)["jumps"]["measures"])


@pytest.mark.parametrize(
    ("name", "of_truth", "said", "error"),
    [
        ("height_mm", {"height_m": 0.030}, {"height_cm": 3.4}, 4.0),
        ("height_mm", {"height_m": 0.030}, {"height_cm": 2.5}, -5.0),
        ("sound_landing_ms", {}, {"sound_landing_s": 1.172}, 12.0),
        ("flight_ms", {}, {"flight_ms": 150.0}, -10.0),
        ("contact_ms", {"contact_s": 0.30}, {"contact_ms": 320.0}, 20.0),
        ("knee_deg", {"left_knee_deg": 30.0, "right_knee_deg": 34.0}, {"knee_deg": 30.0}, -2.0),
        ("knee_touch_deg", {"left_knee_touch_deg": 12.0}, {"knee_touch_deg": 15.0}, 3.0),
        ("strike_deg", {"left_strike_deg": -8.0}, {"strike_deg": -6.0}, 2.0),
        ("clearance_mm", {"clearance_mm": 21.0}, {"clearance_cm": 2.5}, 4.0),
        # The left foot 50 ms late: + in both.
        ("offset_ms", {"left_landing_s": 1.21}, {"offset_ms": 45.0}, -5.0),
        ("turns", {"turns": 2}, {"turns": 1.0}, -1.0),
        ("lean_deg", {"lean_deg": 4.0}, {"lean_deg": 5.0}, 1.0),
    ],
)
def test_each_measure_is_read_less_true(
    name: str, of_truth: dict[str, object], said: dict[str, float], error: float
) -> None:
    true = read_hops([plain_hop(0, **of_truth)])
    row = measures(true, [hop(true[0], said)])[name]
    assert row["bias"] == pytest.approx(error)
    assert row["error_median"] == row["error_95"] == pytest.approx(abs(error))
    assert (row["true_jumps"], row["given"]) == (1, 1)


def test_a_landing_by_picture_that_is_late_has_a_positive_error() -> None:
    late = [replace(hop(one), landing_s=one.landing_s + 0.02) for one in TRUE]
    assert measures(TRUE, late)["landing_ms"]["bias"] == pytest.approx(20.0)


def test_what_truth_does_not_know_has_no_row_and_what_is_not_given_an_empty_one() -> None:
    rows = measures(TRUE, [hop(one, {"strike_deg": 4.0}) for one in TRUE])
    assert "strike_deg" not in rows
    assert rows["sound_landing_ms"]["given_share"] == 0.0
    assert rows["sound_landing_ms"]["error_median"] is None
    # The last jump of a bout is followed by no contact with an end.
    assert rows["contact_ms"]["true_jumps"] == 9


def test_jumps_without_a_height_and_missed_ones_are_not_given_one() -> None:
    found = [hop(one) for one in TRUE]
    found[2] = replace(found[2], values={}, not_judged={"height_cm": "blurred"})
    found[3] = replace(found[3], values={"height_cm": math.nan})
    row = clip_row(outcome(labelled(truth=truth(TRUE)), report_of([*found[:7], *found[8:]])))
    assert row["jumps"]["height_given_share"] == pytest.approx(0.7)
    assert row["jumps"]["height_error_95_mm"] == pytest.approx(0.0)
    assert row["jumps"]["true_jumps"] == 10


def test_the_stated_range_holds_the_truth_or_not() -> None:
    off_cm = [0.0, 0.3, -0.3, 0.6, -0.6, 0.0, 0.0, 0.0, 0.0, 0.0]
    found = [hop(one, {"height_cm": 3.2 + off}) for one, off in zip(TRUE, off_cm, strict=True)]
    row = measures(TRUE, found)["height_mm"]
    assert row["in_range_share"] == pytest.approx(0.8)
    assert row["range"] == pytest.approx(5.0)
    # A bare number claims to be exact; and where none has a range there is nothing to tell.
    found[1] = replace(found[1], errors={})
    assert measures(TRUE, found)["height_mm"]["in_range_share"] == pytest.approx(0.7)
    bare = [replace(one, errors={}) for one in found]
    assert measures(TRUE, bare)["height_mm"]["in_range_share"] is None


def test_an_extra_jump_has_no_error_and_takes_none_away() -> None:
    found = [hop(one, {"height_cm": 3.3}) for one in TRUE]
    extra = replace(found[0], landing_s=12.0, take_off_s=11.8, values={"height_cm": 50.0})
    row = measures(TRUE, [*found, extra])["height_mm"]
    assert (row["true_jumps"], row["given"], row["error_95"]) == (10, 10, pytest.approx(1.0))


def with_errors(mm: Sequence[float]) -> tuple[tuple[TrueHop, ...], list[Hop]]:
    true = true_hops(len(mm))
    return true, [
        hop(one, {"height_cm": 3.2 + error / 10.0}) for one, error in zip(true, mm, strict=True)
    ]


def test_means_are_taken_of_thirty_jumps_each() -> None:
    true, found = with_errors([9.0, -3.0] * 15 + [-2.0] * 30 + [50.0] * 29)
    assert jumps(true, found).runs_mm == pytest.approx((3.0, -2.0))
    # One without a height is left out, and the run is filled up with the next one.
    found[0] = replace(found[0], values={})
    assert jumps(true, found).runs_mm[0] == pytest.approx((15 * -3 + 14 * 9 - 2) / 30)


def test_a_run_does_not_reach_over_the_end_of_a_bout() -> None:
    true, found = with_errors([1.0] * 40)
    clip = labelled(truth=truth(true))
    two = [bout(found[:20]), bout(found[20:])]
    assert hops_of(outcome(clip, report_of(found, two))).runs_mm == ()


def test_the_mean_of_a_bout_is_against_all_true_jumps_in_it() -> None:
    true = read_hops([plain_hop(i, height_m=0.02 + 0.01 * (i % 2)) for i in range(10)])
    found = [hop(one) for one in true]
    clip = labelled(truth=truth(true))
    said = [bout(found, height_cm=2.9, cadence_per_min=123.0)]
    (reads,) = hops_of(outcome(clip, report_of(found[:5], said))).bouts
    assert reads.height_mm is not None
    assert reads.height_mm.error == pytest.approx(4.0)
    assert not reads.height_mm.holds  # 3 mm were stated.
    near = [bout(found, height_cm=2.7)]
    (near_reads,) = hops_of(outcome(clip, report_of(found, near))).bouts
    assert near_reads.height_mm is not None
    assert near_reads.height_mm.holds
    assert near_reads.cadence_per_min is None
    assert reads.cadence_per_min is not None
    assert reads.cadence_per_min.error == pytest.approx(3.0)


def test_the_cadence_is_compared_over_windows_of_ten_seconds() -> None:
    true = true_hops(50)
    found = [hop(one) for one in true]
    # 24.5 s: two windows. Then the second one is reported one per cent too fast.
    assert jumps(true, found).cadence_errors_per_min == pytest.approx((0.0, 0.0))
    middle_s = true[37].landing_s
    fast = [replace(h, landing_s=middle_s + (h.landing_s - middle_s) / 1.01) for h in found]
    errors = jumps(true, [*found[:25], *fast[25:]]).cadence_errors_per_min
    assert errors[0] == pytest.approx(0.0, abs=0.2)
    assert errors[1] == pytest.approx(1.2, abs=0.1)
    # A jump that was missed slows its window down by one in twenty-four.
    errors = jumps(true, [*found[:10], *found[11:]]).cadence_errors_per_min
    assert errors == pytest.approx((-120.0 / 24, 0.0), abs=0.3)
    assert jumps(true, found[:25]).cadence_unread == 1


def test_a_short_bout_is_one_window_and_a_pause_is_in_none() -> None:
    later = [plain_hop(i, bout=1) for i in range(30, 40)]
    true = read_hops([*(plain_hop(i, bout=0) for i in range(10)), *later])
    assert [len(one) for one in true_bouts(true)] == [10, 10]
    assert jumps(true, [hop(one) for one in true]).cadence_errors_per_min == pytest.approx((0, 0))


def test_the_true_scale_is_that_of_the_hips_up_and_down() -> None:
    known = truth(TRUE)
    assert true_px_per_m(known, (1.0, 6.0)) == pytest.approx(PX_PER_M)
    # Somebody who comes nearer on the way goes down in the picture, and jumps as before.
    assert known.hips is not None
    drifting = HipPath(known.hips.down_px + 5.0 * known.t_s, known.hips.up_m)
    scale = true_px_per_m(replace(known, hips=drifting), (1.0, 6.0))
    assert scale == pytest.approx(PX_PER_M, rel=0.005)
    still = HipPath(known.hips.down_px, np.full(len(known.t_s), 0.9))
    assert true_px_per_m(replace(known, hips=still), (1.0, 6.0)) is None
    assert true_px_per_m(replace(known, hips=None), (1.0, 6.0)) is None


def test_a_scale_too_large_has_a_positive_error_in_per_cent() -> None:
    found = [hop(one) for one in TRUE]
    report = report_of(found, [bout(found, px_per_m=1.04 * PX_PER_M)])
    result = outcome(labelled(truth=truth(TRUE)), report)
    assert hops_of(result).scale_errors_pct == pytest.approx((4.0,), abs=0.01)


@pytest.mark.parametrize(
    ("height_m", "cm"), [(0.015, 2), (0.024, 2), (0.026, 3), (0.04, 5), (0.06, 5), (0.09, 8)]
)
def test_a_height_belongs_to_the_nearest_of_the_table(height_m: float, cm: int) -> None:
    assert nominal_cm(height_m) == cm


def mixed() -> list[ClipOutcome]:
    """Two heights, two views, two frame rates; and one clip that only may be judged."""
    results = []
    for height_m, view, fps, error_mm in (
        (0.02, "side", 60.0, 1.0),
        (0.05, "front, far away", 30.0, -4.0),
    ):
        true = true_hops(10, height_m=height_m)
        found = [hop(one, {"height_cm": 100 * height_m + error_mm / 10}) for one in true]
        clip = labelled(truth=truth(true), view=view)
        results.append(outcome(clip, report_of(found[1:]), fps))
    true = true_hops(10, height_m=0.08)
    wild = [hop(one, {"height_cm": 30.0}) for one in true]
    results.append(outcome(labelled(truth=truth(true), judge="may"), report_of(wild)))
    return results


def test_the_tables_by_height_and_by_view() -> None:
    told = summary(mixed())["jumps"]
    rows = told["by_height"]
    assert [(row["height_cm"], row["fps"], row["true_jumps"]) for row in rows] == [
        (2, 60, 10),
        (5, 30, 10),
    ]
    assert [row["height_mean_error_mm"] for row in rows] == pytest.approx([1.0, -4.0])
    assert [row["height_given_share"] for row in rows] == [0.9, 0.9]
    views = {row["view"]: row for row in told["by_view"]}
    assert list(views) == ["front", "side"]
    assert (views["front"]["fps"], views["front"]["missed"]) == (30, 1)
    assert views["side"]["height_error_95_mm"] == pytest.approx(1.0)
    assert told["measures"]["height_mm"]["true_jumps"] == 20


def test_what_may_be_judged_counts_for_what_was_made_up_only() -> None:
    results = mixed()
    told = summary(results)["jumps"]
    assert (told["counted"], told["landings"], told["missed"]) == (28, 20, 2)
    assert told["height_error_95_mm"] == pytest.approx(4.0)
    assert (told["clips"], told["counts_right"]) == (3, 1)


def test_jumps_in_other_clips_are_summed_up() -> None:
    other = outcome(labelled(does="squat"), report_of([hop(one) for one in TRUE[:3]]))
    assert summary([*mixed(), other])["jumps"]["other_clips_jumps"] == 3


def bar(results: Sequence[ClipOutcome], name: str) -> tuple[Any, int, bool | None]:
    (one,) = [b for b in bars([hops_of(r) for r in results]) if b.name.startswith(name)]
    return one.measured, one.of, one.met


def at(fps: float, true: tuple[TrueHop, ...], found: Sequence[Hop], **values: float) -> ClipOutcome:
    report = report_of(found, [bout(found, "both feet", **values)])
    return outcome(labelled(truth=truth(true)), report, fps)


@pytest.mark.parametrize(
    ("fps", "rate", "error_mm", "met"),
    [(60, "60 fps", 5.9, True), (60, "60 fps", -6.1, False), (30, "30 fps", 7.0, True)],
)
def test_the_bar_of_thirty_jumps_depends_on_the_frame_rate(
    fps: float, rate: str, error_mm: float, met: bool
) -> None:
    name = "mean height of 30 jumps, largest error, mm, "
    result = [at(fps, *with_errors([error_mm] * 30))]
    assert bar(result, name + rate) == (pytest.approx(abs(error_mm)), 1, met)
    other = "30 fps" if rate == "60 fps" else "60 fps"
    assert bar(result, name + other) == (None, 0, None)


def test_the_bar_of_one_jump_is_the_95_per_cent_of_its_errors() -> None:
    name = "height of one jump, 95 % of errors, mm, "
    result = [at(60, *with_errors([2.0] * 97 + [-40.0] * 3))]
    assert bar(result, name + "60 fps") == (pytest.approx(2.0), 100, True)
    result = [at(30, *with_errors([12.5] * 20))]
    assert bar(result, name + "30 fps") == (pytest.approx(12.5), 20, False)


@pytest.mark.parametrize(("outside", "met"), [(9, False), (8, True), (2, True), (1, False)])
def test_a_range_that_holds_the_truth_too_often_is_as_wrong_as_too_seldom(
    outside: int, met: bool
) -> None:
    result = [at(60, *with_errors([9.0] * outside + [1.0] * (100 - outside)))]
    measured = pytest.approx(1 - outside / 100)
    assert bar(result, "true height within the stated range, 3 cm") == (measured, 100, met)
    assert bar(result, "true height within the stated range, 8 cm") == (None, 0, None)


def test_a_share_of_few_jumps_meets_no_bar_and_misses_none() -> None:
    for count, met in ((49, None), (50, False)):
        result = [at(60, *with_errors([1.0] * count))]
        assert bar(result, "true height within the stated range, 3 cm") == (1.0, count, met)


def test_the_bars_of_what_is_given_of_the_scale_and_of_the_instants() -> None:
    found = [hop(one, {"sound_landing_s": one.landing_s - 0.004}) for one in TRUE]
    found = [replace(one, landing_s=one.landing_s + 0.013) for one in found]
    found[0] = replace(found[0], values={})
    fast, slow = (at(fps, TRUE, found, px_per_m=0.94 * PX_PER_M) for fps in (60, 30))
    assert bar([fast], "jumps given a height") == (0.9, 10, True)
    assert bar([fast, slow], "scale from gravity") == (pytest.approx(6.0, abs=0.02), 2, False)
    assert bar([fast, slow], "landing by picture") == (pytest.approx(13.0), 10, False)
    assert bar([slow], "landing by picture") == (None, 0, None)
    assert bar([slow], "landing by sound") == (pytest.approx(4.0), 9, True)


def test_a_window_without_a_cadence_misses_the_bar() -> None:
    true = true_hops(50)
    found = [hop(one) for one in true]
    assert bar([at(60, true, found)], "cadence") == (pytest.approx(0.0), 2, True)
    assert bar([at(60, true, found[:25])], "cadence") == (pytest.approx(0.0, abs=0.01), 2, False)


def test_groups_by_a_fact_have_the_figures_of_jumps() -> None:
    results = mixed()
    (row,) = grouped(results, "camera.yaw_deg")
    assert (row["jumps_counted"], row["true_jumps"], row["missed"]) == (28, 30, 2)
    assert row["jumps_false_alarms"] == 0
    found = [hop(one, levels=FAULTY) for one in TRUE]
    alarm = outcome(labelled(truth=truth(TRUE)), report_of(found))
    for check, alarms in (("too-high", (10, 10)), ("stiff-knees", (0, 0)), (None, (10, 10))):
        (row,) = grouped([alarm], "camera.yaw_deg", check)
        assert (row["jumps_good"], row["jumps_false_alarms"]) == alarms
    assert list(summary([alarm], "stiff-knees")["jumps"]["checks"]) == ["stiff-knees"]
    assert list(summary([alarm])["jumps"]["checks"]) == ["too-high", "stiff-knees"]


def test_the_rows_are_plain_and_printed_as_tables_of_one_width() -> None:
    results = mixed()
    json.dumps([clip_row(one) for one in results] + [summary(results)], allow_nan=False)
    console = Console(record=True, width=400)
    print_evaluation(results, ["camera.yaw_deg"], console)
    text = console.export_text()
    for table in text.strip().split("\n\n"):
        widths = {line.count("|") for line in table.splitlines()}
        assert len(widths) == 1, table
    assert "| a.mp4 | skip | skip, judge: true | 9 jumps, clean |" in text
    assert "| a.mp4 | skip | 9 of 10 | 1 / 0 | 90% | +1.0 / 1.0 | 100% | 0 / – |" in text
    assert "| height of one jump, 95 % of errors, mm, 60 fps | ≤ 10 | 1.0 | 9 | yes |" in text


def test_clips_of_something_else_are_in_no_table_of_jumps() -> None:
    other = outcome(labelled(does="squat", name="b.mp4"), report_of([]))
    console = Console(record=True, width=400)
    print_evaluation([*mixed(), other], [], console)
    first, second = console.export_text().split("\n\n")[:2]
    assert "b.mp4" in first
    assert "b.mp4" not in second
    assert second.count("a.mp4") == 3


def test_holds_have_no_columns_of_jumps() -> None:
    other = [outcome(labelled(does="squat"), report_of([]))]
    console = Console(record=True, width=400)
    print_evaluation(other, [], console)
    assert "jump" not in console.export_text()
    assert "jumps" not in summary(other)
