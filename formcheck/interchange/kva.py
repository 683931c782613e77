"""KVA: findings, comments and drawings as key images of Kinovea.

The elements are those that Kinovea 0.8.27 to 0.9 reads (format version 2.0): key images with a
title, a comment and drawings (line, angle, label, pencil). Times are counted in frames, which
Kinovea turns into its own for the clip that it has open. Drawing styles are left to Kinovea's own
presets, so an arrow becomes a line that is called one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import InputError
from formcheck.interchange.tracks import rate_hz
from formcheck.notes import Drawing, Notes, Shape
from formcheck.types import Observation

__all__ = ["to_kva"]

Titled = tuple[float, str, str]
"""When, a title, and more words."""


def to_kva(
    observations: Sequence[Observation],
    clip: str,
    findings: Sequence[Titled],
    notes: Notes,
) -> str:
    """The XML text; saved beside the clip under the clip's name, Kinovea opens it by itself.

    Args:
        observations: The session.
        clip: File name of the clip.
        findings: What the program found: when it was furthest out, what, and how far.
        notes: What a coach added.

    Raises:
        InputError: the session is empty.
    """
    if not observations:
        raise InputError("nothing was recorded in this session, so there is nothing to write")
    t_s = np.array([seen.t_s for seen in observations])
    first = observations[0]
    rate = rate_hz(t_s) or 1.0
    root = ElementTree.Element("KinoveaVideoAnalysis")
    for name, text in (
        ("FormatVersion", "2.0"),
        ("Producer", "formcheck"),
        ("OriginalFilename", clip.rsplit(".", 1)[0]),
        ("ImageSize", f"{first.width_px};{first.height_px}"),
        ("AverageTimeStampsPerFrame", "1"),
        ("CaptureFramerate", f"{rate:.6g}"),
        ("UserFramerate", f"{rate:.6g}"),
        ("FirstTimeStamp", "0"),
        ("SelectionStart", "0"),
    ):
        _text(root, name, text)
    said = [*findings, *((c.t_s, _first_words(c.text), c.text) for c in notes.comments)]
    _key_images(root, t_s, said, notes.drawings)
    ElementTree.indent(root)
    declared = '<?xml version="1.0" encoding="utf-8"?>\n'
    return declared + ElementTree.tostring(root, encoding="unicode") + "\n"


def _key_images(
    root: ElementTree.Element,
    t_s: NDArray[np.float64],
    said: Sequence[Titled],
    drawings: Sequence[Drawing],
) -> None:
    """One key image a frame: Kinovea has no second one there."""
    titled: dict[int, list[Titled]] = defaultdict(list)
    drawn: dict[int, list[Drawing]] = defaultdict(list)
    for one in said:
        titled[_frame(t_s, one[0])].append(one)
    for drawing in drawings:
        drawn[_frame(t_s, drawing.t_s)].append(drawing)
    if not titled and not drawn:
        return
    images = ElementTree.SubElement(root, "Keyframes")
    for frame in sorted(titled.keys() | drawn.keys()):
        image = ElementTree.SubElement(images, "Keyframe")
        _text(image, "Position", str(frame))
        words = titled[frame]
        if words:
            _text(image, "Title", "; ".join(title for _, title, _ in words))
            _text(image, "Comment", "\n".join(more for _, _, more in words))
        if drawn[frame]:
            group = ElementTree.SubElement(image, "Drawings")
            for number, drawing in enumerate(drawn[frame], start=1):
                _drawing(group, drawing, number)


def _drawing(group: ElementTree.Element, drawing: Drawing, number: int) -> None:
    points = [f"{x:.2f};{y:.2f}" for x, y in drawing.points_px]
    if drawing.shape is Shape.FREE:
        pencil = ElementTree.SubElement(group, "Pencil", name=f"Pencil {number}")
        stroke = ElementTree.SubElement(pencil, "PointList", Count=str(len(points)))
        for point in points:
            _text(stroke, "Point", point)
        return
    tag, names = _SHAPES[drawing.shape]
    shape = ElementTree.SubElement(group, tag, name=f"{drawing.shape.value.title()} {number}")
    if drawing.shape is Shape.TEXT:
        _text(shape, "Text", drawing.text)
    for name, point in zip(names, points, strict=True):
        _text(shape, name, point)


_SHAPES = {
    Shape.LINE: ("Line", ("Start", "End")),
    Shape.ARROW: ("Line", ("Start", "End")),
    # Kinovea's "o" is the vertex.
    Shape.ANGLE: ("Angle", ("PointA", "PointO", "PointB")),
    Shape.TEXT: ("Label", ("Position",)),
}


def _frame(t_s: NDArray[np.float64], at_s: float) -> int:
    return int(np.abs(t_s - at_s).argmin())


def _first_words(text: str, most: int = 40) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    # XML has no way to write most control characters.
    clean = "".join(letter for letter in text if letter >= " " or letter in "\n\t")
    ElementTree.SubElement(parent, name).text = clean
