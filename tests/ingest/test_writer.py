"""The group commit: one thread, one connection, one fsync for many."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from ingest.writer import MOST_SALVAGES, GroupCommitWriter, OutboxError


def table(db: sqlite3.Connection) -> None:
    """One column of numbers."""
    db.execute("CREATE TABLE IF NOT EXISTS numbers (n INTEGER PRIMARY KEY)")


def writer_of(path: Path) -> GroupCommitWriter:
    """A writer of a file that no test damages."""

    def salvage(path: Path, why: str) -> None:
        raise AssertionError(f"{path} is damaged: {why}")

    return GroupCommitWriter(path, table, salvage=salvage, finish_salvage=lambda _: None)


def put(number: int) -> Callable[[sqlite3.Connection], int]:
    """Work that writes a number and answers with it."""

    def work(db: sqlite3.Connection) -> int:
        db.execute("INSERT INTO numbers VALUES (?)", (number,))
        return number

    return work


def count(db: sqlite3.Connection) -> int:
    """How many numbers there are."""
    return int(db.execute("SELECT count(*) FROM numbers").fetchone()[0])


async def test_many_callers_share_commits(tmp_path: Path) -> None:
    """Each gets its own answer; the file was written far less often than it was asked to be."""
    path = tmp_path / "w.sqlite"
    async with writer_of(path) as writer:
        commits: list[str] = []
        await writer.do(lambda db: db.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None))
        answers = await asyncio.gather(*(writer.do(put(number)) for number in range(1000)))
        assert answers == list(range(1000))
        assert len(commits) <= 20
        assert await writer.do(lambda db: db.execute("PRAGMA synchronous").fetchone()[0]) == 2
        assert await writer.do(lambda db: db.execute("PRAGMA journal_mode").fetchone()[0]) == "wal"
    assert path.stat().st_mode & 0o077 == 0, "readable by its owner only: it holds what was said"


async def test_a_failure_is_its_own(tmp_path: Path) -> None:
    """Work that raises leaves nothing behind, and the work beside it stands."""

    def half(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO numbers VALUES (77)")
        raise KeyError("mine")

    async with writer_of(tmp_path / "w.sqlite") as writer:
        results = await asyncio.gather(
            writer.do(put(1)),
            writer.do(half),
            writer.do(put(1)),
            writer.do(put(2)),
            return_exceptions=True,
        )
        assert results[0] == 1
        assert isinstance(results[1], KeyError)
        assert isinstance(results[2], OutboxError)
        assert results[3] == 2
        assert await writer.do(count) == 2


async def test_a_full_disk_refuses_and_keeps_what_was_there(tmp_path: Path) -> None:
    """When nothing more fits, the caller is told by name; what was committed stays, and there is a way back."""

    def fill(db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE IF NOT EXISTS filler (x)")
        db.execute("INSERT INTO filler VALUES (zeroblob(1000000))")

    async with writer_of(tmp_path / "w.sqlite") as writer:
        await writer.do(put(1))
        pages = await writer.do(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
        await writer.do(lambda db: db.execute(f"PRAGMA max_page_count = {pages + 5}").fetchone())
        with pytest.raises(OutboxError, match=r"full.*free space"):
            await writer.do(fill)
        assert await writer.do(count) == 1
        await writer.do(lambda db: db.execute("PRAGMA max_page_count = 100000").fetchone())
        await writer.do(fill)


async def test_the_end_comes_after_all_that_was_asked(tmp_path: Path) -> None:
    """Closing commits what waits; afterwards nothing is taken."""
    path = tmp_path / "w.sqlite"
    writer = writer_of(path)
    async with writer:
        asked = [asyncio.create_task(writer.do(put(number))) for number in range(100)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*asked) == list(range(100))
    with pytest.raises(OutboxError, match="closed"):
        await writer.do(count)


async def test_a_caller_that_goes_away_undoes_nothing(tmp_path: Path) -> None:
    """Its work was handed over; the next caller finds it done."""
    async with writer_of(tmp_path / "w.sqlite") as writer:
        gone = asyncio.create_task(writer.do(put(1)))
        await asyncio.sleep(0)
        gone.cancel()
        assert await writer.do(count) == 1


def broken(db: sqlite3.Connection) -> None:
    """Work that meets a damaged file."""
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    raise error


def beyond_repair(path: Path) -> GroupCommitWriter:
    """A writer whose damaged file cannot be salvaged."""

    def salvage(path: Path, why: str) -> None:
        raise OSError(f"no space for what is left of {path.name}: {why}")

    return GroupCommitWriter(path, table, salvage=salvage, finish_salvage=lambda _: None)


async def test_a_file_that_cannot_be_salvaged_is_lost(tmp_path: Path) -> None:
    """Whoever waits for that is told, and whoever asks for anything is refused."""
    async with asyncio.timeout(10), beyond_repair(tmp_path / "w.sqlite") as writer:
        lost = asyncio.create_task(writer.lost())
        with pytest.raises(OutboxError, match="damaged"):
            await writer.do(broken)
        assert "no space" in str(await lost)
        assert "no space" in (writer.failing or "")
        with pytest.raises(OutboxError, match="is closed"):
            await writer.do(count)


async def test_a_fourth_damage_is_the_disk(tmp_path: Path) -> None:
    """Three files are replaced; then the process has to end."""
    salvaged: list[str] = []
    path = tmp_path / "w.sqlite"
    writer = GroupCommitWriter(path, table, salvage=lambda _, why: salvaged.append(why), finish_salvage=lambda _: None)
    async with asyncio.timeout(10), writer:
        for _ in range(MOST_SALVAGES + 1):
            with pytest.raises(OutboxError, match="damaged"):
                await writer.do(broken)
        assert "damaged" in str(await writer.lost())
    assert len(salvaged) == MOST_SALVAGES


async def test_nobody_waits_for_a_thread_that_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for while it ends is refused, and not left in the queue."""
    async with asyncio.timeout(10), beyond_repair(tmp_path / "w.sqlite") as writer:
        breaking = asyncio.create_task(writer.do(broken))
        await asyncio.sleep(0)
        put_into = writer._jobs.put

        def late(job: Any) -> None:
            writer._thread.join(0.5)  # it ends meanwhile, if it can
            put_into(job)

        monkeypatch.setattr(writer, "_jobs", Mock(wraps=writer._jobs, put=late))
        with pytest.raises(OutboxError, match="is closed"):
            await writer.do(count)
        monkeypatch.undo()
        with pytest.raises(OutboxError, match="damaged"):
            await breaking
