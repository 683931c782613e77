"""The door: what stands before everything while signing in is switched on.

An ASGI layer behind ``Guard``, so that nothing behind it can be forgotten. Somebody who is not
signed in gets the empty shell of the pages (Streamlit's scripts, which show "Sign in") and nothing
else. Everybody else gets what is theirs: of Streamlit's own routes that is looked at here, our own
ask ``viewer_of``.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from formcheck.errors import FormcheckError, LibraryError
from formcheck.web.security import LOCAL_NAMES, Guard
from formcheck.web.signin.access_log import asked_of, tell, where_of, who_is
from formcheck.web.signin.desk import NOBODY, Desk, SignedIn
from formcheck.web.signin.handed_out import holders_of
from formcheck.web.signin.identity import cookie_names, identity_in
from formcheck.web.signin.setup import CALLBACK_PATH
from formcheck.web.signin.viewers import KNOWN

__all__ = ["NOT_WRITTEN", "REFUSED_QUERY", "Door", "layers"]

REFUSED_QUERY = "sign-in"
"""Query parameter that tells the first page why somebody was not let in."""
NOT_WRITTEN = "not-written"

_LOGIN, _LOGOUT = "/auth/login", "/auth/logout"
_STREAM = "/_stcore/stream"
_UPLOADS = "/_stcore/upload_file/"
_MEDIA = "/media/"
_STATIC = "/static/"
_SHELL = re.compile(
    r"/[^/]*"  # A page, or a file of Streamlit's beside it.
    r"|/auth/(login|logout)|/_stcore/(stream|bidi-components/.*)"
    # Opened on a page of its own, Streamlit looks for its server below that page first.
    r"|(/[^/]+)?/_stcore/(health|host-config)"
)
"""What everybody may have: nothing of it is about anybody."""

_LEAVING_S = 2.0
_LEFT = 4401
"""Close code of a socket whose login has ended."""

_ASK = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in – formcheck</title>'
    '<p>This is only for people who are signed in. <a href="/">Sign in</a></p></html>'
)


def layers(desk: Desk) -> list[Middleware]:
    """What stands before the app: names and origins are looked at first, then who it is."""
    setup = desk.setup
    names = LOCAL_NAMES | {setup.host}
    return [
        Middleware(Guard, names=lambda: names, origin=setup.origin),
        Middleware(Door, desk=desk),
    ]


class Door:
    """The middleware.

    Args:
        app: Everything that is behind.
        desk: Knows who is who.
    """

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app = app
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on with who it comes from, or refuses it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith(_STATIC):  # A page loads a hundred of them.
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            who = await asyncio.to_thread(self._who, connection)
        except LibraryError as error:
            await _answer(scope, receive, send, PlainTextResponse(f"{error}\n", 503))
            return
        scope = {**scope, KNOWN: who}
        if self._desk.setup.secure:
            send = _over_tls_only(send)
        if who.viewer == NOBODY and not _SHELL.fullmatch(scope["path"]):
            _refused(connection, who)
            await _answer(scope, receive, send, _asking(connection))
        elif scope["path"] == _STREAM:
            await self._stream(scope, receive, send, who)
        elif scope["path"] == CALLBACK_PATH:
            await self._callback(scope, receive, send, who)
        elif scope["path"] == _LOGOUT:
            await self._logout(scope, receive, send, who)
        elif await self._is_anothers(scope["path"], who):
            _refused(connection, who)
            await _answer(scope, receive, send, PlainTextResponse("There is no such file.\n", 404))
        else:
            await self._app(scope, receive, send)

    def _who(self, connection: HTTPConnection) -> SignedIn:
        return self._desk.who(identity_in(connection.cookies, self._desk.setup))

    async def _is_anothers(self, path: str, who: SignedIn) -> bool:
        """Whether a path of Streamlit's leads to something of somebody else's tab."""
        if path.startswith(_UPLOADS):
            tab = path.removeprefix(_UPLOADS).partition("/")[0]
            return self._desk.account_at(tab) != who.viewer.account
        if path.startswith(_MEDIA):
            tabs = await holders_of(path.removeprefix(_MEDIA))
            return who.viewer.account not in {self._desk.account_at(tab) for tab in tabs}
        return False

    async def _stream(self, scope: Scope, receive: Receive, send: Send, who: SignedIn) -> None:
        """Streamlit's own socket: of a tab that is the visitor's, and for as long as they stay."""
        left = asyncio.Event()
        closed = self._desk.connected(who.login, _from_any_thread(left))
        try:
            await self._app(self._own_tab_only(scope, who), _until(left, receive, send), send)
        finally:
            closed()

    def _own_tab_only(self, scope: Scope, who: SignedIn) -> Scope:
        """Takes away the name of somebody else's tab.

        Streamlit gives a tab with all that is in it to whoever names it, as third "protocol" of
        the socket; without one it begins a new tab.
        """
        connection = HTTPConnection(scope)
        words = connection.headers.get("sec-websocket-protocol", "").split(",")
        tab = words[2].strip() if len(words) > 2 else ""
        if not tab or self._desk.account_at(tab) == who.viewer.account:
            return scope
        if self._desk.account_at(tab) is not None:
            asked = f"a tab of account {self._desk.account_at(tab)}"
            tell("refused", who_is(who.viewer), asked, where_of(connection), refused=True)
        headers = MutableHeaders(raw=list(scope["headers"]))
        headers["sec-websocket-protocol"] = ",".join(words[:2])
        return {**scope, "headers": headers.raw}

    async def _callback(self, scope: Scope, receive: Receive, send: Send, who: SignedIn) -> None:
        """The provider's answer: whoever it names gets an account, or is sent back."""
        connection = HTTPConnection(scope)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._signed_in(connection, MutableHeaders(scope=message), who)
            await send(message)

        await self._app(scope, receive, sending)

    async def _signed_in(
        self, connection: HTTPConnection, headers: MutableHeaders, before: SignedIn
    ) -> None:
        given = _cookies_in(headers)
        identity = identity_in(given, self._desk.setup)
        if identity is None:
            return
        where = where_of(connection)
        try:
            objection = await asyncio.to_thread(self._desk.admit, identity)
        except FormcheckError as error:
            objection = NOT_WRITTEN
            tell("failed", "somebody", f"the way in ({error})", where, refused=True)
        if objection:
            _take_back(headers, given)
            headers["location"] = f"/?{REFUSED_QUERY}={objection}"
            tell("refused", "somebody", f"the way in ({objection})", where, refused=True)
            return
        if before.login != identity.login:
            await asyncio.to_thread(self._desk.sign_out, before.login)
        who = await asyncio.to_thread(self._desk.who, identity)
        tell("signed in", who_is(who.viewer), "the way in", where)

    async def _logout(self, scope: Scope, receive: Receive, send: Send, who: SignedIn) -> None:
        connection = HTTPConnection(scope)
        # Browsers say where a request comes from; links elsewhere sign nobody out.
        if connection.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            _refused(connection, who)
            await _answer(scope, receive, send, PlainTextResponse("Not from there.\n", 403))
            return
        if who.login:
            await asyncio.to_thread(self._desk.sign_out, who.login)
            tell("signed out", who_is(who.viewer), "the way out", where_of(connection))
        await self._app(scope, receive, send)


def _from_any_thread(event: asyncio.Event) -> Any:
    loop = asyncio.get_running_loop()

    def set_it() -> None:
        with suppress(RuntimeError):  # The loop is closed: so is the socket.
            loop.call_soon_threadsafe(event.set)

    return set_it


def _until(event: asyncio.Event, receive: Receive, send: Send) -> Receive:
    """What is received, until the event: then the socket is closed."""

    async def receiving() -> Message:
        message = asyncio.ensure_future(receive())
        over = asyncio.ensure_future(event.wait())
        try:
            await asyncio.wait((message, over), return_when=asyncio.FIRST_COMPLETED)
            if not over.done():
                return message.result()
            # The tab that signed out is on its way to the provider by then, and must not be called
            # back; the others stand there with what was on them.
            await asyncio.wait((message,), timeout=_LEAVING_S)
            if message.done() and message.result()["type"] == "websocket.disconnect":
                return message.result()
        finally:
            message.cancel()
            over.cancel()
        with suppress(Exception):  # It may be gone already.
            await send({"type": "websocket.send", "bytes": _go_home()})
            await send({"type": "websocket.close", "code": _LEFT})
        return {"type": "websocket.disconnect", "code": _LEFT}

    return receiving


def _go_home() -> bytes:
    """Has a tab of Streamlit's load the first page anew, where one signs in."""
    message = ForwardMsg()
    message.auth_redirect.url = "/"
    message.metadata.cacheable = False
    return bytes(message.SerializeToString())


def _refused(connection: HTTPConnection, who: SignedIn) -> None:
    asked, where = asked_of(connection), where_of(connection)
    tell("refused", who_is(who.viewer), asked, where, refused=True)


def _asking(connection: HTTPConnection) -> Response:
    """The answer to somebody who is not signed in: a page leads to where one can be."""
    wants_page = "text/html" in connection.headers.get("accept", "")
    headers = {"Cache-Control": "no-store"}
    if wants_page:
        return HTMLResponse(_ASK, 401, headers)
    return PlainTextResponse("Sign in first.\n", 401, headers)


async def _answer(scope: Scope, receive: Receive, send: Send, response: Response) -> None:
    if scope["type"] == "websocket":
        # Closing before accepting answers HTTP 403.
        await WebSocket(scope, receive, send).close(1008)
        return
    await response(scope, receive, send)


def _cookies_in(headers: MutableHeaders) -> dict[str, str]:
    """The cookies that an answer sets, without those that it deletes."""
    given: dict[str, str] = {}
    for line in headers.getlist("set-cookie"):
        jar: SimpleCookie = SimpleCookie()
        with suppress(CookieError):
            jar.load(line)
        for name, morsel in jar.items():
            if morsel.value and morsel["max-age"] != "0":
                given[name] = morsel.value
            else:
                given.pop(name, None)
    return given


def _take_back(headers: MutableHeaders, given: dict[str, str]) -> None:
    """Takes the cookies that say who somebody is out of an answer."""
    lines = headers.getlist("set-cookie")
    del headers["set-cookie"]
    names = cookie_names(given)
    for line in lines:
        if line.partition("=")[0].strip() not in names:
            headers.append("set-cookie", line)


def _over_tls_only(send: Send) -> Send:
    """Cookies of an app that is reached over TLS never go over anything else."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            lines = headers.getlist("set-cookie")
            if lines:
                del headers["set-cookie"]
            for line in lines:
                secure = any(p.strip().lower() == "secure" for p in line.split(";")[1:])
                headers.append("set-cookie", line if secure else f"{line}; Secure")
        await send(message)

    return sending
