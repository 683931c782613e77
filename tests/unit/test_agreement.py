"""How far the program and a coach agree: what is rated, by whom, and what it adds up to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from formcheck.evaluation.agreement import (
    INTERVAL_S,
    Rating,
    Said,
    agreement,
    coached_spans,
    counted_alike,
    ratings,
)
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.rule import Exercise
from formcheck.media.trace import read_trace
from formcheck.notes import Notes, Opinion, Subject, Verdict
from formcheck.testing import report_of
from formcheck.types import Finding, Level, Report

CLIPS = Path(__file__).parents[2] / "test_videos"
DONE = "2026-03-02T07:30:00+00:00"


def judged(exercise: str, clip: str) -> tuple[Exercise, Report]:
    rule = load_exercises()[exercise]
    trace = read_trace(CLIPS / exercise / f"{clip}.trace.npz")
    return rule, report_of(rule, trace.observations)


@pytest.fixture(scope="module")
def sag() -> tuple[Exercise, Report]:
    return judged("plank", "sag_20")


def on(finding: Finding, verdict: Verdict, level: Level | None = None) -> Opinion:
    span = finding.start_s, finding.end_s
    return Opinion(verdict, Subject.FINDING, *span, check=finding.check, level=level)


def hips(report: Report) -> Finding:
    return next(finding for finding in report.findings if finding.check == "hips-sag")


def test_a_finding_nobody_spoke_of_is_not_rated_and_the_rest_of_the_hold_is(
    sag: tuple[Exercise, Report],
) -> None:
    rule, report = sag
    silent = list(ratings("a", rule, report, coached_spans(report, Notes(reviewed=DONE))))
    agreed = Notes((on(hips(report), Verdict.AGREE),), reviewed=DONE)
    spoken = list(ratings("a", rule, report, coached_spans(report, agreed)))

    def of(rated: list[Rating]) -> list[Rating]:
        return [rating for rating in rated if rating.check == "hips-sag"]

    held_s = sum(int((hold.end_s - hold.start_s) / INTERVAL_S) for hold in report.holds)
    assert len(of(spoken)) == held_s > len(of(silent)) > 0
    assert not any(rating.program for rating in of(silent))
    assert {(r.program, r.coach) for r in of(spoken)} == {(True, True), (False, False)}
    assert agreement(of(spoken)).kappa == 1.0


def test_overruled_is_the_programs_alone_and_added_the_coachs_alone(
    sag: tuple[Exercise, Report],
) -> None:
    rule, report = sag
    hold = report.holds[0]
    added = Opinion(
        Verdict.ADD,
        Subject.FINDING,
        hold.start_s,
        hold.start_s + INTERVAL_S,
        check="head-dropped",
        level=Level.WARN,
    )
    notes = Notes((on(hips(report), Verdict.OVERRULE), added), reviewed=DONE)
    rated = list(ratings("a", rule, report, coached_spans(report, notes)))
    sagging = agreement([r for r in rated if r.check == "hips-sag"])
    assert (sagging.both, sagging.coach_only) == (0, 0)
    assert sagging.program_only > 0
    assert sagging.kappa is not None
    assert sagging.kappa <= 0.0
    head = agreement([r for r in rated if r.check == "head-dropped"])
    assert (head.both, head.program_only, head.coach_only) == (0, 0, 1)


def test_a_finding_that_is_only_less_bad_is_still_one(sag: tuple[Exercise, Report]) -> None:
    _, report = sag
    finding = hips(report)
    milder = Notes((on(finding, Verdict.OVERRULE, Level.WARN),), reviewed=DONE)
    fine = Notes((on(finding, Verdict.OVERRULE, Level.GOOD),), reviewed=DONE)
    spans = [
        next(span for span in coached_spans(report, notes) if span.check == "hips-sag")
        for notes in (milder, fine)
    ]
    assert [(span.said, span.level) for span in spans] == [(Said.YES, Level.WARN), (Said.NO, None)]


def test_what_is_added_beside_what_was_overruled_leaves_that_overruled(
    sag: tuple[Exercise, Report],
) -> None:
    _, report = sag
    finding = hips(report)
    added = Opinion(
        Verdict.ADD, Subject.FINDING, finding.end_s, finding.end_s + 1.0, check="hips-sag"
    )
    notes = Notes((on(finding, Verdict.OVERRULE), added), reviewed=DONE)
    spans = [span for span in coached_spans(report, notes) if span.check == "hips-sag"]
    assert [(span.said, span.span_s) for span in spans] == [
        (Said.NO, (finding.start_s, finding.end_s)),
        (Said.YES, (finding.end_s, finding.end_s + 1.0)),
    ]


def test_what_was_added_and_then_called_good_is_no_fault(sag: tuple[Exercise, Report]) -> None:
    _, report = sag
    added = Opinion(Verdict.ADD, Subject.FINDING, 1.0, 2.0, check="head-dropped", level=Level.GOOD)
    spans = coached_spans(report, Notes((added,), reviewed=DONE))
    assert not [span for span in spans if span.check == "head-dropped"]


def test_repetitions_are_rated_one_by_one() -> None:
    rule, report = judged("dead_bug", "dead_bug_interrupted")
    code = next(iter(report.reps[0].levels))
    first = report.reps[0]
    spoken = Opinion(
        Verdict.OVERRULE, Subject.REP, first.start_s, first.end_s, code, level=Level.FAULT
    )
    notes = Notes((spoken,), reviewed=DONE)
    rated = [r for r in ratings("a", rule, report, coached_spans(report, notes)) if r.check == code]
    told = [rep for rep in report.reps if code in rep.levels]
    assert len(rated) == len(told) > 1
    assert [rating.coach for rating in rated] == [True] + [False] * (len(told) - 1)
    assert not any(rating.program for rating in rated)


def test_whether_repetitions_count() -> None:
    _, report = judged("dead_bug", "dead_bug_interrupted")
    one, two, three = report.reps[:3]

    def whole(rep: object, verdict: Verdict, counts: bool | None = None) -> Opinion:
        return Opinion(verdict, Subject.REP, rep.start_s, rep.end_s, counts=counts)  # type: ignore[attr-defined]

    notes = Notes(
        (
            whole(one, Verdict.AGREE),
            whole(two, Verdict.OVERRULE),
            whole(three, Verdict.OVERRULE, counts=three.counted),
        )
    )
    assert counted_alike(report, notes) == (3, 2)
    assert counted_alike(report, Notes()) == (0, 0)
    missed = Opinion(Verdict.ADD, Subject.REP, 900.0, 903.0, counts=True)
    assert counted_alike(report, Notes((missed,))) == (1, 0)


def test_a_check_that_was_never_judged_is_not_rated(sag: tuple[Exercise, Report]) -> None:
    rule, report = sag
    blind = replace(report, not_judged_checks={"hips-sag": "camera sees you from the front"})
    rated = ratings("a", rule, blind, coached_spans(report, Notes(reviewed=DONE)))
    assert "hips-sag" not in {rating.check for rating in rated}


def table(session: str, *counts: int) -> list[Rating]:
    """Ratings with these counts of both, program only, coach only, neither."""
    kinds = ((True, True), (True, False), (False, True), (False, False))
    return [
        Rating(session, "x", *kind) for kind, n in zip(kinds, counts, strict=True) for _ in range(n)
    ]


def test_kappa_of_a_table_that_was_worked_out_by_hand() -> None:
    # 20 + 15 of 50 alike, 0.5 x 0.6 + 0.5 x 0.4 by chance: (0.7 - 0.5) / (1 - 0.5).
    found = agreement(table("a", 20, 5, 10, 15))
    assert found.kappa == pytest.approx(0.4)
    assert (found.rated, found.same, found.sessions) == (50, 35, 1)
    assert found.kappa_range is None


@pytest.mark.parametrize("counts", [(0, 0, 0, 0), (0, 0, 0, 9), (7, 0, 0, 0)])
def test_kappa_is_not_made_up_where_it_is_not_defined(counts: tuple[int, ...]) -> None:
    assert agreement(table("a", *counts)).kappa is None


def test_the_range_of_kappa_is_wider_when_sessions_differ() -> None:
    alike = agreement([r for name in "abcdefgh" for r in table(name, 4, 1, 1, 4)])
    mixed = agreement(
        [r for name in "abcd" for r in table(name, 5, 0, 0, 5)]
        + [r for name in "efgh" for r in table(name, 3, 2, 2, 3)]
    )
    assert alike.kappa == pytest.approx(0.6)
    assert mixed.kappa == pytest.approx(0.6)
    assert alike.kappa_range == pytest.approx((0.6, 0.6))
    assert mixed.kappa_range is not None
    low, high = mixed.kappa_range
    assert low < 0.5
    assert high > 0.7
