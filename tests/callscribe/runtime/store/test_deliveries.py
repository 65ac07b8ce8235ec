"""Messages to webhooks, and what became of them."""

from datetime import timedelta

import pytest

from callscribe.runtime.store import Delivery, DeliveryState, Feed, StoreError, TranscriptStore
from tests.callscribe.runtime.store.conftest import START


def delivery(id_: str = "d1", seconds: int = 0, **changes: object) -> Delivery:
    """A message whose state is so many seconds old."""
    usual = {"id": id_, "call": "k", "hook": "crm", "event": "transcript.sealed", "url": "https://crm.example/hook"}
    times = {"created_at": START, "updated_at": START + timedelta(seconds=seconds)}
    return Delivery.model_validate({**usual, **times, "digest": "ab" * 32, "revision": 1, **changes})


async def test_a_delivery_goes_its_way(store: TranscriptStore) -> None:
    """Noted, noted again, tried in vain, delivered: the newest state stands, whatever comes twice or late."""
    tried = delivery(seconds=1, attempts=1, last_status=503, last_error="Service\x00Unavailable")
    done = delivery(
        seconds=5, attempts=2, state=DeliveryState.DELIVERED, last_status=200, delivered_at=START + timedelta(seconds=5)
    )
    for note in (delivery(), delivery(), tried):
        await store.note_delivery(note)
    assert await store.delivery("d1") == tried.model_copy(update={"last_error": "Service\ufffdUnavailable"})
    for note in (done, tried, done):
        await store.note_delivery(note)
    assert await store.delivery("d1") == done
    again = delivery(seconds=9, attempts=2)  # somebody asked for it once more
    await store.note_delivery(again)
    assert await store.delivery("d1") == again


async def test_deliveries_of_a_call(store: TranscriptStore) -> None:
    """In the order in which they were made, also before anything was said; those of others are not among them."""
    later = delivery("a", created_at=START + timedelta(seconds=1), revision=None)
    for note in (later, delivery("b"), delivery("c", call="other")):
        await store.note_delivery(note)
    assert list(await store.deliveries("k")) == [delivery("b"), later]
    assert await store.deliveries("unknown") == []
    assert await store.delivery("unknown") is None
    assert await store.calls() == []


async def test_a_message_stays_as_it_was_kept(store: TranscriptStore) -> None:
    """Whoever makes it again, with another body even, sends what was kept first; what became of it stays as well."""
    await store.keep_message(delivery(), '{"id": "d1"}')
    await store.note_delivery(delivery(seconds=1, attempts=1, state=DeliveryState.FAILED))
    await store.keep_message(delivery(seconds=2), '{"id": "another"}')
    assert await store.message("d1") == '{"id": "d1"}'
    assert (await store.deliveries("k"))[0].state is DeliveryState.FAILED
    assert await store.message("unknown") is None


async def test_how_far_a_feed_has_come(store: TranscriptStore) -> None:
    """At its beginning first; then as it was kept last."""
    assert await store.feed("f") == Feed(id="f", batch=1, round=1)
    under_way = Feed(id="f", next_cursor="7", body="{}")
    await store.keep_feed(under_way, Feed(id="f"))
    assert await store.feed("f") == under_way
    delivered = Feed(id="f", batch=2, cursor="7")
    for _ in range(2):  # the answer to the first writing was lost
        await store.keep_feed(delivered, under_way)
    assert await store.feed("f") == delivered


async def test_a_feed_is_never_turned_back(store: TranscriptStore) -> None:
    """By a writer that is late: neither to a batch that was delivered, nor to another body under the same id."""
    fresh = Feed(id="f")
    under_way = Feed(id="f", next_cursor="7", body="{}")
    delivered = Feed(id="f", batch=2, cursor="7")
    once_more = Feed(id="f", round=2)
    await store.keep_feed(under_way, fresh)
    for newest, late, known in (
        (under_way, Feed(id="f", next_cursor="9", body="[]"), fresh),
        (delivered, under_way, fresh),
        (once_more, delivered, under_way),
    ):
        if newest is not under_way:
            await store.keep_feed(newest, await store.feed("f"))
        with pytest.raises(StoreError, match="Another worker has gone on"):
            await store.keep_feed(late, known)
        assert await store.feed("f") == newest
