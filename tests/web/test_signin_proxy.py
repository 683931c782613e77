"""Behind a reverse proxy that speaks TLS with the browsers: what is believed, and of whom."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from signed_cookies import claims, cookies, setup, subject
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from formcheck.archive.store import library_in
from formcheck.web.signin import viewer_of
from formcheck.web.signin.desk import Desk
from formcheck.web.signin.door import layers

OUTSIDE = "https://coach.example"
INSIDE = "http://coach.example"
"""The same as the app sees it: the proxy passes the name on and speaks plain HTTP with it."""


async def _page(request: Request) -> Response:
    answer = PlainTextResponse(f"account {viewer_of(request).account}")
    answer.set_cookie("one", "1", httponly=True)
    answer.set_cookie("two", "2", secure=True)
    return answer


async def _socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    library = library_in(tmp_path)
    library.account_for(subject("anna"))
    desk = Desk(setup(redirect_uri=f"{OUTSIDE}/oauth2callback"), library)
    app = Starlette(
        routes=[
            Route("/formcheck/page", _page, methods=["GET", "POST"]),
            WebSocketRoute("/formcheck/socket", _socket),
        ],
        middleware=layers(desk),
    )
    jar = cookies(claims("anna", origin=OUTSIDE))
    with TestClient(app, base_url=INSIDE, cookies=jar) as made:
        yield made


def test_its_pages_may_change_things_and_open_sockets(client: TestClient) -> None:
    headers = {"origin": OUTSIDE}
    assert client.post("/formcheck/page", headers=headers).text == "account 1"
    with client.websocket_connect("ws://coach.example/formcheck/socket", headers=headers):
        pass


@pytest.mark.parametrize(
    "origin", [INSIDE, "https://evil.example", "https://coach.example:444", "null"]
)
@pytest.mark.parametrize("said", [{}, {"x-forwarded-proto": "http"}, {"forwarded": "proto=http"}])
def test_pages_of_others_may_not_whatever_is_said_of_a_proxy(
    client: TestClient, origin: str, said: dict[str, str]
) -> None:
    headers = {"origin": origin, **said}
    assert client.post("/formcheck/page", headers=headers).status_code == 403
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("ws://coach.example/formcheck/socket", headers=headers),
    ):
        pass


def test_beside_the_proxy_nothing_is_made_of_what_is_said_of_one(client: TestClient) -> None:
    """Straight to the app, at this computer's own name: plain HTTP stays plain HTTP."""
    headers = {"host": "127.0.0.1:8501", "x-forwarded-proto": "https"}
    there = {**headers, "origin": "https://127.0.0.1:8501"}
    assert client.post("/formcheck/page", headers=there).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "coach.example.evil.example", "10.0.0.5", ""])
def test_other_names_are_not_answered(client: TestClient, host: str) -> None:
    headers = {"host": host, "x-forwarded-host": "coach.example"}
    assert client.get("/formcheck/page", headers=headers).status_code == 403


def test_its_cookies_go_over_tls_alone(client: TestClient) -> None:
    lines = client.get("/formcheck/page").headers.get_list("set-cookie")
    assert [line.partition("=")[0] for line in lines] == ["one", "two"]
    assert [line.lower().count("; secure") for line in lines] == [1, 1]
    assert "httponly" in lines[0].lower()


def test_a_cookie_of_the_same_app_without_tls_is_nobodys(client: TestClient) -> None:
    client.cookies = cookies(claims("anna", origin=INSIDE))  # type: ignore[assignment]
    assert client.get("/formcheck/page").status_code == 401


def test_what_a_proxy_says_of_a_visitor_is_written_down_as_its_word(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="formcheck.access")
    client.cookies.clear()
    client.get("/formcheck/page", headers={"x-forwarded-for": "203.0.113.9"})
    assert caplog.messages == [
        "refused: nobody; asked for GET /formcheck/page; from testclient (forwarded for "
        "'203.0.113.9')"
    ]
