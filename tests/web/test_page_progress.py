"""Progress: what past sessions add up to, what can be taken away, and what is deleted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import hop_samples
import presentation_samples as samples
import pytest
import rep_samples
from shown_pages import links, markup, running, show, text
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.testing.v1 import AppTest

from formcheck.archive.access import Role, Viewer
from formcheck.archive.files import CLIPS
from formcheck.archive.store import Library
from formcheck.presentation import words
from formcheck.web.live.hall import Hall
from formcheck.web.pages import progress as progress_page

BEGAN = datetime(2026, 3, 4, 12, 0, tzinfo=timezone.utc)
"""A Wednesday noon: the same day and week in every time zone there is, or nearly so."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def library(home: Path) -> Iterator[Library]:
    with running(home) as opened:
        yield opened.archive


def hold(library: Library, weeks_later: int = 0, folder: Path | None = None) -> int:
    began = BEGAN + timedelta(weeks=weeks_later)
    return library.add(samples.REPORT, samples.EXERCISE, began, "live", folder)


def some_of_each(library: Library) -> None:
    hold(library)
    hold(library, 2)
    exercise = replace(rep_samples.EXERCISE, name="dead_bug", title="Dead bug")
    library.add(rep_samples.REPORT, exercise, BEGAN + timedelta(hours=1), "live")
    exercise = replace(hop_samples.EXERCISE, name="jump_rope", title="Jump rope")
    library.add(hop_samples.ONE_BOUT, exercise, BEGAN + timedelta(hours=2), "video")


def progress() -> AppTest:
    at = show("progress")
    assert not at.exception
    return at


def charts(at: AppTest) -> list[dict[str, Any]]:
    """What is drawn, with its rows under ``rows``."""
    found = []
    for element in at.get("vega_lite_chart"):
        rows = convert_arrow_bytes_to_pandas_df(element.proto.data.data)
        found.append({**json.loads(element.proto.spec), "rows": rows.to_dict("records")})
    return found


def press(at: AppTest, label: str) -> AppTest:
    (button,) = [button for button in at.button if button.label == label]
    return button.click().run()


def headings(at: AppTest) -> list[str]:
    return re.findall(r"<h2>([^<]*)</h2>", markup(at))


# -- nothing, or nothing that can be read ---------------------------------------------------------


def test_with_nothing_there_it_says_how_to_begin(library):
    at = progress()
    assert "Nothing here yet" in text(at)
    assert {"/live", "/video"} <= set(links(at).values())
    assert not at.button
    assert not charts(at)


@pytest.mark.parametrize("content", [b"not a database at all " * 100, b"SQLite format 3\x00junk"])
def test_a_damaged_list_is_told_and_stops_nothing(library, home, content):
    home.mkdir()
    (home / "formcheck.sqlite").write_bytes(content)
    at = progress()
    (error,) = at.error
    assert error.value.endswith("a new list is begun.")
    assert (home / "formcheck.sqlite").read_bytes() == content
    at = press(press(at, "Delete everything"), "Yes, delete")
    assert not at.error
    assert "Nothing here yet" in text(at)


def test_a_clip_without_a_session_can_be_deleted_too(library, home):
    clip = home / CLIPS / "one"
    clip.mkdir(parents=True)
    (clip / "clip.mp4").write_bytes(b"film")
    at = press(press(progress(), "Delete everything"), "Yes, delete")
    assert not clip.exists()
    assert "Everything was deleted." in text(at)
    assert not at.button


# -- weeks ---------------------------------------------------------------------------------------


def test_there_is_a_chart_and_a_table_for_each_measure(library):
    some_of_each(library)
    at = progress()
    wanted = ["Seconds in good form", "Repetitions", "Jumps", "Faults"]
    assert headings(at)[:4] == wanted
    assert len(charts(at)) == 4
    assert [f"{title} as a table" for title in wanted] == [
        box.label for box in at.expander if "as a table" in box.label
    ]


@pytest.mark.parametrize(
    ("report", "exercise", "wanted"),
    [
        (samples.REPORT, samples.EXERCISE, ["Seconds in good form", "Faults"]),
        (rep_samples.REPORT, rep_samples.EXERCISE, ["Repetitions", "Faults"]),
    ],
)
def test_what_there_is_none_of_has_no_chart(library, report, exercise, wanted):
    library.add(report, exercise, BEGAN, "live")
    assert [title for title in headings(progress()) if title in [*wanted, "Jumps"]] == wanted


def test_bars_have_the_numbers_of_the_weeks(library):
    hold(library)
    hold(library)
    hold(library, 2)
    (seconds, _) = charts(progress())
    drawn = {row["week"]: row["value"] for row in seconds["rows"]}
    good_s = samples.REPORT.good_form_s
    assert drawn == {
        "2 Mar": pytest.approx(2 * good_s, abs=0.1),
        "16 Mar": pytest.approx(good_s, abs=0.1),
    }
    # The week between keeps its place.
    assert seconds["encoding"]["x"]["scale"]["domain"] == ["2 Mar", "9 Mar", "16 Mar"]


def test_the_table_has_every_week_and_the_chart_the_last_ones(library):
    for week in range(40):
        hold(library, week)
    at = progress()
    assert len(charts(at)[0]["encoding"]["x"]["scale"]["domain"]) == 26
    table = markup(at).split("<caption>Seconds in good form by week</caption>")[1]
    assert table.split("</table>")[0].count("<tr>") == 41


def test_an_exercise_has_the_same_colour_in_every_chart(library):
    some_of_each(library)
    found: dict[str, set[str]] = {}
    for chart in charts(progress()):
        scale = chart["encoding"]["color"]["scale"]
        for title, colour in zip(scale["domain"], scale["range"], strict=True):
            found.setdefault(title, set()).add(colour)
    assert len(found) == 3
    assert all(len(colours) == 1 for colours in found.values())
    assert len(set.union(*found.values())) == 3


# -- past sessions -------------------------------------------------------------------------------


def test_each_session_shows_its_numbers_with_units(library):
    some_of_each(library)
    at = progress()
    told = text(at)
    assert words.seconds(samples.REPORT.good_form_s) in told
    finding = samples.REPORT.findings[0]
    assert words.with_unit(finding.worst, finding.unit) in told
    assert re.search(r"Mean height [\d.]+ cm ± [\d.]+ cm", told)
    assert next(box.label for box in at.expander if "Jump rope" in box.label).endswith("24 jumps")


def test_only_the_newest_are_listed_until_all_are_asked_for(library):
    for week in range(23):
        hold(library, week)

    def listed(at: AppTest) -> int:
        return sum(" · " in box.label for box in at.expander)

    at = progress()
    assert listed(at) == 20
    assert listed(press(at, "Show all 23 sessions")) == 23


def test_a_title_can_not_bring_markup_in(library):
    exercise = replace(samples.EXERCISE, title="<img src=x onerror=alert(1)>")
    library.add(samples.REPORT, exercise, BEGAN, "live")
    assert "<img" not in markup(progress())


def test_one_session_is_deleted_after_it_was_asked_again(library, home):
    clip = home / CLIPS / "one"
    clip.mkdir(parents=True)
    hold(library)
    number = hold(library, 1, clip)
    at = progress()
    (ask,) = [button for button in at.button if button.key == f"{number}-ask"]
    at = ask.click().run()
    assert "gone for good" in text(at)
    assert "its clip" in text(at)
    assert len(library.sessions()) == 2
    at = press(at, "Yes, delete")
    assert "The session was deleted." in text(at)
    assert [past.number for past in library.sessions()] == [number - 1]
    assert not clip.exists()


@pytest.mark.parametrize("answer", ["Yes, delete", "No, keep"])
def test_everything_is_deleted_only_after_a_yes(library, answer):
    some_of_each(library)
    at = press(progress(), "Delete everything")
    assert "4 sessions" in text(at)
    assert len(library.sessions()) == 4
    at = press(at, answer)
    assert len(library.sessions()) == (0 if answer.startswith("Yes") else 4)
    assert ("Everything was deleted." in text(at)) is answer.startswith("Yes")
    assert not at.exception


def test_nothing_is_deleted_while_somebody_is_being_recorded(library, monkeypatch):
    hold(library)
    at = press(progress(), "Delete everything")
    monkeypatch.setattr(Hall, "running", 1)
    at = press(at, "Yes, delete")
    assert "stop it first" in at.error[0].value
    assert len(library.sessions()) == 1


def test_what_can_not_be_deleted_is_told(library, home, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious.txt").write_text("mine")
    hold(library)
    (home / CLIPS).symlink_to(outside)
    at = press(press(progress(), "Delete everything"), "Yes, delete")
    assert "delete that by hand" in at.error[0].value
    assert (outside / "precious.txt").exists()
    assert library.sessions() == ()


# -- files ---------------------------------------------------------------------------------------


def test_everything_can_be_taken_along(library):
    some_of_each(library)
    at = progress()
    buttons = {e.proto.label: e.proto for e in at.get("download_button")}
    assert set(buttons) == {"Table (CSV)", "Everything (JSON)"}
    assert all(proto.url for proto in buttons.values())


# -- people --------------------------------------------------------------------------------------


def test_sessions_of_one_person_can_be_picked_out(library, monkeypatch):
    exported = []
    monkeypatch.setattr(progress_page, "to_json", lambda sessions: exported.append(sessions) or "")
    for name in ("Anna", "Bea"):
        library.add(samples.REPORT, samples.EXERCISE, BEGAN, "live", person=name)
    hold(library)
    at = progress()
    (whose,) = [box for box in at.selectbox if box.label == "Whose sessions"]
    assert whose.options == ["Everybody’s", "Anna", "Bea"]
    assert len([one for one in at.expander if "Forearm plank" in one.label]) == 3
    at = whose.select("Bea").run()
    assert not at.exception
    assert len([one for one in at.expander if "Forearm plank" in one.label]) == 1
    assert "3 sessions" in text(press(at, "Delete everything"))
    assert len(exported[-1]) == 3  # "Everything" is everybody's.


def test_without_people_nobody_is_asked_whose(library):
    hold(library)
    assert not [box for box in progress().selectbox if box.label == "Whose sessions"]


def test_only_what_is_theirs_is_shown_and_deleted(library, monkeypatch):
    mine, theirs = (
        Viewer(library.account_for(f"https://id.example|{name}").number, Role.OWNER)
        for name in ("me", "other")
    )
    for viewer in (mine, theirs):
        library.add(samples.REPORT, samples.EXERCISE, BEGAN, "live", viewer=viewer)
    monkeypatch.setattr("formcheck.web.signin.viewers.viewer", lambda: mine)
    at = progress()
    assert len([one for one in at.expander if "Forearm plank" in one.label]) == 1
    at = press(press(at, "Delete everything"), "Yes, delete")
    assert not at.exception
    assert [past.number for past in library.sessions()] == [2]
