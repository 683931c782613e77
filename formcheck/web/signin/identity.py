"""Who a browser says it is, in Streamlit's signed cookie; nothing is believed unsigned.

``st.login`` ends with a cookie that holds the claims of the provider's ID token and the origin of
the app, signed with the secret of the set-up (``itsdangerous``), in pieces when it is long. It is
looked at here with Streamlit's own functions, so that routes of ours believe what ``st.user`` does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import (
    AUTH_COOKIE_MAX_AGE_SECONDS,
    TOKENS_COOKIE_NAME,
    USER_COOKIE_NAME,
)

from formcheck.web.signin.setup import SignIn

__all__ = ["LASTS_DAYS", "Identity", "cookie_names", "identity_in", "identity_of"]

LASTS_DAYS = AUTH_COOKIE_MAX_AGE_SECONDS / 86400
"""So long somebody stays signed in; Streamlit's own cookie goes after the same time."""

_LONGEST = 255
_LONGEST_SUBJECT = 500


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who signed in with the provider.

    Attributes:
        subject: "issuer|subject": the name that the provider never gives to anybody else.
        email: In small letters; empty when the provider tells none.
        verified: Whether the provider says that the address is theirs; None when it says nothing.
        name: What they are called.
        login: Names this one time of signing in; the same in all tabs of the browser.
    """

    subject: str
    email: str
    verified: bool | None
    name: str
    login: str

    def named_in(self, people: frozenset[str]) -> bool:
        """Whether they are among people, by subject or by an address that is surely theirs."""
        if self.subject in people:
            return True
        domain = self.email.partition("@")[2]
        return bool(self.verified and domain and (self.email in people or f"@{domain}" in people))


def identity_in(cookies: Mapping[str, str], setup: SignIn) -> Identity | None:
    """Who is signed in, or None: no cookie, or one that is expired, forged or of another app.

    Args:
        cookies: Of the request, by name.
        setup: How signing in is set up.
    """

    def one(name: str) -> bytes | None:
        value = cookies.get(name)
        if value is None:
            return None
        try:
            signed = value.encode("latin-1")
        except UnicodeEncodeError:
            return None
        return decode_signed_value(setup.cookie_secret, name, signed, LASTS_DAYS)

    whole = get_cookie_with_chunks(one, USER_COOKIE_NAME)
    try:
        claims = json.loads(whole or b"null")
    except ValueError:
        return None
    if not isinstance(claims, dict) or claims.get("origin") != setup.origin:
        return None
    return identity_of(claims) if claims.get("is_logged_in") is True else None


def identity_of(claims: Mapping[str, Any]) -> Identity | None:
    """Who the claims of an ID token are about; None when they name nobody."""
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not (_is_name(issuer) and _is_name(subject)):
        return None
    whole = f"{issuer}|{subject}"
    if len(whole) > _LONGEST_SUBJECT:
        return None
    email = _text(claims, "email").lower()
    stated = claims.get("email_verified")
    # Some providers write it as a word.
    verified = None if stated is None else str(stated).lower() == "true"
    name = next((n for n in (_text(claims, k) for k in _NAMES) if n), email or "somebody")
    moment = f"{whole}|{claims.get('iat')}|{claims.get('nonce')}"
    return Identity(
        whole,
        email,
        verified,
        name,
        hashlib.sha256(moment.encode()).hexdigest()[:32],
    )


_NAMES = ("name", "preferred_username", "given_name")


def cookie_names(cookies: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the cookies that say who somebody is, with their pieces."""
    return tuple(n for n in cookies if n.startswith((USER_COOKIE_NAME, TOKENS_COOKIE_NAME)))


def _is_name(value: object) -> bool:
    """Whether it can tell two people apart: never shortened, never mended."""
    return isinstance(value, str) and value != "" and value.isprintable()


def _text(claims: Mapping[str, Any], name: str) -> str:
    """A claim as one line of shown text: providers let people write what they like."""
    value = claims.get(name)
    text = value if isinstance(value, str) else ""
    return "".join(c for c in text if c.isprintable())[:_LONGEST].strip()
