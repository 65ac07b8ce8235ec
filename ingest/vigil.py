"""Ends sockets whose peer is gone though nobody says so: its program hangs, and its kernel goes on acknowledging.

An unanswered ping proves nothing by itself, for a peer may never answer any. What proves it is a peer that has answered
before and has dialled anew since, or that stays silent once its call is over. Even then a socket is closed with a frame
that every living peer answers, and whatever comes before that answer counts.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from temporalio.client import WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey
from websockets.frames import CloseCode

from callscribe.contracts import names
from callscribe.contracts.status import CallState
from ingest import liveness
from ingest.liveness import WatchedConnection
from ingest.temporal_link import TemporalLink

AFTER_THE_CALL: Final = 3
"""Pings in a row that a peer leaves unanswered, and sends nothing, before its socket is ended once the call is over: more
than ten seconds, and late results take one or two."""
BESIDE_ANOTHER: Final = 6
"""The same while the call goes on, of a peer that used to answer and has opened another socket since: half a minute, as
long as a kernel gets to acknowledge something."""
ASKED_AGAIN: Final = 6
"""Pings between two questions to Temporal whether a silent socket's call is over."""
ANSWERED_WITHIN: Final = timedelta(seconds=5)
MOST_QUESTIONS: Final = 16
"""At once; a thousand calls may fall silent together."""
MOST_ENDED: Final = 10_000
"""Ended calls that are remembered: their sockets may open late, and soon are gone."""
_STATE: Final = SearchAttributeKey.for_keyword(names.ATTRIBUTE_STATE)
_OVER: Final = {CallState.DRAINING, CallState.SEALED, CallState.FAILED}

_log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Watched:
    call: str
    opened_at: datetime
    connection: WatchedConnection
    ask_at: int = AFTER_THE_CALL
    """Unanswered pings after which Temporal is asked about the call."""


class Vigil:
    """Watches all open sockets. `run` until cancelled; `call_ended` tells of an end that is known."""

    def __init__(self, link: TemporalLink) -> None:
        self._link = link
        self._watched: set[_Watched] = set()
        self._ended: dict[str, None] = {}
        self._questions = asyncio.Semaphore(MOST_QUESTIONS)

    @contextmanager
    def over(self, call: str, opened_at: datetime, connection: WatchedConnection) -> Iterator[None]:
        """Watch an open socket for as long as the block runs."""
        watched = _Watched(call, opened_at, connection)
        self._watched.add(watched)
        try:
            yield
        finally:
            self._watched.discard(watched)

    def call_ended(self, call: str) -> None:
        """The call is over: who still has something to say says it soon."""
        self._ended.pop(call, None)
        self._ended[call] = None
        if len(self._ended) > MOST_ENDED:
            del self._ended[next(iter(self._ended))]
        for each in self._watched:
            if each.call == call:
                each.connection.call_ended()

    async def run(self) -> None:
        """Look at all sockets as often as they are pinged."""
        async with asyncio.TaskGroup() as group:
            while True:
                await asyncio.sleep(liveness.PING_EVERY)
                self._look(group)

    def _look(self, group: asyncio.TaskGroup) -> None:
        newest: dict[str, datetime] = {}
        for each in self._watched:
            newest[each.call] = max(each.opened_at, newest.get(each.call, each.opened_at))
        in_doubt: set[str] = set()
        for each in self._watched:
            connection = each.connection
            if each.call in self._ended:
                connection.call_ended()
            if _is_gone(connection, newest[each.call]):
                if connection.give_up():
                    facts = {"call": each.call, "last_sign_of_life": connection.heard_at.isoformat()}
                    _log.warning("a socket's peer is gone without a word", extra=facts)
                    group.create_task(_end(connection), name="end a socket")
            elif connection.unanswered < AFTER_THE_CALL:
                each.ask_at = AFTER_THE_CALL
            elif connection.unanswered >= each.ask_at and each.call not in self._ended:
                each.ask_at = connection.unanswered + ASKED_AGAIN
                in_doubt.add(each.call)
        for call in in_doubt:
            group.create_task(self._ask(call), name=f"ask whether {call} is over")

    async def _ask(self, call: str) -> None:
        """Ask Temporal: the end may have been told to another ingest, to an earlier process, or to nobody."""
        if self._link.client is None:
            return
        handle = self._link.client.get_workflow_handle(names.workflow_id(call))
        try:
            async with self._questions:
                found = await handle.describe(rpc_timeout=ANSWERED_WITHIN)
        except Exception as error:  # noqa: BLE001 - whatever is wrong, it is asked again, and ingest goes on
            _log.debug("whether a call is over is not known: %s", error, extra={"call": call})
            return
        state = found.typed_search_attributes.get(_STATE)
        if found.status is not WorkflowExecutionStatus.RUNNING or state in _OVER:
            self.call_ended(call)


async def _end(connection: WatchedConnection) -> None:
    try:
        await connection.close(CloseCode.GOING_AWAY, "no sign of life")
    except Exception:  # noqa: BLE001 - one socket that cannot be closed is no reason to end all others
        _log.exception("a silent socket cannot be closed")


def _is_gone(connection: WatchedConnection, newest: datetime) -> bool:
    if connection.is_call_over:
        return connection.unanswered_since_the_end >= AFTER_THE_CALL
    answers, has_dialled_anew = connection.latency > 0, newest > connection.heard_at
    return answers and has_dialled_anew and connection.unanswered >= BESIDE_ANOTHER
