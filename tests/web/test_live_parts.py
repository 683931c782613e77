"""The parts of a live session that need no connection."""

from __future__ import annotations

import math
import struct
import time
from dataclasses import replace

import cv2
import numpy as np
import pytest
from live_pages import jpeg, picture

from formcheck.judgement.engine import Engine
from formcheck.judgement.registry import load_exercises
from formcheck.kinematics.view import MIN_LUMA
from formcheck.presentation.voice import recording, recordings
from formcheck.testing import Scene, observations, plank, standing
from formcheck.types import Observation
from formcheck.web.live.checkup import LEAST_PER_S, Checkup, State
from formcheck.web.live.leaving import LEAVE_S, NEVER_CAME_S, Leaving
from formcheck.web.live.phrases import phrases_for
from formcheck.web.live.pictures import MAX_SIDE_PX, decode, unpack
from formcheck.web.live.refusals import NOT_A_PICTURE, TOO_LARGE, RefusedError
from formcheck.web.live.tickets import MOST, Tickets
from formcheck_rules.plank import PLANK


def claiming(width_px: int, height_px: int) -> bytes:
    """A small JPEG whose header claims another size."""
    data = bytearray(jpeg(64, 64))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height_px, width_px)
    return bytes(data)


def test_a_picture_is_taken_apart_and_not_mirrored() -> None:
    image = np.zeros((90, 160, 3), np.uint8)
    image[:, :80] = (0, 0, 250)  # red on the left, in OpenCV's order
    _, data = cv2.imencode(".jpg", image)
    taken = unpack(picture(7, 12.5, data.tobytes()))
    assert (taken.seq, taken.t_s, taken.width_px, taken.height_px) == (7, 12.5, 160, 90)
    pixels = decode(taken)
    assert pixels.shape == (90, 160, 3)
    assert pixels[45, 20, 0] > 200
    assert pixels[45, 140].max() < 50


@pytest.mark.parametrize(
    ("size", "why"),
    [
        ((65535, 65535), TOO_LARGE),
        ((12000, 12000), TOO_LARGE),
        ((MAX_SIDE_PX + 1, 64), TOO_LARGE),
        ((64, MAX_SIDE_PX + 1), TOO_LARGE),
        ((0, 64), NOT_A_PICTURE),
        ((8, 8), NOT_A_PICTURE),
    ],
)
def test_a_size_is_refused_before_anything_is_decoded(size: tuple[int, int], why: object) -> None:
    message = picture(0, 0.0, claiming(*size))
    with pytest.raises(RefusedError) as refused:
        unpack(message)
    assert refused.value.refusal is why


@pytest.mark.parametrize("t_ms", [math.nan, math.inf, -math.inf])
def test_a_time_that_is_none_is_refused(t_ms: float) -> None:
    with pytest.raises(RefusedError):
        unpack(struct.pack("<Id", 0, t_ms) + jpeg())


@pytest.mark.parametrize("message", [b"", b"\x00" * 11, b"\x00" * 12])
def test_a_message_without_a_picture_is_refused(message: bytes) -> None:
    with pytest.raises(RefusedError):
        unpack(message)


def test_a_file_that_breaks_off_is_refused_when_it_is_decoded() -> None:
    data = jpeg()
    header_only = data[: data.index(b"\xff\xda")]
    with pytest.raises(RefusedError):
        decode(unpack(picture(0, 0.0, header_only)))


def test_a_header_that_takes_long_to_read_is_not_read() -> None:
    """An image library takes half a second for each of these."""
    padded = b"\xff\xd8" + b"\xff\xe2\x00\x02" * 240_000 + jpeg()[2:]
    message = picture(0, 0.0, padded)
    began_s = time.perf_counter()
    for _ in range(20):
        with pytest.raises(RefusedError):
            unpack(message)
    assert time.perf_counter() - began_s < 0.2


@pytest.mark.parametrize("quality", [1, 70, 100])
@pytest.mark.parametrize("progressive", [0, 1])
def test_pictures_of_every_kind_are_read(quality: int, progressive: int) -> None:
    chosen = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_PROGRESSIVE, progressive]
    _, data = cv2.imencode(".jpg", np.zeros((360, 640, 3), np.uint8), chosen)
    taken = unpack(picture(0, 0.0, data.tobytes()))
    assert (taken.width_px, taken.height_px) == (640, 360)
    assert decode(taken).shape == (360, 640, 3)


def test_a_ticket_works_once_and_for_a_while() -> None:
    now_s = 0.0
    tickets: Tickets[str] = Tickets(10.0, lambda: now_s)
    first, second = tickets.mint("one"), tickets.mint("two")
    assert first != second
    assert len(first) >= 43
    assert tickets.look(first) == "one"
    assert tickets.use(first) == "one"
    assert tickets.use(first) is None
    now_s = 10.0
    assert tickets.look(second) is None
    assert tickets.use(second) is None
    short = tickets.mint("three", 2.0)
    now_s = 11.0
    assert tickets.look(short) == "three"
    now_s = 12.0
    assert tickets.look(short) is None


def test_tickets_do_not_fill_the_memory() -> None:
    tickets: Tickets[int] = Tickets(10.0, lambda: 0.0)
    words = [tickets.mint(i) for i in range(MOST + 5)]
    assert [tickets.look(word) for word in words[:5]] == [None] * 5
    assert tickets.look(words[5]) == 5
    assert tickets.look(words[-1]) == MOST + 4


def states(seen: list[Observation]) -> dict[str, State]:
    engine, checkup = Engine(PLANK), Checkup(PLANK)
    for observation in seen:
        points = checkup.update(observation, engine.step(observation))
    return {point.name: point.state for point in points}


def lying(fps: float = 30.0) -> list[Observation]:
    return list(observations(lambda t_s: plank(4.0), 2.0, fps=fps))


GOOD = dict.fromkeys(("light", "person", "framing", "view", "rate"), State.GOOD)


@pytest.mark.parametrize(
    ("seen", "other"),
    [
        (lying(), {}),
        (
            [replace(o, luma=MIN_LUMA - 1) for o in lying()],
            {
                "light": State.BAD,
                "person": State.UNKNOWN,
            },
        ),
        (
            [replace(o, pose=None) for o in lying()],
            {"person": State.BAD, "framing": State.UNKNOWN, "view": State.UNKNOWN},
        ),
        (lying(fps=8.0), {"rate": State.BAD}),
        (
            list(observations(lambda t_s: plank(4.0), 2.0, scene=Scene(torso_px=30.0))),
            {"framing": State.BAD, "view": State.UNKNOWN},
        ),
        (list(observations(lambda t_s: standing(), 2.0)), {}),
    ],
    ids=["good", "dark", "nobody", "slow", "far", "standing"],
)
def test_the_camera_check(seen: list[Observation], other: dict[str, State]) -> None:
    assert states(seen) == GOOD | other


def test_a_bad_point_says_what_to_do() -> None:
    engine, checkup = Engine(PLANK), Checkup(PLANK)
    nobody = replace(lying()[0], pose=None)
    points = checkup.update(nobody, engine.step(nobody))
    advice = {point.name: point.advice for point in points if point.state is State.BAD}
    assert advice == {"person": "Come into the picture"}


def test_the_rate_is_not_told_from_the_first_pictures() -> None:
    assert states(lying()[:20])["rate"] is State.UNKNOWN
    assert LEAST_PER_S < 15.0  # verdicts were the same at 15 frames a second


def test_who_leaves_has_time_to_come_back() -> None:
    leaving = Leaving()
    assert leaving.left_s(0.0, anybody=True, started=True) == LEAVE_S
    assert leaving.left_s(2.0, anybody=False, started=True) == LEAVE_S - 2.0
    assert leaving.left_s(5.0, anybody=False, started=True) == LEAVE_S - 5.0
    assert leaving.left_s(6.0, anybody=True, started=True) == LEAVE_S
    for t_s in range(7, 18):
        assert leaving.left_s(t_s, anybody=False, started=True) == LEAVE_S - (t_s - 6.0)
    assert leaving.left_s(18.0, anybody=False, started=True) == 0.0


def test_while_no_picture_came_nobody_is_missed() -> None:
    leaving = Leaving()
    leaving.left_s(0.0, anybody=True, started=True)
    leaving.left_s(2.0, anybody=False, started=True)
    # E.g. another tab for a minute; in the first picture afterwards the person is not found yet.
    assert leaving.left_s(62.0, anybody=False, started=True) == LEAVE_S - 2.0
    assert leaving.left_s(63.0, anybody=False, started=True) == LEAVE_S - 3.0
    assert leaving.left_s(64.0, anybody=True, started=True) == LEAVE_S


def test_who_has_not_begun_has_more() -> None:
    leaving = Leaving()
    left_s = [leaving.left_s(t_s, anybody=False, started=False) for t_s in range(61)]
    assert left_s == [NEVER_CAME_S - t_s for t_s in range(61)]


@pytest.mark.parametrize("exercise", load_exercises().values(), ids=lambda e: e.name)
def test_every_phrase_is_there_and_none_is_left_out(exercise) -> None:
    names = phrases_for(exercise)
    assert sorted(names) == sorted(recordings())
    assert len(set(names)) == len(names)
    cues = {check.cue for check in exercise.checks}
    first = names[: 40 + len(cues)]
    assert {recording(cue).stem for cue in cues} <= set(first)
