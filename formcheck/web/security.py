"""Who may talk to the app, and what a page of it may do: an ASGI middleware around everything.

Our own routes stand beside Streamlit's and get none of its checks, so they are made here for all:

- The Host header must name this app. A page of another site can point a name of its own at
  127.0.0.1 (DNS rebinding) and would otherwise count as the same origin.
- A request that changes something, and a WebSocket, must come from a page of this app (Origin).
- A content security policy keeps every page from asking any other address for anything.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["LOCAL_NAMES", "Guard", "same_origin"]

LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

_REFUSED = (
    "This address can't be used to reach formcheck. Open it at the address that it printed when it "
    "was started.\n"
)

POLICY = "; ".join(
    (
        "default-src 'self'",
        # Streamlit's own bundle and the components' modules need these two.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "frame-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), screen-wake-lock=(self)",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def same_origin(headers: Headers) -> bool:
    """Whether a request comes from a page of the very address that it is sent to.

    Browsers send Origin with every WebSocket and every request that changes something; a client
    that leaves it out is no browser that was tricked, and is refused all the same.
    """
    origin, host = headers.get("origin", ""), headers.get("host", "")
    return bool(host) and urlsplit(origin).netloc.lower() == host.lower()


class Guard:
    """The middleware.

    Args:
        app: What is guarded.
        names: Gives the host names, without port, under which the app may be reached.
        origin: Of its pages as browsers see them, when something stands before the app that speaks
            TLS with them. It is taken from the settings: what a request says of a proxy
            (``X-Forwarded-Proto``), anybody could say.
    """

    def __init__(
        self,
        app: ASGIApp,
        names: Callable[[], frozenset[str]] = lambda: LOCAL_NAMES,
        origin: str = "",
    ) -> None:
        self._app = app
        self._names = names
        self._origin = origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or refuses it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not self._allowed(scope, headers):
            await _refuse(scope, receive, send)
            return
        await self._app(scope, receive, _with_headers(send))

    def _allowed(self, scope: Scope, headers: Headers) -> bool:
        if _name_of(headers.get("host", "")) not in self._names():
            return False
        changes = scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS
        return not changes or (same_origin(headers) and self._same_scheme(scope, headers))

    def _same_scheme(self, scope: Scope, headers: Headers) -> bool:
        """Whether the page came the same way: others may answer plain ``http`` in our name."""
        known = urlsplit(self._origin)
        if self._origin and headers.get("host", "").lower() == known.netloc.lower():
            secure = known.scheme == "https"
        else:
            secure = scope.get("scheme") in ("https", "wss")
        return urlsplit(headers.get("origin", "")).scheme == ("https" if secure else "http")


def _name_of(host: str) -> str:
    """The name in a Host header, without its port; IPv6 addresses keep their brackets."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].lower()


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        # Closing before accepting answers HTTP 403.
        await send({"type": "websocket.close", "code": 1008})
        return
    await PlainTextResponse(_REFUSED, 403)(scope, receive, send)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                # What a page says of itself is stricter.
                headers.setdefault(name, value)
        await send(message)

    return sending
