"""What the engine says of jumps, on someone whose jumps are known exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from formcheck.judgement.engine import Engine
from formcheck.kinematics.sounds import UNHEARD
from formcheck.landmarks import Joint, Landmark, Side
from formcheck.testing import (
    Fixture,
    Jumper,
    check_rule,
    frame_times,
    hopping,
    observations,
    report_of,
    standing,
)
from formcheck.types import (
    CueKind,
    ImageMotion,
    Level,
    MovedPart,
    Observation,
    Phase,
    Pose,
    Report,
    StepOutput,
)
from formcheck_rules.jump_rope import JUMP_ROPE

FRONT = 0.0
GOOD = Jumper(jitter_px=0.5)
HIGH = replace(GOOD, heights_cm=(9.0,) * 16)


def judged(jumper: Jumper, fps: float = 30.0) -> Report:
    return report_of(JUMP_ROPE, hopping(jumper, fps=fps))


def heights_cm(report: Report) -> list[float]:
    return [hop.values.get("height_cm", np.nan) for hop in report.hops]


def corrections(report: Report) -> list[str | None]:
    return [cue.check for cue in report.cues if cue.kind is CueKind.CORRECT]


def faults(report: Report) -> set[str]:
    return {finding.check for finding in report.findings if finding.level is Level.FAULT}


# How many, how high, when.


@pytest.mark.parametrize("azimuth_deg", [90.0, -90.0, FRONT])
@pytest.mark.parametrize("height_cm", [2.0, 5.0, 12.0])
def test_every_jump_is_counted_and_measured(height_cm: float, azimuth_deg: float) -> None:
    jumper = replace(
        GOOD, heights_cm=(height_cm,) * 12, azimuth_deg=azimuth_deg, cadence_per_min=110.0
    )
    report = judged(jumper)
    assert len(report.hops) == 12
    assert [bout.jumps for bout in report.bouts] == [12]
    assert heights_cm(report) == pytest.approx([height_cm] * 12, abs=0.4)
    found = np.array([(hop.take_off_s, hop.landing_s) for hop in report.hops])
    assert np.abs(found - jumper.flights_s()).max() < 0.012
    bout = report.bouts[0]
    assert bout.values["height_cm"] == pytest.approx(height_cm, abs=0.2)
    assert bout.values["cadence_per_min"] == pytest.approx(110.0, abs=0.5)
    assert bout.style == "both feet"


def test_a_contact_is_from_a_landing_to_the_next_take_off() -> None:
    report = judged(GOOD)
    truth = GOOD.flights_s()
    for hop, (_, landing_s), (next_s, _) in zip(report.hops, truth, truth[1:], strict=False):
        assert hop.end_s == pytest.approx(next_s, abs=0.012)
        assert hop.values["contact_ms"] == pytest.approx(1e3 * (next_s - landing_s), abs=20.0)
    last = report.hops[-1]
    assert last.end_s == last.landing_s
    assert "contact_ms" not in last.values


@pytest.mark.parametrize(("jumps", "counted"), [(1, 0), (2, 0), (3, 3), (4, 4)])
def test_fewer_than_three_are_no_bout(jumps: int, counted: int) -> None:
    report = judged(replace(GOOD, heights_cm=(4.0,) * jumps))
    assert len(report.hops) == counted
    assert len(report.bouts) == (1 if counted else 0)


@pytest.mark.parametrize(
    ("wait_s", "bouts"), [(0.4, [7, 9]), (0.6, [7, 9]), (1.5, [7, 9]), (4.0, [7, 9])]
)
def test_misses_and_pauses_split_bouts(wait_s: float, bouts: list[int]) -> None:
    report = judged(replace(GOOD, waits_s={6: wait_s}))
    assert [bout.jumps for bout in report.bouts] == bouts
    assert len(report.hops) == 16
    # The pause is nobody's contact with the floor.
    assert all(hop.end_s - hop.landing_s < 0.5 for hop in report.hops)


def test_a_rhythm_that_varies_is_one_bout() -> None:
    report = judged(replace(GOOD, beat_sd_s=0.04))
    assert [bout.jumps for bout in report.bouts] == [16]


def test_thirty_and_sixty_pictures_a_second_say_the_same() -> None:
    for jumper in (GOOD, HIGH, replace(GOOD, knee_deg=(2.0, 5.0), beat_sd_s=0.03)):
        few, many = judged(jumper), judged(jumper, 60.0)
        assert len(few.hops) == len(many.hops) == 16
        assert heights_cm(few) == pytest.approx(heights_cm(many), abs=0.4)
        assert faults(few) == faults(many)
        assert corrections(few)[:1] == corrections(many)[:1]


def test_uneven_and_missing_pictures_change_nothing() -> None:
    times_s = frame_times(HIGH.end_s, 60.0, jitter=0.4, dropped=0.1, seed=3)
    report = report_of(JUMP_ROPE, hopping(HIGH, times_s=times_s))
    assert len(report.hops) == 16
    assert np.nanmedian(heights_cm(report)) == pytest.approx(9.0, abs=0.2)
    assert faults(report) == {"too-high"}


# What is said.


def test_good_jumps_are_left_in_peace() -> None:
    for azimuth_deg in (90.0, FRONT):
        report = judged(replace(GOOD, heights_cm=(3.0,) * 30, azimuth_deg=azimuth_deg))
        assert report.cues == ()
        assert report.findings == ()
        assert all(hop.good and hop.levels for hop in report.hops)
        assert report.judged_share > 0.9


BAD: dict[str, Jumper] = {
    "too-high": HIGH,
    "stiff-knees": replace(GOOD, knee_deg=(2.0, 5.0)),
    "heels-first": replace(GOOD, strike_deg=-14.0),
    "trunk-lean": replace(GOOD, lean_deg=28.0),
    "uneven-landing": replace(GOOD, azimuth_deg=FRONT, offset_ms=100.0),
    "elbows-wide": replace(GOOD, azimuth_deg=FRONT, elbow_gap_ratio=1.1),
    "hands-off-hip": replace(GOOD, azimuth_deg=FRONT, hand_height_ratio=0.75),
    "unsteady-rhythm": replace(GOOD, heights_cm=(3.0,) * 24, beat_sd_s=0.08, seed=5),
}


@pytest.mark.parametrize("code", sorted(BAD))
def test_each_fault_is_found_alone_and_said(code: str) -> None:
    report = judged(BAD[code], 60.0)
    assert faults(report) == {code}
    spoken = {check.code for check in JUMP_ROPE.checks if check.spoken}
    assert set(corrections(report)) == ({code} & spoken)


@pytest.mark.parametrize("code", ["stiff-knees", "heels-first", "trunk-lean"])
def test_what_needs_the_side_is_not_told_from_the_front(code: str) -> None:
    report = judged(replace(BAD[code], azimuth_deg=FRONT), 60.0)
    assert faults(report) == set()
    assert report.not_judged_checks[code] == "it is judged only from the side"


def test_it_is_said_after_five_of_the_last_eight() -> None:
    jumper = replace(GOOD, heights_cm=(3.0,) * 6 + (9.0,) * 10)
    report = judged(jumper)
    first = report.cues[0]
    assert first.check == "too-high"
    landings_s = jumper.flights_s()[:, 1]
    # The eleventh jump is the fifth that is too high; its contact must be over.
    assert landings_s[10] < first.t_s < landings_s[10] + 1.5


def test_four_of_eight_are_not_enough() -> None:
    report = judged(replace(GOOD, heights_cm=(3.0, 9.0) * 10))
    assert corrections(report) == []
    assert "too-high" not in faults(report)
    five_of_eight = judged(
        replace(GOOD, heights_cm=(3.0, 9.0, 3.0, 9.0, 3.0, 9.0, 9.0, 9.0) + (3.0,) * 9)
    )
    assert corrections(five_of_eight) == ["too-high"]
    six_of_eight = judged(replace(GOOD, heights_cm=(9.0, 9.0, 9.0, 3.0) * 5))
    assert corrections(six_of_eight)[0] == "too-high"


def test_nothing_is_said_after_the_last_jump() -> None:
    jumper = replace(HIGH, after_s=12.0)
    report = judged(jumper)
    assert corrections(report) != []
    last_s = jumper.flights_s()[-1, 1]
    assert all(cue.t_s < last_s + 1.5 for cue in report.cues)


def test_who_mends_it_hears_so() -> None:
    report = judged(replace(GOOD, heights_cm=(9.0,) * 9 + (3.0,) * 16))
    assert [(cue.kind, cue.check) for cue in report.cues[:2]] == [
        (CueKind.CORRECT, "too-high"),
        (CueKind.PRAISE, "too-high"),
    ]


def test_a_finding_spans_the_jumps_that_it_is_about() -> None:
    jumper = replace(GOOD, heights_cm=(3.0,) * 8 + (9.0,) * 8 + (3.0,) * 8)
    (finding,) = judged(jumper).findings
    truth = jumper.flights_s()
    assert (finding.check, finding.level) == ("too-high", Level.FAULT)
    assert finding.start_s == pytest.approx(truth[8, 1], abs=0.02)
    assert finding.end_s == pytest.approx(truth[16, 0], abs=0.02)
    assert finding.worst == pytest.approx(9.0, abs=0.5)
    assert finding.start_s <= finding.worst_t_s <= finding.end_s
    assert finding.margin == pytest.approx(finding.worst - finding.limit)


def test_a_grey_zone_is_a_warning_and_silent() -> None:
    report = judged(replace(GOOD, heights_cm=(6.0,) * 16))
    assert [(f.check, f.level) for f in report.findings] == [("too-high", Level.WARN)]
    assert corrections(report) == []


def test_what_changes_over_a_bout_is_told() -> None:
    jumper = replace(GOOD, heights_cm=tuple(3.0 + 0.15 * k for k in range(24)))
    drift = judged(jumper).bouts[0].drift
    assert drift["height_cm"] == pytest.approx((3.5, 5.9), abs=0.25)
    assert drift["cadence_per_min"][0] == pytest.approx(125.0, abs=2.0)
    short = judged(replace(GOOD, heights_cm=(3.0,) * 6)).bouts[0]
    assert short.drift == {}


@pytest.mark.parametrize("offset_ms", [-60.0, 60.0])
def test_the_later_foot_is_told_with_its_sign(offset_ms: float) -> None:
    report = judged(replace(GOOD, azimuth_deg=FRONT, offset_ms=offset_ms), 60.0)
    offsets = [hop.values["offset_ms"] for hop in report.hops if "offset_ms" in hop.values]
    assert len(offsets) >= 14
    assert np.median(offsets) == pytest.approx(offset_ms, abs=6.0)


def test_knees_feet_and_trunk_from_the_side() -> None:
    jumper = replace(GOOD, knee_deg=(12.0, 42.0), lean_deg=8.0)
    values = judged(jumper, 60.0).bouts[0].values
    assert values["knee_deg"] == pytest.approx(42.0, abs=3.0)
    assert values["knee_touch_deg"] == pytest.approx(12.0, abs=3.0)
    assert values["lean_deg"] == pytest.approx(8.0, abs=1.5)
    assert values["px_per_m"] == pytest.approx(280.0, rel=0.04)


# One foot after the other, and what is something else.


@pytest.mark.parametrize(
    "jumps",
    [15, 16],
)
@pytest.mark.parametrize("azimuth_deg", [90.0, FRONT])
def test_one_foot_after_the_other(jumps: int, azimuth_deg: float) -> None:
    jumper = Jumper(
        heights_cm=(3.0,) * jumps, alternate=True, cadence_per_min=150.0, azimuth_deg=azimuth_deg
    )
    report = judged(jumper, 60.0)
    assert [bout.style for bout in report.bouts] == ["alternate feet"]
    assert len(report.hops) == jumps
    feet = [hop.foot for hop in report.hops]
    assert feet == [Side.LEFT if k % 2 == 0 else Side.RIGHT for k in range(jumps)]
    assert "uneven-landing" not in faults(report)


def with_poses(
    seen: Iterable[Observation], change: Callable[[float, np.ndarray], None]
) -> list[Observation]:
    """The same with other landmarks; ``change`` edits (33, 2) pixels."""
    changed = []
    for one in seen:
        assert one.pose is not None
        xy = one.pose.xy_px.copy()
        change(one.t_s, xy)
        changed.append(replace(one, pose=replace(one.pose, xy_px=xy)))
    return changed


def test_running_on_the_spot_is_named_and_not_counted() -> None:
    jumper = Jumper(alternate=True, cadence_per_min=160.0, heights_cm=(3.0,) * 24)

    def swing(t_s: float, xy: np.ndarray) -> None:
        across = 45.0 * np.sin(2.0 * np.pi * (t_s - jumper.start_s) * 80.0 / 60.0)
        xy[Landmark.LEFT_WRIST, 0] += across
        xy[Landmark.RIGHT_WRIST, 0] -= across

    report = report_of(JUMP_ROPE, with_poses(hopping(jumper, fps=60.0), swing))
    assert report.hops == ()
    assert [(bout.style, bout.jumps) for bout in report.bouts] == [("running on the spot", 0)]
    assert report.cues == ()
    assert report.findings == ()


def test_jumping_jacks_are_named_and_not_counted() -> None:
    jumper = replace(HIGH, azimuth_deg=FRONT)

    def jack(t_s: float, xy: np.ndarray) -> None:
        up = (t_s - jumper.start_s) * jumper.cadence_per_min / 60.0 % 2.0 < 1.0
        if jumper.start_s < t_s < jumper.end_s - 2.0 and up:
            for side, out in ((Side.LEFT, 1.0), (Side.RIGHT, -1.0)):
                xy[Joint.WRIST.on(side), 1] = xy[Joint.EAR.on(side), 1] - 40.0
                for joint in (Joint.ANKLE, Joint.HEEL, Joint.FOOT_INDEX):
                    xy[joint.on(side), 0] += 50.0 * out

    report = report_of(JUMP_ROPE, with_poses(hopping(jumper), jack))
    assert report.hops == ()
    assert [bout.style for bout in report.bouts] == ["jumping jacks"]
    assert report.cues == ()
    assert report.findings == ()


def test_hands_that_go_out_with_every_jump_are_still_skipping() -> None:
    def pump(t_s: float, xy: np.ndarray) -> None:
        out = 35.0 * np.sin(2.0 * np.pi * (t_s - GOOD.start_s) * 125.0 / 60.0)
        xy[Landmark.LEFT_WRIST, 0] += out
        xy[Landmark.RIGHT_WRIST, 0] -= out

    report = report_of(JUMP_ROPE, with_poses(hopping(GOOD), pump))
    assert len(report.hops) == 16


# Who is not there, and what is not seen.

NEVER = "no jump was seen"


def unmoved(seen: Iterable[Observation]) -> list[Observation]:
    return [replace(one, motion=None) for one in seen]


@pytest.mark.parametrize(
    "seen",
    [
        list(observations(lambda t_s: standing(), 8.0)),
        list(hopping(replace(GOOD, heights_cm=()))),
        unmoved(hopping(replace(GOOD, heights_cm=()))),
    ],
    ids=["standing", "standing and followed", "standing and not followed"],
)
def test_without_jumps_nothing_is_told(seen: Sequence[Observation]) -> None:
    report = report_of(JUMP_ROPE, seen)
    assert (report.hops, report.bouts, report.cues, report.findings) == ((), (), (), ())
    assert set(report.not_judged_checks.values()) == {NEVER}
    assert len(report.not_judged_checks) == len(JUMP_ROPE.checks)


def test_without_motion_jumps_are_counted_by_the_landmarks_and_not_measured() -> None:
    report = report_of(JUMP_ROPE, unmoved(hopping(HIGH)))
    assert len(report.hops) == 16
    for hop in report.hops:
        assert not {"height_cm", "flight_ms", "contact_ms"} & hop.values.keys()
        assert hop.not_judged["height_cm"]
    assert report.findings == ()
    assert report.cues == ()


def test_a_gap_in_time_ends_a_bout_and_not_the_set() -> None:
    jumper = replace(GOOD, heights_cm=(3.0,) * 24)
    cut = (jumper.flights_s()[11, 1] + 0.05, jumper.flights_s()[13, 1] + 0.05)
    kept = [one for one in hopping(jumper) if not cut[0] < one.t_s < cut[1]]
    first = next(k for k, one in enumerate(kept) if one.t_s > cut[0])
    kept[first] = replace(kept[first], motion=None)
    report = report_of(JUMP_ROPE, kept)
    assert [bout.jumps for bout in report.bouts] in ([11, 10], [12, 10], [11, 9], [12, 9])
    assert report.not_judged_s["too-few-frames"] == pytest.approx(cut[1] - cut[0], abs=0.1)
    assert heights_cm(report) == pytest.approx([3.0] * len(report.hops), abs=0.4)


def test_someone_who_is_not_seen_for_long_starts_anew() -> None:
    jumper = replace(GOOD, heights_cm=(3.0,) * 40)
    hidden = (jumper.flights_s()[12, 1], jumper.flights_s()[24, 1])

    def hide(one: Observation) -> Observation:
        away = hidden[0] < one.t_s < hidden[1]
        return replace(one, pose=None, motion=None) if away else one

    report = report_of(JUMP_ROPE, [hide(one) for one in hopping(jumper)])
    assert len(report.bouts) == 2
    assert 11 <= report.bouts[0].jumps <= 13
    assert 12 <= report.bouts[1].jumps <= 15
    assert report.not_judged_s["nobody"] == pytest.approx(hidden[1] - hidden[0], abs=0.3)
    assert all(hop.end_s - hop.landing_s < 0.6 for hop in report.hops)


def test_another_person_starts_anew() -> None:
    def moved(t_s: float, xy: np.ndarray) -> None:
        if t_s > GOOD.flights_s()[8, 1] + 0.15:
            xy[:, 0] = 0.55 * (xy[:, 0] - 240.0) + 120.0
            xy[:, 1] = 0.55 * (xy[:, 1] - 590.0) + 590.0

    report = report_of(JUMP_ROPE, with_poses(hopping(GOOD), moved))
    for bout in report.bouts:
        assert bout.jumps <= 9
    assert (
        report.not_judged_s.get("person-changed", 0.0)
        + report.not_judged_s.get("tracking-unsteady", 0.0)
        > 0.5
    )


def test_nothing_is_told_of_a_height_when_the_feet_are_not_followed() -> None:
    toes = [MovedPart.LEFT_TOE, MovedPart.RIGHT_TOE, MovedPart.LEFT_HEEL, MovedPart.RIGHT_HEEL]

    def without(motion: ImageMotion | None) -> ImageMotion | None:
        if motion is None:
            return None
        step_px = motion.step_px.copy()
        step_px[toes] = np.nan
        return ImageMotion(step_px, motion.error_px.copy(), motion.since_s)

    seen = [replace(one, motion=without(one.motion)) for one in hopping(HIGH)]
    report = report_of(JUMP_ROPE, seen)
    assert all("height_cm" not in hop.values for hop in report.hops)
    assert all(hop.not_judged["height_cm"] for hop in report.hops)
    assert "too-high" not in faults(report)
    assert "too-high" in report.not_judged_checks


def swapped(one: Observation) -> Observation:
    """Left taken for right and right for left, as pose models do."""
    assert one.pose is not None
    order = [Landmark[_other(mark.name)] for mark in Landmark]
    arrays = (one.pose.xy_px, one.pose.world_m, one.pose.visibility)
    pose = Pose(*(array[order] for array in arrays))
    motion = one.motion
    if motion is not None:
        parts = [MovedPart[_other(part.name)] for part in MovedPart]
        motion = ImageMotion(motion.step_px[parts], motion.error_px[parts], motion.since_s)
    return replace(one, pose=pose, motion=motion)


def _other(name: str) -> str:
    if "LEFT" in name:
        return name.replace("LEFT", "RIGHT")
    return name.replace("RIGHT", "LEFT")


def test_left_for_right_changes_nothing_from_the_side() -> None:
    seen = list(hopping(GOOD))
    one, other = (
        report_of(JUMP_ROPE, found) for found in (seen, [swapped(moment) for moment in seen])
    )
    assert len(one.hops) == len(other.hops) == 16
    assert heights_cm(one) == pytest.approx(heights_cm(other), abs=0.02)
    assert one.bouts[0].values["knee_deg"] == pytest.approx(
        other.bouts[0].values["knee_deg"], abs=0.5
    )


def test_left_for_right_now_and_then_loses_no_jump() -> None:
    rng = np.random.default_rng(6)
    seen = [swapped(one) if rng.random() < 0.1 else one for one in hopping(GOOD)]
    report = report_of(JUMP_ROPE, seen)
    assert len(report.hops) == 16
    assert np.nanmedian(heights_cm(report)) == pytest.approx(3.0, abs=0.2)


# While it goes on.


def live(jumper: Jumper, fps: float = 30.0) -> tuple[list[StepOutput], Report]:
    engine = Engine(JUMP_ROPE)
    steps = [engine.step(one) for one in hopping(jumper, fps=fps)]
    return steps, engine.close()


def test_the_count_goes_on_while_they_jump_and_ends_as_the_report_has_it() -> None:
    jumper = replace(GOOD, waits_s={7: 1.5}, after_s=3.0)
    steps, report = live(jumper)
    counts = [step.hops for step in steps]
    assert all(later >= earlier for earlier, later in pairwise(counts))
    assert counts[-1] == len(report.hops) == 16
    ends_s = jumper.flights_s()[:, 1]
    for step in steps:
        done = int(np.searchsorted(ends_s, step.t_s))
        # Never ahead; far behind only until a bout has shown what its jumps share.
        begins = done % 8 < 6
        assert done - (5 if begins else 3) <= step.hops <= done


def test_every_jump_but_the_last_of_a_bout_is_told_at_once() -> None:
    steps, report = live(replace(HIGH, after_s=3.0))
    told = [hop for step in steps for hop in step.landed]
    assert 14 <= len(told) <= 16
    for now, settled in zip(told, report.hops, strict=False):
        assert now.landing_s == pytest.approx(settled.landing_s, abs=0.02)
        assert now.values["height_cm"] == pytest.approx(settled.values["height_cm"], abs=0.8)


def test_phases() -> None:
    steps, _ = live(replace(GOOD, after_s=3.0))
    truth = GOOD.flights_s()

    def phase(t_s: float) -> Phase:
        return min(steps, key=lambda step: abs(step.t_s - t_s)).phase

    assert phase(0.1) in (Phase.GETTING_READY, Phase.AWAY)
    assert phase(2.0) is Phase.READY
    assert phase(truth[8, 0]) is Phase.JUMPING
    assert phase(truth[-1, 1] + 2.5) is Phase.READY


def test_the_same_observations_give_the_same_report() -> None:
    one, other = (judged(HIGH) for _ in range(2))
    assert one == other


# By ear.


def sounding(**how: object) -> Jumper:
    levels = tuple(-15.0 + 0.2 * k for k in range(30))
    usual = {"heights_cm": (3.0,) * 30, "landing_db": levels, "beat_sd_s": 0.02}
    return replace(GOOD, **(usual | how))  # type: ignore[arg-type]


def test_landings_are_found_in_the_sound() -> None:
    jumper = sounding(rope_db=-20.0)
    report = judged(jumper, 60.0)
    heard = [hop.values for hop in report.hops if "sound_landing_s" in hop.values]
    assert len(heard) >= 28
    late_s = [values["sound_landing_s"] for values in heard] - jumper.flights_s()[: len(heard), 1]
    assert np.abs(late_s).max() < 0.012
    assert {values.get("turns") for values in heard} == {1.0}
    # Six decibels over thirty jumps, from the middle of the first third to that of the last.
    assert report.bouts[0].values["loudness_change_db"] == pytest.approx(4.0, abs=0.5)
    assert report.bouts[0].drift["loudness_db"][1] > report.bouts[0].drift["loudness_db"][0]


def test_sound_that_has_a_beat_of_its_own_is_refused() -> None:
    jumper = sounding()
    beats = replace(jumper, beat_sd_s=0.0)
    music = [one.onsets for one in hopping(beats, fps=60.0)]
    seen = list(hopping(jumper, fps=60.0))
    mixed = [replace(one, onsets=onsets) for one, onsets in zip(seen, music, strict=False)]
    report = report_of(JUMP_ROPE, mixed)
    assert len(report.hops) == 30
    for hop in report.hops:
        assert "loudness_db" not in hop.values
        assert hop.not_judged["loudness_db"].endswith(".")
    assert "loudness_change_db" not in report.bouts[0].values


def test_without_sound_the_reason_is_told() -> None:
    report = judged(GOOD)
    assert {hop.not_judged["loudness_db"] for hop in report.hops} == {UNHEARD}


# All of it.


def test_the_rule_keeps_its_promises_on_drawn_jumpers() -> None:
    fixtures = [
        Fixture(f"drawn {code}", tuple(hopping(jumper)), frozenset({code}))
        for code, jumper in BAD.items()
    ]
    for azimuth_deg in (90.0, FRONT):
        good = replace(GOOD, heights_cm=(3.0,) * 20, azimuth_deg=azimuth_deg)
        fixtures.append(Fixture("drawn good", tuple(hopping(good)), frozenset()))
    check_rule(JUMP_ROPE, fixtures)
