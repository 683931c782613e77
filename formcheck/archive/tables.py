"""The tables of the library. How they came about is in ``migrations/``."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, ClassVar

from sqlalchemy import DateTime, Dialect, Double, ForeignKey, Index, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

__all__ = [
    "NAME_LENGTH",
    "REVISIONS",
    "TABLES",
    "TAG_LENGTH",
    "AccountRow",
    "Base",
    "FindingRow",
    "PersonRow",
    "SessionRow",
    "TagRow",
    "Utc",
    "VersionRow",
]

REVISIONS = ("0001", "0002")
"""Every version of the tables, the first of them first; ``migrations/versions`` has one file each.
What is not among them was written by a newer program."""

NAME_LENGTH = 200
TAG_LENGTH = 100
SEARCH_LENGTH = 1000

# Numbers are never given twice, so that a page that is out of date changes nothing else.
_NUMBERED = {"sqlite_autoincrement": True}


class Utc(TypeDecorator[datetime]):
    """A moment in UTC: some databases forget the time zone, so none is left to them."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What the database is given."""
        return None if value is None else value.astimezone(timezone.utc)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What the program is given."""
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=timezone.utc)
        return value.astimezone(timezone.utc)


class Base(DeclarativeBase):
    """What all tables have in common."""

    # Said here, because releases of SQLAlchemy differ.
    type_annotation_map: ClassVar[dict[Any, Any]] = {float: Double}


class VersionRow(Base):
    """What programs from before ``migrations/`` look at: they refuse anything but 1."""

    __tablename__ = "schema_version"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class AccountRow(Base):
    """Somebody who has signed in."""

    __tablename__ = "account"
    __table_args__ = (_NUMBERED,)

    id: Mapped[int] = mapped_column(primary_key=True)
    # "issuer|subject" of the provider, which alone tells people apart.
    subject: Mapped[str] = mapped_column(String(500), unique=True)
    email: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    role: Mapped[str] = mapped_column(String(20))


class PersonRow(Base):
    """Somebody whose sessions are in the library."""

    __tablename__ = "person"
    __table_args__ = (_NUMBERED,)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    # The name as it is compared and searched: in small letters, composed.
    name_key: Mapped[str] = mapped_column(String(2 * NAME_LENGTH), index=True)
    profile: Mapped[str] = mapped_column(String(NAME_LENGTH + 20))
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id", ondelete="SET NULL"), index=True
    )
    coach_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id", ondelete="SET NULL"), index=True
    )


class TagRow(Base):
    """A word to find a session by."""

    __tablename__ = "tag"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), primary_key=True
    )
    # The word as it is compared and searched: in small letters, composed.
    key: Mapped[str] = mapped_column("tag_key", String(2 * TAG_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(String(TAG_LENGTH))


class FindingRow(Base):
    """A fault or a warning of a session."""

    __tablename__ = "finding"
    __table_args__ = (Index("ix_finding_check_code", "check_code", "level"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), index=True
    )
    check: Mapped[str] = mapped_column("check_code", String(100))
    title: Mapped[str] = mapped_column(String(200))
    level: Mapped[str] = mapped_column(String(20))
    start_s: Mapped[float]
    end_s: Mapped[float]
    worst: Mapped[float | None]
    unit: Mapped[str] = mapped_column(String(20))


class SessionRow(Base):
    """A session that is over."""

    __tablename__ = "session"
    __table_args__ = (_NUMBERED,)

    id: Mapped[int] = mapped_column(primary_key=True)
    began: Mapped[datetime] = mapped_column("began_utc", Utc, index=True)
    exercise: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(200))
    rule_version: Mapped[str] = mapped_column(String(50))
    source: Mapped[str] = mapped_column(String(20))
    duration_s: Mapped[float]
    judged_s: Mapped[float]
    held_s: Mapped[float]
    good_form_s: Mapped[float]
    best_streak_s: Mapped[float]
    reps_counted: Mapped[int]
    reps_good: Mapped[int]
    hops: Mapped[int]
    height_cm: Mapped[float | None]
    height_error_cm: Mapped[float | None]
    # Below the home of the app, with slashes: the home may be moved.
    folder: Mapped[str | None] = mapped_column(String(1000))
    # Which recording it is, wherever a copy of it lies.
    bundle: Mapped[str | None] = mapped_column("bundle_id", String(64), index=True)
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id", ondelete="SET NULL"), index=True
    )
    reviewed: Mapped[datetime | None] = mapped_column("reviewed_utc", Utc, index=True)
    # Of what the session itself says, that which is searched, in small letters, composed.
    search: Mapped[str] = mapped_column(
        "search_words", String(SEARCH_LENGTH), server_default="", default=""
    )
    person: Mapped[PersonRow | None] = relationship()
    tags: Mapped[list[TagRow]] = relationship(order_by=TagRow.key, cascade="all, delete-orphan")
    findings: Mapped[list[FindingRow]] = relationship(
        order_by=FindingRow.id, cascade="all, delete-orphan"
    )


TABLES = Base.metadata
"""The tables, for whoever compares them with those of a database."""
