"""What Alembic runs to bring a database to another version.

The program gives its own connection, with its transaction and its lock
(:mod:`formcheck.archive.upgrading`). There is no other way to run this.
"""

from __future__ import annotations

from alembic import context

from formcheck.archive.tables import TABLES
from formcheck.archive.upgrading import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=TABLES,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
