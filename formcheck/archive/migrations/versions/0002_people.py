"""People, accounts, tags, reviews, and which recording a session is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the tables and columns; every session that is there stays as it is."""
    op.create_table(
        "account",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("subject", sa.String(500), nullable=False, unique=True),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("name_key", sa.String(400), nullable=False),
        sa.Column("profile", sa.String(220), nullable=False),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id", ondelete="SET NULL")),
        sa.Column("coach_id", sa.Integer, sa.ForeignKey("account.id", ondelete="SET NULL")),
        sqlite_autoincrement=True,
    )
    for column in ("name_key", "account_id", "coach_id"):
        op.create_index(f"ix_person_{column}", "person", [column])
    op.create_table(
        "tag",
        sa.Column(
            "session_id",
            sa.Integer,
            sa.ForeignKey("session.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("tag_key", sa.String(200), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
    )
    op.create_index("ix_finding_check_code", "finding", ["check_code", "level"])
    _widen_session()
    # Programs from before there were migrations refuse any number but theirs.
    op.execute("UPDATE schema_version SET version = 2")


def _widen_session() -> None:
    # Written out: SQLite can add a column with its reference, but no reference to a column, and
    # copying the table instead would forget which numbers were given already.
    for column, table in (("person_id", "person"), ("account_id", "account")):
        op.execute(
            f"ALTER TABLE session ADD COLUMN {column} INTEGER "
            f"REFERENCES {table} (id) ON DELETE SET NULL"
        )
    op.add_column("session", sa.Column("bundle_id", sa.String(64)))
    op.add_column("session", sa.Column("reviewed_utc", sa.DateTime(timezone=True)))
    op.add_column(
        "session",
        sa.Column("search_words", sa.String(1000), nullable=False, server_default=""),
    )
    for column in ("bundle_id", "person_id", "account_id", "reviewed_utc"):
        op.create_index(f"ix_session_{column}", "session", [column])
    sessions = sa.table("session", *map(sa.column, ("id", "title", "source", "search_words")))
    connection = op.get_bind()
    rows = connection.execute(sa.select(sessions.c.id, sessions.c.title, sessions.c.source))
    for number, title, source in rows.all():
        words = f"{title} {source}".casefold()
        connection.execute(
            sessions.update().where(sessions.c.id == number).values(search_words=words)
        )
