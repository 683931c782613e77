"""Which version the tables of a database are, and how they are brought to the newest one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import column, inspect, select, table
from sqlalchemy.engine import Connection

from formcheck.archive.tables import REVISIONS, VersionRow

__all__ = ["MIGRATIONS", "NEWEST", "NONE", "NOT_KNOWN", "VERSION_TABLE", "upgrade", "version_of"]

MIGRATIONS = Path(__file__).with_name("migrations")
VERSION_TABLE = "formcheck_version"
"""Of our own name: a database may be shared with other programs that use Alembic."""

NEWEST = REVISIONS[-1]
NONE = ""
"""There are no tables of ours."""
NOT_KNOWN = "?"
"""A newer program wrote them."""
_FIRST = "before migrations"
"""Tables of the first version, made before there were migrations."""


def version_of(connection: Connection) -> str:
    """The version of the tables: one of ``REVISIONS``, or :data:`NONE`, or another word."""
    there = inspect(connection)
    if there.has_table(VERSION_TABLE):
        versions = table(VERSION_TABLE, column("version_num"))
        version = connection.scalar(select(versions.c.version_num))
        if version is not None:
            return version if version in REVISIONS else NOT_KNOWN
    if not there.has_table(VersionRow.__tablename__):
        return NONE
    first = connection.scalar(select(VersionRow.version))
    if first is None:
        return NONE
    return _FIRST if first == 1 else NOT_KNOWN


def upgrade(connection: Connection) -> None:
    """Brings the tables to the newest version, within the transaction that is under way.

    Args:
        connection: In a transaction that nobody else can write beside.
    """
    # Only needed when there is something to do, and slow to load.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    if version_of(connection) == _FIRST:
        command.stamp(config, REVISIONS[0])
    command.upgrade(config, "head")
