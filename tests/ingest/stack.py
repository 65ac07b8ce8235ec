"""An ingest and a call for tests, with what ACS would do on both doors."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import SecretStr
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from callscribe.contracts import links, names
from callscribe.contracts.call import CallRequest, ConnectCall, TranscriptionSettings
from callscribe.runtime.settings import Settings
from cli.ports import free_port
from ingest.main import RunningIngest
from tests.ingest.ledger_workflow import AmendmentLedger, Book, LedgerWorkflow

SECRET = "test-secret"


def settings_for(home: Path, **changes: Any) -> Settings:
    """Settings on free ports, with a home of their own."""
    given: dict[str, Any] = {
        "home": home,
        "http_port": free_port(),
        "websocket_port": free_port(),
        "link_secret": SecretStr(SECRET),
    }
    return Settings(_env_file=None, **(given | changes))


@asynccontextmanager
async def ledger(client: Client, task_queue: str) -> AsyncIterator[Worker]:
    """A worker of the book-keeping workflow."""
    async with Worker(client, task_queue=task_queue, workflows=[LedgerWorkflow, AmendmentLedger]) as worker:
        yield worker


async def start_call(client: Client, task_queue: str, *, context: str | None = None) -> tuple[str, Any]:
    """A running call: its key and its handle."""
    call = f"test-{uuid4()}"
    request = CallRequest(
        origin=ConnectCall(room_id="room"), transcription=TranscriptionSettings(operation_context=context)
    )
    handle: WorkflowHandle[Any, Any] = await client.start_workflow(
        names.WORKFLOW, request, id=names.workflow_id(call), task_queue=task_queue
    )
    return call, handle


async def book_of(handle: Any) -> Book:
    """The call's book so far."""
    return await handle.query("book", result_type=Book)  # type: ignore[no-any-return]  # the handle is untyped


def socket_url(ingest: RunningIngest, call: str) -> str:
    """Where ACS connects."""
    return links.transcription_url(ingest.websocket_url, SECRET, call)


def events_url(ingest: RunningIngest, call: str) -> str:
    """Where ACS posts."""
    return links.events_url(ingest.http_url, SECRET, call)


def final(text: str, offset: int = 0, participant: str = "4:+12025550100") -> str:
    """A final packet."""
    data = {"text": text, "format": "display", "offset": offset, "participantRawID": participant}
    return json.dumps({"kind": "TranscriptionData", "transcriptionData": data | {"resultStatus": "Final"}})


def intermediate(text: str, offset: int = 0, participant: str = "4:+12025550100") -> str:
    """An intermediate packet."""
    data = {"text": text, "offset": offset, "participantRawID": participant, "resultStatus": "Intermediate"}
    return json.dumps({"kind": "TranscriptionData", "transcriptionData": data})


def metadata(locale: str = "en-us", subscription: str = "sub") -> str:
    """A metadata packet."""
    data = {"subscriptionId": subscription, "locale": locale, "callConnectionId": "cc", "correlationId": "co"}
    return json.dumps({"kind": "TranscriptionMetadata", "transcriptionMetadata": data})


def event(kind: str, number: str) -> dict[str, Any]:
    """A CloudEvent of ACS."""
    return {"id": number, "type": f"Microsoft.Communication.{kind}", "data": {"callConnectionId": "cc"}}
