"""A small OpenID Connect provider on this machine, as strict as a real one where it matters.

Discovery, authorization code flow with PKCE (S256), ID tokens signed with RS256, JWKS, userinfo,
and RP-initiated logout. Whoever comes to its page chooses who they are.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID = "formcheck-tests"
CLIENT_SECRET = "only-for-tests"
CODE_S = 60.0
TOKEN_S = 3600


@dataclass
class _Asked:
    """What an authorization code stands for."""

    person: str
    redirect_uri: str
    nonce: str
    challenge: str
    until_s: float


@dataclass
class OidcProvider:
    """Runs while it is entered.

    Attributes:
        people: Key → claims beside ``sub``; a person may be added while it runs.
        asked: Paths that were asked for.
        problems: What an app did wrong, in words.
    """

    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._codes: dict[str, _Asked] = {}
        self._tokens: dict[str, str] = {}
        self._key = RSAKey.generate_key(2048, {"kid": "test", "use": "sig", "alg": "RS256"})
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider._answer(self, "GET")

            def do_POST(self) -> None:
                provider._answer(self, "POST")

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def issuer(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def metadata_url(self) -> str:
        """Where it describes itself."""
        return f"{self.issuer}/.well-known/openid-configuration"

    def subject(self, person: str) -> str:
        """How formcheck names somebody: "issuer|subject"."""
        return f"{self.issuer}|sub-{person}"

    def setup(self, port: int, **more: Any) -> str:
        """The file that sets signing in up for an app at a port, as TOML."""
        given: dict[str, Any] = {
            "redirect_uri": f"http://127.0.0.1:{port}/oauth2callback",
            "cookie_secret": COOKIE_SECRET,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "server_metadata_url": self.metadata_url,
            **more,
        }
        return "\n".join(f"{key} = {json.dumps(value)}" for key, value in given.items())

    def __enter__(self) -> OidcProvider:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # -- what it answers -------------------------------------------------------------------------

    def _answer(self, request: BaseHTTPRequestHandler, method: str) -> None:
        parts = urlsplit(request.path)
        given = {k: v[0] for k, v in parse_qs(parts.query).items()}
        if method == "POST":
            body = request.rfile.read(int(request.headers.get("content-length", "0")))
            given |= {k: v[0] for k, v in parse_qs(body.decode()).items()}
        self.asked.append(f"{method} {parts.path}")
        answers = {
            "GET /.well-known/openid-configuration": self._describe,
            "GET /authorize": self._authorize,
            "POST /token": self._token,
            "GET /jwks": lambda *_: _json({"keys": [self._key.as_dict(private=False)]}),
            "GET /userinfo": self._userinfo,
            "GET /logout": self._logout,
        }
        answer = answers.get(f"{method} {parts.path}", lambda *_: (404, {}, b"nothing here"))
        status, headers, content = answer(given, request.headers)
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("content-length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def _describe(self, *_: object) -> Answer:
        return _json(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "end_session_endpoint": f"{self.issuer}/logout",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": ["openid", "email", "profile"],
            }
        )

    def _authorize(self, given: Mapping[str, str], _: object) -> Answer:
        wanted = {"response_type": "code", "client_id": CLIENT_ID, "code_challenge_method": "S256"}
        wrong = [k for k, v in wanted.items() if given.get(k) != v]
        wrong += [k for k in ("state", "nonce", "code_challenge") if not given.get(k)]
        if wrong:
            return self._object(f"authorize: {wrong}")
        person = given.get("as")
        if person not in self.people:
            return self._choose(given)
        code = secrets.token_urlsafe(16)
        self._codes[code] = _Asked(
            str(person),
            given["redirect_uri"],
            given["nonce"],
            given["code_challenge"],
            time.monotonic() + CODE_S,
        )
        back = urlencode({"code": code, "state": given["state"]})
        return 302, {"location": f"{given['redirect_uri']}?{back}"}, b""

    def _choose(self, given: Mapping[str, str]) -> Answer:
        query = html.escape(urlencode(dict(given)))
        links = "".join(
            f'<p><a href="/authorize?{query}&amp;as={quote(key)}">{html.escape(key)}</a></p>'
            for key in self.people
        )
        page = f'<!doctype html><html lang="en"><title>Who are you?</title>{links}</html>'
        return 200, {"content-type": "text/html; charset=utf-8"}, page.encode()

    def _token(self, given: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if headers.get("authorization") != f"Basic {basic}":
            return self._object("token: another client")
        asked = self._codes.pop(given.get("code", ""), None)
        if asked is None or asked.until_s < time.monotonic():
            return self._object("token: a code that was used or is too old")
        verifier = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if challenge != asked.challenge or given.get("redirect_uri") != asked.redirect_uri:
            return self._object("token: not who asked")
        access = secrets.token_urlsafe(16)
        self._tokens[access] = asked.person
        now_s = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now_s,
            "exp": now_s + TOKEN_S,
            "nonce": asked.nonce,
            **self._claims(asked.person),
        }
        id_token = jwt.encode({"alg": "RS256", "kid": "test"}, claims, self._key)
        return _json(
            {
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": TOKEN_S,
                "id_token": id_token,
            }
        )

    def _userinfo(self, _: object, headers: Mapping[str, str]) -> Answer:
        person = self._tokens.get(headers.get("authorization", "").removeprefix("Bearer "))
        return self._object("userinfo: no token") if person is None else _json(self._claims(person))

    def _logout(self, given: Mapping[str, str], _: object) -> Answer:
        back = given.get("post_logout_redirect_uri", "")
        if given.get("client_id") != CLIENT_ID or not back.endswith("/oauth2callback"):
            return self._object("logout: from elsewhere")
        return 302, {"location": back}, b""

    def _claims(self, person: str) -> dict[str, Any]:
        return {"sub": f"sub-{person}", **self.people[person]}

    def _object(self, problem: str) -> Answer:
        self.problems.append(problem)
        return _json({"error": "invalid_request", "error_description": problem}, 400)


Answer = tuple[int, dict[str, str], bytes]
COOKIE_SECRET = "gnEbK0m4vJ2dY8sLQz7RfWx1tUoPiHc5A3"


def _json(what: object, status: int = 200) -> Answer:
    return status, {"content-type": "application/json"}, json.dumps(what).encode()


def person(name: str, *, verified: bool | None = True, **more: Any) -> dict[str, Any]:
    """The claims of somebody with an address at mail.example."""
    claims: dict[str, Any] = {"name": name, "email": f"{name.lower()}@mail.example", **more}
    return claims if verified is None else {**claims, "email_verified": verified}
