"""One check over time: neutral, levels, findings."""

import math

import pytest

from formcheck.judgement.checks import CheckJudge, NeutralTaker
from formcheck.judgement.rule import Limits, Neutral
from formcheck.types import Finding, Level
from formcheck_rules.plank import DRIFT, HIP_LINE_DEG, PIKE, SAG


def feed(judge: CheckJudge, value: object, start_s: float, end_s: float) -> list[Finding]:
    findings = []
    for i in range(round(start_s * 30), round(end_s * 30)):
        t_s = i / 30
        raw = value(t_s) if callable(value) else value
        _, finding = judge.update(t_s, raw, 4.0, silenced=False)
        if finding is not None:
            findings.append(finding)
    return findings


def test_limits_know_their_side() -> None:
    low, high = Limits(-7.0, -12.0), Limits(9.0, 16.0)
    assert (low.sign, high.sign) == (-1, 1)
    assert [low.level(v) for v in (-6.9, -7.1, -12.1)] == [Level.GOOD, Level.WARN, Level.FAULT]
    assert [high.level(v) for v in (8.9, 9.1, 16.1)] == [Level.GOOD, Level.WARN, Level.FAULT]
    assert [low.score(v) for v in (0.0, -7.0, -12.0, -17.0, -40.0)] == [100, 100, 50, 0, 0]
    with pytest.raises(ValueError, match="grey zone"):
        Limits(5.0, 5.0)


def test_a_warning_that_ends_is_a_finding_with_its_worst_moment() -> None:
    judge = CheckJudge(SAG, 0.0)
    findings = feed(judge, 4.0, 0, 2) + feed(judge, -5.0, 2, 5) + feed(judge, 4.0, 5, 7)
    (finding,) = findings
    assert (finding.level, finding.check) == (Level.WARN, "hips-sag")
    assert finding.start_s == pytest.approx(2.0, abs=0.2)
    assert finding.end_s == pytest.approx(5.0, abs=0.2)
    assert finding.worst == pytest.approx(-9.0, abs=0.3)
    assert (finding.limit, finding.relative) == (-7.0, True)
    assert finding.margin == pytest.approx(2.0, abs=0.3)


def test_a_fault_keeps_the_span_of_the_fault() -> None:
    judge = CheckJudge(SAG, 0.0)
    feed(judge, 4.0, 0, 2)
    feed(judge, -5.0, 2, 4)
    feed(judge, -16.0, 4, 6)
    feed(judge, -5.0, 6, 8)
    (finding,) = feed(judge, 4.0, 8, 10)
    assert finding.level is Level.FAULT
    assert finding.start_s == pytest.approx(4.0, abs=0.2)
    assert finding.end_s == pytest.approx(6.0, abs=0.3)


def test_an_open_finding_is_closed_with_the_hold() -> None:
    judge = CheckJudge(PIKE, 0.0)
    feed(judge, 4.0, 0, 1)
    assert feed(judge, 30.0, 1, 4) == []
    finding = judge.end(4.0)
    assert finding is not None
    assert finding.level is Level.FAULT
    assert finding.end_s == pytest.approx(4.0, abs=0.04)


def test_the_unseen_is_not_judged() -> None:
    judge = CheckJudge(SAG, 0.0)
    state, _ = judge.update(0.0, math.nan, 4.0, silenced=False)
    assert (state.level, state.value, state.score) == (Level.NOT_JUDGED, None, None)
    assert not judge.ever_judged


def test_a_neutral_off_to_one_side_is_not_held_against_the_user_when_put_right() -> None:
    started_piked = CheckJudge(SAG, 0.0)
    for i in range(90):
        state, _ = started_piked.update(i / 30, 5.0, 18.0, silenced=False)
    assert state.level is Level.GOOD
    started_sagging = CheckJudge(PIKE, 0.0)
    for i in range(90):
        state, _ = started_sagging.update(i / 30, 5.0, -8.0, silenced=False)
    assert state.level < Level.FAULT


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        (lambda t_s: 6.0, 6.0),
        (lambda t_s: -20.0, None),
        (lambda t_s: 40.0, None),
        (lambda t_s: 6.0 + 10.0 * t_s, None),
        (lambda t_s: -20.0 if t_s < 2.5 else 5.0, None),
    ],
    ids=["steady", "sags from the start", "piked from the start", "moving", "faulty, then right"],
)
def test_neutral_is_taken_only_from_a_steady_plausible_start(
    line: object, taken: float | None
) -> None:
    taker = NeutralTaker(Neutral(HIP_LINE_DEG, (-8.0, 18.0), 4.0), 0.0)
    for i in range(300):
        taker.update(i / 30, line(i / 30))  # type: ignore[operator]
    assert taker.value == taken


def test_drift_compares_the_first_with_the_last_seconds() -> None:
    judge = CheckJudge(DRIFT, 0.0)
    levels = []
    for i in range(30 * 30):
        t_s = i / 30
        state, _ = judge.update(t_s, 5.0 - 0.5 * t_s, None, silenced=False)
        levels.append((t_s, state.level))
    assert all(level is Level.NOT_JUDGED for t_s, level in levels if t_s < 9.9)
    first_warn = next(t_s for t_s, level in levels if level is Level.WARN)
    first_fault = next(t_s for t_s, level in levels if level is Level.FAULT)
    assert first_warn < first_fault


def test_drift_stays_silent_while_and_after_a_fault_that_explains_it() -> None:
    judge = CheckJudge(DRIFT, 0.0)
    for i in range(40 * 30):
        t_s = i / 30
        at_fault = 10.0 <= t_s < 20.0
        raw = -20.0 if at_fault else 5.0
        state, finding = judge.update(t_s, raw, None, silenced=at_fault)
        assert state.level in (Level.GOOD, Level.NOT_JUDGED)
        assert finding is None
    assert state.level is Level.GOOD
