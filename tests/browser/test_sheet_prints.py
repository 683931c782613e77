"""The client's sheet prints on one page of A4, whatever there is to say, and reads on a phone."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from accessible import grave_findings, too_wide
from chromium import Chromium
from PIL import Image
from playwright.sync_api import Page

from formcheck.judgement.registry import load_exercises
from formcheck.judgement.report import Provenance, SavedReport
from formcheck.notes import Comment, Notes, Opinion, Subject, Verdict
from formcheck.presentation.sheet import sheet
from formcheck.types import Finding, Hold, Level, Reason, Report

A4_PT = (595, 842)
WORDS = "Think of a long line from your ear to your heel, and breathe out as you press away. "


@pytest.fixture(scope="module")
def page(chromium: Chromium) -> Iterator[Page]:
    opened = chromium.launch().new_page()
    yield opened
    opened.close()


def jpeg(size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((size[1], size[0], 3), 120, np.uint8)).save(out, "JPEG")
    return out.getvalue()


def full(size: tuple[int, int], person: str) -> str:
    """A sheet with as much on it as there can be."""
    findings = tuple(
        Finding(check, Level.FAULT, t, t + 3, t + 1, -30.0, 3.0, -12.0, 8.0, "deg", True)
        for t, check in enumerate(("hips-sag", "head-dropped", "hips-sag", "hips-sag"), start=1)
    )
    reasons = {
        f"why-{k}": Reason(f"why-{k}", "the camera sees you from the front " * 3, "Turn side-on")
        for k in range(4)
    }
    report = Report(
        "plank",
        "2+changed.0123abcd",
        600.0,
        300.0,
        dict.fromkeys(reasons, 60.0),
        reasons,
        (Hold(0.0, 600.0, 100.0, 50.0, 300.0),),
        findings,
        (),
        {},
    )
    notes = Notes(
        tuple(
            Opinion(Verdict.AGREE, Subject.FINDING, f.start_s, f.end_s, f.check, text=WORDS * 20)
            for f in findings
        ),
        tuple(Comment(float(k), WORDS * 20, "A coach of a rather long name") for k in range(40)),
    )
    provenance = Provenance("0", "clip.mp4", 600.0)
    return sheet(
        SavedReport(report, provenance, {}),
        load_exercises()["plank"],
        notes,
        person=person,
        day="22 November 2026",
        still_for=lambda t_s: jpeg(size),
    )


@pytest.mark.parametrize("size", [(640, 360), (360, 640), (960, 960)])
@pytest.mark.parametrize("person", ["Anna", "Wolfeschlegelsteinhausenbergerdorff " * 4])
def test_it_prints_on_one_page_of_a4(
    page: Page, tmp_path: Path, size: tuple[int, int], person: str
) -> None:
    file = tmp_path / "sheet.html"
    file.write_text(full(size, person), encoding="utf-8")
    page.goto(file.as_uri())
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    box = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert box is not None
    assert tuple(round(float(side)) for side in box.groups()) == pytest.approx(A4_PT, abs=1)


def test_nothing_is_cut_off_on_paper_or_on_a_phone(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "sheet.html"
    file.write_text(full((640, 360), "Anna"), encoding="utf-8")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    # As wide as an A4 page between its margins.
    page.set_viewport_size({"width": 703, "height": 1000})
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 703
    assert page.locator("img").count() == 2
    for k in range(2):
        box = page.locator("img").nth(k).bounding_box()
        assert box is not None
        assert box["height"] > 100
    page.emulate_media(media="null")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_by_everybody(page: Page, tmp_path: Path, scheme: str) -> None:
    file = tmp_path / "sheet.html"
    file.write_text(full((640, 360), "Anna"), encoding="utf-8")
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(file.as_uri())
    assert not grave_findings(page)
    assert not too_wide(page)
