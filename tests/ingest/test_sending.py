"""Sending to the call's workflow and to the one that amends its transcript: whole ways are in `test_publisher`."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime

import pytest
from temporalio.client import Client
from temporalio.service import RPCError

from callscribe.contracts import names
from callscribe.contracts.chunks import CloseStream, StreamOpening, TranscriptChunk
from ingest.chunking import WaitingChunk, WaitingClose
from ingest.outbox import OutboxError
from ingest.sending import ask_receipt, attempt, send_chunk
from tests.ingest.stack import book_of, ledger
from tests.ingest.test_outbox import segment


async def failing(error: Exception) -> None:
    """A sending that goes wrong."""
    raise error


async def endless() -> None:
    """A sending that never ends."""
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("sending", "kind"), [(failing(ValueError("x")), ValueError), (endless(), TimeoutError)], ids=["failed", "too late"]
)
async def test_what_goes_wrong_is_an_answer(sending: Coroutine[None, None, None], kind: type[Exception]) -> None:
    """An attempt never raises what Temporal says; the outbox's own errors it does."""
    assert isinstance(await attempt(sending, 0.05), kind)
    with pytest.raises(OutboxError):
        await attempt(failing(OutboxError("full")), 0.05)


async def test_one_amendment_takes_all_and_is_begun_again(client: Client, task_queue: str) -> None:
    """A running one is used; after its end the next chunk begins another, under the same id."""
    opened, call = datetime.now(UTC), f"sent-{task_queue}"
    handle = client.get_workflow_handle(names.amendment_id(call))
    async with ledger(client, task_queue):
        for stream in ("first", "second"):
            opening = StreamOpening(id=stream, opened_at=opened)
            for seq in (1, 2):
                chunk = TranscriptChunk(stream=opening, seq=seq, segments=(segment(seq, stream),), sealed_at=opened)
                await send_chunk(client, WaitingChunk(call, chunk), amending=task_queue)
            close = CloseStream(stream=opening, last_seq=2, segments=2, closed_at=opened)
            receipt = await ask_receipt(client, WaitingClose(call, close), f"close:{stream}", amending=task_queue)
            assert receipt.complete
            await handle.result()
            assert list((await book_of(handle)).positions) == [stream]


async def test_without_a_workflow_nothing_is_begun(client: Client) -> None:
    """The call's own workflow is never started by ingest."""
    now = datetime.now(UTC)
    chunk = TranscriptChunk(stream=StreamOpening(id="s", opened_at=now), seq=1, sealed_at=now)
    with pytest.raises(RPCError, match="not found"):
        await send_chunk(client, WaitingChunk("nobody", chunk), amending=None)
