"""Library: what is found, chosen, changed and brought in, as whoever looks at it clicks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import hop_samples
import pytest
import rep_samples
from libraries import BEGAN, add, kept_clip
from shown_pages import links, markup, running, show, text
from streamlit.testing.v1 import AppTest

from formcheck.archive.access import Role, Viewer
from formcheck.archive.store import Library
from formcheck.profiles import Profile, has_profile, save_profile
from formcheck.web.pages import library_import


@pytest.fixture
def library(home: Path) -> Iterator[Library]:
    with running(home) as opened:
        yield opened.archive


def page() -> AppTest:
    at = show("library")
    assert not at.exception
    return at


def listed(at: AppTest) -> list[str]:
    """The sessions in the list, as their boxes say."""
    return [
        box.label.replace("\\", "")
        for box in at.checkbox
        if str(box.key).startswith("library-choose-")
    ]


def choose(at: AppTest, *numbers: int) -> AppTest:
    for number in numbers:
        at = at.checkbox(key=f"library-choose-{number}").check().run()
    assert not at.exception
    return at


def press(at: AppTest, label: str) -> AppTest:
    (button,) = [button for button in at.button if button.label == label]
    at = button.click().run()
    assert not at.exception
    return at


def pick(at: AppTest, label: str, value: str) -> AppTest:
    (box,) = [box for box in at.selectbox if box.label == label]
    (option,) = [option for option in box.options if option == value]
    at = box.select_index(box.options.index(option)).run()
    assert not at.exception
    return at


def addresses(at: AppTest) -> list[str]:
    return re.findall(r'href="(/formcheck/[^"]*)"', markup(at))


# -- what is listed ------------------------------------------------------------------------------


def test_with_nothing_there_it_says_how_to_begin_and_creates_nothing(library, home):
    at = page()
    assert "Nothing here yet" in text(at)
    assert {"Start with the camera", "Choose a video"} <= links(at).keys()
    assert "Take in a file" in text(at)
    assert "Nobody yet" in text(at)
    assert not home.exists()


def test_each_session_says_what_it_was_and_leads_to_its_review(library, home):
    number = add(library, folder=kept_clip(home), person="Anna *B*", tags=["<b>tall</b>"])
    library.add(rep_samples.REPORT, rep_samples.EXERCISE, BEGAN + timedelta(hours=1), "video")
    at = page()
    first, second = listed(at)
    assert rep_samples.EXERCISE.title in first
    assert "Anna *B* · Forearm plank" in second
    shown = text(at)
    assert "17.8 s in good form" in shown
    assert "Hips dropped" in shown
    assert "<b>tall</b>" in shown
    assert "numbers only" in shown
    assert f"/formcheck/review/{number}/" in addresses(at)
    assert "2 sessions, the newest first" in shown


def test_the_button_leads_to_what_waits_longest_and_counts_what_is_left(library, home):
    later = add(library, BEGAN + timedelta(days=1), folder=kept_clip(home, "b"))
    first = add(library, folder=kept_clip(home, "a"))
    add(library, BEGAN - timedelta(days=1))
    at = page()
    assert addresses(at)[0] == f"/formcheck/review/{first}/"
    assert "Review what is left (2)" in text(at)
    library.mark_reviewed(first)
    assert addresses(page())[0] == f"/formcheck/review/{later}/"
    library.mark_reviewed(later)
    assert "Everything that was kept is reviewed" in text(page())
    assert "✓ reviewed" in text(page())


def test_a_long_list_is_turned_over_and_a_search_begins_at_its_start(library):
    for k in range(45):
        add(library, BEGAN + timedelta(days=k), person="Anna" if k < 3 else "Bea")
    at = page()
    assert len(listed(at)) == 20
    assert "1 to 20 of 45 sessions" in text(at)
    at = press(press(at, "Older"), "Older")
    assert len(listed(at)) == 5
    assert "Page 3 of 3" in text(at)
    at = at.text_input(key="library-text").input("anna").run()
    assert len(listed(at)) == 3


# -- what is looked for --------------------------------------------------------------------------


def test_search_and_filters_go_together(library, home):
    add(library, person="Anna", tags=["knee"], called="first.mp4")
    add(library, BEGAN + timedelta(days=3), folder=kept_clip(home), person="Anna")
    exercise = replace(hop_samples.EXERCISE, title="Jump rope")
    library.add(hop_samples.ONE_BOUT, exercise, BEGAN + timedelta(days=5), "video", person="Bea")
    at = page().text_input(key="library-text").input("ANNA plank").run()
    assert len(listed(at)) == 2
    at = pick(at, "Show", "Left to review")
    assert len(listed(at)) == 1
    at = pick(at, "Show", "Numbers only, nothing kept")
    assert len(listed(at)) == 1
    at = at.text_input(key="library-text").input("first").run()
    assert len(listed(at)) == 1
    at = pick(at, "Person", "Bea")
    assert listed(at) == []
    assert "No session fits" in text(at)
    at = at.text_input(key="library-text").input("").run()
    assert ["Jump rope" in one for one in listed(at)] == [True]


def test_exercise_fault_tag_and_days_are_filters_too(library):
    add(library, tags=["knee"])
    add(library, BEGAN + timedelta(days=3))
    library.add(hop_samples.ONE_BOUT, hop_samples.EXERCISE, BEGAN + timedelta(days=5), "video")
    assert len(listed(pick(page(), "Exercise", "Forearm plank"))) == 2
    assert len(listed(pick(page(), "Fault found", "Hips dropped"))) == 2
    assert len(listed(pick(page(), "Tag", "knee"))) == 1
    day = (BEGAN + timedelta(days=3)).astimezone().date()
    assert len(listed(page().date_input(key="library-since").set_value(day).run())) == 2
    assert len(listed(page().date_input(key="library-until").set_value(day).run())) == 2


def test_a_tag_that_is_gone_is_no_filter_any_more(library):
    number = add(library, tags=["knee"])
    at = pick(page(), "Tag", "knee")
    library.set_tags(number, [])
    at = at.run()
    assert not at.exception
    assert len(listed(at)) == 1


# -- what is done with it ------------------------------------------------------------------------


def test_two_that_were_kept_are_compared_the_older_one_first(library, home):
    later = add(library, BEGAN + timedelta(days=1), folder=kept_clip(home, "b"))
    first = add(library, folder=kept_clip(home, "a"))
    bare = add(library)
    at = choose(page(), later)
    assert not [one for one in addresses(at) if "compare" in one]
    at = choose(at, first)
    assert f"/formcheck/compare/{first}/{later}/" in addresses(at)
    at = choose(at, bare)
    assert not [one for one in addresses(at) if "compare" in one]
    assert "3 sessions chosen" in text(at)
    assert "Tick sessions" in text(press(at, "Choose none"))


def test_what_is_chosen_stays_chosen_over_pages(library):
    for k in range(25):
        add(library, BEGAN + timedelta(days=k))
    at = press(choose(page(), 25), "Older")
    at = choose(at, 1)
    assert "2 sessions chosen" in text(at)
    assert press(at, "Newer").checkbox(key="library-choose-25").value


def test_sessions_are_given_to_somebody(library):
    anna = library.add_person("Anna")
    for _ in range(2):
        add(library)
    at = choose(page(), 1, 2)
    at = pick(at, "Whose they are", "Anna")
    at = press(at, "Save whose they are")
    assert {past.person_number for past in library.sessions()} == {anna}
    assert "Saved: Anna" in text(at).replace("\\", "")
    at = press(pick(at, "Whose they are", "Nobody in particular"), "Save whose they are")
    assert {past.person_number for past in library.sessions()} == {None}


def test_shared_tags_are_changed_and_others_stay(library):
    add(library, tags=["both", "mine"])
    add(library, tags=["both"])
    at = choose(page(), 1, 2)
    (field,) = [one for one in at.text_input if one.label.startswith("Tags")]
    assert field.value == "both"
    at = press(field.input("new, other,").run(), "Save the tags")
    assert library.session(1).tags == ("mine", "new", "other")
    assert library.session(2).tags == ("new", "other")


def test_chosen_sessions_are_deleted_after_a_tick(library, home):
    folder = kept_clip(home)
    add(library, folder=folder)
    add(library)
    at = press(choose(page(), 1), "Delete this session")
    assert "Tick the box first" in text(at)
    assert len(library.sessions()) == 2
    (sure,) = [box for box in at.checkbox if box.label.startswith("Yes, delete this session")]
    at = press(sure.check().run(), "Delete this session")
    assert [past.number for past in library.sessions()] == [2]
    assert not folder.exists()
    assert "Deleted 1 session" in text(at)


# -- people --------------------------------------------------------------------------------------


def test_people_are_added_renamed_and_deleted_with_all_of_theirs(library, home):
    at = page()
    at = at.text_input[[one.label for one in at.text_input].index("Name of somebody new")]
    at = press(at.input("  Anna  ").run(), "Add")
    assert "Anna was added" in text(at)
    (anna,) = library.people()
    folder = kept_clip(home)
    add(library, folder=folder, person="Anna")
    save_profile(home, Profile("Anna"))
    at = page()
    at = at.text_input[[one.label for one in at.text_input].index("New name")].input("Bea").run()
    at = press(at, "Rename")
    assert library.person(anna.number).name == "Bea"
    assert has_profile(home, "Bea")
    at = press(at, "Delete for good")
    assert "Tick the box first" in text(at)
    (sure,) = [box for box in at.checkbox if "Yes, delete Bea with 1 session" in box.label]
    at = press(sure.check().run(), "Delete for good")
    assert library.people() == ()
    assert library.sessions() == ()
    assert not folder.exists()
    assert not has_profile(home, "Bea")


def test_what_can_not_be_done_is_told(library):
    library.add_person("Anna")
    at = page()
    at = at.text_input[[one.label for one in at.text_input].index("Name of somebody new")]
    at = press(at.input("anna").run(), "Add")
    assert "called anna already" in at.error[0].value


# -- who sees what -------------------------------------------------------------------------------


def test_everybody_sees_their_own_and_only_coaches_have_people(library, home, monkeypatch):
    me, other = (
        Viewer(library.account_for(f"https://id.example|{name}").number, Role.OWNER)
        for name in ("me", "other")
    )
    library.add_person("Secret")
    mine = add(library, folder=kept_clip(home, "a"), viewer=me)
    add(library, folder=kept_clip(home, "b"), person="Secret", tags=["hidden"])
    add(library, folder=kept_clip(home, "c"), viewer=other)
    monkeypatch.setattr("formcheck.web.signin.viewers.viewer", lambda: me)
    at = page()
    assert len(listed(at)) == 1
    assert addresses(at) == [f"/formcheck/review/{mine}/"] * 2
    every = text(at) + str([(box.label, box.options) for box in at.selectbox])
    assert "Secret" not in every
    assert "hidden" not in every
    assert "Rename" not in [button.label for button in at.button]


def test_a_damaged_library_is_told(library, home):
    home.mkdir(parents=True)
    (home / "formcheck.sqlite").write_bytes(b"no list" * 300)
    at = page()
    assert "damaged" in at.error[0].value


def test_two_files_of_one_name_are_both_brought_in(monkeypatch):
    came, told = [], []
    monkeypatch.setattr(library_import, "_taken", lambda file, person: came.append(file) or True)
    monkeypatch.setattr(library_import.telling, "do", lambda act, done: told.append(done))
    library_import._bring([("IMG_1.formcheck", "one"), ("IMG_1.formcheck", "other")], 0)
    assert came == ["one", "other"]
    assert told == ["2 sessions brought in."]
