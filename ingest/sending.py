"""What is sent to Temporal: to the call's own workflow, or, once that has ended, to the one that amends its transcript."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from callscribe.contracts import names
from callscribe.contracts.amendment import AmendmentRequest
from callscribe.contracts.chunks import StreamReceipt
from ingest.chunking import WaitingChunk, WaitingClose, WaitingEvent
from ingest.writer import OutboxError

SUMMARY: Final = "words that came after the call was sealed"


async def send_chunk(client: Client, waiting: WaitingChunk, *, amending: str | None) -> None:
    """Signal a chunk; `amending` is the task queue to start the amendment on, None while the call's workflow is meant."""
    if amending is None:
        # Without a run id: the call may have continued as new.
        await client.get_workflow_handle(names.workflow_id(waiting.call)).signal(names.SIGNAL_CHUNK, waiting.chunk)
        return
    await client.start_workflow(
        names.AMENDMENT_WORKFLOW,
        AmendmentRequest(),
        id=names.amendment_id(waiting.call),
        task_queue=amending,
        # One that runs is used; one that has ended is no hindrance: the next one goes on from what it sealed.
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        start_signal=names.SIGNAL_CHUNK,
        start_signal_args=[waiting.chunk],
        static_summary=SUMMARY,
    )


async def send_event(client: Client, waiting: WaitingEvent) -> None:
    """Signal an event."""
    await client.get_workflow_handle(names.workflow_id(waiting.call)).signal(names.SIGNAL_EVENT, waiting.event)


async def ask_receipt(client: Client, waiting: WaitingClose, update_id: str, *, amending: str | None) -> StreamReceipt:
    """Ask whether all of a stream is stored."""
    receipt: StreamReceipt
    if amending is None:
        handle = client.get_workflow_handle(names.workflow_id(waiting.call))
        receipt = await handle.execute_update(
            names.UPDATE_CLOSE_STREAM, waiting.close, id=update_id, result_type=StreamReceipt
        )
        return receipt
    start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
        names.AMENDMENT_WORKFLOW,
        AmendmentRequest(),
        id=names.amendment_id(waiting.call),
        task_queue=amending,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        static_summary=SUMMARY,
    )
    receipt = await client.execute_update_with_start_workflow(
        names.UPDATE_CLOSE_STREAM,
        waiting.close,
        start_workflow_operation=start,
        id=update_id,
        result_type=StreamReceipt,
    )
    return receipt


async def attempt(sending: Coroutine[None, None, None], within: float) -> Exception | None:
    """None if it was taken, or what went wrong; after `within` seconds a TimeoutError, though it may still have arrived."""
    try:
        async with asyncio.timeout(within):
            await sending
    except OutboxError:
        raise
    except Exception as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError from error  # the SDK disguises a cancelled update as an error of its own
        return error
    return None
