from __future__ import annotations

import base64
import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import presentation_samples as samples
import pytest
from PIL import Image

from formcheck.judgement.report import Provenance
from formcheck.presentation.charts import limits_in_use
from formcheck.presentation.html import main_neutral, said_during, summary, to_html
from formcheck.presentation.series import Series, thinned
from formcheck.presentation.signals import SignalLog
from formcheck.presentation.stills import StillKeeper
from formcheck.types import Level, Report

PROVENANCE = Provenance("0.1.0", "my <clip> & more.mp4", 30.0)
EMPTY = Report("plank", "1", 0.0, 0.0, {}, {}, (), (), (), {})


def log() -> SignalLog:
    found = SignalLog(samples.EXERCISE)
    for step in samples.steps():
        found.add(step)
    return found


def keeper() -> StillKeeper:
    found = StillKeeper()
    for step in samples.steps():
        # The time is coded in the picture, to see which one was kept.
        found.offer(np.full((60, 80, 3), int(step.t_s * 8), np.uint8), step)
    return found


@pytest.fixture(scope="module")
def page() -> str:
    return to_html(samples.REPORT, samples.EXERCISE, PROVENANCE, log(), keeper().still_for)


class _Page(HTMLParser):
    VOID = frozenset({"meta", "img", "br", "hr", "link", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.attributes.append((tag, dict(attrs)))
        if re.fullmatch(r"h\d", tag):
            self.headings.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def parsed(page: str) -> _Page:
    found = _Page()
    found.feed(page)
    assert not found.open
    return found


def test_nothing_outside_is_referenced(page):
    bare = re.sub(r'xmlns(:\w+)?="http://www\.w3\.org/[^"]+"', "", page)
    assert "://" not in bare
    for _, attributes in parsed(page).attributes:
        for name in ("src", "href", "xlink:href", "action", "data"):
            value = attributes.get(name)
            assert value is None or value.startswith(("data:", "#")), value
    assert "<script" not in page
    assert "<link" not in page
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)


def test_every_finding_has_its_still(page):
    images = [attrs for tag, attrs in parsed(page).attributes if tag == "img"]
    assert len(images) == len(samples.REPORT.findings)
    for attrs in images:
        assert attrs["alt"]
        data = base64.b64decode(attrs["src"].split(",", 1)[1])
        assert Image.open(io.BytesIO(data)).format == "JPEG"


def test_the_page_is_well_formed_and_its_charts_are_xml(page):
    found = parsed(page)
    assert found.headings[0] == "h1"
    assert found.headings.count("h1") == 1
    for before, after in zip(found.headings, found.headings[1:], strict=False):
        assert int(after[1]) - int(before[1]) <= 1
    charts = re.findall(r"<svg .*?</svg>", page, flags=re.DOTALL)
    assert len(charts) == 2
    for chart in charts:
        ET.fromstring(chart)
        assert "var(--ink)" in chart


def test_words_of_the_clip_are_escaped(page):
    assert "my &lt;clip&gt; &amp; more.mp4" in page
    assert "<clip>" not in page


def test_the_numbers_carry_units(page):
    for shown in ("17.8 s", "22.0 s", "11.4 s", "73 %", "−14°", "−12°", "0:10.4 – 0:14.6"):
        assert shown in page, shown
    for words in ("Lift your hips", "an estimate, not a medical measurement", "Turn side-on to me"):
        assert words in page
    assert "ear was never seen" in page
    assert not re.search(r"treats|prevents|safe for your back", page, flags=re.IGNORECASE)


def test_the_same_report_gives_the_same_bytes(page):
    again = to_html(samples.REPORT, samples.EXERCISE, PROVENANCE, log(), keeper().still_for)
    assert again == page


def test_a_report_of_nothing_is_a_page_too():
    page = to_html(EMPTY, samples.EXERCISE, PROVENANCE, SignalLog(samples.EXERCISE))
    parsed(page)
    assert "not judged at any time" in page
    assert "No warning and no fault" not in page


def test_the_summary_names_each_fault_once():
    twice = replace(samples.REPORT, findings=(samples.FINDING, samples.FINDING))
    assert summary(twice, samples.EXERCISE).endswith("To work on: hips dropped (2 times).")
    none = replace(samples.REPORT, findings=())
    assert summary(none, samples.EXERCISE) == "17.8 s in good form, with no warning and no fault."


def test_a_warning_is_not_called_flawless():
    warned = replace(samples.REPORT, findings=(replace(samples.FINDING, level=Level.WARN),))
    assert summary(warned, samples.EXERCISE) == (
        "17.8 s in good form and no fault. Close to a limit: hips dropped."
    )


def test_what_was_said_belongs_to_its_finding():
    assert said_during(samples.FINDING, samples.REPORT.cues) == [samples.LIFT, samples.BETTER]
    other = replace(samples.FINDING, check="knees-bent")
    assert said_during(other, samples.REPORT.cues) == []


def test_the_bands_of_the_chart_are_those_of_the_verdict():
    sag, pike = samples.EXERCISE.checks[:2]
    assert main_neutral(samples.REPORT, samples.EXERCISE) == 1.4
    assert limits_in_use(sag, 1.4).fault == pytest.approx(-10.6)
    assert limits_in_use(pike, None).fault == 28.0
    clamped = replace(sag, neutral_range=(-2.0, 10.0))
    assert limits_in_use(clamped, 30.0).fault == pytest.approx(-2.0)


def test_thinning_keeps_short_faults():
    t_s = np.arange(100_000) / 30
    value = np.zeros(t_s.size)
    value[54_321] = -40.0
    value[:5000] = np.nan
    thin = thinned(Series(t_s, value, np.ones(t_s.size, bool)), 1200)
    assert thin.t_s.size <= 1210
    assert np.nanmin(thin.value) == -40.0
    assert (np.diff(thin.t_s) > 0).all()


def test_a_long_clip_stays_a_small_page():
    long_log = SignalLog(samples.EXERCISE)
    for i in range(20_000):
        long_log.add(samples.step(i / 30, Level.GOOD))
    page = to_html(samples.REPORT, samples.EXERCISE, PROVENANCE, long_log)
    assert len(page) < 400_000


def brightness(jpeg: bytes | None) -> float:
    assert jpeg is not None
    return float(np.asarray(Image.open(io.BytesIO(jpeg))).mean())


def test_the_still_is_the_one_nearest_the_worst_moment():
    jpeg = keeper().still_for(samples.FINDING)
    assert brightness(jpeg) / 8 == pytest.approx(samples.FINDING.worst_t_s, abs=0.4)


def test_a_marked_moment_is_shown_rather_than_an_unmarked_one():
    found = StillKeeper()
    for i, level in enumerate((Level.GOOD, Level.GOOD, Level.FAULT, Level.FAULT)):
        state = replace(samples.step().checks["hips-sag"], level=level, score=20.0 + i)
        step = samples.step(10.5 + 0.3 * i, checks={"hips-sag": state})
        found.offer(np.full((60, 80, 3), 20 + 50 * i, np.uint8), step)
    assert brightness(found.still_for(samples.FINDING)) == pytest.approx(120, abs=3)


def test_no_still_without_trouble():
    found = StillKeeper()
    for i in range(50):
        state = {"hips-sag": replace(samples.step().checks["hips-sag"], score=100.0)}
        found.offer(np.zeros((6, 8, 3), np.uint8), samples.step(i / 10, checks=state))
    assert found.still_for(samples.FINDING) is None


def test_two_findings_of_one_check_have_two_stills_and_memory_is_bounded():
    found = StillKeeper()
    for block in range(100):
        for i in range(5):
            step = samples.step(block * 5.0 + i / 10, Level.FAULT, score=40.0 - block % 7)
            found.offer(np.full((60, 80, 3), block * 2, np.uint8), step)
    assert sum(map(len, found._kept.values())) <= 64
    first = StillKeeper()
    for t_s, shade in ((1.0, 40), (1.1, 40), (9.0, 200), (9.1, 200)):
        first.offer(np.full((60, 80, 3), shade, np.uint8), samples.step(t_s, Level.FAULT))
    early = replace(samples.FINDING, start_s=0.9, end_s=1.4, worst_t_s=1.0)
    late = replace(samples.FINDING, start_s=8.9, end_s=9.4, worst_t_s=9.0)
    assert brightness(first.still_for(early)) == pytest.approx(40, abs=3)
    assert brightness(first.still_for(late)) == pytest.approx(200, abs=3)
