"""The way to Temporal, which may be closed when ingest starts: ingest takes packets and events all the same."""

import asyncio
import logging
from datetime import timedelta

from temporalio.client import Client

from callscribe.runtime.temporal import TemporalUnreachableError, connect
from ingest.outcomes import Backoff

_log = logging.getLogger(__name__)


class TemporalLink:
    """Holds the client once there is one. `run` connects, for as long as it takes."""

    def __init__(self, client: Client | None = None) -> None:
        self._client = client
        self._known = asyncio.Event()
        if client is not None:
            self._known.set()

    @property
    def client(self) -> Client | None:
        """The client, or None while Temporal has never answered."""
        return self._client

    async def wait(self) -> Client:
        """The client, as soon as there is one."""
        await self._known.wait()
        assert self._client is not None  # noqa: S101 - set before the event
        return self._client

    async def run(self) -> None:
        """Connect, then return."""
        backoff = Backoff()
        while self._client is None:
            try:
                self._client = await connect()
            except TemporalUnreachableError as error:
                if backoff.attempts == 0:
                    _log.warning("%s Until then everything waits in the outbox.", error)
                await asyncio.sleep(backoff.next())
            else:
                _log.info("connected to Temporal", extra={"attempts": backoff.attempts + 1})
        self._known.set()

    async def answers(self, *, within: float = 1.0) -> bool:
        """Whether Temporal answers now, asked of it; false after `within` seconds."""
        if self._client is None:
            return False
        try:
            async with asyncio.timeout(within):
                return await self._client.service_client.check_health(timeout=timedelta(seconds=within))
        except Exception:  # noqa: BLE001 - whatever is wrong, the answer is no
            return False
