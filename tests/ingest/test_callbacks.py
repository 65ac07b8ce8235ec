"""The door for callback events, through real requests."""

import json
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from callscribe.acs.events import CloudEventFacts
from callscribe.contracts import links
from callscribe.contracts.chunks import CallEvent
from callscribe.runtime.tls import tls
from ingest.bodies import MOST_BYTES
from ingest.callbacks import to_call_event
from ingest.main import RunningIngest, running_ingest
from tests.ingest.stack import SECRET, event, events_url, settings_for


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Temporal: everything stays in the outbox."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")


async def kept(ingest: RunningIngest, call: str) -> list[str]:
    """The ids of the events of a call that wait in the outbox, in order."""
    found: list[str] = []
    number: int | None = None
    while (one := await ingest.intake.outbox.next_event(call, signalled=number)) is not None:
        found.append(one.event.id)
        number = one.number
    return found


async def test_events_are_durable_before_the_answer(tmp_path: Path) -> None:
    """200 means on disk: a second reader of the file sees them; an array, a single event, a call with a slash."""
    call = "a/b ü"
    async with running_ingest(settings_for(tmp_path)) as ingest, httpx.AsyncClient(verify=tls()) as http:
        url = events_url(ingest, call)
        assert (await http.post(url, json=[event("CallConnected", "1"), event("New", "2")])).status_code == 200
        assert (await http.post(url, json=event("CallDisconnected", "3"))).status_code == 200
        assert (await http.post(url, json=[])).status_code == 200
        with sqlite3.connect(ingest_file(tmp_path)) as file:
            bodies = [json.loads(row[0]) for row in file.execute("SELECT body FROM events ORDER BY number")]
        file.close()
        assert [body["type"] for body in bodies] == ["CallConnected", "New", "CallDisconnected"]
        assert await kept(ingest, call) == ["1", "2", "3"]


async def test_what_cannot_be_read_is_kept_and_answered(tmp_path: Path) -> None:
    """The rest of the body is taken; the sender is not made to repeat."""
    async with running_ingest(settings_for(tmp_path)) as ingest, httpx.AsyncClient(verify=tls()) as http:
        url = events_url(ingest, "c")
        assert (await http.post(url, content=b"\xff not json")).status_code == 200
        assert (await http.post(url, json=[{"id": "x"}, event("CallConnected", "1")])).status_code == 200
        assert await kept(ingest, "c") == ["1"]
        assert ingest.intake.measures.events.value(kind="unreadable") == 2
        with sqlite3.connect(ingest_file(tmp_path)) as file:
            raw = [row[0] for row in file.execute("SELECT body FROM raw ORDER BY number")]
        file.close()
        assert raw == [b"\xff not json", b'{"id":"x"}']


async def test_refusals(tmp_path: Path) -> None:
    """A wrong key before the body is read, another method, another path, too large a body, a failing outbox."""
    async with running_ingest(settings_for(tmp_path)) as ingest, httpx.AsyncClient(verify=tls()) as http:
        base = ingest.http_url
        view = links.sign(SECRET, links.Purpose.VIEW, "c")

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(MOST_BYTES // 1000 + 2):
                yield b" " * 1000

        async def never_read() -> AsyncIterator[bytes]:
            yield b"["

        assert (await http.post(f"{base}/events/c/{view}", content=never_read())).status_code == 403
        assert (await http.post(f"{base}/events/c", content=b"[]")).status_code == 404
        assert (await http.get(events_url(ingest, "c"))).status_code == 405
        assert (await http.get(base + "/nothing")).status_code == 404
        assert (await http.post(events_url(ingest, "c"), content=endless())).status_code == 413
        assert (await http.post(events_url(ingest, "c"), content=b" " * (MOST_BYTES + 1))).status_code == 413
        assert await kept(ingest, "c") == []
        assert ingest.intake.measures.refused.value(door="events", status="413") == 2
        await ingest.intake.outbox.__aexit__()
        assert (await http.post(events_url(ingest, "c"), json=event("CallConnected", "1"))).status_code == 503
        health = await http.get(base + "/healthz")
        assert (health.status_code, health.json()["status"]) == (503, "outbox failing")


def test_every_fact_of_an_event_is_told() -> None:
    """No field is forgotten on the way to the workflow."""
    now = datetime(2026, 1, 2, tzinfo=UTC)
    facts = CloudEventFacts(
        id="1",
        type="ParticipantsUpdated",
        occurred_at=now,
        call_connection_id="cc",
        server_call_id="sc",
        correlation_id="co",
        operation_context="context",
        code=200,
        sub_code=7000,
        message="message",
        transcription_status="status",
        transcription_status_details="details",
        participants=("4:+1",),
        sequence_number=3,
    )
    told = to_call_event(facts, now)
    for name in CallEvent.model_fields:
        assert getattr(told, name) == getattr(facts, name, now), name


def ingest_file(home: Path) -> Path:
    """The outbox's file."""
    return home / "outbox.sqlite"
