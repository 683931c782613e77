"""Stands before everything that the app serves to the local network: paired devices alone come in.

An ASGI layer, so that nothing behind it (pages, static files, Streamlit's own socket, the live
socket) can be forgotten: what it does not know, it refuses.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import math
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import parse_qs

import segno
from jinja2 import Environment
from markupsafe import Markup
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from formcheck.web.lan.addresses import Reach
from formcheck.web.lan.certificate import VALID_DAYS, Certificate
from formcheck.web.lan.pairing import (
    DEVICE_S,
    Answer,
    Pairing,
    Tried,
    code_from,
    lan_hosts,
    spelled,
)
from formcheck.web.security import Guard

__all__ = [
    "ANOTHER_PATH",
    "CERTIFICATE_PATH",
    "COOKIE",
    "PAIR_PATH",
    "Door",
    "Gate",
    "layers",
    "pair_url",
]

PAIR_PATH = "/formcheck/pair"
ANOTHER_PATH = "/formcheck/pair/another"
CERTIFICATE_PATH = "/formcheck/pair/certificate"

COOKIE = "__Host-formcheck-device"
"""Browsers take a cookie of this prefix only over ``https`` and only for this very host."""

_MOST_BYTES = 1024
_hold_back = asyncio.sleep
_DENIED = 4403


@dataclass(frozen=True, slots=True)
class Door:
    """What the gate knows of its surroundings.

    Attributes:
        pairing: Codes and devices.
        reach: Where this computer is reached.
        address: The address to open on another device: ``https://192.168.1.20:8501``.
        certificate: What the server shows.
    """

    pairing: Pairing
    reach: Reach
    address: str
    certificate: Certificate


def layers(door: Door) -> list[Middleware]:
    """What stands before the app: names and origins are looked at first, then who it is."""
    hosts = lan_hosts(door.reach)
    return [Middleware(Guard, names=lambda: hosts), Middleware(Gate, door=door)]


def pair_url(address: str, code: str) -> str:
    """The address that a QR code holds; opening it alone does not use the code up."""
    return f"{address}{PAIR_PATH}?code={code}"


class Gate:
    """Lets paired devices through to ``app``; shows others how to be paired.

    Stands behind ``Guard``, which refuses foreign names and forms of foreign pages.

    Args:
        app: Everything that is behind.
        door: What the gate knows.
    """

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or passes on to what is behind."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        paired = self._is_near(scope) and self._is_paired(scope)
        if scope["type"] == "websocket":
            if paired:
                await self._app(scope, receive, send)
            else:
                # Before it is accepted, which the server tells as HTTP 403.
                await send({"type": "websocket.close", "code": _DENIED})
            return
        own = await self._own_page(Request(scope, receive), paired=paired)
        if own is None:
            await self._app(scope, receive, send)
        else:
            await own(scope, receive, send)

    def _is_near(self, scope: Scope) -> bool:
        return self._door.reach.is_near(_client(scope))

    def _is_paired(self, scope: Scope) -> bool:
        return self._door.pairing.is_paired(HTTPConnection(scope).cookies.get(COOKIE, ""))

    async def _own_page(self, request: Request, *, paired: bool) -> Response | None:
        """The gate's answer, or None for a paired device that wants something behind it."""
        if not self._is_near(request.scope):
            return _page("far", "Not from here", 403)
        path = request.url.path
        if path == PAIR_PATH:
            return await self._pair(request, paired=paired)
        if not paired:
            return _page("refused", "This device is not paired", 403)
        if path == CERTIFICATE_PATH:
            return _certificate_file(self._door.certificate)
        if path == ANOTHER_PATH:
            return self._another(request)
        return None

    async def _pair(self, request: Request, *, paired: bool) -> Response:
        if request.method in {"GET", "HEAD"}:
            if paired:
                return self._is_in(request)
            return _ask(code=code_from(request.query_params.get("code", "")))
        if request.method != "POST":
            return _page("refused", "This can't be done here", 405)
        return await self._try(request)

    async def _try(self, request: Request) -> Response:
        words = await _sent_code(request)
        if words is None:
            return _ask("That is too long for a pairing code.", 413)
        tried = self._door.pairing.try_code(words, _client(request.scope))
        if tried.answer is Answer.RIGHT:
            return _let_in(request, tried)
        if tried.answer is Answer.LOCKED:
            return _locked(tried)
        await _hold_back(tried.wait_s)
        return _ask(_PROBLEMS[tried.answer], 403)

    def _is_in(self, request: Request) -> Response:
        return _page(
            "paired",
            "This device is paired",
            200,
            is_here=self._door.reach.is_here(_client(request.scope)),
            # No fingerprint: whoever stepped in between would show one that fits.
            valid_days=VALID_DAYS,
        )

    def _another(self, request: Request) -> Response:
        """A code for one more device, shown on this computer alone: guests bring no guests."""
        if not self._door.reach.is_here(_client(request.scope)):
            return _page(
                "refused",
                "Only at the computer",
                403,
                problem="A code for another device is shown on the computer itself.",
            )
        if request.method != "POST":
            return RedirectResponse(PAIR_PATH, 303)
        code = self._door.pairing.new_code()
        return _page(
            "another",
            "Pair another device",
            200,
            picture=_picture(pair_url(self._door.address, code)),
            address=self._door.address + PAIR_PATH,
            spelled=spelled(code),
            fingerprint=self._door.certificate.fingerprint,
            authority_fingerprint=self._door.certificate.authority_fingerprint,
        )


_PROBLEMS = {
    Answer.WRONG: "That is not the code. Check it and try again.",
    Answer.USED: "This code was used already, and each pairs one device. Show a new one on the "
    "computer.",
    Answer.EXPIRED: "This code is older than ten minutes. Show a new one on the computer.",
}


def _client(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


async def _sent_code(request: Request) -> str | None:
    """The code in a form; None when more was sent than a code can be."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            return None
    return parse_qs(body.decode("ascii", "replace")).get("code", [""])[0]


def _ask(problem: str = "", status: int = 200, *, code: str = "") -> Response:
    return _page(
        "ask", "Pair this device", status, problem=problem, code=code, spelled=spelled(code)
    )


def _locked(tried: Tried) -> Response:
    minutes = max(1, math.ceil(tried.wait_s / 60))
    answer = _ask(
        f"There were too many wrong codes. Wait {minutes} min, then show a new code on the "
        "computer.",
        429,
    )
    answer.headers["Retry-After"] = str(math.ceil(tried.wait_s))
    return answer


def _let_in(request: Request, tried: Tried) -> Response:
    """Safari needs one more step, which the page of a paired device tells; others go straight in.

    Safari shows pages of a certificate that a person accepted, but opens no socket with it until
    the certificate is installed. All browsers of an iPhone are Safari inside.
    """
    browser = request.headers.get("user-agent", "")
    safari = "AppleWebKit" in browser and "Chrome/" not in browser
    answer = RedirectResponse(PAIR_PATH if safari else "/", 303)
    answer.set_cookie(
        COOKIE,
        str(tried.token),
        max_age=int(DEVICE_S),
        path="/",
        secure=True,
        httponly=True,
        samesite="strict",
    )
    return _guarded(answer)


def _certificate_file(certificate: Certificate) -> Response:
    return _guarded(
        Response(
            certificate.authority_der,
            media_type="application/x-x509-ca-cert",
            headers={"Content-Disposition": 'attachment; filename="formcheck.crt"'},
        )
    )


def _picture(url: str) -> Markup:
    file = io.BytesIO()
    segno.make(url, error="m").save(
        file, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=4, svgclass=None
    )
    return Markup(file.getvalue().decode())


_FRONTEND = files("formcheck.web").joinpath("frontend")
_CSS = _FRONTEND.joinpath("pair.css").read_text("utf-8")
_CSS_HASH = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
_TEMPLATE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    _FRONTEND.joinpath("pair.html").read_text("utf-8")
)


def _page(page: str, title: str, status: int, **values: object) -> Response:
    return _guarded(
        HTMLResponse(
            _TEMPLATE.render(
                page=page,
                title=title,
                css=Markup(_CSS),
                pair_path=PAIR_PATH,
                another_path=ANOTHER_PATH,
                certificate_path=CERTIFICATE_PATH,
                **values,
            ),
            status,
        )
    )


def _guarded(response: Response) -> Response:
    response.headers.update(
        {
            "Cache-Control": "no-store",
            "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_CSS_HASH}'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            # Not "no-referrer": with that, browsers send forms without saying from where.
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        }
    )
    return response
