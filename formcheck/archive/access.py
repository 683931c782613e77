"""Who asks, what they may see, and what is written down when they are refused.

This is the one place where it is decided; everything that reads or changes the library asks with
:func:`sessions_of` and :func:`people_of`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from formcheck.archive.tables import PersonRow, SessionRow
from formcheck.errors import NotAllowedError

__all__ = ["LOCAL", "Role", "Viewer", "people_of", "refusal", "sessions_of", "their_people"]

_LOG = logging.getLogger(__name__)


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

    @property
    def looks_after_people(self) -> bool:
        """Whether they may add people, and change those who are theirs."""
        return self.role in (Role.COACH, Role.ADMIN)


LOCAL = Viewer(None, Role.ADMIN)
"""Whoever sits at this computer while nobody has to sign in: sees everything."""


def sessions_of(viewer: Viewer) -> ColumnElement[bool]:
    """Which rows of the sessions somebody may see and change.

    Their own, and those of whom they are or look after: whoever recorded them.
    """
    if viewer.sees_everything:
        return true()
    if viewer.account is None:
        return false()
    of_people = SessionRow.person_id.in_(select(PersonRow.id).where(people_of(viewer)))
    seen = or_(SessionRow.account_id == viewer.account, of_people)
    if viewer.role is not Role.COACH:
        return seen
    # What somebody recorded on their own account before anybody said whose it is.
    clients = select(PersonRow.account_id).where(
        PersonRow.coach_id == viewer.account, PersonRow.account_id.is_not(None)
    )
    recorded = and_(SessionRow.person_id.is_(None), SessionRow.account_id.in_(clients))
    return or_(seen, recorded)


def people_of(viewer: Viewer) -> ColumnElement[bool]:
    """Which rows of the people somebody may see: themselves, and whom they look after."""
    if viewer.sees_everything:
        return true()
    if viewer.account is None:
        return false()
    return or_(PersonRow.account_id == viewer.account, their_people(viewer))


def their_people(viewer: Viewer) -> ColumnElement[bool]:
    """Which rows of the people somebody looks after, and may rename and delete."""
    if viewer.sees_everything:
        return true()
    if viewer.account is None or viewer.role is not Role.COACH:
        return false()
    return PersonRow.coach_id == viewer.account


def refusal(viewer: Viewer, asked: str, told: str) -> NotAllowedError:
    """What is raised when something is not for somebody, or is not there; it is written down.

    Args:
        viewer: Who asked.
        asked: What for, e.g. "delete session 7".
        told: What they are told, which has to be the same in both cases.
    """
    if not viewer.sees_everything:
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        who = f"account {viewer.account} ({viewer.role.value})"
        _LOG.warning("refused at %s: %s wanted to %s", now, who, asked)
    return NotAllowedError(told)
