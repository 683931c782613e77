"""People whose sessions are in the library, and accounts of those who sign in, as values."""

from __future__ import annotations

from dataclasses import dataclass

from formcheck.archive.access import Role, Viewer

__all__ = ["Account", "Person"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose sessions are in the library.

    Attributes:
        number: Never given twice.
        name: As typed by whoever added them.
        account: The account that they sign in with themselves, or None.
        coach: The account of their coach, or None.
        profile: Under which name their changed limits are kept (:mod:`formcheck.profiles`).
        sessions: How many sessions of theirs there are.
    """

    number: int
    name: str
    account: int | None
    coach: int | None
    profile: str
    sessions: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who has signed in.

    Attributes:
        number: Never given twice.
        subject: What the provider calls them, with the provider: "issuer|subject".
        email: As the provider says.
        name: As the provider says.
        role: What they may see and do.
    """

    number: int
    subject: str
    email: str
    name: str
    role: Role

    @property
    def viewer(self) -> Viewer:
        """Them, asking."""
        return Viewer(self.number, self.role)
