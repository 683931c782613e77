"""People at the app who sign in with a provider of the test, without a browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx2 as httpx
import websockets
from joserfc import jwt
from joserfc.jwk import OctKey
from oidc_provider import COOKIE_SECRET, OidcProvider
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect


def provider_token() -> str:
    """What ``st.login`` sends the browser to ``/auth/login`` with."""
    claims = {"provider": "default", "exp": int(time.time()) + 120}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(COOKIE_SECRET))


class Guest:
    """Somebody at the app, with cookies of their own.

    Args:
        address: Of the app, without a path.
        provider: Where they sign in.
    """

    def __init__(self, address: str, provider: OidcProvider) -> None:
        self.address = address
        self._provider = provider
        # No connection outlives its answer, so there is nothing to close.
        once = httpx.Limits(max_keepalive_connections=0)
        self.http = httpx.Client(base_url=address, timeout=30, limits=once)

    def sign_in(self, person: str) -> httpx.Response:
        """The whole way to the provider and back; gives the answer of the app in the end."""
        begun = self.http.get("/auth/login", params={"provider": provider_token()})
        assert begun.status_code == 302, begun.text
        asked = begun.headers["location"]
        assert asked.startswith(self._provider.issuer), asked
        chosen = self.http.get(f"{asked}&as={person}")
        assert chosen.status_code == 302, chosen.text
        back = chosen.headers["location"]
        assert back.startswith(f"{self.address}/oauth2callback?"), back
        return self.http.get(back)

    @staticmethod
    def login_token() -> str:
        """What ``st.login`` sends the browser to ``/auth/login`` with."""
        return provider_token()

    def sign_out(self) -> httpx.Response:
        """Presses "Sign out", as far as the app's answer."""
        return self.http.get("/auth/logout", headers={"sec-fetch-site": "same-origin"})

    def get(self, path: str, **headers: str) -> int:
        """The status of a page or file."""
        return self.http.get(path, headers=headers).status_code

    def post(self, path: str, content: bytes = b"", **headers: str) -> httpx.Response:
        """Sends something as a page of the app does."""
        return self.http.post(path, content=content, headers={"origin": self.address, **headers})

    @property
    def cookie(self) -> str:
        """Its cookies, as a header."""
        return "; ".join(f"{c.name}={c.value}" for c in self.http.cookies.jar)

    def knock(self, path: str, *protocols: str) -> int:
        """How a socket answers; 101 when it opens."""
        try:
            with self.socket(path, *protocols):
                return 101
        except websockets.InvalidStatus as error:
            return error.response.status_code

    @contextmanager
    def socket(self, path: str, *protocols: str) -> Iterator[ClientConnection]:
        """A socket of the app, as a page of it opens it."""
        with connect(
            f"ws://{urlsplit(self.address).netloc}{path}",
            origin=websockets.Origin(self.address),
            subprotocols=[websockets.Subprotocol(word) for word in protocols],
            additional_headers={"Cookie": self.cookie},
            max_size=None,
            open_timeout=20,
        ) as opened:
            yield opened

    def tab(self, page: str = "", existing: str = "") -> Tab:
        """A tab with a page of the app; ``existing`` is the name of a tab to go on with."""
        return Tab(self, page, existing)

    def words(self, page: str = "") -> str:
        """What a page shows."""
        with self.tab(page) as tab:
            return tab.shown


class Tab:
    """Streamlit's socket, with one run of a page's script."""

    def __init__(self, guest: Guest, page: str, existing: str) -> None:
        xsrf = guest.http.get("/_stcore/health")
        assert xsrf.status_code == 200
        token = next(c.value for c in guest.http.cookies.jar if c.name == "_streamlit_xsrf")
        words = ["streamlit", str(token).strip('"'), *([existing] if existing else [])]
        self._way = guest.socket("/_stcore/stream", *words)
        self._page = page
        self.shown = ""
        self.name = ""

    def __enter__(self) -> Tab:
        self._socket = self._way.__enter__()
        self.run(self._page)
        return self

    def __exit__(self, *what: object) -> None:
        self._way.__exit__(None, None, None)

    def run(self, page: str = "", query: str = "") -> None:
        """Runs the script of a page, as opening it or a click in it does."""
        request = BackMsg()
        request.rerun_script.page_name = page
        request.rerun_script.query_string = query
        self._socket.send(request.SerializeToString())
        self.shown = self.until("script_finished")

    def until(self, kind: str, timeout_s: float = 60.0) -> str:
        """Everything up to a message of a kind, as text."""
        told: list[str] = []
        while True:
            message = ForwardMsg()
            message.ParseFromString(self._socket.recv(timeout=timeout_s, decode=False))
            if message.WhichOneof("type") == "new_session":
                self.name = message.new_session.initialize.session_id
            told.append(str(message))
            if message.WhichOneof("type") == kind:
                return "\n".join(told)

    def closed(self, timeout_s: float = 20.0) -> int:
        """Waits until the app closes it; gives the code."""
        try:
            while True:
                self._socket.recv(timeout=timeout_s, decode=False)
        except websockets.ConnectionClosed as end:
            return end.rcvd.code if end.rcvd is not None else 1006


__all__ = ["Guest", "Tab", "provider_token"]
