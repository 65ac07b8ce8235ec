"""The names of deliveries: the same for the same message, and never the same for two."""

import itertools

from callscribe.contracts.webhooks import DeliveryRequest, WebhookEvent, batch_id, delivery_id


def test_the_same_message_has_the_same_id() -> None:
    """Whoever makes it; another call, webhook, revision or event has another one. It fits a header, and holds no dot."""
    places = list(itertools.product(WebhookEvent, ("k", "k2", "a-b", "ä/b"), ("crm", "b_crm"), (None, 1, 2)))
    ids = [delivery_id(*place) for place in places]
    assert len(set(ids)) == len(ids)
    assert ids == [delivery_id(*place) for place in places]
    assert all(len(id_) == 36 and id_.isascii() and id_.replace("_", "").isalnum() for id_ in ids)
    assert len({batch_id(ids[0], round_, batch) for round_ in (1, 2) for batch in (1, 2, 11)}) == 6


def test_workflows_of_deliveries() -> None:
    """One for each message, another one for each time that it is asked for again; one at a time follows a call."""
    message = DeliveryRequest.about_revision("order-4711", "crm", 2)
    assert message.workflow_id == "webhook-order-4711-crm-revision-2"
    feed = DeliveryRequest.to_follow("order-4711", "crm")
    assert feed.workflow_id == "webhook-order-4711-crm-segments"
    again = DeliveryRequest.again_of(
        id_=message.id, call="order-4711", hook="crm", event="transcript.sealed", revision=2, attempts=3
    )
    assert again.workflow_id == "webhook-order-4711-crm-revision-2-again-3"
    assert again == message.model_copy(update={"again": 3})
    fresh = DeliveryRequest.again_of(
        id_=feed.id, call="order-4711", hook="crm", event="transcript.segments", revision=None, attempts=0
    )
    assert (fresh.workflow_id, fresh.again) == (feed.workflow_id, 1)
