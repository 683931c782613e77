"""What the engine says of repetitions, on skeletons whose angles are known exactly."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import pytest

from formcheck.judgement.engine import Engine
from formcheck.judgement.rule import Exercise
from formcheck.landmarks import Joint, Side
from formcheck.testing import (
    Figure,
    Person,
    Scene,
    bridge,
    dead_bug,
    lying_outline,
    observations,
    plank,
    report_of,
    standing,
)
from formcheck.types import CueKind, Level, Outline, Phase, Report
from formcheck_rules.dead_bug import DEAD_BUG
from formcheck_rules.glute_bridge import GLUTE_BRIDGE

SCENE = Scene(torso_px=130.0)
Script = Callable[[float], Person | Figure | None]


def eased(share: float) -> float:
    x = min(1.0, max(0.0, share))
    return x**3 * (10.0 - 15.0 * x + 6.0 * x * x)


def out_and_back(t_s: float, start_s: float, way_s: float, top_s: float) -> float:
    return eased((t_s - start_s) / way_s) - eased((t_s - start_s - way_s - top_s) / way_s)


def bugs(t_s: float, reps: int = 4, way_s: float = 2.0, **how: object) -> Person:
    period_s = 2.0 * way_s + 1.2
    k = min(reps - 1, max(0, int((t_s - 1.5) // period_s)))
    share = out_and_back(t_s, 1.5 + k * period_s, way_s, 0.6)
    side = Side.LEFT if k % 2 == 0 else Side.RIGHT
    return dead_bug(share, side=side, **how)  # type: ignore[arg-type]


def bridges(t_s: float, tops: tuple[float, ...], hold_s: float = 2.0, **how: float) -> Person:
    period_s = 3.0 + hold_s + 1.0
    k = min(len(tops) - 1, max(0, int((t_s - 1.5) // period_s)))
    share = out_and_back(t_s, 1.5 + k * period_s, 1.5, hold_s)
    return bridge(130.0 + share * (tops[k] - 130.0), **how)


def judged(exercise: Exercise, script: Script, seconds: float, scene: Scene = SCENE) -> Report:
    return report_of(exercise, observations(script, seconds, scene=scene))


def corrections(report: Report) -> list[str | None]:
    return [cue.check for cue in report.cues if cue.kind is CueKind.CORRECT]


@pytest.mark.parametrize("facing", [1, -1])
def test_clean_dead_bugs_are_counted_a_side_and_left_in_peace(facing: int) -> None:
    scene = Scene(torso_px=130.0, facing=facing, jitter_px=0.7)
    report = judged(DEAD_BUG, bugs, 24.0, scene)
    assert [rep.side for rep in report.reps] == [Side.LEFT, Side.RIGHT] * 2
    assert report.reps_counted == 4
    assert corrections(report) == []
    assert [f for f in report.findings if f.level is Level.FAULT] == []
    assert report.judged_share > 0.95
    assert report.reps[0].values["leg_low_deg"] == pytest.approx(22.0, abs=3.0)
    assert report.reps[0].start_s == pytest.approx(1.5, abs=0.3)


def test_arm_and_leg_of_one_side_are_told_while_out_and_do_not_count() -> None:
    report = judged(DEAD_BUG, lambda t_s: bugs(t_s, same_side=True), 24.0)
    assert report.reps_counted == 0
    assert {rep.why_not.code for rep in report.reps if rep.why_not} == {"same-side"}
    assert corrections(report)[0] == "same-side"
    first = report.reps[0]
    assert first.start_s < report.cues[0].t_s < first.end_s


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"thigh_deg": (60.0, 20.0)}, "start-hips"),
        ({"thigh_deg": (122.0, 22.0)}, "start-hips"),
        ({"knee_deg": (128.0, 168.0)}, "start-knees"),
        ({"thigh_deg": (90.0, 57.0)}, "leg-short"),
        ({"way_s": 0.7}, "too-fast"),
        ({"head_up_deg": 38.0}, "head-up"),
    ],
)
def test_each_fault_of_a_dead_bug_is_found_alone(how: dict[str, object], code: str) -> None:
    report = judged(DEAD_BUG, lambda t_s: bugs(t_s, **how), 24.0)  # type: ignore[arg-type]
    assert {f.check for f in report.findings if f.level is Level.FAULT} == {code}
    assert set(corrections(report)) == (set() if code == "leg-short" else {code})


def test_both_legs_at_once_are_no_dead_bug() -> None:
    def script(t_s: float) -> Person:
        one = dead_bug(out_and_back(t_s, 2.0, 2.0, 0.6)).near
        return Person(one, one, face_up=True)

    report = judged(DEAD_BUG, script, 9.0)
    assert report.reps_counted == 0


@pytest.mark.parametrize(
    ("tops", "codes"),
    [
        ((180.0, 180.0), set()),
        ((150.0, 150.0), {"hips-low"}),
        ((180.0, 180.0, 152.0), {"hips-low"}),
        ((198.0, 198.0), {"hips-over"}),
    ],
)
def test_the_line_at_the_top_is_judged_with_its_sign(
    tops: tuple[float, ...], codes: set[str]
) -> None:
    report = judged(GLUTE_BRIDGE, lambda t_s: bridges(t_s, tops), 3.0 + 6.0 * len(tops))
    assert {f.check for f in report.findings if f.level is Level.FAULT} == codes
    assert set(corrections(report)) == codes
    for rep, top in zip(report.reps, tops, strict=True):
        assert rep.values["top_line_deg"] == pytest.approx(top, abs=3.0)


def test_a_cue_of_the_top_comes_while_there_is_time_to_mend_it() -> None:
    report = judged(GLUTE_BRIDGE, lambda t_s: bridges(t_s, (198.0,)), 9.0)
    # Up at 3.0 s, down from 5.0 s.
    assert 3.0 < report.cues[0].t_s < 4.5


def test_a_bridge_that_goes_part_of_the_way_does_not_count() -> None:
    report = judged(GLUTE_BRIDGE, lambda t_s: bridges(t_s, (180.0, 180.0, 147.0, 180.0)), 27.0)
    assert [rep.counted for rep in report.reps] == [True, True, False, True]
    assert report.reps[2].why_not is not None
    assert report.reps[2].why_not.code == "part-way"


def test_a_short_hold_is_told_after_two_of_them() -> None:
    report = judged(GLUTE_BRIDGE, lambda t_s: bridges(t_s, (180.0,) * 3, hold_s=0.1), 15.0)
    assert corrections(report) == ["hold-short"]
    assert report.cues[0].t_s > report.reps[1].leave_s


def test_sitting_up_in_between_neither_counts_nor_ends_the_count() -> None:
    def script(t_s: float) -> Person | Figure:
        return standing() if 8.0 < t_s < 12.0 else bridges(t_s, (180.0,) * 3)

    report = judged(GLUTE_BRIDGE, script, 20.0, Scene(torso_px=110.0, height_px=480))
    assert report.reps_counted == 2
    assert len(report.sets_s) == 2


def test_a_repetition_out_of_sight_does_not_count() -> None:
    def scene(t_s: float) -> Scene:
        hidden = frozenset({Joint.HIP}) if 3.0 < t_s < 4.6 else frozenset[Joint]()
        return Scene(torso_px=130.0, hidden=hidden)

    report = report_of(
        GLUTE_BRIDGE, observations(lambda t_s: bridges(t_s, (180.0,) * 2), 15.0, scene=scene)
    )
    assert [rep.why_not.code if rep.why_not else None for rep in report.reps] == ["not-seen", None]


@pytest.mark.parametrize("exercise", [DEAD_BUG, GLUTE_BRIDGE])
@pytest.mark.parametrize("figure", [plank(4.0), standing(), dead_bug(0.0), bridge(130.0)])
def test_nothing_is_counted_where_nothing_is_done(
    exercise: Exercise, figure: Figure | Person
) -> None:
    report = judged(exercise, lambda t_s: figure, 8.0, Scene(torso_px=110.0, height_px=480))
    assert (report.reps, report.cues, report.judged_s) == ((), (), 0.0)


def test_phases_and_the_count_are_shown_as_they_happen() -> None:
    engine = Engine(GLUTE_BRIDGE)
    seen = observations(lambda t_s: bridges(t_s, (180.0,) * 2), 15.0, scene=SCENE)
    steps = [engine.step(observation) for observation in seen]
    phases = list(dict.fromkeys(step.phase for step in steps))
    assert phases == [Phase.GETTING_READY, Phase.READY, Phase.OUT, Phase.TOP, Phase.BACK]
    assert [step.reps for step in steps][-1] == 2


@pytest.mark.parametrize("fps", [15.0, 24.0])
def test_other_frame_rates_give_the_same_verdicts(fps: float) -> None:
    def said(rate: float) -> list[tuple[object, ...]]:
        report = report_of(
            DEAD_BUG,
            observations(lambda t_s: bugs(t_s, same_side=True), 24.0, fps=rate, scene=SCENE),
        )
        return [(rep.side, rep.counted, round(rep.reach_s, 0)) for rep in report.reps]

    assert said(fps) == said(30.0)


def lifting(t_s: float, lifts: tuple[float, ...], since_s: float = 0.0) -> Outline:
    """The back gives way in the lower part of the leg's way, by so much on each repetition."""
    period_s = 5.2
    k = min(len(lifts) - 1, max(0, int((t_s - 1.5) // period_s)))
    share = out_and_back(t_s, 1.5 + k * period_s, 2.0, 0.6)
    gap = 0.004 + lifts[k] * eased((share - 0.35) / 0.65)
    return lying_outline(gap, since_s=since_s, torso_px=130.0)


def lifted(lifts: tuple[float, ...], **how: Callable[[float], Outline | None]) -> Report:
    seen = observations(
        lambda t_s: bugs(t_s, reps=len(lifts)),
        2.5 + 5.2 * len(lifts),
        scene=SCENE,
        outline_at=how.get("outline_at", lambda t_s: lifting(t_s, lifts)),
    )
    return report_of(DEAD_BUG, seen)


def test_the_back_that_lifts_is_told_on_its_repetitions_and_no_others() -> None:
    report = lifted((0.0, 0.03, 0.0, 0.03))
    levels = [rep.levels["back-lift"] for rep in report.reps]
    assert levels == [Level.GOOD, Level.FAULT, Level.GOOD, Level.FAULT]
    assert [c.text for c in report.cues if c.kind is CueKind.CORRECT] == [
        "Press your lower back down",
        "Lower the leg less far",
    ]
    second = report.reps[1]
    assert second.start_s < report.cues[0].t_s < second.leave_s + 0.3
    assert report.remarks[0].startswith("Your lower back seemed to lift on repetitions 2 and 4")
    # The other leg went as low without a lift, but nothing higher was tried.
    assert report.remarks[1] == "Keep your leg higher than that for now."


def test_a_back_that_stays_down_is_judged_and_silent() -> None:
    report = lifted((0.0, 0.002, 0.0))
    (remark,) = report.remarks
    assert "as low as 22°" in remark
    assert {rep.levels["back-lift"] for rep in report.reps} == {Level.GOOD}
    assert corrections(report) == []


@pytest.mark.parametrize(
    "outline_at",
    [
        lambda t_s: None,
        lambda t_s: lying_outline(math.nan),
        # What is followed starts anew while the leg is out: there is nothing to compare with.
        lambda t_s: lifting(t_s, (0.03, 0.03), since_s=t_s // 1.7),
    ],
)
def test_a_back_whose_edge_cannot_be_followed_is_not_judged(
    outline_at: Callable[[float], Outline | None],
) -> None:
    report = lifted((0.03, 0.03), outline_at=outline_at)
    assert report.reps_counted == 2
    assert "back-lift" not in {code for rep in report.reps for code in rep.levels}
    assert "close-fitting" in report.not_judged_checks["back-lift"]
    assert corrections(report) == []


def set_up(flat: float, arched: float) -> Report:
    """Somebody who does what the set-up asks for, two seconds after it was asked."""
    engine = Engine(DEAD_BUG, set_up=True)
    asked: dict[str, float] = {}
    gap = 0.01

    def outline_at(t_s: float) -> Outline:
        return lying_outline(gap, torso_px=130.0)

    for seen in observations(lambda t_s: dead_bug(0.0), 14.0, scene=SCENE, outline_at=outline_at):
        for cue, answer in (("Flatten", flat), ("Now", arched), ("And", 0.01)):
            if seen.t_s > asked.get(cue, math.inf) + 2.0:
                gap = answer
        step = engine.step(seen)
        if step.cue is not None:
            asked[step.cue.text.split()[0]] = seen.t_s
    assert list(asked) == ["Flatten", "Now", "And"]
    return engine.close()


def test_the_set_up_finds_the_users_own_range() -> None:
    report = set_up(0.004, 0.05)
    # No repetition was made: the report has nothing to compare the range with, but it is there.
    low, high = report.own_range["lumbar_gap_ratio"]
    assert low == pytest.approx(0.004, abs=0.003)
    assert high == pytest.approx(0.05, abs=0.006)


def test_a_set_up_that_showed_nothing_gives_no_range() -> None:
    assert set_up(0.01, 0.012).own_range == {}


def pathed(t_s: float, path: tuple[tuple[float, float], ...]) -> Person:
    """A bridge through these (time, share of the way up), eased from one to the next."""
    share = path[0][1]
    for (start_s, low), (end_s, high) in itertools.pairwise(path):
        if t_s >= start_s:
            share = low + eased((t_s - start_s) / (end_s - start_s)) * (high - low)
    return bridge(130.0 + 50.0 * share)


@pytest.mark.parametrize(
    "path",
    [
        # Two steps up, then a good top.
        ((0, 0), (2, 0), (3, 0.4), (4.2, 0.4), (5.2, 1), (7.2, 1), (8.7, 0), (10, 0)),
        # A very slow first way up.
        ((0, 0), (2, 0), (10, 1), (12, 1), (13.5, 0), (15, 0)),
    ],
)
def test_nobody_on_the_way_up_is_told_to_go_higher(path: tuple[tuple[float, float], ...]) -> None:
    report = judged(GLUTE_BRIDGE, lambda t_s: pathed(t_s, path), path[-1][0])
    assert report.reps_counted == 1
    assert "hips-low" not in corrections(report)


def test_fidgeting_is_neither_counted_nor_spoken_of() -> None:
    path = ((0.0, 0.0), (2.0, 0.0), (2.6, 0.12), (3.6, 0.12), (4.2, 0.0), (6.0, 0.0))
    report = judged(GLUTE_BRIDGE, lambda t_s: pathed(t_s, path), 8.0)
    assert (report.reps, report.cues) == ((), ())


@pytest.mark.parametrize("torso_px", [80.0, 130.0])
def test_lying_still_under_a_shaking_skeleton_is_no_exercise(torso_px: float) -> None:
    scene = Scene(torso_px=torso_px, jitter_px=2.0)
    report = judged(GLUTE_BRIDGE, lambda t_s: bridge(130.0), 30.0, scene)
    assert (report.reps, report.cues) == ((), ())


def test_a_slow_way_back_does_not_thin_out_a_lift() -> None:
    def share_at(t_s: float) -> float:
        return eased((t_s - 2.0) / 2.0) - eased((t_s - 5.0) / 6.0)

    def outline_at(t_s: float) -> Outline:
        gap = 0.004 + 0.03 * eased((share_at(t_s) - 0.8) / 0.2)
        return lying_outline(gap, torso_px=130.0)

    seen = observations(
        lambda t_s: dead_bug(share_at(t_s)), 13.0, scene=SCENE, outline_at=outline_at
    )
    report = report_of(DEAD_BUG, seen)
    assert [rep.levels["back-lift"] for rep in report.reps] == [Level.FAULT]
    assert not any(cue.kind is CueKind.PRAISE for cue in report.cues)
    assert report.remarks[-1] == "Keep your leg higher than that for now."


def test_legs_that_alternate_without_a_rest_are_judged_from_the_start_of_the_set() -> None:
    """The start position was there once: what follows is compared with it, not with a leg out."""

    def outline_at(t_s: float) -> Outline:
        return lying_outline(0.004 if t_s < 1.9 else 0.034, torso_px=130.0)

    def script(t_s: float) -> Person:
        k = min(3, max(0, int((t_s - 1.5) // 2.6)))
        return dead_bug(
            out_and_back(t_s, 1.5 + 2.6 * k, 1.2, 0.2), side=(Side.LEFT, Side.RIGHT)[k % 2]
        )

    report = report_of(DEAD_BUG, observations(script, 13.0, scene=SCENE, outline_at=outline_at))
    assert report.reps_counted == 4
    assert {rep.levels.get("back-lift") for rep in report.reps} == {Level.FAULT}
    assert not {"start-hips", "start-knees"} & set(corrections(report))


def test_times_stay_within_the_clip_and_add_up() -> None:
    report = judged(GLUTE_BRIDGE, lambda t_s: bridges(t_s, (180.0,) * 3), 18.0)
    assert report.judged_s <= report.duration_s + 1e-9
    for rep in report.reps:
        assert 0.0 <= rep.start_s < rep.reach_s <= rep.leave_s < rep.end_s <= 18.0
    assert all(0.0 <= f.start_s <= f.end_s <= 18.0 for f in report.findings)


def test_a_verdict_lapses_when_the_next_repetition_cannot_be_judged() -> None:
    """Hips too far at first, then a bridge out of sight: nothing of the first stays on show."""
    engine = Engine(GLUTE_BRIDGE)

    def scene(t_s: float) -> Scene:
        hidden = frozenset({Joint.HIP}) if 9.0 < t_s < 10.6 else frozenset[Joint]()
        return Scene(torso_px=130.0, hidden=hidden)

    seen = observations(lambda t_s: bridges(t_s, (198.0, 198.0)), 14.5, scene=scene)
    steps = [engine.step(observation) for observation in seen]
    assert max(step.checks["hips-over"].level for step in steps) is Level.FAULT
    assert steps[-1].checks["hips-over"].level is Level.NOT_JUDGED


def test_legs_that_the_model_takes_for_one_another_are_one_repetition() -> None:
    def script(t_s: float) -> Person:
        person = bugs(t_s, reps=1)
        assert person.far is not None
        swapped = 3.0 <= t_s < 3.3 or 3.9 <= t_s < 4.2
        return Person(person.far, person.near, face_up=True) if swapped else person

    report = judged(DEAD_BUG, script, 9.0)
    assert report.reps_counted == 1
    assert corrections(report) == []


def test_a_leg_that_sets_off_before_the_other_is_back_is_told_and_not_counted() -> None:
    report = report_of(DEAD_BUG, observations(overlapping, 20.0, scene=SCENE))
    assert {rep.why_not.code for rep in report.reps if rep.why_not} <= {"overlap", "broken-off"}
    assert corrections(report) == []


def overlapping(t_s: float) -> Person:
    left = sum(out_and_back(t_s, 2.0 + 5.2 * k, 1.6, 0.4) for k in range(3))
    right = sum(out_and_back(t_s, 4.6 + 5.2 * k, 1.6, 0.4) for k in range(3))
    near, far = dead_bug(left, side=Side.LEFT), dead_bug(right, side=Side.RIGHT)
    assert near.far is not None
    assert far.far is not None
    arms = {Joint.ELBOW, Joint.WRIST}
    return Person(
        {j: (far.near if j in arms else near.near)[j] for j in near.near},
        {j: (near.far if j in arms else far.far)[j] for j in far.far},
        face_up=True,
    )
