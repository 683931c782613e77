"""Who sees and changes what: every method of the library, asked by whom it does not concern."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import presentation_samples as samples
import pytest
from libraries import BEGAN, Place, account, add, kept_clip

from formcheck.archive.access import LOCAL, Role, Viewer
from formcheck.archive.query import Query
from formcheck.archive.store import Library
from formcheck.errors import InputError, LibraryError, NotAllowedError
from formcheck.profiles import Profile, has_profile, save_profile

NOT_THERE = 99_999


@dataclass(frozen=True)
class Practice:
    """Two coaches, a client of one of them with an account, and a stranger.

    Attributes:
        archive: With everything in it.
        admin: Who sees everything.
        coach: Looks after the client.
        client: Signs in, and recorded a session.
        other: Another coach, with a client of the same name.
        stranger: Signs in, and recorded a session.
        person: Number of the client.
        theirs: Number of the other coach's client.
        session: Number of the client's session.
        strange: Number of the stranger's.
    """

    archive: Library
    admin: Viewer
    coach: Viewer
    client: Viewer
    other: Viewer
    stranger: Viewer
    person: int
    theirs: int
    session: int
    strange: int


@pytest.fixture
def practice(library: Library, place: Place) -> Practice:
    admin = account(library, "admin", Role.ADMIN)
    coach, other = (account(library, name, Role.COACH) for name in ("coach", "other"))
    client, stranger = (account(library, name) for name in ("client", "stranger"))
    person = library.add_person("Anna", coach)
    library.link_account(person, client.account, admin)
    theirs = library.add_person("Anna", other)
    folder = kept_clip(place.home)
    session = add(library, folder=folder, tags=["secret"], called="diary.mp4", viewer=client)
    strange = add(library, BEGAN + timedelta(hours=1), viewer=stranger)
    return Practice(
        library, admin, coach, client, other, stranger, person, theirs, session, strange
    )


# What would change or tell something of one session or person: number, viewer -> result.
OF_A_SESSION: dict[str, Callable[[Library, int, Viewer], object]] = {
    "session": lambda library, number, viewer: library.session(number, viewer),
    "set_tags": lambda library, number, viewer: library.set_tags(number, ["mine"], viewer),
    "set_person": lambda library, number, viewer: library.set_person(number, None, viewer),
    "mark_reviewed": lambda library, number, viewer: library.mark_reviewed(number, viewer=viewer),
    "delete": lambda library, number, viewer: library.delete(number, viewer),
}
OF_A_PERSON: dict[str, Callable[[Library, int, Viewer], object]] = {
    "person": lambda library, number, viewer: library.person(number, viewer),
    "rename_person": lambda library, number, viewer: library.rename_person(number, "B", viewer),
    "delete_person": lambda library, number, viewer: library.delete_person(number, viewer),
}
OF_ADMINS: dict[str, Callable[[Library, Viewer], object]] = {
    "accounts": lambda library, viewer: library.accounts(viewer),
    "set_role": lambda library, viewer: library.set_role(viewer.account or 1, Role.ADMIN, viewer),
    "delete_account": lambda library, viewer: library.delete_account(1, viewer),
    "assign_coach": lambda library, viewer: library.assign_coach(1, viewer.account, viewer),
    "link_account": lambda library, viewer: library.link_account(1, viewer.account, viewer),
}
QUIET: dict[str, Callable[[Library, Viewer], object]] = {
    "sessions": lambda library, viewer: library.sessions(Query(), viewer),
    "count": lambda library, viewer: library.count(Query(), viewer),
    "people": lambda library, viewer: library.people(viewer),
    "tags": lambda library, viewer: library.tags(viewer),
    "exercises": lambda library, viewer: library.exercises(viewer),
    "faults": lambda library, viewer: library.faults(viewer),
    "next_to_review": lambda library, viewer: library.next_to_review(None, viewer),
    "recorded": lambda library, viewer: library.recorded("ab" * 32, viewer),
    "export_csv": lambda library, viewer: library.export_csv(viewer).count("\n") - 1,
    "export_json": lambda library, viewer: library.export_json(viewer).count("began_utc"),
}
ELSEWHERE = {"add", "add_person", "delete_everything"}
"""Tested one by one below."""


def test_no_method_is_forgotten():
    asked = {
        name
        for name, method in inspect.getmembers(Library, inspect.isfunction)
        if not name.startswith("_") and "viewer" in inspect.signature(method).parameters
    }
    assert asked == {*OF_A_SESSION, *OF_A_PERSON, *OF_ADMINS, *QUIET, *ELSEWHERE}
    rest = {
        name
        for name, method in inspect.getmembers(Library, inspect.isfunction)
        if not name.startswith("_") and name not in asked
    }
    # Signing in itself comes before there is anybody who could ask.
    assert rest == {"account_for", "account_of"}


def everything(library: Library, place: Place) -> object:
    """All that there is, as somebody sees it who sees all, and what is on disk."""
    files = sorted(path.relative_to(place.home) for path in place.home.rglob("*"))
    kept = [path for path in files if "formcheck.sqlite" not in path.name]
    return library.sessions(), library.people(), library.accounts(), kept


def the_wrong_ones(practice: Practice) -> list[Viewer]:
    return [
        practice.other,
        practice.stranger,
        Viewer(0, Role.OWNER),
        Viewer(None, Role.OWNER),
        Viewer(None, Role.COACH),
        Viewer(NOT_THERE, Role.COACH),
    ]


@pytest.mark.parametrize("name", OF_A_SESSION)
def test_a_session_of_somebody_else_is_refused_as_if_it_were_not_there(
    practice, place, caplog, name
):
    before = everything(practice.archive, place)
    for viewer in the_wrong_ones(practice):
        told = []
        for number in (practice.session, NOT_THERE):
            with (
                caplog.at_level(logging.WARNING, "formcheck.archive.access"),
                pytest.raises(NotAllowedError) as refused,
            ):
                OF_A_SESSION[name](practice.archive, number, viewer)
            told.append(str(refused.value).replace(str(number), "N"))
            record = caplog.records[-1]
            assert record.name == "formcheck.archive.access"
            assert f"account {viewer.account} ({viewer.role.value})" in record.getMessage()
            assert f"session {number}" in record.getMessage()
        assert told[0] == told[1]
    assert everything(practice.archive, place) == before
    assert not any(word in caplog.text for word in ("Anna", "diary", "secret", "mail.example"))


@pytest.mark.parametrize("name", OF_A_PERSON)
def test_a_person_of_somebody_else_is_refused_as_if_they_were_not_there(
    practice, place, caplog, name
):
    before = everything(practice.archive, place)
    wrong = the_wrong_ones(practice)
    if name != "person":
        wrong.append(practice.client)  # They see themselves, and nothing more.
    for viewer in wrong:
        told = []
        for number in (practice.person, NOT_THERE):
            with pytest.raises(NotAllowedError) as refused:
                OF_A_PERSON[name](practice.archive, number, viewer)
            told.append(str(refused.value).replace(str(number), "N"))
        assert told[0] == told[1]
    assert everything(practice.archive, place) == before
    assert f"person {practice.person}" in caplog.text
    assert "Anna" not in caplog.text


@pytest.mark.parametrize("name", OF_ADMINS)
def test_what_admins_do_is_refused_to_everybody_else(practice, place, caplog, name):
    before = everything(practice.archive, place)
    for viewer in [*the_wrong_ones(practice), practice.coach, practice.client]:
        caplog.clear()
        with pytest.raises(NotAllowedError, match="only an admin"):
            OF_ADMINS[name](practice.archive, viewer)
        assert "refused at" in caplog.text
    assert everything(practice.archive, place) == before


@pytest.mark.parametrize("name", QUIET)
def test_lists_hold_nothing_of_others(practice, name):
    """The stranger's session has no tag, no bundle and nobody's name on it."""
    asked = QUIET[name]
    for viewer in the_wrong_ones(practice)[2:]:
        assert not asked(practice.archive, viewer)
    of_stranger, of_other = (
        asked(practice.archive, viewer) for viewer in (practice.stranger, practice.other)
    )
    seen = {
        "sessions": ([practice.strange], []),
        "people": ([], [practice.theirs]),
        "count": (1, 0),
        "export_csv": (1, 0),
        "export_json": (1, 0),
        "exercises": (((samples.EXERCISE.name, samples.EXERCISE.title),), ()),
        "faults": ((("hips-sag", "Hips dropped"),), ()),
        "tags": ((), ()),
    }.get(name, (None, None))
    if name in ("sessions", "people"):
        of_stranger, of_other = (
            [one.number for one in found]  # type: ignore[attr-defined]
            for found in (of_stranger, of_other)
        )
    assert (of_stranger, of_other) == seen


def test_a_search_finds_nothing_of_others(practice):
    for query in (
        Query(text="diary"),
        Query(tags=("secret",)),
        Query(person=practice.person),
        Query(text="anna"),
        Query(kept=True),
    ):
        assert practice.archive.count(query, practice.client) == 1
        assert practice.archive.count(query, practice.coach) == 1
        assert practice.archive.count(query, practice.admin) == 1
        assert practice.archive.count(query, practice.other) == 0
        assert practice.archive.count(query, practice.stranger) == 0


def test_who_it_concerns_sees_and_may_change_it(practice):
    library, number = practice.archive, practice.session
    for viewer in (practice.client, practice.coach, practice.admin, LOCAL):
        assert [past.number for past in library.sessions(Query(kept=True), viewer)] == [number]
        assert library.session(number, viewer).person == "Anna"
        assert library.next_to_review(viewer=viewer) == number
        library.set_tags(number, [f"of {viewer.role.value}"], viewer)
        assert library.session(number).tags == (f"of {viewer.role.value}",)
    library.mark_reviewed(number, viewer=practice.coach)
    assert library.session(number, practice.client).reviewed is not None
    assert [p.number for p in library.people(practice.coach)] == [practice.person]
    assert [p.number for p in library.people(practice.client)] == [practice.person]
    library.delete(number, practice.coach)
    assert library.count(viewer=practice.admin) == 1


def test_a_coach_sees_what_a_client_recorded_before_it_was_said_whose_it_is(practice):
    library = practice.archive
    library.link_account(practice.person, None)
    number = add(library, viewer=practice.client)
    assert library.session(number).person == ""
    with pytest.raises(NotAllowedError):
        library.session(number, practice.coach)
    library.link_account(practice.person, practice.client.account)
    assert library.session(number, practice.coach).number == number
    library.assign_coach(practice.person, None)
    with pytest.raises(NotAllowedError):
        library.session(number, practice.coach)


def test_clients_of_a_client_are_not_seen(practice):
    """The client becomes a coach, with people of their own: those are not their coach's."""
    library = practice.archive
    library.set_role(practice.client.account or 0, Role.COACH)
    now = Viewer(practice.client.account, Role.COACH)
    number = add(library, person="Bea", viewer=now)
    with pytest.raises(NotAllowedError):
        library.session(number, practice.coach)
    assert library.session(number, now).person == "Bea"


def test_who_is_a_coach_no_more_sees_their_own_only(practice):
    library = practice.archive
    own = add(library, viewer=practice.coach)
    library.set_role(practice.coach.account or 0, Role.OWNER)
    now = Viewer(practice.coach.account, Role.OWNER)
    assert [past.number for past in library.sessions(viewer=now)] == [own]
    assert library.people(now) == ()


def test_sessions_go_to_ones_own_people_only(practice, place):
    library = practice.archive
    before = everything(library, place)
    for viewer, person in (
        (practice.stranger, "Anna"),
        (practice.stranger, "Somebody New"),
        (practice.stranger, practice.person),
        (practice.other, practice.person),
        (practice.client, practice.theirs),
    ):
        with pytest.raises(NotAllowedError):
            add(library, person=person, viewer=viewer)
    with pytest.raises(NotAllowedError):
        library.set_person(practice.strange, practice.person, practice.stranger)
    with pytest.raises(NotAllowedError):
        library.set_person(practice.strange, "Anna", practice.stranger)
    assert everything(library, place) == before
    # The same name is another person for another coach.
    number = add(library, person="anna", viewer=practice.other)
    assert library.session(number).person_number == practice.theirs


def test_nobody_can_leave_sessions_without_an_account(practice, place):
    before = everything(practice.archive, place)
    for viewer in the_wrong_ones(practice)[2:]:
        with pytest.raises(NotAllowedError):
            add(practice.archive, viewer=viewer)
    assert everything(practice.archive, place) == before


def test_only_who_looks_after_people_adds_some(practice, place):
    before = everything(practice.archive, place)
    for viewer in (practice.stranger, Viewer(0, Role.OWNER), Viewer(None, Role.COACH)):
        with pytest.raises(NotAllowedError):
            practice.archive.add_person("Cleo", viewer)
    assert everything(practice.archive, place) == before


def test_everything_is_everything_of_ones_own(practice, place):
    library = practice.archive
    practice.archive.delete_everything(practice.other)
    assert [p.number for p in library.people()] == [practice.person]
    assert library.count() == 2
    library.delete_everything(practice.stranger)
    assert [past.number for past in library.sessions()] == [practice.session]
    assert (place.home / "sessions" / "one").exists()
    library.delete_everything(practice.coach)
    assert library.sessions() == ()
    assert library.people() == ()
    assert not (place.home / "sessions" / "one").exists()
    assert len(library.accounts()) == 5
    library.delete_everything(practice.admin)
    assert [one.viewer for one in library.accounts()] == [practice.admin]


def test_two_coaches_change_the_limits_of_two_people_of_one_name(practice, place):
    library = practice.archive
    one, two = (library.person(number).profile for number in (practice.person, practice.theirs))
    assert one.casefold() != two.casefold()
    for profile in (one, two):
        save_profile(place.home, Profile(profile))
    library.delete_person(practice.theirs, practice.other)
    assert has_profile(place.home, one)
    assert not has_profile(place.home, two)


def test_limits_that_may_be_somebody_elses_are_not_given_to_a_coach(practice, place):
    save_profile(place.home, Profile("Dora"))
    number = practice.archive.add_person("Dora", practice.coach)
    assert practice.archive.person(number).profile != "Dora"
    local = practice.archive.add_person("Dora")
    assert practice.archive.person(local).profile == "Dora"


def test_only_coaches_are_given_people(practice):
    with pytest.raises(InputError, match="make it one first"):
        practice.archive.assign_coach(practice.person, practice.stranger.account)
    with pytest.raises(InputError, match="no account"):
        practice.archive.assign_coach(practice.person, NOT_THERE)
    with pytest.raises(InputError, match="called Anna already"):
        practice.archive.assign_coach(practice.person, practice.other.account)


def test_an_account_keeps_its_number_and_its_name_is_kept_up_to_date(library):
    first = library.account_for("https://id.example|1", "old@mail.example", "Old")
    assert first.role is Role.OWNER
    library.set_role(first.number, Role.COACH)
    again = library.account_for("https://id.example|1", "new@mail.example", "New")
    assert (again.number, again.role, again.email) == (first.number, Role.COACH, "new@mail.example")
    assert library.account_of("https://id.example|1") == again
    assert library.account_of("https://id.example|2") is None
    other = library.account_for("https://other.example|1", "new@mail.example", "New")
    assert other.number != first.number
    library.delete_account(first.number)
    assert library.account_for("https://id.example|1").number > other.number


def test_whoever_lost_their_account_sees_nothing_and_nobody_gets_their_number(practice):
    library = practice.archive
    library.delete_account(practice.stranger.account or 0)
    assert library.sessions(viewer=practice.stranger) == ()
    assert library.session(practice.strange).number == practice.strange
    new = account(library, "new")
    assert new.account not in (practice.stranger.account, None)


def test_a_role_that_makes_no_sense_lets_nobody_in(practice, place):
    place.run("UPDATE account SET role = 'king'")
    with pytest.raises(LibraryError, match="damaged"):
        practice.archive.account_of("https://id.example|client")
