"""Captions between ingest processes that share a PostgreSQL store: who watches a call at one sees the sockets of another.

LISTEN/NOTIFY on a connection of its own, beside the store. A process says every few seconds which calls are watched
there; the others send it the captions of those calls and of no others, together every 50 ms. Nothing depends on it: what
is lost on the way, or too big for it, comes from the store as a final.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]  # it has no annotations
from pydantic import ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from callscribe.contracts.captions import Caption
from ingest.outcomes import Backoff

CHANNEL: Final = "callscribe_captions"
LARGEST: Final = 7_900
"""Bytes of a message; PostgreSQL takes less than 8,000."""
TOGETHER: Final = 0.05
"""Seconds for which captions are collected."""
SAID_AGAIN: Final = 5.0
"""Seconds between two times that a process says what is watched there."""
BELIEVED: Final = 16.0
"""Seconds for which the others go on sending after it was said last."""
MOST_WAITING: Final = 5_000
"""Captions that wait to be sent; beyond that they are left to the store."""
MOST_WANTED: Final = 10_000
"""Calls that others want; beyond that those are forgotten that nobody wants any more."""
_DRIVERS: Final = ("postgresql", "postgres")

_log = logging.getLogger(__name__)


def bus_for(url: str, name: str, **ends: Any) -> "CaptionBus | None":
    """A bus through the store at `url`, or None where that is no PostgreSQL: then no other process shares it."""
    try:
        driver = make_url(url).drivername.partition("+")[0]
    except ArgumentError:
        return None
    return CaptionBus(url, name, **ends) if driver in _DRIVERS else None


class CaptionBus:
    """One process's end of the bus, `name` in its messages."""

    def __init__(
        self,
        url: str,
        name: str,
        *,
        take: Callable[[str, Caption], None],
        watched: Callable[[], list[str]],
    ) -> None:
        """`take` is given what other processes send; `watched` says which calls are watched here."""
        self._url = url
        self._name = name
        self._take = take
        self._watched = watched
        self._wanted: dict[str, float] = {}
        """Call → until when (the loop's clock) another process wants its captions."""
        self._waiting: list[tuple[str, Caption]] = []
        self._news = asyncio.Event()
        self._lost = asyncio.Event()
        self._saying: set[str] = set()
        self.connected = asyncio.Event()
        """Set while it listens."""

    def offer(self, call: str, caption: Caption) -> None:
        """A caption of this process's sockets; never waits. Only what somebody wants elsewhere is sent."""
        until = self._wanted.get(call)
        if until is None or len(self._waiting) >= MOST_WAITING:
            return
        if until < asyncio.get_running_loop().time():
            del self._wanted[call]
            return
        self._waiting.append((call, caption))
        self._news.set()

    def want(self, call: str) -> None:
        """The call begins to be watched here: say so at once."""
        self._saying.add(call)
        self._news.set()

    async def run(self) -> None:
        """Send and listen, for ever, connecting again whenever the connection is gone."""
        backoff = Backoff()
        while True:
            try:
                await self._session(backoff)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                if backoff.is_news(error):
                    _log.warning("captions of other ingest processes are not seen: %s", type(error).__name__)
            finally:
                self.connected.clear()
            self._waiting.clear()
            await asyncio.sleep(backoff.next())

    async def _session(self, backoff: Backoff) -> None:
        connection = await asyncpg.connect(**connection_arguments(self._url), timeout=10, command_timeout=10)
        try:
            self._lost.clear()
            connection.add_termination_listener(self._on_lost)
            await connection.add_listener(CHANNEL, self._on_message)
            backoff.reset()
            self.connected.set()
            await self._send_for_ever(connection)
        finally:
            # Not `close()`: it waits for an answer that a broken connection never gives.
            connection.terminate()

    async def _send_for_ever(self, connection: Any) -> None:
        loop = asyncio.get_running_loop()
        say_at = loop.time()
        while not self._lost.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout_at(say_at):
                    await self._news.wait()
            # Also while there is so much news that nobody ever waits for it.
            if loop.time() >= say_at:
                self._saying.update(self._watched())
                say_at = loop.time() + SAID_AGAIN
            self._news.clear()
            saying, self._saying = sorted(self._saying), set()
            for message in _messages(self._name, "watch", saying):
                await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, message)
            if self._waiting:
                await asyncio.sleep(TOGETHER)
                sending, self._waiting = self._waiting, []
                told = [[call, caption.model_dump(mode="json", exclude_none=True)] for call, caption in sending]
                for message in _messages(self._name, "captions", told):
                    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, message)

    def _on_lost(self, _: object) -> None:
        self._lost.set()
        self._news.set()

    def _on_message(self, _: object, __: int, ___: str, payload: object) -> None:
        """Another process says something; what cannot be read is of another version, and is left alone."""
        try:
            message = json.loads(str(payload))
            if message["from"] == self._name:
                return
            until = asyncio.get_running_loop().time() + BELIEVED
            for call in message.get("watch", ()):
                self._wanted[str(call)] = until
            if len(self._wanted) > MOST_WANTED:
                now = until - BELIEVED
                self._wanted = {call: until for call, until in self._wanted.items() if until > now}
            for call, caption in message.get("captions", ()):
                self._take(str(call), Caption.model_validate(caption))
        except (ValueError, TypeError, KeyError, AttributeError, ValidationError) as error:
            _log.debug("a message of another ingest cannot be read: %s", type(error).__name__)


def _messages(name: str, kind: str, items: list[Any]) -> Iterator[str]:
    """As many messages as it takes; what is too big for one alone is left out."""
    head = json.dumps({"from": name})[:-1] + f', "{kind}": ['
    taken: list[str] = []
    size = len(head) + 2
    for item in items:
        written = json.dumps(item)  # ASCII: its length is its bytes
        if len(head) + len(written) + 2 > LARGEST:
            continue
        if size + len(written) + 1 > LARGEST:
            yield head + ",".join(taken) + "]}"
            taken, size = [], len(head) + 2
        taken.append(written)
        size += len(written) + 1
    if taken:
        yield head + ",".join(taken) + "]}"


def connection_arguments(url: str) -> dict[str, Any]:
    """What `asyncpg.connect` takes, from the store's SQLAlchemy URL."""
    address = make_url(url)
    arguments: dict[str, Any] = {
        "host": address.host,
        "port": address.port,
        "user": address.username,
        "password": address.password,
        "database": address.database,
    }
    # Options of SQLAlchemy's own are not the driver's.
    driver = {name: value for name, value in address.query.items() if name in {"ssl", "host", "port", "passfile"}}
    return {name: value for name, value in (arguments | driver).items() if value is not None}
