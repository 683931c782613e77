"""People, tags and search, and how quick they are with many sessions; on both databases."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import hop_samples
import presentation_samples as samples
import pytest
from libraries import BEGAN, Place, add, kept_clip
from sqlalchemy import insert

from formcheck.archive.query import Query
from formcheck.archive.store import Library
from formcheck.archive.tables import FindingRow, PersonRow, SessionRow, TagRow
from formcheck.errors import InputError, LibraryError, NotAllowedError
from formcheck.profiles import Profile, has_profile, load_profile, save_profile

MANY = 10_000


def numbers(library: Library, **query: object) -> list[int]:
    return [past.number for past in library.sessions(Query(**query))]  # type: ignore[arg-type]


# -- people --------------------------------------------------------------------------------------


def test_somebody_new_is_added_with_their_first_session_and_found_again(library):
    first = add(library, person="  Änne   Muster ")
    second = add(library, person="änne muster")
    (anne,) = library.people()
    assert (anne.name, anne.sessions, anne.profile) == ("Änne Muster", 2, "Änne Muster")
    assert [library.session(n).person_number for n in (first, second)] == [anne.number] * 2
    assert add(library, person=anne.number) == second + 1


def test_letters_that_look_alike_are_one_name(library):
    add(library, person="Änne")
    add(library, person="A\u0308nne")
    assert len(library.people()) == 1


@pytest.mark.parametrize("name", ["", "  ", "\x00\n", "x" * 201])
def test_a_name_that_can_not_be_used_is_told(library, name):
    with pytest.raises(InputError, match="name"):
        library.add_person(name)
    assert library.people() == ()


def test_a_name_is_taken_once(library):
    anna = library.add_person("Anna")
    bea = library.add_person("Bea")
    with pytest.raises(InputError, match="called anna already"):
        library.add_person("anna")
    with pytest.raises(InputError, match="called ANNA already"):
        library.rename_person(bea, "ANNA")
    library.rename_person(anna, "ANNA")
    assert [person.name for person in library.people()] == ["ANNA", "Bea"]


def test_limits_go_along_with_the_name_and_with_the_person(library, home):
    number = add(library, person="Anna", folder=kept_clip(home))
    anna = library.people()[0].number
    save_profile(home, Profile("Anna"))
    library.rename_person(anna, "Bea")
    assert not has_profile(home, "Anna")
    assert load_profile(home, library.person(anna).profile).name == "Bea"
    library.delete_person(anna)
    assert not has_profile(home, "Bea")
    assert not (home / "sessions" / "one").exists()
    with pytest.raises(NotAllowedError):
        library.session(number)


def test_a_rename_that_fails_half_way_changes_nothing(library, home):
    anna = library.add_person("Anna")
    save_profile(home, Profile("Anna"))
    save_profile(home, Profile("Bea"))
    with pytest.raises(InputError, match="profile of 'Bea' already"):
        library.rename_person(anna, "Bea")
    assert library.person(anna).name == "Anna"
    assert has_profile(home, "Anna")


def test_somebody_is_deleted_with_all_of_theirs_and_nothing_of_others(library, home, place):
    kept = kept_clip(home, "others")
    other = add(library, person="Bea", folder=kept, tags=["x"])
    for name in ("a", "b"):
        add(library, person="Anna", folder=kept_clip(home, name), tags=["secret"])
    anna = next(person.number for person in library.people() if person.name == "Anna")
    library.delete_person(anna)
    assert numbers(library) == [other]
    assert kept.exists()
    assert [path.name for path in (home / "sessions").iterdir()] == ["others"]
    assert library.tags() == ("x",)
    for table in ("finding", "tag"):
        assert place.run(f"SELECT count(*) FROM {table} WHERE session_id <> {other}") == [(0,)]
    with pytest.raises(NotAllowedError):
        library.delete_person(anna)


def test_a_clip_that_can_not_be_deleted_keeps_the_person(library, home, monkeypatch):
    add(library, person="Anna", folder=kept_clip(home))

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("formcheck.archive.files.shutil.rmtree", refuse)
    with pytest.raises(LibraryError, match="Permission denied"):
        library.delete_person(library.people()[0].number)
    assert library.count() == 1
    assert [person.name for person in library.people()] == ["Anna"]


def test_a_session_is_given_to_somebody_else_and_to_nobody(library):
    number = add(library, person="Anna")
    library.set_person(number, "Bea")
    assert library.session(number).person == "Bea"
    library.set_person(number, None)
    assert library.session(number).person == ""
    with pytest.raises(NotAllowedError):
        library.set_person(number, 99)


# -- tags and reviews ----------------------------------------------------------------------------


def test_tags_come_back_in_order_without_doubles_and_blanks(library):
    number = add(library, tags=["  wide  grip ", "Knee", "knee", "", "\n"])
    assert library.session(number).tags == ("Knee", "wide grip")
    library.set_tags(number, ["KNEE"])
    assert library.session(number).tags == ("KNEE",)
    assert library.tags() == ("KNEE",)
    with pytest.raises(InputError, match="at most"):
        library.set_tags(number, ["x" * 101])
    with pytest.raises(InputError, match="at most"):
        library.set_tags(number, [f"tag {k}" for k in range(51)])
    assert library.session(number).tags == ("KNEE",)


def test_what_is_left_to_review_is_what_was_kept_the_oldest_first_and_round(library, home):
    days = [3, 1, 2]
    late, early, middle = (
        add(library, BEGAN + timedelta(days=day), kept_clip(home, str(day))) for day in days
    )
    add(library)  # Nothing of it was kept, so there is nothing to look at.
    assert library.next_to_review() == early
    assert library.next_to_review(early) == middle
    assert library.next_to_review(late) == early
    library.mark_reviewed(early)
    assert library.next_to_review(late) == middle
    assert library.next_to_review(early) == middle
    assert library.next_to_review(99) == middle
    library.mark_reviewed(middle, at=BEGAN)
    library.mark_reviewed(late)
    assert library.next_to_review() is None
    assert library.session(middle).reviewed == BEGAN
    library.mark_reviewed(middle, False)
    assert library.next_to_review() == middle
    assert library.next_to_review(middle) is None


# -- search --------------------------------------------------------------------------------------


@pytest.fixture
def three(library: Library, home: Path) -> tuple[int, int, int]:
    """A plank of Änne's with a fault, jumps of Bea's, and a plank of nobody's."""
    return (
        add(library, person="Änne O'Hara", tags=["100%", "Straße"], called="IMG_0001.MOV"),
        library.add(
            hop_samples.ONE_BOUT,
            hop_samples.EXERCISE,
            BEGAN + timedelta(days=1),
            "video",
            person="Bea",
            reviewed=BEGAN,
        ),
        add(library, BEGAN + timedelta(days=2), kept_clip(home), called="A_B.mp4"),
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", {0, 1, 2}),
        ("ÄNNE", {0}),
        ("änne plank", {0}),
        ("o'hara", {0}),
        ("bea plank", set()),
        ("video", {1}),
        ("img_0001", {0}),
        ("STRASSE", {0}),
        ("100%", {0}),
        ("%", {0}),
        ("a_b", {2}),
        ("axb", set()),
        ("\\", set()),
        ("'; DROP TABLE session; --", set()),
        ("\x00", {0, 1, 2}),
    ],
)
def test_words_are_found_as_they_are_written(library, three, text, wanted):
    assert set(numbers(library, text=text)) == {three[k] for k in wanted}


def test_each_filter_narrows_and_all_have_to_fit(library, three):
    plank, jumps, bare = three
    bea = next(person.number for person in library.people() if person.name == "Bea")
    assert numbers(library, person=bea) == [jumps]
    assert numbers(library, exercise="plank") == [bare, plank]
    assert numbers(library, fault="hips-sag") == [bare, plank]
    assert numbers(library, fault="no-such") == []
    assert numbers(library, tags=("STRASSE",)) == [plank]
    assert numbers(library, tags=("straße", "100%")) == [plank]
    assert numbers(library, tags=("straße", "other")) == []
    assert numbers(library, reviewed=True) == [jumps]
    assert numbers(library, reviewed=False) == [bare, plank]
    assert numbers(library, kept=True) == [bare]
    assert numbers(library, since=BEGAN + timedelta(days=1)) == [bare, jumps]
    assert numbers(library, until=BEGAN + timedelta(days=1)) == [plank]
    assert numbers(library, exercise="plank", until=BEGAN + timedelta(days=1)) == [plank]
    assert dict(library.exercises()).keys() == {"plank", hop_samples.EXERCISE.name}
    assert ("hips-sag", "Hips dropped") in library.faults()
    assert library.tags() == ("100%", "Straße")


def test_a_warning_is_no_fault(library):
    add(library)
    assert numbers(library, fault="hips-sag")
    with library._database.changing() as session:
        for row in session.query(FindingRow):
            row.level = "warn"
    assert numbers(library, fault="hips-sag") == []
    assert library.faults() == ()


def test_pages_hold_every_session_once(library):
    for k in range(7):
        add(library, BEGAN + timedelta(days=k % 2))
    pages = [numbers(library, limit=3, offset=offset) for offset in (0, 3, 6, 9)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert [number for page in pages for number in page] == numbers(library)
    assert library.count(Query(limit=3)) == 7


# -- many ----------------------------------------------------------------------------------------


def fill(place: Place) -> Library:
    """Ten thousand sessions of fifty people with thirty thousand findings."""
    library = place.open()
    add(library)
    plain = {
        column.key: getattr(library.sessions()[0], column.key)
        for column in SessionRow.__mapper__.column_attrs
        if hasattr(library.sessions()[0], column.key)
    }
    del plain["folder"]
    finding = {"title": "Hips dropped", "level": "fault", "start_s": 1.0, "end_s": 2.0, "unit": ""}
    with library._database.changing() as session:
        names = [f"person {k}" for k in range(50)]
        people = [{"name": name, "name_key": name, "profile": name} for name in names]
        session.execute(insert(PersonRow), people)
        session.execute(
            insert(SessionRow),
            [
                {
                    **plain,
                    "began": BEGAN + timedelta(hours=k),
                    "person_id": 1 + k % 50,
                    "folder": f"sessions/{k}",
                    "reviewed": BEGAN if k % 3 else None,
                    "search": f"forearm plank video clip_{k}.mp4",
                }
                for k in range(MANY)
            ],
        )
        session.execute(
            insert(FindingRow),
            [
                {**finding, "session_id": 2 + k, "check": f"check-{(k + i) % 9}", "worst": 1.0}
                for k in range(MANY)
                for i in range(3)
            ],
        )
        tags = [{"session_id": 2 + k, "key": f"tag {k % 40}", "name": "tag"} for k in range(MANY)]
        session.execute(insert(TagRow), tags)
    return library


def test_many_sessions_stay_quick(place):
    """Wide: what it takes is in docs/library.md."""
    library = fill(place)
    began = time.perf_counter()
    page = library.sessions(Query(text="person 7 plank tag", fault="check-3", limit=20))
    assert len(page) == 20
    assert library.count(Query(text="clip_9999")) == 1
    assert len(library.people()) == 50
    assert len(library.tags()) == 40
    assert library.next_to_review(5000) is not None
    assert time.perf_counter() - began < 15.0
    assert len(library.sessions()) == MANY + 1
    assert time.perf_counter() - began < 60.0
    assert samples.EXERCISE.name in dict(library.exercises())
