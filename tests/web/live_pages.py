"""A page of the live socket, without a browser and without pose estimation."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from recorded import SCENE, ScriptedEstimator
from starlette.applications import Starlette
from starlette.testclient import TestClient, WebSocketTestSession

from formcheck.testing import Figure
from formcheck.web.live.hall import Hall, Remember
from formcheck.web.live.session import LiveRequest
from formcheck.web.live.socket import PROTOCOL, SOCKET_PATH, socket_routes

ADDRESS = "http://testserver"


def jpeg(width_px: int = SCENE.width_px, height_px: int = SCENE.height_px) -> bytes:
    done, data = cv2.imencode(".jpg", np.full((height_px, width_px, 3), 120, np.uint8))
    assert done
    return bytes(data)


def picture(seq: int, t_s: float, data: bytes | None = None) -> bytes:
    return struct.pack("<Id", seq, t_s * 1000.0) + (jpeg() if data is None else data)


class Page:
    """Connects, sends pictures one after the other, and reads the answers."""

    def __init__(self, socket: WebSocketTestSession) -> None:
        self._socket = socket
        self.seq = -1

    def read(self) -> dict[str, Any]:
        return json.loads(self._socket.receive_text())

    def send(self, t_s: float, data: bytes | None = None) -> None:
        self.seq += 1
        self._socket.send_bytes(picture(self.seq, t_s, data))

    def show(self, t_s: float, data: bytes | None = None) -> dict[str, Any]:
        """Sends one picture and gives the answer to it."""
        self.send(t_s, data)
        while (told := self.read()).get("seq", self.seq) != self.seq:
            pass
        return told

    def play(self, seconds: float, fps: float = 30.0, from_s: float = 0.0) -> list[dict[str, Any]]:
        return [self.show(from_s + i / fps) for i in range(round(seconds * fps))]

    def stop(self) -> dict[str, Any]:
        self._socket.send_text('{"type":"stop"}')
        while (told := self.read())["type"] != "ended":
            pass
        return told


class App:
    """The socket alone, with a hall of its own."""

    def __init__(
        self,
        home: Path,
        figure_at: Callable[[float], Figure | None],
        most: int = 2,
        remember: Remember = lambda *told: None,
    ) -> None:
        self.hall = Hall(most, home, remember, lambda exercise: ScriptedEstimator(figure_at))
        self.client = TestClient(Starlette(routes=socket_routes(lambda: self.hall)))

    def ticket(self, **chosen: bool) -> str:
        return self.hall.mint(LiveRequest("plank", **chosen))

    def connect(self, word: str, origin: str = ADDRESS) -> WebSocketTestSession:
        return self.client.websocket_connect(
            SOCKET_PATH, subprotocols=[PROTOCOL, word], headers={"origin": origin}
        )


def wait_for(condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end_s, "it did not happen in time"
        time.sleep(0.01)
