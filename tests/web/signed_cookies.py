"""Cookies as Streamlit makes them when somebody has signed in."""

from __future__ import annotations

from typing import Any

from oidc_provider import CLIENT_ID, COOKIE_SECRET
from streamlit.auth_util import set_cookie_with_chunks
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from formcheck.web.signin.setup import SignIn

ADDRESS = "http://127.0.0.1:8501"
ISSUER = "https://provider.example"


def setup(**changes: Any) -> SignIn:
    """How signing in is set up for an app that only this computer opens."""
    given: dict[str, Any] = {
        "redirect_uri": f"{ADDRESS}/oauth2callback",
        "cookie_secret": COOKIE_SECRET,
        "client_id": CLIENT_ID,
        "client_secret": "secret",
        "server_metadata_url": f"{ISSUER}/.well-known/openid-configuration",
        **changes,
    }
    return SignIn(**given)


def claims(name: str, **more: Any) -> dict[str, Any]:
    """What is in the cookie of somebody who has signed in."""
    return {
        "iss": ISSUER,
        "sub": f"sub-{name}",
        "email": f"{name}@mail.example",
        "email_verified": True,
        "name": name.title(),
        "nonce": f"nonce-{name}",
        "iat": 1_700_000_000,
        "origin": ADDRESS,
        "is_logged_in": True,
        "provider": "default",
        **more,
    }


def subject(name: str) -> str:
    return f"{ISSUER}|sub-{name}"


def cookies(what: dict[str, Any], secret: str = COOKIE_SECRET) -> dict[str, str]:
    """Signed cookies, in pieces when they are long."""
    made: dict[str, str] = {}

    def sign(name: str, value: str) -> bytes:
        return create_signed_value(secret, name, value)

    def put(name: str, value: str) -> None:
        made[name] = sign(name, value).decode()

    set_cookie_with_chunks(put, sign, USER_COOKIE_NAME, what, cookie_attr_size=80)
    return made
