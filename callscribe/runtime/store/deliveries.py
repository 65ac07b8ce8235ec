"""Messages to webhooks, what became of them, and how far a webhook has come with a call that it follows."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callscribe.runtime.store.database import insert_into
from callscribe.runtime.store.errors import StoreError
from callscribe.runtime.store.records import Delivery, Feed
from callscribe.runtime.store.schema import deliveries, feeds, messages

_CHANGING = ("url", "state", "attempts", "last_status", "last_error", "updated_at", "delivered_at")
_PLACE = ("round", "batch", "cursor", "next_cursor")
"""What tells one state of a feed from another."""


async def note(connection: AsyncConnection, delivery: Delivery) -> None:
    """As `TranscriptStore.note_delivery`."""
    values = delivery.model_dump()
    statement = insert_into(connection, deliveries).values(values)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["id"],
            set_={name: statement.excluded[name] for name in _CHANGING},
            where=deliveries.c.updated_at <= statement.excluded.updated_at,
        )
    )


async def keep_message(connection: AsyncConnection, delivery: Delivery, body: str) -> None:
    """As `TranscriptStore.keep_message`."""
    values = delivery.model_dump()
    await connection.execute(insert_into(connection, deliveries).values(values).on_conflict_do_nothing())
    await connection.execute(
        insert_into(connection, messages).values(id=delivery.id, body=body).on_conflict_do_nothing()
    )


async def message(connection: AsyncConnection, id_: str) -> str | None:
    """As `TranscriptStore.message`."""
    body: str | None = (
        await connection.execute(select(messages.c.body).where(messages.c.id == id_))
    ).scalar_one_or_none()
    return body


async def keep_feed(connection: AsyncConnection, feed: Feed, known: Feed) -> None:
    """As `TranscriptStore.keep_feed`."""
    values = feed.model_dump()
    is_known = [feeds.c[name].is_not_distinct_from(getattr(known, name)) for name in _PLACE]
    changed = await connection.execute(update(feeds).where(feeds.c.id == feed.id, *is_known).values(values))
    if changed.rowcount:
        return
    if known == Feed(id=feed.id):
        added = insert_into(connection, feeds).values(values).on_conflict_do_nothing()
        if (await connection.execute(added)).rowcount:
            return
    if await one_feed(connection, feed.id) != feed:
        raise StoreError("Another worker has gone on with what a webhook follows.", "It is taken up where that one is.")


async def one_feed(connection: AsyncConnection, id_: str) -> Feed:
    """As `TranscriptStore.feed`."""
    row = (await connection.execute(select(feeds).where(feeds.c.id == id_))).mappings().one_or_none()
    return Feed(id=id_) if row is None else Feed(**row)


async def of_call(connection: AsyncConnection, key: str) -> Sequence[Delivery]:
    """As `TranscriptStore.deliveries`."""
    query = select(deliveries).where(deliveries.c.call == key).order_by(deliveries.c.created_at, deliveries.c.id)
    return [Delivery(**row) for row in (await connection.execute(query)).mappings()]


async def one(connection: AsyncConnection, id_: str) -> Delivery | None:
    """As `TranscriptStore.delivery`."""
    row = (await connection.execute(select(deliveries).where(deliveries.c.id == id_))).mappings().one_or_none()
    return None if row is None else Delivery(**row)
