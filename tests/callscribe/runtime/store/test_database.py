"""Snapshots for reading, transactions for writing, tables made ready."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from callscribe.runtime.store.database import Database, insert_into
from callscribe.runtime.store.engine import make_engine
from callscribe.runtime.store.schema import calls
from tests.callscribe.runtime.store.conftest import START


async def _add(connection: AsyncConnection, key: str) -> None:
    statement = insert_into(connection, calls).values(key=key, started_at=START).on_conflict_do_nothing()
    await connection.execute(statement)


async def test_a_snapshot_does_not_see_what_is_written_meanwhile(url: str) -> None:
    """All queries of one snapshot tell of one moment; the next one sees what was written, and preparing again is fine."""
    database = Database(make_engine(url))
    for _ in range(2):
        await database.prepare()
    await database.write(lambda connection: _add(connection, "a"))
    async with database.snapshot() as connection:
        assert (await connection.execute(select(calls.c.key))).scalars().all() == ["a"]
        await database.write(lambda connection: _add(connection, "b"))
        assert (await connection.execute(select(calls.c.key))).scalars().all() == ["a"]
    async with database.snapshot() as connection:
        assert (await connection.execute(select(calls.c.key).order_by(calls.c.key))).scalars().all() == ["a", "b"]
    await database.close()


async def test_a_database_in_memory_is_one_connection() -> None:
    """What is written is there for the readers, who wait their turn."""
    database = Database(make_engine("sqlite+aiosqlite://"))
    await database.prepare()
    await database.write(lambda connection: _add(connection, "a"))
    async with database.snapshot() as connection:
        assert (await connection.execute(select(calls.c.key))).scalars().all() == ["a"]
    await database.close()
