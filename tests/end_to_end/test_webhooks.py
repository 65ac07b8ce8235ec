"""Webhooks told of whole calls, on the running stack: of every segment while they are spoken, and of every sealing."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import groupby
from pathlib import Path

import pytest
from temporalio.client import Client
from websockets.asyncio.client import connect

from activities import policies
from activities.webhook_sending import ATTEMPT_S
from callscribe.contracts import names
from callscribe.contracts.commands import HangUp
from callscribe.runtime.store import Delivery, DeliveryState
from cli.captions import captions
from cli.ports import free_port
from tests.end_to_end.stack import CallStack, Script, running_stack
from tests.end_to_end.test_amendment import amended_by, nothing_waits, socket_of
from tests.ingest.stack import final
from tests.support.eventually import eventually
from tests.support.webhook_receiver import Message, Receiver, receiving

SEALED = "transcript.sealed"
SEGMENTS = "transcript.segments"


@asynccontextmanager
async def told(
    client: Client, home: Path, task_queue: str, *events: str, transcript: bool = False
) -> AsyncIterator[tuple[CallStack, Receiver]]:
    """A stack that tells a receiver."""
    async with receiving() as receiver:
        hooks = [receiver.hook(events=list(events), include_transcript=transcript)]
        async with running_stack(client, home, task_queue, hooks=hooks) as stack:
            yield stack, receiver


async def settled(stack: CallStack, key: str, count: int) -> list[Delivery]:
    """The deliveries of a call, once there are so many and none is under way."""

    async def there() -> list[Delivery]:
        found = list(await stack.store.deliveries(key))
        assert len(found) == count, found
        assert all(each.state is not DeliveryState.PENDING for each in found), found
        return found

    return await eventually(there)


def places(messages: list[Message]) -> list[tuple[str, int]]:
    """(stream, position) of every segment, in the order of messages."""
    batches = sorted(messages, key=lambda message: (message.data["round"], message.data["batch"]))
    return [(each["stream"], each["position"]) for message in batches for each in message.data["segments"]]


async def test_a_call_is_followed_from_its_first_words_to_its_verdict(
    client: Client, tmp_path: Path, task_queue: str
) -> None:
    """Every segment once, in the order of storing, the first while the call runs; then the verdict, without its text."""
    async with told(client, tmp_path, task_queue, "sealed", "segments") as (stack, receiver):
        script = Script.of("followed", [f"line {number}" for number in range(40)])
        await stack.plan("+12025550147", script=script.text, speed=4)
        handle = await stack.start("followed/1", participants={"4:+12025550147": "Ana"})
        await eventually(lambda: receiver.of(SEGMENTS))
        assert not (await stack.report("followed/1")).script.finished
        await stack.spoken("followed/1")
        await stack.update("followed/1", "hang_up", HangUp())
        result = await handle.result()
        feed, message = await settled(stack, "followed/1", 2)
        stored, _ = await stack.store.segments_since("followed/1")
        assert places(receiver.unique(SEGMENTS)) == [(each.stream, each.position) for each in stored]
        assert len(receiver.unique(SEGMENTS)) > 1
        first = receiver.of(SEGMENTS)[0].data["segments"][0]
        assert (first["text"], first["name"], first["participant"]) == ("line 0", "Ana", "4:+12025550147")
        (sealed,) = receiver.of(SEALED)
        assert sealed.id == sealed.content["id"] == message.id
        assert sealed.headers["content-type"] == "application/json"
        said = sealed.data
        assert (said["call"], said["revision"], said["segments"]) == ("followed/1", 1, len(stored))
        assert said["verdict"] == result.verdict.model_dump(mode="json")
        assert said["participants"] == [{"id": "4:+12025550147", "name": "Ana"}]
        assert said["links"]["transcript"] == (
            f"{stack.settings.public_http_url}/api/calls/followed%2F1/transcript.json"
        )
        assert b"line 1" not in sealed.raw
        assert (feed.event, feed.state, feed.last_status) == (SEGMENTS, DeliveryState.DELIVERED, 204)
        assert (message.event, message.attempts, message.revision) == (SEALED, 1, 1)
        assert message.url.endswith("/hook")


async def test_without_webhooks_nothing_is_said_of_them(stack: CallStack) -> None:
    """No child workflow, no event of its own in the history of the call."""
    handle = await stack.start("alone")
    await stack.spoken("alone")
    await stack.update("alone", "hang_up", HangUp())
    await handle.result()
    events = [event async for event in handle.fetch_history_events()]
    assert not [
        event for event in events if event.HasField("start_child_workflow_execution_initiated_event_attributes")
    ]


async def test_a_receiver_that_is_dead_delays_nothing(
    client: Client, tmp_path: Path, task_queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One takes connections and never answers, one is not there: the call is sealed at once, and told when they are back."""
    quick = {"first_pause": timedelta(milliseconds=200), "longest_pause": timedelta(seconds=1)}
    for name in ("DELIVER_MESSAGE", "DELIVER_SEGMENTS"):
        monkeypatch.setattr(policies, name, dataclasses.replace(getattr(policies, name), **quick))
    back, port = asyncio.Event(), free_port()
    async with receiving() as mute:

        async def never(_: Message) -> None:
            await back.wait()

        mute.on_message = never
        away = {**mute.hook("away"), "url": f"http://127.0.0.1:{port}/", "events": ["sealed", "segments"]}
        hooks = [mute.hook("mute", events=["sealed", "segments"]), away]
        async with running_stack(client, tmp_path, task_queue, hooks=hooks) as stack:
            shown: set[tuple[str, int | None]] = set()
            watching = asyncio.create_task(_watch(stack, "dead", shown))
            handle = await stack.start("dead")
            await stack.spoken("dead")
            words, _ = await stack.store.segments_since("dead")
            await eventually(lambda: shown == {(each.stream, each.position) for each in words}, within=ATTEMPT_S / 2)
            watching.cancel()
            await eventually(lambda: mute.received)
            began = asyncio.get_running_loop().time()
            await stack.update("dead", "hang_up", HangUp())
            result = await handle.result()
            assert asyncio.get_running_loop().time() - began < ATTEMPT_S
            assert result.verdict.kind == "complete"
            found = await eventually(lambda: _attempted(stack, "dead", "away"))
            assert {each.state for each in found} == {DeliveryState.PENDING}
            assert "could not be reached" in found[0].last_error
            back.set()
            async with receiving(port) as returned:
                assert {each.state for each in await settled(stack, "dead", 4)} == {DeliveryState.DELIVERED}
                stored, _ = await stack.store.segments_since("dead")
                for receiver in (mute, returned):
                    assert places(receiver.unique(SEGMENTS)) == [(each.stream, each.position) for each in stored]
                    assert len(receiver.unique(SEALED)) == 1


async def _watch(stack: CallStack, key: str, shown: set[tuple[str, int | None]]) -> None:
    async for caption in captions(stack.settings, key, patient=True):
        if caption.kind == "final":
            shown.add((caption.stream, caption.position))


async def _attempted(stack: CallStack, key: str, hook: str) -> list[Delivery]:
    found = [each for each in await stack.store.deliveries(key) if each.hook == hook]
    return found if len(found) == 2 and all(each.attempts for each in found) else []


async def test_an_amended_revision_is_told_as_well(client: Client, tmp_path: Path, task_queue: str) -> None:
    """Words that come after the sealing: a batch of them, and the next revision, with its transcript where it is wanted."""
    async with told(client, tmp_path, task_queue, "sealed", "segments", transcript=True) as (stack, receiver):
        await stack.plan("+12025550147", silent=True)
        handle = await stack.start("late")
        await stack.reaches("late", "transcribing")
        await stack.update("late", "hang_up", HangUp())
        await handle.result()
        (empty,) = await settled(stack, "late", 1)
        for number in (1, 2):
            async with connect(socket_of(stack, "late")) as acs:
                await acs.send(final(f"Late {number}.", number))
            await amended_by(stack, "late", number)
            await nothing_waits(stack)
            await stack.client.get_workflow_handle(names.amendment_id("late")).result()
        revisions = list(range(1, (await stack.transcript("late")).revision + 1))
        assert len(revisions) >= 3
        found = await settled(stack, "late", len(revisions) + 1)
        assert [each.revision for each in found if each.event == SEALED] == revisions
        sealed = receiver.unique(SEALED)
        assert [message.data["revision"] for message in sealed] == revisions
        told_texts = [[each["text"] for each in message.data["transcript"]["segments"]] for message in sealed]
        assert [texts for texts, _ in groupby(told_texts)] == [[], ["Late 1."], ["Late 1.", "Late 2."]]
        assert sealed[0].id == empty.id
        stored, _ = await stack.store.segments_since("late")
        assert places(receiver.unique(SEGMENTS)) == [(each.stream, each.position) for each in stored]
        assert len(stored) == 2
