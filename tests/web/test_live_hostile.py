"""Clients of the live socket that mean no good, and somebody's session beside them."""

from __future__ import annotations

import itertools
import json
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import ticketed_app
from app_server import AppServer, wait_until
from fake_camera import SOURCE
from live_client import Walker, frame_message, join, jpeg_of, last_word
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from formcheck.media.reader import VideoReader

Mint = Callable[[], str]
ALONE_S = 4.0
FLOOD_PER_S = 10_000
BACK_AFTER_S = 0.5
"""Somebody who was thrown out comes again, with a new ticket."""
LEAST_SHARE = 0.4
"""Of the pace alone. On two free cores it is 0.9; but the floods come from the same two cores, and
so may whatever else this machine does."""


@pytest.fixture(scope="module")
def jpegs() -> list[bytes]:
    with VideoReader(SOURCE) as reader:
        return [jpeg_of(frame.image_rgb) for frame in itertools.islice(reader, 80)]


@pytest.fixture(scope="module")
def tickets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tickets")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, tickets: Path) -> Iterator[AppServer]:
    settings = {ticketed_app.ANSWERS: str(tickets), "FORMCHECK_LIVE_SESSIONS": "2"}
    program = (ticketed_app.__file__,)
    with AppServer(tmp_path_factory.mktemp("app"), settings, program) as server:
        yield server


@pytest.fixture
def mint(app: AppServer, tickets: Path) -> Mint:
    def one() -> str:
        name = f"ticket-{time.monotonic_ns()}"
        app.tell(f"{name} plank")
        wait_until((tickets / name).exists, 10.0, lambda: app.log)
        return (tickets / name).read_text(encoding="utf-8")

    return one


@pytest.fixture
def somebody(app: AppServer, mint: Mint, jpegs: list[bytes]) -> Iterator[Walker]:
    """A session that goes on in peace, and still does at the end of the test."""
    with Walker(app.address, mint(), jpegs) as walker:
        wait_until(lambda: len(walker.moments) > 30, 30.0, "no session came about")
        yield walker
        before = len(walker.moments)
        wait_until(lambda: len(walker.moments) > before + 10, 10.0, "the other session stopped")
        assert walker.stop()["why"] == "stopped"


def let_in(app: AppServer, ticket: str, timeout_s: float = 15.0) -> ClientConnection:
    """Connects with a ticket, once the sessions of earlier connections have wound up."""
    deadline = time.monotonic() + timeout_s
    while True:
        connection = join(app.address, f"ticket.{ticket}")
        told = json.loads(connection.recv(10))
        if told["type"] == "welcome":
            return connection
        connection.close()
        assert told["code"] == "busy"
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
def test_a_foreign_origin_is_refused_before_it_is_heard(
    app: AppServer, mint: Mint, origin: str | None
) -> None:
    ticket = mint()
    with pytest.raises(InvalidStatus) as refused:
        join(app.address, f"ticket.{ticket}", origin=origin)
    assert refused.value.response.status_code == 403
    let_in(app, ticket).close()  # It was not used up either.


@pytest.mark.parametrize(
    "word", ["ticket.", "ticket.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "resume.AAAA", "word"]
)
def test_nobody_gets_in_without_a_ticket(app: AppServer, word: str) -> None:
    with join(app.address, word) as connection:
        told, code = last_word(connection)
    assert (told["type"], told["code"], code) == ("refused", "ticket", 4401)
    assert "Press Start" in told["text"]


def test_a_ticket_can_be_used_once(app: AppServer, mint: Mint, jpegs: list[bytes]) -> None:
    ticket = mint()
    with Walker(app.address, ticket, jpegs) as walker:
        wait_until(lambda: bool(walker.moments), 30.0)
        with join(app.address, f"ticket.{ticket}") as connection:
            told, code = last_word(connection)
        assert (told["code"], code) == ("ticket", 4401)
        walker.stop()
    with join(app.address, f"ticket.{ticket}") as connection:
        assert last_word(connection)[0]["code"] == "ticket"


def test_beyond_the_cap_one_is_told_so_and_keeps_the_ticket(
    app: AppServer, somebody: Walker, mint: Mint, jpegs: list[bytes]
) -> None:
    del somebody
    third = mint()
    with Walker(app.address, mint(), jpegs) as second:
        wait_until(lambda: bool(second.moments), 30.0)
        with join(app.address, f"ticket.{third}") as connection:
            told, code = last_word(connection)
        assert (told["code"], code) == ("busy", 4409)
        assert "busy" in told["text"]
        second.stop()
    let_in(app, third).close()


def bomb(width_px: int, height_px: int) -> bytes:
    """A small JPEG that claims to be enormous."""
    jpeg = jpeg_of(np.zeros((64, 64, 3), np.uint8))
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height_px, width_px) + jpeg[at + 4 :]


def two_sizes() -> bytes:
    """A JPEG with two headers: an enormous one, and then the right one."""
    jpeg = jpeg_of(np.zeros((64, 64, 3), np.uint8))
    at = jpeg.index(b"\xff\xc0")
    length = 2 + struct.unpack(">H", jpeg[at + 2 : at + 4])[0]
    header = bytearray(jpeg[at : at + length])
    header[5:9] = struct.pack(">HH", 65_500, 65_500)
    return jpeg[:at] + bytes(header) + jpeg[at:]


BAD: dict[str, tuple[bytes | str, str]] = {
    "larger than 1 MB": (frame_message(0, 0.0, b"\xff\xd8\xff" + b"\0" * 1_100_000), "too-large"),
    "larger than any frame": (b"\0" * 12_000_000, "too-large"),
    "65500 pixels wide and high": (frame_message(0, 0.0, bomb(65_500, 65_500)), "too-large"),
    "4000 pixels wide": (frame_message(0, 0.0, bomb(4000, 64)), "too-large"),
    "two headers": (frame_message(0, 0.0, two_sizes()), "too-large"),
    "no height": (frame_message(0, 0.0, bomb(64, 0)), "not-a-picture"),
    "text where a JPEG should be": (frame_message(0, 0.0, b"GIF89a, or not"), "not-a-picture"),
    "a PNG": (frame_message(0, 0.0, b"\x89PNG\r\n\x1a\n" + b"\0" * 200), "not-a-picture"),
    "a JPEG that breaks off": (frame_message(0, 0.0, bomb(64, 64)[:60]), "not-a-picture"),
    "no time": (frame_message(0, float("nan"), bomb(64, 64)), "not-a-picture"),
    "nothing": (b"", "not-a-picture"),
    "a header alone": (frame_message(0, 0.0, b""), "not-a-picture"),
    "text": ("hello", "not-a-picture"),
    "JSON that is no message": ("[1, 2]", "not-a-picture"),
    "a very deep JSON": ("[" * 100, "not-a-picture"),
    "much text": ("x" * 100_000, "not-a-picture"),
}


def outcome(app: AppServer, ticket: str, message: bytes | str) -> str:
    """What comes of sending something else than a picture: the code that it is refused with."""
    with let_in(app, ticket) as connection:
        with suppress(ConnectionClosed):
            connection.send(message)
        told, close_code = last_word(connection)
    if told["type"] == "refused":
        assert 4400 <= close_code < 4500
    elif told["type"] == "ended":  # Its header was good; it shows when it is decoded.
        assert close_code == 1000
    else:  # Not even received.
        return str(close_code)
    assert told["text"].endswith(".")
    return str(told.get("code", told["type"]))


def test_what_is_no_picture_ends_its_own_session_only(
    app: AppServer, somebody: Walker, mint: Mint
) -> None:
    del somebody
    memory_mb = app.held().memory_mb
    outcomes = {what: outcome(app, mint(), message) for what, (message, _) in BAD.items()}
    assert outcomes == {what: code for what, (_, code) in BAD.items()}
    assert app.held().memory_mb < memory_mb + 150


def flood(app: AppServer, ticket: str, message: bytes | str, sent: list[float]) -> None:
    """Sends as fast as it can, up to 10 000 messages a second, until it is thrown out."""
    with let_in(app, ticket) as connection, suppress(ConnectionClosed, OSError):
        began_s = time.monotonic()
        for n in range(5 * FLOOD_PER_S):
            connection.send(message)
            sent.append(time.monotonic())
            ahead_s = n / FLOOD_PER_S - (time.monotonic() - began_s)
            if ahead_s > 0.005:
                time.sleep(ahead_s)


@pytest.mark.parametrize("kind", ["pictures", "alive"])
def test_a_flood_is_cut_off_while_the_other_session_keeps_its_pace(
    app: AppServer, somebody: Walker, mint: Mint, jpegs: list[bytes], kind: str
) -> None:
    began_s = time.monotonic()
    time.sleep(ALONE_S)
    alone = somebody.moments_per_s(began_s, time.monotonic())
    message: bytes | str = json.dumps({"type": "alive"})
    if kind == "pictures":
        message = frame_message(0, 0.0, jpegs[0])
    flooded_s = time.monotonic()
    bursts: list[list[float]] = []
    while time.monotonic() < flooded_s + ALONE_S:
        bursts.append([])
        attack = threading.Thread(target=flood, args=(app, mint(), message, bursts[-1]))
        attack.start()
        attack.join(10.0)
        assert not attack.is_alive()
        time.sleep(BACK_AFTER_S)
    beside = somebody.moments_per_s(flooded_s, time.monotonic())
    rates = [len(sent) / (sent[-1] - sent[0]) for sent in bursts if len(sent) > 100]
    print(f"moments a second: {alone:.1f} alone, {beside:.1f} beside {len(bursts)} floods")
    print(f"messages a second: {max(rates):.0f} for {max(len(sent) for sent in bursts)}")
    assert max(rates) > 300  # Over twice what is let through.
    assert max(len(sent) for sent in bursts) < FLOOD_PER_S
    assert beside >= LEAST_SHARE * alone
