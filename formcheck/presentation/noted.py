"""Draws what a coach noted on pictures: lines, arrows, angles, texts, strokes, comments, opinions.

Drawings and words belong to moments, and a moment is over before anybody has read it: in a clip
that runs, each stays for as long as it takes to take it in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.judgement.report import rep_numbers
from formcheck.notes import Comment, Drawing, Notes, Opinion, Shape, Subject, Verdict
from formcheck.presentation import palette, text, words
from formcheck.presentation.skeleton import Point, line
from formcheck.types import Hop, Level, Pose, Rep, Report

__all__ = ["Caption", "NotesPainter", "captions", "draw_shape", "more_room_above"]

SHOWN_S = 2.0
"""A drawing that was made on one moment stays for so long."""
_EARLY_S = 0.02
"""Half a picture: the one nearest to a moment may be shown just before it."""
_READ_S = (2.5, 0.06, 12.0)
"""A caption stays for the first, and the second for each letter, but not longer than the third."""
_FAR_PX = 20_000.0
_MOST_CAPTIONS = 3
_LETTERS = 2_000
"""More of a comment does not fit on a picture anyway."""

Name = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Caption:
    """Words below a picture for a while.

    Attributes:
        start_s: From when.
        end_s: Until when.
        text: The words.
        colour: Of the bar beside them.
    """

    start_s: float
    end_s: float
    text: str
    colour: palette.Rgb


def captions(notes: Notes, report: Report, titles: Mapping[str, str]) -> tuple[Caption, ...]:
    """What is written of a coach's comments and opinions, in order of time.

    Args:
        notes: What the coach said.
        report: What it is about: an opinion is shown while that lasts.
        titles: Check code → the fault in words.
    """
    found = [_commented(comment) for comment in notes.comments]
    for finding in report.findings:
        opinion = notes.opinion_of(finding)
        if opinion is not None:
            found += _judged(opinion, finding.start_s, finding.end_s, _title(finding.check, titles))
    for number, rep in zip(rep_numbers(report.reps), report.reps, strict=True):
        name = "a repetition that was not counted" if number is None else f"repetition {number}"
        found += _of_whole(notes, rep, (rep.start_s, rep.end_s), name, titles)
    for number, hop in enumerate(report.hops, start=1):
        found += _of_whole(notes, hop, (hop.take_off_s, hop.end_s), f"jump {number}", titles)
    found += [
        caption
        for opinion in notes.opinions
        if opinion.verdict is Verdict.ADD and opinion.subject is Subject.FINDING
        for caption in _added(opinion, _title(opinion.check or "", titles))
    ]
    return tuple(sorted(found, key=lambda caption: caption.start_s))


def _title(code: str, titles: Mapping[str, str]) -> str:
    return titles.get(code, code).lower()


def _commented(comment: Comment) -> Caption:
    told = " ".join(comment.text.split())[:_LETTERS]
    return Caption(comment.t_s, comment.t_s + _to_read_s(told), told, palette.INFO)


def _judged(opinion: Opinion, start_s: float, end_s: float, title: str) -> list[Caption]:
    """What a coach says of a finding; nothing where they agree without a word."""
    if opinion.verdict is Verdict.ADD:
        return []  # told of once, with all that was added
    if opinion.verdict is Verdict.AGREE and not opinion.text.strip():
        return []
    if opinion.verdict is Verdict.OVERRULE:
        level = opinion.level
        said = "not so" if level in (None, Level.GOOD) else palette.LEVEL_WORD[level]
        told, colour = f"Coach on “{title}”: {said}", palette.LEVEL_RGB[Level.GOOD]
        if level in (Level.WARN, Level.FAULT):
            colour = palette.LEVEL_RGB[level]
    else:
        told, colour = f"Coach on “{title}”: agrees", palette.INFO
    return [_over(start_s, end_s, told, opinion.text, colour)]


def _of_whole(
    notes: Notes,
    what: Rep | Hop,
    span_s: tuple[float, float],
    name: str,
    titles: Mapping[str, str],
) -> list[Caption]:
    """What a coach says of a repetition or jump, as a whole and check by check."""
    found = []
    for check in dict.fromkeys([None, *what.levels]):
        opinion = notes.opinion_of(what, check)
        if opinion is None or (opinion.verdict is Verdict.AGREE and not opinion.text.strip()):
            continue
        about = name if check is None else f"{_title(check, titles)}, {name}"
        said = _counted(opinion)
        found.append(_over(*span_s, f"Coach on {about}: {said}", opinion.text, palette.INFO))
    return found


def _counted(opinion: Opinion) -> str:
    if opinion.counts is not None:
        return "counts" if opinion.counts else "does not count"
    if opinion.level is not None:
        return palette.LEVEL_WORD[opinion.level]
    return {Verdict.AGREE: "agrees", Verdict.OVERRULE: "not so", Verdict.ADD: "was missed"}[
        opinion.verdict
    ]


def _added(opinion: Opinion, title: str) -> list[Caption]:
    level = opinion.level or Level.FAULT
    told = f"Coach: {title}"
    return [_over(opinion.start_s, opinion.end_s, told, opinion.text, palette.LEVEL_RGB[level])]


def _over(start_s: float, end_s: float, told: str, why: str, colour: palette.Rgb) -> Caption:
    why = " ".join(why.split())[:_LETTERS]
    told = f"{told}. {words.sentence(why)}" if why else told
    return Caption(start_s, max(end_s, start_s + _to_read_s(told)), told, colour)


def _to_read_s(told: str) -> float:
    least_s, letter_s, most_s = _READ_S
    return min(most_s, least_s + letter_s * len(told))


class NotesPainter:
    """Draws a coach's notes on the pictures of one clip.

    Args:
        notes: What the coach said and drew.
        report: What the opinions are about.
        titles: Check code → the fault in words.
        clip_width_px: Width of the picture that the drawings were made on.
        on_top: Whether captions stand at the upper edge, because the person is near the lower one.
    """

    def __init__(
        self,
        notes: Notes,
        report: Report,
        titles: Mapping[str, str],
        clip_width_px: int,
        *,
        on_top: bool = False,
    ) -> None:
        self._on_top = on_top
        self._drawings = notes.drawings
        self._captions = captions(notes, report, titles)
        self._width_px = clip_width_px

    def __call__(self, picture: NDArray[np.uint8], t_s: float) -> NDArray[np.uint8]:
        """Draws on the picture of one moment.

        Args:
            picture: uint8 (height, width, 3), of any scale; changed in place.
            t_s: The moment, seconds of the trace.

        Returns:
            The same picture.
        """
        scale = picture.shape[1] / self._width_px
        for drawing in self._drawings:
            if drawing.t_s - _EARLY_S <= t_s <= _until_s(drawing):
                draw_shape(picture, drawing, scale)
        now = [one for one in self._captions if one.start_s <= t_s <= one.end_s]
        _write(picture, now[-_MOST_CAPTIONS:], self._on_top)
        return picture


def _until_s(drawing: Drawing) -> float:
    return drawing.t_s + SHOWN_S if drawing.until_s is None else drawing.until_s


def draw_shape(picture: NDArray[np.uint8], drawing: Drawing, scale: float) -> None:
    """Draws one shape.

    Args:
        picture: uint8 (height, width, 3), changed in place.
        drawing: In pixels of the clip.
        scale: Pixels of the picture for each pixel of the clip.
    """
    points = [_near(x * scale, y * scale) for x, y in drawing.points_px]
    colour = _rgb(drawing.colour)
    stroke_px = _stroke_px(picture)
    if drawing.shape is Shape.TEXT:
        _label(picture, drawing.text, points[0], colour)
        return
    if drawing.shape is Shape.ARROW:
        paths = [points, _barbs(points[0], points[1], stroke_px)]
    else:
        paths = [points]
    if drawing.shape is Shape.ANGLE:
        paths.append(_arc(*points, radius=stroke_px * 9.0))
    for ink, width_px in ((palette.OUTLINE, stroke_px + 2), (colour, stroke_px)):
        for path in paths:
            _path(picture, path, ink, width_px)
    if drawing.angle_deg is not None:
        at = _beside(points, stroke_px * 9.0)
        _label(picture, words.with_unit(drawing.angle_deg, "deg"), at, colour)
    if drawing.text.strip():
        _label(picture, drawing.text, points[-1], colour)


def _near(x: float, y: float) -> Point:
    """Within what can be drawn at all; a hostile file may name places beyond any picture."""
    return min(_FAR_PX, max(-_FAR_PX, x)), min(_FAR_PX, max(-_FAR_PX, y))


def _rgb(colour: str) -> palette.Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _stroke_px(picture: NDArray[np.uint8]) -> int:
    return max(2, round(math.sqrt(picture.shape[0] * picture.shape[1]) / 200))


def _path(
    picture: NDArray[np.uint8], points: Sequence[Point], colour: palette.Rgb, width_px: int
) -> None:
    if len(points) == 2:
        line(picture, points[0], points[1], colour, width_px)
        return
    fixed = np.round(np.array(points) * 16).astype(np.int32)[None]
    cv2.polylines(picture, fixed, False, colour, width_px, cv2.LINE_AA, 4)


def _barbs(start: Point, end: Point, stroke_px: int) -> list[Point]:
    """The head of an arrow, as one path through its tip."""
    along = math.atan2(end[1] - start[1], end[0] - start[0])
    length = min(stroke_px * 6.0, 0.5 * math.dist(start, end))
    sides = [
        (end[0] - length * math.cos(along + turn), end[1] - length * math.sin(along + turn))
        for turn in (0.5, -0.5)
    ]
    return [sides[0], end, sides[1]]


def _arc(start: Point, vertex: Point, end: Point, *, radius: float) -> list[Point]:
    """The arc of the smaller angle, no wider than the shorter leg allows."""
    radius = min(radius, 0.7 * math.dist(start, vertex), 0.7 * math.dist(end, vertex))
    first = math.atan2(start[1] - vertex[1], start[0] - vertex[0])
    sweep = math.atan2(end[1] - vertex[1], end[0] - vertex[0]) - first
    sweep = (sweep + math.pi) % (2.0 * math.pi) - math.pi
    turns = first + sweep * np.linspace(0.0, 1.0, 25)
    return [
        (vertex[0] + radius * math.cos(turn), vertex[1] + radius * math.sin(turn)) for turn in turns
    ]


def _beside(points: Sequence[Point], radius: float) -> Point:
    """Where the number of an angle stands: between its legs, a little beyond the arc."""
    start, vertex, end = (complex(*point) for point in points)
    legs = [(leg - vertex) / abs(leg - vertex) for leg in (start, end) if leg != vertex]
    middle = sum(legs)
    away = middle / abs(middle) if abs(middle) > 0.1 else 1j * legs[0] if legs else 1j
    at = vertex + 1.6 * radius * away
    return at.real, at.imag


def _label(picture: NDArray[np.uint8], told: str, at: Point, colour: palette.Rgb) -> None:
    """Words on a plate, moved into the picture where they would stick out."""
    height_px, width_px = picture.shape[:2]
    size_px = max(13, round(math.sqrt(height_px * width_px) / 32))
    block = text.fit(
        told[:_LETTERS],
        max(40, round(0.5 * width_px)),
        max(size_px * 2, round(0.4 * height_px)),
        largest_px=size_px,
        smallest_px=max(10, size_px // 2),
        bold=True,
    )
    _plate(picture, block, round(at[0]), round(at[1]), colour)


def _plate(
    picture: NDArray[np.uint8], block: text.Block, x: int, y: int, colour: palette.Rgb
) -> None:
    masks = [text.mask(each, block.size_px, True) for each in block.lines]
    pad = max(3, round(0.35 * block.size_px))
    width = max(mask.shape[1] for mask in masks) + 3 * pad
    height = sum(mask.shape[0] for mask in masks) + pad
    x = min(max(x, 0), max(0, picture.shape[1] - width))
    y = min(max(y - height // 2, 0), max(0, picture.shape[0] - height))
    corner = (x + width - 1, y + height - 1)
    cv2.rectangle(picture, (x, y), corner, palette.PANEL, cv2.FILLED)
    bar = max(2, pad // 2)
    cv2.rectangle(picture, (x, y), (x + bar - 1, corner[1]), colour, cv2.FILLED)
    top = y + pad // 2
    for mask in masks:
        text.paste(picture, mask, x + bar + pad, top, palette.INK)
        top += mask.shape[0]


def _write(picture: NDArray[np.uint8], now: Sequence[Caption], on_top: bool) -> None:
    """Captions one below the other, as far as there is room: at the upper edge, or the lower."""
    height_px, width_px = picture.shape[:2]
    size_px = max(13, round(math.sqrt(height_px * width_px) / 34))
    left_px, gap_px = round(0.03 * width_px), size_px // 2
    used_px = 0
    for caption in now if on_top else reversed(now):
        block = text.fit(
            caption.text,
            round(0.94 * width_px) - 4 * size_px,
            round(0.3 * height_px),
            largest_px=size_px,
            smallest_px=max(10, round(0.6 * size_px)),
            bold=True,
        )
        tall_px = text.line_height_px(block.size_px) * len(block.lines) + size_px
        middle_px = used_px + gap_px + tall_px // 2
        used_px += gap_px + tall_px
        if used_px > height_px:
            return
        _plate(
            picture, block, left_px, middle_px if on_top else height_px - middle_px, caption.colour
        )


def more_room_above(poses: Iterable[Pose], height_px: int) -> bool:
    """Whether a person leaves more room above than below, over a whole clip.

    Args:
        poses: The landmarks of its moments.
        height_px: Of its picture.
    """
    seen = [pose.xy_px[:, 1] for pose in poses]
    if not seen:
        return False
    heights = np.concatenate(seen)
    heights = heights[np.isfinite(heights)]
    if not heights.size:
        return False
    top, bottom = np.percentile(heights, [2.0, 98.0])
    return bool(top > height_px - bottom)
