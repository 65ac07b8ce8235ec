"""Webhooks as activities, one call at a time: what is sent, what is noted, what is sent again."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.transcript_store import TranscriptStoreActivities
from activities.webhook_announcing import Announcer
from activities.webhook_sending import open_sender
from activities.webhooks import MOST_SEGMENTS, Pace, WebhookActivities
from callscribe.contracts.errors import ErrorType
from callscribe.contracts.webhooks import DeliveryOutcome, DeliveryRequest, FeedProgress, GivenUp
from callscribe.runtime.store import Delivery, DeliveryState, TranscriptStore
from callscribe.runtime.webhooks import Hook
from tests.activities.conftest import perform
from tests.callscribe.runtime.store.conftest import saving, sealing, segment
from tests.support.webhook_receiver import Message, Receiver, receiving

MESSAGE = DeliveryRequest.about_revision("k", "crm", 1)
FEED = DeliveryRequest.to_follow("k", "crm")
SEGMENTS = "transcript.segments"


@dataclasses.dataclass
class Scene:
    """A store, a receiver, and the activities between them."""

    store: TranscriptStore
    receiver: Receiver
    webhooks: WebhookActivities

    async def seal(self) -> None:
        """Seal the call, and keep the message about it."""
        hooks = [Hook.model_validate(self.receiver.hook())]
        await perform(TranscriptStoreActivities(self.store, Announcer(self.store, hooks)).seal_transcript, sealing())

    async def noted(self, request: DeliveryRequest) -> Delivery:
        """What the store knows of a delivery."""
        found = await self.store.delivery(request.id)
        assert found is not None
        return found

    async def refused(self, activity: Any, request: DeliveryRequest) -> ApplicationError:
        """The error of an attempt."""
        with pytest.raises(ApplicationError) as caught:
            await perform(activity, request)
        return caught.value


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """With a pace that no test has to wait for."""
    async with (
        receiving() as receiver,
        open_sender() as sender,
        await TranscriptStore.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store,
    ):
        pace = Pace(first_pause=0.01, longest_pause=0.02, turn=2.0)
        hook = Hook.model_validate(receiver.hook())
        yield Scene(store, receiver, WebhookActivities(store, [hook], sender, pace=pace))


async def perform_twice(activity: Any, request: DeliveryRequest) -> list[Any]:
    """An activity whose first answer is lost; Temporal hands the second attempt what the first one told by heartbeats."""
    environment, told = ActivityEnvironment(), []
    environment.on_heartbeat = lambda *details: told.append(details)
    first = await environment.run(activity, request)
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, heartbeat_details=told[-1] if told else (), attempt=2)
    return [first, await environment.run(activity, request)]


async def test_a_message_is_delivered_once(scene: Scene) -> None:
    """Noted with its answer; an activity whose own answer was lost sends nothing more."""
    await scene.seal()
    for _ in range(2):
        answer = await perform(scene.webhooks.deliver_message, MESSAGE)
        assert answer == DeliveryOutcome(id=MESSAGE.id, delivered=True)
    (message,) = scene.receiver.received
    assert message.id == MESSAGE.id
    assert message.raw.decode() == await scene.store.message(MESSAGE.id)
    noted = await scene.noted(MESSAGE)
    assert (noted.state, noted.attempts, noted.last_status) == (DeliveryState.DELIVERED, 1, 204)
    assert noted.delivered_at is not None


async def test_every_attempt_is_noted(scene: Scene) -> None:
    """The same message each time; the receiver's wish is Temporal's next pause, and its refusal the end."""
    await scene.seal()
    scene.receiver.answer(503, "busy", {"retry-after": "17"})
    error = await scene.refused(scene.webhooks.deliver_message, MESSAGE)
    assert (error.type, error.non_retryable, error.next_retry_delay) == (
        ErrorType.WEBHOOK,
        False,
        timedelta(seconds=17),
    )
    noted = await scene.noted(MESSAGE)
    assert (noted.state, noted.attempts, noted.last_status) == (DeliveryState.PENDING, 1, 503)
    assert noted.last_error == "answered 503: busy"
    scene.receiver.answer(410)
    error = await scene.refused(scene.webhooks.deliver_message, MESSAGE)
    assert (error.type, error.non_retryable) == (ErrorType.WEBHOOK_REFUSED, True)
    assert str(error) == "WebhookRefused: webhook 'crm' answered 410"
    await perform(scene.webhooks.give_up_delivery, GivenUp(id=MESSAGE.id, reason=error.message))
    noted = await scene.noted(MESSAGE)
    assert (noted.state, noted.attempts, noted.last_status) == (DeliveryState.FAILED, 2, 410)
    assert noted.last_error == "webhook 'crm' answered 410"
    first, second = scene.receiver.received
    assert (first.id, first.raw) == (second.id, second.raw)


@pytest.mark.parametrize("asked", [MESSAGE, FEED], ids=["message", "feed"])
async def test_clocks_that_differ(scene: Scene, asked: DeliveryRequest) -> None:
    """What was noted last stands, though the host that wrote before has a clock that is an hour ahead."""
    await scene.store.save(saving(segment(1)))
    await scene.seal()
    ahead = datetime.now(UTC) + timedelta(hours=1)
    usual = (await scene.noted(MESSAGE)).model_dump() | {"id": asked.id, "event": asked.event}
    await scene.store.note_delivery(Delivery.model_validate(usual | {"updated_at": ahead}))
    activity = scene.webhooks.deliver_message if asked is MESSAGE else scene.webhooks.deliver_segments
    await perform(activity, asked)
    noted = await scene.noted(asked)
    assert (noted.state, noted.attempts, noted.last_status) == (DeliveryState.DELIVERED, 1, 204)
    await perform(scene.webhooks.give_up_delivery, GivenUp(id=asked.id, reason="asked to"))
    assert (await scene.noted(asked)).state is DeliveryState.FAILED


@pytest.mark.parametrize("asked", [MESSAGE, FEED], ids=["message", "feed"])
async def test_sent_again_whatever_the_clocks_say(scene: Scene, asked: DeliveryRequest) -> None:
    """Also where the host that delivered it is ahead of Temporal's clock: counts decide."""
    activity = scene.webhooks.deliver_message if asked is MESSAGE else scene.webhooks.deliver_segments
    await scene.store.save(saving(segment(1)))
    await scene.seal()
    await perform(activity, asked)
    noted = await scene.noted(asked)
    ahead = noted.updated_at + timedelta(hours=1)
    await scene.store.note_delivery(noted.model_copy(update={"updated_at": ahead, "delivered_at": ahead}))
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, scheduled_time=datetime.now(UTC))
    await environment.run(activity, asked.model_copy(update={"again": noted.attempts}))
    assert len(scene.receiver.received) == 2


async def test_a_message_is_sent_again_as_it_was(scene: Scene) -> None:
    """Also when the transcript has been amended since; and once, though Temporal carries the activity out twice."""
    await scene.seal()
    await perform(scene.webhooks.deliver_message, MESSAGE)
    await scene.store.save(saving(segment(1)))
    await scene.seal()
    again = DeliveryRequest.again_of(id_=MESSAGE.id, call="k", hook="crm", event=MESSAGE.event, revision=1, attempts=1)
    await perform_twice(scene.webhooks.deliver_message, again)
    first, second = scene.receiver.received
    assert (first.id, first.raw) == (second.id, second.raw)
    assert (await scene.noted(MESSAGE)).attempts == 2


@pytest.mark.parametrize("asked", [MESSAGE, FEED], ids=["message", "feed"])
async def test_where_it_went(scene: Scene, asked: DeliveryRequest) -> None:
    """To the address that is configured now, not to the one that there was when it was made."""
    await scene.store.save(saving(segment(1)))
    await scene.seal()
    usual = (await scene.noted(MESSAGE)).model_dump() | {"id": asked.id, "event": asked.event}
    await scene.store.note_delivery(Delivery.model_validate(usual | {"url": "https://moved.example/hook"}))
    activity = scene.webhooks.deliver_message if asked is MESSAGE else scene.webhooks.deliver_segments
    await perform(activity, asked)
    assert scene.receiver.received
    assert (await scene.noted(asked)).url == scene.receiver.url.partition("?")[0]


async def test_what_cannot_be_sent(scene: Scene) -> None:
    """A message that nobody kept is refused; a webhook that this worker does not know may be known to another one."""
    error = await scene.refused(scene.webhooks.deliver_message, MESSAGE)
    assert (error.type, error.non_retryable) == (ErrorType.WEBHOOK_REFUSED, True)
    await perform(scene.webhooks.give_up_delivery, GivenUp(id=MESSAGE.id, reason="no such message"))
    assert await scene.store.delivery(MESSAGE.id) is None
    await scene.seal()
    for activity, request in (
        (scene.webhooks.deliver_message, MESSAGE.model_copy(update={"hook": "gone"})),
        (scene.webhooks.deliver_segments, FEED.model_copy(update={"hook": "gone"})),
    ):
        error = await scene.refused(activity, request)
        assert (error.type, error.non_retryable) == (ErrorType.WEBHOOK, False)
        assert "knows no webhook 'gone'" in error.message
    assert scene.receiver.received == []


async def test_a_call_is_followed_in_turns(scene: Scene) -> None:
    """What is stored is sent, in bounded messages; where nothing comes the turn ends; after the sealing all is over."""
    await scene.store.save(saving(*(segment(position) for position in range(1, MOST_SEGMENTS + 4))))
    assert await perform(scene.webhooks.deliver_segments, FEED) == FeedProgress(messages=2, over=False)
    assert (await scene.noted(FEED)).state is DeliveryState.PENDING
    await scene.store.save(saving(segment(MOST_SEGMENTS + 4)))
    await scene.seal()
    assert await perform(scene.webhooks.deliver_segments, FEED) == FeedProgress(messages=1, over=True)
    batches = [[each["position"] for each in message.data["segments"]] for message in scene.receiver.of(SEGMENTS)]
    assert [len(batch) for batch in batches] == [MOST_SEGMENTS, 3, 1]
    assert [position for batch in batches for position in batch] == list(range(1, MOST_SEGMENTS + 5))
    assert [message.id for message in scene.receiver.received] == [f"{FEED.id}_1_{number}" for number in (1, 2, 3)]
    noted = await scene.noted(FEED)
    assert (noted.state, noted.attempts, noted.last_status) == (DeliveryState.DELIVERED, 1, 204)


async def test_a_batch_that_was_not_taken_stays_as_it_is(scene: Scene) -> None:
    """Though more has come since: the same id is never two different messages. Then the turn ends, to begin afresh."""
    scene.receiver.usual = 500
    await scene.store.save(saving(segment(1)))
    for attempts in (1, 2):
        error = await scene.refused(scene.webhooks.deliver_segments, FEED)
        assert not error.non_retryable
        assert (await scene.noted(FEED)).attempts == attempts
    await scene.store.save(saving(segment(2)))
    await scene.seal()
    scene.receiver.usual = 200
    assert await perform(scene.webhooks.deliver_segments, FEED, attempt=3) == FeedProgress(messages=1, over=False)
    assert await perform(scene.webhooks.deliver_segments, FEED) == FeedProgress(messages=1, over=True)
    *same, last = scene.receiver.received
    assert len({(message.id, message.raw) for message in same}) == 1
    assert (last.id, last.data["segments"][0]["position"]) == (f"{FEED.id}_1_2", 2)
    assert (await scene.noted(FEED)).last_error == ""


@pytest.mark.parametrize("status", [204, 503])
async def test_given_up_while_a_batch_is_under_way(scene: Scene, status: int) -> None:
    """It stays given up, whatever the receiver says, and nothing more is sent."""
    await scene.store.save(saving(*(segment(position) for position in range(1, MOST_SEGMENTS + 4))))
    scene.receiver.usual = status

    async def give_up(_: Message) -> None:
        await perform(scene.webhooks.give_up_delivery, GivenUp(id=FEED.id, reason="cancelled"))

    scene.receiver.on_message = give_up
    if status == 204:
        assert await perform(scene.webhooks.deliver_segments, FEED) == FeedProgress(messages=1, over=False)
    else:
        await scene.refused(scene.webhooks.deliver_segments, FEED)
    noted = await scene.noted(FEED)
    assert (noted.state, noted.last_error) == (DeliveryState.FAILED, "cancelled")
    assert len(scene.receiver.received) == 1


async def test_a_call_is_followed_anew(scene: Scene) -> None:
    """One that was given up goes on where it was; one that had everything gets it from the first segment, under new ids."""
    await scene.store.save(saving(segment(1)))
    await scene.seal()
    scene.receiver.answer(404)
    await scene.refused(scene.webhooks.deliver_segments, FEED)
    await perform(scene.webhooks.give_up_delivery, GivenUp(id=FEED.id, reason="answered 404"))
    again = FEED.model_copy(update={"again": 1})
    done = FeedProgress(messages=1, over=True)
    assert await perform(scene.webhooks.deliver_segments, again) == done
    nothing_more = FeedProgress(messages=0, over=True)
    assert await perform_twice(scene.webhooks.deliver_segments, again) == [done, nothing_more]
    ids = [message.id for message in scene.receiver.received]
    assert ids == [f"{FEED.id}_1_1", f"{FEED.id}_1_1", f"{FEED.id}_2_1"]
    assert [each["position"] for each in scene.receiver.received[-1].data["segments"]] == [1]


async def test_a_worker_that_stops_leaves_the_call(scene: Scene) -> None:
    """Long before its grace is over: another one goes on."""
    environment = ActivityEnvironment()
    environment.worker_shutdown()
    assert await environment.run(scene.webhooks.deliver_segments, FEED) == FeedProgress(messages=0, over=False)


async def test_a_store_in_trouble_is_tried_again(scene: Scene) -> None:
    """For as long as deliveries are."""
    async with scene.store._engine.begin() as connection:
        await connection.execute(text("DROP TABLE messages"))
        await connection.execute(text("DROP TABLE feeds"))
    for activity, request in ((scene.webhooks.deliver_message, MESSAGE), (scene.webhooks.deliver_segments, FEED)):
        error = await scene.refused(activity, request)
        assert (error.type, error.non_retryable) == (ErrorType.STORE, False)
