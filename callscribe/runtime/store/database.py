"""One database: its snapshots for reading, its transactions for writing, and the way to tables of the right version."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callscribe.runtime.store.engine import is_shared_connection, make_engine
from callscribe.runtime.store.errors import NO_DATABASE, StoreError, reported
from callscribe.runtime.store.indexing import has_unindexed, index_what_is_not
from callscribe.runtime.store.upgrading import has_tables, is_current, upgrade
from callscribe.runtime.store.writing import GroupWriter, OneByOneWriter, Work, Writer

OPENING_PATIENCE = 10.0
"""Seconds that a locked SQLite file is tried again while the store is opened."""
UPGRADING_PATIENCE = 600.0
"""The same where its tables are of an older version: somebody is bringing them up to date, and of a large store that takes
minutes.
"""

T = TypeVar("T")


class Database:
    """An engine and its writer. Errors are `StoreError` from `prepare`, and the database's own from the others."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._writer: Writer = GroupWriter(engine) if self._is_sqlite else OneByOneWriter(engine)

    async def close(self) -> None:
        """Close every connection, once what is being written is written."""
        await self._writer.close()
        await self.engine.dispose()

    async def write(self, work: Work[T]) -> T:
        """The answer of `work`, once its transaction is committed."""
        return await self._writer.write(work)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """One snapshot for several queries."""
        if not self._is_sqlite:
            async with self.engine.connect() as connection:
                yield await connection.execution_options(isolation_level="REPEATABLE READ")
            return
        if is_shared_connection(self.engine):
            async with self._writer.turn, self.engine.connect() as connection:
                yield connection
            return
        async with self.engine.connect() as connection:
            await connection.exec_driver_sql("BEGIN")
            yield connection

    async def prepare(self, upgrading: Callable[[], None] | None = None) -> None:
        """Make the tables, or bring them up to date; `upgrading` is called before that takes long.

        Processes that open a new SQLite file together can find it locked at once, whatever the busy time-out says: of
        two that turn it to WAL at the same moment SQLite refuses one without waiting.
        """
        began = asyncio.get_running_loop().time()
        while True:
            try:
                with reported("could not be opened"):
                    return await self._prepare(upgrading)
            except StoreError as error:
                if self._is_sqlite and NO_DATABASE in error.message:
                    raise StoreError(
                        f"The transcript store cannot be {self.engine.url.database}: that file is no SQLite database.",
                        "It is left as it is; name another file in CALLSCRIBE_STORE_URL.",
                    ) from None
                if not self._is_sqlite or "locked" not in error.message:
                    raise
                patience = UPGRADING_PATIENCE if await self._is_outdated() else OPENING_PATIENCE
                if asyncio.get_running_loop().time() > began + patience:
                    raise
                await asyncio.sleep(0.05)

    async def _is_outdated(self) -> bool:
        """Whether there are tables that are to be brought up to date, as far as they can be read."""
        with contextlib.suppress(SQLAlchemyError):
            async with self.engine.connect() as connection:
                return await connection.run_sync(lambda reader: has_tables(reader) and not _is_ready(reader))
        return False

    async def _prepare(self, upgrading: Callable[[], None] | None) -> None:
        async with self.engine.connect() as connection:
            is_ready = await connection.run_sync(_is_ready)
            is_old = not is_ready and await connection.run_sync(has_tables)
        if is_ready:
            return
        if is_old and upgrading is not None:
            upgrading()
        if self._is_sqlite:
            await self._writer.write(lambda connection: connection.run_sync(_make_ready))
            return
        patient = make_engine(self.engine.url, patient=True)
        try:
            async with patient.begin() as connection:
                await connection.run_sync(_make_ready)
        finally:
            await patient.dispose()


def insert_into(connection: AsyncConnection, table: Table) -> Any:
    """An INSERT of the connection's dialect, so that it can say what to do on a conflict."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def _is_ready(connection: Connection) -> bool:
    return is_current(connection) and not has_unindexed(connection)


def _make_ready(connection: Connection) -> None:
    upgrade(connection)
    index_what_is_not(connection)
