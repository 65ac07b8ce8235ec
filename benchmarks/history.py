"""What a call costs in Temporal's history: counted, not timed, on the real dev server, with every part of ours real."""

import asyncio
import json
import shutil
import socket
import sys
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

from pydantic import SecretStr
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from benchmarks.conversation import Conversation
from benchmarks.measure import Conditions, Figure
from callscribe.contracts import names
from callscribe.contracts.call import CallRequest, CreateCall, PhoneNumber
from callscribe.contracts.status import CallResult
from callscribe.runtime.attributes import attribute_keys
from callscribe.runtime.settings import Settings
from emulator.main import EmulatorConfig, running_emulator
from ingest.main import running_ingest
from worker.main import running_worker
from workflows.call_transcription import CallTranscription

LINES = 400
SPEED = 300.0
CALLEE = "+12025550147"


async def bench(conditions: Conditions) -> list[Figure]:
    """A call speaks a few hundred lines fast; then its histories are read."""
    script = conditions.folder / "script.jsonl"
    lines = conditions.some(LINES)
    script.write_text(_script(conditions.conversation, lines))
    async with AsyncExitStack() as stack:
        environment = await stack.enter_async_context(
            await WorkflowEnvironment.start_local(
                dev_server_existing_path=_temporal(),
                data_converter=pydantic_data_converter,
                search_attributes=attribute_keys(),
                dev_server_log_level="error",
                dev_server_extra_args=["--output", "none"],  # its greeting is not a figure
            )
        )
        config = EmulatorConfig(port=0, script=script, speed=SPEED, haste=20, hangup_at_end=5.0)
        emulator = await stack.enter_async_context(running_emulator(config))
        settings = _settings(conditions.folder, emulator.connection_string)
        await stack.enter_async_context(running_ingest(settings, environment.client))
        await stack.enter_async_context(running_worker(environment.client, settings))
        handle = await environment.client.start_workflow(
            CallTranscription.run,
            CallRequest(origin=CreateCall(targets=(PhoneNumber(value=CALLEE),), source_caller_id="+12025550199")),
            id=names.workflow_id("bench"),
            task_queue=names.TASK_QUEUE,
        )
        async with asyncio.timeout(120):
            result = await handle.result()
        runs = await _histories(environment.client, handle)
    return _figures(runs, result)


def _figures(runs: list[list[HistoryEvent]], result: CallResult) -> list[Figure]:
    events = [event for run in runs for event in run]
    chunks = sum(map(_is_chunk, events))
    between = sum(_between_chunks(run) for run in runs)
    kinds = Counter(event.event_type for run in runs for event in run)
    markers = kinds[EventType.EVENT_TYPE_MARKER_RECORDED]
    size = sum(event.ByteSize() for event in events)
    basis = f"{result.segments} segments at {SPEED:g} times their speed, {len(runs)} run(s)"
    return [
        Figure(bench="history", what="segments in a chunk", value=result.segments / chunks, unit="count", basis=basis),
        Figure(
            bench="history",
            what="events for a chunk",
            value=between / chunks,
            unit="count",
            basis=f"{between} events from the first chunk to the last, {chunks} chunks",
        ),
        Figure(bench="history", what="executions of save_segments for a chunk", value=markers / chunks, unit="count"),
        Figure(
            bench="history",
            what="events in all runs",
            value=len(events),
            unit="count",
            basis=f"the longest run has {max(map(len, runs))}; {size // 1024} KiB in all",
        ),
    ]


def _is_chunk(event: HistoryEvent) -> bool:
    return event.workflow_execution_signaled_event_attributes.signal_name == names.SIGNAL_CHUNK


def _between_chunks(run: list[HistoryEvent]) -> int:
    places = [place for place, event in enumerate(run) if _is_chunk(event)]
    return places[-1] - places[0] + 1 if places else 0


async def _histories(client: Client, handle: WorkflowHandle[CallTranscription, CallResult]) -> list[list[HistoryEvent]]:
    """The events of every run, the first one first."""
    runs = []
    run_id = handle.first_execution_run_id
    while run_id:
        history = await client.get_workflow_handle(handle.id, run_id=run_id).fetch_history()
        runs.append(list(history.events))
        run_id = runs[-1][-1].workflow_execution_continued_as_new_event_attributes.new_execution_run_id
    return runs


def _script(conversation: Conversation, amount: int) -> str:
    """The first `amount` lines of the conversation, as a call script."""
    script = conversation.script
    head = {"call": script.name, "locale": script.locale, "participants": script.participants}
    lines = [
        {
            "participant": line.participant,
            "offset_ms": line.offset_ms,
            "duration_ms": line.duration_ms,
            "text": line.text,
            "words": [list(word) for word in line.words],
        }
        for line in script.lines[:amount]
    ]
    return "\n".join(json.dumps(each) for each in [head, *lines])


def _settings(home: Path, connection_string: str) -> Settings:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        http, websocket = one.getsockname()[1], other.getsockname()[1]
    return Settings(
        home=home,
        acs_connection_string=SecretStr(connection_string),
        cognitive_services_endpoint="https://emulated.cognitiveservices.azure.com/",
        http_port=http,
        websocket_port=websocket,
        public_http_url=f"http://127.0.0.1:{http}",
        public_websocket_url=f"ws://127.0.0.1:{websocket}",
    )


def _temporal() -> str:
    beside_python = Path(sys.executable).with_name("temporal")
    found = str(beside_python) if beside_python.exists() else shutil.which("temporal")
    if found is None:
        raise SystemExit("benchmarks: there is no program 'temporal': run 'make bench', which installs it into .venv.")
    return found
