"""The stream of events of a call, through real requests: real Temporal, real store, real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.client import Client
from websockets.asyncio.client import connect

from callscribe.contracts.links import PageRole
from callscribe.runtime.store import TranscriptStore
from callscribe.runtime.tls import tls
from ingest.main import running_ingest
from ingest.web import live, watching
from tests.ingest.stack import event, events_url, final, intermediate, metadata, settings_for, socket_url
from tests.ingest.web import stage
from tests.ingest.web.visiting import visiting

Event = dict[str, Any]


@asynccontextmanager
async def reading(
    browser: httpx.AsyncClient, call: str, after: str | None = None
) -> AsyncIterator[AsyncIterator[Event]]:
    """The events of a call's page as they come; `id`, `event` and `data` of each."""

    async def events(response: httpx.Response) -> AsyncIterator[Event]:
        fields: Event = {}
        async for line in response.aiter_lines():
            if line.startswith(":"):
                yield {"event": "comment"}
            elif line:
                name, _, value = line.partition(": ")
                fields[name] = json.loads(value) if name == "data" else value
            elif fields:
                if "event" in fields:
                    yield fields
                fields = {}

    headers = {"Last-Event-ID": after} if after else {}
    async with browser.stream("GET", f"/api/calls/{call}/live", headers=headers) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield events(response)


async def until(reader: AsyncIterator[Event], name: str, **wanted: Any) -> list[Event]:
    """Everything up to an event of that name whose data holds what is wanted."""
    seen = []
    async with asyncio.timeout(20):
        async for one in reader:
            seen.append(one)
            if one["event"] == name and all(one["data"].get(key) == value for key, value in wanted.items()):
                return seen
    raise AssertionError(f"no {name} with {wanted} among {seen}")


def kinds(events: list[Event]) -> list[str]:
    """Their names, without statuses."""
    return [one["event"] for one in events if one["event"] not in {"status", "comment"}]


async def test_a_call_as_it_is_spoken(tmp_path: Path, client: Client, task_queue: str) -> None:
    """What is known, then what is said, to the end: everything once, the final in place of the intermediate."""
    settings = settings_for(tmp_path)
    key, handle = await stage.call(client, task_queue, "ünïcode/key?")
    escaped = "%C3%BCn%C3%AFcode%2Fkey%3F"
    async with (
        stage.stage(client, task_queue),
        running_ingest(settings, client, task_queue=task_queue) as ingest,
        visiting(ingest, PageRole.OPERATOR) as browser,
        await TranscriptStore.open(settings.transcript_store_url) as store,
    ):
        await stage.save(store, key, stage.words(3))
        async with reading(browser, escaped) as reader:
            loaded = await until(reader, "caught_up")
            assert kinds(loaded) == ["reset", "segment", "segment", "segment", "caught_up"]
            assert [one["data"]["position"] for one in loaded if one["event"] == "segment"] == [1, 2, 3]
            (status,) = [one["data"] for one in loaded if one["event"] == "status"]
            assert status["state"] == "transcribing"
            assert [one["label"] for one in status["participants"]] == ["Ada", "ACS user …1f2e"]
            async with connect(socket_url(ingest, key)) as acs:
                for packet in (metadata(), intermediate("Hel", 5)):
                    await acs.send(packet)
                await until(reader, "intermediate", text="Hel")
                await acs.send(final("Hello.", 5))
                said = await until(reader, "segment", text="Hello.")
                assert said[-1]["data"]["participant"]["label"] == "Ada"
                assert said[-1]["data"]["stored"] is False
                await acs.send(intermediate("Nev", 500_000_000))
                await until(reader, "intermediate", text="Nev")
            await until(reader, "intermediate", text="")
            await stage.save(store, key, stage.words(1, stream="other"), "other")
            elsewhere = await until(reader, "segment", stream="other")
            assert elsewhere[-1]["data"]["stored"] is True
            async with httpx.AsyncClient(verify=tls()) as http:
                await http.post(events_url(ingest, key), json=event("CallConnected", "noticed"))
            await until(reader, "status", correlation_id="noticed")
            await stage.seal(store, key, count=3)
            await handle.signal("end")
            end = await until(reader, "ended")
            last = [one["data"] for one in end if one["event"] == "status"][-1]
            assert (last["live"], last["verdict"], last["revision"]) == (False, "complete", 1)
            assert [one async for one in reader] == [], "the stream closes"
        async with reading(browser, escaped) as again:
            over = await until(again, "ended")
            assert kinds(over).count("segment") == 4 + 1


async def test_who_comes_back_misses_nothing(tmp_path: Path, client: Client, task_queue: str) -> None:
    """With the id of the newest event: only what came since; with another numbering's: everything anew."""
    key, _ = await stage.call(client, task_queue)
    async with (
        stage.stage(client, task_queue),
        running_ingest(settings_for(tmp_path), client, task_queue=task_queue) as ingest,
        visiting(ingest) as browser,
        connect(socket_url(ingest, key)) as acs,
    ):
        async with reading(browser, key) as reader:
            await acs.send(final("One.", 1))
            one = await until(reader, "segment", text="One.")
            if "caught_up" not in kinds(one):
                one += await until(reader, "caught_up")
        last = next(event["id"] for event in reversed(one) if "id" in event)
        for number in range(2, 30):
            await acs.send(final(f"{number}.", number))
        async with reading(browser, key, after=last) as reader:
            rest = await until(reader, "segment", text="29.")
            assert "reset" not in kinds(rest)
            assert {event["data"]["position"] for event in rest if event["event"] == "segment"} >= set(range(2, 30))
        async with reading(browser, key, after="0000-7") as reader:
            anew = await until(reader, "caught_up")
            assert kinds(anew)[0] == "reset"
            assert [event["data"]["position"] for event in anew if event["event"] == "segment"] == list(range(1, 30))


async def test_captions_need_neither_store_nor_temporal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both away: what is said is seen; and what is not there is told."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setattr(live, "PREPARED_WITHIN", 0.2)
    settings = settings_for(tmp_path, store_url="postgresql+asyncpg://nobody@127.0.0.1:1/none")
    async with (
        running_ingest(settings) as ingest,
        visiting(ingest, PageRole.GUEST, call="c") as browser,
        connect(socket_url(ingest, "c")) as acs,
        reading(browser, "c") as reader,
    ):
        await until(reader, "caught_up")
        await acs.send(final("Hello.", 5))
        await until(reader, "segment", text="Hello.")


async def test_refusals_come_before_the_stream(
    tmp_path: Path, client: Client, task_queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As ordinary answers: no call, no room."""
    monkeypatch.setattr(
        live, "EXISTS_WITHIN", 60.0
    )  # a busy machine may need longer to open a store; then captions flow
    async with (
        running_ingest(settings_for(tmp_path), client, task_queue=task_queue) as ingest,
        visiting(ingest) as browser,
    ):
        unknown = await browser.get("/api/calls/nobody-knows/live")
        assert (unknown.status_code, unknown.json()["error"]["message"]) == (404, "There is no call 'nobody-knows'.")
        monkeypatch.setattr(watching, "READERS", 0)
        full = await browser.get("/api/calls/nobody-knows/live")
        assert (full.status_code, full.headers["retry-after"]) == (503, "10")


async def test_an_access_that_expires_ends_the_stream(
    tmp_path: Path, client: Client, task_queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the next sign of life at the latest; a new request is refused."""
    monkeypatch.setattr(live, "KEEP_ALIVE", 0.05)
    key, _ = await stage.call(client, task_queue)
    async with (
        stage.stage(client, task_queue),
        running_ingest(settings_for(tmp_path), client, task_queue=task_queue) as ingest,
        visiting(ingest) as browser,
    ):
        async with asyncio.timeout(10), reading(browser, key) as reader:
            await until(reader, "comment")
            monkeypatch.setattr(ingest.site._access, "expired", lambda _: True)
            assert "ended" not in kinds([one async for one in reader])
        assert (await browser.get(f"/api/calls/{key}/live")).status_code == 401
