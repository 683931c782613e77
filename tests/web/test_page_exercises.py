"""The cards of the exercises, against the rules that they come from."""

from __future__ import annotations

import io
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest
from rich.console import Console
from shown_pages import markup, running, show, text
from streamlit.testing.v1 import AppTest

from formcheck.judgement.registry import load_exercises
from formcheck.presentation import words
from formcheck.presentation.cards import card_of
from formcheck.presentation.terminal import print_rule
from formcheck.readiness import note_for

EXERCISES = load_exercises()


@pytest.fixture(autouse=True)
def app(tmp_path: Path) -> Iterator[None]:
    with running(tmp_path):
        yield


def card(name: str) -> AppTest:
    at = show("exercises", exercise=name)
    assert not at.exception
    return at


@pytest.mark.parametrize("name", EXERCISES)
def test_every_check_is_on_the_card_with_its_bands_and_reasons(name: str):
    shown = markup(card(name))
    for check in EXERCISES[name].checks:
        start = shown.index(f"<h3>{escape(check.title)}</h3>")
        section = shown[start : shown.index("</section>", start)]
        for band in words.band(check.limits, check.unit):
            assert f"<dd>{escape(band)}</dd>" in section
        assert escape(check.why) in section
        assert escape(check.evidence).replace("``", "") in section.replace("<code>", "").replace(
            "</code>", ""
        )
        assert (f"“{escape(check.cue)}”" in section) is check.spoken


@pytest.mark.parametrize("name", EXERCISES)
def test_the_card_tells_where_the_camera_goes(name: str):
    at = card(name)
    told = " ".join(text(at).split())
    assert card_of(EXERCISES[name]).sections["Camera"] in told
    assert [e.type for e in at.main if "bidi" in e.type or "component" in e.type]


@pytest.mark.parametrize("name", EXERCISES)
def test_what_is_asked_before_is_told(name: str):
    note = note_for(EXERCISES[name])
    told = text(card(name))
    assert ("Before you start" in told) is bool(note)
    assert note in told


@pytest.mark.parametrize("name", EXERCISES)
def test_page_and_terminal_say_the_same(name: str):
    """Word for word, whatever the width: the terminal wraps, the page does not."""
    console = Console(file=io.StringIO(), width=400, no_color=True, highlight=False)
    print_rule(EXERCISES[name], console)
    printed = " ".join(console.file.getvalue().split())
    told = text(card(name))
    of = card_of(EXERCISES[name])
    for check in of.checks:
        for part in (check.why, check.when, check.without_neutral, check.said):
            assert part in told
            assert part in printed


def test_the_list_changes_the_card():
    at = card("plank")
    assert at.selectbox[0].value == "plank"
    at.selectbox[0].set_value("dead_bug").run()
    assert EXERCISES["dead_bug"].checks[0].title in text(at)
    assert EXERCISES["plank"].checks[0].title not in text(at)
    assert at.query_params["exercise"] == ["dead_bug"]
    for name in ("hip_thrust", "plank"):  # Each choice counts, not every second one.
        at.selectbox[0].set_value(name).run()
        assert at.selectbox[0].value == name
        assert at.query_params["exercise"] == [name]


@pytest.mark.parametrize("name", ["", "no_such", "<script>alert(1)</script>"])
def test_an_exercise_that_there_is_not_shows_the_first(name: str):
    at = card(name)
    assert at.selectbox[0].value == next(iter(EXERCISES))
    assert "alert" not in markup(at)
