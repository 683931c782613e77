"""People whose sessions are in the library, as values."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Person"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose sessions are in the library.

    Attributes:
        number: Never given twice.
        name: As typed by whoever added them.
        account: The account that they sign in with themselves, or None.
        coach: The account of their coach, or None.
    """

    number: int
    name: str
    account: int | None = None
    coach: int | None = None

    @property
    def profile(self) -> str:
        """Under which name their changed limits are kept (:mod:`formcheck.profiles`)."""
        return self.name
