"""Snapshots for reading, transactions for writing, tables made ready."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callscribe.runtime.store import StoreError, database
from callscribe.runtime.store.database import Database, insert_into
from callscribe.runtime.store.engine import make_engine
from callscribe.runtime.store.schema import calls
from tests.callscribe.runtime.store.conftest import START
from tests.callscribe.runtime.store.test_upgrading import make_version_1


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


async def prepared(url: str) -> None:
    """Open the store there and close it, with little patience for each statement."""
    engine = make_engine(url)

    def hurry(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 10")

    event.listen(engine.sync_engine, "connect", hurry)
    database = Database(engine)
    try:
        await database.prepare()
    finally:
        await database.close()


@asynccontextmanager
async def locked(url: str) -> AsyncIterator[None]:
    """Somebody else writes to the file while the block runs."""
    engine = make_engine(url)
    async with engine.connect() as connection:
        await connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield
    await engine.dispose()


async def test_a_store_that_is_being_brought_up_to_date_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For as long as a large one may take, and not only for as long as a new file is locked."""
    url = f"sqlite+aiosqlite:///{tmp_path / 's.sqlite'}"
    await make_version_1(url)
    monkeypatch.setattr(database, "OPENING_PATIENCE", 0.1)
    async with locked(url):
        waiting = asyncio.create_task(prepared(url))
        assert not (await asyncio.wait([waiting], timeout=0.5))[0]
    await waiting
    monkeypatch.setattr(database, "UPGRADING_PATIENCE", 0.2)
    other = f"sqlite+aiosqlite:///{tmp_path / 'other.sqlite'}"
    await make_version_1(other)
    async with locked(other):
        with pytest.raises(StoreError, match="locked"):
            await prepared(other)


async def test_a_new_file_that_stays_locked_is_not_waited_for_so_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody brings anything up to date in it."""
    url = f"sqlite+aiosqlite:///{tmp_path / 's.sqlite'}"
    monkeypatch.setattr(database, "OPENING_PATIENCE", 0.1)
    async with locked(url):
        with pytest.raises(StoreError, match="locked"):
            await asyncio.wait_for(prepared(url), timeout=10)
