"""Webhooks as activities: bring a message there, follow a call segment by segment, give up.

Each attempt is one HTTP request and one note in the transcript store. An activity that is carried out again, because a
worker died between the two, sends the same message under the same id.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from temporalio import activity

from activities import webhook_messages
from activities.errors import failure
from activities.transcript_store import reported
from activities.webhook_announcing import fresh_delivery, participants_of
from activities.webhook_sending import Answer, Sender
from callscribe.contracts.errors import ErrorType, Problem
from callscribe.contracts.webhooks import DeliveryOutcome, DeliveryRequest, FeedProgress, GivenUp, batch_id
from callscribe.runtime.store import Delivery, DeliveryState, Feed, TranscriptStore
from callscribe.runtime.webhooks import Hook

MOST_SEGMENTS = 100
"""In one message."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How a call is followed. All in seconds."""

    first_pause: float = 0.5
    """From a look into the store to the next one, right after something has come."""
    longest_pause: float = 5.0
    """The same where nothing comes."""
    turn: float = 600.0
    """How long one activity follows a call; then the workflow begins the next one."""


PACE = Pace()


class WebhookActivities:
    """The activities that call webhooks, bound to one store and one sender for the life of a worker process."""

    def __init__(
        self, store: TranscriptStore, hooks: Sequence[Hook], sender: Sender, *, pace: Pace | None = None
    ) -> None:
        self._store = store
        self._hooks = {hook.name: hook for hook in hooks}
        self._sender = sender
        self._pace = pace or PACE

    @activity.defn
    async def deliver_message(self, request: DeliveryRequest) -> DeliveryOutcome:
        """One attempt to deliver a message that is kept in the store. Raises `ApplicationError` until it is taken."""
        with reported():
            delivery, body = await self._store.delivery(request.id), await self._store.message(request.id)
            if delivery is None or body is None:
                raise _refused("the transcript store has no such message", "Is CALLSCRIBE_STORE_URL another one now?")
            # Counted, not timed: as often as when it was asked for means that this very activity has not sent it yet.
            if delivery.state is DeliveryState.DELIVERED and not 0 < delivery.attempts <= request.again:
                return DeliveryOutcome(id=request.id, delivered=True)
            hook = self._hook(request.hook)
            delivery = await self._begun(delivery, hook)
            answer = await self._sender.post(hook, request.id, body)
            await self._note(delivery, answer, attempts=delivery.attempts + 1, is_last=True)
        _raise_unless_taken(request, answer)
        return DeliveryOutcome(id=request.id, delivered=True)

    @activity.defn
    async def deliver_segments(self, request: DeliveryRequest) -> FeedProgress:
        """Follow a call for a while: deliver what is stored of it, in the order of storing, as it is stored.

        How far it has come is kept in the store, with the message that is under way: whoever goes on sends the same.
        Raises `ApplicationError` where the webhook does not take one.
        """
        with reported():
            hook = self._hook(request.hook)
            delivery, feed = await self._taken_up(request, hook)
            count, pause = 0, self._pace.first_pause
            ends_at = asyncio.get_running_loop().time() + self._pace.turn
            while True:
                activity.heartbeat(feed.round)
                # Asked before the segments are: what was stored before the sealing is then among them.
                is_sealed = (await self._store.sealed(request.call)).revision > 0
                next_feed = await self._with_batch(request, feed)
                if next_feed is not None:
                    delivery, feed = await self._deliver_batch(request, hook, delivery, next_feed)
                    count, pause = count + 1, self._pace.first_pause
                    if delivery.state is DeliveryState.FAILED:
                        return FeedProgress(messages=count, over=False)  # nobody waits for the rest
                    if activity.info().attempt > 1:
                        return FeedProgress(messages=count, over=False)  # the next trouble begins with short pauses
                elif is_sealed:
                    done = {"state": DeliveryState.DELIVERED, "delivered_at": datetime.now(UTC)}
                    await self._change(delivery, done)
                    return FeedProgress(messages=count, over=True)
                elif await _is_stopping(pause):
                    return FeedProgress(messages=count, over=False)
                else:
                    pause = min(pause * 1.5, self._pace.longest_pause)
                if activity.is_worker_shutdown() or asyncio.get_running_loop().time() > ends_at:
                    return FeedProgress(messages=count, over=False)

    @activity.defn
    async def give_up_delivery(self, given_up: GivenUp) -> None:
        """Note that nobody will try again by himself, and why."""
        with reported():
            delivery = await self._store.delivery(given_up.id)
            if delivery is not None:
                reason, last = given_up.reason, delivery.last_error
                said = reason if last in reason else f"{reason}: {last}"
                await self._change(delivery, {"state": DeliveryState.FAILED, "last_error": said})

    def _hook(self, name: str) -> Hook:
        """Retried, for a worker with newer settings may take the next attempt."""
        if name in self._hooks:
            return self._hooks[name]
        problem = Problem(
            message=f"This worker knows no webhook '{name}'.", advice="Check CALLSCRIBE_WEBHOOKS of every worker."
        )
        raise failure(ErrorType.WEBHOOK, problem, retryable=True)

    async def _begun(self, delivery: Delivery, hook: Hook) -> Delivery:
        """Nothing that was delivered or given up shows as such while it is sent again, nor where it went then."""
        delivery = delivery.model_copy(update={"url": hook.shown_url})
        if delivery.state is DeliveryState.PENDING:
            return delivery
        return await self._change(delivery, {"state": DeliveryState.PENDING, "delivered_at": None})

    async def _change(self, delivery: Delivery, news: dict[str, Any]) -> Delivery:
        """Note `news`, whatever clock the last note was written by: what looks older than what is stored is dropped."""
        known = await self._store.delivery(delivery.id) or delivery
        changed = delivery.model_copy(update=news | {"updated_at": max(datetime.now(UTC), known.updated_at)})
        await self._store.note_delivery(changed)
        return changed

    async def _note(self, delivery: Delivery, answer: Answer, *, attempts: int, is_last: bool) -> Delivery:
        is_done = answer.is_taken and is_last
        known = await self._store.delivery(delivery.id)
        if not is_done and known is not None and known.state is DeliveryState.FAILED:
            return known  # given up while the attempt was under way: nobody tries again
        news = {
            "state": DeliveryState.DELIVERED if is_done else DeliveryState.PENDING,
            "attempts": attempts,
            "last_status": answer.status,
            "last_error": answer.error,
            "delivered_at": datetime.now(UTC) if is_done else None,
        }
        noted = await self._change(delivery, news)
        told = {"call": delivery.call, "hook": delivery.hook, "delivery": delivery.id, "status": answer.status}
        activity.logger.info("a webhook %s", "took a message" if answer.is_taken else "took no message", extra=told)
        return noted

    async def _taken_up(self, request: DeliveryRequest, hook: Hook) -> tuple[Delivery, Feed]:
        """Where the following of a call stands."""
        delivery, feed = await self._store.delivery(request.id), await self._store.feed(request.id)
        if delivery is None:
            delivery = fresh_delivery(request, hook, datetime.now(UTC))
            await self._store.note_delivery(delivery)
        # An attempt before this one that has told its round has begun what was asked for; its answer was lost.
        is_begun = bool(activity.info().heartbeat_details)
        if delivery.state is DeliveryState.DELIVERED and request.again and not is_begun:
            known, feed = feed, Feed(id=feed.id, round=feed.round + 1)
            await self._store.keep_feed(feed, known)
        return await self._begun(delivery, hook), feed

    async def _with_batch(self, request: DeliveryRequest, feed: Feed) -> Feed | None:
        """With the message that is next, kept before it is sent for the first time; None where nothing has come."""
        if feed.body is not None:
            return feed
        said, cursor = await self._store.segments_since(request.call, feed.cursor, limit=MOST_SEGMENTS)
        if not said:
            return None
        body = webhook_messages.segments(
            said,
            id_=batch_id(feed.id, feed.round, feed.batch),
            call=request.call,
            round_=feed.round,
            batch=feed.batch,
            participants=await participants_of(self._store, request.call),
            now=datetime.now(UTC),
        )
        ready = feed.model_copy(update={"next_cursor": cursor, "body": body})
        await self._store.keep_feed(ready, feed)
        return ready

    async def _deliver_batch(
        self, request: DeliveryRequest, hook: Hook, delivery: Delivery, feed: Feed
    ) -> tuple[Delivery, Feed]:
        """One attempt. `attempts` of a call that is followed are those of the message that is under way."""
        answer = await self._sender.post(hook, batch_id(feed.id, feed.round, feed.batch), feed.body or "")
        attempts = delivery.attempts + 1 if delivery.last_error else 1
        if answer.is_taken:
            known, feed = feed, Feed(id=feed.id, round=feed.round, batch=feed.batch + 1, cursor=feed.next_cursor)
            await self._store.keep_feed(feed, known)
        delivery = await self._note(delivery, answer, attempts=attempts, is_last=False)
        _raise_unless_taken(request, answer)
        return delivery, feed


def _raise_unless_taken(request: DeliveryRequest, answer: Answer) -> None:
    if answer.is_taken:
        return
    said = f"webhook '{request.hook}' {answer.error}"
    if answer.is_final:
        raise _refused(said)
    raise failure(ErrorType.WEBHOOK, Problem(message=said), retryable=True, delay=answer.delay)


def _refused(message: str, advice: str = "") -> Exception:
    return failure(ErrorType.WEBHOOK_REFUSED, Problem(message=message, advice=advice))


async def _is_stopping(pause: float) -> bool:
    """Wait so many seconds, or until the worker stops: whether it does."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(pause):
            await activity.wait_for_worker_shutdown()
    return activity.is_worker_shutdown()
