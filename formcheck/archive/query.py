"""What is looked for in the library, as a value and as conditions for the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from formcheck.archive.names import key_of
from formcheck.archive.tables import FindingRow, PersonRow, SessionRow, TagRow

__all__ = ["ALL", "Query", "matching"]

FAULT = "fault"
_MOST_WORDS = 20


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for; everything that is given has to fit.

    Attributes:
        text: Words that all have to occur in person, title, tags or source; upper and lower case
            alike.
        person: Number of a person.
        exercise: Name of an exercise.
        fault: Code of a check that found a fault.
        tags: All of them.
        reviewed: Only what was reviewed, or only what was not.
        kept: Only what can be looked at again because it was kept, or only what can not.
        since: Begun then or later; with a time zone.
        until: Begun before; with a time zone.
        limit: At most so many, the newest; None: all.
        offset: So many of the newest are left out.
    """

    text: str = ""
    person: int | None = None
    exercise: str | None = None
    fault: str | None = None
    tags: tuple[str, ...] = ()
    reviewed: bool | None = None
    kept: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None
    offset: int = 0


ALL = Query()
"""Nothing in particular."""


def matching(query: Query) -> list[ColumnElement[bool]]:
    """What a row of the sessions has to fulfil; limit and offset are not in it."""
    found = [_word(word) for word in key_of(query.text).split()[:_MOST_WORDS]]
    found += [SessionRow.tags.any(TagRow.key == key_of(tag)) for tag in query.tags]
    if query.person is not None:
        found.append(SessionRow.person_id == query.person)
    if query.exercise is not None:
        found.append(SessionRow.exercise == query.exercise)
    if query.fault is not None:
        fault = and_(FindingRow.check == query.fault, FindingRow.level == FAULT)
        found.append(SessionRow.findings.any(fault))
    if query.reviewed is not None:
        found.append(_is_there(SessionRow.reviewed, query.reviewed))
    if query.kept is not None:
        found.append(_is_there(SessionRow.folder, query.kept))
    if query.since is not None:
        found.append(SessionRow.began >= query.since)
    if query.until is not None:
        found.append(SessionRow.began < query.until)
    return found


def _is_there(column: InstrumentedAttribute[Any], there: bool) -> ColumnElement[bool]:
    return column.is_not(None) if there else column.is_(None)


def _word(word: str) -> ColumnElement[bool]:
    return or_(
        SessionRow.search.contains(word, autoescape=True),
        SessionRow.person.has(PersonRow.name_key.contains(word, autoescape=True)),
        SessionRow.tags.any(TagRow.key.contains(word, autoescape=True)),
    )
