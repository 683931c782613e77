"""Rows of the tables from values, and values from rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from formcheck.archive.access import Role
from formcheck.archive.history import PastFinding, PastSession, Source
from formcheck.archive.names import key_of, plain
from formcheck.archive.people import Account, Person
from formcheck.archive.tables import (
    SEARCH_LENGTH,
    AccountRow,
    Base,
    FindingRow,
    PersonRow,
    SessionRow,
    TagRow,
)
from formcheck.types import Level

__all__ = ["account_in", "person_in", "row_of", "sessions_in", "tag_rows"]


def row_of(past: PastSession, folder: str | None, called: str) -> SessionRow:
    """A session as a row, without whose it is.

    Args:
        past: The session.
        folder: Where its bundle is kept, below the home.
        called: What its clip or camera is called, to be found by.
    """
    return SessionRow(
        began=past.began,
        exercise=past.exercise,
        title=past.title,
        rule_version=past.rule_version,
        source=past.source,
        duration_s=past.duration_s,
        judged_s=past.judged_s,
        held_s=past.held_s,
        good_form_s=past.good_form_s,
        best_streak_s=past.best_streak_s,
        reps_counted=past.reps_counted,
        reps_good=past.reps_good,
        hops=past.hops,
        height_cm=past.height_cm,
        height_error_cm=past.height_error_cm,
        folder=folder,
        search=key_of(f"{past.title} {past.source} {plain(called)}")[:SEARCH_LENGTH],
        findings=[
            FindingRow(
                check=finding.check,
                title=finding.title,
                level=finding.level.name.lower(),
                start_s=finding.start_s,
                end_s=finding.end_s,
                worst=finding.worst,
                unit=finding.unit,
            )
            for finding in past.findings
        ],
    )


def tag_rows(tags: Mapping[str, str]) -> list[TagRow]:
    """Tags as rows, from key → tag."""
    return [TagRow(key=key, name=name) for key, name in tags.items()]


def sessions_in(session: Session, which: Select[int], home: Path) -> Iterator[PastSession]:
    """Sessions with their findings, tags and people, each kind of row read at once.

    As plain columns: rows that keep track of their changes take three times as long.

    Args:
        session: To read with.
        which: Selects their numbers; they come in its order, which has to be of the sessions.
        home: Folder below which kept bundles are.

    Raises:
        KeyError: a level is none.
        ValueError: a time is none.
    """
    found: dict[int, list[PastFinding]] = {}
    of_findings = select(*_columns(FindingRow)).where(FindingRow.session_id.in_(which))
    for row in session.execute(of_findings.order_by(FindingRow.id)):
        found.setdefault(row.session_id, []).append(_finding_in(row))
    tags: dict[int, list[str]] = {}
    of_tags = select(TagRow.session_id, TagRow.name).where(TagRow.session_id.in_(which))
    for row in session.execute(of_tags.order_by(TagRow.key)):
        tags.setdefault(row.session_id, []).append(row.name)
    whole = which.with_only_columns(*_columns(SessionRow), PersonRow.name.label("person"))
    for row in session.execute(whole.outerjoin(PersonRow, PersonRow.id == SessionRow.person_id)):
        yield PastSession(
            number=row.id,
            began=row.began,
            exercise=row.exercise,
            title=row.title,
            rule_version=row.rule_version,
            source=cast(Source, row.source),
            duration_s=row.duration_s,
            judged_s=row.judged_s,
            held_s=row.held_s,
            good_form_s=row.good_form_s,
            best_streak_s=row.best_streak_s,
            reps_counted=row.reps_counted,
            reps_good=row.reps_good,
            hops=row.hops,
            height_cm=row.height_cm,
            height_error_cm=row.height_error_cm,
            folder=None if row.folder is None else home / row.folder,
            findings=tuple(found.get(row.id, ())),
            person=row.person or "",
            person_number=row.person_id,
            tags=tuple(tags.get(row.id, ())),
            reviewed=row.reviewed,
        )


def _columns(of: type[Base]) -> list[InstrumentedAttribute[Any]]:
    return [getattr(of, column.key) for column in of.__mapper__.column_attrs]


def person_in(row: PersonRow, sessions: int = 0) -> Person:
    """The person of a row.

    Args:
        row: Of the people.
        sessions: How many sessions of theirs there are.
    """
    return Person(row.id, row.name, row.account_id, row.coach_id, row.profile, sessions)


def account_in(row: AccountRow) -> Account:
    """The account of a row.

    Raises:
        ValueError: its role is none.
    """
    return Account(row.id, row.subject, row.email, row.name, Role(row.role))


def _finding_in(row: Row[Any]) -> PastFinding:
    return PastFinding(
        check=row.check,
        title=row.title,
        level=Level[row.level.upper()],
        start_s=row.start_s,
        end_s=row.end_s,
        worst=row.worst,
        unit=row.unit,
    )
