"""What fooled the engine once, or could: other exercises, lost sight, gaps, changes midway."""

from __future__ import annotations

import cmath
import itertools
import math
import random
from collections.abc import Callable

import pytest

from formcheck.judgement.engine import Engine
from formcheck.landmarks import Joint
from formcheck.testing import Figure, Scene, observations, plank, report_of, standing
from formcheck.types import CueKind, Level, Observation, Report, StepOutput
from formcheck_rules.plank import PLANK


def judged(figure_at: Callable[[float], Figure | None], seconds: float, **how: object) -> Report:
    return report_of(PLANK, observations(figure_at, seconds, **how))  # type: ignore[arg-type]


def corrections(report: Report) -> list[str]:
    return [cue.text for cue in report.cues if cue.kind is not CueKind.CLOCK]


def push_up(t_s: float, down_s: float, pause_s: float) -> Figure:
    """Upper arms turn about the elbows over vertical forearms, down to 105 degrees."""
    x = t_s % (2 * down_s + pause_s)
    depth = 0.0 if x < pause_s else 0.5 - 0.5 * math.cos(math.pi * (x - pause_s) / down_s)
    figure = dict(plank(5.0, on_hands=True))
    elbow = figure[Joint.WRIST] + 0.45j
    shoulder = elbow + 0.6 * cmath.exp(1j * math.radians(90.0 - 75.0 * depth))
    moved = shoulder - figure[Joint.SHOULDER]
    for joint, share in ((Joint.EAR, 1.0), (Joint.HIP, 0.65), (Joint.KNEE, 0.35)):
        figure[joint] += complex(moved.real, share * moved.imag)
    return {**figure, Joint.ELBOW: elbow, Joint.SHOULDER: shoulder}


def climber(t_s: float, legs_per_s: float) -> Figure:
    """Mountain climber: every other time it is the near knee that is drawn in."""
    figure = dict(plank(8.0, on_hands=True))
    if int(t_s * legs_per_s) % 2:
        return figure
    drawn = 0.5 - 0.5 * math.cos(2.0 * math.pi * legs_per_s * t_s)
    hip, move = figure[Joint.HIP], drawn * complex(0.9, 0.25)
    for joint in (Joint.ANKLE, Joint.HEEL, Joint.FOOT_INDEX):
        figure[joint] += move
    leg = figure[Joint.ANKLE] - hip
    below = 1j * leg / abs(leg)
    below = below if below.imag < 0 else -below
    bend = math.sqrt(max(0.0, 0.85**2 - (abs(leg) / 2) ** 2))
    return {**figure, Joint.KNEE: hip + leg / 2 + below * bend}


def lying_on_arms(shoulder: float, hip: float) -> Figure:
    """Cobra or sphinx: legs and hips on the floor, the chest lifted on the arms."""
    reach = math.sqrt(1.0 - (shoulder - hip) ** 2)
    forearms = shoulder < 0.7
    return {
        Joint.SHOULDER: complex(0.0, shoulder),
        Joint.EAR: complex(0.1, shoulder + 0.33),
        Joint.ELBOW: complex(0.02, 0.06 if forearms else shoulder * 0.45),
        Joint.WRIST: complex(0.45 if forearms else 0.04, 0.06),
        Joint.HIP: complex(-reach, hip),
        Joint.KNEE: complex(-reach - 0.84, 0.09),
        Joint.ANKLE: complex(-reach - 1.68, 0.09),
        Joint.HEEL: complex(-reach - 1.72, 0.15),
        Joint.FOOT_INDEX: complex(-reach - 1.9, 0.04),
    }


@pytest.mark.parametrize("pause_s", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("down_s", [0.6, 1.0, 2.0])
def test_push_ups_with_a_pause_at_the_top_are_no_plank(down_s: float, pause_s: float) -> None:
    report = judged(lambda t_s: push_up(t_s, down_s, pause_s), 24.0)
    assert report.held_s == 0.0
    assert corrections(report) == []


@pytest.mark.parametrize("legs_per_s", [2.5, 1.6, 1.0, 0.6])
def test_mountain_climbers_are_no_plank(legs_per_s: float) -> None:
    report = judged(lambda t_s: climber(t_s, legs_per_s), 20.0)
    assert report.held_s == 0.0
    assert corrections(report) == []


@pytest.mark.parametrize(
    ("shoulder", "hip"),
    [(0.62, 0.12), (0.62, 0.18), (0.62, 0.24), (0.85, 0.20), (1.0, 0.24)],
)
def test_lying_on_the_arms_is_no_sagging_plank(shoulder: float, hip: float) -> None:
    report = judged(lambda t_s: lying_on_arms(shoulder, hip), 6.0)
    assert report.held_s == 0.0
    assert corrections(report) == []


@pytest.mark.parametrize("knee_deg", [139.0, 141.0, 143.0, 145.0])
def test_knees_that_nearly_touch_the_floor_are_no_pike(knee_deg: float) -> None:
    report = judged(lambda t_s: plank(4.0, knee_deg=175.0 if t_s < 5.0 else knee_deg), 10.0)
    assert "Lower your hips" not in corrections(report)
    assert all(f.check != "hips-pike" for f in report.findings)


def test_who_lies_on_the_back_is_not_judged_with_face_and_toes_hidden() -> None:
    turned = {joint: complex(p.real, 1.3 - p.imag) for joint, p in plank(0.0).items()}
    hidden = frozenset({Joint.FOOT_INDEX, Joint.HEEL, Joint.EAR})
    for figure in (turned, plank(-20.0)):
        report = judged(lambda t_s, f=figure: f, 5.0, scene=Scene(hidden=hidden))
        assert report.held_s == 0.0
        assert report.cues == ()


def test_what_is_not_seen_any_more_is_not_spoken_of() -> None:
    def scene(t_s: float) -> Scene:
        return Scene(hidden=frozenset({Joint.EAR}) if t_s >= 8.0 else frozenset())

    report = judged(
        lambda t_s: plank(4.0, neck_deg=-40.0 if t_s >= 5.0 else 0.0), 30.0, scene=scene
    )
    assert [c.t_s < 8.0 for c in report.cues if c.check == "head-dropped"] == [True]
    (finding,) = report.findings
    assert finding.end_s <= 8.0
    assert report.good_form_s > 22.0


def test_a_change_of_support_starts_a_hold_of_its_own() -> None:
    def figure(t_s: float) -> Figure:
        return plank(4.0, elbow_offset_ratio=0.5) if t_s < 6.0 else plank(4.0, on_hands=True)

    report = judged(figure, 20.0)
    assert len(report.holds) == 2
    assert all(c.t_s < 7.5 for c in report.cues if c.check == "elbows-offset")
    assert all(f.end_s < 7.5 for f in report.findings)

    onto_knees = judged(lambda t_s: plank(8.0) if t_s < 6.0 else plank(-5.0, on_knees=True), 20.0)
    assert "Lift your hips" not in corrections(onto_knees)


def test_drift_is_silent_while_the_hips_sag_even_when_it_came_first() -> None:
    def line_deg(t_s: float) -> float:
        return 8.0 - 10.0 * min(1.0, t_s / 20.0) if t_s < 25.0 else -20.0

    report = judged(lambda t_s: plank(line_deg(t_s)), 40.0)
    assert "Hips are drifting, reset" in corrections(report)
    late = [c.text for c in report.cues if c.t_s > 26.5]
    assert "Lift your hips" in late
    assert "Hips are drifting, reset" not in late


def test_who_is_on_the_knees_already_is_offered_a_rest() -> None:
    report = judged(lambda t_s: plank(4.0 if t_s < 3.0 else 28.0, on_knees=True), 45.0)
    offers = [cue.text for cue in report.cues if cue.kind is CueKind.EASIER]
    assert offers == ["Rest now"]
    head = judged(lambda t_s: plank(4.0, neck_deg=-40.0 if t_s >= 3.0 else 0.0), 60.0)
    assert [cue.kind for cue in head.cues if cue.check is not None] == [CueKind.CORRECT] * 3


def gapped(spans: tuple[tuple[float, float], ...], seconds: float) -> Report:
    seen = observations(lambda t_s: plank(4.0), seconds)
    return report_of(PLANK, (o for o in seen if not any(a < o.t_s < b for a, b in spans)))


def test_a_gap_in_the_frames_is_not_good_form() -> None:
    report = gapped(((8.0, 18.0),), 25.0)
    assert report.good_form_s == pytest.approx(15.0, abs=0.2)
    assert report.not_judged_s["too-few-frames"] == pytest.approx(10.0, abs=0.1)
    assert [c.t_s for c in report.cues] == []
    short = gapped(((8.0, 9.2),), 12.0)
    assert len(short.holds) == 1
    assert short.good_form_s == pytest.approx(10.8, abs=0.1)


def test_a_hold_ends_where_the_user_left_though_the_clip_ends_soon_after() -> None:
    left = judged(
        lambda t_s: plank(4.0) if t_s < 10.0 else standing(), 10.8, scene=Scene(height_px=480)
    )
    assert left.held_s == pytest.approx(10.0, abs=0.7)
    gone = judged(lambda t_s: plank(4.0) if t_s < 10.0 else None, 11.5)
    assert gone.held_s == pytest.approx(10.0, abs=0.1)


def test_flicker_is_not_credited() -> None:
    def scene(t_s: float) -> Scene:
        return Scene(
            hidden=frozenset({Joint.HIP}) if t_s % 0.5 < 0.3 and t_s > 2.0 else frozenset()
        )

    report = judged(lambda t_s: plank(4.0), 12.0, scene=scene)
    assert report.good_form_s <= report.judged_s + 1e-6


def random_scene(chance: random.Random) -> Callable[[float], tuple[Figure | None, Scene]]:
    """Someone who does this and that, seen now and then."""
    changes_s = sorted(chance.uniform(0.0, 30.0) for _ in range(12))
    figures: list[Figure | None] = [
        chance.choice(
            [
                None,
                standing(),
                plank(chance.uniform(-25.0, 35.0)),
                plank(chance.uniform(0.0, 8.0), on_hands=True),
                plank(chance.uniform(-5.0, 20.0), on_knees=True),
                plank(4.0, neck_deg=chance.uniform(-60.0, 60.0)),
                lying_on_arms(0.62, 0.2),
            ]
        )
        for _ in range(13)
    ]
    hidden = [chance.sample(list(Joint), chance.choice([0, 0, 0, 1, 2])) for _ in range(13)]

    def at(t_s: float) -> tuple[Figure | None, Scene]:
        k = sum(t_s >= change for change in changes_s)
        return figures[k], Scene(height_px=480, hidden=frozenset(hidden[k]), jitter_px=0.8)

    return at


@pytest.mark.parametrize("seed", range(40))
def test_times_add_up_and_nothing_unseen_is_spoken_of(seed: int) -> None:
    chance = random.Random(seed)
    at = random_scene(chance)
    seen: list[Observation] = [
        o
        for o in observations(lambda t_s: at(t_s)[0], 30.0, scene=lambda t_s: at(t_s)[1])
        if chance.random() > 0.1
    ]
    if seed % 3 == 0:
        seen = [o for o in seen if not 9.0 < o.t_s < 13.0]
    engine = Engine(PLANK)
    steps: list[StepOutput] = [engine.step(o) for o in seen]
    report = engine.close()
    assert report.judged_s + sum(report.not_judged_s.values()) == pytest.approx(report.duration_s)
    for hold in report.holds:
        assert hold.good_form_s <= hold.judged_s + 1e-6
        assert hold.judged_s <= hold.end_s - hold.start_s + 1e-6
        assert hold.best_streak_s <= hold.good_form_s + 1e-6
    assert all(a.end_s <= b.start_s + 1e-6 for a, b in itertools.pairwise(report.holds))
    for step in steps:
        if step.cue is not None and step.cue.kind is CueKind.CORRECT:
            assert step.checks[str(step.cue.check)].level is Level.FAULT
    times = [cue.t_s for cue in report.cues if cue.kind in (CueKind.CORRECT, CueKind.EASIER)]
    assert all(b - a >= 4.0 - 1e-6 for a, b in itertools.pairwise(times))
