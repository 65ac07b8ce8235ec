"""Deliveries on a real server, with a real store and a real receiver: tried again, refused, asked for again, and killed."""

import asyncio
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import CancelledError
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities import policies, webhooks
from activities.transcript_store import TranscriptStoreActivities
from activities.webhook_announcing import Announcer
from activities.webhook_sending import open_sender
from activities.webhooks import Pace
from callscribe.contracts import names
from callscribe.contracts.webhooks import DeliveryOutcome, DeliveryRequest
from callscribe.runtime.settings import Settings
from callscribe.runtime.store import Delivery, DeliveryState, TranscriptStore
from callscribe.runtime.webhooks import Hook
from tests.activities.conftest import perform, settings_with
from tests.callscribe.runtime.store.conftest import saving, sealing, segment
from tests.support.eventually import eventually
from tests.support.temporal_server import environment_of
from tests.support.webhook_receiver import Message, Receiver, receiving
from worker import main
from worker.main import PASSED_THROUGH, build_feed_worker, build_webhook_worker
from workflows import webhook_delivery
from workflows.webhook_delivery import WebhookDelivery


@dataclass
class Stage:
    """A call in the store, a receiver, and workers between them."""

    client: Client
    task_queue: str
    store: TranscriptStore
    receiver: Receiver
    settings: Settings

    @property
    def message(self) -> DeliveryRequest:
        """That the call is sealed."""
        return DeliveryRequest.about_revision(self.task_queue, "crm", 1)

    @property
    def feed(self) -> DeliveryRequest:
        """Its segments."""
        return DeliveryRequest.to_follow(self.task_queue, "crm")

    async def seal(self) -> None:
        """Seal the call, and keep the message about it."""
        announcer = Announcer(self.store, [Hook.model_validate(self.receiver.hook())])
        await perform(TranscriptStoreActivities(self.store, announcer).seal_transcript, sealing(self.task_queue))

    async def start(self, request: DeliveryRequest) -> WorkflowHandle[Any, DeliveryOutcome]:
        """Begin a delivery, by its names alone."""
        return await self.client.start_workflow(
            names.DELIVERY_WORKFLOW,
            request,
            id=request.workflow_id,
            task_queue=self.task_queue,
            result_type=DeliveryOutcome,
        )

    async def noted(self, request: DeliveryRequest) -> Delivery:
        """What the store knows of it."""
        found = await self.store.delivery(request.id)
        assert found is not None
        return found

    @asynccontextmanager
    async def activities(self) -> AsyncIterator[None]:
        """Webhooks are called while the block runs."""
        async with open_sender() as sender, AsyncExitStack() as workers:
            for build in (build_webhook_worker, build_feed_worker):
                worker = build(self.client, self.settings, store=self.store, sender=sender, task_queue=self.task_queue)
                await workers.enter_async_context(worker)
            yield


@pytest.fixture
async def stage(
    client: Client, task_queue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    """With pauses that pass quickly; the workflow's worker runs, that of the activities does not yet."""
    quick = {"first_pause": timedelta(milliseconds=50), "longest_pause": timedelta(milliseconds=200)}
    for name in ("DELIVER_MESSAGE", "DELIVER_SEGMENTS"):
        monkeypatch.setattr(policies, name, dataclasses.replace(getattr(policies, name), **quick))
    url = f"sqlite+aiosqlite:///{tmp_path / 's.sqlite'}"
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    async with (
        receiving() as receiver,
        await TranscriptStore.open(url) as store,
        Worker(
            client,
            task_queue=task_queue,
            workflows=[WebhookDelivery],
            workflow_runner=SandboxedWorkflowRunner(restrictions),
        ),
    ):
        settings = settings_with(home=tmp_path, store_url=url, webhooks=json.dumps([receiver.hook()]))
        yield Stage(client, task_queue, store, receiver, settings)


async def test_tried_again_until_it_is_taken(stage: Stage) -> None:
    """After the receiver's own pause where it asks for one; every attempt is the same message, signed anew."""
    await stage.seal()
    stage.receiver.answer(500)
    stage.receiver.answer(503, headers={"retry-after": "1"})
    async with stage.activities():
        handle = await stage.start(stage.message)
        assert await handle.result() == DeliveryOutcome(id=stage.message.id, delivered=True)
    first, second, third = stage.receiver.received
    assert len({(message.id, message.raw) for message in (first, second, third)}) == 1
    assert third.timestamp > second.timestamp
    noted = await stage.noted(stage.message)
    assert (noted.state, noted.attempts, noted.last_status) == (DeliveryState.DELIVERED, 3, 204)


async def test_refused_for_good(stage: Stage) -> None:
    """One attempt, noted as failed with its reason; the workflow itself has done its work."""
    await stage.seal()
    stage.receiver.answer(410, "moved away")
    async with stage.activities():
        outcome = await (await stage.start(stage.message)).result()
    assert outcome == DeliveryOutcome(
        id=stage.message.id, delivered=False, reason="webhook 'crm' answered 410: moved away"
    )
    noted = await stage.noted(stage.message)
    assert (noted.state, noted.attempts, noted.last_error) == (DeliveryState.FAILED, 1, outcome.reason)


async def test_given_up_after_days(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last answer is what is remembered."""
    for_a_moment = dataclasses.replace(policies.DELIVER_MESSAGE, schedule_to_close=timedelta(seconds=1))
    monkeypatch.setattr(policies, "DELIVER_MESSAGE", for_a_moment)
    await stage.seal()
    stage.receiver.usual = 502
    async with stage.activities():
        outcome = await (await stage.start(stage.message)).result()
    assert not outcome.delivered
    assert outcome.reason == "given up after 0 days: webhook 'crm' answered 502"
    noted = await stage.noted(stage.message)
    assert (noted.state, noted.last_status) == (DeliveryState.FAILED, 502)
    assert noted.last_error == outcome.reason


async def test_asked_for_again(stage: Stage) -> None:
    """A workflow of its own, with the same message under the same id, made from what the store says of the delivery."""
    await stage.seal()
    stage.receiver.answer(404)
    async with stage.activities():
        assert not (await (await stage.start(stage.message)).result()).delivered
        for attempts in (1, 2):
            known = await stage.noted(stage.message)
            again = DeliveryRequest.again_of(
                id_=known.id,
                call=known.call,
                hook=known.hook,
                event=known.event,
                revision=known.revision,
                attempts=known.attempts,
            )
            assert again.workflow_id == f"{stage.message.workflow_id}-again-{attempts}"
            assert (await (await stage.start(again)).result()).delivered
    assert len({(message.id, message.raw) for message in stage.receiver.received}) == 1
    noted = await stage.noted(stage.message)
    assert (len(stage.receiver.received), noted.attempts, noted.state) == (3, 3, DeliveryState.DELIVERED)


async def test_cancelled(stage: Stage) -> None:
    """Somebody ends it: noted as given up."""
    await stage.seal()
    stage.receiver.usual = 503
    async with stage.activities():
        handle = await stage.start(stage.message)
        await eventually(lambda: stage.receiver.received)
        await handle.cancel()
        with pytest.raises(WorkflowFailureError) as ended:
            await handle.result()
    assert isinstance(ended.value.cause, CancelledError)
    noted = await stage.noted(stage.message)
    assert noted.state is DeliveryState.FAILED
    assert noted.last_error.startswith("cancelled")


async def test_followers_take_no_place_of_a_message(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as there is room for follow calls that are silent; a transcript is sealed, and its message goes out."""
    monkeypatch.setattr(main, "AT_ONCE", 1)
    await stage.seal()
    await stage.store.save(saving(segment(1), key="silent"))
    silent = DeliveryRequest.to_follow("silent", "crm")
    async with stage.activities():
        handle = await stage.start(silent)
        await eventually(lambda: stage.receiver.received)
        message = await stage.start(stage.message)
        assert (await asyncio.wait_for(message.result(), timeout=15)).delivered
        assert (await stage.noted(silent)).state is DeliveryState.PENDING
        await handle.terminate()


async def test_a_follower_that_is_cancelled(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up once it has stopped, and stays so."""
    monkeypatch.setattr(policies, "FEED_HEARTBEAT", timedelta(seconds=1))
    await stage.store.save(saving(segment(1), key=stage.task_queue))
    async with stage.activities():
        handle = await stage.start(stage.feed)
        await eventually(lambda: stage.receiver.received)
        await handle.cancel()
        with pytest.raises(WorkflowFailureError) as ended:
            await handle.result()
    assert isinstance(ended.value.cause, CancelledError)
    noted = await stage.noted(stage.feed)
    assert (noted.state, noted.last_error) == (DeliveryState.FAILED, "cancelled")
    types = [event.event_type for event in (await handle.fetch_history()).events]
    following, giving_up = (
        place for place, type_ in enumerate(types) if type_ == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    )
    over = {EventType.EVENT_TYPE_ACTIVITY_TASK_CANCELED, EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT}
    assert over.intersection(types[following:giving_up])


async def test_a_call_is_followed_to_its_sealing_and_beyond(stage: Stage) -> None:
    """Segment by segment; a signal just before it leaves makes it look once more."""
    await stage.store.save(saving(segment(1), key=stage.task_queue))
    async with stage.activities():
        handle = await stage.start(stage.feed)
        await eventually(lambda: len(stage.receiver.received) == 1)
        await stage.store.save(saving(segment(2), key=stage.task_queue))
        await handle.signal(names.SIGNAL_MORE)
        await eventually(lambda: len(stage.receiver.received) == 2)
        await stage.seal()
        assert (await handle.result()).delivered
    assert [message.data["segments"][0]["position"] for message in stage.receiver.received] == [1, 2]


async def test_a_call_of_which_nothing_more_comes(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its workflow was terminated, and nothing is ever sealed: it is left one day, and said so."""
    monkeypatch.setattr(webhooks, "PACE", Pace(first_pause=0.01, turn=0.1))
    request = stage.feed.model_copy(update={"idle_since": datetime.now(UTC) - 2 * webhook_delivery.PATIENCE})
    async with stage.activities():
        outcome = await (await stage.start(request)).result()
    assert outcome.reason == f"nothing came for {webhook_delivery.PATIENCE.days} days, and nothing was sealed"
    assert (await stage.noted(stage.feed)).state is DeliveryState.FAILED


@asynccontextmanager
async def process(stage: Stage, home: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that calls webhooks, ready; killed at the end of the block if it still runs."""
    assert stage.settings.webhooks is not None
    environment = {
        **os.environ,
        **environment_of(stage.client),
        "CALLSCRIBE_HOME": str(home),
        "CALLSCRIBE_STORE_URL": stage.settings.transcript_store_url,
        "CALLSCRIBE_WEBHOOKS": stage.settings.webhooks.get_secret_value(),
    }
    command = (sys.executable, "-m", "tests.workflows.webhook_worker", stage.task_queue)
    running = await asyncio.create_subprocess_exec(*command, env=environment, stdout=subprocess.PIPE)
    try:
        assert running.stdout is not None
        assert await asyncio.wait_for(running.stdout.readline(), timeout=60) == b"ready\n"
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


@pytest.mark.parametrize("what", ["message", "feed"])
async def test_killed_between_the_attempt_and_its_note(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The receiver has it and nobody noted it: it gets the very same message once more, under the same id."""
    soon = dataclasses.replace(policies.DELIVER_MESSAGE, start_to_close=timedelta(seconds=2))
    monkeypatch.setattr(policies, "DELIVER_MESSAGE", soon)
    monkeypatch.setattr(policies, "FEED_HEARTBEAT", timedelta(seconds=2))
    await stage.store.save(saving(segment(1), key=stage.task_queue))
    await stage.seal()
    request = stage.message if what == "message" else stage.feed
    async with process(stage, tmp_path) as first:

        async def kill(_: Message) -> None:
            first.kill()
            await first.wait()
            await stage.store.save(saving(segment(2), key=stage.task_queue))

        stage.receiver.on_message = kill
        handle = await stage.start(request)
        await eventually(lambda: stage.receiver.received)
        await first.wait()
    assert (await stage.noted(request)).attempts == 0
    stage.receiver.on_message = None
    async with process(stage, tmp_path):
        assert (await handle.result()).delivered
    before, after, *more = stage.receiver.received
    assert (before.id, before.raw) == (after.id, after.raw)
    assert [message.data["segments"][0]["position"] for message in more] == ([2] if what == "feed" else [])
