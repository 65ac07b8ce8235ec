"""One thread that owns one SQLite connection, and commits what many tasks ask for together.

Everything that was waiting when the thread came by goes into one transaction with one fsync (group commit). A caller gets
its answer only after that commit.
"""

import asyncio
import fcntl
import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self, TypeVar

Answer = TypeVar("Answer")
Work = Callable[[sqlite3.Connection], Answer]

MOST_AT_ONCE = 500
"""Pieces of work in one transaction; more wait for the next one."""
MOST_WAITING = 5_000
"""Pieces of work that may wait; whoever brings more waits outside."""

_log = logging.getLogger(__name__)


class OutboxError(Exception):
    """The outbox cannot be opened, read or written; the message names the file and says what to do."""


class GroupCommitWriter:
    """The thread and its queue. Use as `async with GroupCommitWriter(path, prepare)`; `prepare` sees the connection first."""

    def __init__(self, path: Path, prepare: Work[None]) -> None:
        self._path = path
        self._prepare = prepare
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._slots = asyncio.Semaphore(MOST_WAITING)
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._closed = False
        self._ready: asyncio.Future[None]

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._ready = self._loop.create_future()
        self._thread.start()
        await self._ready
        return self

    async def __aexit__(self, *_: object) -> None:
        """Whatever was asked for before is committed, then the file is closed."""
        self._closed = True
        self._jobs.put(None)
        await asyncio.shield(asyncio.to_thread(self._thread.join))

    async def do(self, work: Work[Answer]) -> Answer:
        """What `work` returns, once the transaction that it ran in is on disk.

        A caller that is cancelled does not undo its work. Raises `OutboxError` if the work or its commit failed; nothing
        of it is kept then.
        """
        async with self._slots:
            if self._closed:
                raise OutboxError(f"The outbox {self._path} is closed.")
            job = _Job(work, self._loop.create_future())
            self._jobs.put(job)
            return await job.future  # type: ignore[no-any-return]  # the queue is of all kinds of answers

    def _run(self) -> None:
        try:
            with _held(self._path), closing(_connect(self._path)) as connection:
                _in_transaction(connection, self._prepare)
                self._tell((self._ready, None, None))
                while self._commit_next(connection):
                    pass
                with suppress(sqlite3.Error):
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except (OSError, sqlite3.Error, OutboxError) as error:
            self._tell((self._ready, None, error if isinstance(error, OutboxError) else _told(self._path, error)))
        finally:
            self._closed = True
            self._refuse_the_rest()

    def _refuse_the_rest(self) -> None:
        with suppress(queue.Empty):
            while True:
                if job := self._jobs.get_nowait():
                    self._tell((job.future, None, OutboxError(f"The outbox {self._path} is closed.")))

    def _commit_next(self, connection: sqlite3.Connection) -> bool:
        """Wait for work, do all of it that waits in one transaction; false once the end was asked for."""
        jobs = [self._jobs.get()]
        with suppress(queue.Empty):
            while len(jobs) < MOST_AT_ONCE and jobs[-1] is not None:
                jobs.append(self._jobs.get_nowait())
        work = [job for job in jobs if job is not None]
        results: list[_Result] = []
        try:
            if work:
                connection.execute("BEGIN IMMEDIATE")
                results = [self._one(connection, job) for job in work]
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            _log.error("outbox transaction failed", extra={"error": str(error), "work": len(work)})
            results = [(job.future, None, _told(self._path, error)) for job in work]
        self._tell(*results)
        return jobs[-1] is not None

    def _one(self, connection: sqlite3.Connection, job: "_Job") -> "_Result":
        """One piece of work in a savepoint, so that its failure is its own."""
        connection.execute("SAVEPOINT work")
        try:
            answer = job.work(connection)
        except sqlite3.OperationalError:
            raise  # disk full, I/O error, locked: nothing in this transaction can be relied on
        except Exception as error:  # noqa: BLE001 - whatever the work raised belongs to whoever asked for it
            connection.execute("ROLLBACK TO work")
            connection.execute("RELEASE work")
            return job.future, None, _told(self._path, error) if isinstance(error, sqlite3.Error) else error
        connection.execute("RELEASE work")
        return job.future, answer, None

    def _tell(self, *results: "_Result") -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody is left to tell
            self._loop.call_soon_threadsafe(_settle, results)


_Result = tuple["asyncio.Future[Any]", Any, Exception | None]


def _settle(results: tuple[_Result, ...]) -> None:
    for future, answer, error in results:
        if future.done():
            continue  # whoever asked has gone
        if error is None:
            future.set_result(answer)
        else:
            future.set_exception(error)


class _Job:
    __slots__ = ("future", "work")

    def __init__(self, work: Work[Any], future: "asyncio.Future[Any]") -> None:
        self.work = work
        self.future = future


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold the outbox for this process alone: two that resume the same streams would close each other's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise OutboxError(
            f"The outbox {path} is in use by another ingest process: stop that one, or set CALLSCRIBE_HOME to a folder of its own."
        ) from error
    try:
        yield
    finally:
        os.close(descriptor)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=5.0)
    path.chmod(0o600)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


def _in_transaction(connection: sqlite3.Connection, work: Work[None]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    work(connection)
    connection.execute("COMMIT")


def _told(path: Path, error: Exception) -> OutboxError:
    operational = isinstance(error, OSError | sqlite3.OperationalError)
    advice = "Check the disk's free space and the file's rights." if operational else "Move the file away and keep it."
    return OutboxError(f"The outbox {path} cannot be used: {error}. {advice}")
