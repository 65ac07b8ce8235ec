"""How transactions are written: to the end, whatever becomes of those who asked, and for SQLite many in one commit.

Temporal cancels an activity that takes too long. A transaction cut off in the middle could keep SQLite's one write lock
and stop everybody; so a caller that gives up only stops waiting, and its work, which is idempotent, is finished.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

MOST_TOGETHER = 100
"""Transactions in one commit: at about 1 ms each, nobody waits long for the others."""


@dataclass(frozen=True, slots=True)
class _Asked:
    work: Work[Any]
    answer: "asyncio.Future[Any]"


class Writer(ABC):
    """Writes transactions. `turn` is held while one is written."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self.turn = asyncio.Lock()

    @abstractmethod
    async def write(self, work: Work[T]) -> T:
        """The answer of `work`, once its transaction is committed. Raises what it, or the database, raises."""

    @abstractmethod
    async def close(self) -> None:
        """Wait for what is being written."""


class OneByOneWriter(Writer):
    """A transaction for each, side by side: for a database with many writers."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self._under_way: set[asyncio.Task[Any]] = set()

    async def write(self, work: Work[T]) -> T:
        """As `Writer.write`."""
        task = asyncio.create_task(self._transact(work), name="write a transaction")
        self._under_way.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    def _forget(self, task: "asyncio.Task[Any]") -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # where nobody waits any more, nobody is surprised either

    async def _transact(self, work: Work[T]) -> T:
        async with self._engine.begin() as connection:
            return await work(connection)

    async def close(self) -> None:
        """As `Writer.close`."""
        if self._under_way:
            await asyncio.wait(self._under_way)


class GroupWriter(Writer):
    """All that waits in one transaction: for SQLite, which has one writer at a time and whose commits cost the most."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self._waiting: deque[_Asked] = deque()
        self._task: asyncio.Task[None] | None = None

    async def write(self, work: Work[T]) -> T:
        """As `Writer.write`."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Asked(work, answer))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="write transactions")
        return await answer

    async def close(self) -> None:
        """As `Writer.close`."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while self._waiting:
            group = [self._waiting.popleft() for _ in range(min(MOST_TOGETHER, len(self._waiting)))]
            async with self.turn:
                try:
                    answers = await self._transact(group)
                except Exception as error:  # noqa: BLE001  it is raised where the work was asked for
                    if len(group) == 1:
                        _fail(group[0], error)
                    else:
                        await self._one_by_one(group)
                else:
                    for asked, answer in zip(group, answers, strict=True):
                        if not asked.answer.done():
                            asked.answer.set_result(answer)

    async def _one_by_one(self, group: list[_Asked]) -> None:
        """One of them spoiled the transaction: the others must not suffer for it."""
        for asked in group:
            try:
                (answer,) = await self._transact([asked])
            except Exception as error:  # noqa: BLE001  it is raised where the work was asked for
                _fail(asked, error)
            else:
                if not asked.answer.done():
                    asked.answer.set_result(answer)

    async def _transact(self, group: list[_Asked]) -> list[Any]:
        async with self._immediate() as connection:
            return [await asked.work(connection) for asked in group]

    @asynccontextmanager
    async def _immediate(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.connect() as connection:
            # Immediate: a transaction that reads first and writes later can fail without waiting.
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            await connection.commit()


def _fail(asked: _Asked, error: Exception) -> None:
    if not asked.answer.done():
        asked.answer.set_exception(error)
