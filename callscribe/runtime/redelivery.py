"""Has a message to a webhook sent again: one rule for every door, the page's and the command line's."""

import asyncio
from datetime import timedelta
from typing import Final

from temporalio.client import Client, RPCError, WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCStatusCode

from callscribe.contracts import names
from callscribe.contracts.webhooks import DeliveryRequest, WebhookEvent
from callscribe.runtime.store.records import Delivery, DeliveryState

LOOKED_AT: Final = 100
"""Workflows that may be delivering a message are asked for, those begun last first. One makes some 80 attempts in the three
days that it has; should an older one run all the same, the message is sent twice under one id, as any may be.
"""
_AT_ONCE: Final = 10
_WITHIN: Final = timedelta(seconds=4)


class DeliveryUnderWayError(Exception):
    """The delivery is being made at this moment; `workflow_id` names what makes it."""

    def __init__(self, workflow_id: str) -> None:
        super().__init__(f"This delivery is under way, by {workflow_id}.")
        self.workflow_id = workflow_id


async def send_again(client: Client, delivery: Delivery, *, task_queue: str) -> str:
    """Begin the workflow that sends `delivery` again, under the same id, and return the workflow's id. Whoever asks for the
    same at the same time gets the same workflow.

    Raises `DeliveryUnderWayError` while a workflow delivers it, and `RPCError` where Temporal does not answer.
    """
    # What the store calls pending may have lost its workflow: terminated, or begun at a Temporal that is no more.
    if delivery.state is DeliveryState.PENDING and (running := await _running(client, delivery)):
        raise DeliveryUnderWayError(running)
    asked = _request(delivery, delivery.attempts)
    await client.start_workflow(
        names.DELIVERY_WORKFLOW,
        asked,
        id=asked.workflow_id,
        task_queue=task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        rpc_timeout=_WITHIN,
    )
    return asked.workflow_id


async def _running(client: Client, delivery: Delivery) -> str | None:
    """The id of the workflow that delivers it now, if one does."""
    ids = _candidates(delivery)
    for first in range(0, len(ids), _AT_ONCE):
        some = ids[first : first + _AT_ONCE]
        for id_, runs in zip(some, await asyncio.gather(*(_runs(client, id_) for id_ in some)), strict=True):
            if runs:
                return id_
    return None


def _candidates(delivery: Delivery) -> list[str]:
    """The ids that a workflow may have that delivers it: the first one's, then those of people who asked again."""
    original = _request(delivery, 0).model_copy(update={"again": 0}).workflow_id
    if delivery.event == WebhookEvent.SEGMENTS:
        return [original]
    oldest = max(1, delivery.attempts - LOOKED_AT + 1)
    counts = range(max(1, delivery.attempts), oldest - 1, -1)
    return [original, *(_request(delivery, count).workflow_id for count in counts)]


def _request(delivery: Delivery, attempts: int) -> DeliveryRequest:
    return DeliveryRequest.again_of(
        id_=delivery.id,
        call=delivery.call,
        hook=delivery.hook,
        event=delivery.event,
        revision=delivery.revision,
        attempts=attempts,
    )


async def _runs(client: Client, workflow_id: str) -> bool:
    try:
        found = await client.get_workflow_handle(workflow_id).describe(rpc_timeout=_WITHIN)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return found.status is WorkflowExecutionStatus.RUNNING
