"""How signing in is set up: one TOML file, read and checked before anything starts."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from formcheck.errors import InputError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["CALLBACK_PATH", "LEAST_SECRET", "SignIn", "check_installed", "read_sign_in"]

CALLBACK_PATH = "/oauth2callback"
"""Where Streamlit takes an answer of the provider."""

LEAST_SECRET = 32
"""Letters of the secret that identity cookies are signed with: whoever guesses it is anybody."""

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_WORDS = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
_LISTS = ("admins", "allow")
_TABLE = "client_kwargs"


@dataclass(frozen=True, slots=True)
class SignIn:
    """The set-up of signing in.

    Attributes:
        redirect_uri: The app's address as browsers see it, with :data:`CALLBACK_PATH`.
        cookie_secret: Signs the cookies.
        client_id: What the provider calls this app.
        client_secret: Shows the provider that it is this app that asks.
        server_metadata_url: Where the provider describes itself (OpenID Connect Discovery).
        admins: Who is an admin whatever the library says: e-mail addresses in small letters, which
            count only when the provider says that they are verified, or "issuer|subject".
        allow: Who else may sign in: e-mail addresses, "@domain", or "issuer|subject". Empty:
            whoever the provider lets in.
        client_kwargs: Further parameters for the provider, e.g. ``{"prompt": "login"}``.
    """

    redirect_uri: str
    cookie_secret: str = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)
    server_metadata_url: str
    admins: frozenset[str] = frozenset()
    allow: frozenset[str] = frozenset()
    client_kwargs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """The origin of the app's pages as browsers see it, e.g. ``https://coach.example``."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def host(self) -> str:
        """The name in it, without the port; an IPv6 address in brackets."""
        name = urlsplit(self.redirect_uri).hostname or ""
        return f"[{name}]" if ":" in name else name

    @property
    def secure(self) -> bool:
        """Whether browsers come over TLS."""
        return self.redirect_uri.startswith("https://")

    @property
    def here(self) -> bool:
        """Whether the address is one that only this computer's own browser can open."""
        return self.host.strip("[]") in _LOOPBACK

    def secrets(self) -> dict[str, Any]:
        """The same for ``st.App(secrets=...)``."""
        auth: dict[str, Any] = {name: getattr(self, name) for name in _WORDS}
        if self.client_kwargs:
            auth[_TABLE] = dict(self.client_kwargs)
        return {"auth": auth}


def check_installed() -> None:
    """Whether the libraries that ask a provider are there.

    Raises:
        InputError: they are not.
    """
    try:
        importlib.import_module("authlib.integrations.starlette_client")
    except ImportError:
        raise InputError(
            "signing in needs two more libraries: pip install 'formcheck[sign-in]'"
        ) from None


def read_sign_in(path: Path) -> SignIn:
    """Reads and checks the file; asks nobody for anything.

    Raises:
        InputError: it is not there, or something in it can't be used. The message never quotes a
            secret.
    """
    given = _parsed(path)
    known = {*_WORDS, *_LISTS, _TABLE}
    strange = sorted(set(given) - known)
    if strange:
        raise InputError(
            f"{path} has {strange[0]!r}, which means nothing here; known are "
            f"{', '.join((*_WORDS, *_LISTS, _TABLE))}"
        )
    words = {name: _word(path, given, name) for name in _WORDS}
    _check_redirect(path, words["redirect_uri"])
    _check_secret(path, words["cookie_secret"])
    _check_address(path, "server_metadata_url", words["server_metadata_url"])
    table = given.get(_TABLE, {})
    if not isinstance(table, dict):
        raise InputError(
            f"{_TABLE} in {path} is no table; write e.g. {_TABLE} = {{prompt='login'}}"
        )
    return SignIn(
        **words,
        admins=_names(path, given, "admins"),
        allow=_names(path, given, "allow"),
        client_kwargs=table,
    )


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} is not there; give the file that sets signing in up") from None
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror})") from error
    except ValueError:  # Also of text that is no UTF-8. What is wrong with it may be a secret.
        raise InputError(f"{path} is no TOML file; see docs/sign-in.md for an example") from None


def _word(path: Path, given: Mapping[str, Any], name: str) -> str:
    word = given.get(name)
    if not isinstance(word, str) or not word.strip():
        raise InputError(f"{path} lacks {name}; write {name} = '...' there")
    return word.strip()


def _names(path: Path, given: Mapping[str, Any], name: str) -> frozenset[str]:
    """A list of people; e-mail addresses in small letters, subjects as they are."""
    people = given.get(name, [])
    if not isinstance(people, list) or not all(isinstance(p, str) and p.strip() for p in people):
        raise InputError(
            f"{name} in {path} is no list of names; write {name} = ['anna@mail.example']"
        )
    strange = next((p for p in people if "@" not in p and "|" not in p), None)
    if strange is not None:
        raise InputError(f"{strange!r} in {name} of {path} is no e-mail address")
    return frozenset(p.strip() if "|" in p else p.strip().lower() for p in people)


def _check_redirect(path: Path, address: str) -> None:
    parts = _check_address(path, "redirect_uri", address)
    if parts.path != CALLBACK_PATH or parts.query or parts.fragment:
        raise InputError(
            f"redirect_uri in {path} must end with {CALLBACK_PATH} right after the name"
        )


def _check_address(path: Path, name: str, address: str) -> SplitResult:
    """An address over TLS; without it only to this computer itself."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = SplitResult("", "", "", "", ""), None
    if not host or parts.username is not None or "{" in address:
        raise InputError(f"{name} in {path} is no address; write https://, a name and the path")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise InputError(
            f"{name} in {path} must begin with https://; plain http is for this computer alone"
        )
    return parts


def _check_secret(path: Path, secret: str) -> None:
    if len(secret) < LEAST_SECRET or len(set(secret)) < 10:
        raise InputError(
            f"cookie_secret in {path} can be guessed; write {LEAST_SECRET} random letters or more, "
            "e.g. what python3 -c 'import secrets; print(secrets.token_urlsafe(48))' prints"
        )
