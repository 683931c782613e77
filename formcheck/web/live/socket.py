"""The WebSocket of the live page: pictures in, moments out."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketState

from formcheck.web.live.answers import LONGEST_S
from formcheck.web.live.connection import Connection
from formcheck.web.live.hall import GRACE_S, Hall, Seat
from formcheck.web.live.moments import refused, welcome
from formcheck.web.live.pictures import unpack
from formcheck.web.live.refusals import (
    FLOOD,
    NOT_A_PICTURE,
    NOT_YOURS,
    SILENT,
    TICKET,
    Refusal,
    RefusedError,
)
from formcheck.web.live.session import LiveSession
from formcheck.web.security import same_origin
from formcheck.web.signin import refuse, viewer_of

__all__ = ["SOCKET_PATH", "socket_routes"]

SOCKET_PATH = "/formcheck/live"
PROTOCOL = "formcheck.live.1"

SILENCE_S = 10.0
"""A page says that it is alive every 2 s, also when its camera gives no pictures."""

STILL_S = 300.0
"""A page without any picture holds a place that somebody else could use."""

MOST_PER_S = 120.0
"""Messages; cameras give 60 pictures a second at most, and two in flight make it fewer."""
BURST = 240.0

LEFT_ON_PURPOSE = (1000, 1001)
"""Close codes of a page that was closed or left: nobody will come back."""


class _Pace:
    """A bucket of tokens: how many messages came lately."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tokens = BURST
        self._since_s = clock()

    def check(self) -> None:
        """Counts one message.

        Raises:
            RefusedError: it is one too many.
        """
        now_s = self._clock()
        self._tokens = min(BURST, self._tokens + (now_s - self._since_s) * MOST_PER_S)
        self._since_s = now_s
        if self._tokens < 1.0:
            raise RefusedError(FLOOD)
        self._tokens -= 1.0


def socket_routes(hall: Callable[[], Hall]) -> list[BaseRoute]:
    """The route of the live socket.

    Args:
        hall: Gives the hall of sessions.
    """

    async def live(websocket: WebSocket) -> None:
        await _Visitor(websocket, hall()).serve()

    return [WebSocketRoute(SOCKET_PATH, live)]


class _Visitor:
    """One connection, from knocking to leaving."""

    def __init__(self, websocket: WebSocket, hall: Hall) -> None:
        self._socket = websocket
        self._hall = hall
        self._left_on_purpose = False
        self._key = ""

    async def serve(self) -> None:
        """Serves the connection until it ends."""
        if not same_origin(self._socket.headers):
            await self._socket.close()  # Before it is accepted: HTTP 403.
            return
        offered = self._socket.scope.get("subprotocols", [])
        if PROTOCOL not in offered:
            await self._socket.close()
            return
        await self._socket.accept(subprotocol=PROTOCOL)
        connection = Connection()
        try:
            seat = self._let_in(offered, connection)
        except RefusedError as error:
            if error.refusal is NOT_YOURS:
                refuse(self._socket, "a live session of somebody else")
            await self._turn_away(error.refusal)
            return
        await self._converse(seat, connection)

    def _let_in(self, offered: list[str], connection: Connection) -> Seat:
        words = next((word for word in offered if word != PROTOCOL), "")
        kind, _, secret = words.partition(".")
        if kind == "ticket":
            seat = self._hall.start(secret, connection, viewer_of(self._socket))
        elif kind == "resume":
            seat = self._hall.resume(secret, connection, viewer_of(self._socket))
            self._key = secret
        else:
            raise RefusedError(TICKET)
        connection.tell(welcome(self._hall.key_for(seat), resumed=kind == "resume"))
        return seat

    async def _converse(self, seat: Seat, connection: Connection) -> None:
        """Sends and receives until either side ends it."""
        sending = asyncio.create_task(self._send(connection))
        receiving = asyncio.create_task(self._receive(seat))
        try:
            await asyncio.wait((sending, receiving), return_when=asyncio.FIRST_COMPLETED)
            refusal = _refusal_of(receiving)
            if refusal is SILENT:
                # The line may be dead and come back: the session waits as after any cut.
                await self._hang_up(refusal.close_code)
            elif refusal is not None:
                _stop(seat, refusal.text)
                await self._turn_away(refusal)
            elif sending.done():
                await self._hang_up(1000)
        finally:
            for task in (sending, receiving):
                task.cancel()
            try:
                await asyncio.wait((sending, receiving))
            finally:  # Also when the server cuts this wait short: nobody would free the seat.
                for task in (sending, receiving):
                    _error_of(task)
                self._leave(seat, connection)

    async def _send(self, connection: Connection) -> None:
        while (message := await connection.next()) is not None:
            await self._socket.send_text(message)

    async def _receive(self, seat: Seat) -> None:
        pace, began_s = _Pace(), time.monotonic()
        pictured_s = began_s
        while True:
            try:
                message = await asyncio.wait_for(self._socket.receive(), SILENCE_S)
            except asyncio.TimeoutError:
                raise RefusedError(SILENT) from None
            if message["type"] == "websocket.disconnect":
                self._left_on_purpose = message.get("code") in LEFT_ON_PURPOSE
                return
            pace.check()
            seat.heard = True
            if self._key:
                self._hall.spend(self._key)  # The page has the next one.
                self._key = ""
            picture, text = message.get("bytes"), message.get("text")
            session = seat.session
            if session is not None:
                _watch_time(session, time.monotonic() - began_s, time.monotonic() - pictured_s)
            if picture is not None:
                pictured_s = time.monotonic()
                if session is not None:
                    session.put(unpack(picture))
            elif _asks_to_stop(text or "") and session is not None:
                session.stop("stopped")

    def _leave(self, seat: Seat, connection: Connection) -> None:
        """The connection is over: its session waits for another one, or ends."""
        if not seat.rise(connection):
            return
        if self._left_on_purpose:
            _stop(seat)
            return

        sittings = seat.sittings

        def give_up() -> None:
            # A connection that came meanwhile, and was cut as well, has a time of its own.
            if seat.empty and seat.sittings == sittings:
                _stop(seat)

        asyncio.get_running_loop().call_later(GRACE_S, give_up)

    async def _turn_away(self, refusal: Refusal) -> None:
        with contextlib.suppress(Exception):  # It may be gone already.
            await self._socket.send_text(refused(refusal))
        await self._hang_up(refusal.close_code)

    async def _hang_up(self, code: int) -> None:
        with contextlib.suppress(Exception):
            if self._socket.application_state is not WebSocketState.DISCONNECTED:
                await self._socket.close(code)


def _watch_time(session: LiveSession, open_s: float, still_s: float) -> None:
    """Ends a session that lasts too long by this machine's clock, whatever the page's one says."""
    if open_s > LONGEST_S:
        session.stop("time")
    elif still_s > STILL_S:
        session.stop("still")


def _stop(seat: Seat, text: str = "") -> None:
    if seat.session is not None:
        seat.session.stop("lost", text)


def _refusal_of(task: asyncio.Task[None]) -> Refusal | None:
    error = _error_of(task)
    return error.refusal if isinstance(error, RefusedError) else None


def _error_of(task: asyncio.Task[None]) -> BaseException | None:
    """What a task failed with; asking keeps asyncio from complaining that nobody did."""
    return task.exception() if task.done() and not task.cancelled() else None


def _asks_to_stop(text: str) -> bool:
    """Whether a text message asks to stop; "alive" needs no answer.

    Raises:
        RefusedError: it is no message of ours.
    """
    try:
        told = json.loads(text) if len(text) < 200 else None
    except ValueError:
        told = None
    kind = told.get("type") if isinstance(told, dict) else None
    if kind not in ("stop", "alive"):
        raise RefusedError(NOT_A_PICTURE)
    return bool(kind == "stop")
