"""Deliveries to webhooks: seen, and sent again."""

from typing import Any

from callscribe.contracts.links import PageRole
from callscribe.contracts.webhooks import DeliveryRequest, WebhookEvent
from callscribe.runtime.store.records import Delivery, DeliveryState
from tests.ingest.web import stage
from tests.ingest.web.conftest import Theatre
from tests.ingest.web.visiting import visiting


def delivery(**changes: Any) -> Delivery:
    """One that was given up."""
    request = DeliveryRequest.about_revision("a/b", "crm", 1)
    given: dict[str, Any] = {
        "id": request.id,
        "call": request.call,
        "hook": request.hook,
        "event": WebhookEvent.SEALED,
        "revision": 1,
        "url": "https://inside.example",
        "state": DeliveryState.FAILED,
        "attempts": 3,
        "last_status": 500,
        "last_error": "It said no.",
        "created_at": stage.BEGAN,
        "updated_at": stage.BEGAN,
    }
    return Delivery(**(given | changes))


async def test_they_are_shown(theatre: Theatre) -> None:
    """Without the address that they went to; not to guests."""
    await theatre.store.note_delivery(delivery())
    async with visiting(theatre.ingest) as viewer:
        (one,) = (await viewer.get("/api/calls/a%2Fb/deliveries")).json()["deliveries"]
        assert (one["hook"], one["state"], one["attempts"], one["delivered_at"]) == ("crm", "failed", 3, None)
        assert "inside.example" not in str(one)
        assert (await viewer.get("/api/calls/other/deliveries")).json() == {"deliveries": []}
    async with visiting(theatre.ingest, PageRole.GUEST, call="a/b") as guest:
        assert (await guest.get("/api/calls/a%2Fb/deliveries")).status_code == 403


async def test_one_is_sent_again(theatre: Theatre) -> None:
    """By a workflow of its own, one for all who ask; not while it is under way, not by viewers."""
    failed, under_way = delivery(), delivery(id="other", hook="erp", state=DeliveryState.PENDING)
    for one in (failed, under_way):
        await theatre.store.note_delivery(one)
    delivering = await theatre.client.start_workflow(
        "WebhookDelivery", id="webhook-a/b-erp-revision-1", task_queue=theatre.task_queue
    )
    again = f"/api/calls/a%2Fb/deliveries/{failed.id}/redeliver"
    async with visiting(theatre.ingest, PageRole.OPERATOR) as operator:
        for _ in range(2):
            answer = await operator.post(again, json={})
            assert (answer.status_code, answer.json()) == (202, {"note": "'crm' is sent it again."})
        handle = theatre.client.get_workflow_handle("webhook-a/b-crm-revision-1-again-3")
        started = await handle.describe()
        assert started.task_queue == theatre.task_queue
        assert started.workflow_type == "WebhookDelivery"
        await handle.terminate()
        for path, status in (
            ("/api/calls/a%2Fb/deliveries/other/redeliver", 409),
            ("/api/calls/a%2Fb/deliveries/none/redeliver", 404),
            (f"/api/calls/c/deliveries/{failed.id}/redeliver", 404),
        ):
            assert (await operator.post(path, json={})).status_code == status
        await delivering.terminate()
        lost = await operator.post("/api/calls/a%2Fb/deliveries/other/redeliver", json={})
        assert lost.status_code == 202, "it was pending still, and nobody delivered it"
        await theatre.client.get_workflow_handle("webhook-a/b-erp-revision-1-again-3").terminate()
    async with visiting(theatre.ingest) as viewer:
        assert (await viewer.post(again, json={})).status_code == 403
