"""Who may talk to the app, and what its pages may do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from formcheck.web.security import POLICY, Guard

ADDRESS = "http://127.0.0.1:8501"


async def _page(request: Request) -> Response:
    return PlainTextResponse("here", headers={"X-Own": "kept"})


async def _socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("here")
    await websocket.close()


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = Starlette(
        routes=[Route("/", _page, methods=["GET", "POST"]), WebSocketRoute("/socket", _socket)],
        middleware=[Middleware(Guard)],
    )
    with TestClient(app, base_url=ADDRESS) as made:
        yield made


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost:8501", "LOCALHOST", "[::1]:8501"])
def test_its_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example:8501",
        "192.168.1.7:8501",
        "",
        "[::2]",
        "localhost.",
        "[",
    ],
)
def test_a_name_that_points_here_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == 403
    assert "Open it at the address that it printed" in answer.text


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://127.0.0.1:8502",
        "http://localhost:8501",
        "https://127.0.0.1:8501",
        "null",
        "",
        None,
    ],
)
def test_changes_come_from_its_own_pages_only(client: TestClient, origin: str | None) -> None:
    headers = {} if origin is None else {"origin": origin}
    assert client.post("/", headers=headers).status_code == 403
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/socket", headers=headers):
        pass


def test_its_own_pages_may_change_things(client: TestClient) -> None:
    headers = {"origin": ADDRESS}
    assert client.post("/", headers=headers).status_code == 200
    address = ADDRESS.replace("http", "ws") + "/socket"
    with client.websocket_connect(address, headers=headers) as socket:
        assert socket.receive_text() == "here"


def test_pages_may_ask_nobody_else_for_anything(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-own"] == "kept"
    assert answer.headers["x-content-type-options"] == "nosniff"
    addresses = [word for word in POLICY.replace(";", " ").split() if "." in word or "//" in word]
    assert addresses == []
    assert "*" not in POLICY
