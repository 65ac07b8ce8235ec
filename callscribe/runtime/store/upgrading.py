"""From the tables of an older Callscribe, or from none, to those of this one."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, inspect, select

from callscribe.runtime.store.errors import StoreError
from callscribe.runtime.store.schema import VERSION, schema_version

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 7_463_201_118_053
"""Any number, the same everywhere: processes that start together make PostgreSQL's tables one after another."""


def has_tables(connection: Connection) -> bool:
    """Whether there are tables of any version."""
    return _version(connection) > 0


def is_current(connection: Connection) -> bool:
    """Whether the tables are ours; false if they are older or not there. Raises `StoreError` if they are newer."""
    found = _version(connection)
    if found > VERSION:
        raise StoreError(
            f"The transcript store has tables of version {found}, and this Callscribe knows version {VERSION}.",
            "Use the Callscribe that wrote it, or a newer one, or another CALLSCRIBE_STORE_URL.",
        )
    return found == VERSION


def upgrade(connection: Connection) -> None:
    """Take every step that is missing, in the connection's open transaction: all of them, or none.

    PostgreSQL is locked against others who do the same; for SQLite the transaction has to be an immediate one.
    """
    from alembic import command  # only where there is something to do: it takes a while to import
    from alembic.config import Config

    if connection.dialect.name != "sqlite":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    if is_current(connection):
        return  # somebody else was faster
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    if _version(connection) == 1 and not inspect(connection).has_table("alembic_version"):
        command.stamp(config, "0001")  # version 1 was made without Alembic
    command.upgrade(config, "head")


def _version(connection: Connection) -> int:
    """0 where there are no tables."""
    if not inspect(connection).has_table(schema_version.name):
        return 0
    return connection.execute(select(func.max(schema_version.c.version))).scalar_one_or_none() or 0
