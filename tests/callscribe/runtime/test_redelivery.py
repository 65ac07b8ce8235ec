"""A message is sent again, unless somebody is at it."""

import uuid
from typing import Any

import pytest
from temporalio.client import Client, RPCError, WorkflowHandle

from callscribe.contracts import names
from callscribe.contracts.webhooks import DeliveryRequest, WebhookEvent
from callscribe.runtime import redelivery
from callscribe.runtime.redelivery import DeliveryUnderWayError, send_again
from callscribe.runtime.store.records import Delivery, DeliveryState
from tests.ingest.web.stage import BEGAN


def delivery(**changes: Any) -> Delivery:
    """One that the store calls pending, about a call of the test's own."""
    given: dict[str, Any] = {
        "id": "msg_1",
        "call": f"test-{uuid.uuid4()}",
        "hook": "crm",
        "event": WebhookEvent.SEALED,
        "revision": 1,
        "url": "https://inside.example",
        "attempts": 3,
        "created_at": BEGAN,
        "updated_at": BEGAN,
    }
    return Delivery(**(given | changes))


async def begun(client: Client, task_queue: str, one: Delivery, end: str) -> WorkflowHandle[Any, Any]:
    """A workflow that delivers it; nobody takes its tasks, so it runs until it is ended."""
    id_ = f"{names.DELIVERY_ID_PREFIX}{one.call}-{one.hook}-{end}"
    return await client.start_workflow(names.DELIVERY_WORKFLOW, id=id_, task_queue=task_queue)


@pytest.mark.parametrize("end", ["revision-1", "revision-1-again-1", "revision-1-again-3"])
async def test_one_that_is_under_way(client: Client, task_queue: str, end: str) -> None:
    """By the first workflow, or by one that somebody asked for; once that is gone, it is sent again all the same."""
    one = delivery()
    running = await begun(client, task_queue, one, end)
    with pytest.raises(DeliveryUnderWayError, match=f"by {running.id}"):
        await send_again(client, one, task_queue=task_queue)
    await running.terminate()
    started = await send_again(client, one, task_queue=task_queue)
    assert started.endswith("-crm-revision-1-again-3")
    again = client.get_workflow_handle(started)
    assert (await again.describe()).task_queue == task_queue
    await again.terminate()


async def test_one_that_follows_a_call(client: Client, task_queue: str) -> None:
    """Has one workflow at a time, of one id."""
    one = delivery(event=WebhookEvent.SEGMENTS, revision=None)
    running = await begun(client, task_queue, one, "segments")
    with pytest.raises(DeliveryUnderWayError):
        await send_again(client, one, task_queue=task_queue)
    await running.terminate()
    assert await send_again(client, one, task_queue=task_queue) == running.id
    await client.get_workflow_handle(running.id).terminate()


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.DELIVERED])
async def test_two_ask_for_the_same(client: Client, task_queue: str, state: DeliveryState) -> None:
    """Of what is made or given up, and get one workflow."""
    one = delivery(state=state)
    ids = {await send_again(client, one, task_queue=task_queue) for _ in range(2)}
    (id_,) = ids
    await client.get_workflow_handle(id_).terminate()


def test_who_may_be_at_it() -> None:
    """The first workflow, and those begun since the oldest attempt that is looked at."""
    first = DeliveryRequest.about_revision("c", "crm", 1).workflow_id
    assert redelivery._candidates(delivery(call="c", attempts=0)) == [first, f"{first}-again-1"]
    many = redelivery._candidates(delivery(call="c", attempts=1_000))
    assert many[:2] == [first, f"{first}-again-1000"]
    assert len(many) == redelivery.LOOKED_AT + 1


async def test_temporal_does_not_tell(client: Client) -> None:
    """Then nothing is begun."""
    one = delivery(call="x" * 5_000)
    with pytest.raises(RPCError):
        await send_again(client, one, task_queue="none")
