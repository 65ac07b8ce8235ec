"""Record the histories of real runs, each of the whole stack against the emulator, where they are not kept yet."""

import asyncio
import re
import socket
import sys
import tempfile
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from temporalio import activity
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from callscribe.contracts import names
from callscribe.contracts.commands import HangUp, Pause, Resume, StartTranscription, StopTranscription, UpdateLocale
from callscribe.contracts.steps import SaveOutcome, SaveSegments
from callscribe.contracts.webhooks import DeliveryOutcome, DeliveryRequest
from callscribe.runtime.attributes import attribute_keys
from callscribe.runtime.store import StoreError, TranscriptStore
from tests.end_to_end.stack import CallStack, Script, running_stack
from tests.support.eventually import eventually
from tests.support.temporal_server import temporal_binary
from tests.support.webhook_receiver import receiving

KEPT = Path(__file__).parent


async def whole_life(stack: CallStack, key: str) -> None:
    """Start, locale change, stop, hang up."""
    handle = await stack.start(key, transcription={"start": "on_request"})
    await stack.reaches(key, "connected")
    await stack.update(key, "start_transcription", StartTranscription(locale="en-US", operation_context="start"))
    await stack.update(key, "update_locale", UpdateLocale(locale="de-DE"))
    await stack.spoken(key)
    await stack.update(key, "stop_transcription", StopTranscription())
    await stack.update(key, "hang_up", HangUp())
    await handle.result()


async def room_with_another_locale(stack: CallStack, key: str) -> None:
    """A connected room, whose locale change becomes a stop and a start."""
    await stack.plan("room", script=Script.of("room", [f"line {number}" for number in range(12)]).text, speed=2)
    handle = await stack.start(key, origin={"kind": "connect", "room_id": "room"})
    await stack.reaches(key, "transcribing")
    await stack.update(key, "update_locale", UpdateLocale(locale="fr-FR"))
    await stack.spoken(key)
    await stack.update(key, "hang_up", HangUp())
    await handle.result()


async def declined(stack: CallStack, key: str) -> None:
    """Nobody takes the call."""
    await stack.plan("+12025550190", outcome="declined")
    handle = await stack.start(key, "+12025550190")
    try:
        await handle.result()
    except WorkflowFailureError:
        return
    raise AssertionError("a declined call ended as a success")


async def paused(stack: CallStack, key: str) -> None:
    """Pause and resume while people speak, then the far end hangs up."""
    await stack.plan("+12025550191", script=Script.of("p", [f"line {n}" for n in range(20)]).text, speed=5)
    handle = await stack.start(key, "+12025550191")
    await stack.reaches(key, "transcribing")
    await stack.update(key, "pause", Pause())
    await stack.update(key, "resume", Resume())
    report = await stack.spoken(key)
    await stack.emulator.hang_up(report.call_connection_id)
    await handle.result()


async def continued_as_new(stack: CallStack, key: str) -> None:
    """A run that continues as new under fire: its history ends with what was carried."""
    await stack.plan("+12025550192", script=Script.of("c", [f"line {n}" for n in range(60)]).text, speed=5)
    handle = await stack.start(key, "+12025550192", limits={"continue_as_new_after": 12})
    await stack.spoken(key)
    await stack.update(key, "hang_up", HangUp())
    await handle.result()


async def cancelled(stack: CallStack, key: str) -> None:
    """Temporal's cancellation: hang up, drain, seal."""
    handle = await stack.start(key)
    await stack.spoken(key)
    await handle.cancel()
    await handle.result()


async def amended(stack: CallStack, key: str) -> None:
    """Words that come on a new socket after the call's workflow has closed: its transcript's amendment."""
    late = {"kind": "late", "at_ms": 2000, "after": 1.0, "socket": "new"}
    script = Script.of("a", [f"line {n}" for n in range(8)]).text
    await stack.plan("+12025550193", script=script, speed=2, faults={"calls": [late]})
    handle = await stack.start(key, "+12025550193", limits={"drain_timeout": "PT6S"})
    await stack.reaches(key, "transcribing")
    await eventually(lambda: _has_spoken(stack, key, 3000), every=0.01)
    await stack.emulator.hang_up((await stack.report(key)).call_connection_id)
    await handle.result()
    amendment = stack.client.get_workflow_handle(names.amendment_id(key))
    await eventually(lambda: _is_there(amendment))
    await amendment.result()


async def followed(stack: CallStack, key: str) -> None:
    """A call that webhooks are told of: one follows it segment by segment, one refuses the message that it is sealed.
    `followed-before` is the amendment of a worker that told who follows of its first words alone.
    """
    script = Script.of("f", [f"line {n}" for n in range(12)]).text
    await stack.plan("+12025550194", script=script, speed=5)
    handle = await stack.start(key, "+12025550194")
    await stack.spoken(key)
    await stack.update(key, "hang_up", HangUp())
    await handle.result()
    for request in _deliveries(key):
        delivery = stack.client.get_workflow_handle(request.workflow_id, result_type=DeliveryOutcome)
        outcome = await delivery.result()
        assert outcome.delivered == (request.hook == "live"), outcome


async def store_away(stack: CallStack, key: str) -> None:
    """A store that refuses one save, hangs for the next one, and is there again whenever a regular activity asks."""
    save, ways = TranscriptStore.save, iter((_refuse, asyncio.Event().wait))

    async def fail_first(store: TranscriptStore, request: SaveSegments) -> SaveOutcome:
        if activity.info().is_local:
            if activity.info().attempt == 1:
                failing.append(next(ways, None))
            if failing[-1] is not None:
                await failing[-1]()
        return await save(store, request)

    failing: list[Callable[[], Awaitable[object]] | None] = []
    await stack.plan("+12025550195", script=Script.of("s", [f"line {n}" for n in range(20)]).text, speed=2)
    with patch.object(TranscriptStore, "save", fail_first):
        handle = await stack.start(key, "+12025550195")
        await stack.spoken(key)
        await stack.update(key, "hang_up", HangUp())
        await handle.result()
    assert len(failing) > 1, "everything was stored in one go"


async def ceased(stack: CallStack, key: str) -> None:
    """ACS stops transcription though nobody asked: it is asked, and transcription started again."""
    script = Script.of("c", [f"line {n}" for n in range(40)]).text
    cease = {"kind": "cease", "at_ms": 2050}
    await stack.plan("+12025550196", script=script, speed=2, faults={"calls": [cease]})
    handle = await stack.start(key, "+12025550196")
    await stack.spoken(key)
    await stack.update(key, "hang_up", HangUp())
    assert (await handle.result()).verdict.kind == "partial"


async def interrupted(stack: CallStack, key: str) -> None:
    """ACS loses its socket twice, says so in two ways, and comes back. `interrupted-before` is such a call of a worker that
    knew one of the two, and took it for a failure.
    """
    script = Script.of("i", [f"line {n}" for n in range(16)]).text
    drops = [
        {"kind": "drop", "at_ms": 1650, "told": "updated"},
        {"kind": "drop", "at_ms": 4650, "told": "failed"},
    ]
    await stack.plan("+12025550197", script=script, speed=2, faults={"calls": drops})
    handle = await stack.start(key, "+12025550197")
    await stack.spoken(key)
    await stack.update(key, "hang_up", HangUp())
    assert (await handle.result()).verdict.kind == "partial"


async def _refuse() -> None:
    raise StoreError("The store is down.")


def _deliveries(key: str) -> tuple[DeliveryRequest, ...]:
    return DeliveryRequest.to_follow(key, "live"), DeliveryRequest.about_revision(key, "gone", 1)


async def _has_spoken(stack: CallStack, key: str, milliseconds: int) -> bool:
    return (await stack.report(key)).script.position_ms >= milliseconds


async def _is_there(workflow: WorkflowHandle[Any, Any]) -> bool:
    try:
        await workflow.describe()
    except RPCError:
        return False
    return True


SCENES: tuple[Callable[[CallStack, str], Awaitable[None]], ...] = (
    whole_life,
    room_with_another_locale,
    declined,
    paused,
    continued_as_new,
    cancelled,
    amended,
    store_away,
    ceased,
    interrupted,
)
WITH_WEBHOOKS: tuple[Callable[[CallStack, str], Awaitable[None]], ...] = (followed,)
"""Scenes on a stack that is told of two webhooks."""


def keep(path: Path, history: WorkflowHistory) -> None:
    """Write a history without the names of the machine and the folders that it was recorded in."""
    text = re.sub(rf"\d+@{re.escape(socket.gethostname())}", "recorder", history.to_json())
    for folder, name in ((str(KEPT.parent.parent), "callscribe"), (sys.base_prefix, "python")):
        text = text.replace(folder, name)
    path.write_text(text + "\n")


async def record() -> None:
    """Play every scene whose histories are missing, and keep all runs of it."""
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=temporal_binary(),
        data_converter=pydantic_data_converter,
        search_attributes=attribute_keys(),
        dev_server_log_level="error",
    ) as environment:
        await record_on(environment.client, SCENES)
        async with receiving() as live, receiving() as gone:
            gone.usual = 410
            hooks = (live.hook("live", events=["segments"]), gone.hook("gone", events=["sealed"]))
            await record_on(environment.client, WITH_WEBHOOKS, hooks)


async def record_on(
    client: Client,
    scenes: Sequence[Callable[[CallStack, str], Awaitable[None]]],
    hooks: Sequence[dict[str, Any]] = (),
) -> None:
    """The same for some scenes, on one stack."""
    missing = [scene for scene in scenes if not list(KEPT.glob(f"{scene.__name__}-*.json"))]
    if not missing:
        return
    with tempfile.TemporaryDirectory() as home:
        async with running_stack(client, Path(home), f"record-{uuid.uuid4()}", hooks=hooks) as stack:
            for scene in missing:
                key = f"{scene.__name__}-{uuid.uuid4().hex[:6]}"
                await scene(stack, key)
                number = 0
                deliveries = (request.workflow_id for request in _deliveries(key))
                ids = (names.workflow_id(key), names.amendment_id(key), *deliveries)
                query = ", ".join(f"'{id_}'" for id_ in ids)
                async for run in client.list_workflows(f"WorkflowId IN ({query})"):
                    number += 1
                    history = await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
                    keep(KEPT / f"{scene.__name__}-{number}.json", history)
                sys.stdout.write(f"{scene.__name__}: {number} runs\n")


if __name__ == "__main__":
    asyncio.run(record())
