"""The door for people: live captions as server-sent events, through real requests."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from callscribe.contracts import links
from callscribe.contracts.captions import Caption
from callscribe.runtime.tls import tls
from ingest import captions, viewing
from ingest.captions import Shown
from ingest.main import RunningIngest, running_ingest
from ingest.viewing import event_text
from tests.ingest.stack import SECRET, final, intermediate, metadata, settings_for, socket_url


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Temporal: captions do not need it."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")


@asynccontextmanager
async def watching(ingest: RunningIngest, call: str, **headers: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """The events that a reader gets, each as a dict of its fields."""

    async def events(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
        fields: dict[str, Any] = {}
        async for line in response.aiter_lines():
            if line.startswith(":"):
                yield {"comment": line}
            elif line:
                name, _, value = line.partition(": ")
                fields[name] = json.loads(value) if name == "data" else value
            elif fields:
                if "event" in fields:
                    yield fields
                fields = {}

    url = links.captions_url(ingest.http_url, SECRET, call)
    async with (
        httpx.AsyncClient(verify=tls(), timeout=10) as http,
        http.stream("GET", url, headers=headers) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield events(response)


async def test_captions_are_seen_as_they_are_spoken(tmp_path: Path) -> None:
    """From opening to close, with ids on what stays; a reader that comes back misses nothing."""
    async with running_ingest(settings_for(tmp_path)) as ingest:
        async with watching(ingest, "a/b") as reader:
            async with connect(socket_url(ingest, "a/b")) as acs:
                for packet in (metadata(), intermediate("hel", 5), final("Hello.", 5)):
                    await acs.send(packet)
                seen = [await anext(reader) for _ in range(4)]
            seen.append(await anext(reader))
        kinds = [one["event"] for one in seen]
        assert kinds == ["stream_opened", "locale", "intermediate", "final", "stream_closed"]
        assert ["id" in one for one in seen] == [True, True, False, True, True]
        assert (seen[3]["data"]["text"], seen[3]["data"]["position"]) == ("Hello.", 1)
        assert seen[4]["data"]["text"] == "closed by ACS (1000)"
        async with watching(ingest, "a/b", **{"Last-Event-ID": seen[1]["id"]}) as returned:
            assert [(await anext(returned))["event"] for _ in range(2)] == ["final", "stream_closed"]


async def test_keys_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, a wrong one; and no room."""
    async with running_ingest(settings_for(tmp_path)) as ingest, httpx.AsyncClient(verify=tls()) as http:
        bare = f"{ingest.http_url}/calls/c/captions"
        assert (await http.get(bare)).status_code == 401
        wrong = links.sign(SECRET, links.Purpose.DELIVER, "c")
        assert (await http.get(f"{bare}?key={wrong}")).status_code == 403
        monkeypatch.setattr(captions, "READERS", 0)
        assert (await http.get(links.captions_url(ingest.http_url, SECRET, "c"))).status_code == 503


async def test_silence_is_filled_and_stopping_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment now and then; at the end an event that says so, and ingest does not wait for its readers."""
    monkeypatch.setattr(viewing, "KEEP_ALIVE", 0.01)
    told = asyncio.Event()

    async def read(ingest: RunningIngest) -> list[dict[str, Any]]:
        async with watching(ingest, "c") as reader:
            assert "comment" in await anext(reader)
            told.set()
            return [one async for one in reader if "event" in one]

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        async with running_ingest(settings_for(tmp_path)) as ingest:
            reading = group.create_task(read(ingest))
            await told.wait()
        last = await reading
    assert last == [{"event": "dropped", "data": {"reason": "stopping"}}]


def test_an_event_is_one_line_of_data() -> None:
    """A line break in a text cannot end an event."""
    caption = Caption(kind="final", stream="s", text="one\ntwo\r\u2028", at=datetime(2026, 1, 2, tzinfo=UTC))
    text = event_text(Shown(1, caption), "e-1")
    assert text.startswith("id: e-1\nevent: final\ndata: {")
    assert text.endswith("}\n\n")
    assert text.count("\n") == 4
    assert "\r" not in text
