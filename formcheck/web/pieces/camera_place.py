"""A drawn picture of where the camera goes for an exercise.

Everything comes from the rule itself: the views it asks for, the figure that it takes for its
position, and the section "Camera" of its text. The picture has two halves: the room from above,
and what the camera should see.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape

from formcheck.judgement.rule import Body, Exercise, View
from formcheck.kinematics.geometry import UNSEEN
from formcheck.landmarks import Joint, Side
from formcheck.presentation.cards import card_of
from formcheck.web.pieces.component import FRONTEND, Component

__all__ = ["drawing", "show"]

_PICTURE = Component(
    "formcheck_camera_place",
    css=(FRONTEND / "camera_place.css").read_text("utf-8"),
    js=(FRONTEND / "camera_place.js").read_text("utf-8"),
)


@dataclass(frozen=True, slots=True)
class _Figure:
    """Somebody in the position of an exercise, in torso lengths: x to the head, y up.

    Attributes:
        joints: Of the side that faces the camera.
        nose: Tells which way the face points.
        lying: Whether the body lies along the floor; otherwise it stands.
        words: How a sentence names it.
    """

    joints: Mapping[Joint, complex]
    nose: complex
    lying: bool
    words: str


def _figure(words: str, nose: complex, *, lying: bool, **joints: complex) -> _Figure:
    return _Figure({Joint[name.upper()]: at for name, at in joints.items()}, nose, lying, words)


_FIGURES = (
    _figure(
        "standing", 0.22 + 2.97j, lying=False,
        ear=0.02 + 3.0j, shoulder=0.0 + 2.65j, elbow=-0.05 + 2.1j, wrist=0.25 + 1.75j,
        hip=0.0 + 1.65j, knee=0.05 + 0.85j, ankle=0.0 + 0.1j, heel=-0.07 + 0.03j,
        foot_index=0.22 + 0.0j,
    ),
    _figure(
        "holding a plank", 1.45 + 0.5j, lying=True,
        ear=1.37 + 0.72j, shoulder=1.0 + 0.72j, elbow=1.0 + 0.06j, wrist=1.45 + 0.04j,
        hip=0.02 + 0.58j, knee=-0.8 + 0.4j, ankle=-1.6 + 0.24j, heel=-1.68 + 0.3j,
        foot_index=-1.66 + 0.02j,
    ),
    _figure(
        "lying on the back, arms and legs up", 1.36 + 0.28j, lying=True,
        ear=1.34 + 0.12j, shoulder=1.0 + 0.1j, elbow=1.0 + 0.68j, wrist=1.0 + 1.12j,
        hip=0.0 + 0.1j, knee=0.02 + 0.94j, ankle=-0.8 + 0.92j, heel=-0.88 + 0.86j,
        foot_index=-0.84 + 1.12j,
    ),
    _figure(
        "lying on the back, knees up", 1.36 + 0.28j, lying=True,
        ear=1.34 + 0.12j, shoulder=1.0 + 0.1j, elbow=0.55 + 0.06j, wrist=0.12 + 0.04j,
        hip=0.0 + 0.12j, knee=-0.6 + 0.75j, ankle=-0.85 + 0.1j, heel=-0.78 + 0.03j,
        foot_index=-1.05 + 0.02j,
    ),
    _figure(
        "with the upper back on a bench, knees up", 1.3 + 0.98j, lying=True,
        ear=1.24 + 0.82j, shoulder=0.92 + 0.75j, elbow=0.5 + 0.62j, wrist=0.2 + 0.6j,
        hip=0.0 + 0.55j, knee=-0.75 + 0.8j, ankle=-0.85 + 0.1j, heel=-0.78 + 0.03j,
        foot_index=-1.05 + 0.02j,
    ),
)  # fmt: skip
"""Tried in this order; the last but one is drawn for an exercise that knows none of them."""

_UNKNOWN_LYING = _FIGURES[3]

_LIMBS = (
    (Joint.EAR, Joint.SHOULDER),
    (Joint.SHOULDER, Joint.HIP),
    (Joint.HIP, Joint.KNEE),
    (Joint.KNEE, Joint.ANKLE),
    (Joint.ANKLE, Joint.FOOT_INDEX),
    (Joint.SHOULDER, Joint.ELBOW),
    (Joint.ELBOW, Joint.WRIST),
)

_HEIGHT = re.compile(r"(\d[\d.]* to \d[\d.]*) m high")
_DISTANCE = re.compile(r"(\d[\d.]* to \d[\d.]*) m away")


def show(exercise: Exercise) -> None:
    """Puts the picture on the page; the words for it are on the exercise's card."""
    _PICTURE.mount(key=f"camera-place-{exercise.name}", data={"svg": drawing(exercise)})


def drawing(exercise: Exercise) -> str:
    """Both halves as SVG, each with title and description; colours come from the page's theme."""
    figure = _figure_of(exercise)
    words = card_of(exercise).sections.get("Camera", "")
    above = _svg(
        f"{exercise.name}-above",
        "The room from above",
        _told(exercise, figure),
        _from_above(exercise, figure, words),
    )
    seen = _svg(
        f"{exercise.name}-seen",
        "What the camera should see",
        f"Somebody {figure.words}: the whole body from head to feet, with room around it.",
        _as_seen(figure, words),
    )
    return f'<div class="places">{above}{seen}</div>'


def _svg(name: str, title: str, description: str, parts: str) -> str:
    key = f"camera-place-{escape(name, quote=True)}"
    return (
        '<svg viewBox="0 0 300 250" role="img" xmlns="http://www.w3.org/2000/svg" '
        f'aria-labelledby="{key}-title" aria-describedby="{key}-desc">'
        f'<title id="{key}-title">{escape(title)}</title>'
        f'<desc id="{key}-desc">{escape(description)}</desc>'
        f'<text class="head" x="150" y="16" text-anchor="middle">{escape(title)}</text>'
        f"{parts}</svg>"
    )


def _figure_of(exercise: Exercise) -> _Figure:
    """The first figure that the exercise takes for its position."""
    for figure in _FIGURES:
        body = _body(figure)
        movement = exercise.movement
        if movement.position(replace(body, stance=movement.stance(body))) is None:
            return figure
    return _UNKNOWN_LYING


def _body(figure: _Figure) -> Body:
    scale_px = 100.0
    points = {joint: scale_px * figure.joints.get(joint, UNSEEN) for joint in Joint}
    limbs = {(side, joint): (at, 1.0) for side in Side for joint, at in points.items()}
    return Body(
        side=Side.LEFT,
        points=points,
        nose=scale_px * figure.nose,
        facing=1,
        torso_px=abs(points[Joint.SHOULDER] - points[Joint.HIP]),
        yaw_deg=0.0,
        limbs=limbs,
    )


def _told(exercise: Exercise, figure: _Figure) -> str:
    """The room from above in words, for those who don't see it."""
    told = [f"Somebody {figure.words}, the camera {_stands(exercise)}."]
    other = _other(exercise, figure)
    if other:
        told.append(f"It may also stand {other}.")
    if exercise.any_view:
        told.append("A dashed ring says that any other place will do for the rest.")
    return " ".join(told)


def _stands(exercise: Exercise) -> str:
    return "at their side" if exercise.view is View.SIDE else "in front of them"


def _other(exercise: Exercise, figure: _Figure) -> str:
    if exercise.other_view is None:
        return ""
    if exercise.other_view is View.SIDE:
        return "at their side"
    return "at their feet" if figure.lying else "in front of them"


# The room from above, 300 x 250: head, or face, to the left.

_BELOW = (150.0, 205.0)
_LYING_AT = (150.0, 84.0)
_AT_THE_FEET = (284.0, 84.0)
_STANDING_AT = (150.0, 113.0)
_IN_FRONT = (58.0, 113.0)
_RULER_X = 258


def _from_above(exercise: Exercise, figure: _Figure, words: str) -> str:
    person, middle, front = (
        (_LYING_ABOVE, _LYING_AT, _AT_THE_FEET)
        if figure.lying
        else (_STANDING_ABOVE, _STANDING_AT, _IN_FRONT)
    )
    places = {View.SIDE: _BELOW, View.FRONT: front}
    main = places.get(exercise.view, _BELOW)
    parts = []
    if exercise.any_view:
        parts.append(
            f'<circle class="ring" cx="{middle[0]}" cy="{middle[1]}" r="{_BELOW[1] - middle[1]}"/>'
        )
    if exercise.other_view is not None and exercise.other_view is not exercise.view:
        parts.append(_camera(places.get(exercise.other_view, front), middle, also=True))
    parts += [_camera(main, middle), person]
    if main == _BELOW:
        parts.append(_distance(words, middle[1]))
    return "".join(parts)


_LYING_ABOVE = (
    '<g class="person"><ellipse class="mat" cx="150" cy="84" rx="100" ry="34"/>'
    '<path d="M84 84H150M150 78L222 72M150 90L222 96M100 76L124 58M100 92L124 110"/>'
    '<path d="M98 70V98"/><circle cx="72" cy="84" r="12"/></g>'
)
_STANDING_ABOVE = (
    '<g class="person"><circle class="mat" cx="150" cy="113" r="40"/>'
    '<path d="M150 89V137M148 89L128 85M148 137L128 141"/>'
    '<circle cx="148" cy="113" r="12"/><path class="nose" d="M136 113H130"/></g>'
)


def _camera(at: tuple[float, float], middle: tuple[float, float], *, also: bool = False) -> str:
    """A camera with its field of view, turned to the person."""
    x, y = at
    turn_deg = math.degrees(math.atan2(middle[1] - y, middle[0] - x))
    reach = 0.7 * math.dist(at, middle)
    half = reach * math.tan(math.radians(33.0))
    return (
        f'<g class="camera{" also" if also else ""}" '
        f'transform="translate({x} {y}) rotate({turn_deg:.1f})">'
        f'<path class="sees" d="M10 0L{10 + reach:.0f} {-half:.0f}V{half:.0f}Z"/>'
        '<rect x="-14" y="-10" width="20" height="20" rx="3"/>'
        '<path class="lens" d="M6 -6L14 -9V9L6 6Z"/></g>'
    )


def _distance(words: str, top_y: float) -> str:
    found = _DISTANCE.search(words)
    if found is None:
        return ""
    x, low_y = _RULER_X, _BELOW[1]
    return (
        f'<path class="measure" d="M{x} {top_y}V{low_y}M{x - 6} {top_y}H{x + 6}M{x - 6} {low_y}'
        f'H{x + 6}"/><text x="{x + 8}" y="{low_y + 24}" text-anchor="end">'
        f"{escape(found.group(1))} m</text>"
    )


# What the camera should see: a frame with the figure on a floor.

_FRAME = (10.0, 28.0, 280.0, 160.0)
_FLOOR_Y = 168.0


def _as_seen(figure: _Figure, words: str) -> str:
    x, y, width, height = _FRAME
    xs = [at.real for at in figure.joints.values()]
    tall = 122.0 / max(at.imag for at in figure.joints.values())
    wide = 210.0 / (max(xs) - min(xs))
    scale = min(tall, wide)
    middle = x + width / 2 + scale * (max(xs) + min(xs)) / 2

    def place(at: complex) -> tuple[float, float]:
        # Head to the left, as in the room from above.
        return round(middle - scale * at.real, 1), round(_FLOOR_Y - scale * at.imag, 1)

    lines = "".join(
        "M{} {}L{} {}".format(*place(figure.joints[a]), *place(figure.joints[b])) for a, b in _LIMBS
    )
    head_x, head_y = place(figure.joints[Joint.EAR])
    return (
        f'<rect class="frame" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>'
        f'<path class="floor" d="M{x + 12} {_FLOOR_Y + 6}H{x + width - 12}"/>'
        f'<g class="person"><path d="{lines}"/>'
        f'<circle cx="{head_x}" cy="{head_y}" r="{max(8.0, 0.17 * scale):.1f}"/></g>'
        f'<text x="150" y="{y + height + 22}" text-anchor="middle">The whole body, head to feet'
        f'</text><text x="150" y="{y + height + 44}" text-anchor="middle">{_height(words)}</text>'
    )


def _height(words: str) -> str:
    found = _HEIGHT.search(words)
    return "" if found is None else escape(f"Camera {found.group(1)} m high")
