"""The page "People and roles"."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shown_pages import markup, running, show, text
from signed_cookies import claims, cookies, setup, subject
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from formcheck.archive.access import Role, Viewer
from formcheck.archive.people import Account
from formcheck.web.services import Services
from formcheck.web.signin import viewers


class Desk:
    """An app with three accounts, and who looks at it."""

    def __init__(self, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
        self.archive = services.archive
        self._patch = monkeypatch
        for name in ("adam", "ben", "cora"):
            self.archive.account_for(subject(name), f"{name}@mail.example", name.title())

    def account(self, name: str) -> Account:
        found = self.archive.account_of(subject(name))
        assert found is not None
        return found

    def show(self, name: str, path: str = "accounts") -> AppTest:
        """A page, as somebody who has signed in sees it."""
        who = claims(name)
        self._patch.setattr(viewers.st, "context", type("C", (), {"cookies": cookies(who)}))
        user = type("U", (), {"to_dict": staticmethod(lambda: who)})
        self._patch.setattr(viewers.st, "user", user)
        return show(path)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with running(tmp_path, sign_in=setup(admins=frozenset({"adam@mail.example"}))) as opened:
        yield Desk(opened, monkeypatch)


def field(at: AppTest, label: str) -> Selectbox[Any]:
    return next(box for box in at.selectbox if box.label == label)


def choose(at: AppTest, label: str, words: str) -> None:
    box = field(at, label)
    box.select_index(next(i for i, option in enumerate(box.options) if words in option))


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def test_it_lists_who_has_signed_in(desk: Desk) -> None:
    at = desk.show("adam")
    assert not at.exception
    told = text(at)
    assert "Adam adam@mail.example admin (you)" in told
    assert "Ben ben@mail.example owner" in told
    assert at.code[0].value == subject("adam")


def test_it_says_who_is_an_admin_by_the_file(desk: Desk) -> None:
    desk.archive.set_role(desk.account("ben").number, Role.ADMIN)
    assert "Adam adam@mail.example admin, by the file" in text(desk.show("ben"))


def test_it_is_for_admins_alone(desk: Desk) -> None:
    at = desk.show("ben")
    assert "ben@mail.example" not in text(at)
    assert "People and roles" not in text(at)
    assert "How do you want to train?" in text(at)


def test_a_role_is_changed(desk: Desk) -> None:
    at = desk.show("adam")
    choose(at, "Whose", "Cora")
    choose(at, "Role", "coach")
    at = press(at, "Change the role")
    assert "Cora, cora@mail.example is coach from now on." in text(at)
    assert desk.account("cora").role is Role.COACH
    assert "Adam" not in field(at, "Whose").options


def test_somebody_gets_a_coach_and_their_account(desk: Desk) -> None:
    desk.archive.set_role(desk.account("cora").number, Role.COACH)
    desk.archive.add_person("Ben Meyer", Viewer(desk.account("adam").number, Role.ADMIN))
    at = desk.show("adam")
    assert "Cora, cora@mail.example" in field(at, "Coach").options
    assert "Ben, ben@mail.example" not in field(at, "Coach").options  # No coach.
    field(at, "Coach").set_value(desk.account("cora").number)
    field(at, "Signs in as (sees these sessions too)").set_value(desk.account("ben").number)
    at = press(at, "Save")
    assert not at.exception
    assert "Ben Meyer: coach is Cora, cora@mail.example, signs in as Ben" in text(at)
    (ben,) = desk.archive.people()
    assert ben.coach == desk.account("cora").number
    assert ben.account == desk.account("ben").number
    at = desk.show("adam")
    field(at, "Coach").set_value(0)
    press(at, "Save")
    assert desk.archive.people()[0].coach is None
    assert desk.archive.people()[0].account == desk.account("ben").number


def test_an_account_is_deleted_when_one_is_sure(desk: Desk) -> None:
    at = desk.show("adam")
    choose(at, "Which", "Ben")
    at = press(at, "Delete the account")
    assert "Tick the box first." in text(at)
    choose(at, "Which", "Ben")
    at.checkbox[0].check()
    at = press(at, "Delete the account")
    assert "The account of Ben, ben@mail.example is deleted." in text(at)
    assert desk.archive.account_of(subject("ben")) is None


def test_the_page_says_who_is_signed_in(desk: Desk) -> None:
    at = desk.show("ben", "home")
    assert "Signed in as <strong>Ben</strong></span>" in markup(at)
    assert [b.label for b in at.button if b.label == "Sign out"]


def test_the_page_on_privacy_tells_of_signing_in(desk: Desk, tmp_path: Path) -> None:
    told = text(desk.show("ben", "privacy"))
    assert "formcheck asks provider.example" in told
    assert "no connection to the internet" not in told
    assert "There is no account" not in told
    for words in ("Your account", "Cookies", "30 days", "You see your own sessions"):
        assert words in told
    assert str(tmp_path) not in told  # Nothing of use to somebody elsewhere.
    assert str(tmp_path) in text(desk.show("adam", "privacy"))
