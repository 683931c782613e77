"""A client of the live socket that is no browser: a well-behaved one, and raw connections."""

from __future__ import annotations

import json
import struct
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

PROTOCOL = "formcheck.live.1"
FRAME_EVERY_S = 1 / 30
IN_FLIGHT = 2


def join(address: str, word: str, origin: str | None = "own") -> ClientConnection:
    """Connects to the live socket.

    Args:
        address: The app's, e.g. ``http://127.0.0.1:8501``.
        word: The second subprotocol, e.g. ``ticket.…``.
        origin: What to say one comes from; "own" is the app's own address, None says nothing.
    """
    return connect(
        address.replace("http", "ws", 1) + "/formcheck/live",
        origin=address if origin == "own" else origin,  # type: ignore[arg-type]
        subprotocols=[PROTOCOL, word],  # type: ignore[list-item]
        max_size=None,
        proxy=None,
        open_timeout=10,
        close_timeout=2,
    )


def frame_message(seq: int, t_ms: float, jpeg: bytes) -> bytes:
    """One frame as the page sends it."""
    return struct.pack("<Id", seq, t_ms) + jpeg


def jpeg_of(image: NDArray[np.uint8], quality: int = 80) -> bytes:
    """A picture (height, width, 3) RGB as a JPEG."""
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return data.tobytes()


def last_word(connection: ClientConnection, timeout_s: float = 10.0) -> tuple[dict[str, Any], int]:
    """The last message before the server hangs up, and the code that it hangs up with."""
    told: dict[str, Any] = {}
    deadline = time.monotonic() + timeout_s
    try:
        while True:
            told = json.loads(connection.recv(timeout=max(0.0, deadline - time.monotonic())))
    except ConnectionClosed as closed:
        return told, closed.rcvd.code if closed.rcvd else 1006


class Walker:
    """Somebody's session: sends frames like a page, in a thread of its own, and counts answers.

    Args:
        address: The app's.
        ticket: Lets it in.
        jpegs: Sent in order, over and over.
    """

    def __init__(self, address: str, ticket: str, jpegs: Sequence[bytes]) -> None:
        self._jpegs = jpegs
        self._connection = join(address, f"ticket.{ticket}")
        self._acknowledged = -1
        self._leaving = False
        self.moments: list[tuple[float, dict[str, Any]]] = []
        self.others: list[dict[str, Any]] = []
        self._threads = [
            threading.Thread(target=self._listen, name="walker-listens"),
            threading.Thread(target=self._walk, name="walker-sends"),
        ]
        for thread in self._threads:
            thread.start()

    def moments_per_s(self, since_s: float, until_s: float) -> float:
        """Answers a second between two times of ``time.monotonic()``."""
        came = [t_s for t_s, _ in self.moments if since_s <= t_s < until_s]
        return len(came) / (until_s - since_s)

    def stop(self) -> dict[str, Any]:
        """Asks the server to end the session; what it says last."""
        self.ask_to_stop()
        self._threads[0].join(10.0)
        self._connection.close()
        return self.others[-1]

    def ask_to_stop(self) -> None:
        """Asks the server to end the session, and waits for nothing."""
        self._leaving = True
        self._threads[1].join(5.0)
        self._connection.send(json.dumps({"type": "stop"}))

    def __enter__(self) -> Walker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leaving = True
        self._connection.close()
        for thread in self._threads:
            thread.join(5.0)

    def _listen(self) -> None:
        try:
            for message in self._connection:
                told = json.loads(message)
                if told["type"] == "moment":
                    self._acknowledged = told["seq"]
                    self.moments.append((time.monotonic(), told))
                else:
                    self.others.append(told)
        except ConnectionClosed:
            return

    def _walk(self) -> None:
        began_s = time.monotonic()
        seq = 0
        try:
            while not self._leaving:
                t_s = time.monotonic() - began_s
                if seq - 1 - self._acknowledged < IN_FLIGHT:
                    jpeg = self._jpegs[int(t_s / FRAME_EVERY_S) % len(self._jpegs)]
                    self._connection.send(frame_message(seq, 1000.0 * t_s, jpeg))
                    seq += 1
                time.sleep(FRAME_EVERY_S - t_s % FRAME_EVERY_S)
        except ConnectionClosed:
            return
