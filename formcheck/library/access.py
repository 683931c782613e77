"""Who asks, and what they may see: the one place where this is decided."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["LOCAL", "Role", "Viewer"]


class Role(str, Enum):
    """What an account may see and do."""

    OWNER = "owner"
    """Their own sessions."""
    COACH = "coach"
    """Their own sessions, and those of the people who are assigned to them."""
    ADMIN = "admin"
    """Everything; says who is a coach, and of whom."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks.

    Attributes:
        account: The number of their account; None: whoever sits at this computer.
        role: What they may see and do.
    """

    account: int | None
    role: Role

    @property
    def sees_everything(self) -> bool:
        """Whether nothing is kept from them."""
        return self.role is Role.ADMIN


LOCAL = Viewer(None, Role.ADMIN)
"""Whoever sits at this computer while nobody has to sign in: sees everything."""
