"""The first page: one question, two answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from shown_pages import links, markup, running, show, text
from streamlit.testing.v1 import AppTest

from formcheck.web.pieces.look import PAGES


@pytest.fixture
def at(tmp_path: Path) -> AppTest:
    with running(tmp_path):
        return show("home")


@pytest.mark.parametrize(
    ("label", "address"),
    [
        ("Start with the camera", "/live"),
        ("Choose a video", "/video"),
        ("No video at hand? See the demonstration", "/video?demo=1"),
    ],
)
def test_it_leads_to(at: AppTest, label: str, address: str):
    assert links(at)[label] == address


def test_it_asks_one_thing_only(at: AppTest):
    assert [title.value for title in at.title] == ["How do you want to train?"]
    beside_the_row = set(links(at)) - set(PAGES.values())
    assert len(beside_the_row) == 3
    assert not at.button
    assert not at.selectbox


@pytest.mark.parametrize(
    "word", ["not judged", "go nowhere else", "estimate", "one thing at a time"]
)
def test_it_says_what_it_promises(at: AppTest, word: str):
    assert word in text(at)


@pytest.mark.parametrize("word", ["treat", "prevent", "heal", "cure", "safe for", "diagnos"])
def test_it_promises_nothing_medical(at: AppTest, word: str):
    assert word not in text(at).lower()


def test_it_creates_nothing(tmp_path: Path):
    home = tmp_path / "home"
    with running(home):
        show("home")
    assert not home.exists()


def test_both_choices_are_headed(at: AppTest):
    shown = markup(at)
    assert shown.index("<h2>Live</h2>") < shown.index("<h2>A video</h2>")


@pytest.mark.parametrize("lan", [False, True])
def test_a_phone_is_offered_where_other_devices_may_come_in(tmp_path: Path, lan: bool):
    with running(tmp_path, lan=lan):
        assert ("/formcheck/pair" in markup(show("home"))) is lan
