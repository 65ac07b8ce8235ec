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
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

Answer = TypeVar("Answer")
Work = Callable[[sqlite3.Connection], Answer]

MOST_AT_ONCE = 500
"""Pieces of work in one transaction; more wait for the next one."""
MOST_WAITING = 5_000
"""Pieces of work that may wait; whoever brings more waits outside."""
MOST_SALVAGES = 3
"""Damaged files that one process replaces: after that it is the disk, and the process ends with an error."""
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_log = logging.getLogger(__name__)


class OutboxError(Exception):
    """The outbox cannot be opened, read or written; the message names the file and says what to do."""

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing
        """Whether the same may well work later: the disk is full, the file is locked, a damaged one is being replaced."""


class OutboxLostError(OutboxError):
    """The outbox that this process had open can be used no more: the process has to end, and be started again."""


class GroupCommitWriter:
    """The thread and its queue. Use as `async with GroupCommitWriter(path, prepare, …)`.

    `prepare` sees every connection first. `salvage` is called with the path of a damaged file, and puts a sound one in
    its place; the work that met the damage fails, and what follows goes on in the new file. `finish_salvage` is called
    first of all, for a salvage that was cut short.
    """

    def __init__(
        self,
        path: Path,
        prepare: Work[None],
        *,
        salvage: Callable[[Path, str], None],
        finish_salvage: Callable[[Path], None],
    ) -> None:
        self._path = path
        self._prepare = prepare
        self._salvage = salvage
        self._finish_salvage = finish_salvage
        self.failing: str | None = None
        """Why the last attempt to write failed; None once one has worked."""
        self.sound_since: datetime | None = None
        """When the disk last took something after it had refused; None if it never has."""
        self._began: float | None = None
        """When the transaction under way began, by the monotonic clock."""
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._slots = asyncio.Semaphore(MOST_WAITING)
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._closed = False
        self._closing = threading.Lock()
        """Held while something is put into the queue, and while it is closed: nothing gets in behind the last look."""
        self._ready: asyncio.Future[None]
        self._lost: asyncio.Future[OutboxLostError]

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._ready = self._loop.create_future()
        self._lost = self._loop.create_future()
        self._thread.start()
        await self._ready
        return self

    async def __aexit__(self, *_: object) -> None:
        """Whatever was asked for before is committed, then the file is closed."""
        with self._closing:
            self._closed = True
            self._jobs.put(None)
        await asyncio.shield(asyncio.to_thread(self._thread.join))

    @property
    def under_way(self) -> float:
        """For how many seconds the transaction under way has waited for the disk, or for the file's lock; 0 if none is."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    async def lost(self) -> OutboxLostError:
        """Wait until the thread has ended though nobody has asked it to, which may never be; returns why."""
        return await asyncio.shield(self._lost)

    async def do(self, work: Work[Answer]) -> Answer:
        """What `work` returns, once the transaction that it ran in is on disk.

        A caller that is cancelled does not undo its work. Raises `OutboxError` if the work or its commit failed; nothing
        of it is kept then.
        """
        async with self._slots:
            job = _Job(work, self._loop.create_future())
            with self._closing:
                if self._closed:
                    raise OutboxError(f"The outbox {self._path} is closed.")
                self._jobs.put(job)
            return await job.future  # type: ignore[no-any-return]  # the queue is of all kinds of answers

    def _run(self) -> None:
        try:
            with _held(self._path):
                self._finish_salvage(self._path)
                for attempt in range(MOST_SALVAGES + 1):
                    try:
                        self._serve()
                        break
                    except sqlite3.DatabaseError as error:
                        if not is_damage(error) or attempt == MOST_SALVAGES:
                            raise
                        self._salvage(self._path, str(error))
        except Exception as error:  # noqa: BLE001 - a thread that ends in silence would leave everybody waiting
            self._end_because(error)
        finally:
            with self._closing:
                self._closed = True
                self._refuse_the_rest()

    def _end_because(self, error: Exception) -> None:
        self.failing = str(error)
        told = error if isinstance(error, OutboxError) else _told(self._path, error)
        if self._ready.done():
            _log.critical("the outbox is closed: %s", error, exc_info=error)
            self._tell((self._lost, OutboxLostError(str(told)), None))
        self._tell((self._ready, None, told))

    def _serve(self) -> None:
        """Until the end is asked for. Raises `sqlite3.DatabaseError` once the file proves damaged (`is_damage`)."""
        with closing(_connect(self._path)) as connection:
            check(connection)
            _in_transaction(connection, self._prepare)
            self._tell((self._ready, None, None))
            while self._commit_next(connection):
                pass
            with suppress(sqlite3.Error):
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

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
        changes = connection.total_changes
        self._began = time.monotonic()
        try:
            if work:
                connection.execute("BEGIN IMMEDIATE")
                results = [self._one(connection, job) for job in work]
                connection.execute("COMMIT")
                if connection.total_changes > changes:
                    self.recovered()
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            if self.failing is None:
                _log.error("the outbox takes nothing", extra={"error": str(error), "work": len(work)})
            self.failing = str(error)
            self._tell(*((job.future, None, _told(self._path, error)) for job in work))
            if is_damage(error):
                if jobs[-1] is None:
                    self._jobs.put(None)
                raise
        else:
            self._tell(*results)
        finally:
            self._began = None
        return jobs[-1] is not None

    def recovered(self) -> None:
        """The disk has taken something."""
        if self.failing is not None:
            _log.warning("the outbox takes what comes again")
            self.sound_since = datetime.now(UTC)
        self.failing = None

    def _one(self, connection: sqlite3.Connection, job: "_Job") -> "_Result":
        """One piece of work in a savepoint, so that its failure is its own."""
        connection.execute("SAVEPOINT work")
        try:
            answer = job.work(connection)
        except sqlite3.OperationalError:
            raise  # disk full, I/O error, locked: nothing in this transaction can be relied on
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                raise
            connection.execute("ROLLBACK TO work")
            connection.execute("RELEASE work")
            return job.future, None, _told(self._path, error)
        except Exception as error:  # noqa: BLE001 - whatever the work raised belongs to whoever asked for it
            connection.execute("ROLLBACK TO work")
            connection.execute("RELEASE work")
            return job.future, None, error
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
    if path.exists() and path.stat().st_size == 0:
        _log.warning("the outbox file is there and empty", extra={"file": str(path)})
    connection = sqlite3.connect(path, isolation_level=None, timeout=5.0)
    try:
        path.chmod(0o600)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _in_transaction(connection: sqlite3.Connection, work: Work[None]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    work(connection)
    connection.execute("COMMIT")


def check(connection: sqlite3.Connection) -> None:
    """Raise `sqlite3.DatabaseError` (`is_damage`) if the file is damaged."""
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise DamagedError(found)


class DamagedError(sqlite3.DatabaseError):
    """SQLite can open the file, and finds it damaged."""


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is not sound: malformed, or no database at all."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, DamagedError) or (code is not None and code & 0xFF in _DAMAGE)


def _told(path: Path, error: Exception) -> OutboxError:
    if isinstance(error, sqlite3.Error) and is_damage(error):
        advice = "It is moved aside, and what can be read of it is salvaged."
        return OutboxError(f"The outbox {path} is damaged: {error}. {advice}", passing=True)
    operational = isinstance(error, OSError | sqlite3.OperationalError)
    advice = "Check the disk's free space and the file's rights." if operational else "Move the file away and keep it."
    return OutboxError(f"The outbox {path} cannot be used: {error}. {advice}", passing=operational)
