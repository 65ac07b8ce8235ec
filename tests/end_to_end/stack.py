"""All of Callscribe in one process, on ports of its own, with the emulator in the place of ACS."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from temporalio.client import Client, WorkflowHandle

from callscribe.contracts import names
from callscribe.contracts.call import CallRequest
from callscribe.contracts.status import CallResult, CallStatus
from callscribe.runtime.settings import Settings
from callscribe.runtime.store import StoredTranscript, TranscriptStore
from callscribe.transcript.model import Segment
from cli.calls import summary
from cli.ports import free_port
from emulator.client import EmulatorControl
from emulator.control_models import CallReport, PlanRequest
from emulator.main import EmulatorConfig, running_emulator
from ingest.main import RunningIngest, running_ingest
from tests.support.eventually import eventually
from tests.support.updates import patient_update
from worker.main import running_worker
from workflows.call_transcription import CallTranscription


@dataclass
class CallStack:
    """A running stack. `emulator` controls the far side, `store` reads what is kept."""

    client: Client
    settings: Settings
    emulator: EmulatorControl
    store: TranscriptStore
    task_queue: str
    ingest: RunningIngest
    connections: dict[str, str] = field(default_factory=dict)
    """Key → call connection id, as far as they were asked for: a question to a workflow costs much."""

    async def start(self, key: str, target: str = "+12025550147", **request: Any) -> "WorkflowHandle[Any, CallResult]":
        """Dial `target`, as the command line does; `request` replaces fields of the `CallRequest`."""
        origin = {
            "kind": "create",
            "targets": [{"kind": "phone_number", "value": target}],
            "source_caller_id": "+18005550100",
        }
        asked = CallRequest.model_validate({"origin": origin, **request})
        return await self.client.start_workflow(
            CallTranscription.run,
            asked,
            id=names.workflow_id(key),
            task_queue=self.task_queue,
            static_summary=summary(asked),
        )

    async def status(self, key: str) -> CallStatus:
        """What the call says of itself."""
        status: CallStatus = await self.client.get_workflow_handle(names.workflow_id(key)).query(
            names.QUERY_STATUS, result_type=CallStatus
        )
        return status

    async def reaches(self, key: str, state: str, within: float = 30.0) -> CallStatus:
        """Wait until the call is in `state`."""

        async def there() -> CallStatus:
            status = await self.status(key)
            assert status.state == state, f"{status.state}, {status.problem}"
            return status

        return await eventually(there, within=within)

    async def report(self, key: str) -> CallReport:
        """The emulator's view of the call."""
        if key not in self.connections:
            connection = (await self.status(key)).call_connection_id
            assert connection
            self.connections[key] = connection
        return await self.emulator.call(self.connections[key])

    async def spoken(self, key: str, within: float = 60.0) -> CallReport:
        """Wait until the call's script has been spoken and all that was delivered is stored."""

        async def done() -> CallReport:
            report = await self.report(key)
            assert report.script.finished
            assert (await self.status(key)).segments >= report.script.delivered
            return report

        return await eventually(done, within=within, every=0.25)

    async def update(self, key: str, name: str, command: Any) -> Any:
        """Send a command."""
        return await patient_update(self.client.get_workflow_handle(names.workflow_id(key)), name, command)

    async def plan(self, target: str, **plan: Any) -> None:
        """What the next calls to `target` do."""
        await self.emulator.plan(target, PlanRequest.model_validate(plan))

    async def transcript(self, key: str) -> StoredTranscript:
        """What the store has of the call."""
        stored = await self.store.transcript(key)
        assert stored is not None
        return stored


@asynccontextmanager
async def running_stack(
    client: Client,
    home: Path,
    task_queue: str,
    *,
    with_worker: bool = True,
    hooks: Sequence[dict[str, Any]] = (),
    temporal_ui_url: str = "http://127.0.0.1:8233",
    **config: Any,
) -> AsyncIterator[CallStack]:
    """A stack that runs while the block does; `hooks` are the worker's webhooks, `config` goes to the emulator."""
    http_port, websocket_port = free_port(), free_port()
    async with AsyncExitStack() as stack:
        emulated = await stack.enter_async_context(
            running_emulator(EmulatorConfig.model_validate({"port": 0, "haste": 20, "speed": 20, **config}))
        )
        settings = Settings(
            home=home,
            acs_connection_string=SecretStr(emulated.connection_string),
            cognitive_services_endpoint="https://emulated.cognitiveservices.azure.com/",
            http_port=http_port,
            websocket_port=websocket_port,
            public_http_url=f"http://127.0.0.1:{http_port}",
            public_websocket_url=f"ws://127.0.0.1:{websocket_port}",
            emulator_url=emulated.endpoint,
            temporal_ui_url=temporal_ui_url,
            webhooks=SecretStr(json.dumps(list(hooks))),
        )
        ingest = await stack.enter_async_context(running_ingest(settings, client, task_queue=task_queue))
        if with_worker:
            await stack.enter_async_context(running_worker(client, settings, task_queue=task_queue))
        control = await stack.enter_async_context(EmulatorControl(emulated.endpoint))
        store = await stack.enter_async_context(await TranscriptStore.open(settings.transcript_store_url))
        yield CallStack(
            client=client, settings=settings, emulator=control, store=store, task_queue=task_queue, ingest=ingest
        )


@dataclass(frozen=True)
class Script:
    """A call script, as a test compares with it."""

    text: str
    lines: list[dict[str, Any]]

    @classmethod
    def read(cls, path: Path) -> "Script":
        """The script in a file."""
        text = path.read_text()
        return cls(text=text, lines=[json.loads(line) for line in text.splitlines()[1:] if line.strip()])

    @classmethod
    def of(cls, name: str, texts: list[str]) -> "Script":
        """A script of one speaker, half a second a line."""
        lines = [
            {"participant": "4:+12025550147", "offset_ms": 500 * n, "duration_ms": 400, "text": text}
            for n, text in enumerate(texts)
        ]
        header = {"call": name, "locale": "en-US", "participants": {"4:+12025550147": "Ana"}}
        return cls(text="\n".join(json.dumps(each) for each in [header, *lines]), lines=lines)

    def ending(self, last: dict[str, Any]) -> "Script":
        """The lines before `last`, and it."""
        before = [line for line in self.lines if line["offset_ms"] < last["offset_ms"]]
        header = self.text.splitlines()[0]
        lines = [*before, last]
        return Script(text="\n".join([header, *map(json.dumps, lines)]), lines=lines)

    def by_participant(self) -> dict[str, list[str]]:
        """Each participant's texts, in order."""
        said: dict[str, list[str]] = {}
        for line in sorted(self.lines, key=lambda each: each["offset_ms"] + each["duration_ms"]):
            said.setdefault(line["participant"], []).append(line["text"])
        return said


def by_participant(segments: tuple[Segment, ...]) -> dict[str, list[str]]:
    """Each participant's stored texts, in order."""
    said: dict[str, list[str]] = {}
    for segment in segments:
        said.setdefault(segment.participant, []).append(segment.text)
    return said
