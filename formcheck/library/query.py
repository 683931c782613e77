"""What is looked for in the library, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["ALL", "Query"]


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
        since: Begun then or later; any time zone.
        until: Begun before; any time zone.
        limit: At most so many, the newest; None: all.
        offset: So many of the newest are left out.
    """

    text: str = ""
    person: int | None = None
    exercise: str | None = None
    fault: str | None = None
    tags: tuple[str, ...] = ()
    reviewed: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None
    offset: int = 0


ALL = Query()
"""Nothing in particular."""
