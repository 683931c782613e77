"""Sessions and their findings: what programs made before there were migrations.

Their databases have no Alembic version; they are known by the table ``schema_version`` and are
taken over at this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "schema_version",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    )
    op.execute("INSERT INTO schema_version (version) VALUES (1)")
    op.create_table(
        "session",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("began_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("exercise", sa.String(100), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("rule_version", sa.String(50), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("duration_s", sa.Double, nullable=False),
        sa.Column("judged_s", sa.Double, nullable=False),
        sa.Column("held_s", sa.Double, nullable=False),
        sa.Column("good_form_s", sa.Double, nullable=False),
        sa.Column("best_streak_s", sa.Double, nullable=False),
        sa.Column("reps_counted", sa.Integer, nullable=False),
        sa.Column("reps_good", sa.Integer, nullable=False),
        sa.Column("hops", sa.Integer, nullable=False),
        sa.Column("height_cm", sa.Double),
        sa.Column("height_error_cm", sa.Double),
        sa.Column("folder", sa.String(1000)),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_session_began_utc", "session", ["began_utc"])
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "session_id",
            sa.Integer,
            sa.ForeignKey("session.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("check_code", sa.String(100), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("start_s", sa.Double, nullable=False),
        sa.Column("end_s", sa.Double, nullable=False),
        sa.Column("worst", sa.Double),
        sa.Column("unit", sa.String(20), nullable=False),
    )
    op.create_index("ix_finding_session_id", "finding", ["session_id"])
