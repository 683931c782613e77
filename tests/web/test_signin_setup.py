"""The file that sets signing in up, and what ``formcheck app`` makes of it."""

from __future__ import annotations

import logging
import sys
from ipaddress import ip_address
from pathlib import Path

import pytest
from oidc_provider import COOKIE_SECRET
from started_app import free_port

from formcheck.cli import main
from formcheck.errors import InputError
from formcheck.web.serving import listening
from formcheck.web.settings import settings_from
from formcheck.web.signin.identity import Identity
from formcheck.web.signin.setup import SignIn, read_sign_in

REDIRECT = "https://coach.example:8443/oauth2callback"
GOOD = f"""
redirect_uri = "{REDIRECT}"
cookie_secret = "{COOKIE_SECRET}"
client_id = "formcheck"
client_secret = "of the client"
server_metadata_url = "https://id.example/.well-known/openid-configuration"
admins = ["Anna@Mail.Example", "https://id.example|ABC"]
allow = ["@club.example"]
client_kwargs = {{ prompt = "login" }}
"""


def read(folder: Path, text: str) -> SignIn:
    file = folder / "sign-in.toml"
    file.write_text(text)
    return read_sign_in(file)


def test_a_good_file(tmp_path: Path) -> None:
    setup = read(tmp_path, GOOD)
    assert (setup.origin, setup.host) == ("https://coach.example:8443", "coach.example")
    assert setup.secure
    assert not setup.here
    assert setup.admins == {"anna@mail.example", "https://id.example|ABC"}
    assert setup.secrets() == {
        "auth": {
            "redirect_uri": "https://coach.example:8443/oauth2callback",
            "cookie_secret": COOKIE_SECRET,
            "client_id": "formcheck",
            "client_secret": "of the client",
            "server_metadata_url": "https://id.example/.well-known/openid-configuration",
            "client_kwargs": {"prompt": "login"},
        }
    }
    assert COOKIE_SECRET not in repr(setup)
    assert "of the client" not in repr(setup)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("redirect_uri", "redirect_url", "'redirect_url', which means nothing"),
        (REDIRECT, "http://coach.example/oauth2callback", "with https://"),
        (REDIRECT, "https://coach.example/", "redirect_uri"),
        (REDIRECT, "https://coach.example/a/oauth2callback", "redirect_uri"),
        (REDIRECT, "https://coach.example/oauth2callback?x=1", "redirect_uri"),
        (REDIRECT, "https://a:b@coach.example/oauth2callback", "no address"),
        ("https://coach.example:8443", "https://coach.example:port", "no address"),
        (REDIRECT, "coach.example", "no address"),
        ("https://id.example", "http://id.example", "server_metadata_url"),
        (COOKIE_SECRET, "too short", "can be guessed"),
        (COOKIE_SECRET, "x" * 64, "can be guessed"),
        (COOKIE_SECRET, "", "lacks cookie_secret"),
        ('"of the client"', "17", "lacks client_secret"),
        ('client_id = "formcheck"', "", "lacks client_id"),
        ('["@club.example"]', '"@club.example"', "allow in"),
        ('["@club.example"]', '["club.example"]', "no e-mail address"),
        ('["Anna@Mail.Example", "https://id.example|ABC"]', "[1]", "admins in"),
        ('{ prompt = "login" }', '"login"', "client_kwargs in"),
        ("client_id", "client_id =", "no TOML file"),
    ],
)  # fmt: skip
def test_what_can_not_be_used_is_told_in_one_sentence(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    assert before in GOOD
    with pytest.raises(InputError) as told:
        read(tmp_path, GOOD.replace(before, after))
    assert said in str(told.value)
    assert "sign-in.toml" in str(told.value)
    assert COOKIE_SECRET not in str(told.value)
    assert "of the client" not in str(told.value)


def test_plain_http_is_for_this_computer_alone(tmp_path: Path) -> None:
    here = GOOD.replace("https://coach.example:8443", "http://localhost:8501")
    setup = read(tmp_path, here.replace("https://id.example/", "http://127.0.0.1:9/"))
    assert setup.here
    assert not setup.secure


def test_the_environment_names_the_file(tmp_path: Path) -> None:
    setup = read(tmp_path, GOOD)
    assert settings_from({}).sign_in is None
    assert settings_from({"FORMCHECK_SIGN_IN": str(tmp_path / "sign-in.toml")}).sign_in == setup
    with pytest.raises(InputError, match="is not there"):
        settings_from({"FORMCHECK_SIGN_IN": str(tmp_path / "none.toml")})


@pytest.fixture
def file(tmp_path: Path) -> str:
    read(tmp_path, GOOD)
    return str(tmp_path / "sign-in.toml")


def refused(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert main(["app", "--no-browser", *options]) == 2
    told = capsys.readouterr().err.strip()
    assert len(told.splitlines()) == 1
    return told


def test_the_two_ways_to_let_others_in_are_not_mixed(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Give one of the two" in refused(capsys, "--sign-in", file, "--lan")


def test_beyond_this_computer_only_with_signing_in_and_tls(
    tmp_path: Path, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--sign-in" in refused(capsys, "--host", "0.0.0.0")
    assert "no address" in refused(capsys, "--host", "everywhere", "--sign-in", file)
    read(tmp_path, GOOD.replace("https://coach.example:8443", "http://localhost:8501"))
    assert "https://" in refused(capsys, "--host", "0.0.0.0", "--sign-in", file)


def test_it_listens_at_the_address_that_it_is_given() -> None:
    for address in ("127.0.0.1", "127.0.0.2", "::1"):
        with listening(free_port(), host=ip_address(address)) as socket:
            assert socket.getsockname()[0] == address
    # An address for documents, which no computer has.
    with pytest.raises(InputError, match="--host"):
        listening(free_port(), host=ip_address("203.0.113.7"))


def test_a_file_that_is_wrong_ends_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "is not there" in refused(capsys, "--sign-in", str(tmp_path / "none.toml"))


def test_without_its_libraries_it_says_what_to_install(
    file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "authlib.integrations.starlette_client", None)
    assert "pip install 'formcheck[sign-in]'" in refused(capsys, "--sign-in", file)


@pytest.mark.parametrize(
    ("verified", "email", "among"),
    [
        (True, "anna@mail.example", True),
        (None, "anna@mail.example", False),
        (False, "anna@mail.example", False),
        (True, "anna@mail.example.evil.example", False),
        (True, "ben@club.example", True),
        (True, "ben@sub.club.example", False),
        (True, "", False),
    ],
)
def test_an_address_counts_only_when_it_is_surely_theirs(
    verified: bool | None, email: str, among: bool
) -> None:
    people = frozenset({"anna@mail.example", "@club.example"})
    assert Identity("iss|sub", email, verified, "Anna", "login").named_in(people) == among
    assert Identity("iss|sub", email, verified, "Anna", "login").named_in(frozenset({"iss|sub"}))


def test_the_log_has_a_line_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    from formcheck.web.signin.access_log import ACCESS, tell, write_down

    try:
        write_down(sys.stderr)
        tell("refused", "nobody", "GET /media/x", "127.0.0.1", refused=True)
        told = capsys.readouterr().err
    finally:
        ACCESS.handlers.clear()
        ACCESS.propagate = True
        ACCESS.setLevel(logging.NOTSET)
    time, _, rest = told.partition(" ")
    assert len(time) == len("2026-01-01T00:00:00Z")
    assert rest == "formcheck.access refused: nobody; asked for GET /media/x; from 127.0.0.1\n"
