"""What a coach adds to a session: agree, overrule, add; comments; drawings on the picture.

Opinions name what they are about by check and time, not by position in a list: they stay with it
when the session is judged again. The JSON form is written down in ``docs/bundle.md``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from formcheck.errors import BundleError
from formcheck.types import Finding, Hop, Level, Rep

__all__ = ["Comment", "Drawing", "Notes", "Opinion", "Shape", "Subject", "Verdict", "read_notes"]

SCHEMA = 1
"""Raised when a key changes its meaning or goes away; a new key does not raise it."""
_MAX_TEXT = 10_000
_MAX_POINTS = 10_000
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_SLACK_S = 0.2
"""Spans this near still meet: judged again, a fault may begin some frames elsewhere."""


class Verdict(str, Enum):
    """What a coach says to what the program said."""

    AGREE = "agree"
    OVERRULE = "overrule"
    ADD = "add"
    """The program said nothing, and should have."""


class Subject(str, Enum):
    """What an opinion is about."""

    FINDING = "finding"
    REP = "rep"
    JUMP = "jump"


class Shape(str, Enum):
    """What is drawn, with its points: ``ANGLE`` is start, vertex, end."""

    LINE = "line"
    ANGLE = "angle"
    ARROW = "arrow"
    TEXT = "text"
    FREE = "free"


_N_POINTS = {Shape.LINE: 2, Shape.ANGLE: 3, Shape.ARROW: 2, Shape.TEXT: 1}


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the coach says of one finding, repetition or jump.

    Attributes:
        verdict: Agree, overrule or add.
        subject: What it is about.
        start_s: When that begins.
        end_s: When it ends.
        check: Code of the check; None where a repetition or jump as a whole is meant.
        level: What the coach would have said (``GOOD``, ``WARN`` or ``FAULT``); None: as the
            program, or not told.
        counts: Whether the repetition or jump counts, as the coach sees it; None: not told.
        text: Why, in the coach's words.
        by: Who says so.
        at: When it was said, ISO 8601; empty: not known.

    Raises:
        ValueError: the parts contradict each other.
    """

    verdict: Verdict
    subject: Subject
    start_s: float
    end_s: float
    check: str | None = None
    level: Level | None = None
    counts: bool | None = None
    text: str = ""
    by: str = ""
    at: str = ""

    def __post_init__(self) -> None:
        _check_times(self.start_s, self.end_s)
        _check_texts(self.check or "", self.text, self.by, self.at)
        if self.subject is Subject.FINDING and not self.check:
            raise ValueError("an opinion of a finding names its check")
        if self.subject is Subject.FINDING and self.counts is not None:
            raise ValueError("only repetitions and jumps count or don't")
        if self.level is Level.NOT_JUDGED:
            raise ValueError("a coach's level is good, warn or fault")

    def is_about(self, what: Finding | Rep | Hop) -> bool:
        """Whether this is said of that finding (by its check), repetition or jump."""
        if isinstance(what, Finding):
            same = self.subject is Subject.FINDING and self.check == what.check
            return same and self._meets(what.start_s, what.end_s)
        if isinstance(what, Rep):
            return self.subject is Subject.REP and self._holds_middle(what.start_s, what.end_s)
        return self.subject is Subject.JUMP and self._holds_middle(what.take_off_s, what.landing_s)

    def _meets(self, start_s: float, end_s: float) -> bool:
        return self.start_s - _SLACK_S <= end_s and start_s <= self.end_s + _SLACK_S

    def _holds_middle(self, start_s: float, end_s: float) -> bool:
        # One jump follows the other at once: neighbours meet, middles don't.
        return self.start_s <= (start_s + end_s) / 2.0 <= self.end_s


@dataclass(frozen=True, slots=True)
class Comment:
    """Words at a moment.

    Attributes:
        t_s: The moment.
        text: The words.
        by: Whose they are.
        at: When they were written, ISO 8601; empty: not known.

    Raises:
        ValueError: there are no words, or far too many, or no moment.
    """

    t_s: float
    text: str
    by: str = ""
    at: str = ""

    def __post_init__(self) -> None:
        _check_times(self.t_s, self.t_s)
        _check_texts(self.text, self.by, self.at)
        if not self.text.strip():
            raise ValueError("a comment has words")


@dataclass(frozen=True, slots=True)
class Drawing:
    """Something drawn on the picture, as data.

    Attributes:
        t_s: The moment that it was drawn on.
        shape: What it is.
        points_px: Points (x, y) in image pixels of the upright picture, y down.
        until_s: Until when it is shown; None: on that moment alone.
        text: Its words; a text has some.
        colour: As ``#rrggbb``.
        by: Who drew it.
        at: When it was drawn, ISO 8601; empty: not known.

    Raises:
        ValueError: a shape has another number of points, or a value makes no sense.
    """

    t_s: float
    shape: Shape
    points_px: tuple[tuple[float, float], ...]
    until_s: float | None = None
    text: str = ""
    colour: str = "#ffcc00"
    by: str = ""
    at: str = ""

    def __post_init__(self) -> None:
        _check_times(self.t_s, self.t_s if self.until_s is None else self.until_s)
        _check_texts(self.text, self.by, self.at)
        n_points, wanted = len(self.points_px), _N_POINTS.get(self.shape)
        if n_points != wanted and (wanted is not None or not 2 <= n_points <= _MAX_POINTS):
            raise ValueError(f"{n_points} points make no {self.shape.value}")
        if not all(math.isfinite(value) for point in self.points_px for value in point):
            raise ValueError("a point has no place")
        if not _COLOUR.fullmatch(self.colour):
            raise ValueError("a colour is written as #rrggbb")
        if self.shape is Shape.TEXT and not self.text.strip():
            raise ValueError("a text has words")

    @property
    def angle_deg(self) -> float | None:
        """The angle at the vertex of an ``ANGLE``, 0 to 180 degrees; None for other shapes."""
        if self.shape is not Shape.ANGLE:
            return None
        start, vertex, end = (complex(*point) for point in self.points_px)
        one, other = start - vertex, end - vertex
        turn = one.conjugate() * other
        return abs(math.degrees(math.atan2(turn.imag, turn.real))) if turn else None


@dataclass(frozen=True, slots=True)
class Notes:
    """Everything that a coach added, each in the order in which it was said.

    Attributes:
        opinions: Agree, overrule, add; of two about the same the later one holds.
        comments: Words at moments.
        drawings: On the picture.
        reviewed: When a coach was through with the session, ISO 8601; empty: not yet. Only then
            does silence about a stretch of time say that nothing was to be said of it.
    """

    opinions: tuple[Opinion, ...] = ()
    comments: tuple[Comment, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    reviewed: str = ""

    def __post_init__(self) -> None:
        _check_texts(self.reviewed)

    def opinion_of(self, what: Finding | Rep | Hop, check: str | None = None) -> Opinion | None:
        """The last opinion about this, or None.

        What was added beside something that was found says nothing of it where more was said.

        Args:
            what: A finding, repetition or jump of the report.
            check: Of a repetition or jump: the check that is meant; None: as a whole.
        """
        wanted = what.check if isinstance(what, Finding) else check
        about = [o for o in self.opinions if o.check == wanted and o.is_about(what)]
        spoken = [o for o in about if o.verdict is not Verdict.ADD] or about
        return spoken[-1] if spoken else None

    def missed(self, seen: Sequence[Rep | Hop], subject: Subject) -> tuple[Opinion, ...]:
        """Repetitions or jumps that a coach counts and the program has not seen.

        Args:
            seen: All that the program saw.
            subject: ``REP`` or ``JUMP``.
        """
        return tuple(
            o
            for o in self.opinions
            if o.verdict is Verdict.ADD
            and (o.subject, o.check) == (subject, None)
            and o.counts is not False
            and not any(o.is_about(one) for one in seen)
        )

    def to_json(self) -> bytes:
        """The bytes of ``notes.json``."""
        plain = {
            "schema_version": SCHEMA,
            "opinions": [_plain_opinion(opinion) for opinion in self.opinions],
            "comments": [
                {"t_s": c.t_s, "text": c.text, "by": c.by, "at": c.at} for c in self.comments
            ],
            "drawings": [_plain_drawing(drawing) for drawing in self.drawings],
            "reviewed": self.reviewed,
        }
        return (json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def read_notes(data: bytes, bundle: str) -> Notes:
    """Reads what :meth:`Notes.to_json` wrote.

    Args:
        data: Its bytes.
        bundle: What the bundle is called in messages.

    Raises:
        BundleError: it is none, damaged, or of a newer formcheck.
    """
    try:
        plain = json.loads(data)
        version = plain["schema_version"]
        if type(version) is not int or version < 1:
            raise ValueError(f"schema_version {version!r}")
        if version > SCHEMA:
            raise BundleError(
                f"The notes in {bundle} were written by a newer formcheck (schema {version}, this "
                f"one reads {SCHEMA}): update formcheck."
            )
        return Notes(
            tuple(_read_opinion(opinion) for opinion in plain["opinions"]),
            tuple(
                Comment(_number(c["t_s"]), _text(c["text"]), _text(c["by"]), _text(c["at"]))
                for c in plain["comments"]
            ),
            tuple(_read_drawing(drawing) for drawing in plain["drawings"]),
            # Notes of before this key was there say nothing of it.
            _text(plain.get("reviewed", "")),
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BundleError(
            f"The notes in {bundle} are damaged: {error!r} was unexpected."
        ) from error


def _plain_opinion(opinion: Opinion) -> dict[str, Any]:
    return {
        "verdict": opinion.verdict.value,
        "subject": opinion.subject.value,
        "start_s": opinion.start_s,
        "end_s": opinion.end_s,
        "check": opinion.check,
        "level": None if opinion.level is None else opinion.level.name.lower(),
        "counts": opinion.counts,
        "text": opinion.text,
        "by": opinion.by,
        "at": opinion.at,
    }


def _read_opinion(plain: Mapping[str, Any]) -> Opinion:
    level, counts, check = plain["level"], plain["counts"], plain["check"]
    if counts is not None and type(counts) is not bool:
        raise ValueError(f"counts {counts!r}")
    return Opinion(
        verdict=Verdict(plain["verdict"]),
        subject=Subject(plain["subject"]),
        start_s=_number(plain["start_s"]),
        end_s=_number(plain["end_s"]),
        check=None if check is None else _text(check),
        level=None if level is None else Level[_text(level).upper()],
        counts=counts,
        text=_text(plain["text"]),
        by=_text(plain["by"]),
        at=_text(plain["at"]),
    )


def _plain_drawing(drawing: Drawing) -> dict[str, Any]:
    return {
        "t_s": drawing.t_s,
        "shape": drawing.shape.value,
        "points_px": [list(point) for point in drawing.points_px],
        "until_s": drawing.until_s,
        "text": drawing.text,
        "colour": drawing.colour,
        "by": drawing.by,
        "at": drawing.at,
    }


def _read_drawing(plain: Mapping[str, Any]) -> Drawing:
    until_s = plain["until_s"]
    return Drawing(
        t_s=_number(plain["t_s"]),
        shape=Shape(plain["shape"]),
        points_px=tuple((_number(x), _number(y)) for x, y in plain["points_px"]),
        until_s=None if until_s is None else _number(until_s),
        text=_text(plain["text"]),
        colour=_text(plain["colour"]),
        by=_text(plain["by"]),
        at=_text(plain["at"]),
    )


def _number(value: object) -> float:
    # By type: true is a number to Python.
    if type(value) not in (int, float):
        raise ValueError(f"{value!r} is no number")
    return float(value)  # type: ignore[arg-type]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value


def _check_times(start_s: float, end_s: float) -> None:
    if not (math.isfinite(start_s) and math.isfinite(end_s) and start_s <= end_s):
        raise ValueError(f"{start_s} to {end_s} is no span of time")


def _check_texts(*texts: str) -> None:
    if max(map(len, texts)) > _MAX_TEXT:
        raise ValueError(f"a text has more than {_MAX_TEXT} letters")
