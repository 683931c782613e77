"""Tickets: random words that let a page in once, and for a while."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Tickets"]

T = TypeVar("T")

MOST = 1000
"""Older ones are forgotten beyond: reloading a page for ever must not fill the memory."""


class Tickets(Generic[T]):
    """Hands out tickets and takes each of them back once. Not for several threads at a time.

    Args:
        lasting_s: How long a ticket can be used.
        clock: Seconds, never running backwards.
    """

    def __init__(self, lasting_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._lasting_s = lasting_s
        self._clock = clock
        self._held: dict[str, tuple[float, T]] = {}

    def mint(self, meaning: T, lasting_s: float | None = None) -> str:
        """A new ticket: 256 random bits, as letters, digits, hyphens and underlines.

        Args:
            meaning: What it stands for.
            lasting_s: How long it can be used; None: as long as all.
        """
        self._forget_old()
        ticket = secrets.token_urlsafe(32)
        until_s = self._clock() + (self._lasting_s if lasting_s is None else lasting_s)
        self._held[ticket] = (until_s, meaning)
        return ticket

    def look(self, ticket: str) -> T | None:
        """What a ticket stands for, without using it up; None when it can't be used."""
        until_s, meaning = self._held.get(ticket, (0.0, None))
        return meaning if meaning is not None and self._clock() < until_s else None

    def use(self, ticket: str) -> T | None:
        """What a ticket stands for; it can't be used again. None when it can't be used."""
        meaning = self.look(ticket)
        self._held.pop(ticket, None)
        return meaning

    def drop(self, dropped: Callable[[T], bool]) -> None:
        """Makes tickets worthless by what they stand for."""
        self._held = {key: (s, held) for key, (s, held) in self._held.items() if not dropped(held)}

    def _forget_old(self) -> None:
        now_s = self._clock()
        held = [(key, value) for key, value in self._held.items() if now_s < value[0]]
        self._held = dict(held[-(MOST - 1) :])
