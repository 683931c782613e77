"""Taking in what a coach noted: who said what when is for the server to say, not for the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from formcheck.notes import Comment, Drawing, Notes, Opinion

__all__ = ["signed"]

T = TypeVar("T", Opinion, Comment, Drawing)


def signed(sent: Notes, before: Notes, by: str, at: str) -> Notes:
    """The notes as they are kept: what is new or changed gets its author and time.

    Args:
        sent: As a page sent them; what it says of authors and times is not believed.
        before: As they are kept so far; what is in both keeps its author and time.
        by: Who sent them.
        at: When, ISO 8601.

    Returns:
        What was sent, in its order, and ``reviewed`` as it was before.
    """
    return Notes(
        tuple(_signed(sent.opinions, before.opinions, by, at)),
        tuple(_signed(sent.comments, before.comments, by, at)),
        tuple(_signed(sent.drawings, before.drawings, by, at)),
        before.reviewed,
    )


def _signed(sent: Sequence[T], before: Iterable[T], by: str, at: str) -> Iterable[T]:
    # Of two that say the same the first one sent is the first one kept.
    known: dict[T, list[T]] = {}
    for one in before:
        known.setdefault(replace(one, by="", at=""), []).append(one)
    for one in sent:
        bare = replace(one, by="", at="")
        same = known.get(bare)
        yield same.pop(0) if same else replace(bare, by=by, at=at)
