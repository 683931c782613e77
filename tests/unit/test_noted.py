"""What a coach drew stands on the picture where it was drawn, for as long as it takes to see it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from formcheck.landmarks import N_LANDMARKS
from formcheck.notes import Comment, Drawing, Notes, Shape
from formcheck.presentation.noted import SHOWN_S, NotesPainter, draw_shape, more_room_above
from formcheck.types import Pose, Report

SIZE = (640, 360)
REPORT = Report("plank", "1", 60.0, 60.0, {}, {}, (), (), (), {})
COLOUR = "#00c8ff"


def ground(scale: float = 1.0) -> NDArray[np.uint8]:
    return np.full((round(SIZE[1] * scale), round(SIZE[0] * scale), 3), 90, np.uint8)


def drawn(drawing: Drawing, scale: float = 1.0) -> NDArray[np.bool_]:
    """Where the picture has the colour of the drawing."""
    picture = ground(scale)
    draw_shape(picture, drawing, scale)
    return np.abs(picture.astype(int) - (0, 200, 255)).sum(axis=2) < 60


def shape(kind: Shape, *points: tuple[float, float], **how: object) -> Drawing:
    return Drawing(5.0, kind, points, colour=COLOUR, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_a_line_goes_from_end_to_end_at_every_scale(scale: float) -> None:
    there = drawn(shape(Shape.LINE, (100, 50), (500, 300)), scale)
    for share in (0.05, 0.5, 0.95):
        x, y = 100 + 400 * share, 50 + 250 * share
        assert there[round(y * scale), round(x * scale)]
    assert not there[round(300 * scale), round(100 * scale)]


def test_an_arrow_has_its_head_at_its_end() -> None:
    there = drawn(shape(Shape.ARROW, (100, 180), (500, 180)))
    assert there[:, 470:500].any(axis=1).sum() > there[:, 100:130].any(axis=1).sum() + 5


def test_an_angle_has_legs_an_arc_and_its_degrees() -> None:
    right = shape(Shape.ANGLE, (300, 100), (300, 250), (450, 250))
    there = drawn(right)
    assert there[150, 300]
    assert there[250, 400]
    # The arc runs between the legs, and not around the other way.
    corner = there[205:250, 302:345]
    assert corner.any()
    assert not there[255:300, 250:295].any()
    assert right.angle_deg == pytest.approx(90.0)


@pytest.mark.parametrize(
    "points",
    [
        ((300, 100), (300, 100), (300, 100)),
        ((300, 100), (300, 100), (350, 100)),
        ((100, 100), (200, 100), (300, 100)),
        ((1e300, -1e300), (0, 0), (1e9, 5)),
    ],
)
def test_angles_without_legs_and_far_away_harm_nothing(
    points: tuple[tuple[float, float], ...],
) -> None:
    picture = ground()
    draw_shape(picture, shape(Shape.ANGLE, *points), 1.0)
    assert picture.shape == (SIZE[1], SIZE[0], 3)


def test_words_stay_within_the_picture() -> None:
    for at in ((-500, -500), (639, 359), (10_000, 10_000)):
        there = drawn(shape(Shape.TEXT, at, text="Push the floor away"))
        assert there.any()


def test_letters_that_no_font_has_and_very_long_words_harm_nothing() -> None:
    for text in ("🦴 骨 \u202e abc", "x" * 9_999, "a\nb\tc\x00d"):
        picture = ground()
        draw_shape(picture, shape(Shape.TEXT, (10, 10), text=text), 1.0)
        assert (picture != 90).any()


def test_strokes_follow_their_points() -> None:
    points = [(50 + 5.0 * k, 180 + 40 * np.sin(k / 4)) for k in range(80)]
    there = drawn(shape(Shape.FREE, *points))
    assert all(there[round(y) - 2 : round(y) + 3, round(x)].any() for x, y in points)


def painter(notes: Notes, **how: bool) -> NotesPainter:
    return NotesPainter(notes, REPORT, {}, SIZE[0], **how)


def changed(notes: Notes, t_s: float, **how: bool) -> NDArray[np.bool_]:
    return (painter(notes, **how)(ground(), t_s) != 90).any(axis=2)


def test_a_drawing_is_there_for_as_long_as_was_said_or_long_enough_to_see_it() -> None:
    moment = Notes(drawings=(shape(Shape.LINE, (0, 0), (639, 359)),))
    span = Notes(drawings=(shape(Shape.LINE, (0, 0), (639, 359), until_s=20.0),))
    shown = [
        [changed(notes, t_s).any() for t_s in (4.9, 5.0, 6.9, 7.1, 19.9, 20.1)]
        for notes in (moment, span)
    ]
    assert SHOWN_S == 2.0
    assert shown[0] == [False, True, True, False, False, False]
    assert shown[1] == [False, True, True, True, True, False]


def test_captions_stand_at_the_edge_that_is_asked_for_and_never_outside() -> None:
    notes = Notes(comments=(Comment(1.0, "Better"), Comment(1.0, "word " * 400)))
    below, above = changed(notes, 1.5), changed(notes, 1.5, on_top=True)
    assert below[300:].any()
    assert not below[:60].any()
    assert above[:60].any()
    assert not above[320:].any()
    assert not changed(notes, 0.5).any()


def test_captions_keep_away_from_the_person() -> None:
    def person(y_px: float) -> Pose:
        xy_px = np.full((N_LANDMARKS, 2), y_px, np.float32)
        return Pose(xy_px, np.zeros((N_LANDMARKS, 3), np.float32), np.ones(N_LANDMARKS, np.float32))

    assert more_room_above([person(300.0)], 360)
    assert not more_room_above([person(60.0)], 360)
    assert not more_room_above([], 360)
    assert not more_room_above([person(np.nan)], 360)
