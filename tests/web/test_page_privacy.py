"""Privacy: what the page says is what the app does."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from shown_pages import links, markup, running, show, text

from formcheck.archive.files import CLIPS
from formcheck.web.live.hall import SESSIONS
from formcheck.web.pages import privacy

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("lan", [False, True])
def test_it_names_the_real_places(tmp_path: Path, lan: bool):
    with running(tmp_path / "home", lan=lan) as opened:
        shown = markup(show("privacy"))
        assert f"<code>{opened.archive.place}</code>" in shown
    assert f"<code>{tmp_path / 'home' / SESSIONS}</code>" in shown
    assert tempfile.gettempdir() in shown


def test_kept_clips_lie_where_delete_everything_looks():
    assert SESSIONS == CLIPS


@pytest.mark.parametrize(
    ("lan", "there", "not_there"),
    [
        (False, ["Only this computer."], ["Whoever is paired", "cookie"]),
        (
            True,
            ["Whoever is paired", "10 minutes", "12 hours", "encrypted"],
            ["Only this computer"],
        ),
    ],
)
def test_who_can_open_it_depends_on_how_it_was_started(tmp_path, lan, there, not_there):
    with running(tmp_path, lan=lan):
        told = text(show("privacy"))
    assert [word for word in there if word not in told] == []
    assert [word for word in not_there if word in told] == []


@pytest.mark.parametrize(
    "words",
    [
        "answers about pain",
        "Keep for review",
        "comments and drawings",
        "nothing is written",
        "2 hours",
        "2 minutes",
        "no connection to the",
    ],
)
def test_it_says_for_how_long(tmp_path: Path, words: str):
    with running(tmp_path):
        assert words in text(show("privacy"))


def test_it_leads_to_what_is_kept(tmp_path: Path):
    with running(tmp_path):
        assert links(show("privacy"))["See, save or delete what is kept"] == "/progress"


def test_looking_at_it_creates_nothing(tmp_path: Path):
    with running(tmp_path / "home"):
        show("privacy")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("length_s", "wanted"),
    [(7200.0, "2 hours"), (3600.0, "1 hour"), (600.0, "10 minutes"), (90.0, "90 seconds")],
)
def test_lengths_of_time_are_told_in_whole_units(length_s: float, wanted: str):
    assert privacy._span(length_s) == wanted


@pytest.mark.parametrize("word", ["2 hours", "2 minutes", "10 minutes", "12 hours", "`sessions/`"])
def test_the_document_says_the_same(word: str):
    document = (ROOT / "docs" / "privacy.md").read_text("utf-8")
    assert word in document.replace("\n", " ")
