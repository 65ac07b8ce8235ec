"""The calls that run, as Temporal lists them: asked once for everybody who looks at a list.

A list of a thousand executions is a quarter of a second of decoding. Were it made for every page that refreshes, ingest's
loop would do little else, and the packets of the sockets would wait.
"""

import asyncio
from datetime import timedelta
from typing import Final

from callscribe.contracts import names
from ingest.temporal_link import TemporalLink
from ingest.web.looks import Look, of_description
from ingest.web.sharing import Shared

MOST: Final = 1_000
"""Running calls that are listed."""
FRESH: Final = 2.0
"""Seconds for which a list is good enough for everybody."""
PAGE: Final = 50
"""Executions that Temporal hands over at a time; the loop turns while the next are fetched."""
_WITHIN: Final = 4.0
_QUERY: Final = f"WorkflowType = '{names.WORKFLOW}' AND ExecutionStatus = 'Running'"


class RunningCalls:
    """Lists the calls that run, when somebody asks."""

    def __init__(self, link: TemporalLink) -> None:
        self._link = link
        self._lists: Shared[tuple[Look, ...]] = Shared(lambda: FRESH)

    async def list(self) -> tuple[Look, ...]:
        """The calls that run, as they were listed at most `FRESH` seconds ago, or as they are being listed.

        Raises `RPCError` or `TimeoutError` where Temporal does not tell.
        """
        return await self._lists.get("running", self._list)

    async def end(self) -> None:
        """Ask Temporal no more."""
        await self._lists.end()

    async def _list(self) -> tuple[Look, ...]:
        client = self._link.client
        if client is None:
            raise TimeoutError
        async with asyncio.timeout(_WITHIN):
            listed = client.list_workflows(_QUERY, limit=MOST, page_size=PAGE, rpc_timeout=timedelta(seconds=_WITHIN))
            return tuple([of_description(names.call_key(one.id), one) async for one in listed])
