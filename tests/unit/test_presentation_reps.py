"""What is shown and written of repetitions."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import numpy as np
import presentation_samples
import pytest
import rep_samples as samples
from PIL import Image

from formcheck.judgement.registry import load_exercises
from formcheck.judgement.report import Provenance
from formcheck.judgement.rule import Limits
from formcheck.landmarks import Side
from formcheck.presentation import palette, reps, words
from formcheck.presentation.glance import message
from formcheck.presentation.html import summary, to_html
from formcheck.presentation.outline import trusted_runs
from formcheck.presentation.overlay import Overlay
from formcheck.presentation.panel import Panel
from formcheck.presentation.repstills import RepStills, stills_for
from formcheck.presentation.repwatch import NOT_COUNTED_S, RepWatch
from formcheck.presentation.signals import SignalLog
from formcheck.presentation.stills import StillKeeper
from formcheck.presentation.terminal import open_console, print_rule, print_summary
from formcheck.types import (
    OUTLINE_STATIONS,
    CheckState,
    Cue,
    CueKind,
    Level,
    Outline,
    Phase,
    StepOutput,
)

PROVENANCE = Provenance("0.1.0", "clip.mp4", 36.0)
NOBODY = replace(samples.REPORT, reps=(), sets_s=(), findings=(), remarks=(), own_range={})


def watch() -> RepWatch:
    return RepWatch(samples.EXERCISE.movement)


# The headline, the rows, the table


def test_the_headline_counts_sides_good_ones_and_those_that_do_not_count():
    assert reps.headline(samples.REPORT) == (
        "4 repetitions (2 left, 2 right), 3 in good form; 2 not counted"
    )
    one = replace(samples.REPORT, reps=(replace(samples.REPS[0], side=None),))
    assert reps.headline(one) == "1 repetition, 1 in good form"
    none = replace(samples.REPORT, reps=samples.REPS[2:3])
    assert reps.headline(none) == "No repetition counted, 1 not counted"
    assert reps.headline(NOBODY) == "No repetition was seen"


def test_only_what_counts_is_numbered():
    rows = reps.rows(samples.REPORT, samples.EXERCISE)
    assert [row.number for row in rows] == ["1", "2", "–", "3", "4", "–"]
    assert [row.side for row in rows[:2]] == ["left", "right"]
    assert rows[0].tempo == "1.5 / 1.5 s"
    assert rows[0].top == "1.0 s"
    assert rows[2].why_not == "it went only part of the way"
    assert rows[3].levels == (Level.FAULT, Level.NOT_JUDGED, Level.GOOD, Level.NOT_JUDGED)


def test_the_table_has_a_row_a_repetition_and_a_column_a_measure():
    rows = list(csv.DictReader(io.StringIO(reps.to_csv(samples.REPORT, samples.EXERCISE))))
    assert len(rows) == 6
    first, _, part_way, lifted, _, void = rows
    assert (first["number"], first["side"], first["counted"], first["good"]) == (
        ("1", "left", "1", "1")
    )
    assert float(first["leg_low_deg"]) == 31.25
    assert float(first["reach_s"]) == 6.5
    assert float(first["top_s"]) == 1.0
    assert (part_way["number"], part_way["counted"], part_way["why_not"]) == ("", "0", "part-way")
    assert (lifted["back-lift.level"], float(lifted["back_lift_ratio"])) == ("fault", 0.09)
    assert (lifted["good"], lifted["leg_low_deg"], lifted["head-up.level"]) == ("0", "", "")
    assert (void["why_not"], float(void["pairing_deg"])) == ("same-side", 40.0)


def test_a_finding_finds_its_repetition_even_when_another_is_nearer():
    check = samples.EXERCISE.check("back-lift")
    assert reps.rep_of(samples.FINDING, check, samples.REPS) == samples.REPS[3]
    in_the_rest = replace(samples.FINDING, worst_t_s=19.2)
    assert reps.rep_of(in_the_rest, check, samples.REPS) == samples.REPS[3]
    assert reps.rep_of(replace(samples.FINDING, worst=0.5), check, samples.REPS) is None
    head_up = replace(samples.FINDING, check="head-up", worst_t_s=26.0)
    assert reps.rep_of(head_up, samples.EXERCISE.check("head-up"), samples.REPS) == samples.REPS[4]


def test_a_share_of_the_own_range_is_told_only_of_its_own_feature():
    def share(code: str, report: object = samples.REPORT) -> float | None:
        check = samples.EXERCISE.check(code)
        return reps.range_share(samples.FINDING, check, samples.EXERCISE, report)

    assert share("back-lift") == pytest.approx(0.45)
    assert share("too-fast") is None
    assert share("head-up") is None
    assert share("back-lift", replace(samples.REPORT, own_range={})) is None


# The panel


def test_the_count_and_the_sides_follow_the_report():
    following = watch()
    views = [following.update(step) for step in samples.steps()]
    assert [views[i].reps for i in (0, 100, 200, 350)] == [0, 1, 2, 4]
    assert views[-1].sides == "2 left, 2 right"
    assert [views[i].phase for i in (0, 45, 55, 70, 80)] == [
        "not in position",
        "ready",
        "going out",
        "at the top",
        "coming back",
    ]


def test_what_has_just_ended_is_told_for_a_moment():
    following = watch()
    told = [(step.t_s, following.update(step).news) for step in samples.steps()]
    texts = list(dict.fromkeys(news.text for _, news in told if news is not None))
    assert texts == [
        "Counted: 1",
        "Counted: 2",
        "Not counted: it went only part of the way",
        "Counted: 3",
        "Counted: 4",
        "Not counted: arm and leg of the same side",
    ]
    times = [t_s for t_s, news in told if news is not None and "part of the way" in news.text]
    assert times[0] == pytest.approx(19.0, abs=0.11)
    assert times[-1] - times[0] == pytest.approx(NOT_COUNTED_S, abs=0.21)


def test_the_request_of_the_set_up_is_shown_until_something_else_is_said():
    ask = Cue(1.0, CueKind.SETUP, "Flatten your back into the floor")
    following = watch()
    step = samples.step(1.0, cue=ask)
    assert message(samples.EXERCISE, step, following.update(step)).text == ask.text
    later = samples.step(3.0)
    assert message(samples.EXERCISE, later, following.update(later)).text == ask.text
    gone = samples.step(8.0)
    assert message(samples.EXERCISE, gone, following.update(gone)).text == "Ready"


def test_the_cue_comes_before_the_news_and_the_news_before_the_verdict():
    following = watch()
    following.update(samples.step(1.0, Phase.BACK))
    lifted = {"back-lift": CheckState(Level.FAULT, 0.09, 10.0)}
    step = samples.step(2.0, reps=1, checks=lifted, ended=samples.REPS[:1])
    view = following.update(step)
    assert message(samples.EXERCISE, step, view).text == "Counted: 1"
    cued = replace(step, shown_cue=samples.REPORT.cues[0])
    assert message(samples.EXERCISE, cued, view).text == "Press your lower back down"
    later = samples.step(5.0, reps=1, checks=lifted)
    view = following.update(later)
    assert message(samples.EXERCISE, later, view).text == "Lower back lifted"


def timer(panel: Panel, step: StepOutput) -> np.ndarray:
    image = panel.update(step)
    return image[:, : image.shape[1] // 4].copy()


def fresh_panel() -> Panel:
    return Panel(samples.EXERCISE, Overlay(samples.EXERCISE, 640, 360).canvas)


def test_the_panel_counts_and_keeps_no_time():
    step = samples.step(6.0)
    plain = timer(fresh_panel(), step)
    assert np.array_equal(plain, timer(fresh_panel(), replace(step, held_s=9.0, good_form_s=9.0)))
    for change in ({"reps": 7}, {"phase": Phase.TOP}):
        assert not np.array_equal(plain, timer(fresh_panel(), replace(step, **change))), change


def test_the_panel_lights_up_with_a_repetition_and_goes_out_again():
    panel = fresh_panel()
    good = np.array(palette.LEVEL_RGB[Level.GOOD])

    def lit(t_s: float, n: int) -> int:
        return int(
            (
                timer(
                    panel, samples.step(t_s, reps=n, ended=samples.REPS[:n] if t_s == 2.0 else ())
                )
                == good
            )
            .all(axis=2)
            .sum()
        )

    assert lit(1.0, 0) == 0
    assert lit(2.0, 1) > 50
    assert lit(5.0, 1) == 0


# The outline


def outline(**changes: np.ndarray) -> Outline:
    x = np.linspace(200, 320, OUTLINE_STATIONS, dtype=np.float32)
    parts = {
        "upper_px": np.stack([x, np.full_like(x, 60)], axis=1),
        "lower_px": np.stack([x, np.full_like(x, 120)], axis=1),
        **changes,
    }
    return Outline(**parts, floor_px=np.full((2, 2), np.nan, np.float32), since_s=0.0)


def drawn_rows(found: Outline) -> set[int]:
    frame = np.full((360, 640, 3), 90, np.uint8)
    overlay = Overlay(samples.EXERCISE, 640, 360)
    out = overlay.draw(frame, samples.step(), None, found)[overlay.canvas.panel_height_px :]
    ys, xs = np.nonzero((out != frame).any(axis=2))
    assert xs.min() >= 195
    assert xs.max() <= 325
    return set(ys.tolist())


def test_both_edges_of_the_trunk_are_drawn_thin():
    rows = drawn_rows(outline())
    assert {60, 120} <= rows
    assert all(min(abs(y - 60), abs(y - 120)) <= 4 for y in rows)


def test_what_cannot_be_trusted_is_not_drawn():
    nowhere = np.full((OUTLINE_STATIONS, 2), np.nan, np.float32)
    assert 120 not in drawn_rows(outline(lower_px=nowhere))
    edge = outline().upper_px.copy()
    edge[[0, 2, 10, 11]] = np.nan
    runs = trusted_runs(edge)
    assert [len(run) for run in runs] == [7, 21]  # A single point is no line.
    assert trusted_runs(nowhere) == []


def test_between_two_looks_the_last_outline_stands_and_not_for_long():
    frame = np.full((360, 640, 3), 90, np.uint8)
    overlay = Overlay(samples.EXERCISE, 640, 360)
    top = overlay.canvas.panel_height_px

    def drawn(t_s: float, found: Outline | None) -> bool:
        return bool((overlay.draw(frame, samples.step(t_s), None, found)[top:] != frame).any())

    assert drawn(1.0, outline())
    assert drawn(1.1, None)
    assert not drawn(1.2, None)


def test_an_exercise_that_is_held_shows_an_outline_too():
    frame = np.full((360, 640, 3), 90, np.uint8)
    step = presentation_samples.step(3.0)
    with_it = Overlay(samples.HOLD, 640, 360).draw(frame, step, None, outline())
    assert not np.array_equal(with_it, Overlay(samples.HOLD, 640, 360).draw(frame, step, None))


# Stills, page, terminal


def kept() -> RepStills:
    found = RepStills(samples.EXERCISE)
    for step in samples.steps():
        found.offer(np.full((60, 80, 3), int(step.t_s * 7), np.uint8), step)
    return found


def shown_s(jpeg: bytes | None) -> float:
    assert jpeg is not None
    return float(np.asarray(Image.open(io.BytesIO(jpeg))).mean()) / 7


def test_the_still_shows_the_worst_moment_and_not_the_verdict():
    found = kept()
    assert shown_s(found.still_for(samples.FINDING)) == pytest.approx(22.0, abs=0.35)
    assert shown_s(found.still_for(samples.FAST)) == pytest.approx(25.75, abs=0.35)


def test_a_fault_of_the_start_position_has_a_still_too():
    at_rest = replace(samples.FINDING, worst_t_s=19.6)
    assert shown_s(kept().still_for(at_rest)) == pytest.approx(19.6, abs=0.35)


def test_of_good_repetitions_nothing_is_kept():
    assert kept().still_for(replace(samples.FINDING, worst_t_s=7.0)) is None


def test_memory_is_bounded_and_no_repetition_goes_without():
    found = RepStills(samples.EXERCISE)
    fault = {"back-lift": CheckState(Level.FAULT, 0.09, 10.0)}
    for i in range(100 * 16):
        t_s = i / 4
        phase = Phase.READY if i % 16 == 15 else Phase.OUT
        found.offer(np.zeros((6, 8, 3), np.uint8), samples.step(t_s, phase, checks=fault))
    assert len(found._kept) <= 256
    for rep in range(100):
        worst_t_s = 4.0 * rep + 2.0
        assert found.still_for(replace(samples.FINDING, worst_t_s=worst_t_s)) is not None


def test_checks_from_frame_to_frame_keep_their_stills():
    found = RepStills(samples.EXERCISE)
    for i, level in enumerate((Level.GOOD, Level.FAULT, Level.GOOD)):
        state = CheckState(level, 35.0, 20.0 if level is Level.FAULT else 100.0)
        step = samples.step(10.0 + i, checks={"head-up": state})
        found.offer(np.full((60, 80, 3), 20 + 70 * i, np.uint8), step)
    head_up = replace(samples.FINDING, check="head-up", start_s=11.0, end_s=11.5, worst_t_s=11.0)
    assert shown_s(found.still_for(head_up)) * 7 == pytest.approx(90, abs=3)


def test_holds_keep_their_stills_as_before():
    assert isinstance(stills_for(samples.HOLD), StillKeeper)
    assert isinstance(stills_for(samples.EXERCISE), RepStills)


@pytest.fixture(scope="module")
def page() -> str:
    log = SignalLog(samples.EXERCISE)
    for step in samples.steps():
        log.add(step)
    return to_html(samples.REPORT, samples.EXERCISE, PROVENANCE, log, kept().still_for)


def bare(page: str) -> str:
    """The words of a page, without its pictures and tags."""
    text = re.sub(r"<svg.*?</svg>|<style.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_the_page_tells_the_repetitions(page):
    text = bare(page)
    assert reps.headline(samples.REPORT) in text
    assert samples.REMARK in text
    assert "no: it went only part of the way" in text
    assert "Of your own range 45 %" in text
    assert "Repetition 3, left" in text
    for verdict in ("✓ good", "▲ warning", "✕ fault", "– not judged"):
        assert verdict in text, verdict
    for of_holds in ("Held in all", "Best streak", "Holds"):
        assert of_holds not in text, of_holds
    assert page.count("<img ") == 2


def test_the_table_of_the_page_has_a_row_a_repetition(page):
    table = re.search(r'<table class="reps">.*?</table>', page, flags=re.DOTALL)
    assert table is not None
    rows = re.findall(r"<tr.*?</tr>", table.group(), flags=re.DOTALL)
    assert len(rows) == 1 + len(samples.REPS)
    assert {row.count("<td") + row.count("<th ") for row in rows} == {10}
    assert [row.count("✕") for row in rows] == [0, 0, 0, 0, 1, 0, 1]


def test_the_chart_numbers_repetitions_and_hatches_those_that_do_not_count(page):
    assert "Dashed: right leg." in page
    charts = re.findall(r"<svg .*?</svg>", page, flags=re.DOTALL)
    numbers = re.findall(r">(\d)</text>", charts[0])
    assert [n for n in numbers if n in "1234"][-4:] == ["1", "2", "3", "4"]
    assert charts[0].count("<pattern") == 2  # Time that is not judged, and what does not count.
    all_count = replace(samples.REPORT, reps=samples.REPS[:2])
    log = SignalLog(samples.EXERCISE)
    log.add(samples.step(1.0, Phase.AWAY, judged=False, reason=samples.PART_WAY))
    log.add(samples.step(2.0))
    page = to_html(all_count, samples.EXERCISE, PROVENANCE, log)
    assert page.split("</svg>")[0].count("<pattern") == 1


def test_only_a_measure_with_a_sign_shows_it():
    assert words.main_value(samples.EXERCISE, 52.0) == "+52°"
    plain = replace(samples.EXERCISE, main=replace(samples.LEFT_DEG, title="left hip angle"))
    assert words.main_value(plain, 152.0) == "152°"
    assert words.main_value(samples.HOLD, 3.0) == "+3°"


def test_faults_are_marked_on_the_curve_whatever_they_were_measured_on(page):
    chart = re.findall(r"<svg .*?</svg>", page, flags=re.DOTALL)[0]
    assert palette.css(palette.LEVEL_RGB[Level.FAULT]) in chart


def test_the_page_promises_nothing(page):
    assert not re.search(r"treats|prevents|\bsafe\b", bare(page), flags=re.IGNORECASE)


def test_a_page_of_no_repetitions_is_a_page_too():
    page = to_html(NOBODY, samples.EXERCISE, PROVENANCE, SignalLog(samples.EXERCISE))
    assert "No repetition was seen." in bare(page)
    assert '<table class="reps">' not in page


def test_the_summary_names_each_fault_with_its_count():
    twice = replace(samples.REPORT, findings=(samples.FINDING, samples.FAST, samples.FINDING))
    assert summary(twice, samples.EXERCISE).endswith("To work on: lower back lifted (2 ×).")


def test_a_ratio_is_told_as_fine_as_its_limits():
    fine = replace(samples.FINDING, worst=0.0411, error=0.006, limit=0.014)
    assert words.furthest(fine, samples.EXERCISE.check("back-lift")) == "0.041 ± 0.006"
    assert words.limit(fine) == "0.014"
    assert words.limit(samples.FINDING) == "0.06"
    assert words.band(Limits(0.008, 0.014), "ratio")[1] == "0.008 to 0.014"
    assert words.band(Limits(0.02, 0.06), "ratio")[1] == "0.02 to 0.06"


def printed(show, *args) -> str:
    out = io.StringIO()
    show(*args, open_console(out))
    return out.getvalue()


def test_the_terminal_tells_the_repetitions():
    text = printed(print_summary, samples.REPORT, samples.EXERCISE, PROVENANCE)
    assert "4 repetitions (2 left, 2 right), 3 in good form; 2 not counted." in text
    for shown in (
        "0:20.0 – 0:24.0",
        "1.5 / 1.5 s",
        "x fault: lower back lifted",
        "! warning: too fast",
        "not counted: it went only part of the way",
        "45 % of your own range",
        samples.REMARK,
    ):
        assert shown in text, shown
    assert "Held in all" not in text


def test_a_repetition_of_which_nothing_was_judged_is_not_called_good():
    blind = replace(samples.REPS[0], levels={}, side=None)
    text = printed(
        print_summary,
        replace(samples.REPORT, reps=(blind,), findings=(), remarks=()),
        samples.EXERCISE,
        PROVENANCE,
    )
    (line,) = [line for line in text.splitlines() if "0:05.0" in line]
    assert line.rstrip().endswith("not judged")
    assert " side " not in text


def test_the_card_tells_what_is_judged_once_a_repetition():
    text = printed(print_rule, samples.EXERCISE)
    assert "Judged once a repetition, and told when it lasts 0.8 s." in text
    assert "Judged once a repetition; a repetition with this fault does not count." in text
    assert words.reference(samples.EXERCISE.check("too-fast")) == "once a repetition"
    assert words.reference(samples.EXERCISE.check("head-up")) == "as measured"


def test_both_sides_together_have_no_sides():
    movement = samples.EXERCISE.movement
    together = replace(movement, tracks=(replace(movement.tracks[0], side=None),))
    view = RepWatch(together).update(samples.step())
    assert view.sides == "repetitions"
    assert samples.REPS[0].side is Side.LEFT


@pytest.mark.parametrize("name", ["dead_bug", "glute_bridge", "hip_thrust"])
def test_no_column_of_the_table_comes_twice(name: str) -> None:
    header, *_ = csv.reader(io.StringIO(reps.to_csv(samples.REPORT, load_exercises()[name])))
    assert len(header) == len(set(header))
    assert {"top_s", "out_s", "back_s"} <= set(header)
