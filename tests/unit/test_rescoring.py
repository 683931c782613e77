"""Judged again from the trace: the same bit for bit with the same limits, and what differs else."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from formcheck.judgement import hopbout
from formcheck.judgement.engine import Engine
from formcheck.judgement.overrides import changed, parse_change
from formcheck.judgement.recall import ANEW, Recall
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.rule import Exercise
from formcheck.media.trace import read_trace
from formcheck.presentation.rescored import to_dict, told
from formcheck.rescoring import Difference, Measured, difference
from formcheck.types import Cue, CueKind, Finding, Level, Observation, Report

CLIPS = Path(__file__).parents[2] / "test_videos"
EXERCISES = load_exercises()
TRACES = sorted(CLIPS.glob("*/*.trace.npz"))


@cache
def observations(name: str) -> tuple[Observation, ...]:
    return read_trace(CLIPS / f"{name}.trace.npz").observations


def rescored(name: str, *texts: str) -> tuple[Exercise, Report, Report, Difference]:
    changes = [parse_change(text, EXERCISES) for text in texts]
    exercise = EXERCISES[changes[0].exercise]
    measured = Measured(observations(name), exercise)
    before, after = measured.report(exercise), measured.report(changed(exercise, changes))
    return exercise, before, after, difference(before, after, exercise)


@pytest.mark.parametrize("path", TRACES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_nothing_changed_gives_the_first_run_bit_for_bit(path: Path) -> None:
    exercise = EXERCISES.get(path.parent.name, EXERCISES["plank"])
    seen = read_trace(path).observations
    engine = Engine(exercise)
    for observation in seen:
        engine.step(observation)
    first = engine.close()
    measured = Measured(seen, exercise)
    # Floats are written so that they read back exactly; NaN and the sign of a zero show as well.
    assert repr(measured.report(exercise)) == repr(first)
    assert repr(measured.report(exercise)) == repr(first)
    assert difference(first, measured.report(exercise), exercise).nothing


def test_another_limit_is_judged_as_a_first_run_with_it() -> None:
    """Measuring does not depend on limits: the short way and the long way say the same."""
    for name, text in (
        ("plank/sag_20_recovers", "plank.hips-sag.warn=-12"),
        ("dead_bug/dead_bug_leg_short", "dead_bug.leg-short.fault=50"),
        ("jump_rope/rope_side_too_high", "jump_rope.too-high.fault=12"),
    ):
        exercise, _, after, _ = rescored(name, text)
        new = changed(exercise, [parse_change(text, EXERCISES)])
        engine = Engine(new)
        for observation in observations(name):
            engine.step(observation)
        assert repr(engine.close()) == repr(after)
        assert after.rule_version == new.version != exercise.version


def test_a_wider_band_takes_a_fault_back() -> None:
    exercise, before, after, found = rescored(
        "plank/sag_20_recovers", "plank.hips-sag.warn=-18", "plank.hips-sag.fault=-24"
    )
    (change,) = [c for c in found.findings if c.before and c.before.check == "hips-sag"]
    assert change.before is not None
    assert change.after is not None
    assert (change.before.level, change.after.level) == (Level.FAULT, Level.WARN)
    assert after.good_form_s > before.good_form_s + 2.0
    assert {n.name: n.after for n in found.numbers}["good_form_s"] == after.good_form_s
    lines = told(found, exercise)
    assert any(line.startswith("Fault became warning: Hips dropped") for line in lines)
    assert any(line.startswith("Not said any more: “Lift your hips”") for line in lines)
    assert any(line.startswith("In good form: ") and "(was " in line for line in lines)


def test_a_narrower_band_finds_what_was_not_found() -> None:
    exercise, _, _, found = rescored("plank/neutral", "plank.knees-bent.warn=178")
    assert any(c.before is None and c.after is not None for c in found.findings)
    assert any(line.startswith("New: Knees bent") for line in told(found, exercise))


def test_repetitions_that_are_judged_otherwise() -> None:
    exercise, before, after, found = rescored(
        "dead_bug/dead_bug_leg_short", "dead_bug.leg-short.fault=50"
    )
    assert len(found.reps) == sum(
        old.levels != new.levels for old, new in zip(before.reps, after.reps, strict=True)
    )
    assert found.reps
    assert any("fault leg hardly went out" in line for line in told(found, exercise))
    plain = to_dict(found, ())
    assert plain["reps"][0]["before"]["levels"]["leg-short"] == "fault"
    assert plain["reps"][0]["after"]["levels"]["leg-short"] == "warn"


def test_only_limits_may_differ() -> None:
    measured = Measured(observations("plank/neutral"), EXERCISES["plank"])
    with pytest.raises(ValueError, match="measured for plank"):
        measured.report(EXERCISES["dead_bug"])
    others = replace(EXERCISES["plank"], neutral=(), checks=EXERCISES["plank"].checks[:1])
    with pytest.raises(ValueError, match="measured for plank"):
        measured.report(others)


def finding(check: str, start_s: float, end_s: float, level: Level = Level.WARN) -> Finding:
    return Finding(check, level, start_s, end_s, start_s, -9.0, 3.0, -7.0, 2.0, "deg", True)


def report(findings: tuple[Finding, ...] = (), cues: tuple[Cue, ...] = ()) -> Report:
    return Report("plank", "2", 60.0, 60.0, {}, {}, (), findings, cues, {})


def test_findings_are_paired_by_check_and_the_time_they_share() -> None:
    old = (finding("hips-sag", 1, 5), finding("hips-sag", 8, 9), finding("hips-pike", 1, 5))
    new = (finding("hips-sag", 1, 2), finding("hips-sag", 3, 5), finding("hips-pike", 1, 5))
    found = difference(report(old), report(new), EXERCISES["plank"])
    assert found.unchanged == 1
    assert [(c.before, c.after) for c in found.findings] == [
        (old[0], new[1]),
        (None, new[0]),
        (old[1], None),
    ]


def test_the_same_words_a_little_later_are_one_cue_that_moved() -> None:
    def cue(t_s: float, text: str = "Lift your hips") -> Cue:
        return Cue(t_s, CueKind.CORRECT, text, "hips-sag")

    found = difference(
        report(cues=(cue(1.0), cue(10.0), cue(30.0))),
        report(cues=(cue(1.0), cue(10.5), cue(50.0))),
        EXERCISES["plank"],
    )
    assert [(c.before, c.after) for c in found.cues] == [
        (cue(10.0), cue(10.5)),
        (cue(30.0), None),
        (None, cue(50.0)),
    ]
    assert not found.nothing
    assert told(found, EXERCISES["plank"])[-3:] == [
        "Said “Lift your hips” at 0:10.5 (was 0:10.0)",
        "Not said any more: “Lift your hips” at 0:30.0",
        "Said now: “Lift your hips” at 0:50.0",
    ]


def test_what_was_worked_out_once_is_not_worked_out_again() -> None:
    recall, done = Recall(), []
    for recalled in (recall, recall, ANEW, ANEW):
        assert recalled("key", lambda: done.append(1) or 7) == 7
    assert len(done) == 3


@pytest.mark.parametrize("clip", ["rope_front_uneven", "rope_side_miss"])
@pytest.mark.parametrize("share", [0.35, 0.6, 0.85])
def test_what_a_judgement_knew_that_was_cut_short_is_right(clip: str, share: float) -> None:
    exercise = EXERCISES["jump_rope"]
    measured = Measured(observations(f"jump_rope/{clip}"), exercise)
    whole = measured.report(exercise)
    recall, seen = Recall(), measured.measurements
    engine = Engine(exercise, recall=recall)
    for measurement in seen[: int(share * len(seen))]:
        engine.judge(measurement)
    assert recall.known
    assert repr(Measured.of(seen, exercise, recall=recall).report(exercise)) == repr(whole)


def test_jumps_are_fitted_once_however_often_they_are_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exercise = EXERCISES["jump_rope"]
    measured = Measured(observations("jump_rope/rope_side_miss"), exercise)
    first = measured.report(exercise)
    assert len(first.hops) > 4

    def again(*_: object, **__: object) -> None:
        raise AssertionError("fitted again")

    monkeypatch.setattr(hopbout, "fit_flights", again)
    wider = changed(exercise, [parse_change("jump_rope.too-high.fault=12", EXERCISES)])
    assert [hop.values for hop in measured.report(wider).hops] == [h.values for h in first.hops]
    with pytest.raises(AssertionError, match="fitted again"):
        Measured(observations("jump_rope/rope_side_miss"), exercise).report(exercise)
