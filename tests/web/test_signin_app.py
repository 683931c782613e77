"""The app as a process, a provider beside it, and people who sign in: the whole way, no browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import presentation_samples as samples
import pytest
from oidc_provider import OidcProvider, person
from signed_in import Guest
from started_app import StartedApp, free_port

from formcheck.archive.access import Role
from formcheck.archive.store import Library, library_in

ASKS = "Whoever uses this formcheck signs in"
BEGAN = datetime(2026, 3, 2, 9, 30, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    people = {name.lower(): person(name) for name in ("Anna", "Ben", "Cora", "Adam")}
    people["una"] = person("Una", verified=False)
    people["tom"] = {**person("Tom"), "email": "tom@elsewhere.example"}
    people["max"] = person('Max "<b>Bold</b>" [x](y)')
    people["max"]["email"] = "max@mail.example"
    with OidcProvider(people) as running:
        yield running
    assert running.problems == []


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, provider: OidcProvider) -> Iterator[StartedApp]:
    folder = tmp_path_factory.mktemp("signin")
    port = free_port()
    file = folder / "sign-in.toml"
    file.write_text(provider.setup(port, admins=["adam@mail.example"], allow=["@mail.example"]))
    with StartedApp(folder, "--sign-in", str(file), port=port) as started:
        assert provider.asked == []  # Nobody is asked for anything before somebody signs in.
        yield started
        assert started.stop() == 0, started.printed
        assert "Traceback" not in started.printed


@pytest.fixture
def guest(app: StartedApp, provider: OidcProvider) -> Guest:
    return Guest(app.address, provider)


def signed_in(app: StartedApp, provider: OidcProvider, name: str) -> Guest:
    made = Guest(app.address, provider)
    answer = made.sign_in(name)
    assert (answer.status_code, answer.headers["location"]) == (302, "/")
    return made


@pytest.fixture
def library(app: StartedApp) -> Library:
    return library_in(app.home)


def number_of(library: Library, provider: OidcProvider, name: str) -> int:
    account = library.account_of(provider.subject(name))
    assert account is not None
    return account.number


# -- coming in -----------------------------------------------------------------------------------


def test_it_says_where_it_runs_and_who_may_open_it(app: StartedApp) -> None:
    assert app.printed.splitlines()[:2] == [
        f"formcheck runs at {app.address} (here: port {app.port})",
        "Only this computer can open it, and whoever does so signs in first. To stop it, press "
        "Ctrl-C here.",
    ]


@pytest.mark.parametrize("page", ["", "live", "video", "exercises", "progress", "privacy"])
def test_every_page_asks_to_sign_in_first(app: StartedApp, guest: Guest, page: str) -> None:
    assert guest.get(f"/{page}") == 200  # An empty shell, the same for every page.
    words = guest.words(page)
    assert ASKS in words
    assert "Signed in as" not in words
    assert str(app.home) not in words
    assert words.count("button {") == 1


def test_everything_else_is_closed(guest: Guest) -> None:
    for path in (
        "/formcheck/voice/hold-starts-now.wav",
        "/formcheck/review/1/",
        "/formcheck/results/any/report.html",
        "/formcheck/upload",
        "/media/0123456789abcdef.csv",
        "/_stcore/metrics",
        "/_stcore/upload_file/a/b",
        "/component/x/y",
        "/app/static/x",
    ):
        assert guest.get(path) == 401, path
    answer = guest.http.get("/formcheck/review/1/", headers={"accept": "text/html"})
    assert '<a href="/">Sign in</a>' in answer.text
    assert guest.knock("/formcheck/live", "formcheck.live.1", "ticket.any") == 403


def test_somebody_signs_in_and_out(
    app: StartedApp, provider: OidcProvider, library: Library
) -> None:
    anna = signed_in(app, provider, "anna")
    words = anna.words("progress")
    assert "Signed in as <strong>Anna</strong></span>" in words
    assert ASKS not in words
    assert anna.get("/formcheck/voice/hold-starts-now.wav") == 200
    account = library.account_of(provider.subject("anna"))
    assert account is not None
    assert (account.name, account.email, account.role) == ("Anna", "anna@mail.example", Role.OWNER)
    answer = anna.sign_out()
    assert answer.headers["location"].startswith(f"{provider.issuer}/logout?")
    assert anna.http.get(answer.headers["location"]).headers["location"].startswith(app.address)
    assert ASKS in anna.words("progress")
    who = f"account {account.number} (owner)"
    assert f"formcheck.access signed in: {who}; asked for the way in; from 127.0.0.1" in app.printed
    assert f"formcheck.access signed out: {who}" in app.printed


def test_a_name_is_shown_as_it_is(app: StartedApp, provider: OidcProvider) -> None:
    words = signed_in(app, provider, "max").words()
    assert "<b>Bold" not in words
    assert "&lt;b&gt;Bold" in words


@pytest.mark.parametrize(
    ("name", "why", "said"),
    [
        ("una", "unverified", "is not confirmed with the provider"),
        ("tom", "not-allowed", "is not open to that account"),
    ],
)
def test_whoever_may_not_come_in_is_told_why(
    app: StartedApp,
    provider: OidcProvider,
    library: Library,
    guest: Guest,
    name: str,
    why: str,
    said: str,
) -> None:
    answer = guest.sign_in(name)
    assert answer.headers["location"] == f"/?sign-in={why}"
    assert "_streamlit_user" not in guest.cookie
    assert guest.get("/formcheck/voice/hold-starts-now.wav") == 401
    assert library.account_of(provider.subject(name)) is None
    assert f"refused: somebody; asked for the way in ({why})" in app.printed
    with guest.tab() as tab:
        tab.run(query=f"sign-in={why}")
        assert said in tab.shown


# -- what is whose -------------------------------------------------------------------------------


def test_a_page_shows_ones_own_sessions(
    app: StartedApp, provider: OidcProvider, library: Library
) -> None:
    anna, ben = signed_in(app, provider, "anna"), signed_in(app, provider, "ben")
    account = library.account_of(provider.subject("anna"))
    assert account is not None
    library.add(samples.REPORT, samples.EXERCISE, BEGAN, "live", viewer=account.viewer)
    assert "2026" in anna.words("progress")
    assert "2026" not in ben.words("progress")


def test_a_session_is_reached_by_its_number_by_those_who_may_see_it(
    app: StartedApp, provider: OidcProvider, library: Library
) -> None:
    """Somebody, somebody else, their coach, an admin and nobody ask for the same session."""
    guests = {name: signed_in(app, provider, name) for name in ("anna", "ben", "cora", "adam")}
    anna, coach = (library.account_of(provider.subject(name)) for name in ("anna", "cora"))
    assert anna is not None
    assert coach is not None
    number = library.add(samples.REPORT, samples.EXERCISE, BEGAN, "live", viewer=anna.viewer)
    address = f"/formcheck/review/{number}/page.json"

    def see_it() -> set[str]:
        # Of this session only numbers were kept, which is told to whoever may see it.
        told = {name: guest.http.get(address) for name, guest in guests.items()}
        assert {answer.status_code for answer in told.values()} == {404}
        return {name for name, answer in told.items() if "only numbers were kept" in answer.text}

    assert see_it() == {"anna", "adam"}
    library.set_role(coach.number, Role.COACH)
    assert see_it() == {"anna", "adam"}
    person = library.add_person("Anna A.")
    library.link_account(person, anna.number)
    library.assign_coach(person, coach.number)
    assert see_it() == {"anna", "cora", "adam"}
    library.set_role(coach.number, Role.OWNER)
    assert see_it() == {"anna", "adam"}
    assert Guest(app.address, provider).get(address) == 401
    ben = number_of(library, provider, "ben")
    line = f"refused: account {ben} (owner); asked for GET {address}; from 127.0.0.1"
    assert line in app.printed
    assert f"refused: nobody; asked for GET {address}; from 127.0.0.1" in app.printed


def test_the_page_of_roles_is_for_admins(
    app: StartedApp, provider: OidcProvider, library: Library
) -> None:
    ben = signed_in(app, provider, "ben")
    adam = signed_in(app, provider, "adam")
    assert "People and roles" not in ben.words("accounts")
    words = adam.words("accounts")
    assert "Signed in as <strong>Adam</strong> (admin)" in words
    assert "ben@mail.example" in words
    # By the file and not by the library; there a coach, so that people can be given to him.
    account = library.account_of(provider.subject("adam"))
    assert account is not None
    assert account.role is Role.COACH
    library.set_role(number_of(library, provider, "ben"), Role.ADMIN)
    assert "People and roles" in ben.words("accounts")
    library.set_role(number_of(library, provider, "ben"), Role.OWNER)
    assert "People and roles" not in ben.words("accounts")


def test_a_file_that_streamlit_hands_out_is_for_whoever_it_was_handed_to(
    app: StartedApp, provider: OidcProvider, library: Library
) -> None:
    anna, ben = signed_in(app, provider, "anna"), signed_in(app, provider, "ben")
    account = library.account_of(provider.subject("anna"))
    assert account is not None
    library.add(samples.REPORT, samples.EXERCISE, BEGAN, "live", viewer=account.viewer)
    with anna.tab("progress") as tab:
        found = re.search(r"/media/[\w.]+", tab.shown)
        if found is None:
            pytest.skip("no page hands a file out in this way any more")
        address = found[0]
        assert anna.get(address) == 200
        assert ben.get(address) == 404
        assert Guest(app.address, provider).get(address) == 401
    assert f"asked for GET /media/{address.split('/')[2][:4]}…" in app.printed
    assert address not in app.printed


def test_somebody_elses_tab_is_not_taken_over(
    app: StartedApp, provider: OidcProvider, guest: Guest
) -> None:
    anna, ben = signed_in(app, provider, "anna"), signed_in(app, provider, "ben")
    with anna.tab("progress") as tab:
        name = tab.name
    for other in (ben, guest):
        with other.tab("progress", existing=name) as taken:
            assert taken.name != name
            assert "Anna" not in taken.shown
    with anna.tab("progress", existing=name) as again:
        assert again.name == name
    assert "asked for a tab of account" in app.printed


def test_a_tab_of_nobody_does_not_become_that_of_whoever_signs_in(
    app: StartedApp, provider: OidcProvider, guest: Guest
) -> None:
    with guest.tab() as tab:
        name = tab.name
    guest.sign_in("anna")
    with guest.tab("progress", existing=name) as again:
        assert again.name != name
        assert "Signed in as" in again.shown


# -- going ---------------------------------------------------------------------------------------


def test_signing_out_closes_the_other_tabs_and_ends_the_cookie(
    app: StartedApp, provider: OidcProvider
) -> None:
    anna = signed_in(app, provider, "anna")
    elsewhere = signed_in(app, provider, "anna")
    copied = anna.cookie
    with anna.tab("progress") as tab, elsewhere.tab("progress") as other:
        anna.sign_out()
        assert tab.closed() == 4401
        other.run("progress")
        assert "Signed in as" in other.shown
    voice = "/formcheck/voice/hold-starts-now.wav"
    thief = Guest(app.address, provider)
    assert thief.get(voice, cookie=copied) == 401
    assert elsewhere.get(voice) == 200


def test_a_deleted_account_is_out_and_comes_back_as_a_new_one(
    app: StartedApp, provider: OidcProvider, library: Library
) -> None:
    cora = signed_in(app, provider, "cora")
    before = number_of(library, provider, "cora")
    with cora.tab("progress") as tab:
        library.delete_account(before)
        tab.run("progress")
        assert ASKS in tab.shown
    assert cora.get("/formcheck/voice/hold-starts-now.wav") == 401
    assert library.account_of(provider.subject("cora")) is None
    again = signed_in(app, provider, "cora")
    assert number_of(library, provider, "cora") != before
    assert "Signed in as" in again.words()


def test_signing_in_as_somebody_else_ends_the_first_login(
    app: StartedApp, provider: OidcProvider
) -> None:
    shared = signed_in(app, provider, "anna")
    copied = shared.cookie
    shared.sign_in("ben")
    assert "<strong>Ben</strong>" in shared.words()
    voice = "/formcheck/voice/hold-starts-now.wav"
    assert Guest(app.address, provider).get(voice, cookie=copied) == 401


# -- by tricks -----------------------------------------------------------------------------------


def test_a_link_elsewhere_signs_nobody_out(app: StartedApp, provider: OidcProvider) -> None:
    anna = signed_in(app, provider, "anna")
    for site in ("cross-site", "same-site"):
        assert anna.get("/auth/logout", **{"sec-fetch-site": site}) == 403
    assert anna.get("/formcheck/voice/hold-starts-now.wav") == 200


def test_an_answer_of_the_provider_is_good_for_the_browser_that_asked_and_once(
    app: StartedApp, provider: OidcProvider
) -> None:
    """Somebody sends a link that would sign their victim in as themselves."""
    attacker, victim = Guest(app.address, provider), Guest(app.address, provider)
    begun = attacker.http.get("/auth/login", params={"provider": attacker.login_token()})
    chosen = attacker.http.get(f"{begun.headers['location']}&as=ben")
    link = chosen.headers["location"]
    victim.http.get(link)
    assert "_streamlit_user" not in victim.cookie
    attacker.http.get(link)
    assert "_streamlit_user" in attacker.cookie
    attacker.http.cookies.clear()
    attacker.http.get(link)
    assert "_streamlit_user" not in attacker.cookie


def test_a_login_begins_only_with_a_word_of_the_app(guest: Guest) -> None:
    for word in ("", "default", "x.y.z"):
        answer = guest.http.get("/auth/login", params={"provider": word})
        assert answer.headers["location"] == "/"


def test_the_log_gives_no_word_away_that_opens_a_door(
    app: StartedApp, provider: OidcProvider
) -> None:
    anna = signed_in(app, provider, "anna")
    cookie = next(c.value for c in anna.http.cookies.jar if c.name == "_streamlit_user")
    token = "A" * 24
    anna.get(f"/formcheck/results/{token}/report.html")
    Guest(app.address, provider).get(f"/formcheck/results/{token}/report.html?download=secret")
    assert "/formcheck/results/AAAA…/report.html; from 127.0.0.1" in app.printed
    for word in (token, str(cookie), "secret", "anna@mail.example"):
        assert word not in app.printed
    forged = "1.2.3.4\\r\\n2026 formcheck.access signed in: account 1"
    Guest(app.address, provider).get("/media/x", **{"x-forwarded-for": forged})
    lines = [line for line in app.printed.splitlines() if "1.2.3.4" in line]
    assert len(lines) == 1
    assert "from 127.0.0.1 (forwarded for '1.2.3.4" in lines[0]


def test_whoever_runs_it_chose_where_cookies_come_from(
    tmp_path: Path, provider: OidcProvider
) -> None:
    """Another app of the same provider and name: its cookies are worth nothing here."""
    port = free_port()
    file = tmp_path / "sign-in.toml"
    file.write_text(provider.setup(port, cookie_secret="zyxwvutsrqponmlkjihgfedcba9876543210"))
    with StartedApp(tmp_path, "--sign-in", str(file), port=port) as other:
        guest = Guest(other.address, provider)
        assert guest.get("/auth/login?provider=" + guest.login_token()) == 302
        assert (
            guest.http.get("/auth/login?provider=" + guest.login_token()).headers["location"] == "/"
        )
        assert other.stop() == 0
