"""What stands of a report once a coach was through with it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hop_samples import hop

from formcheck.judgement.registry import load_exercises
from formcheck.landmarks import Side
from formcheck.notes import Comment, Drawing, Notes, Opinion, Shape, Subject, Verdict
from formcheck.presentation.coached import (
    AgreedRep,
    agreed_jumps,
    agreed_reps,
    overruled,
    points,
)
from formcheck.presentation.noted import SHOWN_S, captions
from formcheck.presentation.sheet import moments_shown, told_points
from formcheck.types import Finding, Level, Reason, Rep, Report

PLANK = load_exercises()["plank"]
DEAD_BUG = load_exercises()["dead_bug"]


def finding(check: str, start_s: float, worst: float, level: Level = Level.FAULT) -> Finding:
    return Finding(
        check, level, start_s, start_s + 2, start_s + 1, worst, 3.0, -12.0, 1.0, "deg", True
    )


def report(*findings: Finding, reps: tuple[Rep, ...] = (), exercise: str = "plank") -> Report:
    return Report(exercise, "1", 60.0, 60.0, {}, {}, (), findings, (), {}, reps=reps)


def said(
    verdict: Verdict, check: str, start_s: float, level: Level | None = None, text: str = ""
) -> Opinion:
    return Opinion(verdict, Subject.FINDING, start_s, start_s + 2, check, level, None, text)


SAG = finding("hips-sag", 10.0, -20.0)
DEEPER = finding("hips-sag", 30.0, -30.0)
HEAD = finding("head-dropped", 20.0, -25.0)
NEAR = finding("hips-pike", 40.0, 10.0, Level.WARN)


def test_without_a_word_of_the_coach_the_worst_comes_first_and_each_check_once() -> None:
    found = points(report(SAG, HEAD, DEEPER, NEAR), PLANK, Notes())
    assert [point.check for point in found] == ["hips-sag", "head-dropped", "hips-pike"]
    assert found[0].spans_s == ((10.0, 12.0), (30.0, 32.0))
    assert found[0].shown_s == DEEPER.worst_t_s
    assert found[0].finding == DEEPER
    assert not found[0].by_coach


def test_what_is_overruled_does_not_stand() -> None:
    notes = Notes((said(Verdict.OVERRULE, "hips-sag", 30.0),))
    assert overruled(report(SAG, DEEPER), PLANK, notes) == (DEEPER,)
    (point,) = points(report(SAG, DEEPER), PLANK, notes)
    assert point.spans_s == ((10.0, 12.0),)


@pytest.mark.parametrize(
    ("level", "stands"), [(None, None), (Level.GOOD, None), (Level.WARN, Level.WARN)]
)
def test_an_overrule_may_say_what_it_was_instead(level: Level | None, stands: Level | None) -> None:
    notes = Notes((said(Verdict.OVERRULE, "hips-sag", 10.0, level),))
    found = [point.level for point in points(report(SAG), PLANK, notes)]
    assert found == ([] if stands is None else [stands])


def test_of_two_opinions_the_later_one_holds() -> None:
    first, later = (said(v, "hips-sag", 10.0) for v in (Verdict.OVERRULE, Verdict.AGREE))
    assert not overruled(report(SAG), PLANK, Notes((first, later)))
    assert overruled(report(SAG), PLANK, Notes((later, first))) == (SAG,)


def test_what_the_coach_spoke_of_comes_first() -> None:
    notes = Notes(
        (
            said(Verdict.AGREE, "head-dropped", 20.0, text="look down"),
            said(Verdict.ADD, "knees-bent", 50.0, Level.WARN, "push the heels back"),
        )
    )
    found = points(report(SAG, HEAD), PLANK, notes)
    assert [point.check for point in found] == ["head-dropped", "knees-bent", "hips-sag"]
    assert [point.text for point in found] == ["look down", "push the heels back", ""]
    assert found[1].finding is None
    assert found[1].shown_s == 51.0


def test_what_was_added_to_a_finding_that_is_there_is_no_second_one() -> None:
    notes = Notes((said(Verdict.ADD, "hips-sag", 10.5, text="yes"),))
    (point,) = points(report(SAG), PLANK, notes)
    assert point.spans_s == ((10.0, 12.0),)
    assert point.text == "yes"


def rep(start_s: float, level: Level, why_not: Reason | None = None) -> Rep:
    values, levels = {"leg_short_deg": 12.0}, {"leg-short": level}
    return Rep(start_s, start_s + 1, start_s + 2, start_s + 3, Side.LEFT, why_not, values, levels)


def of_rep(start_s: float, **how: object) -> Opinion:
    return Opinion(Verdict.OVERRULE, Subject.REP, start_s, start_s + 3, **how)  # type: ignore[arg-type]


def test_a_check_that_is_overruled_in_a_repetition_overrules_its_finding() -> None:
    short = Finding("leg-short", Level.FAULT, 5.0, 6.0, 5.5, 12.0, 3.0, 10.0, 2.0, "deg", False)
    told = report(short, reps=(rep(4.0, Level.FAULT), rep(9.0, Level.GOOD)), exercise="dead_bug")
    notes = Notes((of_rep(4.0, check="leg-short"),))
    assert overruled(told, DEAD_BUG, notes) == (short,)
    assert not points(told, DEAD_BUG, notes)
    assert not overruled(told, DEAD_BUG, Notes((of_rep(9.0, check="leg-short"),)))


def test_repetitions_count_as_the_coach_says() -> None:
    broken = Reason("part-way", "it went only part of the way")
    reps = (rep(0.0, Level.FAULT), rep(5.0, Level.GOOD, broken), rep(10.0, Level.GOOD))
    told = report(reps=reps)
    plain = agreed_reps(told, DEAD_BUG, Notes())
    assert [(one.counts, one.good) for one in plain] == [
        (True, False),
        (False, False),
        (True, True),
    ]
    notes = Notes(
        (
            of_rep(0.0, check="leg-short"),
            of_rep(5.0, counts=True),
            of_rep(10.0, counts=False),
        )
    )
    coached = agreed_reps(told, DEAD_BUG, notes)
    assert [(one.counts, one.good) for one in coached] == [
        (True, True),
        (True, True),
        (False, False),
    ]


def test_a_finding_that_is_overruled_or_added_changes_the_repetition_that_it_is_in() -> None:
    short = Finding("leg-short", Level.FAULT, 5.0, 6.0, 5.5, 12.0, 3.0, 10.0, 2.0, "deg", False)
    told = report(short, reps=(rep(4.0, Level.FAULT), rep(9.0, Level.GOOD)), exercise="dead_bug")

    def good(*opinions: Opinion) -> list[bool]:
        return [one.good for one in agreed_reps(told, DEAD_BUG, Notes(opinions))]

    assert good() == [False, True]
    assert good(said(Verdict.AGREE, "leg-short", 5.0)) == [False, True]
    assert good(said(Verdict.OVERRULE, "leg-short", 5.0)) == [True, True]
    assert good(said(Verdict.ADD, "back-lift", 9.5)) == [False, False]
    assert good(said(Verdict.ADD, "back-lift", 9.5, Level.WARN)) == [False, True]


def test_what_the_coach_alone_has_seen_counts() -> None:
    told = report(reps=(rep(0.0, Level.GOOD),))
    alone = Opinion(Verdict.ADD, Subject.REP, 20.0, 23.0, counts=True)
    assert agreed_reps(told, DEAD_BUG, Notes((alone,)))[1:] == (AgreedRep(True, False),)
    there = Opinion(Verdict.ADD, Subject.REP, 0.0, 3.0, counts=True)
    assert len(agreed_reps(told, DEAD_BUG, Notes((there,)))) == 1


def test_jumps_count_as_the_coach_says() -> None:
    jumps = (hop(1.0), hop(2.0), hop(3.0))
    told = replace(report(exercise="jump_rope"), hops=jumps)
    assert agreed_jumps(told, Notes()) == 3
    not_one = Opinion(Verdict.OVERRULE, Subject.JUMP, 2.0, 2.3, counts=False)
    missed = Opinion(Verdict.ADD, Subject.JUMP, 5.0, 5.3, counts=True)
    assert agreed_jumps(told, Notes((not_one,))) == 2
    assert agreed_jumps(told, Notes((not_one, missed))) == 3


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_overruled_and_added_elsewhere_both_hold(order: tuple[int, int]) -> None:
    both = (
        said(Verdict.OVERRULE, "hips-sag", 10.0),
        said(Verdict.ADD, "hips-sag", 11.5, text="only here"),
    )
    notes = Notes(tuple(both[place] for place in order))
    assert overruled(report(SAG), PLANK, notes) == (SAG,)
    (point,) = points(report(SAG), PLANK, notes)
    assert point.finding is None
    assert (point.spans_s, point.text) == (((11.5, 13.5),), "only here")


def test_the_sheet_shows_two_things_where_the_coach_has_drawn() -> None:
    drawing = Drawing(11.6, Shape.LINE, ((0, 0), (1, 1)))
    notes = Notes(drawings=(drawing,))
    assert moments_shown(report(SAG, HEAD, NEAR), PLANK, notes) == (11.6, 21.0)
    told = told_points(report(SAG, HEAD, NEAR), PLANK, notes)
    assert {one.title for one in told} == {"Hips dropped", "Head dropped"}
    assert all(one.when.startswith("once, at 0:") for one in told)


def test_a_near_miss_is_shown_only_where_there_is_nothing_else() -> None:
    assert [one.title for one in told_points(report(NEAR), PLANK, Notes())] == [
        PLANK.check("hips-pike").title
    ]
    assert len(told_points(report(NEAR, SAG), PLANK, Notes())) == 1


def test_captions_tell_what_the_coach_said_and_for_long_enough_to_be_read() -> None:
    notes = Notes(
        (
            said(Verdict.OVERRULE, "hips-sag", 10.0, text="a loose\nshirt"),
            said(Verdict.AGREE, "head-dropped", 20.0),
            said(Verdict.ADD, "knees-bent", 50.0, Level.WARN),
        ),
        (Comment(1.0, "x" * 500), Comment(2.0, "Good")),
    )
    titles = {check.code: check.title for check in PLANK.checks}
    found = captions(notes, report(SAG, HEAD), titles)
    assert [one.start_s for one in found] == [1.0, 2.0, 10.0, 50.0]
    assert found[0].end_s - found[0].start_s == 12.0
    assert found[1].end_s - found[1].start_s > SHOWN_S
    assert found[2].text == "Coach on “hips dropped”: not so. A loose shirt"
    assert found[2].end_s >= SAG.end_s
    assert found[3].text == "Coach: knees bent"


def test_captions_of_a_repetition_name_it() -> None:
    told = report(reps=(rep(0.0, Level.FAULT), rep(5.0, Level.GOOD)))
    notes = Notes((of_rep(5.0, counts=False), of_rep(0.0, check="leg-short")))
    found = captions(notes, told, {"leg-short": "Leg hardly went out"})
    assert [one.text for one in found] == [
        "Coach on leg hardly went out, repetition 1: not so",
        "Coach on repetition 2: does not count",
    ]


def test_captions_count_repetitions_as_they_were_counted_aloud() -> None:
    told = report(
        reps=(
            rep(0.0, Level.GOOD),
            rep(5.0, Level.GOOD, Reason("too-short", "it went only part of the way", "")),
            rep(10.0, Level.GOOD),
        )
    )
    notes = Notes((of_rep(5.0, counts=True), of_rep(10.0, counts=False)))
    assert [one.text for one in captions(notes, told, {})] == [
        "Coach on a repetition that was not counted: counts",
        "Coach on repetition 2: does not count",
    ]
