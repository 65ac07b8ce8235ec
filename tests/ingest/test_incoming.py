"""The door for incoming calls, through real requests, with a real Temporal server."""

import hashlib
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from temporalio.client import Client

from callscribe.acs.events import IncomingCall
from callscribe.contracts import links, names
from callscribe.runtime.tls import tls
from ingest.incoming import key_of
from ingest.main import RunningIngest, running_ingest
from tests.ingest.stack import SECRET, book_of, ledger, settings_for


def door(ingest: RunningIngest) -> str:
    """Event Grid's address."""
    return links.incoming_url(ingest.http_url, SECRET)


def announcement(correlation_id: str | None, *, cloud: bool = False) -> dict[str, Any]:
    """An IncomingCall, in Event Grid's schema or as a CloudEvent."""
    data = {
        "to": {"kind": "phoneNumber", "rawId": "4:+10000000001"},
        "from": {"kind": "phoneNumber", "rawId": "4:+12025550100"},
        "callerDisplayName": "Ada",
        "incomingCallContext": "eyJhbGciOiJub25lIn0.x",
        "correlationId": correlation_id,
    }
    kind = "Microsoft.Communication.IncomingCall"
    if cloud:
        return {"id": "1", "type": kind, "specversion": "1.0", "source": "/acs", "data": data}
    return {"id": "1", "eventType": kind, "topic": "/acs", "dataVersion": "1.0", "data": data}


async def test_an_incoming_call_is_answered_once(client: Client, task_queue: str, tmp_path: Path) -> None:
    """However often it is announced, in whichever schema, and even after its end."""
    settings = settings_for(tmp_path, answer_locale="de-de")
    async with (
        ledger(client, task_queue),
        running_ingest(settings, client, task_queue=task_queue) as ingest,
        httpx.AsyncClient(verify=tls()) as http,
    ):
        correlation_id = str(uuid4())
        for cloud in (False, True, False):
            answer = await http.post(door(ingest), json=[announcement(correlation_id, cloud=cloud)])
            assert answer.status_code == 200
        handle = client.get_workflow_handle(names.workflow_id(correlation_id))
        book = await book_of(handle)
        assert (book.origin, book.locale) == ("answer", "de-DE")
        description = await handle.describe()
        assert await description.static_summary() == "Incoming call from …0100"
        await handle.signal("end")
        await handle.result()
        assert (await http.post(door(ingest), json=[announcement(correlation_id)])).status_code == 200
        assert (await handle.describe()).status is not None
        again = client.get_workflow_handle(names.workflow_id(correlation_id))
        assert (await again.describe()).run_id == description.run_id


async def test_handshakes(client: Client, tmp_path: Path) -> None:
    """Event Grid's own, and CloudEvents'."""
    async with running_ingest(settings_for(tmp_path), client) as ingest, httpx.AsyncClient(verify=tls()) as http:
        validation = {
            "id": "1",
            "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
            "data": {"validationCode": "512d38b6", "validationUrl": "https://rp.example/validate"},
        }
        answer = await http.post(door(ingest), json=[validation], headers={"aeg-event-type": "SubscriptionValidation"})
        assert (answer.status_code, answer.json()) == (200, {"validationResponse": "512d38b6"})
        answer = await http.options(door(ingest), headers={"WebHook-Request-Origin": "eventgrid.azure.net"})
        assert (answer.status_code, answer.headers["WebHook-Allowed-Origin"]) == (200, "eventgrid.azure.net")
        assert (await http.options(door(ingest))).status_code == 400


async def test_refusals(client: Client, tmp_path: Path) -> None:
    """No key, a wrong one, a call's key; other types are taken and ignored; what cannot be read is kept."""
    async with running_ingest(settings_for(tmp_path), client) as ingest, httpx.AsyncClient(verify=tls()) as http:
        bare = ingest.http_url + "/incoming"
        assert (await http.post(bare, json=[])).status_code == 401
        assert (await http.options(bare)).status_code == 401
        key = links.sign(SECRET, links.Purpose.DELIVER, "")
        assert (await http.post(f"{bare}?key={key}", json=[announcement("c")])).status_code == 403
        other = {"eventType": "Microsoft.Communication.RecordingFileStatusUpdated", "data": {}}
        assert (await http.post(door(ingest), json=[other, 7])).status_code == 200
        assert ingest.intake.measures.events.value(kind="unreadable") == 1


async def test_without_temporal_event_grid_is_asked_to_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503, which Event Grid retries."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    async with running_ingest(settings_for(tmp_path)) as ingest, httpx.AsyncClient(verify=tls()) as http:
        assert (await http.post(door(ingest), json=[announcement("c")])).status_code == 503


def test_keys() -> None:
    """The correlation id where it can stand in an address, else a digest of the context: the same every time."""
    digest = hashlib.sha256(b"context").hexdigest()[:32]
    for correlation_id, key in (("c-1", "c-1"), (None, digest), ("a/b", digest), ("", digest), ("x" * 200, digest)):
        assert key_of(IncomingCall(incoming_call_context="context", correlation_id=correlation_id)) == key
