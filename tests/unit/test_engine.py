"""The promises of the engine, on skeletons whose angles are known exactly."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable

import pytest

from formcheck.judgement.engine import Engine
from formcheck.landmarks import Joint
from formcheck.testing import Figure, Scene, observations, plank, report_of, standing
from formcheck.types import CueKind, Level, Observation, Phase, Report
from formcheck_rules.plank import PLANK


def ramp(t_s: float, start_s: float, end_s: float, to: float, base: float = 4.0) -> float:
    share = min(1.0, max(0.0, (t_s - start_s) / (end_s - start_s)))
    return base + share * (to - base)


def sagging(t_s: float) -> Figure:
    return plank(ramp(t_s, 3.0, 4.0, -16.0))


def corrections(report: Report) -> list[str | None]:
    return [cue.check for cue in report.cues if cue.kind is CueKind.CORRECT]


def judged(
    figure_at: Callable[[float], Figure | None], seconds: float = 8.0, **how: object
) -> Report:
    return report_of(PLANK, observations(figure_at, seconds, **how))  # type: ignore[arg-type]


def test_a_clean_plank_is_held_judged_and_left_in_peace() -> None:
    report = judged(lambda t_s: plank(4.0), 12.0, scene=Scene(jitter_px=0.7))
    (hold,) = report.holds
    assert hold.start_s == 0.0
    assert report.held_s == pytest.approx(12.0, abs=0.1)
    assert report.good_form_s == pytest.approx(12.0, abs=0.1)
    assert report.judged_share > 0.99
    assert report.findings == ()
    assert corrections(report) == []
    assert hold.score == 100.0


def test_a_sag_is_spoken_in_time_and_stops_the_clock_where_it_began() -> None:
    report = judged(sagging)
    assert corrections(report)[0] == "hips-sag"
    passes_s = 3.0 + 12.0 / 20.0
    assert 0.0 < report.cues[0].t_s - passes_s <= 1.5
    (finding,) = report.findings
    assert (finding.check, finding.level) == ("hips-sag", Level.FAULT)
    assert finding.start_s == pytest.approx(passes_s, abs=0.15)
    assert report.good_form_s == pytest.approx(passes_s, abs=0.15)
    assert report.held_s == pytest.approx(8.0, abs=0.1)


def test_a_pike_is_never_called_a_sag() -> None:
    for peak in (12.0, 20.0, 35.0, 55.0):
        report = judged(lambda t_s, peak=peak: plank(ramp(t_s, 3.0, 4.0, 4.0 + peak)))
        assert "hips-sag" not in {finding.check for finding in report.findings}
        assert "hips-pike" in {finding.check for finding in report.findings}
        assert set(corrections(report)) <= {"hips-pike"}
        if peak >= 20.0:
            assert corrections(report) == ["hips-pike"]


@pytest.mark.parametrize("bend", [-18.0, 0.0, 21.0])
def test_the_angle_is_the_same_in_every_shape_of_picture(bend: float) -> None:
    read = set()
    for width, height in ((1280, 720), (640, 480), (720, 1280)):
        engine = Engine(PLANK)
        scene = Scene(width_px=width, height_px=height)
        (seen,) = observations(lambda t_s: plank(bend), 1 / 30, scene=scene)
        read.add(round(engine.step(seen).measures["hip_line_deg"], 3))
    assert len(read) == 1
    assert read.pop() == pytest.approx(bend, abs=0.01)


def test_a_hold_that_sags_from_its_first_second_is_still_faulty() -> None:
    report = judged(lambda t_s: plank(-20.0), 4.0)
    assert corrections(report) == ["hips-sag"]
    assert report.cues[0].t_s <= 1.5
    assert report.holds[0].neutral.get("hip_line_deg") is None
    assert report.good_form_s == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize(
    ("figure", "code"),
    [
        (lambda t_s: plank(4.0, elbow_offset_ratio=0.5), "elbows-offset"),
        (lambda t_s: plank(4.0, elbow_offset_ratio=-0.45), "elbows-offset"),
        (lambda t_s: plank(4.0, on_hands=True, elbow_offset_ratio=0.5), "hands-offset"),
        (lambda t_s: plank(4.0, neck_deg=ramp(t_s, 3, 4, -35, 0)), "head-dropped"),
        (lambda t_s: plank(4.0, neck_deg=ramp(t_s, 3, 4, 35, 0)), "head-lifted"),
        (lambda t_s: plank(8.0, knee_deg=ramp(t_s, 3, 4, 148, 175)), "knees-bent"),
        (lambda t_s: plank(ramp(t_s, 3, 4, -10.0), on_knees=True), "hips-sag"),
        (lambda t_s: plank(ramp(t_s, 3, 4, 27.0), on_knees=True), "hips-pike"),
        (lambda t_s: plank(ramp(t_s, 3, 4, -16.0), on_hands=True), "hips-sag"),
    ],
)
def test_each_fault_is_found_alone(
    figure: Callable[[float], Figure], code: str, facing: int
) -> None:
    report = judged(figure, scene=Scene(facing=facing))
    assert {f.check for f in report.findings if f.level is Level.FAULT} == {code}
    assert set(corrections(report)) == {code}


def test_slow_drift_is_told_though_no_moment_is_faulty() -> None:
    report = judged(lambda t_s: plank(8.0 - 10.0 * min(1.0, t_s / 20.0)), 26.0)
    assert "drift" in corrections(report)
    assert "hips-sag" not in corrections(report)


@pytest.mark.parametrize(
    ("figure", "scene", "reason"),
    [
        (lambda t_s: None, Scene(), "nobody"),
        (lambda t_s: standing(), Scene(height_px=480), "standing"),
        (lambda t_s: plank(-20.0), Scene(yaw_deg=55.0), "view-not-side"),
        (lambda t_s: plank(-20.0), Scene(yaw_deg=90.0), "view-not-side"),
        (lambda t_s: plank(-20.0), Scene(luma=4.0), "too-dark"),
        (lambda t_s: plank(-20.0), Scene(torso_px=25.0), "too-far"),
        (lambda t_s: plank(-20.0), Scene(hidden=frozenset({Joint.HIP})), "hips-hidden"),
        (lambda t_s: plank(-20.0), Scene(hidden=frozenset({Joint.ANKLE})), "feet-hidden"),
        (lambda t_s: plank(-20.0), Scene(width_px=300), "feet-out-of-frame"),
    ],
)
def test_what_cannot_be_judged_is_not(
    figure: Callable[[float], Figure | None], scene: Scene, reason: str
) -> None:
    report = judged(figure, 5.0, scene=scene)
    assert report.judged_s == 0.0
    assert report.cues == ()
    assert report.holds == ()
    assert reason in report.not_judged_s


def test_too_few_frames_a_second_are_not_judged() -> None:
    report = judged(lambda t_s: plank(-20.0), 8.0, fps=6.0)
    assert report.not_judged_s["too-few-frames"] > 5.0
    assert report.cues == ()


def test_a_joint_that_hides_for_a_moment_neither_ends_the_hold_nor_counts_as_good() -> None:
    def scene(t_s: float) -> Scene:
        return Scene(hidden=frozenset({Joint.HIP}) if 4.0 <= t_s < 5.5 else frozenset())

    report = judged(lambda t_s: plank(4.0), 9.0, scene=scene)
    assert len(report.holds) == 1
    assert report.held_s == pytest.approx(9.0, abs=0.1)
    assert report.good_form_s == pytest.approx(7.5, abs=0.15)
    assert report.not_judged_s["hips-hidden"] == pytest.approx(1.5, abs=0.1)


def test_push_ups_are_no_plank() -> None:
    def push_up(t_s: float) -> Figure:
        figure = dict(plank(4.0, on_hands=True))
        drop = 0.25 * (1.0 + math.cos(math.pi * t_s))
        for joint in (Joint.EAR, Joint.SHOULDER):
            figure[joint] -= 1j * drop * 1.2
        figure[Joint.ELBOW] += complex(-0.5 * drop, -0.4 * drop)
        figure[Joint.HIP] -= 1j * drop * 0.7
        return figure

    report = judged(push_up, 12.0)
    assert report.held_s == 0.0
    assert report.cues == ()


def test_another_person_ends_the_hold() -> None:
    def figure(t_s: float) -> Figure:
        shift = 0.0 if t_s < 5.0 else 1.2j
        return {joint: p + shift for joint, p in plank(4.0).items()}

    report = judged(figure, 10.0, scene=Scene(height_px=480))
    assert len(report.holds) == 2
    assert report.holds[0].end_s == pytest.approx(5.0, abs=0.1)
    assert "person-changed" in report.not_judged_s


FRAME_RATES = (60.0, 30.0, 24.0, 15.0, 12.0)


@pytest.mark.parametrize(
    "figure",
    [
        sagging,
        lambda t_s: plank(ramp(t_s, 3.0, 4.0, 28.0)),
        lambda t_s: plank(4.0),
        lambda t_s: plank(4.0, neck_deg=ramp(t_s, 3, 4, -35, 0)),
    ],
    ids=["sag", "pike", "clean", "head"],
)
def test_verdicts_and_cue_times_do_not_depend_on_the_frame_rate(
    figure: Callable[[float], Figure],
) -> None:
    dense = judged(figure, fps=120.0)
    for fps in FRAME_RATES:
        report = judged(figure, fps=fps)
        assert _verdicts(report) == _verdicts(dense)
        for cue, exact in zip(report.cues, dense.cues, strict=True):
            assert abs(cue.t_s - exact.t_s) <= 1.0 / fps + 0.05


def test_dropped_frames_change_nothing() -> None:
    for seed in range(5):
        chance = random.Random(seed)
        full = list(observations(sagging, 8.0, fps=30.0))
        kept = [o for o in full if chance.random() >= 0.3]
        report, exact = report_of(PLANK, kept), report_of(PLANK, full)
        assert _verdicts(report) == _verdicts(exact)
        gap_s = max(b.t_s - a.t_s for a, b in itertools.pairwise(kept))
        assert abs(report.cues[0].t_s - exact.cues[0].t_s) <= gap_s + 0.05


def _verdicts(report: Report) -> list[tuple[str, Level]]:
    return [(finding.check, finding.level) for finding in report.findings]


def test_the_same_observations_give_the_same_outputs_bit_for_bit() -> None:
    seen = list(observations(sagging, 8.0, scene=Scene(jitter_px=1.0)))
    one, two = Engine(PLANK), Engine(PLANK)
    for observation in seen:
        assert repr(one.step(observation)) == repr(two.step(observation))
    assert one.close() == two.close()


def test_time_must_increase() -> None:
    engine = Engine(PLANK)
    (seen,) = observations(lambda t_s: plank(), 1 / 30)
    engine.step(seen)
    with pytest.raises(ValueError, match="time must increase"):
        engine.step(seen)


def test_a_frame_that_is_not_judged_has_no_score() -> None:
    engine = Engine(PLANK)
    hidden = Scene(hidden=frozenset({Joint.HIP}))
    for seen in observations(
        lambda t_s: plank(-20.0), 4.0, scene=lambda t_s: Scene() if t_s < 2.0 else hidden
    ):
        step = engine.step(seen)
        assert (step.score is None) == (not step.judged)
    assert step.reason is not None
    assert step.phase is Phase.HOLDING


def test_the_clock_shown_never_runs_ahead_of_the_report() -> None:
    engine = Engine(PLANK)
    shown = [engine.step(seen).good_form_s for seen in observations(sagging, 8.0)]
    assert max(shown) <= engine.close().good_form_s + 0.05


def test_observations_without_anyone_do_not_stop_time() -> None:
    empty = [Observation(i / 30, 640, 360, 120.0, None) for i in range(60)]
    report = report_of(PLANK, empty)
    assert report.duration_s == pytest.approx(59 / 30)
    assert report.not_judged_s["nobody"] == pytest.approx(59 / 30)
