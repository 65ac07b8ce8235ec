"""Writing: to the end, in groups, and no caller at the mercy of another."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callscribe.runtime.store.engine import make_engine
from callscribe.runtime.store.writing import GroupWriter, OneByOneWriter, Writer
from tests.support.eventually import eventually


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A SQLite file with one table."""
    made = make_engine(f"sqlite:///{tmp_path / 'numbers.sqlite'}")
    async with made.begin() as connection:
        await connection.execute(text("CREATE TABLE numbers (n INTEGER PRIMARY KEY)"))
    yield made
    await made.dispose()


@pytest.fixture(params=[GroupWriter, OneByOneWriter])
def writer(engine: AsyncEngine, request: pytest.FixtureRequest) -> Writer:
    """Each kind of writer."""
    made: Writer = request.param(engine)
    return made


class Adding:
    """A transaction that adds a number, and can be held."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.entered = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self, connection: AsyncConnection) -> int:
        """The transaction."""
        await connection.execute(text("INSERT INTO numbers VALUES (:n)"), {"n": self.number})
        self.entered.set()
        await self.go_on.wait()
        return self.number


async def numbers(engine: AsyncEngine) -> list[int]:
    """What is committed."""
    async with engine.connect() as connection:
        return list((await connection.execute(text("SELECT n FROM numbers ORDER BY n"))).scalars())


async def test_every_caller_gets_the_answer_of_its_own_work(writer: Writer, engine: AsyncEngine) -> None:
    """Fifty at once, each with its own answer; all of it committed."""
    assert await asyncio.gather(*(writer.write(Adding(n)) for n in range(50))) == list(range(50))
    assert await numbers(engine) == list(range(50))


async def test_a_caller_that_gives_up_leaves_its_work_to_be_finished(writer: Writer, engine: AsyncEngine) -> None:
    """Cancelled in the middle of its transaction: it is committed all the same, and the next one is not kept waiting."""
    held = Adding(1)
    held.go_on.clear()
    caller = asyncio.create_task(writer.write(held))
    await held.entered.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    held.go_on.set()
    assert await writer.write(Adding(2)) == 2
    assert await eventually(lambda: numbers(engine)) == [1, 2]
    await writer.close()


async def test_one_that_fails_does_not_spoil_the_others(writer: Writer, engine: AsyncEngine) -> None:
    """A number that is there already fails its own caller and nobody else, though they share a commit."""
    await writer.write(Adding(3))
    answers = await asyncio.gather(*(writer.write(Adding(n)) for n in (1, 2, 3, 4)), return_exceptions=True)
    assert [answer for answer in answers if isinstance(answer, int)] == [1, 2, 4]
    assert sum(isinstance(answer, Exception) for answer in answers) == 1
    assert await numbers(engine) == [1, 2, 3, 4]
