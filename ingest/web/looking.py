"""Asks for what is known of a call: its workflow while it runs, the transcript store afterwards, either if the other is away."""

import asyncio
import logging
from collections import OrderedDict
from dataclasses import replace
from datetime import timedelta
from typing import Final

from temporalio.client import (
    Client,
    RPCError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
)
from temporalio.common import QueryRejectCondition
from temporalio.service import RPCStatusCode

from callscribe.contracts import names
from callscribe.contracts.amendment import SealedCall
from callscribe.contracts.errors import Problem
from callscribe.contracts.status import CallStatus
from callscribe.runtime.store import StoredCall, StoreError, TranscriptStore
from callscribe.transcript.model import Stream
from ingest.temporal_link import TemporalLink
from ingest.web.looks import (
    NO_WORKER,
    TEMPORAL_AWAY,
    TEMPORAL_BUSY,
    Look,
    of_description,
    of_status,
    of_store,
    with_known,
)
from ingest.web.replies import PageError
from ingest.web.store_link import StoreLink

ANSWER_WITHIN: Final = timedelta(seconds=4)
"""For a question to a workflow; a worker that runs needs some milliseconds, one that replays a long call a second."""
REMEMBERED: Final = 1_000
"""Calls whose last look is kept."""
_NOBODY: Final = frozenset(
    {RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.CANCELLED}
)

Stored = tuple[StoredCall | None, SealedCall, tuple[tuple[Stream, int], ...]]
"""What the store has of a call: itself, its seal, its streams with their segments."""

_log = logging.getLogger(__name__)


class Looking:
    """Asks workflows and the store."""

    def __init__(self, link: TemporalLink, store: StoreLink) -> None:
        self._link = link
        self._store = store
        self._last: OrderedDict[str, tuple[float, Look]] = OrderedDict()
        self._flights: dict[str, tuple[float, asyncio.Task[Look]]] = {}
        """Calls that are being asked about, and since when: one question at a time, for all who want to know."""

    async def look(self, key: str, *, max_age: float = 0.0) -> Look:
        """The call `key`, as it was at most `max_age` seconds ago.

        Raises `PageError` 404 for a call that nobody knows, 503 where neither Temporal nor the store answers.
        """
        loop = asyncio.get_running_loop()
        oldest = loop.time() - max_age
        known = self._last.get(key)
        if known is not None and known[0] > oldest:
            return known[1]
        while (flight := self._flights.get(key)) is not None and flight[0] < oldest:
            # It began before what this asker may have done: the next one is for all who have come meanwhile.
            await asyncio.wait([flight[1]])
        if flight is None:
            flight = loop.time(), asyncio.create_task(self._fly(key), name="look at a call")
            self._flights[key] = flight
            flight[1].add_done_callback(lambda _: self._flights.pop(key))
        # Shielded: one who does not wait any longer must not take the others' answer away.
        return await asyncio.shield(flight[1])

    async def end(self) -> None:
        """Ask nobody any more."""
        while tasks := [task for _, task in self._flights.values()]:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _fly(self, key: str) -> Look:
        began = asyncio.get_running_loop().time()
        found = await self._look(key)
        if found.live and found.transcription is None and key in self._last:
            found = with_known(found, self._last[key][1])
        if found.problem != TEMPORAL_BUSY:
            self._last[key] = (began, found)
            self._last.move_to_end(key)
            if len(self._last) > REMEMBERED:
                self._last.popitem(last=False)
        return found

    async def _look(self, key: str) -> Look:
        client = self._link.client
        if client is None:
            return await self._stored_only(key)
        handle = client.get_workflow_handle(names.workflow_id(key))
        try:
            status = await _status(handle)
        except WorkflowQueryRejectedError:
            return await self._over(key, handle)
        except (RPCError, TimeoutError, WorkflowQueryFailedError) as error:
            return await self._untold(key, client, error)
        try:
            stored, *_ = await self._ask(key)
        except StoreError:
            stored = None
        return of_status(status, stored)

    async def _untold(self, key: str, client: Client, error: Exception) -> Look:
        """A call whose workflow has not answered."""
        if not isinstance(error, RPCError) or error.status in _NOBODY:
            return await self._unanswered(key, client)
        if error.status is RPCStatusCode.NOT_FOUND:
            return await self._forgotten(key)
        _log.info("Temporal does not tell of a call: %s", error.message, extra={"call": key})
        return await self._stored_only(key, _reason(error))

    async def _over(self, key: str, handle: WorkflowHandle[object, object]) -> Look:
        """A call whose workflow has ended."""
        try:
            stored, sealed, streams = await self._ask(key)
        except StoreError as away:
            return await _replayed(key, handle, away)
        if stored is not None and sealed.result is not None:
            return of_store(stored, sealed, streams)
        try:
            described = await _described(key, handle)
        except (RPCError, TimeoutError) as error:
            return await self._stored_only(key, _reason(error))
        if stored is None:
            return described
        return replace(
            of_store(stored, sealed, streams), live=False, state=described.state, ended_at=described.ended_at
        )

    async def _unanswered(self, key: str, client: Client) -> Look:
        """A call that Temporal holds and no worker tells of."""
        try:
            found = await _described(key, client.get_workflow_handle(names.workflow_id(key)))
        except (RPCError, TimeoutError) as error:
            return await self._stored_only(key, _reason(error))
        try:
            stored, *_ = await self._ask(key)
        except StoreError:
            stored = None
        if stored is not None:
            found = replace(found, participants=stored.participants, segments=stored.segment_count)
        return replace(found, problem=NO_WORKER)

    async def _forgotten(self, key: str) -> Look:
        """A call that Temporal does not know, or no more."""
        stored, sealed, streams = await self._ask(key)
        if stored is None:
            raise PageError(404, f"There is no call '{key}'.", "The list shows those there are.")
        found = of_store(stored, sealed, streams)
        return found if sealed.result is not None else replace(found, live=False, state="forgotten by Temporal")

    async def _stored_only(self, key: str, problem: Problem = TEMPORAL_AWAY) -> Look:
        """A call while Temporal is away, or has another `problem`."""
        stored, sealed, streams = await self._ask(key)
        if stored is None:
            raise PageError(503, problem.message, problem.advice)
        found = of_store(stored, sealed, streams)
        return found if sealed.result is not None else replace(found, problem=problem)

    async def _ask(self, key: str) -> Stored:
        async def work(store: TranscriptStore) -> Stored:
            found = await store.call(key)
            if found is None or found.verdict is None:
                return found, SealedCall(key=key), ()
            return found, await store.sealed(key), await store.streams(key)

        return await self._store.ask(work)


async def _replayed(key: str, handle: WorkflowHandle[object, object], away: StoreError) -> Look:
    """A call that is over, while the store is away: its workflow can still be asked, at the price of a replay. Raises
    `away` where Temporal does not answer either.
    """
    try:
        return replace(of_status(await _status(handle, closed=True), None), live=False)
    except (RPCError, TimeoutError, WorkflowQueryFailedError):
        try:
            return await _described(key, handle)
        except (RPCError, TimeoutError):
            raise away from None


def _reason(error: Exception) -> Problem:
    """Why Temporal does not tell."""
    is_busy = isinstance(error, RPCError) and error.status is RPCStatusCode.RESOURCE_EXHAUSTED
    return TEMPORAL_BUSY if is_busy else TEMPORAL_AWAY


async def _status(handle: WorkflowHandle[object, object], *, closed: bool = False) -> CallStatus:
    async with asyncio.timeout(ANSWER_WITHIN.total_seconds() + 1):
        status: CallStatus = await handle.query(
            names.QUERY_STATUS,
            result_type=CallStatus,
            reject_condition=None if closed else QueryRejectCondition.NOT_OPEN,
            rpc_timeout=ANSWER_WITHIN,
        )
        return status


async def _described(key: str, handle: WorkflowHandle[object, object]) -> Look:
    """The call by Temporal's word alone, which needs no worker. Raises `RPCError` or `TimeoutError`."""
    async with asyncio.timeout(ANSWER_WITHIN.total_seconds() + 1):
        return of_description(key, await handle.describe(rpc_timeout=ANSWER_WITHIN))
