"""The tables of the library."""

from __future__ import annotations

from datetime import datetime, timezone

from sqlalchemy import DateTime, Dialect, ForeignKey, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

__all__ = ["SCHEMA_VERSION", "TABLES", "Base", "FindingRow", "SessionRow", "Utc", "VersionRow"]

SCHEMA_VERSION = 1
"""Raised with every change of a table; an older program refuses what a newer one wrote."""


class Utc(TypeDecorator[datetime]):
    """A moment in UTC: some databases forget the time zone, so none is left to them."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What the database is given."""
        return None if value is None else value.astimezone(timezone.utc)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What the program is given."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=timezone.utc)


class Base(DeclarativeBase):
    """What all tables have in common."""


class VersionRow(Base):
    """Which tables these are."""

    __tablename__ = "schema_version"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class FindingRow(Base):
    """A fault or a warning of a session."""

    __tablename__ = "finding"

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
    # Numbers are never given twice, so that a page that is out of date deletes nothing else.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - read by SQLAlchemy only

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
    findings: Mapped[list[FindingRow]] = relationship(
        order_by=FindingRow.id, cascade="all, delete-orphan", lazy="selectin"
    )


TABLES = Base.metadata
"""The tables, for whoever moves a list to another version of them."""
