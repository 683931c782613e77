"""What is shown and written of jumps."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import replace
from pathlib import Path

import hop_samples as samples
import numpy as np
import presentation_samples
import pytest
import rep_samples
from PIL import Image

from formcheck.judgement.report import Provenance, from_json, to_dict, to_json
from formcheck.landmarks import Landmark, Side
from formcheck.presentation import hops
from formcheck.presentation.canvas import Canvas
from formcheck.presentation.hopcharts import height_chart, strip_chart
from formcheck.presentation.hopstills import HopStills
from formcheck.presentation.hopwatch import HopWatch
from formcheck.presentation.html import to_html
from formcheck.presentation.landing import Annotated, LandingPainter, LateRings
from formcheck.presentation.overlay import Overlay
from formcheck.presentation.panel import Panel
from formcheck.presentation.signals import SignalLog
from formcheck.presentation.terminal import open_console, print_summary
from formcheck.readiness import Readiness
from formcheck.types import Level, Phase, Pose, Report

CANVAS = Canvas.of(640, 360)
PROVENANCE = Provenance("0.1.0", "clip.mp4", 30.0)
ALL = pytest.mark.parametrize("report", samples.EVERY.values(), ids=samples.EVERY.keys())


def page(report: Report, **more: object) -> str:
    log = SignalLog(samples.EXERCISE)
    for step in samples.steps(report, 5.0):
        log.add(step)
    return to_html(report, samples.EXERCISE, PROVENANCE, log, **more)


def text_of(html: str) -> str:
    body = re.sub(r"<svg.*?</svg>|<style.*?</style>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


# Words and numbers


def test_only_what_is_neither_held_nor_repeated_is_jumped():
    assert hops.is_jumped(samples.EXERCISE)
    assert not hops.is_jumped(presentation_samples.EXERCISE)
    assert not hops.is_jumped(rep_samples.EXERCISE)


def test_a_value_is_told_with_unit_and_range():
    def told(name: str, value: float, error: float | None) -> str:
        return hops.ranged(hops.measure_of(name), value, error)

    assert told("height_cm", 3.4, 0.5) == "3.4 cm (2.9 to 3.9)"
    assert told("height_cm", 0.4, 0.9) == "0.4 cm (0.0 to 1.3)"
    assert told("contact_ms", 284.6, None) == "285 ms"
    assert told("offset_ms", 5.0, 12.0) == "+5 ms (−7 to 17)"
    assert told("strike_deg", -8.0, 7.0) == "−8° (−15 to −1)"
    assert told("turns", 2.0, None) == "2"


def test_a_measure_that_is_not_known_here_is_shown_by_its_name():
    found = samples.hops_from(2.0, 4, stance_width_ratio=0.4, blinks=2.0)
    report = samples.report(found)
    assert [m.title for m in hops.measured(report)][-2:] == ["blinks", "stance width"]
    assert hops.measure_of("stance_width_ratio").unit == "ratio"
    rows = list(csv.DictReader(io.StringIO(hops.to_csv(report, samples.EXERCISE))))
    assert rows[0]["stance_width_ratio"] == "0.4"
    assert "Stance width" in text_of(page(report))


def test_bouts_count_by_their_jumps_and_their_ranges_do_not_shrink():
    first, second = samples.TWO_BOUTS.bouts
    both = replace(
        samples.TWO_BOUTS,
        bouts=(
            replace(first, jumps=30, values={"height_cm": 3.0}, errors={"height_cm": 0.6}),
            replace(second, jumps=10, values={"height_cm": 5.0}, errors={"height_cm": 0.6}),
        ),
    )
    together = hops.overall(both)
    assert together.values["height_cm"] == pytest.approx(3.5)
    assert together.errors["height_cm"] == pytest.approx(0.6)
    assert "height_cm" not in together.not_judged


def test_a_measure_without_a_range_in_one_bout_gets_none_together():
    first, second = samples.TWO_BOUTS.bouts
    half = replace(samples.TWO_BOUTS, bouts=(first, replace(second, errors={})))
    assert "height_cm" not in hops.overall(half).errors
    assert hops.overall(half).told("height_cm") == "3.4 cm"


@pytest.mark.parametrize(
    ("value", "error", "says"),
    [
        (3.4, 0.5, "ideal (2 to 5 cm)"),
        (3.4, 2.0, "probably ideal; ideal is 2 to 5 cm"),
        (5.6, 1.0, "probably high; ideal is 2 to 5 cm"),
        (8.0, 1.0, "high; ideal is 2 to 5 cm"),
        (1.0, 0.5, "low; ideal is 2 to 5 cm"),
        (math.nan, 0.5, ""),
    ],
)
def test_the_band_is_told_as_far_as_the_range_allows(value, error, says):
    assert hops.height_band(value, error) == says


def test_the_worst_comes_first_and_each_check_once():
    milder = replace(samples.FINDING, worst=8.0, start_s=13.0)
    report = replace(samples.TWO_BOUTS, findings=(samples.HIGH, milder, samples.FINDING))
    found = hops.changes(report, samples.EXERCISE)
    assert [change.say for change in found] == [
        "Soften your knees",
        "Lower jumps, just clear the rope",
    ]
    assert found[0].finding is samples.FINDING
    assert found[0].often == "in 14 of 32 jumps"
    assert found[1].often == ""  # found over several jumps together


def test_headlines():
    told = {name: hops.headline(report) for name, report in samples.EVERY.items()}
    assert told["none"] == "No jump was seen"
    assert told["one jump"] == "1 jump on both feet"
    assert told["two bouts"] == "32 jumps in 2 bouts on both feet"
    assert hops.summary(samples.NONE, samples.EXERCISE).startswith("Form was not judged")
    assert hops.summary(samples.TWO_BOUTS, samples.EXERCISE) == (
        "32 jumps in 2 bouts on both feet. To work on: landed stiff, jumped too high."
    )
    assert "No warning and no fault" in hops.summary(samples.ONE_BOUT, samples.EXERCISE)
    assert "could not be judged" in hops.summary(samples.UNJUDGED, samples.EXERCISE)


def test_another_movement_is_named_and_is_no_bout_of_jumps():
    ran = "running on the spot from 0:00.8 to 0:06.8"
    assert hops.headline(samples.RUNNING) == f"No jump with a rope was counted: {ran}"
    told = hops.summary(samples.RUNNING, samples.EXERCISE)
    assert told == f"No jump with a rope was counted: {ran}."
    assert hops.overall(samples.RUNNING) == hops.Overall({}, {}, {})
    others = (
        "running on the spot from 0:01.0 to 0:05.0, from 0:30.0 to 0:33.0; "
        "jumping jacks from 0:24.0 to 0:27.5"
    )
    assert hops.headline(samples.RUN_THEN_ROPE) == "20 jumps on both feet"
    told = hops.summary(samples.RUN_THEN_ROPE, samples.EXERCISE)
    assert told.startswith(f"20 jumps on both feet. Not counted: {others}.")
    assert hops.not_counted(samples.TWO_BOUTS) == ""


def test_another_movement_weighs_nothing_in_the_totals():
    fast = replace(
        samples.other_movement(1.0, 5.0),
        values={"height_cm": 9.0, "px_per_m": 80.0},
        errors={},
        not_judged={"turns": "it was not a rope"},
    )
    mixed = replace(samples.ONE_BOUT, bouts=(fast, *samples.ONE_BOUT.bouts))
    assert hops.overall(mixed) == hops.overall(samples.ONE_BOUT)
    assert hops.to_csv(mixed, samples.EXERCISE) == hops.to_csv(samples.ONE_BOUT, samples.EXERCISE)
    assert hops.not_told(mixed) == hops.not_told(samples.ONE_BOUT)
    assert height_chart(mixed, samples.EXERCISE) == height_chart(samples.ONE_BOUT, samples.EXERCISE)


def test_numbers_are_joined():
    assert hops.numbers([3, 7, 8, 9]) == "3, 7–9"
    assert hops.numbers([]) == ""
    assert hops.numbers(range(1, 40, 2), most=2) == "1, 3 and 18 more"


def test_what_could_not_be_told_names_the_jumps_and_why():
    rows = dict(hops.not_told(samples.ONE_BOUT))
    assert rows["Left foot after right"] == samples.SIDE_ONLY
    assert "On the ground" not in rows, "that the last jump of a bout has no contact is no news"
    (what, why), *others = hops.not_told(samples.UNJUDGED)
    assert what.startswith("Height, soles off the floor, knee bend at touch-down")
    assert why == "the feet left the picture"
    assert [what for what, _ in others] == ["Left foot after right"]


def test_that_the_first_jumps_have_no_rhythm_is_no_news():
    first, *rest = samples.ONE_BOUT.hops
    first = replace(first, not_judged={"cadence_cv_pct": "it takes nine jumps in a row"})
    whys = [why for _, why in hops.not_told(replace(samples.ONE_BOUT, hops=(first, *rest)))]
    assert not any("nine jumps" in why for why in whys)
    alone = replace(samples.ONE_JUMP, hops=(first,))
    assert ("Unevenness of the rhythm", "it takes nine jumps in a row") in hops.not_told(alone)


def test_sounds():
    assert hops.sound(samples.ONE_BOUT) == ("24 of 24", "")
    (bout,) = samples.ONE_BOUT.bouts

    def changed(db: float) -> str:
        louder = replace(bout, values={**bout.values, "loudness_change_db": db})
        return hops.sound(replace(samples.ONE_BOUT, bouts=(louder,)))[1]

    assert changed(0.4) == "as loud at the end as at the start"
    assert changed(3.2) == "3.2 dB louder at the end than at the start"
    assert changed(-3.2) == "3.2 dB softer at the end than at the start"
    assert hops.sound(samples.UNJUDGED) == ("not heard", "the feet left the picture")


# jumps.csv and report.json


def test_what_checks_judge_by_is_in_the_table_as_well():
    first, *rest = samples.ONE_BOUT.hops
    judged = {**first.values, "offset_size_ms": 31.0, "stance_cm": 24.0, "heels_ahead_ms": -12.5}
    found = replace(samples.ONE_BOUT, hops=(replace(first, values=judged), *rest))
    rows = list(csv.DictReader(io.StringIO(hops.to_csv(found, samples.EXERCISE))))
    told = [rows[0][name] for name in ("offset_size_ms", "stance_cm", "heels_ahead_ms")]
    assert told == ["31", "24", "-12.5"]
    assert (rows[1]["offset_size_ms"], rows[1]["heels_ahead_ms"]) == ("", "")
    assert "Heel before toes, ms" in page(found)


def test_the_table_has_a_row_a_jump_and_empty_cells():
    rows = list(csv.DictReader(io.StringIO(hops.to_csv(samples.TWO_BOUTS, samples.EXERCISE))))
    assert len(rows) == 32
    first, last = rows[0], rows[-1]
    assert (first["number"], first["bout"], last["number"], last["bout"]) == ("1", "1", "32", "2")
    assert float(first["height_cm"]) == pytest.approx(3.4)
    assert float(first["height_cm.error"]) == 0.9
    assert (first["foot"], first["good"], first["stiff-knees.level"]) == ("both", "1", "good")
    assert (last["good"], last["stiff-knees.level"]) == ("0", "fault")
    assert (first["offset_ms"], last["contact_ms"], first["contact_ms"]) == ("", "", "314")
    empty = hops.to_csv(samples.NONE, samples.EXERCISE)
    assert len(empty.splitlines()) == 1


@ALL
def test_the_round_trip_is_exact(report):
    text = to_json(report, PROVENANCE, samples.EXERCISE)
    assert from_json(text).report == report
    assert json.loads(text)["jumps"] == len(report.hops)


def test_a_foot_and_awkward_numbers_come_back():
    hop = replace(
        samples.ONE_JUMP.hops[0], foot=Side.RIGHT, values={"height_cm": math.nan}, levels={}
    )
    (bout,) = samples.ONE_JUMP.bouts
    bout = replace(bout, drift={"height_cm": (math.nan, 3.0)})
    text = to_json(
        replace(samples.ONE_JUMP, hops=(hop,), bouts=(bout,)), PROVENANCE, samples.EXERCISE
    )
    assert "NaN" not in text
    again = from_json(text).report
    assert again.hops[0].foot is Side.RIGHT
    assert math.isnan(again.hops[0].values["height_cm"])
    assert math.isnan(again.bouts[0].drift["height_cm"][0])


def test_a_file_from_before_there_were_jumps_is_read():
    plain = to_dict(presentation_samples.REPORT, PROVENANCE, presentation_samples.EXERCISE)
    for key in ("hops", "bouts", "jumps"):
        del plain[key]
    assert from_json(json.dumps(plain)).report == presentation_samples.REPORT


# The page


@ALL
def test_every_page_is_whole_small_and_alone(report):
    html = page(report)
    assert len(html) < 400_000
    assert html.rstrip().endswith("</html>")
    assert "nan" not in text_of(html).lower().replace("finance", "")
    assert not re.search(r'(src|href)="(?!data:|#)', html)
    told = text_of(html)
    assert "an estimate, not a medical measurement" in told
    assert hops.headline(report) in told or report is samples.NONE


def test_the_heading_tells_the_numbers_with_their_ranges():
    told = text_of(page(samples.TWO_BOUTS))
    assert "Height 3.4 cm 95 % range 2.9 to 3.9" in told
    assert "Jumps a minute 125 95 % range 124 to 126" in told
    assert "Landings heard 32 of 32" in told
    assert told.index("Soften your knees Fault") < told.index("Lower jumps, just clear the rope")
    assert "Landed stiff in 14 of 32 jumps; furthest out 6° ± 5°, limit 10°." in told


def test_the_page_tells_another_movement_in_words_alone():
    told = text_of(page(samples.RUNNING))
    assert "No jump with a rope was counted: running on the spot from 0:00.8 to 0:06.8." in told
    assert "Jumps 0" in told
    assert "Bouts" not in told
    assert "Form was not judged at any time" not in told
    html = page(samples.RUN_THEN_ROPE)
    told = text_of(html)
    assert "Not counted: running on the spot from 0:01.0 to 0:05.0" in told
    assert told.count("running on the spot") == 1
    assert "All When 0:12.0" in told.partition("Bouts")[2]
    assert "┊ a miss or a pause" not in html
    assert "Bout 1" not in told


def test_what_is_asked_before_stands_near_the_foot_of_the_page():
    asks = replace(
        samples.EXERCISE, readiness=Readiness(2, "march on the spot", "Every landing is a jolt.")
    )
    log = SignalLog(asks)
    told = text_of(to_html(samples.ONE_BOUT, asks, PROVENANCE, log))
    note = "Before the next time Every landing is a jolt. A live session starts only with"
    assert note in told
    assert told.index("How sure this is") < told.index(note) < told.index("Made on this machine")
    assert "Before the next time" not in page(samples.ONE_BOUT)


def test_what_was_not_judged_is_said_in_words():
    told = text_of(page(samples.UNJUDGED))
    assert "Height not judged the feet left the picture" in told
    assert "Landings heard not heard" in told
    assert "The height of no jump could be judged" in told
    assert "Form could not be judged" in told
    assert "Left foot after right Both feet are seen only from the front" in told


def test_a_long_table_is_folded_and_a_long_list_of_findings_is_cut():
    assert "<details open>" in page(samples.ONE_BOUT)
    assert "<details>" in page(samples.LONG)
    many = tuple(
        replace(samples.FINDING, start_s=k / 2, end_s=k / 2 + 0.3, worst=9.0 - k / 100)
        for k in range(300)
    )
    html = page(replace(samples.LONG, findings=many))
    assert html.count('<article class="finding">') == 6
    assert "294 more, less far out, are in report.json." in text_of(html)


def test_a_finding_names_its_jumps():
    assert "Jumps 19–26 When 0:12.0 – 0:16.0" in text_of(page(samples.TWO_BOUTS))


def test_feet_that_take_turns_have_a_column():
    feet = [Side.LEFT, Side.RIGHT]
    found = tuple(replace(hop, foot=feet[k % 2]) for k, hop in enumerate(samples.hops_from(2.0, 6)))
    report = replace(samples.report(found), bouts=(samples.bout(found, "alternate feet"),))
    told = text_of(page(report))
    assert "6 jumps on alternate feet" in told
    assert "Landed Foot Form" in told
    assert "1 0:02.2 left ✓ good" in told
    assert "Foot" not in text_of(page(samples.ONE_BOUT))


def test_drift_is_told_only_beyond_its_range():
    (bout,) = samples.ONE_BOUT.bouts
    bout = replace(
        bout,
        drift={"height_cm": (3.0, 4.2), "contact_ms": (314.0, 310.0), "loudness_db": (0.0, -0.4)},
    )
    told = text_of(page(replace(samples.ONE_BOUT, bouts=(bout,))))
    assert "Height 3.0 cm 4.2 cm 1.2 cm more" in told
    assert "On the ground 314 ms 310 ms none that can be told" in told
    assert "Loudness 0.0 dB −0.4 dB none that can be told" in told


def test_one_jump_has_no_drift():
    assert "First third" not in page(samples.ONE_JUMP)
    assert "First third" in page(samples.ONE_BOUT)


def test_other_exercises_have_nothing_of_it():
    log = SignalLog(presentation_samples.EXERCISE)
    html = to_html(presentation_samples.REPORT, presentation_samples.EXERCISE, PROVENANCE, log)
    assert "jump" not in html


# The charts


@ALL
def test_charts_stay_small_and_are_the_same_every_time(report):
    for chart in (
        lambda: height_chart(report, samples.EXERCISE),
        lambda: strip_chart(report),
    ):
        svg = chart()
        assert svg == chart()
        assert svg.startswith("<svg ")
        assert "nan" not in svg.lower()
        assert len(svg) < 150_000


def test_a_fault_has_another_mark_than_a_good_height():
    low = height_chart(samples.ONE_BOUT, samples.EXERCISE)
    high = height_chart(samples.report(samples.hops_from(2.0, 24, height_cm=8.0)), samples.EXERCISE)
    marks = [re.findall(r'<path id="(m[0-9a-f]+)"', svg) for svg in (low, high)]
    assert set(marks[0]) != set(marks[1])


# The panel, the ring, the overlay


def test_the_panel_counts_and_tells_height_and_cadence():
    watch = HopWatch()
    views = [watch.update(step) for step in samples.steps(samples.ONE_BOUT)]
    assert (views[0].hops, views[0].height, views[0].cadence) == (0, "jumps", "not jumping")
    later = views[round(9.0 * 30)]
    assert later.hops == 14
    assert re.fullmatch(r"3\.\d cm \(2\.\d–4\.\d\)", later.height)
    assert later.cadence == "125 per min"


def test_a_pause_ends_the_cadence():
    watch = HopWatch()
    for hop in samples.hops_from(1.0, 6):
        view = watch.update(samples.step(hop.end_s, landed=(hop,), hops=1))
    assert view.cadence == "125 per min"
    assert watch.update(samples.step(hop.end_s + 4.0)).cadence == "jumping"
    late = samples.hop(30.0)
    assert watch.update(samples.step(31.0, landed=(late,))).cadence == "jumping"


def test_an_unmeasured_height_is_said():
    hop = samples.UNJUDGED.hops[0]
    view = HopWatch().update(samples.step(3.0, landed=(hop,), hops=1))
    assert view.height == "height not judged"


def test_the_panel_changes_with_the_count():
    overlay = Overlay(samples.EXERCISE, 640, 360)
    panel = Panel(samples.EXERCISE, overlay.canvas)
    before = panel.update(samples.step(1.0)).copy()
    hop = samples.hop(1.0)
    after = panel.update(samples.step(2.0, hops=1, landed=(hop,))).copy()
    assert (before != after).any()


def standing(x_px: float = 320.0) -> Pose:
    xy = np.full((33, 2), 100.0, np.float32)
    xy[:, 0] = x_px
    for side, shift in ((Side.LEFT, -60.0), (Side.RIGHT, 60.0)):
        for name in ("HEEL", "FOOT_INDEX"):
            xy[Landmark[f"{side.value.upper()}_{name}"]] = (x_px + shift, 300.0)
    return Pose(xy, np.zeros((33, 3), np.float32), np.full(33, 0.9, np.float32))


def drawn(foot: Side | None, level: Level = Level.GOOD) -> np.ndarray:
    """The picture when a jump is told that landed 0.3 s before; the feet have moved on."""
    painter = LandingPainter(1.0, 4.0)
    hop = replace(samples.hop(1.0), foot=foot, levels={"too-high": level})
    picture = np.zeros((360, 640, 3), np.uint8)
    painter.draw(picture, standing(), samples.step(hop.landing_s))
    assert not picture.any()
    painter.draw(picture, standing(500.0), samples.step(hop.landing_s + 0.3, landed=(hop,)))
    return picture


def test_the_ring_lies_where_the_foot_landed():
    where = np.argwhere(drawn(None).any(axis=2))
    assert 270 < where[:, 0].min() < where[:, 0].max() < 330
    assert abs(where[:, 1].mean() - 320) < 5  # both feet, not where they are now
    left = np.argwhere(drawn(Side.LEFT).any(axis=2))
    assert abs(left[:, 1].mean() - 260) < 3


def test_a_fault_has_two_rings():
    good, fault = (drawn(Side.LEFT, level).any(axis=2).sum() for level in (Level.GOOD, Level.FAULT))
    assert fault > 1.2 * good


def test_the_ring_goes_and_an_unseen_landing_has_none():
    painter = LandingPainter(1.0, 4.0)
    hop = samples.hop(1.0)
    picture = np.zeros((360, 640, 3), np.uint8)
    painter.draw(picture, None, samples.step(hop.landing_s))
    painter.draw(picture, standing(), samples.step(hop.landing_s + 0.3, landed=(hop,)))
    assert not picture.any()
    painter.draw(picture, standing(), samples.step(2.0))
    again = samples.hop(2.0 - samples.FLIGHT_S)
    painter.draw(picture, standing(), samples.step(2.1, landed=(again,)))
    assert picture.any()
    picture[:] = 0
    painter.draw(picture, standing(), samples.step(2.6))
    assert not picture.any()


def recorded(landed_at_s: float, canvas: Canvas = CANVAS, fps: float = 30.0) -> list[Annotated]:
    """Three seconds with one landing at 1.0 s that is told at another time."""
    hop = samples.hop(1.0 - samples.FLIGHT_S)
    rings, found = LateRings(canvas, 4.0), []
    for i in range(round(3 * fps)):
        t_s = i / fps
        told = t_s - 1 / fps < landed_at_s <= t_s
        image = np.zeros((canvas.height_px, canvas.width_px, 3), np.uint8)
        step = samples.step(t_s, landed=(hop,) if told else ())
        found += rings.pass_on(Annotated(image, step, None), standing())
    return [*found, *rings.rest()]


def ringed_s(pictures: list[Annotated]) -> list[float]:
    return [picture.step.t_s for picture in pictures if picture.image_rgb.any()]


@pytest.mark.parametrize("told_s", [1.01, 1.1, 1.34, 1.7])
def test_on_a_recording_the_ring_is_at_the_landing_whenever_it_is_told(told_s):
    pictures = recorded(told_s)
    assert [picture.step.t_s for picture in pictures] == [i / 30 for i in range(90)]
    times_s = ringed_s(pictures)
    assert times_s[0] == pytest.approx(1.0, abs=1 / 30)
    assert times_s[-1] == pytest.approx(1.25, abs=2 / 30)
    assert len(times_s) in (7, 8)
    assert not pictures[31].image_rgb[: CANVAS.panel_height_px].any()


def test_what_is_told_too_late_gets_no_ring_and_pictures_do_not_pile_up():
    assert ringed_s(recorded(2.5)) == []
    large = Canvas.of(1920, 1080)
    hop = samples.hop(0.0)
    rings = LateRings(large, 4.0)
    image = np.zeros((large.height_px, large.width_px, 3), np.uint8)
    out = 0
    for i in range(60):
        step = samples.step(i / 60, landed=(hop,) if i == 20 else ())
        out += len(list(rings.pass_on(Annotated(image, step, None), None)))
    assert (60 - out) * image.nbytes <= 128_000_000


# Stills


def pictures(report: Report, fps: float = 30.0) -> HopStills:
    stills = HopStills(top_px=20)
    for step in samples.steps(report, fps):
        grey = round(step.t_s * 5) % 256
        image = np.full((140, 320, 3), grey, np.uint8)
        image[:20] = 255
        stills.offer(image, step, 160.0)
    return stills


def test_the_sheet_shows_the_telling_landings_without_the_panel():
    found = list(samples.hops_from(2.0, 12))
    found[3] = replace(found[3], values={**found[3].values, "height_cm": 6.4})
    found[7] = replace(found[7], values={**found[7].values, "knee_deg": 4.0})
    found[9] = replace(found[9], values={**found[9].values, "strike_deg": -9.0})
    report = samples.report(tuple(found))
    sheet = pictures(report).landings(report)
    assert [(landing.title, landing.number) for landing in sheet[:3]] == [
        ("Highest", 4),
        ("Stiffest", 8),
        ("Heels lowest", 10),
    ]
    assert sheet[3].title == "Typical"
    assert sheet[3].number not in (4, 8, 10)
    image = np.asarray(Image.open(io.BytesIO(sheet[0].jpeg)))
    assert image.shape == (120, 96, 3)
    assert image.mean() == pytest.approx(found[3].landing_s * 5, abs=2)
    assert "6.4 cm (5.5 to 7.3)" in sheet[0].told
    assert "data:image/jpeg" in page(report, landings=sheet)


def test_one_jump_that_is_two_things_is_shown_once():
    found = list(samples.hops_from(2.0, 8))
    both = {**found[2].values, "height_cm": 6.4, "knee_deg": 2.0}
    found[2] = replace(found[2], values=both)
    report = samples.report(tuple(found))
    titles = [landing.title for landing in pictures(report).landings(report)]
    assert "Highest, stiffest" in titles
    numbers = [landing.number for landing in pictures(report).landings(report)]
    assert len(set(numbers)) == len(numbers)


def test_a_long_session_keeps_few_pictures_and_the_extremes():
    found = list(samples.hops_from(2.0, 400))
    found[211] = replace(found[211], values={**found[211].values, "height_cm": 9.0})
    report = samples.report(tuple(found))
    stills = pictures(report, 15.0)
    assert len(stills._all()) < 80
    assert stills.landings(report)[0].number == 212


def test_one_jump_is_not_the_highest_of_anything():
    sheet = pictures(samples.ONE_JUMP).landings(samples.ONE_JUMP)
    assert [landing.title for landing in sheet] == ["Typical"]
    assert pictures(samples.NONE).landings(samples.NONE) == []


def test_a_finding_gets_the_landing_nearest_to_it():
    stills = pictures(samples.TWO_BOUTS)
    assert stills.still_for(samples.FINDING) is not None
    assert stills.still_for(replace(samples.FINDING, worst_t_s=100.0, end_s=100.0)) is None


# The terminal


@ALL
def test_the_terminal_tells_the_same(report, capsys):
    print_summary(report, samples.EXERCISE, PROVENANCE, open_console())
    printed = capsys.readouterr().out
    assert hops.headline(report) in " ".join(printed.split())
    assert "not a medical measurement" in printed
    assert "nan" not in printed
    if report is samples.TWO_BOUTS:
        assert "3.4 cm (2.9 to 3.9)" in printed
        assert "1. Soften your knees: landed stiff in 14 of 32 jumps, worst 6° ± 5°" in printed
    if report is samples.RUN_THEN_ROPE:
        not_counted = " ".join(printed.split()).partition("Not counted: ")[2]
        assert not_counted.startswith("running on the spot from 0:01.0 to 0:05.0, from 0:30.0")
    else:
        assert "Not counted" not in printed
    if report is samples.UNJUDGED:
        assert "Height, soles off the floor" in printed
        assert "Form could not be judged" in printed
    assert Phase.JUMPING.value not in printed.replace("jumping jacks", "")


def test_every_key_of_a_jump_and_a_bout_is_documented():
    documented = (Path(__file__).parents[2] / "docs" / "report-json.md").read_text("utf-8")
    plain = to_dict(samples.ONE_BOUT, PROVENANCE, samples.EXERCISE)
    hop, bout = plain["hops"][0], plain["bouts"][0]
    names = {*hop, *hop["values"], *bout, *bout["values"]} - {"number"}
    assert {name for name in names if f"`{name}`" not in documented} == set()
    assert {m.name for m in hops.MEASURES if f"`{m.name}`" not in documented} == set()


def test_a_scale_that_does_not_fit_the_stature_is_told() -> None:
    bout = replace(samples.ONE_BOUT.bouts[0], values={"torso_m": 0.50})
    report = replace(samples.ONE_BOUT, bouts=(bout,))
    soles = "How far the soles come off the floor"
    assert soles not in dict(hops.not_told(report))
    assert soles not in dict(hops.not_told(report, 1.75))
    assert "does not fit a height of 120 cm" in dict(hops.not_told(report, 1.20))[soles]
